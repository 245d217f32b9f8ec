#pragma once
/* The options that isolint log alone has. */

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/error.h"

struct log_given {
    char *prefix, *database, *user;
    char *since, *until; /* times, or NULL; --since is a commit elsewhere */
    char *programs;      /* a directory, or NULL */
    char *table;         /* a file, or NULL */
    int least_runs;
    gboolean tests, explain_errors;
    bool allow_empty; /* a log without statements is no failure */
};

/* How many entries log_entries fills. */
enum { LOG_ENTRIES = 9 };

/* The rows of the table, whose values go to `given`. */
void log_entries(GOptionEntry entries[LOG_ENTRIES], struct log_given *given);
void log_given_clear(struct log_given *given);

/* Fails when one of them is given for another command. */
bool log_given_none(const struct log_given *given, struct error *error);

/* Reads the time of --since or --until. Fails when it is none; NO_TIME for NULL. */
bool log_time(const char *option, const char *text, int64_t *time, struct error *error);
