#include "lint/rule.h"

static void report_handler(struct check *check, const struct body_statement *handler,
                           const struct access *access, const char *state, unsigned weaker)
{
    struct finding *finding =
        report(check, handler->span, "this handler hides %s: COMMIT succeeds without %s %s", state,
               access_verb(access), access_relation_name(access));

    finding_predicts(finding, "no-op");
    while (weaker-- > 0)
        finding_weaken(finding);
    finding_label(check, finding, "continues after the error, and the work of the block is undone");
    finding_related(check, finding, handler->parent->span, "rolled back to here");
    bool all = handler_is_for_all(handler);
    if (all)
        finding_help(
            check, finding,
            "name the conditions that are expected, such as unique_violation, instead of OTHERS");
    finding_help(
        check, finding,
        "%send the handler with RAISE without arguments: the client then rolls back and retries",
        all ? "or " : "");
    if (strcmp(state, "40001") == 0)
        finding_help(check, finding,
                     "retry in the client in any case: no handler sees a failure at COMMIT");
}

/* The error gets out, but under a code after which no client tries again. */
static void check_translation(struct check *check, const struct body_statement *handler)
{
    const struct body_statement *raise = handler_raise(handler);
    const struct access *access;
    bool all = handler_is_for_all(handler);
    enum exposure exposure =
        handler_exposure(check->corpus, handler, "serialization_failure", &access);
    const char *state = "40001";

    /* Deadlocks come at every level. */
    if (exposure < EXPOSED_TO_UNKNOWN || (exposure == EXPOSED_TO_UNKNOWN && all)) {
        exposure = handler_exposure(check->corpus, handler, "deadlock_detected", &access);
        state = "40P01";
    }
    if (exposure == EXPOSED_NOT)
        return;
    struct finding *finding = report(
        check, raise->span, "this RAISE replaces %s by %s: the client does not retry %s %s", state,
        raise->name ? raise->name : "P0001", access_verb(access), access_relation_name(access));
    finding_predicts(finding, "P0001");
    finding_weaken(finding);
    if (all || strcmp(state, "40P01") == 0)
        finding_weaken(finding);
    finding_label(check, finding, "replaces the SQLSTATE by which clients know what to retry");
    finding_related(check, finding, handler->span, "catches %s", state);
    finding_help(
        check, finding,
        "use RAISE without arguments, which keeps the SQLSTATE, or add USING ERRCODE = SQLSTATE");
}

/* It writes to the log, or to the client, that there was an error: somebody has thought of it. */
static bool warns(const struct body_statement *handler)
{
    for (const struct body_statement *each = handler->next; each && body_is_inside(each, handler);
         each = each->next) {
        if (each->kind == BODY_RAISE)
            return true;
    }
    return false;
}

static void check_handler(struct check *check, const struct code *code,
                          const struct body_statement *handler)
{
    enum handler_end end = handler_end(handler);
    bool replaces = end == HANDLER_TELLS && !(code->routine && code->routine->returns_trigger);
    bool all = handler_is_for_all(handler);
    const struct access *access;
    enum exposure exposure;

    if (end == HANDLER_TRANSLATE)
        check_translation(check, handler);
    if (end >= HANDLER_TRANSLATE || handler_retries(handler) ||
        handler_passes_over(check->corpus, handler))
        return; /* the second is reported by retry-loop-inside-transaction */
    exposure = handler_exposure(check->corpus, handler, "serialization_failure", &access);
    if (exposure >= EXPOSED_TO_UNKNOWN) {
        bool assumed = exposure == EXPOSED_TO_UNKNOWN && all;
        report_handler(check, handler, access, "40001",
                       replaces + assumed +
                           (assumed && (!window_compares(access) || warns(handler))));
    } else if (handler_exposure(check->corpus, handler, "deadlock_detected", &access)) {
        report_handler(check, handler, access, "40P01", 1 + replaces + all);
    }
}

static void check_body(struct check *check, const struct code *code)
{
    for (const struct body_statement *each = code->body ? code->body->statements : NULL; each;
         each = each->next) {
        if (each->kind == BODY_HANDLER)
            check_handler(check, code, each);
    }
}

const struct rule rule_swallowed_serialization_failure = {
    .name = "swallowed-serialization-failure",
    .group = "routine",
    .summary = "A handler catches 40001 or 40P01 and goes on: the write is lost, COMMIT succeeds",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_HIGH,
    .predicts = {"no-op", "P0001"},
    .check_body = check_body,
};
