#pragma once
/* The search for an index that finds the rows of an access, shared by index-use.c and
 * index-search.c and by nothing else. */

#include "index/index-advice.h"
#include "program/access.h"

struct search {
    const struct access *access;
    struct advice advice;
    const struct index *only;        /* the index that is asked about; NULL: any */
    const struct index *whole;       /* that would be read from end to end */
    const struct restriction *facts; /* what holds where the condition at hand stands */
    bool driver; /* joins alone restrict the query, and this table is read first */
};

/* What was found for one condition. */
struct found {
    enum answer answer;
    const struct index *index; /* NULL with yes: found without one */
};

/* Of two, the one that locks less against inserts. */
struct found found_better(struct found a, struct found b);
struct found found_worse(struct found a, struct found b);

/* Whether an index finds the rows for which one comparison holds. */
struct found search_comparison(struct search *search, const struct condition *condition);

/* Whether all rows for which the facts hold are in the index. */
enum answer search_covers(const struct restriction *facts, const struct index *index);
