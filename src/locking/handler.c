#include "locking/handler.h"

#include <string.h>

#include "locking/window.h"

/* Conditions by which handlers name a class or everything (manual, appendix A). */
static bool covers(const char *named, const char *condition)
{
    static const struct {
        const char *class, *condition;
    } classes[] = {
        {"transaction_rollback", "serialization_failure"},
        {"transaction_rollback", "deadlock_detected"},
        {"40000", "serialization_failure"},
        {"40000", "deadlock_detected"},
        {"40001", "serialization_failure"},
        {"40p01", "deadlock_detected"},
        {"40P01", "deadlock_detected"},
        {"integrity_constraint_violation", "unique_violation"},
        {"23505", "unique_violation"},
        {"object_not_in_prerequisite_state", "lock_not_available"},
        {"55000", "lock_not_available"},
        {"55p03", "lock_not_available"},
        {"55P03", "lock_not_available"},
    };

    if (strcmp(named, condition) == 0 || strcmp(named, "others") == 0)
        return true;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strcmp(named, classes[i].class) == 0 && strcmp(condition, classes[i].condition) == 0)
            return true;
    }
    return false;
}

static bool names(const struct body_statement *handler, const char *condition)
{
    for (const char **name = handler->conditions; *name; name++) {
        if (covers(*name, condition))
            return true;
    }
    return false;
}

const struct body_statement *handler_of(const struct body_statement *block, const char *condition)
{
    for (const struct body_statement *each = block->next; each && each->depth > block->depth;
         each = each->next) {
        if (each->kind == BODY_HANDLER && each->parent == block && names(each, condition))
            return each;
    }
    return NULL;
}

bool handler_catches(const struct body_statement *handler, const char *condition)
{
    return names(handler, condition) && handler_of(handler->parent, condition) == handler;
}

/* ------------------------------------------------------------------ what becomes of the error */

/* RAISE with the code of a class that clients retry, or with one that is not written. */
static bool keeps_code(const struct body_statement *raise)
{
    static const char *const codes[] = {"?",
                                        "sqlstate",
                                        "serialization_failure",
                                        "deadlock_detected",
                                        "transaction_rollback",
                                        "40000",
                                        "40001",
                                        "40p01"};

    for (size_t i = 0; raise->name && i < sizeof codes / sizeof *codes; i++) {
        if (strcmp(raise->name, codes[i]) == 0)
            return true;
    }
    return raise->again;
}

static enum handler_end end_of(const struct body_statement *statement)
{
    switch (statement->kind) {
    case BODY_RAISE:
        if (!statement->error)
            return HANDLER_SILENT;
        return keeps_code(statement) ? HANDLER_RAISES : HANDLER_TRANSLATE;
    case BODY_RETURN:
        return statement->statement && !statement->more ? HANDLER_TELLS : HANDLER_SILENT;
    case BODY_ASSIGN:
        return HANDLER_TELLS;
    default:
        return HANDLER_SILENT;
    }
}

enum handler_end handler_end(const struct body_statement *handler)
{
    enum handler_end end = HANDLER_SILENT;

    for (const struct body_statement *each = handler->next; each && body_is_inside(each, handler);
         each = each->next) {
        enum handler_end own = end_of(each);
        if (own > end)
            end = own;
    }
    return end;
}

const struct body_statement *handler_raise(const struct body_statement *handler)
{
    for (const struct body_statement *each = handler->next; each && body_is_inside(each, handler);
         each = each->next) {
        if (each->kind == BODY_RAISE && each->error)
            return each;
    }
    return NULL;
}

/* The handler at which the error ends in the statement's own routine, or `wanted` when it comes by
 * that. */
