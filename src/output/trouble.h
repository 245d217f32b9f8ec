#pragma once
/* How a run ends, and what goes to standard error: one harmless line for each trouble. */

#include "base/error.h"

enum status {
    STATUS_CLEAN = 0,
    STATUS_FINDINGS = 1,
    STATUS_FAILED = 2,
};

/* Writes "isolint: " and the message. */
void say(const char *message);

/* The same, and returns STATUS_FAILED. fail_with clears the error. */
enum status fail(const char *message);
enum status fail_with(struct error *error);

/* Flushes standard output. Returns the status, or STATUS_FAILED with a line when any part of what was
 * printed could not be written. */
enum status printed(enum status status);
