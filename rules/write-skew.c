#include "lint/rule.h"

/* LIMIT takes a row, or asks whether there is one: of others than the one that is written. */
static bool takes_row(const struct access *read, const struct access *write)
{
    return read->query->rest->limit &&
           (read->query->rest->order || access_same_rows(read, write) != ANSWER_NO);
}

/* Many rows are read and one of them is written: a copy that writes another one does not meet it.
 */
static bool is_candidate(const struct access *read, const struct access *write)
{
    return read->query && !takes_row(read, write) && access_rows(read) < ROWS_POINT &&
           (access_rows(write) >= ROWS_POINTS || write_picks(write, read)) &&
           !access_same_statement(read, write) &&
           (access_runs_meet(read, write) || access_moves_into(read, write)) &&
           access_names_written(read, write);
}

/* SELECT array_agg(id) INTO ids, then DELETE … WHERE id = ANY (ids): each row decides about itself. */
static bool is_of_list(const struct access *read, const struct access *write)
{
    const struct restriction *each = read->query->only_collects ? write->where : NULL;

    while (each && !(each->term.column && each->term.comparison == COMPARE_IN &&
                     each->term.value->kind == OPERAND_VARIABLE))
        each = each->next;
    return each && !read->query->grouped && sources_have(write->rest->data, read);
}

/* Whether the other program goes by what is written here, and can commit beside it: under one
 * snapshot not when it writes the same row. */
static bool is_skewed_by(const struct transaction *other, const struct access *write)
{
    bool snapshot = transaction_has_one_snapshot(write->transaction), reads = false;

    if (other == write->transaction && (!snapshot || guard_adds_once(write)))
        return false;
    for (const struct access *each = other->accesses; each; each = each->next) {
        if (snapshot && access_is_write(each) && binding_must_meet(write, each))
            return false;
        reads |= each->kind == ACCESS_READ && conflict_read_write(each, write, BY_COLUMN) &&
                 binding_can_meet(each, write) && !(snapshot && conflict_is_held(each, write));
    }
    return reads;
}

/* Whether it leaves the row as another run of it has left it. MERGE may do something else then. */
static bool writes_alike(const struct access *write)
{
    const struct assignment *each = write->assignments;

    while (each && each->value.kind != OPERAND_NONE && operand_is_fixed(&each->value))
        each = each->next;
    return !each && !write->merge;
}

/* All runs write one row, where they meet under one snapshot, and change nothing the second time at READ
 * COMMITTED; or they add one. It takes another program that writes another row. */
static bool meets_all(const struct check *check, const struct access *read,
                      const struct access *write)
{
    const GPtrArray *accesses = corpus_accesses(check->corpus, read);
    bool alike = transaction_has_one_snapshot(write->transaction) || writes_alike(write);

    if (!(alike && binding_must_meet(write, write)) && !guard_adds_once(write))
        return false;
    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *other = accesses->pdata[i];
        if (conflict_read_write(read, other, BY_COLUMN) &&
            transaction_may_overlap(write->transaction, other->transaction) &&
            is_skewed_by(other->transaction, write))
            return false;
    }
    return true;
}

static bool is_pair(const struct check *check, const struct access *read,
                    const struct access *write)
{
    return is_candidate(read, write) && !write_is_of_loop(read, write) &&
           !is_of_list(read, write) && !access_is_replaced(read, write) &&
           write_depends(read, write) != DEPENDS_NOT && !guard_serializes(read) &&
           !meets_all(check, read, write);
}

static void check_pair(struct check *check, const struct access *read, const struct access *write)
{
    const char *table = access_relation_name(write);
    struct finding *finding = report_access(
        check, write,
        "%s %s may break what was checked at %s: another run can write other rows that the check has read (write skew)",
        access_verb(write), table, isolation_level_name(transaction_level(write->transaction)));

    if (!read->query->aggregates && access_rows(read) == ROWS_ALL)
        finding_weaken(finding);
    finding_label(check, finding, "two runs that write different rows both commit");
    finding_related_access(check, finding, read, "both runs decide by these rows");
    finding_level(check, finding, write->transaction);
    advise_deciding_rows(check, finding, read, write);
}

const struct rule rule_write_skew = {
    .name = "write-skew",
    .group = "anomaly",
    .summary =
        "Several rows are checked and one of them is written: two runs break what both have checked",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_MEDIUM,
    .predicts = {"write-skew"},
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_READ_COMMITTED | AT_REPEATABLE_READ,
    .yields = {"lost-update", "stale-check", "queue-claim"},
    .reads = 1U << ACCESS_READ,
    .writes = 1U << ACCESS_UPDATE | 1U << ACCESS_DELETE,
    .is_pair = is_pair,
    .check_pair = check_pair,
};
