#include "workload/program.h"

#include "log/limits.h"
#include "workload/collapse.h"
#include "workload/program-parts.h"
#include "workload/recent-reads.h"

struct programs {
    struct shapes *shapes;
    GHashTable *by_key; /* struct program, owned */
    uint64_t dropped;
    GString *identity;
    GArray *kept; /* guint: the statements of a run that are not repetitions */
};

/* ------------------------------------------------------------------ one program */

static void failures_clear(void *data)
{
    struct failures *failures = data;

    for (guint i = 0; i < failures->partners->len; i++)
        g_free(g_array_index(failures->partners, struct partner, i).key);
    g_array_unref(failures->partners);
}

static void pairing_free(void *data)
{
    g_array_unref(((struct pairing *)data)->values);
    g_free(data);
}

void program_init(struct program *program)
{
    program->shapes = g_ptr_array_new();
    program->positions = g_array_new(FALSE, FALSE, sizeof(struct slot_value));
    program->lines = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    program->callsites = g_ptr_array_new_with_free_func(g_free);
    program->pairings = g_ptr_array_new_with_free_func(pairing_free);
    program->failures = g_array_new(FALSE, FALSE, sizeof(struct failures));
    g_array_set_clear_func(program->failures, failures_clear);
    program->read_only = program->deferrable = MODE_UNKNOWN;
    program->first = program->last = INT64_MIN;
}

void program_clear(struct program *program)
{
    g_free(program->name);
    g_ptr_array_unref(program->shapes);
    g_array_unref(program->positions);
    g_array_unref(program->lines);
    g_ptr_array_unref(program->callsites);
    g_ptr_array_unref(program->pairings);
    g_array_unref(program->failures);
    g_free(program->database);
    g_free(program->application);
    g_free(program->tags);
    g_free(program->role);
    g_free(program->file);
    if (program->lost)
        g_free(program->lost->other);
    g_free(program->lost);
}

static void program_free(void *data)
{
    program_clear(data);
    g_free(data);
}

/* ------------------------------------------------------------------ identity */

static void append_pattern(GString *identity, const struct run *run, const GArray *kept,
                           GArray *seen, GPtrArray *columns)
{
    for (guint i = 0; i < kept->len; i++) {
        guint index = g_array_index(kept, guint, i);
        const GArray *slots = run_normal(run, index)->slots;
        for (guint j = 0; j < slots->len; j++) {
            const struct slot *slot = &g_array_index(slots, struct slot, j);
            uint64_t value = run_values(run, index)[j].hash;
            guint class = 0;
            if (slot->role != SLOT_COMPARED || !slot->equal || slot->list || !slot->column)
                continue;
            while (class < seen->len && (g_array_index(seen, uint64_t, class) != value ||
                                         strcmp(columns->pdata[class], slot->column) != 0))
                class ++;
            if (class == seen->len) {
                g_array_append_val(seen, value);
                g_ptr_array_add(columns, slot->column);
            }
            g_string_append_printf(identity, ".%u", class);
        }
    }
}

/* As "|%016x". */
static void append_hash(GString *identity, uint64_t hash)
{
    char text[17] = "|";

    for (int i = 16; i > 0; i--, hash >>= 4)
        text[i] = "0123456789abcdef"[hash & 15];
    g_string_append_len(identity, text, sizeof text);
}

static void append_statements(GString *identity, const struct run *run, GArray *kept, GArray *seen,
                              GPtrArray *columns)
{
    collapse_run(run, kept);
    for (guint i = 0; i < kept->len; i++) {
        const struct shape *shape = run_statement(run, g_array_index(kept, guint, i))->shape;
        append_hash(identity, shape->hash);
    }
    append_pattern(identity, run, kept, seen, columns);
}

/* Whether it was taken back, so that what follows in the same program was never seen. */
static bool is_partial(const struct run *run)
{
    return run->end == RUN_FAILED || (run->end == RUN_ROLLED_BACK && run_writes(run));
}

