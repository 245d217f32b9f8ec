#include "options/log-options.h"

#include <string.h>

#include "log/entry.h"
#include "log/time.h"

void log_entries(GOptionEntry entries[LOG_ENTRIES], struct log_given *given)
{
    const GOptionEntry all[LOG_ENTRIES] = {
        {"log-line-prefix", 0, 0, G_OPTION_ARG_STRING, &given->prefix,
         "log: Read stderr logs with this log_line_prefix; default: guess it", "PREFIX"},
        {"database", 0, 0, G_OPTION_ARG_STRING, &given->database,
         "log: Read the entries of this database only", "NAME"},
        {"user", 0, 0, G_OPTION_ARG_STRING, &given->user, "log: Read the entries of this user only",
         "NAME"},
        {"until", 0, 0, G_OPTION_ARG_STRING, &given->until, "log: Read the entries up to this time",
         "TIME"},
        {"tests", 0, 0, G_OPTION_ARG_NONE, &given->tests,
         "log: Unwrap the transactions that a test framework rolls back", NULL},
        {"min-runs", 0, 0, G_OPTION_ARG_INT, &given->least_runs,
         "log: Leave out programs that ran less often", "N"},
        {"programs", 0, 0, G_OPTION_ARG_FILENAME, &given->programs,
         "log: Write the programs of the log into DIR, one .sql file each", "DIR"},
        {"table", 0, 0, G_OPTION_ARG_FILENAME, &given->table,
         "log: Write the table of programs to FILE, to be merged with others", "FILE"},
        {"explain-errors", 0, 0, G_OPTION_ARG_NONE, &given->explain_errors,
         "log: List each failure of the log with its cause, instead of findings", NULL},
    };

    memcpy(entries, all, sizeof all);
}

void log_given_clear(struct log_given *given)
{
    g_free(given->prefix);
    g_free(given->database);
    g_free(given->user);
    g_free(given->since);
    g_free(given->until);
    g_free(given->programs);
    g_free(given->table);
}

/* All that the options write is 0 or NULL at first. */
static bool is_given(const GOptionEntry *entry)
{
    bool number = entry->arg == G_OPTION_ARG_NONE || entry->arg == G_OPTION_ARG_INT;

    return number ? *(const int *)entry->arg_data != 0 : *(char *const *)entry->arg_data != NULL;
}

bool log_given_none(const struct log_given *given, struct error *error)
{
    struct log_given copy = *given;
    GOptionEntry entries[LOG_ENTRIES];

    log_entries(entries, &copy);
    for (size_t i = 0; i < LOG_ENTRIES; i++) {
        if (is_given(&entries[i]))
            return error_set(error, "--%s: is an option of isolint log", entries[i].long_name);
    }
    return true;
}

/* "2026-11-27" is its first moment, "2026-11-27 21:06" the first of the minute. */
bool log_time(const char *option, const char *text, int64_t *time, struct error *error)
{
    static const char rest[] = "0000-01-01 00:00:00";
    size_t length = text ? strlen(text) : 0;

    *time = NO_TIME;
    if (!text)
        return true;
    g_autofree char *whole =
        g_strdup_printf("%s%s", text, length >= 10 && length < strlen(rest) ? rest + length : "");
    if (time_read(whole, strlen(whole), time) > 0)
        return true;
    return error_set(error, "--%s: not a time such as 2026-11-27 or 2026-11-27 21:06: \"%s\"",
                     option, text);
}
