/* Queries that write: the target, the values it gets, and the conditions of MERGE and ON CONFLICT.
 */
#include "query/lower.h"

#include <string.h>

enum { FEW_ROWS = 4 };

static bool is_constant_node(Node *node)
{
    return IsA(node, A_Const) || IsA(node, SetToDefault) || IsA(node, ParamRef);
}

static struct assignment *add_assignment(struct lowering *lowering, struct assignment ***end,
                                         const ResTarget *target, Node *value)
{
    struct assignment *assignment = arena_new(lowering->arena, struct assignment);

    assignment->column = target ? lower_string(lowering, target->name) : NULL;
    assignment->value = lower_operand(lowering, value, true);
    **end = assignment;
    *end = &assignment->next;
    return assignment;
}

/* The rows of VALUES. The first one is what an INSERT is known by; of many others only calls and
 * sub-SELECTs matter. */
void lower_rows(struct lowering *lowering, List *rows, int from)
{
    ListCell *value;

    for (int i = from; i < list_length(rows); i++) {
        foreach (value, (List *)list_nth(rows, i)) {
            if (!is_constant_node(lfirst(value)))
                lower_walk(lowering, lfirst(value));
        }
    }
}

static struct write *add_target(struct lowering *lowering, const RangeVar *name)
{
    struct write *write = write_new(lowering->arena);

    write->target = lower_add_relation(lowering, name);
    write->target->kind = RANGE_RELATION; /* a WITH query cannot be written */
    write->target->query = NULL;
    write->target->target = true;
    lowering->level.query->write = write;
    return write;
}

/* SET a = 1, (b, c) = (2, 3), (d, e) = (SELECT …) */
static struct assignment *lower_set(struct lowering *lowering, List *targets)
{
    struct assignment *first = NULL, **end = &first;
    struct operand source = {0};
    ListCell *cell;

    lowering->level.place = PLACE_SET;
    foreach (cell, targets) {
        const ResTarget *target = lfirst(cell);
        const MultiAssignRef *multi =
            IsA(target->val, MultiAssignRef) ? (MultiAssignRef *)target->val : NULL;
        if (!multi) {
            add_assignment(lowering, &end, target, target->val);
        } else if (IsA(multi->source, RowExpr) || lower_row_of_none(multi->source)) {
            List *values = IsA(multi->source, RowExpr) ? ((RowExpr *)multi->source)->args
                                                       : lower_row_of_none(multi->source);
            Node *value = multi->colno <= list_length(values) ? list_nth(values, multi->colno - 1)
                                                              : multi->source;
            if (IsA(value, ResTarget))
                value = ((ResTarget *)value)->val;
            add_assignment(lowering, &end, target, value);
        } else {
            if (multi->colno == 1)
                source = lower_operand(lowering, multi->source, false);
            add_assignment(lowering, &end, target, NULL)->value = source;
        }
    }
    return first;
}

/* The columns of an INSERT with the values of a row; without a column list the columns are
 * those of the table, in order, at least `least` of them. */
static struct assignment *lower_row(struct lowering *lowering, List *columns, List *row, int least)
{
    struct assignment *first = NULL, **end = &first;
    int count = MAX(MAX(list_length(columns), list_length(row)), least);

    lowering->level.place = PLACE_SOURCE;
    for (int i = 0; i < count; i++)
        add_assignment(lowering, &end, i < list_length(columns) ? list_nth(columns, i) : NULL,
                       i < list_length(row) ? list_nth(row, i) : NULL);
    return first;
}

/* INSERT … SELECT 1, $2 WHERE NOT EXISTS (…): one row, whose values are written in the SELECT.
 * Those that come from no table are the same in every row, as far as no "*" has brought columns
 * before them. */
static void name_values(struct write *write, const struct query *source)
{
    const struct output *output = source ? source->outputs : NULL;

    if (!source || source->kind != QUERY_SELECT)
        return;
    if (!source->set_returning)
        write->many_rows = source->ranges && (!source->aggregates || source->grouped);
    bool one = !source->ranges && !source->set_returning;
    for (struct assignment *each = write->assignments; each && output && !output_is_star(output);
         each = each->next, output = output->next) {
        if (one || operand_is_same_in_every_row(&output->operand))
            each->value = output->operand;
    }
}

