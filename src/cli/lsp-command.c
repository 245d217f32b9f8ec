#include "cli/lsp-command.h"

#include <unistd.h>

#include "cli/lsp-analysis.h"
#include "output/trouble.h"

enum status lsp_command(int argc, char **argv)
{
    struct project_analysis *project = project_analysis_new(argc, argv);
    const struct analysis analysis = project_analysis_of(project);
    struct error error = {0};
    bool clean, served = lsp_serve(STDIN_FILENO, STDOUT_FILENO, &analysis, &clean, &error);

    project_analysis_free(project);
    if (!served)
        return fail_with(&error);
    return clean ? STATUS_CLEAN : STATUS_FINDINGS; /* the protocol asks for 1 without a shutdown */
}
