/* What libFuzzer calls, one program for each TARGET. An input may be refused, never more: it ends
 * soon, without a crash, and every span lies in the file. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "engine/configured.h"
#include "engine/engine.h"
#include "engine/memory.h"
#include "engine/result.h"
#include "input/frame.h"
#include "lsp/server.h"
#include "report/report.h"
#include "sql/parse.h"
#include "workload/table.h"
#include "workload/workload.h"

enum { FRAME = 1, PARSE, BODY, SUPPRESS, RUN, LOG, CSVLOG, JSONLOG, STDERR, LSP, CONFIG };

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

/* What takes as long as all the rest belongs to some inputs only, chosen by their bytes so that one that
 * stops the target stops it again: more inputs find more than the same steps once more. */
static bool is_one_of(const char *text, unsigned count)
{
    return g_str_hash(text) % count == 0;
}

/* SARIF has the pages of rules. */
static void write_reports(const struct project *project, bool sarif)
{
    struct finding **findings = (struct finding **)project->findings->pdata;
    struct report report = {.findings = findings, .finding_count = project->findings->len};
    FILE *out = fopen("/dev/null", "w");

    for (size_t i = 0; i < report.finding_count; i++)
        check_span(findings[i]->script, findings[i]->span);
    if (sarif)
        report_sarif(&report, out);
    report_text(&report, out);
    fclose(out);
}

/* What is the same for all inputs. */
static struct {
    struct settings settings;
    struct selection all, most; /* most: without the rules for which the machine runs each program
                                   beside all others */
} same;

static void prepare(void)
{
    struct error error = {0};
    struct settings *settings = &same.settings;

    settings_init(settings);
    settings->configured = configured_read(NULL, true, NULL, &error);
    settings->effective.lowest = SEVERITY_NOTE;
    settings->fingerprints = true;
    settings->select = g_strdup("all");
    if (!settings->configured || !configured_selection(&same.all, settings, NULL, &error))
        abort();
    settings->ignore = g_strdup("dangerous-structure,lock-order,unique-race");
    if (!configured_selection(&same.most, settings, NULL, &error))
        abort();
    configured_complete(settings);
}

static void run_text(const char *text, size_t size)
{
    struct project project;
    struct memory memory;

    if (!same.settings.configured)
        prepare();
    memory_init(&memory);
    memory_put(&memory, "fuzz.sql", text, size, true);
    const struct files files = memory_files(&memory);
    struct settings settings = same.settings;
    settings.files = &files;
    settings.paths = memory_paths(&memory, true, NULL);
    project_run(&project, &settings, is_one_of(text, 8) ? &same.all : &same.most);
    if (is_one_of(text, 4))
        write_reports(&project, is_one_of(text, 32));
    isolint_result_free(result_of(&project));
    project_finish(&project);
    g_strfreev(settings.paths);
    memory_finish(&memory);
}

/* A configuration, for two files; what is no file may be what --set takes. The schema that it names is
 * not there. */
static void read_config(const char *text, size_t size)
{
    static const char program[] =
        "BEGIN;\nSELECT a FROM t WHERE b = 1;\nUPDATE t SET a = 2;\nCOMMIT;\n";
    struct isolint_project *project = isolint_project_new();

    if (!isolint_project_configure(project, NULL, text, size))
        isolint_project_set(project, text);
    isolint_project_add(project, "a.sql", program, sizeof program - 1, ISOLINT_LINT);
    isolint_project_add(project, "b/c.sql", program, sizeof program - 1, ISOLINT_LINT);
    isolint_result_free(isolint_project_run(project));
    isolint_project_free(project);
}

/* A log, or a table of programs: what it says of itself is not believed. */
static void read_log(const char *bytes, size_t size)
{
    const struct workload_options options = {.least_runs = 1,
                                             .follow = {.since = INT64_MIN, .until = INT64_MIN}};
    struct error error = {0};
    struct workload workload;

    if (!workload_init(&workload, &options, &error))
        abort();
    workload_read_bytes(&workload, "fuzz.log", bytes, size);
    workload_end(&workload);
    g_string_free(table_write(workload.programs), TRUE);
    workload_finish(&workload, &options);
    for (guint i = 0; i < workload.composed->len; i++)
        read_text(((struct composed *)workload.composed->pdata[i])->text->str,
                  ((struct composed *)workload.composed->pdata[i])->text->len, true);
    workload_free(&workload);
}

