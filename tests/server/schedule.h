#pragma once
/* Schedules: SQL text that says which statement of which session runs when, and what must come of
 * it. Rule pages, scenarios and patterns are written in this one notation:
 *
 *     CREATE TABLE t (id int PRIMARY KEY);       the set-up: what stands before the first session
 *
 *     -- session A                               whose statements follow; A's connection is opened
 *     BEGIN ISOLATION LEVEL REPEATABLE READ;     when it speaks first
 *     SELECT count(*) FROM t;      --> 0         what must come of it; without, any success will do
 *     -- session B
 *     INSERT INTO t VALUES (1);    --> INSERT 0 1
 *     -- session A                               a session may speak as often as it likes
 *     INSERT INTO t VALUES (1);    --> ERROR 23505
 *
 * Outcomes:
 *     --> 1, alice; 2, NULL        rows, separated by "; ", and their columns, separated by ", "
 *     --> no rows
 *     --> UPDATE 1                 a command tag
 *     --> ERROR 40001              an error with this SQLSTATE
 *     --> WARNING 25P01            a warning with this SQLSTATE, and then success; none may come
 *                                  unsaid
 *     --> NOTICE text              RAISE NOTICE of the schedule's own function
 *     --> WARNING 25001 and ERROR 25001
 *     --> waits                    for another session, or for a safe snapshot, or in pg_sleep
 * ", found" behind an outcome is for the test of the page: a finding starts on this line.
 *
 * Other lines:
 *     -- session B goes on  --> ERROR 40001        the outcome of the statement that waited
 *     -- session B disconnects
 *     -- finally: lost update                      what follows is run when all is over, its
 *                                                  outcomes are the final state; an anomaly may
 *                                                  be named
 *     SELECT v FROM t WHERE id = 1 \gset           psql: the columns of the row become variables,
 *     UPDATE t SET v = :v - 10 WHERE id = 1;       here :v; ROW_COUNT is always one
 *     \if :enough … \else … \endif                 psql: a boolean variable decides
 *     SELECT 1 \; SELECT 2;                        psql: one message of two statements
 *
 * Two sessions have a meaning of their own: "control" is no part of what is tested, it looks and
 * helps; a session whose name begins with "standby" runs on a hot standby. Text without a session
 * is one session. */

#include <stdbool.h>

#include <glib.h>

enum action_kind {
    ACTION_SEND,
    ACTION_GOES_ON,
    ACTION_DISCONNECT,
};

struct action {
    enum action_kind kind;
    unsigned session; /* index of schedule.sessions */
    unsigned line;    /* of the file */
    char *sql;        /* without its semicolon */
    char *outcome;    /* or NULL */
    bool stores;      /* \gset */
    char *condition;  /* name of the variable that must be true, or NULL; with "!" it must not */
};

struct schedule {
    char *path;
    GPtrArray *sessions;                  /* char *, in the order in which they appear */
    GPtrArray *setup, *actions, *finally; /* struct action * */
    char *anomaly;                        /* "lost-update", or NULL */
    char *obstacle;                       /* what no server can run: "\timing"; or NULL */
};

/* Reads a schedule that begins on a line of a file. Fails the test when it is not well-formed. */
void schedule_read(struct schedule *schedule, const char *path, unsigned line, const char *text);
void schedule_finish(struct schedule *schedule);

/* Whether the text names no session: all of it is the set-up. */
bool schedule_is_single(const struct schedule *schedule);

/* Whether a session is part of what is tested: all are but "control". */
bool session_is_tested(const char *name);

/* Whether the first words of a statement are these, in capitals. */
bool statement_begins(const char *sql, const char *words);

/* COMMIT, END, ROLLBACK: of the transaction itself, not of a savepoint or a prepared one. */
bool statement_ends_transaction(const char *sql);
