#include "lint/rule.h"

/* Whether a deadlock comes out of the block, past all handlers around it. */
static bool lets_deadlock_out(const struct body_statement *block)
{
    for (; block; block = body_subtransaction(block)) {
        if (handler_of(block, "deadlock_detected"))
            return false;
    }
    return true;
}

static void check_handler(struct check *check, const struct body_statement *handler)
{
    const struct access *access;

    /* A handler that only looks at the error on its way out misses nothing. */
    if (!handler_catches(handler, "serialization_failure") || !lets_deadlock_out(handler->parent) ||
        (handler_end(handler) >= HANDLER_TRANSLATE && !handler_retries(handler)) ||
        !handler_exposure(check->corpus, handler, "serialization_failure", &access) ||
        (!access_is_write(access) && access->kind != ACCESS_LOCK))
        return;
    struct finding *finding =
        report(check, handler->span, "a deadlock (40P01) in %s %s is not caught here",
               access_verb(access), access_relation_name(access));
    finding_label(check, finding, "catches 40001 only");
    finding_related(check, finding, handler->parent->span,
                    "a deadlock is raised out of this block");
    finding_help(
        check, finding,
        "catch both: WHEN serialization_failure OR deadlock_detected, or their class, WHEN "
        "transaction_rollback");
}

static void check_body(struct check *check, const struct code *code)
{
    for (const struct body_statement *each = code->body ? code->body->statements : NULL; each;
         each = each->next) {
        if (each->kind == BODY_HANDLER)
            check_handler(check, each);
    }
}

const struct rule rule_retry_misses_deadlock = {
    .name = "retry-misses-deadlock",
    .group = "routine",
    .summary = "A handler catches 40001 but not a deadlock, 40P01",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40P01"},
    .check_body = check_body,
};
