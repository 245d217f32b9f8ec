/* The tables of a trial: what the machine has to know of their columns, indexes and foreign keys. */
#include <string.h>

#include "catalog/key.h"
#include "program/side-effect.h"
#include "model/model.h"

unsigned trial_column(struct trial *trial, unsigned table, const char *name)
{
    struct trial_table *of = &trial->tables[table];

    for (unsigned i = 0; i < of->column_count; i++) {
        if (strcmp(of->columns[i].name, name) == 0)
            return i;
    }
    if (of->column_count < WORLD_COLUMNS)
        of->columns[of->column_count] = (struct trial_column){.name = name};
    return of->column_count < WORLD_COLUMNS ? of->column_count++ : WORLD_COLUMNS;
}

static bool is_never_null(const struct trial_table *table, unsigned column)
{
    const struct column *of = relation_column(table->relation, table->columns[column].name);

    return of && of->not_null;
}

bool trial_name_value(struct trial *trial, unsigned table, unsigned column, int16_t value)
{
    struct trial_column *of = &trial->tables[table].columns[column];

    if (value == NO_VALUE && is_never_null(&trial->tables[table], column))
        return true;
    for (unsigned i = 0; i < of->count; i++) {
        if (of->values[i] == value)
            return true;
    }
    if (of->count == TRIAL_VALUES)
        return false;
    of->values[of->count++] = value;
    return true;
}

void trial_bring_value(struct trial *trial, unsigned table, unsigned column, int16_t value)
{
    struct trial_column *of = &trial->tables[table].columns[column];

    for (unsigned i = 0; i < of->count; i++) {
        if (of->values[i] == value)
            of->brought |= (uint16_t)(1U << i);
    }
}

static bool is_plain_table(const struct relation *relation)
{
    return relation && relation->described && relation->kind == RELATION_TABLE &&
           relation->persistence != PERSISTENCE_TEMPORARY && !relation->many_columns_unknown &&
           !relation->indexes_unknown && !relation->unclear && !relation->dropped &&
           !relation->partitioned && !relation->parent && !relation->inherits &&
           !relation->rewrite_rules;
}

bool trial_take_predicate(struct trial *trial, unsigned table, const struct condition *condition,
                          struct filter *filter)
{
    const struct term term =
        condition && !condition->next ? term_by_text(condition) : (struct term){0};

    if (!term.column)
        return false;
    unsigned column = trial_column(trial, table, term.column);
    if (column == WORLD_COLUMNS)
        return false;
    *filter = (struct filter){.column = (uint8_t)column, .comparison = term.comparison};
    if (term.comparison == COMPARE_IS_NULL || term.comparison == COMPARE_IS_NOT_NULL)
        return trial_name_value(trial, table, column, NO_VALUE);
    filter->count = 1;
    return term.comparison <= COMPARE_NOT_EQUAL && term.value->kind == OPERAND_CONSTANT &&
           trial_take_constant(trial, term.value, &filter->values[0].number) &&
           trial_name_value(trial, table, column, filter->values[0].number);
}

bool trial_is_predicate(const struct trial *trial, unsigned table, unsigned column)
{
    const struct world_table *of = &trial->world.tables[table];

    for (unsigned i = 0; i < of->index_count; i++) {
        if (of->indexes[i].partial && of->indexes[i].where.column == column)
            return true;
    }
    return false;
}

/* Returns false when the machine does not know what the index forbids. One that forbids nothing may
 * be left out. */
