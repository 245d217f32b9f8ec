#include "search/trigger-check.h"

#include <string.h>

#include <glib.h>

#include "catalog/key.h"
#include "facts/body.h"
#include "facts/condition.h"
#include "facts/script.h"
#include "flow/flow.h"
#include "flow/new-row.h"
#include "program/rows.h"

static bool is_run_by(const struct catalog *catalog, const struct trigger *trigger,
                      const struct routine *routine)
{
    return catalog_routine(catalog, trigger->function_schema, trigger->function, -1) == routine;
}

/* What fires the function on this table, one of trigger_event each. */
static unsigned events_of(const struct catalog *catalog, const struct relation *relation,
                          const struct routine *routine)
{
    unsigned events = 0;

    for (const struct trigger *each = relation->triggers; each; each = each->next) {
        if (is_run_by(catalog, each, routine))
            events |= each->events;
    }
    return events;
}

static bool compares_all(const struct access *read, const char *const *columns)
{
    while (*columns && access_equals(read, *columns))
        columns++;
    return !*columns;
}

/* ------------------------------------------------------------------ children of a new row */

/* The rows that point to the one that is being inserted. Nobody else can have made or dropped any:
 * their foreign key would have waited for it. */
static bool reads_children_of_new(const struct catalog *catalog, const struct routine *routine,
                                  const struct access *read)
{
    for (const struct foreign_key *key = read->relation->foreign_keys; key; key = key->next) {
        const struct relation *parent = catalog_relation(catalog, key->parent.schema,
                                                         key->parent.name, key->script, AT_THE_END);
        if (parent && events_of(catalog, parent, routine) == TRIGGER_INSERT &&
            compares_all(read, (const char *const *)key->columns))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ one row of another table */

/* id = new.parent_id, id IN (SELECT …) */
static bool names_values(const struct access *read, const char *column)
{
    const struct restriction *each = access_equals(read, column) ? NULL : read->where;

    while (each && !(term_binds(&each->term) && each->term.comparison == COMPARE_IN &&
                     strcmp(each->term.column, column) == 0))
        each = each->next;
    return each || access_equals(read, column);
}

static bool compares_key(const struct access *read)
{
    const struct relation *relation = read->relation;

    if (!relation || !relation->described)
        return access_rows(read) == ROWS_POINT;
    for (const struct index *key = relation_keys(relation, KEY_TOTAL | KEY_OF_COLUMNS); key;
         key = relation_key_after(key, KEY_TOTAL | KEY_OF_COLUMNS)) {
        const struct index_key *each = key->keys;
        while (each && names_values(read, each->column))
            each = each->next;
        if (!each)
            return true;
    }
    return false;
}

/* Whether the trigger stands on a table whose foreign key points to what is read: the row is there,
 * and stays. */
static bool is_parent(const struct catalog *catalog, const struct routine *routine,
                      const struct relation *relation)
{
    for (const struct reference *each = relation->references; each; each = each->next) {
        if (events_of(catalog, each->child, routine))
            return true;
    }
    return false;
}

/* It asks for more than whether there is a row of this key. */
static bool asks_for_content(const struct access *read)
{
    for (const struct column *each = read->relation ? read->relation->columns : NULL; each;
         each = each->next) {
        if (!access_equals(read, each->name) && access_names_column(read, each->name))
            return true;
    }
    return false;
}

/* A statement of a script that changes the schema as well is run once, when that is deployed. */
static bool is_deployed(const struct access *write, const struct access *read)
{
    const struct script *script = write->transaction->script;

    return !write->body && script != read->transaction->script &&
           script_has(script, STATEMENT_DEFINE);
}

static bool is_ever_changed(const struct corpus *corpus, const struct access *read)
{
    const GPtrArray *accesses = corpus_accesses(corpus, read);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *other = accesses->pdata[i];
        if (other->kind == ACCESS_UPDATE && access_names_written(read, other) &&
            transaction_may_overlap(other->transaction, read->transaction) &&
            !is_deployed(other, read))
            return true;
    }
    return false;
}

/* The row for which the trigger is run, by a key of its table: WHERE id = NEW.id. */
static bool is_own_row(const struct catalog *catalog, const struct routine *routine,
                       const struct access *read)
{
    if (!events_of(catalog, read->relation, routine))
        return false;
    for (const struct index *key = relation_keys(read->relation, KEY_TOTAL | KEY_OF_COLUMNS); key;
         key = relation_key_after(key, KEY_TOTAL | KEY_OF_COLUMNS)) {
        const struct index_key *each = key->keys;
        while (each) {
            const struct operand *value = access_equals(read, each->column);
            if (!value || !value->text || g_ascii_strncasecmp(value->text, "new.", 4) != 0 ||
                strcmp(value->text + strlen("new."), each->column) != 0)
                break;
            each = each->next;
        }
        if (!each)
            return true;
    }
    return false;
}

/* A row that is not there is inserted before the error is raised, which is for what cannot be. */
static bool is_made_up_for(const struct access *read)
{
    const struct body_statement *raise = body_raises_on(read->body);

    for (const struct access *each = read->next; raise && each; each = each->next) {
        if (each->kind != ACCESS_INSERT || !access_same_relation(each, read) || !each->body ||
            !via_same_call(each->via, read->via) || each->body->span.end > raise->span.start)
            continue;
        for (const struct body_statement *arm = raise->parent; arm; arm = arm->parent) {
            if (arm->kind == BODY_ARM && body_is_inside(each->body, arm))
                return true;
        }
    }
    return false;
}

/* IF NOT FOUND, IF new.state = 'open' AND v IS NULL, IF NOT v: it holds when the read finds no row, or NULL
 * in it; and what does not hold then. */
static bool goes_without_row(const struct body_statement *arm, bool holds,
                             const struct access *read)
{
    const struct query *query =
        arm->kind == BODY_ARM && arm->statement ? arm->statement->query : NULL;
    const struct condition *each =
        query && body_decided_by(arm, read->body) ? query->rest->asked : NULL;
    bool exists = read->query && read->query->exists, flag;

    for (; each; each = each->next) {
        const char *variable = condition_lacks(each, holds, &flag);
        if (variable && body_assigns(read->body, variable) &&
            (!flag || exists || strcmp(variable, "found") == 0))
            return true;
    }
    return false;
}

static bool is_raised_without_row(const struct body_statement *raise, const struct access *read)
{
    const struct body_statement *otherwise = body_otherwise(raise, read->body);

    return otherwise ? goes_without_row(otherwise, false, read)
                     : raise->parent && goes_without_row(raise->parent, true, read);
}

bool trigger_wants_row(const struct access *read)
{
    const struct body_statement *arm = read->body, *raise = body_raises_on(arm);

    if (arm->kind == BODY_ARM && arm->statement && arm->statement->query)
        return read->query && (!raise || body_is_inside(raise, arm) ? read->query->asks_absence
                                                                    : read->query->asks_presence);
    while (raise && is_raised_without_row(raise, read)) {
        raise = body_raises_from(raise->next, arm);
        if (!raise)
            return true;
    }
    return false;
}

bool trigger_asks_of_row(const struct access *read)
{
    return !read->query || query_takes_parameters(read->query);
}

/* Whether a program takes a row away that the trigger wants, or changes what it asks for. Where no
 * program writes the table it is not known, and assumed. */
static bool can_go(const struct corpus *corpus, const struct access *read, unsigned events)
{
    const GPtrArray *accesses = corpus_accesses(corpus, read);
    bool written = false;

    if (events & (TRIGGER_UPDATE | TRIGGER_DELETE))
        return true;
    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *other = accesses->pdata[i];
        if (!access_is_write(other) || other->transaction->set_up || is_deployed(other, read))
            continue;
        written = true;
        if (other->kind != ACCESS_INSERT && access_names_written(read, other))
            return true;
    }
    return !written;
}

