#pragma once
/* Transactions: which statements run in one, at which isolation level, in which access mode, and
 * where each of these came from. */

#include <stdbool.h>
#include <stddef.h>

#include "catalog/catalog.h"
#include "facts/script.h"
#include "facts/settings.h"

enum provenance {
    FROM_SERVER,     /* the server's own default */
    FROM_PERSISTENT, /* ALTER SYSTEM, DATABASE or ROLE */
    FROM_OPTION,     /* --default-isolation and the configuration */
    FROM_SESSION,    /* SET SESSION CHARACTERISTICS, SET default_transaction_… */
    FROM_EXPLICIT,   /* BEGIN, SET TRANSACTION */
};

/* One mode in force. */
struct mode_state {
    signed char value; /* an isolation_level, never READ UNCOMMITTED; 0 / 1; MODE_UNKNOWN */
    signed char asked; /* the same, but READ UNCOMMITTED when that was asked for */
    enum provenance provenance : 8;
    struct span span;
    const struct script *script; /* where it was set, NULL for the server and options */
};

struct modes {
    struct mode_state state[MODE_KINDS]; /* by enum mode_kind */
};

/* Whether writes are refused for certain. What ALTER DATABASE or ALTER SYSTEM stores holds for
 * sessions that begin later, and not for those who set it up: that is no certainty. */
static inline bool modes_refuse_writes(const struct modes *modes)
{
    const struct mode_state *state = &modes->state[MODE_READ_ONLY];

    return state->value == 1 && state->provenance != FROM_PERSISTENT;
}

/* One statement in a transaction, with what was in force before it ran. */
struct step {
    const struct statement *statement;
    const struct transaction *transaction;
    bool after_snapshot : 1; /* the transaction had taken a snapshot before */
    bool read_only : 1;      /* see modes_refuse_writes */
    unsigned depth : 30;     /* open savepoints */
    unsigned undone_to;      /* of a SAVEPOINT: the step that last went back to it; 0: none did */
};

enum transaction_kind {
    TRANSACTION_BLOCK,     /* BEGIN … COMMIT */
    TRANSACTION_STATEMENT, /* one statement alone */
    TRANSACTION_MESSAGE,   /* several statements in one message: "\;" */
    TRANSACTION_FILE,      /* the tool wraps the file */
    TRANSACTION_SENT,      /* a program sends them one after the other, and may not say BEGIN */
    TRANSACTION_SEGMENT,   /* behind COMMIT or ROLLBACK in a procedure or DO */
    TRANSACTION_ROUTINE,   /* a routine that nothing in the inputs calls */
};

/* What few transactions have. */
struct transaction_rest {
    const char **distinct; /* -- isolint: params a <> b: a, b, …, NULL-terminated; or NULL */
    const struct body_statement *segment;   /* the COMMIT or ROLLBACK it follows */
    const struct modes *first_modes;        /* of the statement, where a segment has others */
    const struct side_effect *session_lock; /* pg_advisory_lock before it, not unlocked since */
    const struct step *unknown_step; /* the first step that may do anything; NULL when all known */
    const struct access **firsts; /* of many accesses the first of each relation, in a table … */
    uint32_t first_count;         /* of so many places, a power of two: access_first_like */
};

