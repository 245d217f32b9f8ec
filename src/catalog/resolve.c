/* Inner queries may name columns of the outer ones, and a name without a qualifier belongs to the
 * one range that can have it; the catalog knows which can. */
#include "catalog/resolve.h"

#include <string.h>

#include <glib.h>

static enum answer query_has_output(const struct query *query, const char *name)
{
    enum answer answer = ANSWER_NO;

    if (!query || query->kind == QUERY_SET_OPERATION || query->kind == QUERY_VALUES)
        return ANSWER_UNKNOWN;
    for (const struct output *output = query->outputs; output; output = output->next) {
        if (output->name && strcmp(output->name, name) == 0)
            return ANSWER_YES;
        if (output_is_star(output))
            answer = ANSWER_UNKNOWN;
    }
    return answer;
}

static enum answer range_has_column(const struct range *range, const char *name)
{
    switch (range->kind) {
    case RANGE_RELATION:
        if (range->relation && range->relation->kind == RELATION_VIEW)
            return query_has_output(range->relation->definition, name);
        return relation_has_column(range->relation, name);
    case RANGE_QUERY:
        return query_has_output(range->query, name);
    case RANGE_FUNCTION: /* a scalar function's column is called like its alias */
        if (range_columns(range) && g_strv_contains(range_columns(range), name))
            return ANSWER_YES;
        return range->alias && strcmp(range->alias, name) == 0 ? ANSWER_YES : ANSWER_NO;
    case RANGE_VALUES:
        return ANSWER_NO;
    }
    return ANSWER_UNKNOWN;
}

/* The column that JOIN … USING merges from two ranges counts as the left one's. */
static struct range *find_merged(const struct query *query, const char *name)
{
    if (!query->merges || !name)
        return NULL;
    for (const struct condition *each = query->conditions; each; each = each->next) {
        if (each->merged && strcmp(each->left.text, name) == 0)
            return each->left.uses->range;
    }
    return NULL;
}

/* The range of this query level that a column belongs to. `*settled` when the search must not go
 * on to the outer query. */
static struct range *find_range(const struct query *query, const struct column_use *use,
                                bool *settled)
{
    struct range *candidate = find_merged(query, use->name);
    unsigned unknown = 0;

    if (candidate) {
        *settled = true;
        return candidate;
    }
    for (struct range *range = query->ranges; range; range = range->next) {
        enum answer answer = range_has_column(range, use->name);
        if (answer == ANSWER_YES) {
            *settled = true;
            return range;
        }
        if (answer == ANSWER_UNKNOWN) {
            candidate = range;
            unknown++;
        }
    }
    *settled = unknown > 0;
    return unknown == 1 ? candidate : NULL;
}

static void resolve_uses(const struct query *query)
{
    for (struct column_use *use = query->uses; use; use = use->next) {
        bool settled = use->variable || use->settled || !use->name;
        if (!use->settled)
            use->range = NULL;
        for (const struct query *level = query; level && !use->range && !settled;
             level = level->parent)
            use->range = find_range(level, use, &settled);
    }
}

void resolve_names(const struct query *query, const struct catalog *catalog,
                   const struct script *script, uint32_t at)
{
    if (query->resolved == catalog->number)
        return;
    ((struct query *)query)->resolved = catalog->number;
    for (struct range *range = query->ranges; range; range = range->next) {
        if (range->kind != RANGE_RELATION)
            continue;
        range->relation = range->placeholder
                              ? NULL
                              : catalog_relation(catalog, range->schema, range->name, script, at);
    }
    /* Inner queries first: what FROM (SELECT …) has is known when the outer names it. */
    for (const struct query *inner = query->inner; inner; inner = inner->next)
        resolve_names(inner, catalog, script, at);
    resolve_uses(query);
}

bool column_cast_is_none(const struct column *column, const char *cast)
{
    static const char *const texts[] = {"text", "varchar", NULL};

    return column && column->type &&
           (strcmp(column->type, cast) == 0 ||
            (g_strv_contains(texts, column->type) && g_strv_contains(texts, cast)));
}

bool operand_is_column(const struct operand *operand)
{
    if (operand->kind != OPERAND_COLUMN || !operand->cast)
        return operand->kind == OPERAND_COLUMN;
    const struct range *range = operand->uses ? operand->uses->range : NULL;
    const struct relation *relation = range ? range_relation(range) : NULL;

    return relation && operand->text &&
           column_cast_is_none(relation_column(relation, operand->text), operand->cast);
}
