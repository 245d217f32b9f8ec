/* Advisory locks that keep copies of a program out. */
#include <string.h>

#include <glib.h>

#include "facts/body.h"
#include "facts/builtin.h"
#include "locking/guard.h"

/* Whether a run that is refused the lock does not come to the access: by an error, or as the routine
 * says. What an application makes of the answer is not seen, and trusted. */
static bool is_decided_by(const struct access *access, const struct side_effect *call)
{
    if (!call->body || body_raises_on(call->body) ||
        (access->body && body_goes_by(access->body, call->body)))
        return true;
    for (const struct via *via = access->via; via; via = via->outer) {
        if (via->body && body_goes_by(via->body, call->body))
            return true;
    }
    return false;
}

const struct side_effect *guard_advisory_call(const struct access *access)
{
    const struct side_effect *call = access->transaction->calls;

    for (; call && call->order < access->order; call = call->next) {
        bool tries =
            call->call->builtin && builtin_effect(call->call->builtin) == EFFECT_ADVISORY_TRY;
        if (call->statement != access->statement &&
            (tries ? is_decided_by(access, call) : call_is_advisory_lock(call->call)) &&
            !g_str_has_suffix(call->call->name, "_shared"))
            return call;
    }
    return NULL;
}

const struct side_effect *guard_advisory_lock(const struct access *access)
{
    if (transaction_has_one_snapshot(access->transaction))
        return access->transaction->rest->session_lock;
    const struct side_effect *call = guard_advisory_call(access);
    return call ? call : access->transaction->rest->session_lock;
}

/* pg_advisory_lock, and pg_try_advisory_lock, whose answer is trusted to have been looked at. */
static bool is_session_lock(const struct call *call)
{
    enum effect effect = builtin_effect(call->builtin);

    return effect == EFFECT_ADVISORY_SESSION ||
           (effect == EFFECT_ADVISORY_TRY && !strstr(call->name, "_xact_"));
}

const struct side_effect *guard_session_lock(const struct access *access)
{
    const struct transaction *own = access->transaction, *each = own->script->transactions;

    for (; each; each = each == own ? NULL : each->next) {
        bool routine = each->kind == TRANSACTION_ROUTINE || each->kind == TRANSACTION_SEGMENT;
        if (routine && each->steps != own->steps)
            continue; /* another routine, which another session may run */
        for (const struct side_effect *call = each->calls; call; call = call->next) {
            if (is_session_lock(call->call) && (each != own || call->order < access->order))
                return call;
        }
    }
    return NULL;
}
