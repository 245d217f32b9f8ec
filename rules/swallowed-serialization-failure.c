#include "lint/rule.h"

/* What is known about an error that meets the handler, in rising order. */
enum exposure {
    EXPOSED_NOT,
    EXPOSED_TO_DEADLOCK, /* known to run at READ COMMITTED */
    EXPOSED_TO_UNKNOWN,  /* nothing in the inputs calls the routine */
    EXPOSED,             /* known to run under one snapshot */
};

static enum exposure exposure_of(const struct access *access)
{
    const struct transaction *transaction = access->transaction;
    enum isolation_level level = transaction_level(transaction);
    bool locks = access_is_write(access) || access->kind == ACCESS_LOCK;

    if (transaction->set_up || access_is_of_foreign_key(access))
        return EXPOSED_NOT;
    if (transaction->kind == TRANSACTION_ROUTINE || level == LEVEL_UNKNOWN)
        return locks ? EXPOSED_TO_UNKNOWN : EXPOSED_NOT;
    if (level == LEVEL_SERIALIZABLE || (level == LEVEL_REPEATABLE_READ && window_compares(access)))
        return EXPOSED;
    return locks ? EXPOSED_TO_DEADLOCK : EXPOSED_NOT;
}

/* The access of the block that the handler is most exposed by; of equals, one that can fail with a
 * concurrent update. */
static const struct access *find_access(const struct check *check,
                                        const struct body_statement *handler, const char *condition)
{
    const struct body_statement *block = handler->parent;
    const struct access *best = NULL;

    for (const struct body_statement *each = block->next; each && body_is_inside(each, block);
         each = each->next) {
        const GPtrArray *accesses = corpus_body_accesses(check->corpus, each);
        for (guint i = 0; accesses && i < accesses->len; i++) {
            const struct access *access = accesses->pdata[i];
            enum exposure exposure = exposure_of(access), most = best ? exposure_of(best) : 0;
            if (access_handler(access, condition) == handler &&
                (exposure > most ||
                 (best && exposure == most && window_compares(access) && !window_compares(best))))
                best = access;
        }
    }
    return best;
}

static bool catches_others(const struct body_statement *handler)
{
    return g_strv_contains((const char *const *)handler->conditions, "others");
}

static void report_handler(struct check *check, const struct body_statement *handler,
                           const struct access *access, const char *state, unsigned weaker)
{
    struct finding *finding =
        report(check, handler->span, "%s swallowed: COMMIT succeeds without %s %s", state,
               access_verb(access), access_relation_name(access));

    while (weaker-- > 0)
        finding_weaken(finding);
    finding_label(check, finding, "goes on after the error, and what the block did is undone");
    finding_related(check, finding, handler->parent->span, "rolled back to here");
    if (catches_others(handler))
        finding_help(check, finding,
                     "name the conditions that are expected, as unique_violation, "
                     "instead of OTHERS");
    finding_help(check, finding,
                 "or let the handler end with RAISE; so that the client rolls back and retries");
    if (strcmp(state, "40001") == 0)
        finding_help(check, finding,
                     "retry belongs to the client anyway: a failure at COMMIT meets no handler");
}

static void check_handler(struct check *check, const struct code *code,
                          const struct body_statement *handler)
{
    enum handler_end end = handler_end(handler);
    const struct access *access = find_access(check, handler, "serialization_failure");
    enum exposure exposure = access ? exposure_of(access) : EXPOSED_NOT;
    bool others = catches_others(handler);
    bool tells = end == HANDLER_TELLS && !(code->routine && code->routine->returns_trigger);

    if (end >= HANDLER_TRANSLATE || handler_retries(handler))
        return; /* the second is told by retry-loop-inside-transaction */
    if (exposure >= EXPOSED_TO_UNKNOWN) {
        bool assumed = exposure == EXPOSED_TO_UNKNOWN && others;
        report_handler(check, handler, access, "40001",
                       tells + assumed + (assumed && !window_compares(access)));
        return;
    }
    access = find_access(check, handler, "deadlock_detected");
    if (access)
        report_handler(check, handler, access, "40P01", 1 + tells + others);
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
    .predicts = {"no-op"},
    .check_body = check_body,
};
