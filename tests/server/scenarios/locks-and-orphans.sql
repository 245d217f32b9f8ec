-- Locks that protect and locks that do not, orphans, stored totals.

-- scenario: parent-lock-then-count-rc
-- At READ COMMITTED a locked parent row protects the count of its children.
CREATE TABLE org (id int PRIMARY KEY, lim int);
INSERT INTO org VALUES (5, 1);
CREATE TABLE users (org_id int, name text);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT lim FROM org WHERE id = 5 FOR UPDATE;
-- session b
SELECT lim FROM org WHERE id = 5 FOR UPDATE;                 --> waits
-- session a
SELECT count(*) FROM users WHERE org_id = 5;                 --> 0
INSERT INTO users VALUES (5, 'alice');
COMMIT;
-- session b goes on                                         --> 1
SELECT count(*) FROM users WHERE org_id = 5;                 --> 1
ROLLBACK;

-- scenario: parent-lock-then-count-rr-broken
-- At REPEATABLE READ it does not: the lock is granted, the count is old.
CREATE TABLE org (id int PRIMARY KEY, lim int);
INSERT INTO org VALUES (5, 1);
CREATE TABLE users (org_id int, name text);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
SELECT lim FROM org WHERE id = 5 FOR UPDATE;
-- session b
SELECT lim FROM org WHERE id = 5 FOR UPDATE;                 --> waits
-- session a
SELECT count(*) FROM users WHERE org_id = 5;                 --> 0
INSERT INTO users VALUES (5, 'alice');
COMMIT;
-- session b goes on                                         --> 1
SELECT count(*) FROM users WHERE org_id = 5;                 --> 0
INSERT INTO users VALUES (5, 'bob');
COMMIT;                                                      --> COMMIT
-- finally: stale read
SELECT count(*) FROM users;                                  --> 2

-- scenario: parent-update-then-count-rr
-- An UPDATE of the parent fails the second one instead.
CREATE TABLE org (id int PRIMARY KEY, lim int);
INSERT INTO org VALUES (5, 1);
CREATE TABLE users (org_id int, name text);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
UPDATE org SET lim = lim WHERE id = 5;
-- session b
UPDATE org SET lim = lim WHERE id = 5;                       --> waits
-- session a
SELECT count(*) FROM users WHERE org_id = 5;                 --> 0
INSERT INTO users VALUES (5, 'alice');
COMMIT;
-- session b goes on                                         --> ERROR 40001
ROLLBACK;

-- scenario: orphan-without-fk
-- One checks the parent and inserts a child, the other deletes both.
CREATE TABLE rules (id text PRIMARY KEY);
CREATE TABLE enabled (id text, on_ bool);
INSERT INTO rules VALUES ('a'),('b');

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
SELECT * FROM rules WHERE id = 'a';                          --> a
-- session b
DELETE FROM rules WHERE id = 'a';
DELETE FROM enabled WHERE id = 'a';                          --> DELETE 0
-- session a
INSERT INTO enabled VALUES ('a', true);
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> COMMIT
-- session c
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session d
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session c
SELECT * FROM rules WHERE id = 'b';                          --> b
-- session d
DELETE FROM rules WHERE id = 'b';
DELETE FROM enabled WHERE id = 'b';                          --> DELETE 0
-- session c
INSERT INTO enabled VALUES ('b', true);
COMMIT;
-- session d
COMMIT;                                                      --> ERROR 40001
-- finally: write skew

-- scenario: orphan-parent-key-share
-- FOR KEY SHARE does what a foreign key would.
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
DELETE FROM rules WHERE id = 'a';                            --> waits
-- session a
INSERT INTO enabled VALUES ('a', true);
COMMIT;
-- session b goes on                                         --> DELETE 1
DELETE FROM enabled WHERE id = 'a';                          --> DELETE 1
COMMIT;

-- scenario: derived-total-rc
-- Each sums up the lines that it sees.
CREATE TABLE ord (id int PRIMARY KEY, total int);
CREATE TABLE line (oid int, amt int);
INSERT INTO ord VALUES (1, 0);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
INSERT INTO line VALUES (1, 10);
-- session b
INSERT INTO line VALUES (1, 20);
-- session a
UPDATE ord SET total = (SELECT sum(amt) FROM line WHERE oid = 1) WHERE id = 1;
-- session b
UPDATE ord SET total = (SELECT sum(amt) FROM line WHERE oid = 1) WHERE id = 1; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 1
COMMIT;
-- finally: lost update
SELECT total, (SELECT sum(amt) FROM line) FROM ord;          --> 20, 30

