/* A cycle of waits is found in the graph of what is locked while something else is held; then its
 * programs are played in the machine, over rows that are chosen so that these locks meet. Something
 * that two of them lock before may keep them apart, and two that deadlock without the others are a
 * finding of their own. */
#include "conflict/cycle.h"

#include <string.h>

#include "conflict/deadlock.h"
#include "conflict/cycle-graph.h"

enum { SHORTEST = 3 };

_Static_assert((int)WORLD_RUNS == (int)MOST_RUNS, "the machine runs them all");

struct search {
    struct cycle_graph graph;
    GHashTable *reported; /* cycles: what is locked in them, as text */
    unsigned steps, plays;
};

/* Those that were chosen so far; the first is of the program that is looked at. */
struct chain {
    unsigned length;
    const struct request *runs[WORLD_RUNS];
};

static bool waits_for(struct search *search, const struct request *own, const struct request *next)
{
    search->steps -= search->steps > 0;
    return lock_conflicts(request_wanted(own), request_held(next)) != ANSWER_NO;
}

/* ------------------------------------------------------------------ in the machine */

static bool run_until(struct machine *machine, unsigned run, unsigned stop,
                      enum answer_kind expected)
{
    enum answer_kind answer = STEP_PASSES;

    while (answer == STEP_PASSES && machine->runs[run].pc < stop)
        answer = machine_step(machine, run);
    return answer == expected;
}

static bool waits_alone(const struct machine *machine, unsigned run, unsigned next)
{
    return machine->runs[run].waits_for == 1U << next;
}

/* All come to where they hold their lock, and go on, beginning with the one that waits for the
 * last: each then waits for one that waits already, and the last closes the cycle. Who takes and
 * wants its locks in one statement only begins when the next one holds what it wants. */
static bool ends_in_deadlock(const struct meeting *meeting, const unsigned *stops, unsigned last)
{
    const struct program *programs[WORLD_RUNS];
    unsigned count = meeting->run_count;
    struct machine machine;

    for (unsigned i = 0; i < count; i++)
        programs[i] = &meeting->programs[i];
    machine_start(&machine, &meeting->world, programs, count);
    for (unsigned i = 0; i < count; i++) {
        if (!run_until(&machine, i, stops[i], STEP_PASSES))
            return false;
    }
    for (unsigned i = 1; i < count; i++) {
        unsigned run = (last + count - i) % count;
        if (!run_until(&machine, run, programs[run]->count, STEP_WAITS) ||
            !waits_alone(&machine, run, (run + 1) % count))
            return false;
    }
    return run_until(&machine, last, programs[last]->count, STEP_FAILS) &&
           machine.runs[last].failure == FAIL_DEADLOCK && !machine.overflow;
}

static bool both_insert(const struct lock *a, const struct lock *b)
{
    return a->access && b->access && a->access->kind == ACCESS_INSERT &&
           b->access->kind == ACCESS_INSERT;
}

/* `absent`: INSERTs meet in a key that is not there yet; otherwise in a row that is. */
static bool play(const struct chain *chain, unsigned last, bool absent)
{
    const struct transaction *transactions[WORLD_RUNS];
    const struct plan *others[WORLD_RUNS];
    unsigned stops[WORLD_RUNS], count = chain->length;
    struct meeting meeting;

    for (unsigned i = 0; i < count; i++)
        transactions[i] = chain->runs[i]->plan->transaction;
    meeting_start(&meeting, transactions, count);
    for (unsigned i = 0; i < count; i++) {
        unsigned next = (i + 1) % count;
        const struct lock *wanted = request_wanted(chain->runs[i]);
        const struct lock *held = request_held(chain->runs[next]);
        if (!meeting_join(&meeting, i, wanted, next, held, absent && both_insert(wanted, held)))
            return false;
    }
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 1; j < count; j++)
            others[j - 1] = chain->runs[(i + j) % count]->plan;
        if (!request_add(chain->runs[i], &meeting, i, others, count - 1, &stops[i]))
            return false;
    }
    return meeting_finish(&meeting) && ends_in_deadlock(&meeting, stops, last);
}

/* The run that waits last: it must hold something before. */
static bool find_last(const struct chain *chain, unsigned *last)
{
    for (*last = 0; *last < chain->length; ++*last) {
        if (!request_is_one_statement(chain->runs[*last]))
            return true;
    }
    return false;
}

static bool happens(struct search *search, const struct chain *chain)
{
    bool inserts = false;
    unsigned last;

    if (search->plays == 0 || !find_last(chain, &last))
        return false;
    for (unsigned i = 0; i < chain->length; i++) {
        const struct request *own = chain->runs[i], *next = chain->runs[(i + 1) % chain->length];
        const struct lock *wanted = request_wanted(own), *held = request_held(next);
        inserts |= both_insert(wanted, held);
        if (!request_may_share_row(own, wanted, next, held))
            return false;
    }
    search->plays--;
    return play(chain, last, true) || (inserts && play(chain, last, false));
}

/* ------------------------------------------------------------------ minimal cycles */

