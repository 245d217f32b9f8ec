#include "lint/rule.h"

/* Whether nothing leaves the loop but what the block does when it succeeds. */
static bool is_unbounded(const struct body_statement *loop, const struct body_statement *handler)
{
    const struct body_statement *block = handler->parent;

    if (!loop->endless || loop->statement)
        return false;
    for (const struct body_statement *each = loop->next; each && body_is_inside(each, loop);
         each = each->next) {
        bool leaves = each->kind == BODY_EXIT || (each->kind == BODY_RETURN && !each->more) ||
                      (each->kind == BODY_RAISE && each->error);
        if (leaves && (!body_is_inside(each, block) || body_is_inside(each, handler)))
            return false;
    }
    return true;
}

static void report_loop(struct check *check, const struct body_statement *loop,
                        const struct body_statement *handler, const struct access *access,
                        bool assumed)
{
    bool unbounded = is_unbounded(loop, handler);
    struct finding *finding =
        report(check, loop->span,
               unbounded ? "endless loop on 40001: every try of %s %s has the same snapshot"
                         : "40001 on every try: each %s %s of the loop has the same snapshot",
               access_verb(access), access_relation_name(access));

    if (!unbounded)
        finding_weaken(finding);
    if (assumed)
        finding_weaken(finding);
    finding_label(check, finding, "all rounds run in one transaction");
    finding_related(check, finding, handler->span, "leads to the next round");
    finding_help(check, finding, "let the error out and retry in the client, from BEGIN");
    finding_help(check, finding,
                 "or in a procedure that is called outside of a transaction block: ROLLBACK in the "
                 "loop, outside of the block with EXCEPTION, and SET TRANSACTION directly behind "
                 "it");
}

static void check_handler(struct check *check, const struct body_statement *handler)
{
    const struct body_statement *loop = handler_retries(handler);
    const struct access *access;
    enum exposure exposure;

    if (!loop || loop_ends_transaction(loop))
        return;
    exposure = handler_exposure(check->corpus, handler, "serialization_failure", &access);
    if (exposure >= EXPOSED_TO_UNKNOWN)
        report_loop(check, loop, handler, access,
                    exposure == EXPOSED_TO_UNKNOWN && handler_is_for_all(handler));
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
    .summary = "A loop tries again after 40001 in the same transaction, which fails each time",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_HIGH,
    .predicts = {"no-op"},
    .check_body = check_body,
};
