#pragma once
/* What carries a log often adds something to each of its lines, or puts it into JSON: docker compose,
 * kubectl, syslog, the log services of clouds. This takes the log out again. */

#include <glib.h>

#include "log/entry.h"

struct unwrap {
    bool head;    /* "db-1  | " or "[pod/db-0/postgres] " */
    bool time;    /* "2026-11-27T21:06:15.072Z ", before a line that has its own time */
    bool object;  /* {"textPayload": "…"}, {"message": "…"}, {"log": "…\n"} */
    bool syslog;  /* "Nov 27 21:06:15 host postgres[7]: [3-1] " */
    bool ongoing; /* of syslog: a line has been given, and more of it may follow */
};

/* Looks at the beginning of a file. False when nothing is around its lines. */
bool unwrap_guess(struct unwrap *unwrap, const char *bytes, size_t size);

/* Appends what is in one line, whose line end is left out. */
void unwrap_line(struct unwrap *unwrap, struct piece line, GString *out);
