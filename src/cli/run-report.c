#include "cli/run-report.h"

#include <string.h>

#include "lint/registry.h"
#include "output/trouble.h"
#include "sql/parse.h"

static void report_rules(const struct selection *selection)
{
    size_t count = 0;

    for (size_t i = 0; i < rule_entry_count; i++)
        count += selection->on[i];
    g_autofree char *line = g_strdup_printf("%zu of %zu rules, grammar of %s", count,
                                            rule_entry_count, parse_grammar());
    say(line);
}

static void report_script(const struct script *script, const struct changed *changed)
{
    const char *how = !script->linted                 ? "for the catalog only"
                      : script->kind == KIND_FOREIGN  ? script->dialect
                      : script->kind != KIND_PROGRAM  ? script_kind_name(script->kind)
                      : !changed_has(changed, script) ? "not changed"
                                                      : "linted";
    GString *text = g_string_new(NULL);

    if (script->unread.templates > 0)
        g_string_append_printf(text, ", completed by templates: %u", script->unread.templates);
    if (script->unread.executed > 0)
        g_string_append_printf(text, ", made at run time: %u", script->unread.executed);
    if (script->unread.includes > 0)
        g_string_append_printf(text, ", included by unknown names: %u", script->unread.includes);
    g_autofree char *line =
        g_strdup_printf("%s: %s; statements: %u, transactions: %u%s", script->path, how,
                        script->statement_count, script->transaction_count, text->str);
    g_string_free(text, TRUE);

    say(line);
}

static void report_limit(const struct limits *limits, enum limit limit)
{
    g_autofree char *line = NULL;

    if (limit_count(limits, limit) == 0)
        return;
    line = limit_text(limits, limit);
    say(line);
}

void report_inputs(const struct project *project, const struct changed *changed,
                   const struct selection *selection)
{
    report_rules(selection);
    for (guint i = 0; i < project->scripts->len; i++)
        report_script(project->scripts->pdata[i], changed);
    for (int limit = 0; limit < LIMIT_KINDS; limit++)
        report_limit(&project->limits, (enum limit)limit);
}

/* ------------------------------------------------------------------ statistics */

struct count {
    const struct rule *rule;
    size_t findings;
};

/* The rules come in order of name, and sorting keeps it. */
static int compare_counts(const void *a, const void *b)
{
    const struct count *x = a, *y = b;

    return x->findings == y->findings ? 0 : x->findings < y->findings ? 1 : -1;
}

void report_statistics(const GPtrArray *findings)
{
    g_autoptr(GArray) counts = g_array_new(FALSE, TRUE, sizeof(struct count));

    for (size_t i = 0; i < rule_entry_count; i++) {
        struct count count = {.rule = rule_entries[i].rule};
        g_array_append_val(counts, count);
    }
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *finding = findings->pdata[i];
        g_array_index(counts, struct count, rule_index(finding->rule)).findings++;
    }
    g_array_sort(counts, compare_counts);
    for (guint i = 0; i < counts->len; i++) {
        const struct count *count = &g_array_index(counts, struct count, i);
        if (count->findings > 0) {
            g_autofree char *line = g_strdup_printf("%6zu %s", count->findings, count->rule->name);
            say(line);
        }
    }
}
