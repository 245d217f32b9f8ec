#include "lint/rule.h"
#include "search/total.h"

/* Whether what protects the total is held before its parts are read. */
static bool is_protected(const struct access *write, const struct access *parts)
{
    const struct access *counts = access_same_statement(parts, write) ? write : parts;
    const struct access *held = guard_held_rows(write, LOCK_NO_KEY_UPDATE);

    return (held && held->order < counts->order) || guard_table_lock(counts) ||
           guard_table_lock(parts) || guard_advisory_lock(counts);
}

static bool check_parts(struct check *check, const struct access *write, const struct access *parts)
{
    const struct access *change = total_change(check->corpus, write, parts);
    bool own = change && change->transaction == write->transaction;

    if (!change || is_protected(write, parts))
        return false;
    struct finding *finding = report_access(
        check, write,
        "UPDATE %s can store a wrong total: it does not see rows of %s that %s is changing",
        access_relation_name(write), access_relation_name(parts),
        opponent_name(check, write->transaction, change->transaction));
    finding_predicts(finding, "lost-update");
    finding->beyond_machine = change->assumed; /* it does not write what fires a trigger */
    if (access_statement_span(parts).start == access_statement_span(write).start) {
        finding_label(check, finding, "does not see uncommitted rows of other transactions");
    } else {
        finding_label(check, finding, "overwrites the total that another run has stored since");
        finding_related_access(check, finding, parts,
                               "does not see uncommitted rows of other transactions");
    }
    finding_related_access(check, finding, change,
                           change->assumed ? "another transaction sets it off at the same time"
                           : own
                               ? "another run does the same at the same time"
                               : "changes these rows, and the row of the total, at the same time");
    finding_level(check, finding, write->transaction);
    finding_help(check, finding,
                 "add the difference, if the total is a sum or a count: SET total = total + …");
    finding_help(check, finding, "or lock the row of %s before summing rows of %s",
                 access_relation_name(write), access_relation_name(parts));
    return true;
}

static void check_write(struct check *check, const struct access *write)
{
    const struct access *parts = total_parts(write, NULL);

    while (parts && !check_parts(check, write, parts))
        parts = total_parts(write, parts);
}

static void check(struct check *check, const struct transaction *transaction)
{
    bool counts = false; /* most programs have no such read */

    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (counts)
            check_write(check, access);
        counts |= total_may_count(access);
    }
}

const struct rule rule_derived_total = {
    .name = "derived-total",
    .group = "anomaly",
    .summary = "A stored total is recomputed from rows that another transaction may be changing",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"lost-update"},
    .of_trigger = true,
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_READ_COMMITTED,
    .kinds = 1U << ACCESS_UPDATE,
    .check_transaction = check,
};
