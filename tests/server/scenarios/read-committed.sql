-- Anomalies and deadlocks at READ COMMITTED.

-- scenario: lost-update-rc
-- Both compute from what they have read, and the second overwrites the first.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT balance FROM acct WHERE id = 1;                       --> 100
-- session b
SELECT balance FROM acct WHERE id = 1;                       --> 100
-- session a
UPDATE acct SET balance = 90 WHERE id = 1;
-- session b
UPDATE acct SET balance = 80 WHERE id = 1;                   --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 1
COMMIT;
-- finally: lost update
SELECT balance FROM acct;                                    --> 80

-- scenario: lost-update-rc-relative
-- Computed by the UPDATE itself, nothing is lost.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT balance FROM acct WHERE id = 1;                       --> 100
-- session b
SELECT balance FROM acct WHERE id = 1;                       --> 100
-- session a
UPDATE acct SET balance = balance - 10 WHERE id = 1;
-- session b
UPDATE acct SET balance = balance - 20 WHERE id = 1;         --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 1
COMMIT;
-- finally
SELECT balance FROM acct;                                    --> 70

-- scenario: relative-update-with-stale-guard
-- But the decision was made on what was read before.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT balance >= 80 FROM acct WHERE id = 1;                 --> t
-- session b
SELECT balance >= 80 FROM acct WHERE id = 1;                 --> t
-- session a
UPDATE acct SET balance = balance - 80 WHERE id = 1;
COMMIT;
-- session b
UPDATE acct SET balance = balance - 80 WHERE id = 1;         --> UPDATE 1
COMMIT;
-- finally: lost update
SELECT balance FROM acct;                                    --> -60

-- scenario: relative-update-guard-in-where
-- A condition on the row's own columns in WHERE is checked again after the wait.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
UPDATE acct SET balance = balance - 80 WHERE id = 1 AND balance >= 80;
-- session b
UPDATE acct SET balance = balance - 80 WHERE id = 1 AND balance >= 80; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 0
COMMIT;

-- scenario: guard-in-subquery-not-rechecked
-- A condition in a sub-SELECT is not.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
UPDATE acct SET balance = balance - 80
    WHERE id = 1 AND (SELECT balance FROM acct WHERE id = 1) >= 80; --> UPDATE 1
-- session b
UPDATE acct SET balance = balance - 80
    WHERE id = 1 AND (SELECT balance FROM acct WHERE id = 1) >= 80; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 1
COMMIT;
-- finally: lost update
SELECT balance FROM acct WHERE id = 1;                       --> -60

-- scenario: set-from-subquery-lost-update
-- A value from a sub-SELECT is not computed again after the wait.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
UPDATE acct SET balance = balance - 10 WHERE id = 1;
-- session b
UPDATE acct SET balance = (SELECT balance FROM acct WHERE id = 1) - 20 WHERE id = 1; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 1
COMMIT;
-- finally: lost update
SELECT balance FROM acct;                                    --> 80

-- scenario: set-from-cte-lost-update
-- Nor is one from WITH.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
UPDATE acct SET balance = balance - 10 WHERE id = 1;
-- session b
WITH o AS MATERIALIZED (SELECT id, balance FROM acct WHERE id = 1) UPDATE acct
    SET balance = o.balance - 20 FROM o WHERE acct.id = o.id; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 1
COMMIT;
-- finally: lost update
SELECT balance FROM acct;                                    --> 80

-- scenario: cte-for-update-ok
-- WITH … FOR UPDATE waits first and returns the new version.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
UPDATE acct SET balance = balance - 10 WHERE id = 1;
-- session b
WITH o AS (SELECT id, balance FROM acct WHERE id = 1 FOR UPDATE) UPDATE acct
    SET balance = o.balance - 20 FROM o WHERE acct.id = o.id; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 1
COMMIT;
-- finally
SELECT balance FROM acct;                                    --> 70

-- scenario: lost-update-for-update-ok
-- FOR UPDATE makes the second wait and read what the first has left.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT balance FROM acct WHERE id = 1 FOR UPDATE;            --> 100
-- session b
SELECT balance FROM acct WHERE id = 1 FOR UPDATE;            --> waits
-- session a
UPDATE acct SET balance = 90 WHERE id = 1;
COMMIT;
-- session b goes on                                         --> 90
ROLLBACK;

-- scenario: for-share-then-update-deadlock
-- Both hold FOR SHARE, and both want more.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT balance FROM acct WHERE id = 1 FOR SHARE;             --> 100
-- session b
SELECT balance FROM acct WHERE id = 1 FOR SHARE;             --> 100
-- session a
UPDATE acct SET balance = 90 WHERE id = 1;                   --> waits
-- session b
UPDATE acct SET balance = 80 WHERE id = 1;                   --> ERROR 40P01
-- session a goes on                                         --> UPDATE 1
COMMIT;

