/* Transactions as programs of the machine, act by act: all that they do, or nothing. */
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include "locking/lock.h"
#include "program/rows.h"
#include "program/side-effect.h"
#include "model/model.h"

/* ------------------------------------------------------------------ acts */

static struct act *add_act(struct trial_maker *maker, enum act_kind kind)
{
    struct program *program = maker->program;

    if (program->count == WORLD_ACTS)
        return NULL;
    struct act *act = &program->acts[program->count++];
    *act = (struct act){.kind = kind, .index = NO_INDEX, .arbiter = NO_INDEX};
    return act;
}

static struct act *add_access(struct trial_maker *maker, enum act_kind kind,
                              const struct access *access)
{
    unsigned table = trial_table(maker->trial, access->relation);
    struct act *act = table < WORLD_TABLES ? add_act(maker, kind) : NULL;

    if (act) {
        act->table = (uint8_t)table;
        maker->accesses[maker->program->count - 1] = access;
    }
    return act;
}

/* One that its statement names itself, with nothing that may leave it out but the branch that is
 * made. */
static bool is_direct(const struct trial_maker *maker, const struct access *access)
{
    return (!access->conditional || maker->arm || maker->loop) &&
           (!access->repeated || maker->loop) && !access->merge && !access->copy &&
           !access->current && !access->created && access->relation && access->query &&
           access->range && (!access_is_exempt(access) || access->assumed);
}

/* The columns that its result shows; 0: all. */
static uint8_t columns_read(struct trial_maker *maker, const struct act *act,
                            const struct query *query)
{
    uint8_t columns = 0;

    for (const struct output *output = query->outputs; output; output = output->next) {
        if (output->operand.kind != OPERAND_COLUMN || !output->operand.uses ||
            !output->operand.uses->name)
            return 0;
        const char *name = trial_below(maker, output->operand.uses->name);
        unsigned column = name ? trial_column(maker->trial, act->table, name) : WORLD_COLUMNS;
        if (column == WORLD_COLUMNS)
            return 0;
        columns |= (uint8_t)(1U << column);
    }
    return columns;
}

static bool is_flat(const struct query *query)
{
    return query->ranges && !query->ranges->next && !query->rest->calls && !query->set_returning &&
           !query->windowed;
}

bool trial_is_flat(const struct query *query)
{
    return is_flat(query) && !query->inner;
}

/* The sub-SELECT of a condition may be what another act asks. */
static bool is_understood_with(const struct query *query, const struct access *asked)
{
    return is_flat(query) &&
           (!query->inner || (asked && query->inner == asked->query && !query->inner->next));
}

/* Of a view, the query that names it is taken. */
static struct act *take_select(struct trial_maker *maker, const struct access *access, int *at)
{
    const struct query *query = maker->view ? maker->statement->query : access->query;
    bool joins = (maker->later || maker->from) && query->ranges && query->ranges->next;
    struct act *act = (joins ? trial_is_join(query) : is_understood_with(query, maker->asked))
                          ? add_access(maker, ACT_SELECT, access)
                          : NULL;

    *at = maker->program->count - 1;
    if (!act || !trial_take_conditions(maker, act, access, -1) ||
        !trial_take_order(maker, act, access, query))
        return NULL;
    if (access->kind == ACCESS_LOCK) {
        if (!query_can_lock(query))
            return NULL;
        act->lock = access->lock;
        act->wait = access->wait;
    }
    if (!joins && !trial_take_total(maker, act, query))
        act->reads = columns_read(maker, act, query);
    return act;
}

bool trial_take_read(struct trial_maker *maker, const struct access *access)
{
    int at;

    return take_select(maker, access, &at);
}

bool trial_take_assignment(struct trial_maker *maker, struct act *act, const struct access *access,
                           const struct assignment *assignment)
{
    const char *name = access_assigned_column(access, assignment);
    unsigned column = name ? trial_column(maker->trial, act->table, name) : WORLD_COLUMNS;

    if (column == WORLD_COLUMNS || act->set_count == WORLD_COLUMNS)
        return false;
    struct set *set = &act->sets[act->set_count++];
    set->column = (uint8_t)column;
    if (trial_take_read_value(maker, access, assignment, &set->value))
        return true;
    return trial_take_written(maker, access, &assignment->value, assignment->data,
                              (struct trial_place){act->table, (uint8_t)column}, &set->value);
}

