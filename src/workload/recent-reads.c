#include "workload/recent-reads.h"

#include "base/hash.h"
#include "base/lists.h"
#include "log/limits.h"

/* A value that a read has asked for. */
struct wanted {
    uint64_t key;
    struct run *read;
};

/* A run that is not given on before others have ended, which may have begun before it. */
struct late {
    struct run *run, *before;
};

struct recent_reads {
    recent_reads_give *give;
    void *context;
    GQueue late;        /* struct late */
    GQueue wanted;      /* struct wanted, the oldest first */
    GHashTable *by_key; /* GQueue of struct wanted, the oldest first */
};

/* ------------------------------------------------------------------ a read and a write */

static bool is_one_read(const struct run *run)
{
    return run && run->end == RUN_COMMITTED && run->statements->len == 1 && !run->dropped &&
           run_normal(run, 0)->kind == STATEMENT_QUERY && !run_normal(run, 0)->writes;
}

static guint count_writes(const struct run *run, guint *write)
{
    guint count = 0;

    for (guint i = 0; i < run->statements->len; i++) {
        enum statement_kind kind = run_normal(run, i)->kind;
        if (kind == STATEMENT_SAVEPOINT || kind == STATEMENT_RELEASE)
            continue;
        *write = i;
        count++;
    }
    return count;
}

static bool is_one_write(const struct run *run, guint *write)
{
    return run->end == RUN_COMMITTED && count_writes(run, write) == 1 &&
           run_normal(run, *write)->writes;
}

static bool same_table(const struct normal *a, const struct normal *b)
{
    for (guint i = 0; i < a->tables->len; i++) {
        for (guint j = 0; j < b->tables->len; j++) {
            if (g_array_index(b->tables, struct normal_table, j).written &&
                strcmp(g_array_index(a->tables, struct normal_table, i).name,
                       g_array_index(b->tables, struct normal_table, j).name) == 0)
                return true;
        }
    }
    return false;
}

bool is_sequence(const struct run *before, const struct run *run)
{
    guint write = 0;

    return is_one_read(before) && is_one_write(run, &write) &&
           same_table(run_normal(before, 0), run_normal(run, write));
}

/* ------------------------------------------------------------------ by value */

/* Of the value at a slot, its column, and who asks for it. 0: it names no row. */
static uint64_t key_of(const struct run *run, guint statement, guint index)
{
    const struct slot *slot = &g_array_index(run_normal(run, statement)->slots, struct slot, index);
    const struct value *value = &run_values(run, statement)[index];
    bool names = slot->role == SLOT_INSERTED || (slot->role == SLOT_COMPARED && slot->equal);
    uint64_t hash = value->hash;

    if (!names || slot->list || !slot->column || !slot->relation || value->cut)
        return 0;
    const char *texts[] = {slot->relation, slot->column,     run->database,
                           run->role,      run->application, run->tags};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        hash = hash_add(hash, g_str_hash(texts[i]));
    return hash | 1;
}

static void remember(struct recent_reads *reads, struct run *read, uint64_t key)
{
    struct wanted *wanted = g_new(struct wanted, 1);

    *wanted = (struct wanted){key, run_ref(read)};
    g_queue_push_tail(queue_under(reads->by_key, key), wanted);
    g_queue_push_tail(&reads->wanted, wanted);
}

/* Of its key it is the oldest as well, unless it was taken out. */
static void drop_oldest(struct recent_reads *reads)
{
    struct wanted *wanted = g_queue_pop_head(&reads->wanted);
    GQueue *queue = g_hash_table_lookup(reads->by_key, &wanted->key);

    if (queue && g_queue_peek_head(queue) == wanted)
        g_queue_pop_head(queue);
    if (queue && queue->length == 0)
        g_hash_table_remove(reads->by_key, &wanted->key);
    run_unref(wanted->read);
    g_free(wanted);
}

