/* A table's rows can be found through an index when one conjunct of the WHERE can, and a
 * disjunction can when each of its arms can. A comparison can when an index begins with its column
 * or expression and its access method and operator class know the operator (manual, chapter 11).
 * A join can when the other table's rows are found first. What depends on something that is not
 * written is unknown, and one unknown conjunct makes the whole unknown. */
#include "model/index-use.h"

#include <string.h>

#include <glib.h>

#include "model/implication.h"
#include "model/index-advice.h"
#include "model/operator-class.h"
#include "model/transaction.h"

struct search {
    const struct access *access;
    struct advice advice;
    const struct index *whole;       /* that would be read from end to end */
    const struct restriction *facts; /* what holds where the condition at hand stands */
    bool driver; /* joins alone restrict the query, and this table is read first */
};

/* What was found for one condition. */
struct found {
    enum answer answer;
    const struct index *index; /* NULL with yes: found without one */
};

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

/* The smaller, the better. */
static unsigned rank(const struct found *found)
{
    if (found->answer != ANSWER_YES)
        return found->answer == ANSWER_UNKNOWN ? 20 : 30;
    if (!found->index)
        return 0;
    return 2 * (unsigned)index_grain(found->index) + (found->index->kind == INDEX_PLAIN ? 2 : 1);
}

static struct found better(struct found a, struct found b)
{
    return rank(&b) < rank(&a) ? b : a;
}

static struct found worse(struct found a, struct found b)
{
    return rank(&b) > rank(&a) ? b : a;
}

/* ------------------------------------------------------------------ one column or expression */

/* What a condition compares: a column or an expression of the access, with a value. */
struct term {
    struct comparison_of comparison;
    const struct column *definition; /* NULL: an expression, or a column that is not known */
    const char *column;              /* NULL for an expression */
    const char *expression;          /* canonical; for a column with a cast, the cast included */
};

static bool key_matches(const struct index_key *key, const struct term *term)
{
    if (term->column)
        return g_strcmp0(key->column, term->column) == 0;
    return g_strcmp0(key->expression, term->expression) == 0;
}

static enum answer predicate_implied(const struct restriction *facts, const struct index *index)
{
    enum answer answer = ANSWER_YES;

    for (const struct condition *each = index->predicate; each; each = each->next) {
        enum answer implied = condition_implied(facts, each);
        answer = MIN(answer, implied);
    }
    return index->partial && !index->predicate ? ANSWER_UNKNOWN : answer;
}

