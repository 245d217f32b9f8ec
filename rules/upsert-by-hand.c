#include "lint/rule.h"

/* WITH up AS (UPDATE … RETURNING …) INSERT … SELECT … WHERE NOT EXISTS (SELECT … FROM up) */
static bool inserts_the_rest(const struct access *first, const struct access *insert)
{
    return first->query && first->query->place == PLACE_WITH && first->query->outputs &&
           access_same_statement(first, insert) && access_same_relation(first, insert) &&
           query_reads_with(insert->query, first->query, false);
}

/* UPDATE or DELETE of the key that the insert brings; of MERGE the insert, which has looked for it. */
static const struct access *find_first(const struct access *insert, enum answer *unique)
{
    bool alone = insert->merge || !insert->query;
    const struct access *first = alone ? insert : insert->transaction->accesses;

    for (; first != insert; first = first->next) {
        if ((first->kind != ACCESS_UPDATE && first->kind != ACCESS_DELETE) ||
            query_reads_with(insert->query, first->query, true) || write_marks_other(first, insert))
            continue;
        if (access_shares_key(first, insert, unique) &&
            (write_depends(first, insert) != DEPENDS_NOT || write_replaces(first, insert)))
            return first;
        if (inserts_the_rest(first, insert))
            break;
    }
    *unique = access_may_break_key(insert);
    if (*unique == ANSWER_YES && insert->merge && !access_shared_index(insert, insert))
        *unique = ANSWER_UNKNOWN; /* two ids that the application makes differ, or are equal */
    return first == insert && !insert->merge ? NULL : first;
}

/* The rows of an owner are replaced: the key has more columns, or there is none. Or they are moved, to
 * make room for a new one. */
static bool is_of_set(const struct access *first, const struct access *insert, enum answer unique)
{
    bool several = insert->repeated || (insert->query && insert->query->write->many_rows);

    return write_makes_room(first) || (first->kind == ACCESS_DELETE && unique == ANSWER_NO &&
                                       (several || access_may_break_key(insert) == ANSWER_YES));
}

static void report_set(struct check *check, const struct access *first, const struct access *insert)
{
    bool fails = access_may_break_key(insert) == ANSWER_YES;
    struct finding *finding = report_access(
        check, insert,
        first->kind != ACCESS_DELETE
            ? "INSERT %s can put a row in the place of another one: two runs may both make room"
        : fails
            ? "INSERT %s can fail with 23505, or leave the rows of two runs"
            : "INSERT %s can leave the rows of two runs, although each has deleted the rows before",
        access_relation_name(insert));

    if (!fails && first->kind == ACCESS_DELETE)
        finding_predicts(finding, "phantom");
    finding_label(check, finding, "both runs insert their rows");
    finding_related_access(check, finding, first,
                           "does not find rows that another run inserts at the same time");
    finding_level(check, finding, insert->transaction);
    advise_queue(check, finding, first);
}

static void check_insert(struct check *check, const struct access *insert)
{
    enum answer unique = ANSWER_UNKNOWN;

    if (access_is_upsert(insert) || guard_upserted(insert) ||
        access_handler(insert, "unique_violation") || guard_table_lock(insert) ||
        guard_advisory_lock(insert))
        return;
    const struct access *first = find_first(insert, &unique);
    if (!first || guard_mutex(first, unique == ANSWER_YES ? insert : NULL))
        return;
    if (is_of_set(first, insert, unique)) {
        report_set(check, first, insert);
        return;
    }
    struct finding *finding = report_access(
        check, insert,
        unique == ANSWER_NO ? "%s %s can insert a row twice: two runs may both find none"
        : unique == ANSWER_YES
            ? "%s %s can fail with 23505: two runs may both find no row"
            : "%s %s can fail with 23505, or insert a row twice: two runs may both find none",
        access_verb(insert), access_relation_name(insert));
    if (unique != ANSWER_UNKNOWN)
        finding_predicts(finding, unique == ANSWER_NO ? "phantom" : "23505");
    finding_label(check, finding,
                  unique == ANSWER_YES ? "if two runs find no row, the second one fails"
                                       : "if two runs find no row, both insert it");
    if (first != insert)
        finding_related_access(check, finding, first, "locks nothing if it finds no row");
    finding_level(check, finding, insert->transaction);
    advise_key_upsert(check, finding, first, insert, unique);
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind == ACCESS_INSERT && !access_is_exempt(access))
            check_insert(check, access);
    }
}

const struct rule rule_upsert_by_hand = {
    .name = "upsert-by-hand",
    .group = "anomaly",
    .summary = "UPDATE or DELETE, then INSERT of its key, or MERGE: two runs may both insert",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"23505", "phantom"},
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_READ_COMMITTED | AT_REPEATABLE_READ,
    .yields = {"unset-then-set"},
    .kinds = 1U << ACCESS_INSERT,
    .check_transaction = check,
};
