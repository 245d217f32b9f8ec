/* One line a finding, for people who know the rules: path:line:column: severity[rule]: message */
#include "report/summary.h"
#include "report/writer.h"

#include "lint/rule.h"

static void put_finding(const struct writer *writer, const struct finding *finding)
{
    static const enum style styles[] = {STYLE_NOTE, STYLE_WARNING, STYLE_ERROR};
    struct position at;
    const char *path = script_place((struct script *)finding->script, finding->span.start, &at);
    g_autofree char *head =
        g_strdup_printf("%s[%s]", severity_name(finding->severity), finding->rule->name);

    writer_put_path(writer, path);
    fprintf(writer->out, ":%u:%u: ", at.line, at.column);
    writer_put(writer, styles[finding->severity], head);
    fputs(": ", writer->out);
    writer_put_harmless(writer, finding->message);
    fputc('\n', writer->out);
}

void report_concise(const struct report *report, FILE *out)
{
    struct writer writer = writer_of(report, out);
    g_autoptr(GPtrArray) findings = summary_select(report);

    for (guint i = 0; i < findings->len; i++)
        put_finding(&writer, findings->pdata[i]);
    if (!report->quiet)
        summary_put_count(report, out);
}
