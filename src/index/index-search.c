/* A comparison can find its rows when an index begins with its column or expression and its access
 * method and operator class know the operator (manual, chapter 11). */
#include "index/index-search.h"

#include <string.h>

#include <glib.h>

#include "catalog/resolve.h"
#include "index/implication.h"
#include "index/index-use.h"
#include "index/operator-class.h"

static const struct found nothing = {ANSWER_NO, NULL}, unknown = {ANSWER_UNKNOWN, NULL},
                          directly = {ANSWER_YES, NULL};

/* The smaller, the better. */
static unsigned rank(const struct found *found)
{
    if (found->answer != ANSWER_YES)
        return found->answer == ANSWER_UNKNOWN ? 20 : 30;
    if (!found->index)
        return 0;
    return 2 * (unsigned)index_grain(found->index) + (found->index->kind == INDEX_PLAIN ? 2 : 1);
}

struct found found_better(struct found a, struct found b)
{
    return rank(&b) < rank(&a) ? b : a;
}

struct found found_worse(struct found a, struct found b)
{
    return rank(&b) > rank(&a) ? b : a;
}

/* ------------------------------------------------------------------ one column or expression */

/* What a condition compares: a column or an expression of the access, with a value. */
struct indexed {
    struct comparison_of comparison;
    const struct column *definition; /* NULL: an expression, or a column that is not known */
    const char *column;              /* NULL for an expression */
    const char *expression;          /* canonical; for a column with a cast, the cast included */
};

static bool key_matches(const struct index_key *key, const struct indexed *term)
{
    if (term->column)
        return g_strcmp0(key->column, term->column) == 0;
    return g_strcmp0(key->expression, term->expression) == 0;
}

enum answer search_covers(const struct restriction *facts, const struct index *index)
{
    enum answer answer = ANSWER_YES;

    for (const struct condition *each = index->predicate; each; each = each->next) {
        enum answer implied = condition_implied(facts, each);
        answer = MIN(answer, implied);
    }
    return index->partial && !index->predicate ? ANSWER_UNKNOWN : answer;
}

/* What an index of which some key matches does for the term. */
static struct found judge_index(struct search *search, const struct indexed *term,
                                const struct index *index, const struct index_key *key)
{
    enum answer answers = index_key_answers(index, key, &term->comparison);
    enum answer implied = search_covers(search->facts, index);
    struct found found = {MIN(answers, implied), index};

    if (answers == ANSWER_NO)
        advice_mention_operator(&search->advice, index);
    else if (implied == ANSWER_NO)
        advice_mention_partial(&search->advice, index);
    if (found.answer == ANSWER_NO || key == index->keys || strcmp(index->method, "btree") != 0)
        return found;
    if (found.answer == ANSWER_YES && !search->whole)
        search->whole = index;
    advice_mention_second(&search->advice, index);
    return nothing;
}

static struct found search_indexes(struct search *search, const struct indexed *term,
                                   const struct relation *relation)
{
    struct found best = nothing;

    for (const struct index *index = relation->indexes; index; index = index->next) {
        for (const struct index_key *key = index->keys; key; key = key->next) {
            if (key_matches(key, term) && (!search->only || search->only == index))
                best = found_better(best, judge_index(search, term, index, key));
        }
    }
    if (best.answer == ANSWER_NO && relation->parent)
        best = search_indexes(search, term, relation->parent);
    if (best.answer == ANSWER_NO && relation->partitions_have_indexes)
        return unknown;
    return best;
}

/* A partition is locked by itself, so the key of the partitions narrows what is read. */
static bool prunes(const struct access *access, const struct indexed *term)
{
    const char **key = access->relation->partition_key;

    if (!access->relation->partitioned || term->comparison.comparison > COMPARE_IN ||
        term->comparison.comparison == COMPARE_NOT_EQUAL)
        return false;
    if (!key)
        return true; /* an expression; it may be this one */
    for (; term->column && *key; key++) {
        if (strcmp(*key, term->column) == 0)
            return true;
    }
    return false;
}

