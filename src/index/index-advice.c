#include "index/index-advice.h"

#include <string.h>

struct advice advice_unasked(const struct access *access, struct arena *arena)
{
    return (struct advice){
        .arena = arena, .access = access, .reason = "", .index = "", .rewrite = ""};
}

static bool is_said(const struct advice *advice)
{
    return advice->reason && advice->index && advice->rewrite;
}

void advice_reason(struct advice *advice, const char *format, ...)
{
    va_list args;

    if (advice->reason)
        return;
    va_start(args, format);
    advice->reason = arena_vprintf(advice->arena, format, args);
    va_end(args);
}

static void rewrite(struct advice *advice, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void rewrite(struct advice *advice, const char *format, ...)
{
    va_list args;

    if (advice->rewrite)
        return;
    va_start(args, format);
    advice->rewrite = arena_vprintf(advice->arena, format, args);
    va_end(args);
}

/* ------------------------------------------------------------------ CREATE INDEX */

/* A name as SQL needs it. */
static const char *quoted(const struct advice *advice, const char *name)
{
    bool plain = g_ascii_islower(name[0]) || name[0] == '_';

    for (const char *c = name; plain && *c; c++)
        plain = g_ascii_islower(*c) || g_ascii_isdigit(*c) || *c == '_';
    return plain ? name : arena_printf(advice->arena, "\"%s\"", name);
}

static const char *table_name(const struct advice *advice)
{
    const struct access *access = advice->access;
    const char *name = quoted(advice, access->name);

    return access->schema
               ? arena_printf(advice->arena, "%s.%s", quoted(advice, access->schema), name)
               : name;
}

static void create(struct advice *advice, const char *method, const char *key)
{
    if (advice->index || !advice->access->name)
        return;
    advice->index = arena_printf(advice->arena, "CREATE INDEX CONCURRENTLY ON %s %s(%s)",
                                 table_name(advice), method, key);
}

/* A second column by which the same btree finds fewer rows: every equality is worth one, a range
 * only at the end. */
static void add_columns(struct advice *advice, const char *column)
{
    GString *key = g_string_new(quoted(advice, column));
    unsigned count = 1;

    for (const struct restriction *each = advice->access->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (!term->column || term->comparison != COMPARE_EQUAL ||
            operand_has_columns(term->value) || term->value->literal == LITERAL_BOOLEAN ||
            strcmp(term->column, column) == 0)
            continue;
        const struct column *definition = relation_column(advice->access->relation, term->column);
        if (!definition || g_strcmp0(definition->type, "bool") == 0 || count++ >= 3)
            continue;
        g_string_append_printf(key, ", %s", quoted(advice, term->column));
    }
    create(advice, "", arena_strndup(advice->arena, key->str, key->len));
    g_string_free(key, TRUE);
}

/* Whether one pair of parentheses is around all of it. */
static bool is_enclosed(const char *text)
{
    int depth = 0;

    if (*text != '(')
        return false;
    for (const char *c = text; *c; c++) {
        depth += *c == '(' ? 1 : *c == ')' ? -1 : 0;
        if (depth == 0 && c[1])
            return false;
    }
    return true;
}

/* f(…), which needs no parentheses of its own in CREATE INDEX. */
static bool is_call(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");

    return length > 0 && text[length] == '(' && is_enclosed(text + length) &&
           !g_str_has_prefix(text, "array(");
}

static const char *key_of_expression(const struct advice *advice, const char *expression)
{
    return is_call(expression) || is_enclosed(expression)
               ? arena_printf(advice->arena, is_call(expression) ? "%s" : "(%s)", expression)
               : arena_printf(advice->arena, "(%s)", expression);
}

/* Types that a GIN index looks into. */
static const char *method_for(const char *type, const char *operator_name)
{
    static const char *const contains[] = {"@>", "<@", "&&", "?", "?|", "?&", "@?", NULL};
    bool inside = operator_name && g_strv_contains(contains, operator_name);

    if (operator_name && strcmp(operator_name, "@@") == 0)
        return "USING gin ";
    if (!inside)
        return NULL;
    if (type_is_array(type) || g_strcmp0(type, "jsonb") == 0)
        return "USING gin ";
    return type_is_range(type) ? "USING gist " : NULL;
}

static bool is_btree_comparison(enum comparison comparison)
{
    return comparison == COMPARE_EQUAL || comparison == COMPARE_IN ||
           (comparison >= COMPARE_LESS && comparison <= COMPARE_GREATER_EQUAL) ||
           comparison == COMPARE_IS_NULL || comparison == COMPARE_TRUE;
}

/* ------------------------------------------------------------------ columns */

void advice_mention_second(struct advice *advice, const struct index *index)
{
    if (!advice->second)
        advice->second = index;
}

void advice_mention_partial(struct advice *advice, const struct index *index)
{
    if (!advice->partial)
        advice->partial = index;
}

void advice_mention_operator(struct advice *advice, const struct index *index)
{
    if (!advice->operator)
        advice->operator= index;
}

static const struct index_key *expression_of(const struct relation *relation, const char *column,
                                             const struct index **found)
{
    for (const struct index *index = relation->indexes; index; index = index->next) {
        const struct index_key *key = index->keys;
        if (key && key->expression && expression_names(key->expression, column)) {
            *found = index;
            return key;
        }
    }
    return NULL;
}

/* Only an expression over the column has an index: lower(email). */
static bool point_at_expression(struct advice *advice, const char *column,
                                const struct comparison_of *comparison)
{
    const struct index *index;
    const struct index_key *key = expression_of(advice->access->relation, column, &index);

    if (!key || !is_btree_comparison(comparison->comparison) ||
        comparison->comparison == COMPARE_IS_NULL)
        return false;
    advice_reason(advice, "index %s is on %s, not on %s", index->name, key->expression, column);
    g_autofree char *call = g_strdup_printf("(%s)", column);
    const char *function =
        g_str_has_suffix(key->expression, call)
            ? arena_strndup(advice->arena, key->expression, strlen(key->expression) - strlen(call))
            : NULL;
    if (function && (strcmp(function, "lower") == 0 || strcmp(function, "upper") == 0))
        rewrite(advice, "compare the expression that index %s is on: %s = %s(…)", index->name,
                key->expression, function);
    else
        rewrite(advice, "use index %s: put a condition on its expression, %s", index->name,
                key->expression);
    return true;
}

static void for_pattern(struct advice *advice, const char *column,
                        const struct comparison_of *comparison, enum pattern pattern)
{
    if (pattern == PATTERN_ANY) {
        bool like = comparison->comparison == COMPARE_LIKE;
        if (comparison->comparison == COMPARE_ILIKE)
            advice_reason(advice, "ILIKE finds letters of either case");
        else
            advice_reason(advice, like ? "the pattern begins with a wildcard"
                                       : "the pattern does not begin with plain characters");
        create(advice, "USING gin ",
               arena_printf(advice->arena, "%s gin_trgm_ops", quoted(advice, column)));
        return;
    }
    if (advice->operator)
        advice_reason(advice, "index %s is not sorted by byte, as a pattern needs it",
                      advice->operator->name);
    else
        advice_reason(advice, "no index on %s", column);
    create(advice, "",
           arena_printf(advice->arena, pattern == PATTERN_PREFIX ? "%s text_pattern_ops" : "%s",
                        quoted(advice, column)));
}

void advice_for_column(struct advice *advice, const char *column,
                       const struct comparison_of *comparison)
{
    enum pattern pattern = comparison_pattern(comparison);
    const char *method = method_for(comparison->type, comparison->operator_name);
    bool inside = method && comparison->comparison == COMPARE_OTHER;

    if (is_said(advice))
        return;
    if (pattern != PATTERN_NONE) {
        for_pattern(advice, column, comparison, pattern);
        return;
    }
    if (advice->second)
        advice_reason(advice, "index %s does not begin with %s, so all of it is read",
                      advice->second->name, column);
    else if (advice->partial)
        advice_reason(advice, "the partial index %s does not cover these rows",
                      advice->partial->name);
    else if (advice->operator)
        advice_reason(advice, "no index on %s serves this comparison", column);
    else if (!point_at_expression(advice, column, comparison))
        advice_reason(advice, "no index on %s", column);
    if (advice->partial)
        rewrite(advice,
                "repeat the WHERE of index %s in the condition: the index then finds the rows",
                advice->partial->name);
    if (inside)
        create(advice, method, quoted(advice, column));
    else if (comparison->comparison == COMPARE_EQUAL && !advice->arm)
        add_columns(advice, column);
    else if (is_btree_comparison(comparison->comparison))
        create(advice, "", quoted(advice, column));
}

/* ------------------------------------------------------------------ expressions */

/* (id + 1), (price * 2): what is not a function or an arrow can stand on the other side. */
static bool is_arithmetic(const char *expression)
{
    return is_enclosed(expression) && (strstr(expression, " + ") || strstr(expression, " - ") ||
                                       strstr(expression, " * ") || strstr(expression, " / "));
}

void advice_for_expression(struct advice *advice, const char *expression,
                           const struct comparison_of *comparison, bool variable)
{
    const char *method = method_for(comparison->type, comparison->operator_name);

    if (advice->second)
        advice_reason(advice, "index %s does not begin with %s, so all of it is read",
                      advice->second->name, expression);
    else if (advice->partial)
        advice_reason(advice, "the partial index %s does not cover these rows",
                      advice->partial->name);
    else if (advice->operator)
        advice_reason(advice, "no index on %s serves this comparison", expression);
    else
        advice_reason(advice, "%s is an expression that no index is on", expression);
    if (is_arithmetic(expression)) {
        rewrite(advice, "move the arithmetic to the other side, so that the column stands alone");
        return;
    }
    if (method)
        create(advice, method, key_of_expression(advice, expression));
    else if (variable)
        rewrite(advice, "use a range of the column itself: an index on %s needs it to be IMMUTABLE",
                expression);
    else if (is_btree_comparison(comparison->comparison))
        create(advice, "", key_of_expression(advice, expression));
}

void advice_array(struct advice *advice, const char *column, const struct operand *value)
{
    bool constant = value->kind == OPERAND_CONSTANT || value->kind == OPERAND_PARAMETER;

    advice_reason(advice, "= ANY(%s) over an array column uses no index, @> does", column);
    rewrite(advice,
            value->literal == LITERAL_STRING && constant ? "write %s @> ARRAY['%s']"
                                                         : "write %s @> ARRAY[%s]",
            column, constant && value->text ? value->text : "…");
    for (const struct index *index = advice->access->relation->indexes; index;
         index = index->next) {
        if (strcmp(index->method, "gin") == 0 && g_strcmp0(index->keys->column, column) == 0)
            return;
    }
    create(advice, "USING gin ", quoted(advice, column));
}

static bool is_time(const char *type)
{
    return g_strcmp0(type, "timestamptz") == 0 || g_strcmp0(type, "timestamp") == 0;
}

void advice_cast(struct advice *advice, const struct operand *side, const struct column *column)
{
    advice_reason(advice, "%s is cast to %s, so an index on it does not serve", side->text,
                  side->cast);
    if (column && is_time(column->type) && strcmp(side->cast, "date") == 0)
        rewrite(advice,
                "write %s >= day AND %s < day + 1, which finds the same rows through an index",
                side->text, side->text);
    else if (column && column->type)
        rewrite(advice, "cast the value to %s, not the column", column->type);
}

void advice_type(struct advice *advice, const struct column *column, const char *type,
                 const struct operand *value)
{
    if (value->kind == OPERAND_CONSTANT && value->literal == LITERAL_DECIMAL && !value->cast)
        advice_reason(advice, "%s is an integer and is compared with the numeric %s", column->name,
                      value->text);
    else
        advice_reason(advice, "%s is %s and is converted to %s for the comparison", column->name,
                      column->type, type);
    rewrite(advice, "cast the value to %s", column->type);
}

void advice_volatile(struct advice *advice)
{
    advice_reason(advice, "a volatile function is called for every row");
    rewrite(advice, "call it once, in a sub-SELECT: = (SELECT …())");
}

const char *advice_final_reason(const struct advice *advice)
{
    const struct query *query = advice->access->query;

    if (advice->reason)
        return advice->reason;
    return query && query->conditions ? "no condition restricts it by a column of its own"
                                      : "there is no WHERE";
}
