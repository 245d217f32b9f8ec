#include "flow/new-row.h"
#include "lint/rule.h"

/* DO UPDATE … WHERE, which leaves some rows as they are. */
static bool updates_some(const struct query *query)
{
    return query->write->conflict == CONFLICT_UPDATE && query->write->on_conflict->conditions;
}

/* INSERT … ON CONFLICT DO NOTHING RETURNING. */
static bool returns_new_rows(const struct access *insert)
{
    const struct query *query = insert->query;

    return insert->kind == ACCESS_INSERT && access_is_upsert(insert) &&
           (query->write->conflict == CONFLICT_NOTHING || updates_some(query)) && query->outputs &&
           !access_is_exempt(insert);
}

static void report_pair(struct check *check, const struct access *read, const struct access *insert)
{
    const char *table = access_relation_name(insert);
    const struct access *other = conflict_inserter(check->corpus, insert, read);
    struct finding *finding =
        report_access(check, insert,
                      "this statement may return no row: a row of %s that %s has just inserted is "
                      "neither inserted again nor found",
                      table, writer_name(check, other));

    finding_label(check, finding, "inserts and returns no row if the key exists");
    finding_related(check, finding, read->span,
                    "reads with the snapshot of the statement, which is older than that row");
    finding_writer(check, finding, other, NULL);
    finding_level(check, finding, insert->transaction);
    finding_help(check, finding,
                 "run a second SELECT when this statement returns no row: its snapshot is newer");
    finding_help(
        check, finding,
        updates_some(insert->query)
            ? "or use CASE in the SET of DO UPDATE in the place of its WHERE: that returns "
              "the row in both cases and writes it each time"
            : "or use ON CONFLICT … DO UPDATE SET a column to itself, which returns the "
              "row in both cases and writes it each time");
}

static void report_routine(struct check *check, const struct access *read,
                           const struct access *insert)
{
    struct finding *finding = report_access(
        check, insert,
        "INSERT %s may return no row, so that %s stays NULL: another run may have inserted the key since the SELECT",
        access_relation_name(insert), *insert->body->into);

    finding_label(check, finding, "inserts and returns no row if the key exists");
    finding_related_access(check, finding, read,
                           "does not see uncommitted rows of other transactions");
    finding_level(check, finding, insert->transaction);
    finding_help(check, finding, "run the SELECT again when the INSERT returns no row, in a LOOP");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *insert = transaction->accesses; insert; insert = insert->next) {
        if (!returns_new_rows(insert))
            continue;
        for (const struct access *read = transaction->accesses; read; read = read->next) {
            bool routine = insert_may_return_nothing(read, insert);
            if (!(routine || access_reads_instead(read, insert)) || guard_serializes(read))
                continue;
            (routine ? report_routine : report_pair)(check, read, insert);
            break;
        }
    }
}

const struct rule rule_conflict_row_not_visible = {
    .name = "conflict-row-not-visible",
    .group = "anomaly",
    .summary =
        "INSERT … ON CONFLICT DO NOTHING or a SELECT of the existing row: at times neither returns one",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"stale-read"},
    .levels = AT_READ_COMMITTED,
    .since = 905,
    .kinds = 1U << ACCESS_INSERT,
    .check_transaction = check,
};