static void write_identity(struct programs *programs, const struct run *before,
                           const struct run *run, char key[17])
{
    GString *identity = programs->identity;
    g_autoptr(GArray) seen = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_autoptr(GPtrArray) columns = g_ptr_array_new();

    g_string_printf(identity, "%s|%d|%d|%d|%d|%s", run->database, run->level, run->read_only,
                    run->deferrable, run->block, run->tags);
    if (*run->role)
        g_string_append_printf(identity, "|as %s", run->role);
    if (is_partial(run))
        g_string_append(identity, run->end == RUN_FAILED ? "|failed" : "|undone");
    if (before) {
        g_string_append(identity, "|before");
        append_statements(identity, before, programs->kept, seen, columns);
        g_string_append(identity, "|then");
    }
    append_statements(identity, run, programs->kept, seen, columns);
    g_autofree char *sum =
        g_compute_checksum_for_string(G_CHECKSUM_SHA256, identity->str, (gssize)identity->len);
    memcpy(key, sum, 16);
    key[16] = '\0';
}

/* ------------------------------------------------------------------ positions */

static void add_positions(struct program *program, const struct run *run, const GArray *kept)
{
    for (guint i = 0; i < kept->len; i++) {
        guint index = g_array_index(kept, guint, i);
        const struct value *values = run_values(run, index);
        for (guint j = 0; j < run_normal(run, index)->slots->len; j++) {
            struct slot_value position = {
                .value = values[j].hash,
                .constant = true,
                .inlined = values[j].inlined,
                .own = values[j].own,
                .kind = values[j].kind,
                .word = values[j].word,
            };
            g_array_append_val(program->positions, position);
        }
    }
}

static guint hash64(gconstpointer key)
{
    uint64_t value = *(const uint64_t *)key;

    return (guint)(value ^ value >> 32);
}

/* Parts the classes by the values of one more run, or by the classes of another part of the log;
 * numbers them in order. */
