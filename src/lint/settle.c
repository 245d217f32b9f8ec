#include "lint/settle.h"

#include <string.h>

#include "base/lists.h"
#include "lint/rule.h"
#include "lint/verify.h"

enum {
    MOST_LINES = 4, /* that are added to a finding for others, before "and N more" */
    FEW = 16,       /* findings that are held against one another without a table */
};

/* ------------------------------------------------------------------ by transaction */

static GHashTable *by_transaction(struct finding *findings)
{
    GHashTable *table = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);

    for (struct finding *finding = findings; finding; finding = finding->next) {
        if (finding->transaction)
            g_ptr_array_add(list_under(table, finding->transaction), finding);
    }
    return table;
}

static void join(struct finding *into, struct finding *finding, GHashTable *gone)
{
    struct finding *last = finding; /* of those that it stands for: few */

    while (last->joined)
        last = last->joined;
    last->joined = into->joined;
    into->joined = finding;
    g_hash_table_add(gone, finding);
}

/* ------------------------------------------------------------------ which rule says it better */

static bool same_act(const struct finding *a, const struct finding *b)
{
    if (a->rule->check_structure || b->rule->check_structure)
        return true; /* of the same transaction, as both are */
    return a->access && b->access && a->access->step == b->access->step &&
           a->access->body == b->access->body;
}

/* Who mends what one foretells has still to hear what else comes of it. */
static bool share_outcome(const struct finding *a, const struct finding *b)
{
    unsigned outcomes = finding_reaches(a);

    return !outcomes || outcomes & finding_reaches(b);
}

/* A group stands for those of its rules that have something to act on. A warning does not go for a
 * note, which most readers do not see. */
static bool yields_to(const struct finding *finding, const struct finding *better)
{
    const char *const *name = finding->rule->yields;

    for (size_t i = 0; i < G_N_ELEMENTS(finding->rule->yields) && name[i]; i++) {
        if ((strcmp(name[i], better->rule->name) == 0 && better->severity >= finding->severity) ||
            (strcmp(name[i], better->rule->group) == 0 && better->severity >= SEVERITY_WARNING &&
             share_outcome(finding, better)))
            return same_act(finding, better);
    }
    return false;
}

static guint hash_act(gconstpointer key)
{
    const struct access *access = key;

    return g_direct_hash(access->step) * 31 + g_direct_hash(access->body);
}

static gboolean equal_acts(gconstpointer a, gconstpointer b)
{
    const struct access *x = a, *y = b;

    return x->step == y->step && x->body == y->body;
}

/* The findings of a transaction by what they are about: places in their list. */
struct acts {
    GHashTable *table;     /* struct access, by its statement → GPtrArray of places */
    GPtrArray *structures; /* places: of rules about structures, which are about all of it */
};

static void acts_init(struct acts *acts, const GPtrArray *list)
{
    acts->table =
        g_hash_table_new_full(hash_act, equal_acts, NULL, (GDestroyNotify)g_ptr_array_unref);
    acts->structures = g_ptr_array_new();
    for (guint i = 0; i < list->len; i++) {
        const struct finding *finding = list->pdata[i];
        if (finding->rule->check_structure)
            g_ptr_array_add(acts->structures, GUINT_TO_POINTER(i));
        else if (finding->access)
            g_ptr_array_add(list_under(acts->table, finding->access), GUINT_TO_POINTER(i));
    }
}

static void acts_finish(struct acts *acts)
{
    g_hash_table_unref(acts->table);
    g_ptr_array_unref(acts->structures);
}

static guint place_at(const GPtrArray *places, guint at)
{
    return places && at < places->len ? GPOINTER_TO_UINT(places->pdata[at]) : G_MAXUINT;
}

