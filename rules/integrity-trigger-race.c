#include "lint/rule.h"

/* Who changes what the trigger reads may have no part in the row for which it is run, so that the wait
 * for that row is no guard. */
static bool is_candidate(const struct check *check, const struct access *read,
                         const struct routine *routine)
{
    return read->kind == ACCESS_READ && !access_is_exempt(read) && !read->inner &&
           !guard_locks_out(read) && read->body && body_raises_on(read->body) &&
           trigger_check_can_race(check->catalog, check->corpus, routine, read);
}

static struct finding *report_race(struct check *check, const struct access *read)
{
    bool wanted = trigger_wants_row(read);
    struct finding *finding = report_access(
        check, read,
        wanted
            ? "the check of this trigger can be bypassed: the row of %s may be deleted or changed "
              "at the same time"
            : "the check of this trigger can be bypassed: it does not see uncommitted rows of %s",
        access_relation_name(read));

    finding_label(check, finding, "does not see uncommitted changes of other transactions");
    if (wanted && !trigger_asks_of_row(read))
        finding->severity = SEVERITY_NOTE;
    if (wanted)
        finding_help(check, finding,
                     "lock the row that must be there: PERFORM … FOR SHARE, then IF NOT FOUND");
    else
        advise_trigger_check(check, finding, read);
    return finding;
}

/* INSERTs that are seen are reported by count-then-insert. */
static void check_number(struct check *check, const struct access *read, const char *column)
{
    const char *table = access_relation_name(read);
    const struct index *key = relation_key_with(read->relation, column, KEY_OF_COLUMNS);
    struct finding *finding = report_access(
        check, read,
        key ? "an INSERT into %s can fail with 23505: this trigger can give two rows the same %s"
            : "this trigger can give two rows of %s the same %s: it does not see uncommitted ones",
        table, column);
    finding_predicts(finding, key ? "23505" : "phantom");
    if (key)
        finding->severity = SEVERITY_NOTE;
    finding_label(check, finding, "two INSERTs at the same time read the same number");
    finding_help(check, finding,
                 "number the rows with a sequence or an identity column, or lock a row that all "
                 "INSERTs have in common before: SELECT … FOR NO KEY UPDATE");
}

/* The trigger by which the read has come in; NULL without. */
static const struct via *trigger_of(const struct access *read)
{
    const struct via *via = read->via;

    while (via && via->kind != VIA_TRIGGER)
        via = via->outer;
    return via;
}

/* One that is set off by what the function of another one writes is checked as its own. */
static bool is_of_other_trigger(const struct access *read)
{
    return trigger_of(read) && trigger_of(read)->script->linted;
}

/* The trigger belongs to a schema that is read for the catalog alone, so that the finding is where
 * it is set off. */
static bool is_of_schema(const struct access *read)
{
    return trigger_of(read) && !trigger_of(read)->script->linted;
}

static void check_trigger(struct check *check, const struct transaction *run)
{
    for (const struct access *read = run->accesses; read; read = read->next) {
        const char *column = trigger_numbers(check->catalog, check->corpus, run->routine, read);
        if (column && !is_of_other_trigger(read) && !guard_locks_out(read))
            check_number(check, read, column);
    }
    for (const struct access *read = run->accesses; read; read = read->next) {
        if (is_of_other_trigger(read) || !is_candidate(check, read, run->routine))
            continue;
        struct finding *finding = report_race(check, read);
        if (!read->via || read->via->script == check->script)
            finding_related(check, finding, body_raises_on(read->body)->span,
                            "is not raised when two transactions run at the same time");
        return;
    }
}

static void check_transaction(struct check *check, const struct transaction *transaction)
{
    for (const struct access *read = transaction->accesses; read; read = read->next) {
        if (!is_of_schema(read) || !is_candidate(check, read, NULL))
            continue;
        finding_level(check, report_race(check, read), transaction);
        return;
    }
}

const struct rule rule_integrity_trigger_race = {
    .name = "integrity-trigger-race",
    .group = "anomaly",
    .summary =
        "A trigger checks other rows, but two concurrent transactions do not see each other's rows",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"write-skew", "phantom", "23505"},
    .needs_opponent = true,
    .levels = AT_READ_COMMITTED | AT_REPEATABLE_READ,
    .check_trigger = check_trigger,
    .kinds = 1U << ACCESS_READ,
    .check_transaction = check_transaction,
};
