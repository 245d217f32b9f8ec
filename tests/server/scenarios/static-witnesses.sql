-- Schedules of known benchmarks, and what the columns and keys of a statement decide.

-- scenario: tpcc-row-level-false-positive
-- New-Order reads another column of the row that Payment writes, and fails with a report around.
CREATE TABLE warehouse (w_id int PRIMARY KEY, w_tax numeric, w_ytd numeric) WITH (fillfactor=50);
INSERT INTO warehouse SELECT g, 0.1, 0 FROM generate_series(1,500) g;
CREATE TABLE district (d_w int, d_id int, d_ytd numeric, d_next int, PRIMARY KEY(d_w,d_id))
    WITH (fillfactor=50);
INSERT INTO district SELECT w, d, 0, 1 FROM generate_series(1,500) w, generate_series(1,10) d;
ANALYZE;

-- session newo
SET enable_seqscan = off;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT w_tax FROM warehouse WHERE w_id = 1;
-- session pay
SET enable_seqscan = off;
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE warehouse SET w_ytd = w_ytd + 5 WHERE w_id = 1;
UPDATE district SET d_ytd = d_ytd + 5 WHERE d_w = 1 AND d_id = 1;
COMMIT;                                                      --> COMMIT
-- session slev
SET enable_seqscan = off;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SELECT d_next FROM district WHERE d_w = 1 AND d_id = 2;
-- session newo
UPDATE district SET d_next = d_next + 1 WHERE d_w = 1 AND d_id = 2; --> ERROR 40001
ROLLBACK;
-- session slev
COMMIT;

-- scenario: tpcc-same-without-report
-- Without the report it does not.
CREATE TABLE warehouse (w_id int PRIMARY KEY, w_tax numeric, w_ytd numeric) WITH (fillfactor=50);
INSERT INTO warehouse SELECT g, 0.1, 0 FROM generate_series(1,500) g;
CREATE TABLE district (d_w int, d_id int, d_ytd numeric, d_next int, PRIMARY KEY(d_w,d_id))
    WITH (fillfactor=50);
INSERT INTO district SELECT w, d, 0, 1 FROM generate_series(1,500) w, generate_series(1,10) d;
ANALYZE;

-- session newo
SET enable_seqscan = off;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT w_tax FROM warehouse WHERE w_id = 1;
-- session pay
SET enable_seqscan = off;
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE warehouse SET w_ytd = w_ytd + 5 WHERE w_id = 1;
COMMIT;
-- session newo
UPDATE district SET d_next = d_next + 1 WHERE d_w = 1 AND d_id = 2; --> UPDATE 1
COMMIT;                                                      --> COMMIT

-- scenario: tpcc-rr-column-level-safe
-- At REPEATABLE READ the same order of events is a serial one.
CREATE TABLE warehouse (w_id int PRIMARY KEY, w_tax numeric, w_ytd numeric);
INSERT INTO warehouse VALUES (1, 0.1, 0);
CREATE TABLE district (d_w int, d_id int, d_ytd numeric, d_next int, PRIMARY KEY(d_w,d_id));
INSERT INTO district VALUES (1,1,0,1),(1,2,0,1);

-- session newo
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT w_tax FROM warehouse WHERE w_id = 1;
-- session pay
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE warehouse SET w_ytd = w_ytd + 5 WHERE w_id = 1;
UPDATE district SET d_ytd = d_ytd + 5 WHERE d_w = 1 AND d_id = 1;
COMMIT;
-- session slev
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT d_next FROM district WHERE d_w = 1 AND d_id = 2;
-- session newo
UPDATE district SET d_next = d_next + 1 WHERE d_w = 1 AND d_id = 2; --> UPDATE 1
COMMIT;                                                      --> COMMIT
-- session slev
COMMIT;                                                      --> COMMIT

-- scenario: tpcc-payment-new-order-same-district-rr
-- Different columns of one row are one row.
CREATE TABLE district (d_w int, d_id int, d_ytd numeric, d_next int, PRIMARY KEY(d_w,d_id));
INSERT INTO district VALUES (1,1,0,1),(1,2,0,1);

-- session newo
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE district SET d_next = d_next + 1 WHERE d_w = 1 AND d_id = 1;
-- session pay
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE district SET d_ytd = d_ytd + 5 WHERE d_w = 1 AND d_id = 1; --> waits
-- session newo
COMMIT;
-- session pay goes on                                       --> ERROR 40001
ROLLBACK;

-- scenario: rc-two-balances-disagree
-- Two reports of two SELECTs each see two deposits in opposite orders.
CREATE TABLE saving (cid int PRIMARY KEY, bal int);
CREATE TABLE checking (cid int PRIMARY KEY, bal int);
INSERT INTO saving VALUES (1,10);
INSERT INTO checking VALUES (1,10);

-- session x
BEGIN READ ONLY;
-- session y
BEGIN READ ONLY;
-- session x
SELECT bal FROM saving WHERE cid = 1;                        --> 10
-- session ts
UPDATE saving SET bal = bal + 5 WHERE cid = 1;
-- session y
SELECT bal FROM saving WHERE cid = 1;                        --> 15
SELECT bal FROM checking WHERE cid = 1;                      --> 10
-- session dc
UPDATE checking SET bal = bal + 7 WHERE cid = 1;
-- session x
SELECT bal FROM checking WHERE cid = 1;                      --> 17
COMMIT;
-- session y
COMMIT;
-- finally: read skew

-- scenario: smallbank-writecheck-pivot-ser
-- WriteCheck stands between Balance and TransactSaving, and fails.
CREATE TABLE saving (cid int PRIMARY KEY, bal int);
CREATE TABLE checking (cid int PRIMARY KEY, bal int);
INSERT INTO saving VALUES (1,10);
INSERT INTO checking VALUES (1,10);

