/* Which programs are tried together, and what comes of it. */
#include "trial/trial.h"

#include <string.h>

#include "machine/contents.h"
#include "machine/explore.h"
#include "machine/ways.h"
#include "corpus/by-value.h"
#include "program/side-effect.h"
#include "trial/trial-memory.h"
#include "trial/trial-world.h"

enum { /* contents of the tables that are tried, beside TRIAL_WORLDS */
       TRIPLE_WORLDS = 48,
       REACH_WORLDS = 40,
       CERTAIN_WORLDS = 320,
       ROW_WORLDS = 40,
};

enum content {
    ANY_ROWS,
    NAMED_ROWS, /* with those that statements name by their key: world_is_complete */
    OTHER_ROWS, /* without one of these */
};

/* What one transaction is asked for. */
struct question {
    const struct corpus *corpus;
    const struct transaction *transaction;
    unsigned wanted, found;
    unsigned steps;          /* that are left */
    unsigned pairs;          /* that were to be tried, where how is asked */
    bool cut;                /* there were too few */
    bool open;               /* something was not understood or not tried to the end */
    bool hopeless;           /* the transaction itself was not understood */
    bool tried, writes;      /* with a run that writes at all */
    bool split;              /* only split schedules are tried */
    bool certain;            /* only without parameters */
    bool crossed;            /* of deadlocks, what few interleavings show */
    enum content content;    /* of the tables */
    struct reached *reached; /* NULL: how is not asked */
};

/* Others run between the statements of a function too, but nobody can type that. */
static void open_functions(struct trial *trial)
{
    for (unsigned i = 0; i < trial->count; i++) {
        for (unsigned j = 0; j < trial->programs[i].count; j++)
            trial->programs[i].acts[j].called = false;
    }
}

static bool compile(struct question *question, struct trial *trial,
                    const struct transaction *const *transactions, unsigned count)
{
    /* The second time it is known which columns and values the others name. */
    for (unsigned round = 0; round < 2; round++) {
        trial->count = trial->parameter_count = 0;
        trial->world.trigger_count = 0;
        for (unsigned i = 0; i < count; i++) {
            if (trial_add(trial, transactions[i]))
                continue;
            question->hopeless |= i == 0 && round == 0 && transactions[0] == question->transaction;
            return false;
        }
    }
    if (!question->reached)
        open_functions(trial);
    return trial_link(trial);
}

_Static_assert((int)TRIAL_RUNS == (int)REACHED_RUNS, "all runs of a trial");
_Static_assert((int)REACHED_STEPS >= (int)MOST_TRACED, "all of an interleaving");

static enum reached_outcome reached_outcome(unsigned outcome)
{
    return outcome == ANOMALOUS             ? REACHED_ANOMALY
           : outcome == 1U << FAIL_DEADLOCK ? REACHED_DEADLOCK
                                            : REACHED_UNIQUE;
}

/* Two that wait for each other have nothing to show after the one that fails. */
static void end_at_failure(struct reached *reached)
{
    unsigned at;

    reached_stop(reached, reached->failing, &at);
    reached->count = at + 1;
}

static void take_reached(struct reached *reached, const struct trial *trial,
                         const struct transaction *const *transactions, const struct trace *trace)
{
    unsigned acts[TRIAL_RUNS] = {0};

    *reached = (struct reached){.outcome = reached_outcome(trace->outcome),
                                .anomaly = trace->anomaly,
                                .run_count = trial->count,
                                .failing = trace->run,
                                .count = trace->count};
    memcpy(reached->runs, transactions, trial->count * sizeof *transactions);
    for (unsigned i = 0; i < trace->count; i++) {
        unsigned run = trace->runs[i], *act = &acts[run];
        const struct program *program = &trial->programs[run];
        reached->steps[i].run = (uint8_t)run;
        reached->steps[i].waits = trace->waits[i];
        if (*act == program->count)
            continue;
        reached->steps[i].step = trial->steps[run][(*act)++];
        while (*act < program->count && (program->acts[*act].joined || program->acts[*act].called))
            (*act)++;
    }
    if (reached->outcome == REACHED_DEADLOCK)
        end_at_failure(reached);
}

/* Where deadlocks alone are looked for, few interleavings show them. */
static bool is_crossed(const struct question *question)
{
    return question->wanted == 1U << FAIL_DEADLOCK && (question->reached || question->crossed);
}

