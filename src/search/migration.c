#include "search/migration.h"

#include "program/change.h"
#include "flow/flow.h"
#include "program/rows.h"

/* A lock of a table that others know, in a mode that keeps writers out. */
static bool is_strong(const struct lock *lock)
{
    const struct access *access = lock->access;

    return access && access->relation && lock->waits &&
           (access->kind == ACCESS_DEFINE || access->kind == ACCESS_TABLE_LOCK ||
            access->kind == ACCESS_TRUNCATE);
}

static const struct access *first_of(const struct transaction *program,
                                     const struct relation *relation)
{
    const struct access *access = program->accesses;

    while (access && access->relation != relation)
        access = access->next;
    return access;
}

static struct lock lock_of(const struct access *access)
{
    return (struct lock){.access = access,
                         .order = access->order,
                         .table = access_table_lock(access),
                         .waits = true};
}

/* SELECT … FROM a JOIN b locks its tables in the order in which they are written
 * (transformFromClause). What a view stands for comes later. */
static bool is_from_left_to_right(const struct access *first, const struct access *second)
{
    const struct range *range = first->range;

    if (first->query != second->query || !first->query || first->query->write || first->via ||
        second->via)
        return false;
    while (range && range != second->range)
        range = range->next;
    return range && range != first->range;
}

/* The program locks first what the migration wants, and then what it holds. */
static bool is_opposite(const struct transaction *program, const struct lock *held,
                        const struct lock *wanted, struct deadlock *deadlock)
{
    const struct access *first = first_of(program, wanted->access->relation);
    const struct access *second = first_of(program, held->access->relation);

    if (!first || !second || first->order > second->order ||
        (access_same_statement(first, second) && !is_from_left_to_right(first, second)) ||
        !table_lock_conflicts(access_table_lock(first), wanted->table) ||
        !table_lock_conflicts(access_table_lock(second), held->table))
        return false;
    deadlock->other = program;
    deadlock->other_held = lock_of(first);
    deadlock->other_wanted = lock_of(second);
    return true;
}

/* UPDATE or DELETE of rows that are found by what they are like, as when a column is filled. */
static bool is_sweep(const struct lock *lock)
{
    const struct access *access = lock->access;

    return access && access->relation && lock->waits && access_rows(access) < ROWS_POINTS &&
           (access->kind == ACCESS_UPDATE || access->kind == ACCESS_DELETE);
}

/* The program waits for a row that the migration has written. It holds the table that the migration
 * wants: for the statement that waits it has locked its own table before. */
static bool waits_for_row(const struct transaction *program, const struct lock *held,
                          const struct lock *wanted, struct deadlock *deadlock)
{
    const struct access *first = first_of(program, wanted->access->relation);

    if (!first || !table_lock_conflicts(access_table_lock(first), wanted->table))
        return false;
    for (const struct access *second = first; second; second = second->next) {
        struct lock lock = lock_of(second);
        lock.row = access_row_lock(second);
        if (second->relation != held->access->relation || second->wait == WAIT_SKIP ||
            lock.row == LOCK_NONE || lock_rows_conflict(held, &lock) == ANSWER_NO)
            continue;
        deadlock->other = program;
        deadlock->other_held = lock_of(first);
        deadlock->other_wanted = lock;
        return true;
    }
    return false;
}

/* The other way round: it has written a row that the migration comes to, and then asks for the table
 * that the migration holds. */
static bool holds_row(const struct transaction *program, const struct lock *held,
                      const struct lock *wanted, struct deadlock *deadlock)
{
    for (const struct access *first = program->accesses; first; first = first->next) {
        struct lock lock = lock_of(first);
        lock.row = access_row_lock(first);
        if (first->relation != wanted->access->relation || lock.row == LOCK_NONE ||
            lock_rows_conflict(wanted, &lock) == ANSWER_NO)
            continue;
        for (const struct access *second = first->next; second; second = second->next) {
            if (second->relation != held->access->relation ||
                access_same_statement(first, second) ||
                !table_lock_conflicts(access_table_lock(second), held->table))
                continue;
            deadlock->other = program;
            deadlock->other_held = lock;
            deadlock->other_wanted = lock_of(second);
            return true;
        }
    }
    return false;
}

