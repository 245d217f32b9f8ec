#include "locking/lock.h"

#include <string.h>

#include <glib.h>

#include "catalog/key.h"
#include "facts/builtin.h"
#include "program/rows.h"
#include "flow/unify.h"

/* ------------------------------------------------------------------ one access */

enum table_lock access_table_lock(const struct access *access)
{
    switch (access->kind) {
    case ACCESS_READ:
        return TABLE_LOCK_ACCESS_SHARE;
    case ACCESS_LOCK:
        return TABLE_LOCK_ROW_SHARE;
    case ACCESS_TRUNCATE:
        return TABLE_LOCK_ACCESS_EXCLUSIVE;
    case ACCESS_TABLE_LOCK:
    case ACCESS_DEFINE:
        return access->table_lock;
    default:
        return TABLE_LOCK_ROW_EXCLUSIVE;
    }
}

enum lock_strength access_row_lock(const struct access *access)
{
    switch (access->kind) {
    case ACCESS_LOCK:
        return access->lock;
    case ACCESS_UPDATE:
        /* A column that a foreign key could point to: a change of it is a change of the key, which
         * locks like DELETE (manual, 13.3.2). */
        return access->sets_key ? LOCK_UPDATE : LOCK_NO_KEY_UPDATE;
    case ACCESS_DELETE:
        return LOCK_UPDATE;
    default:
        return LOCK_NONE;
    }
}

enum lock_strength access_left_lock(const struct access *access)
{
    enum lock_strength left = access_row_lock(access);

    if (left == LOCK_NONE || !(access->transaction->kinds & 1u << ACCESS_LOCK))
        return left;
    for (const struct access *each = access_first_peer(access); each && each != access;
         each = access_next_peer(each)) {
        if (each->kind == ACCESS_LOCK && each->lock > left &&
            access_same_rows(each, access) == ANSWER_YES)
            left = each->lock;
    }
    return left;
}

/* ------------------------------------------------------------------ what a transaction holds */

bool table_lock_covers(enum table_lock held, enum table_lock asked)
{
    for (enum table_lock other = TABLE_LOCK_ACCESS_SHARE; other <= TABLE_LOCK_ACCESS_EXCLUSIVE;
         other++) {
        if (table_lock_conflicts(asked, other) && !table_lock_conflicts(held, other))
            return false;
    }
    return true;
}

static bool table_is_held(const struct lock *locks, size_t count, const struct access *access)
{
    for (size_t i = 0; i < count; i++) {
        if (locks[i].access && access_same_relation(locks[i].access, access) &&
            table_lock_covers(locks[i].table, access_table_lock(access)))
            return true;
    }
    return false;
}

/* SELECT id INTO v, or a field of a record, v.id. Of several results it is not known which one a
 * variable got. */
static bool gives_out(const struct access *access, const char *column, const struct operand *value)
{
    const struct output *first = access->query ? access->query->outputs : NULL;
    const char *field = value->kind == OPERAND_VARIABLE ? strrchr(value->text, '.') : NULL;

    if (field)
        return first && strcmp(field + 1, column) == 0;
    return first && !first->next && first->name && access_owns(access, &first->operand) &&
           strcmp(first->operand.text, column) == 0;
}

/* Whether the parent that the foreign key looks for is the row that was locked: the child's column
 * got its value from there, SELECT id INTO v … FOR UPDATE. */
static bool is_parent_of(const struct access *locked, const struct access *check)
{
    if (!access_checks_parent(check) || !check->rest->key->columns[0] ||
        check->rest->key->columns[1] || !check->where || !check->where->term.column)
        return false;
    for (const struct access *child = locked->next; child && child != check; child = child->next) {
        const struct assignment *set = access_assigns(child, check->rest->key->columns[0]);
        if (set && set->data && !set->data->next && set->data->access == locked &&
            gives_out(locked, check->where->term.column, &set->value) &&
            access_same_statement(child, check))
            return true;
    }
    return false;
}

/* Whether `held`, which comes before, locks this row at least as strongly, and is still held. */
static bool is_held(const struct access *held, const struct access *access,
                    enum lock_strength strength)
{
    return held->kind == ACCESS_LOCK && held->wait != WAIT_SKIP && !held->conditional &&
           access_rows(held) >= ROWS_POINT && access_row_lock(held) >= strength &&
           !step_is_undone(held->step, access->step) &&
           access_same_rows(held, access) == ANSWER_YES;
}

static bool is_written_value(const struct operand *value)
{
    return value->kind == OPERAND_PARAMETER || value->kind == OPERAND_CONSTANT;
}

