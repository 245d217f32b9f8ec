-- Small facts about settings, locks and keys.

-- scenario: default-deferrable
-- Defaults of the session make a report wait as well.
CREATE TABLE t (id int PRIMARY KEY);
CREATE TABLE u (id int PRIMARY KEY);

-- session w
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM u;
-- session r
SET default_transaction_deferrable = on;
SET default_transaction_isolation = 'serializable';
BEGIN READ ONLY;
SELECT * FROM t;                                             --> waits
-- session w
COMMIT;
-- session r goes on                                         --> no rows
COMMIT;

-- scenario: row-lock-on-aggregate
-- Where FOR UPDATE is refused.
CREATE TABLE t (id int, x int);

-- session a
SELECT count(*) FROM t FOR UPDATE;                           --> ERROR 0A000
SELECT x FROM t GROUP BY x FOR UPDATE;                       --> ERROR 0A000
SELECT DISTINCT x FROM t FOR UPDATE;                         --> ERROR 0A000
SELECT x FROM t UNION SELECT x FROM t FOR UPDATE;            --> ERROR 0A000
SELECT row_number() OVER () FROM t FOR UPDATE;               --> ERROR 0A000
SELECT count(*) FROM (SELECT x FROM t FOR UPDATE) s;         --> 0

-- scenario: defaults-reset
-- What undoes a default of the session.

-- session a
SET default_transaction_isolation = 'serializable';
RESET ALL;
SHOW transaction_isolation;                                  --> read committed
SET default_transaction_isolation = 'serializable';
DISCARD ALL;
SHOW transaction_isolation;                                  --> read committed
SET default_transaction_isolation = 'serializable';
SET default_transaction_isolation TO DEFAULT;
SHOW transaction_isolation;                                  --> read committed

-- scenario: set-role-keeps-level
-- Settings of a role hold from login on, not from SET ROLE.
DROP ROLE IF EXISTS iso_r2;
CREATE ROLE iso_r2;
ALTER ROLE iso_r2 SET default_transaction_isolation = 'serializable';

-- session a
SET ROLE iso_r2;
SHOW default_transaction_isolation;                          --> read committed
RESET ROLE;
DROP ROLE iso_r2;

-- scenario: alter-system-default
-- A new default for the whole system reaches open sessions.

-- session b
SHOW default_transaction_isolation;                          --> read committed
-- session a
ALTER SYSTEM SET default_transaction_isolation = 'repeatable read';
SELECT pg_reload_conf(), pg_sleep(0.2);
-- session b
SHOW default_transaction_isolation;                          --> repeatable read
-- session a
ALTER SYSTEM RESET default_transaction_isolation;
SELECT pg_reload_conf(), pg_sleep(0.2);
-- session b
SHOW default_transaction_isolation;                          --> read committed

-- scenario: lock-table-inside-do-rr
-- LOCK TABLE in DO comes after the snapshot of DO.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0);

-- session b
BEGIN;
UPDATE t SET x = 7;
-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
DO $$
BEGIN
    LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE;
    RAISE NOTICE 'x = %', (SELECT x FROM t);
END $$;                                                      --> waits
-- session b
COMMIT;
-- session a goes on                                         --> NOTICE x = 0 and DO
ROLLBACK;

-- scenario: lock-table-inside-do-rc
-- At READ COMMITTED the next query in DO has its own.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0);

-- session b
BEGIN;
UPDATE t SET x = 7;
-- session a
DO $$
BEGIN
    LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE;
    RAISE NOTICE 'x = %', (SELECT x FROM t);
END $$;                                                      --> waits
-- session b
COMMIT;
-- session a goes on                                         --> NOTICE x = 7 and DO

-- scenario: procedure-with-set-clause-commit
-- A procedure with a SET clause cannot COMMIT.
CREATE PROCEDURE p() LANGUAGE plpgsql SET work_mem = '5MB' AS $$ BEGIN COMMIT; END $$;

-- session a
CALL p();                                                    --> ERROR 2D000

-- scenario: set-transaction-in-exception-block
-- A handler is a savepoint.
CREATE PROCEDURE p() LANGUAGE plpgsql AS $$
BEGIN
    COMMIT;
    BEGIN
        SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
    EXCEPTION
        WHEN division_by_zero THEN
            NULL;
    END;
END $$;

-- session a
CALL p();                                                    --> ERROR 25001

-- scenario: unlogged-and-temp-in-rr
-- Nobody else writes a temporary table.

-- session a
CREATE TEMP TABLE tt(x int);
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO tt VALUES (1);
UPDATE tt SET x = 2;
COMMIT;                                                      --> COMMIT

-- scenario: identity-insert-only-serializable
-- Transactions that only insert do not fail.
CREATE TABLE ev (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x int);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session r
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM ev;
-- session a
INSERT INTO ev (x) VALUES (1);
-- session b
INSERT INTO ev (x) VALUES (2);
-- session a
COMMIT;                                                      --> COMMIT
-- session r
INSERT INTO ev (x) VALUES (3);
-- session b
COMMIT;
-- session r
COMMIT;