static bool meets(const struct transaction *program, const struct lock *held,
                  const struct lock *wanted, struct deadlock *deadlock)
{
    return is_sweep(held)     ? waits_for_row(program, held, wanted, deadlock)
           : is_sweep(wanted) ? holds_row(program, held, wanted, deadlock)
                              : is_opposite(program, held, wanted, deadlock);
}

/* A script that sets indexes or triggers up, by hand, and does nothing else. */
static bool only_defines(const struct transaction *transaction)
{
    const struct access *access = transaction->accesses;

    while (access && access->kind == ACCESS_DEFINE)
        access = access->next;
    return access == NULL;
}

static bool takes_parameters(const struct access *insert)
{
    for (const struct assignment *each = insert->assignments; each; each = each->next) {
        if (each->value.kind == OPERAND_PARAMETER || each->value.kind == OPERAND_VARIABLE)
            return true;
    }
    return insert->query && query_takes_parameters(insert->query);
}

/* INSERTs of constants, with what they set off: a script that brings the first rows. */
static bool only_loads(const struct transaction *transaction)
{
    const struct access *access = transaction->accesses;

    while (access && (access->via || (access->kind == ACCESS_INSERT && !takes_parameters(access))))
        access = access->next;
    return access == NULL;
}

/* A routine that nothing in the inputs calls may be gone when the migration runs. */
static bool is_program(const struct transaction *transaction)
{
    return transaction->concurrency == RUNS_CONCURRENTLY && !transaction->set_up &&
           transaction->kind != TRANSACTION_ROUTINE && transaction->kind != TRANSACTION_SEGMENT &&
           !only_defines(transaction) && !only_loads(transaction);
}

static bool find_program(const struct corpus *corpus, const struct lock *held,
                         const struct lock *wanted, struct deadlock *deadlock)
{
    const GPtrArray *accesses = corpus_accesses(corpus, wanted->access);
    const struct transaction *tried = NULL;

    /* Those of one program are next to each other, thousands where it loads data. */
    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct transaction *program =
            ((const struct access *)accesses->pdata[i])->transaction;
        if (program != tried && is_program(program) && meets(program, held, wanted, deadlock))
            return true;
        tried = program;
    }
    return false;
}

/* One of them is about a table that programs have to pass; the other one too, or about its rows. */
static bool can_close(const struct lock *held, const struct lock *wanted)
{
    if (is_sweep(held))
        return is_strong(wanted);
    return is_strong(held) && (is_strong(wanted) || is_sweep(wanted)) &&
           held->access->relation != wanted->access->relation;
}

bool migration_deadlock(const struct corpus *corpus, const struct transaction *migration,
                        struct deadlock *deadlock)
{
    struct lock locks[MOST_LOCKS];
    size_t count;

    if (migration->concurrency != RUNS_ALONE || (migration->part && migration->part->undo))
        return false;
    count = transaction_locks(migration, locks, MOST_LOCKS);
    for (size_t wanted = 1; wanted < count; wanted++) {
        for (size_t held = 0; held < wanted; held++) {
            *deadlock = (struct deadlock){.transaction = migration,
                                          .held = locks[held],
                                          .wanted = locks[wanted],
                                          .certain = true};
            if (can_close(&locks[held], &locks[wanted]) &&
                find_program(corpus, &locks[held], &locks[wanted], deadlock))
                return true;
        }
    }
    return false;
}

/* A job refreshes materialized views again and again: that is no migration. */
static bool is_definition(const struct lock *lock)
{
    return lock->access && lock->access->kind == ACCESS_DEFINE && !access_refreshes(lock->access);
}

bool migration_takes_part(const struct deadlock *deadlock)
{
    return is_definition(&deadlock->held) || is_definition(&deadlock->wanted) ||
           is_definition(&deadlock->other_held) || is_definition(&deadlock->other_wanted);
}
