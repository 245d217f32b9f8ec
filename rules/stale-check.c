#include "lint/rule.h"

/* It fills a column that is NULL, and looks at another one before, which another program changes. */
static bool checks_more(const struct check *check, const struct access *read,
                        const struct access *write)
{
    const struct column *each = read->relation ? read->relation->columns : NULL;

    while (each &&
           !(access_names_column(read, each->name) && !access_asks_about(write, each->name) &&
             conflict_writer(check->corpus, read, BY_COLUMN, each->name)))
        each = each->next;
    return each != NULL;
}

/* lost-update reports a value that is written back. */
static bool writes_back(const struct check *check, const struct access *read,
                        const struct access *write)
{
    const char *column;

    return value_depends(read, write, &column) != DEPENDS_NOT &&
           !(guard_fills_null(write, column) && checks_more(check, read, write));
}

static bool is_candidate(const struct check *check, const struct access *read,
                         const struct access *write)
{
    return !access_same_statement(read, write) && access_rows(read) != ROWS_ALL &&
           !write_changes_nothing(write) && flow_is_found_row(read, write) &&
           !upsert_is_undecided(read, write) && !writes_back(check, read, write) &&
           (write_depends(read, write) != DEPENDS_NOT || call_depends(read, write)) &&
           (access_names_written(read, write) || claim_changed_by(check->corpus, read, write));
}

/* The row that the read has named goes by another name: a program changes what was asked for. */
static bool is_renamed(const struct check *check, const struct access *read)
{
    const struct restriction *each = read->where;

    while (each && !conflict_writer(check->corpus, read, BY_COLUMN, each->term.column))
        each = each->next;
    return each != NULL;
}

/* Where a routine is seen to act on what it has read. */
static enum severity severity_seen(const struct check *check, const struct access *read,
                                   const struct access *write)
{
    if (claim_is_harmless(check->corpus, read, write))
        return claim_is_answered(read) ? SEVERITY_WARNING : SEVERITY_NOTE;
    return write_keeps_values(read, write) ? SEVERITY_WARNING : SEVERITY_ERROR;
}

static void check_pair(struct check *check, const struct access *read, const struct access *write)
{
    bool called = call_depends(read, write);
    enum dependence dependence = called ? DEPENDS_SEEN : write_depends(read, write);

    if (guard_held_rows(write, LOCK_NO_KEY_UPDATE) || guard_serializes(read) ||
        guard_rechecks(read, write) || guard_finds_again(read, write) ||
        (dependence == DEPENDS_SEEN && !called && guard_only_names_row(read, write) &&
         !is_renamed(check, read)))
        return;
    /* A row that is gone is not written. */
    const struct access *writer = claim_changed_by(check->corpus, read, write);
    bool moved = write_is_of_moved(read, write);
    if (!writer && ((!moved && guard_deletes_own(read, write)) || guard_adds_once(write)))
        return;
    struct finding *finding =
        report_access(check, write, "%s %s may %s: the SELECT before it takes no lock",
                      access_verb(write), access_relation_name(write),
                      moved ? "take rows away that were not copied" : "act on an outdated check");
    if (guard_takes_turns(read, write) || (!writer && !claim_ends(read, write)))
        finding->severity = SEVERITY_NOTE;
    else if (dependence == DEPENDS_SEEN)
        finding->severity = severity_seen(check, read, write);
    else if (moved ? !is_renamed(check, read)
                   : !write_is_of_checked_value(read, write) && !claim_stamps(read, write) &&
                         !write_spends(read, write))
        finding_weaken(finding);
    if (writer)
        finding_label(check, finding, "runs although %s may have changed the row since the check",
                      writer_name(check, writer));
    else
        finding_label(check, finding, "runs although the check may no longer hold");
    finding_related_access(check, finding, read, "the row is %s here, without a lock",
                           moved ? "copied" : "checked");
    finding_writer(check, finding, writer, NULL);
    finding_level(check, finding, write->transaction);
    if (moved) {
        finding_help(check, finding,
                     "move them in one statement: WITH moved AS (DELETE … RETURNING *) INSERT …");
        return;
    }
    finding_help(check, finding,
                 "put the condition into the WHERE of the %s, and treat 0 rows as a conflict",
                 access_verb(write));
    finding_help(check, finding, "or lock the row when it is checked: %s",
                 locking_read(check, read));
}

const struct rule rule_stale_check = {
    .name = "stale-check",
    .group = "anomaly",
    .summary =
        "A row is checked by SELECT, then written at READ COMMITTED: the check may be out of date",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_MEDIUM,
    .predicts = {"lost-update"},
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_READ_COMMITTED,
    .yields = {"lost-update", "queue-claim", "copy-then-delete"},
    .reads = 1U << ACCESS_READ,
    .writes = 1U << ACCESS_UPDATE | 1U << ACCESS_DELETE | 1U << ACCESS_INSERT,
    .nearest = true,
    .is_pair = is_candidate,
    .check_pair = check_pair,
};
