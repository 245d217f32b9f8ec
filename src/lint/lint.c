#include "lint/lint.h"

#include <string.h>

#include "lint/config.h"
#include "lint/registry.h"
#include "lint/settle.h"
#include "lint/suppress.h"
#include "lint/verify.h"

/* ------------------------------------------------------------------ selection */

static bool select_name(bool *on, const char *name, bool value, struct error *error)
{
    bool known = false;

    for (size_t i = 0; i < rule_entry_count; i++) {
        const struct rule *rule = rule_entries[i].rule;
        bool group = strcmp(rule->group, name) == 0;
        if (group || strcmp(rule->name, name) == 0 || strcmp(name, "all") == 0) {
            on[i] = value;
            known = true;
        }
    }
    if (known)
        return true;
    const char *near = rule_suggest(name);
    return error_set(error, "unknown rule \"%s\"%s%s%s", name, near ? "; did you mean " : "",
                     near ? near : "", near ? "?" : "");
}

static bool select_names(bool *on, const char *names, bool value, struct error *error)
{
    g_auto(GStrv) each = g_strsplit_set(names ? names : "", ", ", -1);

    for (char **name = each; *name; name++) {
        if (**name && !select_name(on, *name, value, error))
            return false;
    }
    return true;
}

/* What the configuration says of a rule is where the command line begins. */
static void configure(struct selection *selection, size_t rule, int said)
{
    selection->on[rule] = said ? said != CONFIG_RULE_OFF : !rule_entries[rule].rule->off;
    selection->severity[rule] = said == CONFIG_RULE_NOTE      ? (int)SEVERITY_NOTE
                                : said == CONFIG_RULE_WARNING ? (int)SEVERITY_WARNING
                                : said == CONFIG_RULE_ERROR   ? (int)SEVERITY_ERROR
                                                              : SEVERITY_OWN;
}

bool selection_init_from(struct selection *selection, const int *rules, const char *select,
                         const char *extend, const char *ignore, struct error *error)
{
    selection->on = g_new0(bool, rule_entry_count);
    selection->severity = g_new0(int, rule_entry_count);
    for (size_t i = 0; i < rule_entry_count; i++) {
        configure(selection, i, rules ? rules[i] : CONFIG_RULE_UNSET);
        selection->on[i] &= !select;
    }
    if (select_names(selection->on, select, true, error) &&
        select_names(selection->on, extend, true, error) &&
        select_names(selection->on, ignore, false, error))
        return true;
    selection_finish(selection);
    return false;
}

bool selection_init(struct selection *selection, const char *select, const char *extend,
                    const char *ignore, struct error *error)
{
    return selection_init_from(selection, NULL, select, extend, ignore, error);
}

void selection_finish(struct selection *selection)
{
    g_clear_pointer(&selection->on, g_free);
    g_clear_pointer(&selection->severity, g_free);
}

bool selection_wants_structures(const struct selection *selection)
{
    for (size_t i = 0; i < rule_entry_count; i++) {
        if (selection->on[i] && rule_entries[i].rule->check_structure)
            return true;
    }
    return false;
}

