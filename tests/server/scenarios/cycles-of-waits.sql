-- Deadlocks of three and four programs, and what keeps them apart.

-- scenario: three-advisory-locks-in-a-ring
-- Each of three programs waits for the key of the next.

-- session a
BEGIN;
SELECT pg_advisory_xact_lock(1);
-- session b
BEGIN;
SELECT pg_advisory_xact_lock(2);
-- session c
BEGIN;
SELECT pg_advisory_xact_lock(3);
-- session a
SELECT pg_advisory_xact_lock(2);                             --> waits
-- session b
SELECT pg_advisory_xact_lock(3);                             --> waits
-- session c
SELECT pg_advisory_xact_lock(1);                             --> ERROR 40P01
ROLLBACK;
-- session b goes on
COMMIT;
-- session a goes on
COMMIT;

-- scenario: table-row-and-key-in-a-ring
-- A table, a row and an advisory key: locks of three kinds.
CREATE TABLE stock (id int PRIMARY KEY, amount int);
CREATE TABLE price (id int PRIMARY KEY, cents int);
INSERT INTO stock VALUES (1, 5);
INSERT INTO price VALUES (1, 100);

-- session a
BEGIN;
LOCK TABLE stock IN EXCLUSIVE MODE;
-- session b
BEGIN;
UPDATE price SET cents = 99 WHERE id = 1;
-- session c
BEGIN;
SELECT pg_advisory_xact_lock(12);
-- session a
UPDATE price SET cents = 98 WHERE id = 1;                    --> waits
-- session b
SELECT pg_advisory_xact_lock(12);                            --> waits
-- session c
UPDATE stock SET amount = 4 WHERE id = 1;                    --> ERROR 40P01
ROLLBACK;
-- session b goes on
COMMIT;
-- session a goes on
COMMIT;

-- scenario: four-upserts-in-a-ring
-- Keys that are not there yet: each waits for the INSERT of the next.
CREATE TABLE hits (page text PRIMARY KEY, n int NOT NULL);

-- session a
BEGIN;
INSERT INTO hits VALUES ('a', 1) ON CONFLICT (page) DO UPDATE SET n = hits.n + 1;
-- session b
BEGIN;
INSERT INTO hits VALUES ('b', 1) ON CONFLICT (page) DO UPDATE SET n = hits.n + 1;
-- session c
BEGIN;
INSERT INTO hits VALUES ('c', 1) ON CONFLICT (page) DO UPDATE SET n = hits.n + 1;
-- session d
BEGIN;
INSERT INTO hits VALUES ('d', 1) ON CONFLICT (page) DO UPDATE SET n = hits.n + 1;
-- session a
INSERT INTO hits VALUES ('b', 1) ON CONFLICT (page) DO UPDATE SET n = hits.n + 1; --> waits
-- session b
INSERT INTO hits VALUES ('c', 1) ON CONFLICT (page) DO UPDATE SET n = hits.n + 1; --> waits
-- session c
INSERT INTO hits VALUES ('d', 1) ON CONFLICT (page) DO UPDATE SET n = hits.n + 1; --> waits
-- session d
INSERT INTO hits VALUES ('a', 1) ON CONFLICT (page) DO UPDATE SET n = hits.n + 1; --> ERROR 40P01
ROLLBACK;
-- session c goes on
COMMIT;
-- session b goes on
COMMIT;
-- session a goes on
COMMIT;

-- scenario: foreign-key-check-in-a-ring
-- The check of a foreign key waits for the parent that another one deletes.
CREATE TABLE team (id int PRIMARY KEY);
CREATE TABLE member (id int PRIMARY KEY, team int REFERENCES team);
CREATE TABLE badge (id int PRIMARY KEY, worn bool);
CREATE TABLE log (id int PRIMARY KEY, lines int);
INSERT INTO team VALUES (1);
INSERT INTO badge VALUES (1, true);
INSERT INTO log VALUES (1, 0);

