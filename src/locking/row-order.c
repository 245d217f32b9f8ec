#include "locking/row-order.h"

#include <string.h>

#include "base/limits.h"
#include "catalog/key.h"
#include "locking/guard.h"
#include "locking/lock.h"
#include "locking/row-fired.h"
#include "program/side-effect.h"
#include "flow/flow.h"
#include "program/rows.h"

/* ------------------------------------------------------------------ locked before */

static bool has_name(const char *name, const void *wanted)
{
    return strcmp(name, wanted) == 0;
}

static bool is_in(const char *name, const void *query)
{
    return query_has_parameter(query, has_name, name);
}

/* A list, an array, a query, or a column of the rows that are joined. */
static bool brings_several(const struct term *term)
{
    return term_binds(term) &&
           (term->comparison == COMPARE_IN ||
            (term->comparison == COMPARE_EQUAL && term->value->kind == OPERAND_COLUMN));
}

/* Whether the several values that the term compares with are made of a parameter of the other
 * query: id = ANY ($1), id IN (SELECT unnest($1)), id = item.id with unnest($1) AS item (id). */
static bool is_made_of(const struct access *lock, const struct term *term,
                       const struct query *other)
{
    const struct operand *value = term->value;
    const struct column_use *use = value->uses;

    if (value->kind == OPERAND_QUERY)
        return query_has_parameter(value->query, is_in, other);
    if (value->kind == OPERAND_COLUMN)
        return query_has_parameter(lock->query, is_in, other);
    for (uint32_t i = 0; i < value->use_count && use; i++, use = use->next) {
        if (use->variable && use->name && is_in(use->name, other))
            return true;
    }
    return false;
}

static bool asks_for_same(const struct access *lock, const struct access *write)
{
    for (const struct restriction *each = write->where; each; each = each->next) {
        for (const struct restriction *held = brings_several(&each->term) ? lock->where : NULL;
             held; held = held->next) {
            if (brings_several(&held->term) && strcmp(held->term.column, each->term.column) == 0 &&
                is_made_of(lock, &held->term, write->query))
                return true;
        }
    }
    return false;
}

/* Another item of the statement has locked the rows before it writes them, or an earlier SELECT
 * those that the same parameter names. */
static bool is_locked_before(const struct access *write)
{
    if (!(write->transaction->kinds & 1u << ACCESS_LOCK))
        return false;
    for (const struct access *each = access_first_peer(write); each && each != write;
         each = access_next_peer(each)) {
        if (each->kind == ACCESS_LOCK && each->query && access_same_relation(each, write) &&
            each->lock >= access_row_lock(write) &&
            (access_same_statement(each, write) || asks_for_same(each, write)))
            return true;
    }
    return false;
}

static bool is_constant_list(const struct operand *operand)
{
    const struct operand_item *item = operand->kind == OPERAND_LIST ? operand->items : NULL;

    while (item && item->operand.kind == OPERAND_CONSTANT)
        item = item->next;
    return operand->kind == OPERAND_LIST && !item;
}

/* id IN ($1, $2), id = ANY ($1): two runs have lists of which some rows are the same. */
static bool takes_list(const struct access *write)
{
    for (const struct restriction *each = write->where; each; each = each->next) {
        if (each->term.comparison == COMPARE_IN && each->term.value->kind != OPERAND_QUERY &&
            !is_constant_list(each->term.value))
            return true;
    }
    return false;
}

/* Another statement of the transaction locks rows of the table: what one run has swept, another
 * one has locked before. */
static bool locks_others(const struct access *write)
{
    unsigned met = 0;

    for (const struct access *each = access_first_peer(write); each && met < MOST_SWEEPS;
         each = access_next_peer(each)) {
        bool locks = access_row_lock(each) >= LOCK_NO_KEY_UPDATE || access_is_upsert(each);
        if (!locks || !access_same_relation(each, write) || access_same_statement(each, write))
            continue;
        if (access_same_rows(each, write) == ANSWER_UNKNOWN)
            return true;
        met++;
    }
    return false;
}

