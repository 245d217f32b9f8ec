/* What parsing depends on is the script as it has been read, with what the tool that runs it says of its
 * parts; files are read and framed in each run, so that this is never old. The arena of a script is wound
 * back to where parsing left it, and its fields with it. */
#include "engine/shelf.h"

#include <string.h>

#include <glib.h>

#include "facts/script.h"
#include "kind/kind.h"
#include "sql/parse.h"

struct entry {
    struct entry *next;  /* on the shelf, of the same path */
    GByteArray *framing; /* see framing_of */
    struct script *script;
    struct script parsed; /* its fields when it had been parsed */
    struct arena_mark mark;
};

struct shelf {
    GMutex mutex;
    GHashTable *there; /* path → struct entry, linked by next */
    GHashTable *lent;  /* struct script → struct entry */
    gint parsed;       /* atomic */
};

static void entry_free(struct entry *entry)
{
    script_free(entry->script);
    g_byte_array_unref(entry->framing);
    g_free(entry);
}

static void entries_free(void *entries)
{
    for (struct entry *each = entries, *next; each; each = next) {
        next = each->next;
        entry_free(each);
    }
}

struct shelf *shelf_new(void)
{
    struct shelf *shelf = g_new0(struct shelf, 1);

    g_mutex_init(&shelf->mutex);
    shelf->there = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entries_free);
    shelf->lent = g_hash_table_new(NULL, NULL);
    return shelf;
}

void shelf_free(struct shelf *shelf)
{
    if (!shelf)
        return;
    g_assert(g_hash_table_size(shelf->lent) == 0);
    g_hash_table_unref(shelf->there);
    g_hash_table_unref(shelf->lent);
    g_mutex_clear(&shelf->mutex);
    g_free(shelf);
}

/* ------------------------------------------------------------------ what was read */

static void put(GByteArray *bytes, const void *data, size_t size)
{
    g_byte_array_append(bytes, data, (guint)size);
}

static void put_number(GByteArray *bytes, uint32_t number)
{
    put(bytes, &number, sizeof number);
}

static void put_text(GByteArray *bytes, const char *text)
{
    put_number(bytes, text ? 1 + (uint32_t)strlen(text) : 0);
    if (text)
        put(bytes, text, strlen(text));
}

static void put_texts(GByteArray *bytes, const char **texts)
{
    for (; texts && *texts; texts++)
        put_text(bytes, *texts);
    put_text(bytes, NULL);
}

static void put_span(GByteArray *bytes, struct span span)
{
    put_number(bytes, span.start);
    put_number(bytes, span.end);
}

static void put_part(GByteArray *bytes, const struct part *part)
{
    put_number(bytes, part->start);
    put_number(bytes, part->framing);
    put_number(bytes, part->concurrency);
    put_number(bytes,
               part->undo | part->reconnects << 1 | part->recommits << 2 | part->skipped << 3);
    put_text(bytes, part->name);
    put_text(bytes, part->outside);
}

/* What the text does not tell alone: which tool runs it, and what it includes. */
static void put_surroundings(GByteArray *bytes, const struct script *script)
{
    put_number(bytes, script->run_together | script->from_stdin << 1 | script->prints << 2 |
                          script->repeatable << 3);
    put_text(bytes, script->plan);
    put_number(bytes, script->planned);
    put_texts(bytes, script->included);
    put_texts(bytes, script->unreadable);
    for (size_t i = 0; i < script->missing_count; i++)
        put_span(bytes, script->missing[i]);
    for (uint32_t i = 0; script->origins && i < script->line_count; i++) {
        put_text(bytes, script->origins[i].path);
        put_number(bytes, script->origins[i].line);
    }
}

/* What has been read beside the bytes: where statements begin and end, and how they are run. */
static GByteArray *framing_of(const struct script *script)
{
    GByteArray *bytes = g_byte_array_new();

    for (size_t i = 0; i < script->placeholder_count; i++) {
        put_span(bytes, script->placeholders[i].span);
        put_number(bytes, script->placeholders[i].filling);
    }
    for (const struct statement *each = script->statements; each; each = each->next) {
        put_span(bytes, each->span);
        put_number(bytes, each->kind | each->flags << 8);
    }
    for (const struct part *each = script->parts; each; each = each->next)
        put_part(bytes, each);
    put_surroundings(bytes, script);
    return bytes;
}