static struct found term_serves(struct search *search, const struct indexed *term, bool variable)
{
    const struct relation *relation = search->access->relation;
    enum comparison comparison = term->comparison.comparison;

    search->advice.second = search->advice.partial = search->advice.operator= NULL;
    if (comparison == COMPARE_NOT_EQUAL || comparison == COMPARE_NOT_IN) {
        advice_reason(&search->advice, "<> finds no rows through an index");
        return nothing;
    }
    struct found found = search_indexes(search, term, relation);
    if (found.answer != ANSWER_NO)
        return found;
    if (prunes(search->access, term) || (term->column && !term->definition))
        return unknown;
    if (term->column)
        advice_for_column(&search->advice, term->column, &term->comparison);
    else
        advice_for_expression(&search->advice, term->expression, &term->comparison, variable);
    return nothing;
}

/* ------------------------------------------------------------------ comparisons */

static const char *type_of(const struct operand *value)
{
    const struct column *column;

    if (operand_cast(value))
        return value->cast;
    switch (value->kind) {
    case OPERAND_CONSTANT:
        return value->literal == LITERAL_INTEGER   ? "int4"
               : value->literal == LITERAL_DECIMAL ? "numeric"
                                                   : NULL;
    case OPERAND_COLUMN:
        column = value->text && value->uses->range && range_relation(value->uses->range)
                     ? relation_column(range_relation(value->uses->range), value->text)
                     : NULL;
        return column ? column->type : NULL;
    case OPERAND_QUERY:
        return value->query && value->query->outputs && !value->query->outputs->next
                   ? type_of(&value->query->outputs->operand)
                   : NULL;
    default:
        return NULL;
    }
}

/* A value of a wider family makes the server convert the column. */
static bool suits(struct search *search, const struct column *column, const struct operand *value)
{
    const struct operand_item *items = value->kind == OPERAND_LIST ? value->items : NULL;

    if (!column || !column->type)
        return true;
    for (; items; items = items->next) {
        if (!suits(search, column, &items->operand))
            return false;
    }
    const char *type = type_of(value);
    if (type_suits_index(column->type, type))
        return true;
    advice_type(&search->advice, column, type, value);
    return false;
}

static bool is_system_column(const char *name)
{
    static const char *const names[] = {"tableoid", "xmin", "xmax", "cmin", "cmax", NULL};

    return g_strv_contains(names, name);
}

static struct found column_serves(struct search *search, const struct comparison_of *comparison,
                                  const struct operand *side)
{
    const struct column *column = relation_column(search->access->relation, side->text);
    struct indexed term = {.comparison = *comparison, .definition = column, .column = side->text};

    if (side->element) {
        advice_array(&search->advice, side->text, comparison->value);
        return nothing;
    }
    if (!column && strcmp(side->text, "ctid") == 0)
        return comparison->comparison == COMPARE_NOT_EQUAL ? nothing : directly;
    if (!column && is_system_column(side->text)) {
        advice_reason(&search->advice, "no index can be on %s", side->text);
        return nothing;
    }
    term.comparison.type = column ? column->type : NULL;
    term.comparison.collation = column ? column->collation : NULL;
    if (side->cast && !column_cast_is_none(column, side->cast)) {
        term.column = NULL;
        term.definition = NULL;
        term.comparison.type = side->cast;
        term.expression = arena_printf(search->advice.arena, "%s::%s", side->text, side->cast);
        struct found found = search_indexes(search, &term, search->access->relation);
        if (found.answer == ANSWER_NO)
            advice_cast(&search->advice, side, column);
        return found;
    }
    return suits(search, column, comparison->value) ? term_serves(search, &term, false) : nothing;
}

/* Whether the text is a call of a function that has planner support of its own; of functions that
 * are not the server's nobody knows. */
