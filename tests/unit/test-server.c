/* The language server without threads or clocks: what it answers to sense and nonsense, and what it
 * wants analysed when. The analysis is a stand-in: a finding wherever the text says "bad", of another
 * file as well where it says "wide", and a syntax error at "?". */
#include "lint/rule.h"
#include "lsp/server.h"
#include "support/check.h"

struct bench {
    struct server *server;
    GString *sent; /* the bodies, one a line */
    gint64 now;
};

static void keep(void *context, const char *bytes, size_t size)
{
    struct bench *bench = context;

    if (g_str_has_prefix(bytes, "Content-Length"))
        return;
    g_string_append_len(bench->sent, bytes, (gssize)size);
    g_string_append_c(bench->sent, '\n');
}

static int enter(void **state)
{
    struct bench *bench = g_new0(struct bench, 1);
    const struct sink sink = {keep, bench};

    bench->server = server_new(&sink);
    bench->sent = g_string_new(NULL);
    bench->now = 1000000;
    *state = bench;
    return 0;
}

static int leave(void **state)
{
    struct bench *bench = *state;

    server_free(bench->server);
    g_string_free(bench->sent, TRUE);
    g_free(bench);
    return 0;
}

static void feed(struct bench *bench, const char *body)
{
    g_autofree char *message = g_strdup_printf("Content-Length: %zu\r\n\r\n%s", strlen(body), body);

    server_feed(bench->server, message, strlen(message), bench->now);
}

static void expect_sent(struct bench *bench, const char *expected)
{
    assert_string_equal(bench->sent->str, expected);
    g_string_truncate(bench->sent, 0);
}

static void expect_piece(struct bench *bench, const char *piece)
{
    if (!strstr(bench->sent->str, piece))
        fail_msg("%s\nis not in\n%s", piece, bench->sent->str);
    g_string_truncate(bench->sent, 0);
}

static void initialize(struct bench *bench)
{
    feed(bench, "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
                "\"rootUri\":\"file:///w\",\"capabilities\":{}}}");
    expect_piece(bench, "\"positionEncoding\":\"utf-16\"");
}

#define DOCUMENT "\"textDocument\":{\"uri\":\"file:///w/a.sql\"}"

static void open_text(struct bench *bench, const char *text)
{
    g_autofree char *body = g_strdup_printf(
        "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didOpen\",\"params\":{\"textDocument\":{"
        "\"uri\":\"file:///w/a.sql\",\"text\":\"%s\"}}}",
        text);

    feed(bench, body);
}

static void change_text(struct bench *bench, int from, int to, const char *text)
{
    g_autofree char *body = g_strdup_printf(
        "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didChange\",\"params\":{" DOCUMENT
        ",\"contentChanges\":[{\"range\":{\"start\":{\"line\":0,\"character\":%d},\"end\":{\"line\":0,"
        "\"character\":%d}},\"text\":\"%s\"}]}}",
        from, to, text);

    feed(bench, body);
}

/* ------------------------------------------------------------------ the stand-in */

static void add(struct outcome *outcome, struct script *script, const char *rule, size_t at,
                bool wide)
{
    struct related related = {.script = script, .span = {0, 1}, .label = "there"};
    struct script *other = script_new("b.sql", g_strdup("x"), 1);
    struct finding finding = {
        .rule = rule_find(rule)->rule,
        .severity = SEVERITY_WARNING,
        .script = script,
        .span = {(uint32_t)at, (uint32_t)at + 3},
        .message = "it is bad",
        .related = wide ? &related : NULL,
    };

    related.script = other;
    outcome_add_finding(outcome, &finding);
    outcome_close(outcome);
    script_free(other);
}

static struct outcome *analyse(const struct job *job)
{
    struct outcome *outcome = outcome_new(job->encoding, job->root);
    GHashTableIter each;
    gpointer path, bytes;

    outcome->whole = job->whole;
    if (job->settings[0])
        outcome->wrong = g_strdup_printf("there is no key %s", job->settings[0]);
    g_hash_table_iter_init(&each, job->buffers);
    while (g_hash_table_iter_next(&each, &path, &bytes)) {
        gsize size;
        const char *text = g_bytes_get_data(bytes, &size), *at;
        struct script *script = script_new(path, g_strndup(text, size), size);
        struct syntax_error error = {.message = "?"};
        if (strchr(script->bytes, '?'))
            script->errors = &error;
        outcome_add_script(outcome, script);
        if ((at = strstr(script->bytes, "bad")))
            add(outcome, script, "lost-update", (size_t)(at - script->bytes), false);
        if (job->whole && (at = strstr(script->bytes, "wide")))
            add(outcome, script, "write-skew", (size_t)(at - script->bytes), true);
        if ((at = strchr(script->bytes, '?')))
            add(outcome, script, "syntax-error", (size_t)(at - script->bytes), false);
        outcome_close(outcome);
        script->errors = NULL;
        script_free(script);
    }
    return outcome;
}

