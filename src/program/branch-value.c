#include "program/branch-value.h"

#include <glib.h>

static const struct operand true_value = {
    .kind = OPERAND_CONSTANT, .literal = LITERAL_BOOLEAN, .text = "true"};

static const struct operand *value_asked(const struct condition *asked, const char *variable)
{
    if (asked->kind != CONDITION_COMPARE || g_strcmp0(asked->left.text, variable) != 0)
        return NULL;
    if (asked->comparison == COMPARE_TRUE)
        return &true_value;
    return asked->comparison == COMPARE_EQUAL && asked->right.kind == OPERAND_CONSTANT
               ? &asked->right
               : NULL;
}

const struct operand *branch_value(const struct body_statement *statement, const char *variable)
{
    const struct operand *value = NULL;

    for (; statement && !value; statement = statement->parent) {
        const struct query *query = statement->kind == BODY_ARM && statement->statement
                                        ? statement->statement->query
                                        : NULL;
        const struct condition *asked = query ? query->rest->asked : NULL;
        for (; asked && !value; asked = asked->next)
            value = value_asked(asked, variable);
    }
    return value;
}
