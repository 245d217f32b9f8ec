#include "lint/rule.h"

/* Whether the statement limits how long others may wait; -1 when it is about something else. */
static int limit_of(const struct statement *statement)
{
    const struct query *query = statement->kind == STATEMENT_QUERY ? statement->query : NULL;
    struct setting setting = {0};

    if (statement->kind == STATEMENT_SET)
        setting = *statement->setting;
    for (const struct call *call = query ? query->calls : NULL; call && !setting.name;
         call = call->next)
        call_setting(call, &setting);
    if (!setting.name || (strcmp(setting.name, "statement_timeout") != 0 &&
                          strcmp(setting.name, "transaction_timeout") != 0))
        return -1;
    return setting.unknown_value || (setting.value && strcmp(setting.value, "0") != 0);
}

/* What holds where the transaction begins, and what it sets itself before its first query. */
static bool is_limited(const struct script *script, const struct transaction *transaction)
{
    const struct statement *first = transaction_first_snapshot(transaction)->statement;
    bool limited = false;

    for (const struct statement *each = script->statements; each && each != first;
         each = each->next) {
        bool local = each->kind == STATEMENT_SET && each->setting->scope == SCOPE_LOCAL;
        int limit = limit_of(each);
        if (limit >= 0 && (!local || each->span.start > transaction->begin->span.start))
            limited = limit;
    }
    return limited;
}

/* ALTER ROLE, DATABASE or SYSTEM SET statement_timeout. */
static bool is_configured(const struct catalog *catalog)
{
    for (const struct stored_setting *each = catalog->settings; each; each = each->next) {
        const struct setting *setting = each->setting;
        if (setting->name && setting->value && strcmp(setting->name, "statement_timeout") == 0 &&
            strcmp(setting->value, "0") != 0)
            return true;
    }
    return false;
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct step *first = transaction_first_snapshot(transaction);
    const struct statement *begin = transaction->begin;

    if (!begin || !first || !transaction_read_only(transaction) ||
        !transaction_deferrable(transaction) || transaction->uncertain ||
        is_configured(check->catalog) || is_limited(check->script, transaction))
        return;
    struct finding *finding =
        report(check, transaction_span(transaction),
               "waits without limit: SERIALIZABLE READ ONLY DEFERRABLE begins when every writer at "
               "SERIALIZABLE has ended");
    finding_label(check, finding, "no statement_timeout is set");
    finding_related(check, finding, first->statement->span, "waits here");
    finding_help(check, finding,
                 "SET LOCAL statement_timeout before the first query, and retry on 57014; "
                 "lock_timeout does not end this wait");
    if (begin->kind == STATEMENT_BEGIN)
        finding_edit(check, finding, (struct span){begin->span.end, begin->span.end},
                     "; SET LOCAL statement_timeout = '5min'", false);
}

const struct rule rule_deferrable_wait_unbounded = {
    .name = "deferrable-wait-unbounded",
    .group = "read-only",
    .summary = "A SERIALIZABLE READ ONLY DEFERRABLE transaction waits without a timeout",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"performance"},
    .levels = AT_SERIALIZABLE,
    .blocks_only = true,
    .check_transaction = check,
};
