#include "locking/conflict.h"

#include <string.h>

#include <glib.h>

#include "catalog/key.h"
#include "locking/guard.h"
#include "locking/lock.h"
#include "corpus/by-value.h"
#include "flow/dependence.h"
#include "flow/loop-read.h"
#include "program/rows.h"

bool access_reads_rows(const struct access *access)
{
    return access->kind == ACCESS_READ || access->kind == ACCESS_LOCK ||
           access->kind == ACCESS_UPDATE || access->kind == ACCESS_DELETE ||
           (access->kind == ACCESS_INSERT && access->merge);
}

static bool is_column_of(const struct access *write, const struct column_use *use,
                         const char *column)
{
    return !use->variable && use->range == write->range && use->name && column &&
           strcmp(use->name, column) == 0;
}

/* ON CONFLICT (k) DO UPDATE SET k = EXCLUDED.k: it is for that value that the row was found. */
static bool is_what_conflicts(const struct access *write, const struct assignment *assignment)
{
    const char *const *key = access_is_upsert(write)
                                 ? (const char *const *)write->query->write->on_conflict->columns
                                 : NULL;

    return key && assignment->column && g_strv_contains(key, assignment->column) &&
           g_strcmp0(assignment_excluded_column(assignment), assignment->column) == 0;
}

bool assignment_keeps_value(const struct access *write, const struct assignment *assignment)
{
    const struct operand *value = &assignment->value;

    return value->kind == OPERAND_COLUMN && value->uses &&
           (is_column_of(write, value->uses, assignment->column) ||
            is_what_conflicts(write, assignment));
}

bool write_changes_nothing(const struct access *write)
{
    const struct assignment *each = access_row_assignments(write);
    bool any = each;

    while (each && assignment_keeps_value(write, each))
        each = each->next;
    return any && !each;
}

static bool writes_column_of(const struct access *read, const struct access *write)
{
    for (const struct assignment *each = access_row_assignments(write); each; each = each->next) {
        if (!each->column ||
            (access_reads_column(read, each->column) && !assignment_keeps_value(write, each)))
            return true;
    }
    return false;
}

/* A key that is checked for a foreign key is not changed by an update of other columns. */
static bool changes_key(const struct access *write, const struct access *reference)
{
    if (write->kind != ACCESS_UPDATE)
        return true;
    for (const struct restriction *each = reference->where; each; each = each->next) {
        if (each->term.column && access_assigns(write, each->term.column))
            return true;
    }
    return false;
}

bool conflict_read_write(const struct access *read, const struct access *write,
                         enum granularity granularity)
{
    if (!access_reads_rows(read) || !access_is_write(write) || !access_same_relation(read, write) ||
        access_is_exempt(read) || access_is_own(read))
        return false;
    if (access_is_own(write) && access_rows(read) >= ROWS_POINTS)
        return false; /* others conflict with the INSERT of that row instead */
    if (granularity == BY_COLUMN && read->kind == ACCESS_LOCK && read->wait == WAIT_SKIP)
        return false; /* SKIP LOCKED may return other rows each time, so that is no anomaly */
    if (granularity == BY_COLUMN && write->undone)
        return false; /* no other transaction sees it, though SSI notes it */
    if (write->kind != ACCESS_UPDATE || granularity == BY_ROW)
        return true;
    return access_is_of_foreign_key(read) ? changes_key(write, read)
                                          : writes_column_of(read, write);
}

bool conflict_write_write(const struct access *a, const struct access *b)
{
    return access_is_write(a) && access_is_write(b) && a->kind != ACCESS_INSERT &&
           b->kind != ACCESS_INSERT && access_same_relation(a, b) && !access_is_exempt(a) &&
           !access_is_own(a) && !access_is_own(b);
}

/* SET a = a + 1: the column is looked at for nothing but its own new value. */
static bool adds_to_itself(const struct access *write, const struct assignment *assignment)
{
    const struct column_use *use = assignment->value.uses;

    for (uint32_t i = 0; assignment->value.sum && i < assignment->value.use_count; i++) {
        if (is_column_of(write, use, assignment->column))
            return true;
        use = use->next;
    }
    return false;
}