/* Whether the key is written in both, in two ways: INSERT … (id) VALUES ($1), then WHERE id = $2. */
static bool is_other_key(const struct access *insert, const struct access *access)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct term *term = &each->term;
        const struct operand *brought =
            term_binds(term) && term->comparison == COMPARE_EQUAL && is_written_value(term->value)
                ? access_inserts(insert, term->column)
                : NULL;
        if (brought && is_written_value(brought) &&
            operand_same_value(brought, term->value) != ANSWER_YES)
            return access_rows(access) == ROWS_POINT;
    }
    return false;
}

/* The transaction may hold the row already: it has inserted one whose key nobody wrote down, or has
 * locked several, or some that it has computed, to begin with. */
static bool may_be_held(const struct access *access, enum lock_strength strength)
{
    for (const struct access *held = access->transaction->accesses; held && held != access;
         held = held->next) {
        bool locked =
            held->kind == ACCESS_LOCK && held->wait != WAIT_SKIP &&
            access_row_lock(held) >= strength &&
            (access_rows(held) < ROWS_POINT || held->computed || is_parent_of(held, access));
        bool inserted = held->kind == ACCESS_INSERT && !is_other_key(held, access);
        if ((locked || inserted) && access_same_rows(held, access) != ANSWER_NO)
            return true;
        if (is_held(held, access, strength))
            return true;
    }
    return false;
}

static bool waits(const struct access *access)
{
    if (access->kind == ACCESS_TABLE_LOCK)
        return !(access->statement->flags & STATEMENT_NOWAIT);
    return access->wait == WAIT_BLOCK;
}

static bool enters_key(const struct access *access)
{
    return access->kind == ACCESS_INSERT && access->relation && access->relation->described &&
           access_may_meet_key(access) == ANSWER_YES;
}

bool access_is_refused(const struct access *access)
{
    return access->read_only && !access_is_exempt(access) &&
           (access_row_lock(access) != LOCK_NONE || access->kind == ACCESS_INSERT ||
            access->kind == ACCESS_TRUNCATE || access->kind == ACCESS_DEFINE);
}

bool step_is_refused(const struct step *step)
{
    const struct access *access = step->read_only ? step->transaction->accesses : NULL;

    while (access && (access->step != step || access->conditional || !access_is_refused(access)))
        access = access->next;
    return access;
}

/* The unique index of the relation, when there is one alone and it has one column. */
static const char *only_key(const struct relation *relation)
{
    const struct index *only = NULL;

    for (const struct index *index = relation->indexes; index; index = index->next) {
        if (index->kind != INDEX_PLAIN && only)
            return NULL;
        only = index->kind != INDEX_PLAIN ? index : only;
    }
    return only && !relation->indexes_unknown && only->keys && !only->keys->next
               ? only->keys->column
               : NULL;
}

static uint32_t entered_value(const struct access *insert)
{
    const char *column = only_key(insert->relation);
    const struct operand *value = column ? access_inserts(insert, column) : NULL;
    char *end;

    if (!value || value->kind != OPERAND_CONSTANT || value->literal != LITERAL_INTEGER)
        return 0;
    uint32_t number = (uint32_t)g_ascii_strtoull(value->text, &end, 10);
    return *end == '\0' && strlen(value->text) < 19 ? MAX(number + 1, 1) : 0;
}

static bool lock_of_access(const struct access *access, const struct lock *locks, size_t count,
                           struct lock *lock)
{
    enum lock_strength row = access_row_lock(access);

    if (access_is_exempt(access) || !access->name || access_is_refused(access))
        return false;
    if (row && (access_is_own(access) || may_be_held(access, row)))
        row = LOCK_NONE;
    bool key = enters_key(access);
    if ((row == LOCK_NONE && !key && table_is_held(locks, count, access)) ||
        transaction_creates(access->transaction, access->relation))
        return false;
    *lock = (struct lock){.access = access,
                          .order = access->order,
                          .table = access_table_lock(access),
                          .row = row,
                          .key = key,
                          .waits = waits(access),
                          .entered = key && row == LOCK_NONE ? entered_value(access) : 0};
    return true;
}

size_t transaction_locks(const struct transaction *transaction, struct lock *locks, size_t size)
{
    const struct access *access = transaction->accesses;
    const struct side_effect *call = transaction->calls;
    size_t count = 0;

    while (count < size && (access || call)) {
        if (access && (!call || access->order < call->order)) {
            if (access_is_refused(access) && !access->conditional)
                break;
            count += lock_of_access(access, locks, count, &locks[count]);
            access = access->next;
        } else {
            if (call_is_advisory_lock(call->call))
                locks[count++] = (struct lock){.call = call, .order = call->order, .waits = true};
            call = call->next;
        }
    }
    return count;
}