static bool is_in(const struct search *search, const struct chain *chain, const struct plan *plan,
                  size_t lock)
{
    int node = cycle_graph_node(&search->graph, plan, lock);

    for (unsigned i = 0; node != NO_NODE && i < chain->length; i++) {
        if (cycle_graph_node(&search->graph, chain->runs[i]->plan, chain->runs[i]->held) == node)
            return true;
    }
    return false;
}

/* Whether another program may hold what the request wants and want what it holds. */
static bool is_answered(struct search *search, const struct chain *chain,
                        const struct request *request, const struct plan *other)
{
    for (size_t i = 0; i < other->count; i++) {
        struct request answer = {other, i, i};
        if (!is_in(search, chain, other, i) || !waits_for(search, request, &answer))
            continue;
        for (answer.wanted = i + 1; answer.wanted < other->count; answer.wanted++) {
            if (is_in(search, chain, other, answer.wanted) && other->locks[answer.wanted].waits &&
                waits_for(search, &answer, request) && request_is_possible(&answer))
                return true;
        }
    }
    return false;
}

/* Whether two of the programs may deadlock over what is locked in the cycle. */
static bool deadlock_alone(struct search *search, const struct chain *chain, const struct plan *own,
                           const struct plan *other)
{
    for (size_t i = 0; i < own->count; i++) {
        if (!is_in(search, chain, own, i))
            continue;
        for (size_t j = i + 1; j < own->count; j++) {
            struct request request = {own, i, j};
            if (is_in(search, chain, own, j) && own->locks[j].waits &&
                request_is_possible(&request) && is_answered(search, chain, &request, other))
                return true;
        }
    }
    return false;
}

/* Whether one of them waits for another one than the next, which makes a shorter cycle. */
static bool has_shortcut(struct search *search, const struct chain *chain)
{
    unsigned count = chain->length;

    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 2; j < count; j++) {
            if (waits_for(search, chain->runs[i], chain->runs[(i + j) % count]))
                return true;
        }
    }
    return false;
}

static bool is_minimal(struct search *search, const struct chain *chain)
{
    if (has_shortcut(search, chain))
        return false;
    for (unsigned i = 0; i < chain->length; i++) {
        for (unsigned j = i + 1; j < chain->length; j++) {
            if (deadlock_alone(search, chain, chain->runs[i]->plan, chain->runs[j]->plan))
                return false;
        }
    }
    return true;
}

static bool may_overlap(const struct chain *chain)
{
    for (unsigned i = 0; i < chain->length; i++) {
        for (unsigned j = i + 1; j < chain->length; j++) {
            if (!transaction_may_overlap(chain->runs[i]->plan->transaction,
                                         chain->runs[j]->plan->transaction))
                return false;
        }
    }
    return true;
}

/* ------------------------------------------------------------------ the search */

/* What is locked, from the least number on: the same for each rotation and for each program that
 * takes the place of one. Owned by the caller. */
static char *key_of(const struct search *search, const struct chain *chain)
{
    int things[WORLD_RUNS];
    unsigned first = 0;
    GString *key = g_string_new(NULL);

    for (unsigned i = 0; i < chain->length; i++) {
        const struct request *run = chain->runs[i];
        things[i] = cycle_graph_thing(&search->graph, run->plan, run->held);
        first = things[i] < things[first] ? i : first;
    }
    for (unsigned i = 0; i < chain->length; i++)
        g_string_append_printf(key, "%d ", things[(first + i) % chain->length]);
    return g_string_free(key, FALSE);
}

static void report(struct search *search, const struct chain *chain)
{
    struct arena *arena = search->graph.arena;
    struct cycle *cycle = arena_new(arena, struct cycle);

    *cycle = (struct cycle){.count = chain->length, .certain = true};
    for (unsigned i = 0; i < chain->length; i++) {
        const struct request *own = chain->runs[i], *next = chain->runs[(i + 1) % chain->length];
        cycle->runs[i] = (struct cycle_run){.transaction = own->plan->transaction,
                                            .held = *request_held(own),
                                            .wanted = *request_wanted(own)};
        cycle->certain &= lock_conflicts(request_wanted(own), request_held(next)) == ANSWER_YES;
    }
    g_hash_table_insert(search->graph.corpus->cycles, (gpointer)cycle->runs[0].transaction, cycle);
}

/* Whether the requests that were chosen are a cycle that is to be reported. */
static bool complete(struct search *search, const struct chain *chain)
{
    if (!waits_for(search, chain->runs[chain->length - 1], chain->runs[0]) || !may_overlap(chain) ||
        !is_minimal(search, chain))
        return false;
    g_autofree char *key = key_of(search, chain);
    if (g_hash_table_contains(search->reported, key) || !happens(search, chain))
        return false;
    report(search, chain);
    g_hash_table_add(search->reported, g_steal_pointer(&key));
    return true;
}

