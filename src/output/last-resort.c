/* GLib does not return when memory runs out: it reports a fatal error and aborts, which a user takes
 * for a crash and a CI for a bug. There is nothing that a linter could still do then, but it can say
 * so and end as it does whenever a run fails. Assertions do not come here: a bug still aborts. */
#include "output/last-resort.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <glib.h>

#include "base/signal-stack.h"
#include "output/output.h"
#include "output/trouble.h"

/* Without memory nothing can be formatted. */
static void put(const char *text)
{
    size_t length = strlen(text);

    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, text, length);
        if (written <= 0)
            return;
        text += written;
        length -= (size_t)written;
    }
}

static void end_without_memory(void)
{
    output_abandon();
    put("isolint: out of memory\n");
    _exit(STATUS_FAILED);
}

static void end(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data)
{
    if (!(level & G_LOG_LEVEL_ERROR)) {
        g_log_default_handler(domain, level, message, data);
        return;
    }
    if (message && !strstr(message, "allocat") && !strstr(message, "memory")) {
        output_abandon();
        put("isolint: ");
        put(message);
        put("\n");
        _exit(STATUS_FAILED);
    }
    end_without_memory();
}

/* GLib cannot always say it: where nothing at all is left, it calls itself until the stack ends, and
 * its slices and its threads abort; and the grammar writes its errors to memory that it has not asked
 * after. Such a signal comes right after an allocation that failed, or while there is no memory. What
 * else a signal means is left to whoever took it before. */
static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT};
static struct sigaction before[G_N_ELEMENTS(signals)];

static void take_signal(int signal)
{
    enum { LITTLE = 1 << 20 };
    if (errno == ENOMEM)
        end_without_memory();
    void *memory = mmap(NULL, LITTLE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        end_without_memory();
    munmap(memory, LITTLE);
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
        if (signals[i] == signal)
            sigaction(signal, &before[i], NULL); /* it comes again */
    }
}

static void take_signals(void)
{
    struct sigaction action = {.sa_handler = take_signal, .sa_flags = SA_ONSTACK};

    signal_stack_take();
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
        sigaction(signals[i], &action, &before[i]);
}

/* The grammar ends the program when it cannot set up its own memory. */
static bool ends_by_itself;

static void end_of_library(void)
{
    if (!ends_by_itself)
        end_without_memory();
}

void last_resort_disarm(void)
{
    ends_by_itself = true;
}

void last_resort_arm(void)
{
    cJSON_Hooks hooks = {.malloc_fn = g_malloc, .free_fn = g_free};

    errno = 0;
    take_signals();
    atexit(end_of_library);
    cJSON_InitHooks(&hooks);
    g_log_set_default_handler(end, NULL);
}