-- session wc
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT s.bal + c.bal FROM saving s JOIN checking c USING (cid) WHERE cid = 1; --> 20
-- session ts
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE saving SET bal = bal - 10 WHERE cid = 1;
COMMIT;                                                      --> COMMIT
-- session bal
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT s.bal + c.bal FROM saving s JOIN checking c USING (cid) WHERE cid = 1; --> 10
COMMIT;                                                      --> COMMIT
-- session wc
UPDATE checking SET bal = bal - 15 WHERE cid = 1;            --> ERROR 40001
ROLLBACK;

-- scenario: smallbank-reader-before-tout-no-failure
-- A READ ONLY Balance with an older snapshot is harmless.
CREATE TABLE saving (cid int PRIMARY KEY, bal int);
CREATE TABLE checking (cid int PRIMARY KEY, bal int);
INSERT INTO saving VALUES (1,10);
INSERT INTO checking VALUES (1,10);

-- session wc
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT s.bal + c.bal FROM saving s JOIN checking c USING (cid) WHERE cid = 1; --> 20
-- session bal
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SELECT s.bal + c.bal FROM saving s JOIN checking c USING (cid) WHERE cid = 1; --> 20
-- session ts
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE saving SET bal = bal - 10 WHERE cid = 1;
COMMIT;                                                      --> COMMIT
-- session bal
COMMIT;                                                      --> COMMIT
-- session wc
UPDATE checking SET bal = bal - 15 WHERE cid = 1;            --> UPDATE 1
COMMIT;                                                      --> COMMIT

-- scenario: declared-read-only-saves-writer
-- The same without READ ONLY: the writer fails for nothing.
CREATE TABLE saving (cid int PRIMARY KEY, bal int);
CREATE TABLE checking (cid int PRIMARY KEY, bal int);
INSERT INTO saving VALUES (1,10);
INSERT INTO checking VALUES (1,10);

-- session wc
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT s.bal + c.bal FROM saving s JOIN checking c USING (cid) WHERE cid = 1; --> 20
-- session bal
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT s.bal + c.bal FROM saving s JOIN checking c USING (cid) WHERE cid = 1; --> 20
-- session ts
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE saving SET bal = bal - 10 WHERE cid = 1;
COMMIT;                                                      --> COMMIT
-- session wc
UPDATE checking SET bal = bal - 15 WHERE cid = 1;            --> ERROR 40001
ROLLBACK;
-- session bal
COMMIT;                                                      --> COMMIT

-- scenario: unique-constraint-removes-skew
-- A unique key turns the anomaly into an error.
CREATE TABLE booking (room int, slot int, who text, PRIMARY KEY(room, slot));

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
SELECT count(*) FROM booking WHERE room = 1 AND slot = 1;    --> 0
-- session b
SELECT count(*) FROM booking WHERE room = 1 AND slot = 1;    --> 0
-- session a
INSERT INTO booking VALUES (1, 1, 'a');
-- session b
INSERT INTO booking VALUES (1, 1, 'b');                      --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 23505
ROLLBACK;

-- scenario: different-keys-no-edge
-- Different keys of a large table.
CREATE TABLE acct (id int PRIMARY KEY, bal int) WITH (fillfactor=50);
INSERT INTO acct SELECT g, 100 FROM generate_series(1,5000) g;
ANALYZE acct;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT bal FROM acct WHERE id = 1;
-- session b
SELECT bal FROM acct WHERE id = 2;
-- session a
UPDATE acct SET bal = 1 WHERE id = 1;
-- session b
UPDATE acct SET bal = 1 WHERE id = 2;
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> COMMIT

-- scenario: constant-predicate-write-skew
-- Each sums up the rows of one class and inserts the sum into the other.
CREATE TABLE mytab (class int, value int);
INSERT INTO mytab VALUES (1,10),(1,20),(2,100),(2,200);

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
INSERT INTO mytab SELECT 2, sum(value) FROM mytab WHERE class = 1;
-- session b
INSERT INTO mytab SELECT 1, sum(value) FROM mytab WHERE class = 2;
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> COMMIT
-- finally: write skew
SELECT * FROM mytab ORDER BY 1,2;                            --> 1, 10; 1, 20; 1, 300; 2, 30; 2, 100; 2, 200

-- scenario: seed-report-transaction
-- A report at REPEATABLE READ, and updates at every level while it is open.
CREATE TABLE huge (id int PRIMARY KEY, v int);
INSERT INTO huge SELECT g, 1 FROM generate_series(1,10000) g;

-- session rep
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum(v) FROM huge;                                     --> 10000
-- session w1
UPDATE huge SET v = 2 WHERE id < 100;                        --> UPDATE 99
-- session w2
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE huge SET v = 3 WHERE id < 50;
COMMIT;                                                      --> COMMIT
-- session w3
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE huge SET v = 4 WHERE id < 20;
COMMIT;                                                      --> COMMIT
-- session rep
SELECT sum(v) FROM huge;                                     --> 10000
COMMIT;                                                      --> COMMIT

-- scenario: serializable-report-hurts
-- The same report at SERIALIZABLE: a writer fails because of it.
CREATE TABLE huge (id int PRIMARY KEY, v int);
INSERT INTO huge SELECT g, 1 FROM generate_series(1,10000) g;
ANALYZE huge;

-- session w1
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT v FROM huge WHERE id = 9000;
-- session w2
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE huge SET v = 2 WHERE id = 9000;
COMMIT;                                                      --> COMMIT
-- session rep
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT sum(v) FROM huge;
-- session w1
UPDATE huge SET v = 3 WHERE id = 1;                          --> ERROR 40001
ROLLBACK;
-- session rep
COMMIT;
