#pragma once
/* What git would ignore: the patterns of .gitignore files (gitignore(5)), with or without a git
 * repository around them. */

#include <stdbool.h>

#include <glib.h>

struct ignore;

/* The patterns that hold in a directory: those of its own .gitignore before those of `parent`,
 * which may be NULL and stays the caller's. A .gitignore that cannot be read is one line (an owned
 * string) in `troubles`. */
struct ignore *ignore_enter(struct ignore *parent, const char *directory, GPtrArray *troubles);

/* Patterns of no file, in the same notation, which hold in `directory`. Freed by ignore_leave. */
struct ignore *ignore_patterns(const char *directory, char *const *patterns);

/* Frees one level and returns its parent. */
struct ignore *ignore_leave(struct ignore *ignore);

/* The levels above `directory`, up to the root of the git repository it lies in; NULL when it lies
 * in none or is its root. */
struct ignore *ignore_above(const char *directory, GPtrArray *troubles);

/* Whether `path`, an entry of the directory of this level, is ignored. A path that does not lie
 * below it is matched as a whole. */
bool ignore_matches(const struct ignore *ignore, const char *path, bool directory);

/* Whether the file `path` or a directory on the way to it is ignored. */
bool ignore_matches_way(const struct ignore *ignore, const char *path);

/* The same of an absolute path, as g_canonicalize_filename() makes it: for who asks many patterns
 * about one file. */
bool ignore_matches_full(const struct ignore *ignore, const char *full);

/* Many lists of patterns of one directory, sorted by the names that they begin with: for who asks which of
 * them match a file. The lists stay the caller's and outlive it. Freed by ignore_index_free. */
struct ignore_index *ignore_index_new(struct ignore *const *lists, unsigned count);
void ignore_index_free(struct ignore_index *index);

/* The places of the lists that match an absolute path, see ignore_matches_full, in their order (guint).
 * Owned by the caller. */
GArray *ignore_index_matching(const struct ignore_index *index, const char *full);
