#include "lint/rule.h"

static void add_read_only(struct check *check, struct finding *finding,
                          const struct transaction *transaction)
{
    const struct statement *begin = transaction->begin;
    const char *doubt = certainty_doubt(transaction, check->catalog);

    if (doubt)
        finding_help(check, finding, "%s", doubt);
    if (doubt || !begin || begin->kind != STATEMENT_BEGIN ||
        modes_find(begin->modes, MODE_READ_ONLY))
        return;
    finding_add_modes(check, finding, begin, "READ ONLY",
                      certainty_of_reads(transaction, check->catalog));
    if (!transaction_deferrable(transaction)) /* it adds a wait */
        finding_add_modes(check, finding, begin, "DEFERRABLE", false);
}

/* Where all programs are seen and none makes it fail, it costs locks and nothing else. */
static void check_block(struct check *check, const struct transaction *transaction)
{
    bool writer = check->options->all_serializable ||
                  corpus_has_serializable_writer(check->corpus, transaction);
    bool fails = writer && !check_refutes(check, transaction, "40001");
    struct finding *finding = report(
        check, transaction_span(transaction),
        fails
            ? "this transaction only reads and can still fail with 40001: it is not READ ONLY DEFERRABLE"
        : writer
            ? "this transaction only reads, but is not READ ONLY DEFERRABLE and takes predicate locks"
            : "this transaction only reads, but can fail with 40001 once a SERIALIZABLE program writes its tables");

    finding->transaction = transaction;
    finding_predicts(finding, fails ? "40001" : "performance");
    finding_label(check, finding,
                  fails ? "can fail with 40001, and can make writers fail"
                        : "DEFERRABLE readers wait for it as for a writer");
    finding_level(check, finding, transaction);
    finding_help(
        check, finding,
        "use BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE for a report: it waits for a safe snapshot, then cannot fail");
    finding_help(
        check, finding,
        writer && !fails
            ? "use READ ONLY alone if the caller cannot wait: its predicate locks go as soon as no open writer can conflict"
            : "use READ ONLY alone if the caller cannot wait: writers no longer fail because of it, but it can still fail with 40001");
    add_read_only(check, finding, transaction);
}

/* Nothing but a function whose body is not known keeps it from being a pure read. */
static void check_unknown(struct check *check, const struct transaction *transaction)
{
    const struct statement *statement = transaction->rest->unknown_step->statement;

    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind != ACCESS_READ)
            return;
    }
    if (statement->kind != STATEMENT_QUERY || transaction->accesses == NULL)
        return;
    struct finding *finding = report(
        check, transaction_span(transaction),
        "this transaction can fail with 40001: it is not READ ONLY, although it only reads unless %s writes",
        transaction->unknown);
    finding->severity = SEVERITY_NOTE;
    finding_predicts(finding, "40001");
    finding_label(check, finding, "runs at SERIALIZABLE READ WRITE");
    finding_help(check, finding, "declare READ ONLY if %s writes nothing", transaction->unknown);
    finding_level(check, finding, transaction);
}

static void check(struct check *check, const struct transaction *transaction)
{
    if (!transaction_is_declared(transaction) || transaction_read_only(transaction))
        return;
    if (transaction_only_reads(transaction))
        check_block(check, transaction);
    else if (transaction->unknown && !transaction->uncertain)
        check_unknown(check, transaction);
}

/* Reads that stand alone at the session's default are reported once, where the default is set. */
static void check_script(struct check *check, const struct script *script)
{
    for (const struct transaction *transaction = script->transactions; transaction;
         transaction = transaction->next) {
        const struct mode_state *level = &transaction->modes->state[MODE_ISOLATION];
        if (transaction->kind != TRANSACTION_STATEMENT || level->value != LEVEL_SERIALIZABLE ||
            level->provenance != FROM_SESSION || transaction_read_only(transaction) ||
            !transaction_only_reads(transaction))
            continue;
        struct finding *finding = report(
            check, level->span,
            "even a single SELECT of this session can fail with 40001: it runs at SERIALIZABLE READ WRITE");
        finding->severity = SEVERITY_NOTE;
        finding_predicts(finding, "40001");
        finding_label(check, finding, "the level of every statement that follows");
        finding_related(check, finding, transaction_span(transaction), "this one, for example");
        finding_help(check, finding,
                     "name the level in the BEGIN of the transactions that need "
                     "it");
        return;
    }
}

const struct rule rule_serializable_read_not_deferrable = {
    .name = "serializable-read-not-deferrable",
    .group = "read-only",
    .summary = "A transaction at SERIALIZABLE only reads, but is not READ ONLY DEFERRABLE",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"40001", "performance"},
    .levels = AT_SERIALIZABLE,
    .blocks_only = true,
    .failure = FAILS_READING,
    .check_transaction = check,
    .check_script = check_script,
};
