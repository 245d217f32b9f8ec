#pragma once
/* What a rule is, what it may ask, and how it speaks. A file in rules/ includes this header, and
 * those of the rooms below whose questions it asks.
 *
 * A rule fills a struct rule with designated initialisers and sets one check. The check asks these
 * and calls report(); lint.h takes care of the rest: severity, suppression, order. Findings, and the
 * texts that these functions return, live in the script's arena or longer. */

#include <string.h>

#include <glib.h>

#include "catalog/catalog.h"
#include "catalog/key.h"
#include "conflict/cycle.h"
#include "conflict/deadlock.h"
#include "facts/body.h"
#include "facts/builtin.h"
#include "facts/script.h"
#include "index/index-use.h"
#include "lint/finding.h"
#include "locking/conflict.h"
#include "locking/guard.h"
#include "locking/handler.h"
#include "locking/lock.h"
#include "locking/refusal.h"
#include "locking/row-order.h"
#include "locking/session-keeps.h"
#include "locking/wait.h"
#include "locking/window.h"
#include "program/access.h"
#include "program/side-effect.h"
#include "program/certainty.h"
#include "program/change.h"
#include "corpus/corpus.h"
#include "flow/dependence.h"
#include "flow/flow.h"
#include "flow/loop-read.h"
#include "program/rows.h"
#include "flow/shared-key.h"
#include "search/claim.h"
#include "corpus/enum-value.h"
#include "search/graph.h"
#include "search/migration.h"
#include "search/reached.h"
#include "search/sequence.h"
#include "search/trigger-check.h"

enum precision {
    PRECISION_VERY_HIGH, /* the server says so every time */
    PRECISION_HIGH,      /* the pattern is complete, concurrency is all it takes */
    PRECISION_MEDIUM,    /* depends on facts that the files do not show */
};

/* Levels at which a check of transactions wants to be called; 0 means any. */
enum {
    AT_READ_COMMITTED = 1 << LEVEL_READ_COMMITTED,
    AT_REPEATABLE_READ = 1 << LEVEL_REPEATABLE_READ,
    AT_SERIALIZABLE = 1 << LEVEL_SERIALIZABLE,
    AT_ONE_SNAPSHOT = AT_REPEATABLE_READ | AT_SERIALIZABLE,
};

struct check;

/* A body of code with what it belongs to. */
struct code {
    const struct body *body;
    const struct statement *statement; /* CREATE FUNCTION, CREATE PROCEDURE or DO */
    const struct routine *routine;     /* NULL for DO */
};

/* How a transaction fails with 40001, from the most to the least specific. */
enum failure_kind {
    FAILS_NOT,
    FAILS_READING, /* although it only reads: a declaration is missing */
    FAILS_AFTER_READ,
    FAILS_LOCKING,
    FAILS_WRITING,
    FAILS_BY_PREDICATE,
    FAILS_BY_KEY,
    FAILS_AS_PIVOT,
    FAILS_BY_PAGE,
    FAILS_SOMEHOW,
};

/* Beside the kinds of accesses: calls of functions that may have an effect. */
#define CALLS (1U << 31)

struct rule {
    const char *name;    /* kebab-case; names the fault */
    const char *group;   /* "declaration", "read-only", "conflict", … */
    const char *summary; /* one line: what it finds */
    enum severity severity;
    enum precision precision;
    const char *predicts[4]; /* SQLSTATEs or anomalies; "no-op", "performance" */
    bool off;                /* only when selected */
    int since;               /* first version it is true for, 901 or 1500; 0: all */

