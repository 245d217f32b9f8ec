#include "program/rows.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "catalog/key.h"
#include "catalog/resolve.h"
#include "program/absence.h"
#include "program/columns.h"
#include "program/side-effect.h"

/* ------------------------------------------------------------------ the pieces of a condition */

bool access_owns(const struct access *access, const struct operand *side)
{
    return operand_is_column_of(side, access->range);
}

/* A value that is written beats one that comes from a joined row. */
const struct operand *access_equals(const struct access *access, const char *column)
{
    const struct operand *joined = NULL;
    struct column_cursor cursor = columns_equal(access, column);
    const struct restriction *each;

    while ((each = columns_next(&cursor))) {
        const struct term *term = &each->term;
        if (!term_binds(term) || term->comparison != COMPARE_EQUAL ||
            strcmp(term->column, column) != 0)
            continue;
        if (!operand_has_columns(term->value))
            return term->value;
        joined = term->value;
    }
    return joined;
}

bool access_asks_about(const struct access *access, const char *column)
{
    const struct restriction *each = access->where;

    while (each && g_strcmp0(each->term.column, column) != 0)
        each = each->next;
    return each != NULL;
}

bool access_names_value(const struct access *access)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        if (term_binds(&each->term) && each->term.comparison == COMPARE_EQUAL &&
            !operand_has_columns(each->term.value))
            return true;
    }
    return false;
}

/* A list of keys: IN (1, 2), = ANY (ARRAY[…]), = ANY ($1). */
static bool access_lists(const struct access *access, const char *column)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        if (term_binds(&each->term) && each->term.comparison == COMPARE_IN &&
            each->term.value->kind != OPERAND_QUERY && strcmp(each->term.column, column) == 0)
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
        if (access_equals(access, key->column))
            continue;
        if (!access_lists(access, key->column))
            return ROWS_ALL;
        rows = ROWS_POINTS;
    }
    return rows;
}

static enum row_set rows_by_unique_key(const struct access *access)
{
    const unsigned kinds = KEY_TOTAL | KEY_IMMEDIATE | KEY_OF_COLUMNS;
    enum row_set best = ROWS_ALL;

    for (const struct index *key = relation_keys(access->relation, kinds); key;
         key = relation_key_after(key, kinds)) {
        enum row_set rows = rows_by_key(access, key);
        best = MAX(best, rows);
    }
    return best;
}

enum row_set access_find_rows(const struct access *access)
{
    enum row_set rows = ROWS_ALL;

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
        if (each->term.condition->kind == CONDITION_CONSTANT)
            continue;
        rows = MAX(rows, ROWS_PREDICATE);
        if (term_binds(&each->term) && comparison_is_range(each->term.comparison))
            rows = ROWS_RANGE;
    }
    return rows;
}

/* ------------------------------------------------------------------ the same rows */

/* INSERT INTO t SELECT *: which columns it fills is not known. */
static bool names_columns(const struct access *insert)
{
    const struct assignment *first = insert->assignments;

    return insert->query && insert->query->write &&
           (!insert->query->write->many_rows || insert->query->write->rows > 0 || !first ||
            first->column);
}

static bool has_row_trigger(const struct relation *relation)
{
    for (const struct trigger *each = relation->triggers; each; each = each->next) {
        if (each->row && (each->before || each->instead) && (each->events & TRIGGER_INSERT))
            return true;
    }
    return false;
}

/* The row that ON CONFLICT updates holds what was there before. */
static bool updates_on_conflict(const struct access *insert)
{
    return insert->query && insert->query->write &&
           insert->query->write->conflict == CONFLICT_UPDATE;
}

/* What a column holds that the INSERT leaves to its default. */
static const struct operand *default_of(const struct access *insert, const char *name)
{
    static const struct operand null = {
        .kind = OPERAND_CONSTANT, .literal = LITERAL_NULL, .text = "NULL"};
    const struct relation *relation = insert->relation;
    const struct column *column =
        relation && relation->described ? relation_column(relation, name) : NULL;

    if (!column || column->stored || has_row_trigger(relation) || updates_on_conflict(insert))
        return NULL;
    if (column->has_default)
        return column->default_value;
    return column->not_null ? NULL : &null; /* somebody else must fill it */
}

/* The key of a table that no input creates is "id", see access_find_rows. */
static bool is_made(const struct relation *relation, const char *name)
{
    if (!relation || !relation->described)
        return strcmp(name, "id") == 0;
    const struct column *column = relation_column(relation, name);

    return column && column->generated_key && !has_row_trigger(relation);
}

bool access_makes_key(const struct access *access, const char *column)
{
    return access->kind == ACCESS_INSERT && names_columns(access) && !access_is_upsert(access) &&
           !access_assigns(access, column) && is_made(access->relation, column);
}

