#pragma once
/* PostgreSQL's raw parse tree, and what differs in it between the major versions 15 to 18.
 *
 * The server's headers are meant for the server: they redefine printf and its kin and define short
 * macros. They are included here and nowhere else, and what could surprise is taken back. Globals
 * such as CurrentMemoryContext are thread-local in libpg_query but not in the headers of a system's
 * server package, so nothing here may use them, nor palloc or a function that calls it. */

#include <pg_query.h>
#include <pg_query_internal.h>

#include <catalog/pg_attribute.h>
#include <catalog/pg_class.h>
#include <catalog/pg_trigger.h>
#include <nodes/nodeFuncs.h>
#include <nodes/parsenodes.h>

#include <glib.h>
#include <stdlib.h>
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
 * return then. Of the result the caller frees the error alone: what the grammar has printed is gone. */
static inline PgQueryInternalParsetreeAndError tree_parse_within_memory(const char *text)
{
    PgQueryInternalParsetreeAndError result = tree_parse(text);

    g_clear_pointer(&result.stderr_buffer, free);
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

static inline bool tree_when_by_source(const MergeWhenClause *when)
{
#if PG_VERSION_NUM >= 170000
    return when->matchKind == MERGE_WHEN_NOT_MATCHED_BY_SOURCE;
#else
    return when == NULL; /* no version before 17 has it */
#endif
}

/* What came with 18: RETURNING WITH (OLD AS …), NOT ENFORCED, columns that are computed when they are
 * read, keys over periods. */
#if PG_VERSION_NUM >= 180000
#define tree_returning(stmt) ((stmt)->returningClause ? (stmt)->returningClause->exprs : NIL)
#define tree_returning_options(stmt) \
    ((stmt)->returningClause ? (stmt)->returningClause->options : NIL)
#define tree_is_old(node)                  (((const ReturningOption *)(node))->option == RETURNING_OPTION_OLD)
#define tree_row_name(node)                (((const ReturningOption *)(node))->value)
#define tree_not_enforced(constraint)      (!(constraint)->is_enforced)
#define tree_says_not_enforced(constraint) ((constraint)->contype == CONSTR_ATTR_NOT_ENFORCED)
#define tree_stored(constraint)            ((constraint)->generated_kind == ATTRIBUTE_GENERATED_STORED)
#define tree_without_overlaps(constraint)  ((constraint)->without_overlaps)
#define tree_with_period(constraint)       ((constraint)->fk_with_period)
#else
#define tree_returning(stmt)               ((stmt)->returningList)
#define tree_returning_options(stmt)       NIL
#define tree_is_old(node)                  false
#define tree_row_name(node)                ((const char *)(node))
#define tree_not_enforced(constraint)      false
#define tree_says_not_enforced(constraint) false
#define tree_stored(constraint)            true
#define tree_without_overlaps(constraint)  false
#define tree_with_period(constraint)       false
#endif

#if PG_VERSION_NUM >= 170000
#define tree_merge_returning(stmt)         tree_returning(stmt)
#define tree_merge_returning_options(stmt) tree_returning_options(stmt)
#else
#define tree_merge_returning(stmt)         NIL
#define tree_merge_returning_options(stmt) NIL
#endif
