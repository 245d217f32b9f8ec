/* Findings as compilers taught people to read them: severity, rule and message; the source with the
 * span underlined; what to write instead; how to allow it. The most severe come first, and at the
 * end stands what all of them come to. */
#include "report/report.h"

#include <string.h>

#include <glib.h>

#include "lint/edit-line.h"
#include "lint/registry.h"
#include "lint/rule.h"
#include "report/summary.h"
#include "report/writer.h"

/* What --fix would do, and what it leaves to the reader. */
static void put_edits(const struct writer *writer, const struct finding *finding, bool safe)
{
    g_autofree char *line = edits_line(finding, safe);

    if (line)
        writer_put_note(writer, safe ? "fix" : "suggestion", line);
}

static void put_headline(const struct writer *writer, const struct finding *finding)
{
    enum { INDENT = 4 };
    static const enum style styles[] = {STYLE_NOTE, STYLE_WARNING, STYLE_ERROR};
    const char *severity = severity_name(finding->severity), *rule = finding->rule->name;
    g_autofree char *page = writer->links ? rule_page_address(finding->rule) : NULL;
    g_autofree char *link =
        page ? g_strdup_printf("\033]8;;%s\033\\%s\033]8;;\033\\", page, rule) : NULL;
    g_autofree char *head = g_strconcat(severity, "[", link ? link : rule, "]", NULL);
    size_t columns = strlen(severity) + strlen(rule) + strlen("[]: ");

    writer_put(writer, styles[finding->severity], head);
    fputs(": ", writer->out);
    writer_put_folded(writer, finding->message, (int)columns, INDENT);
    fputc('\n', writer->out);
}

static void put_finding(struct writer *writer, const struct finding *finding)
{
    g_autofree char *allow = g_strconcat("-- isolint: allow ", finding->rule->name, NULL);

    put_headline(writer, finding);
    snippet_put(writer, finding);
    if (finding->observed)
        writer_put_note(writer, "observed", finding->observed->sentence);
    for (const struct help *help = finding->help; help; help = help->next)
        writer_put_note(writer, "help", help->text);
    put_edits(writer, finding, true);
    put_edits(writer, finding, false);
    if (finding->witness)
        witness_put(writer, finding->witness);
    writer_put_note(writer, "allow", allow);
    fputc('\n', writer->out);
}

/* Failures of a log that no finding predicted. */
static void put_unforeseen(const struct writer *writer, const struct report *report)
{
    for (size_t i = 0; i < report->unforeseen_count; i++) {
        const struct unforeseen *each = &report->unforeseen[i];
        fprintf(writer->out, "not predicted: %s failed %" G_GUINT64_FORMAT " %s with %s at ",
                each->program, each->count, each->count == 1 ? "time" : "times", each->sqlstate);
        writer_put_harmless(writer, each->statement);
        fputs(" (", writer->out);
        writer_put_harmless(writer, each->path);
        fprintf(writer->out, ":%u)\n", each->line);
    }
    if (report->unforeseen_count > 0)
        fputc('\n', writer->out);
}

void report_text(const struct report *report, FILE *out)
{
    struct writer writer = writer_of(report, out);
    g_autoptr(GPtrArray) findings = summary_select(report);

    for (guint i = 0; i < findings->len; i++)
        put_finding(&writer, findings->pdata[i]);
    put_unforeseen(&writer, report);
    if (report->quiet)
        return;
    summary_put_table(report, out);
    summary_put_count(report, out);
    summary_put_next(report, out);
}
