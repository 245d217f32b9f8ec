/* Workflow commands of GitHub Actions (docs.github.com, "Workflow commands for GitHub Actions"):
 * one line for each finding, "::warning file=…,line=…::message", with what would end a line, a
 * property or the command written as %0A, %2C, %3A and %25. */
#include "report/report.h"

#include <glib.h>

#include "facts/repository.h"
#include "lint/rule.h"
#include "report/terminal.h"

/* The characters of `special` become %XX; what a terminal would obey is made harmless first. */
static void append(GString *line, const char *text, const char *special)
{
    GString *harmless = g_string_new(NULL);

    terminal_append(harmless, text, strlen(text));
    for (const char *at = harmless->str; *at; at++) {
        if (strchr(special, *at))
            g_string_append_printf(line, "%%%02X", (unsigned char)*at);
        else
            g_string_append_c(line, *at);
    }
    g_string_free(harmless, TRUE);
}

static void append_data(GString *line, const char *text)
{
    append(line, text, "%");
}

static void append_property(GString *line, const char *text)
{
    append(line, text, "%:,");
}

/* Columns are refused where an annotation spans several lines. */
static void append_place(GString *line, struct repository *repository,
                         const struct finding *finding)
{
    struct script *script = (struct script *)finding->script;
    struct position start, end;
    const char *path = script_place(script, finding->span.start, &start);

    script_place(script, finding->span.end, &end);

    g_string_append(line, "file=");
    append_property(line, repository_place(repository, path));
    g_string_append_printf(line, ",line=%u,endLine=%u", start.line, MAX(start.line, end.line));
    if (end.line == start.line)
        g_string_append_printf(line, ",col=%u,endColumn=%u", start.column, end.column);
}

static void append_related(GString *line, struct repository *repository,
                           const struct related *related)
{
    struct position at;
    const char *path = script_place((struct script *)related->script, related->span.start, &at);
    g_autofree char *place =
        g_strdup_printf("%s:%u: ", repository_place(repository, path), at.line);

    g_string_append(line, "%0A");
    append_data(line, place);
    append_data(line, related->label);
}

static void put(FILE *out, struct repository *repository, const struct finding *finding)
{
    static const char *const commands[] = {"notice", "warning", "error"};
    GString *line = g_string_new("::");

    g_string_append_printf(line, "%s ", commands[finding->severity]);
    append_place(line, repository, finding);
    g_string_append(line, ",title=");
    append_property(line, finding->rule->name);
    g_string_append(line, "::");
    append_data(line, finding->message);
    for (const struct related *related = finding->related; related; related = related->next)
        append_related(line, repository, related);
    if (finding->observed) {
        g_string_append(line, "%0Aobserved: ");
        append_data(line, finding->observed->sentence);
    }
    for (const struct help *help = finding->help; help; help = help->next) {
        g_string_append(line, "%0Ahelp: ");
        append_data(line, help->text);
    }
    fprintf(out, "%s\n", line->str);
    g_string_free(line, TRUE);
}

void report_github(const struct report *report, FILE *out)
{
    struct repository repository;

    repository_init(&repository);
    for (size_t i = 0; i < report->finding_count; i++)
        put(out, &repository, report->findings[i]);
    repository_finish(&repository);
}
