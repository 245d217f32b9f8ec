-- Concurrent updates and deletes at REPEATABLE READ.

-- scenario: rr-read-then-update-same-row
-- Both have read the row before either writes it. The second UPDATE waits, and fails when the first
-- transaction commits.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT balance FROM acct WHERE id = 1;                       --> 100
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT balance FROM acct WHERE id = 1;                       --> 100
-- session a
UPDATE acct SET balance = balance - 10 WHERE id = 1;
-- session b
UPDATE acct SET balance = balance - 20 WHERE id = 1;         --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 40001
COMMIT;                                                      --> ROLLBACK

-- scenario: rr-late-update-no-wait
-- The other transaction has committed long ago: the UPDATE fails at once.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT balance FROM acct WHERE id = 2;                       --> 100
-- session a
UPDATE acct SET balance = balance - 10 WHERE id = 1;
-- session b
UPDATE acct SET balance = balance - 20 WHERE id = 1;         --> ERROR 40001
ROLLBACK;

-- scenario: rr-update-only-first-statement-blocked
-- An UPDATE that is the only statement of its transaction has taken its snapshot before it waits.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session a
BEGIN;
UPDATE acct SET balance = balance - 10 WHERE id = 1;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE acct SET balance = balance - 20 WHERE id = 1;         --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 40001
ROLLBACK;

-- scenario: rr-update-only-not-blocked
-- BEGIN takes no snapshot: what was committed before the UPDATE is in it.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
UPDATE acct SET balance = balance - 10 WHERE id = 1;
-- session b
UPDATE acct SET balance = balance - 20 WHERE id = 1;         --> UPDATE 1
COMMIT;
-- finally
SELECT balance FROM acct WHERE id = 1;                       --> 70

-- scenario: rr-autocommit-update-blocked
-- A statement alone fails too when the session's default is REPEATABLE READ.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session b
SET default_transaction_isolation = 'repeatable read';
-- session a
BEGIN;
UPDATE acct SET balance = balance - 10 WHERE id = 1;
-- session b
UPDATE acct SET balance = balance - 20 WHERE id = 1;         --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 40001

-- scenario: rr-first-updater-rolls-back
-- Who waited goes on when the other one rolls back.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session a
BEGIN;
UPDATE acct SET balance = balance - 10 WHERE id = 1;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE acct SET balance = balance - 20 WHERE id = 1;         --> waits
-- session a
ROLLBACK;
-- session b goes on                                         --> UPDATE 1
COMMIT;                                                      --> COMMIT

-- scenario: rr-update-deleted-row
-- The row to update has been deleted since the snapshot.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 1;
-- session a
DELETE FROM acct WHERE id = 1;
-- session b
UPDATE acct SET balance = 0 WHERE id = 1;                    --> ERROR 40001
ROLLBACK;

-- scenario: rr-delete-updated-row
-- The row to delete has been updated since the snapshot.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 1;
-- session a
UPDATE acct SET balance = 5 WHERE id = 1;
-- session b
DELETE FROM acct WHERE id = 1;                               --> ERROR 40001
ROLLBACK;

-- scenario: rr-delete-deleted-row
-- Two jobs purge the same rows: the second does not answer DELETE 0.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 1;
-- session a
DELETE FROM acct WHERE balance = 100;
-- session b
DELETE FROM acct WHERE balance = 100;                        --> ERROR 40001
ROLLBACK;

-- scenario: rr-for-update-deleted-row
-- A row to lock has been deleted since the snapshot.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 1;
-- session a
DELETE FROM acct WHERE id = 1;
-- session b
SELECT * FROM acct WHERE id = 1 FOR UPDATE;                  --> ERROR 40001
ROLLBACK;

-- scenario: rr-for-update-after-snapshot
-- FOR UPDATE does not refresh the row after another query: it fails.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT balance FROM acct WHERE id = 2;
-- session a
UPDATE acct SET balance = 5 WHERE id = 1;
-- session b
SELECT balance FROM acct WHERE id = 1 FOR UPDATE;            --> ERROR 40001
ROLLBACK;

-- scenario: rr-for-update-first-blocked
-- FOR UPDATE as the first statement has its snapshot before it waits for the row.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session a
BEGIN;
UPDATE acct SET balance = 5 WHERE id = 1;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT balance FROM acct WHERE id = 1 FOR UPDATE;            --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 40001
ROLLBACK;

-- scenario: rr-for-update-only-locked
-- Waiting for a transaction that has only locked the row is no conflict.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session a
BEGIN;
SELECT * FROM acct WHERE id = 1 FOR UPDATE;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE acct SET balance = 1 WHERE id = 1;                    --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 1
COMMIT;                                                      --> COMMIT

