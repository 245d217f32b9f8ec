#pragma once
/* An entry with all that can be found out about it without knowing what came before: what it says of
 * a statement, and the statement's tokens. */

#include "history/follow.h"
#include "log/execution.h"

struct lexed {
    struct entry entry;
    struct execution execution;
    struct tokens tokens; /* of the statement; read when it has one that is wanted */
    uint64_t text;        /* hash of the statement as it was sent; 0: none */
    bool wanted;          /* by the options */
};

/* Of no entry. Freed by lexed_finish. */
void lexed_init(struct lexed *lexed);
void lexed_finish(struct lexed *lexed);

/* Reads what `lexed->entry` says. */
void lexed_read(struct lexed *lexed, const struct follow_options *options);

/* Never 0, but without a text. */
uint64_t piece_hash(struct piece piece);