-- session a
BEGIN;
UPDATE badge SET worn = false WHERE id = 1;
-- session b
BEGIN;
DELETE FROM team WHERE id = 1;
-- session c
BEGIN;
UPDATE log SET lines = 1 WHERE id = 1;
-- session a
INSERT INTO member VALUES (7, 1);                            --> waits
-- session b
UPDATE log SET lines = 2 WHERE id = 1;                       --> waits
-- session c
UPDATE badge SET worn = true WHERE id = 1;                   --> ERROR 40P01
ROLLBACK;
-- session b goes on
ROLLBACK;
-- session a goes on
COMMIT;

-- scenario: ring-behind-one-table-lock
-- All three lock one table first: nobody waits while holding what another one wants.
CREATE TABLE gate (id int);
CREATE TABLE stock (id int PRIMARY KEY, amount int);
CREATE TABLE price (id int PRIMARY KEY, cents int);
CREATE TABLE offer (id int PRIMARY KEY, percent int);
INSERT INTO stock VALUES (1, 5);
INSERT INTO price VALUES (1, 100);
INSERT INTO offer VALUES (1, 3);

-- session a
BEGIN;
LOCK TABLE gate IN EXCLUSIVE MODE;
UPDATE stock SET amount = 4 WHERE id = 1;
-- session b
BEGIN;
LOCK TABLE gate IN EXCLUSIVE MODE;                           --> waits
-- session a
UPDATE price SET cents = 99 WHERE id = 1;
COMMIT;
-- session b goes on
UPDATE price SET cents = 98 WHERE id = 1;
-- session c
BEGIN;
LOCK TABLE gate IN EXCLUSIVE MODE;                           --> waits
-- session b
UPDATE offer SET percent = 4 WHERE id = 1;
COMMIT;
-- session c goes on
UPDATE offer SET percent = 5 WHERE id = 1;
UPDATE stock SET amount = 3 WHERE id = 1;
COMMIT;

-- scenario: ring-with-one-key-share
-- FOR KEY SHARE lets the UPDATE of another column pass: the ring is open there.
CREATE TABLE stock (id int PRIMARY KEY, amount int);
CREATE TABLE price (id int PRIMARY KEY, cents int);
CREATE TABLE offer (id int PRIMARY KEY, percent int);
INSERT INTO stock VALUES (1, 5);
INSERT INTO price VALUES (1, 100);
INSERT INTO offer VALUES (1, 3);

-- session a
BEGIN;
SELECT id FROM stock WHERE id = 1 FOR KEY SHARE;             --> 1
-- session b
BEGIN;
UPDATE price SET cents = 98 WHERE id = 1;
-- session c
BEGIN;
UPDATE offer SET percent = 5 WHERE id = 1;
-- session a
UPDATE price SET cents = 99 WHERE id = 1;                    --> waits
-- session b
UPDATE offer SET percent = 4 WHERE id = 1;                   --> waits
-- session c
UPDATE stock SET amount = 3 WHERE id = 1;                    --> UPDATE 1
COMMIT;
-- session b goes on
COMMIT;
-- session a goes on
COMMIT;

-- scenario: ring-of-rows-with-a-gap
-- The third program locks row 4 first, and not row 3: nobody holds what the second one wants.
CREATE TABLE stock (id int PRIMARY KEY, amount int);
INSERT INTO stock VALUES (1, 5), (2, 5), (3, 5), (4, 5);

-- session a
BEGIN;
UPDATE stock SET amount = 4 WHERE id = 1;
-- session b
BEGIN;
UPDATE stock SET amount = 4 WHERE id = 2;
-- session c
BEGIN;
UPDATE stock SET amount = 4 WHERE id = 4;
-- session a
UPDATE stock SET amount = 3 WHERE id = 2;                    --> waits
-- session b
UPDATE stock SET amount = 3 WHERE id = 3;
-- session c
UPDATE stock SET amount = 3 WHERE id = 1;                    --> waits
-- session b
COMMIT;
-- session a goes on
COMMIT;
-- session c goes on
COMMIT;
