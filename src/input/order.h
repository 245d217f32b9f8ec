#pragma once
/* The order in which the DDL of several scripts runs. */

#include <glib.h>

/* The scripts in the order in which their tools run them: that of `scripts`, but those that a plan
 * lists in its order, at the place of the first of them, and repeatable ones last. The caller owns
 * the array, not the scripts. */
GPtrArray *order_scripts(const GPtrArray *scripts);
