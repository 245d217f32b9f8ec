/* The search: for each program as the pivot, each of its plain reads, each write of another program
 * that changes what it has read, and each access that leads back to the pivot. The first structure
 * that holds is kept, with simpler ones tried first: two programs before three. */
#include "search/graph-search.h"

#include <string.h>

#include "corpus/by-value.h"
#include "program/rows.h"

/* ------------------------------------------------------------------ programs */

static bool is_safe_report(const struct transaction *transaction)
{
    return is_serializable(transaction) && transaction_read_only(transaction) &&
           transaction_deferrable(transaction);
}

/* A deferrable report runs where nothing can disturb it. */
static bool may_be_partner(const struct transaction *pivot, const struct transaction *transaction)
{
    return transaction_may_overlap(pivot, transaction) && !transaction_is_undone(transaction) &&
           !is_safe_report(transaction);
}

bool may_be_pivot(const struct transaction *transaction)
{
    return !transaction->set_up && !transaction->unknown && !transaction->uncertain &&
           !transaction_is_undone(transaction) && transaction_level(transaction) != LEVEL_UNKNOWN &&
           transaction->accesses;
}

/* Counts a pair of accesses; whether the search has reached its limit. */
static bool at_limit(struct search *search)
{
    search->spent++;
    search->tried += search->with_middle;
    return search->spent > search->budget || search->tried > MIDDLE_BUDGET;
}

/* Counts an access or a program that is passed by; whether the search has reached its limit. */
static bool glance(struct search *search)
{
    enum { GLANCES = 8 }; /* that cost as much as a pair */

    search->spent += ++search->glances % GLANCES == 0;
    return search->spent > search->budget;
}

/* ------------------------------------------------------------------ the way back to the pivot */

/* Only an UPDATE moves a row. */
static enum row last_row(const struct access *write)
{
    return write->kind == ACCESS_UPDATE ? ROW_AFTER : ROW_BEFORE;
}

static bool meet(struct search *search, const struct access *read, unsigned run_read,
                 const struct access *write, unsigned run_write, enum row row)
{
    if (row == ROW_BEFORE)
        return binding_meet(&search->binding, read, run_read, write, run_write);
    return write->kind == ACCESS_UPDATE &&
           binding_meet_new(&search->binding, read, run_read, write, run_write);
}

/* Two runs that delete what they have found: the second one finds nothing left to delete. Whoever
 * only reads is no Tin for what an UPDATE or DELETE has not found. */
static bool comes_back(const struct structure *found, const struct transaction *in)
{
    bool deletes_twice = found->out == found->pivot && found->overwrite->kind == ACCESS_DELETE;

    return !deletes_twice && (!access_is_write(found->read) || transaction_writes(in));
}

/* A program that may be Tin of one pivot. */
struct partner {
    const struct transaction *transaction;
    /* By granularity: for what has_way_back() has been asked last, and its answer. */
    const struct access *asked[2];
    bool answer[2];
    /* By granularity and row, for that: of which of the first 64 pairs of accesses leads_alone() has
     * been asked, and of which it is true. */
    uint64_t known[2][2], leads[2][2];
};

/* Whether Tin leads back to the pivot when no Tout is chosen yet: a Tin that fails here fails with
 * every Tout. */
static bool leads_alone(struct search *search, const struct access *from, const struct access *to,
                        enum row row)
{
    const struct access *changed = search->changed;
    struct binding saved;

    if (!leads_back(search, from, to, row))
        return false;
    search->changed = NULL; /* the answer is remembered for the pivot without a repair */
    binding_copy(&saved, &search->binding);
    binding_clear(&search->binding);
    bool leads =
        meet(search, from, IN, to, PIVOT, row) && !is_prevented(search, search->found.in, IN);
    binding_copy(&search->binding, &saved);
    search->changed = changed;
    return leads;
}

/* The same, remembered in `partner`; NULL when Tin is Tout as well, which is not remembered. */
static bool leads_back_again(struct search *search, struct partner *partner, unsigned pair,
                             const struct access *from, const struct access *to, enum row row)
{
    enum granularity granularity = granularity_of(&search->found);
    uint64_t bit = UINT64_C(1) << (pair & 63);

    if (!partner || pair >= 64)
        return leads_back(search, from, to, row);
    if (!(partner->known[granularity][row] & bit)) {
        partner->known[granularity][row] |= bit;
        if (leads_alone(search, from, to, row))
            partner->leads[granularity][row] |= bit;
    }
    return partner->leads[granularity][row] & bit;
}

