#include "lint/rule.h"

static bool is_limited_by(const struct step *first, const char *name)
{
    const char *value = step_setting(first, name);

    return value && strcmp(value, "0") != 0;
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
        is_configured(check->catalog) || is_limited_by(first, "statement_timeout") ||
        is_limited_by(first, "transaction_timeout"))
        return;
    struct finding *finding = report(
        check, transaction_span(transaction),
        "this DEFERRABLE transaction can wait indefinitely for other SERIALIZABLE transactions "
        "to finish");
    finding_label(check, finding, "no statement_timeout is set");
    finding_related(check, finding, first->statement->span, "the first query waits here");
    finding_help(
        check, finding,
        "set a limit before the first query: SET LOCAL statement_timeout = '5min', and retry on "
        "57014; lock_timeout does not end this wait");
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
