#include "corpus/corpus.h"

#include <string.h>

#include "base/lists.h"
#include "facts/script.h"
#include "corpus/by-value.h"
#include "corpus/copies.h"
#include "program/rows.h"

void corpus_init(struct corpus *corpus)
{
    corpus->scripts = g_ptr_array_new();
    corpus->transactions = g_ptr_array_new();
    corpus->kinds = 0;
    corpus->unknown = g_ptr_array_new();
    corpus->holders = g_ptr_array_new();
    corpus->callers = g_ptr_array_new();
    corpus->relations = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    corpus->unresolved =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    corpus->inserts = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    corpus->beside = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    corpus->first_rows = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    corpus->small = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    corpus->hot = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    corpus->bodies = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    corpus->deadlocks = g_hash_table_new(NULL, NULL);
    corpus->cycles = g_hash_table_new(NULL, NULL);
    corpus->structures = g_hash_table_new(NULL, NULL);
    corpus->involved = g_hash_table_new(NULL, NULL);
    corpus->limits = g_new0(struct limits, 1);
    corpus->memory = g_new0(struct corpus_memory, 1);
    pthread_mutex_init(&corpus->memory->lock, NULL);
}

void corpus_finish(struct corpus *corpus)
{
    g_ptr_array_unref(corpus->scripts);
    g_ptr_array_unref(corpus->transactions);
    g_ptr_array_unref(corpus->unknown);
    g_ptr_array_unref(corpus->holders);
    g_ptr_array_unref(corpus->callers);
    g_hash_table_unref(corpus->relations);
    g_hash_table_unref(corpus->unresolved);
    g_clear_pointer(&corpus->values, g_hash_table_unref);
    g_clear_pointer(&corpus->all_values, g_hash_table_unref);
    g_hash_table_unref(corpus->inserts);
    g_hash_table_unref(corpus->beside);
    g_hash_table_unref(corpus->first_rows);
    g_hash_table_unref(corpus->small);
    g_hash_table_unref(corpus->hot);
    g_hash_table_unref(corpus->bodies);
    g_hash_table_unref(corpus->deadlocks);
    g_hash_table_unref(corpus->cycles);
    g_hash_table_unref(corpus->structures);
    g_hash_table_unref(corpus->involved);
    g_free(corpus->limits);
    g_clear_pointer(&corpus->memory->answers, g_hash_table_unref);
    g_clear_pointer(&corpus->memory->texts, g_hash_table_unref);
    pthread_mutex_destroy(&corpus->memory->lock);
    g_free(corpus->memory);
}

/* Returns the list that it joins. */
static const GPtrArray *add_to(GHashTable *table, gconstpointer key, const struct access *access)
{
    GPtrArray *accesses = list_under(table, key);

    g_ptr_array_add(accesses, (gpointer)access);
    return accesses;
}

/* The statement that makes it, and those that call the routine it stands in. */
static void add_to_bodies(struct corpus *corpus, const struct access *access)
{
    const struct body_statement *last = access->body;

    if (last)
        add_to(corpus->bodies, last, access);
    for (const struct via *via = access->via; via; via = via->outer) {
        if (via->body && via->body != last)
            add_to(corpus->bodies, via->body, access);
        last = via->body;
    }
}

/* Unknown relations are known by their name alone. */
static void add_access(struct corpus *corpus, struct access *access)
{
    if (access->created && access->kind == ACCESS_INSERT && access->relation)
        add_to(corpus->first_rows, access->relation, access);
    if (access_is_exempt(access))
        return;
    add_to_bodies(corpus, access);
    const GPtrArray *accesses = NULL;
    if (access->relation)
        accesses = add_to(corpus->relations, access->relation, access);
    else if (access->name)
        accesses = add_to(corpus->unresolved, access->name, access);
    if (accesses && access->kind == ACCESS_INSERT)
        add_to(corpus->inserts, accesses, access);
    if (accesses && access->transaction->concurrency == RUNS_CONCURRENTLY)
        add_to(corpus->beside, accesses, access);
}

/* "small accounts, shop.\"My Prices\"": names count without their schemas. */
static void add_tables(GHashTable *tables, const struct directive *directive)
{
    g_autoptr(GString) name = g_string_new(NULL);

    for (const char *at = directive->text; *at;) {
        bool quoted = *at == '"';
        if (quoted) {
            for (at++; *at && (*at != '"' || at[1] == '"'); at++) {
                at += *at == '"';
                g_string_append_c(name, *at);
            }
            at += *at == '"';
        } else if (*at == '.') {
            g_string_truncate(name, 0);
            at++;
        } else if (!strchr(", \t", *at)) {
            g_string_append_c(name, *at++);
        } else {
            at++;
            continue;
        }
        if (name->len > 0 && (!*at || strchr(", \t", *at))) {
            g_hash_table_add(tables, g_strdup(name->str));
            g_string_truncate(name, 0);
        }
    }
}

static void add_directives(struct corpus *corpus, const struct script *script)
{
    for (const struct directive *each = script->directives; each; each = each->next) {
        if (each->kind == DIRECTIVE_SMALL)
            add_tables(corpus->small, each);
        if (each->kind == DIRECTIVE_HOT)
            add_tables(corpus->hot, each);
    }
}

