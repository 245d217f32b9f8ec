#pragma once
/* What isolint foretells about the text of a schedule: each tested session is a program, and what
 * counts is what the findings predict. */

#include <stdbool.h>

#include <glib.h>

#include "lint/finding.h"
#include "lint/rule.h"
#include "support/project.h"

/* What is held against the server: an SQLSTATE that concurrency or a mode causes, or an anomaly. */
bool prediction_counts(const char *predicted);

/* Whether a rule predicts it. */
bool rule_predicts(const struct rule *rule, const char *what);

/* Whether this finding does: of what its rule predicts it may mean one outcome alone. */
bool finding_foretells(const struct finding *finding, const char *what);

/* Lints the sessions of a schedule, each as a file, with its set-up as the schema: what only
 * defines and fills tables is no program that runs with the others. Freed by linted_finish. */
void lint_schedule(struct linted *linted, char *const *options, const char *text);

/* What the findings of at least this severity predict that counts: keys are SQLSTATEs and
 * anomalies, values say which finding, "write-skew at line 7" (char *, owned). The set-up is no
 * program that runs with the others: it is only read for what it defines, unless it is all there
 * is. `options` are of the command line, NULL-terminated, or NULL; `line` is the file's line on
 * which the text begins. */
GHashTable *predict(char *const *options, const char *text, unsigned line, enum severity lowest);
