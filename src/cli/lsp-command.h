#pragma once
/* The command "lsp": a language server on standard input and output. */

#include "output/trouble.h"

/* `argc` and `argv` are those of the program: they are read again in the directory that the editor
 * opens, and when the configuration changes. */
enum status lsp_command(int argc, char **argv);
