#include "lint/rule.h"

static const char *key_of(struct check *check, const struct access *access)
{
    const struct index *index = access->relation ? relation_primary_key(access->relation) : NULL;
    const char *text = NULL;

    for (const struct index_key *key = index ? index->keys : NULL; key; key = key->next)
        text =
            text ? arena_printf(&check->script->arena, "%s, %s", text, key->column) : key->column;
    return text ? text : "its key";
}

static const struct access *other_table(const struct access *access)
{
    for (const struct access *other = access->next; other; other = other->next) {
        if (other->kind == ACCESS_LOCK && other->query == access->query &&
            access_same_statement(other, access) && !access_same_relation(other, access))
            return other;
    }
    return NULL;
}

static void check_lock(struct check *check, const struct access *access)
{
    const struct access *other = row_order_other(check->corpus, access);
    const struct access *joined = other_table(access);
    const char *verb = access_verb(access), *table = access_relation_name(access);
    bool ordered = access->query->order != NULL;

    /* Two that only share rows do not wait for each other. */
    if (!other && (access_locks_in_order(access) != ANSWER_NO ||
                   !row_lock_conflicts(access->lock, access->lock)))
        return;
    struct finding *finding =
        report_access(check, access, "40P01 deadlock: %s %s %s", verb, table,
                      other     ? "locks rows in another order than another statement"
                      : ordered ? "locks several rows in an order that has ties"
                                : "locks several rows in no fixed order");
    if (other) {
        finding->severity = SEVERITY_WARNING;
        finding_related_access(check, finding, other, "these rows are locked in this order");
    }
    finding_label(check, finding, "one row after the other, as they are found");
    finding_help(check, finding, "ORDER BY %s before FOR, in all statements that lock rows of %s",
                 key_of(check, access), table);
    if (joined)
        finding_help(check, finding,
                     "FOR … OF names the table to lock: without it rows of %s are locked as well",
                     access_relation_name(joined));
}

static void check_write(struct check *check, const struct access *write, enum row_order order)
{
    bool given = order == ORDER_AS_GIVEN, upsert = access_is_upsert(write);
    const char *table = access_relation_name(write);
    struct finding *finding = report_access(
        check, write, "%s %s can deadlock (40P01) with another run that %s", access_verb(write),
        table, given ? "brings the same rows in another order" : "finds some of its rows first");

    if (given)
        finding->severity = SEVERITY_WARNING;
    finding_label(check, finding, "locks one row after the other, %s",
                  given ? "as they are brought" : "as they are found");
    finding_help(check, finding,
                 upsert ? "sort what is inserted by the key: INSERT … SELECT … ORDER BY %s"
                        : "lock the rows of one statement in order before: SELECT … ORDER BY %s "
                          "FOR UPDATE, or sort them where they are brought and locked",
                 key_of(check, write));
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct step *last = NULL;

    if (transaction->set_up)
        return;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        enum row_order order = access_row_order(access);
        if ((!access_locks_several(access) && order == ORDER_SINGLE) || access->step == last ||
            access_is_held(access) || guard_queues(access))
            continue;
        if (order == ORDER_SINGLE)
            check_lock(check, access);
        else
            check_write(check, access, order);
        last = access->step;
    }
}

const struct rule rule_row_lock_unordered = {
    .name = "row-lock-unordered",
    .group = "lock",
    .summary = "Several rows are locked, by SELECT … FOR UPDATE or a write, in no fixed order",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40P01"},
    .needs_opponent = true,
    .yields = {"lock-order", "lock-upgrade"},
    .check_transaction = check,
};
