/* How often isolint is right about random pairs of programs: what it claims is held against the
 * machine, which test-random holds against the server. Each finding is a claim about the program that
 * it stands in, and true when two or three runs of which one is of that program come to it, over any
 * of some contents of the tables. A pair is missed that comes to something of which no finding
 * speaks.
 *
 *   build/tests/server/measure-random FIRST COUNT [FEATURES [SHOW]]
 *
 * With LOWEST=warning in the environment notes do not count as claims.
 * SHOW is an outcome, "40P01": pairs about which isolint is wrong are printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/explore.h"
#include "machine/ways.h"
#include "server/predict.h"
#include "server/random/generate.h"

enum {
    CONTENTS = 6,
    MORE_CONTENTS = 102,  /* for a claim that these do not show */
    ALL_CONTENTS = 262,   /* with those that have no pattern */
    MOST_CONTENTS = 2000, /* of runs that find their rows in the usual way */
    PAIR_STEPS = 20000,
    TRIPLE_STEPS = 300000,
};

enum { ANOMALY = FAILURES, OUTCOMES };

static const enum failure counted[] = {FAIL_SERIALIZATION, FAIL_DEADLOCK, FAIL_UNIQUE,
                                       (enum failure)ANOMALY};

struct score {
    unsigned right, wrong;    /* claims */
    unsigned reached, missed; /* pairs */
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

/* ------------------------------------------------------------------ contents */

/* Values that the first contents do not have, where no foreign key depends on them: the programs ask
 * for some that are greater than all of these. */
static void widen(struct world *world, uint64_t seed)
{
    for (unsigned i = 0; i < world->row_count && seed % 2; i++) {
        if (world->foreign_key_count == 0)
            world->rows[i].values[0]++;
        world->rows[i].values[2] = (int16_t)(world->rows[i].values[2] + seed / 2 % 3 * (i + 1));
    }
}

static bool has_unique(const struct world_table *table, unsigned column)
{
    for (unsigned i = 0; i < table->index_count; i++) {
        if (table->indexes[i].unique && table->indexes[i].columns == 1U << column)
            return true;
    }
    return false;
}

static void add_row(struct world *world, unsigned table, int16_t a, int16_t b, int16_t c)
{
    world->rows[world->row_count++] =
        (struct world_row){.table = (uint8_t)table, .values = {a, b, c}};
}

/* Rows that are alike but for their keys, which a condition on another column finds all: `seed` says
 * how they are alike, and which keys there are. */
static void fill_alike(struct world *world, uint64_t seed)
{
    int16_t like[] = {(int16_t)(1 + seed % 3), (int16_t)(1 + seed / 3 % 4)};
    int16_t first = (int16_t)(seed / 12 % 4);

    world->row_count = 0;
    for (unsigned table = 0; table < world->table_count; table++) {
        bool unique = has_unique(&world->tables[table], 1);
        bool refers = world->foreign_key_count && world->foreign_keys[0].child == table;
        for (int16_t i = 0; i < 3; i++) {
            int16_t a = (int16_t)(first + i), b = unique ? a : like[0];
            if (!refers || (b >= first && b < first + 3))
                add_row(world, table, a, b, like[1]);
        }
    }
}

static bool is_parent(const struct world *world, unsigned table)
{
    return world->foreign_key_count > 0 && world->foreign_keys[0].parent == table;
}

/* One table is empty, or has one row alone: nothing is in the way of its INSERT. The parents of others
 * stay. */
static void thin_out(struct world *world, uint64_t seed)
{
    unsigned table = (unsigned)(seed / 2 % world->table_count), kept = 0, left = seed % 2;

    if (is_parent(world, table))
        table = world->foreign_keys[0].child;
    for (unsigned i = 0; i < world->row_count; i++) {
        if (world->rows[i].table == table && left == 0)
            continue;
        left -= world->rows[i].table == table;
        world->rows[kept++] = world->rows[i];
    }
    world->row_count = (uint8_t)kept;
}

/* Rows that were put in the other way round. */
static void turn_rows(struct world *world)
{
    for (unsigned i = 0; i < world->row_count / 2; i++) {
        struct world_row row = world->rows[i];
        world->rows[i] = world->rows[world->row_count - 1 - i];
        world->rows[world->row_count - 1 - i] = row;
    }
}

static bool is_free(const struct world *world, const struct world_row *row)
{
    const struct world_table *table = &world->tables[row->table];

    for (unsigned i = 0; i < world->row_count; i++) {
        const struct world_row *other = &world->rows[i];
        for (unsigned j = 0; other->table == row->table && j < table->index_count; j++) {
            const struct world_index *index = &table->indexes[j];
            unsigned column = (unsigned)__builtin_ctz(index->columns);
            if ((index->unique || index->excludes) && heap_is_indexed(index, row->values) &&
                heap_is_indexed(index, other->values) && row->values[column] != NO_VALUE &&
                other->values[column] == row->values[column])
                return false;
        }
    }
    return true;
}

static bool has_parent(const struct world *world, const struct world_row *row)
{
    bool found = world->foreign_key_count == 0 || world->foreign_keys[0].child != row->table ||
                 row->values[B] == NO_VALUE;

    for (unsigned i = 0; i < world->row_count; i++)
        found |= world->rows[i].table == world->foreign_keys[0].parent &&
                 world->rows[i].values[A] == row->values[B];
    return found;
}

/* Any rows, with values before and behind those that programs name, and NULL. */
static void fill_freely(struct world *world, uint64_t seed)
{
    struct random random = {.state = seed};

    world->row_count = 0;
    for (unsigned table = 0; table < world->table_count; table++) {
        for (int16_t a = 0; a < 6; a++) {
            struct world_row row = {.table = (uint8_t)table, .values = {a}};
            bool left_out = random_one_in(&random, 2);
            for (unsigned i = B; i < COLUMNS; i++)
                row.values[i] = random_one_in(&random, 8) ? (int16_t)NO_VALUE
                                                          : (int16_t)random_below(&random, 5);
            if (!left_out && is_free(world, &row) && has_parent(world, &row))
                world->rows[world->row_count++] = row;
        }
    }
}

static void fill(struct world *world, uint64_t seed, unsigned at)
{
    if (at >= MORE_CONTENTS) {
        fill_freely(world, at);
        return;
    }
    if (at >= CONTENTS && at % 2)
        fill_alike(world, at / 2);
    else if (at > 0)
        generate_rows(world, seed * MORE_CONTENTS + at);
    if (at >= CONTENTS && at % 2 == 0)
        widen(world, seed + at / 2);
    if (at >= CONTENTS && at % 6 == 4)
        thin_out(world, at / 6);
}

/* ------------------------------------------------------------------ truth */

/* What these runs of the pair's programs (0 or 1) can come to, whose rows are found in these ways. */
static unsigned explore_runs(const struct pair *pair, uint64_t seed, const unsigned *runs,
                             const enum way *ways, unsigned count, unsigned contents,
                             unsigned steps)
{
    struct program copies[WORLD_RUNS];
    const struct program *programs[WORLD_RUNS];
    unsigned found = 0;

    for (unsigned i = 0; i < count; i++) {
        copies[i] = pair->programs[runs[i]];
        programs[i] = &copies[i];
        program_take_way(&copies[i], ways[i]);
    }
    bool more = contents > CONTENTS; /* the ways to the rows are tried as well */
    for (unsigned i = 0; i < 2 * contents; i += 1 + more) {
        struct world world = pair->world;
        struct outcomes outcomes = {.by_row = more};
        fill(&world, seed, i / 2);
        if (i % 2)
            turn_rows(&world);
        explore_all(&world, programs, count, steps, &outcomes);
        found |= bits_of(&outcomes);
    }
    return found;
}

/* What two runs come to, by the programs (0, 1) that have a part in it. */
struct truth {
    unsigned of[2];
};

static unsigned truth_of_both(const struct truth *truth)
{
    return truth->of[0] | truth->of[1];
}

static void add_truth(struct truth *truth, unsigned found, const unsigned *runs, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        truth->of[runs[i]] |= found;
}

static void find_truth(struct truth *truth, const struct pair *pair, uint64_t seed,
                       const enum way *ways, unsigned contents)
{
    static const unsigned runs[][2] = {{0, 1}, {0, 0}, {1, 1}};

    for (unsigned i = 0; i < G_N_ELEMENTS(runs); i++)
        add_truth(truth, explore_runs(pair, seed, runs[i], ways, 2, contents, PAIR_STEPS), runs[i],
                  2);
}

/* ------------------------------------------------------------------ claims */

static char *schedule_of(const struct pair *pair)
{
    g_autofree char *tables = render_schema(pair);
    g_autofree char *a = render_program(pair, 0), *b = render_program(pair, 1);

    return g_strdup_printf("%s-- session A\n%s-- session B\n%s", tables, a, b);
}

static bool foretells(const struct finding *finding, unsigned outcome)
{
    static const char *const anomalies[] = {"lost-update", "write-skew", "read-skew", "phantom",
                                            "stale-read"};
    bool any = false;

    if (outcome != ANOMALY)
        return finding_foretells(finding, failure_state((enum failure)outcome));
    for (unsigned i = 0; i < G_N_ELEMENTS(anomalies); i++)
        any |= finding_foretells(finding, anomalies[i]);
    return any;
}

/* The program that a finding stands in. */
static unsigned program_of(const struct finding *finding)
{
    return strcmp(finding->script->path, "session-B.sql") == 0;
}

static bool is_claim(const struct finding *finding, unsigned outcome)
{
    return finding->severity >= lowest && !finding->allowed && foretells(finding, outcome);
}

static unsigned level_of(const struct pair *pair)
{
    enum isolation_level level = pair->programs[0].level;

    return level != pair->programs[1].level ? 3 : (unsigned)(level - LEVEL_READ_COMMITTED);
}

static bool any_is_unshown(const GPtrArray *findings, const struct truth *truth)
{
    for (guint i = 0; i < findings->len; i++) {
        for (unsigned j = 0; j < G_N_ELEMENTS(counted); j++) {
            if (is_claim(findings->pdata[i], counted[j]) &&
                !((truth->of[program_of(findings->pdata[i])] >> counted[j]) & 1))
                return true;
        }
    }
    return false;
}

/* The same over more contents, in other ways, and of three runs: of what was claimed. */
static void find_more_truth(struct truth *truth, const struct pair *pair, uint64_t seed,
                            const GPtrArray *findings)
{
    static const unsigned runs[][3] = {{0, 0, 1}, {0, 1, 1}};

    for (unsigned i = 0; i < WAYS * WAYS && any_is_unshown(findings, truth); i++) {
        const enum way ways[] = {(enum way)(i % WAYS), (enum way)(i / WAYS)};
        find_truth(truth, pair, seed, ways, i ? ALL_CONTENTS : MOST_CONTENTS);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(runs) && any_is_unshown(findings, truth); i++) {
        const enum way ways[3] = {WAY_PLANNED};
        add_truth(truth,
                  explore_runs(pair, seed, runs[i], ways, 3, MORE_CONTENTS / 2, TRIPLE_STEPS),
                  runs[i], 3);
    }
}

/* What says it, but too low. */
static void show_notes(const GPtrArray *findings, unsigned outcome)
{
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *finding = findings->pdata[i];
        if (!finding->allowed && foretells(finding, outcome))
            printf("-- %s: %s\n", finding->rule->name, finding->message);
    }
}