/* In which the runs alternate; what tells one trial_case from another has the content added. */
enum way_to_play {
    PLAY_ALL,
    PLAY_SPLIT,
    PLAY_CROSSED,
    PLAY_ROWS, /* and one of several ways to the rows */
};

static enum way_to_play way_of(const struct question *question)
{
    return is_crossed(question) ? PLAY_CROSSED : question->split ? PLAY_SPLIT : PLAY_ALL;
}

static void play(enum way_to_play way, const struct world *world, const struct program *const *runs,
                 unsigned count, unsigned steps, struct outcomes *outcomes)
{
    if (way == PLAY_ALL)
        explore_all(world, runs, count, steps, outcomes);
    else if (way == PLAY_SPLIT)
        explore_split(world, runs, count, steps, outcomes);
    else
        explore_crossed(world, runs, count, steps, outcomes);
}

static void take_answer(struct question *question, const struct trial_case *asked,
                        const struct trial_answer *answer)
{
    question->steps -= MIN(answer->steps, question->steps);
    question->found |= answer->found & question->wanted;
    if (!answer->complete && asked->at < ENOUGH_WORLDS && question->wanted & ~question->found)
        question->cut = question->open = true;
}

/* Plays one world; where it comes to what is wanted, it is told how. */
static void try_world(struct question *question, const struct trial *trial,
                      const struct transaction *const *transactions, const struct trial_case *asked)
{
    struct program programs[TRIAL_RUNS];
    const struct program *runs[TRIAL_RUNS];
    int16_t parameters[TRIAL_PARAMETERS];
    struct outcomes outcomes = {.wanted = asked->wanted, .own = asked->own};
    struct trial_answer answer = {.complete = true};
    struct world world;

    for (unsigned i = 0; i < trial->count; i++)
        runs[i] = &programs[i];
    trial_make_world(trial, asked->at, &world, programs, parameters);
    if (question->content != ANY_ROWS &&
        world_is_complete(&world, runs, trial->count) != (question->content == NAMED_ROWS)) {
        answer.left_out = true;
    } else {
        play(way_of(question), &world, runs, trial->count, asked->budget, &outcomes);
        answer = (struct trial_answer){.steps = outcomes.steps,
                                       .found = outcomes_found(&outcomes),
                                       .complete = outcomes.complete,
                                       .traced = outcomes.trace.outcome};
        take_answer(question, asked, &answer);
    }
    trial_remember(question->corpus, asked, &answer);
    if (question->reached && outcomes.trace.outcome) {
        world_reduce(&world, runs, trial->count, &outcomes.trace);
        g_free(question->reached->start);
        take_reached(question->reached, trial, transactions, &outcomes.trace);
        question->reached->certain = question->content == NAMED_ROWS;
        question->reached->start = trial_start(trial, &world, parameters);
    }
}

/* `own` (bits) are the runs of the transaction that is asked about. */
static void try_worlds(struct question *question, const struct trial *trial,
                       const struct transaction *const *transactions, unsigned own, unsigned worlds,
                       unsigned steps)
{
    struct trial_case asked = {.own = own,
                               .way = (unsigned)way_of(question) * 4 + (unsigned)question->content};

    if (question->steps > 0 && question->wanted & ~question->found)
        asked.trial = trial_text(question->corpus, trial);
    for (; asked.at < worlds && question->wanted & ~question->found; asked.at++) {
        struct trial_answer answer;
        if (question->steps == 0) {
            question->cut = true;
            question->open |= asked.at < ENOUGH_WORLDS;
            return;
        }
        asked.wanted = question->wanted & ~question->found;
        asked.budget = MIN(steps, question->steps);
        if (!trial_recall(question->corpus, &asked, &answer) ||
            (question->reached && answer.traced))
            try_world(question, trial, transactions, &asked);
        else if (!answer.left_out)
            take_answer(question, &asked, &answer);
    }
}

static bool all_serializable(const struct trial *trial)
{
    for (unsigned i = 0; i < trial->count; i++) {
        if (trial->programs[i].level != LEVEL_SERIALIZABLE)
            return false;
    }
    return true;
}

/* Of programs that read and write rows by conditions the graph knows all structures. */
static bool is_beyond_graph(const struct question *question, const struct trial *trial)
{
    for (unsigned i = 0; i < trial->count; i++) {
        for (unsigned j = 0; j < trial->programs[i].count; j++) {
            const struct act *act = &trial->programs[i].acts[j];
            if (act->wait != WAIT_BLOCK || act->joined || act->conflict || act->limit ||
                act->kind == ACT_ROLLBACK_TO)
                return true;
        }
    }
    return graph_structure(question->corpus, question->transaction);
}

