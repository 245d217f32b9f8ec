#include "history/lexed.h"

#include "history/shape.h"

uint64_t piece_hash(struct piece piece)
{
    uint64_t hash = piece.at ? value_hash_text(piece.at, piece.length) : 0;

    return hash || !piece.at ? hash : 1;
}

static bool is_tool(struct piece application)
{
    return piece_is(application, "pg_dump") || piece_is(application, "pg_restore") ||
           piece_is(application, "pg_dumpall") || piece_is(application, "pg_basebackup");
}

static bool is_wanted(const struct follow_options *options, const struct entry *entry)
{
    return (!options->database || piece_is(entry->database, options->database)) &&
           (!options->user || piece_is(entry->user, options->user)) &&
           (options->since == NO_TIME || entry->time >= options->since) &&
           (options->until == NO_TIME || entry->time <= options->until) &&
           !is_tool(entry->application);
}

/* ------------------------------------------------------------------ EXECUTE */

static const struct token *token_at(const struct lexed *lexed, guint index)
{
    return index < lexed->tokens.all->len ? &g_array_index(lexed->tokens.all, struct token, index)
                                          : NULL;
}

static bool is_text(const struct token *token, struct piece text, const char *word)
{
    return token && token->span.end - token->span.start == strlen(word) &&
           g_ascii_strncasecmp(text.at + token->span.start, word, strlen(word)) == 0;
}

/* From behind the parenthesis that token `open` is to before the one that closes it; `*open` is then
 * behind that. */
static struct piece in_parentheses(const struct lexed *lexed, struct piece text, guint *open)
{
    const struct token *first = token_at(lexed, *open), *each = first;
    unsigned depth = 0;

    for (; each; each = token_at(lexed, ++*open)) {
        depth += is_text(each, text, "(");
        if (is_text(each, text, ")") && --depth == 0) {
            ++*open;
            return (struct piece){text.at + first->span.end, each->span.start - first->span.end};
        }
    }
    return (struct piece){NULL, 0};
}

/* "EXECUTE pay(5, 7)", of which DETAIL says "prepare: PREPARE pay(int, int) AS UPDATE …": it is the
 * UPDATE that runs. */
static void read_prepared(struct lexed *lexed)
{
    static const char word[] = "prepare: ";
    struct execution *execution = &lexed->execution;
    struct piece prepare = lexed->entry.detail;
    guint at = 2;

    if (!is_text(token_at(lexed, 0), execution->text, "execute") || !prepare.at ||
        !piece_starts(prepare, word))
        return;
    if (is_text(token_at(lexed, at), execution->text, "("))
        execution->arguments = in_parentheses(lexed, execution->text, &at);
    prepare = piece_after(prepare, strlen(word));
    tokens_read(&lexed->tokens, prepare.at, prepare.length);
    at = 2;
    if (is_text(token_at(lexed, at), prepare, "("))
        in_parentheses(lexed, prepare, &at);
    if (is_text(token_at(lexed, 0), prepare, "prepare") &&
        is_text(token_at(lexed, at), prepare, "as")) {
        execution->prepared = true;
        execution->text = piece_after(prepare, token_at(lexed, at)->span.end);
    }
    tokens_read(&lexed->tokens, execution->text.at, execution->text.length);
}

/* ------------------------------------------------------------------ an entry */

void lexed_init(struct lexed *lexed)
{
    *lexed = (struct lexed){0};
    tokens_init(&lexed->tokens);
}

void lexed_finish(struct lexed *lexed)
{
    tokens_finish(&lexed->tokens);
}

void lexed_read(struct lexed *lexed, const struct follow_options *options)
{
    struct execution *execution = &lexed->execution;

    lexed->wanted = is_wanted(options, &lexed->entry);
    if (!lexed->wanted)
        return;
    execution_read(&lexed->entry, execution);
    lexed->text = piece_hash(execution->text);
    if (!lexed->text || !execution->known || execution->kind == EXECUTION_BOUND)
        return;
    tokens_read(&lexed->tokens, execution->text.at, execution->text.length);
    if (!execution->extended)
        read_prepared(lexed);
}
