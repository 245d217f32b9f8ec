/* One table of keys. Every scalar is one of a list of words, so that libcyaml says line and column
 * of whatever is none; the rules are keys made from the registry. */
#include "config/config-schema.h"

#include <string.h>

#include <glib.h>

#include "config/config.h"
#include "lint/registry.h"
#include "lint/rule.h"

/* ------------------------------------------------------------------ words */

static const cyaml_strval_t switches[] = {{"yes", CONFIG_YES},  {"no", CONFIG_NO},
                                          {"true", CONFIG_YES}, {"false", CONFIG_NO},
                                          {"on", CONFIG_YES},   {"off", CONFIG_NO}};

static const cyaml_strval_t levels[] = {
    {"read-uncommitted", LEVEL_READ_UNCOMMITTED}, {"read-committed", LEVEL_READ_COMMITTED},
    {"repeatable-read", LEVEL_REPEATABLE_READ},   {"serializable", LEVEL_SERIALIZABLE},
    {"read uncommitted", LEVEL_READ_UNCOMMITTED}, {"read committed", LEVEL_READ_COMMITTED},
    {"repeatable read", LEVEL_REPEATABLE_READ}};

static const cyaml_strval_t framings[] = {{"auto", 1 + FRAMING_AUTO},
                                          {"statement", 1 + FRAMING_STATEMENT},
                                          {"file", 1 + FRAMING_FILE},
                                          {"message", 1 + FRAMING_MESSAGE}};

static const cyaml_strval_t runs[] = {
    {"concurrently", 1 + RUNS_CONCURRENTLY}, {"once", 1 + RUNS_ONCE}, {"alone", 1 + RUNS_ALONE}};

static const cyaml_strval_t kinds[] = {
    {"program", 1 + KIND_PROGRAM}, {"test", 1 + KIND_TEST}, {"foreign", 1 + KIND_FOREIGN}};

static const cyaml_strval_t targets[] = {{"primary", CONFIG_NO}, {"standby", CONFIG_YES}};

static const cyaml_strval_t poolers[] = {{"session", CONFIG_NO}, {"transaction", CONFIG_YES}};

static const cyaml_strval_t severities[] = {
    {"error", 1 + SEVERITY_ERROR}, {"warning", 1 + SEVERITY_WARNING}, {"note", 1 + SEVERITY_NOTE}};

static const cyaml_strval_t failures[] = {{"error", 1 + SEVERITY_ERROR},
                                          {"warning", 1 + SEVERITY_WARNING},
                                          {"note", 1 + SEVERITY_NOTE},
                                          {"never", 2 + SEVERITY_ERROR}};

static const cyaml_strval_t rule_words[] = {
    {"on", CHOICE_ON},           {"off", CHOICE_OFF},     {"note", CHOICE_NOTE},
    {"warning", CHOICE_WARNING}, {"error", CHOICE_ERROR}, {"yes", CHOICE_ON},
    {"no", CHOICE_OFF},          {"true", CHOICE_ON},     {"false", CHOICE_OFF}};

static const cyaml_strval_t versions[] = {
    {"8.0", 800}, {"8.1", 801}, {"8.2", 802}, {"8.3", 803}, {"8.4", 804}, {"9.0", 900},
    {"9.1", 901}, {"9.2", 902}, {"9.3", 903}, {"9.4", 904}, {"9.5", 905}, {"9.6", 906},
    {"10", 1000}, {"11", 1100}, {"12", 1200}, {"13", 1300}, {"14", 1400}, {"15", 1500},
    {"16", 1600}, {"17", 1700}, {"18", 1800}, {"19", 1900}, {"20", 2000}};

/* ------------------------------------------------------------------ rules */

static const char **rule_names;
static cyaml_schema_field_t *rule_fields;

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void make_rule_fields(void)
{
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
            .value = {CYAML_VALUE_ENUM(CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, int, rule_words,
                                       G_N_ELEMENTS(rule_words))},
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

/* ------------------------------------------------------------------ the table */

static const cyaml_schema_value_t text = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CYAML_UNLIMITED)};

enum { WORD_FLAGS = CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT };

#define WORD(name, structure, member, words) \
    CYAML_FIELD_ENUM(name, WORD_FLAGS, structure, member, words, G_N_ELEMENTS(words))
