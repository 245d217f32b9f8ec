#include "lint/verify.h"

#include <string.h>

#include "lint/rule.h"
#include "trial/trial.h"

static const struct {
    const char *prediction;
    unsigned outcome;
} outcomes[] = {
    {"40001", 1 << FAIL_SERIALIZATION},
    {"40P01", 1 << FAIL_DEADLOCK},
    {"23505", 1 << FAIL_UNIQUE},
    {"lost-update", ANOMALOUS},
    {"write-skew", ANOMALOUS},
    {"read-skew", ANOMALOUS},
    {"phantom", ANOMALOUS},
    {"stale-read", ANOMALOUS},
};

static unsigned outcome_of(const char *prediction)
{
    for (size_t i = 0; i < G_N_ELEMENTS(outcomes); i++) {
        if (strcmp(outcomes[i].prediction, prediction) == 0)
            return outcomes[i].outcome;
    }
    return 0;
}

static unsigned to_reached(unsigned found)
{
    return (found & 1U << FAIL_UNIQUE ? REACHED_UNIQUE : 0) |
           (found & 1U << FAIL_DEADLOCK ? REACHED_DEADLOCK : 0) |
           (found & ANOMALOUS ? REACHED_ANOMALY : 0);
}

unsigned rule_reaches(const struct rule *rule)
{
    unsigned found = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(rule->predicts) && rule->predicts[i]; i++)
        found |= outcome_of(rule->predicts[i]);
    return to_reached(found);
}

unsigned finding_reaches(const struct finding *finding)
{
    return finding->predicts ? to_reached(outcome_of(finding->predicts))
                             : rule_reaches(finding->rule);
}

/* What the finding foretells; 0 when that is no matter of the machine, or not of it alone. */
static unsigned claims_of(const struct finding *finding)
{
    const struct rule *rule = finding->rule;
    unsigned claims = 0;

    if (!finding->transaction || rule->beyond_machine || finding->beyond_machine)
        return 0;
    if (finding->predicts)
        return outcome_of(finding->predicts);
    for (size_t i = 0; i < G_N_ELEMENTS(rule->predicts) && rule->predicts[i]; i++) {
        unsigned outcome = outcome_of(rule->predicts[i]);
        if (!outcome && strcmp(rule->predicts[i], "performance") != 0)
            return 0;
        if (outcome)
            claims |= rule->by_row ? DEADLOCK_BY_ROW : outcome;
    }
    return claims;
}

/* What is claimed of each transaction: struct transaction → bits. */
static GHashTable *collect_claims(const struct finding *findings)
{
    GHashTable *claims = g_hash_table_new(NULL, NULL);

    for (const struct finding *each = findings; each; each = each->next) {
        unsigned wanted = claims_of(each);
        if (wanted) {
            wanted |= GPOINTER_TO_UINT(g_hash_table_lookup(claims, each->transaction));
            g_hash_table_insert(claims, (gpointer)each->transaction, GUINT_TO_POINTER(wanted));
        }
    }
    return claims;
}

static unsigned refute(const struct corpus *corpus, const struct transaction *transaction,
                       unsigned wanted, bool *cut)
{
    struct verdict verdict =
        trial_judge(corpus, transaction, wanted, graph_structure(corpus, transaction));

    *cut = verdict.cut;
    return verdict.decided ? wanted & ~verdict.outcomes : 0;
}

bool check_refutes(const struct check *check, const struct transaction *transaction,
                   const char *prediction)
{
    bool cut;

    return refute(check->corpus, transaction, outcome_of(prediction), &cut) != 0;
}

/* What was claimed of each and does not happen. */
static void judge_claims(GHashTable *claims, const struct corpus *corpus)
{
    GHashTableIter iter;
    gpointer transaction, wanted;

    g_hash_table_iter_init(&iter, claims);
    while (g_hash_table_iter_next(&iter, &transaction, &wanted)) {
        bool cut;
        unsigned refuted = refute(corpus, transaction, GPOINTER_TO_UINT(wanted), &cut);
        if (cut)
            limit_reached(corpus->limits, LIMIT_TRIAL);
        g_hash_table_iter_replace(&iter, GUINT_TO_POINTER(refuted));
    }
}

/* The one of the rule's predictions that has not been refuted; NULL: there are several. */
static const char *only_left(const struct rule *rule, unsigned refuted)
{
    const char *left = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(rule->predicts) && rule->predicts[i]; i++) {
        if (outcome_of(rule->predicts[i]) & refuted)
            continue;
        if (left)
            return NULL;
        left = rule->predicts[i];
    }
    return left;
}

struct finding *verify_findings(struct finding *findings, const struct corpus *corpus)
{
    g_autoptr(GHashTable) refuted = collect_claims(findings);

    judge_claims(refuted, corpus);
    for (struct finding **link = &findings; *link;) {
        unsigned claims = claims_of(*link);
        unsigned wrong =
            claims ? GPOINTER_TO_UINT(g_hash_table_lookup(refuted, (*link)->transaction)) : 0;
        if (claims && !(claims & ~wrong)) {
            *link = (*link)->next;
            continue;
        }
        if (claims & wrong)
            (*link)->predicts = only_left((*link)->rule, wrong);
        link = &(*link)->next;
    }
    return findings;
}
