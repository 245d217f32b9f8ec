#include "options/describe-keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cyaml/cyaml.h>
#include <glib.h>

#include "config/config-key.h"
#include "config/config.h"

/* Its words, one for each value, with something before and behind each; owned by the caller. */
static char *words_of(const struct config_key *key, const char *before, const char *behind)
{
    GString *text = g_string_new(NULL);
    const char *word;
    int value;

    for (unsigned i = 0; (word = config_word(key->name, i, &value)); i++) {
        if (strcmp(word, config_word_for(key->name, value)) == 0)
            g_string_append_printf(text, "%s%s%s", before, word, behind);
    }
    return g_string_free(text, FALSE);
}

/* ------------------------------------------------------------------ for people */

/* The value without the marks of Markdown. */
void keys_write_man(void)
{
    for (const struct config_key *key = config_keys; key->name; key++) {
        if (!(key->places & IN_PROJECT))
            continue;
        g_autofree char *words = words_of(key, ", ", "");
        g_autoptr(GString) text = g_string_new(NULL);
        g_string_printf(text, "%s \": %s\"\n%s", key->name, key->value ? key->value : words + 2,
                        key->about);
        g_string_replace(text, "`", "", 0);
        g_string_replace(text, "-", "\\-", 0);
        printf(".TP\n.BR %s\n", text->str);
    }
}

static void write_rows(enum key_place place)
{
    for (const struct config_key *key = config_keys; key->name; key++) {
        if (!(key->places & place))
            continue;
        g_autofree char *words = words_of(key, " `", "`");
        g_autoptr(GString) about = g_string_new(key->about);
        g_string_replace(about, "\\", "\\\\", 0);
        printf("| `%s` | %s | %s%s%s |\n", key->name, key->value ? key->value : words + 1,
               about->str, key->more ? " " : "", key->more ? key->more : "");
    }
}

void keys_write_markdown(void)
{
    puts("| key | value | meaning |\n|---|---|---|");
    write_rows(IN_PROJECT);
}

void keys_write_database_markdown(void)
{
    puts("| key of a database | value | meaning |\n|---|---|---|");
    write_rows(IN_DATABASE);
}

/* ------------------------------------------------------------------ the schema */

static void add_text(cJSON *object)
{
    cJSON_AddStringToObject(object, "type", "string");
    cJSON_AddNumberToObject(object, "minLength", 1);
}

/* Words; YAML reads some of them as what they look like. */
static cJSON *enumeration_of(const struct config_key *key)
{
    cJSON *words = cJSON_CreateArray();
    bool switches = false;

    for (unsigned i = 0; i < key->word_count; i++)
        switches = switches || strcmp(key->words[i].str, "true") == 0;
    if (switches) {
        cJSON_AddItemToArray(words, cJSON_CreateTrue());
        cJSON_AddItemToArray(words, cJSON_CreateFalse());
    }
    for (unsigned i = 0; i < key->word_count; i++) {
        const char *word = key->words[i].str;
        cJSON_AddItemToArray(words, cJSON_CreateString(word));
        if (g_ascii_isdigit(*word))
            cJSON_AddItemToArray(words, cJSON_CreateRaw(word));
    }
    return words;
}

static void add_mapping(cJSON *object, enum key_place place);

static void add_items(cJSON *property, const struct config_key *key)
{
    cJSON *items = cJSON_CreateObject();

    if (key->kind == KEY_LIST) {
        cJSON_AddStringToObject(items, "type", "object");
        add_mapping(items, key->items);
    } else {
        add_text(items);
    }
    cJSON_AddStringToObject(property, "type", "array");
    if (key->required)
        cJSON_AddNumberToObject(property, "minItems", 1);
    cJSON_AddItemToObject(property, "items", items);
}

static cJSON *property_of(const struct config_key *key)
{
    cJSON *property = cJSON_CreateObject(), *names;

    cJSON_AddStringToObject(property, "description", key->about);
    switch (key->kind) {
    case KEY_WORD:
        cJSON_AddItemToObject(property, "enum", enumeration_of(key));
        break;
    case KEY_NAME:
        add_text(property);
        break;
    case KEY_RULES:
        cJSON_AddStringToObject(property, "type", "object");
        names = cJSON_AddObjectToObject(property, "propertyNames");
        cJSON_AddStringToObject(names, "pattern", "^[a-z0-9]+(-[a-z0-9]+)*$");
        cJSON_AddItemToObject(cJSON_AddObjectToObject(property, "additionalProperties"), "enum",
                              enumeration_of(key));
        break;
    default:
        add_items(property, key);
    }
    return property;
}

static void add_mapping(cJSON *object, enum key_place place)
{
    cJSON *required = cJSON_CreateArray(), *properties = cJSON_CreateObject();

    for (const struct config_key *key = config_keys; key->name; key++) {
        if (!(key->places & place))
            continue;
        cJSON_AddItemToObject(properties, key->name, property_of(key));
        if (key->required)
            cJSON_AddItemToArray(required, cJSON_CreateString(key->name));
    }
    cJSON_AddFalseToObject(object, "additionalProperties");
    if (cJSON_GetArraySize(required) > 0)
        cJSON_AddItemToObject(object, "required", required);
    else
        cJSON_Delete(required);
    cJSON_AddItemToObject(object, "properties", properties);
}

void keys_write_schema(void)
{
    static const char *const types[] = {"object", "null"};
    cJSON *schema = cJSON_CreateObject();

    cJSON_AddStringToObject(schema, "$schema", "http://json-schema.org/draft-07/schema#");
    cJSON_AddStringToObject(
        schema, "$id",
        "https://raw.githubusercontent.com/isolint/isolint/main/share/isolint.schema.json");
    cJSON_AddStringToObject(schema, "title", "Configuration of isolint (.isolint.yml)");
    cJSON_AddItemToObject(schema, "type", cJSON_CreateStringArray(types, G_N_ELEMENTS(types)));
    add_mapping(schema, IN_PROJECT);

    char *text = cJSON_Print(schema);
    for (const char *at = text; *at; at++) { /* no other tab is in it */
        if (*at != '\t')
            putchar(*at);
        else
            fputs(at[-1] == ':' ? " " : "  ", stdout);
    }
    putchar('\n');
    free(text);
    cJSON_Delete(schema);
}
