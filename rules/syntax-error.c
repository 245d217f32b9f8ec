#include "facts/stray.h"
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

/* The message with <U+00A0> where such a character stands; `*found` is the last one, or 0. */
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

/* The errors after this one that have the same cause. */
static unsigned count_alike(const struct script *script, const struct syntax_error *error)
{
    unsigned count = 0;

    for (const char *cause = stray_cause(script, error); cause && (error = error->next);)
        count += g_strcmp0(stray_cause(script, error), cause) == 0;
    return count;
}

static void check_script(struct check *check, const struct script *script)
{
    const struct statement *at = script->statements;
    g_autoptr(GHashTable) causes = g_hash_table_new(g_str_hash, g_str_equal);

    for (const struct syntax_error *error = script->errors, *last; error; error = last->next) {
        bool body;
        last = stray_last(script, error, &at, &body);
        const char *cause = stray_cause(script, error);
        if (cause && !g_hash_table_add(causes, (gpointer)cause))
            continue;
        unsigned alike = count_alike(script, error);
        bool quote = g_strcmp0(cause, "$") == 0;
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
            finding_help(check, finding, "%s skipped, the rest is checked",
                         quote ? "write $$ for $ at both ends of the text: what is in it is"
                         : stray_is_unended(script, error)
                             ? "end the statement before this one with a semicolon: both are"
                             : "correct the statement: it is");
            if (alike > 0)
                finding_help(check, finding, "correct %u more %s of this file in the same way",
                             alike, alike == 1 ? "statement" : "statements");
            if (last != error)
                finding_help(
                    check, finding,
                    body
                        ? "write PL/pgSQL between $$ and $$, in a routine or after DO: up to line %u it is read as statements, which are not reported"
                        : "the statements after it, up to line %u, begin with no command and are not reported",
                    script_line_number(script, last->span.start));
        }
        if (quote)
            return;
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