static bool add_index(struct trial *trial, unsigned table, const struct index *index)
{
    struct world_table *world = &trial->world.tables[table];
    bool excludes = index->kind == INDEX_EXCLUSION;
    bool unique = index->kind == INDEX_PRIMARY || index->kind == INDEX_UNIQUE;
    bool forbids = unique || excludes;
    bool btree = !index->method || strcmp(index->method, "btree") == 0;
    uint16_t columns = 0;
    unsigned first = WORLD_COLUMNS;

    /* In a B-tree, equality is the one operator that an exclusion constraint can have. */
    if ((excludes && !btree) || (excludes && index->deferrable) ||
        (forbids && index->nulls_not_distinct))
        return false;
    if ((index->partial && !forbids) || !btree)
        return true;
    for (const struct index_key *key = index->keys; key; key = key->next) {
        unsigned column = key->column ? trial_column(trial, table, key->column) : WORLD_COLUMNS;
        if (column == WORLD_COLUMNS)
            return !forbids;
        columns |= (uint16_t)(1U << column);
        first = first == WORLD_COLUMNS ? column : first;
    }
    if (world->index_count == WORLD_INDEXES || !columns)
        return !forbids;
    trial->tables[table].first_columns[world->index_count] = (uint8_t)first;
    trial->tables[table].names[world->index_count] = index->name ? index->name : "";
    struct world_index *made = &world->indexes[world->index_count++];
    *made = (struct world_index){.columns = columns,
                                 .unique = unique,
                                 .excludes = excludes,
                                 .late = unique && index->deferrable,
                                 .deferred = unique && index->initially_deferred,
                                 .partial = index->partial};
    return !index->partial || trial_take_predicate(trial, table, index->predicate, &made->where);
}

static bool add_indexes(struct trial *trial, unsigned table, const struct relation *relation)
{
    for (int primary = 1; primary >= 0; primary--) {
        for (const struct index *index = relation->indexes; index; index = index->next) {
            if ((index->kind == INDEX_PRIMARY) == primary && !add_index(trial, table, index))
                return false;
        }
    }
    return true;
}

static bool is_alone(const char **columns)
{
    return columns && columns[0] && !columns[1];
}

/* SET DEFAULT is SET NULL where there is none. */
static bool sets_null(const struct relation *child, const struct foreign_key *key)
{
    const struct column *column = relation_column(child, key->columns[0]);

    return column && !column->has_default && !column->not_null;
}

/* A key of one column that points to a primary key of one column. */
static bool add_foreign_key(struct trial *trial, unsigned child, unsigned parent,
                            const struct foreign_key *key)
{
    const struct index *primary = relation_primary_key(trial->tables[parent].relation);
    struct world *world = &trial->world;

    if (!is_alone(key->columns) || key->deferrable ||
        ((key->on_delete == ACTION_SET || key->on_update == ACTION_SET) &&
         !sets_null(trial->tables[child].relation, key)) ||
        !primary || !primary->keys || primary->keys->next || !primary->keys->column ||
        world->foreign_key_count == WORLD_FOREIGN_KEYS ||
        (key->parent_columns && (!is_alone(key->parent_columns) ||
                                 strcmp(key->parent_columns[0], primary->keys->column) != 0)))
        return false;
    unsigned column = trial_column(trial, child, key->columns[0]);
    if (column == WORLD_COLUMNS)
        return false;
    world->foreign_keys[world->foreign_key_count++] =
        (struct world_foreign_key){.child = (uint8_t)child,
                                   .column = (uint8_t)column,
                                   .parent = (uint8_t)parent,
                                   .on_delete = key->on_delete,
                                   .on_update = key->on_update};
    return true;
}

static unsigned find_table(const struct trial *trial, const struct relation *relation)
{
    unsigned table = 0;

    while (table < trial->world.table_count && trial->tables[table].relation != relation)
        table++;
    return table < trial->world.table_count ? table : WORLD_TABLES;
}

static bool takes_keys(const struct act *act, unsigned table, uint16_t key)
{
    if (act->kind > ACT_DELETE || act->table != table)
        return false;
    for (unsigned i = 0; i < act->set_count; i++) {
        if ((key >> act->sets[i].column) & 1)
            return true;
    }
    return act->kind == ACT_DELETE;
}

/* Whether a program takes keys of the table away, which concerns all children. */
static bool loses_keys(const struct trial *trial, unsigned table)
{
    uint16_t key = trial->world.tables[table].indexes[0].columns;
    bool any = false;

    for (unsigned run = 0; run < trial->count; run++) {
        for (unsigned i = 0; i < trial->programs[run].count; i++)
            any |= takes_keys(&trial->programs[run].acts[i], table, key);
    }
    for (unsigned i = 0; i < trial->world.trigger_count; i++)
        any |= takes_keys(&trial->world.triggers[i].act, table, key);
    return any;
}

