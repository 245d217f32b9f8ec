#pragma once
/* Lists of values in a run: WHERE id IN (4, 9, 2). A list has two slots, one for its first value and
 * one for all others, and which value is the first says nothing. An ORM reads three rows by such a
 * list and writes each of them by its key, or writes them by the same list in another order: what is
 * named later is what the slots stand for. */

#include "history/run.h"

/* Begins the list whose first value is the last one of the run, with its other values. Returns the value of the second slot. */
struct value list_begin(struct run *run, const char *column, const struct value *others,
                        guint count);

/* Takes a value that the column is compared with after the lists: the first of them becomes the first
 * value of each list that has it, the second one the other. */
void list_name(struct run *run, const char *column, uint64_t value);
