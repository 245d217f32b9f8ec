#pragma once
/* Values that ALTER TYPE … ADD VALUE gives to an enum: nobody can use them before they are
 * committed, unless, from 17 on, the type is as new (manual, ALTER TYPE, Notes; check_safe_enum_use
 * in utils/adt/enum.c). */

#include "corpus/corpus.h"

struct enum_use {
    const struct step *added;    /* ALTER TYPE … ADD VALUE … */
    const struct change *change; /* … of this value */
    const struct step *used;     /* a later statement that uses it before COMMIT */
    bool together;               /* in another file, which the tool runs in the same transaction */
};

/* The first such use in the transaction; false when there is none. `server_version` is 1700 for 17. */
bool enum_value_used(const struct corpus *corpus, const struct transaction *transaction,
                     int server_version, struct enum_use *use);