-- scenario: rc-for-update-first-blocked
-- At READ COMMITTED the row comes back as the other transaction left it.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session a
BEGIN;
UPDATE acct SET balance = 5 WHERE id = 1;
-- session b
BEGIN;
SELECT balance FROM acct WHERE id = 1 FOR UPDATE;            --> waits
-- session a
COMMIT;
-- session b goes on                                         --> 5
ROLLBACK;

-- scenario: rr-skip-locked-updated
-- SKIP LOCKED skips locked rows, not rows that have changed since the snapshot.
CREATE TABLE job (id int PRIMARY KEY, state text NOT NULL);
INSERT INTO job SELECT g, 'new' FROM generate_series(1,3) g;

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM job;
-- session a
UPDATE job SET state = 'done' WHERE id = 1;
-- session b
SELECT id FROM job WHERE state = 'new' ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1; --> ERROR 40001
ROLLBACK;

-- scenario: rr-skip-locked-first-statement
-- As the first statement SKIP LOCKED meets no row that is newer than its snapshot.
CREATE TABLE job (id int PRIMARY KEY, state text NOT NULL);
INSERT INTO job SELECT g, 'new' FROM generate_series(1,3) g;

-- session a
BEGIN;
UPDATE job SET state = 'done' WHERE id = 1;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT id FROM job WHERE state = 'new' ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1; --> 2
-- session a
COMMIT;
-- session b
UPDATE job SET state = 'done' WHERE id = 2;                  --> UPDATE 1
COMMIT;                                                      --> COMMIT

-- scenario: rr-nowait-updated
-- NOWAIT is about waiting only; the row has changed.
CREATE TABLE job (id int PRIMARY KEY, state text NOT NULL);
INSERT INTO job SELECT g, 'new' FROM generate_series(1,3) g;

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM job;
-- session a
UPDATE job SET state = 'done' WHERE id = 1;
-- session b
SELECT id FROM job WHERE id = 1 FOR UPDATE NOWAIT;           --> ERROR 40001
ROLLBACK;

-- scenario: rr-update-different-columns
-- Rows are compared, not columns.
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t VALUES (1,0,0);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT a FROM t;
-- session a
UPDATE t SET b = 1 WHERE id = 1;
-- session b
UPDATE t SET a = 1 WHERE id = 1;                             --> ERROR 40001
ROLLBACK;

-- scenario: rr-update-other-row
-- Another row of the same table is no conflict, though both were found by reading all of it.
CREATE TABLE t (id int, a int);
INSERT INTO t SELECT g, 0 FROM generate_series(1,100) g;

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum(a) FROM t;
-- session a
UPDATE t SET a = 1 WHERE id = 1;
-- session b
UPDATE t SET a = 1 WHERE id = 2;                             --> UPDATE 1
COMMIT;                                                      --> COMMIT

-- scenario: rr-update-where-clause-no-longer-matching
-- The row does not match WHERE any more, but it does in the snapshot.
CREATE TABLE t (id int PRIMARY KEY, state text);
INSERT INTO t VALUES (1,'new'),(2,'new');

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM t;
-- session a
UPDATE t SET state = 'done' WHERE id = 1;
-- session b
UPDATE t SET state = 'x' WHERE state = 'new';                --> ERROR 40001
ROLLBACK;

-- scenario: rr-update-row-newly-matching
-- A row that matches WHERE only since the snapshot is left alone, without a word.
CREATE TABLE t (id int PRIMARY KEY, state text);
INSERT INTO t VALUES (1,'done'),(2,'new');

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM t;
-- session a
UPDATE t SET state = 'new' WHERE id = 1;
-- session b
UPDATE t SET state = 'x' WHERE state = 'new';                --> UPDATE 1
COMMIT;
-- finally
SELECT * FROM t ORDER BY 1;                                  --> 1, new; 2, x

-- scenario: rr-optimistic-version-column
-- A version column in WHERE answers UPDATE 0 at READ COMMITTED, and fails at REPEATABLE READ.
CREATE TABLE t (id int PRIMARY KEY, v int, x int);
INSERT INTO t VALUES (1,1,0);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT v FROM t WHERE id = 1;
-- session c
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT v FROM t WHERE id = 1;                                --> 1
-- session a
UPDATE t SET v = v + 1, x = 5 WHERE id = 1;
-- session b
UPDATE t SET v = 2, x = 7 WHERE id = 1 AND v = 1;            --> ERROR 40001
ROLLBACK;
-- session c
UPDATE t SET v = 2, x = 7 WHERE id = 1 AND v = 1;            --> UPDATE 0
COMMIT;

-- scenario: rr-savepoint-retry-useless
-- A savepoint keeps the snapshot, so the same statement fails again.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT balance FROM acct WHERE id = 1;
-- session a
UPDATE acct SET balance = 5 WHERE id = 1;
-- session b
SAVEPOINT s;
UPDATE acct SET balance = balance - 1 WHERE id = 1;          --> ERROR 40001
ROLLBACK TO s;
SELECT balance FROM acct WHERE id = 1;                       --> 100
UPDATE acct SET balance = balance - 1 WHERE id = 1;          --> ERROR 40001
ROLLBACK TO s;
COMMIT;                                                      --> COMMIT

