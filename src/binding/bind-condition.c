/* What a query demands of the rows it reads: its own conditions, those that a join implies, those
 * that the query around a view or sub-SELECT adds; in a routine, with its arguments put in. */
#include "binding/binder.h"

#include <string.h>

#include <glib.h>

#include "catalog/resolve.h"
#include "facts/condition.h"

static const struct condition *with_arguments(struct binder *binder,
                                              const struct condition *condition);

void bind_restrict(struct binder *binder, struct restriction **list,
                   const struct condition *condition)
{
    struct restriction *restriction = arena_new(binder->arena, struct restriction);

    while (*list)
        list = &(*list)->next;
    restriction->term.condition = with_arguments(binder, condition);
    *list = restriction;
}

void bind_terms(struct access *access)
{
    for (struct restriction *each = access->where; each; each = each->next)
        each->term = term_of(each->term.condition, access->range);
}

/* a.x = b.y joins the two columns; returns the one that is not of `range`. Of an outer join that demands
 * something of the side that may be missing (reconsider_outer_join_clause in optimizer/path/equivclass.c). */
static const struct operand *joined(const struct condition *condition, const struct range *range,
                                    const struct operand **own)
{
    const struct operand *left = &condition->left, *right = &condition->right;

    if (condition->kind != CONDITION_COMPARE || condition->comparison != COMPARE_EQUAL ||
        !operand_is_column(left) || !operand_is_column(right))
        return NULL;
    *own = left->uses->range == range ? left : right;
    const struct operand *other = *own == left ? right : left;
    bool missing = range->nullable && other->uses->range && !other->uses->range->nullable;
    if ((*own)->uses->range != range || other->uses->range == range ||
        (condition->outer && !missing))
        return NULL;
    return other;
}

static bool same_column(const struct operand *a, const struct operand *b)
{
    return operand_is_column(b) && a->uses->range == b->uses->range && a->text && b->text &&
           strcmp(a->text, b->text) == 0;
}

/* Of the form that implies another one of what the column is joined with. */
static bool may_imply(const struct condition *condition)
{
    return condition->kind == CONDITION_COMPARE && !condition->having && !condition->outer &&
           (condition->comparison == COMPARE_EQUAL || condition->comparison == COMPARE_IN) &&
           condition->right.kind != OPERAND_COLUMN;
}

/* Those of a query around this one, listed once: it may have thousands, of which each asks for a
 * sub-SELECT, and none implies anything. */
static const GPtrArray *implying(struct binder *binder, const struct query *around)
{
    if (!binder->implying)
        binder->implying = g_ptr_array_new();
    if (binder->around == around)
        return binder->implying;
    binder->around = around;
    g_ptr_array_set_size(binder->implying, 0);
    for (const struct condition *each = around->conditions; each; each = each->next) {
        if (may_imply(each))
            g_ptr_array_add(binder->implying, (gpointer)each);
    }
    return binder->implying;
}

static void add_same(struct binder *binder, const struct condition *condition,
                     const struct operand *own, const struct operand *other,
                     struct restriction **list)
{
    if (!same_column(other, &condition->left))
        return;
    struct condition *implied = arena_new(binder->arena, struct condition);
    *implied = *condition;
    implied->next = NULL;
    implied->left = *own;
    bind_restrict(binder, list, implied);
}

/* a.x = b.y AND a.x = 1 demands b.y = 1 as well: the server concludes the same
 * (equivalence classes, optimizer/README). A sub-SELECT runs for rows of the outer query that pass
 * its conditions. */
static void add_implied(struct binder *binder, const struct query *query, const struct range *range,
                        struct restriction **list)
{
    const struct operand *own, *other;

    for (const struct condition *join = query->conditions; join; join = join->next) {
        if (!(other = joined(join, range, &own)) || !other->uses->range)
            continue;
        const struct query *owner = other->uses->range->owner;
        const GPtrArray *around = owner == query ? NULL : implying(binder, owner);
        for (guint i = 0; around && i < around->len; i++)
            add_same(binder, around->pdata[i], own, other, list);
        for (const struct condition *each = around ? NULL : query->conditions; each;
             each = each->next) {
            if (may_imply(each))
                add_same(binder, each, own, other, list);
        }
    }
}

