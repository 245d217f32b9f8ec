#include "lint/rule.h"

#include <string.h>

#include <glib.h>

const char *severity_name(enum severity severity)
{
    static const char *const names[] = {"note", "warning", "error"};

    return names[severity];
}

/* Formats are literals: one in which nothing is filled in is the text, for all findings. */
static const char *text_of(struct check *check, const char *format, va_list args)
{
    return strchr(format, '%') ? arena_vprintf(&check->script->arena, format, args) : format;
}

static struct finding *add_finding(struct check *check, struct span span, const char *message)
{
    struct finding *finding = arena_new(&check->script->arena, struct finding);

    finding->rule = check->rule;
    finding->severity = check->rule->severity;
    finding->script = check->script;
    finding->span = span;
    finding->message = message;
    *check->findings_end = finding;
    check->findings_end = &finding->next;
    return finding;
}

struct finding *report(struct check *check, struct span span, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const char *message = text_of(check, format, args);
    va_end(args);
    return add_finding(check, span, message);
}

void finding_label(struct check *check, struct finding *finding, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    finding->label = text_of(check, format, args);
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
    add_related(check, finding, check->script, span, text_of(check, format, args));
    va_end(args);
}

/* "function pay, line 7", "trigger audit → function log_change, line 3 → view log" */
static const char *way_in(struct check *check, const struct via *via,
                          const struct body_statement *body)
{
    struct arena *arena = &check->script->arena;
    const char *way = NULL;

    for (; via; via = via->outer) {
        bool innermost = !way, routine = via->kind == VIA_ROUTINE || via->kind == VIA_TRIGGER;
        const char *what = via->what;
        if (innermost && routine && body && body->line > 0)
            what = arena_printf(arena, "%s, line %u", what, body->line);
        way = way ? arena_printf(arena, "%s → %s", what, way) : what;
    }
    return way;
}

static void add_way_in(struct check *check, struct finding *finding, const struct via *via,
                       const struct body_statement *body)
{
    bool routine = via && (via->kind == VIA_ROUTINE || via->kind == VIA_TRIGGER);

    if (!via)
        return;
    add_related(check, finding, via->script, routine && body ? body->span : via->span,
                arena_printf(&check->script->arena, "via %s", way_in(check, via, body)));
}

struct finding *report_access(struct check *check, const struct access *access, const char *format,
                              ...)
{
    va_list args;

    va_start(args, format);
    const char *message = text_of(check, format, args);
    va_end(args);
    struct finding *finding = add_finding(check, access_span(access), message);
    finding->transaction = access->transaction;
    finding->access = access;
    add_way_in(check, finding, access->via, access->body);
    return finding;
}

struct finding *report_side_effect(struct check *check, const struct side_effect *effect,
                                   const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const char *message = text_of(check, format, args);
    va_end(args);
    struct finding *finding = add_finding(check, side_effect_span(effect), message);
    finding->transaction = effect->step->transaction;
    finding->effect = effect;
    add_way_in(check, finding, effect->via, effect->body);
    return finding;
}

void finding_related_access(struct check *check, struct finding *finding,
                            const struct access *access, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_related(check, finding, access->transaction->script, access_statement_span(access),
                text_of(check, format, args));
    va_end(args);
    add_way_in(check, finding, access->via, access->body);
}

void finding_related_side_effect(struct check *check, struct finding *finding,
                                 const struct side_effect *effect, const char *format, ...)
{
    const struct transaction *transaction = effect->step->transaction;
    va_list args;

    va_start(args, format);
    add_related(check, finding, transaction->script,
                effect->via ? effect->step->statement->span : effect->statement->span,
                text_of(check, format, args));
    va_end(args);
    add_way_in(check, finding, effect->via, effect->body);
}

static struct help *add_help(struct check *check, struct finding *finding, const char *text)
{
    struct help *help = arena_new(&check->script->arena, struct help);
    struct help **end = &finding->help;

    while (*end && !(*end)->last)
        end = &(*end)->next;
    help->text = text;
    help->next = *end;
    *end = help;
    return help;
}

void finding_help(struct check *check, struct finding *finding, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_help(check, finding, text_of(check, format, args));
    va_end(args);
}

/* In a file that does not parse as a whole it is not known where a transaction begins and ends. */
void finding_edit(struct check *check, struct finding *finding, struct span span, const char *text,
                  bool safe)
{
    if (check->script->errors || strstr(text, "…")) /* what "…" stands for is not known */
        return;
    struct edit *edit = arena_new(&check->script->arena, struct edit);
    struct edit **end = &finding->edits;

    edit->span = span;
    edit->replacement = arena_strdup(&check->script->arena, text);
    edit->safe = safe;
    while (*end)
        end = &(*end)->next;
    *end = edit;
}

struct finding *report_locking(struct check *check, const struct lock *lock, const char *message)
{
    return lock->access ? report_access(check, lock->access, "%s", message)
                        : report_side_effect(check, lock->call, "%s", message);
}

void finding_related_lock(struct check *check, struct finding *finding, const struct lock *lock,
                          const char *label)
{
    if (lock->access)
        finding_related_access(check, finding, lock->access, "%s", label);
    else
        finding_related_side_effect(check, finding, lock->call, "%s", label);
}

void finding_lock_mode(struct check *check, struct finding *finding, const struct access *lock,
                       enum table_lock mode)
{
    const struct statement *statement = lock->statement;

    if (lock->kind == ACCESS_TABLE_LOCK && !lock->via && !lock->body && !statement->names->next &&
        !(statement->flags & STATEMENT_NOWAIT))
        finding_edit(check, finding, (struct span){statement->names->span.end, statement->span.end},
                     arena_printf(&check->script->arena, " IN %s MODE", table_lock_name(mode)),
                     false);
}

