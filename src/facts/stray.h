#pragma once
/* Text that is cut at its semicolons and is no SQL: the rows of a result that were pasted, the body
 * of a function without its quotes, what comes after a quote that is missing. It has one cause. */

#include "facts/script.h"

/* The last of the syntax errors that have come of the same text as `error`; `error` itself when it is
 * alone. `*at` is a statement at or before it, and is moved there. `*body`: it reads like the body of a
 * routine. */
const struct syntax_error *stray_last(const struct script *script, const struct syntax_error *error,
                                      const struct statement **at, bool *body);

/* Whether the word at which the grammar stops begins a line and a statement, so that the statement before
 * it has most likely no semicolon. */
bool stray_is_unended(const struct script *script, const struct syntax_error *error);

/* What other errors of the file may come of as well, so that one stands for all: a word that is a keyword
 * now, IF EXISTS where there is none ("if"), a semicolon that is missing (";"), a $ that is meant to be
 * $$ ("$"). NULL when that cannot be said. */
const char *stray_cause(const struct script *script, const struct syntax_error *error);
