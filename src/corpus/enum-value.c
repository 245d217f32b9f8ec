#include "corpus/enum-value.h"

#include <string.h>

#include <glib.h>

/* A value and the type it belongs to; the table that is changed, whose columns a definition names
 * alone. */
struct value {
    const char *type, *text;
    const struct relation *table;
};

static bool is_of_type(const struct column *column, const struct value *value)
{
    return column && g_strcmp0(column->type, value->type) == 0;
}

static const struct column *column_of(const struct operand *operand, const struct value *value)
{
    const struct column_use *use = operand->kind == OPERAND_COLUMN ? operand->uses : NULL;
    const struct relation *relation =
        use && use->range && range_relation(use->range) ? range_relation(use->range) : value->table;

    return use && relation && use->name ? relation_column(relation, use->name) : NULL;
}

/* The text of the value, as a constant of the type, or where a column of the type stands beside
 * it. */
static bool is_value(const struct operand *operand, const struct column *beside,
                     const struct value *value)
{
    if (operand->kind == OPERAND_LIST) {
        for (const struct operand_item *item = operand->items; item; item = item->next) {
            if (is_value(&item->operand, beside, value))
                return true;
        }
        return false;
    }
    return operand->kind == OPERAND_CONSTANT && operand->literal == LITERAL_STRING &&
           strcmp(operand->text, value->text) == 0 &&
           (operand->cast ? strcmp(operand->cast, value->type) == 0 : is_of_type(beside, value));
}

static bool in_conditions(const struct condition *condition, const struct value *value)
{
    for (; condition; condition = condition->next) {
        if (is_value(&condition->right, column_of(&condition->left, value), value) ||
            is_value(&condition->left, column_of(&condition->right, value), value) ||
            in_conditions(condition_children(condition), value))
            return true;
    }
    return false;
}

static bool in_assignments(const struct write *write, const struct assignment *assignment,
                           const struct value *value)
{
    const struct relation *relation = write->target ? range_relation(write->target) : NULL;
    const struct column *position = relation ? relation->columns : NULL;

    for (; assignment; assignment = assignment->next) {
        const struct column *column = relation && assignment->column
                                          ? relation_column(relation, assignment->column)
                                          : position;
        if (is_value(&assignment->value, column, value))
            return true;
        position = position ? position->next : NULL;
    }
    return false;
}

static bool in_query(const struct query *query, const struct value *value)
{
    if (!query)
        return false;
    if (in_conditions(query->conditions, value) ||
        (query->write &&
         (in_assignments(query->write, query->write->assignments, value) ||
          in_assignments(query->write, query->write->on_conflict->assignments, value))))
        return true;
    for (const struct output *output = query->outputs; output; output = output->next) {
        if (is_value(&output->operand, NULL, value))
            return true;
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (in_query(inner, value))
            return true;
    }
    return false;
}

static bool in_column(const struct column *column, const struct column *known,
                      const struct value *value)
{
    const struct operand *set = column ? column->default_value : NULL;

    return set && set->literal == LITERAL_STRING && strcmp(set->text, value->text) == 0 &&
           (is_of_type(column, value) || is_of_type(known, value));
}

static bool in_relation(const struct relation *relation, const struct value *value)
{
    for (const struct column *column = relation->columns; column; column = column->next) {
        if (in_column(column, NULL, value))
            return true;
    }
    return in_query(relation->definition, value);
}

static const struct relation *changed_table(const struct transaction *transaction,
                                            const struct change *change)
{
    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (each->kind == ACCESS_DEFINE && each->relation &&
            g_strcmp0(each->name, change->object.name) == 0)
            return each->relation;
    }
    return NULL;
}

static bool in_change(const struct transaction *transaction, const struct change *change,
                      const struct value *of)
{
    const struct value own = {of->type, of->text, changed_table(transaction, change)};
    const struct value *value = &own;

    switch (change->kind) {
    case CHANGE_CREATE_RELATION:
        return in_relation(change->relation, value);
    case CHANGE_ADD_COLUMN:
        return in_column(change->column, NULL, value);
    case CHANGE_SET_DEFAULT:
        return in_column(change->column,
                         own.table ? relation_column(own.table, change->column->name) : NULL,
                         value);
    case CHANGE_ADD_CHECK:
        return in_query(change->check->query, value);
    case CHANGE_ADD_INDEX:
        return in_conditions(change->index->predicate, value);
    default:
        return false;
    }
}

