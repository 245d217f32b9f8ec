#include "report/graph-view.h"

#include <string.h>

#include "report/terminal.h"

/* Harmless in every one of the formats: no quotes, no control characters. */
char *graph_label(const char *text)
{
    GString *label = g_string_new(NULL);

    terminal_append(label, text, strlen(text));
    g_strdelimit(label->str, "\"\\<>&|[]{}#;`", ' ');
    if (terminal_is_command(label->str, label->len)) /* it may begin a line */
        *strchr(label->str, ':') = ' ';
    return g_string_free(label, FALSE);
}

const struct structure *graph_structure_of(const struct graph_view *view,
                                           const struct transaction *program)
{
    return g_hash_table_lookup(view->pivots, program);
}

guint graph_number(const struct graph_view *view, const struct transaction *program)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(view->numbers, program));
}

char *graph_name(struct graph_view *view, const struct transaction *program)
{
    return graph_label(transaction_name(program, NULL, &view->arena));
}

const char *graph_level(const struct transaction *program)
{
    return isolation_level_name(transaction_level(program));
}

/* ------------------------------------------------------------------ what is drawn */

/* Of a large project all dependencies are a tangle; what can go wrong are those between the
 * programs of one structure. */
struct graph_pair {
    const struct transaction *from, *to;
};

static guint pair_hash(gconstpointer data)
{
    const struct graph_pair *pair = data;

    return g_direct_hash(pair->from) * 31 + g_direct_hash(pair->to);
}

static gboolean pair_equal(gconstpointer a, gconstpointer b)
{
    const struct graph_pair *x = a, *y = b;

    return x->from == y->from && x->to == y->to;
}

static void add_pairs(GHashTable *pairs, const struct structure *structure)
{
    const struct transaction *programs[] = {structure->pivot, structure->out, structure->in,
                                            structure->middle};

    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(programs); j++) {
            struct graph_pair pair = {programs[i], programs[j]};
            if (pair.from && pair.to)
                g_hash_table_add(pairs, g_memdup2(&pair, sizeof pair));
        }
    }
}

bool graph_draws(const struct graph_view *view, const struct dependency *dependency)
{
    struct graph_pair pair = {dependency->from->transaction, dependency->to->transaction};

    return !view->pairs || g_hash_table_contains(view->pairs, &pair);
}

/* ------------------------------------------------------------------ edges */

static enum graph_line line_of(const struct dependency *dependency)
{
    return dependency->kind != DEPENDENCY_RW ? LINE_PLAIN
           : dependency->vulnerable          ? LINE_VULNERABLE
                                             : LINE_RW;
}

static bool joins(const struct graph_edge *edge, const struct dependency *dependency)
{
    return edge->from == dependency->from->transaction && edge->to == dependency->to->transaction &&
           edge->line == line_of(dependency);
}

static void put_joined(struct graph_view *view, struct graph_edge *edge,
                       const struct dependency *first,
                       void (*put)(struct graph_view *, const struct graph_edge *))
{
    GString *raw = g_string_new(NULL);

    for (const struct dependency *each = first; each && each->from->transaction == edge->from;
         each = each->next) {
        if (joins(edge, each))
            g_string_append_printf(raw, "%s%s %s", raw->len ? ", " : "",
                                   dependency_kind_name(each->kind),
                                   access_relation_name(each->from));
    }
    g_autofree char *label = graph_label(raw->str);
    edge->label = label;
    put(view, edge);
    g_string_free(raw, TRUE);
}

/* The dependencies of one program come together; the same two programs may come again. */
void graph_each_edge(struct graph_view *view,
                     void (*put)(struct graph_view *, const struct graph_edge *))
{
    const struct dependency *program = view->graph->dependencies;

    for (const struct dependency *first = program; first; first = first->next) {
        if (first->from->transaction != program->from->transaction)
            program = first;
        if (!graph_draws(view, first))
            continue;
        struct graph_edge edge = {first->from->transaction, first->to->transaction, line_of(first),
                                  NULL};
        const struct dependency *earlier = program;
        while (earlier != first && !joins(&edge, earlier))
            earlier = earlier->next;
        if (earlier == first)
            put_joined(view, &edge, first, put);
    }
}

static void number_programs(struct graph_view *view)
{
    const GPtrArray *programs = view->graph->programs;

    view->numbers = g_hash_table_new(NULL, NULL);
    for (const struct dependency *each = view->graph->dependencies; each; each = each->next) {
        if (!graph_draws(view, each))
            continue;
        g_hash_table_add(view->numbers, (gpointer)each->from->transaction);
        g_hash_table_add(view->numbers, (gpointer)each->to->transaction);
    }
    guint number = 0;
    for (guint i = 0; i < programs->len; i++) {
        if (g_hash_table_contains(view->numbers, programs->pdata[i]))
            g_hash_table_replace(view->numbers, programs->pdata[i], GUINT_TO_POINTER(++number));
    }
}

void graph_each_program(struct graph_view *view,
                        void (*put)(struct graph_view *, const struct transaction *))
{
    const GPtrArray *programs = view->graph->programs;

    for (guint i = 0; i < programs->len; i++) {
        if (g_hash_table_contains(view->numbers, programs->pdata[i]))
            put(view, programs->pdata[i]);
    }
}

void graph_view_init(struct graph_view *view, const struct graph *graph, FILE *out)
{
    *view = (struct graph_view){.graph = graph, .out = out, .next = graph->dependencies};
    view->pivots = g_hash_table_new(NULL, NULL);
    view->pairs = graph->all ? NULL : g_hash_table_new_full(pair_hash, pair_equal, g_free, NULL);
    for (const struct structure *each = graph->structures; each; each = each->next) {
        g_hash_table_insert(view->pivots, (gpointer)each->pivot, (gpointer)each);
        if (view->pairs)
            add_pairs(view->pairs, each);
    }
    number_programs(view);
}

void graph_view_finish(struct graph_view *view)
{
    g_hash_table_unref(view->numbers);
    g_hash_table_unref(view->pivots);
    g_clear_pointer(&view->pairs, g_hash_table_unref);
    arena_finish(&view->arena);
}

const char *graph_outcome(const struct structure *structure)
{
    static const char *const outcomes[] = {
        [STRUCTURE_SILENT] = "anomaly without an error",
        [STRUCTURE_ONE_SIDED] = "anomaly without an error, in spite of a lock",
        [STRUCTURE_MIXED] = "anomaly without an error, in spite of SERIALIZABLE",
        [STRUCTURE_REPORT] = "a report sees what no serial order gives",
        [STRUCTURE_FAILURE] = "40001",
    };

    return outcomes[structure->kind];
}