    /* Rules, or groups, that say it better. It is silent where one of them has found something
     * about the same act: the same statement, of a structure its pivot's whole transaction. */
    const char *yields[4];
    /* That a transaction can fail with 40001 is one finding, that of the rule with the least value;
     * what the others have found becomes lines of it. */
    enum failure_kind failure;
    bool needs_opponent; /* what it finds takes another run at the same time … */
    bool needs_commit;   /* … and that this one commits, and what it writes is not taken back */
    /* Not tried in the machine (lint/verify.h): it takes a standby, several transactions in a row, or
     * an order of rows that is the planner's, or it is another transaction that fails. */
    bool beyond_machine;
    bool of_trigger;  /* what a trigger function makes of it is one fault, whatever fires it */
    bool by_row;      /* its 40P01 is one between two runs of a statement, each at other rows */
    unsigned levels;  /* AT_…: only transactions at these levels */
    bool blocks_only; /* only transactions of more than one statement */
    bool not_plain;   /* not of a statement alone that reads, writes or defines: is_plain */
    /* 1 << access_kind, and CALLS: check_transaction() is silent about a transaction that has none of
     * these, and is not called; 0: it may speak of any. */
    unsigned kinds;
    void (*check_transaction)(struct check *check, const struct transaction *transaction);
    /* Called for each write of `writes` (1 << access_kind) that the program makes itself and others can
     * see, with the first of `reads`, ACCESS_READ or ACCESS_LOCK, before it in its transaction for
     * which is_pair() holds, or, `nearest`, the last. */
    unsigned reads, writes;
    bool nearest;
    bool two_relations; /* of a pair: they are of two relations, not of one */
    /* The few of `reads` that matter, where the others need not be tried with each write. */
    bool (*is_read)(const struct access *read);
    bool (*is_pair)(const struct check *check, const struct access *read,
                    const struct access *write);
    void (*check_pair)(struct check *check, const struct access *read, const struct access *write);
    void (*check_trigger)(struct check *check, const struct transaction *run);
    void (*check_body)(struct check *check, const struct code *code);
    void (*check_script)(struct check *check, const struct script *script);
    void (*check_structure)(struct check *check, const struct structure *structure);
    void (*check_deadlock)(struct check *check, const struct deadlock *deadlock);
    void (*check_cycle)(struct check *check, const struct cycle *cycle);
    /* Called for what the machine comes to and no finding explains: of `reaches` (enum
     * reached_outcome). The transaction is the first run. */
    unsigned reaches;
    void (*check_reached)(struct check *check, const struct reached *reached);
};

/* What a project says of itself beside its SQL. */
struct lint_options {
    int server_version;    /* 901 is 9.1, 1500 is 15 */
    int grammar;           /* the major version of the grammar: 18 */
    bool standby;          /* the SQL runs on a hot standby */
    bool all_serializable; /* every transaction that writes is SERIALIZABLE */
    bool require_retry;    /* whatever can fail with 40001 must say how it is retried */
    bool require_level;    /* every transaction names its level */
    bool pooled;           /* connections are handed from one transaction to the next */
};

/* One call of a check: for which rule, and where its findings go. */
struct check {
    const struct rule *rule;
    const struct catalog *catalog;
    const struct corpus *corpus;
    const struct lint_options *options;
    struct script *script;
    struct finding **findings_end;
    enum answer sent; /* by a program: see check_is_sent; unknown until it is asked */
};

/* script_is_sent_by_program() of the script that is checked, found once. */
bool check_is_sent(struct check *check);

/* Adds a finding of the rule's severity. `format` is the message: the outcome first, then the
 * subject. The rest of what it says is added to what is returned. */
