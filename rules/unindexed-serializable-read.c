#include "lint/rule.h"

/* The program writes the table, or locks rows of it to write them: then two copies of it already
 * close the cycle. */
static bool writes_table(const struct access *read)
{
    for (const struct access *access = access_first_peer(read); access;
         access = access_next_peer(access)) {
        if ((access_is_write(access) || access->kind == ACCESS_LOCK) &&
            !access_is_of_foreign_key(access) && access_same_relation(access, read))
            return true;
    }
    return false;
}

/* An UPDATE or DELETE of all rows is reported by whole-table-write-serializable, and a report that
 * reads everything needs READ ONLY DEFERRABLE, not an index. */
static bool means_all_rows(const struct transaction *transaction, const struct access *access,
                           const struct index_use *use)
{
    return use->unrestricted &&
           ((access->kind != ACCESS_READ && !access->where) || transaction_only_reads(transaction));
}

static void check_access(struct check *check, const struct transaction *transaction,
                         const struct access *access)
{
    struct index_use use = index_use(access, &check->script->arena);
    bool writes = writes_table(access);

    if (use.usable != ANSWER_NO || means_all_rows(transaction, access, &use))
        return;
    if (!writes && !corpus_writer(check->corpus, access))
        return; /* a table without a writer */
    struct finding *finding = report_access(
        check, access, "%s %s can end in 40001 with any writer, because it reads the whole %s: %s",
        access_verb(access), access_relation_name(access), use.whole_index ? "index" : "table",
        use.reason);
    if (!writes)
        finding_weaken(finding);
    finding_label(check, finding, "conflicts with every writer of %s, whatever row it writes",
                  access_relation_name(access));
    finding_level(check, finding, transaction);
    if (use.rewrite)
        finding_help(check, finding, "%s", use.rewrite);
    if (use.advice)
        finding_help(check, finding, "%s", use.advice);
    else if (!use.rewrite)
        finding_help(check, finding, "add a condition on a column that has an index");
    finding_help(
        check, finding,
        "ignore this for a table of a few pages, which is always read as a whole: -- isolint: small %s",
        access_relation_name(access));
}

static void check(struct check *check, const struct transaction *transaction)
{
    if (transaction_read_only(transaction))
        return;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access_is_exempt(access) || access->kind == ACCESS_INSERT || !access->range ||
            guard_table_lock(access))
            continue;
        check_access(check, transaction, access);
    }
}

const struct rule rule_unindexed_serializable_read = {
    .name = "unindexed-serializable-read",
    .group = "predicate-lock",
    .summary = "No index finds the rows, so SERIALIZABLE locks the whole table against writers",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40001", "performance"},
    .since = 901,
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_SERIALIZABLE,
    .check_transaction = check,
};
