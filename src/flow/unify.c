#include "flow/unify.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "catalog/key.h"
#include "program/side-effect.h"
#include "program/rows.h"
#include "flow/loop-read.h"
#include "flow/shared-key.h"

/* ------------------------------------------------------------------ values */

static bool is_constant(const struct operand *operand)
{
    return operand->kind == OPERAND_CONSTANT;
}

/* Expressions over the row itself or with sub-SELECTs have no value that two runs could share. */
static bool has_value(const struct operand *operand)
{
    return operand->text && !operand->has_query && !operand->has_call &&
           (operand->kind == OPERAND_CONSTANT || operand->kind == OPERAND_PARAMETER ||
            operand->kind == OPERAND_VARIABLE || operand->kind == OPERAND_EXPRESSION);
}

static bool same_value(const struct bound_value *value, const struct operand *operand, unsigned run)
{
    if (is_constant(value->operand) != is_constant(operand))
        return false;
    if (!is_constant(operand) && value->run != run)
        return false;
    return operand_same_value(value->operand, operand) == ANSWER_YES;
}

/* The index of a value, added when it is new; MOST_VALUES when there is no room. */
static size_t value_index(struct binding *binding, const struct operand *operand, unsigned run)
{
    for (size_t i = 0; i < binding->count; i++) {
        if (same_value(&binding->values[i], operand, run))
            return i;
    }
    if (binding->count == MOST_VALUES) {
        binding->overflow = true;
        return MOST_VALUES;
    }
    binding->values[binding->count] =
        (struct bound_value){.operand = operand, .run = run, .class = (unsigned)binding->count};
    return binding->count++;
}

static const struct operand *constant_of(const struct binding *binding, unsigned class)
{
    for (size_t i = 0; i < binding->count; i++) {
        if (binding->values[i].class == class && is_constant(binding->values[i].operand))
            return binding->values[i].operand;
    }
    return NULL;
}

/* The class of a parameter of a run; MOST_VALUES when it is not among the values. */
static unsigned class_of(const struct binding *binding, const char *name, unsigned run)
{
    for (size_t i = 0; i < binding->count; i++) {
        const struct bound_value *value = &binding->values[i];
        if (value->run == run && !is_constant(value->operand) &&
            strcmp(value->operand->text, name) == 0)
            return value->class;
    }
    return MOST_VALUES;
}

/* Whether two parameters are equal of which a comment says that they never are. */
static bool breaks_distinct(const struct binding *binding)
{
    for (unsigned run = 0; run < MOST_RUNS; run++) {
        for (const char **pair = binding->distinct[run]; pair && *pair; pair += 2) {
            unsigned class = class_of(binding, pair[0], run);
            if (class != MOST_VALUES && class == class_of(binding, pair[1], run))
                return true;
        }
    }
    return false;
}

bool binding_unify(struct binding *binding, const struct operand *a, unsigned run_a,
                   const struct operand *b, unsigned run_b)
{
    if (!has_value(a) || !has_value(b))
        return true; /* nothing is known, so nothing speaks against it */
    size_t left = value_index(binding, a, run_a), right = value_index(binding, b, run_b);
    if (left == MOST_VALUES || right == MOST_VALUES)
        return true;
    unsigned x = binding->values[left].class, y = binding->values[right].class;
    if (x == y)
        return true;
    const struct operand *c = constant_of(binding, x), *d = constant_of(binding, y);
    if (c && d && operand_same_value(c, d) == ANSWER_NO)
        return false;
    for (size_t i = 0; i < binding->count; i++) {
        if (binding->values[i].class == MAX(x, y))
            binding->values[i].class = MIN(x, y);
    }
    return !breaks_distinct(binding);
}

bool binding_equal(const struct binding *binding, const struct operand *a, unsigned run_a,
                   const struct operand *b, unsigned run_b)
{
    size_t left = MOST_VALUES, right = MOST_VALUES;

    if (binding->overflow || !has_value(a) || !has_value(b))
        return false;
    if (is_constant(a) && is_constant(b))
        return operand_same_value(a, b) == ANSWER_YES;
    for (size_t i = 0; i < binding->count; i++) {
        if (same_value(&binding->values[i], a, run_a))
            left = i;
        if (same_value(&binding->values[i], b, run_b))
            right = i;
    }
    return left < MOST_VALUES && right < MOST_VALUES &&
           binding->values[left].class == binding->values[right].class;
}

/* ------------------------------------------------------------------ accesses */

/* What an access asks a column to be, or gives it. */
static const struct operand *value_of(const struct access *access, const char *column)
{
    if (access->kind == ACCESS_INSERT && access_assigns(access, column))
        return access_inserts(access, column);
    return access_equals(access, column);
}