/* Runs what is due; "whole", "a.sql" or "" says what it was. */
static const char *work(struct bench *bench)
{
    gint64 wait;
    struct job *job = server_next(bench->server, bench->now, &wait);

    if (!job)
        return "";
    const char *what = job->whole ? "whole" : "a.sql";
    server_complete(bench->server, job, analyse(job), bench->now);
    return what;
}

static gint64 wait_of(struct bench *bench)
{
    gint64 wait;

    assert_null(server_next(bench->server, bench->now, &wait));
    return wait;
}

/* ------------------------------------------------------------------ tests */

static void answers_nonsense(void **state)
{
    struct bench *bench = *state;
    static const struct {
        const char *body, *answer;
    } samples[] = {
        {"",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"the message is not valid "
         "JSON\"}}\n"},
        {"{\"id\":\"\xff\",\"method\":\"x\"}",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"the message is not valid "
         "JSON\"}}\n"},
        {"{]",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"the message is not valid "
         "JSON\"}}\n"},
        {"[]",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"the message is not a JSON "
         "object\"}}\n"},
        {"{}",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"method must be a "
         "string\"}}\n"},
        {"{\"id\":3,\"method\":7}",
         "{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":-32600,\"message\":\"method must be a "
         "string\"}}\n"},
        {"{\"id\":[],\"method\":\"x\"}",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"id must be a string or a "
         "number\"}}\n"},
        {"{\"id\":\"q\",\"method\":\"textDocument/hover\",\"params\":5}",
         "{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"error\":{\"code\":-32602,\"message\":\"params must be an "
         "object or an array\"}}\n"},
        {"{\"id\":4,\"method\":\"textDocument/hover\"}",
         "{\"jsonrpc\":\"2.0\",\"id\":4,\"error\":{\"code\":-32002,\"message\":\"initialize must be sent "
         "first\"}}\n"},
        {"{\"id\":\"\\ud83da\\uDE00\\ud83d\\ude00\\\\ud83d\\ud83d\",\"method\":\"x/y\"}",
         "{\"jsonrpc\":\"2.0\",\"id\":\"\uFFFDa\uFFFD\U0001F600\\\\ud83d\uFFFD\",\"error\":{\"code\":-32002,"
         "\"message\":\"initialize must be sent first\"}}\n"},
        {"{\"method\":\"textDocument/didOpen\"}", ""},
        {"{\"id\":1,\"result\":null}", ""},
        {"{\"id\":1,\"error\":{\"code\":1,\"message\":\"\"}}", ""},
    };
    bool clean;

    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        feed(bench, samples[i].body);
        expect_sent(bench, samples[i].answer);
    }
    initialize(bench);
    feed(bench, "{\"id\":5,\"method\":\"no/such\",\"params\":{}}");
    expect_sent(bench,
                "{\"jsonrpc\":\"2.0\",\"id\":5,\"error\":{\"code\":-32601,\"message\":\"unknown "
                "method no/such\"}}\n");
    feed(bench, "{\"method\":\"textDocument/didChange\",\"params\":{" DOCUMENT "}}");
    expect_piece(bench, "window/logMessage");
    feed(bench, "{\"id\":6,\"method\":\"textDocument/hover\",\"params\":{}}");
    expect_sent(bench, "{\"jsonrpc\":\"2.0\",\"id\":6,\"result\":null}\n");
    feed(bench, "{\"id\":7,\"method\":\"textDocument/codeAction\",\"params\":{" DOCUMENT "}}");
    expect_sent(bench, "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":[]}\n");
    assert_false(server_is_done(bench->server, &clean));
}

static void ends_as_it_should(void **state)
{
    struct bench *bench = *state;
    bool clean;

    initialize(bench);
    feed(bench, "{\"id\":1,\"method\":\"initialize\",\"params\":{}}");
    expect_piece(bench, "initialize was sent before");
    feed(bench, "{\"id\":2,\"method\":\"shutdown\"}");
    expect_sent(bench, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":null}\n");
    feed(bench, "{\"id\":3,\"method\":\"textDocument/hover\",\"params\":{}}");
    expect_piece(bench, "\"code\":-32600");
    assert_false(server_is_done(bench->server, &clean));
    feed(bench, "{\"method\":\"exit\"}");
    assert_true(server_is_done(bench->server, &clean));
    assert_true(clean);
}

