#include "lint/rule.h"

/* A mode that is named in vain, and the one that counts instead. `safe`: nothing asks for it
 * meanwhile. */
static void report_lost(struct check *check, const struct statement *statement,
                        const struct mode *lost, const struct mode *kept, bool safe)
{
    bool repeated = lost->value == kept->value;
    struct finding *finding =
        report(check, lost->span,
               repeated ? "%s is named twice and counts once"
                        : "%s has no effect: %s replaces it without an error or warning",
               mode_text(lost), mode_text(kept));

    if (repeated)
        finding->severity = SEVERITY_NOTE;
    finding_label(check, finding, repeated ? "repeats the mode" : "never in effect");
    finding_related(check, finding, kept->span, "the last mode counts");
    if (!repeated)
        finding_help(check, finding, "keep only the mode that you want");
    finding_delete_mode(check, finding, statement, lost, safe || repeated);
}

/* Two of one kind in one list. The server sets one after the other, and refuses the first alone
 * when the transaction has its snapshot, or on a standby. */
static void check_modes(struct check *check, const struct statement *statement,
                        const struct transaction **cursor)
{
    bool begins = statement->kind == STATEMENT_BEGIN && transaction_begun_by(cursor, statement) &&
                  !check_on_standby(check);

    for (const struct mode *mode = statement_modes(statement); mode; mode = mode->next) {
        const struct mode *last = modes_find(mode->next, mode->kind);
        if (last)
            report_lost(check, statement, mode, last, begins);
    }
}

/* SET TRANSACTION before the first query and the first savepoint: what it changes was never in
 * force. A chained transaction has its modes from the one before, which may well be changed. */
static void check_transaction(struct check *check, const struct transaction *transaction)
{
    const struct statement *begin = transaction->begin;
    struct mode single;
    bool own, only_set = true; /* LOCK TABLE, for one, asks whether the transaction is READ ONLY */

    if (!begin || begin->kind != STATEMENT_BEGIN || transaction->uncertain)
        return;
    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct step *step = &transaction->steps[i];
        const struct statement *statement = step->statement;
        if (step->after_snapshot || step->depth > 0 || statement->flags & STATEMENT_SNAPSHOT)
            return;
        const struct mode *mode = statement_asks(statement, &single, &own);
        for (; mode && own; mode = mode->next) {
            const struct mode *before = modes_find(begin->modes, mode->kind);
            if (before && mode->value >= 0 && !modes_find(mode->next, mode->kind))
                report_lost(check, begin, before, mode, only_set && !check_on_standby(check));
        }
        only_set &= statement->kind == STATEMENT_SET;
    }
}

static void check_script(struct check *check, const struct script *script)
{
    const struct transaction *cursor = script->transactions;

    for (const struct statement *each = script->statements; each; each = each->next) {
        if (each->kind == STATEMENT_BEGIN || each->kind == STATEMENT_SET)
            check_modes(check, each, &cursor);
    }
}

static void check_body(struct check *check, const struct code *code)
{
    const struct transaction *none = NULL;

    for (const struct body_statement *each = code->body ? code->body->statements : NULL; each;
         each = each->next) {
        if (each->statement)
            check_modes(check, each->statement, &none);
    }
}

const struct rule rule_contradictory_modes = {
    .name = "contradictory-modes",
    .group = "declaration",
    .summary = "A transaction is given two levels, or READ ONLY and READ WRITE",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"no-op"},
    .blocks_only = true,
    .check_transaction = check_transaction,
    .check_script = check_script,
    .check_body = check_body,
};
