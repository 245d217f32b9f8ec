/* How often isolint is right about random pairs of programs: what it claims is held against the
 * machine, which test-random holds against the server. A claim is true when any of six contents of
 * the tables makes it so, in two runs of one program or one run of each, or in three runs.
 *
 *   build/tests/server/measure-random FIRST COUNT [FEATURES [SHOW]]
 *
 * With LOWEST=warning in the environment notes do not count as claims.
 * SHOW is an outcome, "40P01": pairs about which isolint is wrong are printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conflict/explore.h"
#include "server/predict.h"
#include "server/random/generate.h"

enum {
    CONTENTS = 6,
    MORE_CONTENTS = 40, /* for a claim that these do not show */
    PAIR_STEPS = 20000,
    TRIPLE_STEPS = 300000,
};

enum { ANOMALY = FAILURES, OUTCOMES };

static const enum failure counted[] = {FAIL_SERIALIZATION, FAIL_DEADLOCK, FAIL_UNIQUE,
                                       (enum failure)ANOMALY};

struct score {
    unsigned right, wrong, missed, silent;
};

static struct score scores[4][OUTCOMES]; /* by level, and for mixed ones */
static const char *shown;
static enum severity lowest = SEVERITY_NOTE;

static const char *name_of(unsigned outcome)
{
    return outcome == ANOMALY ? "anomaly" : failure_state((enum failure)outcome);
}

/* A key that is taken when they run one after the other is no race. */
static unsigned bits_of(const struct outcomes *outcomes)
{
    return (outcomes->failures & ~outcomes->serial) | (outcomes->anomalous ? 1U << ANOMALY : 0);
}

/* Values that the first contents do not have, where no foreign key depends on them: the programs ask
 * for some that are greater than all of these. */
static void widen(struct world *world, uint64_t seed)
{
    for (unsigned i = 0; i < world->row_count && seed % 2; i++) {
        if (world->foreign_key_count == 0)
            world->rows[i].values[0]++;
        world->rows[i].values[2] = (int16_t)(world->rows[i].values[2] + seed / 2 % 3 * i);
    }
}

/* What these runs of the pair's programs (0 or 1) can come to. */
static unsigned explore_runs(const struct pair *pair, uint64_t seed, const unsigned *runs,
                             unsigned count, unsigned contents, unsigned steps)
{
    const struct program *programs[WORLD_RUNS];
    unsigned found = 0;

    for (unsigned i = 0; i < count; i++)
        programs[i] = &pair->programs[runs[i]];
    for (unsigned i = 0; i < contents; i++) {
        struct world world = pair->world;
        struct outcomes outcomes = {0};
        if (i > 0)
            generate_rows(&world, seed * MORE_CONTENTS + i);
        if (i >= CONTENTS)
            widen(&world, seed + i);
        explore_all(&world, programs, count, steps, &outcomes);
        found |= bits_of(&outcomes);
    }
    return found;
}

static unsigned truth_of(const struct pair *pair, uint64_t seed, unsigned contents)
{
    static const unsigned runs[][2] = {{0, 1}, {0, 0}, {1, 1}};
    unsigned found = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(runs); i++)
        found |= explore_runs(pair, seed, runs[i], 2, contents, PAIR_STEPS);
    return found;
}

static unsigned truth_of_three(const struct pair *pair, uint64_t seed)
{
    static const unsigned runs[][3] = {{0, 0, 1}, {0, 1, 1}};
    unsigned found = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(runs); i++)
        found |= explore_runs(pair, seed, runs[i], 3, MORE_CONTENTS / 2, TRIPLE_STEPS);
    return found;
}

static char *schedule_of(const struct pair *pair)
{
    g_autofree char *tables = render_schema(pair);
    g_autofree char *a = render_program(pair, 0), *b = render_program(pair, 1);

    return g_strdup_printf("%s-- session A\n%s-- session B\n%s", tables, a, b);
}

static const char *claim_of(GHashTable *claims, unsigned outcome)
{
    static const char *const anomalies[] = {"lost-update", "write-skew", "read-skew", "phantom",
                                            "stale-read"};
    const char *found = NULL;

    if (outcome != ANOMALY)
        return g_hash_table_lookup(claims, failure_state((enum failure)outcome));
    for (unsigned i = 0; i < G_N_ELEMENTS(anomalies) && !found; i++)
        found = g_hash_table_lookup(claims, anomalies[i]);
    return found;
}

static unsigned level_of(const struct pair *pair)
{
    enum isolation_level level = pair->programs[0].level;

    return level != pair->programs[1].level ? 3 : (unsigned)(level - LEVEL_READ_COMMITTED);
}

static void add(struct score *score, bool claimed, bool is_true)
{
    score->right += claimed && is_true;
    score->wrong += claimed && !is_true;
    score->missed += !claimed && is_true;
    score->silent += !claimed && !is_true;
}

static void measure(uint64_t seed, unsigned features)
{
    struct pair pair;

    generate_pair(&pair, seed, features);
    g_autofree char *text = schedule_of(&pair);
    g_autoptr(GHashTable) claims = predict(NULL, text, 1, lowest);
    unsigned truth = truth_of(&pair, seed, CONTENTS);
    bool looked = false;
    for (unsigned i = 0; i < G_N_ELEMENTS(counted); i++) {
        const char *claim = claim_of(claims, counted[i]);
        if (claim && !((truth >> counted[i]) & 1) && !looked) {
            truth |= truth_of(&pair, seed, MORE_CONTENTS) | truth_of_three(&pair, seed);
            looked = true;
        }
        bool is_true = (truth >> counted[i]) & 1;
        add(&scores[level_of(&pair)][counted[i]], claim != NULL, is_true);
        if (shown && strcmp(shown, name_of(counted[i])) == 0 && (claim != NULL) != is_true) {
            g_autofree char *all = render_pair(&pair);
            printf("---- seed %" G_GUINT64_FORMAT ": %s %s\n%s\n", seed, shown,
                   claim ? claim : "is missed", all);
        }
    }
}

static void print_scores(void)
{
    static const char *const levels[] = {"read committed", "repeatable read", "serializable",
                                         "mixed", "all"};
    struct score all[OUTCOMES] = {{0}};

    for (unsigned level = 0; level < G_N_ELEMENTS(levels); level++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(counted); i++) {
            struct score *sum = &all[counted[i]];
            const struct score *score = level < 4 ? &scores[level][counted[i]] : sum;
            printf("%-16s %-8s right %4u wrong %4u missed %4u  precision %.2f recall %.2f\n",
                   levels[level], name_of(counted[i]), score->right, score->wrong, score->missed,
                   score->right / MAX(1.0, score->right + score->wrong),
                   score->right / MAX(1.0, score->right + score->missed));
            if (level < 4) {
                sum->right += score->right;
                sum->wrong += score->wrong;
                sum->missed += score->missed;
            }
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s FIRST COUNT [FEATURES [SHOW]]\n", argv[0]);
        return 2;
    }
    uint64_t first = g_ascii_strtoull(argv[1], NULL, 10);
    unsigned count = (unsigned)g_ascii_strtoull(argv[2], NULL, 10);
    unsigned features = argc > 3 ? (unsigned)g_ascii_strtoull(argv[3], NULL, 0) : FEATURE_ALL;
    shown = argc > 4 ? argv[4] : NULL;
    if (g_strcmp0(g_getenv("LOWEST"), "warning") == 0)
        lowest = SEVERITY_WARNING;
    for (unsigned i = 0; i < count; i++)
        measure(first + i, features);
    print_scores();
    return 0;
}