/* Calls `visit` for each column that both give one value. Stops when it returns false. */
static bool for_common_columns(const struct access *a, const struct access *b,
                               bool (*visit)(void *context, const struct operand *of_a,
                                             const struct operand *of_b),
                               void *context)
{
    const struct access *first = a->kind == ACCESS_INSERT ? b : a;
    const struct access *second = first == a ? b : a;

    if (first->kind == ACCESS_INSERT) { /* both insert */
        for (const struct assignment *each = first->assignments; each; each = each->next) {
            const struct operand *other = each->column ? value_of(second, each->column) : NULL;
            if (other && !visit(context, first == a ? &each->value : other,
                                first == a ? other : &each->value))
                return false;
        }
        return true;
    }
    for (const struct restriction *each = first->where; each; each = each->next) {
        const char *column = each->term.column;
        const struct operand *own = column ? access_equals(first, column) : NULL;
        const struct operand *other = own ? value_of(second, column) : NULL;
        if (other && !visit(context, first == a ? own : other, first == a ? other : own))
            return false;
    }
    return true;
}

struct pair {
    struct binding *binding;
    unsigned run_a, run_b;
    unsigned matched;
};

static bool visit_unify(void *context, const struct operand *a, const struct operand *b)
{
    const struct pair *pair = context;

    return binding_unify(pair->binding, a, pair->run_a, b, pair->run_b);
}

/* The rows of both are one; what a loop writes is also as its query asks for it. */
static bool unify_rows(const struct pair *pair, const struct access *a, const struct access *b)
{
    const struct access *of_a = flow_kept_loop_read(a), *of_b = flow_kept_loop_read(b);

    return for_common_columns(a, b, visit_unify, (void *)pair) &&
           (!of_a || unify_rows(pair, of_a, b)) &&
           (!of_b || for_common_columns(a, of_b, visit_unify, (void *)pair));
}

bool binding_meet(struct binding *binding, const struct access *a, unsigned run_a,
                  const struct access *b, unsigned run_b)
{
    struct binding copy;
    struct pair pair = {.binding = &copy, .run_a = run_a, .run_b = run_b};

    if (access_asks_for_made_value(a, b) || access_asks_for_made_value(b, a) ||
        (run_a == run_b ? access_same_rows(a, b) == ANSWER_NO : !access_runs_meet(a, b)))
        return false;
    binding_copy(&copy, binding);
    copy.distinct[run_a] = a->transaction->rest->distinct;
    copy.distinct[run_b] = b->transaction->rest->distinct;
    if (!unify_rows(&pair, a, b))
        return false;
    binding_copy(binding, &copy);
    return true;
}

/* Adds to `row` what `access` asks for in columns that the update leaves as they are. */
static void keep_restrictions(const struct access *access, const struct access *update,
                              struct access *row, struct restriction *kept, size_t *count)
{
    for (const struct restriction *each = access->where; each && *count < MOST_KEPT;
         each = each->next) {
        const char *column = each->term.column;
        if (!column || access_assigns(update, column))
            continue;
        kept[*count] = *each;
        kept[*count].next = row->where;
        row->where = &kept[(*count)++];
    }
}

bool binding_meet_new(struct binding *binding, const struct access *read, unsigned run_read,
                      const struct access *update, unsigned run_update)
{
    struct restriction kept[MOST_KEPT];
    struct access row = *update; /* what it leaves is like a row that is inserted */
    struct access_rest rest = *update->rest;
    size_t count = 0;
    bool moved = false;

    for (const struct restriction *each = read->where; each && !moved; each = each->next)
        moved = each->term.column && access_assigns(update, each->term.column);
    if (!moved)
        return false;
    row.kind = ACCESS_INSERT;
    row.rows = ROWS_VALUES;
    row.where = NULL;
    rest.point = NULL;
    rest.asked = NULL;
    row.rest = &rest;
    for (const struct access *each = update; each; each = flow_kept_loop_read(each))
        keep_restrictions(each, update, &row, kept, &count);
    return binding_meet(binding, read, run_read, &row, run_update);
}

static bool visit_equal(void *context, const struct operand *a, const struct operand *b)
{
    struct pair *pair = context;

    if (!binding_equal(pair->binding, a, pair->run_a, b, pair->run_b))
        return false;
    pair->matched++;
    return true;
}

/* Of two INSERTs, what each brings in its first row. */
static const struct operand *key_value(const struct access *access, const struct access *other,
                                       const char *column)
{
    return access->kind == ACCESS_INSERT && other->kind == ACCESS_INSERT &&
                   access_assigns(access, column)
               ? access_brings_first(access, column)
               : value_of(access, column);
}

static bool same_in_column(const struct binding *binding, const struct access *a, unsigned run_a,
                           const struct access *b, unsigned run_b, const char *column)
{
    const struct operand *left = key_value(a, b, column), *right = key_value(b, a, column);

    return left && right && binding_equal(binding, left, run_a, right, run_b);
}

/* Two strings of which lower() and upper() make one. */
static bool are_one_in_lower(const struct operand *a, const struct operand *b)
{
    return a && b && a->kind == OPERAND_CONSTANT && b->kind == OPERAND_CONSTANT &&
           a->literal == LITERAL_STRING && b->literal == LITERAL_STRING &&
           g_ascii_strcasecmp(a->text, b->text) == 0;
}

