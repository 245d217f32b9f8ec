/* The error tells which placeholder is wrong: the last one before it, or the one at which it
 * stands. Each is tried in turn; what brings the grammar furthest is kept. */
#include "grammar/filling.h"

#include <string.h>

/* How often a text is parsed, and how many placeholders before the error are tried. */
enum { MOST_ATTEMPTS = 200, MOST_SUSPECTS = 3 };

struct range_of {
    struct placeholder *first, *end;
};

static struct range_of placeholders_in(const struct filled *filled)
{
    const struct script *script = filled->script;
    struct placeholder *end = script->placeholders + script->placeholder_count;
    struct range_of range = {script_placeholders_from(script, filled->base), NULL};

    range.end = range.first;
    while (range.end < end && range.end->span.end <= filled->base + filled->length)
        range.end++;
    return range;
}

uint32_t filled_stopped(const struct filled *filled, const PgQueryError *error)
{
    uint32_t offset = 0;

    for (int cursor = error->cursorpos; cursor > 1 && offset < filled->length; cursor--) {
        unsigned char c = (unsigned char)filled->text[offset];
        offset += c < 0x80             ? 1
                  : (c & 0xe0) == 0xc0 ? 2
                  : (c & 0xf0) == 0xe0 ? 3
                  : (c & 0xf8) == 0xf0 ? 4
                                       : 1;
    }
    return MIN(offset, filled->length);
}

/* The same place in the script. */
static uint32_t stopped_at(const struct filled *filled, const PgQueryError *error)
{
    return filled->base + filled_stopped(filled, error);
}

static void fill(const struct filled *filled, struct placeholder *placeholder, enum filling filling)
{
    placeholder->filling = filling;
    script_fill(filled->script, placeholder,
                filled->text + (placeholder->span.start - filled->base));
}