/* The first finding that says better what this one says; NULL without. */
static struct finding *find_better(const GPtrArray *list, const struct acts *acts,
                                   const struct finding *finding, GHashTable *gone)
{
    bool all = !acts->table || finding->rule->check_structure;
    const GPtrArray *same =
        finding->access && !all ? g_hash_table_lookup(acts->table, finding->access) : NULL;
    guint own = 0, whole = 0;

    for (guint i = 0;; i++) {
        if (!all)
            i = place_at(same, own) < place_at(acts->structures, whole)
                    ? place_at(same, own++)
                    : place_at(acts->structures, whole++);
        if (i >= list->len)
            return NULL;
        struct finding *better = list->pdata[i];
        if (better != finding && !g_hash_table_contains(gone, better) && yields_to(finding, better))
            return better;
    }
}

static void yield(const GPtrArray *list, GHashTable *gone)
{
    struct acts acts = {0};

    if (list->len > FEW)
        acts_init(&acts, list);
    for (guint i = 0; i < list->len; i++) {
        struct finding *finding = list->pdata[i];
        struct finding *better =
            finding->rule->yields[0] ? find_better(list, &acts, finding, gone) : NULL;
        if (better)
            join(better, finding, gone);
    }
    if (acts.table)
        acts_finish(&acts);
}

/* ------------------------------------------------------------------ lines of others */

static struct arena *arena_of(const struct finding *finding)
{
    return (struct arena *)&finding->script->arena;
}

static void add_related(struct finding *finding, struct arena *arena, const struct script *script,
                        struct span span, const char *label)
{
    struct related *related = arena_new(arena, struct related);
    struct related **end = &finding->related;

    *related = (struct related){.script = script, .span = span, .label = label};
    while (*end)
        end = &(*end)->next;
    *end = related;
}

static bool points_at(const struct finding *finding, const struct script *script, struct span span)
{
    if (finding->script == script && finding->span.start == span.start)
        return true;
    for (const struct related *each = finding->related; each; each = each->next) {
        if (each->script == script && each->span.start == span.start)
            return true;
    }
    return false;
}

static void add_line(struct finding *first, const struct finding *other, unsigned *lines)
{
    if (other->rule->failure == FAILS_SOMEHOW || points_at(first, other->script, other->span))
        return;
    if (++*lines <= MOST_LINES)
        add_related(first, arena_of(first), other->script, other->span,
                    other->label ? other->label : "this can fail as well");
}

static void add_help(struct finding *finding, const char *text)
{
    struct help *help = arena_new(arena_of(finding), struct help);
    struct help **end = &finding->help;

    help->text = text;
    while (*end)
        end = &(*end)->next;
    *end = help;
}

static void add_more(struct finding *finding, unsigned lines, const char *which)
{
    if (lines > MOST_LINES)
        add_help(finding,
                 arena_printf(arena_of(finding), "look at %u more statement%s %s",
                              lines - MOST_LINES, lines - MOST_LINES == 1 ? "" : "s", which));
}

/* ------------------------------------------------------------------ one check, several writes */

static bool same_check(const struct finding *a, const struct finding *b)
{
    return a->rule == b->rule && a->read == b->read && g_strcmp0(a->predicts, b->predicts) == 0 &&
           !a->allowed && !b->allowed;
}

/* Of few findings, or of those that go by one read. */
static void join_writes_after(const GPtrArray *list, GHashTable *gone)
{
    for (guint i = 0; i < list->len; i++) {
        struct finding *first = list->pdata[i];
        unsigned lines = 0;
        bool left = first->read && !g_hash_table_contains(gone, first);
        for (guint j = 0; j < list->len && left; j++) {
            struct finding *each = list->pdata[j];
            bool better =
                first->severity > each->severity || (first->severity == each->severity && i < j);
            if (!better || !same_check(first, each) || g_hash_table_contains(gone, each))
                continue;
            add_line(first, each, &lines);
            join(first, each, gone);
        }
        add_more(first, lines, "that go by what was read");
    }
}

