#include "log/prefix.h"

#include <glib.h>

#include "log/prefix-parts.h"
#include "log/time.h"

/* One way in which lines begin: letters of escapes and the texts between them. A prefix has several
 * where %q leaves the rest out for processes that are no sessions. */
struct item {
    char escape; /* 0: literal */
    struct piece literal;
};

struct pattern {
    GArray *items; /* struct item */
    char *text;    /* that the literals point into */
    unsigned votes;
};

struct prefix {
    GPtrArray *patterns; /* struct pattern, the likeliest first */
    unsigned blanks;     /* see prefix_blanks */
    bool bare;           /* it names no process, and all entries are taken for one session's */
};

static void pattern_free(void *data)
{
    struct pattern *pattern = data;

    g_array_unref(pattern->items);
    g_free(pattern->text);
    g_free(pattern);
}

static struct prefix *prefix_new(void)
{
    struct prefix *prefix = g_new0(struct prefix, 1);

    prefix->patterns = g_ptr_array_new_with_free_func(pattern_free);
    prefix->blanks = LABEL_BLANKS;
    return prefix;
}

unsigned prefix_blanks(const struct prefix *prefix)
{
    return prefix->blanks;
}

void prefix_free(struct prefix *prefix)
{
    if (!prefix)
        return;
    g_ptr_array_unref(prefix->patterns);
    g_free(prefix);
}

static void add_literal(GArray *items, const char *at, size_t length)
{
    struct item *last = items->len ? &g_array_index(items, struct item, items->len - 1) : NULL;

    if (last && last->escape == 0 && last->literal.at + last->literal.length == at)
        last->literal.length += length;
    else
        g_array_append_val(items, ((struct item){0, {at, length}}));
}

/* `whole`: with what follows %q. */
static struct pattern *pattern_read(const char *text, bool whole)
{
    struct pattern *pattern = g_new0(struct pattern, 1);

    pattern->text = g_strdup(text);
    pattern->items = g_array_new(FALSE, FALSE, sizeof(struct item));
    for (const char *at = pattern->text; *at; at++) {
        if (*at != '%') {
            add_literal(pattern->items, at, 1);
            continue;
        }
        at++;
        at += strspn(at, "-0123456789"); /* padding */
        if (*at == '\0')
            break;
        if (*at == 'q' && !whole)
            break;
        if (*at == '%')
            add_literal(pattern->items, at, 1);
        else if (*at != 'q')
            g_array_append_val(pattern->items, ((struct item){*at, {NULL, 0}}));
    }
    return pattern;
}

static bool has_escape(const struct pattern *pattern, const char *letters)
{
    for (guint i = 0; i < pattern->items->len; i++) {
        char escape = g_array_index(pattern->items, struct item, i).escape;
        if (escape && strchr(letters, escape))
            return true;
    }
    return false;
}

struct prefix *prefix_read(const char *text, struct error *error)
{
    struct prefix *prefix = prefix_new();
    struct pattern *whole = pattern_read(text, true);

    g_ptr_array_add(prefix->patterns, whole);
    if (strstr(text, "%q"))
        g_ptr_array_add(prefix->patterns, pattern_read(text, false));
    if (has_escape(whole, "pc"))
        return prefix;
    error_set(error,
              "--log-line-prefix: \"%s\" has neither %%p nor %%c, so sessions cannot be "
              "told apart",
              text);
    prefix_free(prefix);
    return NULL;
}

/* ------------------------------------------------------------------ matching */

size_t prefix_count_digits(struct piece text)
{
    size_t at = 0;

    while (at < text.length && g_ascii_isdigit(text.at[at]))
        at++;
    return at;
}

/* "6b09f0c7.2e7c" */
size_t prefix_session_length(struct piece text)
{
    size_t at = 0, dot;

    while (at < text.length && g_ascii_isxdigit(text.at[at]))
        at++;
    if (at < 6 || at >= text.length || text.at[at] != '.')
        return 0;
    dot = at++;
    while (at < text.length && g_ascii_isxdigit(text.at[at]))
        at++;
    return at > dot + 1 ? at : 0;
}

/* "3/51"; processes that run no transactions have none. */
size_t prefix_transaction_length(struct piece text)
{
    size_t left = prefix_count_digits(text);

    if (left == 0 || left >= text.length || text.at[left] != '/')
        return 0;
    size_t right = prefix_count_digits(piece_after(text, left + 1));
    return right ? left + 1 + right : 0;
}

