-- Where transaction modes come from, when the snapshot is taken, and what the first statement decides.

-- scenario: set-transaction-outside-block
-- A warning, and no effect.

-- session a
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;                --> WARNING 25P01 and SET
SHOW transaction_isolation;                                  --> read committed

-- scenario: set-transaction-implicit-block
-- Several statements in one message are one transaction: there it has an effect.

-- session a
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE \; SHOW transaction_isolation; --> serializable
SHOW transaction_isolation;                                  --> read committed

-- scenario: set-local-outside-block
-- A warning, and no effect.

-- session a
SET LOCAL transaction_isolation = 'serializable';            --> WARNING 25P01 and SET
SHOW transaction_isolation;                                  --> read committed

-- scenario: set-guc-transaction-isolation-outside-block
-- Written as a setting it has no effect either, and there is no warning.

-- session a
SET transaction_isolation = 'serializable';                  --> SET
SHOW transaction_isolation;                                  --> read committed
SET SESSION transaction_isolation = 'serializable';          --> SET
SHOW transaction_isolation;                                  --> read committed
SET transaction_read_only = on;                              --> SET
CREATE TABLE proof_not_read_only (x int);                    --> CREATE TABLE

-- scenario: set-config-outside-block
-- The SELECT that calls set_config has taken a snapshot by then.

-- session a
SELECT set_config('transaction_isolation', 'serializable', true); --> ERROR 25001
BEGIN;
SELECT set_config('transaction_isolation', 'serializable', true); --> ERROR 25001
ROLLBACK;
SELECT set_config('default_transaction_isolation', 'serializable', false); --> serializable
SHOW transaction_isolation;                                  --> serializable

-- scenario: set-after-query
-- After the first query a mode may only stay what it is, or become READ ONLY.

-- session a
BEGIN;
SELECT 1;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;                --> ERROR 25001
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT 1;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;                --> SET
SET TRANSACTION READ ONLY;                                   --> SET
SET TRANSACTION READ WRITE;                                  --> ERROR 25001
ROLLBACK;
BEGIN;
SELECT 1;
SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;            --> ERROR 25001
ROLLBACK;
BEGIN;
SELECT 1;
SET TRANSACTION NOT DEFERRABLE;                              --> ERROR 25001
ROLLBACK;

-- scenario: set-in-subtransaction
-- Under a savepoint no other level may be set; READ ONLY ends with the savepoint.

-- session a
BEGIN;
SAVEPOINT s;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;                --> ERROR 25001
ROLLBACK TO s;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;                --> ERROR 25001
ROLLBACK TO s;
RELEASE s;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;                --> SET
SHOW transaction_isolation;                                  --> serializable
ROLLBACK;
BEGIN;
SAVEPOINT s;
SET TRANSACTION READ ONLY;                                   --> SET
RELEASE s;
SHOW transaction_read_only;                                  --> off
ROLLBACK;
BEGIN;
SAVEPOINT s;
SET TRANSACTION DEFERRABLE;                                  --> ERROR 25001
ROLLBACK;

-- scenario: savepoint-then-release-ok
-- The level that is in force already may be set under a savepoint.

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SAVEPOINT s;
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;             --> SET
ROLLBACK;

-- scenario: session-characteristics-inside-block
-- The session's default is for later transactions, and ROLLBACK undoes its change.

-- session a
BEGIN;
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE; --> SET
SHOW transaction_isolation;                                  --> read committed
COMMIT;
SHOW transaction_isolation;                                  --> serializable
SET default_transaction_isolation = 'read committed';
BEGIN;
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;
ROLLBACK;
SHOW transaction_isolation;                                  --> read committed

-- scenario: set-local-default
-- A default set by SET LOCAL is for a transaction that never comes.

-- session a
BEGIN;
SET LOCAL default_transaction_isolation = 'serializable';
SHOW transaction_isolation;                                  --> read committed
COMMIT;
SHOW transaction_isolation;                                  --> read committed

