#pragma once
/* Takes runs on a thread of its own, in the order in which they are given: behind the one that
 * follows their sessions. */

#include "history/run.h"

typedef void taker_work(struct run *run, struct run *before, void *context);

struct taker;

/* NULL when no thread can be started. */
struct taker *taker_new(taker_work *work, void *context);

/* As follow_take. */
void taker_give(struct taker *taker, struct run *run, struct run *before);

/* Waits until all that was given is taken. */
void taker_wait(struct taker *taker);

/* The same, and ends the thread. */
void taker_free(struct taker *taker);
