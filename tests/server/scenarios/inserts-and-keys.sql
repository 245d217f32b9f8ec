-- Inserting what is not there yet: unique keys, ON CONFLICT, MERGE and foreign keys.

-- scenario: check-then-insert-rc-no-unique
-- Both look, both insert: nothing stops the duplicate.
CREATE TABLE u (name text);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT 1 FROM u WHERE name = 'x';                            --> no rows
-- session b
SELECT 1 FROM u WHERE name = 'x';                            --> no rows
-- session a
INSERT INTO u VALUES ('x');
-- session b
INSERT INTO u VALUES ('x');                                  --> INSERT 0 1
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> COMMIT
-- finally: phantom
SELECT count(*) FROM u;                                      --> 2

-- scenario: check-then-insert-rc-single-statement
-- In one statement it is a race all the same.
CREATE TABLE u (name text);

-- session a
BEGIN;
INSERT INTO u SELECT 'x' WHERE NOT EXISTS (SELECT 1 FROM u WHERE name = 'x'); --> INSERT 0 1
-- session b
INSERT INTO u SELECT 'x' WHERE NOT EXISTS (SELECT 1 FROM u WHERE name = 'x'); --> INSERT 0 1
-- session a
COMMIT;
-- finally: phantom
SELECT count(*) FROM u;                                      --> 2

-- scenario: check-for-update-then-insert
-- FOR UPDATE locks no row that is not there.
CREATE TABLE u (name text);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT 1 FROM u WHERE name = 'x' FOR UPDATE;                 --> no rows
-- session b
SELECT 1 FROM u WHERE name = 'x' FOR UPDATE;                 --> no rows
-- session a
INSERT INTO u VALUES ('x');
-- session b
INSERT INTO u VALUES ('x');                                  --> INSERT 0 1
-- session a
COMMIT;
-- session b
COMMIT;
-- finally: phantom
SELECT count(*) FROM u;                                      --> 2

-- scenario: check-then-insert-rr-no-unique
-- REPEATABLE READ does not stop it.
CREATE TABLE u (name text);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
SELECT 1 FROM u WHERE name = 'x';                            --> no rows
-- session b
SELECT 1 FROM u WHERE name = 'x';                            --> no rows
-- session a
INSERT INTO u VALUES ('x');
-- session b
INSERT INTO u VALUES ('x');                                  --> INSERT 0 1
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> COMMIT
-- finally: phantom

-- scenario: check-then-insert-serializable-no-unique
-- SERIALIZABLE does.
CREATE TABLE u (name text);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT 1 FROM u WHERE name = 'x';                            --> no rows
-- session b
SELECT 1 FROM u WHERE name = 'x';                            --> no rows
-- session a
INSERT INTO u VALUES ('x');
-- session b
INSERT INTO u VALUES ('x');
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> ERROR 40001

-- scenario: check-then-insert-unique-rc
-- A unique key stops it with an error that no retry library knows.
CREATE TABLE u (name text PRIMARY KEY);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT 1 FROM u WHERE name = 'x';
-- session b
SELECT 1 FROM u WHERE name = 'x';
-- session a
INSERT INTO u VALUES ('x');
-- session b
INSERT INTO u VALUES ('x');                                  --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 23505
ROLLBACK;

-- scenario: check-then-insert-unique-rr
-- The same error at REPEATABLE READ.
CREATE TABLE u (name text PRIMARY KEY);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
SELECT 1 FROM u WHERE name = 'x';
-- session b
SELECT 1 FROM u WHERE name = 'x';
-- session a
INSERT INTO u VALUES ('x');
-- session b
INSERT INTO u VALUES ('x');                                  --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 23505
ROLLBACK;

-- scenario: check-then-insert-unique-serializable-both-check
-- At SERIALIZABLE it is 40001 when both have looked.
CREATE TABLE u (name text PRIMARY KEY);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT 1 FROM u WHERE name = 'x';
-- session b
SELECT 1 FROM u WHERE name = 'x';
-- session a
INSERT INTO u VALUES ('x');
-- session b
INSERT INTO u VALUES ('x');                                  --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 40001
ROLLBACK;

-- scenario: check-then-insert-unique-serializable-one-checks
-- It is not when only one of them has.
CREATE TABLE u (name text PRIMARY KEY);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT 1 FROM u WHERE name = 'x';
-- session a
INSERT INTO u VALUES ('x');
-- session b
INSERT INTO u VALUES ('x');                                  --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 23505
ROLLBACK;

