#pragma once
/* What a log shows of the findings about its programs. */

#include "engine/project.h"
#include "report/report.h"
#include "workload/workload.h"

struct evidence {
    const struct workload *workload;
    GPtrArray *made;     /* struct made, by composed program */
    struct arena arena;  /* of all that findings point to */
    GHashTable *by_path; /* composed + 1, by the path of its script */
    GArray *unforeseen;  /* struct unforeseen */
};

/* `directory` is that of --programs, or NULL: then findings stand where the log has them. Freed by
 * evidence_finish; the workload must outlive it. */
void evidence_init(struct evidence *evidence, const struct workload *workload,
                   const char *directory);
void evidence_finish(struct evidence *evidence);

/* Tells findings where they come from and what was observed. */
void evidence_found(struct project *project, const struct selection *selection, void *context);
void evidence_complete(struct report *report, void *context);

/* The program that a script is the text of, or NULL. */
const struct composed *evidence_composed(const struct evidence *evidence,
                                         const struct script *script);

/* Puts what was observed of its program to a finding. */
void evidence_observe(struct evidence *evidence, struct finding *finding,
                      const struct composed *composed);

/* Whether an SQLSTATE is 40001 or 40P01. */
bool evidence_is_serialization(const char *state);

/* The most severe finding that foretells a failure of a statement; of one at COMMIT, and at
 * SERIALIZABLE, any of the program does. NULL when none does. */
const struct finding *evidence_foretells(const struct evidence *evidence,
                                         const struct project *project,
                                         const struct program *program, const char *state,
                                         guint statement);

/* "UPDATE accounts" of a program's statement, "COMMIT" beyond the last. Owned by the caller. */
char *evidence_statement(const struct program *program, guint statement);
