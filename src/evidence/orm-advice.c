#include "evidence/orm-advice.h"

#include <string.h>

#include <glib.h>

#include "catalog/catalog.h"
#include "flow/dependence.h"
#include "lint/rule.h"

/* ------------------------------------------------------------------ which one it is */

enum orm {
    ORM_UNKNOWN,
    ORM_DJANGO,
    ORM_RAILS,
    ORM_SQLALCHEMY,
    ORM_HIBERNATE,
    ORM_SEQUELIZE,
    ORM_TYPEORM,
    ORM_PRISMA,
    ORMS,
};

static bool has(const char *text, const char *piece)
{
    return strstr(text, piece) != NULL;
}

/* A name of its table before the name of a column: "account.id AS account_id". */
static bool has_labels(const char *text, const char *table, const char *quote)
{
    g_autofree char *label = g_strdup_printf(" AS %s%s_", quote, table);

    return has(text, label);
}

/* Prisma says the schema, the table and the column each time, and how many rows to leave out. */
static bool is_of_prisma(const char *text, const char *table)
{
    g_autofree char *column = g_strdup_printf("\".\"%s\".\"", table);
    const char *from = strstr(text, " FROM \"");

    return from && g_str_has_prefix(text, "SELECT \"") && has(text, column) &&
           strstr(text, column) < from && has(from, " OFFSET ");
}

/* Django asks for 21 rows when it wants one, Rails says 1 AS one and names its limits, TypeORM and
 * SQLAlchemy give every column a name with that of its table or class. */
static enum orm orm_of_text(const char *text, const char *table)
{
    g_autofree char *all = g_strdup_printf("SELECT \"%s\".* FROM \"%s\"", table, table);
    g_autofree char *own = g_strdup_printf("SELECT \"%s\".\"", table);

    if (g_str_has_prefix(text, all) || g_str_has_prefix(text, "SELECT 1 AS one FROM \""))
        return ORM_RAILS;
    if (g_str_has_prefix(text, own) && (has(text, "LIMIT 21") || has(text, "\" ASC LIMIT 1")))
        return ORM_DJANGO;
    if (has(text, "AS \"__count\"") || g_str_has_prefix(text, "SELECT (1) AS \"a\" FROM \""))
        return ORM_DJANGO;
    if (has_labels(text, table, ""))
        return ORM_SQLALCHEMY;
    if (has(text, "\"createdAt\"") && has(text, "\" AS \""))
        return ORM_SEQUELIZE;
    if (g_str_has_prefix(text, "SELECT \"") && has(text, "\".\"id\" AS \"") && has(text, "_id\""))
        return ORM_TYPEORM;
    if (is_of_prisma(text, table))
        return ORM_PRISMA;
    if (g_str_has_prefix(text, "select ") && (has(text, "1_0.") || has(text, "0_.")))
        return ORM_HIBERNATE;
    return ORM_UNKNOWN;
}

static enum orm orm_of(const struct program *program)
{
    for (guint i = 0; i < program->shapes->len; i++) {
        const struct normal *normal = ((struct shape *)program->shapes->pdata[i])->normal;
        if (!normal->text || normal->tables->len == 0)
            continue;
        const char *table = g_array_index(normal->tables, struct normal_table, 0).name;
        enum orm orm = orm_of_text(normal->text, table);
        if (orm != ORM_UNKNOWN)
            return orm;
    }
    return ORM_UNKNOWN;
}

/* ------------------------------------------------------------------ what it calls them */

/* "column" stands for the column that is written; the lock is advised after another line. */

enum advice {
    ADVICE_COMPUTE,
    ADVICE_LOCK,
    ADVICE_INSERT,
    ADVICE_QUEUE,
    ADVICES,
};