-- scenario: max-plus-one
-- The next number taken from the last: 40001 at SERIALIZABLE, a duplicate key otherwise.
CREATE TABLE m (id int PRIMARY KEY);
INSERT INTO m VALUES (1);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT max(id) + 1 FROM m;
-- session b
SELECT max(id) + 1 FROM m;
-- session a
INSERT INTO m VALUES (2);
-- session b
INSERT INTO m VALUES (2);                                    --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 40001
ROLLBACK;
-- session c
BEGIN;
INSERT INTO m SELECT max(id) + 1 FROM m;
-- session d
INSERT INTO m SELECT max(id) + 1 FROM m;                     --> waits
-- session c
COMMIT;
-- session d goes on                                         --> ERROR 23505

-- scenario: on-conflict-do-nothing-rr-invisible
-- A conflicting row that the snapshot does not see cannot be skipped.
CREATE TABLE u (name text PRIMARY KEY, n int);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM u;
-- session a
INSERT INTO u VALUES ('x', 1);
-- session b
INSERT INTO u VALUES ('x', 2) ON CONFLICT DO NOTHING;        --> ERROR 40001
ROLLBACK;
-- session c
BEGIN ISOLATION LEVEL READ COMMITTED;
INSERT INTO u VALUES ('x', 2) ON CONFLICT DO NOTHING;        --> INSERT 0 0
COMMIT;

-- scenario: on-conflict-do-nothing-rr-first-statement-blocked
-- Also in the first statement, when it had to wait.
CREATE TABLE u (name text PRIMARY KEY, n int);

-- session a
BEGIN;
INSERT INTO u VALUES ('x', 1);
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO u VALUES ('x', 2) ON CONFLICT DO NOTHING;        --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 40001
ROLLBACK;

-- scenario: on-conflict-do-update-rr
-- Nor can it be updated, at either level.
CREATE TABLE u (name text PRIMARY KEY, n int);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM u;
-- session c
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM u;
-- session d
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT 1;
-- session a
INSERT INTO u VALUES ('x', 1);
-- session b
INSERT INTO u VALUES ('x', 2) ON CONFLICT (name) DO UPDATE SET n = u.n + 1; --> ERROR 40001
ROLLBACK;
-- session c
INSERT INTO u VALUES ('x', 2) ON CONFLICT (name) DO UPDATE SET n = u.n + 1; --> ERROR 40001
ROLLBACK;
-- session d
INSERT INTO u VALUES ('x', 2) ON CONFLICT DO NOTHING;        --> ERROR 40001
ROLLBACK;
-- session e
INSERT INTO u VALUES ('x', 2) ON CONFLICT (name) DO UPDATE SET n = u.n + 1; --> INSERT 0 1
-- finally
SELECT n FROM u;                                             --> 2

-- scenario: insert-plain-rr-visible
-- A plain INSERT of another key is not concerned.
CREATE TABLE u (name text PRIMARY KEY, n int);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM u;
-- session a
INSERT INTO u VALUES ('x', 1);
-- session b
INSERT INTO u VALUES ('y', 2);                               --> INSERT 0 1
COMMIT;                                                      --> COMMIT

-- scenario: merge-rc-race
-- MERGE finds no row, and then somebody else has inserted it.
CREATE TABLE u (name text PRIMARY KEY, n int);

-- session a
BEGIN;
INSERT INTO u VALUES ('x', 1);
-- session b
MERGE INTO u USING (VALUES ('x')) s(name) ON u.name = s.name WHEN MATCHED THEN
    UPDATE SET n = n + 1 WHEN NOT MATCHED THEN INSERT VALUES (s.name, 1); --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 23505

-- scenario: merge-rr-update
-- MERGE updates like UPDATE.
CREATE TABLE u (name text PRIMARY KEY, n int);
INSERT INTO u VALUES ('x', 1);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 1;
-- session a
UPDATE u SET n = 5;
-- session b
MERGE INTO u USING (VALUES ('x')) s(name) ON u.name = s.name WHEN MATCHED THEN
    UPDATE SET n = n + 1;                                    --> ERROR 40001
ROLLBACK;

-- scenario: update-then-insert-upsert-rc
-- UPDATE finds no row in either session, so both insert.
CREATE TABLE u (name text PRIMARY KEY, n int);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
UPDATE u SET n = n + 1 WHERE name = 'x';                     --> UPDATE 0
-- session b
UPDATE u SET n = n + 1 WHERE name = 'x';                     --> UPDATE 0
-- session a
INSERT INTO u VALUES ('x', 1);
-- session b
INSERT INTO u VALUES ('x', 1);                               --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 23505
ROLLBACK;

-- scenario: delete-then-insert-rc
-- DELETE and INSERT as a replacement: without a unique key both rows stay.
CREATE TABLE u (name text, n int);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
DELETE FROM u WHERE name = 'x';
-- session b
DELETE FROM u WHERE name = 'x';
-- session a
INSERT INTO u VALUES ('x', 1);
-- session b
INSERT INTO u VALUES ('x', 2);
-- session a
COMMIT;
-- session b
COMMIT;
-- finally: phantom
SELECT count(*) FROM u;                                      --> 2

