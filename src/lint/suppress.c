#include "lint/suppress.h"

#include <string.h>

#include "lint/registry.h"

/* The text of the script that a directive speaks of. */
static struct span whole_script(const struct script *script)
{
    return (struct span){0, script->size};
}

/* Of a function body, the statement that ends before the directive on its line; else all from the
 * directive to the semicolon after the next statement. */
static struct span statement_of_body(const struct script *script, const struct directive *directive,
                                     struct span body)
{
    const char *bytes = script->bytes, *first = bytes + body.start;
    const char *last = bytes + directive->span.start;

    while (last > first && last[-1] && strchr(" \t-/*", last[-1]))
        last--;
    bool ends = last > first && last[-1] == ';';
    uint32_t end = (uint32_t)(last - bytes) - 1;
    const char *before = ends ? memrchr(first, ';', end - body.start) : NULL;
    uint32_t start = MIN(directive->span.end, body.end); /* a comment may go on after the body */
    const char *stop = memchr(bytes + start, ';', body.end - start);

    if (ends)
        return (struct span){before ? (uint32_t)(before - bytes) : body.start, end};
    return (struct span){start, stop ? (uint32_t)(stop - bytes) : body.end};
}

static bool has_body(const struct statement *statement)
{
    return statement->kind == STATEMENT_DO ||
           (statement->kind == STATEMENT_DEFINE && statement->changes &&
            statement->changes->kind == CHANGE_CREATE_ROUTINE);
}

static bool same_line(const struct script *script, uint32_t from, uint32_t to)
{
    return from <= to && !memchr(script->bytes + from, '\n', to - from);
}

/* A statement and those that begin on the same line. */
static struct span whole_line(const struct script *script, const struct statement *statement)
{
    struct span span = statement->span;

    for (const struct statement *next = statement->next;
         next && same_line(script, statement->span.start, next->span.start); next = next->next)
        span.end = next->span.end;
    return span;
}

/* A comment after a statement on its line speaks of that statement, any other of the next one. */
static struct span statement_scope(const struct script *script, const struct directive *directive)
{
    const struct statement *before = NULL, *after = script->statements;

    for (; after && after->span.start < directive->span.start; after = after->next)
        before = after;
    if (before && before->span.end > directive->span.start)
        return has_body(before) ? statement_of_body(script, directive, before->span) : before->span;
    if (before && same_line(script, before->span.end, directive->span.start))
        return before->span;
    return after ? whole_line(script, after) : (struct span){script->size, script->size};
}

static struct span transaction_scope(const struct script *script, const struct directive *directive)
{
    for (const struct transaction *transaction = script->transactions; transaction;
         transaction = transaction->next) {
        const struct statement *first = transaction_first(transaction);
        const struct statement *last =
            transaction->end          ? transaction->end
            : transaction->step_count ? transaction->steps[transaction->step_count - 1].statement
                                      : first;
        if (first && last && last->span.end > directive->span.start)
            return (struct span){first->span.start, last->span.end};
    }
    return (struct span){script->size, script->size};
}

static struct span scope(const struct script *script, const struct directive *directive)
{
    switch (directive->kind) {
    case DIRECTIVE_ALLOW:
        return statement_scope(script, directive);
    case DIRECTIVE_ALLOW_TRANSACTION:
        return transaction_scope(script, directive);
    default:
        return whole_script(script);
    }
}

static bool allow(struct finding *findings, const char *name, struct span span,
                  const struct directive *directive)
{
    bool any = false;

    for (struct finding *finding = findings; finding; finding = finding->next) {
        if (strcmp(finding->rule->name, name) != 0 || !span_contains(span, finding->span.start))
            continue;
        if (!finding->allowed)
            finding->allowed = directive;
        any = true;
    }
    return any;
}

static void check_name(struct check *check, struct finding *findings, const char *name,
                       const struct directive *directive, const bool *selected)
{
    const struct rule_entry *entry = rule_find(name);
    struct finding *finding;

    if (!entry) {
        check->rule = rule_find("unknown-suppression")->rule;
        finding = report(check, directive->span,
                         "this comment allows nothing: there is no rule \"%s\"", name);
        if (rule_suggest(name))
            finding_help(check, finding, "name an existing rule: did you mean %s?",
                         rule_suggest(name));
        return;
    }
    if (allow(findings, name, scope(check->script, directive), directive) ||
        !selected[rule_index(entry->rule)])
        return;
    check->rule = rule_find("unused-suppression")->rule;
    finding =
        report(check, directive->span, "this comment allows nothing: %s finds nothing here", name);
    finding_help(check, finding, "delete the comment, or move it before the statement it is for");
}

void suppress(struct check *check, struct finding *findings, const bool *selected)
{
    for (const struct directive *directive = check->script->directives; directive;
         directive = directive->next) {
        if (directive->kind > DIRECTIVE_ALLOW_FILE && directive->kind != DIRECTIVE_UNKNOWN)
            continue;
        if (directive->kind == DIRECTIVE_UNKNOWN) {
            check->rule = rule_find("unknown-suppression")->rule;
            report(
                check, directive->span,
                "this comment has no effect: isolint comments begin with allow, allow-transaction, allow-file, "
                "retry, program, params, small, hot, replica or sequence");
            continue;
        }
        g_auto(GStrv) names = g_strsplit_set(directive->text, ", \t", -1);
        for (char **name = names; *name; name++) {
            if (**name)
                check_name(check, findings, *name, directive, selected);
        }
    }
}

static bool names(const struct directive *directive, const char *rule)
{
    g_auto(GStrv) names = g_strsplit_set(directive->text, ", \t", -1);

    return directive->kind <= DIRECTIVE_ALLOW_FILE && g_strv_contains((const char **)names, rule);
}

const struct directive *suppress_allows(const struct finding *finding)
{
    const struct directive *each = finding->script->directives;

    while (each && !(names(each, finding->rule->name) &&
                     span_contains(scope(finding->script, each), finding->span.start)))
        each = each->next;
    return each;
}
