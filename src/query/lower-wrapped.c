/* SELECTs that change nothing about what stands in them: (SELECT x + 1), SELECT * FROM (SELECT …). */
#include "query/lower.h"

#include <string.h>

#include "facts/builtin.h"

bool lower_is_of_no_table(const SelectStmt *select)
{
    return IsA(select, SelectStmt) && select->op == SETOP_NONE && !select->withClause &&
           !select->distinctClause && !select->intoClause && !select->fromClause &&
           !select->whereClause && !select->groupClause && !select->havingClause &&
           !select->limitOffset && !select->limitCount && !select->lockingClause;
}

/* Whether a call makes more of an expression than its value: an aggregate, a set, what may be one. */
static bool makes_rows(Node *node, void *context)
{
    if (!node)
        return false;
    if (IsA(node, FuncCall)) {
        const FuncCall *call = (FuncCall *)node;
        const char *schema =
            list_length(call->funcname) > 1 ? strVal(linitial(call->funcname)) : NULL;
        const struct builtin *builtin = builtin_find(schema, strVal(llast(call->funcname)));
        if (!builtin || builtin->kind == BUILTIN_AGGREGATE || builtin->returns_set || call->over ||
            builtin->volatility == VOLATILITY_VOLATILE)
            return true;
    }
    return IsA(node, SubLink) || raw_expression_tree_walker(node, makes_rows, context);
}

List *lower_row_of_none(Node *node)
{
    const SubLink *link = (SubLink *)node;

    if (!IsA(link, SubLink) || link->subLinkType != EXPR_SUBLINK ||
        !lower_is_of_no_table((SelectStmt *)link->subselect))
        return NIL;
    List *targets = ((SelectStmt *)link->subselect)->targetList;
    return makes_rows((Node *)targets, NULL) ? NIL : targets;
}

static bool is_star(const List *targets)
{
    const ResTarget *target = list_length(targets) == 1 ? linitial(targets) : NULL;

    return target && IsA(target->val, ColumnRef) &&
           list_length(((ColumnRef *)target->val)->fields) == 1 &&
           IsA(linitial(((ColumnRef *)target->val)->fields), A_Star);
}

/* NULL when it wraps none. */
static const SelectStmt *wrapped(const SelectStmt *stmt)
{
    const WithClause *with = stmt->withClause;
    const Node *query = NULL;

    if (stmt->op != SETOP_NONE || list_length(stmt->fromClause) != 1 ||
        !is_star(stmt->targetList) || stmt->whereClause || stmt->groupClause ||
        stmt->havingClause || stmt->windowClause || stmt->distinctClause || stmt->sortClause ||
        stmt->limitOffset || stmt->limitCount || stmt->lockingClause || stmt->intoClause)
        return NULL;
    const Node *item = linitial(stmt->fromClause);
    if (IsA(item, RangeSubselect) && !with) {
        const Alias *alias = ((const RangeSubselect *)item)->alias;
        query = alias && alias->colnames ? NULL : ((const RangeSubselect *)item)->subquery;
    } else if (IsA(item, RangeVar) && with && !with->recursive && list_length(with->ctes) == 1) {
        const CommonTableExpr *named = linitial(with->ctes);
        const RangeVar *range = (const RangeVar *)item;
        bool same = !range->schemaname && strcmp(range->relname, named->ctename) == 0;
        query = same && !named->aliascolnames && !(range->alias && range->alias->colnames)
                    ? named->ctequery
                    : NULL;
    }
    return query && IsA(query, SelectStmt) && !((const SelectStmt *)query)->valuesLists
               ? (const SelectStmt *)query
               : NULL;
}

const SelectStmt *lower_unwrapped(const SelectStmt *stmt)
{
    for (const SelectStmt *inner = stmt; inner; inner = wrapped(stmt))
        stmt = inner;
    return stmt;
}