-- scenario: exclusion-constraint
-- An exclusion constraint stops what the check lets through.
CREATE TABLE r (during int4range, EXCLUDE USING gist (during WITH &&));

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
SELECT 1 FROM r WHERE during && '[1,5)';
-- session b
SELECT 1 FROM r WHERE during && '[1,5)';
-- session a
INSERT INTO r VALUES ('[1,5)');
-- session b
INSERT INTO r VALUES ('[3,8)');                              --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 23P01
ROLLBACK;

-- scenario: fk-rr-parent-inserted-later
-- The parent is younger than the snapshot, so the foreign key does not find it.
CREATE TABLE p (id int PRIMARY KEY, x int);
CREATE TABLE c (id int, pid int REFERENCES p ON DELETE CASCADE);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM p;                                      --> 0
-- session a
INSERT INTO p VALUES (1, 0);
-- session b
INSERT INTO c VALUES (1, 1);                                 --> ERROR 23503
ROLLBACK;

-- scenario: fk-rr-partitioned-parent-inserted-later
-- A partitioned parent is looked up with a new snapshot.
CREATE TABLE p (id int PRIMARY KEY, x int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
CREATE TABLE c (id int, pid int REFERENCES p);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM p;                                      --> 0
-- session a
INSERT INTO p VALUES (1, 0);
-- session b
INSERT INTO c VALUES (1, 1);                                 --> INSERT 0 1
SELECT count(*) FROM p;                                      --> 0
COMMIT;                                                      --> COMMIT

-- scenario: fk-rr-parent-deleted-later
-- The parent was deleted after the snapshot: another SQLSTATE than at READ COMMITTED.
CREATE TABLE p (id int PRIMARY KEY, x int);
CREATE TABLE c (id int, pid int REFERENCES p ON DELETE CASCADE);
INSERT INTO p VALUES (1, 0);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM p;                                      --> 1
-- session r
BEGIN;
SELECT count(*) FROM p;                                      --> 1
-- session a
DELETE FROM p WHERE id = 1;
-- session b
INSERT INTO c VALUES (1, 1);                                 --> ERROR 40001
-- session r
INSERT INTO c VALUES (1, 1);                                 --> ERROR 23503
-- session b
ROLLBACK;
-- session r
ROLLBACK;

-- scenario: fk-rr-parent-updated-later
-- A parent whose key is unchanged may have changed otherwise.
CREATE TABLE p (id int PRIMARY KEY, x int);
CREATE TABLE c (id int, pid int REFERENCES p ON DELETE CASCADE);
INSERT INTO p VALUES (1, 0);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM p;                                      --> 1
-- session a
UPDATE p SET x = 1;
-- session b
INSERT INTO c VALUES (1, 1);                                 --> INSERT 0 1
COMMIT;

-- scenario: fk-rr-parent-being-deleted
-- Both wait for the one that deletes the parent.
CREATE TABLE p (id int PRIMARY KEY, x int);
CREATE TABLE c (id int, pid int REFERENCES p ON DELETE CASCADE);
INSERT INTO p VALUES (1, 0);

-- session a
BEGIN;
DELETE FROM p WHERE id = 1;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO c VALUES (1, 1);                                 --> waits
-- session r
INSERT INTO c VALUES (1, 1);                                 --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 40001
-- session r goes on                                         --> ERROR 23503
-- session b
ROLLBACK;

-- scenario: fk-rr-cascade-new-child
-- CASCADE may not touch a child that the snapshot does not see.
CREATE TABLE p (id int PRIMARY KEY, x int);
CREATE TABLE c (id int, pid int REFERENCES p ON DELETE CASCADE);
INSERT INTO p VALUES (1, 0);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM c;
-- session a
INSERT INTO c VALUES (1, 1);
-- session b
DELETE FROM p WHERE id = 1;                                  --> ERROR 40001
ROLLBACK;

-- scenario: fk-rr-noaction-new-child
-- Without CASCADE it is the foreign key that fails, for a row that is invisible.
CREATE TABLE p (id int PRIMARY KEY, x int);
CREATE TABLE c (id int, pid int REFERENCES p);
INSERT INTO p VALUES (1, 0);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM c;
-- session a
INSERT INTO c VALUES (1, 1);
-- session b
DELETE FROM p WHERE id = 1;                                  --> ERROR 23503
ROLLBACK;

-- scenario: fk-child-then-parent-for-update-deadlock
-- A new child locks its parent FOR KEY SHARE; FOR UPDATE behind it is a lock upgrade, FOR NO KEY
-- UPDATE is none.
CREATE TABLE p (id int PRIMARY KEY, x int);
CREATE TABLE c (id int, pid int REFERENCES p);
INSERT INTO p VALUES (1, 0);

-- session a
BEGIN;
-- session b
BEGIN;
-- session a
INSERT INTO c VALUES (1, 1);
-- session b
INSERT INTO c VALUES (2, 1);
-- session a
SELECT * FROM p WHERE id = 1 FOR UPDATE;                     --> waits
-- session b
SELECT * FROM p WHERE id = 1 FOR UPDATE;                     --> ERROR 40P01
-- session a goes on                                         --> 1, 0
COMMIT;
-- session c
BEGIN;
-- session d
BEGIN;
-- session c
INSERT INTO c VALUES (3, 1);
-- session d
INSERT INTO c VALUES (4, 1);
-- session c
SELECT * FROM p WHERE id = 1 FOR NO KEY UPDATE;              --> 1, 0
-- session d
SELECT * FROM p WHERE id = 1 FOR NO KEY UPDATE;              --> waits
-- session c
COMMIT;
-- session d goes on                                         --> 1, 0
COMMIT;

-- scenario: fk-child-then-parent-update-counter
-- Updating a counter of the parent waits, and fails at REPEATABLE READ.
CREATE TABLE p (id int PRIMARY KEY, x int);
CREATE TABLE c (id int, pid int REFERENCES p);
INSERT INTO p VALUES (1, 0);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
INSERT INTO c VALUES (1, 1);
-- session b
INSERT INTO c VALUES (2, 1);
-- session a
UPDATE p SET x = x + 1 WHERE id = 1;                         --> UPDATE 1
-- session b
UPDATE p SET x = x + 1 WHERE id = 1;                         --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 40001
ROLLBACK;

-- scenario: fk-row-only-key-share-at-rr
-- That a child was added is no change of the parent.
CREATE TABLE p (id int PRIMARY KEY, x int);
CREATE TABLE c (id int, pid int REFERENCES p);
INSERT INTO p VALUES (1, 0);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM p;
-- session a
INSERT INTO c VALUES (1, 1);
-- session b
UPDATE p SET x = 5 WHERE id = 1;                             --> UPDATE 1
COMMIT;                                                      --> COMMIT

-- scenario: fk-rr-setnull-new-child
-- SET NULL is as CASCADE.
CREATE TABLE p (id int PRIMARY KEY, x int);
CREATE TABLE c (id int, pid int REFERENCES p ON DELETE SET NULL);
INSERT INTO p VALUES (1, 0);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM c;
-- session a
INSERT INTO c VALUES (1, 1);
-- session b
DELETE FROM p WHERE id = 1;                                  --> ERROR 40001
ROLLBACK;

-- scenario: values-of-two-rows-keep-runs-apart-rr
-- Another run waits at the first of its rows, for a key that is there then, and comes no further.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
CREATE TABLE entry (acct int NOT NULL REFERENCES acct ON DELETE CASCADE, no int NOT NULL, amount int NOT NULL,
                    PRIMARY KEY (acct, no));
INSERT INTO acct VALUES (1,5), (2,5);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO entry VALUES (1,1,5), (2,1,-5);
DELETE FROM acct WHERE id = 2;
COMMIT;                                                      --> COMMIT
-- session b
SELECT count(*) FROM entry;                                  --> 1
-- finally
SELECT acct, no FROM entry;                                  --> 1, 1

-- scenario: insert-select-after-delete-rr
-- One after the other each deletes what the other has inserted. The snapshot does not have it.
CREATE TABLE acct (id int PRIMARY KEY, owner int NOT NULL);
CREATE TABLE item (id int PRIMARY KEY, acct int NOT NULL);
INSERT INTO acct VALUES (1,1), (2,1);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
DELETE FROM item WHERE acct = 1;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
DELETE FROM item WHERE acct = 1;
INSERT INTO item SELECT id + 10, owner FROM acct WHERE owner = 1; --> INSERT 0 2
COMMIT;                                                      --> COMMIT
-- session a
INSERT INTO item SELECT id + 10, owner FROM acct WHERE owner = 1; --> ERROR 23505
-- finally
SELECT id FROM item ORDER BY id;                             --> 11; 12

-- scenario: insert-select-counts-whether-there-is-room
-- One after the other the second one finds three and does nothing.
CREATE TABLE guest (id int PRIMARY KEY, room int NOT NULL);
INSERT INTO guest VALUES (1,7), (2,7);

-- session a
BEGIN;
INSERT INTO guest SELECT 3, 7 WHERE (SELECT count(*) FROM guest WHERE room = 7) < 3;
-- session b
BEGIN;
INSERT INTO guest SELECT 3, 7 WHERE (SELECT count(*) FROM guest WHERE room = 7) < 3; --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 23505
ROLLBACK;
-- finally
SELECT count(*) FROM guest;                                  --> 3