static bool has_use(const struct operand *operand, const struct column_use *use)
{
    const struct column_use *each = operand->uses;

    for (uint32_t i = 0; i < operand->use_count; i++, each = each->next) {
        if (each == use)
            return true;
    }
    return false;
}

/* Whether the UPDATE looks at a column that the other one changes, other than to add to it. */
static bool looks_at_change(const struct access *update, const struct access *other)
{
    for (const struct column_use *use = update->query->uses; use; use = use->next) {
        if (use->range != update->range || use->variable)
            continue;
        if (!use->name) /* "*" */
            return true;
        const struct assignment *change = access_assigns(other, use->name);
        if (!change || assignment_keeps_value(other, change))
            continue;
        const struct assignment *own = access_assigns(update, use->name);
        if (!own || !has_use(&own->value, use) ||
            (!assignment_keeps_value(update, own) && !adds_to_itself(update, own)))
            return true;
    }
    return false;
}

static bool sets_alike(const struct access *a, const struct access *b)
{
    for (const struct assignment *each = a->assignments; each; each = each->next) {
        const struct assignment *other = each->column ? access_assigns(b, each->column) : NULL;
        if (!each->column)
            return false;
        if (!other || assignment_keeps_value(a, each) || assignment_keeps_value(b, other) ||
            (adds_to_itself(a, each) && adds_to_itself(b, other)))
            continue;
        if (each->value.kind != OPERAND_CONSTANT || other->value.kind != OPERAND_CONSTANT ||
            operand_same_value(&each->value, &other->value) != ANSWER_YES)
            return false;
    }
    return true;
}

/* An UPDATE without RETURNING: nothing but its sub-SELECTs sees the row that it finds. */
static bool is_plain_update(const struct access *access)
{
    return access->kind == ACCESS_UPDATE && !access->merge && access->query &&
           !access->query->outputs && access->query->kind == QUERY_UPDATE;
}

/* Whether a sub-SELECT of the query asks the row of the UPDATE for a column that the other one
 * changes. */
static bool asks_for_change(const struct query *query, const struct access *update,
                            const struct access *other)
{
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        for (const struct column_use *use = inner->uses; use; use = use->next) {
            const struct assignment *change = use->name ? access_assigns(other, use->name) : NULL;
            if (use->range == update->range && (!use->name || change))
                return true;
        }
        if (asks_for_change(inner, update, other))
            return true;
    }
    return false;
}

/* Whether a sub-SELECT of the UPDATE reads what the other one changes. */
static bool reads_change(const struct access *update, const struct access *other)
{
    if (!update->query->inner)
        return false;
    for (const struct access *read = access_first_like(update->transaction, other); read;
         read = access_next_peer(read)) {
        if (read != update && access_same_statement(read, update) &&
            conflict_read_write(read, other, BY_COLUMN))
            return true;
    }
    return asks_for_change(update->query, update, other);
}

bool conflict_commutes(const struct access *a, const struct access *b)
{
    return is_plain_update(a) && is_plain_update(b) && sets_alike(a, b) && !looks_at_change(a, b) &&
           !looks_at_change(b, a) && !reads_change(a, b) && !reads_change(b, a);
}

static const struct assignment *change_of(const struct access *write, const char *column)
{
    const struct assignment *each = access_row_assignments(write);

    while (each && g_strcmp0(each->column, column) != 0)
        each = each->next;
    return each;
}

/* SET n = n + 1, and, in DO UPDATE, n = t.n + EXCLUDED.n. */
static bool changes_by_amount(const struct access *write, const struct assignment *assignment)
{
    const struct operand *value = &assignment->value;

    if (adds_to_itself(write, assignment))
        return true;
    if (!access_is_upsert(write) || !value->added || value->use_count != 2)
        return false;
    bool first = is_column_of(write, value->uses, assignment->column);
    const struct column_use *own = first ? value->uses : value->uses->next;
    const struct column_use *brought = first ? value->uses->next : value->uses;
    return is_column_of(write, own, assignment->column) && brought->range &&
           brought->range->kind == RANGE_VALUES;
}

/* One takes from a column of its row, and the other one adds to it in another row. */
static bool sets_apart(const struct access *a, const struct access *b)
{
    for (const struct assignment *each = access_row_assignments(a); each; each = each->next) {
        const struct assignment *other = each->column ? change_of(b, each->column) : NULL;
        if (other && changes_by_amount(a, each) && changes_by_amount(b, other) &&
            each->value.minus != other->value.minus)
            return true;
    }
    return false;
}

