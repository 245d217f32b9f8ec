#pragma once
/* Which parameters of which transactions must be equal for two accesses to meet. A structure of two
 * or three transactions holds under one binding: rows that it needs to be the same must be able to
 * be, and rows that then are the same make their writers wait or fail. */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/limits.h"
#include "program/access.h"

/* A value as one run of a program has it: a parameter of one run is not that of another. */
struct bound_value {
    const struct operand *operand;
    unsigned run;
    unsigned class; /* the lowest index of the values that are equal to it */
};

struct binding {
    const char *
        *distinct[MOST_RUNS]; /* by run: what its transaction says is never equal, or NULL */
    bool overflow;            /* more values than are followed: nothing is certain then */
    size_t count;
    struct bound_value values[MOST_VALUES]; /* `count` of them */
};

/* Copies what is in use: few values of many. */
static inline void binding_copy(struct binding *to, const struct binding *from)
{
    memcpy(to, from, offsetof(struct binding, values) + from->count * sizeof *from->values);
}

/* Nothing is bound. */
static inline void binding_clear(struct binding *binding)
{
    memset(binding, 0, offsetof(struct binding, values));
}

/* Makes two values equal. Returns false when they cannot be: they are different constants, or equal
 * to such by what was bound before. */
bool binding_unify(struct binding *binding, const struct operand *a, unsigned run_a,
                   const struct operand *b, unsigned run_b);

/* Whether two values are equal under the binding. */
bool binding_equal(const struct binding *binding, const struct operand *a, unsigned run_a,
                   const struct operand *b, unsigned run_b);

/* Makes access `a` of run `run_a` and access `b` of run `run_b` touch the same rows. Returns false
 * when they cannot: they are of different relations, ask for different constants, or the binding
 * already keeps their values apart. The binding is unchanged then. */
bool binding_meet(struct binding *binding, const struct access *a, unsigned run_a,
                  const struct access *b, unsigned run_b);

/* Whether two runs can meet in these accesses when nothing else is known of their values, and
 * whether they surely do. */
bool binding_can_meet(const struct access *a, const struct access *b);
bool binding_must_meet(const struct access *a, const struct access *b);

/* The same as binding_meet for a row as the UPDATE leaves it: one that it moves into what `read`
 * looks for. False when it changes no column that the read is restricted by. */
bool binding_meet_new(struct binding *binding, const struct access *read, unsigned run_read,
                      const struct access *update, unsigned run_update);

/* Whether under the binding both surely touch a common row, if they touch any: the same key, the
 * same values of all columns that they ask for, or one of them touches all rows. One of them may be
 * an INSERT, whose row the other one would find; never both. */
bool binding_forces(const struct binding *binding, const struct access *a, unsigned run_a,
                    const struct access *b, unsigned run_b);

/* Whether both give every column of the index the same value, in VALUES or by "=". */
bool binding_same_values(const struct binding *binding, const struct index *index,
                         const struct access *a, unsigned run_a, const struct access *b,
                         unsigned run_b);

/* Whether both give every column of a unique key the same value, in VALUES or by "=". */
bool binding_same_key(const struct binding *binding, const struct access *a, unsigned run_a,
                      const struct access *b, unsigned run_b);

/* Whether both insert the same value of a unique key. */
bool binding_forces_unique(const struct binding *binding, const struct access *a, unsigned run_a,
                           const struct access *b, unsigned run_b);