-- scenario: deferred-unique
-- A deferred unique key is no arbiter, and is checked at the end.
CREATE TABLE u (k int, UNIQUE (k) DEFERRABLE INITIALLY DEFERRED);

-- session a
INSERT INTO u VALUES (1) ON CONFLICT (k) DO NOTHING;         --> ERROR 55000
BEGIN;
INSERT INTO u VALUES (1);
-- session b
INSERT INTO u VALUES (1);                                    --> waits
-- session a
COMMIT;                                                      --> COMMIT
-- session b goes on                                         --> ERROR 23505

-- scenario: null-unique
-- NULLs are distinct for a unique key.
CREATE TABLE u (a int, b int, UNIQUE (a, b));

-- session a
INSERT INTO u VALUES (1, NULL);
INSERT INTO u VALUES (1, NULL);                              --> INSERT 0 1

-- scenario: read-before-begin
-- What was read before BEGIN is outside every protection.
CREATE TABLE acct (id int PRIMARY KEY, balance int);
INSERT INTO acct VALUES (1,100);

-- session a
SELECT balance FROM acct WHERE id = 1;                       --> 100
-- session b
SELECT balance FROM acct WHERE id = 1;                       --> 100
-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE acct SET balance = 90 WHERE id = 1;
COMMIT;                                                      --> COMMIT
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE acct SET balance = 80 WHERE id = 1;
COMMIT;                                                      --> COMMIT
-- finally: lost update
SELECT balance FROM acct;                                    --> 80

-- scenario: lock-modes-not-self-exclusive
-- Which modes of LOCK TABLE two transactions can hold together.
CREATE TABLE t (x int);

-- session a
BEGIN;
LOCK TABLE t IN ROW EXCLUSIVE MODE;
-- session b
BEGIN;
LOCK TABLE t IN ROW EXCLUSIVE MODE;                          --> LOCK TABLE
-- session a
ROLLBACK;
-- session b
ROLLBACK;
-- session a
BEGIN;
LOCK TABLE t IN SHARE MODE;
-- session b
BEGIN;
LOCK TABLE t IN SHARE MODE;                                  --> LOCK TABLE
-- session a
ROLLBACK;
-- session b
ROLLBACK;
-- session a
BEGIN;
LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE;
-- session b
BEGIN;
LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;          --> ERROR 55P03
ROLLBACK;
-- session c
INSERT INTO t VALUES (1);                                    --> INSERT 0 1
-- session a
ROLLBACK;
BEGIN;
LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE;
-- session b
BEGIN;
LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE NOWAIT;             --> ERROR 55P03
ROLLBACK;
-- session a
ROLLBACK;

-- scenario: purge-skip-locked-rc
-- Two jobs purge different rows.
CREATE TABLE ev (id int PRIMARY KEY, old bool);
INSERT INTO ev SELECT g, true FROM generate_series(1,6) g;

-- session a
BEGIN;
DELETE FROM ev WHERE id IN (SELECT id FROM ev WHERE old ORDER BY id LIMIT 3 FOR
    UPDATE SKIP LOCKED);                                     --> DELETE 3
-- session b
DELETE FROM ev WHERE id IN (SELECT id FROM ev WHERE old ORDER BY id LIMIT 3 FOR
    UPDATE SKIP LOCKED);                                     --> DELETE 3
-- session a
COMMIT;                                                      --> COMMIT
-- finally
SELECT count(*) FROM ev;                                     --> 0

-- scenario: handler-misses-deadlock
-- A handler for serialization_failure lets a deadlock pass.
CREATE TABLE t (x int);

-- session a
DO $$
BEGIN
    BEGIN
        RAISE EXCEPTION 'd' USING ERRCODE = '40P01';
    EXCEPTION
        WHEN serialization_failure THEN
            NULL;
    END;
END $$;                                                      --> ERROR 40P01
DO $$
BEGIN
    BEGIN
        RAISE EXCEPTION 'd' USING ERRCODE = '40P01';
    EXCEPTION
        WHEN transaction_rollback THEN
            NULL;
    END;
END $$;                                                      --> DO

-- scenario: delete-children-first-orphan
-- FOR KEY SHARE does not help when the other one looks for children before it deletes the parent.
CREATE TABLE rules (id text PRIMARY KEY);
CREATE TABLE enabled (id text, on_ bool);
INSERT INTO rules VALUES ('a');

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT * FROM rules WHERE id = 'a' FOR KEY SHARE;            --> a
-- session b
DELETE FROM enabled WHERE id = 'a';                          --> DELETE 0
DELETE FROM rules WHERE id = 'a';                            --> waits
-- session a
INSERT INTO enabled VALUES ('a', true);
COMMIT;
-- session b goes on                                         --> DELETE 1
COMMIT;
-- finally: write skew
SELECT (SELECT count(*) FROM rules), (SELECT count(*) FROM enabled); --> 0, 1
