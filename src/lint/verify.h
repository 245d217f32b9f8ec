#pragma once
/* Claims are tried: what a rule foretells of a transaction is kept when the machine reaches it, or
 * when the machine does not understand all programs that have a part in it. */

#include "lint/finding.h"
#include "program/corpus.h"

/* Takes out of the findings of one script what the machine refutes. Returns the rest. */
struct finding *verify_findings(struct finding *findings, const struct corpus *corpus);
