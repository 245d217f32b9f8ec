#include "search/claim.h"

#include <string.h>

#include <glib.h>

#include "facts/body.h"
#include "locking/conflict.h"
#include "locking/guard.h"
#include "flow/dependence.h"
#include "flow/flow.h"
#include "program/rows.h"
#include "program/side-effect.h"

bool claim_is_repeated(const struct access *claim, const struct access *write)
{
    return guard_rechecks(claim, write) || guard_repeats(claim, write);
}

bool claim_is_unseen(const struct access *claim, const struct access *write)
{
    if (!access_same_statement(claim, write) || !write->query || write->query->outputs)
        return false;
    for (const struct assignment *each = write->assignments; each; each = each->next) {
        if (each->value.kind != OPERAND_CONSTANT)
            return false;
    }
    return write->assignments != NULL;
}

/* The row that the transaction has locked and done nothing about: it is free again when the
 * transaction ends. */
static const struct access *find_claim(const struct transaction *transaction)
{
    const struct access *claim = NULL;

    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (access_is_write(each) && claim && access_same_relation(each, claim))
            return NULL;
        const struct query *query = access_chooser(each);
        if (each->kind == ACCESS_LOCK && each->lock >= LOCK_NO_KEY_UPDATE && query &&
            query->rest->limit && !access_is_exempt(each))
            claim = each;
    }
    return transaction->unknown ? NULL : claim;
}

/* A row is marked that is named by its key alone. */
static bool marks(const struct access *claim, const struct access *write)
{
    return (write->kind == ACCESS_UPDATE || write->kind == ACCESS_DELETE) &&
           access_same_relation(claim, write) && access_rows(write) == ROWS_POINT &&
           access_names_written(claim, write) && !claim_is_repeated(claim, write) &&
           !guard_held_rows(write, LOCK_NO_KEY_UPDATE);
}

static bool follows(const struct transaction *claim, const struct transaction *mark)
{
    bool ended = claim->kind == TRANSACTION_BLOCK || claim->kind == TRANSACTION_SEGMENT ||
                 mark->kind == TRANSACTION_SEGMENT;

    return ended && !claim->set_up && !mark->set_up && !claim->uncertain && !mark->uncertain &&
           !(mark->name && g_strcmp0(claim->name, mark->name) != 0);
}

const struct access *claim_marked_late(const struct transaction *transaction,
                                       const struct access **claim)
{
    const struct transaction *next = transaction->next;
    const struct access *mark = next ? next->accesses : NULL;
    bool locks = transaction->kinds & 1U << ACCESS_LOCK;

    *claim = locks && mark && follows(transaction, next) ? find_claim(transaction) : NULL;
    if (!*claim || guard_session_lock(*claim))
        return NULL;
    while (mark && !marks(*claim, mark))
        mark = mark->next;
    return mark;
}

/* ------------------------------------------------------------------ picked without a lock */

/* Asked for by something that each run gives: WHERE email = $1, WHERE matches(place, $1). */
static bool is_given(const struct access *read, const struct restriction *where)
{
    if (where->term.column)
        return where->term.comparison == COMPARE_EQUAL &&
               where->term.value->kind != OPERAND_CONSTANT;
    return where->term.condition->kind == CONDITION_COMPARE &&
           !comparison_is_range(where->term.condition->comparison) &&
           query_takes_parameters(read->query);
}

static bool names(const struct operand *operand, const struct access *read, const char *column)
{
    const struct column_use *use = operand->uses;

    for (uint32_t i = 0; i < operand->use_count && use; i++, use = use->next) {
        if (use->range == read->range && use->name && strcmp(use->name, column) == 0)
            return true;
    }
    return false;
}

static const struct sort *sorts_by(const struct access *read, const char *column)
{
    const struct sort *sort = read->query->rest->order;

    while (sort && !names(&sort->operand, read, column))
        sort = sort->next;
    return sort;
}

/* The newest row gets the time of now, and stays the newest one. */
static bool renews(const struct access *read, const struct assignment *set)
{
    const struct sort *sort = set->column ? sorts_by(read, set->column) : NULL;

    return sort && sort->descending && set->value.has_call && !set->value.use_count &&
           (column_is_time(read->relation, set->column) ||
            !(read->relation && read->relation->described));
}

bool claim_renews(const struct access *read, const struct access *write)
{
    const struct assignment *set = write->assignments;

    while (set && renews(read, set))
        set = set->next;
    return write->assignments && !set;
}

/* What is set is what was asked for already: the row stays in the queue. */
static bool keeps(const struct access *read, const struct assignment *set)
{
    const struct operand *asked = access_equals(read, set->column);

    return asked && operand_same_value(asked, &set->value) == ANSWER_YES;
}

/* The new value is made of what was read on the way, as when rows change places. */
static bool is_computed(const struct assignment *set, const struct access *write)
{
    const struct column_use *use = set->value.uses;

    for (uint32_t i = 0; i < set->value.use_count && use; i++, use = use->next) {
        /* WITH next (id, place) AS …: a name of that list is known to be no column of the table */
        if (!use->variable &&
            (use->range
                 ? use->range->kind == RANGE_QUERY
                 : use->name && relation_has_column(write->relation, use->name) == ANSWER_NO))
            return true;
    }
    return false;
}

