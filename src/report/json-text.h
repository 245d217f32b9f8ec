#pragma once
/* JSON as all formats write it: valid UTF-8, and nothing in it that acts on a terminal. */

#include <stdio.h>

#include <cjson/cJSON.h>

/* Adds a string that comes from a file and may hold anything: bytes that are no UTF-8 become
 * U+FFFD. */
void json_add_text(cJSON *object, const char *name, const char *text);

/* Writes the value and a line end. Characters that move the cursor, change colours or turn the
 * direction of text are written as \u…. */
void json_write(const cJSON *json, FILE *out);
