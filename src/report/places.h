#pragma once
/* The places that a finding speaks of: its own and the related ones. */

#include <glib.h>

#include "lint/finding.h"

struct place {
    const struct script *script;
    struct span span;
    const char *label;
    bool primary; /* the finding's own */
    struct position position;
    const char *path; /* of the file that the reader opens, which the script may include */
};

/* All places, each once: those of the finding's own file, then those of each other file where it is
 * first spoken of; in a file in the order of the text. Owned by the caller. */
GArray *places_of(const struct finding *finding);

/* Whether the reader finds both in one file, in what was read as one text. */
bool places_share_file(const struct place *one, const struct place *other);

/* The finding's own among them. */
const struct place *places_primary(const GArray *places);

/* The line on which a place begins, without a byte order mark. */
struct span place_line(const struct place *place);