static void add_transaction(struct corpus *corpus, struct transaction *transaction)
{
    transaction->number = corpus->transactions->len;
    transaction->surplus = transaction->alike = false;
    g_ptr_array_add(corpus->transactions, transaction);
    corpus->kinds |= transaction->kinds;
    if (transaction->unknown)
        g_ptr_array_add(corpus->unknown, transaction);
    if (transaction->too_deep)
        limit_reached(corpus->limits, LIMIT_DEPTH);
    if (transaction->too_many)
        limit_reached(corpus->limits, LIMIT_ENTERED);
    if (transaction->too_long)
        limit_reached(corpus->limits, LIMIT_FOLLOWED);
    if (transaction_takes_advisory_lock(transaction, UINT32_MAX) &&
        (transaction->unknown || transaction_writes(transaction)))
        g_ptr_array_add(corpus->holders, transaction);
    for (struct access *access = transaction->accesses; access; access = access->next)
        add_access(corpus, access);
}

void corpus_add_script(struct corpus *corpus, const struct script *script)
{
    g_ptr_array_add(corpus->scripts, (gpointer)script);
    add_directives(corpus, script);
    for (struct transaction *transaction = script->transactions; transaction;
         transaction = transaction->next) {
        if (transaction->bulk)
            continue;
        if (transaction->defines && transaction->concurrency == RUNS_CONCURRENTLY)
            transaction->concurrency = RUNS_ONCE;
        add_transaction(corpus, transaction);
    }
    for (struct transaction *run = script->trigger_runs; run; run = run->next) {
        if (run->unfired)
            add_transaction(corpus, run);
        for (const struct access *access = run->unfired ? NULL : run->accesses; access;
             access = access->next)
            add_to_bodies(corpus, access);
    }
}

static GHashTable *index_values(struct corpus *corpus, bool all)
{
    GHashTable *lists[] = {corpus->relations, corpus->unresolved};
    GHashTable *values = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)value_index_free);
    GHashTableIter iter;
    gpointer accesses;

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_hash_table_iter_init(&iter, lists[i]);
        while (g_hash_table_iter_next(&iter, NULL, &accesses)) {
            struct value_index *index = value_index_new(accesses, all);
            if (index)
                g_hash_table_insert(values, accesses, index);
        }
    }
    return values;
}

static void list_callers(struct corpus *corpus)
{
    for (guint i = 0; i < corpus->transactions->len; i++) {
        struct transaction *transaction = corpus->transactions->pdata[i];
        if (transaction->calls && !transaction->surplus && !transaction->alike)
            g_ptr_array_add(corpus->callers, transaction);
    }
}

void corpus_complete(struct corpus *corpus)
{
    bool alike = mark_surplus(corpus);

    list_callers(corpus);
    corpus->values = index_values(corpus, false);
    corpus->all_values = alike ? index_values(corpus, true) : NULL;
}

const GPtrArray *corpus_body_accesses(const struct corpus *corpus,
                                      const struct body_statement *statement)
{
    return g_hash_table_lookup(corpus->bodies, statement);
}

const GPtrArray *corpus_accesses(const struct corpus *corpus, const struct access *access)
{
    if (access->relation)
        return g_hash_table_lookup(corpus->relations, access->relation);
    return access->name ? g_hash_table_lookup(corpus->unresolved, access->name) : NULL;
}

const struct transaction *corpus_segment(const struct corpus *corpus,
                                         const struct body_statement *end)
{
    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct transaction *transaction = corpus->transactions->pdata[i];
        if (transaction->rest->segment == end)
            return transaction;
    }
    return NULL;
}

static bool runs(const struct transaction *transaction, const struct routine *routine,
                 const struct statement *block)
{
    const struct routine_run *run = transaction->runs;
    size_t i = 0;

    if (!routine) {
        if (transaction->kind == TRANSACTION_SEGMENT)
            return false; /* shares the step of the transaction before */
        while (i < transaction->step_count && transaction->steps[i].statement != block)
            i++;
        return i < transaction->step_count;
    }
    while (run && run->routine != routine)
        run = run->next;
    return run || transaction->routine == routine;
}

static bool runs_at(const struct corpus *corpus, const struct routine *routine,
                    const struct statement *block, int level)
{
    bool any = false;

    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct transaction *transaction = corpus->transactions->pdata[i];
        if (!runs(transaction, routine, block))
            continue;
        if (transaction->modes->state[MODE_ISOLATION].asked != level)
            return false;
        any = true;
    }
    return any;
}

static bool runs_read_only(const struct corpus *corpus, const struct routine *routine,
                           const struct statement *block)
{
    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct transaction *transaction = corpus->transactions->pdata[i];
        if (runs(transaction, routine, block) && modes_refuse_writes(transaction->modes))
            return true;
    }
    return false;
}