-- scenario: set-local-default-chain
-- Not even COMMIT AND CHAIN takes it up.

-- session a
BEGIN;
SET LOCAL default_transaction_isolation = 'serializable';
COMMIT AND CHAIN;
SHOW transaction_isolation;                                  --> read committed
COMMIT;

-- scenario: commit-and-chain
-- AND CHAIN keeps the level, READ ONLY and DEFERRABLE, and nothing that SET LOCAL set.

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SET LOCAL work_mem = '77MB';
COMMIT AND CHAIN;
SHOW transaction_isolation;                                  --> serializable
SHOW transaction_read_only;                                  --> on
SHOW transaction_deferrable;                                 --> on
SHOW work_mem;                                               --> 4MB
ROLLBACK AND CHAIN;
SHOW transaction_isolation;                                  --> serializable
COMMIT;
SHOW transaction_isolation;                                  --> read committed

-- scenario: commit-and-chain-new-snapshot
-- Each transaction of a chain has a snapshot of its own.
CREATE TABLE t (x int);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM t;                                      --> 0
-- session b
INSERT INTO t VALUES (1);
-- session a
SELECT count(*) FROM t;                                      --> 0
COMMIT AND CHAIN;
SELECT count(*) FROM t;                                      --> 1
COMMIT;

-- scenario: chain-outside-block
-- COMMIT AND CHAIN without a transaction is an error, COMMIT a warning.

-- session a
COMMIT AND CHAIN;                                            --> ERROR 25P01
COMMIT;                                                      --> WARNING 25P01 and COMMIT
ROLLBACK;                                                    --> WARNING 25P01 and ROLLBACK

-- scenario: set-transaction-then-chain
-- A chained transaction may begin with another level.

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
COMMIT AND CHAIN;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;              --> SET
SHOW transaction_isolation;                                  --> read committed
COMMIT;

-- scenario: nested-begin
-- A nested BEGIN is a warning, and its modes are those of the open transaction from then on.

-- session a
BEGIN;
BEGIN;                                                       --> WARNING 25001 and BEGIN
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;                --> WARNING 25001 and BEGIN
SHOW transaction_isolation;                                  --> serializable
SHOW transaction_read_only;                                  --> on
COMMIT;                                                      --> COMMIT
COMMIT;                                                      --> WARNING 25P01 and COMMIT

-- scenario: nested-begin-after-query
-- With another level after a query it aborts the open transaction.

-- session a
BEGIN;
SELECT 1;
BEGIN ISOLATION LEVEL SERIALIZABLE;                          --> WARNING 25001 and ERROR 25001
SELECT 1;                                                    --> ERROR 25P02
COMMIT;                                                      --> ROLLBACK

-- scenario: conflicting-modes
-- Of modes that contradict each other the last one holds.

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE ISOLATION LEVEL READ COMMITTED; --> BEGIN
SHOW transaction_isolation;                                  --> read committed
ROLLBACK;
BEGIN READ ONLY READ WRITE;                                  --> BEGIN
SHOW transaction_read_only;                                  --> off
ROLLBACK;

-- scenario: read-uncommitted
-- READ UNCOMMITTED is shown as such and reads committed rows only.
CREATE TABLE t (x int);

-- session a
BEGIN ISOLATION LEVEL READ UNCOMMITTED;
-- session b
BEGIN;
INSERT INTO t VALUES (1);
-- session a
SHOW transaction_isolation;                                  --> read uncommitted
SELECT count(*) FROM t;                                      --> 0
-- session b
COMMIT;
-- session a
SELECT count(*) FROM t;                                      --> 1
COMMIT;

-- scenario: failed-commit
-- COMMIT of a transaction that has failed answers ROLLBACK.

-- session a
BEGIN;
SELECT 1/0;                                                  --> ERROR 22012
COMMIT;                                                      --> ROLLBACK

