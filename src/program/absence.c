/* A column of the SELECT of an INSERT is followed into the queries that it comes from, WITH and arms
 * of set operations among them, down to one that leaves out what the read has found:
 *
 *     WITH new AS (SELECT s.name FROM staging s LEFT JOIN tag t ON t.name = s.name WHERE t.id IS NULL)
 *     INSERT INTO tag (name) SELECT name FROM new
 */
#include "program/absence.h"

#include <string.h>

#include "program/term.h"

enum { DEEPEST = 20 }; /* WITH RECURSIVE selects from itself */

/* What a query returns at some place: an operand, or a column of one of its ranges that "*" brings. */
struct value {
    const struct operand *operand; /* NULL: that column */
    const struct range *range;
    const char *name;
};

/* What is looked for. */
struct question {
    const struct access *read;
    const char *column;
};

/* ------------------------------------------------------------------ values */

/* The range of which "*" or "s.*" brings all columns, when there is no other. */
static const struct range *range_of_star(const struct query *query, const struct output *star)
{
    const struct column_use *use = star->operand.use_count ? star->operand.uses : NULL;

    if (use && use->range)
        return use->range;
    return query->ranges && !query->ranges->next ? query->ranges : NULL;
}

/* A function that returns one column calls it as its range is called: unnest($1) item. */
static const char *column_at(const struct range *range, unsigned at)
{
    if (range->kind == RANGE_FUNCTION)
        return at == 0 ? range->alias : NULL;
    const struct column *column =
        range_relation(range) && range->relation->described ? range->relation->columns : NULL;

    while (column && at--)
        column = column->next;
    return column ? column->name : NULL;
}

static struct value value_at(const struct query *query, unsigned at)
{
    const struct output *output = query->outputs;
    struct value value = {0};

    while (output && at > 0 && !output_is_star(output)) {
        output = output->next;
        at--;
    }
    if (output && output_is_star(output)) {
        value.range = range_of_star(query, output);
        value.name = value.range ? column_at(value.range, at) : NULL;
    } else if (output) {
        const struct column_use *use =
            output->operand.kind == OPERAND_COLUMN ? output->operand.uses : NULL;
        value.operand = &output->operand;
        value.range = use ? use->range : NULL;
        value.name = use ? use->name : NULL;
    }
    return value;
}

static bool is_column(const struct operand *operand, const struct range *range, const char *name)
{
    return name && operand_is_column_of(operand, range) && strcmp(operand->uses->name, name) == 0;
}

static bool is_value(const struct operand *operand, const struct value *value)
{
    if (value->range)
        return is_column(operand, value->range, value->name);
    return value->operand && !operand_has_columns(value->operand) &&
           operand_same_value(operand, value->operand) == ANSWER_YES;
}

/* ------------------------------------------------------------------ what leaves rows out */

/* WHERE NOT EXISTS (SELECT … WHERE column = value), LEFT JOIN … ON column = value */
static bool asks_for(const struct question *question, const struct value *value)
{
    for (const struct restriction *each = question->read->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (term_binds(term) && term->comparison == COMPARE_EQUAL &&
            strcmp(term->column, question->column) == 0 && is_value(term->value, value))
            return true;
    }
    return false;
}

static bool returns_column(const struct question *question, unsigned at)
{
    const struct value value = value_at(question->read->query, at);

    return value.range == question->read->range && value.name &&
           strcmp(value.name, question->column) == 0;
}

static bool is_not_in(const struct condition *condition, enum comparison comparison,
                      const struct question *question, const struct value *value)
{
    return condition->kind == CONDITION_COMPARE && condition->comparison == comparison &&
           condition->right.kind == OPERAND_QUERY &&
           condition->right.query == question->read->query && is_value(&condition->left, value) &&
           returns_column(question, 0);
}

static bool leaves_out(const struct condition *condition, const struct question *question,
                       const struct value *value)
{
    const struct condition *child = condition->kind == CONDITION_NOT ? condition->children : NULL;
    const struct access *read = question->read;

    if (condition->outer || condition->having)
        return false;
    if (child && child->kind == CONDITION_EXISTS)
        return child->left.query == read->query && asks_for(question, value);
    if (child)
        return is_not_in(child, COMPARE_IN, question, value);
    if (condition->kind == CONDITION_COMPARE && condition->comparison == COMPARE_IS_NULL)
        return read->range->nullable && operand_is_column_of(&condition->left, read->range) &&
               asks_for(question, value);
    return is_not_in(condition, COMPARE_NOT_IN, question, value);
}