static bool try_way_back(struct search *search, unsigned run, const struct access *from,
                         const struct access *to, enum row row)
{
    struct structure *found = &search->found;
    struct binding saved;

    binding_copy(&saved, &search->binding);
    if (meet(search, from, run, to, PIVOT, row) && !meets_own_program(search, found->in, to) &&
        !is_prevented(search, found->out, OUT) &&
        (run == OUT || !is_prevented(search, found->in, IN))) {
        found->in_access = from;
        found->back = to;
        return true;
    }
    binding_copy(&search->binding, &saved);
    return false;
}

static bool any_leads_back(struct search *search, struct partner *partner)
{
    const struct structure *found = &search->found;
    unsigned pair = 0;

    for (const struct access *from = found->in->accesses; from; from = from->next) {
        for (const struct access *to = first_met(found->pivot, from); to;
             to = access_next_peer(to)) {
            if (!access_same_relation(from, to))
                continue;
            for (int row = ROW_BEFORE; row <= (int)last_row(to); row++) {
                if (leads_back_again(search, partner, pair, from, to, (enum row)row))
                    return true;
            }
            pair++;
        }
    }
    return false;
}

static bool find_way_back(struct search *search, unsigned run)
{
    struct structure *found = &search->found;
    struct partner *partner = run == IN ? search->partner : NULL;
    unsigned pair = 0;

    if (!comes_back(found, found->in))
        return false;
    for (const struct access *from = found->in->accesses; from; from = from->next) {
        for (const struct access *to = first_met(found->pivot, from); to;
             to = access_next_peer(to)) {
            if (!access_same_relation(from, to))
                continue;
            if (at_limit(search))
                return false;
            for (int row = ROW_BEFORE; row <= (int)last_row(to); row++) {
                if (leads_back_again(search, partner, pair, from, to, (enum row)row) &&
                    try_way_back(search, run, from, to, (enum row)row))
                    return true;
            }
            pair++;
        }
    }
    return false;
}

/* A reader must have seen what Tout did, else it could have come before (refinement of the theorem
 * for read-only transactions, Fekete et al., SIGMOD Record 33(3), 2004). Any other conflict will do
 * for a writer. */
static bool link_rows(struct search *search, const struct access *from, unsigned run_from,
                      const struct access *to, unsigned run_to, enum row row)
{
    enum granularity granularity = granularity_of(&search->found);

    if (is_without_order(search, from, to))
        return false;
    if (conflict_read_write(to, from, granularity) && meet(search, to, run_to, from, run_from, row))
        return true;
    if (!transaction_writes(to->transaction))
        return false;
    if (conflict_read_write(from, to, granularity) && meet(search, from, run_from, to, run_to, row))
        return true;
    return row == ROW_BEFORE && conflict_write_write(from, to) &&
           meet(search, from, run_from, to, run_to, row);
}

/* Whether some access of one conflicts with one of the other, whatever the values. */
static bool may_link(struct search *search, const struct transaction *from,
                     const struct transaction *to)
{
    enum granularity granularity = granularity_of(&search->found);
    unsigned spent = search->spent;

    for (const struct access *a = from->accesses; a; a = a->next) {
        for (const struct access *b = first_met(to, a); b; b = access_next_peer(b)) {
            search->spent++;
            if (conflict_read_write(b, a, granularity) || conflict_read_write(a, b, granularity) ||
                conflict_write_write(a, b)) {
                search->spent = spent; /* it is counted when the link is looked for */
                return true;
            }
        }
    }
    return false;
}

