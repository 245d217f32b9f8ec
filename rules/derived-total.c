#include "lint/rule.h"

/* The rows that the new value is aggregated from. */
static const struct access *find_parts(const struct access *write)
{
    for (const struct access *read = write->transaction->accesses; read != write;
         read = read->next) {
        if (read->kind == ACCESS_READ && read->inner && access_same_statement(read, write) &&
            read->query->aggregates && read->query->place == PLACE_SET &&
            !access_same_relation(read, write))
            return read;
    }
    return NULL;
}

/* The first of them that this transaction writes itself. */
static const struct access *find_change(const struct access *write, const struct access *parts)
{
    for (const struct access *access = write->transaction->accesses; access != write;
         access = access->next) {
        if (access_is_write(access) && access_same_relation(access, parts) &&
            access_same_rows(access, parts) != ANSWER_NO)
            return access;
    }
    return NULL;
}

static void check_write(struct check *check, const struct access *write)
{
    const struct access *parts = find_parts(write);
    const struct access *change = parts ? find_change(write, parts) : NULL;
    const struct access *held = change ? guard_held_rows(write, LOCK_NO_KEY_UPDATE) : NULL;

    if (!change || (held && held->order < change->order) || guard_table_lock(change) ||
        guard_advisory_lock(change))
        return;
    struct finding *finding =
        report_access(check, write, "wrong total without an error: UPDATE %s from the rows of %s",
                      access_relation_name(write), access_relation_name(parts));
    finding_predicts(finding, "lost-update");
    finding_label(check, finding, "does not see the rows that others are adding");
    finding_related_access(check, finding, change, "another one does the same at once");
    finding_level(check, finding, write->transaction);
    finding_help(check, finding, "change the total by what was changed: SET total = total + …");
    finding_help(check, finding, "or lock the row of %s before the rows of %s are written",
                 access_relation_name(write), access_relation_name(parts));
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind == ACCESS_UPDATE && !access_is_exempt(access))
            check_write(check, access);
    }
}

const struct rule rule_derived_total = {
    .name = "derived-total",
    .group = "anomaly",
    .summary = "A stored total is recomputed from rows that others are changing as well",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"lost-update"},
    .levels = AT_READ_COMMITTED,
    .check_transaction = check,
};