size_t prefix_state_length(struct piece text)
{
    for (size_t i = 0; i < 5; i++) {
        if (i >= text.length || !(g_ascii_isdigit(text.at[i]) || g_ascii_isupper(text.at[i])))
            return 0;
    }
    return 5;
}

static void keep(struct entry *entry, char escape, struct piece value)
{
    bool unknown = piece_is(value, "[unknown]");
    const char *dot;

    switch (escape) {
    case 'u':
        entry->user = value;
        break;
    case 'd':
        entry->database = value;
        break;
    case 'a':
        entry->application = unknown ? (struct piece){value.at, 0} : value;
        break;
    case 'c': /* its second half is the process */
        entry->session = value;
        dot = memchr(value.at, '.', value.length);
        if (dot && entry->process == 0)
            entry->process = (uint32_t)g_ascii_strtoull(dot + 1, NULL, 16);
        break;
    case 'v':
        entry->transaction = value;
        break;
    case 'e':
        entry->state = value;
        break;
    case 'l':
        entry->counted = true;
        entry->first = piece_is(value, "1");
        break;
    case 'p':
        entry->process = piece_number(value);
        break;
    default:
        break;
    }
}

/* A line that does not fit could be divided among its names in all ways that there are; one of a
 * server needs a hundredth of these. */
enum { MOST_TRIES = 4000 };

struct matching {
    const GArray *items;
    struct entry *entry;
    unsigned tries;
};

static bool match(struct matching *matching, guint index, struct piece text);

/* Tries the shortest value first after which the rest fits. */
static bool match_text(struct matching *matching, guint index, struct piece text)
{
    char escape = g_array_index(matching->items, struct item, index).escape;

    for (size_t length = 0; length <= text.length && matching->tries < MOST_TRIES; length++) {
        if (match(matching, index + 1, piece_after(text, length))) {
            keep(matching->entry, escape, (struct piece){text.at, length});
            return true;
        }
    }
    return false;
}

static bool match(struct matching *matching, guint index, struct piece text)
{
    const GArray *items = matching->items;
    struct entry *entry = matching->entry;
    size_t length = 0;

    matching->tries++;
    if (index == items->len)
        return text.length == 0;
    const struct item *item = &g_array_index(items, struct item, index);
    if (item->escape == 0) {
        if (text.length < item->literal.length ||
            memcmp(text.at, item->literal.at, item->literal.length) != 0)
            return false;
        return match(matching, index + 1, piece_after(text, item->literal.length));
    }
    while (text.length > 0 && *text.at == ' ') /* padding */
        text = piece_after(text, 1);
    switch (item->escape) {
    case 't':
    case 'm':
    case 's':
    case 'n': {
        int64_t time;
        length = time_read(text.at, text.length, &time);
        if (length && item->escape != 's')
            entry->time = time;
        break;
    }
    case 'p':
    case 'l':
    case 'x':
        length = prefix_count_digits(text);
        break;
    case 'Q':
        length = text.length > 0 && *text.at == '-';
        length += prefix_count_digits(piece_after(text, length));
        break;
    case 'c':
        length = prefix_session_length(text);
        break;
    case 'e':
        length = prefix_state_length(text);
        break;
    case 'v':
        length = prefix_transaction_length(text);
        if (length == 0) /* empty */
            return match(matching, index + 1, text);
        break;
    default:
        return match_text(matching, index, text);
    }
    if (length == 0)
        return false;
    keep(entry, item->escape, (struct piece){text.at, length});
    return match(matching, index + 1, piece_after(text, length));
}

static bool matches(const struct pattern *pattern, struct piece head, struct entry *entry)
{
    return match(&(struct matching){pattern->items, entry, 0}, 0, head);
}

