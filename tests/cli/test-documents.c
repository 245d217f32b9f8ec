/* What README and docs/ show is what isolint prints, and their commands work in a fresh clone.
 *
 * A fence below the line
 *
 *     <!-- isolint graph -f mermaid fixtures/smallbank -->
 *
 * is the output of that command; ISOLINT_UPDATE=1 writes it again. Other fences may begin with the
 * command itself, as `isolint -f concise examples/faulty`. The examples, examples/faulty and examples/repaired,
 * are tested here as well: each file has the one fault that it is an example of. */
#include <stdlib.h>

#include "cli/run.h"

static char **documents; /* README.md first */

/* A sandbox that looks like a clone. */
static int clone_enter(void **state)
{
    static const char *const entries[] = {"examples", "fixtures"};

    if (sandbox_enter(state) != 0)
        return -1;
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++) {
        g_autofree char *command = g_strdup_printf("cp -r '" SOURCE_ROOT "/%s' .", entries[i]);
        if (system(command) != 0)
            return -1;
    }
    return 0;
}

/* ------------------------------------------------------------------ commands */

/* Runs "isolint …", as it is written. */
static struct outcome run_line(const char *line)
{
    g_auto(GStrv) arguments = NULL;

    if (!g_shell_parse_argv(line, NULL, &arguments, NULL))
        fail_msg("%s: no command", line);
    assert_string_equal(arguments[0], "isolint");
    struct outcome outcome = run_list(arguments + 1);
    if (outcome.status > 1)
        fail_msg("%s: status %d: %s", line, outcome.status, outcome.err);
    return outcome;
}

/* The command of a line of README; NULL without one. What comes after two blanks or | is no part of
 * it. Owned by the caller. */
static char *command_of(const char *line)
{
    static const char *const elsewhere[] = {"--since", "log ", "lsp", "LOG", "FILE", NULL};

    if (!g_str_has_prefix(line, "isolint") || (line[7] != ' ' && line[7] != '\0'))
        return NULL;
    for (const char *const *word = elsewhere; *word; word++) {
        if (strstr(line, *word)) /* it wants a branch, a file of the reader's, or an editor */
            return NULL;
    }
    g_auto(GStrv) parts = g_regex_split_simple("  | \\|", line, 0, 0);
    return g_strdup(parts[0]);
}

static void test_commands(void **state)
{
    g_autofree char *text = NULL;
    bool fence = false;
    unsigned commands = 0;

    (void)state;
    assert_true(g_file_get_contents(documents[0], &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_autofree char *command = fence ? command_of(*line) : NULL;
        fence ^= g_str_has_prefix(*line, "```");
        if (!command)
            continue;
        struct outcome outcome = run_line(command);
        outcome_finish(&outcome);
        commands++;
    }
    assert_true(commands > 8);
}

/* ------------------------------------------------------------------ outputs */

static const char mark[] = "<!-- isolint ";

/* The command of a line that says what the fence below it shows. Owned by the caller. */
static char *shown_by(const char *line)
{
    if (!g_str_has_prefix(line, mark) || !g_str_has_suffix(line, " -->"))
        return NULL;
    return g_strndup(line + strlen("<!-- "), strlen(line) - strlen("<!-- ") - strlen(" -->"));
}

/* The document with the fences that it should have; counts them. Owned by the caller. */
static char *renew(const char *text, unsigned *count)
{
    GString *made = g_string_new(NULL);
    const char *rest = text;

    while (*rest) {
        const char *end = strchrnul(rest, '\n');
        g_autofree char *line = g_strndup(rest, (size_t)(end - rest));
        g_autofree char *command = shown_by(line);
        const char *fence = command ? strstr(end, "```") : NULL;
        const char *body = fence ? strchr(fence, '\n') : NULL;
        const char *last = body ? strstr(body, "\n```") : NULL;
        if (!last) {
            end += *end == '\n';
            g_string_append_len(made, rest, end - rest);
            rest = end;
            continue;
        }
        struct outcome outcome = run_line(command);
        g_string_append_len(made, rest, body + 1 - rest);
        g_string_append(made, g_strchomp(outcome.out));
        outcome_finish(&outcome);
        rest = last;
        ++*count;
    }
    return g_string_free(made, FALSE);
}

static bool is_update(void)
{
    const char *update = getenv("ISOLINT_UPDATE");

    return update && *update && strcmp(update, "0") != 0;
}

static void check_document(const char *path, unsigned *count)
{
    g_autofree char *text = NULL;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_autofree char *made = renew(text, count);
    if (strcmp(made, text) == 0)
        return;
    if (is_update())
        assert_true(g_file_set_contents(path, made, -1, NULL));
    else
        fail_msg("%s shows what isolint does not print (ISOLINT_UPDATE=1 renews it); it is\n%s",
                 path, made);
}

static void test_outputs(void **state)
{
    unsigned count = 0;

    (void)state;
    for (char **path = documents; *path; path++)
        check_document(*path, &count);
    assert_true(count > 0);
}

/* ------------------------------------------------------------------ examples */

static void test_faulty(void **state)
{
    (void)state;
    expect_piece(run("-q", "-f", "gcc", "-s", "examples/schema.sql", "examples/faulty", NULL), 1,
                 "examples/faulty/expire.sql:2:1: ");
    struct outcome outcome =
        run("-q", "-f", "concise", "-s", "examples/schema.sql", "examples/faulty", NULL);
    static const char *const found[] = {
        "expire.sql:2:1: warning[snapshot-write-conflict]: ",
        "go-off-duty.sql:4:1: warning[write-skew]: ",
        "sell-and-return.sql:10:1: warning[lock-order]: ",
        "sell.sql:4:1: warning[lost-update]: ",
    };
    g_auto(GStrv) lines = g_strsplit(g_strchomp(outcome.out), "\n", -1);
    assert_int_equal(g_strv_length(lines), G_N_ELEMENTS(found));
    for (size_t i = 0; i < G_N_ELEMENTS(found); i++) {
        if (!g_str_has_prefix(lines[i] + strlen("examples/faulty/"), found[i]))
            fail_msg("\"%s\" instead of %s", lines[i], found[i]);
    }
    outcome_finish(&outcome);
}

static void test_repaired(void **state)
{
    (void)state;
    expect(run("-q", "--severity=note", "-s", "examples/schema.sql", "examples/repaired", NULL), 0,
           "", "");
    assert_int_equal(count_entries("examples/repaired"), count_entries("examples/faulty"));
}

/* What scripts/try shows is seen at one glance or two. */
static void test_first_screen(void **state)
{
    struct outcome outcome = run("-s", "examples/schema.sql", "examples/faulty", NULL);
    g_auto(GStrv) lines = g_strsplit(outcome.out, "\n", -1);

    (void)state;
    assert_in_range(g_strv_length(lines), 40, 80);
    outcome_finish(&outcome);
}

int main(int argc, char **argv)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, clone_enter, sandbox_leave)
    const struct CMUnitTest tests[] = {
        EACH(test_commands), EACH(test_outputs),      EACH(test_faulty),
        EACH(test_repaired), EACH(test_first_screen),
    };

    if (argc < 3 || !take_isolint(2, argv))
        return 2;
    documents = argv + 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
