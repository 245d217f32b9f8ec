#include "lint/rule.h"

/* A COMMIT where the connection ends. */
static void add_commit(struct check *check, struct finding *finding, const struct notice *notice)
{
    const struct script *script = check->script;
    bool reconnects = notice->statement != notice->cause;
    uint32_t at = reconnects ? notice->statement->span.start : script->size;
    bool line = at == 0 || script->bytes[at - 1] == '\n';

    finding_edit(check, finding, (struct span){at, at}, line ? "COMMIT;\n" : "\nCOMMIT;\n", false);
}

static void check_script(struct check *check, const struct script *script)
{
    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        if (notice->kind != NOTICE_UNTERMINATED)
            continue;
        bool reconnects = notice->statement != notice->cause;
        bool loses = transaction_may_write(notice->transaction);
        struct finding *finding;

        if (!loses && !notice->transaction->begin)
            continue; /* psql has begun it, and there is nothing to commit */
        finding =
            report(check, notice->cause->span,
                   loses ? "this transaction is never committed: it is rolled back without an error"
                         : "this transaction is never ended");
        finding_label(check, finding,
                      loses ? "everything from here to the %s is lost" : "open until the %s",
                      reconnects ? "new connection" : "end of the file");
        if (!loses)
            finding_weaken(finding);
        if (reconnects)
            finding_related(check, finding, notice->statement->span, "the connection ends here");
        if (!reconnects && script_comments_end_out(script)) {
            finding->severity = SEVERITY_NOTE;
            finding_help(check, finding,
                         "run COMMIT or ROLLBACK in the same session after the script, or remove "
                         "the comment signs before it");
            continue;
        }
        finding_help(
            check, finding,
            "add COMMIT (or ROLLBACK for a dry run); psql exits with status 0 in both cases");
        add_commit(check, finding, notice);
    }
}

const struct rule rule_unterminated_transaction = {
    .name = "unterminated-transaction",
    .group = "declaration",
    .summary = "A transaction is still open when the file or the connection ends",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"no-op"},
    .check_script = check_script,
};
