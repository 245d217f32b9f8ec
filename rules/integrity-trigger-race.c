#include "lint/rule.h"

/* RAISE EXCEPTION in a branch that what was read has chosen. */
static const struct body_statement *raises_on(const struct transaction *run,
                                              const struct access *read)
{
    for (const struct body_statement *each = run->routine->body->statements; each;
         each = each->next) {
        if (each->kind != BODY_RAISE || !each->error)
            continue;
        for (const struct body_statement *arm = each->parent; arm; arm = arm->parent) {
            if (body_decided_by(arm, read->body))
                return each;
        }
    }
    return NULL;
}

static void check(struct check *check, const struct transaction *run)
{
    for (const struct access *read = run->accesses; read; read = read->next) {
        const struct body_statement *raise;
        if (read->kind != ACCESS_READ || access_is_exempt(read) || read->inner ||
            guard_serializes(read) || !(raise = raises_on(run, read)))
            continue;
        struct finding *finding = report_access(
            check, read, "invariant broken without an error: a trigger looks at %s and raises",
            access_relation_name(read));
        finding_label(check, finding, "does not see what others have not committed yet");
        finding_related(check, finding, raise->span, "does not happen for two at once");
        finding_help(check, finding,
                     "a UNIQUE, EXCLUDE or FOREIGN KEY constraint, which sees all rows; "
                     "or SERIALIZABLE for everything that writes");
        return;
    }
}

const struct rule rule_integrity_trigger_race = {
    .name = "integrity-trigger-race",
    .group = "anomaly",
    .summary =
        "A trigger enforces a rule over other rows, which it sees only when they are committed",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"write-skew"},
    .check_trigger = check,
};
