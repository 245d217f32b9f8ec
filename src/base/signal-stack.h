#pragma once
/* Where a signal is handled that comes because the stack of a thread has ended. */

/* Gives this thread such a stack, unless it has one; it goes with the thread. */
void signal_stack_take(void);
