#pragma once
/* Findings that are known: a file lists them by fingerprint, so that a project that has many can
 * look at new ones alone.
 *
 * The file is JSON with one line for each finding, in order of path, rule and fingerprint, so that
 * its changes can be read and merged. Paths are relative to the repository and escaped as in a
 * URI. */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "lint/finding.h"
#include "facts/repository.h"

struct baseline {
    GHashTable *entries; /* fingerprint → struct baseline_entry */
};

/* What a run has looked at: only there can it say that a finding is gone. */
struct baseline_scope {
    struct script *const *scripts;
    size_t script_count;
    const bool *rules; /* by rule_index: which ran */
    struct repository *repository;
};

/* Ready for use without a file. Freed by baseline_finish. */
void baseline_init(struct baseline *baseline);
void baseline_finish(struct baseline *baseline);

/* Reads a file into an empty baseline. Fails when it cannot be read or is no baseline. */
bool baseline_read(struct baseline *baseline, const char *path, struct error *error);

/* Whether it knows the finding; not when that has no fingerprint. */
bool baseline_has(const struct baseline *baseline, const struct finding *finding);

/* How many entries the run would have found again, but did not. `found` is all that it found. */
size_t baseline_count_gone(const struct baseline *baseline, struct finding *const *found,
                           size_t count, const struct baseline_scope *scope);

/* Makes the findings the entries, beside the older ones of rules that did not run and of files that
 * exist but were not linted. */
void baseline_update(struct baseline *baseline, struct finding *const *findings, size_t count,
                     const struct baseline_scope *scope);

/* The text of the file. Owned by the caller. */
char *baseline_text(const struct baseline *baseline);
