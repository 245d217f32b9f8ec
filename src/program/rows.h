#pragma once
/* Which rows an access touches, and whether two accesses touch the same. Answers rest on what is
 * written: equal constants, equal parameters, disjoint ranges. Anything else is unknown. */

#include "program/access.h"

/* How much of its table an access names (from all rows to one). */
enum row_set {
    ROWS_ALL,       /* no restriction */
    ROWS_PREDICATE, /* restricted, but not to a range of a key */
    ROWS_RANGE,     /* a range of one column */
    ROWS_POINTS,    /* a list of keys */
    ROWS_POINT,     /* equality on every column of a unique key */
    ROWS_VALUES,    /* what an INSERT brings */
};

/* Finds what access_rows answers. */
enum row_set access_find_rows(const struct access *access);

/* How much of its table the access names; known from bind_link on. */
static inline enum row_set access_rows(const struct access *access)
{
    return (enum row_set)access->rows;
}

/* The most rows that it can touch, by what is written: keys, LIMIT, the two ends of a range of
 * integers that are unique. 0 when that is not known. */
uint64_t access_most_rows(const struct access *access);

/* Whether some condition says something of the column. */
bool access_asks_about(const struct access *access, const char *column);

/* Whether it compares some column with a value by "=". */
bool access_names_value(const struct access *access);

/* The operand that the access compares `column` with by "="; NULL when it does not. */
const struct operand *access_equals(const struct access *access, const char *column);

/* Whether two accesses of one program touch the same row (manual terms: the same key). */
enum answer access_same_rows(const struct access *a, const struct access *b);

/* Whether a row of `a` in one run may be a row of `b` in another one: $1 is another value there, so
 * that id <> $1 finds what the other run's id = $1 names. */
bool access_runs_meet(const struct access *a, const struct access *b);

/* Whether every row that `narrow` finds is one that `wide` finds as well: all that `wide` asks for,
 * `narrow` asks for too. */
bool access_covers(const struct access *wide, const struct access *narrow);

/* Whether the row that is inserted is surely one of the index: of a partial one, by the values that
 * are written, and by defaults. */
bool access_enters_index(const struct access *insert, const struct index *index);

/* Whether the read asks for rows of a range, or that overlap one, and the insert brings a row of these,
 * as a booking does: all columns that are compared are written, with values that they are compared
 * with. */
bool access_checks_range(const struct access *read, const struct access *insert);

/* Whether the write makes the row one of those that the read looks for: none of them is there to be locked. */
bool access_enters(const struct access *read, const struct access *write);

/* Whether the read asks for more than a unique index can say: expires > now(), a = 1 OR b = 2. */
bool access_asks_more(const struct access *read);

/* Whether the read asks for rows that overlap: by a beginning and an end, or by a column that is a range. */
bool access_asks_for_overlap(const struct access *read);

/* Whether an exclusion constraint is over columns that are all asked for, or over an expression, of
 * which one does not know that: of two rows the second fails with 23P01, as it should. */
bool access_is_excluded(const struct access *read, const struct access *insert);

/* Whether it asks for the whole key of a partial unique index, and for rows that are in it, so that it
 * finds one at most: UNIQUE (guest) WHERE main, … WHERE guest = $1 AND main. */
bool access_names_partial_key(const struct access *access);

/* Whether it sets a column of one of the relation's keys of these kinds, see catalog/key.h. */
bool access_assigns_key(const struct access *access, unsigned kinds);

/* Whether the operand is a bare column of this access. */
bool access_owns(const struct access *access, const struct operand *side);

/* Whether what the UPDATE sets is what the read asks for: its rows come in, whatever they were. */
bool access_moves_into(const struct access *read, const struct access *update);

/* Whether the INSERT brings constants into each unique index of its table, of which there is one,
 * that are not those of the row that the other access of the table brings, finds or leaves. */
bool access_keys_differ(const struct access *insert, const struct access *other);

/* The value that an INSERT gives the column in every row: what it writes, or the column's default,
 * the constant NULL where the table declares none and lets it be NULL. No operand (NULL) when it is
 * not known, is made by a call or differs. A row trigger BEFORE INSERT may put anything there. */
const struct operand *access_inserts(const struct access *access, const char *column);

/* Whether an INSERT leaves the column to a default that no other row has: an identity, gen_random_uuid(). */
bool access_makes_key(const struct access *access, const char *column);

/* Whether the read asks for one value, WHERE id = $1, or a list, of a column that the insert makes:
 * it does not find the new row. */
bool access_asks_for_made_value(const struct access *read, const struct access *insert);

/* Whether it is a read by a report: a query over whole tables, or ranges of them, that groups or
 * that joins and aggregates. */
bool access_is_report(const struct access *access);
