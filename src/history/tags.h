#pragma once
/* What programs write into comments of their statements: sqlcommenter's key='value' and the
 * key:value of Rails. */

#include <glib.h>

#include "log/entry.h"
#include "sql/token.h"

struct tags {
    GString *name;  /* "pay.withdraw": controller and action, route or job; empty for none */
    GString *place; /* "shop/pay.py:18"; empty for none */
};

/* Freed by tags_finish. */
void tags_init(struct tags *tags);
void tags_finish(struct tags *tags);

/* Reads the comments of a text. */
void tags_read(struct tags *tags, struct piece text, const GArray *comments);
