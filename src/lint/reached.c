/* What the machine comes to and no rule explains is reported by the general rules. */
#include <string.h>

#include "lint/lint.h"
#include "lint/registry.h"
#include "lint/rule.h"
#include "lint/verify.h"
#include "trial/trial.h"

static bool yields_to(const struct finding *finding, const struct rule *rule)
{
    for (size_t i = 0; i < G_N_ELEMENTS(finding->rule->yields) && finding->rule->yields[i]; i++) {
        if (strcmp(finding->rule->yields[i], rule->name) == 0)
            return true;
    }
    return false;
}

/* Of each transaction of the script: what is explained, struct transaction → bits, by those who have
 * more to say about it than the rule. A deadlock of three programs does not explain one of two. */
static GHashTable *collect_explained(const struct finding *findings, const struct rule *rule)
{
    GHashTable *explained = g_hash_table_new(NULL, NULL);

    for (const struct finding *each = findings; each; each = each->next) {
        unsigned outcomes = finding_reaches(each);
        if (!each->transaction || !outcomes || yields_to(each, rule) ||
            (each->rule == rule && each->beyond_machine))
            continue;
        outcomes |= GPOINTER_TO_UINT(g_hash_table_lookup(explained, each->transaction));
        g_hash_table_insert(explained, (gpointer)each->transaction, GUINT_TO_POINTER(outcomes));
    }
    return explained;
}

/* Whether the UPDATE may bring rows under a key that is of some rows alone. */
static bool enters_key(const struct access *update)
{
    for (const struct index *key = relation_keys(update->relation, 0); key;
         key = relation_key_after(key, 0)) {
        for (const struct condition *each = key->predicate; each; each = each->next) {
            const char *column = term_by_text(each).column;
            if (column && access_assigns(update, column))
                return true;
        }
    }
    return false;
}

static bool changes_key(const struct access *access)
{
    if (access->kind == ACCESS_INSERT)
        return access_may_meet_key(access) == ANSWER_YES;
    return access->kind == ACCESS_UPDATE && (access_assigns_key(access, 0) || enters_key(access));
}

/* Something else that the transaction does with the table, which may have made sure that the key is
 * free; or what it has read elsewhere may be the key, as the next number of a counter is. */
static bool looks_before(const struct access *write)
{
    for (const struct access *each = access_first_peer(write); each;
         each = access_next_peer(each)) {
        if (each != write && access_same_relation(each, write) && !access_is_of_foreign_key(each))
            return true;
    }
    return write->kind == ACCESS_UPDATE || write->rest->data;
}

static bool takes_lock(const struct access *access)
{
    return access_row_lock(access) != LOCK_NONE || access->kind == ACCESS_INSERT ||
           access->kind == ACCESS_TABLE_LOCK;
}

/* It can wait while it holds something: that takes two locks. Keys that are computed may come in an
 * order that all programs keep: least(a, b). The rows of foreign keys go with the one that is named. */
static bool may_deadlock(const struct transaction *transaction)
{
    unsigned count = 0;

    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (access_row_lock(each) != LOCK_NONE && !access_is_of_foreign_key(each) && each->computed)
            return false;
        count += takes_lock(each);
    }
    for (const struct side_effect *call = transaction->calls; call; call = call->next)
        count += call->call && call_is_advisory_lock(call->call);
    return count > 1;
}

/* What may come of it, as far as one can see without a run. What ends in ROLLBACK has locks until
 * then, and leaves nothing. */
static unsigned possible_outcomes(const struct transaction *transaction)
{
    unsigned possible = 0;

    if (transaction->kind != TRANSACTION_STATEMENT && transaction_level(transaction) > 0)
        possible |= REACHED_ANOMALY;
    if (transaction->kind != TRANSACTION_STATEMENT && transaction->kind != TRANSACTION_SENT &&
        may_deadlock(transaction))
        possible |= REACHED_DEADLOCK;
    for (const struct access *access = transaction->accesses; access; access = access->next)
        possible |= changes_key(access) && looks_before(access) ? REACHED_UNIQUE : 0;
    return transaction_is_undone(transaction) ? possible & REACHED_DEADLOCK : possible;
}

static bool comes_before(const struct transaction *a, const struct transaction *b)
{
    int paths = strcmp(a->script->path, b->script->path);

    return paths ? paths < 0 : transaction_span(a).start < transaction_span(b).start;
}

static bool deadlocks_with(const struct corpus *corpus, const struct transaction *transaction,
                           const struct transaction *other)
{
    const struct deadlock *deadlock = deadlock_of(corpus, transaction);

    while (deadlock && deadlock->other != other)
        deadlock = deadlock->next;
    return deadlock;
}

/* Whether a deadlock is found from there as well: in which contents it is looked for depends on the
 * order of the two. */
static bool is_found_there(const struct corpus *corpus, const struct transaction *other)
{
    struct reached there = {0};
    bool found = trial_reach(corpus, other, REACHED_DEADLOCK, &there);

    g_free(there.start);
    return found;
}