bool trial_take_update(struct trial_maker *maker, const struct access *access, int picked)
{
    struct act *act = add_access(maker, ACT_UPDATE, access);

    if (!act || !trial_take_conditions(maker, act, access, picked))
        return false;
    for (const struct assignment *each = access->assignments; each; each = each->next) {
        if (!trial_take_assignment(maker, act, access, each))
            return false;
    }
    return act->set_count > 0;
}

bool trial_take_delete(struct trial_maker *maker, const struct access *access, int picked)
{
    struct act *act = add_access(maker, ACT_DELETE, access);

    return act && trial_take_conditions(maker, act, access, picked);
}

/* What a column gets that the INSERT does not name. */
static bool take_default(struct trial_maker *maker, const struct access *access, unsigned column,
                         const char *name, struct value *value)
{
    const struct column *of = relation_column(access->relation, name);
    unsigned at = maker->program->count * WORLD_COLUMNS + column;
    uint8_t table = maker->program->acts[maker->program->count - 1].table;

    *value = (struct value){.number = NO_VALUE};
    if (!of)
        return false;
    if (access_makes_value(access, name))
        value->number = (int16_t)(FIRST_MADE + maker->run * WORLD_ACTS * WORLD_COLUMNS + at);
    else if (of->default_value)
        return trial_take_value(maker, of->default_value,
                                (struct trial_place){.table = table, .column = (uint8_t)column},
                                value);
    else if (of->has_default)
        value->number = (int16_t)(FIRST_DEFAULT + column);
    return !of->has_default || !trial_is_predicate(maker->trial, table, column);
}

/* All columns that others name must be known when it is made: see trial_finish. */
static bool take_row(struct trial_maker *maker, struct act *act, const struct access *access)
{
    for (const struct assignment *each = access->assignments; each; each = each->next) {
        const char *name = access_assigned_column(access, each);
        if (!name || (maker->view && !each->column) ||
            trial_column(maker->trial, act->table, name) == WORLD_COLUMNS)
            return false;
    }
    for (unsigned i = 0; i < WORLD_COLUMNS; i++)
        act->row[i].number = NO_VALUE;
    for (unsigned i = 0; i < maker->trial->tables[act->table].column_count; i++) {
        const char *name = maker->trial->tables[act->table].columns[i].name;
        const struct assignment *assignment = access_assigns(access, name);
        bool written = assignment && assignment->value.kind != OPERAND_DEFAULT;
        const struct operand *value = !written ? NULL
                                      : access->query->write->rows > 0
                                          ? &assignment->value
                                          : access_inserts(access, name);
        bool taken =
            (written && (trial_take_moved(maker, access, assignment, &act->row[i]) ||
                         trial_take_read_value(maker, access, assignment, &act->row[i]))) ||
            (value && !access_makes_value(access, name)
                 ? trial_take_written(maker, access, value, assignment->data,
                                      (struct trial_place){act->table, (uint8_t)i}, &act->row[i])
                 : (!written || value) && take_default(maker, access, i, name, &act->row[i]));
        if (!taken)
            return false;
        trial_bring_value(maker->trial, act->table, i, act->row[i].number);
    }
    return true;
}

bool trial_take_insert(struct trial_maker *maker, const struct access *access)
{
    struct act *act = add_access(maker, ACT_INSERT, access);

    return act && take_row(maker, act, access) && trial_take_conflict(maker, act, access);
}

