#include "lint/rule.h"

/* A count of rows that may be many is count-then-insert's; of a key it is a check. */
static bool is_check(const struct access *read, const struct access *insert, enum answer *unique)
{
    bool shares = access_shares_key(read, insert, unique);
    if (!shares && access_checks_range(read, insert))
        *unique = ANSWER_NO;
    else if (!shares)
        return false;
    if (access_is_of_foreign_key(read) ||
        lock_is_of_newest(read) || /* lock-on-moving-target reports that */
        access_is_excluded(read, insert))
        return false;
    return *unique == ANSWER_YES || !(flow_aggregates(read) || number_depends(read, insert));
}

static bool is_pair(const struct check *check, const struct access *read,
                    const struct access *insert)
{
    enum answer unique;

    if (!is_check(read, insert, &unique) || conflict_decides_key(insert, read, unique))
        return false;
    bool alone = unique == ANSWER_NO && conflict_meets_copies(check->corpus, insert, read);
    bool fails = alone || unique == ANSWER_YES;
    return !(fails && access_handler(insert, "unique_violation")) &&
           !(alone && !binding_must_meet(read, insert)) && !guard_upserted(insert) &&
           !guard_serializes_before(read, fails ? insert : NULL) &&
           flow_decides_insert(read, insert);
}

static void check_pair(struct check *check, const struct access *read, const struct access *insert)
{
    enum answer unique = ANSWER_NO;
    const char *table = access_relation_name(insert);
    const struct access *other = conflict_inserter(check->corpus, insert, read);
    bool one_statement = access_same_statement(read, insert);
    struct finding *finding;

    is_check(read, insert, &unique);
    bool alone = unique == ANSWER_NO && conflict_meets_copies(check->corpus, insert, read);
    unique = alone ? ANSWER_YES : unique;
    if (unique == ANSWER_YES)
        finding = report_access(check, insert, "INSERT %s can fail with 23505 although %s", table,
                                alone ? "the check found no row" : "the key was checked before");
    else
        finding = report_access(
            check, insert, "INSERT %s can add a row that %s has added since the check%s", table,
            writer_name(check, other),
            unique == ANSWER_NO ? "" : ", or fail with 23505 if a unique index is there");
    if (unique != ANSWER_UNKNOWN)
        finding_predicts(finding, unique == ANSWER_YES ? "23505" : "phantom");
    if (insert->transaction->set_up ||
        (unique == ANSWER_YES && (!flow_succeeds_without(read, insert) ||
                                  (!insert->body && !query_takes_parameters(insert->query)))))
        finding->severity = SEVERITY_NOTE;
    finding_label(check, finding,
                  unique == ANSWER_YES ? "if two runs check at the same time, the second one fails"
                                       : "if two runs check at the same time, both insert");
    if (!one_statement)
        finding_related_access(check, finding, read,
                               read->kind == ACCESS_LOCK
                                   ? "locks existing rows, not one that is inserted later"
                                   : "does not see uncommitted rows of other transactions");
    /* It plays no two transactions of one run. */
    finding->beyond_machine = read->transaction != insert->transaction;
    finding_writer(check, finding, other, NULL);
    finding_level(check, finding, insert->transaction);
    if (alone)
        finding_help(check, finding, "add ON CONFLICT DO NOTHING, or handle 23505");
    else if (flow_newest(read) && unique != ANSWER_YES) /* there are several rows of it */
        advise_queue(check, finding, read);
    else if (access_checks_range(read, insert))
        advise_exclusion(check, finding, read);
    else
        advise_upsert(check, finding, read, insert, unique == ANSWER_YES);
}

/* The read of the transaction before, in a program that sends one after the other. */
static void check_sequence(struct check *check, const struct transaction *transaction)
{
    const struct transaction *before = check->script->transactions;
    enum answer unique;

    if (before == transaction || !script_is_sequence(check->script))
        return;
    while (before->next != transaction)
        before = before->next;
    const struct access *read = before->accesses;
    for (const struct access *insert = transaction->accesses; insert && read;
         insert = insert->next) {
        if (insert->kind == ACCESS_INSERT && !access_is_exempt(insert) &&
            is_check(read, insert, &unique) && !conflict_decides_key(insert, read, unique)) {
            check_pair(check, read, insert);
            return;
        }
    }
}

const struct rule rule_check_then_insert = {
    .name = "check-then-insert",
    .group = "anomaly",
    .summary =
        "A key is looked up and inserted if it is absent: two runs can do both at the same time",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"phantom", "23505"},
    .yields = {"upsert-by-hand"},
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_READ_COMMITTED | AT_REPEATABLE_READ,
    .kinds = 1U << ACCESS_INSERT,
    .check_transaction = check_sequence,
    .reads = 1U << ACCESS_READ | 1U << ACCESS_LOCK,
    .writes = 1U << ACCESS_INSERT,
    .is_pair = is_pair,
    .check_pair = check_pair,
};
