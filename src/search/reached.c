/* What the machine has come to, seen from the accesses of its programs. */
#include "search/reached.h"

#include "catalog/key.h"
#include "program/side-effect.h"
#include "search/claim.h"

static bool meets(const struct access *access, const struct transaction *other)
{
    if (access->kind == ACCESS_TABLE_LOCK)
        return false;
    for (const struct access *each = other->accesses; each; each = each->next) {
        if (access_same_relation(each, access) &&
            (access_is_write(each) || access_is_write(access)))
            return true;
    }
    return false;
}

const struct access *reached_access(const struct reached *reached)
{
    const struct access *access = reached->runs[0]->accesses;

    while (access && !meets(access, reached->runs[1]))
        access = access->next;
    return access;
}

const struct step *reached_stop(const struct reached *reached, unsigned run, unsigned *at)
{
    *at = reached->count;
    while (*at > 0 && reached->steps[*at - 1].run != run)
        --*at;
    *at -= *at > 0;
    return *at < reached->count ? reached->steps[*at].step : NULL;
}

const struct access *reached_late_write(const struct transaction *transaction)
{
    const struct access *found = NULL;

    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if ((each->kind == ACCESS_INSERT || each->kind == ACCESS_UPDATE) &&
            relation_keys(each->relation, KEY_LATE))
            found = each;
    }
    return found;
}

struct lock reached_stopped_at(const struct reached *reached, unsigned run)
{
    unsigned at;
    const struct step *step = reached_stop(reached, run, &at);
    const struct side_effect *call = step ? reached->runs[run]->calls : NULL;
    struct lock lock = {.access = step ? NULL : reached_late_write(reached->runs[run])};

    for (const struct access *each = step ? reached->runs[run]->accesses : NULL; each;
         each = each->next) {
        if (each->step == step && (!lock.access || lock.access->kind == ACCESS_READ))
            lock.access = each;
    }
    while (!lock.access && call &&
           (call->step != step || !call->call || !call_is_advisory_lock(call->call)))
        call = call->next;
    lock.call = lock.access ? NULL : call;
    return lock;
}

bool reached_is_grave(const struct reached *reached)
{
    return reached->certain ||
           (reached->outcome == REACHED_ANOMALY && transaction_has_one_snapshot(reached->runs[0]) &&
            transaction_has_one_snapshot(reached->runs[1]) &&
            reached->anomaly != ANOMALY_READ_SKEW);
}
