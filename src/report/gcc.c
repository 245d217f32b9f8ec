/* One line for each finding and one for each of its notes, as gcc writes them and editors read
 * them: error formats of Vim and Emacs, problem matchers of others. Columns count characters. */
#include "report/report.h"

#include <glib.h>

#include "lint/rule.h"
#include "report/terminal.h"

static void put(FILE *out, const struct script *script, uint32_t offset, const char *severity,
                const char *text, const char *rule)
{
    struct position at;
    const char *path = script_place((struct script *)script, offset, &at);
    GString *line = g_string_new(NULL);

    terminal_append_path(line, path);
    g_string_append_printf(line, ":%u:%u: %s: ", at.line, at.column, severity);
    terminal_append(line, text, strlen(text));
    if (rule)
        g_string_append_printf(line, " [%s]", rule);
    fprintf(out, "%s\n", line->str);
    g_string_free(line, TRUE);
}

void report_gcc(const struct report *report, FILE *out)
{
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct finding *finding = report->findings[i];
        put(out, finding->script, finding->span.start, severity_name(finding->severity),
            finding->message, finding->rule->name);
        for (const struct related *related = finding->related; related; related = related->next)
            put(out, related->script, related->span.start, "note", related->label, NULL);
        if (finding->observed)
            put(out, finding->script, finding->span.start, "note", finding->observed->sentence,
                NULL);
        for (const struct help *help = finding->help; help; help = help->next)
            put(out, finding->script, finding->span.start, "note", help->text, NULL);
    }
}