bool selection_wants_deadlocks(const struct selection *selection)
{
    for (size_t i = 0; i < rule_entry_count; i++) {
        if (selection->on[i] && rule_entries[i].rule->check_deadlock)
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ the run */

static bool wants(const struct rule *rule, const struct transaction *transaction)
{
    if ((rule->levels && !(rule->levels & 1u << transaction_level(transaction))) ||
        (rule->needs_commit && transaction_is_undone(transaction)))
        return false;
    return !rule->blocks_only || transaction->kind != TRANSACTION_STATEMENT;
}

/* A deadlock is reported in the program that comes later. */
static void check_deadlocks(struct check *check, const struct transaction *transaction)
{
    const struct deadlock *each = deadlock_of(check->corpus, transaction);

    for (; each; each = each->next)
        check->rule->check_deadlock(check, each);
}

/* Checks every transaction; `opposed` reports each whether anything can get in its way. */
static void check_transactions(struct check *check, const struct script *script,
                               const GArray *opposed)
{
    guint i = 0;

    for (const struct transaction *transaction = script->transactions; transaction;
         transaction = transaction->next, i++) {
        if ((check->rule->needs_opponent && !g_array_index(opposed, bool, i)) ||
            !wants(check->rule, transaction))
            continue;
        if (check->rule->check_transaction)
            check->rule->check_transaction(check, transaction);
        if (check->rule->check_deadlock)
            check_deadlocks(check, transaction);
    }
}

static GArray *find_opposed(const struct corpus *corpus, const struct script *script)
{
    GArray *opposed = g_array_new(FALSE, FALSE, sizeof(bool));

    for (const struct transaction *transaction = script->transactions; transaction;
         transaction = transaction->next) {
        bool answer = corpus_has_opponent(corpus, transaction);
        g_array_append_val(opposed, answer);
    }
    return opposed;
}

/* A structure is reported where its pivot is. */
static void check_structures(struct check *check, const struct script *script)
{
    for (const struct transaction *pivot = script->transactions; pivot; pivot = pivot->next) {
        const struct structure *structure = graph_structure(check->corpus, pivot);
        if (structure)
            check->rule->check_structure(check, structure);
    }
}

static void check_bodies(struct check *check, const struct script *script)
{
    for (const struct statement *statement = script->statements; statement;
         statement = statement->next) {
        struct code code = {.statement = statement};
        if (statement->kind == STATEMENT_DO)
            code.body = statement->block->body;
        else if (statement->kind == STATEMENT_DEFINE && statement->changes &&
                 statement->changes->kind == CHANGE_CREATE_ROUTINE)
            code.routine = statement->changes->routine;
        if (code.routine)
            code.body = code.routine->body;
        if (code.body || code.routine)
            check->rule->check_body(check, &code);
    }
}

static void set_severities(struct finding *findings, const int *severity)
{
    for (; findings; findings = findings->next) {
        int said = severity[rule_index(findings->rule)];
        if (said != SEVERITY_OWN)
            findings->severity = (enum severity)said;
    }
}

static int compare(const void *a, const void *b)
{
    const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;

    if (x->span.start != y->span.start)
        return x->span.start < y->span.start ? -1 : 1;
    int order = strcmp(x->rule->name, y->rule->name);
    return order ? order : strcmp(x->message, y->message);
}

static struct finding *sort(struct finding *findings)
{
    GPtrArray *array = g_ptr_array_new();
    struct finding *first = NULL, **end = &first;

    for (; findings; findings = findings->next)
        g_ptr_array_add(array, findings);
    g_ptr_array_sort(array, compare);
    for (guint i = 0; i < array->len; i++) {
        *end = array->pdata[i];
        end = &(*end)->next;
    }
    *end = NULL;
    g_ptr_array_unref(array);
    return first;
}

/* Of a statement of which parts are put in or not, nothing is claimed. */
static struct finding *without_unknown_text(const struct script *script, struct finding *findings)
{
    for (const struct statement *each = script->statements; each; each = each->next) {
        if (!(each->flags & STATEMENT_UNKNOWN_TEXT))
            continue;
        for (struct finding **link = &findings; *link;) {
            if (span_contains(each->span, (*link)->span.start))
                *link = (*link)->next;
            else
                link = &(*link)->next;
        }
    }
    return findings;
}

struct finding *lint_script(struct script *script, const struct catalog *catalog,
                            const struct corpus *corpus, const struct selection *selection,
                            const struct lint_options *options)
{
    struct finding *findings = NULL;
    struct check check = {
        .catalog = catalog,
        .corpus = corpus,
        .options = options,
        .script = script,
        .findings_end = &findings,
    };

    if (script->kind != KIND_PROGRAM && script->kind != KIND_FOREIGN)
        return NULL;
    g_autoptr(GArray) opposed = find_opposed(corpus, script);
    for (size_t i = 0; i < rule_entry_count; i++) {
        const struct rule *rule = rule_entries[i].rule;
        if (!selection->on[i] || rule->since > options->server_version)
            continue;
        check.rule = rule;
        if (rule->check_script)
            rule->check_script(&check, script);
        if (rule->check_body)
            check_bodies(&check, script);
        for (const struct transaction *run = rule->check_trigger ? script->trigger_runs : NULL; run;
             run = run->next)
            rule->check_trigger(&check, run);
        if (rule->check_transaction || rule->check_deadlock)
            check_transactions(&check, script, opposed);
    }
    for (size_t i = 0; i < rule_entry_count; i++) {
        check.rule = rule_entries[i].rule;
        if (selection->on[i] && check.rule->check_structure)
            check_structures(&check, script);
    }
    for (struct finding *each = script->included ? findings : NULL; each; each = each->next)
        each->edits = NULL; /* they would be made in another file */
    if (script->placeholder_count > 0)
        findings = without_unknown_text(script, findings);
    findings = verify_findings(findings, corpus);
    report_reached(&check, selection, &findings);
    suppress(&check, findings, selection->on);
    findings = settle_script(findings);
    set_severities(findings, selection->severity);
    return sort(findings);
}
