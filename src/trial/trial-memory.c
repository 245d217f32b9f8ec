/* A trial is written down as the bytes that its worlds and programs are made of, without the names. */
#include "trial/trial-memory.h"

#include <string.h>

_Static_assert(sizeof(struct value) == 4, "nothing but what it means");

/* ------------------------------------------------------------------ what is played */

/* A text is no longer than the trial: each field is written once, in its own size or less. */
struct writer {
    uint8_t *end;
};

static void put(struct writer *writer, unsigned number)
{
    *writer->end++ = (uint8_t)number;
}

static void put_wide(struct writer *writer, unsigned number)
{
    put(writer, number);
    put(writer, number >> 8);
}

static void put_values(struct writer *writer, const struct value *values, unsigned count)
{
    memcpy(writer->end, values, count * sizeof *values);
    writer->end += count * sizeof *values;
}

static void put_filter(struct writer *writer, const struct filter *filter)
{
    put(writer, filter->column);
    put(writer, filter->comparison);
    put(writer, filter->count);
    put_values(writer, filter->values, filter->count);
}

static void put_act(struct writer *writer, const struct act *act)
{
    const uint8_t plain[] = {
        act->kind,         act->lock,        act->wait,   act->table_lock, act->conflict,
        act->table,        act->index,       act->limit,  act->total,      act->arbiter,
        act->joined,       act->called,      act->shared, act->descending, act->sorted,
        act->quiet,        act->returns,     act->reads,  act->entered,    act->set_count,
        act->filter_count, act->guard_count, act->nth,    act->ordered,    act->order,
        act->beside,       act->outer,       act->onto,   act->outer_lock, act->stops,
        act->tied,         act->loops,       act->kept};

    memcpy(writer->end, plain, sizeof plain);
    writer->end += sizeof plain;
    put_wide(writer, (uint16_t)act->number);
    for (unsigned i = 0; i < act->guard_count; i++) {
        put(writer, act->guards[i].when);
        put(writer, act->guards[i].or_next);
        put(writer, act->guards[i].condition);
        put_filter(writer, &act->guards[i].test);
    }
    for (unsigned i = 0; i < act->filter_count; i++)
        put_filter(writer, &act->filters[i]);
    for (unsigned i = 0; i < act->set_count; i++) {
        put(writer, act->sets[i].column);
        put_values(writer, &act->sets[i].value, 1);
    }
    if (act->kind == ACT_INSERT)
        put_values(writer, act->row, WORLD_COLUMNS);
}

static void put_program(struct writer *writer, const struct program *program)
{
    put(writer, (unsigned)program->level);
    put(writer, program->read_only);
    put(writer, program->deferrable);
    put(writer, program->rolls_back);
    put(writer, program->count);
    for (unsigned i = 0; i < program->count; i++)
        put_act(writer, &program->acts[i]);
}

static void put_table(struct writer *writer, const struct trial_table *table,
                      const struct world_table *world)
{
    put(writer, world->index_count);
    for (unsigned i = 0; i < world->index_count; i++) {
        put_wide(writer, world->indexes[i].columns);
        put(writer, world->indexes[i].unique);
        put(writer, world->indexes[i].excludes);
        put(writer, world->indexes[i].late);
        put(writer, world->indexes[i].deferred);
        put(writer, world->indexes[i].partial);
        if (world->indexes[i].partial)
            put_filter(writer, &world->indexes[i].where);
    }
    put(writer, table->column_count);
    for (unsigned i = 0; i < table->column_count; i++) {
        const struct trial_column *column = &table->columns[i];
        put(writer, column->ordered | column->open << 1);
        put(writer, column->count);
        put_wide(writer, column->brought);
        for (unsigned j = 0; j < column->count; j++)
            put_wide(writer, (uint16_t)column->values[j]);
    }
}

