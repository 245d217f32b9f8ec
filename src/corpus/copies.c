#include "corpus/copies.h"

#include <string.h>

#include "base/limits.h"
#include "facts/script.h"
#include "corpus/lone-value.h"
#include "program/side-effect.h"

/* What programs are compared by. Constants are written as they are, or as what `values` makes of
 * them. */
struct key {
    GString *text;
    const struct transaction *transaction;
    struct lone_values *values; /* or NULL */
};

static void add_pointer(struct key *key, const void *pointer)
{
    g_string_append_len(key->text, (const char *)&pointer, sizeof pointer);
}

static void add_numbers(struct key *key, const unsigned *numbers, size_t count)
{
    g_string_append_len(key->text, (const char *)numbers, (gssize)(count * sizeof *numbers));
}

static void add_word(struct key *key, const char *word)
{
    g_string_append(key->text, word ? word : "\1");
    g_string_append_c(key->text, '\0');
}

/* Whether it was written as the number of a constant. */
static bool add_number_of(struct key *key, const char *text, size_t length)
{
    unsigned number =
        key->values ? lone_value_number(key->values, key->transaction, text, length) : 0;

    if (number > 0)
        g_string_append_printf(key->text, "\2%u", number);
    return number > 0;
}

/* Words and numbers that stand in a text. */
static void add_text(struct key *key, const char *at, const char *end)
{
    const char *from = at, *word;
    size_t length;

    if (!key->values) {
        g_string_append_len(key->text, at, end - at);
        return;
    }
    for (; lone_value_next_word(&at, end, &word, &length); from = at) {
        g_string_append_len(key->text, from, word - from);
        if (!add_number_of(key, word, length))
            g_string_append_len(key->text, word, (gssize)length);
    }
    g_string_append_len(key->text, from, end - from);
}

static void add_constant(struct key *key, const char *text)
{
    if (text)
        add_text(key, text, text + strlen(text));
    g_string_append_c(key->text, text ? '\0' : '\1');
}

static void add_operand(struct key *key, const struct operand *operand)
{
    g_string_append_c(key->text, (char)operand->kind);
    g_string_append_c(key->text, (char)operand->literal);
    if (operand->kind == OPERAND_CONSTANT)
        add_constant(key, operand->text);
    else
        add_word(key, operand->text);
    add_word(key, operand_cast(operand));
    if (operand->kind == OPERAND_QUERY)
        add_pointer(key, operand->query);
    for (const struct operand_item *item = operand->kind == OPERAND_LIST ? operand->items : NULL;
         item; item = item->next)
        add_operand(key, &item->operand);
}

/* What it does where it stands is in the text; what it depends on outside of the text, here. */
static void add_access(struct key *key, const struct access *access)
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
        const unsigned kinds[] = {each->term.condition->kind, each->term.comparison};
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

static void write_key(struct key *key, const struct transaction *transaction)
{
    g_string_truncate(key->text, 0);
    key->transaction = transaction;
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
            add_text(key, transaction->script->bytes + span.start,
                     transaction->script->bytes + span.end);
        g_string_append_c(key->text, ';');
    }
    for (const struct access *each = transaction->accesses; each; each = each->next)
        add_access(key, each);
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

/* Counts the key; how often it came before. */
static guint count_key(GHashTable *counts, const struct key *key)
{
    GBytes *bytes = g_bytes_new(key->text->str, key->text->len);
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, bytes));

    g_hash_table_insert(counts, bytes, GUINT_TO_POINTER(count + 1));
    return count;
}

