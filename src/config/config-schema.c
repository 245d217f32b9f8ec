/* Every scalar is one of a list of words, so that libcyaml says line and column of whatever is none;
 * the rules are keys made from the registry. */
#include "config/config-schema.h"

#include <string.h>

#include <glib.h>

#include "config/config.h"
#include "config/config-key.h"
#include "lint/registry.h"
#include "lint/rule.h"

/* ------------------------------------------------------------------ rules */

enum { WORD_FLAGS = CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT };

static const char **rule_names;
static cyaml_schema_field_t *rule_fields;

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void make_rule_fields(void)
{
    const struct config_key *key = config_key_find("rules", IN_PROJECT);
    g_autoptr(GPtrArray) groups = g_ptr_array_new();
    size_t count = 0;

    for (size_t i = 0; i < rule_entry_count; i++) {
        const char *group = rule_entries[i].rule->group;
        if (!g_ptr_array_find_with_equal_func(groups, group, g_str_equal, NULL))
            g_ptr_array_add(groups, (gpointer)group);
    }
    g_ptr_array_sort(groups, compare_names);
    rule_names = g_new0(const char *, rule_entry_count + groups->len + 2);
    for (size_t i = 0; i < rule_entry_count; i++)
        rule_names[count++] = rule_entries[i].rule->name;
    for (guint i = 0; i < groups->len; i++)
        rule_names[count++] = groups->pdata[i];
    rule_names[count++] = "all";

    rule_fields = g_new0(cyaml_schema_field_t, count + 1);
    for (size_t i = 0; i < count; i++) {
        cyaml_schema_field_t field = {
            .key = rule_names[i],
            .data_offset = (uint32_t)(i * sizeof(int)),
            .value = {CYAML_VALUE_ENUM(WORD_FLAGS, int, key->words, key->word_count)},
        };
        memcpy(&rule_fields[i], &field, sizeof field);
    }
}

static size_t rule_field_count(void)
{
    size_t count = 0;

    while (rule_names[count])
        count++;
    return count;
}

/* ------------------------------------------------------------------ the table for libcyaml */

static const cyaml_schema_value_t text = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CYAML_UNLIMITED)};

static cyaml_schema_field_t *project_fields, *override_fields;

static cyaml_schema_field_t *make_fields(enum key_place place);

static size_t size_of(enum key_place place)
{
    return place == IN_OVERRIDE   ? sizeof(struct config_scope)
           : place == IN_DATABASE ? sizeof(struct config_database)
                                  : sizeof(struct config_role);
}

/* What is in the list; never freed. */
static const cyaml_schema_value_t *make_entry(const struct config_key *key)
{
    cyaml_schema_field_t *fields = key->kind == KEY_LIST ? make_fields(key->items) : NULL;
    const cyaml_schema_value_t value = {.type = CYAML_MAPPING,
                                        .flags = CYAML_FLAG_DEFAULT,
                                        .data_size = fields ? (uint32_t)size_of(key->items) : 0,
                                        .mapping = {.fields = fields}};

    if (!fields)
        return &text;
    if (key->items == IN_OVERRIDE)
        override_fields = fields;
    return g_memdup2(&value, sizeof value);
}

static cyaml_schema_value_t value_of_setting(const struct config_key *key)
{
    cyaml_flag_e flags = key->required ? CYAML_FLAG_DEFAULT : CYAML_FLAG_OPTIONAL;
    const cyaml_schema_value_t *entry;

    switch (key->kind) {
    case KEY_WORD:
        return (cyaml_schema_value_t){
            CYAML_VALUE_ENUM(WORD_FLAGS, int, key->words, key->word_count)};
    case KEY_NAME:
        return text;
    case KEY_RULES:
        return (cyaml_schema_value_t){.type = CYAML_MAPPING,
                                      .flags = CYAML_FLAG_POINTER | flags,
                                      .data_size = (uint32_t)(rule_field_count() * sizeof(int)),
                                      .mapping = {.fields = rule_fields}};
    default:
        entry = make_entry(key);
        return (cyaml_schema_value_t){
            .type = CYAML_SEQUENCE,
            .flags = CYAML_FLAG_POINTER | flags,
            .data_size = entry == &text ? (uint32_t)sizeof(char *) : entry->data_size,
            .sequence = {.entry = entry, .min = key->required, .max = CYAML_UNLIMITED}};
    }
}

/* The keys of a place. Never freed. */
static cyaml_schema_field_t *make_fields(enum key_place place)
{
    GArray *fields = g_array_new(TRUE, TRUE, sizeof(cyaml_schema_field_t));

    for (const struct config_key *key = config_keys; key->name; key++) {
        if (!(key->places & place))
            continue;
        const cyaml_schema_field_t field = {
            .key = key->name,
            .data_offset = (uint32_t)config_key_offset(key, place),
            .count_offset =
                (uint32_t)(key->count_offset + config_key_offset(key, place) - key->offset),
            .count_size = key->count_offset ? sizeof(unsigned) : 0,
            .value = value_of_setting(key),
        };
        g_array_append_val(fields, field);
    }
    return (cyaml_schema_field_t *)g_array_free(fields, FALSE);
}

const cyaml_schema_value_t *config_schema(void)
{
    static gsize once;
    static const cyaml_schema_value_t *whole;

    if (g_once_init_enter(&once)) {
        make_rule_fields();
        project_fields = make_fields(IN_PROJECT);
        const cyaml_schema_value_t value = {
            CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config, project_fields)};
        whole = g_memdup2(&value, sizeof value);
        g_once_init_leave(&once, 1);
    }
    return whole;
}

/* ------------------------------------------------------------------ questions */

const char *config_rule_name(unsigned index)
{
    config_schema();
    return rule_names[index];
}

enum rule_choice config_rule_of(const struct config_scope *scope, unsigned rule)
{
    const char *group = rule_entries[rule].rule->group;

    if (!scope->rules)
        return CHOICE_UNSET;
    if (scope->rules[rule])
        return (enum rule_choice)scope->rules[rule];
    for (unsigned i = (unsigned)rule_entry_count; config_rule_name(i); i++) {
        const char *name = config_rule_name(i);
        if (scope->rules[i] && (strcmp(name, group) == 0 || strcmp(name, "all") == 0))
            return (enum rule_choice)scope->rules[i];
    }
    return CHOICE_UNSET;
}

static const cyaml_schema_value_t *value_of(const char *key)
{
    const cyaml_schema_field_t *lists[] = {config_schema()->mapping.fields, override_fields,
                                           rule_fields};

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (const cyaml_schema_field_t *field = lists[i]; field->key; field++) {
            if (strcmp(field->key, key) == 0 && field->value.type == CYAML_ENUM)
                return &field->value;
        }
    }
    return NULL;
}

const char *config_word(const char *key, unsigned index, int *number)
{
    const cyaml_schema_value_t *value = value_of(key);

    if (!value || index >= value->enumeration.count)
        return NULL;
    *number = (int)value->enumeration.strings[index].val;
    return value->enumeration.strings[index].str;
}

const char *config_word_for(const char *key, int number)
{
    const cyaml_schema_value_t *value = value_of(key);

    for (uint32_t i = 0; value && i < value->enumeration.count; i++) {
        if (value->enumeration.strings[i].val == number)
            return value->enumeration.strings[i].str;
    }
    return NULL;
}
