#pragma once
/* What the branches of a routine say of a variable: IF p_current THEN …, IF new.state = 'valid' THEN … */

#include "facts/body.h"
#include "facts/query.h"

/* The constant that the variable, or the field of a record, has where the statement stands, because it
 * stands in a branch that asks for it; NULL when none does. */
const struct operand *branch_value(const struct body_statement *statement, const char *variable);
