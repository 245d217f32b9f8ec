/* Expressions: which columns they are made of, which functions they call, which sub-SELECTs they
 * run. */
#include "query/lower.h"

#include <string.h>

#include "base/words.h"
#include "facts/builtin.h"

/* ------------------------------------------------------------------ columns, constants, calls */

static struct column_use *add_use(struct lowering *lowering, const char *qualifier,
                                  const char *name)
{
    struct column_use *use = arena_new(lowering->arena, struct column_use);

    use->name = lower_string(lowering, name);
    use->range = qualifier ? query_range_called(lowering->level.query, qualifier) : NULL;
    use->settled = qualifier != NULL;
    *lowering->level.uses_end = use;
    lowering->level.uses_end = &use->next;
    lowering->level.use_count++;
    return use;
}

/* A variable or a parameter: its name is what the values of two statements are compared by. */
static void add_variable(struct lowering *lowering, const char *name, struct operand *operand)
{
    operand->text = name;
    operand->uses = add_use(lowering, NULL, name);
    operand->uses->variable = true;
}

/* A name in a routine that is a variable, or a field of one; NULL otherwise. Variables may be
 * qualified with the name of the routine or of a block. */
static const char *variable_name(const struct lowering *lowering, const ColumnRef *ref)
{
    gpointer known;

    if (!lowering->variables || !IsA(linitial(ref->fields), String))
        return NULL;
    const char *first = strVal(linitial(ref->fields));
    const char *second = list_length(ref->fields) > 1 && IsA(lsecond(ref->fields), String)
                             ? strVal(lsecond(ref->fields))
                             : NULL;
    if (!g_hash_table_lookup_extended(lowering->variables, first, NULL, &known))
        return NULL;
    if (known == BODY_QUALIFIER)
        return second && g_hash_table_contains(lowering->variables, second)
                   ? words_copy(lowering->script->words, lowering->arena, second)
                   : NULL;
    return second ? arena_printf(lowering->arena, "%s.%s", first, second)
                  : words_copy(lowering->script->words, lowering->arena, first);
}

/* Placeholders stand in the tree as $1 or as 0; their own text tells them apart. */
static const char *placeholder_text(const struct lowering *lowering, int location)
{
    const struct script *script = lowering->script;
    const struct placeholder *placeholder;

    if (script->placeholder_count == 0)
        return NULL;
    placeholder = script_placeholder(script, lower_offset(lowering, location));
    if (!placeholder || placeholder->filling == FILLING_NAME)
        return NULL;
    return arena_strndup(lowering->arena, script->bytes + placeholder->span.start,
                         placeholder->span.end - placeholder->span.start);
}

static void describe_column(struct lowering *lowering, const ColumnRef *ref,
                            struct operand *operand)
{
    const char *variable = variable_name(lowering, ref);
    Node *last = llast(ref->fields);
    int length = list_length(ref->fields);

    if (variable) {
        operand->kind = OPERAND_VARIABLE;
        add_variable(lowering, variable, operand);
        return;
    }
    const char *name = IsA(last, String) ? strVal(last) : NULL;
    const char *qualifier = NULL;
    if (length > 1 && IsA(list_nth(ref->fields, length - 2), String))
        qualifier = strVal(list_nth(ref->fields, length - 2));
    if (qualifier && lowering->returned &&
        (strcmp(qualifier, lowering->old_row) == 0 || strcmp(qualifier, lowering->new_row) == 0))
        qualifier = lowering->returned;
    operand->kind = OPERAND_COLUMN;
    operand->uses = add_use(lowering, qualifier, name);
    operand->text = operand->uses->name;
}

/* Long literals are compared by their hash: nobody reads them, and a dump has many. */
static const char *constant_text(struct lowering *lowering, const char *text)
{
    enum { LONGEST = 64 };
    size_t length = strlen(text);

    if (length <= LONGEST)
        return arena_strndup(lowering->arena, text, length);
    return arena_printf(lowering->arena, "%.16s…#%08x%zu", text, g_str_hash(text), length);
}

