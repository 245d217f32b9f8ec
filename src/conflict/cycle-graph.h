#pragma once
/* What programs ask for while they hold something else: a graph whose nodes are the things that are
 * locked, and whose edges are programs. Only its core is kept: a cycle of waits is a cycle in it. */

#include "conflict/request.h"
#include "corpus/corpus.h"

enum { NO_NODE = -1 };

/* Requests that lock the same in the same modes: the first programs with it stand for all. */
struct cycle_edge {
    unsigned count;
    struct request requests[MOST_EDGE_PROGRAMS];
};

/* The edges from one node to another. */
struct cycle_link {
    int to;
    GPtrArray *edges; /* struct cycle_edge */
};

struct cycle_graph {
    const struct corpus *corpus;
    struct arena *arena;
    struct plan *plans;
    size_t plan_count;
    GHashTable *objects;   /* relations → struct cycle_object */
    GPtrArray *things;     /* struct cycle_thing, by their number */
    GHashTable *thing_of;  /* the same → itself */
    GHashTable *number_of; /* a plan → the numbers of what its locks lock, int[]; or -1 */
    int node_count;
    bool *core;        /* by node */
    GPtrArray **out;   /* by node: struct cycle_link, or NULL */
    GHashTable *links; /* two nodes → struct cycle_link */
    GHashTable *edges; /* struct cycle_signature → struct cycle_edge */
};

/* Of the programs that may wait for one another, in the order of the corpus. */
void cycle_graph_make(struct cycle_graph *graph, const struct corpus *corpus, struct arena *arena);
void cycle_graph_finish(struct cycle_graph *graph);

/* The node of a lock; NO_NODE when no cycle can go through it. */
int cycle_graph_node(const struct cycle_graph *graph, const struct plan *plan, size_t lock);

/* What a lock locks, as a number: the same for two that cannot be told apart. */
int cycle_graph_thing(const struct cycle_graph *graph, const struct plan *plan, size_t lock);

/* Adds a request, unless enough programs make the same. */
void cycle_graph_add(struct cycle_graph *graph, const struct request *request);

/* The links from a node, or NULL; the one to a certain node, or NULL. */
const GPtrArray *cycle_graph_links(const struct cycle_graph *graph, int from);
const struct cycle_link *cycle_graph_link(const struct cycle_graph *graph, int from, int to);
