#pragma once
/* The accesses of a relation, told apart by the constant that they ask of one column, as in WHERE
 * id = 7: an access that asks for 7 never meets one that asks for 8. Loads, tests and generated
 * programs have thousands of these, and nobody has to look at each for each. */

#include "corpus/corpus.h"

struct value_index; /* of one relation */

/* Of these accesses (struct access) of one relation, which must outlive it; `all`: with those of
 * programs that are `alike`. NULL for a few. Freed by value_index_free. */
struct value_index *value_index_new(const GPtrArray *accesses, bool all);
void value_index_free(struct value_index *index);

/* Lists of accesses that are gone through together. */
enum { MOST_LISTS = 8 };

/* A way through accesses of one relation. */
struct access_cursor {
    const GPtrArray *accesses;
    const GArray *lists[MOST_LISTS]; /* places in `accesses`, in order */
    guint at[MOST_LISTS];            /* in them, or, where there is no list, in `accesses` */
    unsigned list_count;
    bool narrowed; /* to the lists; otherwise all of them */
    bool inserts; /* some of the accesses are INSERTs; known only where it is narrowed by a value */
    /* What is left of a program that is not among them, but meets itself, and the access that asks. */
    const struct access *own, *of;
};

/* All of corpus_accesses(), but those of other programs that are one copy too many, or alike. */
struct access_cursor corpus_all(const struct corpus *corpus, const struct access *access);

/* Those of corpus_all() but the ones that ask for another constant: in
 * order of script and position, with all that access_same_rows() does not deny. Of a row that an
 * UPDATE moves to another value both values count. */
struct access_cursor corpus_meeting(const struct corpus *corpus, const struct access *access);

/* Of these, at column granularity, the ones that may change what the access has read, or bring rows
 * that it looks for: INSERT, DELETE, TRUNCATE, and UPDATEs of a column that it names. An access that writes
 * the rows that it finds waits for who takes them away: for that, DELETE and TRUNCATE are left out. Some of
 * corpus_meeting() that are neither may be there as well. */
struct access_cursor corpus_overwriting(const struct corpus *corpus, const struct access *read);

/* Those of corpus_meeting(), with programs that are alike: for who lists all of them. */
struct access_cursor corpus_meeting_any(const struct corpus *corpus, const struct access *access);

/* Those of the relation of `access`, with programs that are alike, that may be UPDATEs that compute
 * the column from columns: all others are left out where there are many. */
struct access_cursor corpus_shifting(const struct corpus *corpus, const struct access *access,
                                     const char *column);

/* The next; NULL at the end. */
const struct access *access_next(struct access_cursor *cursor);
