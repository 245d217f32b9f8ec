#pragma once
/* Which migration tool runs a file, and how, as far as its path and the files beside it tell. What
 * the text says is outline.h's business; docs/migrations.md has the sources for both. */

#include "facts/script.h"

enum tool {
    TOOL_NONE,
    TOOL_UNNAMED, /* a numbered file below migrations/ */
    TOOL_ATLAS,
    TOOL_DBMATE,
    TOOL_DIESEL,
    TOOL_DRIZZLE,
    TOOL_EXTENSION, /* CREATE EXTENSION and ALTER EXTENSION … UPDATE */
    TOOL_FLYWAY,
    TOOL_GOLANG_MIGRATE,
    TOOL_GOOSE, /* and sql-migrate */
    TOOL_GRAPHILE_MIGRATE,
    TOOL_HASURA,
    TOOL_LIQUIBASE,
    TOOL_NODE_PG_MIGRATE,
    TOOL_POP, /* and popx */
    TOOL_PRISMA,
    TOOL_RAILS,
    TOOL_SQITCH,
    TOOL_SQLX,
    TOOL_SUPABASE,
    TOOL_TERN,
    TOOL_KINDS,
};

/* Fills the framing, concurrency and direction of the one part of a script, and when the script
 * runs, from its path. Looks for configuration beside the file and in the directory above. Returns
 * the tool, TOOL_NONE when none is recognised. */
enum tool tool_of_path(struct script *script, struct part *part);

/* What keeps the tool from running a migration in a transaction: what to write, "" when a statement
 * alone is run without, NULL when nothing does or it is not known. */
const char *tool_outside(enum tool tool);
