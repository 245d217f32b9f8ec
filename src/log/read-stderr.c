/* stderr: lines with a prefix, a label and a text. A line that begins with a tab goes on with the
 * one before it; where a log was copied from a page that made blanks of the tabs, one that begins
 * with a blank does. DETAIL, CONTEXT and STATEMENT belong to the entry before them of the same process;
 * others may have written in between, so entries wait until their process writes the next one. */
#include "log/format.h"

#include <glib.h>

#include "log/prefix.h"

/* Where the text of a line goes. */
enum part {
    PART_MESSAGE,
    PART_DETAIL,
    PART_CONTEXT,
    PART_STATEMENT,
    PART_NONE, /* HINT and others */
    PARTS,
};

struct held {
    struct entry entry; /* whose pieces are in these: */
    GString *head, *parts[PARTS];
};

struct waiting {
    GQueue held;       /* struct held, the oldest first */
    GPtrArray *free;   /* struct held, to be used again */
    struct held *last; /* that the last line was part of, and which */
    enum part part;
    struct held *given; /* the caller has its texts */
    guint due;          /* so many of the oldest are complete */
    bool tabbed;        /* a line has begun with a tab */
    bool finished;
};

static void held_free(void *data)
{
    struct held *held = data;

    g_string_free(held->head, TRUE);
    for (int i = 0; i < PARTS; i++)
        g_string_free(held->parts[i], TRUE);
    g_free(held);
}

void waiting_free(struct waiting *waiting)
{
    if (!waiting)
        return;
    for (GList *each = waiting->held.head; each; each = each->next)
        held_free(each->data);
    g_queue_clear(&waiting->held);
    if (waiting->given)
        held_free(waiting->given);
    g_ptr_array_unref(waiting->free);
    g_free(waiting);
}

static struct waiting *waiting_new(void)
{
    struct waiting *waiting = g_new0(struct waiting, 1);

    g_queue_init(&waiting->held);
    waiting->free = g_ptr_array_new_with_free_func(held_free);
    return waiting;
}

static struct held *take_free(struct waiting *waiting)
{
    if (waiting->free->len > 0)
        return g_ptr_array_steal_index_fast(waiting->free, waiting->free->len - 1);
    struct held *held = g_new0(struct held, 1);
    held->head = g_string_new(NULL);
    for (int i = 0; i < PARTS; i++)
        held->parts[i] = g_string_new(NULL);
    return held;
}

static struct piece moved(struct piece piece, const char *from, const char *to)
{
    return piece.at ? (struct piece){to + (piece.at - from), piece.length} : piece;
}

/* Keeps an entry with its head, which its pieces point into. */
static struct held *hold(struct waiting *waiting, const struct entry *entry, struct piece head)
{
    struct held *held = take_free(waiting);

    g_string_assign(held->head, "");
    g_string_append_len(held->head, head.at, (gssize)head.length);
    for (int i = 0; i < PARTS; i++)
        g_string_truncate(held->parts[i], 0);
    held->entry = *entry;
    struct piece *pieces[] = {&held->entry.state,    &held->entry.user,
                              &held->entry.database, &held->entry.application,
                              &held->entry.session,  &held->entry.transaction};
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++)
        *pieces[i] = moved(*pieces[i], head.at, held->head->str);
    g_queue_push_tail(&waiting->held, held);
    return held;
}

static bool same_process(const struct entry *a, const struct entry *b)
{
    return a->process == b->process && piece_equal(a->session, b->session);
}

/* How many entries are there up to the last of this process; 0 for none. */
static guint up_to_process(const struct waiting *waiting, const struct entry *entry)
{
    guint count = waiting->held.length;

    for (GList *each = waiting->held.tail; each; each = each->prev, count--) {
        if (same_process(&((struct held *)each->data)->entry, entry))
            return count;
    }
    return 0;
}

static struct held *last_of(const struct waiting *waiting, const struct entry *entry)
{
    guint count = up_to_process(waiting, entry);

    return count ? g_queue_peek_nth(&((struct waiting *)waiting)->held, count - 1) : NULL;
}

static void append(struct waiting *waiting, struct reader *reader, struct piece text)
{
    GString *part = waiting->last->parts[waiting->part];

    if (part->len + text.length > LIMIT_ENTRY) {
        text.length = LIMIT_ENTRY - MIN(part->len, LIMIT_ENTRY);
        if (waiting->part == PART_MESSAGE && !waiting->last->entry.cut) {
            waiting->last->entry.cut = true;
            reader->losses.cut++;
        }
    }
    g_string_append_len(part, text.at, (gssize)text.length);
}

static enum part part_of(struct piece label)
{
    static const struct {
        const char *label;
        enum part part;
    } parts[] = {{"DETAIL", PART_DETAIL}, {"CONTEXT", PART_CONTEXT}, {"STATEMENT", PART_STATEMENT},
                 {"HINT", PART_NONE},     {"QUERY", PART_NONE},      {"LOCATION", PART_NONE}};

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (piece_is(label, parts[i].label))
            return parts[i].part;
    }
    return PART_MESSAGE;
}

