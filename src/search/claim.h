#pragma once
/* A row of a queue is claimed by a lock and marked as taken. The claim lasts as long as the
 * transaction that has locked the row. */

#include "corpus/corpus.h"
#include "program/side-effect.h"

/* Whether the write asks once more for the state that the claim asked for. */
bool claim_is_repeated(const struct access *claim, const struct access *write);

/* Whether an UPDATE that picks its own rows sets nothing but constants and returns nothing: two
 * runs that take one row leave it the same, and none knows that it has taken it. */
bool claim_is_unseen(const struct access *claim, const struct access *write);

/* The UPDATE or DELETE of one row, in the transaction that follows, of a table of which
 * `transaction` has locked a row and then ended without a write, when it does not ask again for
 * what the claim asked for; NULL without. `*claim` is the lock. */
const struct access *claim_marked_late(const struct transaction *transaction,
                                       const struct access **claim);

/* Whether the UPDATE takes the row that `read`, a SELECT … LIMIT without a lock in its statement or
 * before it, has picked from several, and takes it out of what the SELECT picks from. A row that is
 * looked up by its key, or made when it is missing, is not picked. */
bool claim_picks(const struct access *read, const struct access *write);

/* Whether the write does nothing but give the newest row, which `read` has picked, the time of now. */
bool claim_renews(const struct access *read, const struct access *write);

/* Whether the row that is picked depends on other rows of the table: the first of each group, so
 * many of a tenant, none while another one runs. Who skips what is locked does not see these. */
bool claim_depends_on_others(const struct access *read);

/* Whether the write sets a time that the read has asked for by name, and that is NULL until then: SET
 * used_at = now() says that the row is taken. */
bool claim_stamps(const struct access *read, const struct access *write);

/* Whether a second run that acts on the check `read` leaves what the first one left: the
 * transaction does nothing but set rows to constants and the time, and no program sets a column of
 * the check to anything else. */
bool claim_is_harmless(const struct corpus *corpus, const struct access *read,
                       const struct access *write);

/* The UPDATE or upsert of another program that changes a column by which `write` goes after `read`, surely
 * or perhaps in the same row; NULL when no input has one. Where `write` sets no column that was read, it
 * is seen of both that they name one row by its key and go by what the other one sets: else the result is as if
 * the other one had come later. */
const struct access *claim_changed_by(const struct corpus *corpus, const struct access *read,
                                      const struct access *write);

/* Whether the transaction ends by itself what it has checked: it sets such a column, or deletes the row
 * and does more than that, which a second run does once more. */
bool claim_ends(const struct access *read, const struct access *write);

/* Whether who calls the routine learns what the check has found: by its result, or an error. */
bool claim_is_answered(const struct access *read);
