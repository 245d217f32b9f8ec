/* Constraints and indexes: what a table promises about its rows, and how they can be found. */
#include "lowering/lower.h"

#include <string.h>

#include <glib.h>

/* ------------------------------------------------------------------ names that the server gives */

/* What an expression is called, and whether that is more than its type; NULL when it has no name
 * (FigureColnameInternal in parser/parse_target.c). */
static const char *name_of_expression(const Node *node, bool *own)
{
    const char *name;

    *own = true;
    switch (nodeTag(node)) {
    case T_ColumnRef:
        node = llast(((const ColumnRef *)node)->fields);
        return IsA(node, String) ? strVal(node) : NULL;
    case T_FuncCall:
        return strVal(llast(((const FuncCall *)node)->funcname));
    case T_CoalesceExpr:
        return "coalesce";
    case T_MinMaxExpr:
        return ((const MinMaxExpr *)node)->op == IS_GREATEST ? "greatest" : "least";
    case T_A_ArrayExpr:
        return "array";
    case T_RowExpr:
        return "row";
    case T_CollateClause:
        return name_of_expression(((const CollateClause *)node)->arg, own);
    case T_TypeCast:
        name = name_of_expression(((const TypeCast *)node)->arg, own);
        if (name && *own)
            return name;
        *own = false;
        return strVal(llast(((const TypeCast *)node)->typeName->names));
    case T_CaseExpr:
        name = ((const CaseExpr *)node)->defresult
                   ? name_of_expression((const Node *)((const CaseExpr *)node)->defresult, own)
                   : NULL;
        if (name && *own)
            return name;
        *own = false;
        return "case";
    default:
        return NULL;
    }
}

/* Names of one index differ: expr, expr1 (ChooseIndexColumnNames in commands/indexcmds.c). */
static void add_name(GPtrArray *names, const char *name)
{
    char *made = g_strdup(name);

    for (unsigned i = 1; g_ptr_array_find_with_equal_func(names, made, g_str_equal, NULL); i++) {
        g_free(made);
        made = g_strdup_printf("%s%u", name, i);
    }
    g_ptr_array_add(names, made);
}

/* The longer one of the two loses its last bytes (makeObjectName in commands/indexcmds.c). */
static const char *object_name(struct lowering *lowering, const char *table, const char *columns,
                               const char *label)
{
    enum { LONGEST = 63 };
    size_t first = strlen(table), second = strlen(columns);
    size_t room = LONGEST - strlen(label) - 1 - (second > 0);

    while (first + second > room) {
        if (first > second)
            first--;
        else
            second--;
    }
    first = (size_t)(g_utf8_find_prev_char(table, table + first + 1) - table);
    second =
        second > 0 ? (size_t)(g_utf8_find_prev_char(columns, columns + second + 1) - columns) : 0;
    return arena_printf(lowering->arena, "%.*s%s%.*s_%s", (int)first, table, second > 0 ? "_" : "",
                        (int)second, columns, label);
}

static const char *default_name(struct lowering *lowering, const struct object_name *table,
                                GPtrArray *names, const char *label)
{
    g_autofree char *columns = NULL;

    g_ptr_array_add(names, NULL);
    columns = g_strjoinv("_", (char **)names->pdata);
    g_ptr_array_unref(names);
    return object_name(lowering, table->name, columns, label);
}

static GPtrArray *names_of_keys(const struct index_key *keys)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (; keys; keys = keys->next)
        add_name(names, keys->column ? keys->column : "expr");
    return names;
}

static GPtrArray *names_of_elements(const List *elements)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    ListCell *cell;

    foreach (cell, elements) {
        const IndexElem *element = lfirst(cell);
        bool own;
        const char *name = element->name ? element->name : name_of_expression(element->expr, &own);
        add_name(names, name ? name : "expr");
    }
    return names;
}

static GPtrArray *names_of_columns(const List *columns)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    ListCell *cell;

    foreach (cell, columns)
        g_ptr_array_add(names, g_strdup(strVal(lfirst(cell))));
    return names;
}

/* A check of one column is called after it (AddRelationNewConstraints in catalog/heap.c). */
static GPtrArray *names_of_check(const struct query *query)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (const struct column_use *use = query->uses; use; use = use->next) {
        if (use->name && !use->variable &&
            !g_ptr_array_find_with_equal_func(names, use->name, g_str_equal, NULL))
            g_ptr_array_add(names, g_strdup(use->name));
    }
    if (names->len != 1)
        g_ptr_array_set_size(names, 0);
    return names;
}

/* ------------------------------------------------------------------ indexes */

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
    index->unnamed = !stmt->idxname;
    index->name = stmt->idxname
                      ? lower_string(lowering, stmt->idxname)
                      : default_name(lowering, table, names_of_elements(stmt->indexParams), "idx");
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
    index->initially_deferred = constraint->initdeferred;
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
    index->unnamed = !constraint->conname && !index->using_index;
    index->name = constraint->conname  ? lower_string(lowering, constraint->conname)
                  : index->using_index ? index->using_index
                  : index->primary
                      ? default_name(lowering, table, names_of_keys(NULL), "pkey")
                      : default_name(lowering, table, names_of_keys(index->keys),
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
    key->unnamed = !constraint->conname;
    struct index_key first = {.column = column};
    key->name = constraint->conname ? lower_string(lowering, constraint->conname)
                                    : default_name(lowering, table,
                                                   column ? names_of_keys(&first)
                                                          : names_of_columns(constraint->fk_attrs),
                                                   "fkey");
    return key;
}

struct check_constraint *lower_check(struct lowering *lowering, const Constraint *constraint,
                                     const struct object_name *table)
{
    struct check_constraint *check = arena_new(lowering->arena, struct check_constraint);

    check->query = lower_detached(lowering, table, constraint->raw_expr, NULL);
    check->unnamed = !constraint->conname;
    check->name = constraint->conname
                      ? lower_string(lowering, constraint->conname)
                      : default_name(lowering, table, names_of_check(check->query), "check");
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
