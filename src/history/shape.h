#pragma once
/* Statements told apart: a log has millions of executions and a few hundred shapes. A message is
 * cut into tokens each time, and parsed the first time that its skeleton is seen. */

#include <glib.h>

#include "log/entry.h"
#include "sql/normal.h"

/* One statement, whatever its values. */
struct shape {
    guint id;
    const struct normal *normal; /* the first that was read */
    uint64_t hash;               /* of its text and kind: equal in every run of isolint */
};

/* One statement of a message, and where its values stand in it. */
struct shape_use {
    struct shape *shape; /* NULL beyond LIMIT_SHAPES */
    const struct normal *normal;
};

struct message {
    GPtrArray *normals; /* struct normal; NULL when the grammar refuses it */
    GArray *uses;       /* struct shape_use */
};

struct shapes;

/* Freed by shapes_free, and with it every shape and message. */
struct shapes *shapes_new(void);
void shapes_free(struct shapes *shapes);

/* What a text says, whose tokens these are. */
const struct message *shapes_read(struct shapes *shapes, struct piece text,
                                  const struct tokens *tokens);

/* The shape of a text that was written by an earlier run, see workload/table.h; NULL when the
 * grammar refuses it. */
struct shape *shapes_intern(struct shapes *shapes, const char *text);

/* The hash of a value as it counts for equality: 'it''s' and $1 = 'it''s' are equal, and so are 5
 * and '5'. */
uint64_t value_hash(const char *text, const struct token *token, bool negative);
uint64_t value_hash_text(const char *text, size_t length);