static const struct body_statement *meets_in_body(const struct body_statement *statement,
                                                  const char *condition,
                                                  const struct body_statement *wanted)
{
    const struct body_statement *block = body_subtransaction(statement);

    for (; block; block = body_subtransaction(block)) {
        const struct body_statement *handler = handler_of(block, condition);
        enum handler_end end = handler ? handler_end(handler) : HANDLER_RAISES;
        if (handler && (handler == wanted || end < HANDLER_TRANSLATE))
            return handler;
        if (end == HANDLER_TRANSLATE)
            condition = "raise_exception";
    }
    return NULL;
}

static const struct body_statement *meets(const struct access *access, const char *condition,
                                          const struct body_statement *wanted)
{
    const struct body_statement *last = NULL, *handler = NULL;
    const struct via *via = access->via;

    for (const struct body_statement *at = access->body; !handler; via = via->outer) {
        if (at && at != last)
            handler = meets_in_body(at, condition, wanted);
        if (!via)
            break;
        last = at;
        at = via->body;
    }
    return handler;
}

const struct body_statement *access_handler(const struct access *access, const char *condition)
{
    return meets(access, condition, NULL);
}

/* ------------------------------------------------------------------ what comes to a handler */

static enum exposure exposure_of(const struct access *access)
{
    const struct transaction *transaction = access->transaction;
    enum isolation_level level = transaction_level(transaction);
    bool locks = access_is_write(access) || access->kind == ACCESS_LOCK;

    if (transaction->set_up || access_is_of_foreign_key(access))
        return EXPOSED_NOT;
    if (transaction->kind == TRANSACTION_ROUTINE || level == LEVEL_UNKNOWN)
        return locks ? EXPOSED_TO_UNKNOWN : EXPOSED_NOT;
    if (level == LEVEL_SERIALIZABLE || (level == LEVEL_REPEATABLE_READ && window_compares(access)))
        return EXPOSED;
    return locks ? EXPOSED_TO_DEADLOCK : EXPOSED_NOT;
}

/* Of equals, a write tells more than a lock, and one that can fail with a concurrent update more
 * than an INSERT. */
static unsigned weight_of(const struct access *access)
{
    return 4 * (unsigned)exposure_of(access) + 2 * window_compares(access) +
           access_is_write(access);
}

enum exposure handler_exposure(const struct corpus *corpus, const struct body_statement *handler,
                               const char *condition, const struct access **access)
{
    const struct body_statement *block = handler->parent;

    *access = NULL;
    if (!handler_catches(handler, condition) && !handler_catches(handler, "raise_exception"))
        return EXPOSED_NOT; /* which another handler may have made of it */
    for (const struct body_statement *each = block->next; each && body_is_inside(each, block);
         each = each->next) {
        const GPtrArray *accesses = corpus_body_accesses(corpus, each);
        for (guint i = 0; accesses && i < accesses->len; i++) {
            const struct access *candidate = accesses->pdata[i];
            if (exposure_of(candidate) && (!*access || weight_of(candidate) > weight_of(*access)) &&
                meets(candidate, condition, handler) == handler)
                *access = candidate;
        }
    }
    return *access ? exposure_of(*access) : EXPOSED_NOT;
}

bool handler_passes_over(const struct corpus *corpus, const struct body_statement *handler)
{
    const struct body_statement *block = handler->parent, *first = handler->next;

    if (!first || first->parent != handler || first->kind != BODY_CONTINUE || first->guarded)
        return false;
    for (const struct body_statement *each = block->next; each && body_is_inside(each, block);
         each = each->next) {
        const GPtrArray *accesses = corpus_body_accesses(corpus, each);
        if (each->kind == BODY_EXECUTE && !each->statement)
            return false;
        for (guint i = 0; accesses && i < accesses->len; i++) {
            if (access_is_write(accesses->pdata[i]))
                return false;
        }
    }
    return true;
}

/* RETURN of the handler itself, without a condition. */
static bool returns(const struct body_statement *handler)
{
    for (const struct body_statement *each = handler->next; each && body_is_inside(each, handler);
         each = each->next) {
        if (each->parent == handler && each->kind == BODY_RETURN && !each->more)
            return true;
    }
    return false;
}

