/* An index on lower(email) serves WHERE lower(u.email::text) = …: what makes the two equal is a
 * text without qualifiers, without the spelling of operators and without casts that change nothing.
 * The same text tells whether two statements compute the same value. */
#include "query/lower.h"

#include <string.h>

enum { LONGEST = 400, DEEPEST = 50 };

struct printer {
    const struct lowering *lowering;
    GString *text;
    unsigned depth;
    bool failed;
};

static void print(struct printer *printer, Node *node);

/* Three pieces, of which any may be empty. To format them would take five times as long. */
static void put(struct printer *printer, const char *first, const char *middle, const char *last)
{
    g_string_append(printer->text, first);
    g_string_append(printer->text, middle);
    g_string_append(printer->text, last);
}

static void print_list(struct printer *printer, List *nodes)
{
    ListCell *cell;

    foreach (cell, nodes) {
        if (cell != list_head(nodes))
            g_string_append(printer->text, ", ");
        print(printer, lfirst(cell));
    }
}

static bool is_text_type(const char *type)
{
    return strcmp(type, "text") == 0 || strcmp(type, "varchar") == 0 || strcmp(type, "bpchar") == 0;
}

static void print_constant(struct printer *printer, const A_Const *constant)
{
    if (constant->isnull) {
        g_string_append(printer->text, "NULL");
        return;
    }
    switch (nodeTag(&constant->val)) {
    case T_Integer:
        g_string_append_printf(printer->text, "%d", constant->val.ival.ival);
        break;
    case T_Float:
        g_string_append(printer->text, constant->val.fval.fval);
        break;
    case T_Boolean:
        g_string_append(printer->text, constant->val.boolval.boolval ? "true" : "false");
        break;
    case T_String:
        put(printer, "'", constant->val.sval.sval, "'");
        break;
    default:
        printer->failed = true;
    }
}

static void print_column(struct printer *printer, const ColumnRef *ref)
{
    if (IsA(llast(ref->fields), String))
        g_string_append(printer->text, strVal(llast(ref->fields)));
    else
        printer->failed = true;
}

static void print_cast(struct printer *printer, const TypeCast *cast)
{
    char *type = canonical_type(printer->lowering, cast->typeName);

    print(printer, cast->arg);
    if (!is_text_type(type))
        put(printer, "::", type, "");
}

static void print_operator(struct printer *printer, const A_Expr *expr)
{
    static const char *const words[] = {
        [AEXPR_OP] = "",
        [AEXPR_OP_ANY] = " any",
        [AEXPR_OP_ALL] = " all",
        [AEXPR_IN] = " in",
        [AEXPR_LIKE] = "",
        [AEXPR_ILIKE] = "",
        [AEXPR_NULLIF] = " nullif",
        [AEXPR_DISTINCT] = " distinct",
        [AEXPR_NOT_DISTINCT] = " not distinct",
    };

    if ((size_t)expr->kind >= G_N_ELEMENTS(words) || !words[expr->kind]) {
        printer->failed = true;
        return;
    }
    g_string_append_c(printer->text, '(');
    if (expr->lexpr)
        print(printer, expr->lexpr);
    g_string_append_c(printer->text, ' ');
    put(printer, strVal(llast(expr->name)), words[expr->kind], " ");
    print(printer, expr->rexpr);
    g_string_append_c(printer->text, ')');
}

static void print_boolean(struct printer *printer, const BoolExpr *expr)
{
    static const char *const words[] = {
        [AND_EXPR] = " and ", [OR_EXPR] = " or ", [NOT_EXPR] = "not "};
    ListCell *cell;

    g_string_append_c(printer->text, '(');
    foreach (cell, expr->args) {
        if (expr->boolop == NOT_EXPR || cell != list_head(expr->args))
            g_string_append(printer->text, words[expr->boolop]);
        print(printer, lfirst(cell));
    }
    g_string_append_c(printer->text, ')');
}

static void print_function(struct printer *printer, const char *name, List *arguments)
{
    put(printer, name, "(", "");
    print_list(printer, arguments);
    g_string_append_c(printer->text, ')');
}

static void print_node(struct printer *printer, Node *node)
{
    switch (nodeTag(node)) {
    case T_A_Const:
        print_constant(printer, (A_Const *)node);
        break;
    case T_ColumnRef:
        print_column(printer, (ColumnRef *)node);
        break;
    case T_ParamRef: {
        const ParamRef *param = (ParamRef *)node;
        const struct placeholder *placeholder = script_placeholder(
            printer->lowering->script, lower_offset(printer->lowering, param->location));
        if (placeholder)
            g_string_append_len(printer->text,
                                printer->lowering->script->bytes + placeholder->span.start,
                                placeholder->span.end - placeholder->span.start);
        else
            g_string_append_printf(printer->text, "$%d", param->number);
        break;
    }
    case T_TypeCast:
        print_cast(printer, (TypeCast *)node);
        break;
    case T_A_Expr:
        print_operator(printer, (A_Expr *)node);
        break;
    case T_BoolExpr:
        print_boolean(printer, (BoolExpr *)node);
        break;
    case T_FuncCall:
        print_function(printer, strVal(llast(((FuncCall *)node)->funcname)),
                       ((FuncCall *)node)->args);
        break;
    case T_CoalesceExpr:
        print_function(printer, "coalesce", ((CoalesceExpr *)node)->args);
        break;
    case T_MinMaxExpr:
        print_function(printer, ((MinMaxExpr *)node)->op == IS_GREATEST ? "greatest" : "least",
                       ((MinMaxExpr *)node)->args);
        break;
    case T_A_ArrayExpr:
        print_function(printer, "array", ((A_ArrayExpr *)node)->elements);
        break;
    case T_List:
        print_function(printer, "", (List *)node);
        break;
    case T_NullTest:
        print(printer, (Node *)((NullTest *)node)->arg);
        g_string_append(printer->text,
                        ((NullTest *)node)->nulltesttype == IS_NULL ? " is null" : " is not null");
        break;
    case T_CollateClause:
        print(printer, ((CollateClause *)node)->arg);
        put(printer, " collate ", strVal(llast(((CollateClause *)node)->collname)), "");
        break;
    case T_SQLValueFunction:
        g_string_append_printf(printer->text, "value#%d", ((SQLValueFunction *)node)->op);
        break;
    default:
        printer->failed = true;
    }
}

static void print(struct printer *printer, Node *node)
{
    if (!node || printer->failed || printer->depth >= DEEPEST || printer->text->len > LONGEST) {
        printer->failed = true;
        return;
    }
    printer->depth++;
    print_node(printer, node);
    printer->depth--;
}

char *canonical_expression(const struct lowering *lowering, Node *node)
{
    struct printer printer = {.lowering = lowering, .text = g_string_sized_new(LONGEST / 4)};
    char *text = NULL;

    print(&printer, node);
    if (!printer.failed)
        text = arena_strndup(lowering->arena, printer.text->str, printer.text->len);
    g_string_free(printer.text, TRUE);
    return text;
}

char *canonical_type(const struct lowering *lowering, const TypeName *type)
{
    const char *name = type->names ? strVal(llast(type->names)) : "?";

    return type->arrayBounds ? arena_printf(lowering->arena, "_%s", name)
                             : arena_strdup(lowering->arena, name);
}