static bool may_be_rewritten(const struct operand *side)
{
    return side->has_call || g_str_has_prefix(side->text, "starts_with(");
}

static struct found expression_serves(struct search *search, const struct comparison_of *comparison,
                                      const struct operand *side)
{
    struct indexed term = {.comparison = *comparison, .expression = side->text};

    if (!side->text || side->has_query)
        return unknown;
    char *collate = strstr(side->text, " collate ");
    if (collate) { /* name COLLATE "C" is found by an index in this collation */
        term.column =
            arena_strndup(search->advice.arena, side->text, (size_t)(collate - side->text));
        term.definition = relation_column(search->access->relation, term.column);
        term.comparison.collation = collate + strlen(" collate ");
        if (strcmp(term.comparison.collation, "default") == 0)
            term.comparison.collation = NULL;
        return term.definition ? search_indexes(search, &term, search->access->relation) : unknown;
    }
    term.comparison.type = side->cast;
    struct found found = search_indexes(search, &term, search->access->relation);
    if (found.answer != ANSWER_NO)
        return found;
    if (comparison->comparison == COMPARE_TRUE && may_be_rewritten(side))
        return unknown;
    return term_serves(search, &term, side->has_call);
}

static bool uses_access(const struct search *search, const struct operand *side)
{
    const struct operand_item *item = side->kind == OPERAND_LIST ? side->items : NULL;

    for (; item; item = item->next) {
        if (uses_access(search, &item->operand))
            return true;
    }
    return operand_uses_range(side, search->access->range);
}

/* (a, b) IN ((1, 2), (3, 4)) and (a, b) > (1, 2): an index that begins with one of them may do. */
static struct found row_serves(struct search *search, const struct comparison_of *comparison,
                               const struct operand *side)
{
    struct comparison_of each = *comparison;
    static const struct operand any = {.kind = OPERAND_PARAMETER, .text = "?"};
    struct found best = nothing;

    each.value = &any;
    for (const struct operand_item *item = side->items; item; item = item->next) {
        if (item->operand.kind != OPERAND_COLUMN || !item->operand.text)
            return unknown;
        if (operand_uses_range(&item->operand, search->access->range))
            best = found_better(best, column_serves(search, &each, &item->operand));
    }
    return best;
}

static struct found side_serves(struct search *search, const struct comparison_of *comparison,
                                const struct operand *side)
{
    if (comparison->value->has_volatile) {
        advice_volatile(&search->advice);
        return nothing;
    }
    switch (side->kind) {
    case OPERAND_COLUMN:
        return side->text ? column_serves(search, comparison, side) : unknown;
    case OPERAND_EXPRESSION:
        return expression_serves(search, comparison, side);
    case OPERAND_LIST:
        return row_serves(search, comparison, side);
    default:
        return unknown;
    }
}

struct found search_comparison(struct search *search, const struct condition *condition)
{
    bool left = uses_access(search, &condition->left);
    bool right = uses_access(search, &condition->right);
    struct comparison_of comparison = {condition->comparison, condition->operator_name, NULL, NULL,
                                       left ? &condition->right : &condition->left};

    if (left && right) {
        advice_reason(&search->advice, "the condition compares columns of the same table");
        return nothing;
    }
    if (!left && !right) { /* an arm of OR: $1 IS NULL */
        if (condition->left.use_count + condition->right.use_count > 0 &&
            !operand_has_columns(&condition->left) && !operand_has_columns(&condition->right))
            return unknown;
        advice_reason(&search->advice, "it is not about this table");
        return nothing;
    }
    if (right && !condition->right.element) { /* a join: the value stands left */
        if (!condition_is_turnable(condition)) {
            comparison.comparison = COMPARE_OTHER;
            comparison.operator_name = "a value compared with a pattern or list in the table";
        }
        comparison.comparison = comparison_mirrored(comparison.comparison);
    }
    return side_serves(search, &comparison, left ? &condition->left : &condition->right);
}
