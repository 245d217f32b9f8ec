/* The search: for each program as the pivot, each of its plain reads, each write of another program
 * that changes what it has read, and each access that leads back to the pivot. The first structure
 * that holds is kept, with simpler ones tried first: two programs before three. */
#include "model/graph.h"

#include <string.h>

#include "model/builtin.h"
#include "model/conflict.h"

enum { PIVOT, OUT, IN }; /* the runs of a structure */

struct search {
    const struct corpus *corpus;
    struct arena *arena;
    const struct access *changed; /* a read of the pivot that a repair changes */
    enum repair repair;
    struct structure found;
    struct binding binding;
};

/* ------------------------------------------------------------------ programs */

static bool is_serializable(const struct transaction *transaction)
{
    return transaction_level(transaction) == LEVEL_SERIALIZABLE;
}

static bool is_safe_report(const struct transaction *transaction)
{
    return is_serializable(transaction) && transaction_read_only(transaction) &&
           transaction_deferrable(transaction);
}

/* Set-up runs once before all others; a deferrable report runs where nothing can disturb it. */
static bool may_be_partner(const struct transaction *transaction)
{
    return !transaction->set_up && !is_safe_report(transaction);
}

static bool writes(const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access_is_write(access) && !access_is_exempt(access))
            return true;
    }
    return false;
}

/* What is not known, or may be cut in two by \if, is not judged. */
static bool may_be_pivot(const struct transaction *transaction)
{
    return !transaction->set_up && !transaction->unknown && !transaction->uncertain &&
           transaction_level(transaction) != LEVEL_UNKNOWN && transaction->accesses;
}

/* Detection by the server needs all three, protection by snapshots is the pivot's own. */
static bool all_serializable(const struct structure *structure)
{
    return is_serializable(structure->pivot) && is_serializable(structure->out) &&
           is_serializable(structure->in);
}

static enum granularity granularity_of(const struct structure *structure)
{
    return all_serializable(structure) ? BY_ROW : BY_COLUMN;
}

/* ------------------------------------------------------------------ the pivot's reads */

/* A repair changes one read, or all reads of its statement. */
static bool is_changed(const struct search *search, const struct access *access)
{
    return search->changed &&
           (access == search->changed ||
            (search->repair == REPAIR_LOCK_STATEMENT && access->kind == ACCESS_READ &&
             access_same_statement(access, search->changed)));
}

static bool is_plain_read(const struct search *search, const struct access *read,
                          const struct access *overwrite)
{
    if (access_is_exempt(read) || is_changed(search, read))
        return false;
    /* The row of the parent that a new child refers to is there and stays, but SSI has it read. */
    if (access_is_of_foreign_key(read))
        return access_checks_parent(read) && overwrite->kind == ACCESS_UPDATE &&
               all_serializable(&search->found);
    if (read->kind == ACCESS_READ)
        return true;
    /* FOR KEY SHARE does not keep anybody from changing what is no key; a lock of rows that are not
     * there yet locks nothing. */
    return read->kind == ACCESS_LOCK &&
           ((read->lock == LOCK_KEY_SHARE && overwrite->kind == ACCESS_UPDATE) ||
            overwrite->kind == ACCESS_INSERT);
}

/* ------------------------------------------------------------------ what the pivot prevents */

/* As the repair would have it: the read locks its rows, or writes them. */
static struct access repaired(const struct search *search, const struct access *access)
{
    struct access copy = *access;

    if (is_changed(search, access)) {
        copy.kind = search->repair == REPAIR_UPDATE_READ ? ACCESS_UPDATE : ACCESS_LOCK;
        copy.lock = LOCK_UPDATE;
    }
    return copy;
}

/* Under one snapshot the pivot fails when a partner has changed a row that it writes or locks, and
 * a partner waits for a table that the pivot locked before its snapshot. */
static bool prevented_by_snapshot(const struct search *search, const struct transaction *partner,
                                  unsigned run)
{
    for (const struct access *own = search->found.pivot->accesses; own; own = own->next) {
        struct access access = repaired(search, own);
        if (run == OUT && conflict_covers(&access, search->found.read, search->found.overwrite))
            return true;
        bool early = own->kind == ACCESS_TABLE_LOCK && !own->step->after_snapshot && !own->body;
        for (const struct access *other = partner->accesses; other; other = other->next) {
            if (early ? conflict_blocks(&search->binding, &access, PIVOT, other, run)
                      : conflict_fails_later(&search->binding, &access, PIVOT, other, run))
                return true;
        }
    }
    return false;
}

static bool same_advisory_lock(const struct transaction *a, uint32_t before,
                               const struct transaction *b)
{
    for (const struct routine_call *x = a->calls; x; x = x->next) {
        enum effect effect = builtin_effect(x->call->builtin);
        if (x->order >= before ||
            (effect != EFFECT_ADVISORY_XACT && effect != EFFECT_ADVISORY_SESSION))
            continue;
        for (const struct routine_call *y = b->calls; y; y = y->next) {
            enum effect other = builtin_effect(y->call->builtin);
            if (other == EFFECT_ADVISORY_XACT || other == EFFECT_ADVISORY_SESSION)
                return true;
        }
    }
    return false;
}

