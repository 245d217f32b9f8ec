/* JUnit's XML as Jenkins, GitLab and others read it: one suite for each file; a file without
 * findings is one case that passed, a finding that fails the run is a case that failed, a lesser
 * one a case that passed and says something. XML cannot hold control characters in any way, so
 * they are replaced as on a terminal. */
#include "report/report.h"

#include <glib.h>

#include "facts/repository.h"
#include "lint/rule.h"
#include "report/terminal.h"

struct writer {
    const struct report *report;
    struct repository repository;
    FILE *out;
};

static char *escape(const char *text)
{
    GString *harmless = g_string_new(NULL);

    terminal_append(harmless, text, strlen(text));
    char *escaped = g_markup_escape_text(harmless->str, (gssize)harmless->len);
    g_string_free(harmless, TRUE);
    return escaped;
}

/* name="text", with a blank before it. */
static void put_attribute(struct writer *writer, const char *name, const char *text)
{
    g_autofree char *escaped = escape(text);

    fprintf(writer->out, " %s=\"%s\"", name, escaped);
}

/* A line of its own begins with no command of a log. */
static void put_line(struct writer *writer, const char *before, const char *text)
{
    g_autofree char *escaped = escape(text);
    bool command = !*before && terminal_is_command(escaped, strlen(escaped));

    fprintf(writer->out, "\n%s%s%s", before, command ? "./" : "", escaped);
}

static void put_text(struct writer *writer, const struct finding *finding)
{
    g_autofree char *message = escape(finding->message);

    fputs(message, writer->out);
    for (const struct related *related = finding->related; related; related = related->next) {
        struct position at;
        const char *path = script_place((struct script *)related->script, related->span.start, &at);
        g_autofree char *text =
            g_strdup_printf("%s:%u:%u: %s", repository_place(&writer->repository, path), at.line,
                            at.column, related->label);
        put_line(writer, "", text);
    }
    if (finding->observed)
        put_line(writer, "observed: ", finding->observed->sentence);
    for (const struct help *help = finding->help; help; help = help->next)
        put_line(writer, "help: ", help->text);
}

static bool fails(const struct writer *writer, const struct finding *finding)
{
    return (int)finding->severity >= writer->report->fail_on;
}

static void put_case(struct writer *writer, const struct finding *finding)
{
    struct position at;
    const char *shown = script_place((struct script *)finding->script, finding->span.start, &at);
    const char *path = repository_place(&writer->repository, shown);
    g_autofree char *name = g_strdup_printf("%s %u:%u", finding->rule->name, at.line, at.column);

    fputs("    <testcase", writer->out);
    put_attribute(writer, "name", name);
    put_attribute(writer, "classname", path);
    put_attribute(writer, "file", path);
    fprintf(writer->out, " line=\"%u\">\n", at.line);
    if (fails(writer, finding)) {
        fputs("      <failure", writer->out);
        put_attribute(writer, "type", severity_name(finding->severity));
        put_attribute(writer, "message", finding->message);
        fputc('>', writer->out);
        put_text(writer, finding);
        fputs("</failure>\n", writer->out);
    } else {
        fprintf(writer->out, "      <system-out>%s: ", severity_name(finding->severity));
        put_text(writer, finding);
        fputs("</system-out>\n", writer->out);
    }
    fputs("    </testcase>\n", writer->out);
}

static void put_suite_head(struct writer *writer, const char *name, size_t tests, size_t failures,
                           size_t errors)
{
    fputs("  <testsuite", writer->out);
    put_attribute(writer, "name", name);
    fprintf(writer->out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n", tests, failures,
            errors);
}

/* The findings of a script follow one another. */
static size_t put_suite(struct writer *writer, const struct script *script, size_t first)
{
    const struct report *report = writer->report;
    const char *path = repository_path(&writer->repository, script);
    size_t end = first, failures = 0;

    for (; end < report->finding_count && report->findings[end]->script == script; end++)
        failures += fails(writer, report->findings[end]);
    put_suite_head(writer, path, MAX(end - first, 1), failures, 0);
    if (end == first) {
        fputs("    <testcase", writer->out);
        put_attribute(writer, "name", "no findings");
        put_attribute(writer, "classname", path);
        put_attribute(writer, "file", path);
        fputs("/>\n", writer->out);
    }
    for (size_t i = first; i < end; i++)
        put_case(writer, report->findings[i]);
    fputs("  </testsuite>\n", writer->out);
    return end;
}

static void put_troubles(struct writer *writer)
{
    const struct report *report = writer->report;

    if (report->trouble_count == 0)
        return;
    put_suite_head(writer, "isolint", report->trouble_count, 0, report->trouble_count);
    for (size_t i = 0; i < report->trouble_count; i++) {
        fputs("    <testcase name=\"input\" classname=\"isolint\">\n      <error", writer->out);
        put_attribute(writer, "message", report->troubles[i]);
        fputs("/>\n    </testcase>\n", writer->out);
    }
    fputs("  </testsuite>\n", writer->out);
}

static void put_head(struct writer *writer)
{
    const struct report *report = writer->report;
    size_t tests = report->trouble_count + report->finding_count, failures = 0, at = 0;

    for (size_t i = 0; i < report->finding_count; i++)
        failures += fails(writer, report->findings[i]);
    for (size_t i = 0; i < report->script_count; i++) {
        size_t first = at;
        while (at < report->finding_count && report->findings[at]->script == report->scripts[i])
            at++;
        tests += at == first;
    }
    fprintf(writer->out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites name=\"isolint\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n",
            tests, failures, report->trouble_count);
}

void report_junit(const struct report *report, FILE *out)
{
    struct writer writer = {.report = report, .out = out};
    size_t next = 0;

    repository_init(&writer.repository);
    put_head(&writer);
    for (size_t i = 0; i < report->script_count; i++)
        next = put_suite(&writer, report->scripts[i], next);
    put_troubles(&writer);
    fputs("</testsuites>\n", out);
    repository_finish(&writer.repository);
}
