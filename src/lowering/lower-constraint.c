/* Constraints and indexes: what a table promises about its rows, and how they can be found. */
#include "lowering/lower.h"

#include <string.h>

static char *default_name(struct lowering *lowering, const struct object_name *table,
                          const struct index_key *keys, const char *suffix)
{
    GString *name = g_string_new(table->name);

    for (; keys; keys = keys->next)
        g_string_append_printf(name, "_%s", keys->column ? keys->column : "expr");
    g_string_append_printf(name, "_%s", suffix);
    char *copy = arena_strndup(lowering->arena, name->str, name->len);
    g_string_free(name, TRUE);
    return copy;
}

static struct index_key *add_key(struct lowering *lowering, struct index_key ***end,
                                 const char *column)
{
    struct index_key *key = arena_new(lowering->arena, struct index_key);

    key->column = column;
    **end = key;
    *end = &key->next;
    return key;
}

static struct index_key *lower_elements(struct lowering *lowering, List *elements)
{
    struct index_key *first = NULL, **end = &first;
    ListCell *cell;

    foreach (cell, elements) {
        const IndexElem *element = lfirst(cell);
        struct index_key *key = add_key(lowering, &end, lower_string(lowering, element->name));
        if (element->expr)
            key->expression = canonical_expression(lowering, element->expr);
        if (element->opclass)
            key->opclass = lower_string(lowering, strVal(llast(element->opclass)));
        if (element->collation)
            key->collation = lower_string(lowering, strVal(llast(element->collation)));
    }
    return first;
}

static void lower_index_options(struct index *index, List *options)
{
    ListCell *cell;

    index->fastupdate = true;
    foreach (cell, options) {
        const DefElem *option = lfirst(cell);
        if (strcmp(option->defname, "fastupdate") == 0)
            index->fastupdate = lower_option_is_on(options, "fastupdate");
    }
}

struct index *lower_index(struct lowering *lowering, const IndexStmt *stmt,
                          const struct object_name *table)
{
    struct index *index = arena_new(lowering->arena, struct index);

    index->kind = stmt->unique ? INDEX_UNIQUE : INDEX_PLAIN;
    index->method = stmt->accessMethod ? lower_string(lowering, stmt->accessMethod) : "btree";
    index->keys = lower_elements(lowering, stmt->indexParams);
    index->name = stmt->idxname ? lower_string(lowering, stmt->idxname)
                                : default_name(lowering, table, index->keys, "idx");
    index->partial = stmt->whereClause != NULL;
    if (index->partial)
        index->predicate = lower_detached(lowering, table, stmt->whereClause, NULL)->conditions;
    index->nulls_not_distinct = stmt->nulls_not_distinct;
    lower_index_options(index, stmt->options);
    return index;
}

struct index *lower_key_constraint(struct lowering *lowering, const Constraint *constraint,
                                   const struct object_name *table, const char *column)
{
    struct index *index = arena_new(lowering->arena, struct index);
    struct index_key **end = &index->keys;
    ListCell *cell;

    bool overlaps = tree_without_overlaps(constraint);

    index->primary = constraint->contype == CONSTR_PRIMARY;
    index->kind = constraint->contype == CONSTR_EXCLUSION || overlaps ? INDEX_EXCLUSION
                  : index->primary                                    ? INDEX_PRIMARY
                                                                      : INDEX_UNIQUE;
    index->method = constraint->access_method ? lower_string(lowering, constraint->access_method)
                                              : (overlaps ? "gist" : "btree");
    index->constraint = true;
    index->deferrable = constraint->deferrable;
    index->nulls_not_distinct = constraint->nulls_not_distinct;
    index->using_index = lower_string(lowering, constraint->indexname);
    index->span = lower_token(lowering, constraint->location);
    if (constraint->contype == CONSTR_EXCLUSION) {
        foreach (cell, constraint->exclusions) {
            *end = lower_elements(lowering, list_make1(linitial((List *)lfirst(cell))));
            end = &(*end)->next;
        }
    } else if (column) {
        add_key(lowering, &end, column);
    } else {
        foreach (cell, constraint->keys)
            add_key(lowering, &end, lower_string(lowering, strVal(lfirst(cell))));
    }
    index->partial = constraint->where_clause != NULL;
    if (index->partial)
        index->predicate =
            lower_detached(lowering, table, constraint->where_clause, NULL)->conditions;
    index->name = constraint->conname ? lower_string(lowering, constraint->conname)
                  : index->primary
                      ? default_name(lowering, table, NULL, "pkey")
                      : default_name(lowering, table, index->keys,
                                     constraint->contype == CONSTR_EXCLUSION ? "excl" : "key");
    lower_index_options(index, constraint->options);
    return index;
}