struct transaction {
    struct transaction *next;
    struct script *script;
    const struct statement *begin; /* BEGIN, or the COMMIT AND CHAIN it follows; NULL without */
    const struct statement *end;   /* COMMIT, ROLLBACK, PREPARE TRANSACTION; NULL without */
    const struct modes *modes;     /* in force at the first snapshot */
    struct step *steps;
    uint32_t step_count;
    uint32_t first_snapshot; /* index of the step that took it; step_count when none did */
    enum transaction_kind kind : 8;
    enum concurrency concurrency : 8;
    bool uncertain : 1;   /* \if or \i may add or remove statements */
    bool enclosed : 1;    /* of one statement alone: \if or \i may have begun a block around it */
    bool modes_again : 1; /* a BEGIN inside of it sets modes */
    bool rolls_back : 1;  /* one of its steps is ROLLBACK TO */
    bool retried : 1;     /* -- isolint: retry */
    bool set_up : 1;      /* runs alone, creates tables or puts their first rows into them */
    bool surplus : 1;     /* equal ones come before, with whom all others meet; see copies.h */
    bool alike : 1;       /* likewise, but for constants that nobody else writes */
    bool bulk : 1;        /* a statement alone, after many that are like it */
    bool unfired : 1;     /* a trigger function by itself, which no program of the inputs runs */
    bool writes : 1;      /* see transaction_writes; this and the next three: by bind_script */
    bool too_deep : 1;    /* more inside one another … */
    bool too_many : 1;    /* … or set off, than is followed */
    bool too_long : 1;    /* more accesses in what is set off than are followed */
    bool upserts : 1; /* one of its accesses is INSERT … ON CONFLICT; by corpus_prepare_script */
    bool defines : 1; /* creates tables or columns for others, and does more; likewise */
    bool may_be_copy : 1; /* see copies.h; likewise */
    unsigned kinds : 8;   /* 1 << access_kind of each of its accesses */
    uint16_t outline;     /* see copies.h; this and the next three by corpus_prepare_script */
    uint32_t number;      /* in its corpus */
    uint32_t access_count;
    uint64_t relations;                  /* the relation bits of its accesses */
    uint64_t read;                       /* … of those that read or lock */
    const struct part *part;             /* that it stands in, or NULL */
    const char *name;                    /* -- isolint: program NAME, or NULL */
    const struct routine *routine;       /* of TRANSACTION_ROUTINE */
    const struct transaction_rest *rest; /* never NULL; shared by all that have nothing of it */

    struct access *accesses;    /* filled by bind_script */
    struct side_effect *calls;  /* calls that may have an effect */
    struct routine_run *runs;   /* routines whose bodies it runs */
    struct side_effect *hidden; /* what these run beside queries and calls */
    const char *unknown;        /* what is unknown about it: "function pay()" */
};

/* One of a script of which nothing is known yet. */
struct transaction *transaction_new(struct script *script, enum transaction_kind kind,
                                    struct arena *arena);

/* The part that is the transaction's own, made in the arena when it has none yet. */
struct transaction_rest *transaction_own_rest(struct transaction *transaction, struct arena *arena);

/* What the server says, or silently ignores, about transaction control. */
enum notice_kind {
    NOTICE_NESTED_BEGIN,      /* BEGIN in an open block */
    NOTICE_NO_BLOCK,          /* COMMIT, ROLLBACK without a block */
    NOTICE_UNTERMINATED,      /* the block is open when the connection ends */
    NOTICE_MODE_NO_EFFECT,    /* SET TRANSACTION outside a block */
    NOTICE_MODE_TOO_LATE,     /* 25001: after the first snapshot */
    NOTICE_MODE_IN_SAVEPOINT, /* 25001, or READ ONLY that is undone when the savepoint ends */
    NOTICE_READ_ONLY_LATE,    /* allowed, but after the first snapshot */
    NOTICE_DEFAULT_IN_BLOCK,  /* the session's default changed while a transaction is open */
    NOTICE_DEFAULT_LEFT,      /* still changed at the end of the file */
    NOTICE_LOCAL_NO_EFFECT,   /* SET LOCAL of anything else outside a block */
    NOTICE_IMPORT_TOO_LATE,   /* 25001: SET TRANSACTION SNAPSHOT after a query, or in a savepoint */
    NOTICE_IMPORT_LEVEL,      /* 0A000: at READ COMMITTED */
    NOTICE_IMPORT_DEFERRABLE, /* 0A000: in a SERIALIZABLE READ ONLY DEFERRABLE transaction */
};

struct notice {
    struct notice *next;
    enum notice_kind kind;
    const struct statement *statement;
    const struct transaction *transaction; /* the open one, or NULL */
    const struct statement *cause;  /* earlier statement that makes it so: BEGIN, first snapshot */
    const struct statement *undone; /* RELEASE or ROLLBACK TO that took READ ONLY back, or NULL */
    struct mode mode;               /* for the notices about modes */
    bool local;                     /* SET LOCAL */
    bool same;                      /* the open transaction is in that mode anyway */
};

struct session_options {
    enum isolation_level default_isolation; /* LEVEL_UNKNOWN: not given */
    bool default_read_only;
    int server_version;   /* before 901 SERIALIZABLE is what REPEATABLE READ is now */
    const char *database; /* its name; NULL: not known */
    const char *role;     /* that logs in; NULL: not known */
    bool retried;         /* the application retries all transactions on 40001 */
    enum framing framing; /* FRAMING_AUTO: as each part of a script has it */
};

