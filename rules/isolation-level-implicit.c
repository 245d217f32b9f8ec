#include "lint/rule.h"

/* At least two statements with a write among them: one alone has one snapshot at every level. */
static bool level_matters(const struct transaction *transaction)
{
    const struct access *first = NULL;
    bool writes = false, several = false;

    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access_is_exempt(access) || access_is_of_foreign_key(access))
            continue;
        writes |= access_is_write(access);
        several |= first && !access_same_statement(access, first);
        first = first ? first : access;
    }
    return writes && several;
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct mode_state *level = &transaction->modes->state[MODE_ISOLATION];
    const struct statement *begin = transaction->begin;
    bool outside = level->provenance == FROM_PERSISTENT || level->provenance == FROM_OPTION;
    bool surprising = outside && level->value != LEVEL_READ_COMMITTED;

    if (transaction->kind != TRANSACTION_BLOCK || level->provenance == FROM_EXPLICIT ||
        !(surprising || check->options->require_level) || !level_matters(transaction))
        return;
    struct finding *finding;
    if (level->value == MODE_UNKNOWN)
        finding =
            report(check, transaction_span(transaction),
                   "the level of this transaction is not certain: two settings of it disagree");
    else
        finding =
            report(check, transaction_span(transaction), "this transaction is %s only because %s",
                   isolation_level_name(transaction_level(transaction)),
                   level->provenance == FROM_SERVER       ? "that is the default of the server"
                   : level->provenance == FROM_OPTION     ? "the connection says so"
                   : level->provenance == FROM_PERSISTENT ? "a stored setting says so"
                                                          : "the session says so");
    finding_label(check, finding, "names no level");
    finding_level(check, finding, transaction);
    if (level->value == MODE_UNKNOWN)
        finding_help(check, finding, "name the level in BEGIN");
    else
        finding_help(check, finding, "name the level: BEGIN ISOLATION LEVEL %s",
                     isolation_level_name(transaction_level(transaction)));
    if (level->value != MODE_UNKNOWN && begin && begin->kind == STATEMENT_BEGIN)
        finding_add_modes(check, finding, begin, mode_text(&(struct mode){.value = level->asked}),
                          false); /* the level comes from elsewhere, and may be another one there */
}

const struct rule rule_isolation_level_implicit = {
    .name = "isolation-level-implicit",
    .group = "declaration",
    .summary = "A transaction runs at a level that its SQL does not name",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_VERY_HIGH,
    .blocks_only = true,
    .check_transaction = check,
};
