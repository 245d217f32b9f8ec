/* Values and conditions of a trial: what an act compares columns with, and what it writes. */
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "catalog/key.h"
#include "program/rows.h"
#include "program/side-effect.h"
#include "model/model.h"

enum { MOST_ELEMENTS = 2 };

/* ------------------------------------------------------------------ values */

bool trial_is_small(const char *text, long *number)
{
    char *end;

    *number = strtol(text, &end, 10);
    return end != text && *end == '\0' && labs(*number) <= TRIAL_LARGEST;
}

static bool take_text(struct trial *trial, const char *text, int16_t *number)
{
    unsigned at = 0;

    while (at < trial->text_count && strcmp(trial->texts[at], text) != 0)
        at++;
    if (at == TRIAL_TEXTS)
        return false;
    if (at == trial->text_count)
        trial->texts[trial->text_count++] = text;
    *number = (int16_t)(FIRST_TEXT_VALUE + at);
    return true;
}

bool trial_take_constant(struct trial *trial, const struct operand *operand, int16_t *number)
{
    long small;

    *number = NO_VALUE;
    if (operand->literal == LITERAL_NULL)
        return true;
    if (!operand->text)
        return false;
    if (trial_is_small(operand->text, &small)) {
        *number = (int16_t)small;
        return true;
    }
    return take_text(trial, operand->text, number);
}

static bool is_nameless(const char *text)
{
    return strcmp(text, "?") == 0 || strcmp(text, "%s") == 0;
}

bool trial_is_key(const struct trial *trial, unsigned table, unsigned column)
{
    const struct trial_table *of = &trial->tables[table];

    return table < WORLD_TABLES && column < of->column_count &&
           relation_has_key(of->relation, of->columns[column].name, 0);
}

/* What the operand is run with; those that are equal are one. */
static struct trial_parameter name_parameter(const struct trial_maker *maker,
                                             const struct operand *operand)
{
    const char *text = operand->text ? operand->text : "";
    bool nameless = !operand->text || operand->has_call || is_nameless(text);
    bool own = operand->kind != OPERAND_PARAMETER && !operand_is_fixed(operand);
    const struct body_statement *given = own ? trial_given_by(maker, operand) : NULL;
    bool looped =
        given && maker->loop && (given == maker->loop || body_is_inside(given, maker->loop));

    return (struct trial_parameter){
        .text = text,
        .owner = nameless ? operand : NULL,
        .scope = own ? maker->via : NULL,
        .given = given,
        .run = (uint8_t)maker->run,
        .pass = (uint8_t)((nameless || looped ? maker->pass : 0) + maker->element * TRIAL_PASSES)};
}

/* Of several columns, a parameter is said to be that of a key: its rows are what runs share. */
static bool take_parameter(struct trial_maker *maker, const struct operand *operand,
                           struct trial_place place, int16_t *number)
{
    struct trial *trial = maker->trial;
    struct trial_parameter wanted = name_parameter(maker, operand);
    bool fixed = operand_is_fixed(operand);
    unsigned at = 0;

    for (; at < trial->parameter_count; at++) {
        const struct trial_parameter *each = &trial->parameters[at];
        if ((fixed || each->run == maker->run) && each->owner == wanted.owner &&
            each->scope == wanted.scope && each->given == wanted.given &&
            each->pass == wanted.pass && strcmp(each->text, wanted.text) == 0)
            break;
    }
    if (at == TRIAL_PARAMETERS)
        return false;
    wanted.table = place.table;
    wanted.column = place.column;
    if (at == trial->parameter_count)
        trial->parameters[trial->parameter_count++] = wanted;
    struct trial_parameter *parameter = &trial->parameters[at];
    if (trial_is_key(trial, place.table, place.column) &&
        !trial_is_key(trial, parameter->table, parameter->column)) {
        parameter->table = place.table;
        parameter->column = place.column;
    }
    parameter->uses++;
    *number = (int16_t)(FIRST_PARAMETER + at);
    return true;
}

bool trial_is_computed(const struct trial_parameter *parameter)
{
    return parameter->computed > 0 && parameter->uses == parameter->computed;
}

