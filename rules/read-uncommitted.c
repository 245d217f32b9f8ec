#include "lint/rule.h"

enum edit_kind {
    EDIT_NONE, /* the value stands in a SET */
    EDIT_SUGGESTED,
    EDIT_SAFE,
};

/* `span` is what to replace by READ COMMITTED. */
static void report_mode(struct check *check, struct span span, enum edit_kind edit)
{
    struct finding *finding =
        report(check, span, "READ UNCOMMITTED has no effect: PostgreSQL runs it as READ COMMITTED");

    finding_label(check, finding, "sees committed rows only");
    finding_help(check, finding,
                 "write READ COMMITTED: PostgreSQL has no dirty reads at any level");
    if (edit != EDIT_NONE)
        finding_edit(check, finding, span, "ISOLATION LEVEL READ COMMITTED", edit == EDIT_SAFE);
}

static bool is_uncommitted(const struct mode *mode)
{
    return mode->kind == MODE_ISOLATION && mode->value == LEVEL_READ_UNCOMMITTED;
}

static void check_setting(struct check *check, const struct setting *setting, struct span span)
{
    struct mode mode;
    bool transaction;

    for (const struct mode *each = setting->modes; each; each = each->next) {
        if (is_uncommitted(each))
            report_mode(check, each->span,
                        setting->scope == SCOPE_CHARACTERISTICS ? EDIT_SAFE : EDIT_SUGGESTED);
    }
    if (setting_mode(setting, &mode, &transaction) && is_uncommitted(&mode))
        report_mode(check, span, EDIT_NONE);
}

static void check_statement(struct check *check, const struct statement *statement)
{
    const struct query *query = statement->kind == STATEMENT_QUERY ? statement->query : NULL;
    const struct change *changes = statement->kind == STATEMENT_DEFINE ? statement->changes : NULL;
    struct setting setting;

    if (statement->kind == STATEMENT_SET)
        check_setting(check, statement->setting, statement->span);
    for (const struct call *call = query ? query->rest->calls : NULL; call; call = call->next) {
        if (call_setting(call, &setting))
            check_setting(check, &setting, statement->span);
    }
    for (; changes; changes = changes->next) {
        if (changes->kind == CHANGE_SETTING)
            check_setting(check, changes->setting, statement->span);
        for (const struct routine_setting *set =
                 changes->kind == CHANGE_CREATE_ROUTINE ? changes->routine->settings : NULL;
             set; set = set->next)
            check_setting(check, set->setting, set->setting->name_span);
    }
}

/* The server has the two names apart in one place: naming another one than BEGIN did is refused
 * after the first query. */
static void check_begin(struct check *check, const struct statement *begin,
                        const struct transaction *transaction)
{
    for (const struct mode *mode = begin->modes; mode; mode = mode->next) {
        if (is_uncommitted(mode))
            report_mode(check, mode->span,
                        transaction && certainty_of_modes(transaction) ? EDIT_SAFE
                                                                       : EDIT_SUGGESTED);
    }
}

static void check_script(struct check *check, const struct script *script)
{
    const struct transaction *cursor = script->transactions;

    for (const struct statement *each = script->statements; each; each = each->next) {
        if (each->kind == STATEMENT_BEGIN)
            check_begin(check, each, transaction_begun_by(&cursor, each));
        else
            check_statement(check, each);
    }
}

static void check_body(struct check *check, const struct code *code)
{
    for (const struct body_statement *each = code->body ? code->body->statements : NULL; each;
         each = each->next) {
        if (each->statement)
            check_statement(check, each->statement);
    }
}

const struct rule rule_read_uncommitted = {
    .name = "read-uncommitted",
    .group = "declaration",
    .summary = "READ UNCOMMITTED, which PostgreSQL runs as READ COMMITTED",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"no-op"},
    .check_script = check_script,
    .check_body = check_body,
};
