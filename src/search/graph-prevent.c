/* What keeps a partner from running between the two parts of the pivot: locks that the first part
 * holds, rows that both write under one snapshot, unique keys. */
#include "search/graph-search.h"

#include "flow/dependence.h"
#include "flow/flow.h"
#include "locking/guard.h"
#include "program/rows.h"

/* ------------------------------------------------------------------ the pivot's reads */

/* A repair changes one read, or all reads of its statement. */
static bool is_changed(const struct search *search, const struct access *access)
{
    return search->changed &&
           (access == search->changed ||
            (search->repair == REPAIR_LOCK_STATEMENT && access->kind == ACCESS_READ &&
             access_same_statement(access, search->changed)));
}

/* A lock of rows does not keep others from coming in. */
bool is_plain_read(const struct search *search, const struct access *read,
                   const struct access *overwrite, bool after)
{
    bool changed = is_changed(search, read), locks = changed || read->kind == ACCESS_LOCK;

    if (access_is_exempt(read) || access_is_of_foreign_key(read))
        return false;
    if (!locks)
        return read->kind == ACCESS_READ || access_is_write(read);
    if (overwrite->kind == ACCESS_INSERT || (after && access_moves_into(read, overwrite)))
        return true;
    /* FOR KEY SHARE does not keep anybody from changing what is no key. */
    return !changed && read->lock == LOCK_KEY_SHARE && overwrite->kind == ACCESS_UPDATE;
}

/* ------------------------------------------------------------------ what the pivot prevents */

/* As the repair would have it, which is written to `copy`: the read locks its rows, or writes them. */
static const struct access *repaired(const struct search *search, const struct access *access,
                                     struct access *copy)
{
    if (!is_changed(search, access))
        return access;
    *copy = *access;
    copy->kind = search->repair == REPAIR_UPDATE_READ ? ACCESS_UPDATE : ACCESS_LOCK;
    copy->lock = LOCK_UPDATE;
    return copy;
}

/* The first of the partner's accesses that may be of the same relation; counts all as work. */
static const struct access *first_beside(struct search *search, const struct transaction *partner,
                                         const struct access *own)
{
    search->spent++;
    if (!may_access(partner, own))
        return NULL;
    search->spent += partner->access_count;
    return access_first_like(partner, own);
}

/* Under one snapshot the pivot fails when a partner has changed a row that it writes or locks, and
 * a partner waits for a table that the pivot locked before its snapshot. */
static bool prevented_by_snapshot(struct search *search, const struct transaction *partner,
                                  unsigned run)
{
    for (const struct access *own = search->found.pivot->accesses; own; own = own->next) {
        struct access copy;
        const struct access *access = repaired(search, own, &copy);
        bool early = own->kind == ACCESS_TABLE_LOCK && !own->step->after_snapshot && !own->body;
        for (const struct access *other = first_beside(search, partner, own); other;
             other = access_next_peer(other)) {
            if (early ? conflict_blocks(&search->binding, access, PIVOT, other, run)
                      : conflict_fails_later(&search->binding, access, PIVOT, other, run))
                return true;
        }
    }
    return false;
}

/* Whether it takes an advisory lock, or goes no further than `before` without one. NULL: to its end. */
static bool takes_advisory_lock(const struct transaction *transaction, const struct access *before)
{
    const struct access *last = before ? before : transaction->accesses;

    if (transaction_takes_advisory_lock(transaction, before ? before->order : UINT32_MAX))
        return true;
    while (!before && last && last->next)
        last = last->next;
    return last && guard_advisory_call(last);
}

/* At READ COMMITTED the first part of the pivot holds its locks while the partners run. */
static bool prevented_by_locks(struct search *search, const struct transaction *partner,
                               unsigned run)
{
    const struct access *cut = search->found.cut;

    /* Whether the keys are the same is not known. */
    if (takes_advisory_lock(search->found.pivot, cut) && takes_advisory_lock(partner, NULL))
        return true;
    for (const struct access *own = search->found.pivot->accesses; own != cut; own = own->next) {
        struct access copy;
        const struct access *held = repaired(search, own, &copy);
        if (held->kind == ACCESS_READ)
            continue;
        for (const struct access *other = first_beside(search, partner, own); other;
             other = access_next_peer(other)) {
            if (conflict_blocks(&search->binding, held, PIVOT, other, run))
                return true;
        }
    }
    /* What ends in 23505 or 23503 is no anomaly. */
    for (const struct access *own = cut; own; own = own->next) {
        if (!conflict_may_refuse(own))
            continue;
        for (const struct access *other = first_beside(search, partner, own); other;
             other = access_next_peer(other)) {
            if (conflict_refuses(&search->binding, own, PIVOT, other, run))
                return true;
        }
    }
    return false;
}