-- scenario: rr-opposite-order-deadlock
-- Two rows updated in opposite order are a deadlock at this level as well.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
UPDATE acct SET balance = 1 WHERE id = 1;
-- session b
UPDATE acct SET balance = 1 WHERE id = 2;
-- session a
UPDATE acct SET balance = 1 WHERE id = 2;                    --> waits
-- session b
UPDATE acct SET balance = 1 WHERE id = 1;                    --> ERROR 40P01
-- session a goes on                                         --> UPDATE 1
COMMIT;                                                      --> COMMIT

-- scenario: rr-reader-never-hurts-writers
-- A report that stays open at REPEATABLE READ aborts no writer at any level, and sees one state.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session r
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum(balance) FROM acct;                               --> 200
-- session a
BEGIN ISOLATION LEVEL READ COMMITTED;
UPDATE acct SET balance = 1 WHERE id = 1;                    --> UPDATE 1
COMMIT;                                                      --> COMMIT
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE acct SET balance = 2 WHERE id = 1;                    --> UPDATE 1
COMMIT;                                                      --> COMMIT
-- session c
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT balance FROM acct WHERE id = 2;
UPDATE acct SET balance = 3 WHERE id = 1;                    --> UPDATE 1
COMMIT;                                                      --> COMMIT
DELETE FROM acct;                                            --> DELETE 2
-- session r
SELECT sum(balance) FROM acct;                               --> 200
SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock';     --> 0
COMMIT;                                                      --> COMMIT

