#include "session/bulk.h"

#include <glib.h>

#include "base/lexical.h"

void bulk_finish(struct bulk *bulk)
{
    g_clear_pointer(&bulk->shapes, g_hash_table_unref);
}

void bulk_reset(struct bulk *bulk)
{
    if (bulk->shapes)
        g_hash_table_remove_all(bulk->shapes);
}

/* FNV-1a over the text, with every string and number as one byte. */
uint64_t bulk_shape(const char *at, const char *end)
{
    guint64 hash = 0xcbf29ce484222325;

    while (at < end) {
        char c = *at++;
        if (c == '\'') {
            while (at < end && *at++ != '\'')
                continue;
        } else if (g_ascii_isdigit(c)) {
            while (at < end && (g_ascii_isdigit(*at) || *at == '.'))
                at++;
            c = '0';
        } else if (is_name_part((unsigned char)c)) { /* digits in a name are part of it */
            for (; at < end && is_name_part((unsigned char)*at); at++) {
                hash = (hash ^ (unsigned char)c) * 0x100000001b3;
                c = *at;
            }
        }
        hash = (hash ^ (unsigned char)c) * 0x100000001b3;
    }
    return hash;
}

bool bulk_is_more(struct bulk *bulk, const struct script *script, const struct statement *statement)
{
    if (statement->kind != STATEMENT_QUERY)
        return false;
    if (!bulk->shapes)
        bulk->shapes = g_hash_table_new(NULL, NULL);

    gpointer shape = GSIZE_TO_POINTER(
        bulk_shape(script->bytes + statement->span.start, script->bytes + statement->span.end));
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(bulk->shapes, shape));
    if (count < BULK_ALIKE)
        g_hash_table_insert(bulk->shapes, shape, GUINT_TO_POINTER(count + 1));
    return count >= BULK_ALIKE;
}

/* Places for what texts begin with, several of which may share one, and the part that counts: behind
 * SELECT, most often. */
enum { BEGINNINGS = 4096, BEGINNING_FROM = 7, BEGINNING_BYTES = 32 };

/* The same for texts of one shape, and told at once: what stands before the first constant, or the
 * first digit of a name. */
static unsigned beginning(const struct script *script, const struct statement *statement)
{
    struct span span = statement->span;
    const char *at = script->bytes + MIN(span.start + BEGINNING_FROM, span.end);
    const char *end = MIN(script->bytes + span.end, at + BEGINNING_BYTES);
    unsigned hash = 0;

    for (; at < end && *at != '\'' && !g_ascii_isdigit(*at); at++)
        hash = hash * 31 + (unsigned char)*at;
    return (hash ^ hash >> 12) % BEGINNINGS;
}

static bool is_query_alone(const struct transaction *transaction)
{
    const struct statement *statement =
        transaction->kind == TRANSACTION_STATEMENT ? transaction->steps[0].statement : NULL;

    return statement && statement->kind == STATEMENT_QUERY && !(statement->flags & STATEMENT_ALIKE);
}

/* Of so many queries alone. */
static void mark_queries(struct script *script, size_t queries)
{
    uint16_t counts[BEGINNINGS] = {0};
    struct bulk bulk = {0};
    g_autofree uint16_t *places = g_new(uint16_t, queries);
    uint16_t *place = places;

    for (struct transaction *each = script->transactions; each; each = each->next) {
        if (is_query_alone(each)) {
            *place = (uint16_t)beginning(script, each->steps[0].statement);
            counts[*place] += counts[*place] <= BULK_ALIKE;
            place++;
        }
    }
    place = places;
    for (struct transaction *each = script->transactions; each; each = each->next) {
        if (is_query_alone(each))
            each->bulk = counts[*place++] > BULK_ALIKE &&
                         bulk_is_more(&bulk, script, each->steps[0].statement);
    }
    bulk_finish(&bulk);
}

void bulk_mark_alone(struct script *script)
{
    size_t queries = 0;

    for (struct transaction *each = script->transactions; each; each = each->next) {
        if (is_query_alone(each))
            queries++;
        else if (each->kind == TRANSACTION_STATEMENT)
            each->bulk = each->steps[0].statement->flags & STATEMENT_ALIKE;
    }
    if (queries > BULK_ALIKE) /* as in few scripts */
        mark_queries(script, queries);
}