/* Django's first() sorts by the key and save() sets every other column, those too that are as they
 * were. */
static bool is_saved(const struct access *read, const struct access *write)
{
    const struct sort *sort = read->query->rest->order;
    const struct column *each = write->relation && write->relation->described && sort && !sort->next
                                    ? write->relation->columns
                                    : NULL;

    if (!each)
        return false;
    while (each && (access_assigns(write, each->name) ||
                    (access_equals(write, each->name) && names(&sort->operand, read, each->name))))
        each = each->next;
    return !each;
}

/* The UPDATE takes the row out of what the SELECT picks from: it sets a column that the SELECT asks
 * for or sorts by. A SELECT that asks for nothing but what each run gives, without an order, looks
 * a row up. */
static bool takes_out(const struct access *read, const struct access *write)
{
    bool sorted = read->query->rest->order && !is_saved(read, write);

    for (const struct assignment *set = write->assignments; set; set = set->next) {
        if (!set->column || keeps(read, set) || is_computed(set, write))
            continue;
        if (sorts_by(read, set->column) && !renews(read, set))
            return true;
        for (const struct restriction *each = read->where; each; each = each->next) {
            if (condition_names(each->term.condition, read->range, set->column) &&
                (sorted || !is_given(read, each)))
                return true;
        }
    }
    return false;
}

/* The row is looked up, to be made when it is missing, and no worker fills the queue that it empties:
 *
 *     IF id IS NOT NULL THEN UPDATE error SET seen = now() WHERE … ELSE INSERT INTO error … END IF; */
static bool is_made_when_missing(const struct access *read, const struct access *write)
{
    const struct body_statement *arm = write->body ? body_enclosing(write->body, BODY_ARM) : NULL;
    const struct access *each = arm && read->body ? access_first_beside(write) : NULL;

    while (each && !(each->kind == ACCESS_INSERT && access_same_relation(each, read) &&
                     each->body && !body_is_inside(each->body, arm) &&
                     via_same_call(each->via, write->via) && flow_decides_insert(read, each)))
        each = access_next_beside(each);
    return each != NULL;
}

bool claim_picks(const struct access *read, const struct access *write)
{
    if (read->kind != ACCESS_READ || !read->query || !read->query->rest->limit ||
        access_rows(read) >= ROWS_POINT || !access_same_relation(read, write) ||
        access_same_rows(read, write) == ANSWER_NO || !takes_out(read, write))
        return false;
    if (access_same_statement(read, write))
        return flow_picks_rows(read, write);
    /* The program names the row when both ask for it alike. */
    return access_same_rows(read, write) != ANSWER_YES &&
           write_depends(read, write) != DEPENDS_NOT && !is_made_when_missing(read, write);
}

bool claim_depends_on_others(const struct access *read)
{
    const struct query *query = read->query;

    if (query->grouped || query->distinct || query->windowed)
        return true;
    for (const struct access *other = read->transaction->accesses; other; other = other->next) {
        if (other != read && other->kind == ACCESS_READ && access_same_statement(other, read) &&
            access_same_relation(other, read))
            return true;
    }
    return false;
}

bool claim_stamps(const struct access *read, const struct access *write)
{
    const struct assignment *set = write->assignments;

    while (set && !(set->column && set->value.has_call && !operand_has_columns(&set->value) &&
                    access_names_column(read, set->column) &&
                    column_is_time(write->relation, set->column) &&
                    !relation_column(write->relation, set->column)->not_null))
        set = set->next;
    return set != NULL;
}

/* ------------------------------------------------------------------ done twice */

/* Two runs set the same, or two times that hardly differ. */
static bool is_settled(const struct operand *value)
{
    return value->kind == OPERAND_CONSTANT ||
           (value->kind == OPERAND_EXPRESSION && value->text && !value->has_query &&
            !value->has_volatile && !value->use_count);
}

static bool settles(const struct access *write)
{
    const struct assignment *set = write->kind == ACCESS_UPDATE ? write->assignments : NULL;

    while (set && set->column && is_settled(&set->value))
        set = set->next;
    return write->kind == ACCESS_UPDATE && write->assignments && !set;
}

static bool only_settles(const struct transaction *transaction)
{
    const struct access *each = transaction->accesses;

    while (each && (!access_is_write(each) || settles(each)))
        each = each->next;
    return !each && !transaction->calls && !transaction->hidden && !transaction->unknown;
}

/* The other write takes back the time that this one sets, and leaves the row as the check has found it. */
static bool takes_back(const struct assignment *set, const struct assignment *own)
{
    return set->value.kind == OPERAND_CONSTANT && set->value.literal == LITERAL_NULL &&
           own->value.has_call && is_settled(&own->value);
}

/* What the other write changes of the check is what `write` sets as well. */
static bool sets_the_same(const struct access *read, const struct access *write,
                          const struct access *other)
{
    for (const struct assignment *set = access_row_assignments(other); set; set = set->next) {
        const struct assignment *own = set->column ? access_assigns(write, set->column) : NULL;
        if (set->column && !access_reads_column(read, set->column))
            continue;
        if (!own || (own != set && g_strcmp0(own->value.text, set->value.text) != 0 &&
                     !takes_back(set, own)))
            return false;
    }
    return true;
}

