#include "lint/rule.h"

static void refused(struct check *check, const struct transaction *transaction, struct span span,
                    const char *verb, const char *object, const char *hint)
{
    const struct mode_state *mode = &transaction->modes->state[MODE_READ_ONLY];
    struct finding *finding = report(check, span, "25006 read-only transaction: %s%s%s is refused",
                                     verb, object ? " " : "", object ? object : "");

    if (mode->value == 1 && mode->script == check->script && mode->provenance != FROM_OPTION)
        finding_related(check, finding, mode->span, "READ ONLY is set here");
    if (hint)
        finding_help(check, finding, "%s", hint);
    finding_help(check, finding, "move it out of this transaction, or drop READ ONLY");
}

static const char *hint_of(const struct statement *statement)
{
    if (statement->kind == STATEMENT_TRUNCATE)
        return "TRUNCATE is refused even for a temporary table";
    if (statement->kind == STATEMENT_DEFINE)
        return "every DDL statement is refused: CREATE TEMP TABLE, and IF EXISTS without effect, "
               "as well";
    return NULL;
}

static void check_access(struct check *check, const struct transaction *transaction,
                         const struct access *access)
{
    if (!access->step->read_only || access_is_exempt(access) ||
        access->step->statement->flags & STATEMENT_REFUSED_READ_ONLY)
        return;
    if (access->kind == ACCESS_LOCK)
        refused(check, transaction, access_span(access), access_verb(access),
                access_relation_name(access), "a row lock is a write, FOR KEY SHARE as well");
    else if (access_is_write(access))
        refused(check, transaction, access_span(access), access_verb(access),
                access_relation_name(access), NULL);
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct step *step = &transaction->steps[i];
        if (step->read_only && step->statement->flags & STATEMENT_REFUSED_READ_ONLY)
            refused(check, transaction, step->statement->span, step->statement->verb, NULL,
                    hint_of(step->statement));
    }
    for (const struct access *access = transaction->accesses; access; access = access->next)
        check_access(check, transaction, access);
    for (const struct routine_call *call = transaction->calls; call; call = call->next) {
        enum effect effect = builtin_effect(call->call->builtin);
        bool large_object =
            effect == EFFECT_LARGE_OBJECT_WRITE && check->options->server_version >= 1600;
        if (call->step->read_only &&
            (effect == EFFECT_NEXTVAL || effect == EFFECT_SETVAL || large_object))
            refused(check, transaction, call->call->span, call->call->name, NULL,
                    large_object ? NULL : "advancing a sequence is a write");
    }
}

const struct rule rule_write_in_read_only = {
    .name = "write-in-read-only",
    .group = "read-only",
    .summary = "A statement that a READ ONLY transaction refuses",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"25006"},
    .check_transaction = check,
};
