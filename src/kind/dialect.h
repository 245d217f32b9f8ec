#pragma once
/* Which database system a file is for: by the words of its path, and where PostgreSQL's grammar
 * refuses it, by what other systems write. */

#include "facts/script.h"

/* What stands for the name of a system that nothing names. */
extern const char dialect_unknown[];

/* The system that the path names, "MySQL"; NULL when it names none, or PostgreSQL. `*sure` is false
 * when the word may mean something else. */
const char *dialect_of_path(const struct files *files, const char *path, bool *sure);

/* The system whose words stand in the statements that the grammar refused, and where; NULL when
 * there are none, or too few beside what PostgreSQL alone understands. */
const char *dialect_of_text(const struct script *script, struct span *where);

/* Whether the text has what only PostgreSQL and psql know. */
bool dialect_is_postgresql(const struct script *script);
