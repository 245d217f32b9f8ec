#include "index/implication.h"
#include "lint/rule.h"

/* The column that the statement goes by and changes itself; NULL without. */
static const char *changed_column(const struct access *read, const struct access *write)
{
    for (const struct assignment *each = write->assignments; each; each = each->next) {
        if (each->column && !assignment_keeps_value(write, each) &&
            flow_uses_column(read, write, each->column) &&
            !(flow_is_same_row(read, write) && guard_asks_again(read, write, each->column)) &&
            !guard_locked_again(read, write, each->column))
            return each->column;
    }
    return NULL;
}

/* Its value goes into SET, of DO UPDATE as well, or decides in WHERE. A sub-SELECT that takes the next
 * row of a queue is reported by queue-claim; the second DELETE of a row finds nothing. */
static bool is_candidate(const struct check *check, const struct access *read,
                         const struct access *write)
{
    const char *column;

    (void)check;
    return (read->inner || write->kind == ACCESS_INSERT) && access_same_statement(read, write) &&
           !flow_is_returned(read, write) &&
           !(read->query->rest->limit && (write->kind == ACCESS_DELETE ||
                                          claim_picks(read, write) || claim_renews(read, write))) &&
           access_same_relation(read, write) && access_same_rows(read, write) != ANSWER_NO &&
           (write->kind == ACCESS_INSERT
                ? access_row_assignments(write) &&
                      value_depends(read, write, &column) == DEPENDS_SEEN
                : (write->kind == ACCESS_DELETE || changed_column(read, write)) &&
                      !index_keeps_apart(read, write)) &&
           !guard_held_rows(write, LOCK_NO_KEY_UPDATE) &&
           !guard_held_rows(read, LOCK_NO_KEY_UPDATE) && !guard_serializes(write);
}

/* A WITH query updates some of the rows that `read` has picked, and another one deletes some. */
static bool is_told_before(const struct check *check, const struct access *read,
                           const struct access *write)
{
    const struct access *each = read->next;

    while (each != write && !is_candidate(check, read, each))
        each = each->next;
    return each != write;
}

static void check_pair(struct check *check, const struct access *read, const struct access *write)
{
    const char *column = NULL, *table = access_relation_name(write);

    if (is_told_before(check, read, write))
        return;
    bool value =
        value_depends(read, write, &column) == DEPENDS_SEEN || read->query->place == PLACE_SET;
    bool same = flow_is_same_row(read, write);
    /* A row that is deleted meanwhile is neither written nor deleted again. */
    const char *undone = same && write->kind == ACCESS_UPDATE ? changed_column(read, write) : NULL;
    const struct access *writer = same && write->kind == ACCESS_DELETE
                                      ? conflict_updater(check->corpus, read)
                                      : conflict_writer(check->corpus, read, BY_COLUMN, undone);
    struct finding *finding = report_access(
        check, write,
        value  ? "%s %s may overwrite a concurrent change: it computes from what a sub-SELECT of "
                 "its own table has read"
        : same ? "%s %s may undo a concurrent change: a sub-SELECT has picked its rows before it "
                 "waits for them"
               : "%s %s decides by other rows of its table, which %s may be changing",
        access_verb(write), table, writer_name(check, writer));
    finding_predicts(finding, same || value ? "lost-update" : "write-skew");
    if (same && write->kind == ACCESS_DELETE && !writer)
        finding_weaken(finding); /* another run deletes the row, or finds it gone */
    finding_label(check, finding,
                  "after a wait it reads the row again, but the sub-SELECT keeps the old snapshot");
    if (read->span.start != write->span.start)
        finding_related(check, finding, read->span, "reads %s as of the beginning of the statement",
                        access_relation_name(read));
    finding_writer(check, finding, writer, NULL);
    finding_level(check, finding, write->transaction);
    bool changes = value && write->kind == ACCESS_INSERT &&
                   advise_change(check, finding, write, column, false);
    if (value && !changes)
        finding_help(check, finding, "compute from the row's own columns, without a sub-SELECT");
    finding_help(check, finding, "%slock %s", value ? "or " : "",
                 query_can_lock(read->query)
                     ? "in the sub-SELECT with FOR UPDATE, or lock the rows in an earlier statement"
                     : "the rows in an earlier statement: SELECT … ORDER BY key FOR UPDATE");
}

const struct rule rule_update_from_own_subselect = {
    .name = "update-from-own-subselect",
    .group = "anomaly",
    .summary =
        "An UPDATE or DELETE reads its own table by a sub-SELECT, which keeps an old snapshot",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"lost-update", "write-skew"},
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_READ_COMMITTED,
    .yields = {"queue-claim"},
    .reads = 1U << ACCESS_READ,
    .writes = 1U << ACCESS_UPDATE | 1U << ACCESS_DELETE | 1U << ACCESS_INSERT,
    .is_pair = is_candidate,
    .check_pair = check_pair,
};