/* The conditions of a query that restrict the rows read from one of its ranges. A constant FALSE
 * restricts every range. */
struct restriction *bind_restrictions(struct binder *binder, const struct query *query,
                                      const struct range *range)
{
    struct restriction *list = NULL, **end = &list;

    for (const struct condition *condition = query->conditions; condition;
         condition = condition->next) {
        if (condition->having || (condition->outer && !range->nullable))
            continue;
        if (condition->kind != CONDITION_CONSTANT && !condition_uses(condition, range))
            continue;
        bind_restrict(binder, end, condition);
        end = &(*end)->next;
    }
    if (query->ranges->next || query->parent)
        add_implied(binder, query, range, end);
    return list;
}

void bind_demand(struct binder *binder, const struct query *query, const struct range *range,
                 const struct restriction *demanded, struct restriction **list)
{
    const struct restriction *each;
    const struct operand *own, *other;

    for (each = demanded; each; each = each->next) {
        if (condition_uses(each->term.condition, range))
            bind_restrict(binder, list, each->term.condition);
    }
    for (const struct condition *join = demanded ? query->conditions : NULL; join;
         join = join->next) {
        other = joined(join, range, &own);
        for (each = other ? demanded : NULL; each; each = each->next) {
            if (may_imply(each->term.condition))
                add_same(binder, each->term.condition, own, other, list);
        }
    }
}

/* The output of a plain query that a column of it stands for, when that is itself a column. */
const struct column_use *query_output_column(const struct query *query, const char *name)
{
    for (const struct output *output = query ? query->outputs : NULL; name && output;
         output = output->next) {
        if (output->name && strcmp(output->name, name) == 0)
            return output->operand.kind == OPERAND_COLUMN ? output->operand.uses : NULL;
    }
    return NULL;
}

/* The one range below that "*" takes a column of this name from; NULL when it is not known. */
static struct range *behind_star(const struct query *query, const struct column_use *star,
                                 const char *name)
{
    struct range *found = NULL;

    for (struct range *range = query->ranges; range; range = range->next) {
        if (star->settled && range != star->range)
            continue;
        if (!star->settled && query->ranges->next &&
            (range->kind == RANGE_RELATION
                 ? relation_has_column(range->relation, name) != ANSWER_YES
                 : !query_output_column(range_query(range), name)))
            continue;
        if (found)
            return NULL;
        found = range;
    }
    return found;
}

/* An output of the query: the one of this name, or, in an arm of UNION, the one at its place. */
static const struct output *output_of(const struct query *query, const struct query *first,
                                      const char *name)
{
    const struct output *output = query->outputs, *named = first->outputs;

    for (; output && named; output = output->next, named = named->next) {
        if (!named->name || output_is_star(output))
            return query == first ? output : NULL;
        if (strcmp(named->name, name) == 0)
            return output;
    }
    return NULL;
}

/* What a column of a view or sub-SELECT is, said of the ranges below it. */
static bool column_below(struct binder *binder, const struct query *inner,
                         const struct query *first, const char *name, struct operand *below)
{
    const struct column_use *known = inner == first ? query_output_column(inner, name) : NULL;
    const struct output *output = known ? NULL : name ? output_of(inner, first, name) : NULL;
    struct column_use *use = arena_new(binder->arena, struct column_use);

    if (known) {
        *use = *known;
    } else if (!output) {
        return false;
    } else if (output_is_star(output)) {
        use->name = name;
        use->range = behind_star(inner, output->operand.uses, name);
    } else if (output->operand.kind == OPERAND_COLUMN) {
        *use = *output->operand.uses;
    } else if (inner->grouped || inner->aggregates || output->operand.kind != OPERAND_EXPRESSION) {
        return false;
    } else {
        *below = output->operand;
        return operand_has_columns(below);
    }
    use->next = NULL;
    *below =
        (struct operand){.kind = OPERAND_COLUMN, .text = use->name, .uses = use, .use_count = 1};
    return use->range != NULL && use->name != NULL;
}

