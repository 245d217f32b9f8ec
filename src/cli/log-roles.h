#pragma once
/* Which roles of the schema have defaults of transactions of their own: their programs in a log are
 * not those of others. */

#include <glib.h>

#include "engine/settings.h"

/* The names (char *), owned by the caller; what cannot be read is told when it is read for the
 * catalog. */
GHashTable *log_roles(const struct settings *settings);
