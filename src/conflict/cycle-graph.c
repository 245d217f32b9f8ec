/* A relation is one node, unless all that lock its rows name one by a constant of the same column:
 * then each constant is a node. A program that locks a, b and c asks for each while it holds those
 * before it: from a to b and from b to c are enough to see which nodes a cycle can go through. */
#include "conflict/cycle-graph.h"

#include <string.h>

#include "program/rows.h"

/* What is locked of a relation, or of all advisory locks. */
struct cycle_object {
    unsigned tables, rows; /* bits: the modes of all its locks */
    bool keys, exclusive;  /* some insert keys; some advisory locks are not shared */
    bool mixed;            /* its rows cannot be told apart by constants of one column */
    const char *column;    /* of these constants */
    int node;              /* of a mixed one; NO_NODE before it has one */
};

/* A row, by a constant of one column, or any (no constant). */
struct cycle_thing {
    const struct cycle_object *object;
    const char *column, *constant;
    int number, node;
};

struct cycle_signature {
    int held, wanted;
    unsigned held_mode, wanted_mode;
};

/* ------------------------------------------------------------------ what is locked */

static guint hash_thing(gconstpointer key)
{
    const struct cycle_thing *thing = key;

    return g_direct_hash(thing->object) * 31 + (thing->column ? g_str_hash(thing->column) : 0) * 7 +
           (thing->constant ? g_str_hash(thing->constant) : 0);
}

static gboolean equal_things(gconstpointer a, gconstpointer b)
{
    const struct cycle_thing *x = a, *y = b;

    return x->object == y->object && g_strcmp0(x->column, y->column) == 0 &&
           g_strcmp0(x->constant, y->constant) == 0;
}

static struct cycle_object *object_of(struct cycle_graph *graph, const struct lock *lock)
{
    const void *key =
        lock->access ? (const void *)corpus_accesses(graph->corpus, lock->access) : graph;
    struct cycle_object *object = g_hash_table_lookup(graph->objects, key);

    if (!object) {
        object = arena_new(graph->arena, struct cycle_object);
        *object = (struct cycle_object){.node = NO_NODE};
        g_hash_table_insert(graph->objects, (gpointer)key, object);
    }
    return object;
}

static bool is_shared(const struct lock *lock)
{
    return lock->call && g_str_has_suffix(lock->call->call->name, "_shared");
}

static void note_modes(struct cycle_object *object, const struct lock *lock)
{
    object->tables |= lock->access ? 1U << lock->table : 0;
    object->rows |= 1U << lock->row;
    object->keys |= lock->key;
    object->exclusive |= !lock->access && !is_shared(lock);
}

/* Whether anybody may wait for it, or it for anybody. */
static bool is_relevant(const struct cycle_object *object, const struct lock *lock)
{
    if (!lock->access)
        return object->exclusive;
    if (lock->key || (lock->row != LOCK_NONE && object->keys))
        return true;
    for (unsigned mode = TABLE_LOCK_ACCESS_SHARE; mode <= TABLE_LOCK_ACCESS_EXCLUSIVE; mode++) {
        if ((object->tables >> mode) & 1 && table_lock_conflicts(lock->table, mode))
            return true;
    }
    for (unsigned row = LOCK_KEY_SHARE; row <= LOCK_UPDATE; row++) {
        if ((object->rows >> row) & 1 && row_lock_conflicts(lock->row, row))
            return true;
    }
    return false;
}

/* The keys of an advisory lock as one text; NULL when one of them is no constant. */
static const char *constant_keys(struct arena *arena, const struct call *call)
{
    const char *text = "";

    for (const struct operand_item *item = call->arguments; item; item = item->next) {
        if (item->operand.kind != OPERAND_CONSTANT || !item->operand.text)
            return NULL;
        text = arena_printf(arena, "%s,%s", text, item->operand.text);
    }
    return text;
}

/* The column of the only unique index, when it has one. */
static const char *key_column_of(const struct relation *relation)
{
    const char *column = NULL;

    for (const struct index *index = relation->indexes; index; index = index->next) {
        if (index->kind == INDEX_PLAIN)
            continue;
        if (column || !index->keys || index->keys->next)
            return NULL;
        column = index->keys->column;
    }
    return column;
}