/* A new row, or one that a change may bring into the index: SET state = 'held'. */
static bool may_enter(const struct access *write, const struct index *index)
{
    if (write->kind != ACCESS_UPDATE)
        return write->kind == ACCESS_INSERT;
    for (const struct index_key *key = index->keys; key; key = key->next) {
        if (!key->column || access_assigns(write, key->column))
            return true;
    }
    for (const struct condition *each = index->predicate; each; each = each->next) {
        const struct term term = term_by_text(each);
        if (!term.column || access_assigns(write, term.column))
            return true;
    }
    return false;
}

static bool assigns_key(const struct access *write, const struct index *index)
{
    const struct index_key *key = write->kind == ACCESS_UPDATE ? index->keys : NULL;

    while (key && key->column && !access_assigns(write, key->column))
        key = key->next;
    return key;
}

/* Whether the index lets only one of the two rows in: which rows an exclusion constraint lets in
 * together is not known. Of two new rows with one key binding_forces_unique() knows. */
static bool may_refuse(const struct search *search, const struct index *index,
                       const struct access *own, const struct access *other, unsigned run)
{
    if (index->kind == INDEX_EXCLUSION)
        return may_enter(own, index) && may_enter(other, index);
    return index->kind == INDEX_UNIQUE && index->partial && index->predicate &&
           may_enter(own, index) && may_enter(other, index) && !assigns_key(own, index) &&
           !assigns_key(other, index) &&
           binding_same_values(&search->binding, index, own, PIVOT, other, run);
}

static bool may_exclude(const struct search *search, const struct access *own,
                        const struct access *other, unsigned run)
{
    const struct index *index = own->relation ? own->relation->indexes : NULL;

    if (!access_same_relation(own, other))
        return false;
    while (index && !may_refuse(search, index, own, other, run))
        index = index->next;
    return index;
}

/* What the pivot updates or deletes by its key is taken to be there: nobody inserts it later. */
static bool finds_what_is_inserted(const struct search *search, const struct access *own,
                                   const struct access *other, unsigned run)
{
    return (own->kind == ACCESS_UPDATE || own->kind == ACCESS_DELETE) &&
           other->kind == ACCESS_INSERT &&
           binding_same_key(&search->binding, own, PIVOT, other, run);
}

/* A row that refers to what the pivot deletes makes one of the two fail, with 23503. */
static bool is_referred_to(const struct search *search, const struct access *own,
                           const struct access *other, unsigned run)
{
    return own->kind == ACCESS_DELETE && other->kind == ACCESS_LOCK &&
           access_is_of_foreign_key(other) &&
           binding_forces(&search->binding, own, PIVOT, other, run);
}

/* Whether a row of the table may be one that an index has only since it was changed. */
static bool may_be_brought(const struct relation *relation)
{
    const struct index *index = relation ? relation->indexes : NULL;

    while (index && index->kind != INDEX_EXCLUSION &&
           !(index->kind == INDEX_UNIQUE && index->partial))
        index = index->next;
    return index;
}

/* What of a partner can meet a constraint together with it: bits of enum access_kind. */
static unsigned kinds_against(const struct access *own)
{
    switch (own->kind) {
    case ACCESS_INSERT:
    case ACCESS_UPDATE:
        return 1u << ACCESS_INSERT | (may_be_brought(own->relation) ? 1u << ACCESS_UPDATE : 0);
    case ACCESS_DELETE:
        return 1u << ACCESS_INSERT | 1u << ACCESS_LOCK;
    default:
        return 0;
    }
}

static bool prevented_by_constraints(struct search *search, const struct transaction *partner,
                                     unsigned run)
{
    for (const struct access *own = search->found.pivot->accesses; own; own = own->next) {
        if (!(kinds_against(own) & partner->kinds))
            continue;
        for (const struct access *other = first_beside(search, partner, own); other;
             other = access_next_peer(other)) {
            if (may_exclude(search, own, other, run) ||
                finds_what_is_inserted(search, own, other, run) ||
                is_referred_to(search, own, other, run))
                return true;
        }
    }
    return false;
}

static bool computes_key(const struct access *insert)
{
    for (const struct access *read = access_first_peer(insert); read && read != insert;
         read = access_next_peer(read)) {
        if (access_same_relation(read, insert) && key_depends(read, insert))
            return true;
    }
    return false;
}

/* Both number a new row by what they have found, max(n) + 1: the same key, so that one of them ends
 * in 23505. */
static bool computes_same_key(const struct search *search)
{
    const struct access *other = search->found.overwrite;

    if (other->kind != ACCESS_INSERT || !computes_key(other) ||
        transaction_level(search->found.pivot) == LEVEL_SERIALIZABLE)
        return false; /* where 40001 comes first */
    for (const struct access *own = access_first_like(search->found.pivot, other); own;
         own = access_next_peer(own)) {
        if (own->kind == ACCESS_INSERT && access_same_relation(own, other) &&
            key_depends(search->found.read, own))
            return true;
    }
    return false;
}

