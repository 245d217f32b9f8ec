#pragma once
/* The bounds of what isolint looks at, each with its reason. They count, and never depend on time,
 * addresses or threads. What is cut off by one of `enum limit` is said: with -v, as a notification
 * in SARIF, and as a count in JSON. */

#include <stddef.h>

enum {
    /* Locks of one program that are followed. The search compares each with each of all programs
     * that share a table; programs that people write take some dozens. */
    MOST_LOCKS = 128,

    /* Pairs of locks that are compared for one program, so that the search ends in a second for a
     * routine that thousands call. A program with that many partners has been found with one of the
     * first. And for all programs together: the scripts of an old schema have hundreds of thousands
     * of statements that all touch some few tables. */
    MOST_LOCK_STEPS = 50000,
    LEAST_LOCK_STEPS = 100,
    ALL_LOCK_STEPS = 100000000,

    /* Pairs of runs that are played in the machine for one program, for the same reason. */
    MOST_MEETINGS = 2000,

    /* Programs that stand for all those that lock the same two things in the same order, where
     * deadlocks of three and four programs are looked for: a lock that the others take before keeps
     * the first one out of a deadlock, and seldom all of them. */
    MOST_EDGE_PROGRAMS = 3,

    /* Pairs of locks that are compared for the cycles of one program: at most some milliseconds, and
     * for all programs together some tenths of a second. A schema whose programs keep an order has no
     * cycle to look for, and where two programs deadlock most cycles go through them. And cycles that
     * are played in the machine for one program: one is enough. */
    MOST_CYCLE_STEPS = 20000,
    LEAST_CYCLE_STEPS = 500,
    ALL_CYCLE_STEPS = 1000000,
    MOST_CYCLE_PLAYS = 50,

    /* Steps of the machine in which the claims about one program are tried: at most some tenths of a
     * second, and together about as much. Programs of a few statements, which decide most, take a
     * hundredth of it; what is not decided by then stays a claim. */
    MOST_TRIAL_STEPS = 100000,
    LEAST_TRIAL_STEPS = 300,
    ALL_TRIAL_STEPS = 500000,

    /* Of these, steps in one content of the tables, for two programs and for three: more than the
     * interleavings of two programs of four statements. And contents: after some that show nothing the
     * rest may be left out when there are no steps for them. */
    MOST_PAIR_STEPS = 6000,
    MOST_TRIPLE_STEPS = 30000,
    ENOUGH_WORLDS = 8,

    /* Trials of which it is remembered what came of them: some kilobytes each. Applications have some
     * hundreds of kinds; what is not remembered is played again, with the same answer. */
    MOST_REMEMBERED = 4000,

    /* Programs that are run beside one program, to see what comes of it that no rule foretells. Of
     * hundreds whose rows no constant names, the first of them stand for all. */
    MOST_REACH_PAIRS = 32,

    /* Writes of several rows of one table beside which another one is held, of other programs or of its
     * own: of hundreds, most go by the same indexes, and the first of them stand for all. */
    MOST_SWEEPS = 64,

    /* Pairs of accesses that are looked at for one pivot, and of these while a fourth program is
     * looked for: a routine on which thousands of triggers hang could keep the search busy for
     * ever. For all pivots together about as many as for ten thousand: some tens of seconds. */
    PIVOT_BUDGET = 30000,
    LEAST_PIVOT_BUDGET = 500,
    ALL_PIVOT_BUDGET = 300000000,
    MIDDLE_BUDGET = 5000,

    /* Values that are followed under one binding, and runs that meet: a structure has four runs
     * with a few keys each. With more, nothing is taken for certain. */
    MOST_VALUES = 64,
    MOST_RUNS = 4,

    /* Conditions of an UPDATE that hold for the row as it leaves it. */
    MOST_KEPT = 8,

    /* Statements that insert constants, from which on a script is taken to load data. */
    LEAST_LOADED = 10,

    /* Statements of one shape that are kept separate: a dump has 50,000. */
    BULK_ALIKE = 32,

    /* Programs that are written alike, word for word, which others are let meet: three can be runs
     * of one structure. And the statements of one that is compared. */
    MOST_COPIES = 3,
    MOST_COPIED_STEPS = 200,

    /* Programs of one shape, from which on it is worth to look whether their constants matter to
     * anybody else. */
    LEAST_FAMILY = 32,

    /* Bytes of a file: what is larger is no SQL that anybody wrote, and offsets have 32 bits. It is
     * said and left out. */
    LARGEST_FILE = 1 << 30,

    /* Files that include one another with \i, and bytes of all that one script includes: a script
     * that includes itself has no end, one that a hundred tests include has many copies. Beyond that
     * the commands are counted as not followed. */
    DEEPEST_INCLUDE = 8,
    LARGEST_INCLUDE = 4 << 20,

    /* Views, routines, triggers and rules inside one another, and all that one statement sets off:
     * what calls itself adds nothing. Beyond that the program is unknown. */
    DEEPEST_BINDING = 20,
    MOST_ENTERED = 200,

    /* Accesses that one program makes inside of those: rules compare each with each. A routine that
     * hands on to half of a system's others makes tens of thousands, which took minutes, and what is
     * wrong in one of the others is found where that one is a program by itself. */
    MOST_FOLLOWED = 2000,

    /* Calls inside one another in which COMMIT, ROLLBACK or a lock is looked for. */
    DEEPEST_CALL = 20,

    /* Rows of a table that is small: some pages, which are read as a whole whatever the index. */
    MOST_SMALL_ROWS = 20,

    /* Expressions and bodies inside one another: the stack must hold whatever is fed in, and no SQL
     * that a person wrote comes near it. Beyond that the statement is refused with a finding. */
    LOWER_DEPTH = 1000,
    DEEPEST_BODY = 200,

    /* Rounds of --fix: each must leave fewer findings, so this only ends what a mistake keeps going. */
    MOST_FIX_ROUNDS = 50,

    /* Of what an editor sends: a header of two fields, and a message that holds the largest text
     * that a person opens as JSON. What is longer is passed over, so that memory stays bounded. */
    MOST_HEADER_BYTES = 4096,
    MOST_MESSAGE_BYTES = 64 << 20,
    MOST_BUFFER_BYTES = 64 << 20,
};

/* A search that stopped before its end. */
enum limit {
    LIMIT_DEPTH,
    LIMIT_ENTERED,
    LIMIT_FOLLOWED,
    LIMIT_LOCKS,
    LIMIT_LOCK_STEPS,
    LIMIT_MEETINGS,
    LIMIT_CYCLES,
    LIMIT_PIVOT,
    LIMIT_MIDDLE,
    LIMIT_TRIAL,
    LIMIT_REACH,
    LIMIT_PARTNERS,
    LIMIT_KINDS,
};

struct limits {
    int reached[LIMIT_KINDS]; /* by how many programs */
};

/* Counts one more program; safe in several threads. */
void limit_reached(struct limits *limits, enum limit limit);

/* How many programs reached this one, and how many times any was reached. */
size_t limit_count(const struct limits *limits, enum limit limit);
size_t limits_count(const struct limits *limits);

/* Adds what was reached in another database. */
void limits_add(struct limits *limits, const struct limits *other);

/* "3 programs with more than 128 locks: deadlocks over later ones are not searched for"; owned by
 * the caller. */
char *limit_text(const struct limits *limits, enum limit limit);
