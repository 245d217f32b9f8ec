#include "workload/window.h"

#include "base/lists.h"
#include "log/limits.h"

/* A row, or a whole table where the row is not known, that a statement of a run touches. */
struct touch {
    uint64_t row, table;
    guint statement;
    bool written, locked, exact; /* exact: `row` is one row */
};

struct member {
    struct run *run;
    struct run *before;
    GArray *touches; /* struct touch */
};

struct window {
    GQueue members;      /* struct member, the oldest first */
    GHashTable *touched; /* GQueue of struct member that write it, by row and by table */
    GList *next;         /* the first that waits for later runs, or NULL */
    guint waiting;       /* so many do */
    int64_t removed;     /* when the last of those has ended that are in the window no longer */
    struct window_losses losses;
    GArray *events;
};

/* Others that end a little later must be there before a run is looked at. */
enum { DELAY = LIMIT_WINDOW / 4 };

static uint64_t mix(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return hash;
}

static guint hash64(gconstpointer key)
{
    uint64_t value = *(const uint64_t *)key;

    return (guint)(value ^ value >> 32);
}

/* ------------------------------------------------------------------ what a run touches */

static uint64_t table_hash(const struct run *run, const char *table)
{
    return mix(mix(0xcbf29ce484222325u, run->database, strlen(run->database) + 1), table,
               strlen(table));
}

/* Columns in any order give one row. */
static uint64_t row_hash(const struct run *run, guint statement, const char *table, bool *exact)
{
    const struct normal *normal = run_normal(run, statement);
    uint64_t row = 0;
    guint count = 0;
    bool whole = true;

    for (guint i = 0; i < normal->slots->len; i++) {
        const struct slot *slot = &g_array_index(normal->slots, struct slot, i);
        if (slot->role != SLOT_COMPARED || !slot->equal || slot->list || !slot->column ||
            !slot->relation || strcmp(slot->relation, table) != 0)
            continue;
        uint64_t value = run_values(run, statement)[i].hash;
        whole &= !run_values(run, statement)[i].cut;
        row += mix(mix(0x84222325u, slot->column, strlen(slot->column)), &value, sizeof value);
        count++;
    }
    *exact = count > 0 && whole;
    return row;
}

/* Sets `*all` when there is room for all that it touches. */
static GArray *touches_of(const struct run *run, bool *all)
{
    GArray *touches = g_array_new(FALSE, FALSE, sizeof(struct touch));

    *all = true;
    for (guint i = 0; i < run->statements->len && *all; i++) {
        const GArray *tables = run_normal(run, i)->tables;
        for (guint j = 0; j < tables->len && *all; j++) {
            const struct normal_table *table = &g_array_index(tables, struct normal_table, j);
            *all = touches->len < LIMIT_ROWS;
            if (!*all)
                break;
            struct touch touch = {.table = table_hash(run, table->name),
                                  .statement = i,
                                  .written = table->written,
                                  .locked = table->locked};
            touch.row = touch.table ^ row_hash(run, i, table->name, &touch.exact);
            g_array_append_val(touches, touch);
        }
    }
    return touches;
}

static const struct touch *touch_at(const struct member *member, guint index)
{
    return &g_array_index(member->touches, struct touch, index);
}

/* ------------------------------------------------------------------ members */

static void member_free(struct member *member)
{
    run_unref(member->run);
    run_unref(member->before);
    g_array_unref(member->touches);
    g_free(member);
}

struct window *window_new(void)
{
    struct window *window = g_new0(struct window, 1);

    g_queue_init(&window->members);
    window->touched =
        g_hash_table_new_full(hash64, g_int64_equal, g_free, (GDestroyNotify)g_queue_free);
    window->removed = NO_TIME;
    window->events = g_array_new(FALSE, FALSE, sizeof(struct event));
    return window;
}

/* The members that write a row or a table. */
static void index_by(struct window *window, uint64_t key, struct member *member)
{
    GQueue *queue = queue_under(window->touched, key);

    if (g_queue_peek_tail(queue) != member)
        g_queue_push_tail(queue, member);
}

static void remove_from(struct window *window, uint64_t key, const struct member *member)
{
    GQueue *queue = g_hash_table_lookup(window->touched, &key);

    if (queue && g_queue_peek_head(queue) == member)
        g_queue_pop_head(queue);
    if (queue && queue->length == 0)
        g_hash_table_remove(window->touched, &key);
}

