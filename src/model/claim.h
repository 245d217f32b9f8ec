#pragma once
/* A row of a queue is claimed by a lock and marked as taken. The claim lasts as long as the
 * transaction that has locked the row. */

#include "model/transaction.h"

/* Whether the write asks once more for the state that the claim asked for. */
bool claim_is_repeated(const struct access *claim, const struct access *write);

/* The UPDATE or DELETE of one row, in the transaction that follows, of a table of which
 * `transaction` has locked a row and then ended without a write, when it does not ask again for
 * what the claim asked for; NULL without. `*claim` is the lock. */
const struct access *claim_marked_late(const struct transaction *transaction,
                                       const struct access **claim);

/* Whether the write takes the rows that a sub-SELECT with LIMIT picks without a lock, as in
 * WHERE id = (SELECT … LIMIT 1). */
bool claim_picks_rows(const struct access *write);
