#pragma once
/* The DETAIL of a deadlock, which names who waited for whom and shows what each of them had sent last
 * (DeadLockReport in deadlock.c). */

#include "log/entry.h"

/* The process that has found the deadlock and fails: the first that is named. 0 when there is none. */
uint32_t deadlock_finder(struct piece detail);

/* The next process and its statement, from `*rest` on, which is at first the whole detail and then what
 * follows. False when no more is there; also of a log in another language. */
bool deadlock_next(struct piece *rest, uint32_t *process, struct piece *statement);