static void remove_first(struct window *window)
{
    struct member *member = g_queue_pop_head(&window->members);

    window->removed = MAX(window->removed, member->run->ended);
    for (guint i = 0; i < member->touches->len; i++) {
        const struct touch *touch = touch_at(member, i);
        if (!touch->written)
            continue;
        remove_from(window, touch->table, member);
        if (touch->exact)
            remove_from(window, touch->row, member);
    }
    member_free(member);
}

void window_free(struct window *window)
{
    while (window->members.length > 0)
        remove_first(window);
    g_hash_table_unref(window->touched);
    g_array_unref(window->events);
    g_free(window);
}

static void index_member(struct window *window, struct member *member)
{
    for (guint i = 0; i < member->touches->len; i++) {
        const struct touch *touch = touch_at(member, i);
        if (!touch->written)
            continue;
        index_by(window, touch->table, member);
        if (touch->exact)
            index_by(window, touch->row, member);
    }
}

/* ------------------------------------------------------------------ partners */

static bool overlap(const struct run *a, const struct run *b)
{
    return a != b && a->process != b->process && a->begun != NO_TIME && b->begun != NO_TIME &&
           a->begun <= b->ended && b->begun <= a->ended;
}

/* Whether the row that the failing statement wants was written by the other, or a table that one
 * reads and the other writes. */
static bool met(const struct member *failed, guint statement, const struct member *other,
                bool *certain)
{
    bool found = false;

    for (guint i = 0; i < failed->touches->len; i++) {
        const struct touch *mine = touch_at(failed, i);
        for (guint j = 0; j < other->touches->len; j++) {
            const struct touch *theirs = touch_at(other, j);
            if (mine->table != theirs->table || (!mine->written && !theirs->written))
                continue;
            if (mine->exact && theirs->exact && mine->row != theirs->row)
                continue;
            found = true;
            if (mine->statement == statement && mine->exact && theirs->exact && theirs->written &&
                (mine->written || mine->locked)) {
                *certain = true;
                return true;
            }
        }
    }
    return found;
}

/* How long COMMIT may take after it has let others go on, and before it is logged. */
enum { COMMIT_TIME = 50000 };

/* Whether `other` can have caused the failure: 40001 and 23505 come after its COMMIT, a deadlock
 * and a lock that is not waited for while it is still open. */
static bool may_have_failed_by(const struct failure *failure, const struct run *other)
{
    bool committed = strcmp(failure->state, "40001") == 0 || strcmp(failure->state, "23505") == 0;

    return !committed || failure->time == NO_TIME || other->ended == NO_TIME ||
           other->ended <= failure->time + COMMIT_TIME;
}

static void find_partner(struct window *window, const struct member *failed,
                         const struct failure *failure, struct event *event)
{
    const struct member *best = NULL;
    bool best_certain = false;
    guint certain_count = 0;

    for (guint i = 0; i < failed->touches->len; i++) {
        GQueue *queue = g_hash_table_lookup(window->touched, &touch_at(failed, i)->table);
        for (GList *each = queue ? queue->head : NULL; each; each = each->next) {
            const struct member *other = each->data;
            bool certain = false;
            if (!other->run->program || other->run->end != RUN_COMMITTED ||
                !overlap(failed->run, other->run) || other == best ||
                !met(failed, failure->statement, other, &certain))
                continue;
            certain &= may_have_failed_by(failure, other->run);
            certain_count += certain;
            if (!best || certain > best_certain ||
                (certain == best_certain && other->run->ended > best->run->ended)) {
                best = other;
                best_certain = certain;
            }
        }
    }
    event->partner = best ? best->run->program : NULL;
    event->certain = best_certain && certain_count >= 1;
    if (!best && failed->run->begun != NO_TIME && window->removed >= failed->run->begun)
        window->losses.failures++;
}

static void note_event(struct window *window, const struct event *event)
{
    struct failures *failures = program_failures(event->program, event->state, event->statement);

    if (event->partner && !failures_add_partner(failures, event->partner, NULL, event->certain, 1))
        window->losses.partners++;
    if (window->events->len < LIMIT_EVENTS)
        g_array_append_val(window->events, *event);
}

static bool needs_partner(const char *state)
{
    return strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0 ||
           strcmp(state, "55P03") == 0 || strcmp(state, "23505") == 0;
}

static void settle_failure(struct window *window, const struct member *member, guint index)
{
    const struct failure *failure = member->run->failures->pdata[index];
    struct event event = {
        .time = failure->time,
        .file = member->run->file,
        .line = failure->line,
        .program = member->run->program,
        .statement = program_statement(member->run, failure->statement),
    };
    const struct run *blocker = failure->blocker;

    g_strlcpy(event.state, failure->state, sizeof event.state);
    if (blocker && blocker->program) {
        event.partner = blocker->program;
        event.certain = true;
    } else if (needs_partner(failure->state)) {
        find_partner(window, member, failure, &event);
    }
    note_event(window, &event);
}

