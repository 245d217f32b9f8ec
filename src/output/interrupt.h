#pragma once
/* While a temporary file stands beside what it will replace, an interrupt waits: the program would
 * leave the file there. */

#include <signal.h>

/* Holds back what asks the program to end, until they are released; `before` is for that. */
void interrupts_hold(sigset_t *before);
void interrupts_release(const sigset_t *before);