/* An anomaly and a deadlock are those of both: they are reported where the first of them is, but what
 * one reads at different times where it is read. */
static bool is_reported_there(const struct corpus *corpus, const struct reached *reached)
{
    const struct transaction *this = reached->runs[0], *other = reached->runs[1];

    if (reached->outcome == REACHED_UNIQUE || !other->script->linted)
        return false;
    if (reached->outcome == REACHED_DEADLOCK && deadlocks_with(corpus, other, this))
        return true;
    if (reached->outcome == REACHED_ANOMALY && transaction_only_inserts(this))
        return true;
    if (!(possible_outcomes(other) & reached->outcome))
        return false;
    if (reached->outcome == REACHED_ANOMALY &&
        transaction_reads_apart(this) != transaction_reads_apart(other))
        return transaction_reads_apart(other);
    return comes_before(other, this) &&
           (reached->outcome != REACHED_DEADLOCK || is_found_there(corpus, other));
}

/* A program that ends the searches of several rules is one. */
static void note_limits(const struct check *check, GHashTable *limited,
                        const struct transaction *transaction, unsigned limits)
{
    if (limits == 0)
        return;
    unsigned before = GPOINTER_TO_UINT(g_hash_table_lookup(limited, transaction));

    for (int i = 0; i < LIMIT_KINDS; i++) {
        if (limits & ~before & 1U << i)
            limit_reached(check->corpus->limits, i);
    }
    if (limits & ~before)
        g_hash_table_insert(limited, (gpointer)transaction, GUINT_TO_POINTER(before | limits));
}

/* A transaction that something may come of. */
struct candidate {
    const struct transaction *transaction;
    unsigned possible;
};

/* Freed by the caller. */
static GArray *find_candidates(const struct check *check)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(struct candidate));

    for (const struct transaction *each = check->script->transactions; each; each = each->next) {
        if (!corpus_has_opponent(check->corpus, each))
            continue;
        struct candidate candidate = {each, possible_outcomes(each)};
        if (candidate.possible)
            g_array_append_val(found, candidate);
    }
    return found;
}

static void reach(struct check *check, const struct transaction *transaction, unsigned wanted,
                  GHashTable *limited)
{
    struct reached reached = {0};
    if (trial_reach(check->corpus, transaction, wanted, &reached) &&
        !is_reported_there(check->corpus, &reached))
        check->rule->check_reached(check, &reached);
    note_limits(check, limited, transaction, reached.limits);
    g_free(reached.start);
}

/* ------------------------------------------------------------------ what deserves a warning */

static bool foretells(const struct finding *finding, const char *what)
{
    if (finding->predicts)
        return strcmp(finding->predicts, what) == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(finding->rule->predicts) && finding->rule->predicts[i];
         i++) {
        if (strcmp(finding->rule->predicts[i], what) == 0)
            return true;
    }
    return false;
}

/* Whether the finding names what has been reached, and not another anomaly. */
static bool names(const struct finding *finding, const struct reached *reached)
{
    static const char *const anomalies[] = {[ANOMALY_READ_SKEW] = "read-skew",
                                            [ANOMALY_LOST_UPDATE] = "lost-update",
                                            [ANOMALY_WRITE_SKEW] = "write-skew"};

    if (reached->outcome == REACHED_DEADLOCK)
        return foretells(finding, "40P01") && !finding->rule->by_row;
    if (reached->outcome == REACHED_UNIQUE)
        return foretells(finding, "23505");
    return foretells(finding, anomalies[reached->anomaly]) ||
           (finding->rule->check_structure && !finding->predicts); /* whatever comes of it */
}

/* Bits of what findings of one transaction foretell: as a note, and as more. */
enum { GRAVER = 8 };

_Static_assert(REACHED_DEADLOCK < 1 << GRAVER, "room for all outcomes");

static void add_foretold(GHashTable *foretold, const struct finding *finding)
{
    unsigned bits = finding_reaches(finding);
    gpointer key = (gpointer)finding->transaction;

    if (finding->severity > SEVERITY_NOTE)
        bits <<= GRAVER;
    bits |= GPOINTER_TO_UINT(g_hash_table_lookup(foretold, key));
    g_hash_table_insert(foretold, key, GUINT_TO_POINTER(bits));
}

/* What is foretold of each transaction. A finding about the order of rows within a statement speaks
 * of another deadlock. */
static GHashTable *collect_foretold(const struct finding *findings)
{
    GHashTable *foretold = g_hash_table_new(NULL, NULL);

    for (; findings; findings = findings->next) {
        if (findings->transaction && !findings->rule->by_row)
            add_foretold(foretold, findings);
    }
    return foretold;
}

/* Whether a finding of the transaction foretells the outcome, and none of these is more than a
 * note. */
