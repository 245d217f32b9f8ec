/* A table's rows can be found through an index when one conjunct of the WHERE can, and a
 * disjunction can when each of its arms can. A comparison can when an index begins with its column
 * or expression and its access method and operator class know the operator (manual, chapter 11). */
#include "model/index-use.h"

#include <string.h>

#include <glib.h>

struct search {
    const struct access *access;
    struct arena *arena;
    const struct index *index;
    const char *reason, *advice;
    bool whole_index, unknown;
};

static void give_reason(struct search *search, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The first reason is the one that is told. */
static void give_reason(struct search *search, const char *format, ...)
{
    va_list args;

    if (search->reason)
        return;
    va_start(args, format);
    search->reason = arena_vprintf(search->arena, format, args);
    va_end(args);
}

static void advise(struct search *search, const char *method, const char *key)
{
    if (!search->advice)
        search->advice = arena_printf(search->arena, "CREATE INDEX CONCURRENTLY ON %s %s(%s)",
                                      search->access->name, method, key);
}

/* ------------------------------------------------------------------ operators */

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static bool is_btree_operator(enum comparison comparison)
{
    return comparison == COMPARE_EQUAL || comparison == COMPARE_IN ||
           (comparison >= COMPARE_LESS && comparison <= COMPARE_GREATER_EQUAL) ||
           comparison == COMPARE_IS_NULL || comparison == COMPARE_IS_NOT_NULL ||
           comparison == COMPARE_TRUE;
}

static bool is_trigram(const struct index_key *key)
{
    return same(key->opclass, "gin_trgm_ops") || same(key->opclass, "gist_trgm_ops");
}

static bool sorts_by_byte(const struct index_key *key, const struct column *column)
{
    const char *collation = key->collation ? key->collation : column ? column->collation : NULL;

    return (key->opclass && g_str_has_suffix(key->opclass, "_pattern_ops")) ||
           same(collation, "C") || same(collation, "POSIX") || same(collation, "ucs_basic");
}

static bool begins_with_wildcard(const struct operand *pattern)
{
    return pattern->kind == OPERAND_CONSTANT &&
           (pattern->text[0] == '%' || pattern->text[0] == '_');
}

static bool method_serves(const struct index *index, const struct index_key *key,
                          const struct column *column, const struct condition *condition)
{
    enum comparison comparison = condition->comparison;

    if (comparison == COMPARE_LIKE || comparison == COMPARE_ILIKE) {
        if (is_trigram(key))
            return true;
        return comparison == COMPARE_LIKE && strcmp(index->method, "btree") == 0 &&
               condition->right.kind == OPERAND_CONSTANT &&
               !begins_with_wildcard(&condition->right) && sorts_by_byte(key, column);
    }
    if (strcmp(index->method, "btree") == 0 || strcmp(index->method, "brin") == 0)
        return is_btree_operator(comparison);
    if (strcmp(index->method, "hash") == 0)
        return comparison == COMPARE_EQUAL || comparison == COMPARE_IN;
    if (strcmp(index->method, "bloom") == 0)
        return comparison == COMPARE_EQUAL;
    /* GIN, GiST and SP-GiST: what their operator classes can is not modelled beyond equality. */
    return comparison == COMPARE_OTHER || comparison == COMPARE_EQUAL;
}

/* ------------------------------------------------------------------ partial indexes */

/* Whether the access demands this condition word for word. */
static bool demands(const struct access *access, const struct condition *wanted)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct condition *has = each->condition;
        if (has->kind != wanted->kind || has->left.kind != wanted->left.kind ||
            !same(has->left.text, wanted->left.text))
            continue;
        if (has->comparison == wanted->comparison && has->right.kind == wanted->right.kind &&
            (has->right.kind == OPERAND_NONE || same(has->right.text, wanted->right.text)))
            return true;
        /* x = 1 and x > 1 imply x IS NOT NULL. */
        if (wanted->comparison == COMPARE_IS_NOT_NULL && has->comparison != COMPARE_IS_NULL)
            return true;
        if (wanted->kind == CONDITION_NOT && wanted->children && has->children &&
            same(wanted->children->left.text, has->children->left.text))
            return true;
    }
    return false;
}

