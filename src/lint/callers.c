#include "lint/callers.h"

#include <string.h>

#include "lint/rule.h"

enum { MOST_CALLERS = 4 }; /* that are named, before "and N more" */

/* ------------------------------------------------------------------ the same fault */

static bool is_at(const struct related *related, const struct script *script, struct span span)
{
    return related->script == script && related->span.start >= span.start &&
           related->span.end <= span.end;
}

static bool points_at(const struct finding *finding, const struct related *place)
{
    if (finding->script == place->script && finding->span.start == place->span.start)
        return true;
    for (const struct related *each = finding->related; each; each = each->next) {
        if (each->script == place->script && each->span.start == place->span.start)
            return true;
    }
    return false;
}

static const struct step *step_of(const struct finding *finding)
{
    return finding->access ? finding->access->step : finding->effect->step;
}

static const struct via *via_of(const struct finding *finding)
{
    return finding->access ? finding->access->via : finding->effect->via;
}

/* The statement of a routine that it is about, or NULL. */
static const struct body_statement *body_of(const struct finding *finding)
{
    if (finding->access)
        return finding->access->body;
    return finding->effect ? finding->effect->body : NULL;
}

/* All that the finding points at belongs to the call itself, or to what the first one tells too. */
static bool tells_no_more(const struct finding *finding, const struct finding *first)
{
    struct span call = step_of(finding)->statement->span;

    for (const struct related *each = finding->related; each; each = each->next) {
        if (!is_at(each, finding->script, call) && !points_at(first, each))
            return false;
    }
    return true;
}

/* Of rules about what the routine does; whether a statement writes unseen, or at which level it
 * does so, is the caller's. */
static bool is_of_routine(const struct finding *finding)
{
    const struct rule *rule = finding->rule;

    return body_of(finding) && !rule->failure && !rule->check_structure &&
           (strcmp(rule->group, "anomaly") == 0 || strcmp(rule->group, "lock") == 0 ||
            (finding->effect && !rule->levels && strcmp(rule->group, "snapshot") == 0));
}

static bool is_same_fault(const struct finding *first, const struct finding *finding)
{
    return first->rule == finding->rule && first->severity == finding->severity &&
           !first->allowed == !finding->allowed && strcmp(first->message, finding->message) == 0 &&
           tells_no_more(finding, first);
}

/* ------------------------------------------------------------------ one for all */

struct fault {
    struct finding *finding;
    unsigned callers;
};

static void add_caller(struct fault *fault, const struct finding *caller)
{
    struct finding *finding = fault->finding;
    struct arena *arena = (struct arena *)&finding->script->arena;
    struct related **end = &finding->related;

    if (++fault->callers > MOST_CALLERS)
        return;
    while (*end)
        end = &(*end)->next;
    *end = arena_new(arena, struct related);
    **end =
        (struct related){.script = caller->script,
                         .span = caller->span,
                         .label = via_of(caller) ? "the same happens here" : "the fault is here"};
}

static void count_rest(const struct fault *fault)
{
    struct arena *arena = (struct arena *)&fault->finding->script->arena;
    struct help **end = &fault->finding->help;

    if (fault->callers <= MOST_CALLERS)
        return;
    while (*end)
        end = &(*end)->next;
    *end = arena_new(arena, struct help);
    unsigned rest = fault->callers - MOST_CALLERS;
    (*end)->text = arena_printf(arena, "look at the function: %u more %s it", rest,
                                rest == 1 ? "statement runs" : "statements run");
}

/* The faults that have been found in a statement of a routine. */
static struct fault *find_fault(GArray *faults, const struct finding *finding)
{
    for (guint i = 0; i < faults->len; i++) {
        struct fault *fault = &g_array_index(faults, struct fault, i);
        if (is_same_fault(fault->finding, finding))
            return fault;
    }
    return NULL;
}

void callers_join(GPtrArray *findings)
{
    g_autoptr(GHashTable) bodies =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    guint kept = 0;

    for (guint i = 0; i < findings->len; i++) {
        struct finding *finding = findings->pdata[i];
        if (is_of_routine(finding)) {
            GArray *faults = g_hash_table_lookup(bodies, body_of(finding));
            if (!faults) {
                faults = g_array_new(FALSE, FALSE, sizeof(struct fault));
                g_hash_table_insert(bodies, (gpointer)body_of(finding), faults);
            }
            struct fault *known = find_fault(faults, finding);
            if (known) {
                add_caller(known, finding);
                continue;
            }
            struct fault fault = {finding, 0};
            g_array_append_val(faults, fault);
        }
        findings->pdata[kept++] = finding;
    }
    g_ptr_array_set_size(findings, (gint)kept);
    GHashTableIter iter;
    gpointer faults;
    g_hash_table_iter_init(&iter, bodies);
    while (g_hash_table_iter_next(&iter, NULL, &faults)) {
        for (guint i = 0; i < ((GArray *)faults)->len; i++)
            count_rest(&g_array_index((GArray *)faults, struct fault, i));
    }
}
