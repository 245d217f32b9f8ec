/* Sessions: which statements run in one transaction, in which modes, and where each mode came from.
 * What a server does was asked of PostgreSQL 15 by psql. */
#include "support/view.h"

#define ONE(modes) "statement " modes " steps=1 snapshot=0\n"

static const struct sample blocks[] = {
    {"statements alone", "SELECT 1; UPDATE t SET a = 1;",
     ONE("READ COMMITTED (server)") ONE("READ COMMITTED (server)")},
    {"a block", "BEGIN; SELECT 1; UPDATE t SET a = 1; COMMIT;",
     "block READ COMMITTED (server) steps=2 snapshot=0 COMMIT\n"},
    {"other words for it",
     "BEGIN WORK; SELECT 1; END; START TRANSACTION; SELECT 1; ABORT; BEGIN; SELECT 1; COMMIT WORK;",
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n"
     "block READ COMMITTED (server) steps=1 snapshot=0 ROLLBACK\n"
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n"},
    {"an empty block", "BEGIN; COMMIT;", "block READ COMMITTED (server) steps=0 COMMIT\n"},
    {"nothing", "", ""},
    {"modes of BEGIN", "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE; SELECT 1; COMMIT;",
     "block SERIALIZABLE (explicit), READ ONLY (explicit), DEFERRABLE (explicit)"
     " steps=1 snapshot=0 COMMIT\n"},
    {"the last of two levels counts",
     "BEGIN ISOLATION LEVEL SERIALIZABLE, ISOLATION LEVEL REPEATABLE READ, READ WRITE;"
     "SELECT 1; COMMIT;",
     "block REPEATABLE READ (explicit), READ WRITE (explicit) steps=1 snapshot=0 COMMIT\n"},
    {"READ UNCOMMITTED is READ COMMITTED",
     "BEGIN ISOLATION LEVEL READ UNCOMMITTED; SELECT 1; COMMIT;",
     "block READ COMMITTED (explicit) steps=1 snapshot=0 COMMIT\n"},
    {"PREPARE TRANSACTION ends a block", "BEGIN; SELECT 1; PREPARE TRANSACTION 'x'; SELECT 1;",
     "block READ COMMITTED (server) steps=1 snapshot=0 PREPARE TRANSACTION\n" ONE(
         "READ COMMITTED (server)")},
    {"COMMIT PREPARED is a statement", "COMMIT PREPARED 'x'; ROLLBACK PREPARED 'y';",
     "statement READ COMMITTED (server) steps=1\nstatement READ COMMITTED (server) steps=1\n"},
    {"not ended", "BEGIN; SELECT 1;",
     "block READ COMMITTED (server) steps=1 snapshot=0\n"
     "! unterminated \"BEGIN\" because of \"BEGIN\"\n"},
    {"a nested BEGIN", "BEGIN; SELECT 1; BEGIN; SELECT 2; COMMIT; COMMIT;",
     "block READ COMMITTED (server) steps=2 snapshot=0 COMMIT\n"
     "! nested-begin \"BEGIN\" because of \"BEGIN\"\n! no-block \"COMMIT\"\n"},
    {"a nested BEGIN sets its modes",
     "BEGIN; BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT;",
     "block SERIALIZABLE (explicit) steps=1 snapshot=0 COMMIT\n"
     "! nested-begin \"BEGIN ISOLATION LEVEL SERIALIZABLE\" because of \"BEGIN\"\n"},
    {"a nested BEGIN after a query", "BEGIN; SELECT 1; BEGIN ISOLATION LEVEL SERIALIZABLE; COMMIT;",
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n"
     "! nested-begin \"BEGIN ISOLATION LEVEL SERIALIZABLE\" because of \"BEGIN\"\n"
     "! too-late \"BEGIN ISOLATION LEVEL SERIALIZABLE\" SERIALIZABLE because of \"SELECT 1\"\n"},
    {"COMMIT and ROLLBACK without a block", "COMMIT; ROLLBACK; SELECT 1;",
     ONE("READ COMMITTED (server)") "! no-block \"COMMIT\"\n! no-block \"ROLLBACK\"\n"},
    {"PREPARE TRANSACTION without a block", "PREPARE TRANSACTION 'x';",
     "! no-block \"PREPARE TRANSACTION 'x'\"\n"},
    {"AND CHAIN keeps the modes",
     "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY; SELECT 1; COMMIT AND CHAIN; SELECT 2;"
     "ROLLBACK AND CHAIN; SELECT 3; COMMIT; SELECT 4;",
     "block SERIALIZABLE (explicit), READ ONLY (explicit) steps=1 snapshot=0 COMMIT\n"
     "block SERIALIZABLE (explicit), READ ONLY (explicit) steps=1 snapshot=0 ROLLBACK\n"
     "block SERIALIZABLE (explicit), READ ONLY (explicit) steps=1 snapshot=0 COMMIT\n" ONE(
         "READ COMMITTED (server)")},
    {"AND CHAIN keeps modes that SET TRANSACTION gave",
     "BEGIN; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; COMMIT AND CHAIN; SELECT 1; COMMIT;",
     "block REPEATABLE READ (explicit) steps=1 COMMIT\n"
     "block REPEATABLE READ (explicit) steps=1 snapshot=0 COMMIT\n"},
    {"AND CHAIN without a block begins nothing", "COMMIT AND CHAIN; SELECT 1;",
     ONE("READ COMMITTED (server)") "! no-block \"COMMIT AND CHAIN\"\n"},
    {"AND NO CHAIN", "BEGIN; SELECT 1; COMMIT AND NO CHAIN; SELECT 1;",
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n" ONE("READ COMMITTED (server)")},
};

static const struct sample set_transaction[] = {
    {"before the first query",
     "BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT;",
     "block SERIALIZABLE (explicit) steps=2 snapshot=1 COMMIT\n"},
    {"what takes no snapshot may come before",
     "BEGIN; LOCK TABLE t; SET LOCAL work_mem = '1MB'; SHOW work_mem; LISTEN a; NOTIFY a;"
     "UNLISTEN a; SET CONSTRAINTS ALL DEFERRED; CHECKPOINT; SET ROLE x;"
     "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; COMMIT;",
     "block SERIALIZABLE (explicit) steps=10 COMMIT\n"},
    {"after a query", "BEGIN; SELECT 1; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; COMMIT;",
     "block READ COMMITTED (server) steps=2 snapshot=0 COMMIT\n"
     "! too-late \"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE\" SERIALIZABLE"
     " because of \"SELECT 1\"\n"},
    {"what it is already may be set late",
     "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;"
     "COMMIT;",
     "block SERIALIZABLE (explicit) steps=2 snapshot=0 COMMIT\n"},
    {"READ UNCOMMITTED is another level there",
     "BEGIN; SELECT 1; SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; COMMIT;",
     "block READ COMMITTED (server) steps=2 snapshot=0 COMMIT\n"
     "! too-late \"SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED\" READ UNCOMMITTED"
     " because of \"SELECT 1\"\n"},
    {"READ ONLY late", "BEGIN; SELECT 1; SET TRANSACTION READ ONLY; SELECT 2; COMMIT;",
     "block READ COMMITTED (server) steps=3 snapshot=0 COMMIT\n"
     "! read-only-late \"SET TRANSACTION READ ONLY\" READ ONLY because of \"SELECT 1\"\n"},
    {"READ WRITE late", "BEGIN READ ONLY; SELECT 1; SET TRANSACTION READ WRITE; COMMIT;",
     "block READ COMMITTED (server), READ ONLY (explicit) steps=2 snapshot=0 COMMIT\n"
     "! too-late \"SET TRANSACTION READ WRITE\" READ WRITE because of \"SELECT 1\"\n"},
    {"READ WRITE in time", "BEGIN READ ONLY; SET TRANSACTION READ WRITE; SELECT 1; COMMIT;",
     "block READ COMMITTED (server), READ WRITE (explicit) steps=2 snapshot=1 COMMIT\n"},
    {"DEFERRABLE late", "BEGIN; SELECT 1; SET TRANSACTION NOT DEFERRABLE; COMMIT;",
     "block READ COMMITTED (server) steps=2 snapshot=0 COMMIT\n"
     "! too-late \"SET TRANSACTION NOT DEFERRABLE\" NOT DEFERRABLE because of \"SELECT 1\"\n"},
    {"outside a block", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT 1;",
     ONE("READ COMMITTED (server)") "! no-effect \"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE\""
                                    " SERIALIZABLE\n"},
    {"by variables",
     "BEGIN; SET transaction_isolation = 'repeatable read'; SET LOCAL transaction_read_only = on;"
     "SELECT 1; COMMIT;",
     "block REPEATABLE READ (explicit), READ ONLY (explicit) steps=3 snapshot=2 COMMIT\n"},
    {"by a variable outside a block", "SET transaction_isolation = 'serializable';",
     "! no-effect \"SET transaction_isolation = 'serializable'\" SERIALIZABLE\n"},
    {"to the default",
     "BEGIN ISOLATION LEVEL SERIALIZABLE; SET transaction_isolation TO DEFAULT;"
     "SELECT 1; COMMIT;",
     "block READ COMMITTED (explicit) steps=2 snapshot=1 COMMIT\n"},
    {"the default of transaction_isolation is READ COMMITTED, not the session's",
     "SET default_transaction_isolation = 'repeatable read'; BEGIN;"
     "SET transaction_isolation TO DEFAULT; SELECT 1; COMMIT; RESET ALL;",
     "block READ COMMITTED (explicit) steps=2 snapshot=1 COMMIT\n"},
    {"set_config is itself a query",
     "BEGIN; SELECT set_config('transaction_isolation', 'serializable', true); COMMIT;",
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n"
     "! too-late \"SELECT set_config('transaction_isolation', 'serializable', true)\" SERIALIZABLE"
     " local because of \"SELECT set_config('transaction_isolation', 'serializable', true)\"\n"},
    {"set_config of a default",
     "SELECT set_config('default_transaction_isolation', 'serializable', false); SELECT 1;",
     ONE("READ COMMITTED (server)") ONE(
         "SERIALIZABLE (session)") "! default-left \"SELECT set_config('default_transaction_isolation', 'serializable', false)\""
                                   " SERIALIZABLE\n"},
    {"a snapshot that is imported",
     "BEGIN ISOLATION LEVEL REPEATABLE READ;"
     "SET TRANSACTION SNAPSHOT '00000003-1'; SELECT 1; COMMIT;",
     "block REPEATABLE READ (explicit) steps=2 snapshot=0 COMMIT\n"},
};

/* Each was tried: BEGIN, the statement, SET TRANSACTION ISOLATION LEVEL SERIALIZABLE. */
static const struct sample snapshots[] = {
#define TAKES(text)                                                     \
    {                                                                   \
        text, "BEGIN; " text "; COMMIT;",                               \
            "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n" \
    }
#define TAKES_NONE(text)                                                                   \
    {                                                                                      \
        text, "BEGIN; " text "; COMMIT;", "block READ COMMITTED (server) steps=1 COMMIT\n" \
    }
    TAKES("SELECT 1"),
    TAKES("VALUES (1)"),
    TAKES("TABLE t"),
    TAKES("INSERT INTO t VALUES (1)"),
    TAKES("MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE"),
    TAKES("SELECT pg_advisory_xact_lock(1)"),
    TAKES("DECLARE c CURSOR FOR SELECT 1"),
    TAKES("CLOSE ALL"),
    TAKES("PREPARE p AS SELECT 1"),
    TAKES("EXECUTE p"),
    TAKES("DEALLOCATE ALL"),
    TAKES("EXPLAIN SELECT 1"),
    TAKES("COPY t TO STDOUT"),
    TAKES("COPY t FROM '/x'"),
    TAKES("CALL p()"),
    TAKES("DO $$ BEGIN NULL; END $$"),
    TAKES("CREATE TABLE x ()"),
    TAKES("TRUNCATE t"),
    TAKES("ANALYZE t"),
    TAKES("LOAD 'plpgsql'"),
    TAKES("DISCARD PLANS"),
    TAKES("COMMENT ON TABLE t IS 'x'"),
    TAKES("GRANT SELECT ON t TO x"),
    TAKES("REFRESH MATERIALIZED VIEW m"),
    TAKES_NONE("SAVEPOINT s"),
    TAKES_NONE("LOCK TABLE t"),
    TAKES_NONE("SET work_mem = '1MB'"),
    TAKES_NONE("RESET work_mem"),
    TAKES_NONE("SHOW work_mem"),
    TAKES_NONE("SET CONSTRAINTS ALL IMMEDIATE"),
    TAKES_NONE("FETCH 1 FROM c"),
    TAKES_NONE("MOVE 1 FROM c"),
    TAKES_NONE("LISTEN a"),
    TAKES_NONE("UNLISTEN *"),
    TAKES_NONE("NOTIFY a"),
    TAKES_NONE("CHECKPOINT"),
#undef TAKES
#undef TAKES_NONE
};

static const struct sample savepoints[] = {
    {"a level in a savepoint",
     "BEGIN; SAVEPOINT s; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; COMMIT;",
     "block READ COMMITTED (server) steps=2 COMMIT\n"
     "! in-savepoint \"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE\" SERIALIZABLE"
     " because of \"SAVEPOINT s\"\n"},
    {"the level it has",
     "BEGIN; SAVEPOINT s; SET TRANSACTION ISOLATION LEVEL READ COMMITTED;"
     "COMMIT;",
     "block READ COMMITTED (explicit) steps=2 COMMIT\n"},
    {"RELEASE leaves the savepoint",
     "BEGIN; SAVEPOINT s; RELEASE s; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; COMMIT;",
     "block SERIALIZABLE (explicit) steps=3 COMMIT\n"},
    {"ROLLBACK TO does not",
     "BEGIN; SAVEPOINT s; ROLLBACK TO s; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; COMMIT;",
     "block READ COMMITTED (server) steps=3 COMMIT\n"
     "! in-savepoint \"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE\" SERIALIZABLE"
     " because of \"SAVEPOINT s\"\n"},
    {"RELEASE of an outer one releases the inner ones",
     "BEGIN; SAVEPOINT a; SAVEPOINT b; RELEASE a; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;"
     "COMMIT;",
     "block SERIALIZABLE (explicit) steps=4 COMMIT\n"},
    {"RELEASE of the last of that name",
     "BEGIN; SAVEPOINT a; SAVEPOINT a; RELEASE a; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;"
     "COMMIT;",
     "block READ COMMITTED (server) steps=4 COMMIT\n"
     "! in-savepoint \"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE\" SERIALIZABLE"
     " because of \"SAVEPOINT a\"\n"},
    {"READ ONLY in a savepoint",
     "BEGIN; SAVEPOINT s; SET TRANSACTION READ ONLY; RELEASE s; SELECT 1; COMMIT;",
     "block READ COMMITTED (server) steps=4 snapshot=3 COMMIT\n"
     "! in-savepoint \"SET TRANSACTION READ ONLY\" READ ONLY because of \"SAVEPOINT s\"\n"},
    {"READ WRITE in a savepoint",
     "BEGIN READ ONLY; SAVEPOINT s; SET TRANSACTION READ WRITE; COMMIT;",
     "block READ COMMITTED (server), READ ONLY (explicit) steps=2 COMMIT\n"
     "! in-savepoint \"SET TRANSACTION READ WRITE\" READ WRITE because of \"SAVEPOINT s\"\n"},
    {"DEFERRABLE in a savepoint", "BEGIN; SAVEPOINT s; SET TRANSACTION DEFERRABLE; COMMIT;",
     "block READ COMMITTED (server) steps=2 COMMIT\n"
     "! in-savepoint \"SET TRANSACTION DEFERRABLE\" DEFERRABLE because of \"SAVEPOINT s\"\n"},
    {"ROLLBACK TO undoes a default",
     "BEGIN; SAVEPOINT s; SET default_transaction_isolation = 'serializable'; ROLLBACK TO s;"
     "COMMIT; SELECT 1;",
     "block READ COMMITTED (server) steps=3 COMMIT\n" ONE(
         "READ COMMITTED (server)") "! default-inside \"SET default_transaction_isolation = 'serializable'\" SERIALIZABLE"
                                    " because of \"BEGIN\"\n"},
    {"RELEASE keeps a default",
     "BEGIN; SAVEPOINT s; SET default_transaction_isolation = 'serializable'; RELEASE s;"
     "COMMIT; SELECT 1;",
     "block READ COMMITTED (server) steps=3 COMMIT\n" ONE(
         "SERIALIZABLE (session)") "! default-inside \"SET default_transaction_isolation = 'serializable'\" SERIALIZABLE"
                                   " because of \"BEGIN\"\n"
                                   "! default-left \"SET default_transaction_isolation = 'serializable'\" SERIALIZABLE\n"},
};

static const struct sample defaults[] = {
    {"SET",
     "SET default_transaction_isolation = 'serializable'; SELECT 1; BEGIN; SELECT 1; COMMIT;"
     "RESET default_transaction_isolation; SELECT 1;",
     ONE("SERIALIZABLE (session)") "block SERIALIZABLE (session) steps=1 snapshot=0 COMMIT\n" ONE(
         "READ COMMITTED (server)")},
    {"SET SESSION CHARACTERISTICS",
     "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;"
     "SELECT 1; SET default_transaction_isolation TO DEFAULT; SELECT 1;"
     "SET SESSION default_transaction_read_only = off; SELECT 1;",
     ONE("REPEATABLE READ (session), READ ONLY (session)")
         ONE("READ COMMITTED (server), READ ONLY (session)")
             ONE("READ COMMITTED (server), READ WRITE (session)")},
    {"BEGIN overrides it",
     "SET default_transaction_read_only = on; BEGIN READ WRITE; SELECT 1; COMMIT; RESET ALL;",
     "block READ COMMITTED (server), READ WRITE (explicit) steps=1 snapshot=0 COMMIT\n"},
    {"left at the end", "SET default_transaction_isolation = 'serializable'; SELECT 1;",
     ONE("SERIALIZABLE (session)") "! default-left \"SET default_transaction_isolation = 'serializable'\" SERIALIZABLE\n"},
    {"what the server has anyway is not left",
     "SET default_transaction_isolation = 'read committed'; SELECT 1;",
     ONE("READ COMMITTED (session)")},
    {"DISCARD ALL", "SET default_transaction_isolation = 'serializable'; DISCARD ALL; SELECT 1;",
     ONE("READ COMMITTED (server)")},
    {"in a block it is for the next one",
     "BEGIN; SET default_transaction_isolation = 'serializable'; SELECT 1; COMMIT; SELECT 1;"
     "RESET ALL;",
     "block READ COMMITTED (server) steps=2 snapshot=1 COMMIT\n" ONE(
         "SERIALIZABLE (session)") "! default-inside \"SET default_transaction_isolation = 'serializable'\" SERIALIZABLE"
                                   " because of \"BEGIN\"\n"},
    {"ROLLBACK undoes it",
     "BEGIN; SET default_transaction_isolation = 'serializable'; ROLLBACK; SELECT 1;",
     "block READ COMMITTED (server) steps=1 ROLLBACK\n" ONE(
         "READ COMMITTED (server)") "! default-inside \"SET default_transaction_isolation = 'serializable'\" SERIALIZABLE"
                                    " because of \"BEGIN\"\n"},
    {"ROLLBACK undoes RESET",
     "SET default_transaction_isolation = 'serializable'; BEGIN; RESET ALL; ROLLBACK; SELECT 1;"
     "RESET ALL;",
     "block SERIALIZABLE (session) steps=1 ROLLBACK\n" ONE("SERIALIZABLE (session)")},
    {"SET LOCAL in a block",
     "BEGIN; SET LOCAL default_transaction_isolation = 'serializable'; SELECT 1; COMMIT; SELECT 1;",
     "block READ COMMITTED (server) steps=2 snapshot=1 COMMIT\n" ONE(
         "READ COMMITTED (server)") "! default-inside \"SET LOCAL default_transaction_isolation = 'serializable'\" SERIALIZABLE"
                                    " local because of \"BEGIN\"\n"},
    {"SET LOCAL outside a block",
     "SET LOCAL default_transaction_isolation = 'serializable'; SELECT 1;",
     ONE("READ COMMITTED (server)") "! no-effect \"SET LOCAL default_transaction_isolation ="
                                    " 'serializable'\" SERIALIZABLE local\n"},
    {"by options", "SELECT 1; BEGIN ISOLATION LEVEL READ COMMITTED; SELECT 1; COMMIT;",
     ONE("SERIALIZABLE (option), READ ONLY (option)") "block READ COMMITTED (explicit), READ ONLY (option) steps=1 snapshot=0 COMMIT\n",
     .options = "--default-isolation serializable --default-read-only"},
    {"RESET goes back to the option",
     "SET default_transaction_isolation = 'read committed'; RESET default_transaction_isolation;"
     "SELECT 1;",
     ONE("REPEATABLE READ (option)"), .options = "--default-isolation repeatable-read"},
    {"a value that is filled in", "SET default_transaction_read_only TO :x; SELECT 1; RESET ALL;",
     ONE("READ COMMITTED (server), unknown (session)")},
};

static const struct sample stored[] = {
    {"ALTER SYSTEM",
     "-- file a.sql\nALTER SYSTEM SET default_transaction_isolation ="
     " 'repeatable read';\n-- file b.sql\nSELECT 1;\n",
     ONE("REPEATABLE READ (stored)") ONE("REPEATABLE READ (stored)")},
    {"ALTER DATABASE outranks ALTER SYSTEM and ALTER ROLE ALL",
     "ALTER DATABASE d SET default_transaction_isolation = serializable;"
     "ALTER ROLE ALL SET default_transaction_isolation = 'repeatable read';"
     "ALTER SYSTEM SET default_transaction_isolation = 'read committed';",
     ONE("SERIALIZABLE (stored)") ONE("SERIALIZABLE (stored)") ONE("SERIALIZABLE (stored)")},
    {"ALTER ROLE outranks ALTER DATABASE",
     "ALTER ROLE r SET default_transaction_isolation = 'repeatable read';"
     "ALTER DATABASE d SET default_transaction_isolation = serializable;",
     ONE("REPEATABLE READ (stored)") ONE("REPEATABLE READ (stored)"),
     .options = "--set roles=[{\"name\":r,\"paths\":[\"*\"]}]"},
    {"ALTER ROLE IN DATABASE outranks ALTER ROLE",
     "ALTER ROLE r IN DATABASE d SET default_transaction_isolation = 'repeatable read';"
     "ALTER ROLE r SET default_transaction_isolation = serializable;",
     ONE("REPEATABLE READ (stored)") ONE("REPEATABLE READ (stored)"),
     .options = "--set roles=[{\"name\":r,\"paths\":[\"*\"]}]"},
    {"a role that runs nothing here",
     "ALTER ROLE other SET default_transaction_isolation = 'repeatable read';",
     ONE("READ COMMITTED (server)"), .options = "--set roles=[{\"name\":r,\"paths\":[\"*\"]}]"},
    {"nobody says which role runs it",
     "ALTER ROLE r SET default_transaction_isolation = 'repeatable read';",
     ONE("READ COMMITTED (server)")},
    {"two databases, of which nobody says which one it is",
     "ALTER DATABASE d SET default_transaction_isolation = 'repeatable read';"
     "ALTER DATABASE e SET default_transaction_isolation = serializable;",
     ONE("READ COMMITTED (server)") ONE("READ COMMITTED (server)")},
    {"READ ONLY of one role is nobody else's",
     "ALTER ROLE r SET default_transaction_read_only = on;", ONE("READ COMMITTED (server)")},
    {"READ ONLY of the database", "ALTER DATABASE d SET default_transaction_read_only = on;",
     ONE("READ COMMITTED (server), READ ONLY (stored)")},
    {"the last one counts",
     "ALTER DATABASE d SET default_transaction_isolation = serializable;"
     "ALTER DATABASE d SET default_transaction_isolation = 'repeatable read';",
     ONE("REPEATABLE READ (stored)") ONE("REPEATABLE READ (stored)")},
    {"options outrank what is stored",
     "ALTER DATABASE d SET default_transaction_isolation = serializable;",
     ONE("REPEATABLE READ (option)"), .options = "--default-isolation repeatable-read"},
    {"other settings", "ALTER DATABASE d SET work_mem = '1MB'; ALTER ROLE r SET search_path = x;",
     ONE("READ COMMITTED (server)") ONE("READ COMMITTED (server)")},
    {"the last of one role counts",
     "ALTER ROLE r SET default_transaction_isolation = serializable;"
     "ALTER ROLE r SET default_transaction_isolation = 'repeatable read';",
     ONE("REPEATABLE READ (stored)") ONE("REPEATABLE READ (stored)"),
     .options = "--set roles=[{\"name\":r,\"paths\":[\"*\"]}]"},
    {"RESET takes a stored setting back",
     "ALTER ROLE r SET default_transaction_isolation = serializable;"
     "ALTER ROLE r RESET default_transaction_isolation;",
     ONE("READ COMMITTED (server)") ONE("READ COMMITTED (server)"),
     .options = "--set roles=[{\"name\":r,\"paths\":[\"*\"]}]"},
    {"RESET of a role uncovers the database's",
     "ALTER DATABASE d SET default_transaction_isolation = serializable;"
     "ALTER ROLE r RESET default_transaction_isolation;",
     ONE("SERIALIZABLE (stored)") ONE("SERIALIZABLE (stored)")},
    {"RESET ALL of a role",
     "ALTER ROLE r SET default_transaction_isolation = serializable; ALTER ROLE r RESET ALL;",
     ONE("READ COMMITTED (server)") ONE("READ COMMITTED (server)"),
     .options = "--set roles=[{\"name\":r,\"paths\":[\"*\"]}]"},
};

static const struct sample psql[] = {
    {"AUTOCOMMIT off",
     "\\set AUTOCOMMIT off\nSELECT 1; UPDATE t SET a = 1; COMMIT; SET TRANSACTION ISOLATION LEVEL"
     " SERIALIZABLE; SELECT 1; COMMIT;",
     "block READ COMMITTED (server) steps=2 snapshot=0 COMMIT\n"
     "block SERIALIZABLE (explicit) steps=2 snapshot=1 COMMIT\n"},
    {"AUTOCOMMIT off and on again",
     "\\set AUTOCOMMIT 'off'\nSELECT 1; COMMIT;\n\\set AUTOCOMMIT on\nSELECT 1;",
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n" ONE("READ COMMITTED (server)")},
    {"AUTOCOMMIT off needs a COMMIT", "\\set AUTOCOMMIT off\nUPDATE t SET a = 1;",
     "block READ COMMITTED (server) steps=1 snapshot=0\n"
     "! unterminated \"UPDATE t SET a = 1\" because of \"UPDATE t SET a = 1\"\n"},
    {"AUTOCOMMIT off before BEGIN", "\\set AUTOCOMMIT off\nBEGIN; SELECT 1; COMMIT;",
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n"},
    {"AUTOCOMMIT off before what refuses blocks", "\\set AUTOCOMMIT off\nVACUUM t;",
     ONE("READ COMMITTED (server)")},
    {"AUTOCOMMIT no", "\\set AUTOCOMMIT no\nSELECT 1; COMMIT;",
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n"},
    {"\\unset AUTOCOMMIT is off", "\\unset AUTOCOMMIT\nSELECT 1; COMMIT;",
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n"},
    {"AUTOCOMMIT off before SAVEPOINT", "\\set AUTOCOMMIT off\nSAVEPOINT a; SELECT 1; COMMIT;",
     "block READ COMMITTED (server) steps=2 snapshot=1 COMMIT\n"},
    {"\\c ends the session",
     "SET default_transaction_isolation = 'serializable'; BEGIN; SELECT 1;\n"
     "\\c other\nSELECT 1;",
     "block SERIALIZABLE (session) steps=2 snapshot=0\n" ONE(
         "READ COMMITTED (server)") "! unterminated \"\\c other\" because of \"BEGIN\"\n"},
    {"\\i may do anything", "BEGIN;\n\\i x.sql\nSELECT 1;\nCOMMIT; COMMIT;",
     "block READ COMMITTED (server) steps=2 snapshot=1 COMMIT uncertain\n"},
    {"\\i may have begun", "\\ir x.sql\nCOMMIT;", ""},
    {"\\if", "BEGIN; SELECT 1;\n\\if :x\nROLLBACK;\n\\else\nCOMMIT;\n\\endif\n",
     "block READ COMMITTED (server) steps=2 snapshot=0 ROLLBACK uncertain\n"},
    {"a statement under \\if makes a block uncertain",
     "BEGIN;\n\\if :x\nSELECT 1;\n\\endif\nCOMMIT;",
     "block READ COMMITTED (server) steps=3 snapshot=1 COMMIT uncertain\n"},
    {"a query under \\if may not have come first",
     "BEGIN;\n\\if :x\nSELECT 1;\n\\endif\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE; COMMIT;",
     "block READ COMMITTED (server) steps=4 snapshot=1 COMMIT uncertain\n"},
    {"the next query comes first all the same",
     "BEGIN;\n\\if :x\nSELECT 1;\n\\endif\nSELECT 2; SET TRANSACTION DEFERRABLE; COMMIT;",
     "block READ COMMITTED (server) steps=5 snapshot=1 COMMIT uncertain\n"
     "! too-late \"SET TRANSACTION DEFERRABLE\" DEFERRABLE because of \"SELECT 2\"\n"},
    {"a mode under \\if",
     "BEGIN;\n\\if :x\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n\\endif\nSELECT 2; COMMIT;",
     "block unknown level (explicit) steps=4 snapshot=3 COMMIT uncertain\n"},
    {"BEGIN under \\if", "\\if :x\nBEGIN;\n\\endif\nSELECT 1; COMMIT;",
     "block READ COMMITTED (server) steps=2 snapshot=1 COMMIT uncertain\n"},
};

static const struct sample messages[] = {
    {"one message is one transaction", "SELECT 1 \\; UPDATE t SET a = 1; SELECT 1;",
     "message READ COMMITTED (server) steps=2 snapshot=0\n" ONE("READ COMMITTED (server)")},
    {"SET TRANSACTION in a message",
     "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE \\; SELECT 1; SELECT 2;",
     "message SERIALIZABLE (explicit) steps=2 snapshot=1\n" ONE("READ COMMITTED (server)")},
    {"SET TRANSACTION behind a query of the message",
     "SELECT 1 \\; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;",
     "message READ COMMITTED (server) steps=2 snapshot=0\n"
     "! too-late \"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE\" SERIALIZABLE because of"
     " \"SELECT 1\"\n"},
    {"BEGIN joins the message", "SELECT 1 \\; BEGIN \\; SELECT 2; SELECT 3; COMMIT;",
     "block READ COMMITTED (server) steps=3 snapshot=0 COMMIT\n"},
    {"BEGIN with a level is too late",
     "SELECT 1 \\; BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 2; COMMIT;",
     "block READ COMMITTED (server) steps=2 snapshot=0 COMMIT\n"
     "! too-late \"BEGIN ISOLATION LEVEL SERIALIZABLE\" SERIALIZABLE because of \"SELECT 1\"\n"},
    {"a whole block in one message", "BEGIN \\; SELECT 1 \\; COMMIT;",
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n"},
    {"COMMIT warns in a message without a block", "SELECT 1 \\; COMMIT \\; SELECT 2;",
     "message READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n" ONE(
         "READ COMMITTED (server)") "! no-block \"COMMIT\"\n"},
    {"a message at the end of the file", "SELECT 1 \\; SELECT 2 \\;",
     "message READ COMMITTED (server) steps=2 snapshot=0\n"},
};

static const struct sample files[] = {
    {"the tool wraps the file", "SELECT 1; SELECT 2;",
     "file READ COMMITTED (server) steps=2 snapshot=0\n", .options = "--transaction file"},
    {"COMMIT ends what the tool began", "SELECT 1; COMMIT; SELECT 2;",
     "file READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n" ONE(
         "READ COMMITTED (server)") "! no-block \"COMMIT\"\n",
     .options = "--transaction file"},
    {"BEGIN in a wrapped file", "BEGIN; SELECT 1; COMMIT; SELECT 2;",
     "file READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n" ONE(
         "READ COMMITTED (server)") "! nested-begin \"BEGIN\"\n! no-block \"COMMIT\"\n",
     .options = "--transaction file"},
    {"files are sessions of their own",
     "-- file a.sql\nSET default_transaction_isolation = 'serializable'; BEGIN;\n"
     "-- file b.sql\nSELECT 1;\n",
     "block SERIALIZABLE (session) steps=0\n"
     "! unterminated \"BEGIN\" because of \"BEGIN\"\n"
     "! default-left \"SET default_transaction_isolation = 'serializable'\" SERIALIZABLE\n" ONE(
         "READ COMMITTED (server)")},
    {"retry", "-- isolint: retry\nBEGIN; SELECT 1; COMMIT; BEGIN; SELECT 1; COMMIT;",
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT retried\n"
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n"},
    {"retry within the block",
     "BEGIN; SELECT 1; COMMIT;\nBEGIN;\n-- isolint: retry\nSELECT 1;\n"
     "COMMIT;",
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n"
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT retried\n"},
    {"a statement that cannot be parsed stays a statement", "BEGIN; SELEKT 1; COMMIT;",
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT uncertain\n"},
    {"what cannot be parsed may have been BEGIN", "BEGN; SELECT 1; COMMIT; COMMIT;",
     "statement READ COMMITTED (server) steps=1 snapshot=0\n"
     "statement READ COMMITTED (server) steps=1 snapshot=0\n"
     "! no-block \"COMMIT\"\n"},
    {"what cannot be parsed may have been COMMIT",
     "BEGIN; SELECT 1; COMIT; BEGIN; SELECT 2; COMMIT;",
     "block READ COMMITTED (server) steps=2 snapshot=0 uncertain\n"
     "block READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n"},
    {"a COMMIT that can be parsed is certain", "SELEKT 1; COMMIT; COMMIT; BEGIN;",
     "statement READ COMMITTED (server) steps=1 snapshot=0\n"
     "block READ COMMITTED (server) steps=0\n"
     "! no-block \"COMMIT\"\n"
     "! unterminated \"BEGIN\" because of \"BEGIN\"\n"},
    {"\\gexec may run BEGIN", "SELECT 'BEGIN' \\gexec\nSELECT 1;\nCOMMIT;",
     "statement READ COMMITTED (server) steps=1 snapshot=0\n"
     "statement READ COMMITTED (server) steps=1 snapshot=0\n"},
    {"a query with a name may be called in a block",
     "-- name: Begin :exec\nBEGIN;\n-- name: End :exec\nCOMMIT;\n",
     "block Begin READ COMMITTED (server) steps=0 uncertain\n"},
    {"a name is that of the transaction which follows",
     "-- isolint: program pay\nBEGIN; SELECT 1; COMMIT; SELECT 2;",
     "block pay READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n" ONE(
         "READ COMMITTED (server)")},
    {"one program sends the transactions of a sequence",
     "-- isolint: program save\n-- isolint: sequence\nSELECT 1; BEGIN; SELECT 2; COMMIT;",
     "statement save READ COMMITTED (server) steps=1 snapshot=0\n"
     "block save READ COMMITTED (server) steps=1 snapshot=0 COMMIT\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, blocks, G_N_ELEMENTS(blocks), view_session);
    samples_add(tests, set_transaction, G_N_ELEMENTS(set_transaction), view_session);
    samples_add(tests, snapshots, G_N_ELEMENTS(snapshots), view_session);
    samples_add(tests, savepoints, G_N_ELEMENTS(savepoints), view_session);
    samples_add(tests, defaults, G_N_ELEMENTS(defaults), view_session);
    samples_add(tests, stored, G_N_ELEMENTS(stored), view_session);
    samples_add(tests, psql, G_N_ELEMENTS(psql), view_session);
    samples_add(tests, messages, G_N_ELEMENTS(messages), view_session);
    samples_add(tests, files, G_N_ELEMENTS(files), view_session);
    return tests_run("session", tests);
}