bool prefix_match(const struct prefix *prefix, struct piece head, struct entry *entry)
{
    if (prefix->bare) {
        entry->process = 1; /* which no session has */
        return head.length == 0 || *head.at != '\t';
    }
    for (guint i = 0; i < prefix->patterns->len; i++) {
        if (matches(prefix->patterns->pdata[i], head, entry))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ guessing */

static int compare_votes(const void *a, const void *b)
{
    const struct pattern *x = *(struct pattern *const *)a, *y = *(struct pattern *const *)b;

    return x->votes == y->votes ? strcmp(x->text, y->text) : x->votes > y->votes ? -1 : 1;
}

/* A number that a query has for its identity may be short or negative: where one line has %x and
 * another %Q at the same place, %Q fits both. */
static void widen(GPtrArray *texts)
{
    for (guint i = 0; i < texts->len; i++) {
        char *text = texts->pdata[i];
        char *last = strrchr(text, '%');
        for (guint j = 0; last && j < texts->len; j++) {
            const char *other = texts->pdata[j];
            if (last[1] == 'x' && strlen(other) == strlen(text) &&
                strncmp(other, text, (size_t)(last - text)) == 0 && other[last - text + 1] == 'Q' &&
                strcmp(other + (last - text) + 2, last + 2) == 0)
                last[1] = 'Q';
        }
    }
}

/* What stands before the labels of the first lines. */
static void read_heads(const char *bytes, size_t size, unsigned blanks, GArray *heads)
{
    enum { MOST_LINES = 400 };
    const char *at = bytes, *end = bytes + size;

    while (at < end && heads->len < MOST_LINES) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop ? stop : end) - at);
        struct piece label = prefix_label(at, length, blanks);
        struct piece head = {at, (size_t)(label.at - at)};
        if (label.length > 0 && *at != '\t' && head.length > 0 && head.length < 1024)
            g_array_append_val(heads, head);
        at += length + 1;
    }
}

static struct prefix *guess_spaced(const char *bytes, size_t size, unsigned blanks)
{
    enum { MOST_PATTERNS = 24 };
    struct prefix *prefix = prefix_new();
    g_autoptr(GArray) heads = g_array_new(FALSE, FALSE, sizeof(struct piece));
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

    prefix->blanks = blanks;
    read_heads(bytes, size, blanks, heads);
    for (guint i = 0; i < heads->len && texts->len < 8 * MOST_PATTERNS; i++) {
        char *text = prefix_guess_pattern(g_array_index(heads, struct piece, i));
        bool known = g_ptr_array_find_with_equal_func(texts, text, g_str_equal, NULL);
        if (known)
            g_free(text);
        else
            g_ptr_array_add(texts, text);
    }
    widen(texts);
    for (guint i = 0; i < texts->len; i++) {
        struct pattern *pattern = pattern_read(texts->pdata[i], true);
        for (guint j = 0; j < heads->len; j++) {
            struct entry entry = {0};
            pattern->votes += matches(pattern, g_array_index(heads, struct piece, j), &entry) &&
                              entry.process + entry.session.length > 0;
        }
        if (pattern->votes > 0 && has_escape(pattern, "pc"))
            g_ptr_array_add(prefix->patterns, pattern);
        else
            pattern_free(pattern);
    }
    g_ptr_array_sort(prefix->patterns, compare_votes);
    if (prefix->patterns->len > MOST_PATTERNS)
        g_ptr_array_set_size(prefix->patterns, MOST_PATTERNS);
    if (prefix->patterns->len > 0)
        return prefix;
    prefix_free(prefix);
    return NULL;
}

/* An error alone, as psql and drivers show it, perhaps with the time or the driver's words before
 * it: what says who has sent statements is not there, so a log of statements is none of this
 * kind. */
static bool is_bare(const char *bytes, size_t size, unsigned blanks)
{
    const char *at = bytes, *end = bytes + size;
    bool error = false;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop ? stop : end) - at);
        struct piece label = prefix_label(at, length, blanks);
        if (piece_is(label, "LOG"))
            return false;
        error |= *at != '\t' && piece_is(label, "ERROR");
        at += length + 1;
    }
    return error;
}

static struct prefix *bare_prefix(unsigned blanks)
{
    struct prefix *prefix = prefix_new();

    prefix->bare = true;
    prefix->blanks = blanks;
    return prefix;
}

struct prefix *prefix_guess(const char *bytes, size_t size)
{
    struct prefix *prefix = NULL;

    for (unsigned blanks = LABEL_BLANKS; !prefix && blanks > 0; blanks--)
        prefix = guess_spaced(bytes, size, blanks);
    for (unsigned blanks = LABEL_BLANKS; !prefix && blanks > 0; blanks--)
        prefix = is_bare(bytes, size, blanks) ? bare_prefix(blanks) : NULL;
    return prefix;
}
