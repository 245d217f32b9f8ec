#include "search/migration.h"

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

/* The program locks in one statement what the migration wants, and in a later one what it holds. */
static bool is_opposite(const struct transaction *program, const struct lock *held,
                        const struct lock *wanted, struct deadlock *deadlock)
{
    const struct access *first = first_of(program, wanted->access->relation);
    const struct access *second = first_of(program, held->access->relation);

    if (!first || !second || first->order > second->order || access_same_statement(first, second) ||
        !table_lock_conflicts(access_table_lock(first), wanted->table) ||
        !table_lock_conflicts(access_table_lock(second), held->table))
        return false;
    deadlock->other = program;
    deadlock->other_held = lock_of(first);
    deadlock->other_wanted = lock_of(second);
    return true;
}

/* A routine that nothing in the inputs calls may be gone when the migration runs. */
static bool is_program(const struct transaction *transaction)
{
    return transaction->concurrency == RUNS_CONCURRENTLY && !transaction->set_up &&
           transaction->kind != TRANSACTION_ROUTINE && transaction->kind != TRANSACTION_SEGMENT;
}

static bool find_program(const struct corpus *corpus, const struct lock *held,
                         const struct lock *wanted, struct deadlock *deadlock)
{
    const GPtrArray *accesses = corpus_accesses(corpus, wanted->access);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *access = accesses->pdata[i];
        if (is_program(access->transaction) &&
            is_opposite(access->transaction, held, wanted, deadlock))
            return true;
    }
    return false;
}

bool migration_deadlock(const struct corpus *corpus, const struct transaction *migration,
                        struct deadlock *deadlock)
{
    struct lock locks[MOST_LOCKS];
    size_t count;

    if (migration->concurrency != RUNS_ALONE || (migration->part && migration->part->undo) ||
        migration->step_count < 2)
        return false;
    count = transaction_locks(migration, locks, MOST_LOCKS);
    for (size_t wanted = 1; wanted < count; wanted++) {
        for (size_t held = 0; is_strong(&locks[wanted]) && held < wanted; held++) {
            *deadlock = (struct deadlock){.transaction = migration,
                                          .held = locks[held],
                                          .wanted = locks[wanted],
                                          .certain = true};
            if (is_strong(&locks[held]) &&
                locks[held].access->relation != locks[wanted].access->relation &&
                find_program(corpus, &locks[held], &locks[wanted], deadlock))
                return true;
        }
    }
    return false;
}

static bool is_definition(const struct lock *lock)
{
    return lock->access && lock->access->kind == ACCESS_DEFINE;
}

bool migration_takes_part(const struct deadlock *deadlock)
{
    return is_definition(&deadlock->held) || is_definition(&deadlock->wanted) ||
           is_definition(&deadlock->other_held) || is_definition(&deadlock->other_wanted);
}
