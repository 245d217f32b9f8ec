#include "flow/numbering.h"

#include <string.h>

#include <glib.h>

#include "catalog/key.h"
#include "catalog/resolve.h"
#include "flow/dependence.h"
#include "flow/flow.h"

bool parameter_is_nameless(const char *text)
{
    return strcmp(text, "?") == 0 || strcmp(text, "%s") == 0;
}

bool parameter_is_numbered(const char *text)
{
    return text[0] == '$' && g_ascii_isdigit(text[1]);
}

bool parameter_is_named(const char *text)
{
    return g_str_has_prefix(text, "%(") || (text[0] == ':' && g_ascii_isalpha(text[1]));
}

/* ------------------------------------------------------------------ names of one statement */

/* A name that ends in _1, _2, … */
static bool is_made_up(const char *text, const void *data)
{
    const char *end = text + strlen(text) - (g_str_has_suffix(text, ")s") ? strlen(")s") : 0);
    const char *digit = end;

    (void)data;
    while (digit > text && g_ascii_isdigit(digit[-1]))
        digit--;
    return parameter_is_named(text) && digit < end && digit > text && digit[-1] == '_';
}

bool names_begin_anew(const struct transaction *transaction)
{
    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct query *query = transaction->steps[i].statement->query;
        if (query && query_has_parameter(query, is_made_up, NULL))
            return true;
    }
    return false;
}

enum { MOST_STATEMENTS = 32 }; /* the first say what all of them do */

/* ------------------------------------------------------------------ which numbers are used */

enum { MOST_NUMBERS = 64 }; /* a bit each; a statement with more is one without gaps */

static void add_numbers(const struct query *query, uint64_t *numbers)
{
    for (const struct column_use *use = query->uses; use; use = use->next) {
        if (!use->variable || !use->name || !parameter_is_numbered(use->name))
            continue;
        guint64 number = g_ascii_strtoull(use->name + 1, NULL, 10);
        if (number > 0 && number <= MOST_NUMBERS)
            *numbers |= UINT64_C(1) << (number - 1);
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next)
        add_numbers(inner, numbers);
}

/* 1, 2, … up to the last. */
static bool is_without_gaps(uint64_t numbers)
{
    return (numbers & (numbers + 1)) == 0;
}

/* ------------------------------------------------------------------ what a number stands for */

/* One place where a number is the value of a column. */
struct role {
    const char *number;
    size_t statement;
    const struct relation *relation; /* or NULL */
    const char *table, *column;
    bool set;      /* the column becomes the value, or is changed by it; otherwise it is compared */
    bool inserted; /* it becomes the value in a new row */
    bool loose;    /* compared by <, or one of a list: no more than its type counts */
    bool picked;   /* asked for by a query that takes the first of the rows */
};

struct roles {
    GArray *list; /* struct role */
    size_t statement;
};

static void add_role(struct roles *roles, const struct range *range, struct role role,
                     const char *number)
{
    if (!range || !role.column || !number || !parameter_is_numbered(number))
        return;
    role.statement = roles->statement;
    role.number = number;
    role.relation = range_relation(range);
    role.table = range->name;
    g_array_append_val(roles->list, role);
}

/* The number that the operand is, or the first one of the list that it is. */
static const char *number_of(const struct operand *operand)
{
    if (operand->kind == OPERAND_LIST)
        return operand->items ? number_of(&operand->items->operand) : NULL;
    return operand->kind == OPERAND_PARAMETER ? operand->text : NULL;
}

static void add_condition(struct roles *roles, const struct query *query,
                          const struct condition *condition)
{
    const struct operand *sides[] = {&condition->left, &condition->right};

    for (size_t i = 0; condition->comparison <= COMPARE_IN && i < G_N_ELEMENTS(sides); i++) {
        const struct operand *column = sides[i];
        if (operand_is_column(column) && column->uses)
            add_role(roles, column->uses->range,
                     (struct role){.column = column->text,
                                   .loose = condition->comparison != COMPARE_EQUAL,
                                   .picked = query->rest->order && query->rest->limit},
                     number_of(sides[1 - i]));
    }
    for (const struct condition *child = condition_children(condition); child; child = child->next)
        add_condition(roles, query, child);
}

/* What is set, or added to the column that is set. */
static const char *number_set(const struct operand *value)
{
    const struct column_use *use = value->sum ? value->uses : NULL;

    for (uint32_t i = 0; i < value->use_count && use; i++, use = use->next) {
        if (use->variable && use->name && parameter_is_numbered(use->name))
            return use->name;
    }
    return number_of(value);
}

