/* What the findings come to: how many of them foretell which outcome, and what a log has seen of them. */
#include <string.h>

#include <glib.h>

#include "lint/rule.h"
#include "report/html.h"

/* ------------------------------------------------------------------ by outcome */

struct row {
    const char *outcome; /* as rules predict it */
    size_t counts[SEVERITY_ERROR + 1];
    GPtrArray *firsts; /* struct finding: the first one of each rule */
};

static const char *outcome_of(const struct finding *finding)
{
    const char *outcome = finding->predicts ? finding->predicts : finding->rule->predicts[0];

    return outcome ? outcome : "";
}

/* In words; NULL: as it is. */
static const char *outcome_text(const char *outcome)
{
    static const struct {
        const char *outcome, *text;
    } texts[] = {
        {"40001", "40001: serialization failure"},
        {"40P01", "40P01: deadlock"},
        {"23505", "23505: unique key violated"},
        {"25001", "25001: refused in this transaction"},
        {"25006", "25006: refused, the transaction is read-only"},
        {"lost-update", "Lost update, without an error"},
        {"write-skew", "Write skew, without an error"},
        {"read-skew", "Read skew, without an error"},
        {"phantom", "Rows missed, without an error"},
        {"stale-read", "Outdated data read, without an error"},
        {"no-op", "Statement without effect"},
        {"performance", "Cost in time or space"},
        {"", "No failure by itself"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (strcmp(texts[i].outcome, outcome) == 0)
            return texts[i].text;
    }
    return outcome;
}

static struct row *row_of(GArray *rows, const char *outcome)
{
    for (guint i = 0; i < rows->len; i++) {
        struct row *row = &g_array_index(rows, struct row, i);
        if (strcmp(row->outcome, outcome) == 0)
            return row;
    }
    struct row row = {.outcome = outcome, .firsts = g_ptr_array_new()};
    g_array_append_val(rows, row);
    return &g_array_index(rows, struct row, rows->len - 1);
}

static void row_clear(gpointer data)
{
    g_ptr_array_unref(((struct row *)data)->firsts);
}

static void add_first(struct row *row, struct finding *finding)
{
    for (guint i = 0; i < row->firsts->len; i++) {
        if (((struct finding *)row->firsts->pdata[i])->rule == finding->rule)
            return;
    }
    g_ptr_array_add(row->firsts, finding);
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    for (int i = SEVERITY_ERROR; i >= SEVERITY_NOTE; i--) {
        if (x->counts[i] != y->counts[i])
            return x->counts[i] > y->counts[i] ? -1 : 1;
    }
    return strcmp(x->outcome, y->outcome);
}

static void put_row(FILE *out, const struct row *row)
{
    fputs("<tr><th scope=\"row\">", out);
    html_text(out, outcome_text(row->outcome));
    fputs("</th>", out);
    for (int i = SEVERITY_ERROR; i >= SEVERITY_NOTE; i--)
        fprintf(out, "<td class=\"number\">%zu</td>", row->counts[i]);
    fputs("<td>", out);
    for (guint i = 0; i < row->firsts->len; i++) {
        const struct finding *first = row->firsts->pdata[i];
        fputs(i ? ", <a " : "<a ", out);
        html_anchor(out, "href", first);
        fprintf(out, ">%s</a>", first->rule->name);
    }
    fputs("</td></tr>\n", out);
}

void html_summary(const struct html *html, const GPtrArray *findings)
{
    if (findings->len == 0)
        return;
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(struct row));
    g_array_set_clear_func(rows, row_clear);
    for (guint i = 0; i < findings->len; i++) {
        struct finding *finding = findings->pdata[i];
        struct row *row = row_of(rows, outcome_of(finding));
        row->counts[finding->severity]++;
        add_first(row, finding);
    }
    g_array_sort(rows, compare_rows);
    fputs("<section id=\"summary\">\n<h2>Summary by outcome</h2>\n"
          "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Summary by outcome\">\n"
          "<table>\n<thead><tr><th scope=\"col\">Outcome</th><th scope=\"col\">Errors</th>"
          "<th scope=\"col\">Warnings</th><th scope=\"col\">Notes</th>"
          "<th scope=\"col\">Found by</th></tr></thead>\n<tbody>\n",
          html->out);
    for (guint i = 0; i < rows->len; i++)
        put_row(html->out, &g_array_index(rows, struct row, i));
    fputs("</tbody>\n</table>\n</div>\n</section>\n", html->out);
}

/* ------------------------------------------------------------------ what a log observed */

static void put_observed(FILE *out, const struct finding *finding)
{
    const struct observed *observed = finding->observed;

    fputs("<tr><th scope=\"row\"><a ", out);
    html_anchor(out, "href", finding);
    fputc('>', out);
    html_text(out, observed->program);
    fprintf(out,
            "</a></th><td class=\"number\">%" G_GUINT64_FORMAT
            "</td><td class=\"number\">%" G_GUINT64_FORMAT
            "</td><td class=\"number\">%" G_GUINT64_FORMAT
            "</td><td class=\"number\">%" G_GUINT64_FORMAT "</td><td>",
            observed->runs, observed->failed, observed->retried, observed->lost_updates);
    for (size_t i = 0; i < observed->failure_count; i++) {
        fprintf(out, "%s%" G_GUINT64_FORMAT " × ", i ? ", " : "", observed->failures[i].count);
        html_text(out, observed->failures[i].sqlstate);
    }
    fputs("</td></tr>\n", out);
}

static void put_unforeseen(FILE *out, const struct unforeseen *each)
{
    fputs("<li>", out);
    html_text(out, each->program);
    fprintf(out, " failed %" G_GUINT64_FORMAT " × with ", each->count);
    html_text(out, each->sqlstate);
    fputs(" at <code>", out);
    html_text(out, each->statement);
    fputs("</code> (", out);
    html_text(out, each->path);
    fprintf(out, ":%u)</li>\n", each->line);
}

static void put_programs(const struct html *html, const GPtrArray *findings)
{
    g_autoptr(GHashTable) done = g_hash_table_new(g_str_hash, g_str_equal);

    fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Observed in the log\">\n"
          "<table>\n<thead><tr><th scope=\"col\">Program</th><th scope=\"col\">Runs</th>"
          "<th scope=\"col\">Failed</th><th scope=\"col\">Retried at once</th>"
          "<th scope=\"col\">Lost updates</th><th scope=\"col\">Failures</th></tr></thead>\n"
          "<tbody>\n",
          html->out);
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *finding = findings->pdata[i];
        if (finding->observed && g_hash_table_add(done, (gpointer)finding->observed->program))
            put_observed(html->out, finding);
    }
    fputs("</tbody>\n</table>\n</div>\n", html->out);
}

void html_observed(const struct html *html, const GPtrArray *findings)
{
    const struct report *report = html->report;
    bool observed = false;

    for (guint i = 0; i < findings->len; i++)
        observed |= ((const struct finding *)findings->pdata[i])->observed != NULL;
    if (!observed && report->unforeseen_count == 0)
        return;
    fputs("<section id=\"observed\">\n<h2>Observed in the log</h2>\n", html->out);
    if (observed)
        put_programs(html, findings);
    if (report->unforeseen_count > 0)
        fputs("<h3>Failures that no finding explains</h3>\n<ul>\n", html->out);
    for (size_t i = 0; i < report->unforeseen_count; i++)
        put_unforeseen(html->out, &report->unforeseen[i]);
    fputs(report->unforeseen_count > 0 ? "</ul>\n</section>\n" : "</section>\n", html->out);
}