-- scenario: derived-total-parent-lock-first
-- With the parent locked first each sees the lines of the other.
CREATE TABLE ord (id int PRIMARY KEY, total int);
CREATE TABLE line (oid int, amt int);
INSERT INTO ord VALUES (1, 0);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT 1 FROM ord WHERE id = 1 FOR UPDATE;
-- session b
SELECT 1 FROM ord WHERE id = 1 FOR UPDATE;                   --> waits
-- session a
INSERT INTO line VALUES (1, 10);
UPDATE ord SET total = (SELECT sum(amt) FROM line WHERE oid = 1) WHERE id = 1;
COMMIT;
-- session b goes on                                         --> 1
INSERT INTO line VALUES (1, 20);
UPDATE ord SET total = (SELECT sum(amt) FROM line WHERE oid = 1) WHERE id = 1;
COMMIT;
-- finally
SELECT total FROM ord;                                       --> 30

-- scenario: upsert-literal-lost-update
-- An upsert of a value that was computed before.
CREATE TABLE cnt (k text PRIMARY KEY, n int);
INSERT INTO cnt VALUES ('x', 1);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT n FROM cnt WHERE k = 'x';                             --> 1
-- session b
SELECT n FROM cnt WHERE k = 'x';                             --> 1
-- session a
INSERT INTO cnt VALUES ('x', 2) ON CONFLICT (k) DO UPDATE SET n = EXCLUDED.n;
COMMIT;
-- session b
INSERT INTO cnt VALUES ('x', 2) ON CONFLICT (k) DO UPDATE SET n = EXCLUDED.n;
COMMIT;
-- finally: lost update
SELECT n FROM cnt;                                           --> 2

-- scenario: fill-then-alter-deadlock
-- A migration that has written rows wants the table; who waits for one of these rows has the table.
CREATE TABLE t (id int PRIMARY KEY, x int, y int);
INSERT INTO t VALUES (1,0),(2,0);

-- session a
BEGIN;
UPDATE t SET y = 1;                                          --> UPDATE 2
-- session b
UPDATE t SET x = 1 WHERE id = 2;                             --> waits
-- session a
ALTER TABLE t ALTER COLUMN y SET NOT NULL;                   --> ERROR 40P01
-- session b goes on                                         --> UPDATE 1

-- scenario: share-lock-then-write-deadlock
-- SHARE does not exclude itself, so both want more; SHARE ROW EXCLUSIVE does.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0),(2,0);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
LOCK TABLE t IN SHARE MODE;
-- session b
LOCK TABLE t IN SHARE MODE;                                  --> LOCK TABLE
-- session a
UPDATE t SET x = 1 WHERE id = 1;                             --> waits
-- session b
UPDATE t SET x = 1 WHERE id = 2;                             --> ERROR 40P01
-- session a goes on                                         --> UPDATE 1
COMMIT;
-- session c
BEGIN;
-- session d
BEGIN;
-- session c
LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE;
-- session d
LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE;                    --> waits
-- session c
UPDATE t SET x = 1 WHERE id = 1;                             --> UPDATE 1
COMMIT;
-- session d goes on                                         --> LOCK TABLE
COMMIT;

-- scenario: for-update-blocks-fk-inserts
-- FOR UPDATE on the parent keeps new children waiting, FOR NO KEY UPDATE does not.
CREATE TABLE p (id int PRIMARY KEY, x int);
CREATE TABLE c (pid int REFERENCES p);
INSERT INTO p VALUES (1,0);

-- session a
BEGIN;
SELECT * FROM p WHERE id = 1 FOR UPDATE;
-- session b
INSERT INTO c VALUES (1);                                    --> waits
-- session a
ROLLBACK;
-- session b goes on                                         --> INSERT 0 1
-- session a
BEGIN;
SELECT * FROM p WHERE id = 1 FOR NO KEY UPDATE;
-- session b
INSERT INTO c VALUES (1);                                    --> INSERT 0 1
-- session a
ROLLBACK;