static void refine(GArray *positions, const uint64_t *values)
{
    g_autoptr(GHashTable) classes = g_hash_table_new_full(hash64, g_int64_equal, g_free, NULL);
    uint32_t next = 0;

    for (guint i = 0; i < positions->len; i++) {
        struct slot_value *position = &g_array_index(positions, struct slot_value, i);
        uint64_t key = (values[i] ^ position->class * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
        gpointer found;
        if (!g_hash_table_lookup_extended(classes, &key, NULL, &found)) {
            found = GUINT_TO_POINTER(next++);
            g_hash_table_insert(classes, g_memdup2(&key, sizeof key), found);
        }
        position->class = GPOINTER_TO_UINT(found);
    }
}

static void refine_by(GArray *positions, const GArray *fresh)
{
    g_autofree uint64_t *values = g_new(uint64_t, positions->len + 1);

    for (guint i = 0; i < positions->len; i++)
        values[i] = g_array_index(fresh, struct slot_value, i).class;
    refine(positions, values);
}

static void add_run_positions(struct program *program, const struct program *fresh)
{
    GArray *positions = program->positions;

    if (positions->len != fresh->positions->len)
        return;
    for (guint i = 0; i < positions->len; i++) {
        struct slot_value *known = &g_array_index(positions, struct slot_value, i);
        const struct slot_value *other = &g_array_index(fresh->positions, struct slot_value, i);
        known->constant &= other->constant && known->value == other->value;
        known->inlined &= other->inlined;
        known->own &= other->own;
    }
    refine_by(positions, fresh->positions);
}

/* ------------------------------------------------------------------ runs */

static void add_shapes(struct program *program, const struct run *run, GArray *kept)
{
    collapse_run(run, kept);
    for (guint i = 0; i < kept->len; i++) {
        const struct run_statement *statement = run_statement(run, g_array_index(kept, guint, i));
        g_ptr_array_add(program->shapes, statement->shape);
        g_array_append_val(program->lines, statement->line);
        g_ptr_array_add(program->callsites, g_strdup(statement->callsite));
    }
    add_positions(program, run, kept);
}

/* The program that one run would be. */
static void fill(struct program *program, const struct run *before, const struct run *run,
                 GArray *kept)
{
    program_init(program);
    if (before) {
        add_shapes(program, before, kept);
        program->before = program->shapes->len;
    }
    add_shapes(program, run, kept);
    program->database = g_strdup(run->database);
    program->application = g_strdup(run->application);
    program->tags = g_strdup(run->tags);
    program->role = g_strdup(run->role);
    program->level = run->level;
    program->implied = run->implied;
    program->read_only = run->read_only;
    program->deferrable = run->deferrable;
    program->block = run->block;
    program->leaked = run->leaked;
    program->partial = is_partial(run);
    program->rolled_back = program->partial && run->end == RUN_ROLLED_BACK;
    program->runs = 1;
    program->first = program->last = run->begun;
    program->file = g_strdup(run->file);
    program->line = before ? before->line : run->line;
    uint64_t *values = g_new(uint64_t, program->positions->len + 1);
    for (guint i = 0; i < program->positions->len; i++)
        values[i] = g_array_index(program->positions, struct slot_value, i).value;
    refine(program->positions, values);
    g_free(values);
}

static struct program *take(struct programs *programs, const struct run *before,
                            const struct run *run)
{
    char key[17];
    struct program fresh = {0};

    write_identity(programs, before, run, key);
    struct program *known = g_hash_table_lookup(programs->by_key, key);
    if (!known && g_hash_table_size(programs->by_key) >= LIMIT_PROGRAMS) {
        programs->dropped++;
        return NULL;
    }
    fill(&fresh, before, run, programs->kept);
    if (known) {
        program_pair(known, fresh.positions);
        program_merge(known, &fresh);
        program_clear(&fresh);
        return known;
    }
    known = g_memdup2(&fresh, sizeof fresh);
    memcpy(known->key, key, sizeof key);
    program_add_pairings(known);
    program_pair(known, known->positions);
    g_hash_table_insert(programs->by_key, known->key, known);
    return known;
}

enum { FEW_RUNS = 4 };

/* Whether a run has the input of the one that failed: the same rows, and some of the new values
 * that are not the same in every run. */
static bool has_input_of(const struct run *failed, const struct run *run)
{
    const GArray *positions = failed->program->positions;
    bool rows = false, inserts = false, differs = false, repeats = false;
    guint at = 0;

    for (guint i = 0; i < failed->statements->len; i++) {
        const GArray *slots = run_normal(failed, i)->slots;
        for (guint j = 0; j < slots->len; j++, at++) {
            const struct slot *slot = &g_array_index(slots, struct slot, j);
            bool same = run_values(failed, i)[j].hash == run_values(run, i)[j].hash;
            bool constant =
                at < positions->len && g_array_index(positions, struct slot_value, at).constant;
            if (slot->role == SLOT_COMPARED && slot->equal) {
                if (!same)
                    return false;
                rows |= !constant || failed->program->runs <= FEW_RUNS;
            } else if (slot->role == SLOT_INSERTED) {
                inserts = true;
                differs |= !same;
                repeats |= same && !constant;
            }
        }
    }
    return inserts ? repeats || !differs : rows;
}

/* Whether a run begins as the one that failed did. */
static bool is_retry(const struct run *failed, const struct run *run)
{
    guint same = 0;

    if (failed->end != RUN_FAILED || failed->level != run->level || failed->block != run->block)
        return false;
    while (same < failed->statements->len && same < run->statements->len &&
           run_statement(failed, same)->shape == run_statement(run, same)->shape)
        same++;
    return same > 0 && same == failed->statements->len && has_input_of(failed, run);
}

static bool is_serialization(const struct failure *failure)
{
    return strcmp(failure->state, "40001") == 0 || strcmp(failure->state, "40P01") == 0;
}

static void count_failures(struct program *program, const struct run *run)
{
    bool serialization = false;

    for (guint i = 0; i < run->failures->len; i++) {
        const struct failure *failure = run->failures->pdata[i];
        struct failures *failures =
            program_failures(program, failure->state, program_statement(run, failure->statement));
        failures->count++;
        failures->final |= run->end == RUN_FAILED;
        failures->first = earlier_time(failures->first, failure->time);
        failures->last = MAX(failures->last, failure->time);
        serialization |= is_serialization(failure);
    }
    program->failed += serialization && run->end == RUN_FAILED;
}

static bool failed_to_serialize(const struct run *run)
{
    bool found = false;

    for (guint i = 0; run->end == RUN_FAILED && i < run->failures->len; i++)
        found |= is_serialization(run->failures->pdata[i]);
    return found;
}

void programs_take(struct programs *programs, struct run *run, struct run *before, struct run *read)
{
    run->program = take(programs, NULL, run);
    if (!run->program)
        return;
    count_failures(run->program, run);
    if (before && before->program && failed_to_serialize(before) && is_retry(before, run))
        before->program->retried++;
    if (is_sequence(read, run))
        run->sequence = take(programs, read, run);
}

/* ------------------------------------------------------------------ two parts of a log */

static bool is_before(const struct program *a, const struct program *b)
{
    if (a->first != b->first)
        return b->first == INT64_MIN || (a->first != INT64_MIN && a->first < b->first);
    int order = g_strcmp0(a->file, b->file);
    return order ? order < 0 : a->line < b->line;
}

static void take_place(struct program *program, const struct program *other)
{
    g_free(program->file);
    program->file = g_strdup(other->file);
    program->line = other->line;
    g_array_set_size(program->lines, 0);
    g_array_append_vals(program->lines, other->lines->data, other->lines->len);
    g_ptr_array_set_size(program->callsites, 0);
    for (guint i = 0; i < other->callsites->len; i++)
        g_ptr_array_add(program->callsites, g_strdup(other->callsites->pdata[i]));
}

void program_merge(struct program *program, const struct program *other)
{
    add_run_positions(program, other);
    for (guint i = 0; i < MIN(program->pairings->len, other->pairings->len); i++) {
        struct pairing *into = program->pairings->pdata[i];
        const struct pairing *from = other->pairings->pdata[i];
        into->broken |= from->broken;
        into->crossed |= from->crossed;
        for (guint j = 0; j < from->values->len; j += 2)
            pairing_add(into, g_array_index(from->values, uint64_t, j),
                        g_array_index(from->values, uint64_t, j + 1));
    }
    if (is_before(other, program))
        take_place(program, other);
    if (*other->application &&
        (!*program->application || strcmp(other->application, program->application) < 0)) {
        g_free(program->application);
        program->application = g_strdup(other->application);
    }
    program->runs += other->runs;
    program->first = earlier_time(program->first, other->first);
    program->last = MAX(program->last, other->last);
    program_merge_evidence(program, other, 0);
}

guint program_statement(const struct run *run, guint statement)
{
    g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(guint));
    guint found = 0;

    collapse_run(run, kept);
    if (statement >= run->statements->len)
        return kept->len;
    for (guint i = 0; i < kept->len; i++) {
        guint index = g_array_index(kept, guint, i);
        if (index == statement)
            return i;
        /* of what was left out: the last before it of the same shape */
        if (index < statement &&
            run_statement(run, index)->shape == run_statement(run, statement)->shape)
            found = i;
    }
    return found;
}

