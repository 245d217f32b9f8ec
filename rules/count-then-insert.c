#include "flow/new-row.h"
#include "lint/rule.h"

/* FOR UPDATE locks the rows that are counted, not the one that another transaction adds. */
static bool counts(const struct check *check, const struct access *read,
                   const struct access *insert)
{
    return read->query && !access_is_of_foreign_key(read) && access_same_relation(read, insert) &&
           access_same_rows(read, insert) != ANSWER_NO && !access_is_excluded(read, insert) &&
           (flow_aggregates(read) || number_depends(read, insert) ||
            amount_carried(read, insert)) &&
           count_outcome(read, insert) != COUNT_NOT_HERE && !checks_in_trigger(read) &&
           !guard_serializes(read) &&
           (write_depends(read, insert) != DEPENDS_NOT || trigger_fills(read, insert)) &&
           !(count_outcome(read, insert) == COUNT_BOTH_INSERT && !access_is_of_trigger(read) &&
             conflict_counts_alone(check->corpus, insert, read));
}

static struct finding *report_key(struct check *check, const struct access *read,
                                  const struct access *insert, bool fails)
{
    struct finding *finding = report_access(
        check, insert,
        fails ? "INSERT %s can fail with 23505: two runs compute the same key"
              : "INSERT %s ON CONFLICT may insert nothing, without an error, after counting rows",
        access_relation_name(insert));

    if (!fails || !key_is_alike(read, insert))
        finding->severity = SEVERITY_NOTE;
    finding_label(check, finding, "the second of two runs %s", fails ? "fails" : "inserts nothing");
    finding_help(check, finding,
                 fails
                     ? "number the rows with a sequence or an identity column, or catch 23505 and "
                       "run the transaction again"
                     : "use what the INSERT returns (RETURNING), not the count before it");
    return finding;
}

/* Two runs take the same number: a unique key is what keeps the second one out. */
static struct finding *report_number(struct check *check, const struct access *read,
                                     const struct access *insert, const char *number)
{
    const char *others = equal_columns(check, read);
    struct finding *finding = report_access(
        check, insert, "INSERT %s can use the same %s twice: two runs may both read the same one",
        access_relation_name(insert), number);

    finding_label(check, finding, "two runs at the same time insert the same %s", number);
    finding_help(check, finding,
                 "add the constraint: ALTER TABLE %s ADD UNIQUE (%s%s%s); and retry on 23505",
                 table_sql(check, insert), others ? others : "", others ? ", " : "", number);
    return finding;
}

static struct finding *report_limit(struct check *check, const struct access *read,
                                    const struct access *insert)
{
    /* for a row: there is one, or NULL; or none that is counted, or in the array */
    bool looked =
        read->query->only_min_max || read->query->only_collects || flow_asks_for_any(read);
    const char *amount = flow_aggregates(read) ? NULL : amount_carried(read, insert);
    struct finding *finding = report_access(
        check, insert,
        amount   ? "INSERT %s can go on from a %s that is not the newest any more: another run may "
                   "add a row after the SELECT"
        : looked ? "INSERT %s can add a row that another run adds at the same time%s"
                 : "INSERT %s can exceed a limit: another run may add a row after the check%s",
        access_relation_name(insert), amount ? amount : "");

    finding_label(check, finding, "two runs at the same time both insert");
    finding_writer(check, finding, conflict_inserter(check->corpus, insert, read), NULL);
    advise_limit(check, finding, read);
    return finding;
}

static struct finding *report_both(struct check *check, const struct access *read,
                                   const struct access *insert)
{
    const char *number = number_depends(read, insert);
    enum answer unique;
    struct finding *finding =
        number ? report_number(check, read, insert, number) : report_limit(check, read, insert);

    if (access_same_rows(read, insert) != ANSWER_YES && !access_shares_key(read, insert, &unique))
        finding_weaken(finding);
    advise_serializable(check, finding, read);
    return finding;
}

static void check_pair(struct check *check, const struct access *read, const struct access *insert)
{
    enum count_outcome outcome = count_outcome(read, insert);
    struct finding *finding = outcome == COUNT_BOTH_INSERT
                                  ? report_both(check, read, insert)
                                  : report_key(check, read, insert, outcome == COUNT_SAME_KEY);

    finding_predicts(finding, outcome == COUNT_SAME_KEY ? "23505" : "phantom");
    if (!access_same_statement(read, insert))
        finding_related_access(check, finding, read, "does not count uncommitted rows");
    finding_level(check, finding, insert->transaction);
}

const struct rule rule_count_then_insert = {
    .name = "count-then-insert",
    .group = "anomaly",
    .summary =
        "Rows are counted or summed, then one is added: two runs can do both at the same time",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"phantom", "23505"},
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_READ_COMMITTED | AT_REPEATABLE_READ,
    .yields = {"check-then-insert"},
    .reads = 1U << ACCESS_READ | 1U << ACCESS_LOCK,
    .writes = 1U << ACCESS_INSERT,
    .is_pair = counts,
    .check_pair = check_pair,
};
