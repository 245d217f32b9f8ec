-- Serializable Snapshot Isolation: write skew, how it is prevented, and what fails.

-- scenario: write-skew-rr
-- REPEATABLE READ lets both doctors leave.
CREATE TABLE doctor (id int PRIMARY KEY, on_call bool NOT NULL);
INSERT INTO doctor VALUES (1,true),(2,true);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
SELECT count(*) FROM doctor WHERE on_call;                   --> 2
-- session b
SELECT count(*) FROM doctor WHERE on_call;                   --> 2
-- session a
UPDATE doctor SET on_call = false WHERE id = 1;              --> UPDATE 1
-- session b
UPDATE doctor SET on_call = false WHERE id = 2;              --> UPDATE 1
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> COMMIT
-- finally: write skew
SELECT count(*) FROM doctor WHERE on_call;                   --> 0

-- scenario: write-skew-serializable
-- SERIALIZABLE lets one of them leave; the other fails at COMMIT.
CREATE TABLE doctor (id int PRIMARY KEY, on_call bool NOT NULL);
INSERT INTO doctor VALUES (1,true),(2,true);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT count(*) FROM doctor WHERE on_call;                   --> 2
-- session b
SELECT count(*) FROM doctor WHERE on_call;                   --> 2
-- session a
UPDATE doctor SET on_call = false WHERE id = 1;              --> UPDATE 1
-- session b
UPDATE doctor SET on_call = false WHERE id = 2;              --> UPDATE 1
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> ERROR 40001

-- scenario: write-skew-serializable-second-write-after-commit
-- When the first has committed, the second fails at its write.
CREATE TABLE doctor (id int PRIMARY KEY, on_call bool NOT NULL);
INSERT INTO doctor VALUES (1,true),(2,true);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT count(*) FROM doctor WHERE on_call;                   --> 2
-- session b
SELECT count(*) FROM doctor WHERE on_call;                   --> 2
-- session a
UPDATE doctor SET on_call = false WHERE id = 1;              --> UPDATE 1
COMMIT;                                                      --> COMMIT
-- session b
UPDATE doctor SET on_call = false WHERE id = 2;              --> ERROR 40001
ROLLBACK;

-- scenario: write-skew-mixed-levels-rr
-- A partner at REPEATABLE READ takes no part in conflict detection.
CREATE TABLE doctor (id int PRIMARY KEY, on_call bool NOT NULL);
INSERT INTO doctor VALUES (1,true),(2,true);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
SELECT count(*) FROM doctor WHERE on_call;                   --> 2
-- session b
SELECT count(*) FROM doctor WHERE on_call;                   --> 2
-- session a
UPDATE doctor SET on_call = false WHERE id = 1;              --> UPDATE 1
-- session b
UPDATE doctor SET on_call = false WHERE id = 2;              --> UPDATE 1
COMMIT;                                                      --> COMMIT
-- session a
COMMIT;                                                      --> COMMIT
-- finally: write skew

-- scenario: write-skew-mixed-levels-rc
-- Nor does a statement at READ COMMITTED.
CREATE TABLE doctor (id int PRIMARY KEY, on_call bool NOT NULL);
INSERT INTO doctor VALUES (1,true),(2,true);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM doctor WHERE on_call;                   --> 2
UPDATE doctor SET on_call = false WHERE id = 1;              --> UPDATE 1
-- session b
UPDATE doctor SET on_call = false WHERE id = 2 AND (SELECT count(*) FROM doctor
    WHERE on_call) >= 2;                                     --> UPDATE 1
-- session a
COMMIT;                                                      --> COMMIT
-- finally: write skew
SELECT count(*) FROM doctor WHERE on_call;                   --> 0

-- scenario: single-statement-skew-rc
-- A condition on other rows in the UPDATE itself is a read like any other.
CREATE TABLE doctor (id int PRIMARY KEY, on_call bool NOT NULL);
INSERT INTO doctor VALUES (1,true),(2,true);

-- session a
BEGIN;
UPDATE doctor SET on_call = false WHERE id = 1 AND (SELECT count(*) FROM doctor
    WHERE on_call) >= 2;                                     --> UPDATE 1
