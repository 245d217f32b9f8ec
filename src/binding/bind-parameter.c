/* Parameters without a name: "?" wherever it stands, and "$1" where each statement begins with it.
 * Two statements of a transaction that compare one column with such a parameter most likely mean
 * one row, SELECT … WHERE id = ? and UPDATE … WHERE id = ?, unless they do the same to it: the
 * second of two UPDATEs that each move a balance is about another row. So each gets a name: the
 * column, and a number for the row. What is compared with no column is a value of its own. */
#include "binding/binder.h"

#include <string.h>

#include <glib.h>

#include "flow/numbering.h"
#include "catalog/key.h"
#include "session/bulk.h"

/* A statement that compares a column with a parameter, or inserts it there. */
struct mention {
    const char *table;
    const char *column; /* with its table, or that of the row that it refers to */
    const struct step *step;
    const struct query *query;
    unsigned row;
    bool insert;
    bool key;       /* no two rows of the table have one value */
    bool successor; /* of the INSERT: see query_makes_successor */
};

void bind_parameters_begin(struct binder *binder, const struct transaction *transaction)
{
    if (!binder->parameters) {
        binder->parameters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        binder->mentions = g_array_new(FALSE, FALSE, sizeof(struct mention));
    }
    g_hash_table_remove_all(binder->parameters);
    g_array_set_size(binder->mentions, 0);
    binder->numbers_anew = transaction && numbers_begin_anew(transaction);
    binder->names_anew =
        transaction && binder->script->placeholder_count > 0 && names_begin_anew(transaction);
}

void bind_parameters_finish(struct binder *binder)
{
    g_clear_pointer(&binder->parameters, g_hash_table_unref);
    g_clear_pointer(&binder->mentions, g_array_unref);
}

/* ------------------------------------------------------------------ which ones */

static bool lacks_name(const struct binder *binder, const char *text)
{
    return parameter_is_nameless(text) || (binder->numbers_anew && parameter_is_numbered(text)) ||
           (binder->names_anew && parameter_is_named(text));
}

/* In a routine, $1 is its own argument, unless the argument is a parameter of the caller. */
static bool is_of_statement(const struct binder *binder, const struct operand *operand)
{
    return !binder->frame || (!binder->frame->outer && binder->frame->arguments &&
                              bind_argument(binder, operand) != operand);
}

static const char *text_without_name(const struct binder *binder, const struct operand *operand)
{
    const struct column_use *use = operand->uses;

    if (operand->kind != OPERAND_PARAMETER && operand->kind != OPERAND_EXPRESSION)
        return NULL;
    for (uint32_t i = 0; operand->text && i < operand->use_count && use; i++, use = use->next) {
        if (use->variable && use->name && lacks_name(binder, use->name))
            return use->name;
    }
    return NULL;
}

bool bind_lacks_name(const struct binder *binder, const struct operand *operand)
{
    const struct operand_item *item = operand->kind == OPERAND_LIST ? operand->items : NULL;

    for (; item; item = item->next) {
        if (bind_lacks_name(binder, &item->operand))
            return true;
    }
    return text_without_name(binder, operand) && is_of_statement(binder, operand);
}

/* ------------------------------------------------------------------ names */

/* WHERE coupon = ?, then WHERE coupon = ? AND person = ?: one coupon. */
static bool asks_for_more(const struct query *query, const struct query *before)
{
    const struct condition *a = query->conditions, *b = before->conditions;

    while (a && b) {
        a = a->next;
        b = b->next;
    }
    return a || b;
}

static bool does_again(const struct query *query, const struct query *before)
{
    return query && before && query->kind == before->kind &&
           (query->write ? query_writes_again(query, before) : !asks_for_more(query, before));
}

/* The key of a row that is replaced, and that of the row which takes its place. */
static bool is_replaced(const struct mention *a, const struct mention *b)
{
    return a->key && (a->successor || b->successor) && a->insert != b->insert &&
           strcmp(a->table, b->table) == 0;
}

/* One statement compares a column with two values, or inserts them; what it compares with before it
 * inserts is most likely what it inserts. Of two statements, both do the same to one table: the rows of
 * another one that refer to a row are not another row. */
static bool is_other(const struct mention *a, const struct mention *b)
{
    return a->step == b->step ? a->insert == b->insert
                              : is_replaced(a, b) || (strcmp(a->table, b->table) == 0 &&
                                                      does_again(a->query, b->query));
}

static bool is_taken(const struct binder *binder, const struct mention *mention)
{
    for (guint i = 0; i < binder->mentions->len; i++) {
        const struct mention *each = &g_array_index(binder->mentions, struct mention, i);
        if (each->row == mention->row && strcmp(each->column, mention->column) == 0 &&
            is_other(mention, each))
            return true;
    }
    return false;
}

static const char *parent_column(const struct relation *relation, const char *column,
                                 const struct foreign_key **key)
{
    for (*key = relation->foreign_keys; *key; *key = (*key)->next) {
        if (strcmp((*key)->columns[0], column) == 0 && !(*key)->columns[1])
            return (*key)->parent_columns ? (*key)->parent_columns[0] : "id";
    }
    return NULL;
}