/* What the grammar reads follows from these; it is another text when it has been read, because other
 * fillings of placeholders have been tried. */
static bool is_read_alike(const struct entry *entry, const struct script *script,
                          const GByteArray *framing)
{
    const struct script *known = entry->script;

    return known->size == script->size && entry->framing->len == framing->len &&
           memcmp(known->bytes, script->bytes, script->size) == 0 &&
           memcmp(entry->framing->data, framing->data, framing->len) == 0;
}

/* ------------------------------------------------------------------ parsing once */

/* A run says of the parts how they run. */
static struct part *copy_parts(struct arena *arena, const struct part *parts)
{
    struct part *first = NULL, **end = &first;

    for (; parts; parts = parts->next) {
        *end = arena_new(arena, struct part);
        **end = *parts;
        end = &(*end)->next;
    }
    return first;
}

static void parse(struct script *script)
{
    parse_script(script);
    kind_join_transactions(script);
    script_outline(script);
}

static struct script *lend(struct shelf *shelf, struct entry *entry)
{
    struct script *script = entry->script;

    script->parts = copy_parts(&script->arena, entry->parsed.parts);
    g_mutex_lock(&shelf->mutex);
    g_hash_table_insert(shelf->lent, script, entry);
    g_mutex_unlock(&shelf->mutex);
    return script;
}

/* Those of a path; the first one gives the key, which lives as long as it does. */
static void set_entries(struct shelf *shelf, const char *path, struct entry *first)
{
    g_hash_table_steal(shelf->there, path);
    if (first)
        g_hash_table_insert(shelf->there, (gpointer)first->script->path, first);
}

/* The entry that was read like the script; NULL when there is none. */
static struct entry *take(struct shelf *shelf, const struct script *script,
                          const GByteArray *framing)
{
    g_mutex_lock(&shelf->mutex);
    struct entry *first = g_hash_table_lookup(shelf->there, script->path), **link = &first;
    while (*link && !is_read_alike(*link, script, framing))
        link = &(*link)->next;
    struct entry *entry = *link;
    if (entry) {
        *link = entry->next;
        set_entries(shelf, script->path, first);
    }
    g_mutex_unlock(&shelf->mutex);
    return entry;
}

struct script *shelf_parse(struct shelf *shelf, struct script *script)
{
    if (!shelf) {
        parse(script);
        return script;
    }
    GByteArray *framing = framing_of(script);
    struct entry *entry = take(shelf, script, framing);
    if (entry) {
        entry->script->files = script->files;
        script_free(script);
        g_byte_array_unref(framing);
        return lend(shelf, entry);
    }
    parse(script);
    g_atomic_int_inc(&shelf->parsed);
    entry = g_new(struct entry, 1);
    *entry = (struct entry){NULL, framing, script, *script, arena_mark(&script->arena)};
    return lend(shelf, entry);
}

static void put_back(struct shelf *shelf, struct entry *entry)
{
    struct script *script = entry->script;

    g_clear_pointer(&script->setters, g_ptr_array_unref);
    arena_rewind(&script->arena, entry->mark);
    *script = entry->parsed;
    g_mutex_lock(&shelf->mutex);
    entry->next = g_hash_table_lookup(shelf->there, script->path);
    set_entries(shelf, script->path, entry);
    g_mutex_unlock(&shelf->mutex);
}

void shelf_return(struct shelf *shelf, struct script *script)
{
    struct entry *entry = NULL;

    if (shelf && script) {
        g_mutex_lock(&shelf->mutex);
        entry = g_hash_table_lookup(shelf->lent, script);
        g_hash_table_remove(shelf->lent, script);
        g_mutex_unlock(&shelf->mutex);
    }
    if (entry)
        put_back(shelf, entry);
    else
        script_free(script);
}

void shelf_trim(struct shelf *shelf)
{
    if (!shelf)
        return;
    g_mutex_lock(&shelf->mutex);
    g_hash_table_remove_all(shelf->there);
    g_mutex_unlock(&shelf->mutex);
}

size_t shelf_parsed(const struct shelf *shelf)
{
    return shelf ? (size_t)g_atomic_int_get(&shelf->parsed) : 0;
}
