-- DDL and old snapshots, what may stand in a transaction block, and transactions that stay open.

-- scenario: truncate-not-mvcc-safe
-- An older snapshot sees an empty table after TRUNCATE.
CREATE TABLE t (x int);
INSERT INTO t VALUES (1);
CREATE TABLE o (x int);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM o;
-- session b
TRUNCATE t;
-- session a
SELECT count(*) FROM t;                                      --> 0
COMMIT;

-- scenario: delete-is-mvcc-safe
-- After DELETE it sees the rows.
CREATE TABLE t (x int);
INSERT INTO t VALUES (1);
CREATE TABLE o (x int);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM o;
-- session b
DELETE FROM t;
-- session a
SELECT count(*) FROM t;                                      --> 1
COMMIT;

-- scenario: alter-rewrite-not-mvcc-safe
-- After an ALTER TABLE that rewrites the table it sees none.
CREATE TABLE t (x int);
INSERT INTO t VALUES (1);
CREATE TABLE o (x int);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM o;
-- session b
ALTER TABLE t ALTER COLUMN x TYPE bigint;
-- session a
SELECT count(*) FROM t;
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM o;
-- session b
ALTER TABLE t ALTER COLUMN x TYPE numeric;
-- session a
SELECT count(*) FROM t;
COMMIT;

-- scenario: alter-add-column-constant-default
-- A column with a constant default does not rewrite the table.
CREATE TABLE t (x int);
INSERT INTO t VALUES (1);
CREATE TABLE o (x int);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM o;
-- session b
ALTER TABLE t ADD COLUMN y int DEFAULT 5;
-- session a
SELECT count(*) FROM t;                                      --> 1
COMMIT;

-- scenario: alter-add-column-volatile-default
-- One with a volatile default does.
CREATE TABLE t (x int);
INSERT INTO t VALUES (1);
CREATE TABLE o (x int);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM o;
-- session b
ALTER TABLE t ADD COLUMN z float DEFAULT random();
-- session a
SELECT count(*) FROM t;                                      --> 0
COMMIT;

-- scenario: vacuum-full-cluster-mvcc
-- CLUSTER keeps old row versions.
CREATE TABLE t (x int PRIMARY KEY);
INSERT INTO t VALUES (1);
CREATE TABLE o (x int);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM o;
-- session b
CLUSTER t USING t_pkey;
-- session a
SELECT count(*) FROM t;                                      --> 1
COMMIT;

-- scenario: add-column-visible-at-rr
-- Catalogs are read with a snapshot of their own: new columns and tables are there at once.
CREATE TABLE t (x int);
INSERT INTO t VALUES (1);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 1;
-- session b
ALTER TABLE t ADD COLUMN y int DEFAULT 7;
CREATE TABLE n (x int);
INSERT INTO n VALUES (1);
-- session a
SELECT * FROM t;                                             --> 1, 7
SELECT count(*) FROM n;                                      --> 0
SELECT count(*) FROM pg_class WHERE relname = 'n';           --> 0
SELECT to_regclass('n');                                     --> n
COMMIT;

-- scenario: truncate-vs-serializable-reader
-- TRUNCATE counts as a write of all rows.
CREATE TABLE t (x int);
INSERT INTO t VALUES (1);
CREATE TABLE u (x int);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM t;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM u;
-- session a
INSERT INTO u VALUES (1);
COMMIT;
-- session b
TRUNCATE t;                                                  --> ERROR 40001
ROLLBACK;

-- scenario: rr-upgrade-check
-- After the failure nothing is accepted, and nothing is left.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO t VALUES (2,0);
-- session a
UPDATE t SET x = 1 WHERE id = 1;
-- session b
UPDATE t SET x = 2 WHERE id = 1;                             --> ERROR 40001
INSERT INTO t VALUES (3,0);                                  --> ERROR 25P02
COMMIT;                                                      --> ROLLBACK
-- finally
SELECT count(*) FROM t;                                      --> 1

-- scenario: long-lock-holder-blocks-migration
-- Who waits for a report is waited for by every reader.
CREATE TABLE t (x int);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT count(*) FROM t;
-- session b
ALTER TABLE t ADD COLUMN y int;                              --> waits
-- session c
SELECT count(*) FROM t;                                      --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ALTER TABLE
-- session c goes on                                         --> 0

-- scenario: cic-waits-for-snapshots
-- CREATE INDEX CONCURRENTLY waits for older snapshots, of whatever table.
CREATE TABLE t (x int);
CREATE TABLE o (x int);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT count(*) FROM o;
-- session b
CREATE INDEX CONCURRENTLY ON t(x);                           --> waits
-- session a
COMMIT;
-- session b goes on                                         --> CREATE INDEX

