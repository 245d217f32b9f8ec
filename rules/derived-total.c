#include "lint/rule.h"

/* Of a query that a new value is aggregated by. */
static bool is_aggregated(const struct access *read)
{
    return read->kind == ACCESS_READ && read->inner && read->query->aggregates &&
           read->query->place == PLACE_SET;
}

/* The rows that the new value is aggregated from. */
static const struct access *find_parts(const struct access *write)
{
    for (const struct access *read = write->transaction->accesses; read != write;
         read = read->next) {
        if (is_aggregated(read) && access_same_statement(read, write) &&
            !access_same_relation(read, write) && !access_is_exempt(read))
            return read;
    }
    return NULL;
}

/* The first of them that this transaction writes itself. */
static const struct access *find_change(const struct access *write, const struct access *parts)
{
    for (const struct access *access = write->transaction->accesses; access != write;
         access = access->next) {
        if (access_is_write(access) && access_same_relation(access, parts) &&
            access_same_rows(access, parts) != ANSWER_NO)
            return access;
    }
    return NULL;
}

static bool meets(const struct access *write, const struct access *other,
                  const struct access *parts, const struct access *change)
{
    struct binding binding;

    binding_clear(&binding);
    return binding_meet(&binding, parts, 0, change, 1) &&
           binding_meet(&binding, write, 0, other, 1);
}

/* Another program that changes the parts, and the row of the total as well: this one waits for it
 * there, and writes what it has counted before. */
static const struct access *find_other(const struct check *check, const struct access *write,
                                       const struct access *parts)
{
    const GPtrArray *accesses = corpus_accesses(check->corpus, parts);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *change = accesses->pdata[i];
        if (!access_is_write(change) || change->transaction == write->transaction ||
            !transaction_may_overlap(change->transaction, write->transaction))
            continue;
        for (const struct access *other = change->transaction->accesses; other;
             other = other->next) {
            if (conflict_write_write(write, other) && meets(write, other, parts, change))
                return change;
        }
    }
    return NULL;
}

static void check_write(struct check *check, const struct access *write)
{
    const struct access *parts = find_parts(write);
    const struct access *own = parts ? find_change(write, parts) : NULL;
    const struct access *change = own || !parts ? own : find_other(check, write, parts);
    const struct access *held = change ? guard_held_rows(write, LOCK_NO_KEY_UPDATE) : NULL;
    const struct access *first = own ? own : write;

    if (!change || (held && held->order < first->order) || guard_table_lock(first) ||
        guard_advisory_lock(first))
        return;
    struct finding *finding = report_access(
        check, write,
        "UPDATE %s can store a wrong total: it does not see rows of %s that %s is changing",
        access_relation_name(write), access_relation_name(parts),
        opponent_name(check, write->transaction, change->transaction));
    finding_predicts(finding, "lost-update");
    finding_label(check, finding, "does not see uncommitted rows of other transactions");
    finding_related_access(check, finding, change,
                           own ? "another run does the same at the same time"
                               : "changes these rows, and the row of the total, at the same time");
    finding_level(check, finding, write->transaction);
    finding_help(check, finding,
                 "add the difference instead of recomputing: SET total = total + …");
    finding_help(check, finding, "or lock the row of %s before writing rows of %s",
                 access_relation_name(write), access_relation_name(parts));
}

static void check(struct check *check, const struct transaction *transaction)
{
    bool aggregates = false; /* one of those before it: most programs have none */

    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (aggregates && access->kind == ACCESS_UPDATE && !access_is_exempt(access))
            check_write(check, access);
        aggregates |= is_aggregated(access);
    }
}

const struct rule rule_derived_total = {
    .name = "derived-total",
    .group = "anomaly",
    .summary = "A stored total is recomputed from rows that another transaction may be changing",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"lost-update"},
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_READ_COMMITTED,
    .kinds = 1U << ACCESS_UPDATE,
    .check_transaction = check,
};
