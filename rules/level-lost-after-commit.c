#include "lint/rule.h"

/* SET TRANSACTION ISOLATION LEVEL. */
static const struct mode *sets_level(const struct body_statement *statement, struct mode *single)
{
    bool transaction;
    const struct mode *mode =
        statement->statement ? statement_asks(statement->statement, single, &transaction) : NULL;

    while (mode && (!transaction || mode->kind != MODE_ISOLATION))
        mode = mode->next;
    return mode;
}

static bool is_end(const struct body_statement *statement)
{
    return statement->kind == BODY_COMMIT || statement->kind == BODY_ROLLBACK;
}

/* The statement that has set the level of the transaction that `end` ends. */
static const struct body_statement *level_set(const struct body *body,
                                              const struct body_statement *end)
{
    const struct body_statement *found = NULL, *query;
    struct mode single;

    for (const struct body_statement *each = body->statements; each != end; each = each->next) {
        if (body_is_elsewhere(each, end))
            continue;
        if (is_end(each) && !each->chain)
            found = NULL;
        else if (sets_level(each, &single) && !body_has_snapshot(body, each, &query))
            found = each;
    }
    return found;
}

/* What comes from a statement on: the first that accesses a table before the level is set. */
static const struct body_statement *first_access(const struct check *check,
                                                 const struct body_statement *each,
                                                 const struct body_statement *last,
                                                 const struct body_statement *end, bool *over)
{
    struct mode single;

    for (; each && each != last; each = each->next) {
        bool leaves = each->kind == BODY_RETURN || each->kind == BODY_EXIT ||
                      (each->kind == BODY_RAISE && each->error);
        if (body_is_elsewhere(each, end))
            continue;
        if (corpus_body_accesses(check->corpus, each))
            return each;
        *over = sets_level(each, &single) ||
                (leaves && !each->guarded && body_is_inside(end, each->parent));
        if (*over)
            return NULL;
    }
    return NULL;
}

static const struct body_statement *find_access(const struct check *check,
                                                const struct body_statement *end)
{
    const struct body_statement *loop = end->parent, *found;
    bool over = false;

    while (loop && loop->kind != BODY_LOOP && loop->kind != BODY_FOR_QUERY)
        loop = loop->parent;
    found = first_access(check, end->next, NULL, end, &over);
    if (found || over || !loop)
        return found;
    return first_access(check, loop->next, end, end, &over); /* the next round */
}

static void check_end(struct check *check, const struct code *code,
                      const struct body_statement *end)
{
    const struct transaction *next = corpus_segment(check->corpus, end);
    const struct body_statement *set = next ? level_set(code->body, end) : NULL;
    const struct body_statement *access = set ? find_access(check, end) : NULL;
    const char *verb = end->kind == BODY_COMMIT ? "COMMIT" : "ROLLBACK";
    struct mode single;

    if (!access || (int)transaction_level(next) ==
                       MAX(sets_level(set, &single)->value, (int)LEVEL_READ_COMMITTED))
        return;
    const char *level = isolation_level_name(transaction_level(next));
    struct finding *finding =
        report(check, end->span, "what follows %s runs at %s: the level ended with the transaction",
               verb, level);
    finding_label(check, finding, "begins a transaction with the session's defaults");
    finding_related(check, finding, set->span, "sets the level of one transaction");
    finding_related(check, finding, access->span, "runs at %s", level);
    finding_help(check, finding, "use %s AND CHAIN, or SET TRANSACTION right after it", verb);
    finding_edit(check, finding, end->span,
                 end->kind == BODY_COMMIT ? "COMMIT AND CHAIN" : "ROLLBACK AND CHAIN", false);
}

static void check_body(struct check *check, const struct code *code)
{
    for (const struct body_statement *each = code->body ? code->body->statements : NULL; each;
         each = each->next) {
        if (is_end(each) && !each->chain)
            check_end(check, code, each);
    }
}

const struct rule rule_level_lost_after_commit = {
    .name = "level-lost-after-commit",
    .group = "routine",
    .summary =
        "COMMIT in a procedure ends the transaction whose level was set, and the next one has "
        "the default",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"no-op"},
    .since = 1100,
    .check_body = check_body,
};