/* Whether rules that ask the graph have said what comes of the two, which have no parameters. Of what
 * one reads with several snapshots they say nothing. */
static bool is_for_graph(const struct question *question, const struct trial *trial,
                         const struct transaction *other)
{
    return !is_beyond_graph(question, trial) && graph_structure(question->corpus, other) &&
           !transaction_reads_apart(question->transaction);
}

static struct trial_answer play_rows(const struct question *question, const struct trial *trial,
                                     const struct trial_case *asked, const enum way *ways)
{
    struct program programs[TRIAL_RUNS];
    const struct program *runs[] = {&programs[0], &programs[1]};
    int16_t parameters[TRIAL_PARAMETERS];
    struct outcomes outcomes = {.wanted = asked->wanted, .by_row = true};
    struct world world;

    trial_make_world(trial, asked->at, &world, programs, parameters);
    for (unsigned i = 0; i < 2; i++)
        program_take_way(&programs[i], ways[i]);
    explore_crossed(&world, runs, 2, asked->budget, &outcomes);
    struct trial_answer answer = {.steps = outcomes.steps, .found = outcomes_found(&outcomes)};
    trial_remember(question->corpus, asked, &answer);
    return answer;
}

/* Whether two runs deadlock row by row, in any of these ways. */
static void try_rows(struct question *question, struct trial *trial)
{
    static const enum way ways[][2] = {{WAY_PLANNED, WAY_PLANNED},
                                       {WAY_PLANNED, WAY_PLANNED_FROM_END},
                                       {WAY_TABLE, WAY_TABLE_FROM_END},
                                       {WAY_PLANNED, WAY_TABLE_FROM_END}};
    struct trial_case asked = {.trial = trial_text(question->corpus, trial),
                               .wanted = 1U << FAIL_DEADLOCK};

    for (unsigned at = 0; at < ROW_WORLDS * G_N_ELEMENTS(ways); at++) {
        struct trial_answer answer;
        asked.at = at / G_N_ELEMENTS(ways);
        asked.way = PLAY_ROWS * 4 + at % G_N_ELEMENTS(ways);
        asked.budget = MIN(MOST_PAIR_STEPS, question->steps);
        if (!trial_recall(question->corpus, &asked, &answer))
            answer = play_rows(question, trial, &asked, ways[at % G_N_ELEMENTS(ways)]);
        question->steps -= MIN(answer.steps, question->steps);
        if (answer.found) {
            question->found |= DEADLOCK_BY_ROW;
            return;
        }
        if (question->steps == 0) {
            question->open = question->cut = true;
            return;
        }
    }
}

/* What no parameter and no missing row decides comes first: it is certain. */
static void reach_together(struct question *question, const struct trial *trial,
                           const struct transaction *const *transactions, unsigned own)
{
    unsigned wanted = question->wanted;
    unsigned worlds = is_crossed(question) ? TRIAL_WORLDS : REACH_WORLDS;

    if (!trial_has_parameters(trial)) {
        question->content = NAMED_ROWS;
        if (!question->certain && is_for_graph(question, trial, transactions[1]))
            question->wanted &= ~ANOMALOUS;
        try_worlds(question, trial, transactions, own, CERTAIN_WORLDS, MOST_PAIR_STEPS);
        question->content = OTHER_ROWS;
    }
    question->wanted = question->certain                  ? 0
                       : is_beyond_graph(question, trial) ? wanted
                                                          : wanted & ~ANOMALOUS;
    try_worlds(question, trial, transactions, own, worlds, MOST_PAIR_STEPS);
    question->wanted = wanted;
    question->content = ANY_ROWS;
}

static unsigned steps_for(const struct corpus *corpus)
{
    unsigned share = ALL_TRIAL_STEPS / MAX(corpus->transactions->len, 1);

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    share = LEAST_TRIAL_STEPS;
#endif
    return CLAMP(share, LEAST_TRIAL_STEPS, MOST_TRIAL_STEPS);
}

/* A deadlock may take more rows than the first contents have, or a parameter that is just the constant of
 * the other program: it is looked for in as many contents as where it is not foretold. A quarter of the
 * steps are left for other pairs. */
