#include "sql/together.h"

#include "base/lexical.h"

/* What a memory context of the grammar takes for so many bytes fits in the second cache. */
enum { MOST_STATEMENTS = 64, MOST_BYTES = 8192 };

static bool has_placeholder(const struct script *script, struct span span)
{
    const struct placeholder *end = script->placeholders + script->placeholder_count;

    if (script->placeholder_count == 0)
        return false;
    const struct placeholder *next = script_placeholders_from(script, span.start);
    return next < end && next->span.start < span.end;
}

/* Whether the grammar reads what is between two statements as their separation. */
static bool is_separation(const char *at, const char *end)
{
    bool separated = false;

    for (; at < end; at++) {
        if (at[0] == '-' && at[1] == '-') {
            at = line_comment_end(at, end);
        } else if (*at == ';') {
            separated = true;
        } else if (!g_ascii_isspace(*at)) {
            return false;
        }
    }
    return separated;
}

unsigned together_count(const struct script *script, const struct statement *first)
{
    const struct statement *last = first;
    unsigned count = 1;

    if (has_placeholder(script, first->span))
        return 1;
    for (const struct statement *next = first->next; next && next->kind == STATEMENT_UNREAD;
         next = next->next) {
        if (count == MOST_STATEMENTS || next->span.end - first->span.start > MOST_BYTES ||
            !is_separation(script->parseable + last->span.end,
                           script->parseable + next->span.start) ||
            has_placeholder(script, next->span))
            break;
        last = next;
        count++;
    }
    return count;
}

/* Whether each tree is that of the statement at its place. */
static bool are_same(const List *trees, const struct statement *first, unsigned count)
{
    const struct statement *statement = first;
    uint32_t from = first->span.start;

    if (list_length(trees) != (int)count)
        return false;
    for (unsigned i = 0; i < count; i++, statement = statement->next) {
        const RawStmt *raw = list_nth(trees, (int)i);
        uint32_t start = from + (uint32_t)MAX(raw->stmt_location, 0);
        uint32_t end = start + (uint32_t)raw->stmt_len;
        if (start > statement->span.start ||
            (i > 0 && list_nth_node(RawStmt, trees, (int)i - 1)->stmt_len == 0))
            return false;
        if (raw->stmt_len != 0 &&
            (end < statement->span.end || (i + 1 < count && end > statement->next->span.start)))
            return false;
    }
    return true;
}

List *together_parse(struct script *script, const struct statement *first, unsigned count)
{
    const struct statement *last = first;

    for (unsigned i = 1; i < count; i++)
        last = last->next;
    char *end = script->parseable + last->span.end;
    char saved = *end;
    *end = '\0';
    PgQueryInternalParsetreeAndError result =
        tree_parse_within_memory(script->parseable + first->span.start);
    *end = saved;
    if (!result.error)
        return are_same(result.tree, first, count) ? result.tree : NIL;
    pg_query_free_error(result.error);
    return NIL;
}
