#pragma once
/* Whether a statement runs no code but the server's own. */

#include "lowering/lower.h"

/* Whether a SELECT, or what runs one, runs no code but the server's own, whatever the catalog says
 * of the names that statement_adds_code is about. False when that is not known. */
bool statement_is_server_only(const struct lowering *lowering, Node *node);

/* Whether a definition puts code of its own where a statement that runs it does not name it: in a
 * cast, in an operator or function that has a name of the server's, in a row security policy. */
bool statement_adds_code(Node *node);
