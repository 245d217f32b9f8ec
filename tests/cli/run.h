#pragma once
/* Running the isolint that was built, in a temporary directory. */

#include <stdbool.h>

#include "support/check.h"

/* How it is run; zeroed fields mean the usual. */
struct surroundings {
    const char *input;              /* standard input; NULL: empty */
    const char *output;             /* standard output goes to this path; NULL: it is caught */
    const char *const *environment; /* "NAME=VALUE", NULL-terminated, beside PATH and HOME */
    const char *directory;          /* below the sandbox; NULL: the sandbox itself */
    unsigned seconds;               /* of CPU time, then it is ended; 0: no limit */
    bool small_files;               /* files can not grow beyond 0 bytes */
    bool closed_pipe;               /* standard output is a pipe that nobody reads */
};

struct outcome {
    int status; /* exit status; 128 and the signal when one ended it */
    char *out, *err;
};

/* Takes the path of the program under test: the argument of each test program. */
bool take_isolint(int argc, char **argv);

/* Set-up and tear-down of a test: a new directory, which is the working directory. */
int sandbox_enter(void **state);
int sandbox_leave(void **state);

/* Writes a file of the sandbox, with the directories above it. */
void put(const char *name, const char *text);
void put_bytes(const char *name, const char *bytes, size_t size);

/* Whether the modes of files hold for what is run: they do for root's, too, where root may give up
 * capabilities. */
bool heeds_modes(void);

/* The text of a file of the sandbox; NULL when there is none. Owned by the caller. */
char *get(const char *name);

/* How many entries a directory of the sandbox has. */
unsigned count_entries(const char *name);

/* Runs isolint with these arguments (up to a NULL). Freed by outcome_finish. */
struct outcome run_with(const struct surroundings *around, ...) G_GNUC_NULL_TERMINATED;
#define run(...) run_with(&(struct surroundings){0}, __VA_ARGS__)
struct outcome run_list(char **arguments);
void outcome_finish(struct outcome *outcome);

/* Asserts the status and what both streams have; frees the outcome. NULL: whatever. */
void expect(struct outcome outcome, int status, const char *out, const char *err);

/* Asserts the status and that standard output has this piece; frees the outcome. */
void expect_piece(struct outcome outcome, int status, const char *piece);

/* Asserts status 2, nothing on standard output, and one line on standard error: "isolint: " and
 * this message. Frees the outcome. */
void expect_refused(struct outcome outcome, const char *message);
