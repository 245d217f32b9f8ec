#include "program/access.h"

#include <string.h>

#include <glib.h>

#include "facts/script.h"
#include "program/columns.h"
#include "program/side-effect.h"

bool access_is_inside(const struct access *access, const struct body_statement *loop)
{
    if (access->body && body_is_inside(access->body, loop))
        return true;
    for (const struct via *via = access->via; via; via = via->outer) {
        if (via->body && (via->body == loop || body_is_inside(via->body, loop)))
            return true;
    }
    return false;
}

bool via_is_set_off(const struct via *via)
{
    while (via && via->kind != VIA_TRIGGER && via->kind != VIA_FOREIGN_KEY)
        via = via->outer;
    return via != NULL;
}

unsigned via_depth(const struct via *via)
{
    unsigned depth = 0;

    for (; via; via = via->outer)
        depth++;
    return depth;
}

const struct access_rest access_rest_none = {0};

struct access_rest *access_own_rest(struct access *access, struct arena *arena)
{
    if (access->rest == &access_rest_none)
        access->rest = arena_new(arena, struct access_rest);
    return (struct access_rest *)access->rest;
}

bool via_same_call(const struct via *a, const struct via *b)
{
    unsigned depth_a = via_depth(a), depth_b = via_depth(b);

    for (; depth_a > depth_b; depth_a--)
        a = a->outer;
    for (; depth_b > depth_a; depth_b--)
        b = b->outer;
    while (a != b && a->body == b->body && a->call == b->call) {
        a = a->outer;
        b = b->outer;
    }
    return a == b;
}

bool access_same_statement(const struct access *a, const struct access *b)
{
    return a->step == b->step && a->statement == b->statement && a->body == b->body &&
           via_same_call(a->via, b->via);
}

const struct access *access_own_read(const struct access *write)
{
    const struct access *each = access_first_beside(write);

    while (each && each != write &&
           (each->kind != ACCESS_READ || !each->query || !access_same_statement(each, write) ||
            !access_same_relation(each, write)))
        each = access_next_beside(each);
    return each != write ? each : NULL;
}

bool sources_have(const struct source *sources, const struct access *access)
{
    for (; sources; sources = sources->next) {
        if (sources->access == access)
            return true;
    }
    return false;
}

bool access_depends_on(const struct access *access, const struct access *source)
{
    return sources_have(access->rest->data, source) || sources_have(access->rest->control, source);
}

bool sources_have_row(const struct source *sources, const struct access *access)
{
    for (; sources; sources = sources->next) {
        if (sources->access == access && !sources->found)
            return true;
    }
    return false;
}

bool access_depends_on_row(const struct access *access, const struct access *source)
{
    return sources_have_row(access->rest->data, source) ||
           sources_have_row(access->rest->control, source);
}

bool access_checks_parent(const struct access *access)
{
    const struct restriction *first = access->where;
    const struct foreign_key *key = access->relation ? access->relation->foreign_keys : NULL;

    if (!access_is_of_foreign_key(access) || access->kind != ACCESS_LOCK)
        return false;
    while (key && key != access->rest->key)
        key = key->next;
    if (!key)
        return true;
    /* A table that refers to itself. */
    return first && g_strcmp0(first->term.column, key->columns[0]) != 0;
}

bool access_is_upsert(const struct access *access)
{
    return access->kind == ACCESS_INSERT && !access->copy && access->query &&
           access->query->write && access->query->write->conflict != CONFLICT_ERROR;
}

const struct assignment *access_row_assignments(const struct access *write)
{
    if (write->kind == ACCESS_UPDATE)
        return write->assignments;
    return access_is_upsert(write) ? write->query->write->on_conflict->assignments : NULL;
}

/* Peers are those of one relation; where it is not known, those of one name in whichever schema. In a
 * program of few accesses it is enough that they have one bit. */
static uint32_t hash_peers(const struct access *access)
{
    if (access->relation)
        return access->relation->number;
    return access->name ? g_str_hash(access->name) : 0;
}

static bool are_peers(const struct access *a, const struct access *b)
{
    return a->relation_bit == b->relation_bit && a->relation == b->relation &&
           (a->relation || g_strcmp0(a->name, b->name) == 0);
}

/* The place of the peers of an access in a table of a power of two of places. */
static const struct access **place_of(const struct access **table, uint32_t size,
                                      const struct access *access)
{
    uint32_t at = hash_peers(access) & (size - 1);

    while (table[at] && !are_peers(table[at], access))
        at = (at + 1) & (size - 1);
    return &table[at];
}