static bool is_part_of_name(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static size_t before_blanks(const char *text, size_t at)
{
    while (at > 0 && g_ascii_isspace(text[at - 1]))
        at--;
    return at;
}

/* The word that ends at `*end`, which moves before it. Owned by the caller. */
static char *word_before(const char *text, size_t *end)
{
    size_t stop = *end;

    while (*end > 0 && is_part_of_name(text[*end - 1]))
        --*end;
    return g_ascii_strdown(text + *end, (gssize)(stop - *end));
}

bool filling_is_alias(const char *text, size_t at)
{
    static const char *const clauses[] = {"from",  "join", "update", "into",
                                          "using", "only", "select", NULL};
    static const char *const others[] = {"set", "where", "as", "on", "and", "or", "not", NULL};
    size_t end = before_blanks(text, at);

    if (end == 0 || end == at)
        return false;
    if (strchr(")]'\"", text[end - 1]))
        return true;
    g_autofree char *word = word_before(text, &end);
    if (!*word || g_strv_contains(clauses, word) || g_strv_contains(others, word))
        return false;
    while (end > 0 && text[end - 1] == '.') {
        end--;
        g_free(word_before(text, &end));
    }
    end = before_blanks(text, end);
    if (end > 0 && text[end - 1] == ',')
        return true;
    g_autofree char *clause = word_before(text, &end);
    return g_strv_contains(clauses, clause);
}

/* What a placeholder may be besides: a parameter is a value or a name, what psql or a template puts
 * in is any text. */
static bool may_be(const struct filled *filled, const struct placeholder *placeholder,
                   enum filling filling)
{
    const struct script *script = filled->script;
    const char *text = script->bytes + placeholder->span.start;
    bool value = script_placeholder_is_positional(script, placeholder) || *text == '@' ||
                 (*text == '%' && text[1] == '(');

    if (placeholder->block || filling == placeholder->filling)
        return false;
    if (filling == FILLING_NAME &&
        filling_is_alias(filled->text, placeholder->span.start - filled->base))
        return false;
    if (*text == '"')
        return filling == FILLING_NAME;
    if (value)
        return filling == FILLING_VALUE || filling == FILLING_NAME;
    uint32_t length = placeholder->span.end - placeholder->span.start;
    return filling == FILLING_STRING  ? length > 2
           : filling == FILLING_QUERY ? length >= strlen("SELECT")
                                      : true;
}

/* Replaces `*result` by a better one; false when no filling of this placeholder is better. */
static bool try_fillings(const struct filled *filled, struct placeholder *placeholder,
                         PgQueryInternalParsetreeAndError *result, unsigned *attempts)
{
    const enum filling before = placeholder->filling;
    uint32_t furthest = stopped_at(filled, result->error);
    enum filling best = before;

    for (int each = FILLING_VALUE; each <= FILLING_NOTHING && result->error; each++) {
        if (each == (int)before)
            continue;
        placeholder->filling = before;
        if (!may_be(filled, placeholder, (enum filling)each))
            continue;
        fill(filled, placeholder, (enum filling)each);
        PgQueryInternalParsetreeAndError other = tree_parse_within_memory(filled->text);
        ++*attempts;
        uint32_t stopped = other.error ? stopped_at(filled, other.error) : UINT32_MAX;
        if (stopped > furthest) {
            furthest = stopped;
            best = (enum filling)each;
            pg_query_free_error(result->error);
            *result = other;
        } else {
            pg_query_free_error(other.error);
        }
    }
    fill(filled, placeholder, best);
    return best != before;
}

static bool improve(const struct filled *filled, struct range_of range,
                    PgQueryInternalParsetreeAndError *result, unsigned *attempts)
{
    uint32_t stopped = stopped_at(filled, result->error);
    struct placeholder *suspect = range.first;

    while (suspect < range.end && suspect->span.start <= stopped)
        suspect++;
    for (int i = 0; i < MOST_SUSPECTS && suspect > range.first; i++) {
        if (try_fillings(filled, --suspect, result, attempts))
            return true;
    }
    return false;
}

/* A name that was read in the place of a template, with what is glued to it. */
static void remember_name(const struct filled *filled, const struct placeholder *placeholder)
{
    struct script *script = filled->script;
    uint32_t first = placeholder->span.start - filled->base;
    uint32_t last = placeholder->span.end - filled->base;

    while (first > 0 && is_part_of_name(filled->text[first - 1]))
        first--;
    while (is_part_of_name(filled->text[last]))
        last++;
    script_name(
        script, filled->text + first, last - first,
        script_placeholder_text(script, (struct span){filled->base + first, filled->base + last}));
}

PgQueryInternalParsetreeAndError filled_parse(const struct filled *filled)
{
    PgQueryInternalParsetreeAndError result = tree_parse_within_memory(filled->text);

    if (filled->script->placeholder_count == 0)
        return result;
    struct range_of range = placeholders_in(filled);
    size_t count = (size_t)(range.end - range.first);
    if (count == 0)
        return result;
    g_autofree struct placeholder *before = g_memdup2(range.first, count * sizeof *before);
    for (unsigned attempts = 0; result.error && attempts < MOST_ATTEMPTS;) {
        if (!improve(filled, range, &result, &attempts))
            break;
    }
    for (size_t i = 0; i < count; i++) {
        if (result.error)
            fill(filled, &range.first[i], before[i].filling);
        else if (range.first[i].filling == FILLING_NAME &&
                 !script_placeholder_is_positional(filled->script, &range.first[i]))
            remember_name(filled, &range.first[i]);
    }
    return result;
}

bool filled_excuses(const struct filled *filled, uint32_t stopped)
{
    struct range_of range = placeholders_in(filled);

    for (const struct placeholder *each = range.first; each < range.end; each++) {
        const char *text = filled->script->bytes + each->span.start;
        if (each->block || *text == '{' || *text == '<' ||
            (*text == '%' && filled->text[stopped] == '%'))
            return true;
        if (each->span.start > filled->base + stopped)
            continue;
        uint32_t behind = each->span.end - filled->base;
        behind = MIN(behind, filled->length);
        behind += (uint32_t)strspn(filled->text + behind, " \t\r\n");
        if (behind >= stopped)
            return true;
    }
    return false;
}

bool filled_is_partial(const struct filled *filled)
{
    struct range_of range = placeholders_in(filled);

    for (const struct placeholder *each = range.first; each < range.end; each++) {
        if (each->filling >= FILLING_QUERY)
            return true;
    }
    return false;
}
