#pragma once
/* What the files of the machine ask of each other. */

#include "machine/machine.h"

enum xid_status {
    XID_IN_PROGRESS,
    XID_COMMITTED,
    XID_ABORTED,
};

enum { XID_NONE = 0, XID_BEFORE = 1 }; /* who made the rows that are there at the start */

enum progress {
    DONE,
    WAITS,
    FAILS,
    PAUSES, /* after a row: see by_row */
};

/* What has become of a transaction or savepoint. */
static inline enum xid_status status_of(const struct machine *machine, uint8_t xid)
{
    return machine->statuses[xid];
}

/* The run whose transaction or savepoint it is; not of XID_BEFORE. */
static inline unsigned run_of(uint8_t xid)
{
    return (unsigned)(xid - 2) / MACHINE_XIDS;
}

/* Whether it is one of this run. */
static inline bool is_of(uint8_t xid, unsigned run)
{
    return xid > XID_BEFORE && run_of(xid) == run;
}

static inline bool has_one_snapshot(const struct machine *machine, unsigned run)
{
    return machine->programs[run]->level >= LEVEL_REPEATABLE_READ;
}

/* The run's statement has failed; returns FAILS. */
static inline enum progress machine_fail(struct machine *machine, unsigned run, enum failure how)
{
    machine->runs[run].failure = how;
    return FAILS;
}

/* Waits until a transaction or savepoint has ended. Fails when that closes a cycle. */
enum progress machine_wait_for(struct machine *machine, unsigned run, uint8_t xid);

/* Takes a lock of a table or an advisory key, or waits for those who hold what conflicts. */
enum progress machine_lock(struct machine *machine, unsigned run, unsigned kind, int16_t object,
                           unsigned mode, enum wait_policy wait);

/* ------------------------------------------------------------------ heap.c */

/* Whether the run's snapshot (bits: runs) has the version. */
bool heap_sees(const struct machine *machine, unsigned run, uint8_t snapshot,
               const struct version *version);

enum acquired {
    ACQUIRED,
    ACQUIRE_GONE,    /* deleted, or changed by this very command */
    ACQUIRE_SKIPPED, /* SKIP LOCKED */
    ACQUIRE_WAITS,
    ACQUIRE_FAILS,
};

/* Locks a row of which the run has seen `*version`; with a snapshot per statement it goes on to the
 * newest version. */
enum acquired heap_acquire(struct machine *machine, unsigned run, uint8_t *version,
                           enum lock_strength strength, enum wait_policy wait);

/* A new version with these values; 0 when there is no room. */
uint8_t heap_add(struct machine *machine, unsigned run, unsigned table, const int16_t *values);

/* Ends a version: `next` replaces it, or 0 deletes it. */
void heap_end(struct machine *machine, unsigned run, uint8_t version, uint8_t next,
              bool key_changed);

/* Whether the transaction itself holds FOR UPDATE on the row, be it from before a savepoint: its update
 * then counts as a change of the key, whatever it sets. */
bool heap_is_locked(const struct machine *machine, unsigned run, uint8_t root);

/* Whether the version is there for who comes now: it is neither undone nor replaced for good. */
bool heap_is_live(const struct machine *machine, const struct version *version);

/* Looks for a version that has the same values of a unique index as `version`, which is not in the
 * index yet. Sets `*found` to it, or to 0 when there is none; waits for who has not decided. */
enum progress heap_find_key(struct machine *machine, unsigned run, unsigned table,
                            const int16_t *values, uint8_t except, unsigned index, uint8_t *found);

/* Whether another version that may come to stay has the same values of the index: nobody is waited
 * for. */
bool heap_has_key(const struct machine *machine, unsigned run, uint8_t version, unsigned index);

/* ------------------------------------------------------------------ statement.c */

/* Makes the run's statement, or goes on with it. */
enum progress statement_run(struct machine *machine, unsigned run);

/* The rows of the run's cursor: finds them, and goes on with them one by one. */
enum progress scan_begin(struct machine *machine, unsigned run);
enum progress scan_run(struct machine *machine, unsigned run);

/* The lock of its table that the act takes when it is planned. */
enum table_lock act_table_lock(const struct act *act);

/* ------------------------------------------------------------------ result.c */

/* A number that no program names. */
int16_t result_made_of(int16_t number);

/* The act has come to one more row; of two tables, with the one of the other that the cursor has. */
void result_take_row(struct machine *machine, unsigned run, uint8_t item);

/* The act has come to all of them: the rows are put into one order, with how many there were. */
void result_finish(struct machine *machine, unsigned run);

/* ------------------------------------------------------------------ event.c */

/* A row has come, gone, or changed: `old` or `fresh` is 0 when there is none. */
void events_add(struct machine *machine, unsigned run, uint8_t old, uint8_t fresh);

/* Does what is to be done, or goes on with it. */
enum progress events_run(struct machine *machine, unsigned run);

/* ------------------------------------------------------------------ write.c */

/* One row of an UPDATE, DELETE or INSERT. Each may be called again after it has waited.
 * `*written` is the version that it has made, or deleted; 0 when there is none. */
enum progress write_update(struct machine *machine, unsigned run, uint8_t version,
                           uint8_t *written);
enum progress write_delete(struct machine *machine, unsigned run, uint8_t version,
                           uint8_t *written);
enum progress write_insert(struct machine *machine, unsigned run, uint8_t *written);

/* What a DEFERRABLE key has let in: waits for who has not decided, and fails when there is another
 * row. Of those that are checked at COMMIT, or at the end of a statement. May be called again. */
enum progress write_recheck(struct machine *machine, unsigned run, bool deferred);

/* ------------------------------------------------------------------ serializable.c */

/* Takes the snapshot of a SERIALIZABLE run; waits when it is READ ONLY DEFERRABLE. */
enum progress ssi_begin(struct machine *machine, unsigned run);

/* The run looks through a whole table, or an index of it. */
void ssi_scan(struct machine *machine, unsigned run, const struct act *act);

/* It comes to a version, and sees it or not. */
enum progress ssi_see(struct machine *machine, unsigned run, uint8_t version, bool visible);

/* It has seen a version by an index. */
void ssi_read(struct machine *machine, unsigned run, uint8_t version);

/* It is about to change a version; to add one to a table; to enter one into an index. */
enum progress ssi_change(struct machine *machine, unsigned run, uint8_t version);
enum progress ssi_add(struct machine *machine, unsigned run, unsigned table);
enum progress ssi_enter(struct machine *machine, unsigned run, unsigned table, unsigned index);

/* Before COMMIT: fails when the run is the one that must (PreCommit_CheckForSerializationFailure in
 * predicate.c). Then its end. */
enum progress ssi_prepare(struct machine *machine, unsigned run);
void ssi_end(struct machine *machine, unsigned run, bool commits);
