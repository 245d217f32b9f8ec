#include "lint/rule.h"

/* The one step that reads or writes; SET LOCAL, SHOW and the like may stand beside it. */
static const struct step *only_step(const struct transaction *transaction)
{
    const struct step *found = NULL;

    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct step *step = &transaction->steps[i];
        if (!(step->statement->flags & STATEMENT_SNAPSHOT))
            continue;
        if (found || step->statement->kind != STATEMENT_QUERY || statement_ending(step->statement))
            return NULL;
        found = step;
    }
    return found;
}

/* A trigger, a rule or a view may do more than the statement says. */
static bool is_plain(const struct access *access)
{
    const struct relation *relation = access->relation;

    return !access->via && (!relation || (!relation->triggers && !relation->rewrite_rules));
}

enum shape {
    SHAPE_OTHER,
    SHAPE_READ,  /* one SELECT: one state at every level */
    SHAPE_WRITE, /* one write that is right at READ COMMITTED */
};

static enum shape shape_of(const struct transaction *transaction)
{
    const struct access *access = transaction->accesses;
    bool reads = false, writes = false;

    if (!only_step(transaction) || transaction->unknown || transaction->calls ||
        transaction->runs || transaction->uncertain)
        return SHAPE_OTHER;
    for (; access; access = access->next) {
        if (access_is_of_foreign_key(access))
            continue;
        if (!is_plain(access) || (access->kind != ACCESS_READ && !write_is_atomic(access)))
            return SHAPE_OTHER;
        reads |= access->kind == ACCESS_READ && !access_is_exempt(access);
        writes |= access->kind != ACCESS_READ;
    }
    return reads && !writes ? SHAPE_READ : writes && !reads ? SHAPE_WRITE : SHAPE_OTHER;
}

/* Another program at SERIALIZABLE counts on this one being so as well. */
static bool has_partner(const struct check *check, const struct transaction *transaction)
{
    for (const struct access *each = transaction->accesses; each; each = each->next) {
        const GPtrArray *others = corpus_accesses(check->corpus, each);
        for (guint i = 0; others && i < others->len; i++) {
            const struct transaction *other =
                ((const struct access *)others->pdata[i])->transaction;
            if (other != transaction && transaction_may_overlap(other, transaction) &&
                transaction_level(other) == LEVEL_SERIALIZABLE)
                return true;
        }
    }
    return false;
}

/* Under one snapshot a write fails when the row that it meets is newer. A plain INSERT meets none. A
 * SELECT fails by what others do at SERIALIZABLE, and they are not there. */
static bool can_fail(const struct transaction *transaction, enum shape shape)
{
    if (transaction_level(transaction) == LEVEL_SERIALIZABLE)
        return shape == SHAPE_WRITE;
    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (each->kind == ACCESS_UPDATE ||
            (each->kind == ACCESS_INSERT && each->query->write->conflict != CONFLICT_ERROR))
            return true;
    }
    return false;
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct mode_state *state = &transaction->modes->state[MODE_ISOLATION];
    bool serializable = transaction_level(transaction) == LEVEL_SERIALIZABLE;
    enum shape shape = shape_of(transaction);

    if (state->provenance != FROM_EXPLICIT || shape == SHAPE_OTHER ||
        transaction_is_chained(transaction) || check->options->all_serializable ||
        graph_involves(check->corpus, transaction) ||
        (serializable && (has_partner(check, transaction) || transaction_deferrable(transaction))))
        return;
    bool fails = can_fail(transaction, shape) && !check_refutes(check, transaction, "40001");
    const struct statement *statement = only_step(transaction)->statement;
    struct finding *finding =
        report(check, transaction_span(transaction),
               fails ? "a single %s can fail with 40001 at %s" : "a single %s does not need %s",
               statement->verb, isolation_level_name(transaction_level(transaction)));
    finding_predicts(finding, fails ? "40001" : "no-op");
    finding_label(check, finding, "READ COMMITTED is enough");
    finding_related(check, finding, statement->span,
                    shape == SHAPE_READ ? "sees one state at every level"
                                        : "would wait at READ COMMITTED");
    finding_help(check, finding, "use READ COMMITTED%s",
                 serializable ? ", unless SERIALIZABLE programs use these tables as well" : "");
    if (transaction->begin && span_contains(transaction->begin->span, state->span.start))
        finding_edit(check, finding, state->span, "ISOLATION LEVEL READ COMMITTED", false);
}

const struct rule rule_unnecessary_isolation_level = {
    .name = "unnecessary-isolation-level",
    .group = "declaration",
    .summary = "A single statement runs at REPEATABLE READ or SERIALIZABLE without need",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40001", "no-op"},
    .levels = AT_ONE_SNAPSHOT,
    .blocks_only = true,
    .check_transaction = check,
};