/* ------------------------------------------------------------------ lost updates */

/* Whether the key that the row was read by has always determined the key that it is written by. The
 * values of the two statements are `program`'s positions from `reads` and from `writes` on. */
static bool has_pairing(const struct program *program, guint reads, guint read_count, guint writes,
                        guint write_count)
{
    for (guint i = 0; i < program->pairings->len; i++) {
        const struct pairing *each = program->pairings->pdata[i];
        if (!each->broken && !each->order && each->values->len >= 4 && each->read >= reads &&
            each->read < reads + read_count && each->write >= writes &&
            each->write < writes + write_count)
            return true;
    }
    return false;
}

static guint slot_count(const struct run *run, guint statement)
{
    return run_normal(run, statement)->slots->len;
}

/* Where repetitions are left out, positions are others: then nothing is said. */
static bool is_paired(const struct run *run, guint read, guint write)
{
    const struct program *program = run->program;

    return program && program->positions->len == run->values->len &&
           has_pairing(program, run_statement(run, read)->first_value, slot_count(run, read),
                       run_statement(run, write)->first_value, slot_count(run, write));
}

/* The same when the read is the run before. */
static bool is_paired_before(const struct run *before, const struct run *run, guint write)
{
    const struct program *program = run->sequence;
    guint offset = before->values->len;

    return program && program->positions->len == offset + run->values->len &&
           has_pairing(program, 0, slot_count(before, 0),
                       offset + run_statement(run, write)->first_value, slot_count(run, write));
}

/* Whether a touch of a run reads, without a lock, the row that the run then writes. */
static bool is_read_of(const struct member *member, guint index, const struct touch *write)
{
    const struct touch *read = touch_at(member, index);

    return !read->written && !read->locked && read->exact &&
           run_normal(member->run, read->statement)->kind == STATEMENT_QUERY &&
           (read->row == write->row || (read->table == write->table &&
                                        is_paired(member->run, read->statement, write->statement)));
}

/* A column that the statement sets to a value. */
static bool sets(const struct normal *normal, const char *column)
{
    for (guint i = 0; i < normal->slots->len; i++) {
        const struct slot *slot = &g_array_index(normal->slots, struct slot, i);
        if (slot->role == SLOT_SET && slot->column && strcmp(slot->column, column) == 0)
            return true;
    }
    return false;
}

/* Whether the other statement writes a column that this one sets to a value that was read. */
static bool overwrites(const struct run *run, guint statement, const struct run *other,
                       guint other_statement)
{
    const struct normal *mine = run_normal(run, statement);
    const struct normal *theirs = run_normal(other, other_statement);

    if (strcmp(mine->verb, "UPDATE") != 0 || strcmp(theirs->verb, "UPDATE") != 0)
        return false;
    for (guint i = 0; i < mine->slots->len; i++) {
        const struct slot *slot = &g_array_index(mine->slots, struct slot, i);
        if (slot->role == SLOT_SET && slot->column &&
            (sets(theirs, slot->column) || normal_assigns(theirs, slot->column)))
            return true;
    }
    return false;
}

static bool is_before(int64_t a, int64_t b)
{
    return a != NO_TIME && b != NO_TIME && a < b;
}

/* Whether the other committed between the end of the read and the write. Equal times are left out,
 * for either may have come first. */
static bool is_between(const struct run_statement *read, const struct run_statement *write,
                       const struct member *other, guint other_statement)
{
    const struct run_statement *theirs = run_statement(other->run, other_statement);
    int64_t committed = other->run->block ? other->run->ended : theirs->start;
    int64_t latest = other->run->block ? other->run->ended : theirs->end;

    return is_before(read->end, committed) &&
           is_before(latest, write->timed ? write->end : write->start);
}

static void note_lost(const struct member *member, const struct run *read_run, guint read,
                      const struct touch *write, const struct member *other, guint between)
{
    struct program *program = member->run->program;
    const struct run_statement *written = run_statement(member->run, write->statement);

    program->lost_count++;
    if (program->lost)
        return;
    program->lost = g_new0(struct lost, 1);
    *program->lost = (struct lost){
        .read = run_statement(read_run, read)->start,
        .written = written->start,
        .between = run_statement(other->run, between)->start,
        .file = member->run->file,
        .read_line = run_statement(read_run, read)->line,
        .write_line = written->line,
        .between_line = run_statement(other->run, between)->line,
        .read_statement = read,
        .write_statement = program_statement(member->run, write->statement),
        .other = g_strdup(other->run->program->key),
    };
}

