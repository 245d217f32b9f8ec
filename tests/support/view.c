#include "support/view.h"

#include "index/index-use.h"
#include "input/frame.h"

typedef void describe_script(GString *out, const struct script *script);

/* ------------------------------------------------------------------ helpers */

/* Bytes of a script with line ends shown as "\n". */
static void put_bytes(GString *out, const char *bytes, size_t length)
{
    for (; length > 0; bytes++, length--) {
        if (*bytes == '\n')
            g_string_append(out, "\\n");
        else if (*bytes == '\r')
            g_string_append(out, "\\r");
        else if (*bytes == '\t')
            g_string_append(out, "\\t");
        else
            g_string_append_c(out, *bytes);
    }
}

static void put_span(GString *out, const struct script *script, struct span span)
{
    put_bytes(out, script->bytes + span.start, span.end - span.start);
}

static char *each_script(const char *text, const char *options, describe_script *describe)
{
    struct linted linted;
    GString *out = g_string_new(NULL);

    lint_sample(&linted, text, options);
    for (guint i = 0; i < linted.project.scripts->len; i++)
        describe(out, linted.project.scripts->pdata[i]);
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

/* ------------------------------------------------------------------ the input floor */

static struct script *framed(const char *text)
{
    struct script *script = script_new("test.sql", g_strdup(text), strlen(text));

    frame_script(script);
    return script;
}

static const char *const fillings[] = {
    [FILLING_VALUE] = "value",   [FILLING_NAME] = "name",       [FILLING_NUMBER] = "number",
    [FILLING_STRING] = "string", [FILLING_NOTHING] = "nothing", [FILLING_QUERY] = "query",
};

static void put_placeholders(GString *out, const struct script *script, struct span span)
{
    for (size_t i = 0; i < script->placeholder_count; i++) {
        const struct placeholder *placeholder = &script->placeholders[i];
        if (placeholder->span.start < span.start || placeholder->span.end > span.end)
            continue;
        g_string_append_printf(out, " {%s ", fillings[placeholder->filling]);
        put_span(out, script, placeholder->span);
        g_string_append_c(out, '}');
    }
}

static void put_psql(GString *out, const struct psql *psql)
{
    g_string_append_printf(out, "\\%s", psql->command);
    if (*psql->arguments)
        g_string_append_printf(out, " [%s]", psql->arguments);
}

char *view_frame(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct script *script = framed(text);

    (void)options;
    for (const struct statement *each = script->statements; each; each = each->next) {
        if (each->kind == STATEMENT_PSQL) {
            g_string_append(out, "psql ");
            put_psql(out, each->psql);
        } else {
            g_string_append(out, "sql ");
            put_bytes(out, script->parseable + each->span.start, each->span.end - each->span.start);
            put_placeholders(out, script, each->span);
        }
        if (each->flags & STATEMENT_CONDITIONAL)
            g_string_append(out, " <conditional>");
        if (each->flags & STATEMENT_JOINED)
            g_string_append(out, " <joined>");
        if (statement_ending(each)) {
            g_string_append(out, " => ");
            put_psql(out, statement_ending(each));
        }
        g_string_append_c(out, '\n');
    }
    script_free(script);
    return g_string_free(out, FALSE);
}

char *view_directives(const char *text, const char *options)
{
    static const char *const kinds[] = {
        [DIRECTIVE_ALLOW] = "allow",           [DIRECTIVE_ALLOW_TRANSACTION] = "allow-transaction",
        [DIRECTIVE_ALLOW_FILE] = "allow-file", [DIRECTIVE_RETRY] = "retry",
        [DIRECTIVE_PROGRAM] = "program",       [DIRECTIVE_PARAMS] = "params",
        [DIRECTIVE_SMALL] = "small",           [DIRECTIVE_HOT] = "hot",
        [DIRECTIVE_REPLICA] = "replica",       [DIRECTIVE_SEQUENCE] = "sequence",
        [DIRECTIVE_UNKNOWN] = "unknown"};
    GString *out = g_string_new(NULL);
    struct script *script = framed(text);

    (void)options;
    for (const struct directive *each = script->directives; each; each = each->next) {
        struct position at = script_position(script, each->span.start);
        g_string_append_printf(out, "%u:%u %s [%s] reason=[%s] \"", at.line, at.column,
                               kinds[each->kind], each->text, each->reason ? each->reason : "");
        put_span(out, script, each->span);
        g_string_append(out, "\"\n");
    }
    script_free(script);
    return g_string_free(out, FALSE);
}

/* ------------------------------------------------------------------ statements */

static void describe_statements(GString *out, const struct script *script)
{
    static const char *const flags[] = {"snapshot", "not-read-only", "not-in-block", "conditional",
                                        "joined",   "analyze",       "chain",        "hold",
                                        "nowait",   "unknown-text",  "concurrently"};

    for (const struct statement *each = script->statements; each; each = each->next) {
        struct position at = script_position((struct script *)script, each->span.start);
        const char *verb = each->kind == STATEMENT_PSQL      ? "psql"
                           : each->kind == STATEMENT_REFUSED ? "refused"
                                                             : each->verb;
        g_string_append_printf(out, "%u:%u %s", at.line, at.column, verb);
        for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
            if (each->flags & 1u << i)
                g_string_append_printf(out, " %s", flags[i]);
        }
        g_string_append(out, " \"");
        put_span(out, script, each->span);
        g_string_append(out, "\"\n");
    }
}

