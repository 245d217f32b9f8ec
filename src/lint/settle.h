#pragma once
/* One cause, one finding: what rules have found of one transaction is settled when comments have
 * been applied. What is taken out is kept in the `joined` of what stands for it. */

#include "lint/finding.h"

/* Of the findings of one script: takes out those of rules that yield to another one here, makes one of
 * those of a rule about several writes after one read, and one of all that say that a transaction can
 * fail with 40001. That one is a warning where nothing says that the transaction is run again, and a
 * note where something does. Returns the rest. */
struct finding *settle_script(struct finding *findings);
