#pragma once
/* What reading a prefix and guessing one share. Internal to src/log. */

#include "log/prefix.h"

/* How long %p, %c, %e and %v are at the beginning of a text; 0 when none is there. */
size_t prefix_count_digits(struct piece text);
size_t prefix_session_length(struct piece text);
size_t prefix_state_length(struct piece text);
size_t prefix_transaction_length(struct piece text);

/* The prefix that may have written what stands before a label: "%m [%p] ". Owned by the caller. */
char *prefix_guess_pattern(struct piece head);