/* ------------------------------------------------------------------ several rows */

static bool sorts_by(const struct access *access, const char *column)
{
    for (const struct sort *sort = access->query->rest->order; sort; sort = sort->next) {
        if (access_owns(access, &sort->operand) && strcmp(sort->operand.text, column) == 0)
            return true;
    }
    return false;
}

/* All that the statement finds have one value of it: WHERE owner = $1. */
static bool is_fixed(const struct access *access, const char *column)
{
    const struct operand *value = access_equals(access, column);

    return value && operand_is_same_in_every_row(value);
}

static bool sorts_by_key(const struct access *access, const struct index *index)
{
    for (const struct index_key *key = index->keys; key; key = key->next) {
        if (!sorts_by(access, key->column) && !is_fixed(access, key->column))
            return false;
    }
    return true;
}

/* An identity, a serial, a random UUID: no index says that it is unique, but it is. */
static bool sorts_by_generated(const struct access *access)
{
    for (const struct column *column = access->relation->columns; column; column = column->next) {
        if (column->generated_key && sorts_by(access, column->name))
            return true;
    }
    return false;
}

static bool sorts_by_columns(const struct query *query)
{
    for (const struct sort *sort = query->rest->order; sort; sort = sort->next) {
        if (sort->operand.kind != OPERAND_COLUMN)
            return false;
    }
    return true;
}

enum answer access_locks_in_order(const struct access *access)
{
    const struct relation *relation = access->relation;

    if (access_most_rows(access) == 1 || access->current)
        return ANSWER_YES;
    if (!access->query || !sorts_by_columns(access->query))
        return ANSWER_UNKNOWN;
    if (!relation || !relation->described || relation->indexes_unknown) {
        /* A column may be unique. */
        if (access->query->rest->order)
            return ANSWER_UNKNOWN;
        return access_rows(access) == ROWS_PREDICATE ? ANSWER_UNKNOWN : ANSWER_NO;
    }
    for (const struct index *key = relation_keys(relation, KEY_TOTAL | KEY_OF_COLUMNS); key;
         key = relation_key_after(key, KEY_TOTAL | KEY_OF_COLUMNS)) {
        if (sorts_by_key(access, key))
            return ANSWER_YES;
    }
    return sorts_by_generated(access) ? ANSWER_YES : ANSWER_NO;
}

static bool same_sort(const struct sort *a, const struct sort *b)
{
    return a->descending == b->descending && a->operand.kind == OPERAND_COLUMN &&
           b->operand.kind == OPERAND_COLUMN && strcmp(a->operand.text, b->operand.text) == 0;
}

/* WHERE id = (SELECT max(id) FROM …) */
static bool asks_for_greatest(const struct access *access)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct operand *value = each->term.column ? each->term.value : NULL;
        const struct query *query = value && value->kind == OPERAND_QUERY ? value->query : NULL;
        const struct operand *found = query && query->outputs ? &query->outputs->operand : NULL;
        if (found && query->only_min_max && query->ranges &&
            range_relation(query->ranges) == access->relation && access->relation &&
            g_strcmp0(query->outputs->name, "max") == 0)
            return true;
    }
    return false;
}

bool lock_is_of_newest(const struct access *access)
{
    const struct query *query = access_chooser(access);

    if (access->kind != ACCESS_LOCK || access->wait != WAIT_BLOCK || !query)
        return false;
    return (query->rest->order && query->rest->order->descending && query_takes_one(query)) ||
           asks_for_greatest(access);
}

bool access_sorts_like(const struct access *a, const struct access *b)
{
    const struct sort *x = a->query ? a->query->rest->order : NULL;
    const struct sort *y = b->query ? b->query->rest->order : NULL;

    while (x && y && same_sort(x, y)) {
        x = x->next;
        y = y->next;
    }
    return !x && !y;
}

/* ------------------------------------------------------------------ two locks */

/* Whether every run names the same rows. What is joined to the one row that a key names only
 * decides whether it is found. */
static bool names_fixed_rows(const struct access *access)
{
    bool joined = false, one = false;

    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (!term->column)
            return false;
        if (operand_is_fixed(term->value))
            one |= term->comparison == COMPARE_EQUAL &&
                   relation_has_key(access->relation, term->column, KEY_TOTAL);
        else if (term->value->kind == OPERAND_COLUMN)
            joined = true;
        else
            return false;
    }
    return one || !joined;
}

