/* What happened to a program: failures with those that were in the way, lost updates. */
#include "log/limits.h"
#include "workload/program-parts.h"

int64_t earlier_time(int64_t a, int64_t b)
{
    return a == INT64_MIN ? b : b == INT64_MIN ? a : MIN(a, b);
}

struct failures *program_failures(struct program *program, const char *state, guint statement)
{
    for (guint i = 0; i < program->failures->len; i++) {
        struct failures *each = &g_array_index(program->failures, struct failures, i);
        if (strcmp(each->state, state) == 0 && each->statement == statement)
            return each;
    }
    struct failures fresh = {.statement = statement,
                             .first = INT64_MIN,
                             .last = INT64_MIN,
                             .partners = g_array_new(FALSE, FALSE, sizeof(struct partner))};
    g_strlcpy(fresh.state, state, sizeof fresh.state);
    g_array_append_val(program->failures, fresh);
    return &g_array_index(program->failures, struct failures, program->failures->len - 1);
}

bool failures_add_partner(struct failures *failures, struct program *program, const char *key,
                          bool certain, uint64_t count)
{
    for (guint i = 0; i < failures->partners->len; i++) {
        struct partner *each = &g_array_index(failures->partners, struct partner, i);
        const char *known = each->program ? each->program->key : each->key;
        if (strcmp(known, program ? program->key : key) == 0 && each->certain == certain) {
            each->count += count;
            return true;
        }
    }
    if (failures->partners->len >= LIMIT_EVIDENCE)
        return false;
    struct partner fresh = {program, program ? NULL : g_strdup(key), certain, count};
    g_array_append_val(failures->partners, fresh);
    return true;
}

static void merge_failures(struct program *program, const struct program *other, guint offset)
{
    for (guint i = 0; i < other->failures->len; i++) {
        const struct failures *from = &g_array_index(other->failures, struct failures, i);
        guint statement = from->statement >= other->shapes->len
                              ? MIN(program->shapes->len, from->statement + offset)
                              : from->statement + offset;
        struct failures *into = program_failures(program, from->state, statement);
        into->count += from->count;
        into->final |= from->final;
        into->first = earlier_time(into->first, from->first);
        into->last = MAX(into->last, from->last);
        for (guint j = 0; j < from->partners->len; j++) {
            const struct partner *partner = &g_array_index(from->partners, struct partner, j);
            failures_add_partner(into, partner->program, partner->key, partner->certain,
                                 partner->count);
        }
    }
}

void program_merge_evidence(struct program *program, const struct program *other, guint offset)
{
    program->failed += other->failed;
    program->retried += other->retried;
    program->lost_count += other->lost_count;
    program->leaked |= other->leaked;
    program->implied = MAX(program->implied, other->implied);
    if (other->lost && (!program->lost || other->lost->written < program->lost->written)) {
        if (program->lost)
            g_free(program->lost->other);
        g_free(program->lost);
        program->lost = g_memdup2(other->lost, sizeof *other->lost);
        program->lost->other = g_strdup(other->lost->other);
    }
    merge_failures(program, other, offset);
}
