/* E. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986: the shortest way through the
 * edit graph, found by how far one gets with d steps; the ways of all d are kept and walked back.
 * Repairs are few, so d is small. */
#include "report/diff.h"

#include <stdbool.h>
#include <string.h>

#include "report/terminal.h"

enum { CONTEXT = 3, MOST_STEPS = 2000 };

struct line {
    const char *text;
    size_t length; /* with its line end, if it has one */
};

/* One line of the result. */
struct change {
    char sign; /* ' ', '-', '+' */
    struct line line;
};

static GArray *split(GBytes *bytes)
{
    gsize size;
    const char *at = g_bytes_get_data(bytes, &size), *end = at ? at + size : at;
    GArray *lines = g_array_new(FALSE, FALSE, sizeof(struct line));

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        struct line line = {at, (size_t)((stop ? stop + 1 : end) - at)};
        g_array_append_val(lines, line);
        at += line.length;
    }
    return lines;
}

#define LINE(lines, i) (&g_array_index(lines, struct line, i))

static bool equal(const struct line *a, const struct line *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* ------------------------------------------------------------------ the shortest way */

struct search {
    const GArray *old, *new;
    int n, m;
    GPtrArray *trace; /* int *: for each d, how far each diagonal got before it */
};

/* The number of steps; -1 when there are too many. `far` is centred. */
static int advance(struct search *search, int *far, int most)
{
    for (int d = 0; d <= most; d++) {
        int width = 2 * most + 3;
        int *copy = g_new(int, width);
        memcpy(copy, far - most - 1, (size_t)width * sizeof(int));
        g_ptr_array_add(search->trace, copy);
        for (int k = -d; k <= d; k += 2) {
            bool down = k == -d || (k != d && far[k - 1] < far[k + 1]);
            int x = down ? far[k + 1] : far[k - 1] + 1, y = x - k;
            while (x < search->n && y < search->m &&
                   equal(LINE(search->old, x), LINE(search->new, y)))
                x++, y++;
            far[k] = x;
            if (x >= search->n && y >= search->m)
                return d;
        }
    }
    return -1;
}

static void add(GArray *changes, char sign, const struct line *line)
{
    struct change change = {sign, *line};

    g_array_append_val(changes, change);
}

/* From the end to the beginning. */
static void walk_back(const struct search *search, int steps, int most, GArray *changes)
{
    int x = search->n, y = search->m;

    for (int d = steps; d >= 0; d--) {
        const int *far = (const int *)search->trace->pdata[d] + most + 1;
        int k = x - y;
        bool down = k == -d || (k != d && far[k - 1] < far[k + 1]);
        int before = down ? k + 1 : k - 1;
        int start_x = d > 0 ? far[before] : 0, start_y = d > 0 ? start_x - before : 0;
        while (x > start_x && y > start_y && x > 0 && y > 0) {
            add(changes, ' ', LINE(search->old, x - 1));
            x--, y--;
        }
        if (d > 0 && down)
            add(changes, '+', LINE(search->new, --y));
        else if (d > 0)
            add(changes, '-', LINE(search->old, --x));
    }
}

static void replace_all(const struct search *search, GArray *changes)
{
    for (int i = search->m; i-- > 0;)
        add(changes, '+', LINE(search->new, i));
    for (int i = search->n; i-- > 0;)
        add(changes, '-', LINE(search->old, i));
}

/* The lines of both, from the last to the first. */
static GArray *compare(const GArray *old, const GArray *new)
{
    struct search search = {old, new, (int)old->len, (int)new->len,
                            g_ptr_array_new_with_free_func(g_free)};
    int most = MIN(search.n + search.m, MOST_STEPS);
    g_autofree int *far = g_new0(int, 2 * most + 3);
    GArray *changes = g_array_new(FALSE, FALSE, sizeof(struct change));
    int steps = advance(&search, far + most + 1, most);

    if (steps >= 0)
        walk_back(&search, steps, most, changes);
    else
        replace_all(&search, changes);
    g_ptr_array_unref(search.trace);
    return changes;
}

/* ------------------------------------------------------------------ hunks */

static void append_signed(GString *diff, const struct change *change, char sign)
{
    g_string_append_c(diff, sign);
    g_string_append_len(diff, change->line.text, (gssize)change->line.length);
    if (change->line.text[change->line.length - 1] != '\n')
        g_string_append(diff, "\n\\ No newline at end of file\n");
}

/* A line that stays and would be a command of a log once its blank is left out is taken away and
 * put back: "-::error" is none. */
static void append_line(GString *diff, const struct change *change)
{
    if (change->sign == ' ' && terminal_is_command(change->line.text, change->line.length)) {
        append_signed(diff, change, '-');
        append_signed(diff, change, '+');
    } else {
        append_signed(diff, change, change->sign);
    }
}

static void append_range(GString *diff, char sign, guint start, guint count)
{
    g_string_append_printf(diff, "%c%u", sign, count ? start + 1 : start);
    if (count != 1)
        g_string_append_printf(diff, ",%u", count);
}

/* Changes with so few equal lines between them that their contexts meet are in one hunk. */
static guint hunk_end(const GArray *changes, guint first)
{
    guint last = first;

    for (guint i = first; i < changes->len && i - last <= 2 * CONTEXT + 1; i++) {
        if (g_array_index(changes, struct change, i).sign != ' ')
            last = i;
    }
    return MIN(last + CONTEXT + 1, changes->len);
}

static void append_hunk(GString *diff, const GArray *changes, guint start, guint end,
                        guint old_line, guint new_line)
{
    guint old_count = 0, new_count = 0;

    for (guint i = start; i < end; i++) {
        char sign = g_array_index(changes, struct change, i).sign;
        old_count += sign != '+';
        new_count += sign != '-';
    }
    g_string_append(diff, "@@ ");
    append_range(diff, '-', old_line, old_count);
    g_string_append_c(diff, ' ');
    append_range(diff, '+', new_line, new_count);
    g_string_append(diff, " @@\n");
    for (guint i = start; i < end; i++)
        append_line(diff, &g_array_index(changes, struct change, i));
}

static void append_hunks(GString *diff, const GArray *changes)
{
    guint old_line = 0, new_line = 0; /* before the change `at` */

    for (guint at = 0, i = 0; i < changes->len; i++) {
        if (g_array_index(changes, struct change, i).sign == ' ')
            continue;
        guint start = i - MIN(i - at, CONTEXT), end = hunk_end(changes, i);
        old_line += start - at; /* all equal */
        new_line += start - at;
        append_hunk(diff, changes, start, end, old_line, new_line);
        for (guint j = start; j < end; j++) {
            char sign = g_array_index(changes, struct change, j).sign;
            old_line += sign != '+';
            new_line += sign != '-';
        }
        at = end;
        i = end - 1;
    }
}

/* ------------------------------------------------------------------ the file */

/* As git quotes names in diffs: in C's notation, bytes in octal. */
static char *quote(const char *before, const char *path)
{
    GString *name = g_string_new(before);
    bool plain = true;

    for (const unsigned char *at = (const unsigned char *)path; *at; at++) {
        bool special = *at == '"' || *at == '\\';
        if (*at < ' ' || *at >= 0x7f)
            g_string_append_printf(name, "\\%03o", *at);
        else
            g_string_append_printf(name, special ? "\\%c" : "%c", *at);
        plain &= *at >= ' ' && *at < 0x7f && !special;
    }
    if (!plain) {
        g_string_prepend_c(name, '"');
        g_string_append_c(name, '"');
    }
    return g_string_free(name, FALSE);
}

static void reverse(GArray *changes)
{
    for (guint i = 0, j = changes->len; i + 1 < j; i++) {
        j--;
        struct change *a = &g_array_index(changes, struct change, i);
        struct change *b = &g_array_index(changes, struct change, j), kept = *a;
        *a = *b;
        *b = kept;
    }
}

void diff_append(GString *diff, const char *path, GBytes *old, GBytes *new)
{
    if (g_bytes_equal(old, new))
        return;
    g_autoptr(GArray) old_lines = split(old), new_lines = split(new);
    g_autoptr(GArray) changes = compare(old_lines, new_lines);
    g_autofree char *from = quote("a/", path), *to = quote("b/", path);

    reverse(changes);
    g_string_append_printf(diff, "--- %s\n+++ %s\n", from, to);
    append_hunks(diff, changes);
}
