/* Queries: one struct query a level, its ranges, conditions and outputs, and the levels below it in
 * the order in which the server runs them. */
#include "query/lower.h"

#include <string.h>

struct query *lower_enter(struct lowering *lowering, enum query_kind kind, enum query_place place,
                          struct lower_level *outer)
{
    struct query *query = query_new(lowering->arena);

    *outer = lowering->level;
    query->kind = kind;
    query->place = place;
    query->parent = outer->query;
    lowering->level = (struct lower_level){
        .ctes = outer->ctes,
        .query = query,
        .place = PLACE_OUTPUT,
        .inner_end = &query->inner,
        .ranges_end = &query->ranges,
        .conditions_end = &query->conditions,
        .uses_end = &query->uses,
        .use_count = outer->use_count,
    };
    return query;
}

/* The finished level becomes an inner query of the one around it. */
void lower_leave(struct lowering *lowering, const struct lower_level *outer)
{
    struct query *query = lowering->level.query;

    lowering->level = *outer;
    if (lowering->level.query) {
        *lowering->level.inner_end = query;
        lowering->level.inner_end = &query->next;
    }
}

/* ------------------------------------------------------------------ FROM */

struct range *lower_add_range(struct lowering *lowering, enum range_kind kind, const Alias *alias,
                              int location)
{
    struct range *range = arena_new(lowering->arena, struct range);

    range->kind = kind;
    range->owner = lowering->level.query;
    range->span = lower_token(lowering, location);
    if (alias)
        range->alias = lower_string(lowering, alias->aliasname);
    *lowering->level.ranges_end = range;
    lowering->level.ranges_end = &range->next;
    return range;
}

static struct query *find_cte(const struct lowering *lowering, const char *name)
{
    for (const struct cte *cte = lowering->level.ctes; cte; cte = cte->outer) {
        if (strcmp(cte->name, name) == 0)
            return cte->query;
    }
    return NULL;
}

struct range *lower_add_relation(struct lowering *lowering, const RangeVar *name)
{
    struct query *cte = name->schemaname ? NULL : find_cte(lowering, name->relname);
    struct range *range =
        lower_add_range(lowering, cte ? RANGE_QUERY : RANGE_RELATION, name->alias, name->location);
    struct object_name object = lower_name(lowering, name);
    const struct placeholder *placeholder =
        script_placeholders_from(lowering->script, object.span.start);

    range->schema = object.schema;
    range->name = object.name;
    range->span = object.span;
    range->query = cte;
    if (cte)
        query_own_rest(cte, lowering->arena)->references++;
    range->placeholder =
        lowering->script->placeholder_count > 0 &&
        placeholder < lowering->script->placeholders + lowering->script->placeholder_count &&
        placeholder->span.start < object.span.end &&
        script_placeholder_is_positional(lowering->script, placeholder);
    if (!range->alias)
        range->alias = range->name;
    return range;
}

static void mark_outer(struct condition *condition)
{
    for (; condition; condition = condition->next)
        condition->outer = true;
}

static void lower_join(struct lowering *lowering, const JoinExpr *join, bool nullable)
{
    bool left = join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL;
    bool right = join->jointype == JOIN_LEFT || join->jointype == JOIN_FULL;
    struct range **left_start = lowering->level.ranges_end;

    lower_from(lowering, join->larg, nullable || left);
    struct range **right_start = lowering->level.ranges_end;
    lower_from(lowering, join->rarg, nullable || right);

    struct condition **start = lowering->level.conditions_end;
    lowering->level.place = PLACE_WHERE;
    lower_condition(lowering, join->quals, &lowering->level.conditions_end);
    ListCell *cell;
    foreach (cell, join->usingClause) { /* USING (a) is l.a = r.a */
        struct condition *condition = arena_new(lowering->arena, struct condition);
        const char *name = lower_string(lowering, strVal(lfirst(cell)));
        struct operand *sides[] = {&condition->left, &condition->right};
        struct range *ranges[] = {*left_start, *right_start};
        for (int i = 0; i < 2; i++) {
            struct column_use *use = arena_new(lowering->arena, struct column_use);
            use->name = name;
            use->range = ranges[i];
            use->settled = ranges[i] != NULL;
            *lowering->level.uses_end = use;
            lowering->level.uses_end = &use->next;
            lowering->level.use_count++;
            *sides[i] =
                (struct operand){.kind = OPERAND_COLUMN, .text = name, .uses = use, .use_count = 1};
        }
        condition->comparison = COMPARE_EQUAL;
        condition->merged = true;
        lowering->level.query->merges = true;
        *lowering->level.conditions_end = condition;
        lowering->level.conditions_end = &condition->next;
    }
    if (left || right)
        mark_outer(*start);
}

