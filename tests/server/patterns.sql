-- Small transactions that people write, as programs for psql. The suite runs all interleavings of
-- each at three isolation levels and writes docs/patterns.md.
--
-- "-- pattern:" opens one with its tables; "-- variant:" is the same with other programs, and with
-- other tables only if it defines some. Each session is one transaction: BEGIN at the level and
-- COMMIT are put around it.

-- pattern: read a row, write a computed value back
CREATE TABLE account (id int PRIMARY KEY, balance int);
INSERT INTO account VALUES (1, 100), (2, 100);
-- session A
SELECT balance FROM account WHERE id = 1 \gset
UPDATE account SET balance = :balance - 10 WHERE id = 1;
-- session B
SELECT balance FROM account WHERE id = 1 \gset
UPDATE account SET balance = :balance - 20 WHERE id = 1;

-- variant: read FOR UPDATE
-- session A
SELECT balance FROM account WHERE id = 1 FOR UPDATE \gset
UPDATE account SET balance = :balance - 10 WHERE id = 1;
-- session B
SELECT balance FROM account WHERE id = 1 FOR UPDATE \gset
UPDATE account SET balance = :balance - 20 WHERE id = 1;

-- variant: read FOR NO KEY UPDATE
-- session A
SELECT balance FROM account WHERE id = 1 FOR NO KEY UPDATE \gset
UPDATE account SET balance = :balance - 10 WHERE id = 1;
-- session B
SELECT balance FROM account WHERE id = 1 FOR NO KEY UPDATE \gset
UPDATE account SET balance = :balance - 20 WHERE id = 1;

-- variant: read FOR SHARE
-- session A
SELECT balance FROM account WHERE id = 1 FOR SHARE \gset
UPDATE account SET balance = :balance - 10 WHERE id = 1;
-- session B
SELECT balance FROM account WHERE id = 1 FOR SHARE \gset
UPDATE account SET balance = :balance - 20 WHERE id = 1;

-- variant: read FOR KEY SHARE
-- session A
SELECT balance FROM account WHERE id = 1 FOR KEY SHARE \gset
UPDATE account SET balance = :balance - 10 WHERE id = 1;
-- session B
SELECT balance FROM account WHERE id = 1 FOR KEY SHARE \gset
UPDATE account SET balance = :balance - 20 WHERE id = 1;

-- variant: read FOR UPDATE in one of the programs only
-- session A
SELECT balance FROM account WHERE id = 1 FOR UPDATE \gset
UPDATE account SET balance = :balance - 10 WHERE id = 1;
-- session B
SELECT balance FROM account WHERE id = 1 \gset
UPDATE account SET balance = :balance - 20 WHERE id = 1;