/* All rows of VALUES, one after the other. */
static bool take_rows(struct trial_maker *maker, const struct access *access)
{
    const struct access_rest *rest = access->rest;

    if (!trial_take_insert(maker, access) ||
        (access->query->write->rows > 1 && (!rest->more || rest->assigned)))
        return false;
    for (const struct values_row *row = rest->more; row; row = row->next) {
        struct access more = *access;
        more.assignments = row->assignments;
        if (!trial_take_insert(maker, &more))
            return false;
        maker->program->acts[maker->program->count - 1].joined = true;
        maker->accesses[maker->program->count - 1] = NULL;
    }
    return true;
}

/* ------------------------------------------------------------------ statements */

/* The accesses of the statement; more than `most`, or some that are not understood, are none. */
static unsigned direct_accesses(const struct trial_maker *maker, const struct access **accesses,
                                unsigned most)
{
    unsigned count = 0;

    for (const struct access *access = maker->transaction->accesses; access;
         access = access->next) {
        if (!trial_is_of_statement(maker, access))
            continue;
        if (count == most || !is_direct(maker, access))
            return 0;
        accesses[count++] = access;
    }
    return count;
}

/* In a routine: nobody sees what PERFORM reads, and of a routine in SQL the last result alone. */
static bool is_hidden(const struct body_statement *body)
{
    return body && body->kind == BODY_SQL && !body->into && (body->parent || body->next);
}

/* What goes into variables of a routine that returns nothing is seen by what is made of it. */
static bool keeps_result(const struct trial_maker *maker)
{
    return maker->body && maker->body->into && trial_returns_nothing(maker);
}

void trial_show_written(struct trial_maker *maker, unsigned first, const struct query *query)
{
    for (unsigned i = first; i < maker->program->count; i++) {
        struct act *act = &maker->program->acts[i];
        act->quiet = is_hidden(maker->body) && trial_returns_nothing(maker);
        act->kept = keeps_result(maker);
        act->returns = query->outputs; /* RETURNING */
        act->reads = act->returns ? columns_read(maker, act, query) : 0;
    }
}

static bool take_write(struct trial_maker *maker, const struct access *access)
{
    const struct query *query = access->query;
    unsigned first = maker->program->count;

    if (query->inner || query->rest->calls ||
        (query->ranges && query->ranges->next && access->kind != ACCESS_INSERT))
        return false;
    bool taken = access->kind == ACCESS_INSERT ? query->write->rows > 0 && take_rows(maker, access)
                 : access->kind == ACCESS_UPDATE
                     ? trial_take_update(maker, access, -1)
                     : access->kind == ACCESS_DELETE && trial_take_delete(maker, access, -1);
    if (taken)
        trial_show_written(maker, first, query);
    return taken;
}

/* hashtext($1) is one number wherever $1 is one value; of what is made of several nothing is known. */
static bool take_lock_key(struct trial_maker *maker, const struct operand *key, struct value *value)
{
    struct operand made_of = *key;

    if (key->kind == OPERAND_EXPRESSION && !operand_is_fixed(key)) {
        if (key->use_count != 1 || !key->uses->variable || key->has_volatile)
            return false;
        bool parameter = strchr("$:", key->uses->name[0]) != NULL;
        made_of = (struct operand){.kind = parameter ? OPERAND_PARAMETER : OPERAND_VARIABLE,
                                   .text = key->uses->name,
                                   .use_count = 1,
                                   .uses = key->uses};
    }
    return trial_take_value(maker, &made_of, (struct trial_place){.table = WORLD_TABLES}, value) &&
           value->kind == VALUE_PLAIN;
}

static bool take_advisory(struct trial_maker *maker, const struct query *query)
{
    const struct call *call = query->rest->calls;
    const struct operand_item *key = call ? call->arguments : NULL;
    struct value value;
    struct act *act;

    if (query->ranges || query->inner || !call || call->next || !key || key->next ||
        (strcmp(call->name, "pg_advisory_xact_lock") != 0 &&
         strcmp(call->name, "pg_advisory_xact_lock_shared") != 0))
        return false;
    act = add_act(maker, ACT_ADVISORY);
    if (!act || !take_lock_key(maker, &key->operand, &value))
        return false;
    act->number = value.number;
    act->shared = g_str_has_suffix(call->name, "_shared");
    return true;
}