/* At READ COMMITTED the first part of the pivot holds its locks while the partners run. */
static bool prevented_by_locks(const struct search *search, const struct transaction *partner,
                               unsigned run)
{
    const struct access *cut = search->found.cut;

    if (same_advisory_lock(search->found.pivot, cut ? cut->order : UINT32_MAX, partner))
        return true;
    for (const struct access *own = search->found.pivot->accesses; own != cut; own = own->next) {
        struct access held = repaired(search, own);
        if (held.kind == ACCESS_READ)
            continue;
        if (run == OUT && conflict_covers(&held, search->found.read, search->found.overwrite))
            return true;
        for (const struct access *other = partner->accesses; other; other = other->next) {
            if (conflict_blocks(&search->binding, &held, PIVOT, other, run))
                return true;
        }
    }
    /* What ends in 23505 or 23503 is no anomaly. */
    for (const struct access *own = cut; own; own = own->next) {
        for (const struct access *other = partner->accesses; other; other = other->next) {
            if (conflict_refuses(&search->binding, own, PIVOT, other, run))
                return true;
        }
    }
    return false;
}

static bool is_prevented(const struct search *search, const struct transaction *partner,
                         unsigned run)
{
    return transaction_has_one_snapshot(search->found.pivot)
               ? prevented_by_snapshot(search, partner, run)
               : prevented_by_locks(search, partner, run);
}

/* ------------------------------------------------------------------ the way back to the pivot */

/* Under one snapshot everything is read at its beginning, so Tin must read what the pivot writes.
 * At READ COMMITTED the rest of the pivot may also see or overwrite what Tin has done. */
static bool leads_back(const struct search *search, const struct access *from,
                       const struct access *to)
{
    enum granularity granularity = granularity_of(&search->found);
    bool after_cut = search->found.cut && to->order >= search->found.cut->order;

    if (conflict_read_write(from, to, granularity))
        return true;
    return after_cut && !transaction_has_one_snapshot(search->found.pivot) &&
           (conflict_read_write(to, from, granularity) || conflict_write_write(from, to));
}

/* Two runs that delete what they have found: the second one finds nothing left to delete. */
static bool deletes_twice(const struct structure *found)
{
    return found->out == found->pivot && found->overwrite->kind == ACCESS_DELETE;
}

static bool find_way_back(struct search *search, unsigned run)
{
    struct structure *found = &search->found;

    if (deletes_twice(found))
        return false;

    for (const struct access *from = found->in->accesses; from; from = from->next) {
        for (const struct access *to = found->pivot->accesses; to; to = to->next) {
            struct binding saved = search->binding;
            if (!leads_back(search, from, to) ||
                !binding_meet(&search->binding, from, run, to, PIVOT))
                continue;
            if (!is_prevented(search, found->out, OUT) &&
                (run == OUT || !is_prevented(search, found->in, IN))) {
                found->in_access = from;
                found->back = to;
                return true;
            }
            search->binding = saved;
        }
    }
    return false;
}

/* A reader must have seen what Tout did, else it could have come before (refinement of the theorem
 * for read-only transactions, Fekete et al., SIGMOD Record 33(3), 2004). */
static bool links(const struct search *search, const struct access *out, const struct access *in)
{
    enum granularity granularity = granularity_of(&search->found);

    if (conflict_read_write(in, out, granularity))
        return true;
    return writes(search->found.in) &&
           (conflict_read_write(out, in, granularity) || conflict_write_write(out, in));
}

