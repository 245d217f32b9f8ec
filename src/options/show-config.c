#include "options/show-config.h"

#include <string.h>

#include <glib.h>

#include "config/config-key.h"
#include "engine/configured.h"
#include "lint/registry.h"
#include "report/terminal.h"

/* In quotes when YAML would read anything else in it. */
static void show_text(FILE *out, const char *text)
{
    GString *quoted = g_string_new(NULL);

    terminal_append(quoted, text, strlen(text));
    g_string_replace(quoted, "'", "''", 0);
    fprintf(out, "'%s'", quoted->str);
    g_string_free(quoted, TRUE);
}

static void show_list(FILE *out, const char *indent, const char *key, char *const *texts,
                      unsigned count)
{
    if (count == 0)
        return;
    fprintf(out, "%s%s:\n", indent, key);
    for (unsigned i = 0; i < count; i++) {
        fprintf(out, "%s  - ", indent);
        show_text(out, texts[i]);
        putc('\n', out);
    }
}

static void show_word(FILE *out, const char *indent, const char *key, int value)
{
    if (value)
        fprintf(out, "%s%s: %s\n", indent, key, config_word_for(key, value));
}

static void show_override(FILE *out, const struct config_scope *scope)
{
    fputs("  -\n", out);
    for (const struct config_key *key = config_keys; key->name; key++) {
        if (!(key->places & IN_OVERRIDE))
            continue; /* it has no place in the scope */
        const char *at = (const char *)scope + config_key_offset(key, IN_OVERRIDE);
        if (key->kind == KEY_TEXTS)
            show_list(out, "    ", key->name, scope->paths, scope->paths_count);
        else if (key->kind == KEY_WORD)
            show_word(out, "    ", key->name, *(const int *)at);
        else if (scope->rules)
            fputs("    rules:\n", out);
        for (unsigned i = 0; key->kind == KEY_RULES && scope->rules && config_rule_name(i); i++)
            show_word(out, "      ", config_rule_name(i), scope->rules[i]);
    }
}

static void show_roles(FILE *out, const char *indent, const struct config_role *roles,
                       unsigned count)
{
    g_autofree char *deeper = g_strconcat(indent, "    ", NULL);

    if (count > 0)
        fprintf(out, "%sroles:\n", indent);
    for (unsigned i = 0; i < count; i++) {
        fprintf(out, "%s  -\n%sname: ", indent, deeper);
        show_text(out, roles[i].name);
        putc('\n', out);
        show_list(out, deeper, "paths", roles[i].paths, roles[i].paths_count);
    }
}

static void show_databases(FILE *out, const struct config *config)
{
    if (config->databases_count > 0)
        fputs("databases:\n", out);
    for (unsigned i = 0; i < config->databases_count; i++) {
        const struct config_database *database = &config->databases[i];
        fputs("  -\n    name: ", out);
        show_text(out, database->name);
        putc('\n', out);
        show_list(out, "    ", "paths", database->paths, database->paths_count);
        show_list(out, "    ", "schema", database->schema, database->schema_count);
        show_roles(out, "    ", database->roles, database->roles_count);
    }
}

static void show_rules(FILE *out, const struct selection *selection)
{
    fputs("rules:\n", out);
    for (size_t i = 0; i < rule_entry_count; i++) {
        const struct rule *rule = rule_entries[i].rule;
        int severity =
            selection->severity[i] == SEVERITY_OWN ? (int)rule->severity : selection->severity[i];
        fprintf(out, "  %s: %s\n", rule->name,
                selection->on[i] ? severity_name((enum severity)severity) : "off");
    }
}

/* A list of the project, with what the command line says instead. */
static void show_texts(const struct options *options, const struct config_key *key, FILE *out)
{
    const char *config = (const char *)configured_config(&options->settings);
    char **given = strcmp(key->name, "paths") == 0    ? options->settings.paths
                   : strcmp(key->name, "schema") == 0 ? options->settings.schemas
                                                      : NULL;

    if (given)
        show_list(out, "", key->name, given, g_strv_length(given));
    else
        show_list(out, "", key->name, *(char *const *const *)(config + key->offset),
                  *(const unsigned *)(config + key->count_offset));
}

bool show_config(const struct options *options, FILE *out, struct error *error)
{
    const struct config *config = configured_config(&options->settings);
    struct selection selection;

    if (!configured_selection(&selection, &options->settings, NULL, error))
        return false;

    g_autoptr(GString) file = g_string_new("# ");
    const char *name = config->file ? config->file : "no configuration file";
    terminal_append(file, name, strlen(name));
    fprintf(out, "%s\n", file->str);
    for (const struct config_key *key = config_keys; key->name; key++) {
        if (key->places & IN_PROJECT && key->kind == KEY_TEXTS)
            show_texts(options, key, out);
        else if (key->places & IN_PROJECT && key->kind == KEY_WORD)
            show_word(out, "", key->name, effective_value(&options->settings.effective, key));
    }
    show_rules(out, &selection);
    selection_finish(&selection);
    if (config->overrides_count > 0)
        fputs("overrides:\n", out);
    for (unsigned i = 0; i < config->overrides_count; i++)
        show_override(out, &config->overrides[i]);
    show_databases(out, config);
    show_roles(out, "", config->roles, config->roles_count);
    return true;
}
