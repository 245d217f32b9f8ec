#pragma once
/* Which comparisons an index can answer: a matter of its access method, its operator class and the
 * types on both sides (manual, 11.2 Index Types, 11.10 Operator Classes, 9.7 Pattern Matching). */

#include "catalog/catalog.h"

/* A comparison as an index sees it: something of the row on one side, a value on the other. */
struct comparison_of {
    enum comparison comparison;
    const char *operator_name;   /* of COMPARE_OTHER; as seen with the row on the left */
    const char *type;            /* of what is indexed, NULL unknown */
    const char *collation;       /* of what is indexed; NULL: the database's */
    const struct operand *value; /* the other side */
};

/* Whether a key of the index answers the comparison. */
enum answer index_key_answers(const struct index *index, const struct index_key *key,
                              const struct comparison_of *comparison);

/* What LIKE, ILIKE, ~ or ^@ asks for. */
enum pattern {
    PATTERN_NONE,    /* no pattern */
    PATTERN_UNKNOWN, /* known when the statement runs */
    PATTERN_EXACT,   /* one value */
    PATTERN_PREFIX,  /* values that begin alike */
    PATTERN_ANY,     /* begins with a wildcard, or with a letter of either case */
};

/* PATTERN_NONE for every other operator. */
enum pattern comparison_pattern(const struct comparison_of *comparison);

/* Whether a value of this type can be compared with an index on the other without converting what
 * is indexed: int4 with int8 can, int4 with numeric cannot. NULL is a type that is not known. */
bool type_suits_index(const char *indexed, const char *value);

/* "_text" of "text"; arrays of the server's catalog begin like this. */
static inline bool type_is_array(const char *type)
{
    return type && type[0] == '_';
}

/* int4range, tstzmultirange, … */
bool type_is_range(const char *type);
