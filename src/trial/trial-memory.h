#pragma once
/* What came of trials before. Programs of one kind are the same to the machine whatever their tables,
 * columns and parameters are called: what comes of them is played once. The answers are those that
 * playing again would give, so that it makes no difference which thread has come first. */

#include "corpus/corpus.h"
#include "model/model.h"

/* One content of the tables, and what is asked of it. */
struct trial_case {
    gconstpointer trial; /* trial_text */
    unsigned at;         /* the world */
    unsigned wanted, own;
    unsigned way;    /* in which the runs alternate */
    unsigned budget; /* steps that there are */
};

struct trial_answer {
    unsigned steps; /* that it took */
    unsigned found; /* outcomes_found */
    bool complete, traced;
    bool left_out; /* the content is none of those that are asked for */
};

/* What the machine is given for a trial, equal for equal ones; NULL when no more are remembered. The
 * corpus owns it. */
gconstpointer trial_text(const struct corpus *corpus, const struct trial *trial);

/* Returns false when it is not known. */
bool trial_recall(const struct corpus *corpus, const struct trial_case *question,
                  struct trial_answer *answer);

void trial_remember(const struct corpus *corpus, const struct trial_case *question,
                    const struct trial_answer *answer);
