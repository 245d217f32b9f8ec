#pragma once
/* What applications and templates write where a value or a name comes when the script runs:
 * :name :'name' :"name" ? @name @name@ %s %(name)s ${name} #{name} {{ name }} {name}. */

#include <stdint.h>

#include "model/script.h"

/* The length of the placeholder at `offset`, which stands outside quotes and comments; 0 when what
 * stands there is SQL: a cast, a slice, a modulo, an operator of jsonb. */
uint32_t placeholder_length(const struct script *script, uint32_t offset);

/* Whether a name rather than a value is expected where the placeholder stands. */
bool placeholder_is_name(const struct script *script, struct span span);
