#include "model/body.h"

const struct body_statement *body_enclosing(const struct body_statement *statement,
                                            enum body_kind kind)
{
    for (statement = statement->parent; statement; statement = statement->parent) {
        if (statement->kind == kind)
            return statement;
    }
    return NULL;
}

bool body_is_inside(const struct body_statement *statement, const struct body_statement *outer)
{
    for (statement = statement->parent; statement; statement = statement->parent) {
        if (statement == outer)
            return true;
    }
    return false;
}