/* Goes on under each link of two of the programs between the pivot's two parts. */
static bool find_link(struct search *search, const struct transaction *from, unsigned run_from,
                      const struct transaction *to, unsigned run_to,
                      bool (*go_on)(struct search *search, unsigned run))
{
    struct binding saved;

    binding_copy(&saved, &search->binding);
    for (const struct access *a = from->accesses; a; a = a->next) {
        for (const struct access *b = first_met(to, a); b; b = access_next_peer(b)) {
            if (!access_same_relation(a, b))
                continue;
            if (at_limit(search)) {
                binding_copy(&search->binding, &saved);
                return false;
            }
            for (int row = ROW_BEFORE; row <= ROW_AFTER; row++) {
                if (!link_rows(search, a, run_from, b, run_to, (enum row)row))
                    continue;
                if (run_from == OUT)
                    search->found.link_out = a;
                if (run_to == IN)
                    search->found.link_in = b;
                if (go_on(search, run_to))
                    return true;
                binding_copy(&search->binding, &saved);
            }
        }
    }
    binding_copy(&search->binding, &saved);
    return false;
}

static bool leave_middle(struct search *search, unsigned run)
{
    struct structure *found = &search->found;

    return !is_prevented(search, found->middle, MIDDLE) &&
           find_link(search, found->middle, run, found->in, IN, find_way_back);
}

/* Tout and Tin that do not meet each other, but both a fourth one between them. */
static bool find_middle(struct search *search)
{
    struct structure *found = &search->found;

    for (const struct access *own = found->out->accesses; own; own = own->next) {
        const struct transaction *last = NULL;
        struct access_cursor cursor = corpus_meeting(search->corpus, own);
        const struct access *other;
        while ((other = access_next(&cursor))) {
            if (other->transaction == last ||
                !(other->transaction->relations & found->in->relations) ||
                !may_be_partner(found->pivot, other->transaction))
                continue;
            if (at_limit(search))
                return false;
            last = found->middle = other->transaction;
            if (may_link(search, last, found->in) &&
                find_link(search, found->out, OUT, last, MIDDLE, leave_middle))
                return true;
        }
    }
    found->middle = NULL;
    return false;
}

/* ------------------------------------------------------------------ cuts and partners */

static bool may_lead_back(const struct transaction *pivot, const struct transaction *in)
{
    bool snapshot = transaction_has_one_snapshot(pivot);

    for (const struct access *from = in->accesses; from; from = from->next) {
        for (const struct access *to = first_met(pivot, from); to; to = access_next_peer(to)) {
            if (conflict_read_write(from, to, BY_ROW) ||
                (!snapshot && (conflict_read_write(to, from, BY_ROW) ||
                               conflict_write_write(from, to) || conflict_on_key(to, from))))
                return true;
        }
    }
    return false;
}

/* For what it is asked whether Tin leads back: at READ COMMITTED it depends on where the pivot is
 * cut. */
static const struct access *asked_for(const struct structure *found)
{
    return transaction_has_one_snapshot(found->pivot) ? found->pivot->accesses : found->read;
}

/* Whether any access of a Tin that comes_back() leads back at all: else its links need no look.
 * Whoever Tout is, the answer is the same. */
static bool has_way_back(struct search *search, struct partner *partner)
{
    const struct structure *found = &search->found;
    enum granularity granularity = granularity_of(found);

    if (partner->asked[granularity] != asked_for(found)) {
        partner->asked[granularity] = asked_for(found);
        memset(partner->known[granularity], 0, sizeof partner->known[granularity]);
        memset(partner->leads[granularity], 0, sizeof partner->leads[granularity]);
        partner->answer[granularity] = any_leads_back(search, partner);
    }
    return partner->answer[granularity];
}

/* Programs that could be Tin: those that touch what the pivot writes, or, at READ COMMITTED, what
 * it accesses at all, and of which some access may lead back, wherever the cut and whatever the
 * values. Each once, in the order in which they are tried; NULL at the limit. */
