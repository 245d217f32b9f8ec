/* Two conditions that mean one row: a page is looked up by its slug, then written by its id. */
#include "log/limits.h"
#include "workload/program-parts.h"

bool slot_is_key(const struct slot *slot)
{
    return slot->role == SLOT_COMPARED && slot->equal && !slot->list && slot->column &&
           slot->relation;
}

/* The one position of a statement that is compared by =; UINT_MAX when there are none or more. */
static guint single_key(const struct normal *normal)
{
    guint found = UINT_MAX;

    for (guint i = 0; i < normal->slots->len; i++) {
        if (!slot_is_key(&g_array_index(normal->slots, struct slot, i)))
            continue;
        if (found != UINT_MAX)
            return UINT_MAX;
        found = i;
    }
    return found;
}

const struct normal *program_normal(const struct program *program, guint index)
{
    return ((const struct shape *)program->shapes->pdata[index])->normal;
}

static struct pairing *add_pairing(struct program *program, guint read, guint write)
{
    struct pairing *pairing = g_new0(struct pairing, 1);

    pairing->read = read;
    pairing->write = write;
    pairing->values = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_ptr_array_add(program->pairings, pairing);
    return pairing;
}

/* A row that is locked by its key. */
struct held {
    const struct slot *slot;
    guint position;
    uint32_t class;
};

static void hold(struct program *program, GArray *rows, const struct held *held)
{
    guint before = UINT_MAX;

    for (guint i = 0; i < rows->len; i++) {
        const struct held *each = &g_array_index(rows, struct held, i);
        if (strcmp(each->slot->relation, held->slot->relation) != 0 ||
            strcmp(each->slot->column, held->slot->column) != 0)
            continue;
        if (each->class == held->class)
            return; /* it is locked already */
        before = each->position;
    }
    if (before != UINT_MAX)
        add_pairing(program, before, held->position)->order = true;
    g_array_append_vals(rows, held, 1);
}

/* SELECT … WHERE id = $1 FOR UPDATE, then the same WHERE id = $2. */
static void add_orders(struct program *program)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct held));
    guint at = 0;

    for (guint i = 0; i < program->shapes->len; i++) {
        const struct normal *normal = program_normal(program, i);
        guint key = normal_locks(normal) ? single_key(normal) : UINT_MAX;
        if (key != UINT_MAX) {
            const struct slot_value *value =
                &g_array_index(program->positions, struct slot_value, at + key);
            struct held held = {&g_array_index(normal->slots, struct slot, key), at + key,
                                value->class};
            hold(program, rows, &held);
        }
        at += normal->slots->len;
    }
    g_array_unref(rows);
}

bool program_crosses(const struct program *program, guint statement)
{
    guint begin = 0;

    if (statement >= program->shapes->len)
        return false;
    for (guint i = 0; i < statement; i++)
        begin += program_normal(program, i)->slots->len;
    guint end = begin + program_normal(program, statement)->slots->len;
    for (guint i = 0; i < program->pairings->len; i++) {
        const struct pairing *each = program->pairings->pdata[i];
        if (each->crossed && each->write >= begin && each->write < end)
            return true;
    }
    return false;
}

void program_add_pairings(struct program *program)
{
    guint read_at = 0;

    for (guint i = 0; i < program->shapes->len; i++) {
        const struct normal *read = program_normal(program, i);
        guint key = read->writes ? UINT_MAX : single_key(read), write_at = read_at;
        for (guint j = i; key != UINT_MAX && j < program->shapes->len; j++) {
            const struct normal *write = program_normal(program, j);
            guint other = write->writes ? single_key(write) : UINT_MAX;
            if (other != UINT_MAX) {
                const struct slot *a = &g_array_index(read->slots, struct slot, key);
                const struct slot *b = &g_array_index(write->slots, struct slot, other);
                if (strcmp(a->relation, b->relation) == 0 && strcmp(a->column, b->column) != 0)
                    add_pairing(program, read_at + key, write_at + other);
            }
            write_at += write->slots->len;
        }
        read_at += read->slots->len;
    }
    add_orders(program);
}

void pairing_add(struct pairing *pairing, uint64_t read, uint64_t write)
{
    GArray *values = pairing->values;

    for (guint i = 0; i < values->len; i += 2) {
        bool same_read = g_array_index(values, uint64_t, i) == read;
        bool same_write = g_array_index(values, uint64_t, i + 1) == write;
        if (pairing->order) {
            pairing->crossed |= g_array_index(values, uint64_t, i) == write &&
                                g_array_index(values, uint64_t, i + 1) == read;
            same_read &= same_write;
        } else if (same_read != same_write) {
            pairing->broken = true;
        }
        if (same_read)
            return;
    }
    if (values->len >= 2 * LIMIT_PAIRS)
        return;
    g_array_append_val(values, read);
    g_array_append_val(values, write);
}

void program_pair(struct program *program, const GArray *positions)
{
    for (guint i = 0; i < program->pairings->len; i++) {
        struct pairing *pairing = program->pairings->pdata[i];
        if (!pairing->broken)
            pairing_add(pairing, g_array_index(positions, struct slot_value, pairing->read).value,
                        g_array_index(positions, struct slot_value, pairing->write).value);
    }
}