/* Most constants are integers, and printf is slow. */
static const char *integer_text(struct arena *arena, int value)
{
    char digits[16];
    size_t at = sizeof digits;
    unsigned left = value < 0 ? 0U - (unsigned)value : (unsigned)value;

    do
        digits[--at] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (value < 0)
        digits[--at] = '-';
    return arena_strndup(arena, digits + at, sizeof digits - at);
}

static void describe_constant(struct lowering *lowering, const A_Const *constant,
                              struct operand *operand)
{
    const char *placeholder = placeholder_text(lowering, constant->location);

    if (placeholder) {
        operand->kind = OPERAND_PARAMETER;
        add_variable(lowering, placeholder, operand);
        return;
    }
    operand->kind = OPERAND_CONSTANT;
    if (constant->isnull) {
        operand->literal = LITERAL_NULL;
        operand->text = "NULL";
        return;
    }
    switch (nodeTag(&constant->val)) {
    case T_Integer:
        operand->literal = LITERAL_INTEGER;
        operand->text = integer_text(lowering->arena, constant->val.ival.ival);
        break;
    case T_Float: /* also integers beyond 32 bits */
        operand->literal =
            strpbrk(constant->val.fval.fval, ".eE") ? LITERAL_DECIMAL : LITERAL_INTEGER;
        operand->text = constant_text(lowering, constant->val.fval.fval);
        break;
    case T_Boolean:
        operand->literal = LITERAL_BOOLEAN;
        operand->text = constant->val.boolval.boolval ? "true" : "false";
        break;
    case T_BitString:
        operand->literal = LITERAL_BITS;
        operand->text = constant_text(lowering, constant->val.bsval.bsval);
        break;
    default:
        operand->literal = LITERAL_STRING;
        operand->text = constant_text(lowering, constant->val.sval.sval);
    }
}

/* What USING gives for a parameter of EXECUTE; its variables become those of the query. */
static bool describe_argument(struct lowering *lowering, int number, struct operand *operand)
{
    const struct operand_item *item = lowering->arguments;

    while (item && --number > 0)
        item = item->next;
    if (!item || item->operand.has_query)
        return false;
    const struct column_use *use = item->operand.uses;
    *operand = item->operand;
    operand->uses = NULL;
    for (uint32_t i = 0; i < item->operand.use_count && use; i++, use = use->next) {
        struct column_use *copy = add_use(lowering, NULL, use->name);
        *copy = *use;
        copy->next = NULL;
        if (!operand->uses)
            operand->uses = copy;
    }
    return true;
}

static const char *number_text(struct arena *arena, int number)
{
    static const char first[][3] = {"$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9"};

    return number >= 1 && number <= (int)G_N_ELEMENTS(first) ? first[number - 1]
                                                             : arena_printf(arena, "$%d", number);
}

static void describe_parameter(struct lowering *lowering, const ParamRef *param,
                               struct operand *operand)
{
    const char *text = placeholder_text(lowering, param->location);

    if (!text && describe_argument(lowering, param->number, operand))
        return;
    operand->kind = OPERAND_PARAMETER;
    add_variable(lowering, text ? text : number_text(lowering->arena, param->number), operand);
}

static struct operand_item *lower_item(struct lowering *lowering, Node *node, bool canonical)
{
    struct operand_item *item = arena_new(lowering->arena, struct operand_item);

    item->operand = lower_operand(lowering, node, canonical);
    return item;
}

static struct operand_item *lower_items(struct lowering *lowering, List *nodes, bool canonical)
{
    struct operand_item *first = NULL, **end = &first;
    ListCell *cell;

    foreach (cell, nodes) {
        *end = lower_item(lowering, lfirst(cell), canonical);
        end = &(*end)->next;
    }
    return first;
}

/* Returns how stable the function's result is known to be. */
static enum volatility lower_call(struct lowering *lowering, const FuncCall *node)
{
    struct object_name name = lower_name_list(lowering, node->funcname);
    const struct builtin *builtin = builtin_find(name.schema, name.name);

    if (node->over)
        lowering->level.query->windowed = true;
    else if (node->agg_star || node->agg_filter || node->agg_order || node->agg_within_group ||
             node->agg_distinct || (builtin && builtin->kind == BUILTIN_AGGREGATE))
        lower_aggregate(lowering->level.query, node, name.name);
    lowering->level.query->set_returning |= builtin && builtin->returns_set;

