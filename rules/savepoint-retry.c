#include "lint/rule.h"

/* The SAVEPOINT that this ROLLBACK TO goes back to. */
static const struct step *savepoint_of(const struct transaction *transaction,
                                       const struct step *back)
{
    for (const struct step *step = back; step-- > transaction->steps;) {
        const struct statement *statement = step->statement;
        if (statement->kind == STATEMENT_SAVEPOINT && back->statement->name &&
            strcmp(statement->name, back->statement->name) == 0)
            return step;
    }
    return NULL;
}

/* Of expressions the columns and variables count. */
static bool same_value(const struct operand *a, const struct operand *b)
{
    const struct column_use *x = a->uses, *y = b->uses;

    if (a->kind != OPERAND_EXPRESSION || b->kind != OPERAND_EXPRESSION)
        return operand_same_value(a, b) == ANSWER_YES;
    if (a->use_count != b->use_count)
        return false;
    for (uint32_t i = 0; i < a->use_count; i++, x = x->next, y = y->next) {
        if (g_strcmp0(x->name, y->name) != 0)
            return false;
    }
    return true;
}

static bool same_values(const struct access *a, const struct access *b)
{
    const struct assignment *x = a->assignments, *y = b->assignments;

    for (; x && y; x = x->next, y = y->next) {
        if (g_strcmp0(x->column, y->column) != 0 || !same_value(&x->value, &y->value))
            return false;
    }
    return !x && !y;
}

/* A write after the ROLLBACK TO that does what one before it did. Other values may be another
 * attempt, for another reason than 40001. */
static const struct access *repetition(const struct access *first, const struct step *back)
{
    for (const struct access *again = access_next_peer(first); again;
         again = access_next_peer(again)) {
        if (again->step > back && again->kind == first->kind && window_compares(again) &&
            access_same_rows(first, again) == ANSWER_YES && same_values(first, again))
            return again;
    }
    return NULL;
}

static void report_repetition(struct check *check, const struct transaction *transaction,
                              const struct access *first, const struct access *again,
                              const struct step *back)
{
    struct finding *finding = report_access(
        check, again,
        "%s %s fails with 40001 again: it is retried after ROLLBACK TO SAVEPOINT at %s",
        access_verb(again), access_relation_name(again),
        isolation_level_name(transaction_level(transaction)));

    finding_label(check, finding, "uses the same snapshot as before");
    finding_related_access(check, finding, first,
                           "fails if the row was changed since the snapshot");
    finding_related(check, finding, back->statement->span, "keeps the snapshot");
    finding_level(check, finding, transaction);
    finding_help(check, finding,
                 "use ROLLBACK and retry the whole transaction: only a new transaction takes a new "
                 "snapshot");
}

/* `*from`: the first access after some savepoint before this one. */
static void check_back(struct check *check, const struct transaction *transaction,
                       const struct step *back, const struct access **from)
{
    const struct step *savepoint = savepoint_of(transaction, back);

    if (!savepoint)
        return;
    if (*from && (*from)->step > savepoint)
        *from = transaction->accesses;
    while (*from && (*from)->step <= savepoint)
        *from = (*from)->next;
    for (const struct access *first = *from; first && first->step < back; first = first->next) {
        if (!window_compares(first) || !window_is_open(first))
            continue;
        const struct access *again = repetition(first, back);
        if (again) {
            report_repetition(check, transaction, first, again, back);
            return;
        }
    }
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct access *from = transaction->accesses;

    for (size_t i = 0; i < transaction->step_count; i++) {
        if (transaction->steps[i].statement->kind == STATEMENT_ROLLBACK_TO)
            check_back(check, transaction, &transaction->steps[i], &from);
    }
}

const struct rule rule_savepoint_retry = {
    .name = "savepoint-retry",
    .group = "retry",
    .summary = "A write is retried after ROLLBACK TO SAVEPOINT, which keeps the snapshot",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40001"},
    .levels = AT_ONE_SNAPSHOT,
    .blocks_only = true,
    .check_transaction = check,
};
