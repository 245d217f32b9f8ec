#pragma once
/* PostgreSQL's raw parse tree, and what differs in it between the major versions 15 to 18.
 *
 * The server's headers are meant for the server: they redefine printf and its kin and define short
 * macros. They are included here and nowhere else, and what could surprise is taken back. Globals
 * such as CurrentMemoryContext are thread-local in libpg_query but not in the headers of a system's
 * server package, so nothing here may use them, nor palloc or a function that calls it. */

#include <pg_query.h>
#include <pg_query_internal.h>

#include <catalog/pg_class.h>
#include <catalog/pg_trigger.h>
#include <nodes/nodeFuncs.h>
#include <nodes/parsenodes.h>

#include <glib.h>
#include <string.h>

#undef printf
#undef fprintf
#undef sprintf
#undef snprintf
#undef vprintf
#undef vfprintf
#undef vsprintf
#undef vsnprintf
#undef strerror
#undef Min
#undef Max
#undef Abs
#undef gettext
#undef dgettext
#undef ngettext
#undef dngettext
#undef _

#if PG_VERSION_NUM >= 160000
#define tree_parse(text) pg_query_raw_parse((text), PG_QUERY_PARSE_DEFAULT)
#else
#define tree_parse(text) pg_query_raw_parse(text)
#endif

/* The grammar takes the end of memory for an error of the statement. It is none: this does not
 * return then. */
static inline PgQueryInternalParsetreeAndError tree_parse_within_memory(const char *text)
{
    PgQueryInternalParsetreeAndError result = tree_parse(text);

    if (result.error && result.error->message &&
        strcmp(result.error->message, "out of memory") == 0)
        g_error("out of memory");
    return result;
}

/* WHEN MATCHED, as opposed to NOT MATCHED [BY TARGET]. */
static inline bool tree_when_matched(const MergeWhenClause *when)
{
#if PG_VERSION_NUM >= 170000
    return when->matchKind != MERGE_WHEN_NOT_MATCHED_BY_TARGET;
#else
    return when->matched;
#endif
}

#if PG_VERSION_NUM >= 180000
#define tree_returning(stmt) ((stmt)->returningClause ? (stmt)->returningClause->exprs : NIL)
#else
#define tree_returning(stmt) ((stmt)->returningList)
#endif

#if PG_VERSION_NUM >= 170000
#define tree_merge_returning(stmt) tree_returning(stmt)
#else
#define tree_merge_returning(stmt) NIL
#endif
