#pragma once
/* What a change of the catalog costs those who use the table at the same time. */

#include "catalog/catalog.h"
#include "facts/statement.h"
#include "program/access.h"

/* The lock that a DDL statement takes on the object of one of its changes (manual, ALTER TABLE and
 * 13.3.1). TABLE_LOCK_NONE when it is no table, and for CREATE of one; the keys that CREATE TABLE
 * gives to the new table count as those that ALTER TABLE adds, though nobody else sees it yet. */
enum table_lock change_lock(const struct statement *statement, const struct change *change);

/* Whether it writes every row of the table anew (manual, ALTER TABLE, Notes). `relation` is what the
 * catalog has made of the table, or NULL; unknown when the type of a column before it is.
 * `server_version` is 1500 for 15. */
enum answer change_rewrites(const struct change *change, const struct relation *relation,
                            int server_version);

/* Whether a DDL access certainly writes every row of its table anew. */
bool access_rewrites(const struct access *access, int server_version);

/* The table that the statement of a DDL access names: ADD FOREIGN KEY, DROP TABLE and partitions that
 * come and go lock the tables that are referred to as well. */
const char *access_defines(const struct access *access);

/* Whether it is REFRESH MATERIALIZED VIEW. */
bool access_refreshes(const struct access *access);

/* Whether a DDL access changes what its table is made of: columns, constraints, indexes, triggers.
 * Partitions that come and go, tables that are dropped, and views that are refreshed are not meant:
 * that is what jobs do again and again. */
bool access_changes_structure(const struct access *access);