/* position > $1: of two runs that sweep rows, one finds a part of what the other one does. */
static bool takes_part(const struct access *write)
{
    for (const struct restriction *each = write->where; each; each = each->next) {
        const enum operand_kind kind = each->term.column ? each->term.value->kind : OPERAND_NONE;
        if (term_binds(&each->term) && comparison_is_range(each->term.comparison) &&
            (kind == OPERAND_PARAMETER || kind == OPERAND_VARIABLE))
            return true;
    }
    return false;
}

bool access_sweeps_part(const struct access *write)
{
    const struct access *each = takes_part(write) ? write->transaction->accesses : NULL;

    while (each && !(each->kind == ACCESS_UPDATE && access_rows(each) == ROWS_POINT &&
                     access_same_relation(each, write) && !access_same_statement(each, write)))
        each = each->next;
    return each;
}

/* item.id = x.id: as many rows as the other item brings. */
static bool is_joined(const struct access *write, const struct range *range)
{
    for (const struct restriction *each = write->where; each; each = each->next) {
        const struct condition *condition = each->term.condition;
        if (condition->kind == CONDITION_COMPARE && condition->comparison == COMPARE_EQUAL &&
            condition_uses(condition, range))
            return true;
    }
    return false;
}

/* Rows of the table have been locked before, perhaps these, in an order that is not the caller's. */
static bool has_locked(const struct access *access)
{
    for (const struct access *each = access_first_peer(access); each && each != access;
         each = access_next_peer(each)) {
        if (!each->as_passed && access_row_lock(each) >= LOCK_NO_KEY_UPDATE &&
            access_same_relation(each, access))
            return true;
    }
    return false;
}

/* Whether two runs that come to one row wait for each other. */
static bool waits_for_row(const struct access *access)
{
    enum lock_strength lock = access_row_lock(access);

    if (access_is_upsert(access))
        return access->query->write->conflict == CONFLICT_UPDATE;
    return access->wait == WAIT_BLOCK && row_lock_conflicts(lock, lock);
}

bool access_writes_several(const struct access *access)
{
    return (access->kind == ACCESS_UPDATE || access->kind == ACCESS_DELETE) && access->query &&
           !access->current && access_rows(access) < ROWS_POINT && access_most_rows(access) != 1 &&
           !access_is_exempt(access) && !access_is_of_foreign_key(access) &&
           !is_locked_before(access);
}

static enum row_order order_of_rows(const struct access *write)
{
    for (const struct range *range = write->query->ranges; range; range = range->next) {
        if (range != write->range && range_brings_rows(range) && is_joined(write, range) &&
            query_takes_parameters(write->query))
            return ORDER_AS_GIVEN;
    }
    if (access_rows(write) >= ROWS_POINT || access_most_rows(write) == 1)
        return ORDER_SINGLE;
    return write->relation && write->relation->described &&
                   (takes_list(write) || locks_others(write))
               ? ORDER_OF_PLAN
               : ORDER_SINGLE;
}

/* Other accesses are looked at last: most writes are of one row. */
static enum row_order order_of_write(const struct access *write)
{
    enum row_order order = write->query ? order_of_rows(write) : ORDER_SINGLE;

    return order != ORDER_SINGLE && is_locked_before(write) ? ORDER_SINGLE : order;
}

/* ------------------------------------------------------------------ upserts */

/* The read of this item finds at most one row. */
static bool is_one_row(const struct access *insert, const struct range *range)
{
    for (const struct access *read = insert->transaction->accesses; read && read != insert;
         read = read->next) {
        if (read->range == range)
            return access_rows(read) >= ROWS_POINT || access_most_rows(read) == 1;
    }
    return false;
}