-- scenario: unterminated
-- What is open when the connection ends is rolled back.
CREATE TABLE t (x int);

-- session a
BEGIN;
INSERT INTO t VALUES (1);
-- session a disconnects
-- finally
SELECT count(*) FROM t;                                      --> 0

-- scenario: set-transaction-snapshot
-- A snapshot can be imported at REPEATABLE READ, before the first query.
CREATE TABLE t (x int);

-- session a
BEGIN;
SET TRANSACTION SNAPSHOT '00000003-0000001B-1';              --> ERROR 0A000
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 1;
SET TRANSACTION SNAPSHOT '00000003-0000001B-1';              --> ERROR 25001
ROLLBACK;

-- scenario: export-snapshot-serializable-mismatch
-- Not by a SERIALIZABLE READ ONLY DEFERRABLE transaction.

-- session a
SELECT current_setting('server_version_num')::int < 170000 AS before_17 \gset
\if :before_17
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SET TRANSACTION SNAPSHOT '00000003-0000001B-1';              --> ERROR 22023
ROLLBACK;
\else
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SET TRANSACTION SNAPSHOT '00000003-0000001B-1';              --> ERROR 42704
ROLLBACK;
\endif

-- scenario: pg-export-snapshot-rc
-- A snapshot can be exported at any level.

-- session a
BEGIN;
SELECT pg_export_snapshot() IS NOT NULL;                     --> t
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_export_snapshot() IS NOT NULL;                     --> t
COMMIT;

-- scenario: alter-role-database-system
-- Which settings a role accepts, and how they are stored.
DROP ROLE IF EXISTS iso_r;
CREATE ROLE iso_r LOGIN;

-- session a
ALTER SYSTEM SET transaction_isolation = 'serializable';     --> ERROR 55P02
ALTER ROLE iso_r SET default_transaction_isolation = 'serializable'; --> ALTER ROLE
ALTER ROLE iso_r SET transaction_isolation = 'serializable'; --> ERROR 25001
ALTER ROLE iso_r SET transaction_read_only = on;
SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'iso_r'::regrole;
ALTER ROLE iso_r RESET ALL;
DROP ROLE iso_r;

-- scenario: function-set-clause
-- Up to 15, a function that sets the level of the transaction fails under any other; one that sets
-- the default does nothing. Since 16 there can be no function that sets a mode of its transaction.
CREATE TABLE t (x int);

-- session a
SELECT current_setting('server_version_num')::int < 160000 AS before_16 \gset
BEGIN ISOLATION LEVEL SERIALIZABLE;
\if :before_16
CREATE FUNCTION f1() RETURNS text LANGUAGE sql SET transaction_isolation = 'serializable' AS $$
    SELECT current_setting('transaction_isolation') $$;
CREATE FUNCTION f3() RETURNS text LANGUAGE sql SET transaction_read_only = on AS $$
    SELECT current_setting('transaction_read_only') $$;
\else
SAVEPOINT s;
CREATE FUNCTION f1() RETURNS text LANGUAGE sql SET transaction_isolation = 'serializable' AS $$
    SELECT current_setting('transaction_isolation') $$;      --> ERROR 0A000
ROLLBACK TO s;
CREATE FUNCTION f3() RETURNS text LANGUAGE sql SET transaction_read_only = on AS $$
    SELECT current_setting('transaction_read_only') $$;      --> ERROR 0A000
ROLLBACK TO s;
CREATE FUNCTION f1() RETURNS text LANGUAGE sql AS $$ SELECT 'x'::text $$;
ALTER FUNCTION f1() SET transaction_read_only = on;          --> ALTER FUNCTION
SELECT f1();                                                 --> ERROR 0A000
ROLLBACK TO s;
\endif
CREATE FUNCTION f2() RETURNS text LANGUAGE sql
    SET default_transaction_isolation = 'serializable' AS $$
    SELECT current_setting('transaction_isolation') $$;
