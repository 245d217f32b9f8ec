#pragma once
/* What somebody who wrote a name that is none most likely meant. */

#include <stddef.h>

struct nearest {
    const char *name;
    const char *best; /* NULL when none is near */
    size_t distance;  /* of the best, or what is too far */
};

/* Begins a search for what `name` may mean; it must outlive the search. */
struct nearest nearest_to(const char *name);

/* Tries a candidate; the first of equally near ones is kept. */
void nearest_try(struct nearest *nearest, const char *candidate);
