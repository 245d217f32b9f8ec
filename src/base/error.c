#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>

#include <glib.h>

bool error_set(struct error *error, const char *format, ...)
{
    va_list args;

    g_assert(!error->message);
    va_start(args, format);
    error->message = g_strdup_vprintf(format, args);
    va_end(args);
    return false;
}

void error_clear(struct error *error)
{
    g_clear_pointer(&error->message, g_free);
}
