#pragma once
/* Graphviz, where it is installed. */

#include <stdbool.h>

/* What `dot -Tplain` answers, owned by the caller; NULL when there is no `dot`, when it fails, and when
 * it takes longer: then *late is set. */
char *graphviz_plain(const char *graph, int milliseconds, bool *late);