/* The modes of a transaction of a new connection that names none. */
struct modes session_modes(const struct catalog *catalog, const struct session_options *options);

/* Runs the statements of a script through a session as the server would see them, and fills its
 * transactions and notices. */
void session_run(struct script *script, const struct catalog *catalog,
                 const struct session_options *options);

/* The mode in force when the first snapshot was taken: as the value of struct mode_state, so
 * MODE_UNKNOWN when it is not known. */
static inline int transaction_mode(const struct transaction *transaction, enum mode_kind kind)
{
    return transaction->modes->state[kind].value;
}

/* Its level, never READ UNCOMMITTED; LEVEL_UNKNOWN when it is not known. */
static inline enum isolation_level transaction_level(const struct transaction *transaction)
{
    int level = transaction_mode(transaction, MODE_ISOLATION);

    return level == MODE_UNKNOWN ? LEVEL_UNKNOWN : (enum isolation_level)level;
}

/* Whether READ ONLY, or DEFERRABLE, certainly was in force when the first snapshot was taken. */
static inline bool transaction_read_only(const struct transaction *transaction)
{
    return transaction_mode(transaction, MODE_READ_ONLY) == 1;
}

static inline bool transaction_deferrable(const struct transaction *transaction)
{
    return transaction_mode(transaction, MODE_DEFERRABLE) == 1;
}

/* REPEATABLE READ or SERIALIZABLE: one snapshot for all statements. */
static inline bool transaction_has_one_snapshot(const struct transaction *transaction)
{
    return transaction_level(transaction) >= LEVEL_REPEATABLE_READ;
}

/* Whether a run of one can overlap with a run of the other, which may be the same program. */
bool transaction_may_overlap(const struct transaction *a, const struct transaction *b);

/* Whether it ends in ROLLBACK for certain: it changes nothing for others, and nothing that it has
 * read is acted upon. */
bool transaction_is_undone(const struct transaction *transaction);

/* Whether it begins where modes can be named: a block, a message, a file, not a call. */
bool transaction_is_declared(const struct transaction *transaction);

/* Whether it was begun by COMMIT or ROLLBACK AND CHAIN. */
bool transaction_is_chained(const struct transaction *transaction);

/* Whether the mode was set in the transaction before and carried over by AND CHAIN. */
bool transaction_carries(const struct transaction *transaction, enum mode_kind kind);

/* The transaction that this BEGIN begins; NULL when it begins none. For one BEGIN after the other,
 * in the order of the script: `*cursor` is its first transaction at first. */
const struct transaction *transaction_begun_by(const struct transaction **cursor,
                                               const struct statement *begin);

/* The statement where a transaction begins: BEGIN, or its first statement. */
const struct statement *transaction_first(const struct transaction *transaction);

/* The step that took the first snapshot, or NULL. */
const struct step *transaction_first_snapshot(const struct transaction *transaction);

/* Whether the transaction itself creates the relation: nobody else can see it before COMMIT. */
bool transaction_creates(const struct transaction *transaction, const struct relation *relation);

/* Whether the statement may change a setting of the session: SET, or a call that could be
 * set_config. */
bool statement_may_set(const struct statement *statement);

/* Whether ROLLBACK TO a savepoint takes back what the step has done, and gives back what it has
 * locked, before the other one runs. */
bool step_is_undone(const struct step *step, const struct step *before);

/* The value that the script has given a setting before the step runs, with SET, SET LOCAL or
 * set_config; "" when it is filled in when the script runs, NULL when it has not, or has taken it
 * back. */
const char *step_setting(const struct step *step, const char *name);

/* "WriteCheck", "transfer()" for a routine that no input calls, or "transfer.sql:13" for a program without
 * a name; "new/transfer.sql:13" when the name is read in `beside`, which may be NULL, and that is
 * "old/transfer.sql". Lives in `arena` or longer. */
const char *transaction_name(const struct transaction *transaction, const struct script *beside,
                             struct arena *arena);

/* "BEGIN at line 3", for messages about levels: where the mode came from, or NULL for a default. */
const char *provenance_name(enum provenance provenance);
