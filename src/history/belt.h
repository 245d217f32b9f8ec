#pragma once
/* Hands things from one thread to the next, in order. */

struct belt;

/* With room for so many things; more must not be on it. */
struct belt *belt_new(unsigned room);
void belt_free(struct belt *belt);

/* What stands behind all that was put on before. */
void belt_put(struct belt *belt, void *thing);

/* Waits until there is one. */
void *belt_take(struct belt *belt);
