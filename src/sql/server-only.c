/* Does a statement run nothing but the server's own code? What somebody has defined may write
 * wherever it hides: in a function, in the function of an operator or of a cast, in the CHECK of a
 * domain. The answer is yes only when every node of the tree is one of those below and every name
 * in it is the server's; whatever is not known is no. An edit that declares READ ONLY rests on
 * this, so a node that is missing here costs an edit, never data. */
#include "sql/server-only.h"

#include <stdlib.h>
#include <string.h>

#include "facts/builtin.h"

struct walk {
    unsigned depth;
};

/* ------------------------------------------------------------------ names */

/* pg_operator and pg_type of PostgreSQL 15, sorted by name. */
static const char *const operators[] = {
    "!!",  "!~",   "!~*", "!~~", "!~~*", "#",   "##",  "#-",  "#>", "#>>", "%",  "&",   "&&",
    "&<",  "&<|",  "&>",  "*",   "*<",   "*<=", "*<>", "*=",  "*>", "*>=", "+",  "-",   "->",
    "->>", "-|-",  "/",   "<",   "<->",  "<<",  "<<=", "<<|", "<=", "<>",  "<@", "<^",  "=",
    ">",   ">=",   ">>",  ">>=", ">^",   "?",   "?#",  "?&",  "?-", "?-|", "?|", "?||", "@",
    "@-@", "@>",   "@?",  "@@",  "^",    "^@",  "|",   "|&>", "|/", "|>>", "||", "||/", "~",
    "~*",  "~<=~", "~<~", "~=",  "~>=~", "~>~", "~~",  "~~*",
};

static const char *const types[] = {
    "aclitem",
    "bit",
    "bool",
    "box",
    "bpchar",
    "bytea",
    "char",
    "cid",
    "cidr",
    "circle",
    "date",
    "datemultirange",
    "daterange",
    "float4",
    "float8",
    "inet",
    "int2",
    "int2vector",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "pg_lsn",
    "pg_snapshot",
    "point",
    "polygon",
    "record",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "text",
    "tid",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "unknown",
    "uuid",
    "varbit",
    "varchar",
    "void",
    "xid",
    "xid8",
    "xml",
};

/* Volatile functions of the server that change nothing that anybody reads. */
static const char *const volatiles[] = {
    "clock_timestamp",
    "currval",
    "gen_random_uuid",
    "lastval",
    "pg_current_xact_id",
    "pg_export_snapshot",
    "pg_sleep",
    "pg_sleep_for",
    "pg_sleep_until",
    "random",
    "random_normal",
    "setseed",
    "timeofday",
    "txid_current",
    "uuidv4",
    "uuidv7",
};

static int compare(const void *name, const void *entry)
{
    return strcmp(name, *(const char *const *)entry);
}

/* Whether the name, which nothing or pg_catalog qualifies, is in the list. */
static bool is_listed(const List *names, const char *const *list, size_t count)
{
    if (list_length(names) > 2 || !IsA(llast(names), String) || !IsA(linitial(names), String) ||
        (list_length(names) == 2 && strcmp(strVal(linitial(names)), "pg_catalog") != 0))
        return false;
    return bsearch(strVal(llast(names)), list, count, sizeof *list, compare);
}

static bool is_operator(const List *names)
{
    return !names || is_listed(names, operators, G_N_ELEMENTS(operators));
}

static bool is_type(const TypeName *type)
{
    return !type->pct_type && is_listed(type->names, types, G_N_ELEMENTS(types));
}

static bool is_function(const FuncCall *call)
{
    const List *names = call->funcname;
    const char *name = strVal(llast(names));
    const struct builtin *builtin =
        list_length(names) == 1 || strcmp(strVal(linitial(names)), "pg_catalog") == 0
            ? builtin_find("pg_catalog", name)
            : NULL;

    return builtin && list_length(names) <= 2 &&
           (builtin_is_quiet(builtin) ||
            bsearch(name, volatiles, G_N_ELEMENTS(volatiles), sizeof *volatiles, compare));
}

/* A value that the program passes, and no text that it pastes in. */
static bool is_parameter(const struct script *script, const struct placeholder *placeholder)
{
    const char *text = script->bytes + placeholder->span.start;

    return !placeholder->block &&
           (placeholder->filling == FILLING_VALUE || placeholder->filling == FILLING_NUMBER ||
            placeholder->filling == FILLING_STRING) &&
           (text[0] == '?' || (text[0] == ':' && text[1] == '\'') ||
            (text[0] == ':' && script_is_sent_by_program(script)));
}

