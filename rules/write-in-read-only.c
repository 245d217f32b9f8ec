#include "lint/rule.h"

/* Without READ ONLY it is the standby that refuses: DDL of the inputs is run on the primary, and
 * row locks are reported by not-on-standby. */
static bool is_elsewhere(const struct refusal *refusal)
{
    if (refusal->access)
        return !refusal->access->read_only && refusal->access->kind == ACCESS_LOCK;
    return !refusal->effect && !refusal->step->read_only &&
           refusal->step->statement->kind == STATEMENT_DEFINE &&
           refusal->step->transaction->kind == TRANSACTION_STATEMENT;
}

static const char *hint_of(const struct refusal *refusal)
{
    const struct side_effect *effect = refusal->effect;

    if (effect && effect->call)
        return builtin_effect(effect->call->builtin) == EFFECT_LARGE_OBJECT_WRITE
                   ? NULL
                   : "move it out: advancing a sequence is a write";
    if (refusal->access)
        return refusal->access->kind == ACCESS_LOCK
                   ? "remove the lock or READ ONLY: a row lock is a write, even FOR KEY SHARE"
                   : NULL;
    if ((effect ? effect->statement : refusal->step->statement)->kind == STATEMENT_TRUNCATE)
        return "use DELETE: TRUNCATE is refused even for a temporary table";
    return "move DDL out: every DDL statement is refused, even CREATE TEMP TABLE and IF EXISTS "
           "without effect";
}

static struct finding *report_refusal(struct check *check, const struct refusal *refusal)
{
    static const char format[] = "this READ ONLY transaction refuses %s (25006)%s";
    const char *text = refusal_text(check, refusal);
    const char *when = refusal->conditional ? " if it is reached" : "";

    if (refusal->access)
        return report_access(check, refusal->access, format, text, when);
    return report(
        check, refusal->effect ? side_effect_span(refusal->effect) : refusal->step->statement->span,
        format, text, when);
}

static void check_refusal(struct check *check, const struct transaction *transaction,
                          const struct refusal *refusal, bool standby)
{
    const struct mode_state *mode = &transaction->modes->state[MODE_READ_ONLY];
    struct finding *finding = report_refusal(check, refusal);
    const char *hint = hint_of(refusal);

    if (refusal->conditional)
        finding_weaken(finding);
    const struct side_effect *effect = refusal->effect;
    if (effect && !effect->call && effect->via && effect->via->script == check->script)
        finding_related(check, finding, effect->body->span, "%s", effect->statement->verb);
    if (mode->value == 1 && mode->script == check->script && mode->provenance != FROM_OPTION)
        finding_related(check, finding, mode->span, "READ ONLY is set here");
    if (hint)
        finding_help(check, finding, "%s", hint);
    finding_help(check, finding,
                 standby ? "run it on the primary: a hot standby refuses it in any transaction"
                         : "move it out of this transaction, or remove READ ONLY");
}

/* Whether READ ONLY is in force anywhere in it: hardly ever, and then no step need be looked at. */
static bool is_ever_read_only(const struct transaction *transaction)
{
    const struct side_effect *const lists[] = {transaction->calls, transaction->hidden};
    bool found = false;

    for (size_t i = 0; i < transaction->step_count && !found; i++)
        found = transaction->steps[i].read_only;
    for (const struct access *each = transaction->accesses; each && !found; each = each->next)
        found = each->read_only;
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (const struct side_effect *each = lists[i]; each && !found; each = each->next)
            found = each->read_only;
    }
    return found;
}

static void check(struct check *check, const struct transaction *transaction)
{
    bool standby = check_on_standby(check);

    if (transaction_carries(transaction, MODE_READ_ONLY) || (standby && transaction->routine))
        return; /* the first is reported by chain-carries-modes */
    if (!standby && !is_ever_read_only(transaction))
        return;
    g_autofree struct refusal *refusals =
        refusals_find(transaction, standby, check->options->server_version);
    for (size_t i = 0; i < transaction->step_count; i++) {
        if (refusals[i].step && !is_elsewhere(&refusals[i]))
            check_refusal(check, transaction, &refusals[i], standby);
    }
}

const struct rule rule_write_in_read_only = {
    .name = "write-in-read-only",
    .group = "read-only",
    .summary = "A statement that a READ ONLY transaction refuses",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"25006"},
    .not_plain = true,
    .check_transaction = check,
};