static uint32_t table_size(uint32_t count)
{
    uint32_t size = 4;

    while (size < 2 * count)
        size *= 2;
    return size;
}

/* `*last` is the last one of its peers so far, or NULL. */
static void link_peer(const struct access **last, struct access *access)
{
    struct access *before = (struct access *)*last;

    access->peer = before ? before->peer : access;
    access->last_peer = true;
    if (before) {
        before->peer = access;
        before->last_peer = false;
    }
    *last = access;
}

/* Links the accesses again, by their relations, and keeps the first of each. */
static void link_many(struct transaction *transaction)
{
    struct arena *arena = &transaction->script->arena;
    struct transaction_rest *rest = transaction_own_rest(transaction, arena);
    uint32_t relations = 0, size = table_size(transaction->access_count);
    g_autofree const struct access **last = g_new0(const struct access *, size);

    for (struct access *access = transaction->accesses; access; access = access->next) {
        const struct access **place = place_of(last, size, access);
        relations += !*place;
        link_peer(place, access);
    }
    rest->first_count = table_size(relations);
    rest->firsts = arena_array(arena, const struct access *, rest->first_count);
    for (uint32_t i = 0; i < size; i++) {
        if (last[i])
            *place_of(rest->firsts, rest->first_count, last[i]) = last[i]->peer;
    }
}

void access_link_peers(struct transaction *transaction)
{
    enum { MANY = 64 };
    const struct access *last[64];

    transaction->access_count = 0;
    transaction->relations = 0;
    transaction->read = 0;
    transaction->upserts = false;
    for (struct access *access = transaction->accesses; access; access = access->next) {
        unsigned bit = hash_peers(access) % 64;
        access->relation_bit = bit;
        if (!(transaction->relations >> bit & 1))
            last[bit] = NULL;
        link_peer(&last[bit], access);
        transaction->relations |= UINT64_C(1) << bit;
        if (access->kind == ACCESS_READ || access->kind == ACCESS_LOCK)
            transaction->read |= UINT64_C(1) << bit;
        transaction->access_count++;
        transaction->upserts |= access->kind == ACCESS_INSERT && access_is_upsert(access);
    }
    if (transaction->access_count > MANY)
        link_many(transaction);
}

const struct access *access_first_like(const struct transaction *transaction,
                                       const struct access *like)
{
    const struct access *each = transaction->accesses;

    if (transaction->rest->firsts)
        return *place_of(transaction->rest->firsts, transaction->rest->first_count, like);
    while (each && each->relation_bit != like->relation_bit)
        each = each->next;
    return each;
}

const struct access *access_first_peer(const struct access *access)
{
    if (access->peer && access->transaction->rest->firsts)
        return access_first_like(access->transaction, access);
    while (!access->last_peer && access->peer)
        access = access->peer;
    return access->peer;
}

const struct access *access_first_beside(const struct access *access)
{
    return access->peer ? access_first_peer(access) : access->transaction->accesses;
}

bool access_is_read_beside(const struct access *access)
{
    return access->transaction->read >> access->relation_bit & 1;
}

bool access_same_name(const struct access *a, const struct access *b)
{
    return a->name && b->name && strcmp(a->name, b->name) == 0 &&
           (!a->schema || !b->schema || strcmp(a->schema, b->schema) == 0);
}

const char *access_relation_name(const struct access *access)
{
    return access->name ? access->name : "a table named at run time";
}

static bool query_uses_column(const struct query *query, const struct range *range,
                              const char *column, bool star)
{
    for (const struct column_use *use = query->uses; use; use = use->next) {
        if (star && !use->name && (!use->range || use->range == range) && query == range->owner)
            return true; /* "*" */
        if (use->range == range && use->name && strcmp(use->name, column) == 0)
            return true;
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (query_uses_column(inner, range, column, star))
            return true;
    }
    return false;
}

bool access_reads_column(const struct access *access, const char *column)
{
    if (access->copy || !access->query)
        return access->kind != ACCESS_INSERT;
    return query_uses_column(access->query, access->range, column, true);
}

bool access_names_column(const struct access *access, const char *column)
{
    const struct query *query = access->copy ? NULL : access->query;

    return query && (query_uses_column(query, access->range, column, false) ||
                     (query->aggregates && query->outputs && !query->uses));
}

bool access_returns(const struct access *read, const char *column)
{
    const struct output *output = read->query->outputs;

    while (output && output->name &&
           !(operand_is_column_of(&output->operand, read->range) &&
             g_strcmp0(output->operand.uses->name, column) == 0))
        output = output->next;
    return output;
}

