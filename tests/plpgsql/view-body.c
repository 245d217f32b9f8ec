#include "plpgsql/view-body.h"

static const char *const kinds[] = {
    [BODY_BLOCK] = "block",       [BODY_HANDLER] = "handler",   [BODY_IF] = "if",
    [BODY_ARM] = "arm",           [BODY_LOOP] = "loop",         [BODY_FOR_QUERY] = "for-query",
    [BODY_SQL] = "sql",           [BODY_ASSIGN] = "assign",     [BODY_EXECUTE] = "execute",
    [BODY_OPEN] = "open",         [BODY_FETCH] = "fetch",       [BODY_CLOSE] = "close",
    [BODY_RETURN] = "return",     [BODY_RAISE] = "raise",       [BODY_DIAGNOSTICS] = "diagnostics",
    [BODY_COMMIT] = "commit",     [BODY_ROLLBACK] = "rollback", [BODY_EXIT] = "exit",
    [BODY_CONTINUE] = "continue",
};

static void put_words(GString *out, const char *what, const char *const *words)
{
    if (!words || !*words)
        return;
    g_autofree char *joined = g_strjoinv(",", (char **)words);
    g_string_append_printf(out, " %s %s", what, joined);
}

static void put_text(GString *out, const struct script *script, struct span span)
{
    g_string_append(out, " \"");
    for (uint32_t i = span.start; i < span.end; i++) {
        if (script->bytes[i] == '\n')
            g_string_append(out, "\\n");
        else
            g_string_append_c(out, script->bytes[i]);
    }
    g_string_append_c(out, '"');
}

static void put_flags(GString *out, const struct body_statement *each)
{
    const struct {
        bool set;
        const char *name;
    } flags[] = {
        {each->error, "error"}, {each->again, "again"},     {each->endless, "endless"},
        {each->chain, "chain"}, {each->guarded, "guarded"}, {each->handled, "handled"},
        {each->more, "more"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        if (flags[i].set)
            g_string_append_printf(out, " %s", flags[i].name);
    }
}

static void put_body(GString *out, const struct script *script, const struct body *body)
{
    for (const struct body_statement *each = body->statements; each; each = each->next) {
        g_string_append_printf(out, "%2u ", each->line);
        for (const struct body_statement *up = each->parent; up; up = up->parent)
            g_string_append(out, "  ");
        g_string_append(out, kinds[each->kind]);
        put_flags(out, each);
        if (each->kind != BODY_HANDLER && each->label)
            g_string_append_printf(out, " <<%s>>", each->label);
        if (each->name)
            g_string_append_printf(out, " %s", each->name);
        if (each->kind == BODY_HANDLER)
            put_words(out, "when", (const char *const *)each->conditions);
        put_words(out, "into", (const char *const *)each->into);
        if (each->statement)
            g_string_append_printf(out, " [%s]", each->statement->verb);
        put_text(out, script, each->span);
        g_string_append_c(out, '\n');
    }
}

static void put_errors(GString *out, const struct script *script)
{
    for (const struct syntax_error *error = script->errors; error; error = error->next)
        g_string_append_printf(out, "error: %s\n", error->message);
}

char *view_body(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct linted linted;

    lint_sample(&linted, text, options);
    for (guint i = 0; i < linted.project.scripts->len; i++) {
        const struct script *script = linted.project.scripts->pdata[i];
        for (const struct statement *each = script->statements; each; each = each->next) {
            if (each->kind == STATEMENT_DO && each->block->body)
                put_body(out, script, each->block->body);
            else if (each->kind == STATEMENT_DEFINE && each->changes &&
                     each->changes->kind == CHANGE_CREATE_ROUTINE && each->changes->routine->body)
                put_body(out, script, each->changes->routine->body);
        }
        put_errors(out, script);
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}
