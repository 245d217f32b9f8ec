/* The programs as they are shown: what failed is put to the programs that it is the beginning of,
 * and a read with the write that always follows it is one sequence. */
#include "base/lists.h"
#include "workload/name.h"
#include "workload/program-parts.h"

/* ------------------------------------------------------------------ the end */

/* The classes of the first positions, as if there were no others. */
static bool same_beginning(const struct program *part, const struct program *whole)
{
    if (part->shapes->len > whole->shapes->len || part->positions->len > whole->positions->len)
        return false;
    for (guint i = 0; i < part->shapes->len; i++) {
        if (part->shapes->pdata[i] != whole->shapes->pdata[i])
            return false;
    }
    /* What is equal in all runs of the whole must not differ in the part's keys. */
    guint at = 0;
    for (guint i = 0; i < part->shapes->len; i++) {
        const GArray *slots = program_normal(part, i)->slots;
        for (guint j = 0; j < slots->len; j++, at++) {
            if (!slot_is_key(&g_array_index(slots, struct slot, j)))
                continue;
            for (guint k = 0; k < at; k++) {
                bool equal = g_array_index(whole->positions, struct slot_value, k).class ==
                             g_array_index(whole->positions, struct slot_value, at).class;
                bool part_equal = g_array_index(part->positions, struct slot_value, k).class ==
                                  g_array_index(part->positions, struct slot_value, at).class;
                if (equal && !part_equal)
                    return false;
            }
        }
    }
    return true;
}

/* Whether their transactions begin in the same way. */
static bool same_start(const struct program *a, const struct program *b)
{
    return a->block == b->block && a->level == b->level && strcmp(a->database, b->database) == 0 &&
           strcmp(a->role, b->role) == 0;
}

static bool may_be_of(const struct program *part, const struct program *whole)
{
    return !whole->partial && whole->before == 0 && same_start(part, whole) &&
           (strcmp(part->tags, whole->tags) == 0 || !*part->tags || !*whole->tags) &&
           same_beginning(part, whole);
}

static bool is_better(const struct program *a, const struct program *b)
{
    return !b || a->runs > b->runs || (a->runs == b->runs && strcmp(a->key, b->key) < 0);
}

static void put_into(struct program *whole, struct program *part, guint offset)
{
    whole->first = earlier_time(whole->first, part->first);
    whole->last = MAX(whole->last, part->last);
    if (offset == 0)
        whole->runs += part->runs;
    program_merge_evidence(whole, part, offset);
    part->into = whole;
}

/* A statement alone that cannot have failed so by itself: the log has no more of its transaction.
 */
static bool is_fragment(const struct program *part)
{
    bool found = false;

    for (guint i = 0; i < part->failures->len; i++) {
        const struct failures *each = &g_array_index(part->failures, struct failures, i);
        found |= strcmp(each->state, "40001") == 0 || strcmp(each->state, "40P01") == 0;
    }
    return found && !part->block && !*part->role && part->level <= LEVEL_READ_COMMITTED &&
           part->shapes->len == 1;
}

static bool may_hold_fragment(const struct program *part, const struct program *whole)
{
    bool conflict = part->failures->len > 0 &&
                    strcmp(g_array_index(part->failures, struct failures, 0).state, "40001") == 0;

    return !whole->partial && whole->block && strcmp(part->database, whole->database) == 0 &&
           strcmp(part->role, whole->role) == 0 &&
           (!conflict || whole->level > LEVEL_READ_COMMITTED) &&
           g_ptr_array_find(whole->shapes, part->shapes->pdata[0], NULL);
}

/* The same application first, then the one that ran most. */
static void fold_fragment(const GPtrArray *all, struct program *part)
{
    struct program *best = NULL;
    bool best_same = false;
    guint at = 0;

    for (guint i = 0; i < all->len; i++) {
        struct program *each = all->pdata[i];
        bool same = strcmp(each->application, part->application) == 0;
        if (each == part || !may_hold_fragment(part, each) || (best_same && !same))
            continue;
        if (same == best_same && !is_better(each, best))
            continue;
        best = each;
        best_same = same;
    }
    if (!best)
        return;
    g_ptr_array_find(best->shapes, part->shapes->pdata[0], &at);
    put_into(best, part, at);
}

static void fold_partial(const GPtrArray *all, struct program *part)
{
    struct program *best = NULL;

    if (is_fragment(part))
        fold_fragment(all, part);
    if (part->into)
        return;
    for (guint i = 0; i < all->len; i++) {
        struct program *each = all->pdata[i];
        if (each != part && may_be_of(part, each) && is_better(each, best))
            best = each;
    }
    for (guint i = 0; i < all->len && !best; i++) { /* another that failed later */
        struct program *each = all->pdata[i];
        if (each != part && each->partial && !each->into && each->before == 0 &&
            each->shapes->len > part->shapes->len && same_start(each, part) &&
            strcmp(each->tags, part->tags) == 0 && same_beginning(part, each) &&
            is_better(each, best))
            best = each;
    }
    if (best)
        put_into(best, part, 0);
}

