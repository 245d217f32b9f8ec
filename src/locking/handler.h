#pragma once
/* Handlers of errors in PL/pgSQL: which one an error meets, and what becomes of the error there. A
 * handler runs when the work of its block has been rolled back; unless it raises an error itself,
 * the transaction goes on without that work (manual, 43.6.8 Trapping Errors). */

#include "facts/body.h"
#include "program/access.h"
#include "corpus/corpus.h"

/* The first handler of the block that names the condition, its class, or OTHERS. */
const struct body_statement *handler_of(const struct body_statement *block, const char *condition);

/* Whether it is the one that handler_of() returns for its block. */
bool handler_catches(const struct body_statement *handler, const char *condition);

/* What a handler does with an error. */
enum handler_end {
    HANDLER_SILENT,    /* goes on */
    HANDLER_TELLS,     /* goes on, and returns or keeps a value of its own */
    HANDLER_TRANSLATE, /* raises an error with another SQLSTATE */
    HANDLER_RAISES,    /* raises the error again, at least sometimes */
};

/* The most that any of its statements does: what a branch decides counts as done. */
enum handler_end handler_end(const struct body_statement *handler);

/* The first RAISE of an error in the handler; NULL without. */
const struct body_statement *handler_raise(const struct body_statement *handler);

/* The handler that keeps such an error of the access from whoever sent the statement, in the
 * routine itself or in one that called it; NULL when the error gets out. */
const struct body_statement *access_handler(const struct access *access, const char *condition);

/* What is known about errors of a kind that comes of concurrency, in rising order. */
enum exposure {
    EXPOSED_NOT,
    EXPOSED_TO_DEADLOCK, /* locks rows, and is known to run at READ COMMITTED */
    EXPOSED_TO_UNKNOWN,  /* locks rows, and nothing in the inputs calls the routine */
    EXPOSED,             /* known to run under one snapshot */
};

/* How far such errors of what the handler's block does come to it, and the access that tells most:
 * of equals, one that can fail with a concurrent update. Migrations do not count. */
enum exposure handler_exposure(const struct corpus *corpus, const struct body_statement *handler,
                               const char *condition, const struct access **access);

/* Whether nothing is lost by the error: the block does no more than lock a row, and the handler goes on
 * with the next round of a loop, as with the next candidate of a queue. */
bool handler_passes_over(const struct corpus *corpus, const struct body_statement *handler);

/* Whether an error that comes to the handler keeps its run from the statement, which is behind the one
 * that failed: the statement stands in the handler's block as well, or the handler returns. */
bool handler_avoids(const struct body_statement *handler, const struct body_statement *statement);

/* Whether it catches OTHERS. */
bool handler_is_for_all(const struct body_statement *handler);

/* The loop that runs the handler's block again after an error, and is left when there was none;
 * NULL when there is no such loop. */
const struct body_statement *handler_retries(const struct body_statement *handler);

/* The COMMIT or ROLLBACK in the loop, outside of blocks with an EXCEPTION part, that gives the next
 * round a new transaction; NULL without. */
const struct body_statement *loop_ends_transaction(const struct body_statement *loop);

/* Whether anything can leave the loop but what the handler's block does when it succeeds: EXIT,
 * RETURN, an error. `insert` is what fails in the block with 23505 under one snapshot, or NULL:
 * then a branch that waits for the row in its way to be seen is never taken. */
bool loop_is_left(const struct body_statement *loop, const struct body_statement *handler,
                  const struct access *insert);