struct finding *report(struct check *check, struct span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, at an access: underlines it, or the statement that sets it off when it is hidden in a
 * view, routine, trigger or rule, and then shows the way it came in. */
struct finding *report_access(struct check *check, const struct access *access, const char *format,
                              ...) __attribute__((format(printf, 3, 4)));

/* The same, at a call of a function or at a statement in a routine. */
struct finding *report_side_effect(struct check *check, const struct side_effect *effect,
                                   const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Says what the underlined text does. */
void finding_label(struct check *check, struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Points at another statement of this script. */
void finding_related(struct check *check, struct finding *finding, struct span span,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Points at the statement of another access, of any script, and shows the way that one came in. */
void finding_related_access(struct check *check, struct finding *finding,
                            const struct access *access, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for the statement of a side effect. */
void finding_related_side_effect(struct check *check, struct finding *finding,
                                 const struct side_effect *call, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Says what to write instead. */
void finding_help(struct check *check, struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The columns of which assignment_depends says `dependence`, `column` first, and the amounts alone
 * when it is one: "price", "price or stock", "price or 4 other columns". `column` itself when it is
 * the only one. */
const char *overwritten_columns(struct check *check, const struct access *read,
                                const struct access *write, const char *column,
                                enum dependence dependence);

/* How to lock what a SELECT reads, in place or, where the server refuses that, in a sub-SELECT. */
const char *locking_read(struct check *check, const struct access *read);

/* Replaces `span` by `text`; `safe` when no result changes, in no interleaving and whatever other
 * files say (program/certainty.h). Nothing is edited in a script with a syntax error. */
void finding_edit(struct check *check, struct finding *finding, struct span span, const char *text,
                  bool safe);

/* Points at the accesses of Tout and Tin, and shows the interleaving. */
void finding_structure(struct check *check, struct finding *finding,
                       const struct structure *structure);

/* Shows the interleaving that the machine has run. */
void finding_reached(struct check *check, struct finding *finding, const struct reached *reached);

/* Shows how the runs of a cycle come to wait for each other, where it is seen from their statements. */
void finding_cycle(struct check *check, struct finding *finding, const struct cycle *cycle);

/* Reports a deadlock of several programs in its first one, and shows how it comes about. */
void report_cycle(struct check *check, const struct cycle *cycle);

/* Reports a deadlock of two that the machine has come to, where the first of them waits last. */
void report_deadlock_reached(struct check *check, const struct reached *reached);

/* Says which change of the pivot's read was found to suffice, if one was. */
void finding_repair(struct check *check, struct finding *finding,
                    const struct structure *structure);

/* "9.1" for 901, "15" for 1500. */
const char *version_text(struct arena *arena, int version);

/* Whether the transaction and all that it can meet are tried in the machine, and never come to what
 * is foretold; see lint/verify.h. */
bool check_refutes(const struct check *check, const struct transaction *transaction,
                   const char *prediction);

/* Whether the script runs on a hot standby: the project says so, or "-- isolint: replica". */
bool check_on_standby(const struct check *check);

/* "WriteCheck", or "transfer.sql:13" for a program without a name. */
const char *program_name(struct check *check, const struct transaction *transaction);

/* The same, but "another run" when `other` is the transaction's own program. */
const char *opponent_name(struct check *check, const struct transaction *transaction,
                          const struct transaction *other);

/* The name of the program that makes `write`; "another transaction" without one. */
const char *writer_name(struct check *check, const struct access *write);

/* Points at the write of another program, "changes balance", "deletes the row"; at nothing without
 * one. */
void finding_writer(struct check *check, struct finding *finding, const struct access *write,
                    const char *column);

/* The table as SQL needs it, "sales.\"Order\"": for what is to be typed. */
const char *table_sql(struct check *check, const struct access *access);

/* The columns of an index that has no expressions, "room, person". */
const char *index_columns(struct check *check, const struct index *index);

/* The columns of the table's primary key, "room, person", or those that ON CONFLICT names; "key" when
 * neither is known. */
const char *key_columns(struct check *check, const struct access *access);

/* The same where one column has to stand: "key" when the primary key has several. */
const char *key_column(struct check *check, const struct access *access);

/* The columns that the access compares for equality, "room, day": of an INSERT of MERGE, those that its
 * ON does. NULL without any. */
const char *equal_columns(struct check *check, const struct access *access);

/* The same of the columns of which a condition asks what `asks` says. */
const char *columns_that(struct check *check, const struct access *access,
                         bool (*asks)(const struct term *term));

/* The table to which a foreign key leads from the rows that the access asks for, when it names the
 * key's value: they all belong to one row of it. NULL without. */
const char *parent_table(struct check *check, const struct access *access);

/* What a READ ONLY transaction refuses: "INSERT accounts", "CREATE TABLE", "nextval()". */
const char *refusal_text(struct check *check, const struct refusal *refusal);

/* What takes a lock: "UPDATE accounts", "LOCK TABLE accounts IN SHARE MODE", "the foreign key check
 * of accounts", "pg_advisory_lock()". */
const char *lock_text(struct check *check, const struct lock *lock);

/* What a lock is about: "rows of accounts", "keys of accounts", "table accounts". */
const char *lock_object(struct check *check, const struct lock *lock);

/* "FOR SHARE"; empty for LOCK_NONE. */
const char *lock_clause(enum lock_strength strength);

/* One of these: "row", "key", "table". */
const char *lock_thing(const struct lock *lock);

/* Whom a transaction can deadlock with, and how: "transfer.sql:12, which locks rows of branches
 * before rows of accounts". */
const char *deadlock_text(struct check *check, const struct deadlock *deadlock);

/* The same as report_access and report_side_effect, where a lock is taken. */
struct finding *report_locking(struct check *check, const struct lock *lock, const char *message);
void finding_related_lock(struct check *check, struct finding *finding, const struct lock *lock,
                          const char *label);

/* Suggests another mode for LOCK TABLE, if it is written in the script for one table, and waits. */
void finding_lock_mode(struct check *check, struct finding *finding, const struct access *lock,
                       enum table_lock mode);

/* Deletes a statement with its semicolon, and its line when nothing else stands there. */
void finding_delete(struct check *check, struct finding *finding, const struct statement *statement,
                    bool safe);

/* Deletes one of the modes that BEGIN or SET TRANSACTION lists, or SET TRANSACTION itself when it
 * lists no other. */
void finding_delete_mode(struct check *check, struct finding *finding,
                         const struct statement *statement, const struct mode *mode, bool safe);

/* Adds modes, "READ ONLY", to BEGIN. */
void finding_add_modes(struct check *check, struct finding *finding, const struct statement *begin,
                       const char *modes, bool safe);

/* Suggests READ COMMITTED where BEGIN names the level of the transaction. */
void finding_suggest_read_committed(struct check *check, struct finding *finding,
                                    const struct transaction *transaction);

/* Which one of the rule's predictions this finding makes. `prediction` is static. */
void finding_predicts(struct finding *finding, const char *prediction);

/* Whether a trigger makes the read in order to raise an error; integrity-trigger-race reports it. */
bool checks_in_trigger(const struct access *read);

/* Whether SERIALIZABLE for all would make it an error instead of an anomaly: a hot standby has no
 * such level, SSI does not see what is read from a sequence, a materialized view, a foreign table
 * or a catalog (manual, 13.2.3), and a prepared transaction cannot be the one that fails. */
bool serializable_helps(const struct check *check, const struct access *read);

/* Advise to run everything that writes the table at SERIALIZABLE, where that helps; and to make the
 * runs wait for each other before `read`, at the row to which all its rows belong. */
void advise_serializable(struct check *check, struct finding *finding, const struct access *read);
void advise_queue(struct check *check, struct finding *finding, const struct access *read);

/* The same for rows that are counted before one is added; where the count may be a test that there is
 * none, a constraint does it too. */
void advise_limit(struct check *check, struct finding *finding, const struct access *read);

/* How two runs that write different rows can be kept from breaking what both have checked: by locks
 * of the rows that decide, or, when the write makes its row one of those that the check looks for,
 * of what the runs share. */
void advise_deciding_rows(struct check *check, struct finding *finding, const struct access *read,
                          const struct access *write);

/* How the check of a trigger, which `read` is made for, can be made to hold. */
void advise_trigger_check(struct check *check, struct finding *finding, const struct access *read);

/* Says how the write computes the new value itself: adds to a number, merges a document. False, and no
 * help, when the column is known to be neither, a state say. `several`: it sets others like it. */
bool advise_change(struct check *check, struct finding *finding, const struct access *write,
                   const char *column, bool several);

/* Says how an old value is kept from being written back: that, `lock`, or a condition. `lock` is
 * what to do about the read, or NULL. */
void advise_write_back(struct check *check, struct finding *finding, const struct access *write,
                       const char *column, bool several, const char *lock);

/* Advises INSERT … ON CONFLICT instead of a check of the key, with RETURNING when the program goes
 * on with the row. `unique`: the index that this needs is there. */
void advise_upsert(struct check *check, struct finding *finding, const struct access *read,
                   const struct access *insert, bool unique);

/* Advises a constraint instead of a check of rows that overlap. */
void advise_exclusion(struct check *check, struct finding *finding, const struct access *read);

/* Advises an order of the locks that keeps two programs from waiting for each other. */
void advise_order(struct check *check, struct finding *finding, const struct deadlock *deadlock);

/* The same to a migration, which runs once beside the programs. */
void advise_migration(struct check *check, struct finding *finding,
                      const struct deadlock *deadlock);

/* INSERT … ON CONFLICT, in place of `insert`, for the key that the access names, with the unique
 * index that it takes. */
void advise_key_upsert(struct check *check, struct finding *finding, const struct access *access,
                       const struct access *insert, enum answer unique);

/* Advises, where a key is read that `write` then inserts, to leave the check to the unique key. A
 * search at SERIALIZABLE locks the index page that would hold the key, the whole index while it is
 * empty (predicate.c, README-SSI). */
void advise_key(struct check *check, struct finding *finding, const struct access *read,
                const struct access *write);

/* One step less severe: the pattern is there, but a fact was assumed. */
void finding_weaken(struct finding *finding);

/* Points at where the level of the transaction was set, unless its BEGIN says it. */
void finding_level(struct check *check, struct finding *finding,
                   const struct transaction *transaction);

/* Points at the statement that took the transaction's snapshot, if that is another one than the
 * access's own. */
void finding_snapshot(struct check *check, struct finding *finding, const struct access *access);

/* From the statement's first word to the relation's name, "UPDATE accounts"; the name alone when it
 * stands on another line. */
struct span access_span(const struct access *access);

/* The statement that makes it, or the one that sets it off. */
struct span access_statement_span(const struct access *access);

/* BEGIN with its modes, or the whole of a statement that stands alone. */
struct span transaction_span(const struct transaction *transaction);

/* The verb of the statement that makes the access: "UPDATE", "SELECT". */
const char *access_verb(const struct access *access);
