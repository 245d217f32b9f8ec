#include "output/interrupt.h"

/* Those of a terminal, of service managers, and of batch systems that announce the end of a job. */
static const int interrupts[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,   SIGUSR1,
                                 SIGUSR2, SIGALRM, SIGXCPU, SIGVTALRM, SIGPROF};

void interrupts_hold(sigset_t *before)
{
    sigset_t held;

    sigemptyset(&held);
    for (size_t i = 0; i < sizeof interrupts / sizeof *interrupts; i++)
        sigaddset(&held, interrupts[i]);
    pthread_sigmask(SIG_BLOCK, &held, before);
}

void interrupts_release(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}
