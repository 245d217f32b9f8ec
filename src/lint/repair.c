#include "lint/repair.h"

#include <string.h>

/* The safe edits of one finding, in order, and the text from the first to the last of them. */
struct repair {
    GPtrArray *edits; /* struct edit */
    struct span reach;
};

static void repair_free(void *data)
{
    struct repair *repair = data;

    g_ptr_array_unref(repair->edits);
    g_free(repair);
}

bool finding_is_repairable(const struct finding *finding)
{
    for (const struct edit *edit = finding->edits; edit; edit = edit->next) {
        if (edit->safe)
            return true;
    }
    return false;
}

static int compare_edits(const void *a, const void *b)
{
    const struct edit *x = *(struct edit *const *)a, *y = *(struct edit *const *)b;

    if (x->span.start != y->span.start)
        return x->span.start < y->span.start ? -1 : 1;
    return x->span.end < y->span.end ? -1 : x->span.end > y->span.end;
}

/* A rule whose edits overlap among themselves is wrong: nothing is done. */
static bool is_sound(const struct repair *repair, const struct script *script)
{
    uint32_t end = 0;

    for (guint i = 0; i < repair->edits->len; i++) {
        const struct edit *edit = repair->edits->pdata[i];
        if (edit->span.start < end || edit->span.end < edit->span.start ||
            edit->span.end > script->size)
            return false;
        end = edit->span.end;
    }
    return repair->edits->len > 0;
}

static struct repair *repair_of(const struct finding *finding)
{
    struct repair *repair = g_new(struct repair, 1);

    repair->edits = g_ptr_array_new();
    for (struct edit *edit = finding->edits; edit; edit = edit->next) {
        if (edit->safe)
            g_ptr_array_add(repair->edits, edit);
    }
    g_ptr_array_sort(repair->edits, compare_edits);
    if (is_sound(repair, finding->script)) {
        const struct edit *first = repair->edits->pdata[0];
        const struct edit *last = repair->edits->pdata[repair->edits->len - 1];
        repair->reach = (struct span){first->span.start, last->span.end};
        return repair;
    }
    repair_free(repair);
    return NULL;
}

static bool are_equal(const struct repair *a, const struct repair *b)
{
    if (a->edits->len != b->edits->len)
        return false;
    for (guint i = 0; i < a->edits->len; i++) {
        const struct edit *x = a->edits->pdata[i], *y = b->edits->pdata[i];
        if (compare_edits(&x, &y) != 0 || strcmp(x->replacement, y->replacement) != 0)
            return false;
    }
    return true;
}

enum place {
    PLACE_FREE,
    PLACE_TAKEN,
    PLACE_EQUAL, /* another finding asks for the very same */
};

static enum place place_of(const GPtrArray *taken, const struct repair *repair)
{
    for (guint i = 0; i < taken->len; i++) {
        const struct repair *other = taken->pdata[i];
        if (are_equal(other, repair))
            return PLACE_EQUAL;
        if (repair->reach.start <= other->reach.end && other->reach.start <= repair->reach.end)
            return PLACE_TAKEN;
    }
    return PLACE_FREE;
}

static GPtrArray *choose(const struct script *script, struct finding *const *findings, size_t count,
                         GPtrArray *made)
{
    GPtrArray *taken = g_ptr_array_new_with_free_func(repair_free);

    for (size_t i = 0; i < count; i++) {
        struct repair *repair = findings[i]->script == script ? repair_of(findings[i]) : NULL;
        if (!repair)
            continue;
        enum place place = place_of(taken, repair);
        if (place != PLACE_TAKEN)
            g_ptr_array_add(made, findings[i]);
        if (place == PLACE_FREE)
            g_ptr_array_add(taken, repair);
        else
            repair_free(repair);
    }
    return taken;
}

static int compare_repairs(const void *a, const void *b)
{
    const struct repair *x = *(struct repair *const *)a, *y = *(struct repair *const *)b;

    return x->reach.start < y->reach.start ? -1 : x->reach.start > y->reach.start;
}

GBytes *repair_script(const struct script *script, struct finding *const *findings, size_t count,
                      GPtrArray *made)
{
    g_autoptr(GPtrArray) taken = choose(script, findings, count, made);
    const guint8 *stored = (const guint8 *)script_stored(script);
    GByteArray *text = g_byte_array_new();
    uint32_t at = 0;

    if (taken->len == 0) {
        g_byte_array_unref(text);
        return NULL;
    }
    g_ptr_array_sort(taken, compare_repairs);
    for (guint i = 0; i < taken->len; i++) {
        const struct repair *repair = taken->pdata[i];
        for (guint j = 0; j < repair->edits->len; j++) {
            const struct edit *edit = repair->edits->pdata[j];
            g_byte_array_append(text, stored + at, edit->span.start - at);
            g_byte_array_append(text, (const guint8 *)edit->replacement,
                                (guint)strlen(edit->replacement));
            at = edit->span.end;
        }
    }
    g_byte_array_append(text, stored + at, script->size - at);
    return g_byte_array_free_to_bytes(text);
}

GPtrArray *repair_edits(const GPtrArray *made)
{
    GPtrArray *edits = g_ptr_array_new();

    for (guint i = 0; i < made->len; i++) {
        const struct finding *finding = made->pdata[i];
        for (struct edit *edit = finding->edits; edit; edit = edit->next) {
            if (edit->safe)
                g_ptr_array_add(edits, edit);
        }
    }
    g_ptr_array_sort(edits, compare_edits);
    return edits;
}

struct span repair_map(const GPtrArray *edits, uint32_t offset)
{
    const struct edit *before = NULL;
    struct span mapped = {offset, offset};

    for (guint i = 0; i < edits->len; i++) {
        const struct edit *edit = edits->pdata[i];
        uint32_t length = (uint32_t)strlen(edit->replacement);
        if (edit->span.start > offset)
            break;
        if (before && compare_edits(&before, &edit) == 0 &&
            strcmp(before->replacement, edit->replacement) == 0)
            continue; /* two findings asked for it, it was made once */
        before = edit;
        uint32_t removed = MIN(edit->span.end, offset) - edit->span.start;
        mapped.start -= removed;
        mapped.end = mapped.end - removed + length;
        if (edit->span.end < offset || (edit->span.end == offset && removed > 0))
            mapped.start += length;
    }
    return mapped;
}
