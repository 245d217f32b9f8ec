/* What libFuzzer calls, one program for each TARGET. An input may be refused, never more: it ends
 * soon, without a crash, and every span lies in the file. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>

#include "cli/project.h"
#include "input/frame.h"
#include "log/log.h"
#include "log/table.h"
#include "report/report.h"
#include "sql/parse.h"

enum { FRAME = 1, PARSE, BODY, SUPPRESS, RUN, LOG };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_span(const struct script *script, struct span span)
{
    if (span.start > span.end || span.end > script->size)
        abort();
}

static void check_script(const struct script *script)
{
    uint32_t last = 0;

    for (const struct statement *each = script->statements; each; each = each->next) {
        check_span(script, each->span);
        if (each->kind == STATEMENT_PSQL)
            continue; /* may stand amid a statement */
        if (each->span.start < last)
            abort();
        last = each->span.end;
    }
    for (const struct syntax_error *each = script->errors; each; each = each->next)
        check_span(script, each->span);
}

/* The same as the file would be: NUL bytes end it before it comes so far. */
static void read_text(const char *text, size_t size, bool parse)
{
    struct script *script = script_new("fuzz.sql", g_strndup(text, size), size);

    frame_script(script);
    if (parse)
        parse_script(script);
    check_script(script);
    script_free(script);
}

static void write_reports(const struct project *project)
{
    struct finding **findings = (struct finding **)project->findings->pdata;
    struct report report = {.findings = findings, .finding_count = project->findings->len};
    FILE *out = fopen("/dev/null", "w");

    for (size_t i = 0; i < report.finding_count; i++)
        check_span(findings[i]->script, findings[i]->span);
    report_sarif(&report, out);
    report_text(&report, out);
    fclose(out);
}

static void run_text(const char *text, size_t size)
{
    int file = memfd_create("fuzz.sql", 0);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", file);
    char program[] = "isolint", select[] = "--select=all", *argv[] = {program, select, path, NULL};
    struct error error = {0};
    struct options options;
    struct selection selection;
    struct project project;

    if (file < 0 || write(file, text, size) != (ssize_t)size ||
        !options_parse(&options, G_N_ELEMENTS(argv) - 1, argv, &error) ||
        !selection_init(&selection, options.select, options.extend_select, options.ignore, &error))
        abort();
    project_run(&project, &options, &selection);
    write_reports(&project);
    project_finish(&project);
    selection_finish(&selection);
    options_finish(&options);
    close(file);
}

/* A log, or a table of programs: what it says of itself is not believed. */
static void read_log(const char *bytes, size_t size)
{
    const struct log_options options = {.least_runs = 1,
                                        .follow = {.since = INT64_MIN, .until = INT64_MIN}};
    struct error error = {0};
    struct log log;

    if (!log_init(&log, &options, &error))
        abort();
    log_read_bytes(&log, "fuzz.log", bytes, size);
    log_end(&log);
    g_string_free(table_write(log.programs), TRUE);
    log_finish(&log, &options);
    for (guint i = 0; i < log.composed->len; i++)
        read_text(((struct composed *)log.composed->pdata[i])->text->str,
                  ((struct composed *)log.composed->pdata[i])->text->len, true);
    log_free(&log);
}

/* What stands around the input. */
static const struct {
    const char *before, *after;
} frames[] = {
    [BODY] = {"CREATE FUNCTION f(a int, b text) RETURNS trigger LANGUAGE plpgsql AS $fuzz$",
              "$fuzz$;\nSELECT f(1, 'x');\n"},
    [SUPPRESS] = {"BEGIN ISOLATION LEVEL SERIALIZABLE; -- isolint: ",
                  "\nSELECT a FROM t WHERE b = 1;\nDO $$ BEGIN NULL; END $$;\nCOMMIT;\n"},
    [RUN] = {"", ""},
    [LOG] = {"", ""},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (TARGET == LOG) {
        read_log((const char *)data, size);
        return 0;
    }
    if (memchr(data, 0, size))
        return -1;
    if (TARGET == FRAME || TARGET == PARSE) {
        read_text((const char *)data, size, TARGET == PARSE);
        return 0;
    }
    g_autofree char *text = g_strdup_printf("%s%.*s%s", frames[TARGET].before, (int)size,
                                            (const char *)data, frames[TARGET].after);
    run_text(text, strlen(text));
    return 0;
}