/* Parameters of one name have two values in two transactions. */
static enum answer same_rows(const struct access *a, const struct access *b)
{
    enum answer answer = access_same_rows(a, b);

    if (answer == ANSWER_YES && access_rows(a) != ROWS_ALL && access_rows(b) != ROWS_ALL &&
        !(names_fixed_rows(a) && names_fixed_rows(b)))
        return ANSWER_UNKNOWN;
    return answer;
}

static enum answer same_key(const struct operand_item *a, const struct operand_item *b)
{
    enum answer answer = ANSWER_YES;

    for (; a && b; a = a->next, b = b->next) {
        if (!operand_is_fixed(&a->operand) || !operand_is_fixed(&b->operand) ||
            a->operand.kind != b->operand.kind)
            answer = ANSWER_UNKNOWN;
        else if (strcmp(a->operand.text, b->operand.text) != 0)
            return ANSWER_NO;
    }
    return a || b ? ANSWER_NO : answer; /* locks of one key and of two keys never meet */
}

static bool is_shared(const struct lock *lock)
{
    return g_str_has_suffix(lock->call->call->name, "_shared");
}

bool lock_same_table(const struct lock *a, const struct lock *b)
{
    return a->access && b->access && access_same_relation(a->access, b->access);
}

bool lock_tables_conflict(const struct lock *a, const struct lock *b)
{
    return lock_same_table(a, b) && table_lock_conflicts(a->table, b->table);
}

enum answer lock_rows_conflict(const struct lock *a, const struct lock *b)
{
    return a->access && b->access && access_same_relation(a->access, b->access) &&
                   row_lock_conflicts(a->row, b->row)
               ? same_rows(a->access, b->access)
               : ANSWER_NO;
}

/* Whether the row is one of the rows of a partial unique index, or an exclusion constraint, before or
 * after the UPDATE alone. */
static bool changes_part(const struct access *update)
{
    const struct index *index =
        update->kind == ACCESS_UPDATE && update->relation ? update->relation->indexes : NULL;

    for (; index; index = index->next) {
        const struct condition *each = index->kind == INDEX_PLAIN ? NULL : index->predicate;
        for (; each; each = each->next) {
            const struct term term = term_by_text(each);
            if (term.column && access_assigns(update, term.column))
                return true;
        }
    }
    return false;
}

static bool waits_for_change(const struct lock *insert, const struct lock *other)
{
    return other->row == LOCK_UPDATE || changes_part(other->access) ||
           (other->row != LOCK_NONE && access_is_upsert(insert->access) &&
            (insert->access->query->write->conflict == CONFLICT_UPDATE ||
             other->access->kind == ACCESS_UPDATE));
}

static bool same_constant_key(const struct access *a, const struct access *b)
{
    struct binding binding;

    binding_clear(&binding);
    return binding_forces_unique(&binding, a, 0, b, 1);
}

enum answer lock_keys_meet(const struct lock *a, const struct lock *b)
{
    if (!a->access || !b->access || !access_same_relation(a->access, b->access))
        return ANSWER_NO;
    if ((a->key && access_keys_differ(a->access, b->access)) ||
        (b->key && access_keys_differ(b->access, a->access)))
        return ANSWER_NO;
    if (a->key && b->key && same_constant_key(a->access, b->access))
        return ANSWER_YES;
    return (a->key && b->key) || (a->key && waits_for_change(a, b)) ||
                   (b->key && waits_for_change(b, a))
               ? ANSWER_UNKNOWN
               : ANSWER_NO;
}

enum answer lock_conflicts(const struct lock *a, const struct lock *b)
{
    if (a->call || b->call) {
        if (!a->call || !b->call || (is_shared(a) && is_shared(b)))
            return ANSWER_NO;
        return same_key(a->call->call->arguments, b->call->call->arguments);
    }
    if (lock_tables_conflict(a, b))
        return ANSWER_YES;
    enum answer rows = lock_rows_conflict(a, b);
    return rows == ANSWER_NO ? lock_keys_meet(a, b) : rows;
}

bool lock_is_fixed(const struct lock *lock)
{
    for (const struct operand_item *item = lock->call ? lock->call->call->arguments : NULL; item;
         item = item->next) {
        if (!operand_is_fixed(&item->operand))
            return false;
    }
    if (!lock->access || (lock->row == LOCK_NONE && !lock->key))
        return true;
    for (const struct assignment *each = lock->key ? lock->access->assignments : NULL; each;
         each = each->next) {
        if (!operand_is_fixed(&each->value))
            return false;
    }
    return names_fixed_rows(lock->access);
}