/* SELECT … INTO takes one row; STRICT would look for a second one. A loop takes all. */
static bool takes_all_rows(const struct trial_maker *maker, const struct access *access)
{
    const struct query *query = access->query;
    bool one = query->aggregates || query->rest->limit || access_rows(access) == ROWS_POINT;

    return !maker->body || !maker->body->into || maker->body->kind == BODY_FOR_QUERY || one;
}

/* IF [NOT] EXISTS (…), IF (SELECT count(*) …) > 0 */
static bool take_asked(struct trial_maker *maker, const struct access *access)
{
    int at;

    if ((!access->query->exists && !trial_counts(access->query)) ||
        !take_select(maker, access, &at))
        return false;
    maker->program->acts[at].quiet = true;
    maker->program->acts[at].limit = access->query->exists;
    return true;
}

static bool take_read(struct trial_maker *maker, const struct access *access)
{
    int at;

    if (!takes_all_rows(maker, access) || !take_select(maker, access, &at))
        return false;
    maker->program->acts[at].quiet = is_hidden(maker->body);
    maker->program->acts[at].kept = keeps_result(maker);
    return true;
}

/* A SELECT of two tables. */
static bool take_joined(struct trial_maker *maker, const struct access *first,
                        const struct access *second)
{
    unsigned at = maker->program->count;

    if (!trial_take_joined(maker, first, second))
        return false;
    for (; at < maker->program->count; at++) {
        maker->program->acts[at].quiet |= is_hidden(maker->body);
        maker->program->acts[at].kept = keeps_result(maker);
    }
    return true;
}

static bool take_query(struct trial_maker *maker, const struct query *query)
{
    const struct access *accesses[3];

    if (query->kind == QUERY_MERGE)
        return trial_take_merge(maker, query);
    unsigned count = direct_accesses(maker, accesses, G_N_ELEMENTS(accesses));

    if (count == 0)
        return take_advisory(maker, query);
    if (!trial_find_view(maker, accesses[0], &maker->view) || (count > 1 && maker->view))
        return false;
    if (count == 3)
        return trial_take_unless(maker, accesses[1], accesses[0], accesses[2]);
    if (count == 2 && access_is_write(accesses[0]))
        return trial_take_with(maker, accesses[0], accesses[1]);
    if (count == 2 && (accesses[1]->kind == ACCESS_UPDATE || accesses[1]->kind == ACCESS_DELETE) &&
        (trial_take_picked(maker, accesses[0], accesses[1]) ||
         trial_take_if_asked(maker, accesses[0], accesses[1])))
        return true;
    if (count == 2 && accesses[1]->query == accesses[0]->query && !query->write)
        return take_joined(maker, accesses[0], accesses[1]);
    if (count == 2)
        return trial_take_guarded(maker, accesses[0], accesses[1]) ||
               trial_take_sourced(maker, accesses[0], accesses[1]) ||
               trial_take_driven(maker, accesses[0], accesses[1]);
    if (query->rest->asked && accesses[0]->kind == ACCESS_READ &&
        accesses[0]->query == query->inner)
        return take_asked(maker, accesses[0]);
    if (accesses[0]->query != query && accesses[0]->query != maker->view &&
        !trial_shows_change(query, accesses[0]))
        return false;
    if (accesses[0]->kind == ACCESS_READ || accesses[0]->kind == ACCESS_LOCK)
        return take_read(maker, accesses[0]);
    return take_write(maker, accesses[0]);
}

static bool take_lock(struct trial_maker *maker, const struct statement *statement)
{
    const struct access *access = maker->transaction->accesses;

    for (; access; access = access->next) {
        if (!trial_is_of_statement(maker, access))
            continue;
        if (!access->relation || access->conditional || access->repeated)
            return false;
        struct act *act = add_access(maker, ACT_LOCK_TABLE, access);
        if (!act)
            return false;
        act->table_lock = access->table_lock;
        act->wait = statement->flags & STATEMENT_NOWAIT ? WAIT_ERROR : WAIT_BLOCK;
    }
    return true;
}