bool trial_has_parameters(const struct trial *trial)
{
    unsigned at = 0;

    while (at < trial->parameter_count && trial_is_computed(&trial->parameters[at]))
        at++;
    return at < trial->parameter_count;
}

/* Outside of routines: the key of a row that the run has inserted is what it has been given there, and
 * that of one that it has found is what was found. */
static bool take_known(const struct trial_maker *maker, const struct operand *operand,
                       struct value *value)
{
    const struct access *own = maker->body ? NULL : maker->transaction->accesses, *known = NULL;
    const struct restriction *each = NULL;
    unsigned act = 0;

    for (; own && !each; own = own->next) {
        known = own->rest->known;
        if (!known || own->step != maker->step || access_is_upsert(known))
            continue;
        each = own->where;
        while (each && !(each->term.value && each->term.comparison == COMPARE_EQUAL &&
                         operand_is_written_as(each->term.value, operand)))
            each = each->next;
    }
    while (each && act < maker->program->count && maker->accesses[act] != known)
        act++;
    if (!each || act == maker->program->count)
        return false;
    if (known->kind != ACCESS_INSERT)
        return trial_take_found(maker->trial, maker->program, act, each->term.column, value);
    unsigned column =
        trial_column(maker->trial, maker->program->acts[act].table, each->term.column);
    if (column < WORLD_COLUMNS)
        *value = maker->program->acts[act].row[column];
    return column < WORLD_COLUMNS && value->kind == VALUE_PLAIN;
}

/* The output of the statement that \gset has put into the variable, ":id"; NULL when it is another
 * one. */
static const struct output *find_stored(const struct source *source, const char *variable)
{
    const struct statement *statement = source->access->step->statement;
    const struct psql *ending = statement_ending(statement);
    const struct output *output = ending ? statement->query->outputs : NULL;
    const char *name = variable + 1 + (variable[1] == '\'' || variable[1] == '"');

    if (!output || !g_str_has_prefix(name, ending->arguments))
        return NULL;
    name += strlen(ending->arguments);
    size_t length = strcspn(name, "'\"");
    while (output && !(output->name && strlen(output->name) == length &&
                       strncmp(output->name, name, length) == 0))
        output = output->next;
    return output;
}

/* Outside of routines: what psql has stored of the one row that an earlier act has found. */
static bool take_stored(const struct trial_maker *maker, const struct operand *operand,
                        struct value *value)
{
    unsigned last = maker->program->count, at = 0;
    const struct access *access = last && !maker->body ? maker->accesses[last - 1] : NULL;
    const struct source *source = access && operand->text[0] == ':' ? access->rest->data : NULL;
    const struct output *output = NULL;

    while (source && !(output = find_stored(source, operand->text)))
        source = source->next;
    while (source && at < last && maker->accesses[at] != source->access)
        at++;
    if (!source || at == last || !trial_is_column(&output->operand) ||
        source->access->query->ranges->next ||
        source->access->query != source->access->step->statement->query)
        return false;
    return trial_take_found(maker->trial, maker->program, at, output->operand.uses->name, value);
}

bool trial_take_found(struct trial *trial, const struct program *program, unsigned act,
                      const char *name, struct value *value)
{
    unsigned column = trial_column(trial, program->acts[act].table, name);

    *value = value_result(act, column);
    return column < WORLD_COLUMNS;
}

/* A value that does not come from a row. */
bool trial_take_value(struct trial_maker *maker, const struct operand *operand,
                      struct trial_place place, struct value *value)
{
    struct trial *trial = maker->trial;

    operand = trial_given(maker, operand);
    if (trial_take_from(maker, operand, value))
        return true;
    *value = (struct value){.kind = VALUE_PLAIN};
    switch (operand->kind) {
    case OPERAND_CONSTANT:
        return trial_take_constant(trial, operand, &value->number) &&
               (place.table == WORLD_TABLES ||
                trial_name_value(trial, place.table, place.column, value->number));
    case OPERAND_PARAMETER:
        return take_known(maker, operand, value) || take_stored(maker, operand, value) ||
               take_parameter(maker, operand, place, &value->number);
    case OPERAND_VARIABLE:
        return trial_knows_variables(maker, operand) &&
               (trial_take_result(maker, operand, value) ||
                take_parameter(maker, operand, place, &value->number));
    case OPERAND_EXPRESSION:
        return !operand_has_columns(operand) && !operand->has_query &&
               trial_knows_variables(maker, operand) &&
               (trial_take_result(maker, operand, value) ||
                take_parameter(maker, operand, place, &value->number));
    default:
        return false;
    }
}

