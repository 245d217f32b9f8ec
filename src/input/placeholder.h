#pragma once
/* What applications and templates write where a value or a name comes when the script runs:
 * :name :'name' :"name" ? @name @name@ %s %1$s %(name)s $name $(name) ${name} $%name%$ $[name] $<name>
 * #{name} {{ name }} {name} {} <%= name %> %name% %%name%% [[name]] sqlc.arg(name). */

#include <stdint.h>

#include "facts/script.h"

/* The length of the placeholder at `offset`, which stands outside quotes and comments; 0 when what
 * stands there is SQL: a cast, a slice, a modulo, an operator of jsonb. */
uint32_t placeholder_length(const struct script *script, uint32_t offset);

/* The same in the body of a routine, where only tools that know nothing of SQL put in text; in
 * `quotes` a colon is one only where a name with a schema begins. */
uint32_t placeholder_length_in_body(const struct script *script, uint32_t offset, bool quotes);

/* The same of what stands between quotes, as a whole or in part: "{{ name }}", '${name}'. The
 * length includes the quotes. */
uint32_t placeholder_length_quoted(const struct script *script, uint32_t offset);

/* The length of a dollar quote of which a template puts in the tag, ${tag}$; the literal ends at
 * `*stop`, behind the same text within 16 KiB. 0 when none opens at `offset`. */
uint32_t placeholder_tag_length(const struct script *script, uint32_t offset, uint32_t *stop);

/* What is expected where the placeholder stands. */
enum filling placeholder_filling(const struct script *script, struct span span);