/* INSERT … SELECT a … WHERE a = $1, or FROM (VALUES ($1)) AS s (a): what the column is in each row that
 * is brought. */
static const struct operand *value_asked_for(const struct access *insert,
                                             const struct assignment *assignment)
{
    const struct query *source = insert->query ? query_source(insert->query) : NULL;
    const struct output *output = source && source->kind == QUERY_SELECT
                                      ? access_output_for(insert, source, assignment)
                                      : NULL;
    const struct column_use *use =
        output && operand_is_column(&output->operand) ? output->operand.uses : NULL;
    if (!use || !use->range || !use->name)
        return NULL;
    const struct operand *given = range_gives(use->range, use->name);
    if (given)
        return given;
    for (const struct condition *each = source->conditions; each; each = each->next) {
        const struct term term = term_of(each, use->range);
        if (!each->outer && !each->having && term_binds(&term) &&
            term.comparison == COMPARE_EQUAL && strcmp(term.column, use->name) == 0 &&
            operand_is_same_in_every_row(term.value))
            return term.value;
    }
    return NULL;
}

const struct operand *access_inserts(const struct access *access, const char *column)
{
    if (access->kind != ACCESS_INSERT)
        return NULL;
    const struct assignment *assignment = access_assigns(access, column);
    const struct write *write = access->query ? access->query->write : NULL;
    if (!assignment)
        return names_columns(access) ? default_of(access, column) : NULL;
    if (write && write->many_rows && write->rows > 0)
        return NULL;
    if (assignment->value.kind == OPERAND_NONE)
        return value_asked_for(access, assignment);
    return assignment->value.kind == OPERAND_DEFAULT ? default_of(access, column)
                                                     : &assignment->value;
}

bool access_moves_into(const struct access *read, const struct access *update)
{
    bool moved = false;

    for (const struct restriction *each = read->where; each; each = each->next) {
        const struct term *asked = &each->term;
        const struct assignment *set =
            term_binds(asked) ? access_assigns(update, asked->column) : NULL;
        if (set && term_holds_for(asked, &set->value) != ANSWER_YES)
            return false;
        moved |= set != NULL;
    }
    return moved;
}

static bool same_term(const struct term *a, const struct term *b)
{
    return term_binds(b) && strcmp(a->column, b->column) == 0 && term_equals(a, b);
}

/* What is asked of the terms of two accesses. */
enum comparing {
    ROWS_OF_ONE_RUN,
    ROWS_OF_TWO_RUNS, /* $1 of one run is another value than $1 of the other */
    ROWS_COVERED,     /* they agree when no row of the second access is outside the first */
};

/* Whether two values that exclude each other in one run do so in two. */
static bool excludes(enum comparing comparing, const struct operand *a, const struct operand *b)
{
    return comparing != ROWS_OF_TWO_RUNS || operand_is_fixed(a) || operand_is_fixed(b);
}

/* Compares every term of `a` with what `b` says of the same column; `*open` counts those left open.
 * Statements of one text say the same in the same order: nobody compares each with each then. */
static bool contradicts(const struct access *a, const struct access *b, enum comparing comparing,
                        unsigned *open)
{
    const struct restriction *beside = b->where;

    for (const struct restriction *each = a->where; each; each = each->next) {
        const struct restriction *opposite = beside;
        const struct term *left = &each->term;
        bool agreed = false;
        beside = beside ? beside->next : NULL;
        if (!term_binds(left)) {
            *open += each->term.condition->kind != CONDITION_CONSTANT;
            continue;
        }
        const struct operand *inserted = access_inserts(b, left->column);
        if (inserted) {
            enum answer answer = term_holds_for(left, inserted);
            if (answer == ANSWER_NO && excludes(comparing, left->value, inserted))
                return true;
            agreed = answer == ANSWER_YES;
        }
        if (opposite && same_term(left, &opposite->term))
            continue;
        struct column_cursor cursor = columns_asked(b, left->column);
        const struct restriction *other;
        while ((other = columns_next(&cursor))) {
            const struct term *right = &other->term;
            if (!term_binds(right) || strcmp(left->column, right->column) != 0)
                continue;
            enum answer answer = terms_meet(left, right);
            if (answer == ANSWER_NO && excludes(comparing, left->value, right->value))
                return true;
            agreed |= comparing == ROWS_COVERED ? term_implies(right, left) == ANSWER_YES
                                                : answer == ANSWER_YES;
        }
        *open += !agreed;
    }
    return false;
}

