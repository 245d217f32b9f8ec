#include "output/trouble.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "output/output.h"
#include "report/terminal.h"

void say(const char *message)
{
    GString *line = g_string_new(NULL);

    terminal_append(line, message, strlen(message));
    fprintf(stderr, "isolint: %s\n", line->str);
    g_string_free(line, TRUE);
}

enum status fail(const char *message)
{
    say(message);
    return STATUS_FAILED;
}

enum status fail_with(struct error *error)
{
    enum status status = fail(error->message);

    error_clear(error);
    return status;
}

enum status printed(enum status status)
{
    bool written =
        fflush(stdout) == 0 && !ferror(stdout); /* the flush tells of its own part only */

    if (written || status == STATUS_FAILED || output_is_unread(STDOUT_FILENO))
        return status;
    return fail("standard output: could not be written");
}
