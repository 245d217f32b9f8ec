#include "base/signal-stack.h"

#include <signal.h>
#include <stddef.h>

void signal_stack_take(void)
{
    static _Thread_local char room[1 << 15];
    const stack_t own = {.ss_sp = room, .ss_size = sizeof(room)};
    stack_t others; /* the sanitizers have their own */

    if (sigaltstack(NULL, &others) == 0 && others.ss_flags & SS_DISABLE)
        sigaltstack(&own, NULL);
}
