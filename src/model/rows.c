/* Which rows an access touches, and whether two accesses touch the same. Answers rest on what is
 * written: equal constants, equal parameters, disjoint ranges. Anything else is unknown. */
#include "model/access.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "model/implication.h"
#include "model/transaction.h"

/* ------------------------------------------------------------------ the pieces of a condition */

bool access_owns(const struct access *access, const struct operand *side)
{
    return side->kind == OPERAND_COLUMN && !side->cast && side->uses && side->uses->range &&
           side->uses->range == access->range && side->text;
}

/* One comparison of a column of the access, turned so that the column stands left. */
struct bound {
    const char *column;
    enum comparison comparison;
    const struct operand *value;
};

/* The value does not come from the row itself. */
static bool is_outside(const struct access *access, const struct operand *value)
{
    const struct column_use *use = value->uses;

    for (uint32_t i = 0; i < value->use_count && use; i++, use = use->next) {
        if (!use->variable && (!use->range || use->range == access->range))
            return false;
    }
    return value->kind != OPERAND_NONE;
}

/* WHERE flag, WHERE NOT flag: flag = true, flag = false. */
static bool flag_bound(const struct access *access, const struct condition *condition,
                       struct bound *bound)
{
    static const struct operand values[] = {
        {.kind = OPERAND_CONSTANT, .literal = LITERAL_BOOLEAN, .text = "false"},
        {.kind = OPERAND_CONSTANT, .literal = LITERAL_BOOLEAN, .text = "true"},
    };
    bool wanted = condition->kind != CONDITION_NOT;
    const struct condition *flag = wanted ? condition : condition->children;

    if (!flag || flag->kind != CONDITION_COMPARE || flag->comparison != COMPARE_TRUE ||
        !access_owns(access, &flag->left))
        return false;
    *bound = (struct bound){flag->left.text, COMPARE_EQUAL, &values[wanted]};
    return true;
}

static bool bound_of(const struct access *access, const struct condition *condition,
                     struct bound *bound)
{
    if (flag_bound(access, condition, bound))
        return true;
    if (condition->kind != CONDITION_COMPARE)
        return false;
    if (access_owns(access, &condition->left)) {
        *bound = (struct bound){condition->left.text, condition->comparison, &condition->right};
        return condition->right.kind == OPERAND_NONE || is_outside(access, &condition->right);
    }
    if (access_owns(access, &condition->right) && is_outside(access, &condition->left) &&
        !condition->right.element) {
        *bound = (struct bound){condition->right.text, comparison_mirrored(condition->comparison),
                                &condition->left};
        return true;
    }
    return false;
}

/* A value that is written beats one that comes from a joined row. */
const struct operand *access_equals(const struct access *access, const char *column)
{
    const struct operand *joined = NULL;
    struct bound bound;

    for (const struct restriction *each = access->where; each; each = each->next) {
        if (!bound_of(access, each->condition, &bound) || bound.comparison != COMPARE_EQUAL ||
            strcmp(bound.column, column) != 0)
            continue;
        if (!operand_has_columns(bound.value))
            return bound.value;
        joined = bound.value;
    }
    return joined;
}