static const char *const calls[ORMS][ADVICES] = {
    [ORM_DJANGO] =
        {"compute in the UPDATE (Django): .filter(pk=…).update(column=F('column') - 1)",
         "or lock what is read with .select_for_update(no_key=True).get(…) inside atomic()",
         "add a UniqueConstraint on what get_or_create() looks for (Django)",
         "take the row with .select_for_update(skip_locked=True) (Django)"},
    [ORM_RAILS] = {"compute in the UPDATE (Rails): .where(id: …).update_all('column = column - 1')",
                   "or lock what is read with record.with_lock { … }",
                   "add a unique index beside validates … uniqueness (Rails)",
                   "take the row with .lock('FOR UPDATE SKIP LOCKED') (Rails)"},
    [ORM_SQLALCHEMY] =
        {"compute in the UPDATE (SQLAlchemy): object.column = Class.column - 1",
         "or lock what is read with select(…).with_for_update(key_share=True)",
         "add a UniqueConstraint and use insert(…).on_conflict_do_nothing() (SQLAlchemy)",
         "take the row with .with_for_update(skip_locked=True) (SQLAlchemy)"},
    [ORM_HIBERNATE] =
        {"give the entity a @Version, or compute in an @Modifying update (Hibernate)",
         "or lock what is read with LockModeType.PESSIMISTIC_WRITE",
         "add a @UniqueConstraint to the table (Hibernate)",
         "take the row with PESSIMISTIC_WRITE and lock timeout -2 (SKIP LOCKED) (Hibernate)"},
    [ORM_SEQUELIZE] =
        {"compute in the UPDATE (Sequelize): instance.decrement('column', {by: 1})",
         "or lock what is read with findByPk(id, {lock: t.LOCK.NO_KEY_UPDATE, transaction: t})",
         "add a unique index on what findOrCreate() looks for (Sequelize)",
         "take the row with {lock: true, skipLocked: true} (Sequelize)"},
    [ORM_TYPEORM] =
        {"compute in the UPDATE (TypeORM): repository.decrement({id}, 'column', 1)",
         "or lock what is read with findOne({…, lock: {mode: 'pessimistic_write'}})",
         "add @Unique to the entity and use upsert() (TypeORM)",
         "take the row with .setLock('pessimistic_write').setOnLocked('skip_locked') (TypeORM)"},
    [ORM_PRISMA] =
        {"compute in the UPDATE (Prisma): data: {column: {decrement: 1}}",
         "or lock what is read with $queryRaw`SELECT … FOR NO KEY UPDATE` inside $transaction",
         "add @unique to what is looked for, and use upsert() (Prisma)",
         "take the row with $queryRaw`SELECT … FOR UPDATE SKIP LOCKED` (Prisma)"},
};

struct subject {
    const char *rule;
    enum advice first;
    bool both; /* and the lock */
};

static const struct subject subjects[] = {
    {"lost-update", ADVICE_COMPUTE, true},
    {"read-outside-transaction", ADVICE_COMPUTE, false},
    {"check-then-insert", ADVICE_INSERT, false},
    {"queue-claim", ADVICE_QUEUE, false},
};

static void add_first(struct finding *finding, struct arena *arena, const char *text)
{
    struct help *help = arena_new(arena, struct help);

    help->text = text;
    help->next = finding->help;
    finding->help = help;
}

/* The column of the finding in the place of the word; NULL for what only numbers are changed with. */
static const char *about_column(struct arena *arena, const struct finding *finding,
                                const char *text)
{
    const char *column;

    if (!strstr(text, "column") || !finding->read || !finding->access ||
        value_depends(finding->read, finding->access, &column) == DEPENDS_NOT)
        return text;
    const struct relation *table = finding->access->relation;
    const struct column *known = table ? relation_column(table, column) : NULL;
    if (known && known->type && !column_is_amount(table, column))
        return NULL;
    g_auto(GStrv) parts = g_strsplit(text, "column", -1);
    g_autofree char *joined = g_strjoinv(column, parts);
    return arena_strdup(arena, joined);
}

void advice_add(struct finding *finding, const struct program *program, struct arena *arena)
{
    enum orm orm = orm_of(program);

    for (size_t i = 0; orm != ORM_UNKNOWN && i < G_N_ELEMENTS(subjects); i++) {
        const struct subject *subject = &subjects[i];
        /* Where a unique index lets the second one fail, no constraint is missing. */
        if (strcmp(subject->rule, finding->rule->name) != 0 ||
            (subject->first == ADVICE_INSERT && g_strcmp0(finding->predicts, "23505") == 0))
            continue;
        const char *first = about_column(arena, finding, calls[orm][subject->first]);
        if (subject->both)
            add_first(finding, arena, calls[orm][ADVICE_LOCK] + (first ? 0 : strlen("or ")));
        if (first)
            add_first(finding, arena, first);
    }
}
