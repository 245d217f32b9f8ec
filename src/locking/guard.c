#include "locking/guard.h"

#include <string.h>

#include "catalog/key.h"
#include "facts/body.h"
#include "facts/builtin.h"
#include "locking/handler.h"
#include "locking/lock.h"
#include "flow/dependence.h"
#include "flow/flow.h"
#include "flow/shared-key.h"
#include "program/rows.h"

static bool is_before(const struct access *a, const struct access *b)
{
    return a->order < b->order && !access_same_statement(a, b);
}

static bool one_snapshot(const struct access *access)
{
    return transaction_has_one_snapshot(access->transaction);
}

const struct access *guard_table_lock(const struct access *access)
{
    if (!(access->transaction->kinds & (1u << ACCESS_TABLE_LOCK | 1u << ACCESS_DEFINE)))
        return NULL;
    for (const struct access *lock = access_first_beside(access); lock;
         lock = access_next_beside(lock)) {
        if ((lock->kind != ACCESS_TABLE_LOCK && lock->kind != ACCESS_DEFINE) ||
            !access_same_relation(lock, access) ||
            !table_lock_conflicts(lock->table_lock, TABLE_LOCK_ROW_EXCLUSIVE))
            continue;
        /* In a routine the call has taken the snapshot before. */
        if (one_snapshot(access) ? !lock->step->after_snapshot && !lock->body
                                 : is_before(lock, access))
            return lock;
    }
    return NULL;
}

/* An INSERT that may leave out its row, because there is one: that one it does not lock. */
static bool may_insert_nothing(const struct access *insert)
{
    const struct query *query = insert->query;

    if (!query || !query->write || insert->merge)
        return false;
    const struct query *source = query_source(query);
    return query->write->conflict == CONFLICT_NOTHING || (source && source->conditions);
}

/* In another branch of the routine: no run comes to both. */
static bool is_elsewhere(const struct access *a, const struct access *b)
{
    return a->body && b->body && via_same_call(a->via, b->via) &&
           body_is_elsewhere(a->body, b->body);
}

/* IF NOT FOUND THEN INSERT … END IF: the row may have been there. */
static bool may_be_passed(const struct access *insert, const struct access *access)
{
    const struct body_statement *arm = insert->body ? body_enclosing(insert->body, BODY_ARM) : NULL;

    return arm && access->body && via_same_call(insert->via, access->via) &&
           !body_is_inside(access->body, arm);
}

/* The row that is inserted is one of those that the access finds, and others are there: INSERT … (owner)
 * VALUES ($1), then UPDATE … WHERE owner = $1. */
static bool is_one_of_several(const struct access *insert, const struct access *access)
{
    return access->kind != ACCESS_INSERT && access_rows(access) < ROWS_POINTS && insert->relation &&
           insert->relation->described;
}

const struct access *guard_held_rows(const struct access *access, enum lock_strength strength)
{
    for (const struct access *held = access_first_peer(access); held && held != access;
         held = access_next_peer(held)) {
        bool holds = held->kind == ACCESS_LOCK ? held->lock >= strength : access_is_write(held);
        if (held->kind == ACCESS_INSERT &&
            (access->kind == ACCESS_INSERT || may_insert_nothing(held) ||
             may_be_passed(held, access) || is_one_of_several(held, access)))
            continue; /* it is another row, or 23505 */
        if (holds && is_before(held, access) && access_same_rows(held, access) == ANSWER_YES &&
            (held->kind == ACCESS_INSERT || access->kind == ACCESS_INSERT ||
             access_covers(held, access)) &&
            !is_elsewhere(held, access))
            return held;
    }
    return NULL;
}

/* Every copy of the program names this row, or one that goes with what it reads, and finds it: what a
 * query has picked may be another row, or none, and after a DELETE there is none. */
static bool is_common_row(const struct access *access)
{
    enum row_set rows = access_rows(access);

    if (access->kind == ACCESS_DELETE || flow_picked_by(access))
        return false;
    if (rows == ROWS_POINT || rows == ROWS_ALL)
        return true;
    /* Where no CREATE TABLE says that the column is no key, it may be one. */
    return !(access->relation && access->relation->described) && access_names_value(access);
}