static void try_more_deadlocks(struct question *question, const struct trial *trial,
                               const struct transaction *const *transactions, unsigned own)
{
    unsigned kept = steps_for(question->corpus) / 4;
    struct question more = *question;

    if (question->steps <= kept)
        return;
    more.steps -= kept;
    more.wanted = 1U << FAIL_DEADLOCK;
    more.crossed = true;
    try_worlds(&more, trial, transactions, own, CERTAIN_WORLDS, MOST_PAIR_STEPS);
    question->found |= more.found;
    question->steps = kept + more.steps;
}

/* Where nobody writes, nobody meets anything but locks. */
static bool writes_rows(const struct trial *trial)
{
    for (unsigned i = 0; i < trial->count; i++) {
        for (unsigned j = 0; j < trial->programs[i].count; j++) {
            enum act_kind kind = trial->programs[i].acts[j].kind;
            if (kind == ACT_INSERT || kind == ACT_UPDATE || kind == ACT_DELETE)
                return true;
        }
    }
    return false;
}

static void try_together(struct question *question, const struct transaction *const *transactions,
                         unsigned count)
{
    unsigned own = 0;
    bool pair = count == 2;

    if (question->steps == 0) {
        question->open = question->cut = true;
        return;
    }
    g_autofree struct trial *trial = trial_new();
    if (!compile(question, trial, transactions, count)) {
        question->open = true;
        return;
    }
    for (unsigned i = 0; i < count; i++)
        own |= transactions[i] == question->transaction ? 1U << i : 0;
    unsigned wanted = question->wanted;
    if (!writes_rows(trial))
        question->wanted &= 1U << FAIL_DEADLOCK | DEADLOCK_BY_ROW;
    if (question->reached) {
        reach_together(question, trial, transactions, own);
        question->wanted = wanted;
        return;
    }
    if (pair && question->wanted & ~question->found & DEADLOCK_BY_ROW)
        try_rows(question, trial);
    question->wanted &= ~(unsigned)DEADLOCK_BY_ROW;
    try_worlds(question, trial, transactions, own, pair ? TRIAL_WORLDS : TRIPLE_WORLDS,
               pair ? MOST_PAIR_STEPS : MOST_TRIPLE_STEPS);
    if (pair && question->wanted & ~question->found & (1U << FAIL_DEADLOCK))
        try_more_deadlocks(question, trial, transactions, own);
    if (question->wanted & ~question->found & (1U << FAIL_UNIQUE | 1U << FAIL_SERIALIZATION) &&
        trial_add_branches(trial))
        try_worlds(question, trial, transactions, own, TRIAL_WORLDS, MOST_PAIR_STEPS);
    if (all_serializable(trial) && question->wanted & ~question->found) {
        trial_forget_indexes(trial);
        try_worlds(question, trial, transactions, own, TRIPLE_WORLDS,
                   pair ? MOST_PAIR_STEPS : MOST_TRIPLE_STEPS);
    }
    question->wanted = wanted;
}

/* Nothing that is tried can change the answer. */
static bool is_settled(const struct question *question)
{
    return question->hopeless || (question->open && !question->reached) ||
           question->pairs > MOST_REACH_PAIRS || !(question->wanted & ~question->found);
}

static void try_pair(struct question *question, const struct transaction *other)
{
    const struct transaction *pair[] = {question->transaction, other};

    if (question->reached && question->pairs++ >= MOST_REACH_PAIRS)
        return;
    question->tried = true;
    question->writes |= !transaction_only_reads(pair[0]) || !transaction_only_reads(pair[1]);
    try_together(question, pair, 2);
}

/* What only reads and takes no advisory lock does nothing to one that writes rows: what it finds of that
 * is not what is claimed of the writer, of which two runs are tried. */
static bool is_bystander(const struct transaction *own, const struct transaction *other)
{
    const unsigned tables = 1U << ACCESS_TRUNCATE | 1U << ACCESS_TABLE_LOCK | 1U << ACCESS_DEFINE;

    return !other->calls && transaction_only_reads(other) && !transaction_only_reads(own) &&
           !(own->kinds & tables) && transaction_may_overlap(own, own);
}

/* CREATE INDEX and the like read and write no rows of others: nothing but a wait comes of them. What
 * fails although it does nothing but read takes three programs, and these are not tried. */
