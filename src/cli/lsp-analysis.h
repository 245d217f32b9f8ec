#pragma once
/* What the language server has analysed: the projects of the directories that the editor opened, each
 * as the command line would see it there, with buffers in the place of files. */

#include "lsp/loop.h"

struct project_analysis;

/* `argc` and `argv` are those of the program, which stay. */
struct project_analysis *project_analysis_new(int argc, char **argv);
void project_analysis_free(struct project_analysis *analysis);

/* For lsp_serve. */
struct analysis project_analysis_of(struct project_analysis *analysis);
