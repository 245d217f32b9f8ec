/* docs/messages.md: what every rule says, so that all of it can be read at one sitting; and what a
 * message must not look like.
 *
 * The findings are those of the examples on the rules' pages, of fixtures/ and of examples/. Texts
 * that differ in names alone are written once. ISOLINT_UPDATE=1 writes the file anew. */
#include <stdlib.h>
#include <unistd.h>

#include "engine/configured.h"
#include "sql/parse.h"
#include "support/page.h"

static const char head[] =
    "# Messages\n"
    "\n"
    "What isolint says, by rule: the findings of the examples on the rules' pages, of `fixtures/` and of\n"
    "`examples/`. A text that differs from an earlier one of its rule in names alone is left out.\n"
    "\n"
    "Written by `ISOLINT_UPDATE=1 meson test messages`.\n";

static char **pages; /* the rules' pages, in alphabetical order */
static const char *root, *written_path;

/* What a rule says. */
struct speech {
    GString *text;
    GHashTable *shapes; /* of the texts that are written, and these themselves; owned */
};

static GHashTable *speeches; /* struct speech by the name of the rule */
static GHashTable *faults;   /* what is refused, as lines, owned */

static void speech_free(void *data)
{
    struct speech *speech = data;

    g_string_free(speech->text, TRUE);
    g_hash_table_unref(speech->shapes);
    g_free(speech);
}

static struct speech *speech_of(const char *rule)
{
    struct speech *speech = g_hash_table_lookup(speeches, rule);

    if (speech)
        return speech;
    speech = g_new(struct speech, 1);
    speech->text = g_string_new(NULL);
    speech->shapes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_insert(speeches, (gpointer)rule, speech);
    return speech;
}

/* ------------------------------------------------------------------ shapes */

static bool is_of_word(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '.' || c == '"' || c == '$';
}

/* The words of SQL that can be names: not in capitals, not in a comment. */
static void add_names(GHashTable *names, const char *text)
{
    for (const char *at = text; *at;) {
        size_t length = 0;
        if (at[0] == '-' && at[1] == '-') {
            at += strcspn(at, "\n");
            continue;
        }
        while (is_of_word(at[length]))
            length++;
        if (length > 0 && !g_ascii_isupper(*at))
            g_hash_table_add(names, g_strndup(at, length));
        at += length ? length : 1;
    }
}

static bool is_name(GHashTable *names, const char *word)
{
    return strpbrk(word, "_\"0123456789") || g_hash_table_contains(names, word);
}

/* The text with a mark for each name of the SQL it is about. Owned by the caller. */
static char *shape_of(const char *text, GHashTable *names)
{
    GString *shape = g_string_new(NULL);

    while (*text) {
        size_t length = 0;
        while (is_of_word(text[length]))
            length++;
        g_autofree char *word = g_strndup(text, length ? length : 1);
        g_string_append(shape, length && is_name(names, word) ? "_" : word);
        text += length ? length : 1;
    }
    return g_string_free(shape, FALSE);
}

/* ------------------------------------------------------------------ what is refused */

/* How a line of advice begins: with what the reader can do. */
static const char verbs[] =
    " accept add allow ask avoid begin call cast catch change check choose collect commit compare "
    "compute correct create declare delete do drop end expect export fetch give handle ignore import "
    "insert keep leave let list lock look loop lower make mark move name number pick prefer prepare put raise "
    "read remove repeat replace rerun reset restart restrict retry return run send set sort split "
    "start state stop take test treat try update use wait write CREATE ";

/* Words that a reader has to guess at. */
static const char *const guesses[] = {
    "anew",    "behind",   "somebody", "who waits",           "is told", "nobody",
    "whoever", "that one", "meets ",   "the other way round", "pivot's"};

static bool is_verb(const char *text)
{
    g_autofree char *word = g_strndup(text, strcspn(text, " :,;"));
    g_autofree char *padded = g_strdup_printf(" %s ", word);

    return *word && strstr(verbs, padded);
}

