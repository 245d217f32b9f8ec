/* The witness under a finding is an interleaving that shows the failure. Each one that isolint
 * makes for the wrong examples of the pages is played on a server: an error that it names must
 * come, and without one all commit, with a result that no serial order gives.
 *
 * Arguments are pages. */
#include "server/explore.h"
#include "server/predict.h"
#include "server/run.h"
#include "server/suite.h"
#include "support/page.h"

static unsigned played;

static const char deadlock[] = "ERROR 40P01"; /* of whom this is promised is the victim */

/* The witness as a schedule, with the sessions A to D. Owned by the caller. */
static char *schedule_of(const char *setup, const struct witness *witness, const char **fails)
{
    GString *text = g_string_new(setup);

    unsigned waiting = 0; /* bits: sessions */

    *fails = NULL;
    for (const struct witness_step *step = witness->steps; step; step = step->next) {
        const char *end = step->script->bytes + step->span.end;
        const char *command = end + strspn(end, " "); /* such as gset */
        const char *error = step->note ? strstr(step->note, "ERROR ") : NULL;
        bool waits = step->note && g_str_has_prefix(step->note, "waits");
        const char *outcome = waits                                   ? " --> waits"
                              : error && strcmp(error, deadlock) == 0 ? " --> ERROR 40P01"
                                                                      : "";
        if ((waiting >> step->run) & 1)
            g_string_append_printf(text, "-- session %c goes on\n", 'A' + (int)step->run);
        waiting = (waiting & ~(1U << step->run)) | (unsigned)waits << step->run;
        g_string_append_printf(text, "\n-- session %c\n%.*s", 'A' + (int)step->run,
                               (int)(step->span.end - step->span.start),
                               step->script->bytes + step->span.start);
        if (*command == '\\')
            g_string_append_printf(text, " %.*s%s\n", (int)strcspn(command, " \n"), command,
                                   outcome);
        else
            g_string_append_printf(text, ";%s\n", outcome);
        *fails = error ? error + strlen("ERROR ") : *fails;
    }
    g_string_append(text, "-- finally: write skew\nSELECT 1;\n");
    return g_string_free(text, FALSE);
}

static void play(const char *where, const char *text, const char *fails)
{
    struct schedule schedule;
    struct record record;

    schedule_read(&schedule, where, 1, text);
    bool held = run_schedule(&stage, &schedule, NULL, &record);
    if (fails && !g_hash_table_contains(record.states, fails))
        fail_msg("%s: %s does not come:\n%s", where, fails, text);
    if (!fails && !held)
        fail_msg("%s: %s\n%s", where, record.trouble, text);
    if (!fails && execution_is_serial(&stage, &schedule, NULL, true, record.execution))
        fail_msg("%s: a serial order gives the same:\n%s", where, text);
    played++;
    record_finish(&record);
    schedule_finish(&schedule);
}

static void play_witnesses(const struct page *page, const struct fence *fence)
{
    g_autoptr(GHashTable) parts = fence_parts(fence);
    const char *setup = g_hash_table_lookup(parts, "setup");
    struct linted linted;

    if (!setup || g_hash_table_size(parts) < 2 || !strstr(setup, "INSERT"))
        return; /* without rows nothing can be shown */
    lint_schedule(&linted, fence->options, fence->text);
    for (guint i = 0; i < linted.project.findings->len; i++) {
        const struct finding *finding = linted.project.findings->pdata[i];
        if (!finding->witness || strcmp(finding->rule->name, page->name) != 0)
            continue;
        g_autofree char *where = g_strdup_printf("%s.md:%u", page->name, fence->line);
        const char *fails;
        g_autofree char *text = schedule_of(setup, finding->witness, &fails);
        play(where, text, fails);
    }
    linted_finish(&linted);
}

static void test_page(void **state)
{
    const struct page *page = *state;

    for (guint i = 0; i < page->fences->len; i++) {
        const struct fence *fence = &g_array_index(page->fences, struct fence, i);
        if (fence->kind == FENCE_WRONG)
            play_witnesses(page, fence);
    }
}

static bool summarize(void)
{
    print_message("%u witnesses played\n", played);
    bool some = played > 0;
    played = 0;
    return some;
}

int main(int argc, char **argv)
{
    static char *words[] = {NULL};
    g_autoptr(GArray) tests = g_array_new(FALSE, FALSE, sizeof(struct CMUnitTest));
    struct page *pages = g_new0(struct page, (gsize)argc);

    for (int i = 1; i < argc; i++) {
        page_read(&pages[i], argv[i]);
        suite_add(tests, pages[i].name, test_page, &pages[i]);
    }
    int status = suite_run("witnesses", tests, words, summarize);
    for (int i = 1; i < argc; i++)
        page_finish(&pages[i]);
    g_free(pages);
    return status;
}
