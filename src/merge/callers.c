#include "merge/callers.h"

#include <string.h>

#include "lint/rule.h"
#include "merge/place.h"

enum { MOST_PLACES = 4 }; /* that are named, before "and N more" */

/* ------------------------------------------------------------------ the same fault */

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
    const struct step *step = step_of(finding);

    for (const struct related *each = finding->related; each; each = each->next) {
        if (!place_is_in(each, step->transaction->script, step->statement->span) &&
            !points_at(first, each))
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

/* A trigger waits for something outside of the database: whatever fires it does so while it holds a lock,
 * and names that lock in its message; or its function sums rows up, which whatever fires it changes. The
 * trigger is what has to change. */
static bool is_of_trigger(const struct finding *finding)
{
    bool waits = !finding->access && strcmp(finding->rule->group, "snapshot") == 0;
    const struct via *via = waits || finding->rule->of_trigger ? via_of(finding) : NULL;

    while (via && via->kind != VIA_TRIGGER)
        via = via->outer;
    return via;
}

/* Whether both were moved to one statement of the routine for what it has read before: no other part of the
 * caller has to do with it. Two calls with other keys may meet two other programs. */
static bool are_moved(const struct finding *first, const struct finding *finding)
{
    bool moved, other_moved;

    place_of_call(first, &moved);
    place_of_call(finding, &other_moved);
    return moved && other_moved && first->read && finding->read;
}

static bool is_same_fault(const struct finding *first, const struct finding *finding)
{
    return first->rule == finding->rule && first->severity == finding->severity &&
           !first->allowed == !finding->allowed &&
           ((is_of_trigger(first) && is_of_trigger(finding)) || are_moved(first, finding) ||
            (strcmp(first->message, finding->message) == 0 && tells_no_more(finding, first)));
}

/* ------------------------------------------------------------------ one for all */

struct fault {
    struct finding *finding;
    unsigned others;
};

static void add_other(struct fault *fault, const struct finding *other, const char *label)
{
    bool moved;
    struct span place = place_of_call(other, &moved);
    struct finding *finding = fault->finding;
    struct arena *arena = (struct arena *)&finding->script->arena;
    struct related **end = &finding->related;

    if (++fault->others > MOST_PLACES)
        return;
    while (*end)
        end = &(*end)->next;
    *end = arena_new(arena, struct related);
    **end = (struct related){.script = moved ? other->transaction->script : other->script,
                             .span = place,
                             .label = moved ? "runs this routine" : label};
}

/* `one` and `several` are what is said of them: "statement runs it". */
static void count_rest(const struct fault *fault, const char *where, const char *one,
                       const char *several)
{
    struct arena *arena = (struct arena *)&fault->finding->script->arena;
    struct help **end = &fault->finding->help;

    if (fault->others <= MOST_PLACES)
        return;
    while (*end)
        end = &(*end)->next;
    *end = arena_new(arena, struct help);
    unsigned rest = fault->others - MOST_PLACES;
    (*end)->text =
        arena_printf(arena, "look at %s: %u more %s", where, rest, rest == 1 ? one : several);
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
                add_other(known, finding,
                          via_of(finding) ? "the same happens here" : "the fault is here");
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
            count_rest(&g_array_index((GArray *)faults, struct fault, i), "the function",
                       "statement runs it", "statements run it");
    }
}

/* ------------------------------------------------------------------ definitions of one function */

/* The definition of a function. */
struct home {
    const struct script *script; /* NULL: none */
    const char *schema, *name;
    struct span whole, text; /* of the statement, and of what is compared */
};

/* The function in whose text the finding is. */
static struct home home_of(const struct finding *finding)
{
    const struct routine *routine = finding->transaction ? finding->transaction->routine : NULL;
    const struct via *via = finding->access ? finding->access->via : NULL;
    struct home home = {0};
    bool moved;

    place_of_call(finding, &moved);
    if (moved)
        home = (struct home){via->script, "", via->what, via->span, via->span};
    else if (routine)
        home = (struct home){routine->script, routine->schema ? routine->schema : "public",
                             routine->name, routine->span, routine->text};
    if (home.script != finding->script || !span_contains(home.whole, finding->span.start))
        home.script = NULL;
    return home;
}

/* What findings that are one have in common, or NULL for what is one of its own. Freed by the caller. */
typedef char *make_key(const struct finding *finding);

