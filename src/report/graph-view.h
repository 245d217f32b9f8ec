#pragma once
/* What is drawn of the dependencies between programs, for all that draw it. */

#include "base/arena.h"
#include "report/graph.h"

struct graph_view {
    const struct graph *graph;
    FILE *out;
    void *context; /* of what is called for each program and edge */
    struct arena arena;
    GHashTable *numbers; /* transaction → its place among those shown, from 1 */
    GHashTable *pivots;  /* transaction → the structure it is the pivot of */
    GHashTable *pairs;   /* struct graph_pair: programs of one structure; NULL: draw all */
    const struct dependency *next; /* the first of a program that is not written yet */
};

/* What can be said of the dependencies from one program to another with one line. */
enum graph_line {
    LINE_PLAIN,      /* ww and wr: only one order of the two is possible */
    LINE_RW,         /* rw, but the two cannot both commit while they overlap */
    LINE_VULNERABLE, /* rw, and they can */
};

struct graph_edge {
    const struct transaction *from, *to;
    enum graph_line line;
    const char *label; /* "ww saving, wr checking" */
};

/* Text that is harmless in every one of the formats: no quotes, no control characters. Owned by the
 * caller. */
char *graph_label(const char *text);

/* The drawing that `graph` asks for. Freed by graph_view_finish. */
void graph_view_init(struct graph_view *view, const struct graph *graph, FILE *out);
void graph_view_finish(struct graph_view *view);

/* The programs that are drawn, in order, and the lines between them: dependencies between the same
 * two programs that look alike are one line. */
void graph_each_program(struct graph_view *view,
                        void (*put)(struct graph_view *, const struct transaction *));
void graph_each_edge(struct graph_view *view,
                     void (*put)(struct graph_view *, const struct graph_edge *));

/* Of a program: its place among those that are drawn, from 1, or 0; its name as a label, owned by the
 * caller; its level; the structure that it is the pivot of, or NULL. */
guint graph_number(const struct graph_view *view, const struct transaction *program);
char *graph_name(struct graph_view *view, const struct transaction *program);
const char *graph_level(const struct transaction *program);
const struct structure *graph_structure_of(const struct graph_view *view,
                                           const struct transaction *program);

/* What becomes of a structure: "40001", "anomaly without an error". */
const char *graph_outcome(const struct structure *structure);

/* Whether a dependency is drawn. */
bool graph_draws(const struct graph_view *view, const struct dependency *dependency);
