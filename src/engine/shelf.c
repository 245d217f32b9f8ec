/* What parsing depends on is the script as it has been read, with what the tool that runs it says of its
 * parts; files are read and framed in each run, so that this is never old. The arena of a script is wound
 * back to where parsing left it, and its fields with it. */
#include "engine/shelf.h"

#include <glib.h>

#include "facts/script.h"
#include "input/kind.h"
#include "sql/parse.h"

struct entry {
    struct entry *next; /* on the shelf, with the same key */
    char *key;
    struct script *script;
    struct script parsed; /* its fields when it had been parsed */
    struct arena_mark mark;
};

struct shelf {
    GMutex mutex;
    GHashTable *there; /* key → struct entry, linked by next */
    GHashTable *lent;  /* struct script → struct entry */
    size_t parsed;
};

static void entry_free(struct entry *entry)
{
    script_free(entry->script);
    g_free(entry->key);
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

static void put(GChecksum *sum, const void *bytes, size_t size)
{
    g_checksum_update(sum, bytes, (gssize)size);
}

static void put_number(GChecksum *sum, uint64_t number)
{
    put(sum, &number, sizeof number);
}

static void put_text(GChecksum *sum, const char *text)
{
    put_number(sum, text ? 1 + strlen(text) : 0);
    if (text)
        put(sum, text, strlen(text));
}

static void put_texts(GChecksum *sum, const char **texts)
{
    for (; texts && *texts; texts++)
        put_text(sum, *texts);
    put_text(sum, NULL);
}

static void put_span(GChecksum *sum, struct span span)
{
    put_number(sum, span.start);
    put_number(sum, span.end);
}

static void put_part(GChecksum *sum, const struct part *part)
{
    put_number(sum, part->start);
    put_number(sum, part->framing);
    put_number(sum, part->concurrency);
    put_number(sum, part->undo | part->reconnects << 1 | part->recommits << 2 | part->skipped << 3);
    put_text(sum, part->name);
    put_text(sum, part->outside);
}

/* What the text does not tell alone: which tool runs it, and what it includes. */
static void put_surroundings(GChecksum *sum, const struct script *script)
{
    put_number(sum, script->run_together | script->from_stdin << 1 | script->prints << 2 |
                        script->repeatable << 3);
    put_text(sum, script->plan);
    put_number(sum, script->planned);
    put_texts(sum, script->included);
    put_texts(sum, script->unreadable);
    for (size_t i = 0; i < script->missing_count; i++)
        put_span(sum, script->missing[i]);
    for (uint32_t i = 0; script->origins && i < script->line_count; i++) {
        put_text(sum, script->origins[i].path);
        put_number(sum, script->origins[i].line);
    }
}

/* The script as it has been read. Owned by the caller. */
static char *key_of(const struct script *script)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    put_text(sum, script->path);
    put_number(sum, script->size);
    put(sum, script->bytes, script->size);
    put(sum, script->parseable, script->size);
    for (size_t i = 0; i < script->placeholder_count; i++) {
        put_span(sum, script->placeholders[i].span);
        put_number(sum, script->placeholders[i].filling);
    }
    for (const struct statement *each = script->statements; each; each = each->next) {
        put_span(sum, each->span);
        put_number(sum, each->kind);
        put_number(sum, each->flags);
    }
    for (const struct part *each = script->parts; each; each = each->next)
        put_part(sum, each);
    put_surroundings(sum, script);
    return g_strdup(g_checksum_get_string(sum));
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

/* The entry with this key; NULL when there is none, which then counts as parsed. */
static struct entry *take(struct shelf *shelf, const char *key)
{
    g_mutex_lock(&shelf->mutex);
    struct entry *entry = g_hash_table_lookup(shelf->there, key);
    if (entry) {
        g_hash_table_steal(shelf->there, key);
        if (entry->next)
            g_hash_table_insert(shelf->there, entry->next->key, entry->next);
        entry->next = NULL;
    } else {
        shelf->parsed++;
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
    char *key = key_of(script);
    struct entry *entry = take(shelf, key);
    if (entry) {
        entry->script->files = script->files;
        script_free(script);
        g_free(key);
        return lend(shelf, entry);
    }
    parse(script);
    entry = g_new0(struct entry, 1);
    *entry = (struct entry){NULL, key, script, *script, arena_mark(&script->arena)};
    return lend(shelf, entry);
}

static void put_back(struct shelf *shelf, struct entry *entry)
{
    struct script *script = entry->script;

    g_clear_pointer(&script->setters, g_ptr_array_unref);
    arena_rewind(&script->arena, entry->mark);
    *script = entry->parsed;
    g_mutex_lock(&shelf->mutex);
    entry->next = g_hash_table_lookup(shelf->there, entry->key);
    g_hash_table_steal(shelf->there, entry->key);
    g_hash_table_insert(shelf->there, entry->key, entry);
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
    return shelf ? shelf->parsed : 0;
}