/* What a routine has read itself, and what comes of that, is seen: who calls it knows what was read
 * before. */
static bool has_read(const struct trial_maker *maker, const struct source *data)
{
    unsigned count = maker->body && !data ? maker->first : maker->program->count;

    for (unsigned i = 0; i < count; i++) {
        const struct act *act = &maker->program->acts[i];
        if (act->returns || (act->kind == ACT_SELECT && !act->quiet))
            return true;
    }
    return false;
}

static bool is_of_key(const struct trial *trial, struct trial_place place)
{
    const struct world_table *table = &trial->world.tables[place.table];
    const struct trial_table *of = &trial->tables[place.table];
    const char *name = of->columns[place.column].name;

    for (unsigned i = 0; i < table->index_count; i++) {
        if (trial_forbids(&table->indexes[i]) && (table->indexes[i].columns >> place.column) & 1)
            return true;
    }
    for (const struct foreign_key *key = of->relation->foreign_keys; key; key = key->next) {
        for (const char **column = key->columns; *column; column++) {
            if (strcmp(*column, name) == 0)
                return true;
        }
    }
    return false;
}

/* What is filled in when the statement runs, after something was read, may have been computed from
 * it. */
static bool may_be_computed(const struct operand *operand, const struct source *data)
{
    if (data)
        return true;
    return operand->kind == OPERAND_PARAMETER || operand->kind == OPERAND_EXPRESSION;
}

/* What is written to a column. */
bool trial_take_written(struct trial_maker *maker, const struct access *access,
                        const struct operand *operand, const struct source *data,
                        struct trial_place place, struct value *value)
{
    operand = trial_given(maker, operand);
    if (trial_take_from(maker, operand, value))
        return true;
    if (operand->added && trial_take_added(maker, access, operand, data, place, value))
        return true;
    if (operand->sum && operand_has_columns(operand))
        return trial_take_sum(maker, access, operand, place, value);
    if (trial_take_remade(maker, access, operand, place, value))
        return true;
    const char *own = operand_is_column(operand) && operand->uses
                          ? trial_own_column(maker, access, operand->uses)
                          : NULL;
    if (own) {
        unsigned column = trial_column(maker->trial, place.table, own);
        *value = (struct value){.kind = VALUE_OWN, .column = (uint8_t)column};
        return column < WORLD_COLUMNS;
    }
    if (take_known(maker, operand, value) || trial_take_made(maker, data, value))
        return true;
    if (!trial_take_value(maker, operand, place, value))
        return false;
    if (value->kind == VALUE_PLAIN && may_be_computed(operand, data) && has_read(maker, data) &&
        (data || !is_of_key(maker->trial, place))) {
        int16_t at = (int16_t)(value->number - FIRST_PARAMETER);
        *value = (struct value){.kind = VALUE_MIXED, .number = at};
        if (data && at >= 0)
            maker->trial->parameters[at].computed++;
    }
    return true;
}

/* ------------------------------------------------------------------ conditions */

/* Of an array that is given, = ANY ($1): any two, which may be equal. */
static bool take_elements(struct trial_maker *maker, const struct operand *array,
                          struct trial_place place, struct filter *filter)
{
    bool taken = array->element && array->kind != OPERAND_CONSTANT;

    for (maker->element = 0; maker->element < MOST_ELEMENTS && taken; maker->element++) {
        struct value *value = &filter->values[filter->count++];
        taken = trial_take_value(maker, array, place, value) && value->kind == VALUE_PLAIN;
    }
    maker->element = 0;
    return taken;
}

static bool take_list(struct trial_maker *maker, const struct operand *list,
                      struct trial_place place, struct filter *filter)
{
    const struct operand_item *item = list->kind == OPERAND_LIST ? list->items : NULL;

    if (list->kind != OPERAND_LIST)
        return take_elements(maker, list, place, filter);
    for (; item; item = item->next) {
        if (filter->count == WORLD_VALUES ||
            !trial_take_value(maker, &item->operand, place, &filter->values[filter->count++]))
            return false;
    }
    return filter->count > 0;
}

