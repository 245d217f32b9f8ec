#pragma once
/* What isolint does without a command: lint, and write what was found. */

#include "engine/project.h"
#include "options/options.h"
#include "output/trouble.h"
#include "report/report.h"

/* Troubles go to standard error; every other report is written when one of them could not be. */
enum status lint_command(const struct options *options);

/* Scripts that are no files, and who made them. */
struct made_scripts {
    const GPtrArray *scripts; /* struct made */
    /* Told what was found in them, before anything is reported. */
    void (*found)(struct project *project, const struct selection *selection, void *context);
    /* Adds to a report what is known beside the findings that it shows. */
    void (*complete)(struct report *report, void *context);
    /* Writes something else in the place of the reports; NULL: the reports. */
    bool (*instead)(const struct project *project, const struct options *options, void *context,
                    struct error *error);
    void *context;
};

/* Lints them beside the files that the options name. */
enum status lint_scripts(const struct options *options, const struct made_scripts *made);
