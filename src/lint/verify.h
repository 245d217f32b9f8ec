#pragma once
/* Claims are tried: what a rule foretells of a transaction is kept when the machine reaches it, or
 * when the machine does not understand all programs that have a part in it. */

#include "lint/finding.h"
#include "corpus/corpus.h"

/* The outcomes (enum reached_outcome) that the finding foretells, or findings of the rule. */
unsigned finding_reaches(const struct finding *finding);
unsigned rule_reaches(const struct rule *rule);

/* Takes out of the findings of one script what the machine refutes. Returns the rest. */
struct finding *verify_findings(struct finding *findings, const struct corpus *corpus);

struct check;
struct selection;

/* Lets the rules that are selected report what the machine comes to for the transactions of the
 * script, and none of the findings explains. */
void report_reached(struct check *check, const struct selection *selection,
                    struct finding **findings);