/* How two runs come to what is missed, and which of them that are. */
static void show_trace(const struct pair *pair, uint64_t seed, unsigned outcome)
{
    static const unsigned runs[][2] = {{0, 1}, {0, 0}, {1, 1}};
    static const char *const names[] = {[ANOMALY_READ_SKEW] = "read skew",
                                        [ANOMALY_LOST_UPDATE] = "lost update",
                                        [ANOMALY_WRITE_SKEW] = "write skew"};

    for (unsigned i = 0; i < G_N_ELEMENTS(runs) * CONTENTS; i++) {
        const struct program *programs[] = {&pair->programs[runs[i % 3][0]],
                                            &pair->programs[runs[i % 3][1]]};
        struct outcomes outcomes = {.wanted = 1U << outcome, .own = 3};
        struct world world = pair->world;
        fill(&world, seed, i / 3);
        explore_all(&world, programs, 2, PAIR_STEPS, &outcomes);
        if (!outcomes.trace.outcome)
            continue;
        g_autofree char *rows = render_rows(&world);
        printf("-- %s of %c and %c,", outcome == ANOMALY ? names[outcomes.trace.anomaly] : shown,
               (char)('A' + runs[i % 3][0]), (char)('A' + runs[i % 3][1]));
        for (unsigned j = 0; j < outcomes.trace.count; j++)
            printf(" %u", outcomes.trace.runs[j] + 1U);
        printf(" from %s\n", rows);
        return;
    }
}