/* AS u (id, n), and AS r (id int, n int) for a function that returns records. */
static const char **lower_column_names(struct lowering *lowering, const RangeFunction *function)
{
    const List *names = function->alias ? function->alias->colnames : NIL;
    const List *typed = names ? names : function->coldeflist;
    const char **columns = arena_array(lowering->arena, const char *, list_length(typed) + 1);

    for (int i = 0; i < list_length(typed); i++) {
        Node *each = list_nth(typed, i);
        columns[i] = lower_string(lowering, names ? strVal(each) : ((ColumnDef *)each)->colname);
    }
    return columns;
}

static void lower_function_range(struct lowering *lowering, const RangeFunction *function)
{
    struct range *range = lower_add_range(lowering, RANGE_FUNCTION, function->alias, -1);
    ListCell *cell;

    range->columns = lower_column_names(lowering, function);
    foreach (cell, function->functions) {
        Node *call = linitial((List *)lfirst(cell));
        if (!range->alias && IsA(call, FuncCall))
            range->alias = lower_string(lowering, strVal(llast(((FuncCall *)call)->funcname)));
        lower_walk(lowering, call);
    }
}

/* AS s (id, n); column1 and so on without. */
static void name_columns(struct lowering *lowering, struct query *values, const Alias *alias)
{
    int at = 0;

    for (struct output *output = values->outputs; output; output = output->next, at++)
        output->name = alias && at < list_length(alias->colnames)
                           ? lower_string(lowering, strVal(list_nth(alias->colnames, at)))
                           : arena_printf(lowering->arena, "column%d", at + 1);
}

void lower_from(struct lowering *lowering, Node *node, bool nullable)
{
    struct range **start = lowering->level.ranges_end;

    if (lowering->depth >= LOWER_DEPTH) {
        lowering->too_deep = true;
        return;
    }
    lowering->depth++;
    switch (nodeTag(node)) {
    case T_RangeVar:
        lower_add_relation(lowering, (RangeVar *)node);
        break;
    case T_RangeSubselect: {
        const RangeSubselect *sub = (RangeSubselect *)node;
        struct range *range = lower_add_range(lowering, RANGE_QUERY, sub->alias, -1);
        range->query = lower_query(lowering, sub->subquery, PLACE_FROM);
        if (range->query && range->query->kind == QUERY_VALUES)
            name_columns(lowering, range->query, sub->alias);
        break;
    }
    case T_JoinExpr:
        lower_join(lowering, (JoinExpr *)node, nullable);
        break;
    case T_RangeFunction:
        lower_function_range(lowering, (RangeFunction *)node);
        break;
    case T_RangeTableSample: {
        const RangeTableSample *sample = (RangeTableSample *)node;
        lower_from(lowering, sample->relation, nullable);
        if (*start)
            (*start)->sampled = true;
        lower_walk(lowering, (Node *)sample->args);
        break;
    }
    default: /* XMLTABLE, JSON_TABLE */
        lower_add_range(lowering, RANGE_VALUES, NULL, -1);
        lower_walk(lowering, node);
    }
    lowering->depth--;
    for (struct range *range = *start; nullable && range; range = range->next)
        range->nullable = true;
}

void lower_from_list(struct lowering *lowering, List *items)
{
    ListCell *cell;

    foreach (cell, items)
        lower_from(lowering, lfirst(cell), false);
}

/* ------------------------------------------------------------------ the other clauses */

