#pragma once
/* The state of a session, shared by the files session*.c and by nothing else. */

#include <glib.h>

#include "session/transaction.h"

struct savepoint {
    const struct statement *statement;
    guint step;                  /* its own */
    struct mode_state read_only; /* before it; restored by RELEASE and ROLLBACK TO */
    struct modes defaults;       /* before it; restored by ROLLBACK TO */
    struct notice *notice;       /* READ ONLY was set under it; NULL without */
};

struct session {
    struct script *script;
    struct arena *arena;
    const struct session_options *options;

    struct modes initial;  /* the defaults of a new connection */
    struct modes defaults; /* the defaults now */
    const struct statement *default_set_by[MODE_KINDS];
    const struct modes *shared_defaults; /* a copy for transactions; NULL when out of date */

    const struct part *part; /* that the statement stands in; NULL when the script has none */
    enum framing framing;    /* of the part; never FRAMING_AUTO or FRAMING_POSSIBLE */
    bool framed;             /* the part's transaction has been begun */
    bool joined;             /* the statement shares a message with the next */

    struct transaction *open;
    struct modes current; /* of the open transaction */
    struct modes defaults_at_begin;
    const struct statement *snapshot; /* the statement that took it */
    GArray *steps;
    GArray *savepoints;

    bool autocommit_off;
    bool uncertain; /* an included file, a condition or what could not be read may have opened or
                       ended a block */
    size_t placeholder; /* of the script: the first that has not been passed */
    const struct directive *directive;
    const char *name; /* of the program that sends the transactions of a sequence */
    struct transaction **transactions_end;
    struct notice **notices_end;
};

/* Adds a notice about the open transaction. */
struct notice *session_add_notice(struct session *session, enum notice_kind kind,
                                  const struct statement *statement);

/* The notice that the session's default of a mode is still changed. */
void session_add_default_left(struct session *session, enum mode_kind kind);

/* What new transactions are given. */
void session_set_defaults(struct session *session, const struct modes *defaults);

/* BEGIN with modes, or SET TRANSACTION. */
void session_apply_modes(struct session *session, const struct statement *statement,
                         const struct mode *modes);

/* SET and its kin. */
void session_apply_setting(struct session *session, const struct statement *statement,
                           const struct setting *setting);

/* Calls of set_config in a query. */
void session_apply_calls(struct session *session, const struct statement *statement);
