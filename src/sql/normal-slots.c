/* Which tokens of a statement are values, and what they do in it. */
#include "sql/normal-parts.h"

#include "facts/builtin.h"

/* The token that begins at a location; UINT_MAX for none. */
static guint token_at(const struct reading *reading, int location)
{
    guint low = reading->first, high = reading->end;

    while (location >= 0 && low < high) {
        guint middle = low + (high - low) / 2;
        uint32_t start = g_array_index(reading->tokens->all, struct token, middle).span.start;
        if (start == (uint32_t)location)
            return middle;
        if (start < (uint32_t)location)
            low = middle + 1;
        else
            high = middle;
    }
    return UINT_MAX;
}

const struct token *reading_token(const struct reading *reading, guint index)
{
    return &g_array_index(reading->tokens->all, struct token, index);
}

static Node *without_casts(Node *node)
{
    while (node && IsA(node, TypeCast) && !IsA(((TypeCast *)node)->arg, A_Const))
        node = ((TypeCast *)node)->arg;
    if (node && IsA(node, TypeCast) && ((TypeCast *)node)->location >= 0)
        node = ((TypeCast *)node)->arg;
    return node;
}

static bool is_boolean(Node *node)
{
    return IsA(node, A_Const) && !((A_Const *)node)->isnull &&
           nodeTag(&((A_Const *)node)->val) == T_Boolean;
}

/* TRUE comes with a cast that is not written. */
static Node *plain_value(Node *node)
{
    node = without_casts(node);
    if (node && IsA(node, TypeCast) && is_boolean(((TypeCast *)node)->arg))
        node = ((TypeCast *)node)->arg;
    return node && (IsA(node, A_Const) || IsA(node, ParamRef)) ? node : NULL;
}

static int location_of(Node *value)
{
    return IsA(value, A_Const) ? ((A_Const *)value)->location : ((ParamRef *)value)->location;
}

/* The token of a value; a minus that the grammar has made part of it is told. */
static guint value_token(const struct reading *reading, Node *value, bool *negative)
{
    guint index = token_at(reading, location_of(value));

    *negative = false;
    if (index == UINT_MAX)
        return UINT_MAX;
    if (reading_token(reading, index)->kind == TOKEN_OTHER &&
        reading->text[reading_token(reading, index)->span.start] == '-' &&
        index + 1 < reading->end && reading_token(reading, index + 1)->kind == TOKEN_NUMBER) {
        *negative = true;
        index++;
    }
    return token_is_value(reading_token(reading, index)) ? index : UINT_MAX;
}

static struct slot *mark(struct reading *reading, Node *value, enum fate fate)
{
    bool negative;
    guint index = value_token(reading, value, &negative);

    if (index == UINT_MAX || reading->fates[index] != FATE_KEPT)
        return NULL;
    reading->fates[index] = fate;
    reading->slots[index].negative = negative;
    if (negative && fate == FATE_SLOT)
        reading->fates[index - 1] = FATE_DROPPED;
    if (IsA(value, ParamRef))
        reading->slots[index].parameter = (unsigned)((ParamRef *)value)->number;
    return &reading->slots[index];
}

static const char *name_of(const RangeVar *range)
{
    return range->alias ? range->alias->aliasname : range->relname;
}

static const char *relation_of(const struct reading *reading, const ColumnRef *column)
{
    if (list_length(column->fields) < 2)
        return reading->ranges->len == 1 ? ((RangeVar *)reading->ranges->pdata[0])->relname : NULL;
    Node *qualifier = list_nth(column->fields, list_length(column->fields) - 2);
    for (guint i = 0; IsA(qualifier, String) && i < reading->ranges->len; i++) {
        const RangeVar *range = reading->ranges->pdata[i];
        if (strcmp(name_of(range), strVal(qualifier)) == 0)
            return range->relname;
    }
    return NULL;
}

static void mark_value(struct reading *reading, Node *value, enum slot_role role,
                       const char *relation, const char *column, bool equal)
{
    struct slot *slot = mark(reading, value, FATE_SLOT);

    if (!slot)
        return;
    slot->role = role;
    slot->equal = equal;
    slot->relation = g_strdup(relation);
    slot->column = g_strdup(column);
}

/* ------------------------------------------------------------------ lists */

static void drop(struct reading *reading, guint from, guint to)
{
    for (guint i = from; i < to; i++)
        reading->fates[i] = FATE_DROPPED;
}

/* IN (1, 2, 3, 4): the second stands for all that follow. */
static void mark_list(struct reading *reading, List *list, const char *relation, const char *column)
{
    bool negative, plain = true;
    ListCell *cell;

    foreach (cell, list)
        plain &= plain_value(lfirst(cell)) != NULL;
    if (!plain)
        return;
    guint second = UINT_MAX, last = UINT_MAX;
    foreach (cell, list) {
        Node *value = plain_value(lfirst(cell));
        int index = (int)(cell - list_head(list));
        guint at = value_token(reading, value, &negative);
        if (index < 2)
            mark_value(reading, value, SLOT_COMPARED, relation, column, true);
        if (index == 1)
            second = at;
        last = at;
    }
    if (second == UINT_MAX || last == UINT_MAX || list_length(list) < 2)
        return;
    reading->slots[second].list = true;
    reading->slots[second].count = (guint)list_length(list) - 1;
    drop(reading, second + 1, last + 1);
}

