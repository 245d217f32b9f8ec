#include "lint/rule.h"

/* What the failing statement writes, or what another one of these writes to the same table. */
static const struct access *find_write(const struct transaction *transaction,
                                       const struct step *step, const struct access *same)
{
    const struct access *found = NULL;

    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if ((each->kind == ACCESS_INSERT || each->kind == ACCESS_UPDATE) &&
            (!step || each->step == step) && (!same || access_same_relation(each, same)))
            found = each;
    }
    return found;
}

static const struct step *failing_step(const struct reached *reached)
{
    for (unsigned i = reached->count; i-- > 0;) {
        if (reached->steps[i].run == reached->failing)
            return reached->steps[i].step;
    }
    return NULL;
}

static void check_reached(struct check *check, const struct reached *reached)
{
    const struct transaction *transaction = reached->runs[0], *other = reached->runs[1];
    const struct step *step = failing_step(reached);
    const struct access *write =
        step ? find_write(transaction, step, NULL) : reached_late_write(transaction);

    if (!write)
        return;
    const char *table = access_relation_name(write);
    struct finding *finding = report_access(
        check, write,
        "%s %s can fail with 23505 when it overlaps with %s; one after the other, both succeed",
        access_verb(write), table, opponent_name(check, transaction, other));
    finding_label(check, finding, "another run can have written this key in the meantime");
    if (other != transaction) {
        const struct access *rival = find_write(other, NULL, write);
        if (rival)
            finding_related_access(check, finding, rival, "brings the same key");
    }
    if (reached_is_grave(reached))
        finding->severity = SEVERITY_WARNING;
    finding_predicts(finding, "23505");
    finding_level(check, finding, transaction);
    finding_reached(check, finding, reached);
    if (write->kind == ACCESS_INSERT && !relation_keys(write->relation, KEY_LATE))
        finding_help(check, finding,
                     "use INSERT … ON CONFLICT DO NOTHING when the row may be there already");
    finding_help(check, finding,
                 "catch 23505 in the application and run the whole transaction again");
}

const struct rule rule_unique_race = {
    .name = "unique-race",
    .group = "anomaly",
    .summary =
        "Two transactions insert the same key when they overlap, and would not one after the other",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"23505"},
    .reaches = REACHED_UNIQUE,
    .check_reached = check_reached,
};
