#include "facts/array.h"

#include <string.h>

#include <glib.h>

static bool read_list(struct array *array, const struct operand *value)
{
    for (const struct operand_item *item = value->items; item; item = item->next) {
        const struct operand *element = &item->operand;
        if (array->count == MOST_ELEMENTS || element->kind == OPERAND_LIST ||
            (element->kind == OPERAND_CONSTANT && element->literal == LITERAL_NULL))
            return false;
        array->elements[array->count++] = *element;
    }
    return true;
}

static bool add_element(struct array *array, char *text)
{
    g_strstrip(text);
    if (array->count == MOST_ELEMENTS || *text == '\0' || g_ascii_strcasecmp(text, "NULL") == 0)
        return false;
    array->elements[array->count++] =
        (struct operand){.kind = OPERAND_CONSTANT, .literal = LITERAL_STRING, .text = text};
    return true;
}

/* '{}' and '{a, b}'. Braces also begin an object of JSON and a multirange: what has a mark of these
 * is none of ours. */
static bool read_literal(struct array *array, const char *text)
{
    size_t length = strlen(text);

    if (length < 2 || length >= LONGEST_ELEMENTS || text[0] != '{' || text[length - 1] != '}' ||
        strcspn(text + 1, "{}[]()\"\\:=") != length - 2)
        return false;
    g_strlcpy(array->text, text + 1, length - 1);
    if (*g_strstrip(array->text) == '\0')
        return true;
    for (char *element = array->text; element;) {
        char *comma = strchr(element, ',');
        if (comma)
            *comma = '\0';
        if (!add_element(array, element))
            return false;
        element = comma ? comma + 1 : NULL;
    }
    return true;
}

bool array_read(struct array *array, const struct operand *value)
{
    array->count = 0;
    if (value->kind == OPERAND_LIST)
        return read_list(array, value);
    return value->kind == OPERAND_CONSTANT && value->literal == LITERAL_STRING &&
           read_literal(array, value->text);
}