static bool has_note(GHashTable *foretold, const struct transaction *transaction, unsigned outcome)
{
    unsigned bits = GPOINTER_TO_UINT(g_hash_table_lookup(foretold, transaction));

    return bits & outcome && !(bits >> GRAVER & outcome);
}

/* Whether a rule about few accesses has found the anomaly, whatever it calls that: a check that is
 * out of date can be a wrong read and no more, but not the other way round. */
static bool explains(const struct finding *finding, const struct reached *reached)
{
    return finding_reaches(finding) & reached->outcome && !finding->rule->check_structure &&
           !finding->rule->beyond_machine &&
           (reached->anomaly == ANOMALY_READ_SKEW || !foretells(finding, "read-skew"));
}

/* Returns false when no finding explains it. */
static bool strengthen(struct check *check, struct finding *findings, const struct reached *reached,
                       GHashTable *foretold)
{
    bool explained = false;

    for (; findings; findings = findings->next) {
        if (findings->transaction != reached->runs[0])
            continue;
        explained |= explains(findings, reached);
        if (names(findings, reached))
            break;
    }
    if (!findings)
        return explained;
    findings->severity = SEVERITY_WARNING;
    if (!findings->rule->by_row)
        add_foretold(foretold, findings);
    if (!findings->witness)
        finding_reached(check, findings, reached);
    return true;
}

/* Where the graph has found a structure of this transaction and none of the other one, the search from
 * there has left the anomaly to this one. */
static bool is_left_here(const struct corpus *corpus, const struct reached *reached)
{
    return graph_structure(corpus, reached->runs[0]) && !graph_structure(corpus, reached->runs[1]);
}

/* Another anomaly than the notes name is reported by the general rule, in the place of its own
 * notes. */
static void report_instead(struct check *check, const struct selection *selection,
                           struct finding **findings, const struct reached *reached)
{
    struct finding **end = findings;
    size_t at = 0;

    while (!(rule_entries[at].rule->reaches & reached->outcome))
        at++;
    if (!selection->on[at] ||
        (is_reported_there(check->corpus, reached) && !is_left_here(check->corpus, reached)))
        return;
    while (*end)
        end = &(*end)->next;
    check->findings_end = end;
    check->rule = rule_entries[at].rule;
    check->rule->check_reached(check, reached);
    for (const struct finding *reported = *end; reported && *findings != reported;) {
        if ((*findings)->rule == check->rule && (*findings)->transaction == reached->runs[0])
            *findings = (*findings)->next;
        else
            findings = &(*findings)->next;
    }
}

/* What is a note is a warning where no parameter, and so no luck, decides whether it comes to that. */
static void strengthen_note(struct check *check, const struct selection *selection,
                            const struct transaction *transaction, struct finding **findings,
                            unsigned outcome, GHashTable *limited, GHashTable *foretold)
{
    struct reached reached = {0};

    if (has_note(foretold, transaction, outcome) &&
        trial_reach_certain(check->corpus, transaction, outcome, &reached) &&
        !strengthen(check, *findings, &reached, foretold))
        report_instead(check, selection, findings, &reached);
    note_limits(check, limited, transaction, reached.limits);
    g_free(reached.start);
}

static void strengthen_notes(struct check *check, const struct selection *selection,
                             struct finding **findings, GHashTable *limited)
{
    g_autoptr(GHashTable) foretold = collect_foretold(*findings);

    for (const struct transaction *each = check->script->transactions; each; each = each->next) {
        if (!g_hash_table_contains(foretold, each) || !corpus_has_opponent(check->corpus, each))
            continue;
        if (!transaction_is_undone(each)) {
            strengthen_note(check, selection, each, findings, REACHED_ANOMALY, limited, foretold);
            strengthen_note(check, selection, each, findings, REACHED_UNIQUE, limited, foretold);
        }
        if (!each->retried)
            strengthen_note(check, selection, each, findings, REACHED_DEADLOCK, limited, foretold);
    }
}

void report_reached(struct check *check, const struct selection *selection,
                    struct finding **findings)
{
    g_autoptr(GHashTable) limited = g_hash_table_new(NULL, NULL);
    g_autoptr(GArray) candidates = find_candidates(check);

    check->findings_end = findings;
    while (*check->findings_end)
        check->findings_end = &(*check->findings_end)->next;
    for (size_t i = 0; i < rule_entry_count && candidates->len > 0; i++) {
        check->rule = rule_entries[i].rule;
        if (!selection->on[i] || !check->rule->check_reached)
            continue;
        g_autoptr(GHashTable) explained = collect_explained(*findings, check->rule);
        for (guint j = 0; j < candidates->len; j++) {
            const struct candidate *each = &g_array_index(candidates, struct candidate, j);
            unsigned known = GPOINTER_TO_UINT(g_hash_table_lookup(explained, each->transaction));
            unsigned wanted = check->rule->reaches & each->possible & ~known;
            if (wanted)
                reach(check, each->transaction, wanted, limited);
        }
    }
    if (*findings)
        strengthen_notes(check, selection, findings, limited);
}