static void add_roles(struct roles *roles, const struct query *query)
{
    for (const struct condition *each = query->conditions; each; each = each->next)
        add_condition(roles, query, each);
    for (const struct assignment *each = query->write ? query->write->assignments : NULL; each;
         each = each->next)
        add_role(roles, query->write->target,
                 (struct role){
                     .column = each->column, .set = true, .inserted = query->kind == QUERY_INSERT},
                 number_set(&each->value));
    for (const struct query *inner = query->inner; inner; inner = inner->next)
        add_roles(roles, inner);
}

/* ------------------------------------------------------------------ one value for two columns */

/* Types between which no value is carried over as it is. */
static const char *family_of(const char *type)
{
    static const char *const families[][8] = {
        {"int2", "int4", "int8", "numeric", "float4", "float8", NULL},
        {"text", "varchar", "bpchar", "citext", "name", NULL},
        {"date", "timestamp", "timestamptz", NULL},
        {"json", "jsonb", NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(families); i++) {
        if (g_strv_contains(families[i], type))
            return families[i][0];
    }
    return type;
}

static const char *type_of(const struct role *role)
{
    const struct column *column =
        role->relation ? relation_column(role->relation, role->column) : NULL;

    return column && column->type ? family_of(column->type) : NULL;
}

static bool is_key(const struct role *role)
{
    const struct relation *relation = role->relation;

    if (!relation || !relation->described)
        return strcmp(role->column, "id") == 0;
    return relation_has_key(relation, role->column, 0);
}

/* parent_id holds the id of another row. */
static bool refers(const struct role *from, const struct role *to)
{
    return is_key(to) &&
           (g_str_has_suffix(from->column, to->column) || g_str_has_suffix(from->column, "_id"));
}

static bool cannot_be_same(const struct role *a, const struct role *b)
{
    const char *type_a = type_of(a), *type_b = type_of(b);

    if (type_a && type_b && strcmp(type_a, type_b) != 0)
        return true;
    if (a->loose || b->loose || g_strcmp0(a->table, b->table) != 0)
        return false;
    if (strcmp(a->column, b->column) == 0) /* the row that is picked by it would stay as it is */
        return (a->picked && b->set && !b->inserted) || (b->picked && a->set && !a->inserted);
    if (refers(a, b) || refers(b, a) || g_strcmp0(type_a, "date") == 0)
        return false;
    return a->set != b->set || is_key(a) != is_key(b);
}

static bool has_number(const GArray *roles, size_t statement, const char *number)
{
    guint i = 0;

    while (i < roles->len && (g_array_index(roles, struct role, i).statement != statement ||
                              strcmp(g_array_index(roles, struct role, i).number, number) != 0))
        i++;
    return i < roles->len;
}

/* WHERE team_id = $1, then INSERT … (id, team_id) VALUES ($1, $2): the new row has a team of its
 * own, by a number that the first statement does not have. */
static bool is_displaced(const GArray *roles, const struct role *asked, const struct role *set)
{
    if (asked->set || asked->loose || !set->inserted || g_strcmp0(asked->table, set->table) != 0 ||
        strcmp(asked->column, set->column) == 0 || refers(set, asked))
        return false;
    for (guint i = 0; i < roles->len; i++) {
        const struct role *each = &g_array_index(roles, struct role, i);
        if (each->statement == set->statement && each->inserted &&
            strcmp(each->column, asked->column) == 0 &&
            !has_number(roles, asked->statement, each->number))
            return true;
    }
    return false;
}

static bool has_contradiction(const GArray *roles)
{
    for (guint i = 0; i < roles->len; i++) {
        const struct role *a = &g_array_index(roles, struct role, i);
        for (guint j = 0; j < i; j++) {
            const struct role *b = &g_array_index(roles, struct role, j);
            if (a->statement != b->statement && strcmp(a->number, b->number) == 0 &&
                (cannot_be_same(a, b) || is_displaced(roles, b, a)))
                return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ the same row twice */

static bool is_moved(const struct assignment *assignment)
{
    return assignment->value.kind == OPERAND_PARAMETER ||
           assignment->value.kind == OPERAND_EXPRESSION;
}

bool query_writes_again(const struct query *query, const struct query *before)
{
    const struct write *a = query->write, *b = before->write;

    if (query->kind != before->kind || !a || !b || g_strcmp0(a->target->name, b->target->name) != 0)
        return false;
    if (query->kind != QUERY_UPDATE)
        return true;
    for (const struct assignment *x = a->assignments; x; x = x->next) {
        for (const struct assignment *y = b->assignments; y; y = y->next) {
            if (x->column && g_strcmp0(x->column, y->column) == 0 && is_moved(x) && is_moved(y))
                return true;
        }
    }
    return false;
}

/* SET replaced_by = $1: it holds the key of another row of its table. A uuid is the key of
 * something. */
static bool refers_to_row(const struct assignment *set, const struct range *target)
{
    const struct relation *relation = range_relation(target);
    const struct column *column = relation_column(relation, set->column);
    const struct foreign_key *key = relation->foreign_keys;

    while (key && !(strcmp(key->columns[0], set->column) == 0 &&
                    strcmp(key->parent.name, target->name) == 0))
        key = key->next;
    return key || (column && g_strcmp0(column->type, "uuid") == 0);
}

static bool links_row(const struct write *write)
{
    const struct assignment *set = write->assignments;

    while (set && !(set->column && set->value.kind == OPERAND_PARAMETER &&
                    refers_to_row(set, write->target)))
        set = set->next;
    return set != NULL;
}

bool query_makes_successor(const struct query *insert, const struct transaction *transaction)
{
    const struct range *target = insert->write->target;
    struct relation *relation = range_relation(target);
    const struct access made = {.kind = ACCESS_INSERT,
                                .query = insert,
                                .relation = relation,
                                .assignments = insert->write->assignments,
                                .rest = &access_rest_none};
    size_t count = MIN(transaction->step_count, MOST_STATEMENTS);
    bool after = false;

    for (size_t i = 0; relation && relation->described && i < count; i++) {
        const struct query *query = transaction->steps[i].statement->query;
        after |= query == insert;
        if (query && query->kind == QUERY_UPDATE &&
            range_relation(query->write->target) == relation &&
            assignments_mark_other(query->write->assignments, &made) &&
            (!after || links_row(query->write)))
            return true;
    }
    return false;
}

/* The number that the statement compares a column of its target with; NULL when none. */
static const char *key_number(const GArray *roles, size_t statement, const char *table)
{
    for (guint i = 0; i < roles->len; i++) {
        const struct role *role = &g_array_index(roles, struct role, i);
        if (role->statement == statement && !role->set && !role->loose &&
            g_strcmp0(role->table, table) == 0)
            return role->number;
    }
    return NULL;
}

static bool sets_by_number(const struct query *query)
{
    for (const struct assignment *each = query->write->assignments; each; each = each->next) {
        const struct column_use *use = each->value.uses;
        for (uint32_t i = 0; i < each->value.use_count && use; i++, use = use->next) {
            if (use->variable && use->name && parameter_is_numbered(use->name))
                return true;
        }
    }
    return false;
}

/* balance - $1 WHERE id = $2, then balance + $1 WHERE id = $2: nobody does that to one row. */
static bool moves_twice(const struct transaction *transaction, const GArray *roles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct query *query = transaction->steps[i].statement->query;
        for (size_t j = 0; query && query->kind == QUERY_UPDATE && j < i; j++) {
            const struct query *before = transaction->steps[j].statement->query;
            if (!before || !query_writes_again(query, before) || !sets_by_number(query))
                continue;
            const char *table = query->write->target->name;
            const char *number = key_number(roles, i, table);
            if (number && g_strcmp0(number, key_number(roles, j, table)) == 0)
                return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ the whole */

static bool is_spoken_of(const struct transaction *transaction)
{
    for (const char **each = transaction->rest->distinct; each && *each; each++) {
        if (parameter_is_numbered(*each))
            return true;
    }
    return false;
}

bool numbers_begin_anew(const struct transaction *transaction)
{
    if (transaction->step_count < 2)
        return false;
    struct roles roles = {.list = g_array_new(FALSE, FALSE, sizeof(struct role))};
    size_t numbered = 0;
    size_t count = MIN(transaction->step_count, MOST_STATEMENTS);
    bool shared = is_spoken_of(transaction);

    for (size_t i = 0; i < count && !shared; i++) {
        const struct query *query = transaction->steps[i].statement->query;
        uint64_t numbers = 0;
        if (!query)
            continue;
        add_numbers(query, &numbers);
        roles.statement = i;
        add_roles(&roles, query);
        numbered += numbers != 0;
        shared = !is_without_gaps(numbers);
    }
    bool anew = !shared && numbered > 1 &&
                (transaction->kind == TRANSACTION_SENT || has_contradiction(roles.list) ||
                 moves_twice(transaction, roles.list, count));
    g_array_unref(roles.list);
    return anew;
}