/* The next UPDATE or DO UPDATE of the row that `found` has locked, or it itself. */
static const struct access *update_behind(const struct access *found)
{
    const struct access *each = found;

    while (each && (!access_row_assignments(each) ||
                    (each != found && access_same_rows(each, found) != ANSWER_YES)))
        each = each->next;
    return each;
}

/* Whether the value is what the routine was called with. */
static bool is_argument(const struct access *access, const struct operand *value)
{
    const struct routine *routine = access->transaction->routine;

    if (value->kind == OPERAND_PARAMETER)
        return routine || (access->via && access->via->kind == VIA_ROUTINE);
    if (value->kind != OPERAND_VARIABLE || !routine)
        return false;
    for (int i = 0; i < routine->argument_count; i++) {
        if (g_strcmp0(routine->argument_names[i], value->text) == 0)
            return true;
    }
    return false;
}

/* What the routine was called with that names the row; NULL without. */
static const struct term *argument_naming(const struct access *access)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (term_binds(term) && term->comparison == COMPARE_EQUAL &&
            is_argument(access, term->value))
            return term;
    }
    return NULL;
}

/* Each by an argument of its own of one call: f(payer, payee), which may hand them on, add(payer, -n) and
 * add(payee, n). */
static bool named_by_arguments(const struct access *a, const struct access *b)
{
    const struct term *first = argument_naming(a), *second = argument_naming(b);

    return first && second && access_same_relation(a, b) &&
           (via_same_call(a->via, b->via) ||
            (first->value->kind == OPERAND_VARIABLE && second->value->kind == OPERAND_VARIABLE)) &&
           strcmp(first->column, second->column) == 0 &&
           operand_same_value(first->value, second->value) != ANSWER_YES;
}

bool conflict_is_transfer(const struct access *held, const struct access *wanted)
{
    const struct access *give = held ? update_behind(held) : NULL;
    const struct access *take = wanted ? update_behind(wanted) : NULL;

    return give && take && access_same_relation(give, take) &&
           (sets_apart(give, take) || named_by_arguments(held, wanted));
}

bool conflict_on_key(const struct access *insert, const struct access *other)
{
    if (!access_is_upsert(insert) || !access_is_write(other) ||
        !access_same_relation(insert, other))
        return false;
    return other->kind != ACCESS_UPDATE || insert->query->write->conflict == CONFLICT_UPDATE;
}

/* SKIP LOCKED waits for nobody, and passes over what others hold. */
static enum lock_strength row_lock(const struct access *access)
{
    bool skips = access->kind == ACCESS_LOCK && access->wait == WAIT_SKIP;

    return skips ? LOCK_NONE : access_row_lock(access);
}

bool conflict_on_lock(const struct access *a, const struct access *b)
{
    return access_same_relation(a, b) && row_lock_conflicts(row_lock(a), row_lock(b));
}

bool conflict_blocks(const struct binding *binding, const struct access *held, unsigned run_held,
                     const struct access *wanted, unsigned run_wanted)
{
    if (!access_same_relation(held, wanted))
        return false;
    if (table_lock_conflicts(access_table_lock(held), access_table_lock(wanted)))
        return true;
    if (held->kind == ACCESS_INSERT)
        return binding_forces_unique(binding, held, run_held, wanted, run_wanted);
    return row_lock_conflicts(row_lock(held), row_lock(wanted)) &&
           binding_forces(binding, held, run_held, wanted, run_wanted);
}

/* What a foreign key does for the parent: it looks for children, deletes or changes them. */
static bool keeps_children(const struct access *access)
{
    return access_is_of_foreign_key(access) && !access_checks_parent(access);
}

bool conflict_may_refuse(const struct access *later)
{
    return later->kind == ACCESS_INSERT
               ? !access_is_upsert(later)
               : later->kind == ACCESS_LOCK && access_is_of_foreign_key(later);
}