/* A second copy waits for the row, or is refused it and does not go on to the access. */
static bool stops_copies(const struct access *held, const struct access *access)
{
    const struct body_statement *handler =
        held->wait == WAIT_ERROR ? access_handler(held, "lock_not_available") : NULL;

    if (handler)
        return access->body && via_same_call(held->via, access->via) &&
               handler_avoids(handler, access->body);
    return held->wait == WAIT_BLOCK || held->wait == WAIT_ERROR;
}

/* A value that each run is given under a name of its own; '#' is in the names that binding makes up for
 * those without one. */
static bool is_given(const struct operand *value)
{
    return (value->kind == OPERAND_PARAMETER || value->kind == OPERAND_VARIABLE) && value->text &&
           !strchr(value->text, '#');
}

/* Whether the access asks for the value, or writes it; sets `*others` when it does so with another one
 * that it is given. */
static bool names_given(const struct access *access, const struct operand *value, bool *others)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (!term_binds(term) || term->comparison != COMPARE_EQUAL)
            continue;
        if (operand_same_value(term->value, value) == ANSWER_YES)
            return true;
        *others |= is_given(term->value);
    }
    for (const struct assignment *each = access->kind == ACCESS_INSERT ? access->assignments : NULL;
         each; each = each->next) {
        if (operand_same_value(&each->value, value) == ANSWER_YES)
            return true;
        *others |= is_given(&each->value);
    }
    return false;
}

/* The column has the key of rows of the other relation: by a foreign key, or, where no input
 * creates the table, by its name. */
static const char *key_referred_to(const struct relation *relation, const char *column,
                                   const struct relation *parent)
{
    const struct foreign_key *key = relation ? relation->foreign_keys : NULL;

    if (!relation || !relation->described)
        return g_str_has_suffix(column, "_id") ? "id" : NULL;
    while (key && !(strcmp(key->columns[0], column) == 0 && !key->columns[1] && parent &&
                    strcmp(key->parent.name, parent->name) == 0))
        key = key->next;
    const struct index *primary = key ? relation_primary_key(parent) : NULL;
    if (key && key->parent_columns)
        return key->parent_columns[0];
    return primary ? primary->keys->column : NULL;
}

/* WHERE code = $1 FOR UPDATE returns the id, and the application asks for what refers to it:
 * coupon_id = $2. No other row of the table is named before. */
static bool is_found_by(const struct access *mutex, const struct access *access)
{
    const struct restriction *each = mutex->query && !mutex->body ? access->where : NULL;

    for (const struct access *other = access_first_beside(mutex);
         other && other->order < access->order; other = access_next_beside(other)) {
        if (other != mutex && !access_is_of_foreign_key(other) &&
            access_same_relation(other, mutex))
            return false;
    }
    for (; each; each = each->next) {
        const char *key =
            term_binds(&each->term) && each->term.comparison == COMPARE_EQUAL &&
                    each->term.value->kind == OPERAND_PARAMETER
                ? key_referred_to(access->relation, each->term.column, mutex->relation)
                : NULL;
        if (key && !access_same_relation(mutex, access) && access_returns(mutex, key))
            return true;
    }
    return false;
}

/* Two runs that lock different rows do not wait for each other: a lock of `$1` keeps nobody out who
 * is about the same `$2`. The key that the locked row has goes with it, and so does the one row that
 * it refers to, as mostly no other does; of its group the row that another run locks may be as well. */
static bool goes_with(const struct access *mutex, const struct access *access)
{
    for (const struct restriction *each = mutex->where; each; each = each->next) {
        const struct term *term = &each->term;
        bool others = false;
        if (term_binds(term) && term->comparison == COMPARE_EQUAL && is_given(term->value) &&
            !names_given(access, term->value, &others) &&
            (others || sources_have(access->rest->data, mutex)))
            return access_takes_key(access, mutex) || is_found_by(mutex, access) ||
                   (access_rows(access) >= ROWS_POINT && sources_have(access->rest->data, mutex));
    }
    return true;
}

/* INSERT … ON CONFLICT (id) DO UPDATE, by itself or after a wait, holds the row with the key that it
 * brings, of several the first one. */
static bool holds_key(const struct access *upsert, const struct access *access)
{
    const struct write *write = access_is_upsert(upsert) ? upsert->query->write : NULL;
    const char **column = write ? write->on_conflict->columns : NULL;

    if (!column || write->conflict != CONFLICT_UPDATE || write->rows == 0 || upsert->conditional ||
        (one_snapshot(access) && access_same_relation(upsert, access)))
        return false;
    for (; *column; column++) {
        const struct operand *value = access_brings_first(upsert, *column);
        bool others = false;
        if (!value || (value->kind != OPERAND_CONSTANT && !names_given(access, value, &others)))
            return false;
    }
    return true;
}