bool corpus_refuses_mode(const struct corpus *corpus, const struct routine *routine,
                         const struct statement *block, const struct mode *mode)
{
    switch (mode->kind) {
    case MODE_ISOLATION:
        return mode->value >= 0 && !runs_at(corpus, routine, block, mode->value);
    case MODE_READ_ONLY:
        return mode->value == 0 && runs_read_only(corpus, routine, block);
    case MODE_DEFERRABLE:
        return true;
    }
    return false;
}

/* What is rolled back was never written. */
static bool is_lasting(const struct access *access)
{
    return !access_is_write(access) ||
           (!access->undone && !transaction_is_undone(access->transaction));
}

const struct access *corpus_find(const struct corpus *corpus, const struct access *access,
                                 unsigned kinds, bool other)
{
    struct access_cursor cursor = corpus_meeting(corpus, access);
    const struct access *candidate;

    while ((candidate = access_next(&cursor))) {
        if (kinds & 1u << candidate->kind &&
            (!other || candidate->transaction != access->transaction) &&
            transaction_may_overlap(candidate->transaction, access->transaction) &&
            access_same_relation(candidate, access) && is_lasting(candidate) &&
            access_same_rows(candidate, access) != ANSWER_NO)
            return candidate;
    }
    return NULL;
}

const struct access *corpus_writer(const struct corpus *corpus, const struct access *access)
{
    const GPtrArray *accesses = corpus_accesses(corpus, access);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *candidate = accesses->pdata[i];
        if (access_is_write(candidate) && candidate->transaction != access->transaction &&
            transaction_may_overlap(candidate->transaction, access->transaction) &&
            is_lasting(candidate) && access_same_relation(candidate, access))
            return candidate;
    }
    return NULL;
}

static bool is_serializable_writer(const struct transaction *candidate,
                                   const struct transaction *reader)
{
    enum isolation_level level = transaction_level(candidate);

    return candidate != reader && transaction_may_overlap(candidate, reader) &&
           (level == LEVEL_SERIALIZABLE || level == LEVEL_UNKNOWN ||
            candidate->kind == TRANSACTION_ROUTINE); /* its caller is not seen */
}

bool corpus_has_serializable_writer(const struct corpus *corpus,
                                    const struct transaction *transaction)
{
    for (guint i = 0; i < corpus->unknown->len; i++) {
        if (is_serializable_writer(corpus->unknown->pdata[i], transaction))
            return true;
    }
    for (const struct access *read = transaction->accesses; read; read = read->next) {
        const GPtrArray *accesses = corpus_accesses(corpus, read);
        if (access_is_exempt(read))
            continue;
        if (!read->relation || !accesses)
            return true;
        for (guint i = 0; i < accesses->len; i++) {
            const struct access *write = accesses->pdata[i];
            if (access_is_write(write) && is_lasting(write) &&
                is_serializable_writer(write->transaction, transaction) &&
                access_same_relation(write, read))
                return true;
        }
    }
    return false;
}

bool corpus_has_opponent(const struct corpus *corpus, const struct transaction *transaction)
{
    if (transaction->concurrency == RUNS_CONCURRENTLY)
        return true;
    if (transaction->set_up)
        return false;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        const GPtrArray *accesses = corpus_accesses(corpus, access);
        accesses = accesses ? g_hash_table_lookup(corpus->beside, accesses) : NULL;
        for (guint i = 0; accesses && i < accesses->len; i++) {
            const struct access *other = accesses->pdata[i];
            if (transaction_may_overlap(other->transaction, transaction) &&
                (access_is_write(access) || access_is_write(other)) &&
                access_same_relation(other, access))
                return true;
        }
    }
    return false;
}

/* Every column of the key is given a constant: a second run would not get past the key. */
static bool brings_key(const struct access *insert)
{
    const struct index *key = insert->relation ? relation_primary_key(insert->relation) : NULL;

    for (const struct index_key *each = key ? key->keys : NULL; each; each = each->next) {
        const struct assignment *value = access_assigns(insert, each->column);
        if (!value || value->value.kind != OPERAND_CONSTANT)
            return false;
    }
    return key != NULL;
}

bool corpus_is_small(const struct corpus *corpus, const struct access *access)
{
    const GPtrArray *accesses = corpus_accesses(corpus, access);
    const GPtrArray *lists[] = {
        accesses ? g_hash_table_lookup(corpus->inserts, accesses) : NULL,
        access->relation ? g_hash_table_lookup(corpus->first_rows, access->relation) : NULL};
    unsigned rows = 0;

    if (access->name && g_hash_table_contains(corpus->small, access->name))
        return true;
    for (size_t list = 0; list < G_N_ELEMENTS(lists); list++) {
        for (guint i = 0; lists[list] && i < lists[list]->len; i++) {
            const struct access *insert = lists[list]->pdata[i];
            if (!access_same_relation(insert, access))
                continue;
            if (!insert->query || !insert->query->write || insert->query->write->rows == 0 ||
                insert->body || !brings_key(insert))
                return false;
            rows += insert->query->write->rows;
        }
    }
    return rows > 0 && rows <= MOST_SMALL_ROWS;
}

bool corpus_is_hot(const struct corpus *corpus, const struct access *access)
{
    return access->name && g_hash_table_contains(corpus->hot, access->name);
}