/* "ERROR:  40001: could not …", as log_error_verbosity = verbose has it. */
static void take_verbose_state(struct piece *text, struct entry *entry)
{
    struct piece state = {text->at, 5};
    bool digit = false;

    if (text->length < 7 || text->at[5] != ':' || text->at[6] != ' ')
        return;
    for (size_t i = 0; i < 5; i++) {
        if (!g_ascii_isdigit(state.at[i]) && !g_ascii_isupper(state.at[i]))
            return;
        digit |= g_ascii_isdigit(state.at[i]);
    }
    if (!digit || (entry->state.at && !piece_equal(entry->state, state)))
        return;
    entry->state = state;
    *text = piece_after(*text, 7);
}

static void take_labelled(struct reader *reader, struct piece line, struct piece label)
{
    struct waiting *waiting = reader->waiting;
    struct entry entry = {.time = NO_TIME, .line = reader->source.line};
    struct piece head = {line.at, (size_t)(label.at - line.at)};
    struct piece text = piece_after(label, label.length + 1 + prefix_blanks(reader->prefix));
    enum part part = part_of(label);

    text.length = (size_t)(line.at + line.length - text.at);
    waiting->last = NULL;
    if (!prefix_match(reader->prefix, head, &entry)) {
        if (head.length > 0 || part == PART_MESSAGE)
            reader_damage(reader, entry.line);
        return;
    }
    if (part == PART_MESSAGE)
        take_verbose_state(&text, &entry);
    head.length = (size_t)(text.at - line.at);
    entry_classify(&entry, label);
    if (part == PART_MESSAGE) {
        waiting->due = up_to_process(waiting, &entry);
        waiting->last = hold(waiting, &entry, head);
        if (waiting->held.length > LIMIT_WAITING)
            waiting->due = MAX(waiting->due, waiting->held.length - LIMIT_WAITING);
    } else {
        waiting->last = last_of(waiting, &entry);
    }
    waiting->part = part;
    if (waiting->last)
        append(waiting, reader, text);
}

/* Where tabs are kept, a line that begins with a blank is of another program that writes to the log. */
static bool goes_on(const struct reader *reader, struct piece line)
{
    const struct waiting *waiting = reader->waiting;

    if (line.length == 0)
        return false;
    return *line.at == '\t' ||
           (*line.at == ' ' && !waiting->tabbed && waiting->last &&
            prefix_label(line.at, line.length, prefix_blanks(reader->prefix)).length == 0);
}

/* A line; a long one comes in several pieces, the first with `fresh`. */
static void take_line(struct reader *reader, struct piece line, bool fresh)
{
    struct waiting *waiting = reader->waiting;

    if (fresh && line.length > 0 && line.at[line.length - 1] == '\r')
        line.length--;
    waiting->tabbed |= fresh && line.length > 0 && *line.at == '\t';
    if (fresh && !goes_on(reader, line)) {
        struct piece label = prefix_label(line.at, line.length, prefix_blanks(reader->prefix));
        if (label.length > 0)
            take_labelled(reader, line, label);
        else if (line.length > 0 && !waiting->last)
            reader_damage(reader, reader->source.line);
        return;
    }
    if (!waiting->last)
        return;
    if (fresh) {
        append(waiting, reader, (struct piece){"\n", 1});
        line = piece_after(line, 1);
    }
    append(waiting, reader, line);
}

static bool read_line(struct reader *reader)
{
    struct source *source = &reader->source;
    size_t length;
    bool whole, fresh = !reader->skipping;

    if (!source_line(source, LIMIT_ENTRY, &length, &whole))
        return false;
    take_line(reader, (struct piece){source_at(source), length}, fresh);
    reader->skipping = !whole && length >= LIMIT_ENTRY;
    source_take(source, length + whole);
    return true;
}

static struct piece part_piece(const struct held *held, enum part part)
{
    const GString *text = held->parts[part];

    return text->len ? (struct piece){text->str, text->len} : (struct piece){NULL, 0};
}

static void give(struct waiting *waiting, struct entry *entry)
{
    struct held *held = g_queue_pop_head(&waiting->held);

    if (held == waiting->last)
        waiting->last = NULL;
    *entry = held->entry;
    entry->message = part_piece(held, PART_MESSAGE);
    entry->detail = part_piece(held, PART_DETAIL);
    entry->context = part_piece(held, PART_CONTEXT);
    entry->statement = part_piece(held, PART_STATEMENT);
    if (entry->kind == ENTRY_ERROR && !entry->state.at)
        entry->state = state_of_message(entry->message);
    waiting->given = held;
    waiting->due -= waiting->due > 0;
}

bool stderr_next(struct reader *reader, struct entry *entry)
{
    struct waiting *waiting = reader->waiting;

    if (!waiting)
        waiting = reader->waiting = waiting_new();
    if (waiting->given)
        g_ptr_array_add(waiting->free, g_steal_pointer(&waiting->given));
    while (waiting->due == 0 && !waiting->finished)
        waiting->finished = !read_line(reader);
    if (waiting->held.length == 0)
        return false;
    give(waiting, entry);
    return true;
}
