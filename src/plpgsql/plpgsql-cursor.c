/* A cursor that is opened in one place is read as the statement that says the same without it:
 *
 *     OPEN c; FETCH c INTO x;                                SELECT … INTO x
 *     OPEN c; LOOP FETCH c INTO r; EXIT WHEN NOT FOUND; …    FOR r IN SELECT … LOOP …
 *     OPEN c; FETCH c INTO r; WHILE FOUND LOOP … FETCH …     the same
 */
#include "plpgsql/plpgsql.h"

#include <glib.h>

/* What one cursor of a body is used for. */
struct cursor_use {
    struct body_statement *open, *first, *fetch; /* the first and the last FETCH */
    struct body_statement *loop;                 /* that `fetch` is in, and `open` is not */
    unsigned opens, fetches, others;
};

/* Of two fetches, before a loop and at its end, the one in the loop is the last. */
static void count_use(struct cursor_use *use, struct body_statement *statement)
{
    if (statement->kind == BODY_OPEN) {
        use->open = statement;
        use->opens++;
    } else if (statement->kind == BODY_FETCH && statement->into) {
        use->first = use->first ? use->first : statement;
        use->fetch = statement;
        use->fetches++;
    } else if (statement->kind != BODY_CLOSE) {
        use->others++;
    }
    struct body_statement *loop = use->fetch ? body_loop(use->fetch) : NULL;
    use->loop = loop && use->open && !body_is_inside(use->open, loop) ? loop : NULL;
}

/* By the names of those that are opened. */
static GHashTable *uses_of(struct reader *reader, struct body *body)
{
    GHashTable *uses = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);

    for (struct body_statement *each = body->statements; each; each = each->next) {
        if (!each->name || !g_hash_table_contains(reader->cursors, each->name))
            continue;
        struct cursor_use *use = g_hash_table_lookup(uses, each->name);
        if (!use) {
            use = g_new0(struct cursor_use, 1);
            g_hash_table_insert(uses, (gpointer)each->name, use);
        }
        count_use(use, each);
    }
    return uses;
}

/* It does nothing that is known. */
static void make_nothing(struct body_statement *statement)
{
    statement->kind = BODY_CLOSE;
    statement->statement = NULL;
    statement->into = NULL;
}

static bool looks_at_found(const struct body_statement *statement)
{
    const struct query *query = statement->statement ? statement->statement->query : NULL;
    const struct column_use *use = query ? query->uses : NULL;

    return use && !use->next && use->variable && g_strcmp0(use->name, "found") == 0;
}

/* LOOP, or WHILE FOUND LOOP, in which no COMMIT closes the cursor. */
static bool is_of_rows(const struct body_statement *loop)
{
    const struct body_statement *each = loop->next;

    while (each && each->depth > loop->depth && each->kind != BODY_COMMIT &&
           each->kind != BODY_ROLLBACK)
        each = each->next;
    return loop->kind == BODY_LOOP && loop->endless && (!loop->statement || looks_at_found(loop)) &&
           !(each && each->depth > loop->depth);
}

/* EXIT WHEN NOT FOUND, or IF NOT FOUND THEN EXIT; END IF, after a FETCH; NULL for anything else. */
static struct body_statement *end_of_rows(const struct body_statement *fetch)
{
    struct body_statement *first = fetch->next, *arm = first ? first->next : NULL;

    if (!first || first->parent != fetch->parent)
        return NULL;
    if (first->kind == BODY_EXIT)
        return looks_at_found(first) ? first : NULL;
    struct body_statement *leave = arm ? arm->next : NULL;
    if (first->kind != BODY_IF || !arm || arm->kind != BODY_ARM || !looks_at_found(arm) || !leave ||
        leave->kind != BODY_EXIT || leave->parent != arm ||
        (leave->next && leave->next->depth > first->depth))
        return NULL;
    return leave;
}

static void make_loop(const struct cursor_use *use, const char *cursor)
{
    struct body_statement *loop = use->loop, *end = end_of_rows(use->fetch);

    loop->kind = BODY_FOR_QUERY;
    loop->endless = false;
    loop->name = cursor;
    loop->into = use->fetch->into;
    loop->statement = use->open->statement;
    if (end)
        make_nothing(end);
    make_nothing(use->open);
    make_nothing(use->first);
    make_nothing(use->fetch);
}

/* One row is taken of those that its query returns. */
static void make_select(struct reader *reader, const struct cursor_use *use, const char *cursor)
{
    const struct token_range *query = g_hash_table_lookup(reader->cursors, cursor);
    g_autofree char *text = query ? text_of(reader, *query) : NULL;

    use->fetch->kind = BODY_SQL;
    use->fetch->statement =
        query ? read_first_text(reader, query->first, text) : use->open->statement;
    make_nothing(use->open);
}

void read_cursors(struct reader *reader, struct body *body)
{
    g_autoptr(GHashTable) uses = uses_of(reader, body);
    GHashTableIter iter;
    gpointer name, value;

    g_hash_table_iter_init(&iter, uses);
    while (g_hash_table_iter_next(&iter, &name, &value) && !reader->message) {
        const struct cursor_use *use = value;
        if (use->opens != 1 || use->others > 0 || !use->open->statement)
            continue;
        if (use->loop && use->fetches <= 2 && is_of_rows(use->loop))
            make_loop(use, use->open->name);
        else if (!use->loop && use->fetches == 1)
            make_select(reader, use, use->open->name);
    }
}
