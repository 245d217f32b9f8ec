#pragma once
/* Repairs: the safe edits of findings, put into the text.
 *
 * The safe edits of one finding belong together: all are made or none. Two repairs that touch the
 * same text, or of which one reaches around the other, are not made at once, because each was
 * thought of without the other: the text is linted again between them. */

#include <stddef.h>

#include <glib.h>

#include "lint/finding.h"

/* Whether it has an edit that may be made without asking. */
bool finding_is_repairable(const struct finding *finding);

/* The text of the script with as many repairs as can be made at once, those that stand first before
 * others; NULL when there is none. Findings about other scripts are passed over. The findings whose
 * repairs were made are appended to `made` (struct finding). Owned by the caller. */
GBytes *repair_script(const struct script *script, struct finding *const *findings, size_t count,
                      GPtrArray *made);

/* The safe edits of all findings whose repairs were made, in their order. Owned by the caller. */
GPtrArray *repair_edits(const GPtrArray *made);

/* Where an offset of the script is in the text with these edits, see repair_edits: from the beginning to
 * the end of what was put there. */
struct span repair_map(const GPtrArray *edits, uint32_t offset);