/* Where the log shows only what failed, BEGIN, which sets the level, is not in it either. */
static void take_implied_level(struct program *part)
{
    if (part->into || !is_fragment(part) || part->implied == LEVEL_UNKNOWN)
        return;
    part->level = part->implied;
    part->block = true;
}

/* Whether the write names what the read has asked for, in every run. */
static bool shares_key(const struct program *sequence)
{
    const GArray *slots = program_normal(sequence, 0)->slots, *positions = sequence->positions;

    for (guint i = 0; i < slots->len; i++) {
        if (!slot_is_key(&g_array_index(slots, struct slot, i)))
            continue;
        for (guint j = slots->len; j < positions->len; j++) {
            if (g_array_index(positions, struct slot_value, i).class ==
                g_array_index(positions, struct slot_value, j).class)
                return true;
        }
    }
    return false;
}

/* The fixtures of a test send the same INSERT without a read, so that most of the writes did not
 * come that way; but what looks for a row and then creates it hardly ever only looks. */
static bool follows_its_read(GHashTable *by_shape, const struct program *sequence)
{
    const GPtrArray *alike = g_hash_table_lookup(by_shape, sequence->shapes->pdata[0]);
    uint64_t reads = 0;

    for (guint i = 0; i < alike->len; i++) {
        const struct program *each = alike->pdata[i];
        if (each->before == 0 && !each->block && each->shapes->len == 1 &&
            strcmp(each->database, sequence->database) == 0)
            reads += each->runs;
    }
    return sequence->before == 1 && shares_key(sequence) && sequence->runs >= 3 &&
           10 * sequence->runs >= 8 * reads;
}

static bool ends_in(const struct program *sequence, const struct program *write)
{
    guint count = write->shapes->len;

    return sequence->before > 0 && write->before == 0 && !write->partial &&
           sequence->shapes->len == sequence->before + count && same_start(write, sequence) &&
           strcmp(write->tags, sequence->tags) == 0 &&
           memcmp(write->shapes->pdata, sequence->shapes->pdata + sequence->before,
                  count * sizeof(gpointer)) == 0;
}

/* The sequence that ends in the write most often, and how often all that do have run. */
static struct program *largest_sequence(const GPtrArray *alike, const struct program *write,
                                        uint64_t *together)
{
    struct program *largest = NULL;

    *together = 0;
    for (guint i = 0; i < alike->len; i++) {
        struct program *each = alike->pdata[i];
        if (!ends_in(each, write))
            continue;
        *together += each->runs;
        if (is_better(each, largest))
            largest = each;
    }
    return largest;
}

/* Sequences stand for the write at their end, when most of the writes came that way, after one read
 * or several: then a fifth of the writes is enough for each. When most of the reads went that way, a
 * sequence stands beside the write. */
static void choose_sequence(GHashTable *by_shape, struct program *sequence)
{
    const GPtrArray *alike =
        g_hash_table_lookup(by_shape, sequence->shapes->pdata[sequence->before]);

    for (guint i = 0; i < alike->len; i++) {
        struct program *write = alike->pdata[i];
        uint64_t together;
        if (!ends_in(sequence, write) || (write->into && write->into->before == 0))
            continue;
        struct program *largest = largest_sequence(alike, write, &together);
        if (sequence->runs >= 3 && 5 * sequence->runs >= write->runs &&
            10 * together >= 8 * write->runs) {
            if (!write->into)
                put_into(largest, write, largest->before);
            return;
        }
    }
    if (!follows_its_read(by_shape, sequence))
        sequence->into = sequence; /* not shown */
}

/* Those that have each shape, in their order. */
static GHashTable *list_by_shape(const GPtrArray *all)
{
    GHashTable *by_shape =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < all->len; i++) {
        const struct program *program = all->pdata[i];
        for (guint j = 0; j < program->shapes->len; j++) {
            GPtrArray *having = list_under(by_shape, program->shapes->pdata[j]);
            if (having->len == 0 || having->pdata[having->len - 1] != program)
                g_ptr_array_add(having, (gpointer)program);
        }
    }
    return by_shape;
}

GPtrArray *programs_finish(struct programs *programs, uint64_t least_runs)
{
    g_autoptr(GPtrArray) all = programs_list(programs);
    g_autoptr(GHashTable) by_shape = list_by_shape(all);
    GPtrArray *shown = g_ptr_array_new();

    for (guint i = 0; i < all->len; i++) {
        struct program *each = all->pdata[i];
        const GPtrArray *alike =
            each->shapes->len > 0 ? g_hash_table_lookup(by_shape, each->shapes->pdata[0]) : all;
        if (each->partial)
            fold_partial(alike, each);
    }
    for (guint i = 0; i < all->len; i++)
        take_implied_level(all->pdata[i]);
    for (guint i = 0; i < all->len; i++) {
        struct program *each = all->pdata[i];
        if (each->before > 0)
            choose_sequence(by_shape, each);
    }
    for (guint i = 0; i < all->len; i++) {
        struct program *each = all->pdata[i];
        if (!each->into && each->runs >= least_runs && each->shapes->len > 0)
            g_ptr_array_add(shown, each);
        if (each->into == each)
            each->into = NULL;
    }
    programs_find_branches(all);
    name_programs(shown);
    return shown;
}