/* ------------------------------------------------------------------ from query to query */

static bool excludes(const struct query *query, unsigned at, const struct question *question,
                     unsigned depth);

static const struct query *arm_of(const struct query *query)
{
    while (query && query->place != PLACE_ARM)
        query = query->next;
    return query;
}

static bool arms_exclude(const struct query *query, unsigned at, const struct question *question,
                         unsigned depth)
{
    const struct query *left = arm_of(query->inner), *right = left ? arm_of(left->next) : NULL;

    if (!right)
        return false;
    if (query->except && right == question->read->query && returns_column(question, at))
        return true;
    return query->except && excludes(left, at, question, depth);
}

static bool inner_excludes(const struct query *inner, const char *name,
                           const struct question *question, unsigned depth)
{
    const struct query *named = inner;
    unsigned at = 0;

    while (named->kind == QUERY_SET_OPERATION && arm_of(named->inner))
        named = arm_of(named->inner);
    for (const struct output *output = named->outputs; output; output = output->next, at++) {
        if (output_is_star(output))
            return false;
        if (output->name && strcmp(output->name, name) == 0)
            return excludes(inner, at, question, depth);
    }
    return false;
}

static bool excludes(const struct query *query, unsigned at, const struct question *question,
                     unsigned depth)
{
    if (depth++ > DEEPEST)
        return false;
    if (query->kind == QUERY_SET_OPERATION)
        return arms_exclude(query, at, question, depth);
    const struct value value = value_at(query, at);
    for (const struct condition *each = query->conditions; each; each = each->next) {
        if (leaves_out(each, question, &value))
            return true;
    }
    return value.range && value.name && range_query(value.range) &&
           inner_excludes(value.range->query, value.name, question, depth);
}

/* ------------------------------------------------------------------ the INSERT */

/* Both stand in one body, or in none, and are about one table. */
static bool are_of_one(const struct access *read, const struct access *insert)
{
    return insert->kind == ACCESS_INSERT && insert->query && read->query && read->range &&
           read->via == insert->via && access_same_relation(read, insert);
}

/* The columns of the INSERT, in the order of what the SELECT returns: those that it names, or those of
 * the table. */
struct target {
    const struct assignment *named;
    const struct column *column;
};

static struct target first_target(const struct access *insert)
{
    bool named = insert->assignments && insert->assignments->column;
    bool known = insert->relation && insert->relation->described;

    return (struct target){named ? insert->assignments : NULL,
                           !named && known ? insert->relation->columns : NULL};
}

static const char *name_of(const struct target *target)
{
    return target->named ? target->named->column : target->column ? target->column->name : NULL;
}

static void go_on(struct target *target)
{
    target->named = target->named ? target->named->next : NULL;
    target->column = target->column ? target->column->next : NULL;
}

static bool is_given(const struct operand *value)
{
    return value->kind == OPERAND_PARAMETER || value->kind == OPERAND_VARIABLE;
}

/* An earlier statement has returned what is missing, and the INSERT brings a value that it is given. */
static const char *find_given(const struct access *read, const struct access *insert,
                              const char *wanted)
{
    const struct query *query = read->statement ? read->statement->query : NULL;

    if (!query || query->write)
        return NULL;
    for (const struct assignment *each = insert->assignments; each; each = each->next) {
        const struct question question = {read, each->column};
        unsigned at = 0;
        if (!each->column || !is_given(&each->value) ||
            (wanted && strcmp(each->column, wanted) != 0))
            continue;
        for (const struct output *output = query->outputs; output; output = output->next, at++) {
            if (excludes(query, at, &question, 0))
                return each->column;
        }
    }
    return NULL;
}

/* The first column that the read has looked for; with `wanted` only that one. */
static const char *find_column(const struct access *read, const struct access *insert,
                               const char *wanted)
{
    unsigned at = 0;

    if (read == insert || !are_of_one(read, insert))
        return NULL;
    if (!access_same_statement(read, insert))
        return find_given(read, insert, wanted);
    const struct query *source = query_source(insert->query);
    if (!source)
        return NULL;
    for (struct target target = first_target(insert); name_of(&target); go_on(&target), at++) {
        const struct question question = {read, name_of(&target)};
        if ((!wanted || strcmp(question.column, wanted) == 0) && excludes(source, at, &question, 0))
            return question.column;
    }
    return NULL;
}

bool absence_in_column(const struct access *read, const struct access *insert, const char *column)
{
    return find_column(read, insert, column);
}

const char *absence_column(const struct access *read, const struct access *insert)
{
    return find_column(read, insert, NULL);
}
