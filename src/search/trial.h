#pragma once
/* Trials: whole transactions as programs of the machine. A claim about a transaction is tried
 * against its own copy and every other program of the inputs that touches what it touches, over
 * some contents of the tables that are made of the values which the programs name, in all
 * interleavings. That decides only where all of these programs are understood to the last act;
 * otherwise nothing is known. */

#include "conflict/explore.h"
#include "search/graph.h"

enum { TRIAL_RUNS = 3 };

/* Outcomes are bits: 1 << an enum failure, and ANOMALOUS. */

struct verdict {
    bool decided;      /* what is not among the outcomes does not happen */
    unsigned outcomes; /* of those that were wanted */
};

/* Which of the wanted outcomes the transaction can come to. With a structure of three programs,
 * these are tried together as well. */
struct verdict trial_judge(const struct corpus *corpus, const struct transaction *transaction,
                           unsigned wanted, const struct structure *structure);
