/* A table's rows can be found through an index when one conjunct of the WHERE can, and a
 * disjunction can when each of its arms can. A join can when the other table's rows are found
 * first. What depends on something that is not written is unknown, and one unknown conjunct makes
 * the whole unknown. */
#include "index/index-use.h"

#include <string.h>

#include <glib.h>

#include "index/index-search.h"

static const struct found nothing = {ANSWER_NO, NULL}, unknown = {ANSWER_UNKNOWN, NULL},
                          directly = {ANSWER_YES, NULL};

enum index_grain index_grain(const struct index *index)
{
    if (strcmp(index->method, "btree") == 0 || strcmp(index->method, "hash") == 0)
        return GRAIN_PAGES;
    if (strcmp(index->method, "gin") == 0)
        return index->fastupdate ? GRAIN_INSERTS : GRAIN_PAGES;
    return strcmp(index->method, "gist") == 0 ? GRAIN_LEVELS : GRAIN_INDEX;
}

/* ------------------------------------------------------------------ trees of conditions */

static struct found condition_serves(struct search *search, const struct condition *condition);

static struct found any_serves(struct search *search, const struct condition *conditions)
{
    struct found best = nothing;

    for (; conditions; conditions = conditions->next)
        best = found_better(best, condition_serves(search, conditions));
    return best;
}

static struct found all_serve(struct search *search, const struct condition *conditions)
{
    struct found worst = directly;
    const char *before = search->advice.reason;
    const struct restriction *facts = search->facts;
    bool arm = search->advice.arm;

    search->advice.arm = true;
    for (; conditions; conditions = conditions->next) {
        struct restriction *fact = arena_new(search->advice.arena, struct restriction);
        *fact =
            (struct restriction){.next = (struct restriction *)facts, .term.condition = conditions};
        search->facts = fact;
        search->advice.reason = NULL;
        struct found each = condition_serves(search, conditions);
        worst = found_worse(worst, each);
        if (each.answer == ANSWER_NO)
            break;
    }
    const char *why = worst.answer == ANSWER_NO ? search->advice.reason : NULL;
    search->advice.reason = before;
    search->advice.arm = arm;
    search->facts = facts;
    if (why)
        advice_reason(&search->advice, "one arm of the OR has no index: %s", why);
    return worst;
}

static struct found condition_serves(struct search *search, const struct condition *condition)
{
    switch (condition->kind) {
    case CONDITION_COMPARE:
        return search_comparison(search, condition);
    case CONDITION_AND:
        return any_serves(search, condition->children);
    case CONDITION_OR:
        return all_serve(search, condition->children);
    case CONDITION_NOT: /* of what has no opposite */
        if (condition->children->kind == CONDITION_COMPARE)
            advice_reason(&search->advice, "NOT (…) finds no rows through an index");
        return nothing;
    case CONDITION_EXISTS: /* a semi-join may find the rows */
        return search->advice.arm ? nothing : unknown;
    case CONDITION_CONSTANT: /* false reads nothing */
        return condition_is_constant(condition, true) ? nothing : directly;
    }
    return unknown;
}

/* ------------------------------------------------------------------ joins */

/* The condition takes its value from another item of the same FROM. */
static bool is_join(const struct access *access, const struct condition *condition)
{
    if (!access->query)
        return false;
    for (const struct range *range = access->query->ranges; range; range = range->next) {
        if (range != access->range && range->kind == RANGE_RELATION &&
            condition_uses(condition, range))
            return true;
    }
    return false;
}

static bool query_restricts(const struct query *query, const struct range *range);

/* Some item of the FROM is restricted by more than joins, or brings few rows, so that the others
 * can be reached from it. */
static bool has_driver(const struct query *query)
{
    for (const struct range *range = query->ranges; range; range = range->next) {
        if (!range_relation(range) || !range->relation->described ||
            range->relation->kind != RELATION_TABLE ||
            range->relation->persistence == PERSISTENCE_TEMPORARY || query_restricts(query, range))
            return true;
    }
    return query->parent != NULL || query->rest->limit;
}

static bool names_only(const struct condition *condition, const struct range *range)
{
    const struct range *other = range->owner->ranges;

    while (other && (other == range || !condition_uses(condition, other)))
        other = other->next;
    return !other && condition_uses(condition, range);
}

static bool query_restricts(const struct query *query, const struct range *range)
{
    for (const struct condition *each = query->conditions; each; each = each->next) {
        if (!each->having && (!each->outer || range->nullable) && names_only(each, range))
            return true;
    }
    return false;
}

/* When nothing but joins restricts the tables of a query, the first that is not written is read
 * first, as a whole. */
static bool is_driver(const struct access *access)
{
    const struct range *first = access->query->ranges;

    while (first && first->target && first->next)
        first = first->next;
    return first == access->range && access->query->ranges->next && !has_driver(access->query);
}

/* ------------------------------------------------------------------ the whole */

/* A sub-SELECT names a column of the access. */
static bool is_correlated(const struct query *inner, const struct range *range)
{
    for (const struct column_use *use = inner->uses; use; use = use->next) {
        if (use->range == range)
            return true;
    }
    for (const struct query *deeper = inner->inner; deeper; deeper = deeper->next) {
        if (is_correlated(deeper, range))
            return true;
    }
    return false;
}