static void refuse(const char *rule, const char *why, const char *text)
{
    g_hash_table_add(faults, g_strdup_printf("%s: %s: %s", rule, why, text));
}

static void check_words(const char *rule, const char *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(guesses); i++) {
        if (strstr(text, guesses[i]))
            refuse(rule, guesses[i], text);
    }
}

/* "lost update: …", "40001 concurrent update: …": a category is no sentence. */
static void check_headline(const char *rule, const char *text)
{
    const char *colon = strstr(text, ": ");

    if (strstr(text, "pivot"))
        refuse(rule, "a headline with the word pivot", text);
    if (g_ascii_isdigit(*text) || (colon && colon - text < 20))
        refuse(rule, "a headline that begins with a category", text);
    check_words(rule, text);
}

static void check_help(const char *rule, const char *text, bool first)
{
    bool other = g_str_has_prefix(text, "or ");

    if (other && first)
        refuse(rule, "the first help begins with \"or\"", text);
    if (!is_verb(other ? text + strlen("or ") : text))
        refuse(rule, "a help that does not begin with a verb", text);
    check_words(rule, text);
}

static void check_finding(const struct finding *finding)
{
    const char *rule = finding->rule->name;

    check_headline(rule, finding->message);
    if (finding->label)
        check_words(rule, finding->label);
    for (const struct related *each = finding->related; each; each = each->next)
        check_words(rule, each->label);
    for (const struct help *each = finding->help; each; each = each->next)
        check_help(rule, each->text, each == finding->help);
    for (const struct edit *each = finding->edits; each; each = each->next) {
        if (strstr(each->replacement, "…"))
            refuse(rule, "an edit with a gap", each->replacement);
    }
}

/* ------------------------------------------------------------------ collecting */

static void say(struct speech *speech, GHashTable *names, const char *kind, const char *text)
{
    g_autofree char *shape = shape_of(text, names);
    bool new_shape = g_hash_table_add(speech->shapes, g_strdup_printf("%s shape %s", kind, shape));
    bool new_text = g_hash_table_add(speech->shapes, g_strdup_printf("%s text %s", kind, text));

    if (new_shape && new_text)
        g_string_append_printf(speech->text, "%-8s %s\n", kind, text);
}

static void say_finding(const struct finding *finding, GHashTable *names)
{
    struct speech *speech = speech_of(finding->rule->name);

    check_finding(finding);
    say(speech, names, "", finding->message);
    if (finding->label)
        say(speech, names, "  here", finding->label);
    for (const struct related *each = finding->related; each; each = each->next)
        say(speech, names, "  there", each->label);
    for (const struct help *each = finding->help; each; each = each->next)
        say(speech, names, "  help", each->text);
    if (!finding->witness)
        return;
    say(speech, names, "  end", finding->witness->outcome);
    for (struct witness_step *step = finding->witness->steps; step; step = step->next) {
        if (step->note)
            say(speech, names, "  step", step->note);
    }
}

static void say_project(const struct project *project)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < project->scripts->len; i++)
        add_names(names, ((const struct script *)project->scripts->pdata[i])->bytes);
    for (guint i = 0; i < project->findings->len; i++) {
        const struct finding *finding = project->findings->pdata[i];
        for (; finding; finding = finding->joined)
            say_finding(finding, names);
    }
}

static void say_page(const char *path)
{
    struct page page;

    page_read(&page, path);
    for (guint i = 0; i < page.fences->len; i++) {
        struct linted linted;
        lint_fence(&linted, &g_array_index(page.fences, struct fence, i));
        say_project(&linted.project);
        linted_finish(&linted);
    }
    page_finish(&page);
}

