#pragma once
/* What PostgreSQL's scanner takes for a name (manual, 4.1.1): letters, digits, "_", "$" and every
 * byte outside ASCII. */

#include <stdbool.h>

#include <glib.h>

static inline bool is_name_start(unsigned char c)
{
    return g_ascii_isalpha(c) || c == '_' || c >= 0x80;
}

static inline bool is_name_part(unsigned char c)
{
    return is_name_start(c) || g_ascii_isdigit(c) || c == '$';
}