static void lower_on_conflict(struct lowering *lowering, const OnConflictClause *clause)
{
    struct write *write = lowering->level.query->write;
    struct on_conflict *on_conflict = arena_new(lowering->arena, struct on_conflict);

    write->on_conflict = on_conflict;
    write->conflict = clause->action == ONCONFLICT_UPDATE ? CONFLICT_UPDATE : CONFLICT_NOTHING;
    if (clause->infer) {
        const InferClause *infer = clause->infer;
        const char **columns =
            arena_array(lowering->arena, const char *, (size_t)list_length(infer->indexElems) + 1);
        ListCell *cell;
        size_t count = 0;
        foreach (cell, infer->indexElems) {
            const IndexElem *element = lfirst(cell);
            if (element->name)
                columns[count++] = lower_string(lowering, element->name);
        }
        if (count > 0)
            on_conflict->columns = columns;
        on_conflict->constraint = lower_string(lowering, infer->conname);
        if (infer->whereClause) {
            const struct object_name table = {.schema = write->target->schema,
                                              .name = write->target->name};
            on_conflict->predicate =
                lower_detached(lowering, &table, infer->whereClause, NULL)->conditions;
        }
    }
    if (write->conflict == CONFLICT_UPDATE) {
        struct range *excluded = lower_add_range(lowering, RANGE_VALUES, NULL, -1);
        excluded->alias = "excluded";
        on_conflict->assignments = lower_set(lowering, clause->targetList);
        struct condition **end = &on_conflict->conditions;
        lowering->level.place = PLACE_WHERE;
        lower_condition(lowering, clause->whereClause, &end);
    }
}

static bool has_range(const struct query *query, const char *alias)
{
    for (const struct range *range = query->ranges; range; range = range->next) {
        if (g_strcmp0(range->alias, alias) == 0)
            return true;
    }
    return false;
}

/* RETURNING old.a, new.a: columns of the row that is written, unless a table is called so. */
static void lower_returning(struct lowering *lowering, List *targets, List *options)
{
    const char *old_row = "old", *new_row = "new";
    ListCell *cell;

    foreach (cell, options) {
        const char **row = tree_is_old(lfirst(cell)) ? &old_row : &new_row;
        *row = tree_row_name(lfirst(cell));
    }
    lowering->old_row = has_range(lowering->level.query, old_row) ? "" : old_row;
    lowering->new_row = has_range(lowering->level.query, new_row) ? "" : new_row;
    lowering->returned = lowering->level.query->write->target->alias;
    lower_outputs(lowering, targets);
    lowering->returned = NULL;
}

static struct values_row *lower_more_rows(struct lowering *lowering, const InsertStmt *stmt)
{
    List *rows = ((SelectStmt *)stmt->selectStmt)->valuesLists;
    struct values_row *first = NULL, **end = &first;

    for (int i = 1; i < list_length(rows); i++) {
        *end = arena_new(lowering->arena, struct values_row);
        (*end)->assignments = lower_row(lowering, stmt->cols, list_nth(rows, i), 0);
        end = &(*end)->next;
    }
    return first;
}

static struct query *lower_insert(struct lowering *lowering, const InsertStmt *stmt,
                                  enum query_place place)
{
    struct lower_level outer;
    struct query *query = lower_enter(lowering, QUERY_INSERT, place, &outer);
    const SelectStmt *source = (SelectStmt *)stmt->selectStmt;

    lower_with(lowering, stmt->withClause);
    struct write *write = add_target(lowering, stmt->relation);
    write->overriding = stmt->override == OVERRIDING_SYSTEM_VALUE;
    if (source && source->valuesLists && !source->withClause && !source->limitCount) {
        write->assignments = lower_row(lowering, stmt->cols, linitial(source->valuesLists), 0);
        write->many_rows = list_length(source->valuesLists) > 1;
        write->rows = (unsigned)list_length(source->valuesLists);
        if (write->rows > FEW_ROWS)
            lower_rows(lowering, source->valuesLists, 1);
        else
            write->more = lower_more_rows(lowering, stmt);
    } else if (source) {
        const int columns = list_length(lower_unwrapped(source)->targetList);
        write->assignments = lower_row(lowering, stmt->cols, NIL, stmt->cols ? 0 : columns);
        write->many_rows = true;
        name_values(write, lower_query(lowering, stmt->selectStmt, PLACE_SOURCE));
    }
    if (stmt->onConflictClause)
        lower_on_conflict(lowering, stmt->onConflictClause);
    lower_returning(lowering, tree_returning(stmt), tree_returning_options(stmt));
    lower_leave(lowering, &outer);
    return query;
}