COMMIT;
CREATE FUNCTION f4() RETURNS text LANGUAGE sql SET transaction_isolation = 'serializable' AS $$
    SELECT 'x'::text $$;                                     --> ERROR 25001
CREATE FUNCTION f5() RETURNS text LANGUAGE plpgsql SET transaction_isolation = 'serializable' AS $$
BEGIN
    RETURN 'x';
END $$;                                                      --> ERROR 25001
SELECT f2();                                                 --> read committed
\if :before_16
SELECT f1();                                                 --> ERROR 25001
SELECT f3();                                                 --> on
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT f1();                                                 --> serializable
COMMIT;
BEGIN;
SELECT f3();
INSERT INTO t VALUES (1);
ROLLBACK;
\endif

-- scenario: do-block-set-transaction
-- DO and CALL have a snapshot before their first statement; directly after COMMIT there is none.
CREATE TABLE t (x int);
CREATE PROCEDURE p_bad() LANGUAGE plpgsql AS $$
BEGIN
    SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
    INSERT INTO t VALUES (1);
END $$;
CREATE PROCEDURE p_good() LANGUAGE plpgsql AS $$
BEGIN
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
    INSERT INTO t VALUES (1);
    RAISE NOTICE 'level %', current_setting('transaction_isolation');
END $$;
CREATE PROCEDURE p_chain() LANGUAGE plpgsql AS $$
BEGIN
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
    INSERT INTO t VALUES (1);
    COMMIT AND CHAIN;
    RAISE NOTICE 'level %', current_setting('transaction_isolation');
    COMMIT;
    RAISE NOTICE 'level %', current_setting('transaction_isolation');
END $$;

-- session a
DO $$ BEGIN SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; END $$; --> ERROR 25001
CALL p_bad();                                                --> ERROR 25001
CALL p_good();                                               --> NOTICE level serializable and CALL
CALL p_chain();                                              --> NOTICE level serializable and NOTICE level read committed and CALL
BEGIN;
CALL p_good();                                               --> ERROR 2D000
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
CALL p_bad();                                                --> CALL
COMMIT;

-- scenario: procedure-called-from-rr
-- After COMMIT in a procedure the next transaction has the session's default level.
CREATE TABLE t (x int);
CREATE PROCEDURE p() LANGUAGE plpgsql AS $$
BEGIN
    RAISE NOTICE 'one %', current_setting('transaction_isolation');
    COMMIT;
    RAISE NOTICE 'two %', current_setting('transaction_isolation');
END $$;

-- session a
SET default_transaction_isolation = 'repeatable read';
CALL p();                                                    --> NOTICE one repeatable read and NOTICE two repeatable read and CALL

-- scenario: begin-does-not-take-snapshot
-- The first query takes it.
CREATE TABLE t (x int);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
INSERT INTO t VALUES (1);
-- session a
SELECT count(*) FROM t;                                      --> 1
-- session b
INSERT INTO t VALUES (2);
-- session a
SELECT count(*) FROM t;                                      --> 1
COMMIT;

-- scenario: lock-table-does-not-take-snapshot
-- What was committed while LOCK TABLE waited is visible.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0);

-- session b
BEGIN;
UPDATE t SET x = x + 1;
-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE;                    --> waits
-- session b
COMMIT;
-- session a goes on                                         --> LOCK TABLE
SELECT x FROM t;                                             --> 1
UPDATE t SET x = x + 1;                                      --> UPDATE 1
COMMIT;

-- scenario: lock-table-after-snapshot-stale
-- After a query LOCK TABLE waits for others, but the snapshot is from before.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 1;
-- session b
UPDATE t SET x = 5;
-- session a
LOCK TABLE t IN ACCESS EXCLUSIVE MODE;                       --> LOCK TABLE
SELECT x FROM t;                                             --> 0
UPDATE t SET x = x + 1;                                      --> ERROR 40001
ROLLBACK;