/* Whether the other had read the row too, and neither read came after the commit of the other: then
 * the one that committed later has overwritten what the first one wrote. */
static bool is_mutual(const struct run_statement *read, const struct member *member,
                      const struct member *other, const struct touch *their_write)
{
    const struct run *run = member->run, *their_run = other->run;

    if (!run->block || !their_run->block || !is_before(read->end, their_run->ended) ||
        run->ended < their_run->ended ||
        (run->ended == their_run->ended && run->serial < their_run->serial))
        return false;
    for (guint i = 0; i < other->touches->len; i++) {
        const struct touch *theirs = touch_at(other, i);
        if (theirs->written && theirs->exact && theirs->row == their_write->row)
            return false; /* read after it was written */
        if (is_read_of(other, i, their_write))
            return is_before(run_statement(their_run, theirs->statement)->end, run->ended);
    }
    return false;
}

static bool find_lost(struct window *window, const struct member *member,
                      const struct run *read_run, guint read, const struct touch *write)
{
    GQueue *queue = g_hash_table_lookup(window->touched, &write->row);
    int64_t begun = run_statement(read_run, read)->start;

    for (GList *each = queue ? queue->head : NULL; each; each = each->next) {
        const struct member *other = each->data;
        if (other->run->process == member->run->process || other->run->end != RUN_COMMITTED ||
            !other->run->program || is_before(other->run->ended, begun))
            continue;
        for (guint i = 0; i < other->touches->len; i++) {
            const struct touch *theirs = touch_at(other, i);
            if (theirs->written && theirs->exact && theirs->row == write->row &&
                overwrites(member->run, write->statement, other->run, theirs->statement) &&
                (is_between(run_statement(read_run, read),
                            run_statement(member->run, write->statement), other,
                            theirs->statement) ||
                 is_mutual(run_statement(read_run, read), member, other, theirs))) {
                note_lost(member, read_run, read, write, other, theirs->statement);
                return true;
            }
        }
    }
    return false;
}

/* The reads of the run, or the one before it in its session. */
static void settle_lost(struct window *window, const struct member *member)
{
    const struct run *run = member->run, *before = member->before;

    if (run->end != RUN_COMMITTED || (run->level > LEVEL_READ_COMMITTED && run->block))
        return;
    for (guint i = 0; i < member->touches->len; i++) {
        const struct touch *write = touch_at(member, i);
        if (!write->written || !write->exact)
            continue;
        bool found = false;
        for (guint j = 0; j < i && !found; j++) {
            const struct touch *read = touch_at(member, j);
            if (is_read_of(member, j, write))
                found = find_lost(window, member, run, read->statement, write);
        }
        if (found)
            return;
        if (before && before->statements->len == 1 && before->end == RUN_COMMITTED &&
            !run_normal(before, 0)->writes && run_normal(before, 0)->tables->len == 1) {
            const struct normal_table *table =
                &g_array_index(run_normal(before, 0)->tables, struct normal_table, 0);
            bool exact;
            uint64_t row =
                table_hash(before, table->name) ^ row_hash(before, 0, table->name, &exact);
            bool same = row == write->row || (table_hash(before, table->name) == write->table &&
                                              is_paired_before(before, run, write->statement));
            if (exact && same && find_lost(window, member, before, 0, write))
                return;
        }
    }
}

/* ------------------------------------------------------------------ the window */

static void settle(struct window *window, struct member *member)
{
    if (!member->run->program)
        return;
    for (guint i = 0; i < member->run->failures->len; i++)
        settle_failure(window, member, i);
    settle_lost(window, member);
}

void window_take(struct window *window, struct run *run, struct run *before)
{
    struct member *member = g_new0(struct member, 1);
    bool all;

    member->run = run_ref(run);
    member->before = before ? run_ref(before) : NULL;
    member->touches = touches_of(run, &all);
    window->losses.runs += !all;
    g_queue_push_tail(&window->members, member);
    index_member(window, member);
    if (!window->next)
        window->next = window->members.tail;
    if (++window->waiting > DELAY) {
        settle(window, window->next->data);
        window->next = window->next->next;
        window->waiting--;
    }
    if (window->members.length > LIMIT_WINDOW)
        remove_first(window);
}

void window_end(struct window *window)
{
    for (; window->next; window->next = window->next->next)
        settle(window, window->next->data);
    window->waiting = 0;
}

const GArray *window_events(const struct window *window)
{
    return window->events;
}

struct window_losses window_losses(const struct window *window)
{
    return window->losses;
}
