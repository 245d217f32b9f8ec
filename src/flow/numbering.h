#pragma once
/* What `$1` means in two statements of one transaction: one value, when the transaction is written
 * as a whole; two, when a driver prepares each statement by itself and numbers its parameters from
 * 1. Text tells which of the two, in most cases. */

#include "catalog/catalog.h"
#include "session/transaction.h"

/* Whether the transaction's statements number their parameters anew: each uses 1, 2, … without a
 * gap, no comment speaks of its parameters, and they are sent one by one (TRANSACTION_SENT), or
 * some number would otherwise be the value of two columns that cannot be the same, or the key of a
 * row that two UPDATEs move by turns. Names of its statements are resolved. */
bool numbers_begin_anew(const struct transaction *transaction);

/* Whether the query writes what another one before it has written, but for the row: a second INSERT
 * or DELETE, or an UPDATE that computes a column that the other one has computed. */
bool query_writes_again(const struct query *query, const struct query *before);

/* Whether the INSERT makes the successor of a row that an UPDATE of its table, before it, has
 * marked as done with (assignments_mark_other), or, after it, marks and makes refer to the new row:
 * the keys of the two are not the same. */
bool query_makes_successor(const struct query *insert, const struct transaction *transaction);

/* Whether a parameter of the transaction has a name that SQLAlchemy makes up for its statement,
 * %(id_1)s or :id_1 (SQLAlchemy 2.0, Anonymous Parameters): one row has another name in the next
 * statement. */
bool names_begin_anew(const struct transaction *transaction);

/* Whether the text of a parameter is its place in the list that a driver sends: "?", "%s", "$1". */
bool parameter_is_nameless(const char *text);
bool parameter_is_numbered(const char *text);

/* Whether it is a name: "%(id)s", ":id". */
bool parameter_is_named(const char *text);