static bool find_link(struct search *search)
{
    struct structure *found = &search->found;

    for (const struct access *out = found->out->accesses; out; out = out->next) {
        for (const struct access *in = found->in->accesses; in; in = in->next) {
            struct binding saved = search->binding;
            if (!links(search, out, in) || !binding_meet(&search->binding, out, OUT, in, IN))
                continue;
            found->link_out = out;
            found->link_in = in;
            if (find_way_back(search, IN))
                return true;
            search->binding = saved;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ cuts and partners */

/* Programs that could be Tin: those that touch what the pivot writes, or, at READ COMMITTED, what
 * it accesses at all. */
static bool find_in(struct search *search)
{
    struct structure *found = &search->found;
    bool snapshot = transaction_has_one_snapshot(found->pivot);

    found->in = found->out;
    found->link_out = found->link_in = NULL;
    if (find_way_back(search, OUT))
        return true;
    for (const struct access *own = found->pivot->accesses; own; own = own->next) {
        const struct transaction *last = NULL;
        const GPtrArray *accesses = (snapshot && !access_is_write(own)) || access_is_exempt(own)
                                        ? NULL
                                        : corpus_accesses(search->corpus, own);
        for (guint i = 0; accesses && i < accesses->len; i++) {
            const struct access *other = accesses->pdata[i];
            if (other->transaction == last || !may_be_partner(other->transaction))
                continue;
            last = found->in = other->transaction;
            if ((!access_is_of_foreign_key(found->read) || all_serializable(found)) &&
                find_link(search))
                return true;
        }
    }
    return false;
}

static bool find_out(struct search *search)
{
    struct structure *found = &search->found;
    const GPtrArray *accesses = corpus_accesses(search->corpus, found->read);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *write = accesses->pdata[i];
        if (write->transaction->set_up)
            continue;
        found->out = found->in = write->transaction;
        found->overwrite = write;
        search->binding = (struct binding){0};
        if (is_plain_read(search, found->read, write) &&
            conflict_read_write(found->read, write, granularity_of(found)) &&
            binding_meet(&search->binding, found->read, PIVOT, write, OUT) && find_in(search))
            return true;
    }
    return false;
}

/* Plain reads of one statement share its snapshot; between them nothing can come. */
static bool may_cut_before(const struct access *before, const struct access *after)
{
    return !access_same_statement(before, after) || after->kind != ACCESS_READ;
}

/* At READ COMMITTED the pivot may be cut behind the read, at any later place; under one snapshot it
 * is cut behind the snapshot, wherever the read stands. */
static bool find_cut(struct search *search)
{
    struct structure *found = &search->found;
    const struct access *before = found->read;

    if (transaction_has_one_snapshot(found->pivot)) {
        found->cut = before->next;
        return find_out(search);
    }
    for (const struct access *after = before->next;; after = after->next) {
        found->cut = after;
        if (after && !may_cut_before(before, after)) {
            before = after;
            continue;
        }
        if (find_out(search))
            return true;
        if (!after)
            return false;
        before = after;
    }
}

static bool find_structure(struct search *search, const struct transaction *pivot)
{
    for (const struct access *read = pivot->accesses; read; read = read->next) {
        if (read->kind != ACCESS_READ && read->kind != ACCESS_LOCK)
            continue;
        search->found = (struct structure){.pivot = pivot, .read = read};
        if (find_cut(search))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ what was found */

static bool conflicts_by_column(const struct structure *structure)
{
    return conflict_read_write(structure->read, structure->overwrite, BY_COLUMN) &&
           conflict_read_write(structure->in_access, structure->back, BY_COLUMN);
}

/* Tin has locked the row that leads back to the pivot. That row is free again when the pivot writes
 * it: the lock is on the wrong edge. */
static bool locks_what_it_reads(const struct structure *structure)
{
    const struct access *read = structure->in_access;

    for (const struct access *lock = structure->in->accesses; lock; lock = lock->next) {
        if (lock->kind == ACCESS_LOCK && !access_is_of_foreign_key(lock) &&
            (lock == read || access_same_rows(lock, read) == ANSWER_YES))
            return true;
    }
    return false;
}

static enum structure_kind kind_of(const struct structure *structure)
{
    bool reports = structure->in != structure->out && !writes(structure->in);

    if (all_serializable(structure))
        return STRUCTURE_FAILURE;
    if (reports && is_serializable(structure->pivot) && is_serializable(structure->out))
        return STRUCTURE_REPORT;
    if (is_serializable(structure->pivot) || is_serializable(structure->out) ||
        is_serializable(structure->in))
        return STRUCTURE_MIXED;
    if (structure->read->kind == ACCESS_LOCK || locks_what_it_reads(structure))
        return STRUCTURE_ONE_SIDED;
    return STRUCTURE_SILENT;
}

/* FOR UPDATE is refused where rows are merged, and locks nothing where none are (0A000). */
static bool can_lock(const struct access *read)
{
    const struct query *query = read->query;

    return query && !query->aggregates && !query->grouped && !query->distinct && !query->windowed &&
           !query->set_returning && query->kind == QUERY_SELECT;
}

/* Which change of the read makes the pivot one no longer, whoever its partners are. */
static enum repair find_repair(const struct search *search)
{
    struct search again = {.corpus = search->corpus, .arena = search->arena};
    const struct structure *found = &search->found;

    for (int repair = REPAIR_LOCK_READ; repair <= REPAIR_UPDATE_READ; repair++) {
        if (repair != REPAIR_UPDATE_READ && !can_lock(found->read))
            continue;
        again.changed = found->read;
        again.repair = (enum repair)repair;
        if (!find_structure(&again, found->pivot))
            return (enum repair)repair;
    }
    return REPAIR_NONE;
}

/* One table that is used at several levels is one cause. */
static bool is_repeated(const struct structure *first, const struct structure *structure)
{
    for (; first; first = first->next) {
        if (first->kind == structure->kind && access_same_relation(first->read, structure->read))
            return true;
    }
    return false;
}

struct structure *graph_structures(const struct corpus *corpus, struct arena *arena)
{
    struct structure *first = NULL, **end = &first;

    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct transaction *pivot = corpus->transactions->pdata[i];
        struct search search = {.corpus = corpus, .arena = arena};
        if (!may_be_pivot(pivot) || !find_structure(&search, pivot))
            continue;
        struct structure *structure = arena_new(arena, struct structure);
        *structure = search.found;
        structure->kind = kind_of(structure);
        structure->by_rows_only = !conflicts_by_column(structure);
        structure->repair = find_repair(&search);
        structure->repeats = structure->kind == STRUCTURE_MIXED && is_repeated(first, structure);
        *end = structure;
        end = &structure->next;
    }
    return first;
}