bool trial_take_statement(struct trial_maker *maker, const struct statement *statement)
{
    maker->statement = statement;
    if (statement->kind == STATEMENT_LOCK)
        return take_lock(maker, statement);
    return statement->kind == STATEMENT_QUERY && take_query(maker, statement->query);
}

static bool has_step(const struct transaction *transaction, enum statement_kind kind)
{
    for (size_t i = 0; i < transaction->step_count; i++) {
        if (transaction->steps[i].statement->kind == kind)
            return true;
    }
    return false;
}

/* One name that is set again and again, and never released; or nothing is rolled back to any. */
static bool savepoints_are_simple(const struct transaction *transaction)
{
    const char *name = NULL;

    if (!has_step(transaction, STATEMENT_ROLLBACK_TO))
        return true;

    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct statement *each = transaction->steps[i].statement;
        if (each->kind != STATEMENT_SAVEPOINT && each->kind != STATEMENT_ROLLBACK_TO &&
            each->kind != STATEMENT_RELEASE)
            continue;
        if (each->kind == STATEMENT_RELEASE || !each->name ||
            (name && strcmp(name, each->name) != 0))
            return false;
        name = each->name;
    }
    return true;
}

static bool take_step(struct trial_maker *maker, const struct step *step)
{
    switch (step->statement->kind) {
    case STATEMENT_QUERY:
    case STATEMENT_LOCK:
    case STATEMENT_CALL:
    case STATEMENT_DO:
        return trial_take_step(maker, step);
    case STATEMENT_SAVEPOINT: /* one that is released changes nothing */
        return has_step(maker->transaction, STATEMENT_RELEASE) ||
               add_act(maker, ACT_SAVEPOINT) != NULL;
    case STATEMENT_ROLLBACK_TO:
        return add_act(maker, ACT_ROLLBACK_TO) != NULL;
    case STATEMENT_RELEASE:
    case STATEMENT_SET:
        return true;
    default:
        return false;
    }
}

static bool is_understood(const struct transaction *transaction)
{
    return transaction_level(transaction) >= LEVEL_READ_COMMITTED && !transaction->unknown &&
           !transaction->uncertain && !transaction->hidden && !transaction->rest->session_lock &&
           !transaction->rest->distinct && !transaction->set_up && !transaction->rest->segment &&
           !transaction->modes_again &&
           (!transaction->end || transaction->end->kind == STATEMENT_COMMIT ||
            transaction->end->kind == STATEMENT_ROLLBACK) &&
           savepoints_are_simple(transaction);
}

struct trial *trial_new(void)
{
    struct trial *trial = g_new(struct trial, 1);

    memset(trial, 0, offsetof(struct trial, programs));
    memset(&trial->steps, 0, sizeof *trial - offsetof(struct trial, steps));
    return trial;
}

bool trial_add(struct trial *trial, const struct transaction *transaction)
{
    struct trial_maker maker = {.trial = trial,
                                .run = trial->count,
                                .program = &trial->programs[trial->count],
                                .transaction = transaction};

    if (!is_understood(transaction))
        return false;
    maker.program->level = transaction_level(transaction);
    maker.program->read_only = transaction_read_only(transaction);
    maker.program->deferrable = transaction_deferrable(transaction);
    maker.program->rolls_back = transaction_is_undone(transaction);
    maker.program->count = 0;
    trial->called[maker.run] = 0;
    trial->count++;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access_is_of_foreign_key(access) &&
            trial_table(trial, access->relation) == WORLD_TABLES)
            return false;
    }
    for (size_t i = 0; i < transaction->step_count; i++) {
        unsigned act = maker.program->count;
        if (step_is_refused(&transaction->steps[i])) {
            maker.program->rolls_back = true;
            break;
        }
        if (!take_step(&maker, &transaction->steps[i]))
            return false;
        for (; act < maker.program->count; act++) {
            trial->steps[maker.run][act] = &transaction->steps[i];
            trial->called[maker.run] |= (uint32_t)maker.program->acts[act].called << act;
        }
    }
    return trial_take_triggers(&maker);
}