void lower_with(struct lowering *lowering, const WithClause *with)
{
    ListCell *cell;

    if (!with)
        return;
    lowering->level.query->recursive = with->recursive;
    foreach (cell, with->ctes) {
        const CommonTableExpr *expr = lfirst(cell);
        struct cte *cte = arena_new(lowering->arena, struct cte);
        cte->name = lower_string(lowering, expr->ctename);
        cte->outer = lowering->level.ctes;
        if (with->recursive) {
            /* The query may name itself: what it then reads are rows it made. */
            cte->query = query_new(lowering->arena);
            cte->query->kind = QUERY_VALUES;
            lowering->level.ctes = cte;
        }
        struct query *query = lower_query(lowering, expr->ctequery, PLACE_WITH);
        if (query) {
            query->materialized = expr->ctematerialized == CTEMaterializeAlways;
            cte->query = query;
            lowering->level.ctes = cte;
        }
    }
}

/* The value stands there once more as a condition; the names in it are those of the output. */
static void lower_asked(struct lowering *lowering, const List *targets)
{
    struct lower_level level = lowering->level;
    const struct operand *operand = &level.query->outputs->operand;
    struct column_use *uses = NULL;

    if (!lowering->variables || level.query->ranges || list_length(targets) != 1 ||
        operand->has_call)
        return;
    Node *value = ((const ResTarget *)linitial(targets))->val;
    struct condition **end = &query_own_rest(level.query, lowering->arena)->asked;
    lowering->level.uses_end = &uses;
    if (level.query->inner)
        lower_query_again(lowering, value, end);
    else if (operand->kind == OPERAND_EXPRESSION || operand->kind == OPERAND_VARIABLE)
        lower_condition(lowering, value, &end);
    lowering->level = level;
}

static void lower_output(struct lowering *lowering, Node *node, struct output *output)
{
    struct call **calls = lowering->level.calls_end;

    output->operand = lower_operand(lowering, node, false);
    for (struct call *call = calls ? *calls : lowering->level.query->rest->calls; call;
         call = call->next) {
        if (call->span.start == lower_offset(lowering, lower_start(node)))
            call->output = output;
    }
}

void lower_outputs(struct lowering *lowering, List *targets)
{
    struct output **end = &lowering->level.query->outputs;
    ListCell *cell;

    lowering->level.place = PLACE_OUTPUT;
    foreach (cell, targets) {
        const ResTarget *target = lfirst(cell);
        struct output *output = arena_new(lowering->arena, struct output);
        lower_output(lowering, target->val, output);
        if (target->name)
            output->name = lower_string(lowering, target->name);
        else if (output->operand.kind == OPERAND_COLUMN)
            output->name = output->operand.text;
        else if (IsA(target->val, FuncCall))
            output->name =
                lower_string(lowering, strVal(llast(((FuncCall *)target->val)->funcname)));
        *end = output;
        end = &output->next;
    }
}

void lower_where(struct lowering *lowering, Node *where)
{
    lowering->level.place = PLACE_WHERE;
    lower_condition(lowering, where, &lowering->level.conditions_end);
}

static void lower_order(struct lowering *lowering, List *items)
{
    struct sort **end = &query_own_rest(lowering->level.query, lowering->arena)->order;
    ListCell *cell;

    lowering->level.place = PLACE_OUTPUT;
    foreach (cell, items) {
        const SortBy *item = lfirst(cell);
        struct sort *sort = arena_new(lowering->arena, struct sort);
        sort->operand = lower_operand(lowering, item->node, true);
        sort->descending = item->sortby_dir == SORTBY_DESC;
        *end = sort;
        end = &sort->next;
    }
}

static void lower_limit(struct lowering *lowering, Node *count)
{
    if (!count)
        return;
    struct operand *limit = arena_new(lowering->arena, struct operand);
    *limit = lower_operand(lowering, count, false);
    if (limit->kind != OPERAND_CONSTANT || limit->literal != LITERAL_NULL) /* LIMIT ALL */
        query_own_rest(lowering->level.query, lowering->arena)->limit = limit;
}

static enum lock_strength lock_strength_of(LockClauseStrength strength)
{
    switch (strength) {
    case LCS_FORKEYSHARE:
        return LOCK_KEY_SHARE;
    case LCS_FORSHARE:
        return LOCK_SHARE;
    case LCS_FORNOKEYUPDATE:
        return LOCK_NO_KEY_UPDATE;
    case LCS_FORUPDATE:
        return LOCK_UPDATE;
    default:
        return LOCK_NONE;
    }
}