/* ------------------------------------------------------------------ the table */

struct programs *programs_new(struct shapes *shapes)
{
    struct programs *programs = g_new0(struct programs, 1);

    programs->shapes = shapes;
    programs->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, program_free);
    programs->identity = g_string_new(NULL);
    programs->kept = g_array_new(FALSE, FALSE, sizeof(guint));
    return programs;
}

void programs_free(struct programs *programs)
{
    g_hash_table_unref(programs->by_key);
    g_string_free(programs->identity, TRUE);
    g_array_unref(programs->kept);
    g_free(programs);
}

struct shapes *programs_shapes(const struct programs *programs)
{
    return programs->shapes;
}

uint64_t programs_dropped(const struct programs *programs)
{
    return programs->dropped;
}

struct program *programs_find(const struct programs *programs, const char *key)
{
    return g_hash_table_lookup(programs->by_key, key);
}

struct program *programs_add(struct programs *programs, const char *key, bool *known)
{
    struct program *program = programs_find(programs, key);

    *known = program != NULL;
    if (program)
        return program;
    program = g_new0(struct program, 1);
    program_init(program);
    g_strlcpy(program->key, key, sizeof program->key);
    g_hash_table_insert(programs->by_key, program->key, program);
    return program;
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp((*(struct program *const *)a)->key, (*(struct program *const *)b)->key);
}

GPtrArray *programs_list(const struct programs *programs)
{
    GPtrArray *all = g_ptr_array_new();
    GHashTableIter iter;
    gpointer program;

    g_hash_table_iter_init(&iter, programs->by_key);
    while (g_hash_table_iter_next(&iter, NULL, &program))
        g_ptr_array_add(all, program);
    g_ptr_array_sort(all, compare_keys);
    return all;
}

struct program *program_final(struct program *program)
{
    while (program && program->into)
        program = program->into;
    return program;
}

void programs_resolve(struct programs *programs)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, programs->by_key);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct program *program = value;
        for (guint i = 0; i < program->failures->len; i++) {
            GArray *partners = g_array_index(program->failures, struct failures, i).partners;
            for (guint j = 0; j < partners->len; j++) {
                struct partner *partner = &g_array_index(partners, struct partner, j);
                if (!partner->program)
                    partner->program = programs_find(programs, partner->key);
                if (partner->program)
                    g_clear_pointer(&partner->key, g_free);
            }
        }
    }
}
