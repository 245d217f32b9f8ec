#pragma once
/* log_line_prefix: what stands before the severity in a line of stderr. */

#include "base/error.h"
#include "log/entry.h"

struct prefix;

/* Reads a prefix as postgresql.conf has it: "%m [%p] %q%u@%d ". Fails when it does not tell one
 * session from another. Freed by prefix_free. */
struct prefix *prefix_read(const char *text, struct error *error);

/* Guesses it from the beginning of a log. NULL when no line has what looks like an entry of a
 * session. */
struct prefix *prefix_guess(const char *bytes, size_t size);
void prefix_free(struct prefix *prefix);

/* Fills an entry from what stands before the severity. False when that is not of this prefix. */
bool prefix_match(const struct prefix *prefix, struct piece head, struct entry *entry);

/* How many blanks follow the colon of a label. The server writes two (send_message_to_server_log in
 * elog.c); a log that was copied from a page may have one. */
enum { LABEL_BLANKS = 2 };
unsigned prefix_blanks(const struct prefix *prefix);

/* The severity or the name of a part, "LOG" or "DETAIL", that the line has first, followed by a
 * colon and so many blanks. Its piece is empty when there is none. */
struct piece prefix_label(const char *line, size_t length, unsigned blanks);