/* One read belongs to one write. */
static void take_out(struct recent_reads *reads, const struct run *read)
{
    for (guint i = 0; i < run_normal(read, 0)->slots->len; i++) {
        uint64_t key = key_of(read, 0, i);
        GQueue *queue = g_hash_table_lookup(reads->by_key, &key);
        for (GList *each = queue ? queue->tail : NULL; each; each = each->prev) {
            if (((struct wanted *)each->data)->read != read)
                continue;
            g_queue_delete_link(queue, each);
            break;
        }
    }
}

/* Whether the read may be what the write was made of: where its end is not known, as in a log without
 * durations, by its beginning. */
static bool is_shortly_before(const struct run *read, const struct run *run)
{
    const struct run_statement *last = run_last(read);
    int64_t ended = last->timed && last->end != NO_TIME ? last->end : read->begun;

    return ended != NO_TIME && ended <= run->begun && run->begun - ended <= LIMIT_READ_AGE;
}

/* The last read that asks for what the write names; of a row that all ask for, of the latest reads. */
static struct run *find_by_key(const struct recent_reads *reads, const struct run *run,
                               uint64_t key)
{
    enum { MOST = 64 };
    const GQueue *queue = g_hash_table_lookup(reads->by_key, &key);
    struct run *best = NULL;
    unsigned count = 0;

    for (GList *each = queue ? queue->tail : NULL; each && count < MOST;
         each = each->prev, count++) {
        struct run *read = ((struct wanted *)each->data)->read;
        if ((!best || read->begun > best->begun) && is_shortly_before(read, run) &&
            is_sequence(read, run))
            best = read;
    }
    return best;
}

static struct run *find_read(const struct recent_reads *reads, const struct run *run, guint write)
{
    struct run *best = NULL;

    for (guint i = 0; run->begun != NO_TIME && i < run_normal(run, write)->slots->len; i++) {
        uint64_t key = key_of(run, write, i);
        struct run *read = key ? find_by_key(reads, run, key) : NULL;
        if (read && (!best || read->begun > best->begun))
            best = read;
    }
    return best;
}

/* ------------------------------------------------------------------ in the order of the log */

struct recent_reads *recent_reads_new(recent_reads_give *give, void *context)
{
    struct recent_reads *reads = g_new0(struct recent_reads, 1);

    reads->give = give;
    reads->context = context;
    g_queue_init(&reads->late);
    g_queue_init(&reads->wanted);
    reads->by_key =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_queue_free);
    return reads;
}

static void late_free(struct late *late)
{
    run_unref(late->run);
    run_unref(late->before);
    g_free(late);
}

void recent_reads_free(struct recent_reads *reads)
{
    g_queue_clear_full(&reads->late, (GDestroyNotify)late_free);
    while (reads->wanted.length > 0)
        drop_oldest(reads);
    g_hash_table_unref(reads->by_key);
    g_free(reads);
}

static void give_first(struct recent_reads *reads)
{
    struct late *late = g_queue_pop_head(&reads->late);
    struct run *read = NULL;
    guint write = 0;

    if (is_one_write(late->run, &write))
        read = find_read(reads, late->run, write);
    if (read)
        take_out(reads, read); /* the list of all keeps it */
    reads->give(late->run, late->before, read ? read : late->before, reads->context);
    late_free(late);
}

void recent_reads_take(struct recent_reads *reads, struct run *run, struct run *before)
{
    struct late *late = g_new(struct late, 1);

    for (guint i = 0; is_one_read(run) && i < run_normal(run, 0)->slots->len; i++) {
        uint64_t key = key_of(run, 0, i);
        if (key != 0)
            remember(reads, run, key);
    }
    while (reads->wanted.length > LIMIT_READS)
        drop_oldest(reads);
    *late = (struct late){run_ref(run), before ? run_ref(before) : NULL};
    g_queue_push_tail(&reads->late, late);
    if (reads->late.length > LIMIT_LATE)
        give_first(reads);
}

void recent_reads_end(struct recent_reads *reads)
{
    while (reads->late.length > 0)
        give_first(reads);
}