static enum foreign_key_action action_of(char action)
{
    switch (action) {
    case FKCONSTR_ACTION_CASCADE:
        return ACTION_CASCADE;
    case FKCONSTR_ACTION_SETNULL:
    case FKCONSTR_ACTION_SETDEFAULT:
        return ACTION_SET;
    default:
        return ACTION_NONE;
    }
}

/* PERIOD: the row that refers lies within the periods of one or several rows, all of which are
 * locked. Which ones those are the other columns say; the period is equal to none of theirs. */
static void leave_out_last(const char **columns)
{
    if (columns && columns[0])
        columns[g_strv_length((char **)columns) - 1] = NULL;
}

struct foreign_key *lower_foreign_key(struct lowering *lowering, const Constraint *constraint,
                                      const struct object_name *table, const char *column)
{
    struct foreign_key *key = arena_new(lowering->arena, struct foreign_key);

    key->parent = lower_name(lowering, constraint->pktable);
    if (constraint->pk_attrs)
        key->parent_columns = lower_string_list(lowering, constraint->pk_attrs);
    if (column) {
        key->columns = arena_array(lowering->arena, const char *, 2);
        key->columns[0] = column;
    } else {
        key->columns = lower_string_list(lowering, constraint->fk_attrs);
    }
    key->on_delete = action_of(constraint->fk_del_action);
    key->on_update = action_of(constraint->fk_upd_action);
    if (tree_with_period(constraint)) {
        leave_out_last(key->columns);
        leave_out_last(key->parent_columns);
    }
    key->deferrable = constraint->deferrable;
    key->initially_deferred = constraint->initdeferred;
    key->not_enforced = tree_not_enforced(constraint);
    key->script = lowering->script;
    key->span = lower_token(lowering, constraint->location);
    if (constraint->conname) {
        key->name = lower_string(lowering, constraint->conname);
    } else {
        struct index_key first = {.column = key->columns[0]};
        key->name = default_name(lowering, table, key->columns[0] ? &first : NULL, "fkey");
    }
    return key;
}

struct check_constraint *lower_check(struct lowering *lowering, const Constraint *constraint,
                                     const struct object_name *table)
{
    struct check_constraint *check = arena_new(lowering->arena, struct check_constraint);

    check->name = lower_string(lowering, constraint->conname);
    check->query = lower_detached(lowering, table, constraint->raw_expr, NULL);
    check->not_enforced = tree_not_enforced(constraint);
    check->span = lower_token(lowering, constraint->location);
    return check;
}

void lower_constraint(struct lowering *lowering, const Constraint *constraint,
                      const struct object_name *table, struct change ***end)
{
    switch (constraint->contype) {
    case CONSTR_PRIMARY:
    case CONSTR_UNIQUE:
    case CONSTR_EXCLUSION:
        lower_add_change(lowering, end, CHANGE_ADD_INDEX, *table)->index =
            lower_key_constraint(lowering, constraint, table, NULL);
        break;
    case CONSTR_FOREIGN:
        lower_add_change(lowering, end, CHANGE_ADD_FOREIGN_KEY, *table)->foreign_key =
            lower_foreign_key(lowering, constraint, table, NULL);
        break;
    case CONSTR_CHECK:
        lower_add_change(lowering, end, CHANGE_ADD_CHECK, *table)->check =
            lower_check(lowering, constraint, table);
        break;
    default:
        break;
    }
}