static void lower_write_where(struct lowering *lowering, Node *where)
{
    if (where && IsA(where, CurrentOfExpr))
        lowering->level.query->write->current_of =
            lower_string(lowering, ((CurrentOfExpr *)where)->cursor_name);
    else
        lower_where(lowering, where);
}

static struct query *lower_update(struct lowering *lowering, const UpdateStmt *stmt,
                                  enum query_place place)
{
    struct lower_level outer;
    struct query *query = lower_enter(lowering, QUERY_UPDATE, place, &outer);

    lower_with(lowering, stmt->withClause);
    struct write *write = add_target(lowering, stmt->relation);
    lower_from_list(lowering, stmt->fromClause);
    write->assignments = lower_set(lowering, stmt->targetList);
    lower_write_where(lowering, stmt->whereClause);
    lower_returning(lowering, tree_returning(stmt), tree_returning_options(stmt));
    lower_leave(lowering, &outer);
    return query;
}

static struct query *lower_delete(struct lowering *lowering, const DeleteStmt *stmt,
                                  enum query_place place)
{
    struct lower_level outer;
    struct query *query = lower_enter(lowering, QUERY_DELETE, place, &outer);

    lower_with(lowering, stmt->withClause);
    add_target(lowering, stmt->relation);
    lower_from_list(lowering, stmt->usingClause);
    lower_write_where(lowering, stmt->whereClause);
    lower_returning(lowering, tree_returning(stmt), tree_returning_options(stmt));
    lower_leave(lowering, &outer);
    return query;
}

static struct query *lower_merge(struct lowering *lowering, const MergeStmt *stmt,
                                 enum query_place place)
{
    struct lower_level outer;
    struct query *query = lower_enter(lowering, QUERY_MERGE, place, &outer);
    ListCell *cell;

    lower_with(lowering, stmt->withClause);
    struct write *write = add_target(lowering, stmt->relation);
    lower_from(lowering, stmt->sourceRelation, false);
    lower_where(lowering, stmt->joinCondition);
    struct merge_when **end = &write->when;
    foreach (cell, stmt->mergeWhenClauses) {
        const MergeWhenClause *clause = lfirst(cell);
        struct merge_when *when = arena_new(lowering->arena, struct merge_when);
        struct condition **conditions = &when->conditions;
        when->matched = tree_when_matched(clause);
        when->by_source = tree_when_by_source(clause);
        lowering->level.place = PLACE_WHERE;
        lower_condition(lowering, clause->condition, &conditions);
        switch (clause->commandType) {
        case CMD_INSERT:
            when->action = MERGE_INSERT;
            when->assignments = lower_row(lowering, clause->targetList, clause->values, 0);
            break;
        case CMD_UPDATE:
            when->action = MERGE_UPDATE;
            when->assignments = lower_set(lowering, clause->targetList);
            break;
        case CMD_DELETE:
            when->action = MERGE_DELETE;
            break;
        default:
            when->action = MERGE_NOTHING;
        }
        *end = when;
        end = &when->next;
    }
    lower_returning(lowering, tree_merge_returning(stmt), tree_merge_returning_options(stmt));
    lower_leave(lowering, &outer);
    return query;
}

struct query *lower_write(struct lowering *lowering, Node *node, enum query_place place)
{
    switch (nodeTag(node)) {
    case T_InsertStmt:
        return lower_insert(lowering, (InsertStmt *)node, place);
    case T_UpdateStmt:
        return lower_update(lowering, (UpdateStmt *)node, place);
    case T_DeleteStmt:
        return lower_delete(lowering, (DeleteStmt *)node, place);
    case T_MergeStmt:
        return lower_merge(lowering, (MergeStmt *)node, place);
    default:
        return NULL;
    }
}