bool access_names_written(const struct access *read, const struct access *write)
{
    if (write->kind == ACCESS_DELETE)
        return true;
    for (const struct assignment *each = access_row_assignments(write); each; each = each->next) {
        if (each->column && access_names_column(read, each->column))
            return true;
    }
    for (const struct source *each = write->rest->control; each; each = each->next) {
        if (each->access == read && each->field && access_assigns(write, each->field))
            return true;
    }
    return false;
}

const struct assignment *access_assigns(const struct access *access, const char *column)
{
    const struct column *position = access->relation ? access->relation->columns : NULL;

    if (access->rest->assigned)
        return columns_assigned(access, column);
    for (const struct assignment *assignment = access->assignments; assignment;
         assignment = assignment->next) {
        const char *name = assignment->column ? assignment->column
                           : position         ? position->name
                                              : NULL;
        if (name && *name == *column && strcmp(name, column) == 0)
            return assignment;
        position = position ? position->next : NULL;
    }
    return NULL;
}

const char *access_assigned_column(const struct access *access, const struct assignment *assignment)
{
    const struct column *column = access->relation ? access->relation->columns : NULL;

    if (assignment->column)
        return assignment->column;
    for (const struct assignment *each = access->assignments; column && each != assignment;
         each = each->next)
        column = column->next;
    return column ? column->name : NULL;
}

const struct output *access_output_for(const struct access *insert, const struct query *source,
                                       const struct assignment *assignment)
{
    const struct output *output = source->outputs;

    for (const struct assignment *each = insert->assignments; each != assignment && output;
         each = each->next)
        output = output_is_star(output) ? NULL : output->next;
    return output;
}

const struct query *access_chooser(const struct access *access)
{
    const struct query *outer = access->statement ? access->statement->query : NULL;

    if (!access->via || access->via->kind != VIA_VIEW || !outer || outer->kind != QUERY_SELECT)
        return access->query;
    for (const struct range *range = outer->ranges; range; range = range->next) {
        if (range_relation(range) && range->relation->kind == RELATION_VIEW)
            return outer;
    }
    return access->query;
}

bool access_makes_value(const struct access *insert, const char *column)
{
    const struct relation *relation = insert->relation;
    const struct assignment *value = access_assigns(insert, column);
    const struct assignment *first = insert->assignments;

    if (value && value->value.kind != OPERAND_DEFAULT)
        return value->value.has_volatile;
    if (!value && insert->query && insert->query->write->many_rows && first && !first->column)
        return false; /* INSERT … SELECT *: which columns it fills is not known */
    const struct column *known = relation ? relation_column(relation, column) : NULL;
    return known ? known->generated_key || known->volatile_default
                 : !relation || !relation->described;
}

/* ON CONFLICT ON CONSTRAINT names one index. */
static bool index_is_of(const struct write *write, const struct index *index)
{
    return !write->on_conflict->constraint ||
           g_strcmp0(index->name, write->on_conflict->constraint) == 0;
}

/* Names of the columns that ON CONFLICT (…) lists. */
static enum answer may_meet_columns(const struct access *insert, const char **columns)
{
    for (; *columns; columns++) {
        if (access_makes_value(insert, *columns))
            return ANSWER_NO;
    }
    return ANSWER_YES;
}

static enum answer may_meet_index(const struct access *insert, const struct index *index)
{
    for (const struct index_key *key = index->keys; key; key = key->next) {
        if (key->column && access_makes_value(insert, key->column))
            return ANSWER_NO;
    }
    return ANSWER_YES;
}

static enum answer may_meet_key(const struct access *insert, bool late)
{
    const struct relation *relation = insert->relation;
    const struct write *write = insert->query ? insert->query->write : NULL;

    if (!write)
        return ANSWER_UNKNOWN; /* COPY */
    if (write->on_conflict->columns && *write->on_conflict->columns)
        return may_meet_columns(insert, write->on_conflict->columns);
    if (!relation || !relation->described || relation->indexes_unknown)
        return ANSWER_UNKNOWN;
    for (const struct index *index = relation->indexes; index; index = index->next) {
        if (index->kind != INDEX_PLAIN && (late || !index->deferrable) &&
            index_is_of(write, index) && may_meet_index(insert, index) == ANSWER_YES)
            return ANSWER_YES;
    }
    return ANSWER_NO;
}

enum answer access_may_meet_key(const struct access *insert)
{
    return may_meet_key(insert, false);
}

enum answer access_may_break_key(const struct access *insert)
{
    return may_meet_key(insert, true);
}
