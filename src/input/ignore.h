#pragma once
/* What git would ignore: the patterns of .gitignore files (gitignore(5)), with or without a git
 * repository around them. */

#include <stdbool.h>

struct ignore;

/* The patterns that hold in a directory: those of its own .gitignore before those of `parent`,
 * which may be NULL and stays the caller's. */
struct ignore *ignore_enter(struct ignore *parent, const char *directory);

/* Frees one level and returns its parent. */
struct ignore *ignore_leave(struct ignore *ignore);

/* The levels above `directory`, up to the root of the git repository it lies in; NULL when it lies
 * in none or is its root. */
struct ignore *ignore_above(const char *directory);

/* Whether `path`, an entry of the directory of this level, is ignored. */
bool ignore_matches(const struct ignore *ignore, const char *path, bool directory);
