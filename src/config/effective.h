#pragma once
/* What the keys that take a word come to in a run. A row of config_keys says which member it fills. */

#include <stdint.h>

#include "config/config-key.h"
#include "lint/rule.h"
#include "session/transaction.h"

struct effective {
    struct lint_options lint;
    struct session_options session;
    enum severity lowest; /* that is reported */
    int fail_on;          /* that makes a run fail: a severity, or FAIL_NEVER */
};

enum { FAIL_NEVER = SEVERITY_ERROR + 1 };

/* What a key says, in the number of its word, becomes what holds; 0 says nothing. */
void effective_take(struct effective *effective, const struct config_key *key, int value);

/* What holds, in the number of the word for it. */
int effective_value(const struct effective *effective, const struct config_key *key);

/* A bit for each key that fills a member: which of them the command line says, so that nothing else
 * does. */
uint64_t effective_bit(const struct config_key *key);
