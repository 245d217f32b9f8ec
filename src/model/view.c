/* Views in a trial: a statement that names one is a statement about the table below. */
#include <string.h>

#include "model/model.h"

static unsigned count_conditions(const struct query *query)
{
    unsigned count = 0;

    for (const struct condition *each = query->conditions; each; each = each->next)
        count++;
    return count;
}

static unsigned count_restrictions(const struct access *access)
{
    unsigned count = 0;

    for (const struct restriction *each = access->where; each; each = each->next)
        count++;
    return count;
}

bool trial_find_view(const struct trial_maker *maker, const struct access *access,
                     const struct query **view)
{
    const struct query *query = maker->statement->query;
    const struct range *named = query->ranges;
    const struct relation *relation = named ? range_relation(named) : NULL;

    *view = NULL;
    if (access->via == maker->via)
        return true;
    if (access->via->outer != maker->via || !relation || named->next || !relation->definition)
        return false;
    *view = relation->definition;
    /* What is asked of the view may not be said of the table below. */
    return trial_is_flat(*view) && query_can_lock(*view) && !(*view)->rest->limit &&
           access->range->owner == *view &&
           count_restrictions(access) == count_conditions(query) + count_conditions(*view);
}

const char *trial_below(const struct trial_maker *maker, const char *name)
{
    const struct output *output = maker->view ? maker->view->outputs : NULL;

    if (!maker->view)
        return name;
    while (output && output->name && strcmp(output->name, name) != 0)
        output = output->next;
    if (output && !output->name) /* "*" */
        return output->next || output != maker->view->outputs ? NULL : name;
    return output && operand_is_column(&output->operand) && output->operand.uses
               ? output->operand.uses->name
               : NULL;
}
