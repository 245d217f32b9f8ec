#include "search/total.h"

#include "locking/conflict.h"
#include "locking/guard.h"
#include "flow/dependence.h"
#include "program/rows.h"
#include "flow/unify.h"

bool total_may_count(const struct access *read)
{
    return read->kind == ACCESS_READ && read->query && read->query->aggregates &&
           (!read->inner || read->query->place == PLACE_SET || read->query->place == PLACE_FROM ||
            read->query->place == PLACE_WITH) &&
           !access_is_exempt(read);
}

/* SET total = s.sum FROM (SELECT …, sum(…) FROM … GROUP BY …) s, or of a WITH query; total - s.sum
 * takes a difference off, and is no total of what is left. */
static bool feeds(const struct access *read, const struct access *write)
{
    for (const struct assignment *set = write->assignments; set; set = set->next) {
        const struct column_use *use = set->value.uses;
        if (operand_uses_range(&set->value, write->range))
            continue;
        for (uint32_t i = 0; i < set->value.use_count && use; i++, use = use->next) {
            if (use->range && range_query(use->range) == read->query)
                return true;
        }
    }
    return false;
}

/* Whether the new value is aggregated from the rows of this one. */
static enum dependence is_part(const struct access *read, const struct access *write)
{
    if (!total_may_count(read) || access_same_relation(read, write))
        return DEPENDS_NOT;
    if (access_same_statement(read, write))
        return read->inner && (read->query->place == PLACE_SET || feeds(read, write)) ? DEPENDS_SEEN
                                                                                      : DEPENDS_NOT;
    return total_depends(read, write);
}

/* The first of the parts that this transaction writes itself, or that has been written when its trigger
 * function is run. */
static const struct access *own_change(const struct access *write, const struct access *parts)
{
    for (const struct access *access = write->transaction->accesses; access != write;
         access = access->next) {
        enum answer same = access_is_write(access) || access->assumed
                               ? access_same_rows(access, parts)
                               : ANSWER_NO;
        if (same == ANSWER_UNKNOWN || (same == ANSWER_YES && !access->assumed))
            return access;
    }
    return NULL;
}

static bool meets(const struct access *write, const struct access *other,
                  const struct access *parts, const struct access *change)
{
    struct binding binding;

    binding_clear(&binding);
    return binding_meet(&binding, parts, 0, change, 1) &&
           binding_meet(&binding, write, 0, other, 1);
}

/* Another program that changes the parts, and the row of the total as well: this one waits for it
 * there, and writes what it has counted before. */
static const struct access *find_other(const struct corpus *corpus, const struct access *write,
                                       const struct access *parts)
{
    const GPtrArray *accesses = corpus_accesses(corpus, parts);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *change = accesses->pdata[i];
        if (!access_is_write(change) || change->transaction == write->transaction ||
            !transaction_may_overlap(change->transaction, write->transaction))
            continue;
        for (const struct access *other = change->transaction->accesses; other;
             other = other->next) {
            if (conflict_write_write(write, other) && meets(write, other, parts, change))
                return change;
        }
    }
    return NULL;
}

const struct access *total_parts(const struct access *write, const struct access *after)
{
    const struct access *read = after ? after->next : write->transaction->accesses;

    if (write->kind != ACCESS_UPDATE || access_is_exempt(write))
        return NULL;
    while (read != write && is_part(read, write) == DEPENDS_NOT)
        read = read->next;
    return read != write ? read : NULL;
}

const struct access *total_change(const struct corpus *corpus, const struct access *write,
                                  const struct access *parts)
{
    const struct access *counts = access_same_statement(parts, write) ? write : parts;
    const struct access *own = guard_mutex(counts, NULL) ? NULL : own_change(write, parts);

    return own || is_part(parts, write) == DEPENDS_ASSUMED ? own : find_other(corpus, write, parts);
}
