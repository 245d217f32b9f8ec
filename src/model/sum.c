/* Sums in a trial: SET n = n + 1, n - t.m, n + EXCLUDED.n, n + (SELECT sum(m) …). All sums of one column
 * commute: of what is not known, any number will do. What an act has found is added as it was found. */
#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "model/model.h"

enum { SUMMAND = 10 }; /* which is not known */

const char *trial_own_column(const struct trial_maker *maker, const struct access *access,
                             const struct column_use *use)
{
    if (use->variable || !use->name)
        return NULL;
    if (use->range == access->range)
        return use->name;
    return maker->view && access->query->write && use->range == access->query->write->target
               ? trial_below(maker, use->name)
               : NULL;
}

/* ------------------------------------------------------------------ of one column */

/* The values of which the sum is one that an index asks for. */
static bool name_before_sum(struct trial *trial, struct trial_place place, int summand)
{
    const struct world_table *table = &trial->world.tables[place.table];

    for (unsigned i = 0; i < table->index_count; i++) {
        const struct filter *where = &table->indexes[i].where;
        if (table->indexes[i].partial && where->column == place.column && where->count > 0 &&
            !trial_name_value(trial, place.table, place.column,
                              (int16_t)(where->values[0].number - summand)))
            return false;
    }
    return true;
}

/* The own column and a number. One that is not known, 0, matters where an index asks for what comes of
 * it; what is taken away, as by n - $1, makes it less: WHERE n >= $1 does not begin to hold. */
static bool take_own(struct trial_maker *maker, unsigned column, long summand, bool minus,
                     struct trial_place place, struct value *value)
{
    bool known = summand && labs(summand) <= TRIAL_LARGEST;
    int16_t number = (int16_t)(known ? summand : minus ? -SUMMAND : SUMMAND);

    *value = (struct value){.kind = VALUE_OWN, .column = column & 7, .number = number};
    if (column == WORLD_COLUMNS || !trial_is_predicate(maker->trial, place.table, place.column))
        return column < WORLD_COLUMNS;
    return known && name_before_sum(maker->trial, place, (int)summand);
}

bool trial_take_sum(struct trial_maker *maker, const struct access *access,
                    const struct operand *operand, struct trial_place place, struct value *value)
{
    const struct column_use *use = operand->uses;
    unsigned column = WORLD_COLUMNS;

    for (uint32_t i = 0; i < operand->use_count && use; i++, use = use->next) {
        if (use->variable)
            continue;
        const char *name = column < WORLD_COLUMNS ? NULL : trial_own_column(maker, access, use);
        if (!name)
            return false;
        column = trial_column(maker->trial, place.table, name);
    }
    return take_own(maker, column, operand->summand, operand->minus, place, value);
}

/* ------------------------------------------------------------------ by a function */

/* The one column of the written row that the operand is made of; NULL when it is made of more. */
static const char *only_own_column(const struct trial_maker *maker, const struct access *access,
                                   const struct operand *operand)
{
    const struct column_use *use = operand->uses;
    const char *only = NULL;

    for (uint32_t i = 0; i < operand->use_count && use; i++, use = use->next) {
        const char *name = trial_own_column(maker, access, use);
        if (!name || (only && strcmp(name, only) != 0))
            return NULL;
        only = name;
    }
    return only;
}

/* The first run of the transaction: its functions are those of the others. */
static unsigned first_run(const struct trial_maker *maker)
{
    const struct transaction *transaction = maker->transaction;
    unsigned run = 0;

    for (; run < maker->run; run++) {
        const struct step *step = maker->trial->steps[run][0];
        if (step >= transaction->steps && step < transaction->steps + transaction->step_count)
            break;
    }
    return run;
}

