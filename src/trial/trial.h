#pragma once
/* Trials: whole transactions as programs of the machine. A claim about a transaction is tried
 * against its own copy and every other program of the inputs that touches what it touches, over
 * some contents of the tables that are made of the values which the programs name, in all
 * interleavings. That decides only where all of these programs are understood to the last act;
 * otherwise nothing is known. */

#include "machine/explore.h"
#include "search/graph.h"
#include "search/reached.h"

/* Outcomes are bits: 1 << an enum failure, ANOMALOUS, and this: 40P01 when the runs also alternate
 * within a statement, and come to its rows in different orders. */
enum { DEADLOCK_BY_ROW = ANOMALOUS << 1 };

struct verdict {
    bool decided;      /* what is not among the outcomes does not happen */
    bool cut;          /* it is not decided because there were too few steps for that */
    unsigned outcomes; /* of those that were wanted */
};

/* Which of the wanted outcomes the transaction can come to. With a structure of three programs,
 * these are tried together as well. */
struct verdict trial_judge(const struct corpus *corpus, const struct transaction *transaction,
                           unsigned wanted, const struct structure *structure);

/* The first interleaving of the transaction with its own copy or another program that comes to one
 * of the outcomes (enum reached_outcome); false when none is found within the steps that one is
 * given. `reached` is all zero before, and its `start` is the caller's; `limits` says what has ended
 * the search before it had found one. */
bool trial_reach(const struct corpus *corpus, const struct transaction *transaction,
                 unsigned wanted, struct reached *reached);

/* The same with programs that no parameter decides about. */
bool trial_reach_certain(const struct corpus *corpus, const struct transaction *transaction,
                         unsigned wanted, struct reached *reached);
