#include "lint/rule.h"

static void report_outside(struct check *check, const struct statement *statement, bool error,
                           const char *verb, const char *consequence)
{
    if (check_is_sent(check))
        return;
    struct finding *finding =
        report(check, statement->span,
               error ? "%s fails with 25P01 outside a transaction block"
                     : "%s has no effect outside a transaction block (WARNING 25P01)",
               verb);
    if (session_may_be_wrapped(check->script, statement))
        finding->severity = SEVERITY_NOTE;
    finding_predicts(finding, "25P01");
    finding_label(check, finding, "%s", consequence);
    finding_help(check, finding, "put it and the statements it is for between BEGIN and COMMIT");
}

/* Nothing but locks: whatever else the statement does may be what they are for. */
static const struct access *find_row_lock(const struct transaction *transaction)
{
    const struct access *lock = NULL;

    if (transaction->unknown || transaction->calls || transaction->runs)
        return NULL;
    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (access_is_write(each))
            return NULL;
        if (!lock && each->kind == ACCESS_LOCK && !access_is_exempt(each) &&
            (!each->via || each->via->kind == VIA_VIEW))
            lock = each;
    }
    return lock;
}

/* With a read in the same statement it is lock-and-read-in-one-statement that reports. */
static bool only_locks(const struct transaction *transaction)
{
    for (const struct side_effect *each = transaction->calls; each; each = each->next) {
        if (builtin_effect(each->call->builtin) != EFFECT_ADVISORY_XACT || each->body)
            return false;
    }
    return transaction->calls && !transaction->accesses && !transaction->unknown &&
           !transaction->runs;
}

static void check_query(struct check *check, const struct transaction *transaction)
{
    const struct access *lock = find_row_lock(transaction);
    struct finding *finding;

    if ((!lock && !only_locks(transaction)) || check_is_sent(check))
        return;
    if (lock) {
        finding = report_access(check, lock, "%s %s protects nothing in a transaction of its own",
                                access_verb(lock), access_relation_name(lock));
        finding->severity = SEVERITY_WARNING;
        finding_label(check, finding, "the lock is released at the end of this statement");
    } else {
        finding = report(check, transaction->steps->statement->span,
                         "%s() protects nothing in a transaction of its own",
                         transaction->calls->call->name);
        finding_label(check, finding, "the lock is released at the end of this statement");
    }
    finding_predicts(finding, "no-op");
    finding_help(check, finding,
                 "put it and the statements it is to protect between BEGIN and COMMIT");
}

static void check_transaction(struct check *check, const struct transaction *transaction)
{
    const struct statement *statement;

    if (transaction->kind != TRANSACTION_STATEMENT || transaction->enclosed)
        return;
    statement = transaction->steps->statement;
    switch (statement->kind) {
    case STATEMENT_LOCK:
    case STATEMENT_SAVEPOINT:
    case STATEMENT_RELEASE:
    case STATEMENT_ROLLBACK_TO:
        report_outside(check, statement, true, statement->verb, "refused");
        break;
    case STATEMENT_DECLARE:
        if (!(statement->flags & STATEMENT_HOLD))
            report_outside(check, statement, true, "DECLARE CURSOR without WITH HOLD", "refused");
        break;
    case STATEMENT_SET_CONSTRAINTS:
        report_outside(check, statement, false, statement->verb,
                       "does not affect the statements that follow");
        break;
    case STATEMENT_QUERY:
        check_query(check, transaction);
        break;
    default:
        break;
    }
}

static void check_script(struct check *check, const struct script *script)
{
    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        if (notice->kind == NOTICE_LOCAL_NO_EFFECT)
            report_outside(check, notice->statement, false, notice->statement->verb,
                           "does not affect the statements that follow");
    }
}

const struct rule rule_needs_transaction_block = {
    .name = "needs-transaction-block",
    .group = "declaration",
    .summary = "A lock, savepoint, cursor or SET LOCAL stands outside any transaction block",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"25P01", "no-op"},
    .not_plain = true,
    .check_transaction = check_transaction,
    .check_script = check_script,
};