    if (builtin && builtin_is_quiet(builtin)) {
        lower_walk(lowering, (Node *)node->args);
    } else {
        struct call *call = arena_new(lowering->arena, struct call);
        call->schema = name.schema;
        call->name = name.name;
        call->builtin = builtin;
        call->arguments = lower_items(lowering, node->args, true);
        call->span = name.span;
        call->span.start = lower_offset(lowering, node->location);
        call->span.end = lower_token(lowering, node->location).end;
        if (!lowering->level.calls_end)
            lowering->level.calls_end =
                &query_own_rest(lowering->level.query, lowering->arena)->calls;
        *lowering->level.calls_end = call;
        lowering->level.calls_end = &call->next;
    }
    lower_walk(lowering, node->agg_filter);
    lower_walk(lowering, (Node *)node->agg_order);
    lower_walk(lowering, (Node *)node->over);
    lowering->level.volatile_calls += builtin && builtin->volatility == VOLATILITY_VOLATILE;
    return builtin ? builtin->volatility : VOLATILITY_VOLATILE;
}

struct query *lower_sublink(struct lowering *lowering, SubLink *link)
{
    struct query *query = lower_query(lowering, link->subselect, lowering->level.place);

    if (query) {
        query->exists = link->subLinkType == EXISTS_SUBLINK;
        query->joined = query->exists || link->subLinkType == ANY_SUBLINK;
    }
    return query;
}

/* ------------------------------------------------------------------ the walk */

/* How AND, OR and NOT alone lead to a node. */
enum sense { SENSE_UNKNOWN, SENSE_HOLDS, SENSE_NOT };

struct walk {
    struct lowering *lowering;
    enum sense sense;
    bool has_query, has_call;
};

static bool walk(Node *node, struct walk *context);

/* What is negated twice is asked for as it stands. */
static enum sense sense_in(const Node *node, enum sense sense)
{
    if (IsA(node, List)) /* the operands of AND, OR and NOT, for one */
        return sense;
    if (!IsA(node, BoolExpr) || sense == SENSE_UNKNOWN)
        return SENSE_UNKNOWN;
    if (((const BoolExpr *)node)->boolop != NOT_EXPR)
        return sense;
    return sense == SENSE_NOT ? SENSE_HOLDS : SENSE_NOT;
}

static bool walk_below(Node *node, struct walk *context)
{
    struct lowering *lowering = context->lowering;
    const enum sense sense = context->sense;
    const unsigned calls = lowering->level.volatile_calls;

    context->sense = sense_in(node, sense);
    lowering->depth++;
    bool stop = raw_expression_tree_walker(node, walk, context);
    lowering->depth--;
    context->sense = sense;
    /* COALESCE($1, gen_random_uuid()), CASE: what is volatile may not be called. */
    if (IsA(node, CoalesceExpr) || IsA(node, CaseExpr))
        lowering->level.volatile_calls = calls;
    return stop;
}

static void walk_sublink(struct walk *context, SubLink *link)
{
    const enum sense sense = context->sense;

    context->has_query = true;
    context->sense = SENSE_UNKNOWN;
    walk(link->testexpr, context);
    context->sense = sense;
    struct query *query = lower_sublink(context->lowering, link);
    if (query && query->exists) {
        query->asks_presence = sense == SENSE_HOLDS;
        query->asks_absence = sense == SENSE_NOT;
    }
}

static bool walk(Node *node, struct walk *context)
{
    struct lowering *lowering = context->lowering;
    struct operand ignored = {0};

    if (!node)
        return false;
    if (lowering->depth >= LOWER_DEPTH) {
        lowering->too_deep = true;
        return false;
    }
    switch (nodeTag(node)) {
    case T_TypeName:
        return false;
    case T_A_Const:
        if (placeholder_text(lowering, ((A_Const *)node)->location)) /* "?" stands as 0 */
            describe_constant(lowering, (A_Const *)node, &ignored);
        return false;
    case T_ParamRef:
        describe_parameter(lowering, (ParamRef *)node, &ignored);
        return false;
    case T_ColumnRef:
        describe_column(lowering, (ColumnRef *)node, &ignored);
        return false;
    case T_FuncCall:
        lowering->depth++;
        context->has_call |= lower_call(lowering, (FuncCall *)node) != VOLATILITY_IMMUTABLE;
        lowering->depth--;
        return false;
    case T_SubLink:
        lowering->depth++;
        walk_sublink(context, (SubLink *)node);
        lowering->depth--;
        return false;
    case T_SelectStmt:
        context->has_query = true;
        lowering->depth++;
        lower_query(lowering, node, lowering->level.place);
        lowering->depth--;
        return false;
    default:
        return walk_below(node, context);
    }
}

