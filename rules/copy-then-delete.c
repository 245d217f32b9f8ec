#include "lint/rule.h"

/* Of a value or a state: WHERE cart = $1, WHERE NOT billed. What has an end, at < now() - '90 days', gets no new
 * rows. */
static bool is_open(const struct access *read)
{
    const struct restriction *each = read->where;

    while (each && each->term.column &&
           (term_asks_equal(&each->term) || each->term.comparison == COMPARE_IS_NULL ||
            each->term.comparison == COMPARE_IS_NOT_NULL))
        each = each->next;
    return !each;
}

/* Whether the rows are no longer those that are asked for: SET billed = true … WHERE NOT billed. */
static bool marks(const struct access *write)
{
    const struct assignment *each = write->assignments;

    while (each && !(each->column && access_asks_about(write, each->column)))
        each = each->next;
    return each;
}

/* Its own UPDATE has set what the SELECT asks for, a tag or a number of the run, so that no other one adds any. */
static bool is_claimed(const struct access *read)
{
    const struct access *each = read->transaction->accesses;

    while (each != read && !(each->kind == ACCESS_UPDATE && access_same_relation(each, read) &&
                             access_moves_into(read, each)))
        each = each->next;
    return each != read;
}

static bool is_kept(const struct access *read)
{
    return access_rows(read) < ROWS_POINTS && is_open(read) && read_is_kept(read) &&
           !is_claimed(read) && !guard_serializes(read);
}

static bool is_pair(const struct check *check, const struct access *read,
                    const struct access *write)
{
    (void)check;
    return access_rows(write) < ROWS_POINTS && read->via == write->via &&
           !access_same_statement(read, write) && access_same_relation(read, write) &&
           access_same_rows(read, write) == ANSWER_YES &&
           (write->kind == ACCESS_DELETE || marks(write));
}

/* The program that adds rows to those that were read. `*seen`: whether the inputs have any that inserts into
 * the table; without one it is the application. */
static const struct access *find_writer(const struct check *check, const struct access *read,
                                        bool *seen)
{
    const GPtrArray *accesses = corpus_accesses(check->corpus, read);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *other = accesses->pdata[i];
        if (!access_is_write(other) || other->kind == ACCESS_DELETE ||
            other->transaction == read->transaction || other->transaction->set_up ||
            !access_same_relation(other, read))
            continue;
        *seen |= other->kind == ACCESS_INSERT;
        if (transaction_may_overlap(other->transaction, read->transaction) &&
            conflict_read_write(read, other, BY_COLUMN) && binding_can_meet(read, other))
            return other;
    }
    return NULL;
}

static void check_pair(struct check *check, const struct access *read, const struct access *write)
{
    bool seen = false, deletes = write->kind == ACCESS_DELETE;
    const struct access *writer = find_writer(check, read, &seen);

    if (seen && !writer)
        return;
    struct finding *finding =
        report_access(check, write, "%s %s can %s rows that the SELECT before it has not read",
                      access_verb(write), access_relation_name(write), deletes ? "delete" : "mark");

    finding_predicts(finding, writer && writer->kind == ACCESS_UPDATE ? "lost-update" : "phantom");
    finding_label(check, finding, "finds the rows too that were added after the SELECT");
    finding_related_access(check, finding, read, "reads the rows that are there at that time");
    finding_writer(check, finding, writer, NULL);
    finding_level(check, finding, write->transaction);
    finding_help(check, finding, "use what the %s returns: WITH taken AS (%s … RETURNING *) %s …",
                 access_verb(write), access_verb(write), read->inner ? "INSERT" : "SELECT");
    finding_help(check, finding,
                 "or run it at REPEATABLE READ, and again when it fails with 40001");
}

const struct rule rule_copy_then_delete = {
    .name = "copy-then-delete",
    .group = "anomaly",
    .summary =
        "Rows are copied or added up, then deleted or marked by the same WHERE: rows that come "
        "between are lost",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"phantom", "lost-update"},
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_READ_COMMITTED,
    .reads = 1U << ACCESS_READ | 1U << ACCESS_LOCK, /* a lock keeps no new row out */
    .writes = 1U << ACCESS_UPDATE | 1U << ACCESS_DELETE,
    .nearest = true,
    .is_read = is_kept,
    .is_pair = is_pair,
    .check_pair = check_pair,
};
