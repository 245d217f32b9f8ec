#include "lint/rule.h"

static const char *advice(const struct query *query, const char *refused)
{
    if (strcmp(refused, "the nullable side of an outer join") == 0)
        return "name the table whose rows are to be locked: FOR UPDATE OF its alias";
    if (strcmp(refused, "a WITH query") == 0 || strcmp(refused, "a function in FROM") == 0)
        return "write FOR UPDATE into the query that reads the table itself";
    if (query->distinct || query->set_output)
        return "lock the rows in a sub-SELECT with FOR UPDATE, and compute outside it";
    return "begin with a lock on a row that all runs share, such as the parent's: SELECT … FOR NO KEY UPDATE; then compute without a lock";
}

static struct span span_of(const struct range *range, struct span statement)
{
    const struct query *query = range ? range_query(range) : NULL;

    if (!range || (query && query->place == PLACE_FROM))
        return query && query->ranges ? span_of(query->ranges, statement) : statement;
    return range->span.start < range->span.end ? range->span : statement;
}

static void check_query(struct check *check, const struct query *query, struct span statement)
{
    const struct range *range;
    const char *refused = refusal_of_lock(query, &range);

    if (refused) {
        bool applied = strstr(refused, "side") || strstr(refused, "a WITH") ||
                       strstr(refused, "a function in");
        struct finding *finding = report(
            check, span_of(range, statement), "this row lock always fails with 0A000: it %s %s",
            applied ? "cannot be applied to" : "is not allowed with", refused);
        finding_label(check, finding, "no row of it is locked");
        finding_help(check, finding, "%s", advice(query, refused));
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next)
        check_query(check, inner, statement);
}

static void check_statement(struct check *check, const struct statement *statement,
                            struct span span)
{
    const struct change *change = statement->kind == STATEMENT_DEFINE ? statement->changes : NULL;

    if (statement->query)
        check_query(check, statement->query, span);
    else if (change && change->kind == CHANGE_CREATE_RELATION && change->relation->definition)
        check_query(check, change->relation->definition, span);
}

static void check_script(struct check *check, const struct script *script)
{
    for (const struct statement *each = script->locks_rows ? script->statements : NULL; each;
         each = each->next)
        check_statement(check, each, each->span);
}

static void check_body(struct check *check, const struct code *code)
{
    for (const struct body_statement *each = code->body ? code->body->statements : NULL; each;
         each = each->next) {
        if (each->statement)
            check_statement(check, each->statement, each->span);
    }
}

const struct rule rule_locking_clause_refused = {
    .name = "locking-clause-refused",
    .group = "lock",
    .summary = "FOR UPDATE or FOR SHARE where the server refuses it: it locks nothing",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"0A000"},
    .check_script = check_script,
    .check_body = check_body,
};