static bool is_same_key(const struct access *a, const struct access *b, const struct index *key)
{
    for (const struct index_key *each = key->keys; each; each = each->next) {
        const struct operand *own = each->column ? access_inserts(a, each->column) : NULL;
        const struct operand *other = each->column ? access_inserts(b, each->column) : NULL;
        if (!own || !other || operand_same_value(own, other) != ANSWER_YES)
            return false;
    }
    return key->keys;
}

bool guard_has_fixed_key(const struct access *insert)
{
    for (const struct index *key = relation_keys(insert->relation, KEY_IMMEDIATE | KEY_TOTAL); key;
         key = relation_key_after(key, KEY_IMMEDIATE | KEY_TOTAL)) {
        const struct index_key *each = key->keys;
        while (each) {
            const struct operand *value =
                each->column ? access_brings_first(insert, each->column) : NULL;
            if (!value || value->kind != OPERAND_CONSTANT || value->literal == LITERAL_NULL)
                break;
            each = each->next;
        }
        if (!each)
            return true;
    }
    return false;
}

/* Whether the row is there when the transaction goes on, be it its own or one that was there before. */
static bool is_there_after(const struct access *insert)
{
    return access_is_upsert(insert) ||
           (insert->kind == ACCESS_INSERT && insert->query && !insert->merge && !insert->undone);
}

const struct access *guard_upserted(const struct access *insert)
{
    if (!insert->transaction->upserts && !insert->merge)
        return NULL;
    for (const struct access *each = access_first_peer(insert); each && each != insert;
         each = access_next_peer(each)) {
        if (!is_there_after(each) || each->conditional || each->query->write->rows != 1 ||
            !access_same_relation(each, insert))
            continue;
        for (const struct index *key = relation_keys(each->relation, KEY_IMMEDIATE | KEY_TOTAL);
             key; key = relation_key_after(key, KEY_IMMEDIATE | KEY_TOTAL)) {
            if (is_same_key(each, insert, key))
                return each;
        }
    }
    return NULL;
}

/* LOCK TABLE of another table, in a mode that lets no second run in. */
static bool locks_out_copies(const struct access *lock, const struct access *access)
{
    return lock->kind == ACCESS_TABLE_LOCK && !access_same_relation(lock, access) &&
           table_lock_conflicts(lock->table_lock, lock->table_lock) &&
           (one_snapshot(access) ? !lock->step->after_snapshot && !lock->body
                                 : is_before(lock, access));
}

const struct access *guard_mutex(const struct access *access, const struct access *failing)
{
    const unsigned holding =
        1u << ACCESS_TABLE_LOCK | 1u << ACCESS_UPDATE | 1u << ACCESS_DELETE | 1u << ACCESS_LOCK;

    if (!(access->transaction->kinds & holding) && access->peer && !access->transaction->upserts)
        return NULL; /* which reads and adds rows alone */
    for (const struct access *mutex = access->transaction->accesses; mutex; mutex = mutex->next) {
        if (locks_out_copies(mutex, access) ||
            (is_before(mutex, access) && holds_key(mutex, access)))
            return mutex;
        bool writes = mutex->kind == ACCESS_UPDATE || mutex->kind == ACCESS_DELETE;
        bool locks = mutex->kind == ACCESS_LOCK && mutex->lock >= LOCK_NO_KEY_UPDATE &&
                     stops_copies(mutex, access);
        if ((!writes && !locks) || mutex->assumed || mutex == access ||
            !guard_comes_with(mutex, access) || access_is_of_foreign_key(mutex) ||
            !is_common_row(mutex) || !goes_with(mutex, access))
            continue;
        if (one_snapshot(access) ? writes && !access_same_relation(mutex, access) &&
                                       (!failing || is_before(mutex, failing))
                                 : (writes || locks) && is_before(mutex, access))
            return mutex;
    }
    return NULL;
}

/* The access is about the row for which its trigger function is run, named by its whole key: of two
 * such runs the second one has waited for the first one's COMMIT before. */