static GArray *find_partners(struct search *search)
{
    const struct transaction *pivot = search->found.pivot;
    bool snapshot = transaction_has_one_snapshot(pivot);
    g_autoptr(GArray) partners = g_array_new(FALSE, FALSE, sizeof(struct partner));
    g_autofree uint64_t *seen = g_new0(uint64_t, search->corpus->transactions->len / 64 + 1);

    for (const struct access *own = pivot->accesses; own; own = own->next) {
        const struct transaction *last = NULL;
        struct access_cursor cursor = corpus_meeting(search->corpus, own);
        const struct access *other;
        if ((snapshot && !access_is_write(own)) || access_is_exempt(own))
            continue;
        while ((other = access_next(&cursor))) {
            if (glance(search))
                return NULL;
            if (other->transaction == last)
                continue;
            last = other->transaction;
            uint64_t *bits = &seen[last->number / 64], bit = UINT64_C(1) << last->number % 64;
            if (*bits & bit)
                continue;
            *bits |= bit;
            if (!may_be_partner(pivot, last) || !may_lead_back(pivot, last))
                continue;
            struct partner partner = {.transaction = last};
            g_array_append_val(partners, partner);
        }
    }
    return g_steal_pointer(&partners);
}

/* Whether Tin leads back under what is bound so far. A link binds more, which makes fewer accesses
 * meet and keeps more partners away: where this fails, it fails behind each link. */
static bool may_come_back(struct search *search)
{
    struct binding saved;
    unsigned spent = search->spent, tried = search->tried;

    binding_copy(&saved, &search->binding);
    bool found = find_way_back(search, IN);
    binding_copy(&search->binding, &saved);
    if (found) { /* it is looked for, and counted, again */
        search->spent = spent;
        search->tried = tried;
    }
    return found;
}

static bool try_in(struct search *search, struct partner *partner)
{
    struct structure *found = &search->found;

    if (!transaction_may_overlap(found->out, partner->transaction))
        return false;
    found->in = partner->transaction;
    found->middle = NULL;
    if (!has_way_back(search, partner) ||
        (access_is_of_foreign_key(found->read) && !all_serializable(found)))
        return false;
    search->may_link = true;
    search->partner = partner;
    if (search->with_middle)
        return may_come_back(search) && find_middle(search);
    return found->out->relations & found->in->relations &&
           may_link(search, found->out, found->in) && may_come_back(search) &&
           find_link(search, found->out, OUT, found->in, IN, find_way_back);
}

/* Whether it is known of the partner that it does not lead back. */
static bool is_closed(const struct partner *partner, const struct access *asked, bool serializable)
{
    bool by_row = serializable && is_serializable(partner->transaction);
    enum granularity granularity = by_row ? BY_ROW : BY_COLUMN;

    return partner->asked[granularity] == asked && !partner->answer[granularity];
}

/* Lists the partners that may lead back, when there are more than a few. */
static void note_open(struct search *search, const struct access *asked, bool serializable)
{
    enum { FEW = 64 };
    GArray **open = &search->open[serializable];

    if (search->partners->len <= FEW)
        return;
    if (!*open)
        *open = g_array_new(FALSE, FALSE, sizeof(guint));
    g_array_set_size(*open, 0);
    for (guint i = 0; i < search->partners->len; i++) {
        if (!is_closed(&g_array_index(search->partners, struct partner, i), asked, serializable))
            g_array_append_val(*open, i);
    }
    search->open_for[serializable] = asked;
}

static bool find_in(struct search *search)
{
    struct structure *found = &search->found;
    const struct access *asked = asked_for(found);
    bool serializable = is_serializable(found->pivot) && is_serializable(found->out);

    found->in = found->out;
    found->link_out = found->link_in = NULL;
    if (!search->with_middle && find_way_back(search, OUT))
        return true;
    if (!search->partners)
        search->partners = find_partners(search);
    if (!search->partners)
        return false;
    GArray *open = search->open_for[serializable] == asked ? search->open[serializable] : NULL;
    for (guint i = 0, count = open ? open->len : search->partners->len; i < count; i++) {
        if (glance(search))
            return false;
        guint place = open ? g_array_index(open, guint, i) : i;
        struct partner *partner = &g_array_index(search->partners, struct partner, place);
        if (comes_back(found, partner->transaction) && !is_closed(partner, asked, serializable) &&
            try_in(search, partner))
            return true;
    }
    if (!open)
        note_open(search, asked, serializable);
    return false;
}

/* The row of the parent that a new child refers to stays as it is, but SSI has it read. */
static bool is_tracked_check(const struct search *search, const struct access *read,
                             const struct access *write)
{
    return access_checks_parent(read) && read != search->changed && write->kind == ACCESS_UPDATE &&
           !access_is_exempt(read) && all_serializable(&search->found);
}