/* What follows the name in the one or the many of a table, and is its key: customer.id,
 * customers.id. */
static bool is_key_of_named(const char *rest)
{
    rest += *rest == 'e' && rest[1] == 's' ? 2 : *rest == 's';
    return strcmp(rest, ".id") == 0;
}

/* orders.customer_id is customers.id, by a foreign key or by its name. */
static const char *name_of_column(const struct binder *binder, const struct range *range,
                                  const char *column)
{
    const struct relation *relation = range_relation(range);
    const struct foreign_key *key = NULL;
    const char *of_parent = relation ? parent_column(relation, column, &key) : NULL;

    if (of_parent)
        return arena_printf(binder->arena, "%s.%s", key->parent.name, of_parent);
    size_t length = g_str_has_suffix(column, "_id") ? strlen(column) - strlen("_id") : 0;
    for (guint i = 0; length > 0 && i < binder->mentions->len; i++) {
        const char *other = g_array_index(binder->mentions, struct mention, i).column;
        if (strncmp(other, column, length) == 0 && is_key_of_named(other + length))
            return other;
    }
    return arena_printf(binder->arena, "%s.%s", range->name, column);
}

/* `range` and `column` are what it is compared with, or inserted into; NULL when that is none. */
static const char *name_of(struct binder *binder, const struct operand *value, const char *text,
                           const struct range *range, const char *column)
{
    unsigned step = (unsigned)(binder->step - binder->transaction->steps);
    g_autofree char *place = parameter_is_nameless(text)
                                 ? g_strdup_printf("%u %p", step, (const void *)value->uses)
                                 : g_strdup_printf("%u %s", step, value->text);
    const char *name = g_hash_table_lookup(binder->parameters, place);
    struct mention mention = {.step = binder->step};

    if (name)
        return name;
    if (range && range->name && column) {
        mention.table = range->name;
        mention.column = name_of_column(binder, range, column);
        mention.query = range->owner;
        mention.insert = range->target && range->owner->kind == QUERY_INSERT;
        mention.key = relation_has_key(range_relation(range), column, KEY_TOTAL | KEY_OF_COLUMNS);
        mention.successor = mention.insert && mention.key &&
                            query_makes_successor(range->owner, binder->transaction);
        while (is_taken(binder, &mention))
            mention.row++;
        g_array_append_val(binder->mentions, mention);
        name = arena_printf(binder->arena, "%s#%u", mention.column, mention.row);
    } else {
        name = arena_printf(binder->arena, "%s#%s", text, place);
    }
    g_hash_table_insert(binder->parameters, g_steal_pointer(&place), (gpointer)name);
    return name;
}

static void put_name(struct binder *binder, struct operand *operand, const struct range *range,
                     const char *column)
{
    const char *text = text_without_name(binder, operand);
    struct operand_item **end = &operand->items;
    const struct operand_item *items = operand->kind == OPERAND_LIST ? operand->items : NULL;

    if (text)
        operand->text = name_of(binder, operand, text, range, column);
    for (; items; items = items->next) {
        struct operand_item *copy = arena_new(binder->arena, struct operand_item);
        *copy = *items;
        put_name(binder, &copy->operand, range, column);
        *end = copy;
        end = &copy->next;
    }
}

void bind_name_parameters(struct binder *binder, struct condition *condition)
{
    bool equal = condition->kind == CONDITION_COMPARE &&
                 (condition->comparison == COMPARE_EQUAL || condition->comparison == COMPARE_IN);
    struct operand *sides[] = {&condition->left, &condition->right};

    for (size_t i = 0; i < G_N_ELEMENTS(sides); i++) {
        const struct operand *column = sides[1 - i];
        bool named = equal && column->kind == OPERAND_COLUMN && column->text && column->uses;
        put_name(binder, sides[i], named ? column->uses->range : NULL, named ? column->text : NULL);
    }
}

/* INSERT payments (id) VALUES (?), then UPDATE orders SET payment_id = ?: the row that has been
 * inserted. */
static bool refers_to_new_row(const struct binder *binder, const struct range *target,
                              const char *column)
{
    const struct relation *relation = range_relation(target);
    const struct foreign_key *key = NULL;
    const char *of_parent = relation ? parent_column(relation, column, &key) : NULL;
    const char *name =
        of_parent ? arena_printf(binder->arena, "%s.%s", key->parent.name, of_parent) : NULL;

    for (guint i = 0; name && i < binder->mentions->len; i++) {
        const struct mention *each = &g_array_index(binder->mentions, struct mention, i);
        if (each->insert && strcmp(each->table, key->parent.name) == 0 &&
            strcmp(each->table, target->name) != 0 && strcmp(each->column, name) == 0)
            return true;
    }
    return false;
}

void bind_name_assigned(struct binder *binder, struct assignment *assignment,
                        const struct query *query, const char *column)
{
    const struct range *target = query->write->target;
    bool known = assignment->value.kind == OPERAND_PARAMETER &&
                 (query->kind == QUERY_INSERT || (query->kind == QUERY_UPDATE && column &&
                                                  refers_to_new_row(binder, target, column)));

    put_name(binder, &assignment->value, known ? target : NULL, column);
}