-- scenario: table-lock-upgrade-deadlock
-- Two migrations that have read the table wait for each other.
CREATE TABLE t (x int);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT count(*) FROM t;
-- session b
SELECT count(*) FROM t;
-- session a
ALTER TABLE t ADD COLUMN y int;                              --> waits
-- session b
ALTER TABLE t ADD COLUMN z int;                              --> ERROR 40P01
-- session a goes on                                         --> ALTER TABLE
COMMIT;

-- scenario: update-then-share-lock-upgrade-deadlock
-- Both have written, and both want a lock on the table that excludes writers.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0),(2,0);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
UPDATE t SET x = 1 WHERE id = 1;
-- session b
UPDATE t SET x = 1 WHERE id = 2;
-- session a
CREATE INDEX ON t(x);                                        --> waits
-- session b
LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE;                    --> ERROR 40P01
-- session a goes on                                         --> CREATE INDEX
COMMIT;

-- scenario: multi-row-order-deadlock
-- Rows locked in different orders.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0),(2,0);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT id FROM t WHERE id = 1 FOR UPDATE;
-- session b
SELECT id FROM t WHERE id IN (1,2) ORDER BY id DESC FOR UPDATE; --> waits
-- session a
SELECT id FROM t WHERE id IN (1,2) ORDER BY id FOR UPDATE;   --> ERROR 40P01
-- session b goes on                                         --> 2; 1
ROLLBACK;

-- scenario: transfer-deadlock
-- A transfer from one account to the other, and one back.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100),(2,100);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
UPDATE acct SET balance = balance - 10 WHERE id = 1;
-- session b
UPDATE acct SET balance = balance - 10 WHERE id = 2;
-- session a
UPDATE acct SET balance = balance + 10 WHERE id = 2;         --> waits
-- session b
UPDATE acct SET balance = balance + 10 WHERE id = 1;         --> ERROR 40P01
-- session a goes on                                         --> UPDATE 1
COMMIT;

-- scenario: for-update-order-by-stale-order
-- After the wait rows may be out of order, and LIMIT takes the next one that still matches.
CREATE TABLE q (id int PRIMARY KEY, prio int);
INSERT INTO q VALUES (1,1),(2,2);

-- session a
BEGIN;
UPDATE q SET prio = 9 WHERE id = 1;
-- session b
SELECT id, prio FROM q ORDER BY prio FOR UPDATE;             --> waits
-- session c
SELECT id, prio FROM q WHERE prio < 5 ORDER BY prio LIMIT 1 FOR UPDATE; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> 1, 9; 2, 2
-- session c goes on                                         --> 2, 2

-- scenario: rc-delete-misses-row
-- A row matches before and after the UPDATE, and DELETE finds none.
CREATE TABLE website (id int PRIMARY KEY, hits int);
INSERT INTO website VALUES (1,9),(2,10);

-- session a
BEGIN;
UPDATE website SET hits = hits + 1;
-- session b
DELETE FROM website WHERE hits = 10;                         --> waits
-- session a
COMMIT;
-- session b goes on                                         --> DELETE 0
-- finally: stale read
SELECT * FROM website ORDER BY id;                           --> 1, 10; 2, 11

-- scenario: queue-without-skip-locked
-- Both workers choose the same job, and both get it; SKIP LOCKED chooses another.
CREATE TABLE job (id int PRIMARY KEY, state text, worker text);
INSERT INTO job SELECT g,'new',null FROM generate_series(1,3) g;

-- session a
BEGIN;
UPDATE job SET state = 'run', worker = 'a' WHERE id = (SELECT id FROM job WHERE state = 'new'
    ORDER BY id LIMIT 1) RETURNING id;                       --> 1
-- session b
UPDATE job SET state = 'run', worker = 'b' WHERE id = (SELECT id FROM job WHERE state = 'new'
    ORDER BY id LIMIT 1) RETURNING id;                       --> waits
