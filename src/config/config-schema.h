#pragma once
/* The shape of .isolint.yml for libcyaml, shared by the files config*.c and by nothing else. */

#include <cyaml/cyaml.h>

/* The whole file: a mapping to struct config. Made on the first call, never freed. */
const cyaml_schema_value_t *config_schema(void);