bool claim_is_harmless(const struct corpus *corpus, const struct access *read,
                       const struct access *write)
{
    const GPtrArray *accesses = corpus_accesses(corpus, read);

    if (!accesses || !settles(write) || !only_settles(write->transaction))
        return false;
    for (guint i = 0; i < accesses->len; i++) {
        const struct access *other = accesses->pdata[i];
        if (access_is_write(other) && !sets_the_same(read, write, other))
            return false;
    }
    return true;
}

static bool is_checked(const struct access *read, const struct access *write, const char *column)
{
    return access_reads_column(read, column) &&
           (access_asks_about(read, column) || write_goes_by(read, write, column));
}

/* Whether one of the columns that the write sets decides. */
static bool sets_checked(const struct access *read, const struct access *write,
                         const struct access *own)
{
    const struct assignment *set = access_row_assignments(own);

    while (set && set->column && !is_checked(read, write, set->column))
        set = set->next;
    return set != NULL;
}

/* Whether a branch of the routine looks at this column of what `read` has found, or whether it has found a
 * row where it asks for the column. */
static bool is_decisive(const struct access *read, const struct access *write, const char *column)
{
    bool named = access_names_column(read, column), asked = access_asks_about(read, column);
    const struct source *each = write->rest->control;

    while (each && !(each->access == read && (each->field ? strcmp(each->field, column) == 0
                                                          : named && (!each->found || asked))))
        each = each->next;
    return each != NULL;
}

/* Whether the update goes by a column that only `write` sets. */
static bool goes_by_set(const struct access *update, const struct access *write)
{
    for (const struct assignment *set = write->assignments; set; set = set->next) {
        const struct access *each = update->transaction->accesses;
        if (!set->column || access_assigns(update, set->column))
            continue;
        while (each && !(access_same_rows(each, update) == ANSWER_YES &&
                         is_decisive(each, update, set->column)))
            each = each->next;
        if (each || access_asks_about(update, set->column))
            return true;
    }
    return false;
}

/* Whether the update sets a column that `write` goes by and leaves as it is. */
static bool sets_decisive(const struct access *read, const struct access *write,
                          const struct access *update)
{
    const struct assignment *set = update->assignments;

    while (set &&
           !(set->column && !access_assigns(write, set->column) &&
             !access_asks_about(write, set->column) && is_decisive(read, write, set->column)))
        set = set->next;
    return set != NULL;
}

/* Of two programs that each check what the other one sets. */
static const struct access *find_crossed(const struct corpus *corpus, const struct access *read,
                                         const struct access *write)
{
    bool decides = access_rows(read) == ROWS_POINT && write->kind == ACCESS_UPDATE &&
                   sources_have(write->rest->control, read);
    const GPtrArray *accesses = decides ? corpus_accesses(corpus, read) : NULL;

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *other = accesses->pdata[i];
        if (other->kind == ACCESS_UPDATE && other->transaction != write->transaction &&
            sets_decisive(read, write, other) && access_rows(other) == ROWS_POINT &&
            transaction_may_overlap(other->transaction, write->transaction) &&
            conflict_read_write(read, other, BY_COLUMN) && goes_by_set(other, write))
            return other;
    }
    return NULL;
}

const struct access *claim_changed_by(const struct corpus *corpus, const struct access *read,
                                      const struct access *write)
{
    const struct access *found, *possible = NULL;

    if (!access_names_written(read, write))
        return find_crossed(corpus, read, write);
    found = conflict_updater(corpus, read);
    if (!found || sets_checked(read, write, found))
        return found;
    for (const struct column *each = read->relation ? read->relation->columns : NULL; each;
         each = each->next) {
        found = is_checked(read, write, each->name)
                    ? conflict_writer(corpus, read, BY_COLUMN, each->name)
                    : NULL;
        if (found && access_same_rows(found, read) == ANSWER_YES)
            return found;
        possible = possible ? possible : found;
    }
    return possible;
}

bool claim_ends(const struct access *read, const struct access *write)
{
    bool deletes = false, more = false;

    for (const struct access *own = write->transaction->accesses; own; own = own->next) {
        bool same = access_same_relation(own, read);
        if (same && (own->kind == ACCESS_INSERT || sets_checked(read, write, own)))
            return true;
        deletes |= same && own->kind == ACCESS_DELETE;
        more |=
            (own->kind == ACCESS_INSERT || own->kind == ACCESS_UPDATE) && !via_is_set_off(own->via);
    }
    return (deletes && more) || write->transaction->unknown || write->transaction->hidden;
}

bool claim_is_answered(const struct access *read)
{
    const struct transaction *transaction = read->transaction;
    const struct routine_run *run = transaction->runs;

    while (run && !routine_returns_value(run->routine))
        run = run->next;
    return run || (transaction->routine && routine_returns_value(transaction->routine)) ||
           (read->body && body_raises_on(read->body));
}