static void lock_range(struct range *range, const LockingClause *clause)
{
    enum lock_strength strength = lock_strength_of(clause->strength);

    if (strength > range->lock)
        range->lock = strength;
    range->lock_named |= clause->lockedRels != NIL;
    range->wait = clause->waitPolicy == LockWaitSkip    ? WAIT_SKIP
                  : clause->waitPolicy == LockWaitError ? WAIT_ERROR
                                                        : range->wait;
    /* FOR UPDATE of a sub-SELECT locks the rows of its tables, of a WITH query it does not. */
    if (range_query(range) && range->query->place == PLACE_FROM) {
        for (struct range *inner = range->query->ranges; inner; inner = inner->next)
            lock_range(inner, clause);
    }
}

static bool has_having(const struct query *query)
{
    const struct condition *each = query->conditions;

    while (each && !each->having)
        each = each->next;
    return each != NULL;
}

/* CheckSelectLocking and transformSetOperationTree in parser/analyze.c. */
static const char *query_refuses_lock(const struct query *query)
{
    if (query->kind == QUERY_SET_OPERATION || query->place == PLACE_ARM)
        return "UNION, INTERSECT or EXCEPT";
    if (query->kind != QUERY_SELECT)
        return NULL;
    return query->distinct     ? "DISTINCT"
           : query->grouped    ? "GROUP BY"
           : has_having(query) ? "HAVING"
           : query->aggregates ? "aggregate functions"
           : query->windowed   ? "window functions"
           : query->set_output ? "set-returning functions in the target list"
                               : NULL;
}

/* What one item of FROM refuses: a sub-SELECT as a query does, because its rows are locked too; a
 * WITH query or a function when FOR UPDATE names it. */
static const char *range_refuses_lock(const struct range *range, bool named)
{
    if (range->kind == RANGE_FUNCTION && named)
        return "a function in FROM";
    if (!range_query(range))
        return NULL;
    if (range->query->place != PLACE_FROM)
        return named ? "a WITH query" : NULL;
    const char *refused = query_refuses_lock(range->query);
    for (const struct range *each = range->query->ranges; each && !refused; each = each->next)
        refused = range_refuses_lock(each, false);
    return refused;
}

static bool clause_names(const LockingClause *clause, const struct range *range)
{
    ListCell *name;

    foreach (name, clause->lockedRels) {
        if (range->alias && strcmp(range->alias, ((RangeVar *)lfirst(name))->relname) == 0)
            return true;
    }
    return false;
}

static const char *clause_refused(const struct query *query, const LockingClause *clause)
{
    const char *refused = query_refuses_lock(query);
    bool names = clause->lockedRels != NIL;

    for (const struct range *each = query->ranges; each && !refused; each = each->next) {
        if (!names || clause_names(clause, each))
            refused = range_refuses_lock(each, names);
    }
    return refused;
}

static void lower_locking(struct lowering *lowering, List *clauses)
{
    struct query *query = lowering->level.query;
    const char *refused = NULL;
    ListCell *cell;

    lowering->script->locks_rows |= clauses != NIL;
    foreach (cell, clauses)
        refused = refused ? refused : clause_refused(query, lfirst(cell));
    if (refused)
        query_own_rest(query, lowering->arena)->lock_refused = refused;
    foreach (cell, refused ? NIL : clauses) {
        const LockingClause *clause = lfirst(cell);
        for (struct range *range = query->ranges; range; range = range->next) {
            if (clause->lockedRels == NIL || clause_names(clause, range))
                lock_range(range, clause);
        }
    }
}

/* ------------------------------------------------------------------ SELECT */