/* Columns that belong to nothing that is known may belong to this table, and a semi-join may find
 * its rows. */
static bool has_open_columns(const struct access *access)
{
    const struct query *query = access->query;

    for (const struct condition *each = query ? query->conditions : NULL; each; each = each->next) {
        const struct query *exists = condition_exists(each);
        if (condition_is_open(each) || (exists && is_correlated(exists, access->range)))
            return true;
    }
    return false;
}

/* SELECT min(x) and ORDER BY x LIMIT n walk an index on x and stop. */
static const struct index *ordered_by_index(const struct access *access)
{
    const struct query *query = access->query;
    const char *column = NULL;

    if (!query)
        return NULL;
    if (query->only_min_max && query->uses && !query->uses->next)
        column = query->uses->name;
    else if (query->rest->limit && query->rest->order &&
             query->rest->order->operand.kind == OPERAND_COLUMN &&
             operand_uses_range(&query->rest->order->operand, access->range))
        column = query->rest->order->operand.text;
    for (const struct index *index = access->relation->indexes; column && index;
         index = index->next) {
        if (strcmp(index->method, "btree") == 0 && index->keys &&
            g_strcmp0(index->keys->column, column) == 0 &&
            search_covers(access->where, index) == ANSWER_YES)
            return index;
    }
    return NULL;
}

static bool is_walk(const struct access *access)
{
    return (access->query && access->query->write && access->query->write->current_of) ||
           !access->range || access->range->placeholder;
}

/* Conditions with values from outside come first: why they do not serve is what matters. */
static struct found search_conditions(struct search *search, bool joins)
{
    struct found best = nothing;

    for (const struct restriction *each = search->access->where; each; each = each->next) {
        if (is_join(search->access, each->term.condition) == joins)
            best = found_better(best, condition_serves(search, each->term.condition));
    }
    return best;
}

static struct index_use find_use(const struct access *access, struct advice advice)
{
    struct search search = {.access = access, .facts = access->where, .advice = advice};
    struct index_use use = {.usable = ANSWER_UNKNOWN};

    if (!access->relation || !access->relation->described || is_walk(access) ||
        access->relation->indexes_unknown || access->relation->kind != RELATION_TABLE)
        return use;
    if (access->current) {
        use.usable = ANSWER_YES; /* by its place, without an index */
        return use;
    }
    if (access->range->sampled) {
        use.usable = ANSWER_NO;
        use.reason = "TABLESAMPLE uses no index";
        return use;
    }
    struct found found = search_conditions(&search, false);
    if (found.answer != ANSWER_YES) {
        struct found join = search_conditions(&search, true);
        if (join.answer == ANSWER_YES && access->query && is_driver(access)) {
            join = nothing;
            search.driver = !search.advice.reason;
            advice_reason(&search.advice, "nothing but joins restricts it");
        }
        found = found_better(found, join);
    }
    const struct index *order = found.answer == ANSWER_YES ? NULL : ordered_by_index(access);
    if (order)
        found = (struct found){ANSWER_YES, order};
    if (found.answer == ANSWER_NO && has_open_columns(access))
        found = unknown;
    use.usable = found.answer;
    use.index = found.index;
    if (found.answer != ANSWER_NO)
        return use;
    use.index = search.whole;
    use.whole_index = search.whole != NULL;
    use.unrestricted = !search.advice.reason || search.driver;
    use.reason = advice_final_reason(&search.advice);
    use.advice = search.advice.index;
    use.rewrite = search.advice.rewrite;
    return use;
}

struct index_use index_use(const struct access *access, struct arena *arena)
{
    return find_use(access, (struct advice){.arena = arena, .access = access});
}

/* Whether the server can find the rows by this very index. */
static enum answer index_serves(const struct access *access, const struct index *index,
                                struct arena *arena)
{
    struct search search = {.access = access,
                            .facts = access->where,
                            .only = index,
                            .advice = advice_unasked(access, arena)};
    struct found best = nothing;

    for (const struct restriction *each = access->where; each; each = each->next)
        best = found_better(best, condition_serves(&search, each->term.condition));
    return best.answer;
}

static bool keeps_order(const struct index *index)
{
    return strcmp(index->method, "gin") != 0 && strcmp(index->method, "brin") != 0;
}

struct index_ways index_ways(const struct access *access, struct arena *arena)
{
    struct index_use use = find_use(access, advice_unasked(access, arena));
    struct index_ways ways = {.known =
                                  use.usable != ANSWER_UNKNOWN && !access->relation->partitioned};
    uint64_t bit = 1;

    for (const struct index *index = ways.known ? access->relation->indexes : NULL; index && bit;
         index = index->next, bit <<= 1) {
        enum answer answer = keeps_order(index) ? index_serves(access, index, arena) : ANSWER_NO;
        ways.serve |= answer == ANSWER_YES ? bit : 0;
        ways.may |= answer != ANSWER_NO ? bit : 0;
    }
    return ways;
}
