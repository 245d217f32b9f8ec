#pragma once
/* What a project can say: one row for each key of .isolint.yml. The reader of the file and of --set,
 * what a key comes to in a run (config/effective.h), --show-config, what --help says of an option with
 * the name of a key, the list in the manual page, those in docs/configuration.md and
 * share/isolint.schema.json are all made from these rows. */

#include <stdbool.h>
#include <stddef.h>

enum key_kind {
    KEY_WORD,  /* int: one of `words` */
    KEY_NAME,  /* char *: one text */
    KEY_TEXTS, /* char **: a list of texts */
    KEY_RULES, /* int *: words by config_rule_name */
    KEY_LIST,  /* a list of `items` */
};

/* How a word becomes a member of struct effective. */
enum key_form {
    BECOMES_NOTHING,  /* it is none: each file asks for it */
    BECOMES_SWITCH,   /* bool: whether the word stands for CONFIG_YES */
    BECOMES_NUMBER,   /* int or enum: what the word stands for */
    BECOMES_ONE_LESS, /* enum that has a 0 */
};

/* Where a key may stand; bits. */
enum key_place {
    IN_PROJECT = 1,
    IN_OVERRIDE = 2,
    IN_DATABASE = 4,
    IN_ROLE = 8,
};

struct config_key {
    const char *name;
    unsigned places;
    enum key_kind kind;
    bool required;
    bool whole_run; /* it holds for a whole run: a directory below the project cannot say it */
    const struct cyaml_strval *words; /* see config_word */
    unsigned word_count;
    enum key_place items;        /* of a list: the keys of each of its mappings */
    size_t offset, count_offset; /* in struct config, config_database or config_role */
    struct {
        enum key_form form;
        size_t offset;    /* in struct effective */
    } becomes;            /* of a word: what it comes to */
    const char *about;    /* what it says, in plain sentences */
    const char *more;     /* what docs/configuration.md adds, in Markdown; or NULL */
    const char *value;    /* how it calls the value; NULL: its words */
    const char *option;   /* what --help says of the option with this name; NULL: none */
    const char *argument; /* and calls its value; or NULL */
};

/* All of them, in the order in which they are documented; the last has no key. What stands in
 * several places is one row, and what means something else in another place is one more. */
extern const struct config_key config_keys[];

/* The key in a place; NULL when it is none there. */
const struct config_key *config_key_find(const char *name, enum key_place place);

/* How far into the structure of a place the value is: in an override it is struct config_scope. */
size_t config_key_offset(const struct config_key *key, enum key_place place);
