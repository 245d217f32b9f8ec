#pragma once
/* Linting texts: what the command line does with files, for tests. */

#include "options/options.h"
#include "engine/memory.h"
#include "engine/project.h"
#include "support/check.h"

struct linted {
    struct memory memory; /* holds the texts */
    struct files files;
    struct options options;
    struct selection selection;
    struct project project;
};

/* Lints texts in the order given, as though they were files. `arguments` are those of the command
 * line, NULL-terminated, or NULL; `names` and `texts` run in parallel to a NULL. A text whose
 * name stands among the arguments, as behind --schema, is there to be read. Freed by
 * linted_finish. */
void lint_texts(struct linted *linted, char *const *arguments, const char *const *names,
                const char *const *texts);

/* The same for one text, "test.sql". */
void lint_text(struct linted *linted, const char *text);

void linted_finish(struct linted *linted);

/* The findings as lines "file:line:column severity rule", and their messages with `messages`.
 * Owned by the caller. */
char *linted_summary(const struct linted *linted, bool messages);

/* Asserts that linting `text` gives exactly this summary without messages. */
void assert_findings(const char *text, const char *summary);