-- scenario: row-taken-away-is-added-to-a-total-rr
CREATE TABLE item (id int PRIMARY KEY, qty int NOT NULL);
CREATE TABLE total (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO item VALUES (1,5), (2,6);
INSERT INTO total VALUES (1,100);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
WITH w AS (DELETE FROM item WHERE id = 1 RETURNING qty)
UPDATE total SET n = total.n + w.qty FROM w WHERE total.id = 1;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
WITH w AS (DELETE FROM item WHERE id = 2 RETURNING qty)
UPDATE total SET n = total.n + w.qty FROM w WHERE total.id = 1; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 40001
ROLLBACK;

-- scenario: each-reads-a-join-and-changes-one-side-rr
-- Both see 200 in the two accounts together, and each takes it from another one.
CREATE TABLE saving (cid int PRIMARY KEY, bal int NOT NULL);
CREATE TABLE checking (cid int PRIMARY KEY, bal int NOT NULL);
INSERT INTO saving VALUES (1,100);
INSERT INTO checking VALUES (1,100);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT s.bal + c.bal FROM saving s JOIN checking c ON c.cid = s.cid WHERE s.cid = 1; --> 200
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT s.bal + c.bal FROM saving s JOIN checking c ON c.cid = s.cid WHERE s.cid = 1; --> 200
UPDATE checking SET bal = -100 WHERE cid = 1;
COMMIT;                                                      --> COMMIT
-- session a
UPDATE saving SET bal = -100 WHERE cid = 1;
COMMIT;                                                      --> COMMIT
-- finally: write skew
SELECT s.bal + c.bal FROM saving s JOIN checking c ON c.cid = s.cid; --> -200

-- scenario: one-side-of-a-join-is-locked-rc
-- The account that waits is not changed, so the owner beside it is not read again.
CREATE TABLE account (id int PRIMARY KEY, owner int NOT NULL);
CREATE TABLE owner (id int PRIMARY KEY, spare int NOT NULL);
INSERT INTO account VALUES (1,3);
INSERT INTO owner VALUES (3,0);
CREATE FUNCTION pay() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    which int;
    kept int;
BEGIN
    SELECT a.owner, o.spare INTO which, kept FROM account a JOIN owner o ON o.id = a.owner
    WHERE a.id = 1 FOR UPDATE OF a;
    UPDATE owner SET spare = kept + 10 WHERE id = which;
END $$;

-- session a
BEGIN;
SELECT pay();
-- session b
BEGIN;
SELECT pay();                                                --> waits
-- session a
COMMIT;                                                      --> COMMIT
-- session b goes on
COMMIT;                                                      --> COMMIT
-- finally: lost update
SELECT spare FROM owner;                                     --> 10

-- scenario: both-sides-of-a-join-are-locked-rc
-- FOR UPDATE locks the row of each table, and what was changed is read again.
CREATE TABLE saving (cid int PRIMARY KEY, bal int NOT NULL);
CREATE TABLE checking (cid int PRIMARY KEY, bal int NOT NULL);
INSERT INTO saving VALUES (1,100);
INSERT INTO checking VALUES (1,100);

-- session a
BEGIN;
SELECT s.bal + c.bal FROM saving s JOIN checking c ON c.cid = s.cid WHERE s.cid = 1
FOR UPDATE;                                                  --> 200
-- session b
BEGIN;
SELECT s.bal + c.bal FROM saving s JOIN checking c ON c.cid = s.cid WHERE s.cid = 1
FOR UPDATE;                                                  --> waits
-- session a
UPDATE saving SET bal = -100 WHERE cid = 1;
COMMIT;                                                      --> COMMIT
-- session b goes on                                         --> 0
ROLLBACK;

-- scenario: a-count-of-a-join-decides-rr
-- Both count two doctors on the shift, and each lets one go.
CREATE TABLE shift (id int PRIMARY KEY, day int NOT NULL);
CREATE TABLE doctor (id int PRIMARY KEY, shift_id int NOT NULL REFERENCES shift, on_call int NOT NULL);
INSERT INTO shift VALUES (7,1);
INSERT INTO doctor VALUES (1,7,1), (2,7,1);
CREATE FUNCTION leave(who int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n int;
BEGIN
    SELECT count(*) INTO n FROM shift s JOIN doctor d ON d.shift_id = s.id
    WHERE s.id = 7 AND d.on_call = 1;
    IF n > 1 THEN
        UPDATE doctor SET on_call = 0 WHERE id = who;
    END IF;
END $$;

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT leave(1);
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT leave(2);
COMMIT;                                                      --> COMMIT
-- session a
COMMIT;                                                      --> COMMIT
-- finally: write skew
SELECT count(*) FROM doctor WHERE on_call = 1;               --> 0

-- scenario: the-greatest-is-taken-twice-rc
-- What the sub-SELECT has found is not asked again when the row that it names was waited for.
CREATE TABLE job (id int PRIMARY KEY, worth int NOT NULL UNIQUE, owner int);
INSERT INTO job VALUES (1,10,NULL), (2,20,NULL);

-- session a
BEGIN;
UPDATE job SET owner = 7
WHERE worth = (SELECT max(worth) FROM job WHERE owner IS NULL); --> UPDATE 1
-- session b
BEGIN;
UPDATE job SET owner = 8
WHERE worth = (SELECT max(worth) FROM job WHERE owner IS NULL); --> waits
-- session a
COMMIT;                                                      --> COMMIT
-- session b goes on                                         --> UPDATE 1
COMMIT;                                                      --> COMMIT
-- finally: lost update
SELECT count(*) FROM job WHERE owner = 7;                    --> 0

-- scenario: rows-that-are-not-there-yet-are-inserted-twice-rc
-- Neither sees the row that the other one inserts for the same source.
CREATE TABLE src (id int PRIMARY KEY, state int NOT NULL);
CREATE TABLE done (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO src VALUES (1,1), (2,0);

-- session a
BEGIN;
INSERT INTO done SELECT s.id, 1 FROM src s
WHERE s.state = 1 AND NOT EXISTS (SELECT FROM done d WHERE d.id = s.id); --> INSERT 0 1
-- session b
BEGIN;
INSERT INTO done SELECT s.id, 1 FROM src s
WHERE s.state = 1 AND NOT EXISTS (SELECT FROM done d WHERE d.id = s.id); --> waits
-- session a
COMMIT;                                                      --> COMMIT
-- session b goes on                                         --> ERROR 23505
ROLLBACK;

-- scenario: a-limit-that-is-given-is-exceeded-rr
-- Both count one guest where two are allowed.
CREATE TABLE guest (id int PRIMARY KEY, room int NOT NULL);
INSERT INTO guest VALUES (1,7);
CREATE FUNCTION book(who int, most int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM guest WHERE room = 7) < most THEN
        INSERT INTO guest VALUES (who, 7);
    END IF;
END $$;

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT book(2, 2);
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT book(3, 2);
COMMIT;                                                      --> COMMIT
-- session a
COMMIT;                                                      --> COMMIT
-- finally: phantom
SELECT count(*) FROM guest WHERE room = 7;                   --> 3

-- scenario: any-of-an-array-decides-rr
-- Both have read both rows of the array, and each changes one of them.
CREATE TABLE item (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO item VALUES (1,50), (2,50);
CREATE FUNCTION take(ids int[], which int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    total int;
BEGIN
    SELECT sum(n) INTO total FROM item WHERE id = ANY (ids);
    UPDATE item SET n = n - total WHERE id = which;
END $$;

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT take('{1,2}', 1);
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT take('{1,2}', 2);
COMMIT;                                                      --> COMMIT
-- session a
COMMIT;                                                      --> COMMIT
-- finally: write skew
SELECT sum(n) FROM item;                                     --> -100