-- session b
UPDATE doctor SET on_call = false WHERE id = 2 AND (SELECT count(*) FROM doctor
    WHERE on_call) >= 2;                                     --> UPDATE 1
-- session a
COMMIT;
-- finally: write skew
SELECT count(*) FROM doctor WHERE on_call;                   --> 0

-- scenario: promotion-one-sided-lock-insufficient
-- FOR UPDATE in one of the two programs does not help.
CREATE TABLE doctor (id int PRIMARY KEY, on_call bool NOT NULL);
INSERT INTO doctor VALUES (1,true),(2,true);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT on_call FROM doctor WHERE id = 1;
-- session a
SELECT on_call FROM doctor WHERE id = 2 FOR UPDATE;
UPDATE doctor SET on_call = false WHERE id = 1;              --> UPDATE 1
COMMIT;                                                      --> COMMIT
-- session b
UPDATE doctor SET on_call = false WHERE id = 2;              --> UPDATE 1
COMMIT;                                                      --> COMMIT
-- finally: write skew
SELECT count(*) FROM doctor WHERE on_call;                   --> 0

-- scenario: promotion-two-sided-lock
-- FOR UPDATE in both programs does: one of them fails.
CREATE TABLE doctor (id int PRIMARY KEY, on_call bool NOT NULL);
INSERT INTO doctor VALUES (1,true),(2,true);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT on_call FROM doctor WHERE id = 1 FOR UPDATE;
-- session a
SELECT on_call FROM doctor WHERE id = 2 FOR UPDATE;
UPDATE doctor SET on_call = false WHERE id = 1;              --> waits
-- session b
UPDATE doctor SET on_call = false WHERE id = 2;              --> ERROR 40P01
-- session a goes on                                         --> UPDATE 1
COMMIT;                                                      --> COMMIT

-- scenario: promotion-lock-all-ordered-rr
-- Both lock all rows that they decide on, in one order: the second fails.
CREATE TABLE doctor (id int PRIMARY KEY, on_call bool NOT NULL);
INSERT INTO doctor VALUES (1,true),(2,true);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 1;
-- session a
SELECT id FROM doctor WHERE on_call ORDER BY id FOR UPDATE;  --> 1; 2
-- session b
SELECT id FROM doctor WHERE on_call ORDER BY id FOR UPDATE;  --> waits
-- session a
UPDATE doctor SET on_call = false WHERE id = 1;
COMMIT;                                                      --> COMMIT
-- session b goes on                                         --> ERROR 40001
ROLLBACK;

-- scenario: promotion-lock-all-ordered-rc
-- The same at READ COMMITTED fails nobody: the second sees what the first has left.
CREATE TABLE doctor (id int PRIMARY KEY, on_call bool NOT NULL);
INSERT INTO doctor VALUES (1,true),(2,true);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT id FROM doctor WHERE on_call ORDER BY id FOR UPDATE;  --> 1; 2
-- session b
SELECT id FROM doctor WHERE on_call ORDER BY id FOR UPDATE;  --> waits
-- session a
UPDATE doctor SET on_call = false WHERE id = 1;
COMMIT;                                                      --> COMMIT
-- session b goes on                                         --> 2
ROLLBACK;

-- scenario: promotion-identity-update
-- An UPDATE that changes nothing counts as a write: one side is enough.
CREATE TABLE doctor (id int PRIMARY KEY, on_call bool NOT NULL);
INSERT INTO doctor VALUES (1,true),(2,true);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT on_call FROM doctor WHERE id = 1;
-- session a
UPDATE doctor SET on_call = on_call WHERE id = 2 RETURNING on_call;
UPDATE doctor SET on_call = false WHERE id = 1;              --> UPDATE 1
COMMIT;                                                      --> COMMIT
-- session b
UPDATE doctor SET on_call = false WHERE id = 2;              --> ERROR 40001
ROLLBACK;

