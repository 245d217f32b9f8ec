#include "lint/rule.h"

#include <glib.h>

const char *severity_name(enum severity severity)
{
    static const char *const names[] = {"note", "warning", "error"};

    return names[severity];
}

struct finding *report(struct check *check, struct span span, const char *format, ...)
{
    struct finding *finding = arena_new(&check->script->arena, struct finding);
    va_list args;

    finding->rule = check->rule;
    finding->severity = check->rule->severity;
    finding->script = check->script;
    finding->span = span;
    va_start(args, format);
    finding->message = arena_vprintf(&check->script->arena, format, args);
    va_end(args);
    *check->findings_end = finding;
    check->findings_end = &finding->next;
    return finding;
}

void finding_label(struct check *check, struct finding *finding, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    finding->label = arena_vprintf(&check->script->arena, format, args);
    va_end(args);
}

static void add_related(struct check *check, struct finding *finding, const struct script *script,
                        struct span span, const char *label)
{
    struct related *related = arena_new(&check->script->arena, struct related);
    struct related **end = &finding->related;

    related->script = script;
    related->span = span;
    related->label = label;
    while (*end)
        end = &(*end)->next;
    *end = related;
}

void finding_related(struct check *check, struct finding *finding, struct span span,
                     const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_related(check, finding, check->script, span,
                arena_vprintf(&check->script->arena, format, args));
    va_end(args);
}

void finding_help(struct check *check, struct finding *finding, const char *format, ...)
{
    struct help *help = arena_new(&check->script->arena, struct help);
    struct help **end = &finding->help;
    va_list args;

    va_start(args, format);
    help->text = arena_vprintf(&check->script->arena, format, args);
    va_end(args);
    while (*end)
        end = &(*end)->next;
    *end = help;
}

void finding_edit(struct check *check, struct finding *finding, struct span span, const char *text,
                  bool safe)
{
    struct edit *edit = arena_new(&check->script->arena, struct edit);
    struct edit **end = &finding->edits;

    edit->span = span;
    edit->replacement = arena_strdup(&check->script->arena, text);
    edit->safe = safe;
    while (*end)
        end = &(*end)->next;
    *end = edit;
}

void finding_weaken(struct finding *finding)
{
    if (finding->severity > SEVERITY_NOTE)
        finding->severity--;
}

void finding_level(struct check *check, struct finding *finding,
                   const struct transaction *transaction)
{
    const struct mode_state *level = &transaction->modes->state[MODE_ISOLATION];
    const struct statement *begin = transaction->begin;
    const char *name = isolation_level_name((enum isolation_level)level->value);

    if (level->provenance == FROM_OPTION) {
        finding_help(check, finding, "%s is the default that --default-isolation gives", name);
        return;
    }
    if (!level->script ||
        (level->script == check->script && begin && span_contains(begin->span, level->span.start)))
        return;
    add_related(check, finding, level->script, level->span,
                arena_printf(&check->script->arena, "%s is %s here", name,
                             provenance_name(level->provenance)));
}

struct span access_span(const struct access *access)
{
    const struct script *script = access->step->transaction->script;
    struct span statement = access->step->statement->span, name = access->span;

    if (name.start < statement.start || name.end > statement.end || name.end <= name.start)
        return statement;
    if (memchr(script->bytes + statement.start, '\n', name.start - statement.start))
        return name; /* one line is shown */
    return (struct span){statement.start, name.end};
}

struct span transaction_span(const struct transaction *transaction)
{
    return transaction_first(transaction)->span;
}

const char *access_verb(const struct access *access)
{
    static const char *const verbs[] = {
        [ACCESS_READ] = "SELECT",          [ACCESS_LOCK] = "SELECT … FOR UPDATE",
        [ACCESS_INSERT] = "INSERT",        [ACCESS_UPDATE] = "UPDATE",
        [ACCESS_DELETE] = "DELETE",        [ACCESS_TRUNCATE] = "TRUNCATE",
        [ACCESS_TABLE_LOCK] = "LOCK TABLE"};

    if (access->merge)
        return "MERGE";
    if (access->copy)
        return "COPY";
    if (access->kind == ACCESS_LOCK) {
        static const char *const locks[] = {[LOCK_NONE] = "SELECT",
                                            [LOCK_KEY_SHARE] = "SELECT … FOR KEY SHARE",
                                            [LOCK_SHARE] = "SELECT … FOR SHARE",
                                            [LOCK_NO_KEY_UPDATE] = "SELECT … FOR NO KEY UPDATE",
                                            [LOCK_UPDATE] = "SELECT … FOR UPDATE"};
        return locks[access->lock];
    }
    return verbs[access->kind];
}