/* A list of keys: IN (1, 2), = ANY (ARRAY[…]), = ANY ($1). */
static bool access_lists(const struct access *access, const char *column)
{
    struct bound bound;

    for (const struct restriction *each = access->where; each; each = each->next) {
        if (bound_of(access, each->condition, &bound) && bound.comparison == COMPARE_IN &&
            bound.value->kind != OPERAND_QUERY && strcmp(bound.column, column) == 0)
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ row sets */

/* POINT or POINTS when every column of the key is given; ALL when not. */
static enum row_set rows_by_key(const struct access *access, const struct index *index)
{
    enum row_set rows = ROWS_POINT;

    for (const struct index_key *key = index->keys; key; key = key->next) {
        if (!key->column)
            return ROWS_ALL;
        if (access_equals(access, key->column))
            continue;
        if (!access_lists(access, key->column))
            return ROWS_ALL;
        rows = ROWS_POINTS;
    }
    return index->keys ? rows : ROWS_ALL;
}

static enum row_set rows_by_unique_key(const struct access *access)
{
    enum row_set best = ROWS_ALL;

    for (const struct index *index = access->relation->indexes; index; index = index->next) {
        if (index->kind != INDEX_PRIMARY && index->kind != INDEX_UNIQUE)
            continue;
        if (index->partial || index->deferrable)
            continue;
        enum row_set rows = rows_by_key(access, index);
        best = MAX(best, rows);
    }
    return best;
}

enum row_set access_rows(const struct access *access)
{
    enum row_set rows = ROWS_ALL;
    struct bound bound;

    if (access->kind == ACCESS_INSERT)
        return ROWS_VALUES;
    if (access->current)
        return ROWS_POINT;
    if (access->relation && access->relation->described) {
        rows = rows_by_unique_key(access);
    } else if (access_equals(access, "id")) {
        rows = ROWS_POINT; /* nobody says so, but it is what people call it */
    }
    if (rows >= ROWS_POINTS)
        return rows;
    for (const struct restriction *each = access->where; each; each = each->next) {
        if (each->condition->kind == CONDITION_CONSTANT)
            continue;
        rows = MAX(rows, ROWS_PREDICATE);
        if (bound_of(access, each->condition, &bound) && bound.comparison >= COMPARE_LESS &&
            bound.comparison <= COMPARE_GREATER_EQUAL)
            rows = ROWS_RANGE;
    }
    return rows;
}

/* ------------------------------------------------------------------ the same rows */

static bool is_number(const struct operand *operand)
{
    return operand->kind == OPERAND_CONSTANT &&
           (operand->literal == LITERAL_INTEGER || operand->literal == LITERAL_DECIMAL);
}

enum answer operand_same_value(const struct operand *a, const struct operand *b)
{
    if (a->kind == OPERAND_CONSTANT && b->kind == OPERAND_CONSTANT) {
        if (is_number(a) && is_number(b))
            return strtod(a->text, NULL) == strtod(b->text, NULL) ? ANSWER_YES : ANSWER_NO;
        if (strcmp(a->text, b->text) == 0)
            return ANSWER_YES;
        return a->literal == b->literal ? ANSWER_NO : ANSWER_UNKNOWN;
    }
    if (a->kind == b->kind && a->text && b->text && !a->has_query && !a->has_call &&
        strcmp(a->text, b->text) == 0)
        return ANSWER_YES;
    return ANSWER_UNKNOWN;
}

/* Whether `value` is in the list; unknown when an item may be anything. */
static enum answer list_contains(const struct operand *list, const struct operand *value)
{
    enum answer answer = list->kind == OPERAND_LIST ? ANSWER_NO : ANSWER_UNKNOWN;

    if (list->kind != OPERAND_LIST)
        return answer;
    for (const struct operand_item *item = list->items; item; item = item->next) {
        enum answer same = operand_same_value(&item->operand, value);
        if (same == ANSWER_YES)
            return ANSWER_YES;
        if (same == ANSWER_UNKNOWN)
            answer = ANSWER_UNKNOWN;
    }
    return answer;
}

static bool number_within(const struct operand *value, const struct bound *bound)
{
    double number = strtod(value->text, NULL), limit = strtod(bound->value->text, NULL);

    switch (bound->comparison) {
    case COMPARE_LESS:
        return number < limit;
    case COMPARE_LESS_EQUAL:
        return number <= limit;
    case COMPARE_GREATER:
        return number > limit;
    case COMPARE_GREATER_EQUAL:
        return number >= limit;
    default:
        return true;
    }
}

static bool is_range(enum comparison comparison)
{
    return comparison >= COMPARE_LESS && comparison <= COMPARE_GREATER_EQUAL;
}

static bool bounds_upper(enum comparison comparison)
{
    return comparison == COMPARE_LESS || comparison == COMPARE_LESS_EQUAL;
}

/* Two comparisons of one column: do they name the same value, can they both hold? */
static enum answer compare_bounds(const struct bound *a, const struct bound *b)
{
    if (a->comparison == COMPARE_EQUAL && b->comparison == COMPARE_EQUAL)
        return operand_same_value(a->value, b->value);
    if (a->comparison == COMPARE_EQUAL && b->comparison == COMPARE_IN)
        return list_contains(b->value, a->value);
    if (a->comparison == COMPARE_IN && b->comparison == COMPARE_EQUAL)
        return list_contains(a->value, b->value);
    if (a->comparison == COMPARE_IN && b->comparison == COMPARE_IN &&
        a->value->kind == OPERAND_LIST) {
        enum answer answer = ANSWER_NO;
        for (const struct operand_item *item = a->value->items; item; item = item->next) {
            enum answer contained = list_contains(b->value, &item->operand);
            answer = MAX(answer, contained);
        }
        return answer;
    }
    if (!is_number(a->value) || !is_number(b->value))
        return ANSWER_UNKNOWN;
    if (a->comparison == COMPARE_EQUAL && is_range(b->comparison))
        return number_within(a->value, b) ? ANSWER_YES : ANSWER_NO;
    if (b->comparison == COMPARE_EQUAL && is_range(a->comparison))
        return number_within(b->value, a) ? ANSWER_YES : ANSWER_NO;
    if (is_range(a->comparison) && is_range(b->comparison) &&
        bounds_upper(a->comparison) != bounds_upper(b->comparison))
        return number_within(a->value, b) ? ANSWER_UNKNOWN : ANSWER_NO;
    return ANSWER_UNKNOWN;
}

const struct operand *access_inserts(const struct access *access, const char *column)
{
    const struct assignment *assignment = access_assigns(access, column);
    const struct write *write = access->query ? access->query->write : NULL;

    if (access->kind != ACCESS_INSERT || !assignment || assignment->value.kind == OPERAND_NONE ||
        (write && write->many_rows && write->rows > 0))
        return NULL;
    return &assignment->value;
}

/* What an INSERT gives a column, as an equality. */
static bool inserted_bound(const struct access *access, const char *column, struct bound *bound)
{
    const struct operand *value = access_inserts(access, column);

    if (!value || value->kind == OPERAND_DEFAULT)
        return false;
    *bound = (struct bound){column, COMPARE_EQUAL, value};
    return true;
}

bool access_moves_into(const struct access *read, const struct access *update)
{
    bool moved = false;
    struct bound asked;

    for (const struct restriction *each = read->where; each; each = each->next) {
        const struct assignment *set =
            bound_of(read, each->condition, &asked) ? access_assigns(update, asked.column) : NULL;
        struct bound left = {asked.column, COMPARE_EQUAL, set ? &set->value : NULL};
        if (set && compare_bounds(&left, &asked) != ANSWER_YES)
            return false;
        moved |= set != NULL;
    }
    return moved;
}

/* Whether the values that `right` leaves are all among those that `left` asks for. */
static bool implied_by(const struct bound *left, const struct bound *right)
{
    if (right->comparison == COMPARE_IN && right->value->kind == OPERAND_LIST) {
        for (const struct operand_item *item = right->value->items; item; item = item->next) {
            struct bound one = {right->column, COMPARE_EQUAL, &item->operand};
            if (compare_bounds(left, &one) != ANSWER_YES)
                return false;
        }
        return true;
    }
    return compare_bounds(left, right) == ANSWER_YES &&
           (right->comparison == COMPARE_EQUAL || left->comparison == right->comparison);
}

/* Compares every bound of `a` with what `b` says of the same column. `*matched` counts the columns
 * on which both agree, `*open` those of `a` that `b` leaves open; with `all` they agree when no row
 * of `b` is outside `a`. */
static bool contradicts(const struct access *a, const struct access *b, bool all, unsigned *matched,
                        unsigned *open)
{
    struct bound left, right;

    for (const struct restriction *each = a->where; each; each = each->next) {
        bool agreed = false;
        if (!bound_of(a, each->condition, &left)) {
            if (each->condition->kind != CONDITION_CONSTANT)
                ++*open;
            continue;
        }
        if (inserted_bound(b, left.column, &right)) {
            enum answer answer = compare_bounds(&left, &right);
            if (answer == ANSWER_NO)
                return true;
            agreed = answer == ANSWER_YES;
        }
        for (const struct restriction *other = b->where; other; other = other->next) {
            if (!bound_of(b, other->condition, &right) || strcmp(left.column, right.column) != 0)
                continue;
            enum answer answer = compare_bounds(&left, &right);
            if (answer == ANSWER_NO)
                return true;
            agreed |= all ? implied_by(&left, &right) : answer == ANSWER_YES;
        }
        if (agreed)
            ++*matched;
        else
            ++*open;
    }
    return false;
}

enum answer access_same_rows(const struct access *a, const struct access *b)
{
    unsigned matched_a = 0, open_a = 0, matched_b = 0, open_b = 0;

    if (!access_same_relation(a, b))
        return ANSWER_NO;
    if (contradicts(a, b, false, &matched_a, &open_a) ||
        contradicts(b, a, false, &matched_b, &open_b))
        return ANSWER_NO;
    /* Every restriction of one holds for the rows of the other. */
    if (open_a == 0 && (a->kind != ACCESS_INSERT || open_b == 0))
        return ANSWER_YES;
    if (open_b == 0 && (b->kind != ACCESS_INSERT || open_a == 0))
        return ANSWER_YES;
    return ANSWER_UNKNOWN;
}

bool access_covers(const struct access *wide, const struct access *narrow)
{
    unsigned matched = 0, open = 0;

    return access_same_relation(wide, narrow) && wide->kind != ACCESS_INSERT &&
           !contradicts(wide, narrow, true, &matched, &open) && open == 0;
}

bool access_asks_for_made_value(const struct access *read, const struct access *insert)
{
    if (insert->kind != ACCESS_INSERT || read->kind == ACCESS_INSERT || !insert->relation ||
        !insert->relation->described || !insert->query || insert->query->kind != QUERY_INSERT)
        return false;
    for (const struct restriction *each = read->where; each; each = each->next) {
        const struct condition *condition = each->condition;
        if (condition->kind == CONDITION_COMPARE && access_owns(read, &condition->left) &&
            access_equals(read, condition->left.text) &&
            !operand_has_columns(access_equals(read, condition->left.text)) &&
            access_makes_value(insert, condition->left.text))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ keys */

/* Without a list of columns and without a catalog the values of an INSERT have no names. */
static bool brings_value(const struct access *insert, const struct operand *value)
{
    if (insert->kind != ACCESS_INSERT || (insert->relation && insert->relation->described))
        return false;
    for (const struct assignment *each = insert->assignments; each; each = each->next) {
        if (!each->column && operand_same_value(&each->value, value) == ANSWER_YES)
            return true;
    }
    return false;
}

/* The read asks for one value of the column, and the insert brings that value. */
static bool shares_column(const struct access *read, const struct access *insert,
                          const char *column)
{
    struct bound left, right;

    for (const struct restriction *each = read->where; each; each = each->next) {
        if (!bound_of(read, each->condition, &left) || left.comparison != COMPARE_EQUAL ||
            strcmp(left.column, column) != 0)
            continue;
        if (brings_value(insert, left.value) ||
            (inserted_bound(insert, column, &right) && compare_bounds(&left, &right) == ANSWER_YES))
            return true;
    }
    return false;
}

/* An index that lets no second row with the shared columns in. NULLs are never equal, and a
 * deferrable constraint lets both in for a while. */
static enum answer index_covers(const struct access *read, const struct access *insert,
                                const struct index *index)
{
    enum answer answer = ANSWER_YES;

    if (index->kind == INDEX_PLAIN || index->kind == INDEX_EXCLUSION || index->partial)
        return ANSWER_NO;
    for (const struct index_key *key = index->keys; key; key = key->next) {
        const struct column *column =
            key->column ? relation_column(insert->relation, key->column) : NULL;
        if (!key->column || !shares_column(read, insert, key->column))
            return ANSWER_NO;
        if (index->deferrable || (!index->nulls_not_distinct && column && !column->not_null &&
                                  index->kind != INDEX_PRIMARY))
            answer = ANSWER_UNKNOWN;
    }
    return index->keys ? answer : ANSWER_NO;
}

bool access_shares_key(const struct access *read, const struct access *insert, enum answer *unique)
{
    const struct relation *relation = insert->relation;
    bool shares = false;
    struct bound bound;

    for (const struct restriction *each = read->where; each && !shares; each = each->next)
        shares =
            bound_of(read, each->condition, &bound) && shares_column(read, insert, bound.column);
    *unique =
        relation && relation->described && !relation->indexes_unknown ? ANSWER_NO : ANSWER_UNKNOWN;
    for (const struct index *index = relation ? relation->indexes : NULL; index;
         index = index->next) {
        enum answer answer = index_covers(read, insert, index);
        *unique = MAX(*unique, answer);
    }
    return shares && access_same_relation(read, insert) &&
           access_same_rows(read, insert) != ANSWER_NO;
}

/* ------------------------------------------------------------------ how many rows */

static uint64_t count_items(const struct operand *list)
{
    uint64_t count = 0;

    for (const struct operand_item *item = list->items; item; item = item->next)
        count++;
    return count;
}

/* The only column of a unique index. */
static bool is_unique_column(const struct access *access, const char *column)
{
    for (const struct index *index = access->relation->indexes; index; index = index->next) {
        if (index->kind != INDEX_PLAIN && index->kind != INDEX_EXCLUSION && !index->partial &&
            index->keys && !index->keys->next && g_strcmp0(index->keys->column, column) == 0)
            return true;
    }
    return false;
}

/* Integers between two constants; 0 when an end is open. */
static uint64_t count_between(const struct access *access, const char *column)
{
    double low = 0, high = 0;
    bool has_low = false, has_high = false;
    struct bound bound;

    for (const struct restriction *each = access->where; each; each = each->next) {
        if (!bound_of(access, each->condition, &bound) || !is_range(bound.comparison) ||
            strcmp(bound.column, column) != 0 || !is_number(bound.value))
            continue;
        double limit = strtod(bound.value->text, NULL);
        if (bounds_upper(bound.comparison)) {
            high = limit - (bound.comparison == COMPARE_LESS);
            has_high = true;
        } else {
            low = limit + (bound.comparison == COMPARE_GREATER);
            has_low = true;
        }
    }
    return has_low && has_high ? (high >= low ? (uint64_t)(high - low) + 1 : 1) : 0;
}

static uint64_t count_by_column(const struct access *access)
{
    uint64_t least = 0;
    struct bound bound;

    for (const struct restriction *each = access->where; each; each = each->next) {
        uint64_t count = 0;
        if (!bound_of(access, each->condition, &bound) || !is_unique_column(access, bound.column))
            continue;
        const struct column *column = relation_column(access->relation, bound.column);
        if (bound.comparison == COMPARE_IN && bound.value->kind == OPERAND_LIST)
            count = count_items(bound.value);
        else if (is_range(bound.comparison) && column && column->type &&
                 g_str_has_prefix(column->type, "int"))
            count = count_between(access, bound.column);
        if (count > 0 && (least == 0 || count < least))
            least = count;
    }
    return least;
}

uint64_t access_most_rows(const struct access *access)
{
    const struct query *query = access->query;
    uint64_t count = 0;

    if (access_rows(access) == ROWS_POINT)
        return 1;
    if (access->relation && access->relation->described)
        count = count_by_column(access);
    if (query && query->limit && query->limit->kind == OPERAND_CONSTANT &&
        query->limit->literal == LITERAL_INTEGER && !query->aggregates && !query->grouped) {
        uint64_t limit = strtoull(query->limit->text, NULL, 10);
        if (count == 0 || limit < count)
            count = MAX(limit, 1);
    }
    return count;
}
