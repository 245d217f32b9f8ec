#pragma once
/* The rules that this program was built with. The table is generated from rules/meson.build. */

#include <stddef.h>

struct rule;

struct rule_entry {
    const struct rule *rule;
    const char *page; /* its Markdown */
};

/* Sorted by name. */
extern const struct rule_entry rule_entries[];
extern const size_t rule_entry_count;

/* The entry of this name, or NULL. */
const struct rule_entry *rule_find(const char *name);

/* Where people read the page of a rule. Owned by the caller. */
char *rule_page_address(const struct rule *rule);

/* The index of a rule in rule_entries. */
size_t rule_index(const struct rule *rule);

/* The name of a rule that somebody who wrote `name` most likely meant; NULL when none is near. */
const char *rule_suggest(const char *name);