bool conflict_refuses(const struct binding *binding, const struct access *later, unsigned run_later,
                      const struct access *other, unsigned run_other)
{
    if (!conflict_may_refuse(later))
        return false;
    if (later->kind == ACCESS_INSERT)
        return binding_forces_unique(binding, later, run_later, other, run_other);
    return other->kind == (access_checks_parent(later) ? ACCESS_DELETE : ACCESS_INSERT) &&
           binding_forces(binding, later, run_later, other, run_other);
}

bool conflict_fails_later(const struct binding *binding, const struct access *first,
                          unsigned run_first, const struct access *other, unsigned run_other)
{
    if (!access_is_write(other) || !access_same_relation(first, other))
        return false;
    if (first->kind == ACCESS_INSERT)
        return binding_forces_unique(binding, first, run_first, other, run_other);
    bool meets = other->kind == ACCESS_INSERT
                     ? keeps_children(first)
                     : row_lock_conflicts(row_lock(first), row_lock(other));
    return meets && binding_forces(binding, first, run_first, other, run_other);
}

/* Whether an UPDATE can make a row match that has not matched before. */
static bool moves_rows_into(const struct access *read, const struct access *write)
{
    for (const struct restriction *each = read->where; each; each = each->next) {
        if (!each->term.column || access_assigns(write, each->term.column))
            return true;
    }
    return false;
}

/* WHERE id = (SELECT id …), WHERE id IN (SELECT id …): it writes the rows that the sub-SELECT
 * found. Or a loop writes each row that its query finds. */
static bool takes_found_rows(const struct access *own, const struct access *read)
{
    for (const struct restriction *each = own->where; each; each = each->next) {
        const struct operand *value = each->term.value;
        if (value && value->kind == OPERAND_QUERY && value->query == read->query &&
            access_same_relation(own, read))
            return true;
    }
    return flow_loop_read(own) == read;
}

static bool has_same_key(const struct access *own, const struct access *read)
{
    struct binding binding;

    binding_clear(&binding);
    return binding_meet(&binding, own, 0, read, 0) && binding_same_key(&binding, own, 0, read, 0);
}

bool conflict_covers(const struct access *own, const struct access *read,
                     const struct access *overwrite)
{
    if (!row_lock_conflicts(row_lock(own), row_lock(overwrite)))
        return false;
    if (takes_found_rows(own, read))
        return true;
    return (access_covers(own, read) || has_same_key(own, read)) &&
           (overwrite->kind == ACCESS_DELETE || !moves_rows_into(read, overwrite));
}

bool conflict_is_held(const struct access *read, const struct access *overwrite)
{
    const struct access *own = access_first_like(read->transaction, read);

    while (own && !(access_is_write(own) && conflict_covers(own, read, overwrite)))
        own = access_next_peer(own);
    return own != NULL;
}

/* SELECT tag … WHERE post = $1, and then the tags that are missing: DO NOTHING leaves out those
 * that another one has added since, by UNIQUE (post, tag). */
static bool adds_missing(const struct access *insert, const struct access *read)
{
    const struct output *output = read->query ? read->query->outputs : NULL;

    if (insert->query->write->conflict != CONFLICT_NOTHING || !output || read->query->rest->limit ||
        read->query->exists || output->operand.kind != OPERAND_COLUMN)
        return false;
    for (const struct index *key = relation_keys(insert->relation, KEY_TOTAL | KEY_OF_COLUMNS); key;
         key = relation_key_after(key, KEY_TOTAL | KEY_OF_COLUMNS)) {
        for (const struct index_key *column = key->keys; column; column = column->next) {
            if (access_equals(read, column->column))
                return true;
        }
    }
    return false;
}

bool conflict_decides_key(const struct access *insert, const struct access *read,
                          enum answer unique)
{
    const struct write *write = insert->query ? insert->query->write : NULL;

    if (!access_is_upsert(insert))
        return false;
    if (unique != ANSWER_NO || adds_missing(insert, read))
        return true;
    for (const char **column = write->on_conflict->columns; column && *column; column++) {
        if (!access_equals(read, *column))
            return false;
    }
    if (write->on_conflict->columns)
        return true;
    for (const struct index *index = insert->relation->indexes; index; index = index->next) {
        if (index->kind != INDEX_PLAIN && index->partial)
            return true;
    }
    return false;
}