static bool in_body(const struct body *body, const struct value *value)
{
    for (const struct body_statement *each = body ? body->statements : NULL; each;
         each = each->next) {
        if (each->statement && in_query(each->statement->query, value))
            return true;
    }
    return false;
}

static bool in_statement(const struct transaction *transaction, const struct statement *statement,
                         const struct value *value)
{
    if (statement->kind == STATEMENT_DO)
        return in_body(statement->block->body, value);
    if (in_query(statement->query, value))
        return true;
    for (const struct change *change = statement->kind == STATEMENT_DEFINE ? statement->changes
                                                                           : NULL;
         change; change = change->next) {
        if (in_change(transaction, change, value))
            return true;
    }
    return false;
}

/* CREATE TYPE in the same transaction, before the step: from 17 on all its values are usable. */
static bool creates_type(const struct transaction *transaction, size_t before, const char *type)
{
    for (size_t i = 0; i < before; i++) {
        const struct statement *statement = transaction->steps[i].statement;
        const struct change *change =
            statement->kind == STATEMENT_DEFINE ? statement->changes : NULL;
        if (change && change->kind == CHANGE_CREATE_TYPE &&
            g_strcmp0(change->object.name, type) == 0)
            return true;
    }
    return false;
}

static bool find_use(const struct transaction *transaction, size_t from, struct enum_use *use)
{
    const struct value value = {use->change->object.name, use->change->text, NULL};

    for (size_t i = from; i < transaction->step_count; i++) {
        use->used = &transaction->steps[i];
        if (in_statement(transaction, use->used->statement, &value))
            return true;
    }
    return false;
}

/* ALTER TYPE … ADD VALUE, as it is or in a DO block. */
static const struct statement *find_addition(const struct statement *statement)
{
    const struct body_statement *each = statement->kind == STATEMENT_DO && statement->block->body
                                            ? statement->block->body->statements
                                            : NULL;

    for (; each; each = each->next) {
        if (each->statement && each->statement->flags & STATEMENT_ADDS_ENUM)
            return each->statement;
    }
    return statement->flags & STATEMENT_ADDS_ENUM ? statement : NULL;
}

/* The values that `adding` adds, and their first use from step `from` of `transaction` on. */
static bool find_among(const struct transaction *adding, const struct transaction *transaction,
                       int server_version, struct enum_use *use)
{
    for (size_t i = 0; i < adding->step_count; i++) {
        const struct statement *step = adding->steps[i].statement;
        const struct statement *statement = find_addition(step);
        if (!statement || !statement->changes ||
            (server_version >= 1700 && creates_type(adding, i, statement->changes->object.name)))
            continue;
        *use = (struct enum_use){.added = &adding->steps[i],
                                 .change = statement->changes,
                                 .together = adding != transaction};
        if (find_use(transaction, use->together ? 0 : i + (statement == step), use))
            return true;
    }
    return false;
}

static bool adds_value(const struct transaction *transaction)
{
    for (size_t i = 0; i < transaction->step_count; i++) {
        if (find_addition(transaction->steps[i].statement))
            return true;
    }
    return false;
}

static bool run_together(const struct transaction *first, const struct transaction *second)
{
    g_autofree char *a = g_path_get_dirname(first->script->path);
    g_autofree char *b = g_path_get_dirname(second->script->path);

    return first->script->run_together && !(first->part && first->part->undo) && strcmp(a, b) == 0;
}

bool enum_value_used(const struct corpus *corpus, const struct transaction *transaction,
                     int server_version, struct enum_use *use)
{
    bool one = transaction->kind == TRANSACTION_STATEMENT &&
               transaction->steps[0].statement->kind != STATEMENT_DO;

    if (!one && find_among(transaction, transaction, server_version, use))
        return true;
    if (!transaction->script->run_together || (transaction->part && transaction->part->undo))
        return false;
    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct transaction *before = corpus->transactions->pdata[i];
        if (before == transaction)
            return false;
        if (before->script != transaction->script && adds_value(before) &&
            run_together(before, transaction) &&
            find_among(before, transaction, server_version, use))
            return true;
    }
    return false;
}