/* Each asks one column for another constant: most that share a table are told apart by that. */
static bool points_differ(const struct access *a, const struct access *b)
{
    const struct term *x = a->rest->point, *y = b->rest->point;

    return x && y && strcmp(x->column, y->column) == 0 &&
           operand_same_value(x->value, y->value) == ANSWER_NO;
}

enum answer access_same_rows(const struct access *a, const struct access *b)
{
    unsigned open_a = 0, open_b = 0;

    if (a->rest->known == b || b->rest->known == a)
        return ANSWER_YES;
    if (!access_same_relation(a, b) || points_differ(a, b))
        return ANSWER_NO;
    if (contradicts(a, b, ROWS_OF_ONE_RUN, &open_a) || contradicts(b, a, ROWS_OF_ONE_RUN, &open_b))
        return ANSWER_NO;
    /* Every restriction of one holds for the rows of the other. */
    if (open_a == 0 && (a->kind != ACCESS_INSERT || open_b == 0))
        return ANSWER_YES;
    if (open_b == 0 && (b->kind != ACCESS_INSERT || open_a == 0))
        return ANSWER_YES;
    return ANSWER_UNKNOWN;
}

bool access_runs_meet(const struct access *a, const struct access *b)
{
    unsigned open = 0;

    return access_same_relation(a, b) && !points_differ(a, b) &&
           !contradicts(a, b, ROWS_OF_TWO_RUNS, &open) &&
           !contradicts(b, a, ROWS_OF_TWO_RUNS, &open);
}

bool access_covers(const struct access *wide, const struct access *narrow)
{
    unsigned open = 0;

    if (narrow->rest->known == wide && wide->kind != ACCESS_INSERT)
        return true;
    return access_same_relation(wide, narrow) && wide->kind != ACCESS_INSERT &&
           !points_differ(wide, narrow) && !contradicts(wide, narrow, ROWS_COVERED, &open) &&
           open == 0;
}

