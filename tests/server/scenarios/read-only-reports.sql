-- Reports: READ ONLY, DEFERRABLE, and what readers do to writers at SERIALIZABLE.

-- scenario: ro-serializable-is-aborted
-- READ ONLY does not save a SERIALIZABLE transaction from failing.
CREATE TABLE bank_account (id TEXT PRIMARY KEY, balance DECIMAL NOT NULL);
INSERT INTO bank_account (id, balance) VALUES ('X', 0), ('Y', 0);

-- session wx
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT id, balance FROM bank_account WHERE id IN ('X', 'Y');
-- session dy
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT balance FROM bank_account WHERE id = 'Y';
UPDATE bank_account SET balance = 20 WHERE id = 'Y';
COMMIT;
-- session wx
UPDATE bank_account SET balance = -11 WHERE id = 'X';
-- session ro
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SELECT 1;
-- session wx
COMMIT;                                                      --> COMMIT
-- session ro
SELECT id, balance FROM bank_account WHERE id IN ('X', 'Y') ORDER BY id; --> ERROR 40001
ROLLBACK;

-- scenario: ro-serializable-kills-writer
-- The report may be the reason why a writer fails.
CREATE TABLE bank_account (id TEXT PRIMARY KEY, balance DECIMAL NOT NULL);
INSERT INTO bank_account (id, balance) VALUES ('X', 0), ('Y', 0);

-- session wx
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT id, balance FROM bank_account WHERE id IN ('X', 'Y');
-- session dy
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT balance FROM bank_account WHERE id = 'Y';
UPDATE bank_account SET balance = 20 WHERE id = 'Y';
COMMIT;
-- session ro
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SELECT id, balance FROM bank_account WHERE id IN ('X', 'Y') ORDER BY id;
COMMIT;
-- session wx
UPDATE bank_account SET balance = -11 WHERE id = 'X';        --> ERROR 40001
ROLLBACK;

-- scenario: ro-anomaly-rr-report
-- A report at REPEATABLE READ sees a state that no serial order has, and nobody fails.
CREATE TABLE bank_account (id TEXT PRIMARY KEY, balance DECIMAL NOT NULL);
INSERT INTO bank_account (id, balance) VALUES ('X', 0), ('Y', 0);

-- session wx
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT id, balance FROM bank_account WHERE id IN ('X', 'Y');
-- session dy
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT balance FROM bank_account WHERE id = 'Y';
UPDATE bank_account SET balance = 20 WHERE id = 'Y';
COMMIT;
-- session ro
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT id, balance FROM bank_account WHERE id IN ('X', 'Y') ORDER BY id; --> X, 0; Y, 20
COMMIT;
-- session wx
UPDATE bank_account SET balance = -11 WHERE id = 'X';        --> UPDATE 1
COMMIT;                                                      --> COMMIT
-- finally: read skew

-- scenario: ro-deferrable-waits
-- A DEFERRABLE report waits at its first query, and takes no predicate lock afterwards.
CREATE TABLE bank_account (id TEXT PRIMARY KEY, balance DECIMAL NOT NULL);
INSERT INTO bank_account (id, balance) VALUES ('X', 0), ('Y', 0);

-- session wx
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT id, balance FROM bank_account WHERE id IN ('X', 'Y');
-- session dy
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT balance FROM bank_account WHERE id = 'Y';
UPDATE bank_account SET balance = 20 WHERE id = 'Y';
COMMIT;
-- session ro
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;     --> BEGIN
SELECT id, balance FROM bank_account WHERE id IN ('X', 'Y') ORDER BY id; --> waits
-- session wx
UPDATE bank_account SET balance = -11 WHERE id = 'X';        --> UPDATE 1
COMMIT;                                                      --> COMMIT
-- session ro goes on                                        --> X, -11; Y, 20
SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock' AND pid = pg_backend_pid(); --> 0
COMMIT;                                                      --> COMMIT

-- scenario: ro-deferrable-waits-for-idle
-- It waits for a transaction that does nothing, too.
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);
CREATE TABLE u (id int PRIMARY KEY);
INSERT INTO u VALUES (1);

-- session w
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM u;
-- session ro
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT * FROM t;                                             --> waits
-- session w
COMMIT;
-- session ro goes on                                        --> 1
COMMIT;

-- scenario: ro-deferrable-not-blocked-by-declared-readers
-- It does not wait for transactions that are declared READ ONLY.
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);

-- session w
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SELECT * FROM t;
-- session ro
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT * FROM t;                                             --> 1
COMMIT;
-- session w
COMMIT;

