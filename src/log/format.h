#pragma once
/* What the readers of the formats share. Internal to src/log. */

#include "log/limits.h"
#include "log/reader.h"
#include "log/source.h"

struct waiting; /* see read-stderr.c */

struct reader {
    struct source source;
    enum log_format format;
    int64_t start;
    size_t taken;  /* bytes of the last entry, forgotten when the next one is asked for */
    bool skipping; /* the rest of an entry that was cut */
    struct reader_losses losses;
    const struct prefix *prefix; /* of stderr */
    struct prefix *guessed;      /* owned */
    struct waiting *waiting;     /* owned */
};

/* One for each format: the next entry, or false at the end. */
bool csv_next(struct reader *reader, struct entry *entry);
bool json_next(struct reader *reader, struct entry *entry);
bool stderr_next(struct reader *reader, struct entry *entry);

void waiting_free(struct waiting *waiting);

/* Whether an entry of csvlog begins here; `length` bytes are there. */
bool csv_begins(const char *text, size_t length);

/* What a severity and an SQLSTATE make of an entry. */
void entry_classify(struct entry *entry, struct piece severity);

/* That of an error of which the log has only the text; an empty piece for one that is not known. It
 * points to memory that is never freed. */
struct piece state_of_message(struct piece message);

/* Counts an entry that was none. */
void reader_damage(struct reader *reader, uint32_t line);