static bool returns_several(const struct access *insert, const struct query *source)
{
    if (query_takes_one(source) || (source->aggregates && !source->grouped))
        return false;
    if (source->set_returning || source->kind == QUERY_SET_OPERATION)
        return true;
    for (const struct range *range = source->ranges; range; range = range->next) {
        if (range->kind != RANGE_RELATION || !is_one_row(insert, range))
            return true;
    }
    return false;
}

/* Whether all rows that the SELECT brings have one key of the table: the INSERT takes the first of them, and
 * ON CONFLICT refuses another one (21000) or leaves it out. */
static bool brings_one_key(const struct access *insert, const struct query *source)
{
    for (const struct index *key = relation_keys(insert->relation, 0); key;
         key = relation_key_after(key, 0)) {
        const struct index_key *each = key->keys;
        while (each && each->column) {
            const struct assignment *given = access_assigns(insert, each->column);
            const struct output *output = given ? access_output_for(insert, source, given) : NULL;
            if (!output || !operand_is_same_in_every_row(&output->operand))
                break;
            each = each->next;
        }
        if (!each)
            return true;
    }
    return false;
}

/* All runs bring the same keys in the same order. The values of the first row stand for those of the
 * others. */
static bool brings_constants(const struct access *insert)
{
    for (const struct assignment *each = insert->assignments; each; each = each->next) {
        const char *column = access_assigned_column(insert, each);
        if (each->value.kind != OPERAND_CONSTANT && each->value.kind != OPERAND_DEFAULT &&
            (!column || relation_key_with(insert->relation, column, 0)))
            return false;
    }
    return insert->assignments != NULL;
}

static enum row_order order_of_upsert(const struct access *insert)
{
    const struct write *write = insert->query->write;
    const struct query *source = query_source(insert->query);
    bool several = source ? !source->rest->order && returns_several(insert, source) &&
                                !brings_one_key(insert, source)
                          : write->rows > 1 && !brings_constants(insert);

    if (!several || access_may_meet_key(insert) != ANSWER_YES)
        return ORDER_SINGLE;
    return write->conflict == CONFLICT_UPDATE ? ORDER_AS_GIVEN : ORDER_OF_NEW;
}

enum row_order access_row_order(const struct access *access)
{
    if (access_is_exempt(access) || access->current || access->copy)
        return ORDER_SINGLE;
    enum row_loop loop = row_loop_of(access);
    if (loop == LOOP_NONE)
        loop = row_loop_of_fired(access);
    if (loop != LOOP_NONE && waits_for_row(access) && !has_locked(access))
        return loop == LOOP_GIVEN ? ORDER_AS_GIVEN : ORDER_OF_PLAN;
    if (access->kind == ACCESS_UPDATE || access->kind == ACCESS_DELETE)
        return order_of_write(access);
    return access_is_upsert(access) ? order_of_upsert(access) : ORDER_SINGLE;
}

/* ------------------------------------------------------------------ locking SELECTs */

bool access_locks_several(const struct access *access)
{
    return access->kind == ACCESS_LOCK && access->wait == WAIT_BLOCK &&
           access_rows(access) < ROWS_POINT && access_most_rows(access) != 1 &&
           !access_is_exempt(access) && !access_is_of_foreign_key(access);
}

bool access_is_held(const struct access *access)
{
    for (const struct access *held = access->transaction->accesses; held != access;
         held = held->next) {
        if (access_row_lock(held) >= access_row_lock(access) &&
            !access_same_statement(held, access) && access_covers(held, access))
            return true;
    }
    return false;
}

const struct access *row_order_other(const struct corpus *corpus, const struct access *access)
{
    const GPtrArray *accesses = corpus_accesses(corpus, access);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *other = accesses->pdata[i];
        if (other == access)
            return NULL;
        if (access_locks_several(other) && other->query->rest->order &&
            !access_sorts_like(other, access) && other->transaction != access->transaction &&
            transaction_may_overlap(other->transaction, access->transaction) &&
            row_lock_conflicts(other->lock, access->lock) &&
            access_same_rows(other, access) != ANSWER_NO && !guard_queues(other))
            return other;
    }
    return NULL;
}
