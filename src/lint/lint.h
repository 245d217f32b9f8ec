#pragma once
/* Running the rules: which ones, in what order, and what becomes of what they find. */

#include <stdbool.h>

#include <glib.h>

#include "base/error.h"
#include "lint/rule.h"

/* Which rules are on, and how severe what they find is; indexed like rule_entries. Owned; freed by
 * selection_finish. */
struct selection {
    bool *on;
    int *severity; /* an enum severity, or SEVERITY_OWN */
};

enum { SEVERITY_OWN = -1 };

/* What a project says of a rule. */
enum rule_choice {
    CHOICE_UNSET,
    CHOICE_OFF,
    CHOICE_ON, /* at its own severity */
    CHOICE_NOTE,
    CHOICE_WARNING,
    CHOICE_ERROR,
};

/* All rules that are on by default; then only those of `select`, or those of `extend` as well,
 * and without those of `ignore`. Each is a comma separated list of rule names and groups, or NULL.
 * Fails on a name that is neither. */
bool selection_init(struct selection *selection, const char *select, const char *extend,
                    const char *ignore, struct error *error);
void selection_finish(struct selection *selection);

/* The same, but what is on by default, and how severe it is, is said by `rules` (enum rule_choice
 * by rule_entries), where it is set. */
bool selection_init_from(struct selection *selection, const int *rules, const char *select,
                         const char *extend, const char *ignore, struct error *error);

/* Whether a rule that is on looks at structures, which are costly to find. */
bool selection_wants_structures(const struct selection *selection);

/* Whether a rule that is on looks at the deadlocks of the corpus. */
bool selection_wants_deadlocks(const struct selection *selection);

/* Runs the selected rules over one script that has been bound, applies its comments and returns the
 * findings in order of position and rule name; those that a comment allows are marked. Several
 * scripts may be linted at the same time. */
struct finding *lint_script(struct script *script, const struct catalog *catalog,
                            const struct corpus *corpus, const struct selection *selection,
                            const struct lint_options *options);
