#pragma once
/* What the test programs of this directory have in common: tests made from files, run on every
 * PostgreSQL that is installed. */

#include "server/stage.h"
#include "support/check.h"
#include "support/page.h"

/* The stage of the server under test. */
extern struct stage stage;

/* Adds a test; its function finds `data` in its state. Names live as long as the program. */
void suite_add(GArray *tests, const char *name, CMUnitTestFunction function, void *data);

/* Runs the tests (struct CMUnitTest) whose names contain one of the words, all without words, on
 * each server that is installed; `after` may look at what they have found for one server, and
 * returns whether it is content. Without a server, says so. Returns what main returns. */
int suite_run(const char *name, const GArray *tests, char *const *words, bool (*after)(void));

/* The same with one test for each page of a rule: `arguments`, NULL-terminated, are pages (*.md) and
 * words. The function finds a struct page in its state. */
int suite_run_pages(const char *name, char **arguments, CMUnitTestFunction function,
                    bool (*after)(void));

/* Fails the test with a text of any length; cmocka cuts off what is longer than a kilobyte. */
void suite_fail(const char *text);

/* Whether the environment asks to write what was found to the file that it is compared with. */
bool suite_updates(void);
