#include "search/sequence.h"

#include <string.h>

#include <glib.h>

#include "locking/guard.h"
#include "program/rows.h"

static bool same_statement(const struct access *access, const struct side_effect *call)
{
    return access->step == call->step && access->statement == call->statement &&
           access->body == call->body;
}

const struct access *sequence_greatest(const struct transaction *transaction,
                                       const struct side_effect *call)
{
    const struct access *found = NULL;

    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (!same_statement(each, call))
            continue;
        if (access_names_column(each, "last_value"))
            return NULL;
        if (each->kind == ACCESS_READ && each->query && each->query->only_min_max && !found)
            found = each;
    }
    return found;
}

/* The column of which the read looks for the greatest value. */
static const char *greatest_column(const struct access *read)
{
    for (const struct column_use *use = read->query->uses; use; use = use->next) {
        if (use->range == read->range && use->name)
            return use->name;
    }
    return NULL;
}

static bool takes_number(const struct access *insert, const struct access *read)
{
    const char *column = greatest_column(read);

    return insert->kind == ACCESS_INSERT && access_same_relation(insert, read) && column &&
           access_makes_value(insert, column);
}

/* A script that only sets sequences is run by hand, when nobody is there. */
static bool is_by_hand(const struct transaction *transaction, const struct side_effect *call)
{
    return transaction->kind == TRANSACTION_STATEMENT && !call->body &&
           !script_is_sent_by_program(transaction->script);
}

const struct access *sequence_taker(const struct corpus *corpus,
                                    const struct transaction *transaction,
                                    const struct side_effect *call)
{
    bool alone = transaction->set_up || transaction->concurrency != RUNS_CONCURRENTLY;
    const struct access *read = alone ? NULL : sequence_greatest(transaction, call);
    const GPtrArray *accesses = read ? corpus_accesses(corpus, read) : NULL;
    const struct access *found = NULL;

    if (!read || access_is_exempt(read) || guard_serializes(read))
        return NULL;
    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *insert = accesses->pdata[i];
        if (!takes_number(insert, read))
            continue;
        if (insert->transaction == transaction)
            return insert;
        if (!found && !is_by_hand(transaction, call) &&
            insert->transaction->concurrency == RUNS_CONCURRENTLY && !insert->transaction->set_up)
            found = insert;
    }
    return found;
}

/* ------------------------------------------------------------------ reading on */

static bool is_integer(const struct column *column)
{
    static const char *const types[] = {"smallint", "integer", "bigint", "serial", "bigserial",
                                        "int",      "int8",    "int4",   NULL};

    return column->type && g_strv_contains(types, column->type);
}

static bool is_bounded_above(const struct access *read)
{
    for (const struct restriction *each = read->where; each; each = each->next) {
        if (each->term.column && comparison_is_upper(each->term.comparison))
            return true;
    }
    return false;
}

/* The first column of ORDER BY; through a view it has the name that it has in the table. */
static const char *sort_column(const struct access *read)
{
    const struct query *chooser = access_chooser(read);
    const struct sort *order = chooser ? chooser->rest->order : NULL;

    if (!order || order->descending || order->operand.kind != OPERAND_COLUMN ||
        (chooser == read->query && !access_owns(read, &order->operand)))
        return NULL;
    return order->operand.text;
}

const struct column *sequence_polled(const struct access *read)
{
    const char *sorted = sort_column(read);

    if ((read->kind != ACCESS_READ && read->kind != ACCESS_LOCK) || !sorted || !read->relation ||
        !read->relation->described || access_is_exempt(read) || is_bounded_above(read))
        return NULL;
    for (const struct restriction *each = read->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (term->column && comparison_is_range(term->comparison) &&
            strcmp(term->column, sorted) == 0 && term->value->kind != OPERAND_CONSTANT &&
            !term->value->has_call) {
            const struct column *found = relation_column(read->relation, term->column);
            return found && (is_integer(found) || column_is_time(read->relation, found->name))
                       ? found
                       : NULL;
        }
    }
    return NULL;
}

/* The time is now() when nothing else is written. */
static bool takes_value(const struct access *insert, const struct column *column)
{
    const struct assignment *value = access_assigns(insert, column->name);

    if (is_integer(column))
        return access_makes_value(insert, column->name);
    return value && value->value.kind != OPERAND_DEFAULT ? value->value.has_call
                                                         : column->has_default;
}

static bool all_constant(const struct operand_item *items)
{
    while (items && items->operand.kind == OPERAND_CONSTANT)
        items = items->next;
    return items == NULL;
}

/* Whether all who insert wait for each other, whatever rows they bring: a lock of the table, an
 * advisory lock with one key, one row of another table. */
static bool is_in_order(const struct access *insert)
{
    const struct side_effect *call = guard_advisory_lock(insert);
    const struct access *mutex = guard_mutex(insert, NULL);

    if (guard_table_lock(insert) || (call && all_constant(call->call->arguments)))
        return true;
    for (const struct restriction *each = mutex ? mutex->where : NULL; each; each = each->next) {
        if (each->term.condition->kind == CONDITION_COMPARE &&
            each->term.value->kind != OPERAND_CONSTANT)
            return false;
    }
    return mutex != NULL;
}

const struct access *sequence_unordered(const struct corpus *corpus, const struct access *read,
                                        const struct column *column)
{
    const GPtrArray *accesses = corpus_accesses(corpus, read);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *insert = accesses->pdata[i];
        if (insert->kind == ACCESS_INSERT && access_same_relation(insert, read) &&
            insert->transaction->concurrency == RUNS_CONCURRENTLY && !insert->transaction->set_up &&
            access_same_rows(insert, read) != ANSWER_NO && takes_value(insert, column) &&
            !is_in_order(insert))
            return insert;
    }
    return NULL;
}

bool sequence_is_remembered(const struct access *read)
{
    for (const struct source *source = read->rest->data; source; source = source->next) {
        if (!access_same_relation(source->access, read))
            return true;
    }
    for (const struct access *each = read->transaction->accesses; each; each = each->next) {
        if ((each->kind == ACCESS_UPDATE || access_is_upsert(each)) && !access_is_exempt(each) &&
            !access_same_relation(each, read) && !access_is_of_foreign_key(each) &&
            access_rows(each) >= ROWS_POINT)
            return true;
    }
    return false;
}