/* The end of what separates the statement from the next: a semicolon, "\;". */
static uint32_t separator_end(const char *bytes, uint32_t at)
{
    uint32_t end = at + (uint32_t)strspn(bytes + at, " \t\r\n");

    if (bytes[end] == '\\' && bytes[end + 1] == ';')
        return end + 2;
    return bytes[end] == ';' ? end + 1 : at;
}

void finding_delete(struct check *check, struct finding *finding, const struct statement *statement,
                    bool safe)
{
    const char *bytes = check->script->bytes;
    uint32_t start = statement->span.start, end = separator_end(bytes, statement->span.end);
    uint32_t rest = end + (uint32_t)strspn(bytes + end, " \t\r");

    while (start > 0 && (bytes[start - 1] == ' ' || bytes[start - 1] == '\t'))
        start--;
    bool begins_line = start == 0 || bytes[start - 1] == '\n';
    if (begins_line && bytes[rest] == '\n')
        end = rest + 1; /* the line is gone */
    else if (begins_line)
        start = statement->span.start, end = rest;
    finding_edit(check, finding, (struct span){start, end}, "", safe);
}

void finding_delete_mode(struct check *check, struct finding *finding,
                         const struct statement *statement, const struct mode *mode, bool safe)
{
    const struct mode *each = statement_modes(statement), *before = NULL;
    struct span span = mode->span;

    for (; each && each->span.start != mode->span.start; each = each->next)
        before = each;
    if (each && each->next) {
        span.end = each->next->span.start;
    } else if (before) {
        span.start = before->span.end;
    } else if (statement->kind == STATEMENT_BEGIN) {
        while (strchr(" \t\r\n", check->script->bytes[span.start - 1]))
            span.start--;
    } else {
        finding_delete(check, finding, statement, safe);
        return;
    }
    finding_edit(check, finding, span, "", safe);
}

void finding_add_modes(struct check *check, struct finding *finding, const struct statement *begin,
                       const char *modes, bool safe)
{
    struct span span = {begin->span.end, begin->span.end};

    finding_edit(check, finding, span, arena_printf(&check->script->arena, " %s", modes), safe);
}

void finding_suggest_read_committed(struct check *check, struct finding *finding,
                                    const struct transaction *transaction)
{
    const struct mode_state *level = &transaction->modes->state[MODE_ISOLATION];
    const struct statement *begin = transaction->begin;

    if (!begin || begin->kind != STATEMENT_BEGIN || level->script != check->script)
        return;
    for (const struct mode *mode = statement_modes(begin); mode; mode = mode->next) {
        if (mode->kind == MODE_ISOLATION && mode->span.start == level->span.start)
            finding_edit(check, finding, mode->span, "ISOLATION LEVEL READ COMMITTED", false);
    }
}

void finding_predicts(struct finding *finding, const char *prediction)
{
    finding->predicts = prediction;
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
    const char *name = isolation_level_name(transaction_level(transaction));

    if (level->provenance == FROM_OPTION) {
        add_help(check, finding,
                 arena_printf(&check->script->arena,
                              "check that these connections use %s: only isolint's options say so",
                              name))
            ->last = true;
        return;
    }
    if (!level->script ||
        (level->script == check->script && begin && span_contains(begin->span, level->span.start)))
        return;
    add_related(check, finding, level->script, level->span,
                arena_printf(&check->script->arena, "%s is %s here", name,
                             provenance_name(level->provenance)));
}

void finding_snapshot(struct check *check, struct finding *finding, const struct access *access)
{
    const struct transaction *transaction = access->transaction;
    const struct step *first = transaction_first_snapshot(transaction);

    if (!first || first == access->step || transaction->kind == TRANSACTION_ROUTINE ||
        transaction->kind == TRANSACTION_SEGMENT)
        return;
    finding_related(check, finding, first->statement->span, "the snapshot is taken here");
}

struct span access_statement_span(const struct access *access)
{
    const struct via *via = access->via;

    if (!via)
        return access->statement->span;
    while (via->outer)
        via = via->outer;
    return via->body ? via->body->span : access->step->statement->span;
}

struct span access_span(const struct access *access)
{
    const struct script *script = access->step->transaction->script;
    struct span statement = access_statement_span(access);
    struct span name = access->span;

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

/* ------------------------------------------------------------------ questions of rules */

bool check_on_standby(const struct check *check)
{
    return check->script->directive_kinds & 1U << DIRECTIVE_REPLICA || check->options->standby;
}

bool check_is_sent(struct check *check)
{
    if (check->sent == ANSWER_UNKNOWN)
        check->sent = script_is_sent_by_program(check->script) ? ANSWER_YES : ANSWER_NO;
    return check->sent == ANSWER_YES;
}

bool checks_in_trigger(const struct access *read)
{
    bool by_trigger = read->via ? read->via->kind == VIA_TRIGGER : read->transaction->unfired;

    return by_trigger && read->body && body_raises_on(read->body);
}

bool serializable_helps(const struct check *check, const struct access *read)
{
    const struct relation *relation = read->relation;
    const struct statement *end = read->transaction->end;

    if (check_on_standby(check) || (end && end->kind == STATEMENT_PREPARE_TRANSACTION))
        return false;
    return relation
               ? relation->kind != RELATION_MATERIALIZED_VIEW &&
                     relation->kind != RELATION_FOREIGN_TABLE && relation->kind != RELATION_SEQUENCE
               : !name_is_system(read->schema, read->name);
}