-- scenario: ro-deferrable-not-blocked-by-rr-rc
-- Nor for writers at other levels.
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);

-- session w
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE t SET id = 2;
-- session x
BEGIN;
INSERT INTO t VALUES (3);
-- session ro
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT * FROM t;                                             --> 1
COMMIT;
-- session w
COMMIT;
-- session x
COMMIT;

-- scenario: deferrable-no-effect
-- Elsewhere the word DEFERRABLE is accepted and does nothing.
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);
CREATE TABLE u (id int PRIMARY KEY);
INSERT INTO u VALUES (1);

-- session w
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM u;
-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY DEFERRABLE;  --> BEGIN
SELECT * FROM t;                                             --> 1
SHOW transaction_deferrable;                                 --> on
COMMIT;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE DEFERRABLE;               --> BEGIN
SELECT * FROM t;                                             --> 1
SELECT count(*) > 0 FROM pg_locks WHERE mode = 'SIReadLock' AND pid = pg_backend_pid(); --> t
COMMIT;
-- session c
BEGIN READ ONLY DEFERRABLE;                                  --> BEGIN
SELECT * FROM t;                                             --> 1
COMMIT;
-- session w
COMMIT;

-- scenario: deferrable-after-first-query-ro
-- READ ONLY that comes after the first query does not undo predicate locks, and others wait for it.
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM t;
SET TRANSACTION READ ONLY;                                   --> SET
SELECT count(*) > 0 FROM pg_locks WHERE mode = 'SIReadLock' AND pid = pg_backend_pid(); --> t
-- session ro
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT * FROM t;                                             --> waits
-- session a
COMMIT;
-- session ro goes on                                        --> 1
COMMIT;

-- scenario: ro-opt-out-alone
-- With no writer around, a READ ONLY transaction takes no predicate locks.
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SELECT * FROM t;
SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock';     --> 0
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM t;
SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock';     --> 1
COMMIT;

-- scenario: ro-releases-when-safe
-- A READ ONLY transaction drops its predicate locks when the last writer that was open has ended.
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);

-- session w
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT 1;
-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SELECT * FROM t;
SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock';     --> 1
-- session w
COMMIT;
-- session a
SELECT * FROM t;
SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock';     --> 0
COMMIT;

-- scenario: siread-outlives-commit
-- Predicate locks outlive COMMIT while a transaction that overlapped is open.
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);
CREATE TABLE u (id int PRIMARY KEY);
INSERT INTO u VALUES (1);

-- session w
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM u;
-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM t;
INSERT INTO t VALUES (7);
COMMIT;
SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock' AND relation = 't'::regclass; --> 1
-- session w
COMMIT;
-- session a
SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock';     --> 0

-- scenario: receipt-report
-- A receipt of a day that is already closed: no two of the three transactions conflict in a cycle.
CREATE TABLE ctl_t (k text PRIMARY KEY, deposit_date date);
INSERT INTO ctl_t VALUES ('receipt', '2008-12-22');
CREATE TABLE receipt (receipt_no int PRIMARY KEY, deposit_date date, amount int);
INSERT INTO receipt VALUES (1, '2008-12-22', 1), (2, '2008-12-22', 2);

-- session new
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO receipt VALUES (3, (SELECT deposit_date FROM ctl_t WHERE k = 'receipt'), 4);
-- session close
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE ctl_t SET deposit_date = '2008-12-23' WHERE k = 'receipt';
COMMIT;
-- session rep
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM ctl_t;
SELECT count(*) FROM receipt WHERE deposit_date = '2008-12-22'; --> 2
COMMIT;
-- session new
COMMIT;                                                      --> COMMIT
-- finally: read skew
SELECT count(*) FROM receipt WHERE deposit_date = '2008-12-22'; --> 3

-- scenario: autocommit-select-can-fail-at-serializable
-- A SELECT alone takes part in conflict detection too: it makes a writer fail.
CREATE TABLE bank_account (id TEXT PRIMARY KEY, balance DECIMAL NOT NULL);
INSERT INTO bank_account (id, balance) VALUES ('X', 0), ('Y', 0);

-- session ro
SET default_transaction_isolation = 'serializable';
-- session wx
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT id, balance FROM bank_account WHERE id IN ('X', 'Y');
-- session dy
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT balance FROM bank_account WHERE id = 'Y';
UPDATE bank_account SET balance = 20 WHERE id = 'Y';
COMMIT;
-- session ro
SELECT * FROM bank_account ORDER BY id;                      --> X, 0; Y, 20
-- session wx
UPDATE bank_account SET balance = -11 WHERE id = 'X';        --> ERROR 40001
ROLLBACK;
