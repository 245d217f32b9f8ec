#include "program/copies.h"

#include <string.h>

#include "base/limits.h"
#include "facts/script.h"
#include "program/side-effect.h"

static void add_pointer(GString *key, const void *pointer)
{
    g_string_append_len(key, (const char *)&pointer, sizeof pointer);
}

static void add_numbers(GString *key, const unsigned *numbers, size_t count)
{
    g_string_append_len(key, (const char *)numbers, (gssize)(count * sizeof *numbers));
}

static void add_word(GString *key, const char *word)
{
    g_string_append(key, word ? word : "\1");
    g_string_append_c(key, '\0');
}

static void add_operand(GString *key, const struct operand *operand)
{
    g_string_append_c(key, (char)operand->kind);
    g_string_append_c(key, (char)operand->literal);
    add_word(key, operand->text);
    add_word(key, operand->cast);
    if (operand->kind == OPERAND_QUERY)
        add_pointer(key, operand->query);
    for (const struct operand_item *item = operand->kind == OPERAND_LIST ? operand->items : NULL;
         item; item = item->next)
        add_operand(key, &item->operand);
}

/* What it does where it stands is in the text; what it depends on outside of the text, here. */
static void add_access(GString *key, const struct access *access)
{
    const unsigned flags = access->inner | access->merge << 1 | access->copy << 2 |
                           access->conditional << 3 | access->repeated << 4 | access->current << 5 |
                           access->read_only << 6 | access->created << 7 | access->as_passed << 8;

    const unsigned numbers[] = {access->kind, access->lock, access->wait, access->table_lock,
                                flags};

    add_numbers(key, numbers, G_N_ELEMENTS(numbers));
    add_pointer(key, access->relation);
    add_word(key, access->relation ? NULL : access->name);
    add_pointer(key, access->body);
    for (const struct via *via = access->via; via; via = via->outer)
        add_pointer(key, via->body);
    for (const struct restriction *each = access->where; each; each = each->next) {
        const unsigned kinds[] = {each->condition->kind, each->term.comparison};
        add_numbers(key, kinds, G_N_ELEMENTS(kinds));
        add_word(key, each->term.column);
        if (each->term.value)
            add_operand(key, each->term.value);
    }
    for (const struct assignment *each = access->assignments; each; each = each->next) {
        add_word(key, each->column);
        add_operand(key, &each->value);
    }
}

/* A call that may be followed is told by its accesses; what it locks or draws, by the text. */
static bool is_told(const struct side_effect *call)
{
    return call->body || (!call->call->builtin && !call->outside);
}

static bool has_own_words(const struct transaction *transaction, const struct step *step)
{
    if (step->statement->kind != STATEMENT_QUERY)
        return true;
    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (each->step == step && !each->body)
            return true;
    }
    for (const struct side_effect *each = transaction->calls; each; each = each->next) {
        if (each->step == step && !is_told(each))
            return true;
    }
    return false;
}

static void write_key(GString *key, const struct transaction *transaction)
{
    const unsigned numbers[] = {transaction->kind,
                                transaction_level(transaction),
                                transaction_read_only(transaction),
                                transaction_deferrable(transaction),
                                transaction_is_undone(transaction),
                                transaction->retried};

    add_numbers(key, numbers, G_N_ELEMENTS(numbers));
    add_pointer(key, transaction->part);
    add_pointer(key, transaction->routine);
    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct step *step = &transaction->steps[i];
        struct span span = step->statement->span;
        if (has_own_words(transaction, step))
            g_string_append_len(key, transaction->script->bytes + span.start,
                                (gssize)(span.end - span.start));
        g_string_append_c(key, ';');
    }
    for (const struct access *each = transaction->accesses; each; each = each->next)
        add_access(key, each);
}

static bool may_be_surplus(const struct transaction *transaction)
{
    return transaction->concurrency == RUNS_CONCURRENTLY && !transaction->set_up &&
           !transaction->unknown && !transaction->uncertain && !transaction->distinct &&
           !transaction->segment && !transaction->session_lock && !transaction->hidden &&
           transaction->step_count <= MOST_COPIED_STEPS;
}

/* A key has some thousand bytes, and there is one for each transaction: eight bytes at a time. */
static guint hash_key(gconstpointer key)
{
    gsize size;
    const char *bytes = g_bytes_get_data((GBytes *)key, &size);
    uint64_t hash = size, word;

    for (; size >= sizeof word; bytes += sizeof word, size -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
        hash ^= hash >> 32;
    }
    for (; size > 0; bytes++, size--)
        hash = (hash ^ (unsigned char)*bytes) * 0x100000001b3U;
    return (guint)(hash ^ hash >> 32);
}

void mark_surplus(const GPtrArray *transactions)
{
    g_autoptr(GHashTable) counts =
        g_hash_table_new_full(hash_key, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < transactions->len; i++) {
        struct transaction *transaction = transactions->pdata[i];
        transaction->surplus = false;
        if (!may_be_surplus(transaction))
            continue;
        g_string_truncate(text, 0);
        write_key(text, transaction);
        GBytes *key = g_bytes_new(text->str, text->len);
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, key));
        transaction->surplus = count >= MOST_COPIES;
        g_hash_table_insert(counts, key, GUINT_TO_POINTER(count + 1));
    }
    g_string_free(text, TRUE);
}
