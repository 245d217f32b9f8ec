#pragma once
/* What a file is: a program, a test, a script that others have replaced, or no file of PostgreSQL's
 * at all. docs/files.md has the sources. */

#include "facts/script.h"

/* What is known of the directories around the scripts of one run: each is looked into once. Several
 * scripts may be judged by it at the same time. Made by surroundings_new. */
struct surroundings;

struct surroundings *surroundings_new(void);
void surroundings_free(struct surroundings *surroundings);

/* COMMIT TRANSACTION; BEGIN TRANSACTION; in a migration of pop, which begins and commits around it: what
 * is between them and what is around runs alone, one transaction is as good as two. Called when the
 * script has been parsed. */
void kind_join_transactions(struct script *script);

/* Sets `kind` of a script that was parsed; with KIND_FOREIGN its statements are forgotten. `below`
 * is its path from the directory on that was searched for it, NULL when it was named itself.
 * `surroundings` may be NULL. */
void kind_guess(struct script *script, const char *below, struct surroundings *surroundings);

/* The same where the configuration says it. */
void kind_set(struct script *script, enum script_kind kind);

/* Makes it a file of another system's, which `where` shows; its statements are forgotten. */
void kind_set_foreign(struct script *script, const char *dialect, struct span where);

/* Takes a program that the grammar refuses for another system's where the text of a file beside it is
 * that system's for certain, and no file beside it shows that it is PostgreSQL's. */
void kind_ask_neighbours(const GPtrArray *scripts);

/* Whether kind_ask_neighbours may decide about a script, or by it. */
bool kind_has_foreign_neighbour(const GPtrArray *scripts, const struct script *script);

/* Marks those of an extension's released scripts (name--1.0.sql, name--1.0--1.1.sql) that a newer
 * one has replaced, and gives the others the order in which the server runs them. */
void kind_order_extensions(const GPtrArray *scripts);

/* Gives the source of an extension the frame in which CREATE EXTENSION runs it: what stands in or
 * below a directory of a file that makes functions of the extension's own library. */
void kind_frame_extensions(const GPtrArray *scripts);
