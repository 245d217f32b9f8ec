/* JSON is written as cJSON writes it, but for what acts on a terminal. */
#include "report/json-text.h"

#include <stdlib.h>

#include "support/check.h"

static char *written(const cJSON *json)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);

    json_write(json, out);
    fclose(out);
    return bytes;
}

static void test_as_cjson(void **state)
{
    static const char text[] =
        "{\"\": [], \"empty\": {}, \"list\": [{\"a\": [[], {}, [1]]}, {}, null, true, false],"
        " \"numbers\": [0, 7, 4294967295, 4294967296, 1e15, 123456789012345680, -1, 0.1, 1e300],"
        " \"esc\\\"a\\\\ped\\n\": \"\\b\\f\\n\\r\\t\\u0001\\u001f \\\" \\\\ / '\","
        " \"wide\": \"größe 中文 😀 # ## a#b\"}";
    cJSON *json = cJSON_Parse(text);
    char *printed = cJSON_Print(json), *got = written(json);
    g_autofree char *expected = g_strconcat(printed, "\n", NULL);

    (void)state;
    assert_string_equal(got, expected);
    free(got);
    cJSON_free(printed);
    cJSON_Delete(json);
}

static void test_harmless(void **state)
{
    cJSON *json = cJSON_CreateObject();

    (void)state;
    json_add_text(json, "\x7f", "##vso[x] \033[1m \u202e \U000e0001 \xff");
    char *got = written(json);
    assert_string_equal(got,
                        "{\n\t\"\\u007f\":\t\"\\u0023#vso[x] \\u001b[1m \\u202e \\udb40\\udc01 "
                        "\uFFFD\"\n}\n");
    free(got);
    cJSON_Delete(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_cjson),
        cmocka_unit_test(test_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