bool reading_is_char(const struct reading *reading, guint index, char c)
{
    return reading_token(reading, index)->kind == TOKEN_OTHER &&
           reading->text[reading_token(reading, index)->span.start] == c;
}

/* The parenthesis that closes the one at `index`. */
static guint closing(const struct reading *reading, guint index)
{
    guint depth = 0;

    for (; index < reading->end; index++) {
        if (reading_is_char(reading, index, '('))
            depth++;
        else if (reading_is_char(reading, index, ')') && --depth == 0)
            return index;
    }
    return reading->end;
}

static bool is_word(const struct reading *reading, guint index, const char *word)
{
    const struct token *token = reading_token(reading, index);
    size_t length = token->span.end - token->span.start;

    return token->kind == TOKEN_WORD && length == strlen(word) &&
           g_ascii_strncasecmp(reading->text + token->span.start, word, length) == 0;
}

/* The token of VALUES before the first row; rows have no place in the tree. */
static guint find_values(const struct reading *reading)
{
    for (guint i = reading->first; i + 1 < reading->end; i++) {
        if (is_word(reading, i, "values") && reading_is_char(reading, i + 1, '('))
            return i;
    }
    return reading->end;
}

/* Rows beyond the second are left out. */
static void drop_rows(struct reading *reading, guint rows)
{
    guint at = find_values(reading), end = reading->end;

    if (at == reading->end)
        return;
    at++;
    for (guint row = 0; row < rows && at < reading->end; row++) {
        guint close = closing(reading, at);
        if (row == 1)
            end = close + 1;
        at = close + 1;
        if (row + 1 < rows && (at >= reading->end || !reading_is_char(reading, at, ',')))
            return;
        at += row + 1 < rows;
    }
    if (rows > 2 && end < at)
        drop(reading, end, at);
}

/* The column that an arm compares with a value, for which it gives a value: WHEN id = 5 THEN 7; "" for
 * that of CASE id WHEN 5 THEN 7. NULL for any other arm. */
static const char *arm_column(const CaseExpr *expr, const CaseWhen *arm)
{
    const A_Expr *test = (const A_Expr *)arm->expr;

    if (!plain_value((Node *)arm->result))
        return NULL;
    if (expr->arg)
        return plain_value((Node *)arm->expr) ? "" : NULL;
    if (!IsA(test, A_Expr) || test->kind != AEXPR_OP || !test->lexpr ||
        !IsA(test->lexpr, ColumnRef) || !plain_value(test->rexpr))
        return NULL;
    Node *name = llast(((ColumnRef *)test->lexpr)->fields);
    return IsA(name, String) ? strVal(name) : NULL;
}

/* An ORM that writes many rows at once has an arm for each: those beyond the second are left out. */
static void drop_arms(struct reading *reading, const CaseExpr *expr)
{
    const char *column = arm_column(expr, linitial(expr->args));
    const CaseWhen *last = llast(expr->args);
    bool negative;
    ListCell *cell;

    foreach (cell, expr->args) {
        const char *other = arm_column(expr, lfirst(cell));
        if (!column || !other || strcmp(column, other) != 0)
            return;
    }
    if (list_length(expr->args) < 3)
        return;
    guint from = token_at(reading, ((const CaseWhen *)list_nth(expr->args, 2))->location);
    guint end = value_token(reading, plain_value((Node *)last->result), &negative);
    while (end < reading->end && !is_word(reading, end, "else") && !is_word(reading, end, "end"))
        end++;
    if (from < end && end < reading->end)
        drop(reading, from, end);
}

/* ------------------------------------------------------------------ the walk */

static void mark_comparison(struct reading *reading, const A_Expr *expr)
{
    bool equal =
        expr->kind == AEXPR_IN || expr->kind == AEXPR_OP_ANY ||
        (expr->kind == AEXPR_OP && expr->name && strcmp(strVal(llast(expr->name)), "=") == 0);
    Node *sides[] = {expr->lexpr, expr->rexpr};

    for (int i = 0; i < 2; i++) {
        Node *column = sides[i] && !IsA(sides[i], List) ? without_casts(sides[i]) : NULL;
        Node *other = sides[1 - i];
        if (!column || !IsA(column, ColumnRef) || !other ||
            !IsA(llast(((ColumnRef *)column)->fields), String))
            continue;
        const char *name = strVal(llast(((ColumnRef *)column)->fields));
        const char *relation = relation_of(reading, (ColumnRef *)column);
        Node *value = IsA(other, List) ? NULL : plain_value(other);
        if (value)
            mark_value(reading, value, SLOT_COMPARED, relation, name, equal);
        else if (IsA(other, List) && expr->kind == AEXPR_IN)
            mark_list(reading, (List *)other, relation, name);
        else if (IsA(other, A_ArrayExpr))
            mark_list(reading, ((A_ArrayExpr *)other)->elements, relation, name);
    }
}