static bool is_of_fired_row(const struct access *access)
{
    const struct access *row = access->transaction->accesses;

    if (!row || !row->assumed || access == row)
        return false;
    for (const struct restriction *each = row->where; each; each = each->next) {
        bool others = false;
        if (!names_given(access, each->term.value, &others))
            return false;
    }
    return true;
}

static bool locks_out(const struct access *access, const struct access *failing)
{
    return guard_table_lock(access) || guard_advisory_lock(access) || guard_mutex(access, failing);
}

bool guard_locks_out(const struct access *access)
{
    return locks_out(access, NULL);
}

bool guard_serializes_before(const struct access *access, const struct access *failing)
{
    return locks_out(access, failing) || is_of_fired_row(access);
}

bool guard_serializes(const struct access *access)
{
    return guard_serializes_before(access, NULL);
}

/* A lock that a second copy of the program cannot take at the same time, taken on purpose. */
static bool excludes_copies(const struct access *held, const struct access *access)
{
    enum table_lock table = access_table_lock(held);

    if (table_lock_conflicts(table, table))
        return true;
    return held->kind == ACCESS_LOCK && held->lock >= LOCK_NO_KEY_UPDATE &&
           stops_copies(held, access) && is_common_row(held) && !access_same_relation(held, access);
}

bool guard_queues(const struct access *access)
{
    for (const struct access *held = access->transaction->accesses; held && held != access;
         held = held->next) {
        if (!held->assumed && excludes_copies(held, access) &&
            !access_same_statement(held, access) && !access_is_exempt(held))
            return true;
    }
    return guard_advisory_call(access);
}

static bool is_key_column(const struct access *access, const char *column)
{
    const struct relation *relation = access->relation;

    if (!relation || !relation->described)
        return strcmp(column, "id") == 0;
    return relation_key_with(relation, column, 0);
}

/* A version: the write asks for the value that somebody was given, and puts another in its place. */
static bool swaps(const struct access *write, const struct term *asked)
{
    const struct assignment *set = access_assigns(write, asked->column);

    return set && asked->comparison == COMPARE_EQUAL && asked->value &&
           (asked->value->kind == OPERAND_PARAMETER || asked->value->kind == OPERAND_VARIABLE) &&
           operand_same_value(asked->value, &set->value) != ANSWER_YES;
}

/* It asks for what the read may have found in a column, or for a version. */
static bool rechecks_by(const struct access *read, const struct access *write,
                        const struct term *asked)
{
    const char *column = asked->column;

    if (!column || asked->comparison == COMPARE_IS_NULL ||
        asked->comparison == COMPARE_IS_NOT_NULL || is_key_column(write, column))
        return false;
    return (access_reads_column(read, column) && !access_equals(read, column)) ||
           swaps(write, asked);
}

bool guard_rechecks(const struct access *read, const struct access *write)
{
    for (const struct restriction *each = write->where; each; each = each->next) {
        if (rechecks_by(read, write, &each->term))
            return true;
    }
    const struct condition *asked =
        access_is_upsert(write) ? write->query->write->on_conflict->conditions : NULL;
    for (; asked; asked = asked->next) {
        const struct term term = term_of(asked, write->range);
        if (rechecks_by(read, write, &term))
            return true;
    }
    return false;
}

bool guard_rechecks_value(const struct access *read, const struct access *write,
                          const char *written)
{
    for (const struct restriction *each = write->where; each; each = each->next) {
        const struct term *asked = &each->term;
        bool equal = asked->comparison == COMPARE_EQUAL ||
                     asked->comparison == COMPARE_OTHER; /* IS NOT DISTINCT FROM, an extension's */
        if (!rechecks_by(read, write, asked))
            continue;
        if (strcmp(asked->column, written) == 0
                ? equal
                : access_assigns(write, asked->column) ||
                      (equal && asked->value->kind != OPERAND_CONSTANT))
            return true;
    }
    return false;
}

bool guard_fills_null(const struct access *write, const char *column)
{
    for (const struct restriction *each = write->where; each; each = each->next) {
        if (each->term.column && each->term.comparison == COMPARE_IS_NULL &&
            strcmp(each->term.column, column) == 0)
            return true;
    }
    return false;
}

/* Whether both ask for the same of one column. */
static bool same_restriction(const struct restriction *a, const struct restriction *b)
{
    return a->term.column && g_strcmp0(a->term.column, b->term.column) == 0 &&
           term_equals(&a->term, &b->term);
}