bool access_asks_for_made_value(const struct access *read, const struct access *insert)
{
    if (insert->kind != ACCESS_INSERT || read->kind == ACCESS_INSERT || !insert->relation ||
        !insert->relation->described || !insert->query || insert->query->kind != QUERY_INSERT)
        return false;
    for (const struct restriction *each = read->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (term_binds(term) &&
            (term->comparison == COMPARE_EQUAL || term->comparison == COMPARE_IN) &&
            term->value->kind != OPERAND_QUERY && !operand_has_columns(term->value) &&
            access_makes_value(insert, term->column))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ keys */

static bool is_brought(const struct access *insert, const struct operand *value)
{
    for (const struct assignment *each = insert->assignments; each; each = each->next) {
        if (operand_same_value(&each->value, value) == ANSWER_YES)
            return true;
    }
    return false;
}

static bool is_of_range(const struct term *term)
{
    static const char *const operators[] = {"&&", "@>", "<@", NULL};

    return comparison_is_range(term->comparison) ||
           (term_operator(term) && g_strv_contains(operators, term_operator(term)));
}

bool access_checks_range(const struct access *read, const struct access *insert)
{
    bool range = false;

    for (const struct restriction *each = read->where; each; each = each->next) {
        const struct term *term = &each->term;
        const struct operand *inserted =
            term_binds(term) ? access_inserts(insert, term->column) : NULL;
        if (!inserted)
            return false;
        if (!is_of_range(term))
            continue;
        if (term_holds_for(term, inserted) != ANSWER_YES && !is_brought(insert, term->value))
            return false;
        range = true;
    }
    return range && access_same_relation(read, insert) &&
           access_same_rows(read, insert) != ANSWER_NO;
}

bool access_enters(const struct access *read, const struct access *write)
{
    for (const struct restriction *each = read->where; each; each = each->next) {
        const struct assignment *set = each->term.comparison == COMPARE_EQUAL && each->term.column
                                           ? access_assigns(write, each->term.column)
                                           : NULL;
        if (set && operand_same_value(&set->value, each->term.value) == ANSWER_YES)
            return true;
    }
    return false;
}

bool access_asks_more(const struct access *read)
{
    const struct restriction *each = read->where;
    struct image image;

    while (each && (term_asks_equal(&each->term) || term_asks_state(&each->term) ||
                    condition_asks_image(each->term.condition, read->range, &image)))
        each = each->next;
    return each != NULL;
}

bool access_asks_for_overlap(const struct access *read)
{
    const char *limit = NULL;

    for (const struct restriction *each = read->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (g_strcmp0(term_operator(term), "&&") == 0)
            return true;
        if (comparison_is_range(term->comparison) && limit && strcmp(limit, term->column) != 0)
            return true;
        if (comparison_is_range(term->comparison))
            limit = term->column;
    }
    return false;
}

bool access_is_excluded(const struct access *read, const struct access *insert)
{
    const struct index *index = insert->relation ? insert->relation->indexes : NULL;

    for (; index; index = index->next) {
        const struct index_key *key = index->kind == INDEX_EXCLUSION ? index->keys : NULL;
        while (key && (!key->column || access_names_column(read, key->column)))
            key = key->next;
        if (index->kind == INDEX_EXCLUSION && !key)
            return true;
    }
    return false;
}

/* Whether neither the row that the other access finds nor the one that it leaves has the value. */
static bool column_differs(const struct operand *value, const struct access *other,
                           const char *column)
{
    const struct assignment *set = access_assigns(other, column);

    if (other->kind == ACCESS_INSERT) {
        const struct operand *inserted = access_inserts(other, column);
        return inserted && operand_same_value(value, inserted) == ANSWER_NO;
    }
    const struct operand *found = access_equals(other, column);
    return found && operand_same_value(value, found) == ANSWER_NO &&
           (!set || operand_same_value(value, &set->value) == ANSWER_NO);
}

bool access_keys_differ(const struct access *insert, const struct access *other)
{
    const struct index *index =
        insert->relation && !insert->relation->indexes_unknown ? insert->relation->indexes : NULL;
    bool differ = false;

    for (; index; index = index->next) {
        if (index->kind == INDEX_PLAIN)
            continue;
        differ = false;
        for (const struct index_key *key = index->keys; key && !differ; key = key->next) {
            const struct operand *own = key->column ? access_inserts(insert, key->column) : NULL;
            differ = own && column_differs(own, other, key->column);
        }
        if (!differ)
            return false;
    }
    return differ;
}

bool access_assigns_key(const struct access *access, unsigned kinds)
{
    for (const struct index *key = relation_keys(access->relation, kinds); key;
         key = relation_key_after(key, kinds)) {
        for (const struct index_key *each = key->keys; each; each = each->next) {
            if (each->column && access_assigns(access, each->column))
                return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ how many rows */

static uint64_t count_items(const struct operand *list)
{
    uint64_t count = 0;

    for (const struct operand_item *item = list->items; item; item = item->next)
        count++;
    return count;
}

/* Integers between two constants; 0 when an end is open. */
static uint64_t count_between(const struct access *access, const char *column)
{
    double low = 0, high = 0;
    bool has_low = false, has_high = false;

    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (!term_binds(term) || !comparison_is_range(term->comparison) ||
            strcmp(term->column, column) != 0 || !operand_is_number(term->value))
            continue;
        double limit = strtod(term->value->text, NULL);
        if (comparison_is_upper(term->comparison)) {
            high = limit - (term->comparison == COMPARE_LESS);
            has_high = true;
        } else {
            low = limit + (term->comparison == COMPARE_GREATER);
            has_low = true;
        }
    }
    return has_low && has_high ? (high >= low ? (uint64_t)(high - low) + 1 : 1) : 0;
}

static uint64_t count_by_column(const struct access *access)
{
    uint64_t least = 0;

    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct term *term = &each->term;
        uint64_t count = 0;
        if (!term_binds(term) || !relation_has_key(access->relation, term->column, KEY_TOTAL))
            continue;
        const struct column *column = relation_column(access->relation, term->column);
        if (term->comparison == COMPARE_IN && term->value->kind == OPERAND_LIST)
            count = count_items(term->value);
        else if (comparison_is_range(term->comparison) && column && column->type &&
                 g_str_has_prefix(column->type, "int"))
            count = count_between(access, term->column);
        if (count > 0 && (least == 0 || count < least))
            least = count;
    }
    return least;
}

uint64_t access_most_rows(const struct access *access)
{
    const struct query *query = access->query;
    uint64_t count = 0;

    if (access_rows(access) == ROWS_POINT || access_names_partial_key(access))
        return 1;
    if (access->relation && access->relation->described)
        count = count_by_column(access);
    if (query && query->rest->limit && query->rest->limit->kind == OPERAND_CONSTANT &&
        query->rest->limit->literal == LITERAL_INTEGER && !query->aggregates && !query->grouped) {
        uint64_t limit = strtoull(query->rest->limit->text, NULL, 10);
        if (count == 0 || limit < count)
            count = MAX(limit, 1);
    }
    return count;
}

bool access_is_report(const struct access *access)
{
    unsigned tables = 0;

    if (!access->query || access->kind != ACCESS_READ || access_is_exempt(access))
        return false;
    for (const struct range *range = access->query->ranges; range; range = range->next)
        tables += range->kind == RANGE_RELATION;
    return access->query->aggregates && (access->query->grouped || tables >= 2) &&
           access_rows(access) <= ROWS_RANGE;
}
