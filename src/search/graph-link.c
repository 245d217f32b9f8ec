/* What is remembered about the structures that were found. */
#include "search/graph.h"

/* One table that is used at several levels is one cause. */
static bool is_repeated(const struct corpus *corpus, GHashTable *mixed,
                        const struct structure *structure)
{
    const GPtrArray *table = corpus_accesses(corpus, structure->read);
    const struct structure *first = g_hash_table_lookup(mixed, table);

    if (!first)
        g_hash_table_insert(mixed, (gpointer)table, (gpointer)structure);
    return first && access_same_relation(first->read, structure->read);
}

struct structure *graph_link(struct corpus *corpus, struct structure *const *structures,
                             struct arena *arena)
{
    struct structure *first = NULL, **end = &first;
    g_autoptr(GHashTable) mixed = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < corpus->transactions->len; i++) {
        if (!structures[i])
            continue;
        struct structure *structure = arena_new(arena, struct structure);
        *structure = *structures[i];
        g_free(structures[i]);
        structure->next = NULL;
        structure->repeats =
            structure->kind == STRUCTURE_MIXED && is_repeated(corpus, mixed, structure);
        g_hash_table_insert(corpus->structures, (gpointer)structure->pivot, structure);
        g_hash_table_add(corpus->involved, (gpointer)structure->pivot);
        g_hash_table_add(corpus->involved, (gpointer)structure->out);
        g_hash_table_add(corpus->involved, (gpointer)structure->in);
        *end = structure;
        end = &structure->next;
    }
    return first;
}

const struct structure *graph_structure(const struct corpus *corpus,
                                        const struct transaction *pivot)
{
    return g_hash_table_lookup(corpus->structures, pivot);
}

bool graph_involves(const struct corpus *corpus, const struct transaction *transaction)
{
    return g_hash_table_contains(corpus->involved, transaction);
}