static void describe_key(struct cycle_thing *thing, const struct access *insert)
{
    const char *column = key_column_of(insert->relation);
    const struct operand *value = column ? access_inserts(insert, column) : NULL;

    if (value && value->kind == OPERAND_CONSTANT && value->text) {
        thing->column = column;
        thing->constant = value->text;
    }
}

static struct cycle_thing describe(struct cycle_graph *graph, struct cycle_object *object,
                                   const struct lock *lock)
{
    struct cycle_thing thing = {.object = object, .node = NO_NODE};
    const struct term *point = lock->access ? lock->access->rest->point : NULL;

    if (!lock->access) {
        thing.column = "";
        thing.constant = constant_keys(graph->arena, lock->call->call);
    } else if (lock->key) {
        describe_key(&thing, lock->access);
    } else if (point && point->value && point->value->kind == OPERAND_CONSTANT &&
               lock->row != LOCK_NONE) {
        thing.column = point->column;
        thing.constant = point->value->text;
    }
    return thing;
}

static int number_of(struct cycle_graph *graph, const struct lock *lock)
{
    struct cycle_object *object = object_of(graph, lock);

    if (!is_relevant(object, lock))
        return NO_NODE;
    struct cycle_thing thing = describe(graph, object, lock);
    struct cycle_thing *known = g_hash_table_lookup(graph->thing_of, &thing);
    if (!thing.constant || (object->column && strcmp(object->column, thing.column) != 0))
        object->mixed = true;
    object->column = thing.column;
    if (!known) {
        known = arena_new(graph->arena, struct cycle_thing);
        *known = thing;
        known->number = (int)graph->things->len;
        g_ptr_array_add(graph->things, known);
        g_hash_table_insert(graph->thing_of, known, known);
    }
    return known->number;
}

static void number_locks(struct cycle_graph *graph)
{
    for (size_t i = 0; i < graph->plan_count; i++) {
        for (size_t j = 0; j < graph->plans[i].count; j++)
            note_modes(object_of(graph, &graph->plans[i].locks[j]), &graph->plans[i].locks[j]);
    }
    for (size_t i = 0; i < graph->plan_count; i++) {
        const struct plan *plan = &graph->plans[i];
        int *numbers = arena_array(graph->arena, int, plan->count);
        for (size_t j = 0; j < plan->count; j++)
            numbers[j] = number_of(graph, &plan->locks[j]);
        g_hash_table_insert(graph->number_of, (gpointer)plan, numbers);
    }
    for (guint i = 0; i < graph->things->len; i++) {
        struct cycle_thing *thing = graph->things->pdata[i];
        struct cycle_object *object = (struct cycle_object *)thing->object;
        if (!object->mixed || object->node == NO_NODE)
            thing->node = graph->node_count++;
        if (object->mixed && object->node == NO_NODE)
            object->node = thing->node;
        if (object->mixed)
            thing->node = object->node;
    }
}

/* ------------------------------------------------------------------ the core */

struct step_edge {
    int from, to;
};

static const struct cycle_thing *thing_of(const struct cycle_graph *graph, int number)
{
    return graph->things->pdata[number];
}

/* The second asks for the row that the first has locked already. */
static bool is_same_row(const struct cycle_thing *thing, const struct lock *a, const struct lock *b)
{
    return (thing->constant && !thing->object->mixed) ||
           (a->access && b->access && access_same_rows(a->access, b->access) == ANSWER_YES);
}

static void add_steps(const struct cycle_graph *graph, const struct plan *plan, GArray *steps)
{
    const int *numbers = g_hash_table_lookup(graph->number_of, plan);
    size_t last = plan->count;

    for (size_t i = 0; i < plan->count; i++) {
        if (numbers[i] == NO_NODE)
            continue;
        if (last < plan->count) {
            struct step_edge step = {thing_of(graph, numbers[last])->node,
                                     thing_of(graph, numbers[i])->node};
            if (step.from != step.to ||
                !is_same_row(thing_of(graph, numbers[i]), &plan->locks[last], &plan->locks[i]))
                g_array_append_val(steps, step);
        }
        last = i;
    }
}

