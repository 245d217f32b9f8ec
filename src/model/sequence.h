#pragma once
/* Sequences, which stand outside of transactions, beside the tables that are numbered by them. */

#include "model/corpus.h"

/* An INSERT, of this program or of another, into the table whose greatest number the call of setval
 * gives to a sequence: it may have taken a greater one that max() does not see. NULL when there is
 * none, when it cannot run at the same time, and when the call looks at the sequence as well, as
 * greatest(max(id), last_value) does. */
const struct access *sequence_taker(const struct corpus *corpus,
                                    const struct transaction *transaction,
                                    const struct routine_call *call);