-- scenario: cic-rc-idle
-- An idle transaction at READ COMMITTED has none.
CREATE TABLE t (x int);
CREATE TABLE o (x int);

-- session a
BEGIN READ ONLY;
SELECT count(*) FROM o;
-- session b
CREATE INDEX CONCURRENTLY ON t(x);                           --> CREATE INDEX
-- session a
COMMIT;

-- scenario: cic-default-serializable
-- The session's default does not hinder it.
CREATE TABLE t (x int);

-- session b
SET default_transaction_isolation = 'serializable';
CREATE INDEX CONCURRENTLY ON t(x);                           --> CREATE INDEX

-- scenario: not-in-transaction-block
-- What refuses to run in a transaction block.
CREATE TABLE t (x int);

-- session a
BEGIN;
CREATE INDEX CONCURRENTLY ON t(x);                           --> ERROR 25001
ROLLBACK;
BEGIN;
VACUUM t;                                                    --> ERROR 25001
ROLLBACK;
BEGIN;
CREATE DATABASE zz;                                          --> ERROR 25001
ROLLBACK;
BEGIN;
ALTER SYSTEM SET work_mem = '4MB';                           --> ERROR 25001
ROLLBACK;
BEGIN;
DISCARD ALL;                                                 --> ERROR 25001
ROLLBACK;
BEGIN;
REINDEX TABLE CONCURRENTLY t;                                --> ERROR 25001
ROLLBACK;
BEGIN;
COMMIT PREPARED 'x';                                         --> ERROR 25001
ROLLBACK;

-- scenario: outside-block-errors
-- What needs one, and what is pointless without.
CREATE TABLE t (x int);
INSERT INTO t VALUES (1);

-- session a
LOCK TABLE t;                                                --> ERROR 25P01
SAVEPOINT s;                                                 --> ERROR 25P01
DECLARE c CURSOR FOR SELECT 1;                               --> ERROR 25P01
SELECT * FROM t FOR UPDATE;                                  --> 1
-- session b
SELECT * FROM t FOR UPDATE NOWAIT;                           --> 1
-- session a
SELECT pg_advisory_xact_lock(5);
-- session b
SELECT pg_try_advisory_xact_lock(5);                         --> t
-- session a
SET CONSTRAINTS ALL DEFERRED;                                --> WARNING 25P01 and SET CONSTRAINTS

-- scenario: prepared-holds-locks
-- A prepared transaction holds its locks without a session.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE t SET x = 1;
PREPARE TRANSACTION 'p1';
-- session a disconnects
-- session control
SELECT pid IS NULL, locktype FROM pg_locks WHERE mode = 'SIReadLock'; --> t, relation
-- session b
UPDATE t SET x = 2;                                          --> waits
-- session r
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT * FROM t;                                             --> waits
-- session control
COMMIT PREPARED 'p1';                                        --> COMMIT PREPARED
-- session b goes on                                         --> UPDATE 1
-- session r goes on                                         --> 1, 0
COMMIT;

-- scenario: partition-key-update-rr
-- An UPDATE that moves a row to another partition fails who waits for it, at READ COMMITTED too.
CREATE TABLE p (k int, x int) PARTITION BY LIST(k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
INSERT INTO p VALUES (1,0);

-- session a
BEGIN;
UPDATE p SET k = 2 WHERE k = 1;
-- session b
UPDATE p SET x = 5 WHERE x = 0;                              --> waits
-- session c
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE p SET x = 6 WHERE x = 0;                              --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 40001
-- session c goes on                                         --> ERROR 40001

-- scenario: rr-vs-autovacuum
-- Two INSERTs at different levels do not meet.
CREATE TABLE t (x int);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO t VALUES (1);
-- session b
INSERT INTO t VALUES (1);
-- session a
COMMIT;                                                      --> COMMIT

-- scenario: work-after-commit-autocommit
-- What follows COMMIT has the default level.

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
COMMIT;
SHOW transaction_isolation;                                  --> read committed

-- scenario: read-only-default-with-begin-read-write
-- READ WRITE in BEGIN overrides a default of READ ONLY.
CREATE TABLE t (x int);

-- session a
SET default_transaction_read_only = on;
INSERT INTO t VALUES (1);                                    --> ERROR 25006
BEGIN READ WRITE;
INSERT INTO t VALUES (1);                                    --> INSERT 0 1
COMMIT;

-- scenario: statement-level-snapshot-rc-cursor
-- A cursor keeps the snapshot of its DECLARE.
CREATE TABLE t (x int);
INSERT INTO t VALUES (1);

-- session a
BEGIN;
DECLARE c CURSOR FOR SELECT count(*) FROM t;
-- session b
INSERT INTO t VALUES (2);
-- session a
FETCH c;                                                     --> 1
SELECT count(*) FROM t;                                      --> 2
COMMIT;
