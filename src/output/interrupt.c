#include "output/interrupt.h"

void interrupts_hold(sigset_t *before)
{
    sigset_t held;

    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &held, before);
}

void interrupts_release(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}