static void lower_plain_select(struct lowering *lowering, const SelectStmt *stmt)
{
    struct query *query = lowering->level.query;

    lower_from_list(lowering, stmt->fromClause);
    lower_where(lowering, stmt->whereClause);
    bool set_in_from = query->set_returning;
    query->set_returning = false;
    lower_outputs(lowering, stmt->targetList);
    if (query->outputs)
        lower_asked(lowering, stmt->targetList);
    query->set_output = query->set_returning;
    query->set_returning |= set_in_from;
    query->grouped = stmt->groupClause != NIL;
    query->distinct = stmt->distinctClause != NIL;
    query->windowed |= stmt->windowClause != NIL;
    lower_walk(lowering, (Node *)stmt->groupClause);
    if (stmt->distinctClause && linitial(stmt->distinctClause))
        lower_walk(lowering, (Node *)stmt->distinctClause);
    lower_walk(lowering, (Node *)stmt->windowClause);
    if (stmt->havingClause) {
        struct condition **having = lowering->level.conditions_end;
        lower_where(lowering, stmt->havingClause);
        for (struct condition *condition = *having; condition; condition = condition->next)
            condition->having = true;
    }
}

/* The one row of VALUES in FROM is kept: MERGE is often given its values so. Of several, the
 * parameters of the first stand for those of all. */
static void lower_values_list(struct lowering *lowering, List *rows, enum query_place place)
{
    struct query *query = lowering->level.query;
    struct output **end = &query->outputs;
    ListCell *value;

    query->one_row = list_length(rows) == 1;
    if (!query->one_row || place != PLACE_FROM) {
        foreach (value, (List *)linitial(rows)) {
            if (IsA(lfirst(value), ParamRef))
                lower_walk(lowering, lfirst(value));
        }
        lower_rows(lowering, rows, 0);
        return;
    }
    foreach (value, (List *)linitial(rows)) {
        *end = arena_new(lowering->arena, struct output);
        lower_output(lowering, lfirst(value), *end);
        end = &(*end)->next;
    }
}

static struct query *lower_select(struct lowering *lowering, const SelectStmt *stmt,
                                  enum query_place place)
{
    struct lower_level outer;

    stmt = lower_unwrapped(stmt);
    enum query_kind kind = stmt->op != SETOP_NONE ? QUERY_SET_OPERATION
                           : stmt->valuesLists    ? QUERY_VALUES
                                                  : QUERY_SELECT;
    struct query *query = lower_enter(lowering, kind, place, &outer);

    lower_with(lowering, stmt->withClause);
    if (kind == QUERY_SET_OPERATION) {
        lower_query(lowering, (Node *)stmt->larg, PLACE_ARM);
        lower_query(lowering, (Node *)stmt->rarg, PLACE_ARM);
        query->except = stmt->op == SETOP_EXCEPT;
    } else if (kind == QUERY_VALUES) {
        lower_values_list(lowering, stmt->valuesLists, place);
    } else {
        lower_plain_select(lowering, stmt);
    }
    if (stmt->sortClause)
        lower_order(lowering, stmt->sortClause);
    lower_walk(lowering, stmt->limitOffset);
    lower_limit(lowering, stmt->limitCount);
    lower_locking(lowering, stmt->lockingClause);
    lower_leave(lowering, &outer);
    return query;
}

struct query *lower_query(struct lowering *lowering, Node *node, enum query_place place)
{
    struct query *query;

    if (!node)
        return NULL;
    if (lowering->depth >= LOWER_DEPTH) {
        lowering->too_deep = true;
        return NULL;
    }
    lowering->depth++;
    query = IsA(node, SelectStmt) ? lower_select(lowering, (SelectStmt *)node, place)
                                  : lower_write(lowering, node, place);
    lowering->depth--;
    return query;
}

struct query *lower_detached(struct lowering *lowering, const struct object_name *table,
                             Node *condition, Node *expression)
{
    struct query *around = lowering->level.query;
    struct lower_level outer;

    lowering->level.query = NULL;
    struct query *query = lower_enter(lowering, QUERY_SELECT, PLACE_STATEMENT, &outer);
    if (table) {
        struct range *range = lower_add_range(lowering, RANGE_RELATION, NULL, -1);
        range->schema = table->schema;
        range->name = range->alias = table->name;
    }
    lower_where(lowering, condition);
    lower_walk(lowering, expression);
    lower_leave(lowering, &outer);
    lowering->level.query = around;
    return query;
}
