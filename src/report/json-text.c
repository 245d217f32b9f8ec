#include "report/json-text.h"

#include <string.h>

#include <glib.h>

#include "report/terminal.h"

void json_add_text(cJSON *object, const char *name, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    cJSON_AddStringToObject(object, name, valid);
}

static void append_escaped(GString *text, gunichar c)
{
    if (c >= 0x10000)
        g_string_append_printf(text, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                               0xdc00 + ((c - 0x10000) & 0x3ff));
    else
        g_string_append_printf(text, "\\u%04x", c);
}

static void append_character(GString *text, const char *at, const char *end)
{
    static const char short_escapes[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *escape = strchr(short_escapes, *at);
    gunichar c = g_utf8_get_char(at);

    if (escape) {
        g_string_append_c(text, '\\');
        g_string_append_c(text, letters[escape - short_escapes]);
    } else if (terminal_is_harmful(c) ||
               (c == '#' && terminal_command_length(at, (size_t)(end - at)))) {
        append_escaped(text, c);
    } else {
        g_string_append_len(text, at, g_utf8_next_char(at) - at);
    }
}

static bool is_plain(char c)
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '#';
}

static void append_string(GString *text, const char *string)
{
    const char *end = string + strlen(string);

    g_string_append_c(text, '"');
    for (const char *at = string; at < end;) {
        const char *plain = at; /* nearly all is */
        while (at < end && is_plain(*at))
            at++;
        g_string_append_len(text, plain, at - plain);
        if (at == end)
            break;
        append_character(text, at, end);
        at = g_utf8_next_char(at);
    }
    g_string_append_c(text, '"');
}

/* cJSON_Print() writes each number as a fraction and reads it again, for about 2,000 instructions. */
static void append_number(GString *text, double number)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    char *first = digits + sizeof digits;

    if (!(number >= 0 && number <= G_MAXUINT32 && number == (guint32)number)) {
        cJSON *item = cJSON_CreateNumber(number);
        cJSON_PrintPreallocated(item, digits, sizeof digits, false);
        g_string_append(text, digits);
        cJSON_Delete(item);
        return;
    }
    for (guint32 rest = (guint32)number; rest > 0 || first == digits + sizeof digits; rest /= 10)
        *--first = (char)('0' + rest % 10);
    g_string_append_len(text, first, digits + sizeof digits - first);
}

static void append_tabs(GString *text, unsigned depth)
{
    while (depth-- > 0)
        g_string_append_c(text, '\t');
}

static void append_value(GString *text, const cJSON *json, unsigned depth);

/* Members have a line of their own, elements have not. */
static void append_members(GString *text, const cJSON *json, unsigned depth)
{
    bool object = cJSON_IsObject(json);

    g_string_append(text, object ? "{\n" : "[");
    for (const cJSON *each = json->child; each; each = each->next) {
        if (object) {
            append_tabs(text, depth + 1);
            append_string(text, each->string);
            g_string_append(text, ":\t");
        }
        append_value(text, each, depth + 1);
        if (each->next)
            g_string_append(text, object ? "," : ", ");
        if (object)
            g_string_append_c(text, '\n');
    }
    if (object)
        append_tabs(text, depth);
    g_string_append_c(text, object ? '}' : ']');
}

static void append_value(GString *text, const cJSON *json, unsigned depth)
{
    if (cJSON_IsObject(json) || cJSON_IsArray(json))
        append_members(text, json, depth);
    else if (cJSON_IsString(json))
        append_string(text, json->valuestring);
    else if (cJSON_IsNumber(json))
        append_number(text, json->valuedouble);
    else
        g_string_append(text, cJSON_IsNull(json) ? "null" : cJSON_IsTrue(json) ? "true" : "false");
}

void json_write(const cJSON *json, FILE *out)
{
    GString *text = g_string_new(NULL);

    append_value(text, json, 0);
    g_string_append_c(text, '\n');
    fwrite(text->str, 1, text->len, out);
    g_string_free(text, TRUE);
}
