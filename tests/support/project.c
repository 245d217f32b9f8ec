#include "support/project.h"

#include "engine/configured.h"
#include "lint/registry.h"
#include "program/rows.h"

void lint_texts(struct linted *linted, char *const *arguments, const char *const *names,
                const char *const *texts)
{
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
    struct error error = {0};

    memory_init(&linted->memory);
    g_ptr_array_add(argv, g_strdup("isolint"));
    g_ptr_array_add(argv, g_strdup("--severity=note"));
    for (char *const *each = arguments; each && *each; each++)
        g_ptr_array_add(argv, g_strdup(*each));
    for (; *names; names++, texts++) {
        bool named = arguments && g_strv_contains((const char *const *)arguments, *names);
        memory_put(&linted->memory, *names, *texts, strlen(*texts), !named);
        if (!named)
            g_ptr_array_add(argv, g_strdup(*names));
    }
    int argc = (int)argv->len;
    g_ptr_array_add(argv, NULL);
    g_autofree gpointer *copy = g_memdup2(argv->pdata, sizeof(gpointer) * argv->len);
    if (!options_parse(&linted->options, argc, (char **)copy, &error))
        fail_msg("%s", error.message);
    if (!configured_selection(&linted->selection, &linted->options.settings, NULL, &error))
        fail_msg("%s", error.message);
    linted->files = memory_files(&linted->memory);
    linted->options.settings.files = &linted->files;
    project_run(&linted->project, &linted->options.settings, &linted->selection);
    g_ptr_array_unref(argv);
}

void lint_text(struct linted *linted, const char *text)
{
    lint_texts(linted, NULL, (const char *[]){"test.sql", NULL}, (const char *[]){text, NULL});
}

void linted_finish(struct linted *linted)
{
    project_finish(&linted->project);
    selection_finish(&linted->selection);
    options_finish(&linted->options);
    memory_finish(&linted->memory);
}

char *linted_summary(const struct linted *linted, bool messages)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < linted->project.findings->len; i++) {
        const struct finding *finding = linted->project.findings->pdata[i];
        g_autofree char *file = g_path_get_basename(finding->script->path);
        struct position at = script_position((struct script *)finding->script, finding->span.start);
        g_string_append_printf(text, "%s:%u:%u %s %s%s", file, at.line, at.column,
                               severity_name(finding->severity), finding->rule->name,
                               finding->allowed ? " (allowed)" : "");
        if (messages)
            g_string_append_printf(text, ": %s", finding->message);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

void assert_findings(const char *text, const char *summary)
{
    struct linted linted;

    lint_text(&linted, text);
    g_autofree char *got = linted_summary(&linted, false);
    assert_string_equal(got, summary);
    linted_finish(&linted);
}

/* ------------------------------------------------------------------ facts */

static void describe_access(GString *text, const struct access *access)
{
    static const char *const kinds[] = {"read",   "lock",     "insert",     "update",
                                        "delete", "truncate", "table lock", "define"};
    static const char *const rows[] = {"all", "predicate", "range", "points", "point", "values"};

    g_string_append_printf(text, "  %s %s %s", kinds[access->kind], access_relation_name(access),
                           rows[access_rows(access)]);
    if (access->inner)
        g_string_append(text, " inner");
    for (const struct via *via = access->via; via; via = via->outer)
        g_string_append_printf(text, " via %s", via->what);
    if (access_is_exempt(access))
        g_string_append(text, " exempt");
    g_string_append_c(text, '\n');
}

static void describe_transaction(GString *text, const struct transaction *transaction)
{
    static const char *const kinds[] = {"block", "statement", "message",
                                        "file",  "segment",   "routine"};
    static const char *const sources[] = {"server", "stored", "option", "session", "explicit"};
    const struct mode_state *level = &transaction->modes->state[MODE_ISOLATION];

    g_string_append_printf(text, "%s %s (%s)%s%s%s\n", kinds[transaction->kind],
                           isolation_level_name((enum isolation_level)level->value),
                           sources[level->provenance],
                           transaction_read_only(transaction) ? " READ ONLY" : "",
                           transaction_deferrable(transaction) ? " DEFERRABLE" : "",
                           transaction->uncertain ? " uncertain" : "");
    for (const struct access *access = transaction->accesses; access; access = access->next)
        describe_access(text, access);
    for (const struct side_effect *call = transaction->calls; call; call = call->next)
        g_string_append_printf(text, "  call %s\n", call->call->name);
    if (transaction->unknown)
        g_string_append_printf(text, "  unknown %s\n", transaction->unknown);
}

char *facts_of(const char *input)
{
    struct linted linted;
    GString *text = g_string_new(NULL);

    lint_text(&linted, input);
    for (guint i = 0; i < linted.project.scripts->len; i++) {
        const struct script *script = linted.project.scripts->pdata[i];
        for (const struct transaction *transaction = script->transactions; transaction;
             transaction = transaction->next)
            describe_transaction(text, transaction);
    }
    linted_finish(&linted);
    return g_string_free(text, FALSE);
}