static bool translate_operand(struct binder *binder, struct operand *operand,
                              const struct range *range, const struct query *inner,
                              const struct query *top)
{
    struct column_use *uses = NULL, **end = &uses;
    const struct column_use *use = operand->uses;
    struct operand below;

    if (!operand_uses_range(operand, range))
        return true;
    if (operand->kind == OPERAND_COLUMN) {
        if (!column_below(binder, inner, top, use->name, &below))
            return false;
        below.element = operand->element;
        if (operand->cast && below.cast)
            return false;
        below.cast = operand->cast ? operand->cast : below.cast;
        *operand = below;
        return true;
    }
    for (uint32_t i = 0; i < operand->use_count; i++, use = use->next) {
        struct column_use *copy = arena_new(binder->arena, struct column_use);
        *copy = *use;
        copy->next = NULL;
        if (use->range == range) {
            if (!column_below(binder, inner, top, use->name, &below) ||
                below.kind != OPERAND_COLUMN)
                return false;
            copy->range = below.uses->range;
            copy->name = below.uses->name;
        }
        *end = copy;
        end = &copy->next;
    }
    operand->uses = uses;
    if (operand->kind == OPERAND_EXPRESSION)
        operand->text = NULL; /* written with the names above */
    return true;
}

/* A condition over a view or sub-SELECT, said of the tables below; NULL when it cannot be. */
static struct condition *translate(struct binder *binder, const struct condition *condition,
                                   const struct range *range, const struct query *inner,
                                   const struct query *top)
{
    struct condition *copy = arena_new(binder->arena, struct condition);
    struct condition **end;

    *copy = *condition;
    copy->next = NULL;
    if (!translate_operand(binder, &copy->left, range, inner, top) ||
        !translate_operand(binder, &copy->right, range, inner, top))
        return NULL;
    end = &copy->children;
    for (const struct condition *child = condition_children(condition); child;
         child = child->next) {
        *end = translate(binder, child, range, inner, top);
        if (!*end)
            return NULL;
        end = &(*end)->next;
    }
    return copy;
}

/* The server moves conditions below groups and DISTINCT, not below LIMIT and windows
 * (subquery_is_pushdown_safe in optimizer/path/allpaths.c). */
static bool lets_conditions_through(const struct query *query)
{
    return query->kind == QUERY_SELECT && !query->windowed && !query->rest->limit &&
           !query->set_returning;
}

static void push_down(struct binder *binder, const struct range *range, const struct query *inner,
                      const struct query *top, const struct restriction *above,
                      struct restriction **list)
{
    if (inner->kind == QUERY_SET_OPERATION && !inner->rest->limit) {
        for (const struct query *arm = inner->inner; arm; arm = arm->next) {
            if (arm->place == PLACE_ARM)
                push_down(binder, range, arm, top, above, list);
        }
        return;
    }
    if (!lets_conditions_through(inner))
        return;
    for (; above; above = above->next) {
        const struct condition *below = translate(binder, above->term.condition, range, inner, top);
        if (below)
            bind_restrict(binder, list, below);
    }
}

/* What the outer query demands of a view or sub-SELECT. */
struct restriction *bind_push_down(struct binder *binder, const struct range *range,
                                   const struct query *inner, const struct restriction *above)
{
    const struct query *top = inner; /* whose outputs name the columns */
    struct restriction *list = NULL;

    while (top && top->kind == QUERY_SET_OPERATION) {
        const struct query *arm = top->inner;
        while (arm && arm->place != PLACE_ARM)
            arm = arm->next;
        top = arm;
    }
    if (top && above)
        push_down(binder, range, inner, top, above, &list);
    return list;
}

/* ------------------------------------------------------------------ cursors */

static struct operand operand_of_range(struct binder *binder, const struct operand *operand,
                                       const struct range *from, const struct range *to)
{
    struct operand copy = *operand;
    struct column_use **end = &copy.uses;
    const struct column_use *use = operand->uses;

    if (!operand_uses_range(operand, from))
        return copy;
    for (uint32_t i = 0; i < operand->use_count && use; i++, use = use->next) {
        *end = arena_new(binder->arena, struct column_use);
        **end = *use;
        if (use->range == from)
            (*end)->range = (struct range *)to;
        end = &(*end)->next;
    }
    *end = NULL;
    return copy;
}

