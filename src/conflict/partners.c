#include "conflict/partners.h"

#include "corpus/by-value.h"

void plans_start(struct plans *plans, const struct corpus *corpus)
{
    *plans = (struct plans){.corpus = corpus};
    plans->all = g_new(struct plan, corpus->transactions->len);
    plans->of = g_new0(struct plan *, corpus->transactions->len);
    for (int i = 0; i < 2; i++) {
        plans->partners[i] =
            g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
        plans->lockers[i] =
            g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    }
}

void plans_finish(struct plans *plans)
{
    for (int i = 0; i < 2; i++) {
        g_hash_table_unref(plans->partners[i]);
        g_hash_table_unref(plans->lockers[i]);
    }
    g_free(plans->of);
    g_free(plans->all);
}

/* Two that are of one statement never wait for each other, see meet in deadlock.c. */
static bool may_be_partner(const struct plan *plan, bool single)
{
    return !single || !plan->single;
}

static GPtrArray *partners_by(const struct plans *plans, struct access_cursor cursor, bool single,
                              bool lockers)
{
    GPtrArray *partners = g_ptr_array_new();
    const struct transaction *last = NULL;
    const struct access *access;

    for (size_t i = 0; !cursor.accesses && i < plans->count; i++) {
        struct plan *plan = &plans->all[i];
        if (!plan->transaction->surplus && !plan->transaction->alike &&
            may_be_partner(plan, single))
            g_ptr_array_add(partners, plan);
    }
    while ((access = access_next(&cursor))) {
        if (access->transaction == last ||
            (lockers && access_table_lock(access) < TABLE_LOCK_SHARE))
            continue;
        last = access->transaction;
        struct plan *plan = plans->of[last->number];
        if (plan && may_be_partner(plan, single))
            g_ptr_array_add(partners, plan);
    }
    return partners;
}

/* The same, remembered by `key`, of which the cursor goes through all; not the caller's. */
static GPtrArray *known_partners(const struct plans *plans, const void *key,
                                 struct access_cursor cursor, bool single, bool lockers)
{
    GHashTable *known = lockers ? plans->lockers[single] : plans->partners[single];
    GPtrArray *partners = g_hash_table_lookup(known, key);

    if (!partners) {
        partners = partners_by(plans, cursor, single, lockers);
        g_hash_table_insert(known, (gpointer)key, partners);
    }
    return partners;
}

GPtrArray *partners_merge(const GPtrArray *a, const GPtrArray *b)
{
    GPtrArray *both = g_ptr_array_sized_new(a->len + b->len);

    for (guint i = 0, j = 0; i < a->len || j < b->len;) {
        struct plan *first = i < a->len ? a->pdata[i] : NULL;
        struct plan *second = j < b->len ? b->pdata[j] : NULL;
        struct plan *next = !second || (first && first <= second) ? first : second;
        i += next == first;
        j += next == second;
        g_ptr_array_add(both, next);
    }
    return both;
}

/* Of the lists of a narrowed cursor, most are short, but one is shared by all who ask for a value. */
static GPtrArray *partners_in_lists(const struct plans *plans, struct access_cursor cursor,
                                    bool single)
{
    GPtrArray *partners = g_ptr_array_new();

    for (unsigned i = 0; i < cursor.list_count; i++) {
        struct access_cursor one = {.accesses = cursor.accesses,
                                    .lists = {cursor.lists[i]},
                                    .list_count = 1,
                                    .narrowed = true};
        GPtrArray *both =
            partners_merge(partners, known_partners(plans, cursor.lists[i], one, single, false));
        g_ptr_array_unref(partners);
        partners = both;
    }
    return partners;
}

/* A lock of rows that are there conflicts with those of the same rows, and, when the row may go,
 * with INSERTs: these ask no column for a value. One of the table conflicts with that of any row. */
static struct access_cursor conflicting_with(const struct plans *plans, const struct lock *lock)
{
    struct access_cursor cursor = corpus_meeting(plans->corpus, lock->access);

    if (lock->key || lock->row == LOCK_NONE || lock->table > TABLE_LOCK_ROW_EXCLUSIVE ||
        (lock->row == LOCK_UPDATE && cursor.inserts))
        return corpus_all(plans->corpus, lock->access);
    return cursor;
}

/* A new row that meets no key, or a plain read: who locks rows does not wait for it. */
static bool waits_for_table(const struct lock *lock)
{
    return lock->access && lock->row == LOCK_NONE && !lock->key &&
           lock->table <= TABLE_LOCK_ROW_EXCLUSIVE;
}

GPtrArray *partners_of(const struct plans *plans, const struct plan *plan, size_t wanted)
{
    const struct lock *lock = &plan->locks[wanted];
    struct access_cursor cursor = {0};

    if (lock->access)
        cursor = conflicting_with(plans, lock);
    cursor.own = NULL; /* it comes last, see find_order in deadlock.c */
    if (cursor.narrowed)
        return partners_in_lists(plans, cursor, plan->single);
    return g_ptr_array_ref(known_partners(plans, cursor.accesses, cursor, plan->single,
                                          waits_for_table(lock) && cursor.accesses));
}