static void put_trial(struct writer *writer, const struct trial *trial)
{
    put(writer, trial->count);
    for (unsigned i = 0; i < trial->count; i++) {
        put_program(writer, &trial->programs[i]);
        put_wide(writer, trial->called[i]);
        put_wide(writer, trial->called[i] >> 16);
    }
    put(writer, trial->world.table_count);
    for (unsigned i = 0; i < trial->world.table_count; i++)
        put_table(writer, &trial->tables[i], &trial->world.tables[i]);
    put(writer, trial->world.foreign_key_count);
    for (unsigned i = 0; i < trial->world.foreign_key_count; i++) {
        const struct world_foreign_key *key = &trial->world.foreign_keys[i];
        put(writer, key->child);
        put(writer, key->column);
        put(writer, key->parent);
        put(writer, key->on_delete);
        put(writer, key->on_update);
    }
    put(writer, trial->world.trigger_count);
    for (unsigned i = 0; i < trial->world.trigger_count; i++) {
        put(writer, trial->world.triggers[i].table);
        put(writer, trial->world.triggers[i].on);
        put_act(writer, &trial->world.triggers[i].act);
    }
    for (unsigned i = 0; i < trial->parameter_count; i++) {
        const struct trial_parameter *parameter = &trial->parameters[i];
        put(writer, parameter->run);
        put(writer, parameter->table);
        put(writer, parameter->column);
        put(writer, trial_is_computed(parameter));
    }
}

/* ------------------------------------------------------------------ what is remembered */

static guint hash_case(gconstpointer key)
{
    const struct trial_case *of = key;
    guint hash = g_direct_hash(of->trial);

    hash = hash * 31 + of->at;
    hash = hash * 31 + of->wanted;
    hash = hash * 31 + of->own;
    hash = hash * 31 + of->way;
    return hash * 31 + of->budget;
}

static gboolean same_case(gconstpointer left, gconstpointer right)
{
    const struct trial_case *a = left, *b = right;

    return a->trial == b->trial && a->at == b->at && a->wanted == b->wanted && a->own == b->own &&
           a->way == b->way && a->budget == b->budget;
}

gconstpointer trial_text(const struct corpus *corpus, const struct trial *trial)
{
    struct corpus_memory *memory = corpus->memory;
    g_autofree uint8_t *bytes = g_malloc(sizeof *trial);
    struct writer writer = {bytes};

    put_trial(&writer, trial);
    g_autoptr(GBytes) text = g_bytes_new_static(bytes, (gsize)(writer.end - bytes));
    pthread_mutex_lock(&memory->lock);
    if (!memory->texts) {
        memory->texts =
            g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
        memory->answers = g_hash_table_new_full(hash_case, same_case, g_free, g_free);
    }
    GBytes *known = g_hash_table_lookup(memory->texts, text);
    if (!known && g_hash_table_size(memory->texts) < MOST_REMEMBERED) {
        known = g_bytes_new(bytes, (gsize)(writer.end - bytes));
        g_hash_table_insert(memory->texts, known, known);
    }
    pthread_mutex_unlock(&memory->lock);
    return known;
}

/* What did not come to the end of its steps takes as many when there are more. */
bool trial_recall(const struct corpus *corpus, const struct trial_case *question,
                  struct trial_answer *answer)
{
    struct corpus_memory *memory = corpus->memory;
    struct trial_case free = *question;

    if (!question->trial)
        return false;
    free.budget = 0;
    pthread_mutex_lock(&memory->lock);
    const struct trial_answer *known = g_hash_table_lookup(memory->answers, &free);
    if (!known || known->steps >= question->budget)
        known = g_hash_table_lookup(memory->answers, question);
    if (known)
        *answer = *known;
    pthread_mutex_unlock(&memory->lock);
    return known;
}

void trial_remember(const struct corpus *corpus, const struct trial_case *question,
                    const struct trial_answer *answer)
{
    struct corpus_memory *memory = corpus->memory;
    struct trial_case *key;

    if (!question->trial)
        return;
    key = g_memdup2(question, sizeof *question);
    if (answer->steps < question->budget)
        key->budget = 0;
    pthread_mutex_lock(&memory->lock);
    g_hash_table_insert(memory->answers, key, g_memdup2(answer, sizeof *answer));
    pthread_mutex_unlock(&memory->lock);
}