-- scenario: for-share-both-sides
-- FOR SHARE protects too, at the price of a deadlock.
CREATE TABLE doctor (id int PRIMARY KEY, on_call bool NOT NULL);
INSERT INTO doctor VALUES (1,true),(2,true);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT id FROM doctor WHERE on_call ORDER BY id FOR SHARE;
-- session a
SELECT id FROM doctor WHERE on_call ORDER BY id FOR SHARE;
UPDATE doctor SET on_call = false WHERE id = 1;              --> waits
-- session b
UPDATE doctor SET on_call = false WHERE id = 2;              --> ERROR 40P01
-- session a goes on                                         --> UPDATE 1
COMMIT;

-- scenario: count-then-insert-rc-rr-serializable
-- Both count, then both insert: one fails at SERIALIZABLE, none at REPEATABLE READ.
CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, org_id int, name text);
INSERT INTO users (org_id, name) SELECT 5, 'u'||g FROM generate_series(1,10) g;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT count(*) FROM users WHERE org_id = 5;                 --> 10
-- session b
SELECT count(*) FROM users WHERE org_id = 5;                 --> 10
-- session a
INSERT INTO users (org_id, name) VALUES (5, 'alice');
COMMIT;                                                      --> COMMIT
-- session b
INSERT INTO users (org_id, name) VALUES (5, 'bob');          --> ERROR 40001
ROLLBACK;
-- session c
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session d
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session c
SELECT count(*) FROM users WHERE org_id = 5;                 --> 11
-- session d
SELECT count(*) FROM users WHERE org_id = 5;                 --> 11
-- session c
INSERT INTO users (org_id, name) VALUES (5, 'carol');
COMMIT;                                                      --> COMMIT
-- session d
INSERT INTO users (org_id, name) VALUES (5, 'dave');         --> INSERT 0 1
COMMIT;                                                      --> COMMIT
-- finally: phantom

-- scenario: write-only-serializable
-- Who reads nothing cannot be between two others.
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1,0);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session r
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM t;
-- session a
INSERT INTO t VALUES (2,0);
-- session b
INSERT INTO t VALUES (3,0);
-- session a
SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock' AND pid = pg_backend_pid(); --> 0
-- session b
COMMIT;                                                      --> COMMIT
-- session a
COMMIT;                                                      --> COMMIT
-- session r
COMMIT;                                                      --> COMMIT

-- scenario: read-your-select-not-valid-until-commit
-- Reading again what the other has written meanwhile is what fails.
CREATE TABLE a (x int);
CREATE TABLE b (x int);

-- session s
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session t
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session s
SELECT count(*) FROM a;                                      --> 0
-- session t
SELECT count(*) FROM b;                                      --> 0
-- session s
INSERT INTO b VALUES (1);
-- session t
INSERT INTO a VALUES (1);
COMMIT;                                                      --> COMMIT
-- session s
SELECT count(*) FROM a;                                      --> ERROR 40001
COMMIT;                                                      --> ROLLBACK

-- scenario: serializable-concurrent-update-message
-- SERIALIZABLE fails like REPEATABLE READ when a row has changed.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT balance FROM acct WHERE id = 1;
-- session b
SELECT balance FROM acct WHERE id = 1;
-- session a
UPDATE acct SET balance = 1 WHERE id = 1;
COMMIT;
-- session b
UPDATE acct SET balance = 2 WHERE id = 1;                    --> ERROR 40001
ROLLBACK;

-- scenario: two-phase-prepared-pivot
-- A prepared transaction cannot be made to fail any more, so an innocent one fails.
CREATE TABLE p (x int);
CREATE TABLE o (x int);
CREATE TABLE i (x int);

-- session in
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM p;
INSERT INTO i VALUES (1);
-- session piv
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM o;
INSERT INTO p VALUES (1);
PREPARE TRANSACTION 'piv';                                   --> PREPARE TRANSACTION
-- session out
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO o VALUES (2);
COMMIT;                                                      --> ERROR 40001
-- session in
COMMIT;                                                      --> COMMIT
-- session piv
COMMIT PREPARED 'piv';                                       --> COMMIT PREPARED

-- scenario: savepoint-rollback-keeps-siread
-- ROLLBACK TO does not give predicate locks back.
CREATE TABLE t (id int);
INSERT INTO t VALUES (1);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
SAVEPOINT s;
SELECT * FROM t;
ROLLBACK TO s;
SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock' AND pid = pg_backend_pid(); --> 1
COMMIT;
