#pragma once
/* Sequences, which stand outside of transactions, beside the tables that are numbered by them: the
 * order of numbers is the order of calls, not of commits. */

#include "corpus/corpus.h"

/* The read, in the statement of a call of setval, of the greatest number of a table; NULL without. */
const struct access *sequence_greatest(const struct transaction *transaction,
                                       const struct side_effect *call);

/* An INSERT, of this transaction if it has one, else of another program, into the table whose
 * greatest number the call of setval gives to a sequence: it may have taken a greater one that
 * max() does not see. NULL when there is none, when it cannot run at the same time, and when the
 * call looks at the sequence as well, as greatest(max(id), last_value) does. */
const struct access *sequence_taker(const struct corpus *corpus,
                                    const struct transaction *transaction,
                                    const struct side_effect *call);

/* The column by which the read goes on from where an earlier one has stopped: an integer or a time,
 * as in WHERE position > $1 ORDER BY position. NULL when it does not, when the table is not known,
 * and when something keeps it away from the newest rows, as AND xid < … does. */
const struct column *sequence_polled(const struct access *read);

/* An INSERT that gives the column a number or a time when it runs, and that no lock puts in the
 * order of the commits; NULL when there is none among the programs that run again and again. */
const struct access *sequence_unordered(const struct corpus *corpus, const struct access *read,
                                        const struct column *column);

/* Whether the transaction remembers how far it has read: it looks that up in another table, or
 * writes it there. */
bool sequence_is_remembered(const struct access *read);
