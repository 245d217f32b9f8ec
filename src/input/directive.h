#pragma once
/* Comments that speak to isolint: "-- isolint: allow write-skew -- one worker runs this". */

#include "facts/script.h"

/* Fills `directives` of a script. A comment inside a function body counts like any other. */
void directive_collect(struct script *script);