static void says_what_is_wrong_with_settings(void **state)
{
    struct bench *bench = *state;

    feed(bench, "{\"id\":0,\"method\":\"initialize\",\"params\":{\"rootUri\":\"file:///w\","
                "\"initializationOptions\":{\"set\":[\"x=1\",7]}}}");
    work(bench);
    expect_piece(
        bench,
        "\"window/showMessage\",\"params\":{\"type\":1,\"message\":\"there is no key x=1\"}");
}

/* An edit after a pause is looked at once, a burst when it has ended, and all files after a pause. */
static void looks_at_two_speeds(void **state)
{
    struct bench *bench = *state;

    initialize(bench);
    assert_string_equal(work(bench), "whole");
    open_text(bench, "bad");
    assert_string_equal(work(bench), "a.sql");
    expect_piece(bench, "\"code\":\"lost-update\"");
    bench->now += 1000000;
    assert_string_equal(work(bench), "whole");
    expect_sent(bench, ""); /* nothing new */
    assert_int_equal(wait_of(bench), -1);

    change_text(bench, 0, 0, "a ");
    assert_string_equal(work(bench), "a.sql");
    expect_piece(bench, "\"start\":{\"line\":0,\"character\":2}");
    for (int i = 0; i < 5; i++) {
        bench->now += 50000;
        change_text(bench, 0, 0, "x");
        assert_true(wait_of(bench) > 0);
    }
    bench->now += wait_of(bench);
    assert_string_equal(work(bench), "a.sql");
    expect_piece(bench, "\"start\":{\"line\":0,\"character\":7}");
    bench->now += wait_of(bench);
    assert_string_equal(work(bench), "whole");
    assert_int_equal(wait_of(bench), -1);
}

static void shows_the_last_state_alone(void **state)
{
    struct bench *bench = *state;
    gint64 wait;

    initialize(bench);
    work(bench);
    open_text(bench, "bad");
    struct job *job = server_next(bench->server, bench->now, &wait);
    assert_non_null(job);
    assert_null(server_next(bench->server, bench->now, &wait)); /* one at a time */
    change_text(bench, 0, 3, "good");
    server_complete(bench->server, job, analyse(job), bench->now);
    expect_sent(bench, "");
    bench->now += 200000;
    assert_string_equal(work(bench), "a.sql");
    expect_piece(bench, "\"diagnostics\":[]");
}

static void cancels_what_is_overtaken(void **state)
{
    struct bench *bench = *state;
    gint64 wait;

    initialize(bench);
    work(bench);
    open_text(bench, "bad");
    work(bench);
    bench->now += 1000000;
    struct job *job = server_next(bench->server, bench->now, &wait);
    assert_true(job->whole);
    change_text(bench, 0, 0, " ");
    assert_int_equal(job->cancelled, 1);
    server_complete(bench->server, job, NULL, bench->now);
    assert_string_equal(work(bench), "a.sql");
    bench->now += 1000000;
    assert_string_equal(work(bench), "whole");
}

static void keeps_what_is_about_other_files(void **state)
{
    struct bench *bench = *state;

    initialize(bench);
    work(bench);
    open_text(bench, "wide bad");
    work(bench);
    bench->now += 1000000;
    assert_string_equal(work(bench), "whole");
    assert_non_null(strstr(bench->sent->str, "write-skew"));
    expect_piece(bench, "file:///w/b.sql");
    change_text(bench, 0, 0, "xx");
    assert_string_equal(work(bench), "a.sql");
    expect_piece(
        bench,
        "{\"range\":{\"start\":{\"line\":0,\"character\":2},\"end\":{\"line\":0,\"character\":5}}"
        ",\"severity\":2,\"source\":\"isolint\",\"code\":\"write-skew\"");
    change_text(bench, 0, 6, ""); /* the text itself is gone */
    bench->now += 200000;
    assert_string_equal(work(bench), "a.sql");
    assert_null(strstr(bench->sent->str, "write-skew"));
}

