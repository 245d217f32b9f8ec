#pragma once
/* A page of a rule, held against a server: each schedule under "wrong" gives what it promises, and
 * the rule predicts what went wrong; what is "right" goes right however the sessions interleave,
 * and no rule says that it does not. */

#include "lint/rule.h"
#include "server/stage.h"
#include "support/page.h"

struct page_counts {
    unsigned run, left; /* examples that were run, and that are not for a server */
    unsigned interleavings;
};

/* All that is not as the page or the rule says, a line each, "" for nothing. Owned by the caller.
 */
char *check_page(struct stage *stage, const struct page *page, const struct rule *rule,
                 struct page_counts *counts);

/* What the rule predicts and no schedule of its page shows: an SQLSTATE or an anomaly needs one. A
 * line each, "" for nothing. Needs no server; owned by the caller. */
char *check_claims(const struct page *page, const struct rule *rule);
