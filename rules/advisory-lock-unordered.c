#include "lint/rule.h"
#include "locking/row-loop.h"

/* Those that are shared do not wait for each other; an earlier one may let one run in at a time. */
static bool is_candidate(const struct side_effect *call)
{
    return call_is_advisory_lock(call->call) && !g_str_has_suffix(call->call->name, "_shared") &&
           !transaction_takes_advisory_lock(call->step->transaction, call->order);
}

static void report_locks(struct check *check, const struct side_effect *call, enum row_loop loop)
{
    bool given = loop == LOOP_GIVEN;
    struct finding *finding = report_side_effect(
        check, call,
        "%s can deadlock (40P01) with another run that takes the same locks in another order",
        call->call->name);

    if (given)
        finding->severity = SEVERITY_WARNING;
    finding_label(check, finding, "takes one lock after the other, %s",
                  given ? "in the order in which the values are supplied"
                        : "as the rows are found");
    finding_help(
        check, finding,
        call->as_passed
            ? "sort what the loop goes over by the key of the lock: FOR … IN SELECT … ORDER BY …"
            : "add ORDER BY with the key of the lock: the locks are then taken in that order");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct side_effect *call = transaction->calls; call; call = call->next) {
        enum row_loop loop = is_candidate(call) ? row_loop_of_call(call) : LOOP_NONE;
        if (loop != LOOP_NONE) {
            report_locks(check, call, loop);
            return;
        }
    }
}

const struct rule rule_advisory_lock_unordered = {
    .name = "advisory-lock-unordered",
    .group = "lock",
    .summary = "One statement or loop takes several advisory locks in no fixed order",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40P01"},
    .by_row = true,
    .needs_opponent = true,
    .kinds = CALLS,
    .check_transaction = check,
};