/* ------------------------------------------------------------------ sums that stay 0 */

/* Each run of the trigger sees the rows of its own transaction. */
static bool is_run_after(const struct catalog *catalog, const struct access *read,
                         const struct routine *routine)
{
    const struct trigger *each = read->relation && routine ? read->relation->triggers : NULL;
    bool run = false;

    for (; each; each = each->next) {
        if (is_run_by(catalog, each, routine) && each->before)
            return false;
        run |= is_run_by(catalog, each, routine);
    }
    return run;
}

/* The sum of all rows is 0 before, so what each transaction adds to it is 0 when its own check holds, and
 * so is what two of them add that do not see each other:
 *
 *     SELECT sum(debit) - sum(credit) INTO v FROM entry WHERE journal = NEW.journal; IF v <> 0 THEN RAISE … */
static bool keeps_balance(const struct catalog *catalog, const struct access *read,
                          const struct routine *routine)
{
    const struct query *query = read->query;
    const struct body_statement *raise = body_raises_on(read->body);
    const struct body_statement *otherwise = raise ? body_otherwise(raise, read->body) : NULL;
    const struct body_statement *arm = otherwise ? otherwise
                                       : raise   ? body_enclosing(raise, BODY_ARM)
                                                 : NULL;
    const struct condition *asked =
        arm && arm->statement && arm->statement->query ? arm->statement->query->rest->asked : NULL;

    return query && query->only_sums && !query->grouped && !query->inner && !query->ranges->next &&
           asked && !asked->next && read->body->into &&
           condition_asks_for_balance(asked, read->body->into, !otherwise) &&
           is_run_after(catalog, read, routine);
}

bool trigger_check_can_race(const struct catalog *catalog, const struct corpus *corpus,
                            const struct routine *routine, const struct access *read)
{
    const struct relation *relation = read->relation;
    bool parent = relation && routine && is_parent(catalog, routine, relation);

    if ((relation && routine &&
         (reads_children_of_new(catalog, routine, read) || is_own_row(catalog, routine, read))) ||
        is_made_up_for(read) || keeps_balance(catalog, read, routine))
        return false;
    if (trigger_wants_row(read) &&
        !can_go(corpus, read, relation && routine ? events_of(catalog, relation, routine) : 0))
        return false;
    if (!compares_key(read) || (read->body->kind == BODY_SQL && flow_aggregates(read)))
        return true;
    /* IF EXISTS may as well raise because the row is there: whoever inserts it gets in the way. */
    if (!parent && read->body->kind != BODY_SQL && !asks_for_content(read))
        return true;
    return is_ever_changed(corpus, read);
}

/* ------------------------------------------------------------------ numbers of new rows */

static bool is_inserted_elsewhere(const struct corpus *corpus, const struct access *read)
{
    const GPtrArray *accesses = corpus_accesses(corpus, read);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *other = accesses->pdata[i];
        if (other->kind == ACCESS_INSERT && !other->transaction->set_up &&
            transaction_may_overlap(other->transaction, read->transaction))
            return true;
    }
    return false;
}

const char *trigger_numbers(const struct catalog *catalog, const struct corpus *corpus,
                            const struct routine *routine, const struct access *read)
{
    if (!routine || !read->relation || !read->body ||
        !(events_of(catalog, read->relation, routine) & TRIGGER_INSERT) ||
        is_inserted_elsewhere(corpus, read))
        return NULL;
    return trigger_gives_number(read);
}
