#pragma once
/* Files that hold many schedules: patterns.sql and scenarios/ (see there). A line like
 * "-- scenario: name" opens one; the comments that follow it say what it shows. */

#include <stdbool.h>

#include <glib.h>

struct entry {
    char *name;
    bool variant; /* opened by "-- variant:", a change of the pattern before it */
    char *about;  /* the first comments, one line; "" without */
    char *setup;  /* what stands before the first session; a variant without has its pattern's */
    char *text;   /* from the first session on */
    char *path;
    unsigned line; /* of the file, on which the set-up would begin if it stood before the text */
};

/* The entries (struct entry *, owned) of a file that the words open, "pattern", "variant" or
 * "scenario". Fails the test when the file cannot be read. */
GPtrArray *collection_read(const char *path);

/* The whole schedule. Owned by the caller. */
char *entry_schedule(const struct entry *entry);

/* The whole schedule with each session's part in one transaction at an isolation level. Owned by
 * the caller. */
char *entry_at_level(const struct entry *entry, const char *level);