/* What an UPDATE or DELETE finds it locks; only rows that come in later are out of its reach. */
static bool may_overwrite(const struct search *search, const struct access *write, enum row row)
{
    const struct access *read = search->found.read;

    return (!access_is_write(read) || row == ROW_AFTER || write->kind == ACCESS_INSERT) &&
           (is_plain_read(search, read, write, row == ROW_AFTER) ||
            is_tracked_check(search, read, write)) &&
           conflict_read_write(read, write, granularity_of(&search->found)) &&
           !is_without_order(search, read, write);
}

/* What keeps Tout away already keeps it away under whatever else is bound later. */
static bool try_out(struct search *search, const struct access *write, enum row row)
{
    struct structure *found = &search->found;

    found->out = found->in = write->transaction;
    found->overwrite = write;
    binding_clear(&search->binding);
    return may_overwrite(search, write, row) && meet(search, found->read, PIVOT, write, OUT, row) &&
           !meets_own_program(search, found->out, write) && !is_kept_out(search) && find_in(search);
}

static bool find_out(struct search *search)
{
    const struct access *read = search->found.read, *write;
    bool begun = !search->from || search->from->read != read;
    struct access_cursor cursor = is_serializable(search->found.pivot)
                                      ? corpus_meeting(search->corpus, read)
                                      : corpus_overwriting(search->corpus, read);

    while ((write = access_next(&cursor))) {
        if (at_limit(search))
            return false;
        begun = begun || write == search->from->overwrite;
        if (begun && may_be_partner(search->found.pivot, write->transaction) &&
            (try_out(search, write, ROW_BEFORE) ||
             (last_row(write) == ROW_AFTER && try_out(search, write, ROW_AFTER))))
            return true;
    }
    return false;
}

/* Plain reads of one statement share its snapshot; between them nothing can come. */
static bool may_cut_before(const struct access *before, const struct access *after)
{
    return !access_same_statement(before, after) || after->kind != ACCESS_READ;
}

/* Whether something of the pivot is left that Tin may lead back to: without a write, and without a
 * second statement that reads anew, nothing is. Most SELECTs are alone. */
static bool has_rest(const struct structure *found)
{
    return (found->cut && !transaction_has_one_snapshot(found->pivot)) ||
           found->pivot->kinds & ACCESS_WRITES;
}

/* Under one snapshot the pivot is cut behind the snapshot, wherever the read stands; at READ
 * COMMITTED behind the read, as early as it can be: then it holds the fewest locks and has the most
 * to do. */
static bool find_cut(struct search *search)
{
    struct structure *found = &search->found;
    const struct access *before = found->read;

    if (search->uncut && before->order < search->uncut->order)
        before = search->uncut;
    found->cut = before->next;
    while (found->cut && !transaction_has_one_snapshot(found->pivot) &&
           !may_cut_before(before, found->cut)) {
        before = found->cut;
        found->cut = before->next;
    }
    search->uncut = before;
    return has_rest(found) && find_out(search);
}

/* An UPDATE or DELETE by a condition reads as well: rows that come to match later are out of its
 * reach. */
static bool reads(const struct access *access)
{
    if (access->kind == ACCESS_UPDATE || access->kind == ACCESS_DELETE)
        return access_rows(access) < ROWS_POINTS;
    return access->kind == ACCESS_READ || access->kind == ACCESS_LOCK;
}

static bool find_read(struct search *search, const struct transaction *pivot)
{
    bool begun = !search->from;

    search->uncut = NULL;
    for (const struct access *read = pivot->accesses; read; read = read->next) {
        if (search->from && read == search->from->read)
            begun = true;
        if (!begun || !reads(read))
            continue;
        search->found = (struct structure){.pivot = pivot, .read = read};
        if (find_cut(search))
            return true;
    }
    return false;
}

bool find_structure(struct search *search, const struct transaction *pivot)
{
    bool found = find_read(search, pivot);

    search->given_up |= !search->with_middle && search->spent > search->budget;
    if (found || search->with_middle || !search->may_link)
        return found;
    search->with_middle = true;
    search->from = NULL;
    return find_read(search, pivot);
}