void lower_walk(struct lowering *lowering, Node *node)
{
    walk(node, &(struct walk){.lowering = lowering});
}

/* ------------------------------------------------------------------ operands */

static bool is_plain_value(Node *node)
{
    while (IsA(node, TypeCast))
        node = ((TypeCast *)node)->arg;
    return IsA(node, A_Const) || IsA(node, ParamRef);
}

/* The value of a row that is one plain value; NULL of any other. */
static Node *only_value(const List *row)
{
    Node *value = list_length(row) == 1 ? linitial(row) : NULL;

    if (value && IsA(value, ResTarget))
        value = ((ResTarget *)value)->val;
    return value && is_plain_value(value) ? value : NULL;
}

bool lower_values(struct lowering *lowering, Node *subselect, struct operand *values)
{
    const SelectStmt *select = (SelectStmt *)subselect;
    struct operand_item **end = &values->items;
    ListCell *cell;

    if (!lower_is_of_no_table(select))
        return false;
    foreach (cell, select->valuesLists) {
        if (!only_value(lfirst(cell)))
            return false;
    }
    if (!select->valuesLists && !only_value(select->targetList))
        return false;
    *values = (struct operand){.kind = OPERAND_LIST};
    foreach (cell, select->valuesLists) {
        *end = lower_item(lowering, only_value(lfirst(cell)), false);
        end = &(*end)->next;
    }
    if (!select->valuesLists)
        *end = lower_item(lowering, only_value(select->targetList), false);
    return true;
}

/* Of a column with a length or a precision, which cuts off: x::varchar(3) is not what a varchar is. */
static const char *cast_type(const struct lowering *lowering, const TypeName *type,
                             const struct operand *operand)
{
    const char *name = canonical_type(lowering, type);

    return operand->kind == OPERAND_COLUMN && type->typmods
               ? arena_printf(lowering->arena, "%s(…)", name)
               : name;
}

static void describe(struct lowering *lowering, Node *node, bool canonical, struct operand *operand)
{
    struct operand values;

    switch (nodeTag(node)) {
    case T_ColumnRef:
        describe_column(lowering, (ColumnRef *)node, operand);
        return;
    case T_A_Const:
        describe_constant(lowering, (A_Const *)node, operand);
        return;
    case T_ParamRef:
        describe_parameter(lowering, (ParamRef *)node, operand);
        return;
    case T_SetToDefault:
        operand->kind = OPERAND_DEFAULT;
        return;
    case T_TypeCast: {
        const TypeCast *cast = (TypeCast *)node;
        Node *inner = cast->arg; /* of a chain of casts the last one counts */
        while (IsA(inner, TypeCast))
            inner = ((TypeCast *)inner)->arg;
        describe(lowering, inner, false, operand);
        if (operand->kind == OPERAND_COLUMN || operand->kind == OPERAND_EXPRESSION ||
            (operand->kind == OPERAND_CONSTANT && operand->literal == LITERAL_STRING))
            operand->cast = cast_type(lowering, cast->typeName, operand);
        if (operand->kind == OPERAND_EXPRESSION && canonical)
            operand->text = canonical_expression(lowering, node);
        return;
    }
    case T_RowExpr:
        operand->kind = OPERAND_LIST;
        operand->items = lower_items(lowering, ((RowExpr *)node)->args, false);
        return;
    case T_List:
        operand->kind = OPERAND_LIST;
        operand->items = lower_items(lowering, (List *)node, false);
        return;
    case T_A_ArrayExpr:
        operand->kind = OPERAND_LIST;
        operand->items = lower_items(lowering, ((A_ArrayExpr *)node)->elements, false);
        return;
    case T_SubLink: {
        SubLink *link = (SubLink *)node;
        if (link->subLinkType == EXPR_SUBLINK && lower_values(lowering, link->subselect, &values) &&
            values.items && !values.items->next) { /* (VALUES (1)) */
            *operand = values.items->operand;
            return;
        }
        if (link->subLinkType == EXPR_SUBLINK || link->subLinkType == ARRAY_SUBLINK) {
            operand->kind = OPERAND_QUERY;
            operand->query = lower_sublink(lowering, link);
            operand->has_query = true;
            return;
        }
        break;
    }
    case T_BoolExpr: /* NOT FOUND: what decides about a branch is asked for by its text */
        canonical |= ((BoolExpr *)node)->boolop == NOT_EXPR &&
                     IsA(linitial(((BoolExpr *)node)->args), ColumnRef);
        break;
    default:
        break;
    }
    struct walk context = {.lowering = lowering, .sense = SENSE_HOLDS};
    const unsigned calls = lowering->level.volatile_calls;
    operand->kind = OPERAND_EXPRESSION;
    walk(node, &context);
    operand->has_query = context.has_query;
    operand->has_call = context.has_call;
    operand->has_volatile = lowering->level.volatile_calls != calls;
    if (canonical)
        operand->text = canonical_expression(lowering, node);
}