/* What an index of which some key matches does for the term. */
static struct found judge_index(struct search *search, const struct term *term,
                                const struct index *index, const struct index_key *key)
{
    enum answer answers = index_key_answers(index, key, &term->comparison);
    enum answer implied = predicate_implied(search->facts, index);
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

static struct found search_indexes(struct search *search, const struct term *term,
                                   const struct relation *relation)
{
    struct found best = nothing;

    for (const struct index *index = relation->indexes; index; index = index->next) {
        for (const struct index_key *key = index->keys; key; key = key->next) {
            if (key_matches(key, term))
                best = better(best, judge_index(search, term, index, key));
        }
    }
    if (best.answer == ANSWER_NO && relation->parent)
        best = search_indexes(search, term, relation->parent);
    if (best.answer == ANSWER_NO && relation->partitions_have_indexes)
        return unknown;
    return best;
}

/* A partition is locked by itself, so the key of the partitions narrows what is read. */
static bool prunes(const struct access *access, const struct term *term)
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

static struct found term_serves(struct search *search, const struct term *term, bool variable)
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

    if (value->cast)
        return value->cast;
    switch (value->kind) {
    case OPERAND_CONSTANT:
        return value->literal == LITERAL_INTEGER   ? "int4"
               : value->literal == LITERAL_DECIMAL ? "numeric"
                                                   : NULL;
    case OPERAND_COLUMN:
        column = value->text && value->uses->range && value->uses->range->relation
                     ? relation_column(value->uses->range->relation, value->text)
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

/* text to varchar changes nothing. */
static bool is_harmless_cast(const struct column *column, const char *cast)
{
    static const char *const texts[] = {"text", "varchar", NULL};

    return column && column->type &&
           (strcmp(column->type, cast) == 0 ||
            (g_strv_contains(texts, column->type) && g_strv_contains(texts, cast)));
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
    struct term term = {.comparison = *comparison, .definition = column, .column = side->text};

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
    if (side->cast && !is_harmless_cast(column, side->cast)) {
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
    struct term term = {.comparison = *comparison, .expression = side->text};

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
            best = better(best, column_serves(search, &each, &item->operand));
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

/* Operators as seen from the other side. */
static const char *commuted(const char *name)
{
    static const char *const pairs[][2] = {
        {"<@", "@>"},   {"@>", "<@"},   {"&&", "&&"},   {"@@", "@@"}, {"<<", ">>"}, {">>", "<<"},
        {"<<=", ">>="}, {">>=", "<<="}, {"-|-", "-|-"}, {"~=", "~="}, {"%", "%"}};

    for (size_t i = 0; name && i < G_N_ELEMENTS(pairs); i++) {
        if (strcmp(pairs[i][0], name) == 0)
            return pairs[i][1];
    }
    return "a value compared with a pattern or list in the table";
}

static bool is_null_constant(const struct operand *operand)
{
    return operand->kind == OPERAND_CONSTANT && operand->literal == LITERAL_NULL;
}

/* x IS NOT DISTINCT FROM NULL is x IS NULL. */
static void replace_distinct(struct comparison_of *comparison)
{
    if (comparison->comparison != COMPARE_OTHER || !is_null_constant(comparison->value) ||
        !comparison->operator_name || !strstr(comparison->operator_name, "DISTINCT"))
        return;
    comparison->comparison = strcmp(comparison->operator_name, "IS DISTINCT FROM") == 0
                                 ? COMPARE_IS_NOT_NULL
                                 : COMPARE_IS_NULL;
}

static struct found compare_serves(struct search *search, const struct condition *condition,
                                   bool negated)
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
    if (right && !condition->right.element) {
        comparison.comparison = comparison_mirrored(comparison.comparison);
        if (comparison.comparison == COMPARE_OTHER)
            comparison.operator_name = commuted(comparison.operator_name);
        else if (comparison.comparison == COMPARE_LIKE || comparison.comparison == COMPARE_ILIKE)
            comparison.comparison = COMPARE_OTHER;
    }
    replace_distinct(&comparison);
    if (negated && comparison.comparison != COMPARE_TRUE) { /* NOT flag is flag = false */
        comparison.comparison = comparison_negated(comparison.comparison);
        if (comparison.comparison == COMPARE_OTHER) {
            advice_reason(&search->advice, "NOT (…) finds no rows through an index");
            return nothing;
        }
    }
    return side_serves(search, &comparison, left ? &condition->left : &condition->right);
}

/* ------------------------------------------------------------------ trees of conditions */

static struct found condition_serves(struct search *search, const struct condition *condition,
                                     bool negated);

static struct found any_serves(struct search *search, const struct condition *conditions,
                               bool negated)
{
    struct found best = nothing;

    for (; conditions; conditions = conditions->next)
        best = better(best, condition_serves(search, conditions, negated));
    return best;
}

static struct found all_serve(struct search *search, const struct condition *conditions,
                              bool negated)
{
    struct found worst = directly;
    const char *before = search->advice.reason;
    const struct restriction *facts = search->facts;
    bool arm = search->advice.arm;

    search->advice.arm = true;
    for (; conditions; conditions = conditions->next) {
        struct restriction fact = {(struct restriction *)facts, conditions};
        search->facts = negated ? facts : &fact;
        search->advice.reason = NULL;
        struct found each = condition_serves(search, conditions, negated);
        worst = worse(worst, each);
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

static struct found condition_serves(struct search *search, const struct condition *condition,
                                     bool negated)
{
    switch (condition->kind) {
    case CONDITION_COMPARE:
        return compare_serves(search, condition, negated);
    case CONDITION_AND:
        return negated ? all_serve(search, condition->children, true)
                       : any_serves(search, condition->children, false);
    case CONDITION_OR:
        return negated ? any_serves(search, condition->children, true)
                       : all_serve(search, condition->children, false);
    case CONDITION_NOT: /* of its children, joined by AND */
        if (condition->children && !condition->children->next)
            return condition_serves(search, condition->children, !negated);
        return negated ? any_serves(search, condition->children, false)
                       : all_serve(search, condition->children, true);
    case CONDITION_EXISTS: /* a semi-join may find the rows; NOT EXISTS never does */
        return negated || search->advice.arm ? nothing : unknown;
    case CONDITION_CONSTANT: {
        const char *text = condition->left.text;
        bool truth = text && strcmp(text, negated ? "false" : "true") == 0;
        return truth ? nothing : directly; /* WHERE false reads nothing */
    }
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
            (operand_uses_range(&condition->left, range) ||
             operand_uses_range(&condition->right, range)))
            return true;
    }
    for (const struct condition *child = condition->children; child; child = child->next) {
        if (is_join(access, child))
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
        if (range->kind != RANGE_RELATION || !range->relation || !range->relation->described ||
            range->relation->kind != RELATION_TABLE ||
            range->relation->persistence == PERSISTENCE_TEMPORARY || query_restricts(query, range))
            return true;
    }
    return query->parent != NULL || query->limited;
}

static bool names_only(const struct condition *condition, const struct range *range)
{
    const struct range *others = range->owner->ranges;
    bool own =
        operand_uses_range(&condition->left, range) || operand_uses_range(&condition->right, range);

    for (; others; others = others->next) {
        if (others != range && (operand_uses_range(&condition->left, others) ||
                                operand_uses_range(&condition->right, others)))
            return false;
    }
    for (const struct condition *child = condition->children; child; child = child->next)
        own |= names_only(child, range);
    return own;
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
        const struct operand *sides[] = {&each->left, &each->right};
        for (size_t i = 0; i < G_N_ELEMENTS(sides); i++) {
            const struct column_use *use = sides[i]->uses;
            for (uint32_t n = 0; n < sides[i]->use_count && use; n++, use = use->next) {
                if (!use->range && !use->variable && use->name)
                    return true;
            }
        }
        if (each->kind == CONDITION_EXISTS && each->left.query &&
            is_correlated(each->left.query, access->range))
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
    else if (query->limited && query->order && query->order->operand.kind == OPERAND_COLUMN &&
             operand_uses_range(&query->order->operand, access->range))
        column = query->order->operand.text;
    for (const struct index *index = access->relation->indexes; column && index;
         index = index->next) {
        if (strcmp(index->method, "btree") == 0 && index->keys &&
            g_strcmp0(index->keys->column, column) == 0 &&
            predicate_implied(access->where, index) == ANSWER_YES)
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
        if (is_join(search->access, each->condition) == joins)
            best = better(best, condition_serves(search, each->condition, false));
    }
    return best;
}

struct index_use index_use(const struct access *access, struct arena *arena)
{
    struct search search = {
        .access = access, .facts = access->where, .advice = {.arena = arena, .access = access}};
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
        found = better(found, join);
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