static char *named_key(const struct finding *finding, const struct home *home)
{
    return g_strdup_printf("%s\n%d\n%s\n%s", finding->rule->name, (int)finding->severity,
                           home->schema, home->name);
}

/* In one database a function has one definition in the end: what they say is enough. */
static char *definition_key(const struct finding *finding)
{
    struct home home = home_of(finding);
    g_autofree char *named = home.script ? named_key(finding, &home) : NULL;

    return named ? g_strdup_printf("%u\n%s\n%s", finding->script->database, named, finding->message)
                 : NULL;
}

/* A dump and migrations that have gone on since make one table with different columns, and are taken for
 * two databases: there, what stands at one place of one body has one repair. The message may name another
 * opponent in each. */
static char *copy_key(const struct finding *finding)
{
    struct home home = home_of(finding);

    if (!home.script || !span_contains(home.text, finding->span.start))
        return NULL;
    g_autofree char *named = named_key(finding, &home);
    return g_strdup_printf("%s\n%u\n%u\n%s", named, finding->span.start - home.text.start,
                           home.text.end - home.text.start,
                           finding->help ? finding->help->text : "");
}

/* Of two with one copy_key: a body may have many findings, so it is no part of the key. */
static bool has_same_body(const struct finding *a, const struct finding *b)
{
    struct span x = home_of(a).text, y = home_of(b).text;

    return memcmp(a->script->bytes + x.start, b->script->bytes + y.start, x.end - x.start) == 0;
}

/* Where the fault is mended: in the next migration, not in a copy of what all of them have made. */
enum standing { STANDING_DUMP, STANDING_PROGRAM, STANDING_MIGRATION };

static enum standing standing_of(const struct finding *finding)
{
    const struct script *script = finding->script;

    if (script->dump)
        return STANDING_DUMP;
    return script->parts->concurrency == RUNS_ALONE ? STANDING_MIGRATION : STANDING_PROGRAM;
}

/* Two files of which nothing says that one comes after the other may be for two databases, which need not
 * have the same body. */
static bool is_replaced(const struct finding *finding, const struct finding *last, make_key *key_of)
{
    return finding->script != last->script && !finding->allowed &&
           (key_of == copy_key ? has_same_body(finding, last)
                               : standing_of(finding) != STANDING_PROGRAM ||
                                     standing_of(last) != STANDING_PROGRAM);
}

static void join_definitions(GPtrArray *same, make_key *key_of, GHashTable *gone)
{
    struct fault fault = {same->pdata[0], 0};

    for (guint i = 1; i < same->len; i++) {
        if (standing_of(same->pdata[i]) >= standing_of(fault.finding))
            fault.finding = same->pdata[i];
    }
    for (guint i = 0; i < same->len; i++) {
        struct finding *each = same->pdata[i];
        if (!is_replaced(each, fault.finding, key_of))
            continue;
        g_hash_table_add(gone, each);
        add_other(&fault, each, "another definition of the function does the same");
    }
    count_rest(&fault, "the other definitions", "does the same", "do the same");
}

static void join_by(GPtrArray *findings, make_key *key_of)
{
    g_autoptr(GHashTable) by_key =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    g_autoptr(GHashTable) gone = g_hash_table_new(NULL, NULL);
    guint kept = 0;

    for (guint i = 0; i < findings->len; i++) {
        char *key = key_of(findings->pdata[i]);
        GPtrArray *same = key ? g_hash_table_lookup(by_key, key) : NULL;
        if (same)
            g_free(key);
        else if (key)
            g_hash_table_insert(by_key, key, same = g_ptr_array_new());
        if (same)
            g_ptr_array_add(same, findings->pdata[i]);
    }
    GHashTableIter iter;
    gpointer same;
    g_hash_table_iter_init(&iter, by_key);
    while (g_hash_table_iter_next(&iter, NULL, &same))
        join_definitions(same, key_of, gone);
    for (guint i = 0; i < findings->len; i++) {
        if (!g_hash_table_contains(gone, findings->pdata[i]))
            findings->pdata[kept++] = findings->pdata[i];
    }
    g_ptr_array_set_size(findings, (gint)kept);
}

void definitions_join(GPtrArray *findings)
{
    join_by(findings, definition_key);
    join_by(findings, copy_key);
}
