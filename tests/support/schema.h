#pragma once
/* A JSON Schema, as far as the one in docs/ needs it: $ref, allOf, type, const, enum, required,
 * properties, items, minimum, pattern. Any other keyword fails the test. */

#include <cjson/cJSON.h>

/* Says what is wrong with the value: one line, owned by the caller; NULL when it is valid. */
char *schema_complaint(const cJSON *schema, const cJSON *value);