-- scenario: advisory-lock-takes-snapshot
-- The SELECT that calls pg_advisory_xact_lock takes its snapshot before it waits.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_advisory_xact_lock(42);
UPDATE t SET x = x + 1;
-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_advisory_xact_lock(42);                            --> waits
-- session b
COMMIT;
-- session a goes on                                         --> SELECT 1
SELECT x FROM t;                                             --> 0
UPDATE t SET x = x + 1;                                      --> ERROR 40001
ROLLBACK;

-- scenario: advisory-lock-check-then-insert-rr
-- So what the advisory lock is to protect is inserted twice.
CREATE TABLE t (name text);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_advisory_xact_lock(42);
SELECT count(*) FROM t WHERE name = 'x';                     --> 0
INSERT INTO t VALUES ('x');
-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_advisory_xact_lock(42);                            --> waits
-- session b
COMMIT;
-- session a goes on                                         --> SELECT 1
SELECT count(*) FROM t WHERE name = 'x';                     --> 0
INSERT INTO t VALUES ('x');                                  --> INSERT 0 1
COMMIT;
-- finally: stale read
SELECT count(*) FROM t;                                      --> 2

-- scenario: advisory-lock-rc-fine
-- At READ COMMITTED the next statement sees what the other has left.
CREATE TABLE t (name text);

-- session b
BEGIN;
SELECT pg_advisory_xact_lock(42);
INSERT INTO t VALUES ('x');
-- session a
BEGIN;
SELECT pg_advisory_xact_lock(42);                            --> waits
-- session b
COMMIT;
-- session a goes on                                         --> SELECT 1
SELECT count(*) FROM t WHERE name = 'x';                     --> 1
COMMIT;

-- scenario: advisory-session-lock-before-begin
-- A lock of the session, taken before BEGIN, is right at REPEATABLE READ.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0);

-- session b
SELECT pg_advisory_lock(42);
-- session a
SELECT pg_advisory_lock(42);                                 --> waits
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE t SET x = x + 1;
COMMIT;
SELECT pg_advisory_unlock(42);
-- session a goes on                                         --> SELECT 1
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE t SET x = x + 1;                                      --> UPDATE 1
COMMIT;
SELECT pg_advisory_unlock(42);

-- scenario: advisory-lock-in-with-query-rc
-- Locking and reading in one statement reads what was there before the wait.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0);

-- session b
BEGIN;
SELECT pg_advisory_xact_lock(42);
UPDATE t SET x = 5;
-- session a
BEGIN;
SELECT x, pg_advisory_xact_lock(42) FROM t WHERE id = 1;     --> waits
-- session b
COMMIT;
-- session a goes on                                         --> 0, 
COMMIT;

-- scenario: rc-two-selects-inconsistent
-- Two SELECTs at READ COMMITTED show two states.
CREATE TABLE o (id int, total int);
CREATE TABLE l (oid int, amount int);
INSERT INTO o VALUES (1, 10);
INSERT INTO l VALUES (1, 10);

-- session a
BEGIN READ ONLY;
SELECT sum(total) FROM o;                                    --> 10
-- session b
BEGIN;
UPDATE o SET total = 20;
INSERT INTO l VALUES (1, 10);
COMMIT;
-- session a
SELECT sum(amount) FROM l;                                   --> 20
COMMIT;
-- finally: read skew

-- scenario: rr-idle-holds-xmin
-- What holds vacuum back: an idle transaction at REPEATABLE READ, an open cursor; not one at READ
-- COMMITTED.
CREATE TABLE t (x int);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM t;
-- session b
BEGIN;
SELECT count(*) FROM t;
-- session c
BEGIN;
DECLARE cur CURSOR FOR SELECT * FROM t;
-- session control
SELECT application_name, backend_xmin IS NOT NULL FROM pg_stat_activity
    WHERE state = 'idle in transaction' ORDER BY application_name; --> a, t; b, f; c, t
-- session a
COMMIT;
-- session b
COMMIT;
-- session c
COMMIT;