static bool has_parameters_only(const struct lowering *lowering)
{
    const struct script *script = lowering->script;
    const struct placeholder *end = script->placeholders + script->placeholder_count;
    uint32_t limit = lowering->base + (uint32_t)strlen(lowering->text);

    if (script->placeholder_count == 0)
        return true;
    for (const struct placeholder *each = script_placeholders_from(script, lowering->base);
         each < end && each->span.start < limit; each++) {
        if (!is_parameter(script, each))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ the tree */

/* Whether this node by itself is harmless; what it holds is looked at apart. */
static bool is_harmless(const Node *node)
{
    switch (nodeTag(node)) {
    case T_A_ArrayExpr:
    case T_A_Const:
    case T_A_Indices:
    case T_A_Indirection:
    case T_A_Star:
    case T_Alias:
    case T_BitString:
    case T_Boolean:
    case T_BooleanTest:
    case T_BoolExpr:
    case T_CaseExpr:
    case T_CaseWhen:
    case T_CoalesceExpr:
    case T_CollateClause:
    case T_ColumnRef:
    case T_Float:
    case T_GroupingFunc:
    case T_GroupingSet:
    case T_Integer:
    case T_JoinExpr:
    case T_List:
    case T_LockingClause:
    case T_MinMaxExpr:
    case T_NamedArgExpr:
    case T_NullTest:
    case T_ParamRef:
    case T_RangeFunction:
    case T_RangeSubselect:
    case T_RangeVar:
    case T_ResTarget:
    case T_RowExpr:
    case T_SQLValueFunction:
    case T_String:
    case T_WindowDef:
    case T_WithClause:
        return true;
    case T_A_Expr:
        return is_operator(((const A_Expr *)node)->name);
    case T_ColumnDef: /* of the rows of a function */
        return !((const ColumnDef *)node)->constraints &&
               is_type(((const ColumnDef *)node)->typeName);
    case T_CommonTableExpr:
        return !((const CommonTableExpr *)node)->cycle_clause;
    case T_FuncCall:
        return is_function((const FuncCall *)node);
    case T_RangeTableSample: {
        static const char *const methods[] = {"bernoulli", "system"};
        return is_listed(((const RangeTableSample *)node)->method, methods, G_N_ELEMENTS(methods));
    }
    case T_SelectStmt:
        return !((const SelectStmt *)node)->intoClause;
    case T_SortBy:
        return is_operator(((const SortBy *)node)->useOp);
    case T_SubLink:
        return is_operator(((const SubLink *)node)->operName);
    case T_TypeCast:
        return is_type(((const TypeCast *)node)->typeName);
    case T_TypeName:
        return is_type((const TypeName *)node);
    default:
        return false;
    }
}

/* True stops the walk: something else was found. */
static bool find_other(Node *node, struct walk *walk)
{
    bool other;

    if (!node)
        return false;
    if (!is_harmless(node) || walk->depth >= LOWER_DEPTH)
        return true;
    walk->depth++;
    other = raw_expression_tree_walker(node, find_other, walk);
    walk->depth--;
    return other;
}

static bool is_server_only(Node *node)
{
    return !find_other(node, &(struct walk){0});
}

bool statement_is_server_only(const struct lowering *lowering, Node *node)
{
    switch (nodeTag(node)) {
    case T_SelectStmt:
        break;
    case T_DeclareCursorStmt:
        node = ((DeclareCursorStmt *)node)->query;
        break;
    case T_ExplainStmt:
        node = ((ExplainStmt *)node)->query;
        break;
    case T_CopyStmt:
        if (((CopyStmt *)node)->is_from)
            return false;
        node = ((CopyStmt *)node)->query;
        break;
    case T_FetchStmt:
    case T_ClosePortalStmt:
    case T_VariableShowStmt:
        return true;
    default:
        return false;
    }
    return has_parameters_only(lowering) && is_server_only(node);
}

/* ------------------------------------------------------------------ code that no query names */

static bool is_builtin_name(const List *names)
{
    return IsA(llast(names), String) && builtin_find("pg_catalog", strVal(llast(names)));
}

static bool defines_code(const DefineStmt *define)
{
    switch (define->kind) {
    case OBJECT_AGGREGATE:
        return is_builtin_name(define->defnames);
    case OBJECT_OPERATOR: /* by another name it is seen where it is used */
        return bsearch(strVal(llast(define->defnames)), operators, G_N_ELEMENTS(operators),
                       sizeof *operators, compare);
    case OBJECT_TYPE: /* its input function; of an enum or a row there is none to write */
        return define->definition != NIL;
    default:
        return false;
    }
}

static bool calls_other(const Node *constraint)
{
    return constraint && IsA(constraint, Constraint) &&
           !is_server_only(((const Constraint *)constraint)->raw_expr);
}

static bool any_calls_other(const List *constraints)
{
    ListCell *cell;

    foreach (cell, constraints) {
        if (calls_other(lfirst(cell)))
            return true;
    }
    return false;
}

bool statement_adds_code(Node *node)
{
    switch (nodeTag(node)) {
    case T_CreateCastStmt:
        return ((CreateCastStmt *)node)->func;
    case T_CreateOpClassStmt:
    case T_AlterOpFamilyStmt:
    case T_CreateForeignTableStmt: /* what the other server does is not known */
    case T_ImportForeignSchemaStmt:
        return true;
    case T_CreateFunctionStmt:
        return is_builtin_name(((CreateFunctionStmt *)node)->funcname);
    case T_DefineStmt:
        return defines_code((DefineStmt *)node);
    case T_CreateDomainStmt:
        return any_calls_other(((CreateDomainStmt *)node)->constraints);
    case T_AlterDomainStmt:
        return calls_other(((AlterDomainStmt *)node)->def);
    case T_CreatePolicyStmt:
        return !is_server_only(((CreatePolicyStmt *)node)->qual);
    case T_AlterPolicyStmt:
        return !is_server_only(((AlterPolicyStmt *)node)->qual);
    default:
        return false;
    }
}