/* Whether the pivot itself writes or locks what it has read: under one snapshot anywhere, at READ
 * COMMITTED in its first part. */
static bool holds_its_read(const struct search *search)
{
    const struct structure *found = &search->found;
    const struct access *end =
        transaction_has_one_snapshot(found->pivot) ? NULL : search->found.cut;

    for (const struct access *own = access_first_peer(found->read);
         own && (!end || own->order < end->order); own = access_next_peer(own)) {
        struct access copy;
        if (conflict_covers(repaired(search, own, &copy), found->read, found->overwrite))
            return true;
    }
    return false;
}

/* Under one snapshot the pivot has not found what the partner brings, whichever of its reads that
 * is: it numbers its row as the partner does, max(n) + 1 of the same rows. */
static bool numbers_alike(struct search *search, const struct access *read,
                          const struct transaction *partner, unsigned run)
{
    for (const struct access *own = access_next_peer(read); own; own = access_next_peer(own)) {
        if (own->kind != ACCESS_INSERT || !access_same_relation(read, own) ||
            !key_depends(read, own))
            continue;
        for (const struct access *other = first_beside(search, partner, own); other;
             other = access_next_peer(other)) {
            if (other->kind == ACCESS_INSERT &&
                binding_forces(&search->binding, read, PIVOT, other, run) && computes_key(other))
                return true;
        }
    }
    return false;
}

/* Of many INSERTs few have read a number. */
static bool prevented_by_numbers(struct search *search, const struct transaction *partner,
                                 unsigned run)
{
    const struct transaction *pivot = search->found.pivot;

    if (!(pivot->kinds & partner->kinds & 1u << ACCESS_INSERT) ||
        transaction_level(pivot) == LEVEL_SERIALIZABLE)
        return false;
    for (const struct access *read = pivot->accesses; read; read = read->next) {
        if ((read->kind == ACCESS_READ || read->kind == ACCESS_LOCK) && read->query &&
            (read->query->aggregates || flow_newest(read)) &&
            numbers_alike(search, read, partner, run))
            return true;
    }
    return false;
}

/* Whether nothing but the tables decides which rows a statement of several finds. */
static bool joins_alike(const struct access *write)
{
    if (query_takes_parameters(write->query))
        return false;
    for (const struct access *read = write->transaction->accesses; read; read = read->next) {
        if (!access_same_statement(read, write))
            continue;
        if (read != write && read->kind != ACCESS_READ)
            return false;
        for (const struct restriction *each = read->where; each; each = each->next) {
            const struct operand *value = each->term.value;
            if (!each->term.column ||
                (value && !operand_is_fixed(value) && value->kind != OPERAND_COLUMN))
                return false;
        }
    }
    return true;
}

/* Whether a write of the transaction, before `end`, changes what the statement of `write` reads:
 * beside the rows that it writes, or, with `own`, these as well. */
static bool changes_what_is_read(struct search *search, const struct transaction *transaction,
                                 const struct access *end, const struct access *write, bool own)
{
    for (const struct access *read = write->transaction->accesses; read; read = read->next) {
        if (!access_same_statement(read, write) || (read == write && !own))
            continue;
        const struct access *each = transaction->accesses;
        for (; each && each != end; each = each->next, search->spent++) {
            if (conflict_read_write(read, each, BY_ROW))
                return true;
        }
    }
    return false;
}

/* Whether all runs of its program find the same rows there, as long as no other one changes them, and
 * write all that they find. */
static bool is_sure_write(struct search *search, const struct access *write)
{
    if ((write->kind != ACCESS_UPDATE && write->kind != ACCESS_DELETE) || write->conditional ||
        write->repeated || write->current || write->merge || write->undone || !write->query ||
        !write->query->ranges || access_is_exempt(write) || access_is_of_foreign_key(write))
        return false;
    bool joined = write->query->inner || write->query->ranges->next;
    return (joined ? joins_alike(write) : read_is_alike(write)) &&
           !changes_what_is_read(search, write->transaction, write, write, true);
}

bool meets_own_program(struct search *search, const struct transaction *partner,
                       const struct access *write)
{
    const struct structure *found = &search->found;

    if (partner != found->pivot || granularity_of(found) != BY_COLUMN ||
        !transaction_has_one_snapshot(partner) || !is_sure_write(search, write))
        return false;
    return found->out == partner || !changes_what_is_read(search, found->out, NULL, write, false);
}

bool is_kept_out(struct search *search)
{
    return computes_same_key(search) || is_prevented(search, search->found.out, OUT) ||
           holds_its_read(search);
}

bool is_prevented(struct search *search, const struct transaction *partner, unsigned run)
{
    if (prevented_by_constraints(search, partner, run))
        return true;
    return transaction_has_one_snapshot(search->found.pivot)
               ? prevented_by_snapshot(search, partner, run) ||
                     prevented_by_numbers(search, partner, run)
               : prevented_by_locks(search, partner, run);
}