static bool has_part(const struct question *question, const struct transaction *other)
{
    if (!question->reached && is_bystander(question->transaction, other))
        return false;
    return other->kinds != 1U << ACCESS_DEFINE || other->unknown || other->calls ||
           transaction_only_reads(question->transaction) ||
           question->wanted & (1U << FAIL_DEADLOCK | DEADLOCK_BY_ROW);
}

/* Whether it is a partner that has not been tried. Of thousands most do not overlap. */
static bool is_new(const struct question *question, GHashTable *seen,
                   const struct transaction *other)
{
    return other != question->transaction && has_part(question, other) &&
           transaction_may_overlap(question->transaction, other) &&
           g_hash_table_add(seen, (gpointer)other);
}

/* Many accesses of one program ask for the same others: all of a relation, or those of some lists. */
static bool has_gone_through(GHashTable *seen, const struct access_cursor *others)
{
    bool known = others->narrowed || !g_hash_table_add(seen, (gpointer)others->accesses);

    for (unsigned i = 0; i < others->list_count; i++)
        known &= !g_hash_table_add(seen, (gpointer)others->lists[i]);
    return known;
}

static void try_partners(struct question *question)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    const struct transaction *own = question->transaction;
    const struct access *access = own->accesses;

    if (own->set_up) /* nothing runs beside it */
        return;
    if (!is_settled(question) && transaction_may_overlap(own, own))
        try_pair(question, own);
    for (; access; access = access->next) {
        /* Where nothing is claimed, those who ask for other rows have nothing to show. */
        struct access_cursor others = question->reached ? corpus_meeting(question->corpus, access)
                                                        : corpus_all(question->corpus, access);
        const struct access *other;
        if (has_gone_through(seen, &others))
            continue;
        while (!is_settled(question) && (other = access_next(&others))) {
            if (is_new(question, seen, other->transaction))
                try_pair(question, other->transaction);
        }
    }
    bool calls = question->transaction->calls && !question->reached;
    const GPtrArray *callers = question->corpus->callers;
    for (guint i = 0; calls && i < callers->len && !is_settled(question); i++) {
        const struct transaction *other = callers->pdata[i];
        if (is_new(question, seen, other))
            try_pair(question, other);
    }
}

/* Three different programs, or two of one and a third. */
static void try_structure(struct question *question, const struct structure *structure)
{
    const struct transaction *three[] = {structure->pivot, structure->out, structure->in};

    if (question->open || !(question->wanted & ~question->found) || !structure->link_in)
        return;
    if (structure->middle) {
        question->open = true;
        return;
    }
    question->split = true;
    try_together(question, three, 3);
    question->split = false;
    if (question->wanted & ~question->found & ~ANOMALOUS)
        try_together(question, three, 3);
}

static bool find_reached(const struct corpus *corpus, const struct transaction *transaction,
                         unsigned wanted, bool certain, struct reached *reached)
{
    struct question question = {.corpus = corpus,
                                .transaction = transaction,
                                .wanted = (wanted & REACHED_UNIQUE ? 1U << FAIL_UNIQUE : 0) |
                                          (wanted & REACHED_DEADLOCK ? 1U << FAIL_DEADLOCK : 0) |
                                          (wanted & REACHED_ANOMALY ? ANOMALOUS : 0),
                                .steps = steps_for(corpus),
                                .certain = certain,
                                .reached = reached};

    try_partners(&question);
    if (question.cut && !question.found)
        reached->limits |= 1U << LIMIT_REACH;
    if (question.pairs > MOST_REACH_PAIRS && !question.found)
        reached->limits |= 1U << LIMIT_PARTNERS;
    return question.found;
}

bool trial_reach(const struct corpus *corpus, const struct transaction *transaction,
                 unsigned wanted, struct reached *reached)
{
    return find_reached(corpus, transaction, wanted, false, reached);
}

bool trial_reach_certain(const struct corpus *corpus, const struct transaction *transaction,
                         unsigned wanted, struct reached *reached)
{
    return find_reached(corpus, transaction, wanted, true, reached);
}

struct verdict trial_judge(const struct corpus *corpus, const struct transaction *transaction,
                           unsigned wanted, const struct structure *structure)
{
    struct question question = {
        .corpus = corpus, .transaction = transaction, .wanted = wanted, .steps = steps_for(corpus)};

    try_partners(&question);
    if (structure)
        try_structure(&question, structure);
    return (struct verdict){.decided = question.tried && question.writes && !question.open,
                            .cut = question.cut && question.open,
                            .outcomes = question.found};
}
