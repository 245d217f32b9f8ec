#pragma once
/* A failure: the run, or a part of it, could not be done. The message is complete where it is
 * detected; whoever receives it prints it and adds nothing. A finding is not a failure, and a
 * bug is an assertion. */

struct error {
    char *message; /* NULL while nothing failed; owned, see error_clear */
};

/* Sets the message (once) and returns false, so that a caller can write
 * `return error_set(error, "…")`. */
_Bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Frees the message: nothing has failed. */
void error_clear(struct error *error);