-- session a
COMMIT;
-- session b goes on                                         --> 1
-- session control
SELECT worker FROM job WHERE id = 1;                         --> b
-- session b
UPDATE job SET state = 'run', worker = 'b' WHERE id = (SELECT id FROM job WHERE state = 'new'
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id; --> 2
-- finally: lost update

-- scenario: queue-state-recheck-in-outer-where
-- Asked again outside, the second worker gets nothing.
CREATE TABLE job (id int PRIMARY KEY, state text, worker text);
INSERT INTO job SELECT g,'new',null FROM generate_series(1,3) g;

-- session a
BEGIN;
UPDATE job SET state = 'run', worker = 'a' WHERE id = (SELECT id FROM job WHERE state = 'new'
    ORDER BY id LIMIT 1) AND state = 'new' RETURNING id;     --> 1
-- session b
UPDATE job SET state = 'run', worker = 'b' WHERE id = (SELECT id FROM job WHERE state = 'new'
    ORDER BY id LIMIT 1) AND state = 'new' RETURNING id;     --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 0

-- scenario: plpgsql-lost-update
-- Inside a function it is the same.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);
CREATE FUNCTION withdraw(n int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    b int;
BEGIN
    SELECT balance INTO b FROM acct WHERE id = 1;
    PERFORM pg_sleep(0.5);
    UPDATE acct SET balance = b - n WHERE id = 1;
END $$;

-- session a
SELECT withdraw(10);                                         --> waits
-- session b
SELECT withdraw(20);
-- session a goes on                                         --> SELECT 1
-- finally: lost update
SELECT balance FROM acct;                                    --> 80

-- scenario: function-snapshot-rc-volatile-stable
-- A volatile function sees what was committed since its statement began, a stable one does not.
CREATE TABLE t (x int);
INSERT INTO t VALUES (1);
CREATE FUNCTION v() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT count(*) FROM t $$;
CREATE FUNCTION s() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT count(*) FROM t);
END $$;

-- session a
SELECT (SELECT count(*) FROM t), pg_sleep(0.5), v(), s();    --> waits
-- session b
INSERT INTO t VALUES (2);
-- session a goes on                                         --> 1, , 2, 1

-- scenario: check-trigger-rc
-- A trigger that counts rows does not see what is not committed.
CREATE TABLE booking (room int);
CREATE FUNCTION max2() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM booking WHERE room = NEW.room) >= 1 THEN
        RAISE EXCEPTION 'full';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER t BEFORE INSERT ON booking FOR EACH ROW EXECUTE FUNCTION max2();

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
INSERT INTO booking VALUES (1);
-- session b
INSERT INTO booking VALUES (1);                              --> INSERT 0 1
-- session a
COMMIT;
-- session b
COMMIT;                                                      --> COMMIT
-- finally: write skew
SELECT count(*) FROM booking;                                --> 2