static bool is_lower(const char *expression, const char *column)
{
    const char *place = expression_place(expression, column);

    return (g_str_has_prefix(expression, "lower(") || g_str_has_prefix(expression, "upper(")) &&
           place == expression + strlen("lower(") && strcmp(place + strlen(column), ")") == 0;
}

/* UNIQUE (lower(email)): equal rows give equal values of an index, and some that differ. */
static bool same_in_expression(const struct binding *binding, const struct access *a,
                               unsigned run_a, const struct access *b, unsigned run_b,
                               const char *expression)
{
    bool any = false;

    for (const struct column *each = a->relation->columns; each; each = each->next) {
        const char *name = each->name;
        if (!expression_names(expression, name))
            continue;
        any = true;
        if (!same_in_column(binding, a, run_a, b, run_b, name) &&
            !(is_lower(expression, name) &&
              are_one_in_lower(key_value(a, b, name), key_value(b, a, name))))
            return false;
    }
    return any;
}

bool binding_same_values(const struct binding *binding, const struct index *index,
                         const struct access *a, unsigned run_a, const struct access *b,
                         unsigned run_b)
{
    bool equals = true;

    for (const struct index_key *each = index->keys; equals && each; each = each->next)
        equals = each->column ? same_in_column(binding, a, run_a, b, run_b, each->column)
                              : each->expression && same_in_expression(binding, a, run_a, b, run_b,
                                                                       each->expression);
    return equals;
}

bool binding_same_key(const struct binding *binding, const struct access *a, unsigned run_a,
                      const struct access *b, unsigned run_b)
{
    bool both_insert = a->kind == ACCESS_INSERT && b->kind == ACCESS_INSERT;
    const unsigned kinds = KEY_IMMEDIATE | (both_insert ? 0 : KEY_OF_COLUMNS);

    if (!access_same_relation(a, b))
        return false;
    for (const struct index *key = relation_keys(a->relation, kinds); key;
         key = relation_key_after(key, kinds)) {
        bool equals = !key->partial ||
                      (both_insert && access_enters_index(a, key) && access_enters_index(b, key));
        if (equals && binding_same_values(binding, key, a, run_a, b, run_b))
            return true;
    }
    return false;
}

static size_t restriction_count(const struct access *access)
{
    size_t count = 0;

    for (const struct restriction *each = access->where; each; each = each->next)
        count++;
    return count;
}

/* How many conditions of one of the two must agree. An INSERT asks for nothing. */
static size_t conditions_to_match(const struct access *a, const struct access *b)
{
    if (a->kind == ACCESS_INSERT)
        return restriction_count(b);
    return b->kind == ACCESS_INSERT ? restriction_count(a)
                                    : MIN(restriction_count(a), restriction_count(b));
}

/* The query of the loop around a write that changes all that the query finds in its table; else the
 * access itself. */
static const struct access *whole_rows(const struct access *access)
{
    const struct access *read = flow_kept_loop_read(access);
    const struct query *query = read ? read->query : NULL;

    return query && query_can_lock(query) && !query->rest->limit && !query->inner &&
                   !query->ranges->next
               ? read
               : access;
}

bool binding_forces(const struct binding *binding, const struct access *a, unsigned run_a,
                    const struct access *b, unsigned run_b)
{
    a = whole_rows(a);
    b = whole_rows(b);
    struct pair pair = {.binding = (struct binding *)binding, .run_a = run_a, .run_b = run_b};

    if (!access_same_relation(a, b) || (a->kind == ACCESS_INSERT && b->kind == ACCESS_INSERT))
        return false;
    if (access_rows(a) == ROWS_ALL || access_rows(b) == ROWS_ALL)
        return access_same_rows(a, b) != ANSWER_NO;
    if (binding_same_key(binding, a, run_a, b, run_b))
        return true;
    if (!for_common_columns(a, b, visit_equal, &pair) || pair.matched == 0)
        return false;
    /* What one of them asks for, the other asks for too: its rows are rows of the first. */
    bool inserts = a->kind == ACCESS_INSERT || b->kind == ACCESS_INSERT;
    return (!inserts && (access_rows(a) == ROWS_POINT || access_rows(b) == ROWS_POINT)) ||
           pair.matched >= conditions_to_match(a, b);
}

bool binding_forces_unique(const struct binding *binding, const struct access *a, unsigned run_a,
                           const struct access *b, unsigned run_b)
{
    return a->kind == ACCESS_INSERT && b->kind == ACCESS_INSERT &&
           binding_same_key(binding, a, run_a, b, run_b);
}

bool binding_can_meet(const struct access *a, const struct access *b)
{
    struct binding binding;

    binding_clear(&binding);
    return binding_meet(&binding, a, 0, b, 1);
}

bool binding_must_meet(const struct access *a, const struct access *b)
{
    struct binding binding;

    binding_clear(&binding);
    return binding_forces(&binding, a, 0, b, 1);
}
