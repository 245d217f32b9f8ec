/* What things are called in messages: an access, a lock, a key, a program. */
#include <glib.h>

#include "lint/rule.h"

const char *access_verb(const struct access *access)
{
    static const char *const verbs[] = {
        [ACCESS_READ] = "SELECT",          [ACCESS_LOCK] = "SELECT … FOR UPDATE",
        [ACCESS_INSERT] = "INSERT",        [ACCESS_UPDATE] = "UPDATE",
        [ACCESS_DELETE] = "DELETE",        [ACCESS_TRUNCATE] = "TRUNCATE",
        [ACCESS_TABLE_LOCK] = "LOCK TABLE"};

    if (access->kind == ACCESS_DEFINE)
        return access->statement->verb;
    if (access->merge)
        return "MERGE";
    if (access->copy)
        return "COPY";
    if (access_is_upsert(access))
        return "INSERT … ON CONFLICT";
    if (access->kind == ACCESS_LOCK) {
        static const char *const locks[] = {[LOCK_NONE] = "SELECT",
                                            [LOCK_KEY_SHARE] = "SELECT … FOR KEY SHARE",
                                            [LOCK_SHARE] = "SELECT … FOR SHARE",
                                            [LOCK_NO_KEY_UPDATE] = "SELECT … FOR NO KEY UPDATE",
                                            [LOCK_UPDATE] = "SELECT … FOR UPDATE"};
        return locks[access->lock];
    }
    return verbs[access->kind];
}

const char *overwritten_columns(struct check *check, const struct access *read,
                                const struct access *write, const char *column,
                                enum dependence dependence)
{
    struct arena *arena = &check->script->arena;
    bool amounts = column_is_amount(write->relation, column);
    const char *others[2] = {0};
    unsigned count = 0;

    for (const struct assignment *each = access_row_assignments(write); each; each = each->next) {
        if (assignment_depends(read, write, each) != dependence ||
            strcmp(each->column, column) == 0 ||
            (amounts && !column_is_amount(write->relation, each->column)))
            continue;
        if (count < 2)
            others[count] = each->column;
        count++;
    }
    if (count > 2)
        return arena_printf(arena, "%s or %u other columns", column, count);
    if (count == 2)
        return arena_printf(arena, "%s, %s or %s", column, others[0], others[1]);
    return count == 1 ? arena_printf(arena, "%s or %s", column, others[0]) : column;
}

const char *locking_read(struct check *check, const struct access *read)
{
    struct arena *arena = &check->script->arena;
    bool several = read->query && !read->query->rest->order && access_rows(read) < ROWS_POINT &&
                   access_most_rows(read) != 1;
    const char *select = several ? arena_printf(arena, "SELECT … ORDER BY %s FOR NO KEY UPDATE",
                                                key_columns(check, read))
                                 : "SELECT … FOR NO KEY UPDATE";

    return !read->query || query_can_lock(read->query)
               ? select
               : arena_printf(arena, "SELECT … FROM (%s) AS locked", select);
}

const char *refusal_text(struct check *check, const struct refusal *refusal)
{
    struct arena *arena = &check->script->arena;

    if (refusal->access)
        return arena_printf(arena, "%s %s", access_verb(refusal->access),
                            access_relation_name(refusal->access));
    if (refusal->effect && refusal->effect->call)
        return arena_printf(arena, "%s()", refusal->effect->call->name);
    return refusal->effect ? refusal->effect->statement->verb : refusal->step->statement->verb;
}

const char *lock_object(struct check *check, const struct lock *lock)
{
    const char *table = lock->access ? access_relation_name(lock->access) : NULL;
    const char *format = lock->key                ? "keys of %s"
                         : lock->row != LOCK_NONE ? "rows of %s"
                                                  : "table %s";

    return table ? arena_printf(&check->script->arena, format, table) : "advisory keys";
}

const char *lock_text(struct check *check, const struct lock *lock)
{
    struct arena *arena = &check->script->arena;
    const struct access *access = lock->access;

    if (!access)
        return arena_printf(arena, "%s()", lock->call->call->name);
    if (access_is_of_foreign_key(access))
        return arena_printf(arena, "the foreign key check of %s", access_relation_name(access));
    if (access->kind == ACCESS_TABLE_LOCK)
        return arena_printf(arena, "LOCK TABLE %s IN %s MODE", access_relation_name(access),
                            table_lock_name(access->table_lock));
    if (access->kind == ACCESS_DEFINE && !g_str_has_suffix(access_verb(access), "TABLE"))
        return arena_printf(arena, "%s on %s", access_verb(access), access_relation_name(access));
    if (access->kind == ACCESS_DEFINE)
        return arena_printf(arena, "%s %s", access_verb(access), access_defines(access));
    return arena_printf(arena, "%s %s", access_verb(access), access_relation_name(access));
}

const char *lock_clause(enum lock_strength strength)
{
    static const char *const names[] = {[LOCK_NONE] = "",
                                        [LOCK_KEY_SHARE] = "FOR KEY SHARE",
                                        [LOCK_SHARE] = "FOR SHARE",
                                        [LOCK_NO_KEY_UPDATE] = "FOR NO KEY UPDATE",
                                        [LOCK_UPDATE] = "FOR UPDATE"};

    return names[strength];
}

const char *lock_thing(const struct lock *lock)
{
    return !lock->access || lock->key ? "key" : lock->row != LOCK_NONE ? "row" : "table";
}

/* ------------------------------------------------------------------ names in SQL */

/* As SQL needs it: in quotes where it would be folded, or is a word that tables often have and SQL
 * reserves. */
