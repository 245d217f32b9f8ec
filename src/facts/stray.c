#include "facts/stray.h"

#include <glib.h>

#include "base/lexical.h"

/* Why the statement was refused; NULL when it was not. `*next` is passed on to its errors. */
static const struct syntax_error *error_of(const struct statement *statement,
                                           const struct syntax_error **next)
{
    while (*next && (*next)->span.start < statement->span.start)
        *next = (*next)->next;
    return *next && statement->kind == STATEMENT_REFUSED && !(*next)->body &&
                   (*next)->span.start <= statement->span.end
               ? *next
               : NULL;
}

/* "3,14;" at its first token */
static bool begins_with_no_word(const struct script *script, const struct syntax_error *error,
                                const struct statement *statement)
{
    char first = script->bytes[error->span.start];

    return error->span.start == statement->span.start &&
           (g_ascii_isdigit(first) || g_ascii_ispunct(first));
}

/* In lower case, with what qualifies it; `*end` is what follows. Owned by the caller. */
static char *word_at(const struct script *script, uint32_t start, const char **end)
{
    const char *at = script->bytes + start;

    while (is_name_part((unsigned char)*at) || *at == '.')
        at++;
    *end = at;
    return g_ascii_strdown(script->bytes + start, at - script->bytes - start);
}

bool stray_is_unended(const struct script *script, const struct syntax_error *error)
{
    static const char *const words[] = {
        "alter", "begin", "call",   "comment", "commit", "copy",     "create", "delete", "do",
        "drop",  "grant", "insert", "revoke",  "select", "truncate", "update", NULL};
    uint32_t before = error->span.start;
    const char *end;
    g_autofree char *word = word_at(script, error->span.start, &end);

    while (before > 0 && (script->bytes[before - 1] == ' ' || script->bytes[before - 1] == '\t'))
        before--;
    return before > 0 && script->bytes[before - 1] == '\n' && g_strv_contains(words, word);
}

/* AS $ … $, for which $$ is meant. */
static bool is_half_quote(const struct script *script, const struct syntax_error *error)
{
    const char *at = script->bytes + error->span.start;

    return *at == '$' && !is_name_part((unsigned char)at[1]);
}

const char *stray_cause(const struct script *script, const struct syntax_error *error)
{
    if (!error->body && is_half_quote(script, error))
        return "$";
    if (syntax_error_follows_if(script, error))
        return "if";
    return !error->body && stray_is_unended(script, error) ? ";" : error->keyword;
}

/* IF x THEN, RETURN y, n := 1 */
static bool is_of_body(const struct script *script, uint32_t start)
{
    static const char *const words[] = {"begin",     "declare", "else",  "elsif", "end",
                                        "exception", "for",     "if",    "loop",  "perform",
                                        "raise",     "return",  "while", NULL};
    const char *at;
    g_autofree char *word = word_at(script, start, &at);

    while (g_ascii_isspace(*at))
        at++;
    return g_strv_contains(words, word) || (*word && at[0] == ':' && at[1] == '=');
}

/* Two statements with a typing error may follow one another; more of them that begin with no
 * command are the rest of something else. */
enum { FEW = 3 };

/* In a body stand statements that are SQL as well, SELECT … INTO too; it ends before the next
 * definition. Other text has no statement in it, and each piece begins with no command. */
const struct syntax_error *stray_last(const struct script *script, const struct syntax_error *error,
                                      const struct statement **at, bool *body)
{
    const struct statement *each = *at;
    const struct syntax_error *next = error->next, *last = error, *sure = error;
    unsigned words = 0;

    while (each && each->next && each->span.end < error->span.start)
        each = each->next;
    *at = each;
    *body = false;
    if (!each || each->kind != STATEMENT_REFUSED || error->body)
        return error;
    *body = is_of_body(script, each->span.start) || is_of_body(script, error->span.start);
    bool none = begins_with_no_word(script, error, each);
    while ((each = each->next)) {
        const struct syntax_error *found = error_of(each, &next);
        bool begins = !found || found->span.start > each->span.start;
        if ((begins && !*body) || (!found && each->kind == STATEMENT_DEFINE && !each->query))
            break;
        *body |= found && is_of_body(script, each->span.start);
        none = none && found && begins_with_no_word(script, found, each);
        words += !none;
        last = found ? found : last;
        sure = none ? last : sure;
    }
    return *body || words > FEW ? last : sure;
}