static void keeps_findings_while_a_text_is_broken(void **state)
{
    struct bench *bench = *state;

    initialize(bench);
    work(bench);
    open_text(bench, "bad");
    work(bench);
    bench->now += 1000000;
    work(bench);
    g_string_truncate(bench->sent, 0);
    change_text(bench, 3, 3, " ?");
    change_text(bench, 1, 2, "o"); /* "bod ?" has nothing bad, but it is no statement either */
    bench->now += 1000000;
    work(bench);
    assert_non_null(strstr(bench->sent->str, "syntax-error"));
    expect_piece(bench, "lost-update");
    change_text(bench, 3, 5, "");
    bench->now += 1000000;
    work(bench);
    expect_piece(bench, "\"diagnostics\":[]");
}

static void makes_requests_wait_for_the_text(void **state)
{
    struct bench *bench = *state;

    initialize(bench);
    work(bench);
    open_text(bench, "bad");
    feed(
        bench,
        "{\"id\":1,\"method\":\"textDocument/codeAction\",\"params\":{" DOCUMENT
        ",\"range\":{\"start\":{\"line\":0,\"character\":0},\"end\":{\"line\":0,\"character\":0}}}}");
    feed(bench, "{\"id\":\"1\",\"method\":\"textDocument/codeLens\",\"params\":{" DOCUMENT "}}");
    expect_sent(bench, "");
    feed(bench, "{\"method\":\"$/cancelRequest\",\"params\":{\"id\":\"1\"}}");
    expect_sent(
        bench,
        "{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"error\":{\"code\":-32800,\"message\":\"cancelled\"}}\n");
    feed(bench, "{\"method\":\"$/cancelRequest\",\"params\":{\"id\":99}}");
    feed(bench, "{\"method\":\"$/cancelRequest\"}");
    work(bench);
    expect_piece(bench, "\"id\":1,\"result\":[{\"title\":\"Allow lost-update here\"");
}

/* A line that is put into a text ends as its lines do. */
static void keeps_line_ends(void **state)
{
    static const char *const texts[][2] = {
        {"bad", "\\n"}, {"bad\\n", "\\n"}, {"bad\\r\\nbad\\n", "\\r\\n"}, {"bad\\rbad", "\\r"}};
    struct bench *bench = *state;

    initialize(bench);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *edit =
            g_strconcat("-- isolint: allow lost-update", texts[i][1], "\"", NULL);
        open_text(bench, texts[i][0]);
        work(bench);
        feed(bench, "{\"id\":1,\"method\":\"textDocument/codeAction\",\"params\":{" DOCUMENT
                    ",\"range\":{\"start\":{\"line\":0,\"character\":0},\"end\":{\"line\":0,"
                    "\"character\":0}}}}");
        expect_piece(bench, edit);
    }
}

/* A request and its cancellation that are read together. */
static void cancels_in_the_inbox(void **state)
{
    struct bench *bench = *state;
    const char *bodies[] = {"{\"id\":1,\"method\":\"textDocument/codeLens\",\"params\":{" DOCUMENT
                            "}}",
                            "{\"method\":\"$/cancelRequest\",\"params\":{\"id\":1}}"};
    g_autoptr(GString) bytes = g_string_new(NULL);

    initialize(bench);
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++)
        g_string_append_printf(bytes, "Content-Length: %zu\r\n\r\n%s", strlen(bodies[i]),
                               bodies[i]);
    server_feed(bench->server, bytes->str, bytes->len, bench->now);
    expect_sent(
        bench,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32800,\"message\":\"cancelled\"}}\n");
}

static void answers_whom_it_leaves(void **state)
{
    struct bench *bench = *state;

    initialize(bench);
    open_text(bench, "bad");
    feed(bench, "{\"id\":1,\"method\":\"textDocument/hover\",\"params\":{" DOCUMENT "}}");
    feed(bench, "{\"id\":2,\"method\":\"shutdown\"}");
    expect_piece(bench, "\"id\":1,\"error\":{\"code\":-32600");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
    const struct CMUnitTest tests[] = {
        TEST(answers_nonsense),
        TEST(ends_as_it_should),
        TEST(says_what_is_wrong_with_settings),
        TEST(looks_at_two_speeds),
        TEST(shows_the_last_state_alone),
        TEST(cancels_what_is_overtaken),
        TEST(keeps_what_is_about_other_files),
        TEST(keeps_findings_while_a_text_is_broken),
        TEST(makes_requests_wait_for_the_text),
        TEST(keeps_line_ends),
        TEST(cancels_in_the_inbox),
        TEST(answers_whom_it_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
