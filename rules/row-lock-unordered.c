#include "lint/rule.h"
#include "search/row-ways.h"

static const struct access *other_table(const struct access *access)
{
    const struct access *other = access->next;

    while (other && (other->kind != ACCESS_LOCK || other->query != access->query ||
                     !access_same_statement(other, access) || access_same_relation(other, access)))
        other = other->next;
    return other;
}

static void check_lock(struct check *check, const struct access *access)
{
    const struct access *other = row_order_other(check->corpus, access);
    const struct access *joined = other_table(access);
    const char *verb = access_verb(access), *table = access_relation_name(access);

    if (!other && (access_locks_in_order(access) != ANSWER_NO ||
                   !row_lock_conflicts(access->lock, access->lock)))
        return; /* two that only share rows do not wait for each other */
    struct finding *finding = report_access(
        check, access,
        other ? "%s %s can deadlock (40P01) with %s, which locks these rows in another order"
        : access->query->rest->order
            ? "%s %s can deadlock (40P01) with another run: its ORDER BY has ties"
            : "%s %s can deadlock (40P01) with another run: it locks several rows in no fixed order",
        verb, table, other ? opponent_name(check, access->transaction, other->transaction) : "");
    if (other) {
        finding->severity = SEVERITY_WARNING;
        finding_related_access(check, finding, other, "these rows are locked in this order");
    }
    finding_label(check, finding, "locks one row after the other, as they are found");
    finding_help(check, finding,
                 "add ORDER BY %s before FOR, in every statement that locks rows of %s",
                 key_columns(check, access), table);
    if (joined)
        finding_help(check, finding,
                     "name the table to lock in FOR … OF: without it rows of %s are locked too",
                     access_relation_name(joined));
}

static void check_write(struct check *check, const struct access *write, enum row_order order)
{
    bool given = order != ORDER_OF_PLAN, locks = order != ORDER_OF_NEW;
    struct finding *finding =
        report_access(check, write, "%s %s can deadlock (40P01) with another run that %s",
                      access_verb(write), access_relation_name(write),
                      !locks  ? "inserts the same new rows in another order"
                      : given ? "supplies the same rows in another order"
                              : "locks some of its rows first");

    if ((given && locks) || access_sweeps_part(write))
        finding->severity = SEVERITY_WARNING;
    finding->beyond_machine = write->via && write->via->kind == VIA_TRIGGER; /* run for one row */
    finding_label(check, finding, "%s one row after the other, %s", locks ? "locks" : "inserts",
                  given ? "in the order in which they are supplied" : "as they are found");
    finding_help(check, finding,
                 write->as_passed ? "sort what the loop goes over: FOR … IN SELECT … ORDER BY %s"
                 : access_is_upsert(write)
                     ? "sort the inserted rows by the key: INSERT … SELECT … ORDER BY %s"
                     : "lock the rows in order first: SELECT … ORDER BY %s FOR UPDATE",
                 key_columns(check, write));
}

static void check_ways(struct check *check, const struct access *write, const struct access *other)
{
    bool sorted = other->kind == ACCESS_LOCK;
    struct finding *finding = report_access(
        check, write, "%s %s can deadlock (40P01) with %s, which locks these rows in another order",
        access_verb(write), access_relation_name(write),
        opponent_name(check, write->transaction, other->transaction));

    finding_label(check, finding, "locks one row after the other, as they are found");
    finding_related_access(check, finding, other,
                           sorted ? "these rows are locked in the order of ORDER BY"
                                  : "these rows are found in another way: by another index, or by "
                                    "reading the table");
    finding_help(check, finding, "lock the rows in order first%s: SELECT … ORDER BY %s FOR UPDATE",
                 sorted ? "" : ", in both", key_columns(check, write));
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct access *access = transaction->set_up ? NULL : transaction->accesses;
    const struct step *last = NULL, *supplied = NULL; /* of the findings so far */

    for (; access; access = access->next) {
        enum row_order order = access_row_order(access);
        bool locks = access_locks_several(access);
        const struct access *other =
            order == ORDER_SINGLE && !locks ? row_ways_other(check->corpus, access) : NULL;
        const struct step **reported = order == ORDER_AS_GIVEN ? &supplied : &last;
        if ((!locks && order == ORDER_SINGLE && !other) || access->step == *reported ||
            access_is_held(access) || guard_queues(access))
            continue;
        if (other)
            check_ways(check, access, other);
        else if (order == ORDER_SINGLE)
            check_lock(check, access);
        else
            check_write(check, access, order);
        *reported = last = order == ORDER_OF_NEW ? last : access->step;
    }
}

const struct rule rule_row_lock_unordered = {
    .name = "row-lock-unordered",
    .group = "lock",
    .summary = "Several rows are locked, by SELECT … FOR UPDATE or a write, in no fixed order",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40P01"},
    .by_row = true,
    .needs_opponent = true,
    .yields = {"lock-order", "lock-upgrade"},
    .kinds = 1U << ACCESS_INSERT | 1U << ACCESS_UPDATE | 1U << ACCESS_DELETE | 1U << ACCESS_LOCK,
    .check_transaction = check,
};
