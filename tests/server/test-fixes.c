/* Edits that rules call safe, held against a server: an example of a page gives the same with and
 * without them, in every interleaving where each session is one transaction, otherwise as it is
 * written. A warning about the repaired statement itself may be gone, and where READ ONLY is added
 * fewer transactions may fail with 40001.
 *
 * Arguments are pages, and words of which a page's name must contain one. */
#include <stdlib.h>
#include <string.h>

#include "lint/finding.h"
#include "lint/registry.h"
#include "lint/rule.h"
#include "server/explore.h"
#include "server/run.h"
#include "server/suite.h"

static unsigned repaired, interleavings;

/* ------------------------------------------------------------------ the repaired example */

static int compare_edits(const void *a, const void *b)
{
    const struct edit *x = *(const struct edit *const *)a, *y = *(const struct edit *const *)b;

    return (x->span.start < y->span.start) - (x->span.start > y->span.start);
}

/* What was promised of a statement goes with the statement. */
static void drop_promise(GString *text, uint32_t at)
{
    size_t blanks = strspn(text->str + at, " ");

    if (strncmp(text->str + at + blanks, "--", 2) == 0)
        g_string_erase(text, at, (gssize)strcspn(text->str + at, "\n"));
}

/* The text with all safe edits of the rule, from the last one to the first; NULL without. The parts
 * of a fence have its offsets. */
static char *repair(const struct fence *fence, const struct rule *rule)
{
    g_autoptr(GPtrArray) edits = g_ptr_array_new();
    struct linted linted;
    char *text = NULL;

    lint_fence(&linted, fence);
    for (guint i = 0; i < linted.project.findings->len; i++) {
        const struct finding *finding = linted.project.findings->pdata[i];
        for (const struct edit *edit = finding->edits; edit; edit = edit->next) {
            if (finding->rule == rule && edit->safe)
                g_ptr_array_add(edits, (gpointer)edit);
        }
    }
    g_ptr_array_sort(edits, compare_edits);
    if (edits->len > 0) {
        GString *repairing = g_string_new(fence->text);
        for (guint i = 0; i < edits->len; i++) {
            const struct edit *edit = edits->pdata[i];
            g_string_erase(repairing, edit->span.start,
                           (gssize)(edit->span.end - edit->span.start));
            g_string_insert(repairing, edit->span.start, edit->replacement);
            if (!*edit->replacement)
                drop_promise(repairing, edit->span.start);
        }
        text = g_string_free(repairing, FALSE);
    }
    linted_finish(&linted);
    return text;
}

/* ------------------------------------------------------------------ with and without */

static bool has_warning(const struct action *action)
{
    return action->outcome && g_str_has_prefix(action->outcome, "WARNING");
}

/* The warnings are what the repair is for. */
static void expect_no_warnings(struct schedule *schedule)
{
    GPtrArray *const lists[] = {schedule->setup, schedule->actions};

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (guint j = 0; j < lists[i]->len; j++) {
            struct action *action = lists[i]->pdata[j];
            if (has_warning(action))
                g_clear_pointer(&action->outcome, g_free);
        }
    }
}

static gboolean is_more(gpointer state, gpointer count, gpointer data)
{
    struct exploration *before = data;
    guint known = GPOINTER_TO_UINT(g_tree_lookup(before->failures, state));

    if (strcmp(state, "40001") == 0 ? GPOINTER_TO_UINT(count) <= known
                                    : GPOINTER_TO_UINT(count) == known)
        return FALSE;
    before->trouble = g_strdup_printf("%s was %u", (char *)state, known);
    return TRUE;
}

/* Returns whether they could be compared so. */
static bool compare_interleavings(const struct schedule *before, const struct schedule *after,
                                  GString *troubles)
{
    struct exploration x, y;

    explore(&stage, before, NULL, &x);
    explore(&stage, after, NULL, &y);
    g_autofree char *failures = exploration_failures(&x),
                    *failures_after = exploration_failures(&y);
    bool compared = !x.trouble;
    if (compared)
        g_tree_foreach(y.failures, is_more, &x);
    if (compared && (x.trouble || y.trouble || x.anomalous != y.anomalous || x.total != y.total))
        g_string_append_printf(troubles,
                               "%s: of %u interleavings %u are anomalous, failures: %s; repaired, "
                               "of %u %u are, failures: %s %s\n",
                               before->path, x.total, x.anomalous, failures, y.total, y.anomalous,
                               failures_after, y.trouble ? y.trouble : x.trouble);
    interleavings += y.total;
    exploration_finish(&x);
    exploration_finish(&y);
    return compared;
}

static void compare_runs(const struct schedule *before, const struct schedule *after,
                         GString *troubles)
{
    struct record x, y;

    if (!run_schedule(&stage, before, NULL, &x))
        g_string_append_printf(troubles, "%s\n", x.trouble);
    if (!run_schedule(&stage, after, NULL, &y))
        g_string_append_printf(troubles, "repaired: %s\n", y.trouble);
    if (g_strcmp0(x.execution, y.execution) != 0)
        g_string_append_printf(troubles, "%s:\n%s\nrepaired:\n%s\n", before->path, x.execution,
                               y.execution);
    record_finish(&x);
    record_finish(&y);
}

static void compare(const struct page *page, const struct fence *fence, const char *text,
                    GString *troubles)
{
    g_autofree char *path = g_strdup_printf("%s.md:%u", page->name, fence->line);
    struct schedule before, after;

    schedule_read(&before, path, fence->line, fence->text);
    schedule_read(&after, path, fence->line, text);
    expect_no_warnings(&after);
    if (!before.obstacle) {
        repaired++;
        if (schedule_is_single(&before) || !compare_interleavings(&before, &after, troubles))
            compare_runs(&before, &after, troubles);
    }
    schedule_finish(&before);
    schedule_finish(&after);
}

static void test_page(void **state)
{
    const struct page *page = *state;
    const struct rule_entry *entry = rule_find(page->name);
    g_autoptr(GString) troubles = g_string_new(NULL);

    for (guint i = 0; i < page->fences->len; i++) {
        const struct fence *fence = &g_array_index(page->fences, struct fence, i);
        g_autofree char *text = *fence->options ? NULL : repair(fence, entry->rule);
        if (text)
            compare(page, fence, text, troubles);
    }
    if (troubles->len > 0)
        suite_fail(troubles->str);
}

static bool summarize(void)
{
    bool enough = repaired >= 8;

    print_message("%u examples repaired, %u interleavings\n", repaired, interleavings);
    repaired = interleavings = 0;
    return enough;
}

int main(int argc, char **argv)
{
    (void)argc;
    return suite_run_pages("fixes", argv + 1, test_page, summarize);
}
