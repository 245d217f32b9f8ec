#pragma once
/* What the files about programs share. */

#include "workload/program.h"

/* The statement's normal form. */
const struct normal *program_normal(const struct program *program, guint index);

/* Whether a column is asked to be equal to one value: a row is named. */
bool slot_is_key(const struct slot *slot);

/* Finds the positions of a new program that may be learned to be one row. */
void program_add_pairings(struct program *program);

/* Learns from the values of one run, struct slot_value by position. */
void program_pair(struct program *program, const GArray *positions);
void pairing_add(struct pairing *pairing, uint64_t read, uint64_t write);

/* INT64_MIN is no time. */
int64_t earlier_time(int64_t a, int64_t b);

/* Sets `goes_on` of each. Transactions that begin alike, at one level and with the same tags, are told
 * by their statements alone. */
void programs_find_branches(const GPtrArray *all);

/* Adds what happened to another program, whose first statement is number `offset` of this one. */
void program_merge_evidence(struct program *program, const struct program *other, guint offset);
