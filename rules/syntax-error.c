#include "lint/rule.h"

/* Looks like a blank, or like nothing, and is part of a name to the server (scan.l, ident_start), or
 * an error. */
static bool is_invisible(gunichar c)
{
    switch (g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
        return c >= 0x80 || !g_ascii_isspace((gchar)c);
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return true;
    case G_UNICODE_SPACE_SEPARATOR:
        return c != ' ';
    default:
        return false;
    }
}

/* The message with <U+00A0> where such a character stands, the last of which is put into `*found`; 0
 * when there is none. Owned by the caller. */
static char *show_invisible(const char *message, gunichar *found)
{
    GString *shown = g_string_new(NULL);

    *found = 0;
    for (const char *at = message, *next; *at; at = next) {
        gunichar c = g_utf8_get_char_validated(at, -1);
        bool valid = c != (gunichar)-1 && c != (gunichar)-2;
        next = valid ? g_utf8_next_char(at) : at + 1;
        if (valid && is_invisible(c)) {
            g_string_append_printf(shown, "<U+%04X>", c);
            *found = c;
        } else {
            g_string_append_len(shown, at, next - at);
        }
    }
    return g_string_free(shown, FALSE);
}

/* Refused at its first token, which is no word. */
static bool is_no_sql(const struct script *script, const struct statement *statement,
                      const struct syntax_error *error)
{
    return statement && statement->kind == STATEMENT_REFUSED && error && !error->body &&
           error->span.start == statement->span.start &&
           (g_ascii_isdigit(script->bytes[error->span.start]) ||
            g_ascii_ispunct(script->bytes[error->span.start]));
}

/* Text that is no SQL, as the rows of a result that were pasted, is cut at its semicolons. The last of
 * the errors of such statements that follow this one without another between them; the error itself
 * when there is none. `*at` is a statement at or before it. */
static const struct syntax_error *last_alike(const struct script *script,
                                             const struct syntax_error *error,
                                             const struct statement **at)
{
    const struct statement *statement = *at;

    while (statement && statement->span.start < error->span.start)
        statement = statement->next;
    while (is_no_sql(script, statement, error) && is_no_sql(script, statement->next, error->next)) {
        statement = statement->next;
        error = error->next;
    }
    *at = statement ? statement : *at;
    return error;
}

static void check_script(struct check *check, const struct script *script)
{
    const struct statement *at = script->statements;

    for (const struct syntax_error *error = script->errors, *last; error; error = last->next) {
        last = last_alike(script, error, &at);
        gunichar invisible;
        g_autofree char *message = show_invisible(error->message, &invisible);
        struct finding *finding = report(check, error->span, "%s", message);
        if (error->body) {
            finding->severity = SEVERITY_NOTE;
            finding_label(check, finding, "the body is not analysed");
            finding_help(check, finding, "whatever calls it counts as having unknown effects");
        } else {
            finding_label(check, finding, "PostgreSQL %d's grammar stops here",
                          check->options->grammar);
            if (invisible)
                finding_help(check, finding,
                             "replace the invisible character U+%04X with a blank, or remove it: "
                             "PostgreSQL does not treat it as white space",
                             invisible);
            if (syntax_error_follows_if(script, error))
                finding_help(check, finding,
                             "leave out IF … EXISTS: this statement does not accept it");
            if (error->keyword)
                finding_help(
                    check, finding,
                    "`%s` is a keyword of PostgreSQL %d: as a name it is written in double quotes",
                    error->keyword, check->options->grammar);
            finding_help(check, finding,
                         "correct the statement: it is skipped, the rest is checked");
            if (last != error)
                finding_help(check, finding,
                             "the statements behind it, up to line %u, are no SQL either",
                             script_line_number(script, last->span.start));
        }
    }
}

const struct rule rule_syntax_error = {
    .name = "syntax-error",
    .group = "input",
    .summary = "A statement that PostgreSQL's grammar refuses",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"42601"},
    .check_script = check_script,
};
