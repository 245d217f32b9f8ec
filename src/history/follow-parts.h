#pragma once
/* What the files about sessions share. */

#include "history/lexed.h"
#include "history/tags.h"

struct session {
    char *key;
    GList *link; /* in the queue by use */
    uint32_t process;
    const char *user, *database; /* interned */
    struct run *run;             /* open, or NULL */
    struct run *before;          /* the last one that ended, or NULL */
    bool certain; /* whether a block is open is known: false when the log begins amid a session */
    bool aborted; /* an error in the block, which nothing has rolled back yet */
    bool ending;  /* COMMIT has begun, and is not known to be done */
    bool chain;   /* it says AND CHAIN */
    enum run_end end;
    /* Of the last message: */
    bool several;               /* it has more than one statement */
    bool placed;                /* its last statement is part of a program, or begins or ends one */
    guint from;                 /* the statement of `run` that is its first */
    uint64_t transaction;       /* hash of the virtual transaction id of `run`; 0: none */
    uint64_t text;              /* hash of the last text that has begun and is not done; 0: none */
    uint64_t bound;             /* hash of the text of the last bind; 0: none */
    GArray *parameters;         /* struct value: of the last bind */
    enum isolation_level level; /* of transactions that name none */
    int read_only, deferrable;
    const char *setter; /* the application that has set it */
};

struct follow {
    struct shapes *shapes;
    struct follow_options options;
    struct follow_counts counts;
    follow_take *take;
    void *context;
    GHashTable *sessions;        /* struct session by key */
    GHashTable *processes;       /* struct session by process */
    GQueue by_use;               /* struct session, the last used first */
    const struct tokens *tokens; /* of the statement at hand */
    struct tags tags;
    GArray *parameters; /* struct value */
    struct tokens arguments;
    GStringChunk *names; /* databases, users, applications, tags */
    uint64_t serial, unknown;
    int64_t previous;
    const char *file;
};

/* Ends the open run, if there is one. */
void follow_close(struct follow *follow, struct session *session, enum run_end end, int64_t time);

/* Takes the statements of a message; `execution` is that of `lexed`, or another of the same text. */
void follow_execute(struct follow *follow, struct session *session, const struct lexed *lexed,
                    const struct execution *execution);

/* Puts an error to the statement that it is of. */
void follow_fail(struct follow *follow, struct session *session, const struct lexed *lexed);

/* Tells who follows the log that a run has ended. */
void follow_report(struct follow *follow, struct session *session, struct run *run);

/* Whether a run is the transaction around tests; then what is in it, from one statement up to
 * another, is told as runs of its own. */
bool follow_is_around_tests(const struct follow *follow, const struct run *run);
void follow_unwrap(struct follow *follow, struct session *session, const struct run *whole,
                   guint from, guint to);

/* Reads "$1 = '5', $2 = NULL" into struct value by number. */
void follow_read_parameters(struct piece parameters, GArray *values);

/* Makes those of an execution, or of the bind before it with the same text, the ones at hand; for
 * EXECUTE its arguments. */
void follow_take_parameters(struct follow *follow, const struct session *session,
                            const struct execution *execution, uint64_t text);

/* Appends the values of a statement whose tokens are follow->tokens; `own`: constants in the
 * text are the program's. */
void follow_add_values(struct follow *follow, struct run *run, const struct normal *normal,
                       struct piece text, bool own);