-- variant: a version column in WHERE, no row is an error
CREATE TABLE account (id int PRIMARY KEY, balance int, version int NOT NULL DEFAULT 0);
INSERT INTO account VALUES (1, 100), (2, 100);
CREATE FUNCTION store(account_id int, seen int, new_balance int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE account SET balance = new_balance, version = version + 1
        WHERE id = account_id AND version = seen;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'somebody else has changed account %', account_id;
    END IF;
END $$;
-- session A
SELECT balance, version FROM account WHERE id = 1 \gset
SELECT store(1, :version, :balance - 10);
-- session B
SELECT balance, version FROM account WHERE id = 1 \gset
SELECT store(1, :version, :balance - 20);

-- pattern: one relative UPDATE (SET v = v - n)
CREATE TABLE account (id int PRIMARY KEY, balance int);
INSERT INTO account VALUES (1, 100), (2, 100);
-- session A
UPDATE account SET balance = balance - 10 WHERE id = 1;
-- session B
UPDATE account SET balance = balance - 20 WHERE id = 1;

-- pattern: one UPDATE to a constant
CREATE TABLE account (id int PRIMARY KEY, balance int);
INSERT INTO account VALUES (1, 100), (2, 100);
-- session A
UPDATE account SET balance = 7 WHERE id = 1;
-- session B
UPDATE account SET balance = 8 WHERE id = 1;

-- pattern: read a row, then relative UPDATE
CREATE TABLE account (id int PRIMARY KEY, balance int);
INSERT INTO account VALUES (1, 100), (2, 100);
-- session A
SELECT balance FROM account WHERE id = 1;
UPDATE account SET balance = balance - 10 WHERE id = 1;
-- session B
SELECT balance FROM account WHERE id = 1;
UPDATE account SET balance = balance - 20 WHERE id = 1;

-- pattern: check by SELECT, then relative UPDATE
CREATE TABLE account (id int PRIMARY KEY, balance int);
INSERT INTO account VALUES (1, 100), (2, 100);
-- session A
SELECT balance, balance >= 80 AS enough FROM account WHERE id = 1 \gset
\if :enough
UPDATE account SET balance = balance - 80 WHERE id = 1;
\endif
-- session B
SELECT balance, balance >= 80 AS enough FROM account WHERE id = 1 \gset
\if :enough
UPDATE account SET balance = balance - 80 WHERE id = 1;
\endif

-- variant: check in WHERE of the UPDATE
-- session A
UPDATE account SET balance = balance - 80 WHERE id = 1 AND balance >= 80;
-- session B
UPDATE account SET balance = balance - 80 WHERE id = 1 AND balance >= 80;

-- pattern: SET v = (SELECT v of the same row) - n
CREATE TABLE account (id int PRIMARY KEY, balance int);
INSERT INTO account VALUES (1, 100), (2, 100);
-- session A
UPDATE account SET balance = (SELECT balance FROM account WHERE id = 1) - 10 WHERE id = 1;
-- session B
UPDATE account SET balance = (SELECT balance FROM account WHERE id = 1) - 20 WHERE id = 1;

-- pattern: PL/pgSQL function with SELECT INTO and UPDATE
CREATE TABLE account (id int PRIMARY KEY, balance int);
INSERT INTO account VALUES (1, 100), (2, 100);
CREATE FUNCTION withdraw(account_id int, amount int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    current_balance int;
BEGIN
    SELECT balance INTO current_balance FROM account WHERE id = account_id;
    UPDATE account SET balance = current_balance - amount WHERE id = account_id;
END $$;
-- session A
SELECT 1;
SELECT withdraw(1, 10);
-- session B
SELECT 1;
SELECT withdraw(1, 20);

-- pattern: two SELECTs of two rows, and a writer of both
CREATE TABLE account (id int PRIMARY KEY, balance int);
INSERT INTO account VALUES (1, 100), (2, 100);
-- session A
SELECT balance FROM account WHERE id = 1;
SELECT balance FROM account WHERE id = 2;
-- session B
UPDATE account SET balance = balance - 10 WHERE id = 1;
UPDATE account SET balance = balance + 10 WHERE id = 2;

-- variant: one SELECT of both rows
-- session A
SELECT balance FROM account ORDER BY id;
-- session B
UPDATE account SET balance = balance - 10 WHERE id = 1;
UPDATE account SET balance = balance + 10 WHERE id = 2;

-- pattern: write skew, the sum of both rows decides
CREATE TABLE account (id int PRIMARY KEY, balance int);
INSERT INTO account VALUES (1, 100), (2, 100);
-- session A
SELECT sum(balance) AS total, sum(balance) >= 150 AS enough FROM account WHERE id IN (1, 2) \gset
\if :enough
UPDATE account SET balance = balance - 150 WHERE id = 1;
\endif
-- session B
SELECT sum(balance) AS total, sum(balance) >= 150 AS enough FROM account WHERE id IN (1, 2) \gset
\if :enough
UPDATE account SET balance = balance - 150 WHERE id = 2;
\endif

-- variant: both rows read FOR UPDATE in one order
-- session A
SELECT sum(balance) AS total, sum(balance) >= 150 AS enough
    FROM (SELECT balance FROM account WHERE id IN (1, 2) ORDER BY id FOR UPDATE) AS locked \gset
\if :enough
UPDATE account SET balance = balance - 150 WHERE id = 1;
\endif
-- session B
SELECT sum(balance) AS total, sum(balance) >= 150 AS enough
    FROM (SELECT balance FROM account WHERE id IN (1, 2) ORDER BY id FOR UPDATE) AS locked \gset
\if :enough
UPDATE account SET balance = balance - 150 WHERE id = 2;
\endif

-- variant: both rows read FOR SHARE in one order
-- session A
SELECT sum(balance) AS total, sum(balance) >= 150 AS enough
    FROM (SELECT balance FROM account WHERE id IN (1, 2) ORDER BY id FOR SHARE) AS locked \gset
\if :enough
UPDATE account SET balance = balance - 150 WHERE id = 1;
\endif
-- session B
SELECT sum(balance) AS total, sum(balance) >= 150 AS enough
    FROM (SELECT balance FROM account WHERE id IN (1, 2) ORDER BY id FOR SHARE) AS locked \gset
\if :enough
UPDATE account SET balance = balance - 150 WHERE id = 2;
\endif

-- pattern: write skew, each reads the row that the other writes
CREATE TABLE account (id int PRIMARY KEY, balance int);
INSERT INTO account VALUES (1, 100), (2, 100);
-- session A
SELECT balance FROM account WHERE id = 2 \gset
UPDATE account SET balance = balance - :balance WHERE id = 1;
-- session B
SELECT balance FROM account WHERE id = 1 \gset
UPDATE account SET balance = balance - :balance WHERE id = 2;

-- variant: the other row read FOR UPDATE in one of the programs only
-- session A
SELECT balance FROM account WHERE id = 2 FOR UPDATE \gset
UPDATE account SET balance = balance - :balance WHERE id = 1;
-- session B
SELECT balance FROM account WHERE id = 1 \gset
UPDATE account SET balance = balance - :balance WHERE id = 2;

-- variant: the other row read FOR UPDATE in both programs
-- session A
SELECT balance FROM account WHERE id = 2 FOR UPDATE \gset
UPDATE account SET balance = balance - :balance WHERE id = 1;
-- session B
SELECT balance FROM account WHERE id = 1 FOR UPDATE \gset
UPDATE account SET balance = balance - :balance WHERE id = 2;

-- variant: the other row read by an identity UPDATE in one of the programs only
-- session A
UPDATE account SET balance = balance WHERE id = 2 RETURNING balance \gset
UPDATE account SET balance = balance - :balance WHERE id = 1;
-- session B
SELECT balance FROM account WHERE id = 1 \gset
UPDATE account SET balance = balance - :balance WHERE id = 2;

-- pattern: transfers from 1 to 2 and from 2 to 1
CREATE TABLE account (id int PRIMARY KEY, balance int);
INSERT INTO account VALUES (1, 100), (2, 100);
-- session A
UPDATE account SET balance = balance - 10 WHERE id = 1;
UPDATE account SET balance = balance + 10 WHERE id = 2;
-- session B
UPDATE account SET balance = balance - 5 WHERE id = 2;
UPDATE account SET balance = balance + 5 WHERE id = 1;

-- variant: both in the order of the keys
-- session A
UPDATE account SET balance = balance - 10 WHERE id = 1;
UPDATE account SET balance = balance + 10 WHERE id = 2;
-- session B
UPDATE account SET balance = balance + 5 WHERE id = 1;
UPDATE account SET balance = balance - 5 WHERE id = 2;

-- pattern: COUNT, then INSERT
CREATE TABLE booking (slot int, who text);
CREATE INDEX ON booking (slot);
-- session A
SELECT count(*) AS n FROM booking WHERE slot = 5 \gset
INSERT INTO booking VALUES (5, 'a' || :n);
-- session B
SELECT count(*) AS n FROM booking WHERE slot = 5 \gset
INSERT INTO booking VALUES (5, 'b' || :n);

-- pattern: check that a key is absent, INSERT; no unique index
CREATE TABLE booking (slot int, who text);
CREATE INDEX ON booking (slot);
-- session A
SELECT count(*) = 0 AS absent FROM booking WHERE slot = 5 \gset
\if :absent
INSERT INTO booking VALUES (5, 'a');
\endif
-- session B
SELECT count(*) = 0 AS absent FROM booking WHERE slot = 5 \gset
\if :absent
INSERT INTO booking VALUES (5, 'b');
\endif

-- variant: one INSERT … SELECT WHERE NOT EXISTS
-- session A
INSERT INTO booking SELECT 5, 'a' WHERE NOT EXISTS (SELECT FROM booking WHERE slot = 5);
-- session B
INSERT INTO booking SELECT 5, 'b' WHERE NOT EXISTS (SELECT FROM booking WHERE slot = 5);

-- variant: check FOR UPDATE
-- session A
SELECT slot FROM booking WHERE slot = 5 FOR UPDATE;
\if :ROW_COUNT
\else
INSERT INTO booking VALUES (5, 'a');
\endif
-- session B
SELECT slot FROM booking WHERE slot = 5 FOR UPDATE;
\if :ROW_COUNT
\else
INSERT INTO booking VALUES (5, 'b');
\endif

-- variant: LOCK TABLE SHARE ROW EXCLUSIVE first
-- session A
LOCK TABLE booking IN SHARE ROW EXCLUSIVE MODE;
SELECT count(*) = 0 AS absent FROM booking WHERE slot = 5 \gset
\if :absent
INSERT INTO booking VALUES (5, 'a');
\endif
-- session B
LOCK TABLE booking IN SHARE ROW EXCLUSIVE MODE;
SELECT count(*) = 0 AS absent FROM booking WHERE slot = 5 \gset
\if :absent
INSERT INTO booking VALUES (5, 'b');
\endif

-- variant: pg_advisory_xact_lock first
-- session A
SELECT pg_advisory_xact_lock(1);
SELECT count(*) = 0 AS absent FROM booking WHERE slot = 5 \gset
\if :absent
INSERT INTO booking VALUES (5, 'a');
\endif
-- session B
SELECT pg_advisory_xact_lock(1);
SELECT count(*) = 0 AS absent FROM booking WHERE slot = 5 \gset
\if :absent
INSERT INTO booking VALUES (5, 'b');
\endif

-- variant: parent row FOR UPDATE first
CREATE TABLE booking (slot int, who text);
CREATE INDEX ON booking (slot);
CREATE TABLE parent (id int PRIMARY KEY, total int);
INSERT INTO parent VALUES (1, 0), (2, 0);
-- session A
SELECT 1 FROM parent WHERE id = 1 FOR UPDATE;
SELECT count(*) = 0 AS absent FROM booking WHERE slot = 5 \gset
\if :absent
INSERT INTO booking VALUES (5, 'a');
\endif
-- session B
SELECT 1 FROM parent WHERE id = 1 FOR UPDATE;
SELECT count(*) = 0 AS absent FROM booking WHERE slot = 5 \gset
\if :absent
INSERT INTO booking VALUES (5, 'b');
\endif

-- variant: parent row UPDATEd first
CREATE TABLE booking (slot int, who text);
CREATE INDEX ON booking (slot);
CREATE TABLE parent (id int PRIMARY KEY, total int);
INSERT INTO parent VALUES (1, 0), (2, 0);
-- session A
UPDATE parent SET total = total WHERE id = 1;
SELECT count(*) = 0 AS absent FROM booking WHERE slot = 5 \gset
\if :absent
INSERT INTO booking VALUES (5, 'a');
\endif
-- session B
UPDATE parent SET total = total WHERE id = 1;
SELECT count(*) = 0 AS absent FROM booking WHERE slot = 5 \gset
\if :absent
INSERT INTO booking VALUES (5, 'b');
\endif

-- pattern: check that a key is absent, INSERT; unique index
CREATE TABLE claim (slot int PRIMARY KEY, who text);
-- session A
SELECT count(*) = 0 AS absent FROM claim WHERE slot = 5 \gset
\if :absent
INSERT INTO claim VALUES (5, 'a');
\endif
-- session B
SELECT count(*) = 0 AS absent FROM claim WHERE slot = 5 \gset
\if :absent
INSERT INTO claim VALUES (5, 'b');
\endif

-- variant: INSERT … ON CONFLICT DO NOTHING alone
-- session A
INSERT INTO claim VALUES (5, 'a') ON CONFLICT DO NOTHING;
-- session B
INSERT INTO claim VALUES (5, 'b') ON CONFLICT DO NOTHING;

-- variant: check, then INSERT … ON CONFLICT DO NOTHING
-- session A
SELECT count(*) FROM claim WHERE slot = 5;
INSERT INTO claim VALUES (5, 'a') ON CONFLICT DO NOTHING;
-- session B
SELECT count(*) FROM claim WHERE slot = 5;
INSERT INTO claim VALUES (5, 'b') ON CONFLICT DO NOTHING;

-- variant: INSERT … ON CONFLICT DO UPDATE, relative
-- session A
INSERT INTO claim VALUES (5, 'a') ON CONFLICT (slot) DO UPDATE SET who = claim.who || 'a';
-- session B
INSERT INTO claim VALUES (5, 'b') ON CONFLICT (slot) DO UPDATE SET who = claim.who || 'b';

-- variant: UPDATE, and INSERT when there was no row
-- session A
UPDATE claim SET who = who || 'a' WHERE slot = 5 RETURNING slot;
\if :ROW_COUNT
\else
INSERT INTO claim VALUES (5, 'a');
\endif
-- session B
UPDATE claim SET who = who || 'b' WHERE slot = 5 RETURNING slot;
\if :ROW_COUNT
\else
INSERT INTO claim VALUES (5, 'b');
\endif

-- variant: MERGE
-- session A
MERGE INTO claim USING (VALUES (5)) AS wanted (slot) ON claim.slot = wanted.slot
    WHEN MATCHED THEN UPDATE SET who = who || 'a'
    WHEN NOT MATCHED THEN INSERT VALUES (5, 'a');
-- session B
MERGE INTO claim USING (VALUES (5)) AS wanted (slot) ON claim.slot = wanted.slot
    WHEN MATCHED THEN UPDATE SET who = who || 'b'
    WHEN NOT MATCHED THEN INSERT VALUES (5, 'b');

-- pattern: max(key) + 1, then INSERT; unique index
CREATE TABLE claim (slot int PRIMARY KEY, who text);
-- session A
SELECT coalesce(max(slot), 0) + 1 AS next FROM claim \gset
INSERT INTO claim VALUES (:next, 'a');
-- session B
SELECT coalesce(max(slot), 0) + 1 AS next FROM claim \gset
INSERT INTO claim VALUES (:next, 'b');

-- pattern: INSERTs of different keys
CREATE TABLE claim (slot int PRIMARY KEY, who text);
-- session A
INSERT INTO claim VALUES (1, 'a');
-- session B
INSERT INTO claim VALUES (2, 'b');

-- pattern: check the parent, INSERT a child; DELETE parent and children; no foreign key
CREATE TABLE parent (id int PRIMARY KEY, total int);
CREATE TABLE child (parent_id int);
INSERT INTO parent VALUES (1, 0), (2, 0);
-- session A
SELECT count(*) = 1 AS present FROM parent WHERE id = 2 \gset
\if :present
INSERT INTO child VALUES (2);
\endif
-- session B
DELETE FROM child WHERE parent_id = 2;
DELETE FROM parent WHERE id = 2;

-- variant: check FOR KEY SHARE, the parent deleted first
-- session A
SELECT id FROM parent WHERE id = 2 FOR KEY SHARE;
\if :ROW_COUNT
INSERT INTO child VALUES (2);
\endif
-- session B
DELETE FROM parent WHERE id = 2;
DELETE FROM child WHERE parent_id = 2;

-- variant: foreign key
CREATE TABLE parent (id int PRIMARY KEY, total int);
CREATE TABLE child (parent_id int REFERENCES parent);
INSERT INTO parent VALUES (1, 0), (2, 0);
-- session A
SELECT count(*) = 1 AS present FROM parent WHERE id = 2 \gset
\if :present
INSERT INTO child VALUES (2);
\endif
-- session B
DELETE FROM child WHERE parent_id = 2;
DELETE FROM parent WHERE id = 2;

-- pattern: INSERT a line, recompute the stored total
CREATE TABLE parent (id int PRIMARY KEY, total int);
CREATE TABLE line (parent_id int, amount int);
INSERT INTO parent VALUES (1, 0), (2, 0);
-- session A
INSERT INTO line VALUES (1, 10);
UPDATE parent SET total = (SELECT sum(amount) FROM line WHERE parent_id = 1) WHERE id = 1;
-- session B
INSERT INTO line VALUES (1, 20);
UPDATE parent SET total = (SELECT sum(amount) FROM line WHERE parent_id = 1) WHERE id = 1;

-- variant: parent row FOR UPDATE before the line
-- session A
SELECT 1 FROM parent WHERE id = 1 FOR UPDATE;
INSERT INTO line VALUES (1, 10);
UPDATE parent SET total = (SELECT sum(amount) FROM line WHERE parent_id = 1) WHERE id = 1;
-- session B
SELECT 1 FROM parent WHERE id = 1 FOR UPDATE;
INSERT INTO line VALUES (1, 20);
UPDATE parent SET total = (SELECT sum(amount) FROM line WHERE parent_id = 1) WHERE id = 1;

-- variant: relative total
-- session A
INSERT INTO line VALUES (1, 10);
UPDATE parent SET total = total + 10 WHERE id = 1;
-- session B
INSERT INTO line VALUES (1, 20);
UPDATE parent SET total = total + 20 WHERE id = 1;

-- pattern: queue, UPDATE WHERE id = (SELECT … LIMIT 1)
CREATE TABLE job (id int PRIMARY KEY, state text, who text);
INSERT INTO job VALUES (1, 'new', NULL), (2, 'new', NULL), (3, 'new', NULL);
-- session A
UPDATE job SET state = 'run', who = 'a'
    WHERE id = (SELECT id FROM job WHERE state = 'new' ORDER BY id LIMIT 1) RETURNING id;
-- session B
UPDATE job SET state = 'run', who = 'b'
    WHERE id = (SELECT id FROM job WHERE state = 'new' ORDER BY id LIMIT 1) RETURNING id;

-- variant: sub-SELECT FOR UPDATE SKIP LOCKED
-- session A
UPDATE job SET state = 'run', who = 'a'
    WHERE id = (SELECT id FROM job WHERE state = 'new' ORDER BY id LIMIT 1
                FOR UPDATE SKIP LOCKED) RETURNING id;
-- session B
UPDATE job SET state = 'run', who = 'b'
    WHERE id = (SELECT id FROM job WHERE state = 'new' ORDER BY id LIMIT 1
                FOR UPDATE SKIP LOCKED) RETURNING id;

-- variant: sub-SELECT FOR UPDATE
-- session A
UPDATE job SET state = 'run', who = 'a'
    WHERE id = (SELECT id FROM job WHERE state = 'new' ORDER BY id LIMIT 1
                FOR UPDATE) RETURNING id;
-- session B
UPDATE job SET state = 'run', who = 'b'
    WHERE id = (SELECT id FROM job WHERE state = 'new' ORDER BY id LIMIT 1
                FOR UPDATE) RETURNING id;

-- pattern: a receipt, the close of its day, and a report that only reads
CREATE TABLE day (id int PRIMARY KEY, open int);
CREATE TABLE receipt (day int, who text);
CREATE INDEX ON receipt (day);
INSERT INTO day VALUES (1, 100);
-- session receipt
SELECT open FROM day WHERE id = 1 \gset
INSERT INTO receipt VALUES (:open, 'r');
-- session close
UPDATE day SET open = open + 1 WHERE id = 1;
-- session report
SELECT (SELECT open FROM day WHERE id = 1), (SELECT count(*) FROM receipt WHERE day = 100);

-- pattern: read one row, add to another; the other program writes the first and adds as well
CREATE TABLE product (id int PRIMARY KEY, price int NOT NULL);
CREATE TABLE counter (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO product VALUES (1, 10);
INSERT INTO counter VALUES (1, 0);
-- session A
SELECT price FROM product WHERE id = 1;
UPDATE counter SET n = n + 1 WHERE id = 1;
-- session B
UPDATE product SET price = 20 WHERE id = 1;
UPDATE counter SET n = n + 1 WHERE id = 1;

-- variant: one of the two returns what it has counted
-- session A
SELECT price FROM product WHERE id = 1;
UPDATE counter SET n = n + 1 WHERE id = 1 RETURNING n;
-- session B
UPDATE product SET price = 20 WHERE id = 1;
UPDATE counter SET n = n + 1 WHERE id = 1;

-- variant: INSERT … ON CONFLICT DO NOTHING of one row instead
-- session A
SELECT price FROM product WHERE id = 1;
INSERT INTO counter VALUES (2, 1) ON CONFLICT (id) DO NOTHING;
-- session B
UPDATE product SET price = 20 WHERE id = 1;
INSERT INTO counter VALUES (2, 5) ON CONFLICT (id) DO NOTHING;

-- pattern: FOR UPDATE by a condition, and a row that comes to fulfil it
CREATE TABLE doctor (id int PRIMARY KEY, ward int NOT NULL);
CREATE INDEX doctor_ward ON doctor (ward);
CREATE TABLE ward (id int PRIMARY KEY, state text NOT NULL);
INSERT INTO doctor VALUES (1, 2), (2, 1);
INSERT INTO ward VALUES (2, 'open');
-- session A
SELECT id FROM doctor WHERE ward = 2 FOR UPDATE;
UPDATE ward SET state = 'closed' WHERE id = 2;
-- session B
SELECT state FROM ward WHERE id = 2;
UPDATE doctor SET ward = 2 WHERE id = 2;

-- pattern: one counts the rows of a total anew, the other adds a row and one to the total
CREATE TABLE account (id int PRIMARY KEY, entries int NOT NULL);
CREATE TABLE entry (account_id int NOT NULL, amount int NOT NULL);
CREATE INDEX entry_account ON entry (account_id);
INSERT INTO account VALUES (1, 0);
-- session A
UPDATE account SET entries = (SELECT count(*) FROM entry WHERE account_id = 1) WHERE id = 1;
-- session B
INSERT INTO entry VALUES (1, 5);
UPDATE account SET entries = entries + 1 WHERE id = 1;