-- scenario: picked-rows-then-entry-with-key-rc
-- The check is outdated when another run commits first, and then the key of the entry is there.
CREATE TABLE job (id int PRIMARY KEY, state int NOT NULL, prio int NOT NULL, worker int);
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
CREATE TABLE entry (acct int NOT NULL, no int NOT NULL, PRIMARY KEY (acct, no));
INSERT INTO job VALUES (1,0,3), (2,0,1), (3,0,2), (4,1,0);
INSERT INTO acct VALUES (3,9);
CREATE FUNCTION withdraw(a int, n int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE b int;
BEGIN
    SELECT balance INTO b FROM acct WHERE id = a;
    IF b >= n THEN
        UPDATE acct SET balance = balance - n WHERE id = a;
        INSERT INTO entry VALUES (a, n);
    END IF;
END $$;

-- session a
BEGIN;
UPDATE job SET worker = 2 WHERE id IN (SELECT id FROM job WHERE state = 0 ORDER BY prio LIMIT 2); --> UPDATE 2
SELECT withdraw(3, 2);
COMMIT;                                                      --> COMMIT
-- session b
SELECT balance FROM acct WHERE id = 3;                       --> 7
-- finally
SELECT id FROM job WHERE worker = 2 ORDER BY id;             --> 2; 3

-- scenario: rows-of-other-owners-by-a-join-rc
-- Both take the item in the middle of the way, but neither waits for what the other has by the join.
CREATE TABLE acct (id int PRIMARY KEY, owner int NOT NULL);
CREATE TABLE item (id int PRIMARY KEY, acct int NOT NULL, qty int NOT NULL);
INSERT INTO acct VALUES (1,2), (2,3), (3,4);
INSERT INTO item VALUES (1,3,5), (2,1,5), (3,2,5);

-- session a
BEGIN;
UPDATE item SET qty = item.qty - 1 FROM acct WHERE acct.id = item.acct AND acct.owner = 2; --> UPDATE 1
-- session b
BEGIN;
UPDATE item SET qty = qty + 1 WHERE id = 1;                  --> UPDATE 1
-- session a
UPDATE item SET qty = qty + 1 WHERE id = 1;                  --> waits
-- session b
DELETE FROM item USING acct WHERE acct.id = item.acct AND acct.owner = 3; --> DELETE 1
COMMIT;                                                      --> COMMIT
-- session a goes on
COMMIT;                                                      --> COMMIT
-- finally
SELECT id, qty FROM item ORDER BY id;                        --> 1, 7; 2, 4

-- scenario: last-entry-deleted-by-max-rc
-- Whose turn comes second has picked a row that is gone, and deletes none; one after the other, two go.
CREATE TABLE entry (acct int NOT NULL, no int NOT NULL, PRIMARY KEY (acct, no));
INSERT INTO entry VALUES (1,1), (1,2), (1,3);

-- session a
BEGIN;
DELETE FROM entry WHERE acct = 1 AND no = (SELECT max(no) FROM entry WHERE acct = 1); --> DELETE 1
-- session b
BEGIN;
DELETE FROM entry WHERE acct = 1 AND no = (SELECT max(no) FROM entry WHERE acct = 1); --> waits
-- session a
COMMIT;                                                      --> COMMIT
-- session b goes on                                         --> DELETE 0
COMMIT;                                                      --> COMMIT
-- finally: lost update
SELECT no FROM entry ORDER BY no;                            --> 1; 2

-- scenario: sum-with-another-table-keeps-what-it-read
-- The row that is summed was read before the wait, the one that is added to is read again after it.
CREATE TABLE item (id int PRIMARY KEY, qty int NOT NULL);
CREATE TABLE total (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO item VALUES (1,5);
INSERT INTO total VALUES (1,100);

-- session a
BEGIN;
UPDATE item SET qty = 7 WHERE id = 1;
UPDATE total SET n = 0 WHERE id = 1;
-- session b
BEGIN;
UPDATE total SET n = total.n + item.qty FROM item WHERE total.id = 1 AND item.id = 1; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 1
COMMIT;
-- finally: lost update
SELECT n FROM total;                                         --> 5

-- scenario: sum-with-another-table-that-both-make
-- All that two runs add is there.
CREATE TABLE item (id int PRIMARY KEY, qty int NOT NULL);
CREATE TABLE total (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO item VALUES (1,5), (2,6);
INSERT INTO total VALUES (1,100);

-- session a
BEGIN;
UPDATE total SET n = total.n + item.qty FROM item WHERE total.id = 1 AND item.id = 1;
-- session b
BEGIN;
UPDATE total SET n = total.n + item.qty FROM item WHERE total.id = 1 AND item.id = 2; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 1
COMMIT;
-- finally
SELECT n FROM total;                                         --> 111

-- scenario: upsert-adds-what-it-brings
CREATE TABLE total (id int PRIMARY KEY, n int NOT NULL);

-- session a
BEGIN;
INSERT INTO total VALUES (1,5) ON CONFLICT (id) DO UPDATE SET n = total.n + EXCLUDED.n;
-- session b
BEGIN;
INSERT INTO total VALUES (1,6) ON CONFLICT (id) DO UPDATE SET n = total.n + EXCLUDED.n; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> INSERT 0 1
COMMIT;
-- finally
SELECT n FROM total;                                         --> 11

-- scenario: merge-adds-what-it-is-given
CREATE TABLE total (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO total VALUES (1,100);

-- session a
BEGIN;
MERGE INTO total t USING (VALUES (1,5)) s (id, m) ON t.id = s.id WHEN MATCHED THEN UPDATE SET n = t.n + s.m;
-- session b
BEGIN;
MERGE INTO total t USING (VALUES (1,6)) s (id, m) ON t.id = s.id WHEN MATCHED THEN UPDATE SET n = t.n + s.m; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> MERGE 1
COMMIT;
-- finally
SELECT n FROM total;                                         --> 111

-- scenario: row-taken-away-is-added-to-a-total
-- The second one finds no row to take away, and adds nothing.
CREATE TABLE item (id int PRIMARY KEY, qty int NOT NULL);
CREATE TABLE total (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO item VALUES (1,5);
INSERT INTO total VALUES (1,100);

-- session a
BEGIN;
WITH w AS (DELETE FROM item WHERE id = 1 RETURNING qty)
UPDATE total SET n = total.n + w.qty FROM w WHERE total.id = 1;
-- session b
BEGIN;
WITH w AS (DELETE FROM item WHERE id = 1 RETURNING qty)
UPDATE total SET n = total.n + w.qty FROM w WHERE total.id = 1; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 0
COMMIT;
-- finally
SELECT n FROM total;                                         --> 105

-- scenario: sum-of-rows-is-added-to-a-total
-- Both count the same rows again: what the one has added the other one adds once more, as it would
-- one after the other.
CREATE TABLE item (id int PRIMARY KEY, qty int NOT NULL);
CREATE TABLE total (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO item VALUES (1,5), (2,6);
INSERT INTO total VALUES (1,100);

-- session a
BEGIN;
UPDATE total SET n = n + (SELECT sum(qty) FROM item) WHERE id = 1;
-- session b
BEGIN;
UPDATE total SET n = n + (SELECT sum(qty) FROM item) WHERE id = 1; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> UPDATE 1
COMMIT;
-- finally
SELECT n FROM total;                                         --> 122