/* The files of a directory, with the options that its file "options" has. */
static void say_directory(const char *path)
{
    g_autofree char *file = g_build_filename(path, "options", NULL), *options = NULL;
    struct linted linted = {0};
    struct error error = {0};

    assert_return_code(chdir(path), 0);
    if (!g_file_get_contents(file, &options, NULL, NULL))
        options = g_strdup("");
    g_autofree char *line = g_strdup_printf("isolint --severity note %s .", g_strstrip(options));
    g_auto(GStrv) argv = g_strsplit_set(line, " ", -1);
    if (!options_parse(&linted.options, (int)g_strv_length(argv), argv, &error))
        fail_msg("%s: %s", path, error.message);
    if (!configured_selection(&linted.selection, &linted.options.settings, NULL, &error))
        fail_msg("%s: %s", path, error.message);
    project_run(&linted.project, &linted.options.settings, &linted.selection);
    say_project(&linted.project);
    project_finish(&linted.project);
    selection_finish(&linted.selection);
    options_finish(&linted.options);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void say_directories(const char *path)
{
    g_autofree char *expected = g_build_filename(path, "expected.txt", NULL);
    g_autoptr(GDir) directory = NULL;
    g_autoptr(GPtrArray) names = NULL;

    if (g_file_test(expected, G_FILE_TEST_EXISTS)) {
        say_directory(path);
        return;
    }
    directory = g_dir_open(path, 0, NULL);
    assert_non_null(directory);
    names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(directory));)
        g_ptr_array_add(names, g_build_filename(path, name, NULL));
    g_ptr_array_sort(names, compare_texts);
    for (guint i = 0; i < names->len; i++) {
        if (g_file_test(names->pdata[i], G_FILE_TEST_IS_DIR))
            say_directories(names->pdata[i]);
    }
}

static int collect(void **state)
{
    g_autofree char *fixtures = g_build_filename(root, "fixtures", NULL);
    g_autofree char *faulty = g_build_filename(root, "examples", "faulty", NULL);

    (void)state;
    speeches = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, speech_free);
    faults = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (char **page = pages; *page; page++)
        say_page(*page);
    say_directories(fixtures);
    say_directory(faulty);
    return 0;
}

static int release(void **state)
{
    (void)state;
    g_hash_table_unref(speeches);
    g_hash_table_unref(faults);
    return 0;
}

/* ------------------------------------------------------------------ tests */

static void test_wording(void **state)
{
    g_autoptr(GList) lines = g_list_sort(g_hash_table_get_keys(faults), (GCompareFunc)strcmp);

    (void)state;
    for (GList *line = lines; line; line = line->next)
        print_error("%s\n", (char *)line->data);
    assert_null(lines);
}

static void test_written(void **state)
{
    g_autoptr(GList) rules = g_list_sort(g_hash_table_get_keys(speeches), (GCompareFunc)strcmp);
    GString *made = g_string_new(head);
    const char *update = getenv("ISOLINT_UPDATE");
    g_autofree char *written = NULL;

    (void)state;
    for (GList *rule = rules; rule; rule = rule->next) {
        const struct speech *speech = g_hash_table_lookup(speeches, rule->data);
        g_string_append_printf(made, "\n## %s\n\n```text\n%s```\n", (char *)rule->data,
                               speech->text->str);
    }
    /* an error of syntax names the grammar that this is built with */
    g_autofree char *grammar = g_strdup_printf("PostgreSQL %d's grammar", parse_grammar_major());
    g_string_replace(made, grammar, "PostgreSQL 18's grammar", 0);
    g_autofree char *text = g_string_free(made, FALSE);
    g_file_get_contents(written_path, &written, NULL, NULL);
    if (g_strcmp0(text, written) == 0)
        return;
    if (update && *update && strcmp(update, "0") != 0)
        assert_true(g_file_set_contents(written_path, text, -1, NULL));
    else
        fail_msg("%s is not what the rules say; ISOLINT_UPDATE=1 writes it again", written_path);
}

/* Usage: test-messages ROOT FILE PAGE… */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wording),
        cmocka_unit_test(test_written),
    };

    if (argc < 4)
        return 2;
    root = argv[1];
    written_path = argv[2];
    pages = argv + 3;
    return cmocka_run_group_tests(tests, collect, release);
}
