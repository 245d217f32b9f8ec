#include "base/nearest.h"

#include <string.h>

#include <glib.h>

/* Edit distance, row by row (Wagner and Fischer, 1974). */
static size_t distance(const char *a, const char *b)
{
    size_t length = strlen(b);
    g_autofree size_t *row = g_new(size_t, length + 1);

    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0]++;
        for (size_t j = 0; j < length; j++) {
            size_t changed = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = MIN(changed, MIN(diagonal, row[j]) + 1);
        }
    }
    return row[length];
}

struct nearest nearest_to(const char *name)
{
    return (struct nearest){.name = name, .distance = strlen(name) / 3 + 2};
}

void nearest_try(struct nearest *nearest, const char *candidate)
{
    size_t far = distance(nearest->name, candidate);

    if (far < nearest->distance) {
        nearest->distance = far;
        nearest->best = candidate;
    }
}
