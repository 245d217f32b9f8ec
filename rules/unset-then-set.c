#include "lint/rule.h"
#include "search/sole-state.h"

/* For all of a group that it names, not only for those that other tables pick. */
static bool is_unset(const struct access *update)
{
    const struct query *query = update->query;

    return access_rows(update) < ROWS_POINTS && !access_is_of_foreign_key(update) && query &&
           query->ranges && !query->ranges->next && !query->inner && takes_state(update);
}

static bool is_one_row(const struct access *set)
{
    const struct write *write = set->query ? set->query->write : NULL;

    if (set->kind == ACCESS_UPDATE)
        return access_rows(set) >= ROWS_POINTS;
    return write && !write->many_rows && !access_is_upsert(set);
}

static bool is_pair(const struct check *check, const struct access *unset, const struct access *set)
{
    struct sole_state state;

    (void)check;
    return is_one_row(set) && access_same_relation(unset, set) &&
           !access_same_statement(unset, set) && via_same_call(unset->via, set->via) &&
           finds_sole_state(unset, set, &state) && !binding_must_meet(set, set) &&
           !guard_serializes(unset);
}

static void advise(struct check *check, struct finding *finding, const struct access *unset,
                   const char *state)
{
    advise_queue(check, finding, unset);
    finding_help(
        check, finding,
        "or add a unique index over what only one row may have, WHERE %s, and retry on 23505",
        state);
}

static void check_pair(struct check *check, const struct access *unset, const struct access *set)
{
    struct sole_state found;

    if (!finds_sole_state(unset, set, &found))
        return;
    g_autofree char *state = sole_state_sql(&found);
    struct finding *finding = report_access(
        check, set,
        "%s %s can leave two rows with %s: the UPDATE before it does not see the row of another run",
        access_verb(set), access_relation_name(set), state);

    finding_label(check, finding, "two runs at the same time both set their row");
    finding_related_access(check, finding, unset,
                           "misses a row that another run has not committed yet");
    finding_level(check, finding, set->transaction);
    advise(check, finding, unset, state);
}

static void check_trigger(struct check *check, const struct transaction *run)
{
    for (const struct access *unset = run->accesses; unset; unset = unset->next) {
        struct sole_state found;
        if (unset->kind != ACCESS_UPDATE || unset->via || !is_unset(unset) ||
            !finds_sole_state_of_new(check->catalog, run->routine, unset, &found) ||
            guard_serializes(unset))
            continue;
        g_autofree char *state = sole_state_sql(&found);
        struct finding *finding = report_access(
            check, unset,
            "this trigger can leave two rows of %s with %s: its UPDATE does not see uncommitted ones",
            access_relation_name(unset), state);
        finding_label(check, finding, "misses a row that another transaction inserts");
        advise(check, finding, unset, state);
    }
}

const struct rule rule_unset_then_set = {
    .name = "unset-then-set",
    .group = "anomaly",
    .summary = "A state is taken from the row that has it and given to another one: two runs leave "
               "two rows with it",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"write-skew"},
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_READ_COMMITTED,
    .reads = 1U << ACCESS_UPDATE,
    .writes = 1U << ACCESS_INSERT | 1U << ACCESS_UPDATE,
    .is_read = is_unset,
    .is_pair = is_pair,
    .check_pair = check_pair,
    .check_trigger = check_trigger,
};
