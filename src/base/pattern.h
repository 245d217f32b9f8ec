#pragma once
/* Regular expressions by PCRE2, over bytes. GLib's own do not notice when PCRE2 gets no memory, and end by a
 * signal; these end the program as every allocation of GLib's does. */

#include <stdbool.h>
#include <stddef.h>

enum pattern_options {
    PATTERN_CASELESS = 1,
    PATTERN_LINES = 2, /* ^ and $ match at lines */
};

struct pattern;

/* NULL for what is no pattern, or too long for one. Freed by pattern_free. */
struct pattern *pattern_new(const char *text, unsigned options);
void pattern_free(struct pattern *pattern);

/* Whether it matches somewhere; false when the search is given up because it takes too long. */
bool pattern_matches(const struct pattern *pattern, const char *text);

/* The same of a pattern that is used once, and false when it is none. */
bool pattern_occurs(const char *pattern, unsigned options, const char *text);

/* The same, and where the first match begins. */
bool pattern_find(const char *pattern, unsigned options, const char *text, size_t *start);

/* What a group of the first match holds, 0 for all of it; "" for one that took no part. NULL when there is
 * no match. Owned by the caller, freed with g_free. */
char *pattern_group(const char *pattern, unsigned options, const char *text, unsigned group);