static const char *quoted(struct check *check, const char *name)
{
    static const char *const reserved[] = {"all",   "check", "column", "default", "desc",
                                           "end",   "from",  "group",  "limit",   "offset",
                                           "order", "table", "to",     "user",    NULL};
    bool plain = (g_ascii_islower(name[0]) || name[0] == '_') && !g_strv_contains(reserved, name);

    for (const char *c = name; plain && *c; c++)
        plain = g_ascii_islower(*c) || g_ascii_isdigit(*c) || *c == '_';
    return plain ? name : arena_printf(&check->script->arena, "\"%s\"", name);
}

const char *table_sql(struct check *check, const struct access *access)
{
    if (!access->name)
        return access_relation_name(access);
    const char *name = quoted(check, access->name);
    return access->schema
               ? arena_printf(&check->script->arena, "%s.%s", quoted(check, access->schema), name)
               : name;
}

/* ------------------------------------------------------------------ keys and programs */

static const char *with_column(struct check *check, const char *text, const char *name)
{
    return text ? arena_printf(&check->script->arena, "%s, %s", text, name) : name;
}

const char *index_columns(struct check *check, const struct index *index)
{
    const char *text = NULL;

    for (const struct index_key *key = index->keys; key; key = key->next)
        text = with_column(check, text, key->column ? quoted(check, key->column) : key->expression);
    return text;
}

const char *key_columns(struct check *check, const struct access *access)
{
    const struct index *index = access->relation ? relation_primary_key(access->relation) : NULL;
    const char **arbiter =
        access_is_upsert(access) ? access->query->write->on_conflict->columns : NULL;
    const char *text = NULL;

    for (; arbiter && *arbiter; arbiter++)
        text = with_column(check, text, quoted(check, *arbiter));
    if (!text && index)
        text = index_columns(check, index);
    return text ? text : "key";
}

const char *key_column(struct check *check, const struct access *access)
{
    const char *columns = key_columns(check, access);

    return strchr(columns, ',') ? "key" : columns;
}

static bool is_equal_to(const struct access *access, const char *column)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        if (each->term.column && each->term.comparison == COMPARE_EQUAL &&
            strcmp(each->term.column, column) == 0)
            return true;
    }
    return false;
}

/* Of an INSERT of MERGE: what its ON asks of the table into which it inserts. */
static const struct restriction *merge_condition(const struct access *insert)
{
    for (const struct access *each = insert->transaction->accesses; each; each = each->next) {
        if (each->where && access_same_statement(each, insert) &&
            access_same_relation(each, insert))
            return each->where;
    }
    return NULL;
}

const char *equal_columns(struct check *check, const struct access *access)
{
    return columns_that(check, access, term_asks_equal);
}

const char *columns_that(struct check *check, const struct access *access,
                         bool (*asks)(const struct term *term))
{
    g_autoptr(GPtrArray) columns = g_ptr_array_new();
    const struct restriction *each =
        access->kind == ACCESS_INSERT && access->merge ? merge_condition(access) : access->where;

    for (; each; each = each->next) {
        const char *column = each->term.column ? quoted(check, each->term.column) : NULL;
        if (column && asks(&each->term) &&
            !g_ptr_array_find_with_equal_func(columns, column, g_str_equal, NULL))
            g_ptr_array_add(columns, (gpointer)column);
    }
    if (columns->len == 0)
        return NULL;
    g_ptr_array_add(columns, NULL);
    g_autofree char *text = g_strjoinv(", ", (char **)columns->pdata);
    return arena_strdup(&check->script->arena, text);
}

const char *parent_table(struct check *check, const struct access *access)
{
    const struct foreign_key *key = access->relation ? access->relation->foreign_keys : NULL;

    for (; key; key = key->next) {
        const char **column = key->columns;
        while (*column && is_equal_to(access, *column))
            column++;
        if (!*column)
            return quoted(check, key->parent.name);
    }
    return NULL;
}

const char *program_name(struct check *check, const struct transaction *transaction)
{
    return transaction_name(transaction, check->script, &check->script->arena);
}

const char *opponent_name(struct check *check, const struct transaction *transaction,
                          const struct transaction *other)
{
    return other == transaction ? "another run" : program_name(check, other);
}

const char *writer_name(struct check *check, const struct access *write)
{
    return write ? program_name(check, write->transaction) : "another transaction";
}

void finding_writer(struct check *check, struct finding *finding, const struct access *write,
                    const char *column)
{
    if (!write)
        return;
    const char *what = column ? column : access_rows(write) < ROWS_POINT ? "rows" : "the row";
    const char *verb = write->kind == ACCESS_INSERT && !access_is_upsert(write)  ? "inserts"
                       : write->kind == ACCESS_UPDATE || access_is_upsert(write) ? "changes"
                                                                                 : "deletes";
    finding_related_access(check, finding, write, "%s %s at the same time", verb,
                           write->kind == ACCESS_INSERT && !column ? "a row" : what);
}

const char *deadlock_text(struct check *check, const struct deadlock *deadlock)
{
    const struct lock *held = &deadlock->held, *wanted = &deadlock->wanted;
    struct arena *arena = &check->script->arena;
    const char *other = program_name(check, deadlock->other), *thing = lock_thing(held);
    bool same = held->access ? wanted->access && access_same_relation(held->access, wanted->access)
                             : wanted->call != NULL;

    if (deadlock->other == deadlock->transaction)
        return arena_printf(arena, "another run that locks the same %ss in the opposite order",
                            thing);
    if (held->access && held->access == wanted->access)
        return arena_printf(arena, "%s: both lock several rows, in different orders", other);
    if (same && strcmp(thing, lock_thing(wanted)) == 0)
        return arena_printf(arena, "%s, which locks the same %ss in the opposite order", other,
                            thing);
    return arena_printf(arena, "%s, which locks %s before %s", other, lock_object(check, wanted),
                        lock_object(check, held));
}