/* Chooses requests of these links for the rest of the chain. */
static bool choose(struct search *search, struct chain *chain,
                   const struct cycle_link *const *links, unsigned count)
{
    const struct request *last = chain->runs[chain->length - 1];
    bool found = false;

    if (count == 0)
        return complete(search, chain);
    for (guint i = 0; i < links[0]->edges->len && !found; i++) {
        const struct cycle_edge *edge = links[0]->edges->pdata[i];
        for (unsigned j = 0; j < edge->count && !found && search->steps > 0; j++) {
            if (!waits_for(search, last, &edge->requests[j]))
                continue;
            chain->runs[chain->length++] = &edge->requests[j];
            found = choose(search, chain, links + 1, count - 1);
            chain->length--;
        }
    }
    return found;
}

/* Follows links from a node until `left` are chosen and the last leads back to what the first
 * request holds. */
static bool follow(struct search *search, struct chain *chain, const struct cycle_link **links,
                   unsigned chosen, unsigned left, int from, int to)
{
    const struct cycle_graph *graph = &search->graph;
    bool found = false;

    if (left == 1) {
        links[chosen] = cycle_graph_link(graph, from, to);
        return links[chosen] && choose(search, chain, links, chosen + 1);
    }
    const GPtrArray *out = cycle_graph_links(graph, from);
    for (guint i = 0; out && i < out->len && !found && search->steps > 0; i++) {
        links[chosen] = out->pdata[i];
        search->steps--;
        found = follow(search, chain, links, chosen + 1, left - 1, links[chosen]->to, to);
    }
    return found;
}

/* A request of the program, when it can be one of a cycle. */
static bool is_candidate(const struct cycle_graph *graph, const struct request *request)
{
    return request_wanted(request)->waits &&
           cycle_graph_node(graph, request->plan, request->wanted) != NO_NODE &&
           !request_is_upgrade(request) && request_is_ordered(request, false) &&
           request_is_possible(request);
}

static GArray *requests_of(struct search *search, const struct plan *plan)
{
    GArray *requests = g_array_new(FALSE, FALSE, sizeof(struct request));

    for (size_t i = 0; i < plan->count; i++) {
        if (cycle_graph_node(&search->graph, plan, i) == NO_NODE)
            continue;
        for (size_t j = i + 1; j < plan->count && search->steps > 0; j++) {
            struct request request = {plan, i, j};
            search->steps--;
            if (is_candidate(&search->graph, &request))
                g_array_append_val(requests, request);
        }
    }
    return requests;
}

static bool is_about(const struct lock *lock, const struct request *request)
{
    const struct lock *held = request_held(request), *wanted = request_wanted(request);

    return lock_same_table(lock, held) || lock_same_table(lock, wanted) ||
           (lock->call && (held->call || wanted->call));
}

/* Another program alone deadlocks with this one over something that the request is about: that is
 * reported, and its order is to be changed anyway. */
static bool is_explained(const struct search *search, const struct request *request)
{
    const struct transaction *own = request->plan->transaction;
    const struct deadlock *each = deadlock_of(search->graph.corpus, own);

    while (each && (each->upgrade || each->other == own ||
                    !(is_about(&each->held, request) || is_about(&each->wanted, request))))
        each = each->next;
    return each;
}

static bool search_from(struct search *search, const struct request *request, unsigned length)
{
    struct chain chain = {.length = 1, .runs = {request}};
    const struct cycle_link *links[WORLD_RUNS];
    const struct cycle_graph *graph = &search->graph;

    return follow(search, &chain, links, 0, length - 1,
                  cycle_graph_node(graph, request->plan, request->wanted),
                  cycle_graph_node(graph, request->plan, request->held));
}

/* Programs that come later are not in the graph yet. */
static void search_plan(struct search *search, const struct plan *plan)
{
    g_autoptr(GArray) requests = requests_of(search, plan);
    bool found = plan->transaction->unknown || !plan->transaction->script->linted;

    for (guint i = 0; i < requests->len; i++)
        cycle_graph_add(&search->graph, &g_array_index(requests, struct request, i));
    for (guint i = requests->len; i > 0; i--) {
        if (is_explained(search, &g_array_index(requests, struct request, i - 1)))
            g_array_remove_index_fast(requests, i - 1);
    }
    for (unsigned length = SHORTEST; length <= WORLD_RUNS; length++) {
        for (guint i = 0; i < requests->len && !found && search->steps > 0; i++)
            found = search_from(search, &g_array_index(requests, struct request, i), length);
    }
}

void cycle_search(struct corpus *corpus, struct arena *arena)
{
    struct search search = {.plays = 0};

    cycle_graph_make(&search.graph, corpus, arena);
    search.reported = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    unsigned share = ALL_CYCLE_STEPS / (unsigned)MAX(search.graph.plan_count, 1);
    for (size_t i = 0; i < search.graph.plan_count; i++) {
        search.steps = CLAMP(share, LEAST_CYCLE_STEPS, MOST_CYCLE_STEPS);
        search.plays = MOST_CYCLE_PLAYS;
        search_plan(&search, &search.graph.plans[i]);
        if (search.steps == 0 || search.plays == 0)
            limit_reached(corpus->limits, LIMIT_CYCLES);
    }
    g_hash_table_unref(search.reported);
    cycle_graph_finish(&search.graph);
}

const struct cycle *cycle_of(const struct corpus *corpus, const struct transaction *transaction)
{
    return g_hash_table_lookup(corpus->cycles, transaction);
}
