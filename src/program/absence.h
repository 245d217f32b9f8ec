#pragma once
/* INSERT … SELECT of rows whose key a read of the same statement has not found: NOT EXISTS, NOT IN,
 * EXCEPT, a LEFT JOIN of which WHERE wants the rows without a partner; or an INSERT of a value that it is
 * given, after a SELECT of these rows. */

#include "program/access.h"

/* Whether each row that the INSERT brings has a value in `column` that the read has not found in that
 * column, as far as it is seen. False when it is not written so that one sees it. */
bool absence_in_column(const struct access *read, const struct access *insert, const char *column);

/* The first column of which that is so; NULL when there is none. */
const char *absence_column(const struct access *read, const struct access *insert);
