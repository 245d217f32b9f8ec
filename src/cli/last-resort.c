/* GLib does not return when memory runs out: it reports a fatal error and aborts, which a user takes
 * for a crash and a CI for a bug. There is nothing that a linter could still do then, but it can say
 * so and end as it does whenever a run fails. Assertions do not come here: a bug still aborts. */
#include "cli/last-resort.h"

#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <glib.h>

#include "cli/output.h"
#include "cli/trouble.h"

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

static void end(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data)
{
    if (!(level & G_LOG_LEVEL_ERROR)) {
        g_log_default_handler(domain, level, message, data);
        return;
    }
    output_abandon();
    put("isolint: ");
    put(message && !strstr(message, "allocat") && !strstr(message, "memory") ? message
                                                                             : "out of memory");
    put("\n");
    _exit(STATUS_FAILED);
}

void last_resort_arm(void)
{
    cJSON_Hooks hooks = {.malloc_fn = g_malloc, .free_fn = g_free};

    cJSON_InitHooks(&hooks);
    g_log_set_default_handler(end, NULL);
}
