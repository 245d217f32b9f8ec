#include "lint/rule.h"

/* What `\set ON_ERROR_STOP` makes of it: psql takes a boolean, and nothing for true. */
static bool turns_off(const struct psql *psql)
{
    const char *value = psql->arguments + strlen("ON_ERROR_STOP");

    value += strspn(value, " \t'\"");
    return g_ascii_strncasecmp(value, "of", 2) == 0 || (*value && strchr("0fFnN", *value));
}

/* Whether psql stops at an error after the command, or may: an included file can have set it. */
static bool stops_after(const struct psql *psql, bool stops)
{
    static const char *const includes[] = {"i", "ir", "include", "include_relative", NULL};

    if (g_strv_contains(includes, psql->command))
        return true;
    if (!g_str_has_prefix(psql->arguments, "ON_ERROR_STOP"))
        return stops;
    if (strcmp(psql->command, "set") == 0)
        return !turns_off(psql);
    return strcmp(psql->command, "unset") == 0 ? false : stops;
}

/* Whether psql stops at an error where a statement begins; `*each` and `*stops` are where the last
 * question ended, for transactions in their order. */
static bool stops_at(const struct statement **each, bool *stops, const struct statement *statement)
{
    for (; *each && *each != statement; *each = (*each)->next) {
        if ((*each)->kind == STATEMENT_PSQL)
            *stops = stops_after((*each)->psql, *stops);
    }
    return *stops;
}

/* An extension's script only turns psql away, "\echo Use CREATE EXTENSION … \quit"; pgbench has
 * commands and expressions of its own, and deals with errors itself. */
static bool is_for_another(const struct statement *statement, const struct psql *psql)
{
    static const char *const commands[] = {"aset",          "sleep",        "setshell",    "shell",
                                           "startpipeline", "syncpipeline", "endpipeline", NULL};
    bool quits = strcmp(psql->command, "q") == 0 || strcmp(psql->command, "quit") == 0;

    return (quits && !(statement->flags & STATEMENT_CONDITIONAL)) ||
           g_strv_contains(commands, psql->command) ||
           (strcmp(psql->command, "set") == 0 && strstr(psql->arguments, "random"));
}

static bool is_for_psql(const struct script *script)
{
    bool commands = false;

    for (const struct statement *each = script->statements; each; each = each->next) {
        const struct psql *psql = statement_psql(each);
        if (psql && is_for_another(each, psql))
            return false;
        commands |= psql != NULL;
    }
    return commands;
}

/* The first statement after the transaction that does something. */
static const struct statement *goes_on_with(const struct transaction *transaction)
{
    const struct statement *each = transaction->end ? transaction->end->next : NULL;

    while (each && (each->kind == STATEMENT_PSQL || each->kind == STATEMENT_SET ||
                    (statement_is_control(each) && each->kind != STATEMENT_BEGIN)))
        each = each->next;
    return each;
}

static bool is_committed(const struct transaction *transaction)
{
    return transaction->kind == TRANSACTION_BLOCK && !transaction->uncertain && transaction->end &&
           transaction->end->kind != STATEMENT_ROLLBACK;
}

static void check_script(struct check *check, const struct script *script)
{
    const struct transaction *transaction = is_for_psql(script) ? script->transactions : NULL;
    const struct statement *next = NULL, *each = script->statements;
    bool stops = false;

    for (; transaction; transaction = transaction->next) {
        if (!is_committed(transaction) || stops_at(&each, &stops, transaction_first(transaction)))
            continue;
        next = goes_on_with(transaction);
        if (window_exposed(check->corpus, transaction) ||
            (next && transaction_may_write(transaction)))
            break;
    }
    if (!transaction)
        return;
    struct finding *finding =
        report(check, transaction_span(transaction),
               "psql loses this transaction and exits with status 0 when a statement fails%s",
               window_exposed(check->corpus, transaction) ? " with 40001" : "");
    finding_label(check, finding, "nothing of it remains when one statement fails");
    if (next)
        finding_related(check, finding, next->span, "still runs afterwards");
    finding_help(
        check, finding,
        "add \\set ON_ERROR_STOP on (or run psql -v ON_ERROR_STOP=1): psql then stops at the first error, with exit status 3");
    uint32_t top = script->statements->span.start;
    finding_edit(check, finding, (struct span){top, top}, "\\set ON_ERROR_STOP on\n", false);
}

const struct rule rule_script_without_error_stop = {
    .name = "script-without-error-stop",
    .group = "retry",
    .summary = "A script for psql goes on after a failed transaction and ends with status 0",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_MEDIUM,
    .check_script = check_script,
};
