#include "report/html.h"

#include <string.h>

#include <glib.h>

#include "lint/registry.h"
#include "lint/rule.h"
#include "report/terminal.h"

void html_bytes(FILE *out, const char *bytes, size_t length)
{
    g_autoptr(GString) harmless = g_string_new(NULL);

    terminal_append(harmless, bytes, length);
    g_autofree char *escaped = g_markup_escape_text(harmless->str, (gssize)harmless->len);
    fputs(escaped, out);
}

void html_text(FILE *out, const char *text)
{
    html_bytes(out, text, strlen(text));
}

void html_prose(FILE *out, const char *text)
{
    for (const char *code; (code = strchr(text, '`')); text = strchr(code + 1, '`') + 1) {
        const char *end = strchr(code + 1, '`');
        if (!end)
            break;
        html_bytes(out, text, (size_t)(code - text));
        fputs("<code>", out);
        html_bytes(out, code + 1, (size_t)(end - code - 1));
        fputs("</code>", out);
    }
    html_text(out, text);
}

void html_statement(FILE *out, const char *bytes, size_t length)
{
    enum { WIDEST = 240 };
    size_t most = MIN(length, 4 * (size_t)WIDEST);
    g_autoptr(GString) text = g_string_new(NULL);

    for (const char *c = bytes; c < bytes + most; c++) {
        if (!g_ascii_isspace(*c))
            g_string_append_c(text, *c);
        else if (text->len > 0 && text->str[text->len - 1] != ' ')
            g_string_append_c(text, ' ');
    }
    size_t fits = terminal_fit(text->str, text->len, WIDEST);
    html_bytes(out, text->str, fits);
    if (fits < text->len || most < length)
        fputs("…", out);
}

void html_place(FILE *out, const struct script *script, uint32_t offset)
{
    struct position at;

    html_text(out, script_place((struct script *)script, offset, &at));
    fprintf(out, ":%u:%u", at.line, at.column);
}

void html_rule(FILE *out, const struct rule *rule)
{
    g_autofree char *page = rule_page_address(rule);

    fprintf(out, "<a href=\"%s\">%s</a>", page, rule->name);
}

void html_anchor(FILE *out, const char *attribute, const struct finding *finding)
{
    bool link = strcmp(attribute, "href") == 0;

    fprintf(out, "%s=\"%sf-%s-%s\"", attribute, link ? "#" : "", finding->rule->name,
            finding->fingerprint ? finding->fingerprint : "");
}