static bool predicate_implied(const struct access *access, const struct index *index)
{
    if (!index->partial)
        return true;
    for (const struct condition *each = index->predicate; each; each = each->next) {
        if (!demands(access, each))
            return false;
    }
    return index->predicate != NULL;
}

/* ------------------------------------------------------------------ the search */

static const char *type_class(const char *type)
{
    static const char *const integers[] = {"int2", "int4", "int8", NULL};
    static const char *const texts[] = {"text", "varchar", "bpchar", NULL};

    if (type && g_strv_contains(integers, type))
        return "integer";
    if (type && g_strv_contains(texts, type))
        return "text";
    return type;
}

/* A cast that changes nothing for the index: text to varchar, int4 to int4. */
static bool cast_is_harmless(const struct column *column, const char *cast)
{
    return column && column->type &&
           (strcmp(column->type, cast) == 0 ||
            (same(type_class(column->type), "text") && same(type_class(cast), "text")));
}

static bool value_fits(struct search *search, const struct column *column,
                       const struct operand *value)
{
    if (!column || !column->type || !same(type_class(column->type), "integer") ||
        value->kind != OPERAND_CONSTANT || value->literal != LITERAL_DECIMAL)
        return true;
    give_reason(search, "%s is an integer and is compared with the numeric %s", column->name,
                value->text);
    return false;
}

static bool search_indexes(struct search *search, const struct relation *relation,
                           const struct condition *condition, const char *column,
                           const char *expression)
{
    const struct column *definition = column ? relation_column(relation, column) : NULL;
    bool second = false, partial = false, method = false;

    for (const struct index *index = relation->indexes; index; index = index->next) {
        bool first = true;
        for (const struct index_key *key = index->keys; key; key = key->next, first = false) {
            if (column ? !same(key->column, column) : !same(key->expression, expression))
                continue;
            if (!method_serves(index, key, definition, condition)) {
                method = true;
            } else if (!predicate_implied(search->access, index)) {
                partial = true;
            } else if (first || strcmp(index->method, "btree") != 0) {
                search->index = index;
                return true;
            } else {
                second = true;
                if (!search->index)
                    search->index = index;
            }
        }
    }
    if (second) {
        search->whole_index = true;
        give_reason(search, "index %s does not begin with %s, so all of it is read",
                    search->index->name, column ? column : expression);
    } else if (partial) {
        give_reason(search, "the partial index on %s does not cover these rows",
                    column ? column : expression);
    } else if (method) {
        give_reason(search, "no index on %s serves this comparison", column ? column : expression);
    } else if (relation->parent) {
        return search_indexes(search, relation->parent, condition, column, expression);
    } else {
        give_reason(search, "no index on %s", column ? column : expression);
    }
    return false;
}

static bool column_serves(struct search *search, const struct condition *condition,
                          const struct operand *side, const struct operand *other)
{
    const struct relation *relation = search->access->relation;
    const struct column *column = relation_column(relation, side->text);

    if (side->element) {
        give_reason(search, "= ANY(%s) over an array column uses no index, @> does", side->text);
        return false;
    }
    if (side->cast && !cast_is_harmless(column, side->cast)) {
        g_autofree char *expression = g_strdup_printf("%s::%s", side->text, side->cast);
        if (column && search_indexes(search, relation, condition, NULL, expression))
            return true;
        search->reason = NULL;
        give_reason(search, "%s is cast to %s, so an index on it does not serve", side->text,
                    side->cast);
        return false;
    }
    if (condition->comparison == COMPARE_NOT_EQUAL || condition->comparison == COMPARE_NOT_IN) {
        give_reason(search, "<> finds no rows through an index");
        return false;
    }
    if (!value_fits(search, column, other))
        return false;
    if (search_indexes(search, relation, condition, side->text, NULL))
        return true;
    if (condition->comparison == COMPARE_LIKE && begins_with_wildcard(other)) {
        search->reason = NULL;
        give_reason(search, "the pattern begins with a wildcard");
        advise(search, "USING gin ", arena_printf(search->arena, "%s gin_trgm_ops", side->text));
    } else if (condition->comparison == COMPARE_LIKE && other->kind == OPERAND_CONSTANT) {
        advise(search, "", arena_printf(search->arena, "%s text_pattern_ops", side->text));
    } else if (is_btree_operator(condition->comparison)) {
        advise(search, "", side->text);
    }
    return false;
}

