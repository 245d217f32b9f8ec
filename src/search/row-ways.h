#pragma once
/* Writes of several rows that find them in different ways: one by an index, the other by another
 * one or by reading the table. Each locks a row as it comes to it, so of two that find the same rows
 * one can hold what the other wants next (manual, 13.3.4). */

#include "corpus/corpus.h"

/* An UPDATE or DELETE of another program that may find rows which `write` finds as well, in another
 * way, and is before it in the order of the corpus; or a SELECT anywhere that locks them by an ORDER
 * BY which no index that finds them for `write` has. NULL without. What goes by one value that it
 * is given, WHERE owner = $1, seldom has several rows in common with another one of that kind; such
 * pairs are none. */
const struct access *row_ways_other(const struct corpus *corpus, const struct access *write);
