#include "lint/rule.h"

/* The write came in through a routine, trigger or rule, not through a view or a foreign key. */
static bool is_hidden(const struct access *access)
{
    const struct via *via = access->via;

    while (via && via->kind == VIA_VIEW)
        via = via->outer;
    return via && access_is_write(access) && !access_is_of_foreign_key(access) &&
           !access_is_exempt(access) && access->step->statement->kind == STATEMENT_QUERY;
}

/* Whether the transaction is seen to do as much: then it is not taken for another kind. */
static bool shows_as_much(const struct transaction *transaction, const struct access *write)
{
    bool reader = !query_writes(write->step->statement->query);

    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (!each->via && (access_is_write(each) || each->kind == ACCESS_LOCK) &&
            (reader || window_compares(each)))
            return true;
    }
    return false;
}

/* Whether the write makes the transaction one that can fail with 40001. */
static bool makes_it_fail(const struct check *check, const struct access *write)
{
    enum isolation_level level = transaction_level(write->transaction);

    if (write->transaction->retried)
        return false;
    if (window_compares(write) && window_is_open(write))
        return true;
    return level == LEVEL_SERIALIZABLE && !query_writes(write->step->statement->query) &&
           corpus_find(check->corpus, write, 1u << ACCESS_READ, true);
}

static void check_write(struct check *check, const struct transaction *transaction,
                        const struct access *write)
{
    const char *state = write->read_only ? "25006" : "40001";
    const char *where =
        write->read_only ? "READ ONLY" : isolation_level_name(transaction_level(transaction));
    struct finding *finding = report_access(
        check, write,
        write->read_only ? "%s fails with 25006: it runs %s %s in a transaction that is %s"
                         : "%s can fail with 40001: it runs %s %s in a transaction at %s",
        write->step->statement->verb, access_verb(write), access_relation_name(write), where);

    finding_predicts(finding, state);
    finding_label(check, finding, "nothing here shows that it writes");
    finding_level(check, finding, transaction);
    finding_help(
        check, finding,
        write->read_only
            ? "move it to a transaction of its own, or remove READ ONLY"
            : "retry this transaction on 40001, or move the call to a READ COMMITTED transaction "
              "of its own");
}

static void check(struct check *check, const struct transaction *transaction)
{
    if (transaction->routine || transaction->set_up)
        return;
    for (const struct access *write = transaction->accesses; write; write = write->next) {
        bool may_fail = write->read_only || transaction_has_one_snapshot(transaction);
        if (!may_fail || !is_hidden(write) || shows_as_much(transaction, write))
            continue;
        if (write->read_only || makes_it_fail(check, write)) {
            check_write(check, transaction, write);
            return;
        }
    }
}

const struct rule rule_hidden_write = {
    .name = "hidden-write",
    .group = "routine",
    .summary = "A function or trigger writes although the statement does not show it",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"25006", "40001"},
    .kinds = ACCESS_WRITES,
    .check_transaction = check,
};