static bool give_values(struct trial *trial, struct trial_place from, struct trial_place to)
{
    const struct trial_column *column = &trial->tables[from.table].columns[from.column];

    for (unsigned i = 0; i < column->count; i++) {
        if (!trial_name_value(trial, to.table, to.column, column->values[i]))
            return false;
    }
    return true;
}

/* Both columns have the values of either, as those of a foreign key have. */
static bool share_values(struct trial *trial, struct trial_place a, struct trial_place b)
{
    return give_values(trial, a, b) && give_values(trial, b, a);
}

static bool is_asked(const struct trial *trial, struct trial_place place)
{
    for (unsigned run = 0; run < trial->count; run++) {
        for (unsigned i = 0; i < trial->programs[run].count; i++) {
            const struct act *act = &trial->programs[run].acts[i];
            for (unsigned j = 0; act->table == place.table && j < act->filter_count; j++) {
                if (act->filters[j].column == place.column)
                    return true;
            }
        }
    }
    return false;
}

/* What a statement has read goes into a column: others ask there for what they ask for here. Of what
 * aggregates make nobody knows what others find there. */
static bool link_value(struct trial *trial, const struct program *program,
                       const struct value *value, struct trial_place to)
{
    if (value->kind != VALUE_RESULT)
        return true;
    const struct act *from = &program->acts[value->source];
    return from->total ? !is_asked(trial, to)
                       : share_values(trial, (struct trial_place){from->table, value->column}, to);
}

static bool link_act(struct trial *trial, const struct program *program, const struct act *act)
{
    for (unsigned i = 0; i < act->set_count; i++) {
        if (!link_value(trial, program, &act->sets[i].value,
                        (struct trial_place){act->table, act->sets[i].column}))
            return false;
    }
    for (unsigned i = 0; i < act->filter_count; i++) {
        const struct filter *filter = &act->filters[i];
        if (filter->count > 0 && !link_value(trial, program, &filter->values[0],
                                             (struct trial_place){act->table, filter->column}))
            return false;
    }
    for (uint8_t i = 0; act->kind == ACT_INSERT && i < WORLD_COLUMNS; i++) {
        if (!link_value(trial, program, &act->row[i], (struct trial_place){act->table, i}))
            return false;
    }
    return true;
}

static bool link_results(struct trial *trial)
{
    for (unsigned run = 0; run < trial->count; run++) {
        const struct program *program = &trial->programs[run];
        for (unsigned i = 0; i < program->count; i++) {
            if (!link_act(trial, program, &program->acts[i]))
                return false;
        }
    }
    return true;
}

bool trial_link(struct trial *trial)
{
    for (unsigned table = 0; table < trial->world.table_count; table++) {
        const struct reference *each = trial->tables[table].relation->references;
        for (; each; each = each->next) {
            unsigned child = find_table(trial, each->child);
            if (child < WORLD_TABLES ? !add_foreign_key(trial, child, table, each->key)
                                     : loses_keys(trial, table))
                return false;
        }
    }
    for (unsigned i = 0; i < trial->world.foreign_key_count; i++) {
        const struct world_foreign_key *key = &trial->world.foreign_keys[i];
        const struct world_index *primary = &trial->world.tables[key->parent].indexes[0];
        struct trial_place child = {key->child, key->column},
                           parent = {key->parent, (uint8_t)__builtin_ctz(primary->columns)};
        if (!share_values(trial, child, parent))
            return false;
    }
    return link_results(trial) && trial_knows_triggers(trial);
}

unsigned trial_table(struct trial *trial, const struct relation *relation)
{
    unsigned table = find_table(trial, relation);

    if (table < WORLD_TABLES || trial->world.table_count == WORLD_TABLES ||
        !is_plain_table(relation))
        return table;
    table = trial->world.table_count++;
    trial->world.tables[table] = (struct world_table){.columns = WORLD_COLUMNS};
    trial->tables[table] = (struct trial_table){.relation = relation};
    return add_indexes(trial, table, relation) ? table : WORLD_TABLES;
}