bool trial_take_range(struct trial *trial, struct trial_place place, const struct filter *filter)
{
    int16_t number = filter->values[0].number;
    struct trial_column *column = &trial->tables[place.table].columns[place.column];

    if (filter->values[0].kind != VALUE_PLAIN || number >= FIRST_PARAMETER) {
        column->open = true;
        return true;
    }
    column->ordered = true;
    return number < FIRST_TEXT_VALUE && number != NO_VALUE &&
           trial_name_value(trial, place.table, place.column, (int16_t)(number - 1)) &&
           trial_name_value(trial, place.table, place.column, (int16_t)(number + 1));
}

/* The rows that the acts have found from `picked` on. */
static bool take_picked(struct trial_maker *maker, const struct query *query, unsigned picked,
                        struct filter *filter)
{
    const struct query *with = range_query(query->ranges);
    const char *name = query->outputs->operand.uses->name;

    name = with ? trial_returned(with, name) : name;

    for (filter->count = 0; picked < maker->program->count - 1U; picked++) {
        if (filter->count == WORLD_VALUES || !name ||
            !trial_take_found(maker->trial, maker->program, picked, name,
                              &filter->values[filter->count++]))
            return false;
    }
    return true;
}

static bool take_term(struct trial_maker *maker, struct act *act, const struct term *term,
                      int picked)
{
    unsigned column =
        term->column ? trial_column(maker->trial, act->table, term->column) : WORLD_COLUMNS;
    struct trial_place place = {act->table, (uint8_t)column};

    if (maker->later && term->value && operand_uses_range(term->value, maker->later))
        return true; /* asked for where its rows are found */
    if (column == WORLD_COLUMNS || term->of_row || act->filter_count == WORLD_FILTERS)
        return false;
    struct filter *filter = &act->filters[act->filter_count++];
    *filter = (struct filter){.column = (uint8_t)column, .comparison = term->comparison};
    if (term->comparison == COMPARE_IS_NULL || term->comparison == COMPARE_IS_NOT_NULL)
        return trial_name_value(maker->trial, act->table, column, NO_VALUE);
    if (picked >= 0 && term->value->kind == OPERAND_QUERY &&
        (term->comparison == COMPARE_EQUAL || term->comparison == COMPARE_IN))
        return take_picked(maker, term->value->query, (unsigned)picked, filter);
    if (term->comparison == COMPARE_IN)
        return take_list(maker, term->value, place, filter);
    filter->count = 1;
    if (term->comparison > COMPARE_GREATER_EQUAL ||
        !trial_take_value(maker, term->value, place, &filter->values[0]))
        return false;
    return !comparison_is_range(term->comparison) || trial_take_range(maker->trial, place, filter);
}

/* The index that serves its conditions, a whole unique key before others. */
static uint8_t choose_index(const struct trial *trial, const struct act *act)
{
    const struct world_table *table = &trial->world.tables[act->table];
    const struct trial_table *of = &trial->tables[act->table];
    uint8_t found = NO_INDEX;

    for (uint8_t i = 0; i < table->index_count; i++) {
        uint16_t equal = 0;
        bool serves = false;
        if (table->indexes[i].partial)
            continue;
        for (unsigned j = 0; j < act->filter_count; j++) {
            const struct filter *filter = &act->filters[j];
            serves |=
                filter->column == of->first_columns[i] &&
                (filter->comparison <= COMPARE_GREATER_EQUAL || filter->comparison == COMPARE_IN) &&
                filter->comparison != COMPARE_NOT_EQUAL;
            equal |= filter->comparison == COMPARE_EQUAL ? (uint16_t)(1U << filter->column) : 0;
        }
        if (serves && table->indexes[i].unique &&
            (table->indexes[i].columns & equal) == table->indexes[i].columns)
            return i;
        if (serves && found == NO_INDEX)
            found = i;
    }
    return found;
}

bool trial_take_conditions(struct trial_maker *maker, struct act *act, const struct access *access,
                           int picked)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        if (!take_term(maker, act, &each->term, picked))
            return false;
    }
    act->index = choose_index(maker->trial, act);
    return true;
}