bool trial_take_remade(struct trial_maker *maker, const struct access *access,
                       const struct operand *operand, struct trial_place place, struct value *value)
{
    bool alone = operand->kind == OPERAND_EXPRESSION && !operand->has_query && !operand->has_call;
    const char *name = alone ? only_own_column(maker, access, operand) : NULL;
    unsigned column = name ? trial_column(maker->trial, place.table, name) : WORLD_COLUMNS;
    const struct trial_column *written = &maker->trial->tables[place.table].columns[place.column];

    if (column == WORLD_COLUMNS || written->ordered || written->open ||
        trial_is_predicate(maker->trial, place.table, place.column))
        return false;
    /* with a parameter it may be another function in each run */
    unsigned run = query_takes_parameters(access->query) ? maker->run : first_run(maker);
    unsigned place_in_run = maker->program->count * WORLD_COLUMNS + place.column;
    *value = (struct value){.kind = VALUE_REMADE,
                            .column = column & 7,
                            .number = (int16_t)(run * WORLD_ACTS * WORLD_COLUMNS + place_in_run)};
    return true;
}

/* ------------------------------------------------------------------ of two */

/* What the other one is: of the row that drives the statement, in MERGE what is given there, in ON CONFLICT
 * what the row was to have; or a variable that an act has given its value. */
static bool take_other(struct trial_maker *maker, const struct column_use *use,
                       const struct source *data, struct value *value)
{
    const struct act *act = &maker->program->acts[maker->program->count - 1];
    struct operand other = {.kind = use->variable ? OPERAND_VARIABLE : OPERAND_COLUMN,
                            .text = use->name,
                            .use_count = 1,
                            .uses = (struct column_use *)use};
    const struct operand *given = trial_given(maker, &other);

    if (use->variable)
        return trial_take_result(maker, &other, value) || trial_take_made(maker, data, value);
    if (given != &other)
        return trial_take_value(maker, given, (struct trial_place){.table = WORLD_TABLES}, value);
    if (act->conflict == ACT_CONFLICT_UPDATE && use->name) {
        unsigned column = trial_column(maker->trial, act->table, use->name);
        *value = act->row[column % WORLD_COLUMNS];
        return column < WORLD_COLUMNS;
    }
    return trial_take_from(maker, &other, value);
}

/* Of the two, the other one may be taken from the column, but not the column from it. */
static bool find_summands(const struct trial_maker *maker, const struct access *access,
                          const struct operand *operand, const struct column_use **own,
                          const struct column_use **other)
{
    const struct column_use *first = operand->uses,
                            *second = operand->use_count == 2 ? first->next : NULL;
    bool turned = second && !operand->minus && !trial_own_column(maker, access, first);

    *own = turned ? second : first;
    *other = turned ? first : second;
    return operand->use_count == (operand->has_query ? 1 : 2) &&
           trial_own_column(maker, access, *own) &&
           (!*other || !trial_own_column(maker, access, *other));
}

bool trial_take_added(struct trial_maker *maker, const struct access *access,
                      const struct operand *operand, const struct source *data,
                      struct trial_place place, struct value *value)
{
    const struct column_use *own, *other;
    struct value found;

    if (!find_summands(maker, access, operand, &own, &other) ||
        !(other ? take_other(maker, other, data, &found)
                : maker->read && trial_take_only_value(maker, &found)))
        return false;
    unsigned column = trial_column(maker->trial, place.table, trial_own_column(maker, access, own));
    if (found.kind != VALUE_RESULT) {
        bool known = found.kind == VALUE_PLAIN && abs(found.number) <= TRIAL_LARGEST;
        int summand = operand->minus ? -found.number : found.number;
        return found.number != NO_VALUE &&
               take_own(maker, column, known ? summand : 0, operand->minus, place, value);
    }
    *value = found;
    value->kind = VALUE_ADDED;
    value->minus = operand->minus;
    value->number = (int16_t)column;
    return found.number == 0 && column < WORLD_COLUMNS &&
           !trial_is_predicate(maker->trial, place.table, place.column);
}
