/* The JSON Schema that editors read has the keys of the configuration and their words. */
#include <cjson/cJSON.h>

#include "config/config.h"
#include "support/check.h"

static bool has_text(const cJSON *list, const char *text)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, text) == 0)
            return true;
    }
    return false;
}

/* Texts alone: YAML reads yes and 16 as what they look like, so that they are there twice. */
static unsigned count_texts(const cJSON *list)
{
    const cJSON *item;
    unsigned count = 0;

    cJSON_ArrayForEach(item, list) count += (unsigned)cJSON_IsString(item);
    return count;
}

static void check_words(const cJSON *property, const char *key)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(property, "enum");
    const char *word;
    unsigned count = 0;
    int value;

    for (; (word = config_word(key, count, &value)); count++) {
        if (!has_text(list, word))
            fail_msg("%s: the schema does not know \"%s\"", key, word);
    }
    if (count_texts(list) != count)
        fail_msg("%s: the schema has %u words, the configuration %u", key, count_texts(list),
                 count);
}

static void check_keys(const cJSON *properties, bool override)
{
    unsigned count = 0;

    for (const char *key; (key = config_key(override, count)); count++) {
        const cJSON *property = cJSON_GetObjectItemCaseSensitive(properties, key);
        if (!property)
            fail_msg("the schema does not know the key %s", key);
        check_words(property, key);
    }
    assert_int_equal(cJSON_GetArraySize(properties), count);
}

static void test_schema(void **state)
{
    g_autofree char *text = NULL;

    (void)state;
    assert_true(g_file_get_contents(SOURCE_ROOT "/share/isolint.schema.json", &text, NULL, NULL));
    cJSON *schema = cJSON_Parse(text);
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");
    const cJSON *overrides = cJSON_GetObjectItemCaseSensitive(properties, "overrides");
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(overrides, "items");

    assert_non_null(properties);
    check_keys(properties, false);
    check_keys(cJSON_GetObjectItemCaseSensitive(items, "properties"), true);
    cJSON_Delete(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema),
    };

    return cmocka_run_group_tests_name("config-schema", tests, NULL, NULL);
}
