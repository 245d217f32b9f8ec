#include "input/directive.h"

#include <string.h>

#include <glib.h>

#include "base/lexical.h"

static const char MARK[] = "isolint:";

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

static const char *trim_end(const char *start, const char *end)
{
    while (end > start && is_blank(end[-1]))
        end--;
    return end;
}

/* A comment opens directly before the mark, blanks aside. */
static bool opens_comment(const char *start, const char *mark)
{
    while (mark > start && is_blank(mark[-1]))
        mark--;
    return mark - start >= 2 && (memcmp(mark - 2, "--", 2) == 0 || memcmp(mark - 2, "/*", 2) == 0);
}

static enum directive_kind kind_of(const char *word, size_t length)
{
    static const struct {
        const char *word;
        enum directive_kind kind;
    } kinds[] = {
        {"allow", DIRECTIVE_ALLOW},           {"allow-transaction", DIRECTIVE_ALLOW_TRANSACTION},
        {"allow-file", DIRECTIVE_ALLOW_FILE}, {"retry", DIRECTIVE_RETRY},
        {"program", DIRECTIVE_PROGRAM},       {"params", DIRECTIVE_PARAMS},
        {"small", DIRECTIVE_SMALL},           {"replica", DIRECTIVE_REPLICA},
        {"sequence", DIRECTIVE_SEQUENCE},     {"hot", DIRECTIVE_HOT},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (strlen(kinds[i].word) == length && memcmp(kinds[i].word, word, length) == 0)
            return kinds[i].kind;
    }
    return DIRECTIVE_UNKNOWN;
}

static struct directive *directive_read(struct script *script, const char *mark, const char *end)
{
    struct directive *directive = arena_new(&script->arena, struct directive);
    const char *word = skip_blanks(mark + strlen(MARK), end), *rest = word;

    while (rest < end && !is_blank(*rest))
        rest++;
    directive->kind = kind_of(word, (size_t)(rest - word));
    directive->span.start = (uint32_t)(mark - script->bytes);
    directive->span.end = (uint32_t)(trim_end(mark, end) - script->bytes);

    rest = skip_blanks(rest, end);
    const char *reason = memmem(rest, (size_t)(end - rest), "--", 2);
    const char *text_end = trim_end(rest, reason ? reason : end);
    directive->text = arena_strndup(&script->arena, rest, (size_t)(text_end - rest));
    if (reason) {
        reason = skip_blanks(reason + 2, end);
        const char *reason_end = trim_end(reason, end);
        if (reason_end > reason)
            directive->reason =
                arena_strndup(&script->arena, reason, (size_t)(reason_end - reason));
    }
    return directive;
}

void directive_collect(struct script *script)
{
    const char *end = script->bytes + script->size, *at = script->bytes;
    struct directive **last = &script->directives;

    while ((at = strstr(at, MARK))) {
        const char *comment_end = line_comment_end(at, end);
        const char *closed = memmem(at, (size_t)(comment_end - at), "*/", 2);

        if (opens_comment(script->bytes, at)) {
            *last = directive_read(script, at, closed ? closed : comment_end);
            script->directive_kinds |= 1U << (*last)->kind;
            last = &(*last)->next;
        }
        at = comment_end;
    }
}