static bool has_restriction(const struct access *access, const struct restriction *wanted)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        if (same_restriction(each, wanted))
            return true;
    }
    return false;
}

/* Whether both ask for one value of the column, so that what was read of it is known to the write. */
static bool is_asked_again(const struct access *read, const struct access *write,
                           const char *column)
{
    for (const struct restriction *each = read->where; each; each = each->next) {
        if (g_strcmp0(each->term.column, column) == 0 && each->term.comparison == COMPARE_EQUAL &&
            has_restriction(write, each))
            return true;
    }
    return false;
}

/* Whether all that was read of the row are the values by which the write looks for it. */
static bool reads_what_is_asked(const struct access *read, const struct access *write)
{
    const struct query *query = read->copy ? NULL : read->query;

    if (!query || query->inner)
        return false;
    for (const struct column_use *use = query->uses; use; use = use->next) {
        bool elsewhere = use->variable || (use->range && use->range != read->range);
        if (!elsewhere && !(use->name && is_asked_again(read, write, use->name)))
            return false;
    }
    return true;
}

bool guard_asks_again(const struct access *read, const struct access *write, const char *column)
{
    for (const struct restriction *each = read->where; each; each = each->next) {
        if (g_strcmp0(each->term.column, column) == 0 && has_restriction(write, each) &&
            (each->term.comparison == COMPARE_EQUAL || each->term.comparison == COMPARE_IS_NULL))
            return true;
    }
    return false;
}

bool guard_locked_again(const struct access *read, const struct access *write, const char *column)
{
    const struct access *lock = access_first_peer(write);

    while (lock && !(lock->kind == ACCESS_LOCK && access_same_statement(lock, write) &&
                     access_same_relation(lock, write) && flow_is_same_row(lock, write) &&
                     guard_asks_again(read, lock, column)))
        lock = access_next_peer(lock);
    return lock != NULL;
}

bool guard_finds_again(const struct access *read, const struct access *write)
{
    if (!access_depends_on(write, read) || !read->where ||
        (access_depends_on_row(write, read) && !reads_what_is_asked(read, write)))
        return false;
    for (const struct restriction *each = read->where; each; each = each->next) {
        if (!has_restriction(write, each) && !is_asked_again(read, write, each->term.column))
            return false;
    }
    return true;
}

bool guard_only_names_row(const struct access *read, const struct access *write)
{
    const struct query *query = read->copy ? NULL : read->query;

    if (!query || !query_can_lock(query) || query->rest->limit || query->inner || !read->where ||
        !query->ranges || query->ranges->next || sources_have_row(write->rest->control, read))
        return false;
    for (const struct restriction *each = read->where; each; each = each->next) {
        if (each->term.comparison != COMPARE_EQUAL || !each->term.value ||
            (each->term.value->kind != OPERAND_PARAMETER &&
             each->term.value->kind != OPERAND_VARIABLE))
            return false;
    }
    for (const struct assignment *each = write->assignments; each; each = each->next) {
        if (sources_have_row(each->data, read))
            return false;
    }
    return true;
}

bool guard_repeats(const struct access *read, const struct access *write)
{
    for (const struct restriction *a = read->where; a; a = a->next) {
        for (const struct restriction *b = write->where; b; b = b->next) {
            if (same_restriction(a, b) && !is_key_column(write, a->term.column))
                return true;
        }
    }
    return false;
}

bool guard_any_table_lock(const struct transaction *transaction)
{
    for (const struct access *lock = transaction->accesses; lock; lock = lock->next) {
        if (lock->kind == ACCESS_TABLE_LOCK &&
            table_lock_conflicts(lock->table_lock, TABLE_LOCK_ROW_EXCLUSIVE))
            return true;
    }
    return false;
}

bool guard_takes_turns(const struct access *read, const struct access *write)
{
    for (const struct restriction *each = write->where; each; each = each->next) {
        const char *column = each->term.column;
        const struct operand *asked = column ? access_equals(read, column) : NULL;
        const struct assignment *set = column ? access_assigns(write, column) : NULL;
        if (asked && set && each->term.comparison == COMPARE_EQUAL &&
            operand_same_value(asked, each->term.value) == ANSWER_YES &&
            operand_same_value(asked, &set->value) == ANSWER_NO)
            return true;
    }
    return false;
}