char *view_statements(const char *text, const char *options)
{
    return each_script(text, options, describe_statements);
}

/* ------------------------------------------------------------------ sessions */

static const char *state_text(enum mode_kind kind, int value)
{
    if (kind == MODE_ISOLATION)
        return value == MODE_UNKNOWN ? "unknown level"
                                     : isolation_level_name((enum isolation_level)value);
    if (value == MODE_UNKNOWN)
        return "unknown";
    return kind == MODE_READ_ONLY ? value ? "READ ONLY" : "READ WRITE"
           : value                ? "DEFERRABLE"
                                  : "NOT DEFERRABLE";
}

static void describe_modes(GString *out, const struct modes *modes)
{
    static const char *const sources[] = {"server", "stored", "option", "session", "explicit"};

    for (int kind = 0; kind < MODE_KINDS; kind++) {
        const struct mode_state *state = &modes->state[kind];
        if (kind != MODE_ISOLATION && state->value == 0 && state->provenance == FROM_SERVER)
            continue;
        g_string_append_printf(out, "%s%s (%s)", kind == MODE_ISOLATION ? " " : ", ",
                               state_text((enum mode_kind)kind, state->value),
                               sources[state->provenance]);
    }
}

static void describe_notice(GString *out, const struct script *script, const struct notice *notice)
{
    static const char *const kinds[] = {
        "nested-begin",    "no-block",       "unterminated",     "no-effect",    "too-late",
        "in-savepoint",    "read-only-late", "default-inside",   "default-left", "local-no-effect",
        "import-too-late", "import-level",   "import-deferrable"};

    g_string_append_printf(out, "! %s \"", kinds[notice->kind]);
    put_span(out, script, notice->statement->span);
    g_string_append_c(out, '"');
    if (notice->kind >= NOTICE_MODE_NO_EFFECT && notice->kind <= NOTICE_DEFAULT_LEFT)
        g_string_append_printf(out, " %s", state_text(notice->mode.kind, notice->mode.value));
    if (notice->local)
        g_string_append(out, " local");
    if (notice->cause) {
        g_string_append(out, " because of \"");
        put_span(out, script, notice->cause->span);
        g_string_append_c(out, '"');
    }
    g_string_append_c(out, '\n');
}

static void describe_session(GString *out, const struct script *script)
{
    static const char *const kinds[] = {"block", "statement", "message",
                                        "file",  "segment",   "routine"};

    for (const struct transaction *each = script->transactions; each; each = each->next) {
        g_string_append(out, kinds[each->kind]);
        if (each->name)
            g_string_append_printf(out, " %s", each->name);
        describe_modes(out, each->modes);
        g_string_append_printf(out, " steps=%u", each->step_count);
        if (each->first_snapshot < each->step_count)
            g_string_append_printf(out, " snapshot=%u", each->first_snapshot);
        if (each->end)
            g_string_append_printf(out, " %s", each->end->verb);
        g_string_append_printf(out, "%s%s\n", each->uncertain ? " uncertain" : "",
                               each->retried ? " retried" : "");
    }
    for (const struct notice *notice = script->notices; notice; notice = notice->next)
        describe_notice(out, script, notice);
}

char *view_session(const char *text, const char *options)
{
    return each_script(text, options, describe_session);
}

/* ------------------------------------------------------------------ findings */

static char *findings(const char *text, const char *options, bool messages)
{
    struct linted linted;

    lint_sample(&linted, text, options);
    char *summary = linted_summary(&linted, messages);
    linted_finish(&linted);
    return summary;
}

char *view_findings(const char *text, const char *options)
{
    return findings(text, options, false);
}

char *view_messages(const char *text, const char *options)
{
    return findings(text, options, true);
}

/* ------------------------------------------------------------------ programs */

static void describe_programs(GString *out, const struct script *script)
{
    static const char *const kinds[] = {"block", "statement", "message",
                                        "file",  "segment",   "routine"};
    static const char *const runs[] = {"", " once", " alone"};

    for (const struct transaction *each = script->transactions; each; each = each->next) {
        bool undo = each->step_count > 0 && each->steps->statement->flags & STATEMENT_UNDO;
        g_string_append_printf(out, "%s%s%s%s%s:", kinds[each->kind], runs[each->concurrency],
                               undo ? " undo" : "", each->name ? " " : "",
                               each->name ? each->name : "");
        for (size_t i = 0; i < each->step_count; i++)
            g_string_append_printf(out, " %s;", each->steps[i].statement->verb);
        g_string_append_c(out, '\n');
    }
}

char *view_programs(const char *text, const char *options)
{
    return each_script(text, options, describe_programs);
}