/* Takes out, one after the other, the nodes to which nothing leads. */
static void peel(struct cycle_graph *graph, const GArray *steps, bool backwards)
{
    size_t nodes = (size_t)graph->node_count;
    g_autofree guint *first = g_new0(guint, nodes + 1), *in = g_new0(guint, nodes);
    g_autofree int *next = g_new(int, steps->len + 1);
    g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(int));

    for (guint i = 0; i < steps->len; i++) {
        const struct step_edge *step = &g_array_index(steps, struct step_edge, i);
        first[backwards ? step->to : step->from]++;
        if (graph->core[step->from] && graph->core[step->to])
            in[backwards ? step->from : step->to]++;
    }
    for (size_t i = 1; i <= nodes; i++)
        first[i] += first[i - 1];
    for (guint i = 0; i < steps->len; i++) {
        const struct step_edge *step = &g_array_index(steps, struct step_edge, i);
        next[--first[backwards ? step->to : step->from]] = backwards ? step->from : step->to;
    }
    for (int i = 0; i < graph->node_count; i++) {
        if (graph->core[i] && in[i] == 0)
            g_array_append_val(open, i);
    }
    while (open->len > 0) {
        int node = g_array_index(open, int, open->len - 1);
        g_array_set_size(open, open->len - 1);
        graph->core[node] = false;
        for (guint i = first[node]; i < first[node + 1]; i++) {
            if (graph->core[next[i]] && --in[next[i]] == 0)
                g_array_append_val(open, next[i]);
        }
    }
}

static void find_core(struct cycle_graph *graph)
{
    g_autoptr(GArray) steps = g_array_new(FALSE, FALSE, sizeof(struct step_edge));

    graph->core = g_new(bool, (size_t)graph->node_count);
    graph->out = g_new0(GPtrArray *, (size_t)graph->node_count);
    for (int i = 0; i < graph->node_count; i++)
        graph->core[i] = true;
    for (size_t i = 0; i < graph->plan_count; i++)
        add_steps(graph, &graph->plans[i], steps);
    peel(graph, steps, false);
    peel(graph, steps, true);
}

/* ------------------------------------------------------------------ the programs */

/* Whether the program may wait for others while it holds something. What changes tables seldom runs
 * beside the rest, and a search for one of many equal programs finds the first. */
static bool may_take_part(const struct transaction *transaction, bool tables)
{
    unsigned reads = 1U << ACCESS_READ | 1U << ACCESS_TRUNCATE | 1U << ACCESS_TABLE_LOCK;

    return !transaction->surplus && !transaction->set_up &&
           !(transaction->kinds >> ACCESS_DEFINE & 1) &&
           (tables || transaction->calls || transaction->kinds & ~reads);
}

static void add_plan(struct cycle_graph *graph, const struct transaction *transaction)
{
    struct lock locks[MOST_LOCKS];
    size_t count = MIN(transaction_locks(transaction, locks, MOST_LOCKS), (size_t)MOST_LOCKS);
    struct plan *plan = &graph->plans[graph->plan_count];

    if (count < 2)
        return;
    *plan = (struct plan){.transaction = transaction, .count = count};
    plan->locks = arena_array(graph->arena, struct lock, count);
    memcpy(plan->locks, locks, count * sizeof(struct lock));
    graph->plan_count++;
}

static guint hash_signature(gconstpointer key)
{
    const struct cycle_signature *signature = key;

    return (guint)signature->held * 65599 + (guint)signature->wanted * 257 +
           signature->held_mode * 31 + signature->wanted_mode;
}

static gboolean equal_signatures(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct cycle_signature)) == 0;
}

void cycle_graph_make(struct cycle_graph *graph, const struct corpus *corpus, struct arena *arena)
{
    const GPtrArray *transactions = corpus->transactions;
    bool tables = corpus->kinds & (1U << ACCESS_TRUNCATE | 1U << ACCESS_TABLE_LOCK);

    *graph = (struct cycle_graph){.corpus = corpus, .arena = arena};
    graph->objects = g_hash_table_new(NULL, NULL);
    graph->things = g_ptr_array_new();
    graph->thing_of = g_hash_table_new(hash_thing, equal_things);
    graph->number_of = g_hash_table_new(NULL, NULL);
    graph->links = g_hash_table_new(g_int64_hash, g_int64_equal);
    graph->edges = g_hash_table_new(hash_signature, equal_signatures);
    graph->plans = g_new0(struct plan, transactions->len + 1);
    for (guint i = 0; i < transactions->len; i++) {
        if (may_take_part(transactions->pdata[i], tables))
            add_plan(graph, transactions->pdata[i]);
    }
    number_locks(graph);
    find_core(graph);
}

