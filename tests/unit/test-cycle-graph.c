/* Which locks a cycle of waits can go through, and what leads from one to the other. Each program of a
 * sample is one line: its locks by the node that each is, "-" for none; then the links. */
#include "conflict/cycle-graph.h"

#include "support/sample.h"

#define TABLES                                           \
    "CREATE TABLE t (id int PRIMARY KEY, v int, o int);" \
    "CREATE TABLE u (id int PRIMARY KEY, v int);"        \
    "CREATE TABLE w (id int PRIMARY KEY, v int);\n"
#define PROGRAM(statements)  "BEGIN;" statements " COMMIT;\n"
#define TWO(a, b)            TABLES PROGRAM(a) PROGRAM(b)
#define UPDATE(table, value) "UPDATE " table " SET v = v + 1 WHERE id = " value ";"
#define READ(table)          "SELECT v FROM " table ";"
#define KEY(value)           "SELECT pg_advisory_xact_lock(" value ");"
#define SHARED_KEY(value)    "SELECT pg_advisory_xact_lock_shared(" value ");"

static void append_plan(GString *out, const struct cycle_graph *graph, const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        int node = cycle_graph_node(graph, plan, i);
        const struct lock *lock = &plan->locks[i];
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "",
                               lock->access ? lock->access->name : lock->call->call->name);
        if (node == NO_NODE)
            g_string_append(out, " -");
        else
            g_string_append_printf(out, " %d", node);
    }
    g_string_append_c(out, '\n');
}

/* Each lock that has a node is held while the next one is asked for. */
static void add_requests(struct cycle_graph *graph, const struct plan *plan)
{
    size_t last = plan->count;

    for (size_t i = 0; i < plan->count; i++) {
        if (cycle_graph_node(graph, plan, i) == NO_NODE)
            continue;
        if (last < plan->count)
            cycle_graph_add(graph, &(struct request){plan, last, i});
        last = i;
    }
}

static void append_links(GString *out, const struct cycle_graph *graph)
{
    for (int node = 0; node < graph->node_count; node++) {
        const GPtrArray *links = cycle_graph_links(graph, node);
        for (guint i = 0; links && i < links->len; i++) {
            const struct cycle_link *link = links->pdata[i];
            unsigned programs = 0;
            for (guint j = 0; j < link->edges->len; j++)
                programs += ((const struct cycle_edge *)link->edges->pdata[j])->count;
            assert_ptr_equal(cycle_graph_link(graph, node, link->to), link);
            g_string_append_printf(out, "%d → %d: %u in %u\n", node, link->to, programs,
                                   link->edges->len);
        }
    }
}

static char *view_graph(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct arena arena = {0};
    struct cycle_graph graph;
    struct linted linted;

    lint_sample(&linted, text, options);
    cycle_graph_make(&graph, &project_database(&linted.project, 0)->corpus, &arena);
    for (size_t i = 0; i < graph.plan_count; i++)
        append_plan(out, &graph, &graph.plans[i]);
    for (size_t i = 0; i < graph.plan_count; i++)
        add_requests(&graph, &graph.plans[i]);
    append_links(out, &graph);
    assert_null(cycle_graph_link(&graph, graph.node_count, graph.node_count));
    cycle_graph_finish(&graph);
    arena_finish(&arena);
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

static const struct sample samples[] = {
    {"one order", TWO(UPDATE("t", "1") UPDATE("u", "1"), UPDATE("t", "1") UPDATE("u", "1")),
     "t -, u -\n"
     "t -, u -\n"},
    {"two orders", TWO(UPDATE("t", "1") UPDATE("u", "1"), UPDATE("u", "1") UPDATE("t", "1")),
     "t 0, u 1\n"
     "u 1, t 0\n"
     "0 → 1: 1 in 1\n"
     "1 → 0: 1 in 1\n"},
    {"rows by constants", TWO(UPDATE("t", "1") UPDATE("t", "2"), UPDATE("t", "2") UPDATE("t", "1")),
     "t 0, t 1\n"
     "t 1, t 0\n"
     "0 → 1: 1 in 1\n"
     "1 → 0: 1 in 1\n"},
    {"rows by constants and parameters",
     TWO(UPDATE("t", "1") UPDATE("t", "2"), UPDATE("t", "$1") UPDATE("t", "1")),
     "t 0, t 0\n"
     "t 0, t 0\n"
     "0 → 0: 2 in 2\n"},
    {"rows by constants of two columns",
     TWO(UPDATE("t", "1") "UPDATE t SET v = 1 WHERE o = 2;", UPDATE("t", "2") UPDATE("t", "1")),
     "t 0, t 0\n"
     "t 0, t 0\n"
     "0 → 0: 2 in 2\n"},
    {"what is on no cycle",
     TWO(UPDATE("w", "1") UPDATE("t", "1") UPDATE("u", "1"), UPDATE("u", "1") UPDATE("t", "1")),
     "w -, t 1, u 2\n"
     "u 2, t 1\n"
     "1 → 2: 1 in 1\n"
     "2 → 1: 1 in 1\n"},
    {"what is after a cycle",
     TWO(UPDATE("t", "1") UPDATE("u", "1") UPDATE("w", "1"),
         UPDATE("u", "1") UPDATE("t", "1") UPDATE("w", "1")),
     "t 0, u 1, w -\n"
     "u 1, t 0, w -\n"
     "0 → 1: 1 in 1\n"
     "1 → 0: 1 in 1\n"},
    {"what nobody waits for",
     TWO(READ("w") UPDATE("t", "1") UPDATE("u", "1"), UPDATE("u", "1") READ("w") UPDATE("t", "1")),
     "w -, t 0, u 1\n"
     "u 1, w -, t 0\n"
     "0 → 1: 1 in 1\n"
     "1 → 0: 1 in 1\n"},
    {"advisory locks", TWO(KEY("1") KEY("2"), KEY("2") KEY("1")),
     "pg_advisory_xact_lock 0, pg_advisory_xact_lock 1\n"
     "pg_advisory_xact_lock 1, pg_advisory_xact_lock 0\n"
     "0 → 1: 1 in 1\n"
     "1 → 0: 1 in 1\n"},
    {"advisory locks that all share",
     TWO(SHARED_KEY("1") SHARED_KEY("2"), SHARED_KEY("2") SHARED_KEY("1")),
     "pg_advisory_xact_lock_shared -, pg_advisory_xact_lock_shared -\n"
     "pg_advisory_xact_lock_shared -, pg_advisory_xact_lock_shared -\n"},
    {"a definition takes no part",
     TWO(UPDATE("t", "1") UPDATE("u", "1"), "ALTER TABLE u ADD x int; ALTER TABLE t ADD x int;"),
     "t -, u -\n"},
    {"many programs of one shape",
     TWO(UPDATE("t", "1") UPDATE("u", "1"), UPDATE("u", "1") UPDATE("t", "1"))
         PROGRAM(UPDATE("t", "1") UPDATE("u", "1") READ("w"))
             PROGRAM(UPDATE("t", "1") UPDATE("u", "1") READ("w") READ("w")),
     "t 0, u 1\n"
     "u 1, t 0\n"
     "t 0, u 1, w -\n"
     "t 0, u 1, w -\n"
     "0 → 1: 3 in 1\n"
     "1 → 0: 1 in 1\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_graph);
    return tests_run("cycle-graph", tests);
}