bool handler_avoids(const struct body_statement *handler, const struct body_statement *statement)
{
    const struct body_statement *block = body_subtransaction(statement);

    while (block && block != handler->parent)
        block = body_subtransaction(block);
    return block || returns(handler);
}

bool handler_is_for_all(const struct body_statement *handler)
{
    return g_strv_contains((const char *const *)handler->conditions, "others");
}

/* ------------------------------------------------------------------ loops */

/* Whether the statement is one that is passed only when the block went well: behind its beginning,
 * in the loop, in none of its handlers. */
static bool is_behind_success(const struct body_statement *statement,
                              const struct body_statement *block)
{
    for (const struct body_statement *outer = statement; outer; outer = outer->parent) {
        if (outer->kind == BODY_HANDLER && outer->parent == block)
            return false;
    }
    return true;
}

/* The handler itself leaves, without a condition. */
static bool leaves(const struct body_statement *handler)
{
    for (const struct body_statement *each = handler->next; each && body_is_inside(each, handler);
         each = each->next) {
        if (each->parent == handler && ((each->kind == BODY_RETURN && !each->more) ||
                                        (each->kind == BODY_EXIT && !each->guarded) ||
                                        (each->kind == BODY_RAISE && each->error)))
            return true;
    }
    return false;
}

/* RETURN, EXIT, or what WHILE looks at is set. */
static bool ends_loop(const struct body_statement *statement, const struct body_statement *loop)
{
    if (statement->kind == BODY_RETURN)
        return !statement->more;
    if (statement->kind == BODY_EXIT)
        return true;
    return statement->into && loop->endless && body_decided_by(loop, statement);
}

const struct body_statement *handler_retries(const struct body_statement *handler)
{
    const struct body_statement *block = handler->parent, *loop = body_loop(block);

    if (!loop || loop->kind == BODY_FOR_QUERY || leaves(handler))
        return NULL;
    for (const struct body_statement *each = block->next; each && body_is_inside(each, loop);
         each = each->next) {
        if (is_behind_success(each, block) && ends_loop(each, loop))
            return loop;
    }
    return NULL;
}

const struct body_statement *loop_ends_transaction(const struct body_statement *loop)
{
    for (const struct body_statement *each = loop->next; each && each->depth > loop->depth;
         each = each->next) {
        if ((each->kind == BODY_COMMIT || each->kind == BODY_ROLLBACK) &&
            !body_subtransaction(each))
            return each;
    }
    return NULL;
}

/* A branch that is taken only when a statement of the loop has found a row of the table that
 * `insert` adds to: the snapshot does not show the row that is in its way. */
static bool waits_for_row(const struct body_statement *leave, const struct body_statement *loop,
                          const struct access *insert)
{
    const struct body_statement *arm = body_enclosing(leave, BODY_ARM);

    if (!insert || !arm || !body_is_inside(arm, loop))
        return false;
    for (const struct access *each = insert->transaction->accesses; each; each = each->next) {
        if (each->body && each != insert && each->body != insert->body &&
            body_is_inside(each->body, loop) && access_same_relation(each, insert) &&
            body_decided_by(arm, each->body))
            return true;
    }
    return false;
}

bool loop_is_left(const struct body_statement *loop, const struct body_statement *handler,
                  const struct access *insert)
{
    const struct body_statement *block = handler->parent;

    if (!loop->endless || loop->statement)
        return true;
    for (const struct body_statement *each = loop->next; each && body_is_inside(each, loop);
         each = each->next) {
        bool leaves = each->kind == BODY_EXIT || (each->kind == BODY_RETURN && !each->more) ||
                      (each->kind == BODY_RAISE && each->error);
        if (leaves && (!body_is_inside(each, block) || body_is_inside(each, handler)) &&
            !waits_for_row(each, loop, insert))
            return true;
    }
    return false;
}
