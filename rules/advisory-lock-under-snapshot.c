#include "lint/rule.h"

/* An access of rows as the snapshot has them. */
static bool looks_at_rows(const struct access *access)
{
    return access->kind != ACCESS_INSERT && access->kind < ACCESS_TRUNCATE &&
           !access_is_exempt(access) && !access_is_of_foreign_key(access);
}

static bool is_behind(const struct access *access, const struct side_effect *call)
{
    return access->order > call->order || access->statement == call->statement;
}

/* The first access that is older than the lock, of rows that some program writes. */
static const struct access *find_use(const struct corpus *corpus, const struct side_effect *call,
                                     const struct transaction *transaction)
{
    const unsigned writes = 1U << ACCESS_INSERT | 1U << ACCESS_UPDATE | 1U << ACCESS_DELETE;

    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (is_behind(access, call) && looks_at_rows(access) && !guard_table_lock(access) &&
            (access_is_write(access) || corpus_find(corpus, access, writes, false)))
            return access;
    }
    return NULL;
}

/* A row that both holders of the lock write is compared with the snapshot; new rows are not, so
 * that only SSI can see what went wrong. The first write decides. */
static const char *outcome(const struct side_effect *call, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (!is_behind(access, call) || access_is_exempt(access) || !access_is_write(access))
            continue;
        if (access->kind != ACCESS_INSERT)
            return "40001 (concurrent update)";
        return transaction_level(transaction) == LEVEL_SERIALIZABLE
                   ? "40001 (read/write dependencies)"
                   : "a stale read";
    }
    return "a stale read";
}

/* Whether those who take advisory locks leave anything behind that could be missed. */
static bool holders_write(const struct corpus *corpus, const struct transaction *transaction)
{
    bool any = transaction_writes(transaction) || transaction->unknown;

    for (guint i = 0; !any && i < corpus->holders->len; i++)
        any = transaction_may_overlap(corpus->holders->pdata[i], transaction);
    return any;
}

static bool report_lock(struct check *check, const struct transaction *transaction,
                        const struct side_effect *call, bool waits)
{
    const struct step *first = transaction_first_snapshot(transaction);
    const struct access *use = find_use(check->corpus, call, transaction);
    const char *result = outcome(call, transaction);

    if (!use || !holders_write(check->corpus, transaction))
        return false;
    struct finding *finding = report_side_effect(
        check, call, "%s %s at %s: %s is possible", call->call->name,
        waits ? "takes its snapshot before it waits" : "locks after the snapshot was taken",
        isolation_level_name(transaction_level(transaction)), result);
    finding_predicts(finding, g_str_has_prefix(result, "40001") ? "40001" : "stale-read");
    if (!waits)
        finding->severity = SEVERITY_NOTE;
    else if (transaction_level(transaction) == LEVEL_SERIALIZABLE)
        finding_weaken(finding);
    finding_label(check, finding, "does not see what the previous holder of the lock committed");
    if (first && first != call->step)
        finding_related(check, finding, first->statement->span, "the snapshot is taken here");
    if (!call->via || use->step != call->step)
        finding_related_access(check, finding, use, "uses rows as they were before the lock");
    finding_level(check, finding, transaction);
    finding_help(check, finding,
                 "use READ COMMITTED: each statement after the lock sees what the previous holder "
                 "committed");
    finding_help(
        check, finding,
        "or take pg_advisory_lock before BEGIN and release it after COMMIT, or make LOCK TABLE "
        "the first statement");
    return true;
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct side_effect *call = transaction->calls; call; call = call->next) {
        bool waits = call_is_advisory_lock(call->call);
        bool tries = builtin_effect(call->call->builtin) == EFFECT_ADVISORY_TRY &&
                     call->step->after_snapshot;
        if ((waits || tries) && report_lock(check, transaction, call, waits))
            return;
    }
}

const struct rule rule_advisory_lock_under_snapshot = {
    .name = "advisory-lock-under-snapshot",
    .group = "snapshot",
    .summary = "An advisory lock taken after the snapshot does not protect what is read",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_HIGH,
    .predicts = {"40001", "stale-read"},
    .levels = AT_ONE_SNAPSHOT,
    .check_transaction = check,
};
