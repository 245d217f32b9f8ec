#pragma once
/* Names of programs: what their tags say, else their application and what they do. */

#include <glib.h>

/* Names struct program in an array, each differently, and puts them in order of their names. */
void name_programs(GPtrArray *programs);