static bool is_of_other_program(const struct access *write, const struct access *access)
{
    return write->transaction != access->transaction &&
           !(write->body && write->body == access->body) && !write->undone &&
           !transaction_is_undone(write->transaction) && !write->transaction->set_up &&
           transaction_may_overlap(write->transaction, access->transaction);
}

/* Whether it changes a row that is there and that `read` has found: in this column, if one is given.
 * An upsert does by DO UPDATE alone. */
static bool changes_row(const struct access *write, const struct access *read,
                        enum granularity granularity, const char *column)
{
    const struct assignment *each = access_row_assignments(write);

    if (access_is_own(write) || !conflict_read_write(read, write, granularity))
        return false;
    if (write->kind == ACCESS_INSERT &&
        !(each && (granularity == BY_ROW || writes_column_of(read, write))))
        return false;
    while (column && each && g_strcmp0(each->column, column) != 0)
        each = each->next;
    return !column || each;
}

/* Those of these kinds, bits of enum access_kind. */
static const struct access *find_writer(const struct corpus *corpus, const struct access *access,
                                        enum granularity granularity, const char *column,
                                        unsigned kinds)
{
    struct access_cursor cursor = corpus_meeting(corpus, access);
    const struct access *write, *possible = NULL;

    while ((write = access_next(&cursor))) {
        if (!(kinds & 1U << write->kind) || !changes_row(write, access, granularity, column) ||
            !is_of_other_program(write, access))
            continue;
        enum answer same = access_same_rows(write, access);
        if (same == ANSWER_YES)
            return write;
        if (same == ANSWER_UNKNOWN && !possible)
            possible = write;
    }
    return possible;
}

const struct access *conflict_writer(const struct corpus *corpus, const struct access *access,
                                     enum granularity granularity, const char *column)
{
    return find_writer(corpus, access, granularity, column, ~0U);
}

const struct access *conflict_updater(const struct corpus *corpus, const struct access *access)
{
    return find_writer(corpus, access, BY_COLUMN, NULL, 1U << ACCESS_UPDATE | 1U << ACCESS_INSERT);
}

const struct access *conflict_inserter(const struct corpus *corpus, const struct access *insert,
                                       const struct access *read)
{
    struct access_cursor cursor = corpus_meeting(corpus, insert);
    const struct access *other, *possible = NULL;

    while ((other = access_next(&cursor))) {
        if (other->kind != ACCESS_INSERT || !access_same_relation(other, insert) ||
            !is_of_other_program(other, insert) || access_keys_differ(insert, other) ||
            access_same_rows(other, insert) == ANSWER_NO)
            continue;
        enum answer found = read ? access_same_rows(read, other) : ANSWER_UNKNOWN;
        if (found == ANSWER_YES)
            return other;
        if (found == ANSWER_UNKNOWN && !possible)
            possible = other;
    }
    return possible;
}

bool conflict_meets_copies(const struct corpus *corpus, const struct access *insert,
                           const struct access *read)
{
    return guard_has_fixed_key(insert) && !conflict_inserter(corpus, insert, read);
}

bool conflict_counts_alone(const struct corpus *corpus, const struct access *insert,
                           const struct access *read)
{
    struct access_cursor cursor = corpus_meeting(corpus, read);
    const struct access *other;

    if (!guard_has_fixed_key(insert) && !guard_adds_once(insert))
        return false;
    while ((other = access_next(&cursor))) {
        if (is_of_other_program(other, read) && conflict_read_write(read, other, BY_COLUMN) &&
            access_same_rows(read, other) != ANSWER_NO)
            return false;
    }
    return true;
}

bool conflict_spares_key(const struct corpus *corpus, const struct access *access)
{
    const GPtrArray *accesses = corpus_accesses(corpus, access);
    bool changed = false;

    if (access->kind != ACCESS_LOCK || access->lock != LOCK_KEY_SHARE)
        return false;
    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *write = accesses->pdata[i];
        if ((write->kind != ACCESS_UPDATE && write->kind != ACCESS_DELETE) ||
            access_is_own(write) ||
            !transaction_may_overlap(write->transaction, access->transaction) ||
            access_same_rows(write, access) == ANSWER_NO)
            continue;
        if (access_left_lock(write) == LOCK_UPDATE)
            return false;
        changed = true;
    }
    return changed || access_is_of_foreign_key(access);
}
