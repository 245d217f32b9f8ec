#include "support/project.h"

#include "engine/configured.h"
#include "lint/registry.h"

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