/* IF … THEN UPDATE …; ELSE UPDATE …: what is read before is to be repaired once. */
static void join_writes(const GPtrArray *list, GHashTable *gone)
{
    if (list->len <= FEW) {
        join_writes_after(list, gone);
        return;
    }
    g_autoptr(GHashTable) reads =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    GHashTableIter iter;
    gpointer same;

    for (guint i = 0; i < list->len; i++) {
        struct finding *each = list->pdata[i];
        if (each->read)
            g_ptr_array_add(list_under(reads, each->read), each);
    }
    g_hash_table_iter_init(&iter, reads);
    while (g_hash_table_iter_next(&iter, NULL, &same))
        join_writes_after(same, gone);
}

/* ------------------------------------------------------------------ 40001 */

/* A rule that has weakened its finding knows of no opponent. What is left when
 * all have done so says only that it is possible. */
static bool is_likely(const GPtrArray *failures)
{
    for (guint i = 0; i < failures->len; i++) {
        const struct finding *each = failures->pdata[i];
        bool general = each->rule->failure == FAILS_SOMEHOW && failures->len > 1;
        if (!general && each->severity >= each->rule->severity)
            return true;
    }
    return false;
}

/* The comment says that it is retried, or the finding asks for that. */
static void judge(struct finding *finding, bool likely)
{
    const struct transaction *transaction = finding->transaction;

    if (transaction->retried) {
        finding->severity = SEVERITY_NOTE;
        return;
    }
    if (finding->rule->failure == FAILS_READING)
        return;
    if (likely && transaction_is_declared(transaction) && !transaction->set_up)
        finding->severity = MAX(finding->severity, SEVERITY_WARNING);
    add_help(finding, "catch 40001 and 40P01 in the application and run the whole transaction "
                      "again, with back-off; then mark it: -- isolint: retry");
}

static int compare_failures(const void *a, const void *b)
{
    const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;

    if (x->rule->failure != y->rule->failure)
        return x->rule->failure < y->rule->failure ? -1 : 1;
    return (x->span.start > y->span.start) - (x->span.start < y->span.start);
}

/* What a comment allows stands for what else is found of the same failure. */
static void join_failures(const GPtrArray *list, GHashTable *gone)
{
    g_autoptr(GPtrArray) failures = g_ptr_array_new();
    unsigned lines = 0;

    for (guint i = 0; i < list->len; i++) {
        struct finding *each = list->pdata[i];
        if (each->rule->failure && !g_hash_table_contains(gone, each))
            g_ptr_array_add(failures, each);
    }
    if (failures->len == 0)
        return;
    g_ptr_array_sort(failures, compare_failures);
    struct finding *first = failures->pdata[0];
    for (guint i = 1; i < failures->len; i++) {
        struct finding *each = failures->pdata[i];
        if (!each->allowed)
            add_line(first, each, &lines);
        join(first, each, gone);
    }
    add_more(first, lines, "of this transaction that can fail");
    judge(first, is_likely(failures));
}

/* Of other rules: where the failure is retried, only its cost is left. */
static void weaken_retried(struct finding *finding)
{
    const struct rule *rule = finding->rule;
    bool only =
        strcmp(finding->predicts ? finding->predicts : "", "40001") == 0 ||
        (rule->predicts[0] && !rule->predicts[1] && strcmp(rule->predicts[0], "40001") == 0);

    if (only && finding->transaction && finding->transaction->retried)
        finding->severity = SEVERITY_NOTE;
}

struct finding *settle_script(struct finding *findings)
{
    g_autoptr(GHashTable) table = by_transaction(findings);
    g_autoptr(GHashTable) gone = g_hash_table_new(NULL, NULL);
    struct finding *first = NULL, **end = &first;
    GHashTableIter iter;
    gpointer list;

    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, NULL, &list)) {
        yield(list, gone);
        join_writes(list, gone);
        join_failures(list, gone);
    }
    for (struct finding *next; findings; findings = next) {
        next = findings->next;
        if (g_hash_table_contains(gone, findings))
            continue;
        weaken_retried(findings);
        *end = findings;
        end = &findings->next;
    }
    *end = NULL;
    return first;
}
