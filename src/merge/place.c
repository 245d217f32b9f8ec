#include "merge/place.h"

#include <string.h>

#include "lint/rule.h"
#include "lint/suppress.h"

/* The call of a routine by which all came in that the finding is about, or NULL. */
static const struct via *call_of(const struct finding *finding)
{
    const struct access *access = finding->access;
    const struct via *via = access ? access->via : NULL;

    if (!via || (via->kind != VIA_ROUTINE && via->kind != VIA_TRIGGER) || !access->body ||
        finding->script != access->transaction->script || finding->edits || !finding->read ||
        finding->read->via != via || !via->script->linted ||
        strcmp(finding->rule->group, "anomaly") != 0 || finding->rule->check_structure ||
        transaction_has_one_snapshot(access->transaction) || via->script->kind != KIND_PROGRAM)
        return NULL;
    return via;
}

static bool is_in(const struct via *call, const struct related *place)
{
    return place && place->script == call->script && span_contains(call->span, place->span.start);
}

bool place_is_in(const struct related *place, const struct script *script, struct span span)
{
    return place->script == script && place->span.start >= span.start &&
           place->span.end <= span.end;
}

/* Whether it stands in the program that calls, between its first and last statement. */
static bool is_of_caller(const struct finding *finding, const struct related *place)
{
    const struct transaction *caller = finding->transaction;
    const struct step *last = caller->step_count ? &caller->steps[caller->step_count - 1] : NULL;

    return last && place_is_in(place, caller->script,
                               (struct span){caller->steps[0].statement->span.start,
                                             last->statement->span.end});
}

/* Whether it is shown at the call and not in the routine. */
static bool is_outside(const struct finding *finding, const struct via *call,
                       const struct related *place)
{
    return place_is_in(place, finding->script, access_statement_span(finding->access)) &&
           !is_in(call, place);
}

/* What stands at the call is followed by its place in the routine ("via function pay, line 7"), as the
 * finding itself is. */
static bool stands_in(const struct finding *finding, const struct via *call)
{
    const struct related *each = finding->related;

    if (!is_in(call, each))
        return false;
    for (each = each->next; each; each = each->next) {
        if (is_outside(finding, call, each) ? !is_in(call, each->next)
                                            : !is_in(call, each) && is_of_caller(finding, each))
            return false;
    }
    return true;
}

static void move(struct finding *finding, const struct via *call)
{
    struct related *place = finding->related, **end;
    struct related caller = {.script = finding->script,
                             .span = access_statement_span(finding->access),
                             .label = "runs this routine"};

    for (end = &place->next; *end; end = &(*end)->next) {
        struct related *each = *end, *inside = each->next;
        if (is_outside(finding, call, each)) {
            each->span = inside->span;
            each->script = inside->script;
            each->next = inside->next;
        }
    }
    finding->script = place->script;
    finding->span = place->span;
    finding->related = place->next;
    *place = caller;
    *(finding->related ? end : &finding->related) = place;
}

static bool is_called(const struct finding *finding)
{
    return finding->access && finding->access->via;
}

struct span place_of_call(const struct finding *finding, bool *moved)
{
    *moved = is_called(finding) && access_span(finding->access).start != finding->span.start;
    return *moved ? access_statement_span(finding->access) : finding->span;
}

static int compare(const void *a, const void *b)
{
    const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;
    int order = strcmp(x->script->path, y->script->path);

    if (order || x->script != y->script)
        return order;
    if (x->span.start != y->span.start)
        return x->span.start < y->span.start ? -1 : 1;
    return (int)is_called(x) - (int)is_called(y);
}

/* A comment in the routine that allows what its own file has no finding of is used all the same. */
static bool is_used(const struct finding *finding, GHashTable *used)
{
    return strcmp(finding->rule->name, "unused-suppression") == 0 &&
           g_hash_table_contains(used, finding->script->bytes + finding->span.start);
}

static void allow(struct finding *finding, GHashTable *used)
{
    const struct directive *directive = suppress_allows(finding);

    if (!directive)
        return;
    finding->allowed = finding->allowed ? finding->allowed : directive;
    g_hash_table_add(used, (gpointer)(finding->script->bytes + directive->span.start));
}

void places_settle(GPtrArray *findings, bool across)
{
    g_autoptr(GHashTable) used = g_hash_table_new(NULL, NULL);
    bool moved = false;

    for (guint i = 0; i < findings->len; i++) {
        struct finding *finding = findings->pdata[i];
        const struct via *call = call_of(finding);
        if (!call || (!across && call->script != finding->script) || !stands_in(finding, call))
            continue;
        move(finding, call);
        allow(finding, used);
        moved = true;
    }
    for (guint i = findings->len; i-- > 0 && g_hash_table_size(used) > 0;) {
        if (is_used(findings->pdata[i], used))
            g_ptr_array_remove_index(findings, i);
    }
    if (moved)
        g_ptr_array_sort(findings, compare);
}