static bool is_comparison(const A_Expr *expr)
{
    static const char *const operators[] = {"=", "<>", "!=", "<", "<=", ">", ">="};

    if (expr->kind != AEXPR_OP && expr->kind != AEXPR_OP_ANY)
        return expr->kind == AEXPR_IN;
    for (size_t i = 0; i < G_N_ELEMENTS(operators); i++) {
        if (strcmp(strVal(llast(expr->name)), operators[i]) == 0)
            return true;
    }
    return false;
}

static void mark_targets(struct reading *reading, List *targets, const char *relation)
{
    ListCell *cell;

    foreach (cell, targets) {
        const ResTarget *target = lfirst(cell);
        Node *value = target->val ? plain_value(target->val) : NULL;
        if (value && !target->indirection)
            mark_value(reading, value, SLOT_SET, relation, target->name, false);
    }
}

static void mark_rows(struct reading *reading, const InsertStmt *insert)
{
    const SelectStmt *select = (SelectStmt *)insert->selectStmt;
    ListCell *row;

    if (!select || !IsA(select, SelectStmt) || !select->valuesLists)
        return;
    if (list_length(select->valuesLists) > 2)
        drop_rows(reading, (guint)list_length(select->valuesLists));
    foreach (row, select->valuesLists) {
        List *values = lfirst(row);
        for (int i = 0; i < list_length(values); i++) {
            Node *value = plain_value(list_nth(values, i));
            const ResTarget *column =
                i < list_length(insert->cols) ? list_nth(insert->cols, i) : NULL;
            if (value)
                mark_value(reading, value, SLOT_INSERTED, insert->relation->relname,
                           column ? column->name : NULL, false);
        }
    }
}

static bool is_integer(Node *node)
{
    return IsA(node, A_Const) && !((A_Const *)node)->isnull &&
           nodeTag(&((A_Const *)node)->val) == T_Integer;
}

static void fix(struct reading *reading, Node *node)
{
    if (node && is_integer(node))
        mark(reading, node, FATE_FIXED);
}

/* Positions, LIMIT and the 1 of SELECT 1 belong to the statement. */
static void mark_select(struct reading *reading, const SelectStmt *select)
{
    ListCell *cell;

    fix(reading, select->limitCount);
    if (select->limitCount && IsA(select->limitCount, ParamRef))
        mark_value(reading, select->limitCount, SLOT_LIMIT, NULL, NULL, false);
    foreach (cell, select->sortClause)
        fix(reading, ((SortBy *)lfirst(cell))->node);
    foreach (cell, select->groupClause)
        fix(reading, lfirst(cell));
    foreach (cell, select->targetList)
        fix(reading, ((ResTarget *)lfirst(cell))->val);
}

static void mark_call(struct reading *reading, const FuncCall *call)
{
    const char *name = strVal(llast(call->funcname));
    const struct builtin *builtin = builtin_find(NULL, name);
    enum effect effect = builtin ? builtin_effect(builtin) : EFFECT_NONE;
    ListCell *cell;

    foreach (cell, call->args) {
        Node *value = plain_value(lfirst(cell));
        bool names =
            cell == list_head(call->args) &&
            (effect == EFFECT_NEXTVAL || effect == EFFECT_SETVAL || effect == EFFECT_SEQUENCE_READ);
        if (value && names && IsA(value, A_Const))
            mark(reading, value, FATE_FIXED);
        else if (value)
            mark_value(reading, value, SLOT_ARGUMENT, NULL, name, false);
    }
}

static bool walk_node(Node *node, struct reading *reading)
{
    switch (nodeTag(node)) {
    case T_A_Const:
    case T_ParamRef:
        mark(reading, node, FATE_SLOT);
        return false;
    case T_TypeCast: {
        TypeCast *cast = (TypeCast *)node; /* the type has no values of the program */
        if (cast->location < 0 && IsA(cast->arg, A_Const) && !is_boolean(cast->arg))
            mark(reading, cast->arg, FATE_MASKED);
        else
            normal_mark(cast->arg, reading);
        return false;
    }
    case T_A_Expr:
        if (is_comparison((A_Expr *)node))
            mark_comparison(reading, (A_Expr *)node);
        break;
    case T_CaseExpr:
        drop_arms(reading, (CaseExpr *)node);
        break;
    case T_FuncCall:
        mark_call(reading, (FuncCall *)node);
        break;
    case T_UpdateStmt:
        mark_targets(reading, ((UpdateStmt *)node)->targetList,
                     ((UpdateStmt *)node)->relation->relname);
        break;
    case T_InsertStmt: {
        InsertStmt *insert = (InsertStmt *)node;
        mark_rows(reading, insert);
        if (insert->onConflictClause)
            mark_targets(reading, insert->onConflictClause->targetList, insert->relation->relname);
        break;
    }
    case T_SelectStmt:
        mark_select(reading, (SelectStmt *)node);
        break;
    default:
        break;
    }
    return raw_expression_tree_walker(node, normal_mark, reading);
}

bool normal_mark(Node *node, void *context)
{
    return node ? walk_node(node, context) : false;
}