void cycle_graph_finish(struct cycle_graph *graph)
{
    GHashTableIter iter;
    gpointer link;

    g_hash_table_iter_init(&iter, graph->links);
    while (g_hash_table_iter_next(&iter, NULL, &link))
        g_ptr_array_unref(((struct cycle_link *)link)->edges);
    for (int i = 0; i < graph->node_count; i++) {
        if (graph->out[i])
            g_ptr_array_unref(graph->out[i]);
    }
    g_hash_table_unref(graph->objects);
    g_ptr_array_unref(graph->things);
    g_hash_table_unref(graph->thing_of);
    g_hash_table_unref(graph->number_of);
    g_hash_table_unref(graph->links);
    g_hash_table_unref(graph->edges);
    g_free(graph->plans);
    g_free(graph->core);
    g_free(graph->out);
}

/* ------------------------------------------------------------------ edges */

int cycle_graph_thing(const struct cycle_graph *graph, const struct plan *plan, size_t lock)
{
    const int *numbers = g_hash_table_lookup(graph->number_of, plan);

    return numbers[lock];
}

int cycle_graph_node(const struct cycle_graph *graph, const struct plan *plan, size_t lock)
{
    int number = cycle_graph_thing(graph, plan, lock);
    int node = number == NO_NODE ? NO_NODE : thing_of(graph, number)->node;

    return node != NO_NODE && graph->core[node] ? node : NO_NODE;
}

static unsigned mode_of(const struct lock *lock)
{
    bool upsert = lock->key && access_is_upsert(lock->access);

    return (unsigned)lock->table | (unsigned)lock->row << 4 | (unsigned)lock->key << 8 |
           (unsigned)is_shared(lock) << 9 | (unsigned)upsert << 10;
}

static struct cycle_link *link_from(struct cycle_graph *graph, int from, int to)
{
    gint64 key = (gint64)from << 32 | to;
    struct cycle_link *link = g_hash_table_lookup(graph->links, &key);

    if (link)
        return link;
    gint64 *kept = arena_new(graph->arena, gint64);
    *kept = key;
    link = arena_new(graph->arena, struct cycle_link);
    *link = (struct cycle_link){.to = to, .edges = g_ptr_array_new()};
    g_hash_table_insert(graph->links, kept, link);
    if (!graph->out[from])
        graph->out[from] = g_ptr_array_new();
    g_ptr_array_add(graph->out[from], link);
    return link;
}

void cycle_graph_add(struct cycle_graph *graph, const struct request *request)
{
    const struct plan *plan = request->plan;
    struct cycle_signature signature = {cycle_graph_thing(graph, plan, request->held),
                                        cycle_graph_thing(graph, plan, request->wanted),
                                        mode_of(request_held(request)),
                                        mode_of(request_wanted(request))};
    struct cycle_edge *edge = g_hash_table_lookup(graph->edges, &signature);

    if (!edge) {
        struct cycle_signature *kept = arena_new(graph->arena, struct cycle_signature);
        *kept = signature;
        edge = arena_new(graph->arena, struct cycle_edge);
        edge->count = 0;
        g_hash_table_insert(graph->edges, kept, edge);
        g_ptr_array_add(link_from(graph, thing_of(graph, signature.held)->node,
                                  thing_of(graph, signature.wanted)->node)
                            ->edges,
                        edge);
    }
    if (edge->count < MOST_EDGE_PROGRAMS)
        edge->requests[edge->count++] = *request;
}

const GPtrArray *cycle_graph_links(const struct cycle_graph *graph, int from)
{
    return graph->out[from];
}

const struct cycle_link *cycle_graph_link(const struct cycle_graph *graph, int from, int to)
{
    gint64 key = (gint64)from << 32 | to;

    return g_hash_table_lookup(graph->links, &key);
}
