#pragma once
/* What a session keeps when its transaction is over: settings, locks, temporary tables. A pooler
 * that hands connections on between transactions hands it on as well. */

#include "session/transaction.h"

/* Whether SET or set_config changes a setting for the rest of the session: not what the default
 * modes of transactions are, and not what poolers keep for each client (client_encoding, DateStyle,
 * TimeZone, standard_conforming_strings, application_name; PgBouncer, track_extra_parameters). */
bool session_keeps_setting(const struct setting *setting);

/* The temporary table that the statement creates for the rest of the session; NULL when it creates
 * none, or one that COMMIT drops. */
const struct relation *session_keeps_table(const struct statement *statement);

/* Whether the call takes an advisory lock that is not given back in the same transaction. */
bool session_keeps_lock(const struct side_effect *call);

/* Whether a later statement of the same transaction undoes what the statement has left, RESET, DROP
 * TABLE, CLOSE, DEALLOCATE, UNLISTEN, or ROLLBACK does. */
bool session_gives_back(const struct script *script, const struct statement *statement);

/* Whether it stands in a migration, which as a rule has a connection of its own. */
bool session_is_migration(const struct script *script, const struct statement *statement);

/* Whether it stands in one of which nothing says by what it is run: that may begin a transaction, send
 * the file as one message, or have autocommit turned off. */
bool session_may_be_wrapped(const struct script *script, const struct statement *statement);
