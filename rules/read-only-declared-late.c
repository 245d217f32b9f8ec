#include "lint/rule.h"

/* Whether all that has run before the statement are reads that are known. */
static bool only_reads_before(const struct transaction *transaction,
                              const struct statement *statement)
{
    uint32_t limit = statement->span.start;

    if (transaction->rest->unknown_step &&
        transaction->rest->unknown_step->statement->span.start < limit)
        return false;
    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct statement *each = transaction->steps[i].statement;
        if (each->span.start < limit && each->flags & STATEMENT_REFUSED_READ_ONLY)
            return false;
    }
    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (each->step->statement->span.start < limit && each->kind != ACCESS_READ &&
            !access_is_exempt(each))
            return false;
    }
    return true;
}

static void check_notice(struct check *check, const struct notice *notice)
{
    const struct transaction *transaction = notice->transaction;
    const struct statement *begin = transaction->begin, *statement = notice->statement;
    bool fails = check->options->all_serializable ||
                 corpus_has_serializable_writer(check->corpus, transaction);
    struct finding *finding =
        report(check, notice->mode.span,
               "READ ONLY comes too late, after the first query: this transaction %s",
               fails ? "can still fail with 40001"
                     : "can fail with 40001 once a SERIALIZABLE program writes these tables");

    finding_predicts(finding, fails ? "40001" : "performance");
    finding_label(check, finding, "only refuses writes from here on");
    finding_related(check, finding, notice->cause->span, "the snapshot was taken as for a writer");
    finding_level(check, finding, transaction);
    finding_help(
        check, finding,
        "move READ ONLY to BEGIN: then the server can release predicate locks, and DEFERRABLE "
        "readers do not wait for this transaction");
    if (begin && begin->kind == STATEMENT_BEGIN && !transaction->uncertain &&
        statement->kind == STATEMENT_SET && statement->setting->modes &&
        !modes_find(begin->modes, MODE_READ_ONLY)) {
        bool safe = certainty_of_reads(transaction, check->catalog);
        finding_delete_mode(check, finding, statement, &notice->mode, safe);
        finding_add_modes(check, finding, begin, "READ ONLY", safe);
    }
}

static void check_script(struct check *check, const struct script *script)
{
    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        if (notice->kind == NOTICE_READ_ONLY_LATE && notice->transaction && notice->cause &&
            transaction_level(notice->transaction) == LEVEL_SERIALIZABLE &&
            only_reads_before(notice->transaction, notice->statement))
            check_notice(check, notice);
    }
}

const struct rule rule_read_only_declared_late = {
    .name = "read-only-declared-late",
    .group = "read-only",
    .summary = "A SERIALIZABLE transaction is declared READ ONLY after its first query",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40001", "performance"},
    .since = 901,
    .check_script = check_script,
};
