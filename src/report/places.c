#include "report/places.h"

#include <string.h>

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->span.start != y->span.start)
        return x->span.start < y->span.start ? -1 : 1;
    return y->primary - x->primary;
}

static bool is_listed(const GArray *places, const struct place *place)
{
    for (guint i = 0; i < places->len; i++) {
        const struct place *other = &g_array_index(places, struct place, i);
        if (other->script == place->script && other->span.start == place->span.start &&
            other->span.end == place->span.end &&
            (!place->label || g_strcmp0(other->label, place->label) == 0))
            return true;
    }
    return false;
}

/* All places, each once, as the finding has them. */
static GArray *collect(const struct finding *finding)
{
    GArray *places = g_array_new(FALSE, FALSE, sizeof(struct place));
    struct place place = {finding->script, finding->span, finding->label, true, {0}, NULL};

    g_array_append_val(places, place);
    for (const struct related *each = finding->related; each; each = each->next) {
        place = (struct place){each->script, each->span, each->label, false, {0}, NULL};
        if (!is_listed(places, &place))
            g_array_append_val(places, place);
    }
    for (guint i = 0; i < places->len; i++) {
        struct place *each = &g_array_index(places, struct place, i);
        struct script *script = (struct script *)each->script;
        struct position shown;
        each->position = script_position(script, each->span.start);
        each->path = script_place(script, each->span.start, &shown);
    }
    return places;
}

bool places_share_file(const struct place *one, const struct place *other)
{
    return one->script == other->script && strcmp(one->path, other->path) == 0;
}

static GArray *by_file(GArray *places)
{
    GArray *ordered = g_array_new(FALSE, FALSE, sizeof(struct place));

    while (places->len > 0) {
        const struct place first = g_array_index(places, struct place, 0);
        g_autoptr(GArray) file = g_array_new(FALSE, FALSE, sizeof(struct place));
        for (guint i = 0; i < places->len;) {
            const struct place place = g_array_index(places, struct place, i);
            if (places_share_file(&place, &first)) {
                g_array_append_val(file, place);
                g_array_remove_index(places, i);
            } else {
                i++;
            }
        }
        g_array_sort(file, compare_places);
        g_array_append_vals(ordered, file->data, file->len);
    }
    return ordered;
}

GArray *places_of(const struct finding *finding)
{
    g_autoptr(GArray) places = collect(finding);

    return by_file(places);
}

const struct place *places_primary(const GArray *places)
{
    for (guint i = 0;; i++) {
        const struct place *place = &g_array_index(places, struct place, i);
        if (place->primary)
            return place;
    }
}

/* A byte order mark is no part of the first line. */
struct span place_line(const struct place *place)
{
    struct span line = script_line(place->script, place->position.line);

    if (line.start == 0 && line.end >= 3 && memcmp(place->script->bytes, "\xEF\xBB\xBF", 3) == 0)
        line.start = 3;
    return line;
}
