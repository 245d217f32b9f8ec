#include "options/show-config.h"

#include <string.h>

#include <glib.h>

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

static int switch_of(bool flag)
{
    return flag ? CONFIG_YES : CONFIG_NO;
}

static void show_override(FILE *out, const struct config_scope *scope)
{
    fputs("  -\n", out);
    show_list(out, "    ", "paths", scope->paths, scope->paths_count);
    if (scope->rules)
        fputs("    rules:\n", out);
    for (unsigned i = 0; scope->rules && config_rule_name(i); i++)
        show_word(out, "      ", config_rule_name(i), scope->rules[i]);
    show_word(out, "    ", "default-isolation", scope->isolation);
    show_word(out, "    ", "default-read-only", scope->read_only);
    show_word(out, "    ", "transaction", scope->transaction);
    show_word(out, "    ", "kind", scope->kind);
    show_word(out, "    ", "runs", scope->runs);
    show_word(out, "    ", "retry", scope->retry);
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

static unsigned count_of(char **texts)
{
    return texts ? g_strv_length(texts) : 0;
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
    show_list(out, "", "paths", options->settings.paths, count_of(options->settings.paths));
    show_list(out, "", "exclude", config->exclude, config->exclude_count);
    show_list(out, "", "schema", options->settings.schemas, count_of(options->settings.schemas));
    show_list(out, "", "migrations", config->migrations, config->migrations_count);
    show_list(out, "", "waits", config->waits, config->waits_count);
    show_word(out, "", "default-isolation", (int)options->settings.session.default_isolation);
    show_word(out, "", "default-read-only", switch_of(options->settings.session.default_read_only));
    show_word(out, "", "server-version", options->settings.lint.server_version);
    show_word(out, "", "target", switch_of(options->settings.lint.standby));
    show_word(out, "", "pooler", switch_of(options->settings.lint.pooled));
    show_word(out, "", "transaction", 1 + (int)options->settings.session.framing);
    show_word(out, "", "retry", switch_of(options->settings.session.retried));
    show_word(out, "", "all-serializable", switch_of(options->settings.lint.all_serializable));
    show_word(out, "", "require-retry", switch_of(options->settings.lint.require_retry));
    show_word(out, "", "require-explicit-level", switch_of(options->settings.lint.require_level));
    show_word(out, "", "severity", 1 + (int)options->settings.lowest);
    show_word(out, "", "fail-on", 1 + options->fail_on);
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