#define TEXTS(name, flags, structure, member, least)                                          \
    CYAML_FIELD_SEQUENCE(name, CYAML_FLAG_POINTER | (flags), structure, member, &text, least, \
                         CYAML_UNLIMITED)
#define RULES(structure, member) \
    CYAML_FIELD_IGNORE("rules", CYAML_FLAG_OPTIONAL) /* see complete() */

static cyaml_schema_field_t override_fields[] = {
    TEXTS("paths", 0, struct config_scope, paths, 1),
    RULES(struct config_scope, rules),
    WORD("default-isolation", struct config_scope, isolation, levels),
    WORD("default-read-only", struct config_scope, read_only, switches),
    WORD("transaction", struct config_scope, transaction, framings),
    WORD("kind", struct config_scope, kind, kinds),
    WORD("runs", struct config_scope, runs, runs),
    WORD("retry", struct config_scope, retry, switches),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t override_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_scope, override_fields)};

static const cyaml_schema_field_t role_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct config_role, name, 1,
                           CYAML_UNLIMITED),
    TEXTS("paths", 0, struct config_role, paths, 1),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t role_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_role, role_fields)};

#define ROLES(structure)                                                                      \
    CYAML_FIELD_SEQUENCE("roles", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, roles, \
                         &role_value, 0, CYAML_UNLIMITED)

static const cyaml_schema_field_t database_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct config_database, name, 1,
                           CYAML_UNLIMITED),
    TEXTS("paths", 0, struct config_database, paths, 1),
    TEXTS("schema", CYAML_FLAG_OPTIONAL, struct config_database, schema, 0),
    ROLES(struct config_database),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t database_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_database, database_fields)};

static cyaml_schema_field_t fields[] = {
    TEXTS("paths", CYAML_FLAG_OPTIONAL, struct config, project.paths, 0),
    TEXTS("exclude", CYAML_FLAG_OPTIONAL, struct config, exclude, 0),
    TEXTS("schema", CYAML_FLAG_OPTIONAL, struct config, schema, 0),
    TEXTS("migrations", CYAML_FLAG_OPTIONAL, struct config, migrations, 0),
    TEXTS("waits", CYAML_FLAG_OPTIONAL, struct config, waits, 0),
    RULES(struct config, project.rules),
    WORD("default-isolation", struct config, project.isolation, levels),
    WORD("default-read-only", struct config, project.read_only, switches),
    WORD("server-version", struct config, server_version, versions),
    WORD("target", struct config, target, targets),
    WORD("pooler", struct config, pooler, poolers),
    WORD("transaction", struct config, project.transaction, framings),
    WORD("retry", struct config, project.retry, switches),
    WORD("all-serializable", struct config, all_serializable, switches),
    WORD("require-retry", struct config, require_retry, switches),
    WORD("require-explicit-level", struct config, require_level, switches),
    WORD("severity", struct config, severity, severities),
    WORD("fail-on", struct config, fail_on, failures),
    CYAML_FIELD_SEQUENCE("overrides", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct config,
                         overrides, &override_value, 0, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE("databases", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct config,
                         databases, &database_value, 0, CYAML_UNLIMITED),
    ROLES(struct config),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t whole = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config, fields)};

/* The mapping of rules is known only when the program runs. */
static void complete(cyaml_schema_field_t *list, uint32_t offset)
{
    while (strcmp(list->key, "rules") != 0)
        list++;
    cyaml_schema_field_t field = {
        .key = "rules",
        .data_offset = offset,
        .value = {.type = CYAML_MAPPING,
                  .flags = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                  .data_size = (uint32_t)(rule_field_count() * sizeof(int)),
                  .mapping = {.fields = rule_fields}},
    };
    memcpy(list, &field, sizeof field);
}

const cyaml_schema_value_t *config_schema(void)
{
    static gsize once;

    if (g_once_init_enter(&once)) {
        make_rule_fields();
        complete(override_fields, offsetof(struct config_scope, rules));
        complete(fields, offsetof(struct config, project.rules));
        g_once_init_leave(&once, 1);
    }
    return &whole;
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

const char *config_key(bool override, unsigned index)
{
    config_schema();
    return override ? override_fields[index].key : fields[index].key;
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
