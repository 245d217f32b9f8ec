#pragma once
/* Views of what isolint makes of a text, for samples: each gives lines that the caller owns. */

#include "support/sample.h"

/* What the input floor found: one line for each statement ("sql", with the text that the grammar is
 * given) and backslash command ("psql"), with flags, ending and placeholders. */
char *view_frame(const char *text, const char *options);

/* Comments that speak to isolint: kind, rules, reason, place. */
char *view_directives(const char *text, const char *options);

/* What the statements are: verb, flags, first line and column, the text of the span. */
char *view_statements(const char *text, const char *options);

/* Transactions with their modes and where these came from, and what the server says about
 * transaction control. */
char *view_session(const char *text, const char *options);

/* The transactions with what they run at the same time with, their names and statements. */
char *view_programs(const char *text, const char *options);

/* What `describe` says of each transaction, one after the other. */
char *view_transactions(const char *text, const char *options,
                        void (*describe)(GString *, const struct transaction *));

/* The accesses of each transaction, with conditions and assignments. */
char *view_accesses(const char *text, const char *options);

/* For each two accesses of one table in one transaction whether they touch the same rows. */
char *view_same_rows(const char *text, const char *options);

/* For each access of a FROM item whether an index finds its rows, and why not. */
char *view_index_use(const char *text, const char *options);

/* Relations, their columns, constraints and indexes, and routines, sorted by name. */
char *view_catalog(const char *text, const char *options);

/* "file:line:column severity rule" for each finding, and with its message. */
char *view_findings(const char *text, const char *options);
char *view_messages(const char *text, const char *options);
