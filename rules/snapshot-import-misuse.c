#include "lint/rule.h"

/* ------------------------------------------------------------------ import */

static void check_import(struct check *check, const struct notice *notice)
{
    static const struct {
        const char *state, *why, *help;
    } outcomes[] = {
        [NOTICE_IMPORT_TOO_LATE] =
            {"25001", "SET TRANSACTION SNAPSHOT fails with 25001 after a query or a savepoint",
             "import it right after BEGIN"},
        [NOTICE_IMPORT_LEVEL] = {"0A000", "importing a snapshot at READ COMMITTED fails with 0A000",
                                 "begin at REPEATABLE READ: BEGIN ISOLATION LEVEL REPEATABLE READ"},
        [NOTICE_IMPORT_DEFERRABLE] =
            {"0A000",
             "a SERIALIZABLE READ ONLY DEFERRABLE transaction cannot import a snapshot (0A000)",
             "begin at REPEATABLE READ: BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
    };
    struct finding *finding =
        report(check, notice->statement->span, "%s", outcomes[notice->kind].why);

    finding_predicts(finding, outcomes[notice->kind].state);
    finding_label(check, finding, "refused, and the transaction is aborted");
    if (notice->cause)
        finding_related(check, finding, notice->cause->span, "comes before it");
    if (notice->kind == NOTICE_IMPORT_LEVEL && notice->transaction)
        finding_level(check, finding, notice->transaction);
    finding_help(check, finding, "%s", outcomes[notice->kind].help);
}

/* ------------------------------------------------------------------ export */

static const struct side_effect *find_export(const struct transaction *transaction)
{
    const struct side_effect *call = transaction->calls;

    while (call && builtin_effect(call->call->builtin) != EFFECT_EXPORT_SNAPSHOT)
        call = call->next;
    return call;
}

/* SET TRANSACTION SNAPSHOT :'variable', which an export before has filled. */
static const struct step *find_import(const struct transaction *transaction)
{
    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct statement *statement = transaction->steps[i].statement;
        if (statement->kind == STATEMENT_SET && statement->setting->snapshot &&
            statement->setting->unknown_value)
            return &transaction->steps[i];
    }
    return NULL;
}

/* The SQLSTATE of a snapshot that is not there. */
static const char *missing(const struct check *check)
{
    return check->options->server_version < 1700 ? "22023" : "42704";
}

static void check_export(struct check *check, const struct transaction *transaction)
{
    const struct side_effect *call = find_export(transaction);
    const struct step *import = NULL;
    struct finding *finding;

    if (!call)
        return;
    if (call->step->depth > 0) {
        finding = report(check, call->step->statement->span,
                         "exporting a snapshot from a subtransaction fails with 25001");
        finding_predicts(finding, "25001");
        finding_label(check, finding, "refused under a savepoint");
        finding_help(check, finding, "export it before the first SAVEPOINT, or after RELEASE");
        return;
    }
    if (transaction->kind == TRANSACTION_STATEMENT && !transaction->enclosed) {
        finding = report(
            check, call->step->statement->span,
            "the exported snapshot is gone at the end of this statement: importing it fails with %s",
            missing(check));
        finding_label(check, finding, "exported by a transaction of one statement");
    } else if (statement_ending(call->step->statement)) {
        for (const struct transaction *each = transaction->next; each && !import; each = each->next)
            import = find_import(each);
        if (!import)
            return;
        finding = report(
            check, import->statement->span,
            "importing this snapshot fails with %s: the transaction that exported it has ended",
            missing(check));
        finding_label(check, finding, "this snapshot no longer exists");
        finding_related(check, finding, call->step->statement->span, "exported here");
    } else {
        return;
    }
    finding_predicts(finding, missing(check));
    finding_help(
        check, finding,
        "keep the exporting transaction open, in a connection of its own, until the others have imported the snapshot");
}

static void check_script(struct check *check, const struct script *script)
{
    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        if (notice->kind >= NOTICE_IMPORT_TOO_LATE && notice->kind <= NOTICE_IMPORT_DEFERRABLE)
            check_import(check, notice);
    }
}

const struct rule rule_snapshot_import_misuse = {
    .name = "snapshot-import-misuse",
    .group = "declaration",
    .summary = "A snapshot is imported where the server refuses it, or after it is gone",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"0A000", "25001", "22023", "42704"},
    .check_transaction = check_export,
    .check_script = check_script,
};