static bool side_serves(struct search *search, const struct condition *condition,
                        const struct operand *side, const struct operand *other)
{
    const struct range *range = search->access->range;

    if (!operand_uses_range(side, range) || operand_uses_range(other, range))
        return false;
    if (side->kind == OPERAND_COLUMN)
        return side->text && column_serves(search, condition, side, other);
    if (side->kind != OPERAND_EXPRESSION || !side->text) {
        search->unknown = true;
        return false;
    }
    if (search_indexes(search, search->access->relation, condition, NULL, side->text))
        return true;
    if (!search->whole_index) {
        search->reason = NULL;
        give_reason(search, "%s is an expression that no index is on", side->text);
        advise(search, "", arena_printf(search->arena, "(%s)", side->text));
    }
    return false;
}

static bool condition_serves(struct search *search, const struct condition *condition)
{
    switch (condition->kind) {
    case CONDITION_COMPARE:
        return side_serves(search, condition, &condition->left, &condition->right) ||
               side_serves(search, condition, &condition->right, &condition->left);
    case CONDITION_AND:
        for (const struct condition *child = condition->children; child; child = child->next) {
            if (condition_serves(search, child))
                return true;
        }
        return false;
    case CONDITION_OR:
        for (const struct condition *child = condition->children; child; child = child->next) {
            if (!condition_serves(search, child)) {
                g_autofree char *arm = g_strdup(search->reason);
                search->reason = NULL;
                give_reason(search, "one arm of the OR has no index%s%s", arm ? ": " : "",
                            arm ? arm : "");
                return false;
            }
        }
        return true;
    case CONDITION_NOT:
        /* NOT flag is a comparison with false, which an index on flag serves. */
        if (condition->children && condition->children->kind == CONDITION_COMPARE &&
            condition->children->comparison == COMPARE_TRUE)
            return condition_serves(search, condition->children);
        give_reason(search, "NOT (…) finds no rows through an index");
        return false;
    default:
        search->unknown |= condition->kind == CONDITION_EXISTS;
        return false;
    }
}

/* SELECT min(x) and ORDER BY x LIMIT n walk an index on x and stop. */
static bool ordered_by_index(const struct access *access)
{
    const struct query *query = access->query;
    const char *column = NULL;

    if (!query)
        return false;
    if (query->only_min_max && query->uses && !query->uses->next)
        column = query->uses->name;
    else if (query->limited && query->order && query->order->operand.kind == OPERAND_COLUMN)
        column = query->order->operand.text;
    for (const struct index *index = access->relation->indexes; column && index;
         index = index->next) {
        if (strcmp(index->method, "btree") == 0 && !index->partial && index->keys &&
            same(index->keys->column, column))
            return true;
    }
    return false;
}

struct index_use index_use(const struct access *access, struct arena *arena)
{
    struct search search = {.access = access, .arena = arena};
    struct index_use use = {.usable = ANSWER_UNKNOWN};
    bool restricted = false;

    if (!access->relation || !access->relation->described || !access->range ||
        access->relation->indexes_unknown || access->relation->kind != RELATION_TABLE)
        return use;
    for (const struct restriction *each = access->where; each; each = each->next) {
        if (each->condition->kind == CONDITION_CONSTANT)
            continue;
        restricted = true;
        if (condition_serves(&search, each->condition)) {
            use.usable = ANSWER_YES;
            use.index = search.index;
            return use;
        }
    }
    if (ordered_by_index(access)) {
        use.usable = ANSWER_YES;
        return use;
    }
    if (search.unknown && !search.reason)
        return use;
    use.usable = ANSWER_NO;
    use.whole_index = search.whole_index;
    use.index = search.index;
    use.reason = search.reason ? search.reason
                 : restricted  ? "no condition on a column of its own"
                               : "there is no WHERE";
    use.advice = search.advice;
    return use;
}