static GHashTable *counts_new(void)
{
    return g_hash_table_new_full(hash_key, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
}

/* A number for as much of its text without numbers and strings. */
static guint shape_up_to(const struct transaction *transaction, size_t most)
{
    guint hash = 2166136261u;

    for (size_t i = 0; i < transaction->step_count; i++) {
        const char *at = transaction->script->bytes + transaction->steps[i].statement->span.start;
        const char *end = transaction->script->bytes + transaction->steps[i].statement->span.end;
        for (bool quoted = false; at < end && most > 0; at++) {
            quoted ^= *at == '\'';
            if (!quoted && !g_ascii_isdigit(*at)) {
                hash = (hash ^ (unsigned char)*at) * 16777619u;
                most--;
            }
        }
    }
    return hash;
}

static guint shape_of(const struct transaction *transaction)
{
    return shape_up_to(transaction, SIZE_MAX);
}

/* The same for those of one shape. */
static guint beginning_of(const struct transaction *transaction)
{
    return shape_up_to(transaction, 20);
}

/* Those that are left, without most of which fewer have one number. Freed by the caller. */
static GPtrArray *find_crowds(const GPtrArray *transactions,
                              guint (*number_of)(const struct transaction *transaction),
                              uint8_t least)
{
    enum { PLACES = 1 << 16 }; /* which numbers share */
    GPtrArray *crowds = g_ptr_array_new();

    if (transactions->len < least) /* as in most of hundreds of databases */
        return crowds;
    g_autofree uint8_t *counts = g_new0(uint8_t, PLACES);
    g_autofree uint16_t *places = g_new0(uint16_t, transactions->len);
    GPtrArray *left = g_ptr_array_new();

    for (guint i = 0; i < transactions->len; i++) {
        struct transaction *transaction = transactions->pdata[i];
        if (transaction->surplus || !transaction->may_be_copy)
            continue;
        guint number = number_of(transaction);
        places[left->len] = (uint16_t)(number ^ number >> 16);
        counts[places[left->len]] += counts[places[left->len]] < least;
        g_ptr_array_add(left, transaction);
    }
    for (guint i = 0; i < left->len; i++) {
        if (counts[places[i]] >= least)
            g_ptr_array_add(crowds, left->pdata[i]);
    }
    g_ptr_array_unref(left);
    return crowds;
}

/* Those of which enough have one shape. Freed by the caller. */
static GPtrArray *find_families(const GPtrArray *transactions)
{
    g_autoptr(GHashTable) counts = g_hash_table_new(NULL, NULL);
    g_autofree guint *numbers = g_new(guint, transactions->len);
    GPtrArray *families = g_ptr_array_new();

    for (guint i = 0; i < transactions->len; i++) {
        numbers[i] = shape_of(transactions->pdata[i]);
        gpointer key = GUINT_TO_POINTER(numbers[i]);
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, key));
        g_hash_table_insert(counts, key, GUINT_TO_POINTER(count + 1));
    }
    for (guint i = 0; i < transactions->len; i++) {
        gpointer key = GUINT_TO_POINTER(numbers[i]);
        if (GPOINTER_TO_UINT(g_hash_table_lookup(counts, key)) >= LEAST_FAMILY)
            g_ptr_array_add(families, transactions->pdata[i]);
    }
    return families;
}

static bool mark_alike(const struct corpus *corpus, struct key *key)
{
    g_autoptr(GPtrArray) crowds = find_crowds(corpus->transactions, beginning_of, LEAST_FAMILY);
    g_autoptr(GPtrArray) families = find_families(crowds);
    g_autoptr(GHashTable) counts = counts_new();
    bool any = false;

    if (families->len == 0)
        return false;
    key->values = lone_values_new(corpus, families);
    for (guint i = 0; i < families->len; i++) {
        struct transaction *transaction = families->pdata[i];
        write_key(key, transaction);
        transaction->alike = count_key(counts, key) >= MOST_COPIES;
        any |= transaction->alike;
    }
    lone_values_free(key->values);
    key->values = NULL;
    return any;
}

/* What runs once has no copies that run beside it. */
static bool may_be_copy(const struct transaction *transaction)
{
    return transaction->concurrency == RUNS_CONCURRENTLY && !transaction->defines &&
           !transaction->set_up && !transaction->unknown && !transaction->uncertain &&
           !transaction->rest->distinct && !transaction->rest->segment &&
           !transaction->rest->session_lock && !transaction->hidden &&
           transaction->step_count <= MOST_COPIED_STEPS;
}

/* A number for what equal programs have in common and is told at once: where few have the same, no
 * key need be written. */
static guint outline_of(const struct transaction *transaction)
{
    guint hash = transaction->kind;

    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct step *step = &transaction->steps[i];
        struct span span = step->statement->span;
        hash = hash * 31 + (has_own_words(transaction, step) ? span.end - span.start : 0);
    }
    for (const struct access *each = transaction->accesses; each; each = each->next)
        hash = (hash * 31 + each->kind) * 31 + g_direct_hash(each->relation);
    return hash;
}

void copies_prepare(struct transaction *transaction)
{
    guint outline = may_be_copy(transaction) ? outline_of(transaction) : 0;

    transaction->may_be_copy = may_be_copy(transaction);
    transaction->outline = (uint16_t)(outline ^ outline >> 16);
}

static guint noted_outline(const struct transaction *transaction)
{
    return transaction->outline;
}

bool mark_surplus(const struct corpus *corpus)
{
    g_autoptr(GHashTable) counts = counts_new();
    struct key key = {.text = g_string_new(NULL)};

    g_autoptr(GPtrArray) families =
        find_crowds(corpus->transactions, noted_outline, MOST_COPIES + 1);
    for (guint i = 0; i < families->len; i++) {
        struct transaction *transaction = families->pdata[i];
        write_key(&key, transaction);
        transaction->surplus = count_key(counts, &key) >= MOST_COPIES;
    }
    bool alike = mark_alike(corpus, &key);
    g_string_free(key.text, TRUE);
    return alike;
}
