#include "support/sample.h"

struct bound_sample {
    const struct sample *sample;
    sample_view *view;
};

/* What is wrong with the text that was got; NULL when it is what was expected. Owned by the caller.
 */
static char *difference(const struct sample *sample, sample_view *view)
{
    g_autofree char *got = view(sample->text, sample->options);

    if (strcmp(got, sample->expected) == 0)
        return NULL;
    return g_strdup_printf("%s\n---- text\n%s\n---- expected\n%s---- got\n%s", sample->name,
                           sample->text, sample->expected, got);
}

/* skip and fail_msg jump out of here, so nothing may be held then. */
static void run_sample(void **state)
{
    const struct bound_sample *bound = *state;
    const struct sample *sample = bound->sample;
    char *wrong = difference(sample, bound->view);

    if (sample->known && !wrong)
        fail_msg("no longer wrong, take the mark off: %s", sample->known);
    if (sample->known) {
        g_free(wrong);
        skip();
    }
    if (wrong)
        fail_msg("%s", wrong);
}

GArray *tests_new(void)
{
    return g_array_new(FALSE, TRUE, sizeof(struct CMUnitTest));
}

void test_add(GArray *tests, const char *name, CMUnitTestFunction function)
{
    struct CMUnitTest test = {.name = name, .test_func = function};

    g_array_append_val(tests, test);
}

void samples_add(GArray *tests, const struct sample *samples, size_t count, sample_view *view)
{
    for (size_t i = 0; i < count; i++) {
        struct bound_sample *bound = g_new(struct bound_sample, 1);
        *bound = (struct bound_sample){samples + i, view};
        struct CMUnitTest test = {
            .name = samples[i].name, .test_func = run_sample, .initial_state = bound};
        g_array_append_val(tests, test);
    }
}

int tests_run(const char *name, GArray *tests)
{
    int failed = _cmocka_run_group_tests(name, (const struct CMUnitTest *)tests->data, tests->len,
                                         NULL, NULL);

    for (guint i = 0; i < tests->len; i++)
        g_free(g_array_index(tests, struct CMUnitTest, i).initial_state);
    g_array_unref(tests);
    return failed;
}

/* The name in a line "-- file NAME"; NULL for any other line. */
static char *file_name(const char *line)
{
    static const char head[] = "-- file ";

    return g_str_has_prefix(line, head) ? g_strdup(line + strlen(head)) : NULL;
}

static void add_file(GPtrArray *names, GPtrArray *texts, char *name, const GString *text)
{
    if (text->len == 0 && names->len == 0 && strcmp(name, "test.sql") == 0) {
        g_free(name);
        return;
    }
    g_ptr_array_add(names, name);
    g_ptr_array_add(texts, g_strdup(text->str));
}

static void split_files(const char *text, GPtrArray *names, GPtrArray *texts)
{
    GString *part = g_string_new(NULL);
    char *name = g_strdup("test.sql");

    while (*text) {
        size_t length = strcspn(text, "\n");
        g_autofree char *line = g_strndup(text, length);
        char *next = file_name(line);
        length += text[length] == '\n';
        if (next) {
            add_file(names, texts, name, part);
            name = next;
            g_string_truncate(part, 0);
        } else {
            g_string_append_len(part, text, (gssize)length);
        }
        text += length;
    }
    if (names->len == 0 && part->len == 0) { /* a sample may be empty */
        g_ptr_array_add(names, name);
        g_ptr_array_add(texts, g_strdup(""));
    } else {
        add_file(names, texts, name, part);
    }
    g_ptr_array_add(names, NULL);
    g_ptr_array_add(texts, NULL);
    g_string_free(part, TRUE);
}

void lint_sample(struct linted *linted, const char *text, const char *options)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) arguments = g_strsplit(options ? options : "", " ", -1);

    split_files(text, names, texts);
    lint_texts(linted, options && *options ? arguments : NULL, (const char *const *)names->pdata,
               (const char *const *)texts->pdata);
    g_ptr_array_unref(names);
    g_ptr_array_unref(texts);
}

const struct transaction *linted_first(const struct linted *linted)
{
    const struct script *script = linted->project.scripts->pdata[0];
    const struct transaction *first = script->transactions;

    while (!transaction_is_declared(first))
        first = first->next;
    return first;
}