/* Where an expression begins. Unlike exprLocation this does not recurse, so that a sum of a million
 * terms, which is a tree a million deep, does no harm. */
int lower_start(Node *node)
{
    for (;;) {
        switch (nodeTag(node)) {
        case T_A_Expr:
            if (!((A_Expr *)node)->lexpr)
                return ((A_Expr *)node)->location;
            node = ((A_Expr *)node)->lexpr;
            break;
        case T_BoolExpr:
            if (((BoolExpr *)node)->boolop == NOT_EXPR)
                return ((BoolExpr *)node)->location;
            node = linitial(((BoolExpr *)node)->args);
            break;
        case T_TypeCast:
            node = ((TypeCast *)node)->arg;
            break;
        case T_NullTest:
            node = (Node *)((NullTest *)node)->arg;
            break;
        case T_BooleanTest:
            node = (Node *)((BooleanTest *)node)->arg;
            break;
        case T_A_Indirection:
            node = ((A_Indirection *)node)->arg;
            break;
        case T_CollateClause:
            node = ((CollateClause *)node)->arg;
            break;
        case T_List:
            if (list_length((List *)node) == 0)
                return -1;
            node = linitial((List *)node);
            break;
        default:
            return exprLocation(node);
        }
    }
}

struct operand lower_operand(struct lowering *lowering, Node *node, bool canonical)
{
    struct operand operand = {.kind = OPERAND_NONE};
    struct column_use **first = lowering->level.uses_end;
    uint32_t count = lowering->level.use_count;
    const List *row = node ? lower_row_of_none(node) : NIL;

    if (!node)
        return operand;
    if (list_length(row) == 1) /* (SELECT x + 1) is x + 1 */
        node = ((ResTarget *)linitial(row))->val;
    if (lowering->depth >= LOWER_DEPTH) {
        lowering->too_deep = true;
        operand.kind = OPERAND_EXPRESSION;
        return operand;
    }
    lowering->depth++;
    describe(lowering, node, canonical, &operand);
    lowering->depth--;
    operand.use_count = lowering->level.use_count - count;
    if (operand.kind == OPERAND_CONSTANT)
        operand.start = lower_offset(lowering, lower_start(node));
    else
        operand.uses = *first;
    if (IsA(node, A_Expr))
        lower_sum(lowering, (const A_Expr *)node, &operand);
    return operand;
}

struct operand *lower_constant(struct lowering *lowering, Node *node)
{
    while (node && IsA(node, TypeCast))
        node = ((TypeCast *)node)->arg;
    if (!node || !IsA(node, A_Const) || placeholder_text(lowering, ((A_Const *)node)->location))
        return NULL;
    struct operand *operand = arena_new(lowering->arena, struct operand);
    operand->kind = OPERAND_NONE;
    describe_constant(lowering, (A_Const *)node, operand);
    return operand;
}