-- scenario: check-trigger-serializable
-- A trigger that counts rows is right at SERIALIZABLE only.
CREATE TABLE booking (room int);
CREATE FUNCTION max1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM booking WHERE room = NEW.room) >= 1 THEN
        RAISE EXCEPTION 'full';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER t BEFORE INSERT ON booking FOR EACH ROW EXECUTE FUNCTION max1();

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
INSERT INTO booking VALUES (1);
-- session b
INSERT INTO booking VALUES (1);
-- session a
COMMIT;
-- session b
COMMIT;                                                      --> COMMIT
-- session c
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session d
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session c
INSERT INTO booking VALUES (2);
-- session d
INSERT INTO booking VALUES (2);
-- session c
COMMIT;
-- session d
COMMIT;                                                      --> ERROR 40001
-- finally: write skew

-- scenario: serializable-skip-locked-queue
-- Workers read each other's jobs on the way to theirs.
CREATE TABLE job (id int PRIMARY KEY, state text);
INSERT INTO job SELECT g, 'new' FROM generate_series(1,10) g;
ANALYZE job;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT id FROM job WHERE state = 'new' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED; --> 1
-- session b
SELECT id FROM job WHERE state = 'new' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED; --> 2
-- session a
UPDATE job SET state = 'done' WHERE id = 1;
-- session b
UPDATE job SET state = 'done' WHERE id = 2;
-- session a
COMMIT;
-- session b
COMMIT;                                                      --> ERROR 40001

-- scenario: deferrable-wait-timeout
-- statement_timeout ends the wait for a safe snapshot, lock_timeout does not.
CREATE TABLE t (id int PRIMARY KEY);
CREATE TABLE u (id int PRIMARY KEY);

-- session w
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM u;
-- session r
SET lock_timeout = '100ms';
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT * FROM t;                                             --> waits
-- session control
SELECT pg_sleep(0.3), wait_event FROM pg_stat_activity WHERE wait_event = 'SafeSnapshot'; --> , SafeSnapshot
-- session w
COMMIT;
-- session r goes on                                         --> no rows
COMMIT;
-- session w
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM u;
-- session q
SET statement_timeout = '300ms';
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT * FROM t;                                             --> ERROR 57014
ROLLBACK;
-- session w
COMMIT;

-- scenario: implicit-block-then-begin
-- BEGIN in the middle of a message takes what stands before into its block; a level is too late
-- there.
CREATE TABLE t (x int);

-- session a
INSERT INTO t VALUES (1) \; BEGIN ISOLATION LEVEL SERIALIZABLE \; INSERT INTO t
    VALUES (2) \; COMMIT;                                    --> ERROR 25001
ROLLBACK;                                                    --> WARNING 25P01 and ROLLBACK
-- session control
SELECT count(*) FROM t;                                      --> 0
-- session a
INSERT INTO t VALUES (1) \; BEGIN \; INSERT INTO t VALUES (2) \; ROLLBACK;
-- finally
SELECT count(*) FROM t;                                      --> 0

-- scenario: update-from-join-rc-stale
-- The row of the other table is not read again after the wait.
CREATE TABLE price (id int PRIMARY KEY, p int);
CREATE TABLE item (id int PRIMARY KEY, pid int, cost int);
INSERT INTO price VALUES (1, 10);
INSERT INTO item VALUES (1, 1, 0);

-- session a
BEGIN;
UPDATE item SET cost = 1 WHERE id = 1;
UPDATE price SET p = 99 WHERE id = 1;
-- session b
UPDATE item SET cost = price.p FROM price WHERE price.id = item.pid; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 1
-- finally: stale read
SELECT cost, p FROM item, price;                             --> 10, 99

-- scenario: delete-not-exists-rc
-- The parent gets a child while it is found to have none.
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (pid int);
INSERT INTO p VALUES (1);

-- session a
BEGIN;
INSERT INTO c VALUES (1);
-- session b
DELETE FROM p WHERE NOT EXISTS (SELECT 1 FROM c WHERE c.pid = p.id); --> DELETE 1
-- session a
COMMIT;
-- finally
SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM c);   --> 0, 1

-- scenario: rr-two-updates-same-tx
-- A transaction may update its own rows again.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE t SET x = 1;
UPDATE t SET x = 2;                                          --> UPDATE 1
COMMIT;                                                      --> COMMIT

-- scenario: rr-nowait-lock-timeout
-- NOWAIT has an SQLSTATE of its own while the other transaction is open.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0);

-- session a
BEGIN;
UPDATE t SET x = 1;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM t FOR UPDATE NOWAIT;                           --> ERROR 55P03
ROLLBACK;
-- session a
COMMIT;
