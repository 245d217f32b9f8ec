#include "history/ahead.h"

#include "base/signal-stack.h"
#include "history/belt.h"
#include "log/deadlock.h"
#include "log/limits.h"

enum {
    BATCHES = 6,         /* on the way at once */
    ENTRIES = 512,       /* of a batch */
    TEXT_ROOM = 1 << 18, /* of a batch, unless one entry takes more */
};

struct ahead {
    GThread *thread;
    struct belt *full, *empty;
    struct batch batches[BATCHES];
    struct batch *given; /* that the caller has */
    struct reader *const *readers;
    unsigned count;
    const struct follow_options *options;
};

enum { PIECES = 10 };

static void pieces_of(struct entry *entry, struct piece *pieces[PIECES])
{
    struct piece *all[PIECES] = {
        &entry->state,   &entry->user,        &entry->database, &entry->application,
        &entry->session, &entry->transaction, &entry->activity, &entry->message,
        &entry->detail,  &entry->context,
    };

    memcpy(pieces, all, sizeof all);
}

static size_t length_of(struct entry *entry)
{
    struct piece *pieces[PIECES];
    size_t length = entry->statement.length;

    pieces_of(entry, pieces);
    for (int i = 0; i < PIECES; i++)
        length += pieces[i]->length;
    return length;
}

static void copy(struct batch *batch, struct piece *piece)
{
    if (!piece->at)
        return;
    char *to = batch->text + batch->used;
    if (piece->length > 0)
        memcpy(to, piece->at, piece->length);
    piece->at = to;
    batch->used += piece->length;
}

/* The entry must have room. */
static void add(struct batch *batch, const struct entry *entry,
                const struct follow_options *options)
{
    struct lexed *lexed = &batch->entries[batch->count++];
    struct piece *pieces[PIECES];

    lexed->entry = *entry;
    pieces_of(&lexed->entry, pieces);
    for (int i = 0; i < PIECES; i++)
        copy(batch, pieces[i]);
    copy(batch, &lexed->entry.statement);
    lexed_read(lexed, options);
}

static struct batch *empty_batch(struct ahead *ahead)
{
    struct batch *batch = belt_take(ahead->empty);

    batch->count = 0;
    batch->used = 0;
    batch->last = false;
    return batch;
}

static void make_room(struct batch *batch, size_t length)
{
    if (batch->room >= length && batch->room <= TEXT_ROOM)
        return;
    batch->room = MAX(length, (size_t)TEXT_ROOM);
    batch->text = g_realloc(batch->text, batch->room);
}

/* Hands the batch on when it has no room for the entry. Returns the one that has it. */
static struct batch *put(struct ahead *ahead, struct reader *reader, struct batch *batch,
                         struct entry *entry)
{
    size_t length = length_of(entry);

    if (batch->count == ENTRIES || (batch->count > 0 && batch->used + length > batch->room)) {
        reader_progress(reader, &batch->read, &batch->size);
        belt_put(ahead->full, batch);
        batch = empty_batch(ahead);
    }
    if (batch->count == 0)
        make_room(batch, length);
    add(batch, entry, ahead->options);
    return batch;
}

/* What the others of a deadlock had sent comes before it, each as an entry of its own; what the one
 * that fails had sent is told again where the log has no STATEMENT. */
static struct batch *put_partners(struct ahead *ahead, struct reader *reader, struct batch *batch,
                                  struct entry *entry)
{
    struct piece rest = entry->detail, statement;
    uint32_t process;

    if (!rest.at || !piece_is(entry->state, "40P01"))
        return batch;
    while (deadlock_next(&rest, &process, &statement)) {
        struct entry told = {
            .time = entry->time,
            .process = process,
            .kind = ENTRY_LOG,
            .told = true,
            .line = entry->line,
            .user = entry->user,
            .database = entry->database,
            .statement = statement,
        };
        if (process != deadlock_finder(entry->detail))
            batch = put(ahead, reader, batch, &told);
        else if (!entry->statement.at)
            entry->statement = statement;
    }
    return batch;
}

static void read_log(struct ahead *ahead, struct reader *reader)
{
    struct batch *batch = empty_batch(ahead);
    struct error error = {0};
    struct entry entry;

    make_room(batch, 0);
    while (reader_next(reader, &entry, &error)) {
        batch = put_partners(ahead, reader, batch, &entry);
        batch = put(ahead, reader, batch, &entry);
    }
    batch->failure = error.message;
    batch->last = true;
    belt_put(ahead->full, batch);
}

static gpointer read_logs(gpointer data)
{
    struct ahead *ahead = data;

    signal_stack_take();
    for (unsigned i = 0; i < ahead->count; i++)
        read_log(ahead, ahead->readers[i]);
    return NULL;
}

struct ahead *ahead_new(struct reader *const *readers, unsigned count,
                        const struct follow_options *options)
{
    struct ahead *ahead = g_new0(struct ahead, 1);

    ahead->readers = readers;
    ahead->count = count;
    ahead->options = options;
    ahead->full = belt_new(BATCHES);
    ahead->empty = belt_new(BATCHES);
    for (int i = 0; i < BATCHES; i++) {
        struct batch *batch = &ahead->batches[i];
        batch->entries = g_new(struct lexed, ENTRIES);
        for (int j = 0; j < ENTRIES; j++)
            lexed_init(&batch->entries[j]);
        belt_put(ahead->empty, batch);
    }
    ahead->thread = g_thread_try_new("isolint-read", read_logs, ahead, NULL);
    if (ahead->thread)
        return ahead;
    ahead_free(ahead);
    return NULL;
}

struct batch *ahead_next(struct ahead *ahead)
{
    if (ahead->given)
        belt_put(ahead->empty, ahead->given);
    return ahead->given = belt_take(ahead->full);
}

void ahead_free(struct ahead *ahead)
{
    if (ahead->thread)
        g_thread_join(ahead->thread);
    for (int i = 0; i < BATCHES; i++) {
        struct batch *batch = &ahead->batches[i];
        for (int j = 0; j < ENTRIES; j++)
            lexed_finish(&batch->entries[j]);
        g_free(batch->entries);
        g_free(batch->text);
        g_free(batch->failure);
    }
    belt_free(ahead->full);
    belt_free(ahead->empty);
    g_free(ahead);
}