static void show(const struct pair *pair, uint64_t seed, const struct finding *finding)
{
    g_autofree char *all = render_pair(pair);

    printf("---- seed %" G_GUINT64_FORMAT ": %s ", seed, shown);
    if (finding)
        printf("%s in %s, line %u\n", finding->rule->name, finding->script->path,
               script_position((struct script *)finding->script, finding->span.start).line);
    else
        printf("is missed\n");
    printf("%s\n", all);
}

static void score_outcome(const struct pair *pair, uint64_t seed, const GPtrArray *findings,
                          const struct truth *first, const struct truth *truth,
                          enum failure outcome)
{
    struct score *score = &scores[level_of(pair)][outcome];
    bool shows = shown && strcmp(shown, name_of(outcome)) == 0, claimed = false;

    for (guint i = 0; i < findings->len; i++) {
        const struct finding *finding = findings->pdata[i];
        bool is_true = (truth->of[program_of(finding)] >> outcome) & 1;
        if (!is_claim(finding, outcome))
            continue;
        claimed = true;
        score->right += is_true;
        score->wrong += !is_true;
        if (shows && !is_true)
            show(pair, seed, finding);
    }
    bool happens = (truth_of_both(first) >> outcome) & 1;
    score->reached += claimed && happens;
    score->missed += !claimed && happens;
    if (shows && !claimed && happens) {
        show(pair, seed, NULL);
        show_notes(findings, outcome);
        show_trace(pair, seed, outcome);
    }
}

static void measure(uint64_t seed, unsigned features)
{
    static const enum way ways[] = {WAY_PLANNED, WAY_PLANNED};
    struct pair pair;
    struct linted linted;
    struct truth truth = {{0}};

    generate_pair(&pair, seed, features);
    g_autofree char *text = schedule_of(&pair);
    lint_schedule(&linted, NULL, text);
    find_truth(&truth, &pair, seed, ways, CONTENTS);
    struct truth more = truth;
    find_more_truth(&more, &pair, seed, linted.project.findings);
    for (unsigned i = 0; i < G_N_ELEMENTS(counted); i++)
        score_outcome(&pair, seed, linted.project.findings, &truth, &more, counted[i]);
    linted_finish(&linted);
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
            printf(
                "%-16s %-8s right %4u wrong %4u reached %4u missed %4u  precision %.2f recall %.2f\n",
                levels[level], name_of(counted[i]), score->right, score->wrong, score->reached,
                score->missed, score->right / MAX(1.0, score->right + score->wrong),
                score->reached / MAX(1.0, score->reached + score->missed));
            if (level < 4) {
                sum->right += score->right;
                sum->wrong += score->wrong;
                sum->reached += score->reached;
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