/* ------------------------------------------------------------------ a client of the server */

/* What is sent is JSON. */
static void swallow(void *context, const char *bytes, size_t size)
{
    (void)context;
    if (g_str_has_prefix(bytes, "Content-Length: "))
        return;
    cJSON *json = cJSON_ParseWithLength(bytes, size);
    if (!json || !g_utf8_validate(bytes, (gssize)size, NULL))
        abort();
    cJSON_Delete(json);
}

/* Something about every word, so that there is something to move, to repair and to allow. */
static struct outcome *make_up(const struct job *job)
{
    struct outcome *outcome = outcome_new(job->encoding, job->root);
    GHashTableIter each;
    gpointer path, bytes;

    outcome->whole = job->whole;
    g_hash_table_iter_init(&each, job->buffers);
    while (g_hash_table_iter_next(&each, &path, &bytes)) {
        gsize size;
        const char *text = g_bytes_get_data(bytes, &size);
        struct script *script = script_new(path, g_strndup(size ? text : "", size), size);
        frame_script(script);
        parse_script(script);
        outcome_add_script(outcome, script);
        for (const struct statement *at = script->statements; at; at = at->next) {
            struct edit edit = {.span = at->span, .replacement = "x", .safe = at->span.start % 2};
            struct related related = {.script = script, .span = at->span, .label = "y"};
            struct finding finding = {.rule = rule_find("lost-update")->rule,
                                      .script = script,
                                      .span = at->span,
                                      .message = "z",
                                      .edits = &edit,
                                      .related = &related};
            outcome_add_finding(outcome, &finding);
        }
        outcome_close(outcome);
        script_free(script);
    }
    return outcome;
}

static void work(struct server *server, gint64 now)
{
    gint64 wait;
    struct job *job = server_next(server, now, &wait);

    if (job)
        server_complete(server, job, make_up(job), now);
}

/* Lines are messages, or with a tab in front bytes as they are: mutations seldom get a length right. */
static void serve(const char *bytes, size_t size)
{
    const struct sink sink = {swallow, NULL};
    struct server *server = server_new(&sink);
    const char *end = bytes + size;
    gint64 now = 0;

    while (bytes < end) {
        const char *line_end = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t length = (size_t)((line_end ? line_end : end) - bytes);
        g_autofree char *header = g_strdup_printf("Content-Length: %zu\r\n\r\n", length);
        bool raw = length > 0 && *bytes == '\t';
        now += 150000;
        if (!raw)
            server_feed(server, header, strlen(header), now);
        server_feed(server, raw ? bytes + 1 : bytes, raw ? length - 1 : length, now);
        work(server, now);
        bytes += length + 1;
    }
    work(server, now + 1000000);
    server_free(server);
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
    /* the first entry tells the format */
    [LOG] = {"", ""},
    [CSVLOG] =
        {"2026-11-27 21:06:15.072 UTC,\"u\",\"d\",1,\"::1:1\",6b09f0c7.1,1,\"idle\",2026-11-27 "
         "21:06:15 UTC,3/51,0,LOG,00000,\"statement: BEGIN\",,,,,,,,,\"\",\"client "
         "backend\",,0\n",
         ""},
    [JSONLOG] = {"{\"timestamp\":\"2026-11-27 21:06:15.072 UTC\",\"user\":\"u\",\"dbname\":\"d\","
                 "\"pid\":1,\"session_id\":\"6b09f0c7.1\",\"line_num\":1,\"vxid\":\"3/51\","
                 "\"error_severity\":\"LOG\",\"message\":\"statement: BEGIN\"}\n",
                 ""},
    [STDERR] =
        {"2026-11-27 21:06:15.072 UTC [1] u@d/a 6b09f0c7.1:1 3/51 0 00000 0 LOG:  statement: "
         "BEGIN\n",
         ""},
    [LSP] = {"", ""},
    [CONFIG] = {"", ""},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (TARGET >= LOG && TARGET < LSP) {
        g_autoptr(GString) log = g_string_new(frames[TARGET].before);
        g_string_append_len(log, (const char *)data, (gssize)size);
        read_log(log->str, log->len);
        return 0;
    }
    if (TARGET == CONFIG) {
        g_autofree char *text = g_strndup((const char *)data, size);
        read_config(text, size);
        return 0;
    }
    if (TARGET == LSP) {
        serve((const char *)data, size);
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
