#include "support/schema.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

#include "support/check.h"

static char *check(const cJSON *root, const cJSON *schema, const cJSON *value, const char *path);

static const cJSON *find_reference(const cJSON *root, const char *reference)
{
    g_auto(GStrv) steps = g_strsplit(reference, "/", -1);

    assert_string_equal(steps[0], "#");
    for (char **step = steps + 1; *step; step++)
        root = cJSON_GetObjectItemCaseSensitive(root, *step);
    if (!root)
        fail_msg("the schema has no %s", reference);
    return root;
}

static bool has_type(const cJSON *value, const char *type)
{
    if (strcmp(type, "object") == 0)
        return cJSON_IsObject(value);
    if (strcmp(type, "array") == 0)
        return cJSON_IsArray(value);
    if (strcmp(type, "string") == 0)
        return cJSON_IsString(value);
    if (strcmp(type, "boolean") == 0)
        return cJSON_IsBool(value);
    if (strcmp(type, "integer") == 0)
        return cJSON_IsNumber(value) && value->valuedouble == (double)(long)value->valuedouble;
    fail_msg("the schema has a type %s", type);
    return false;
}

static bool is_one_of(const cJSON *values, const cJSON *value)
{
    const cJSON *each;

    cJSON_ArrayForEach(each, values)
    {
        if (cJSON_Compare(each, value, true))
            return true;
    }
    return false;
}

static char *check_required(const cJSON *names, const cJSON *value, const char *path)
{
    const cJSON *name;

    cJSON_ArrayForEach(name, names)
    {
        if (!cJSON_GetObjectItemCaseSensitive(value, name->valuestring))
            return g_strdup_printf("%s: has no \"%s\"", path, name->valuestring);
    }
    return NULL;
}

static char *check_properties(const cJSON *root, const cJSON *properties, const cJSON *value,
                              const char *path)
{
    const cJSON *property;

    cJSON_ArrayForEach(property, properties)
    {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(value, property->string);
        g_autofree char *inner = g_strdup_printf("%s/%s", path, property->string);
        char *complaint = item ? check(root, property, item, inner) : NULL;
        if (complaint)
            return complaint;
    }
    return NULL;
}

static char *check_items(const cJSON *root, const cJSON *schema, const cJSON *value,
                         const char *path)
{
    int index = 0;
    const cJSON *item;

    cJSON_ArrayForEach(item, value)
    {
        g_autofree char *inner = g_strdup_printf("%s/%d", path, index++);
        char *complaint = check(root, schema, item, inner);
        if (complaint)
            return complaint;
    }
    return NULL;
}

static char *check_all(const cJSON *root, const cJSON *schemas, const cJSON *value,
                       const char *path)
{
    const cJSON *schema;

    cJSON_ArrayForEach(schema, schemas)
    {
        char *complaint = check(root, schema, value, path);
        if (complaint)
            return complaint;
    }
    return NULL;
}

static char *check_keyword(const cJSON *root, const cJSON *keyword, const cJSON *value,
                           const char *path)
{
    static const char *const silent[] = {"$schema", "$id", "$defs", "title", "description", NULL};
    const char *name = keyword->string;
    bool right = true;

    if (g_strv_contains(silent, name))
        return NULL;
    if (strcmp(name, "$ref") == 0)
        return check(root, find_reference(root, keyword->valuestring), value, path);
    if (strcmp(name, "allOf") == 0)
        return check_all(root, keyword, value, path);
    if (strcmp(name, "required") == 0)
        return check_required(keyword, value, path);
    if (strcmp(name, "properties") == 0)
        return check_properties(root, keyword, value, path);
    if (strcmp(name, "items") == 0)
        return check_items(root, keyword, value, path);
    if (strcmp(name, "type") == 0)
        right = has_type(value, keyword->valuestring);
    else if (strcmp(name, "const") == 0)
        right = cJSON_Compare(keyword, value, true);
    else if (strcmp(name, "enum") == 0)
        right = is_one_of(keyword, value);
    else if (strcmp(name, "minimum") == 0)
        right = value->valuedouble >= keyword->valuedouble;
    else if (strcmp(name, "pattern") == 0)
        right = g_regex_match_simple(keyword->valuestring, value->valuestring, 0, 0);
    else
        fail_msg("the schema has a keyword %s", name);
    return right ? NULL : g_strdup_printf("%s: breaks \"%s\"", path, name);
}

static char *check(const cJSON *root, const cJSON *schema, const cJSON *value, const char *path)
{
    const cJSON *keyword;

    cJSON_ArrayForEach(keyword, schema)
    {
        char *complaint = check_keyword(root, keyword, value, path);
        if (complaint)
            return complaint;
    }
    return NULL;
}

char *schema_complaint(const cJSON *schema, const cJSON *value)
{
    return check(schema, schema, value, "");
}