static struct condition *condition_of_range(struct binder *binder,
                                            const struct condition *condition,
                                            const struct range *from, const struct range *to)
{
    struct condition *copy = arena_new(binder->arena, struct condition);
    struct condition **end = &copy->children;

    *copy = *condition;
    copy->next = NULL;
    copy->left = operand_of_range(binder, &condition->left, from, to);
    copy->right = operand_of_range(binder, &condition->right, from, to);
    for (const struct condition *child = condition_children(condition); child;
         child = child->next) {
        *end = condition_of_range(binder, child, from, to);
        end = &(*end)->next;
    }
    return copy;
}

void bind_current(struct binder *binder, struct access *write, const struct access *cursor)
{
    struct restriction **end = &write->where;

    for (const struct restriction *each = cursor->where; each; each = each->next) {
        *end = arena_new(binder->arena, struct restriction);
        (*end)->term.condition =
            condition_of_range(binder, each->term.condition, cursor->range, write->range);
        end = &(*end)->next;
    }
    bind_terms(write);
    access_own_rest(write, binder->arena)->data =
        source_add(binder->arena, write->rest->data, cursor);
}

/* ------------------------------------------------------------------ arguments */

/* With what the statement is given, and with the arguments of the routine. */
static const struct operand *put_in(struct binder *binder, const struct operand *operand)
{
    return bind_argument(binder, bind_given(binder, operand));
}

static bool differs_here(struct binder *binder, const struct operand *operand)
{
    return put_in(binder, operand) != operand ||
           (bind_has_nameless(binder) && bind_lacks_name(binder, operand));
}

static bool has_argument(struct binder *binder, const struct condition *condition)
{
    if (differs_here(binder, &condition->left) || differs_here(binder, &condition->right))
        return true;
    for (const struct condition *child = condition_children(condition); child;
         child = child->next) {
        if (has_argument(binder, child))
            return true;
    }
    return false;
}

static struct condition *put_arguments(struct binder *binder, const struct condition *condition)
{
    struct condition *copy = arena_new(binder->arena, struct condition);
    struct condition **end = &copy->children;
    const struct operand *left = bind_given(binder, &condition->left);
    const struct operand *right = bind_given(binder, &condition->right);
    bool nameless = bind_has_nameless(binder) &&
                    (bind_lacks_name(binder, left) || bind_lacks_name(binder, right));

    *copy = *condition;
    copy->next = NULL;
    copy->left = *bind_argument(binder, left);
    copy->right = *bind_argument(binder, right);
    if (nameless)
        bind_name_parameters(binder, copy);
    for (const struct condition *child = condition_children(condition); child;
         child = child->next) {
        *end = put_arguments(binder, child);
        end = &(*end)->next;
    }
    return copy;
}

static const struct condition *with_arguments(struct binder *binder,
                                              const struct condition *condition)
{
    return has_argument(binder, condition) ? put_arguments(binder, condition) : condition;
}

/* The one value of them that is made of a call, VALUES ($1, next_no($1)); NULL where there are several. */
static const struct assignment *only_call(const struct assignment *assignments)
{
    const struct assignment *found = NULL;

    for (; assignments; assignments = assignments->next) {
        if (assignments->value.has_call && found)
            return NULL;
        found = assignments->value.has_call ? assignments : found;
    }
    return found;
}

const struct assignment *bind_assignments(struct binder *binder, const struct query *query,
                                          const struct assignment *assignments)
{
    const struct relation *relation = range_relation(query->write->target);
    const struct column *column = relation ? relation->columns : NULL;
    struct assignment *first = NULL, **end = &first;
    const struct assignment *call = binder->called ? only_call(assignments) : NULL;

    for (; assignments; assignments = assignments->next) {
        struct assignment *copy = arena_new(binder->arena, struct assignment);
        const struct operand *value = bind_given(binder, &assignments->value);
        bool nameless = bind_has_nameless(binder) && bind_lacks_name(binder, value);
        *copy = *assignments;
        copy->next = NULL;
        copy->value = *bind_argument(binder, value);
        copy->data = bind_sources(binder, value);
        if (assignments == call)
            copy->data = source_join(binder->arena, copy->data, binder->called);
        copy->value.has_volatile |=
            copy->value.kind == OPERAND_VARIABLE && bind_is_made(binder, copy->value.text);
        if (nameless)
            bind_name_assigned(binder, copy, query,
                               copy->column ? copy->column
                               : column     ? column->name
                                            : NULL);
        column = column ? column->next : NULL;
        *end = copy;
        end = &copy->next;
    }
    return first;
}
