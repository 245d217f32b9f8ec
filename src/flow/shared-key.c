#include "flow/shared-key.h"

#include <string.h>

#include <glib.h>

#include "catalog/key.h"
#include "program/absence.h"
#include "program/rows.h"

/* Without a list of columns and without a catalog the values of an INSERT have no names. */
static bool brings_value(const struct access *insert, const struct operand *value)
{
    if (insert->kind != ACCESS_INSERT || (insert->relation && insert->relation->described))
        return false;
    for (const struct assignment *each = insert->assignments; each; each = each->next) {
        if (!each->column && operand_same_value(&each->value, value) == ANSWER_YES)
            return true;
    }
    return false;
}

const struct operand *access_brings_first(const struct access *insert, const char *column)
{
    const struct operand *value = access_inserts(insert, column);
    const struct write *write =
        insert->kind == ACCESS_INSERT && insert->query ? insert->query->write : NULL;
    const struct assignment *first =
        write && write->many_rows && write->rows > 0 ? access_assigns(insert, column) : NULL;
    bool known = first && first->value.kind != OPERAND_NONE && first->value.kind != OPERAND_DEFAULT;

    return !value && known ? &first->value : value;
}

/* The read asks for one value of the column, and the insert brings that value. */
static bool shares_column(const struct access *read, const struct access *insert,
                          const char *column)
{
    const struct operand *inserted = access_brings_first(insert, column);

    for (const struct restriction *each = read->where; each; each = each->next) {
        const struct term *asked = &each->term;
        if (!term_binds(asked) || asked->comparison != COMPARE_EQUAL ||
            strcmp(asked->column, column) != 0)
            continue;
        if (brings_value(insert, asked->value) ||
            (inserted && operand_same_value(asked->value, inserted) == ANSWER_YES))
            return true;
    }
    return absence_in_column(read, insert, column);
}

/* Whether `whole` is `pattern`, in which `column` stands once, with the value in its place. */
static bool is_with_value(const char *whole, const char *pattern, const char *column,
                          const char *value)
{
    const char *place = expression_place(pattern, column);
    size_t before = place ? (size_t)(place - pattern) : 0;
    const char *behind = place ? place + strlen(column) : NULL;

    return place && strncmp(whole, pattern, before) == 0 &&
           g_str_has_prefix(whole + before, value) &&
           strcmp(whole + before + strlen(value), behind) == 0;
}

/* lower(name) = lower($1), and the insert brings lower($1) for the name: it is the key as it is
 * kept. */
static bool brings_image(const struct access *insert, const struct image *image)
{
    const struct operand *inserted = access_inserts(insert, image->column);

    return inserted && operand_same_value(inserted, image->value) == ANSWER_YES;
}

/* The same, and it brings $1. */
static bool brings_original(const struct access *insert, const struct image *image)
{
    const struct operand *inserted = access_inserts(insert, image->column);

    if (!inserted || !inserted->text)
        return false;
    bool quoted = inserted->kind == OPERAND_CONSTANT && inserted->literal == LITERAL_STRING;
    g_autofree char *string = quoted ? g_strconcat("'", inserted->text, "'", NULL) : NULL;
    return is_with_value(image->value->text, image->expression, image->column,
                         quoted ? string : inserted->text);
}

static bool shares_image(const struct access *read, const struct access *insert, const char *column)
{
    struct image image;

    for (const struct restriction *each = read->where; each; each = each->next) {
        if (condition_asks_image(each->term.condition, read->range, &image) &&
            strcmp(image.column, column) == 0 && brings_image(insert, &image))
            return true;
    }
    return false;
}

/* The expression that both are about; `wanted`, if that is not NULL. */
static const char *shared_expression(const struct access *read, const struct access *insert,
                                     const char *wanted)
{
    struct image image;

    for (const struct restriction *each = read->where; each; each = each->next) {
        if (condition_asks_image(each->term.condition, read->range, &image) &&
            (!wanted || strcmp(image.expression, wanted) == 0) &&
            (brings_image(insert, &image) || brings_original(insert, &image)))
            return image.expression;
    }
    return NULL;
}

const char *access_shared_expression(const struct access *read, const struct access *insert)
{
    return shared_expression(read, insert, NULL);
}

static bool shares_key(const struct access *read, const struct access *insert,
                       const struct index_key *key)
{
    if (!key->column)
        return key->expression && shared_expression(read, insert, key->expression);
    return shares_column(read, insert, key->column) || shares_image(read, insert, key->column);
}

/* An index that lets no second row with the shared columns in. It lets NULL in again, but who asks
 * for NULL by "=" finds no row in any order. A deferrable constraint fails at COMMIT. */
static bool index_covers(const struct access *read, const struct access *insert,
                         const struct index *index)
{
    const struct index_key *key = index->keys;

    while (key && shares_key(read, insert, key))
        key = key->next;
    return key == NULL && access_enters_index(insert, index);
}

const struct index *access_shared_index(const struct access *read, const struct access *insert)
{
    const struct index *key = relation_keys(insert->relation, 0);

    while (key && !index_covers(read, insert, key))
        key = relation_key_after(key, 0);
    return key;
}

/* Of the columns that are asked for by "=", a constant in common may be no more than a state, as in
 * WHERE token = $1 AND NOT revoked. A parameter or variable in the place of another one is not the
 * key that the read asked for: the row is a successor, of a deleted one with its owner, too. A key that the
 * server makes is of no row that was asked for: the row is a copy. What random() makes no other run looks
 * for. */
static bool is_of_another_key(const struct access *read, const struct access *insert)
{
    bool other = false;

    for (const struct restriction *each = read->where; each; each = each->next) {
        const struct term *asked = &each->term;
        if (!term_binds(asked) || asked->comparison != COMPARE_EQUAL ||
            asked->value->kind == OPERAND_CONSTANT)
            continue;
        if (operand_is_same_in_every_row(asked->value) && access_makes_key(insert, asked->column))
            return true;
        bool shared = shares_column(read, insert, asked->column);
        if (shared && access_makes_value(insert, asked->column))
            return true;
        if (shared && read->kind != ACCESS_DELETE)
            return false;
        const struct operand *inserted = access_inserts(insert, asked->column);
        other |= !shared && inserted && inserted->kind == asked->value->kind;
    }
    return other;
}

bool access_shares_key(const struct access *read, const struct access *insert, enum answer *unique)
{
    const struct relation *relation = insert->relation;
    bool shares = false;

    for (const struct restriction *each = read->where; each && !shares; each = each->next)
        shares = term_binds(&each->term) && shares_column(read, insert, each->term.column);
    shares = (shares && !is_of_another_key(read, insert)) || absence_column(read, insert) ||
             access_shared_expression(read, insert);
    *unique =
        relation && relation->described && !relation->indexes_unknown ? ANSWER_NO : ANSWER_UNKNOWN;
    if (access_shared_index(read, insert))
        *unique = ANSWER_YES;
    return shares && access_same_relation(read, insert) &&
           access_same_rows(read, insert) != ANSWER_NO;
}

bool access_is_replaced(const struct access *read, const struct access *write)
{
    const struct access *insert = write->kind == ACCESS_DELETE ? write->next : NULL;
    enum answer unique;

    while (insert && !(insert->kind == ACCESS_INSERT && access_same_relation(insert, write) &&
                       access_shares_key(read, insert, &unique)))
        insert = insert->next;
    return insert;
}
