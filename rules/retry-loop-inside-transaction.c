#include "lint/rule.h"

static void report_loop(struct check *check, const struct body_statement *loop,
                        const struct body_statement *handler, const struct access *access,
                        const char *state, unsigned weaker)
{
    bool duplicate = strcmp(state, "23505") == 0;
    bool unbounded = !loop_is_left(loop, handler, duplicate ? access : NULL);
    struct finding *finding = report(
        check, loop->span,
        unbounded ? "this loop never ends after %s: every attempt of %s %s uses the same snapshot"
                  : "every round of this loop fails with %s: each %s %s uses the same snapshot",
        state, access_verb(access), access_relation_name(access));

    for (weaker += !unbounded; weaker > 0; weaker--)
        finding_weaken(finding);
    finding_label(check, finding,
                  duplicate ? "no round sees the row that is in the way"
                            : "all rounds run in one transaction");
    finding_related(check, finding, handler->span, "leads to the next round");
    finding_help(check, finding, "raise the error to the client, and retry there from BEGIN");
    finding_help(
        check, finding,
        "or make it a procedure that is called outside a transaction block, with ROLLBACK in the loop (outside the block with EXCEPTION) and SET TRANSACTION right after it");
}

/* Whether the loop looks for the row that an INSERT brings, through a snapshot that does not show
 * what others have inserted since. */
static bool looks_for_row(const struct access *insert, const struct body_statement *loop)
{
    const struct transaction *transaction = insert->transaction;

    /* At SERIALIZABLE the INSERT fails with 40001 once the key has been looked for. */
    if (transaction->kind == TRANSACTION_ROUTINE ||
        transaction_level(transaction) != LEVEL_REPEATABLE_READ || insert->kind != ACCESS_INSERT ||
        guard_table_lock(insert))
        return false;
    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if ((each->kind == ACCESS_READ || each->kind == ACCESS_UPDATE ||
             each->kind == ACCESS_LOCK) &&
            each->body && body_is_inside(each->body, loop) && access_same_relation(each, insert))
            return true;
    }
    return false;
}

static const struct access *find_insert(const struct check *check,
                                        const struct body_statement *handler,
                                        const struct body_statement *loop)
{
    const struct body_statement *block = handler->parent;

    if (!handler_catches(handler, "unique_violation"))
        return NULL;
    for (const struct body_statement *each = block->next; each && body_is_inside(each, block);
         each = each->next) {
        const GPtrArray *accesses = corpus_body_accesses(check->corpus, each);
        for (guint i = 0; accesses && i < accesses->len; i++) {
            if (looks_for_row(accesses->pdata[i], loop))
                return accesses->pdata[i];
        }
    }
    return NULL;
}

static void check_handler(struct check *check, const struct body_statement *handler)
{
    const struct body_statement *loop = handler_retries(handler);
    const struct access *access;
    enum exposure exposure;

    if (!loop || loop_ends_transaction(loop))
        return;
    exposure = handler_exposure(check->corpus, handler, "serialization_failure", &access);
    if (exposure >= EXPOSED_TO_UNKNOWN) {
        bool assumed = exposure == EXPOSED_TO_UNKNOWN && handler_is_for_all(handler);
        report_loop(check, loop, handler, access, "40001",
                    assumed + (assumed && !window_compares(access)));
        return;
    }
    access = find_insert(check, handler, loop);
    if (access)
        report_loop(check, loop, handler, access, "23505", 0);
}

static void check_body(struct check *check, const struct code *code)
{
    for (const struct body_statement *each = code->body ? code->body->statements : NULL; each;
         each = each->next) {
        if (each->kind == BODY_HANDLER)
            check_handler(check, each);
    }
}

const struct rule rule_retry_loop_inside_transaction = {
    .name = "retry-loop-inside-transaction",
    .group = "routine",
    .summary = "A loop tries again under the same snapshot, so that each try fails like the first",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_HIGH,
    .predicts = {"no-op"},
    .check_body = check_body,
};
