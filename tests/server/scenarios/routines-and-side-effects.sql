-- Functions, procedures and triggers, handlers of errors, and what a ROLLBACK does not undo.

-- scenario: plpgsql-exception-swallows-40001-rr
-- A handler cannot get a new snapshot, so every attempt fails like the first.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);
CREATE FUNCTION withdraw(n int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..5 LOOP
        BEGIN
            UPDATE acct SET balance = balance - n WHERE id = 1;
            RETURN 'done in try ' || i;
        EXCEPTION
            WHEN serialization_failure THEN
                RAISE NOTICE 'try % failed', i;
        END;
    END LOOP;
    RETURN 'gave up';
END $$;

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT balance FROM acct;
-- session a
UPDATE acct SET balance = 50;
-- session b
SELECT withdraw(10);                                         --> NOTICE try 1 failed and NOTICE try 2 failed and NOTICE try 3 failed and NOTICE try 4 failed and NOTICE try 5 failed and gave up
COMMIT;                                                      --> COMMIT
-- finally
SELECT balance FROM acct;                                    --> 50

-- scenario: plpgsql-exception-others-loses-write
-- A handler for everything turns the failure into a success without the write.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);
CREATE FUNCTION withdraw(n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE acct SET balance = balance - n WHERE id = 1;
EXCEPTION
    WHEN OTHERS THEN
        NULL;
END $$;

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT balance FROM acct;
-- session a
UPDATE acct SET balance = 50;
-- session b
SELECT withdraw(10);                                         --> SELECT 1
COMMIT;                                                      --> COMMIT
-- finally
SELECT balance FROM acct;                                    --> 50

-- scenario: plpgsql-exception-swallows-ssi
-- A handler keeps the transaction going that had to fail.
CREATE TABLE doctor (id int PRIMARY KEY, on_call bool NOT NULL);
INSERT INTO doctor VALUES (1,true),(2,true);
CREATE TABLE log (msg text);
CREATE FUNCTION off(n int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..3 LOOP
        BEGIN
            UPDATE doctor SET on_call = false WHERE id = n;
            RETURN 'done';
        EXCEPTION
            WHEN serialization_failure THEN
                RAISE NOTICE 'try % failed', i;
        END;
    END LOOP;
    INSERT INTO log VALUES ('gave up');
    RETURN 'gave up';
END $$;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT count(*) FROM doctor WHERE on_call;
-- session b
SELECT count(*) FROM doctor WHERE on_call;
-- session a
UPDATE doctor SET on_call = false WHERE id = 1;
COMMIT;
-- session b
SELECT off(2);                                               --> NOTICE try 1 failed and NOTICE try 2 failed and NOTICE try 3 failed and gave up
COMMIT;
-- finally
SELECT count(*) FROM doctor WHERE on_call;                   --> 1
SELECT count(*) FROM log;                                    --> 1

-- scenario: plpgsql-exception-cannot-catch-commit-failure
-- What fails at COMMIT no handler catches.
CREATE TABLE doctor (id int PRIMARY KEY, on_call bool NOT NULL);
INSERT INTO doctor VALUES (1,true),(2,true);
CREATE FUNCTION off(n int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM doctor WHERE on_call) >= 2 THEN
        UPDATE doctor SET on_call = false WHERE id = n;
    END IF;
    RETURN 'done';
EXCEPTION
    WHEN serialization_failure THEN
        RETURN 'caught';
END $$;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT off(1);                                               --> done
-- session b
SELECT off(2);                                               --> done
-- session a
COMMIT;
-- session b
COMMIT;                                                      --> ERROR 40001

-- scenario: deadlock-in-exception-block
-- A deadlock that is caught comes again, because locks from before the savepoint are kept.
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
SAVEPOINT s;
UPDATE acct SET balance = balance + 10 WHERE id = 1;         --> ERROR 40P01
ROLLBACK TO s;
UPDATE acct SET balance = balance + 10 WHERE id = 1;         --> ERROR 40P01
ROLLBACK;
-- session a goes on                                         --> UPDATE 1
COMMIT;

-- scenario: procedure-retry-loop-good
-- A procedure can retry when it rolls back outside the handler and sets the level again.
CREATE TABLE acct (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO acct VALUES (1,100);
CREATE PROCEDURE withdraw(n int) LANGUAGE plpgsql AS $$
DECLARE
    ok bool;
    b int;
BEGIN
    FOR i IN 1..5 LOOP
        ROLLBACK;
        SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
        ok := true;
        BEGIN
            SELECT balance INTO b FROM acct WHERE id = 1;
            PERFORM pg_sleep(0.5);
            UPDATE acct SET balance = b - n WHERE id = 1;
        EXCEPTION
            WHEN serialization_failure THEN
                ok := false;
                RAISE NOTICE 'try % failed at %', i, current_setting('transaction_isolation');
        END;
        IF ok THEN
            COMMIT;
            RETURN;
        END IF;
    END LOOP;
    RAISE EXCEPTION 'gave up';
END $$;

-- session b
CALL withdraw(10);                                           --> waits
-- session a
UPDATE acct SET balance = 50 WHERE id = 1;
-- session b goes on                                         --> NOTICE try 1 failed at repeatable read and CALL
-- finally
SELECT balance FROM acct;                                    --> 40

-- scenario: procedure-commit-in-exception-block
-- Where COMMIT and ROLLBACK are refused: under a handler, in a transaction of the caller.
CREATE TABLE t (x int);

-- session a
DO $$
BEGIN
    BEGIN
        INSERT INTO t VALUES (1);
        COMMIT;
    EXCEPTION
        WHEN unique_violation THEN
            NULL;
    END;
END $$;                                                      --> ERROR 2D000
DO $$ BEGIN INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2); ROLLBACK; END $$; --> DO
-- session control
SELECT count(*) FROM t;                                      --> 1
-- session a
BEGIN;
DO $$ BEGIN INSERT INTO t VALUES (1); COMMIT; END $$;        --> ERROR 2D000
ROLLBACK;
INSERT INTO t VALUES (9) \; DO $$ BEGIN COMMIT; END $$;    --> ERROR 2D000

-- scenario: cursor-loop-commit
-- The rows of the loop are those of before the first COMMIT.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t SELECT g, 0 FROM generate_series(1,3) g;
CREATE PROCEDURE p() LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT id, x FROM t ORDER BY id LOOP
        UPDATE t SET x = r.x + 1 WHERE id = r.id;
        COMMIT;
        PERFORM pg_sleep(0.4);
    END LOOP;
END $$;

-- session a
CALL p();                                                    --> waits
-- session b
UPDATE t SET x = 100 WHERE id = 3;
-- session a goes on                                         --> CALL
-- finally: lost update
SELECT x FROM t WHERE id = 3;                                --> 1

-- scenario: nextval-not-rolled-back
-- Sequences do not roll back.
CREATE SEQUENCE sq;
CREATE TABLE t (id serial, x int);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT nextval('sq');                                        --> 1
SELECT setval('sq', 100);
ROLLBACK;
SELECT nextval('sq');                                        --> 101

-- scenario: sequence-visible-at-once
-- Sequences are outside every snapshot.
CREATE SEQUENCE sq;

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT last_value, is_called FROM sq;                        --> 1, f
-- session b
SELECT nextval('sq'), nextval('sq');
-- session a
SELECT last_value FROM sq;                                   --> 2
COMMIT;

-- scenario: notify-transactional
-- NOTIFY waits for COMMIT, and says the same thing once.

-- session l
LISTEN ch;
-- session a
BEGIN;
NOTIFY ch, 'x';
NOTIFY ch, 'x';
ROLLBACK;
-- session l
SELECT 1;                                                    --> 1
-- session a
BEGIN;
NOTIFY ch, 'x';
NOTIFY ch, 'x';
COMMIT;
-- session l
SELECT 1;                                                    --> NOTIFICATION ch x and 1

-- scenario: dblink-not-transactional
-- What another connection does stays done.
CREATE EXTENSION IF NOT EXISTS dblink;
CREATE TABLE t (x int);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT dblink_exec('dbname=' || current_database() || ' port=' || current_setting('port') || ' host=' || current_setting('unix_socket_directories'), 'INSERT INTO t VALUES (1)');
ROLLBACK;
-- finally
SELECT count(*) FROM t;                                      --> 1

-- scenario: session-advisory-lock-survives-rollback
-- A session's advisory lock is counted, and ROLLBACK does not give it back.

-- session a
BEGIN;
SELECT pg_advisory_lock(7);
ROLLBACK;
BEGIN;
SELECT pg_advisory_lock(7);
ROLLBACK;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid(); --> 1
SELECT pg_advisory_unlock(7);                                --> t
-- session b
SELECT pg_try_advisory_lock(7);                              --> f
-- session a
SELECT pg_advisory_unlock(7);                                --> t
-- session b
SELECT pg_try_advisory_lock(7);                              --> t

-- scenario: set-not-undone-on-commit
-- SET lasts after COMMIT and not after ROLLBACK.

-- session a
BEGIN;
SET work_mem = '9MB';
ROLLBACK;
SHOW work_mem;                                               --> 4MB
BEGIN;
SET work_mem = '9MB';
COMMIT;
SHOW work_mem;                                               --> 9MB

-- scenario: copy-to-program-not-transactional
-- A program that was run was run, even in a READ ONLY transaction.

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
COPY (SELECT 'x') TO PROGRAM 'cat >isolint_side_effect';     --> COPY 1
ROLLBACK;
SELECT length(pg_read_file('isolint_side_effect')) > 0;      --> t
COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; rm isolint_side_effect';

-- scenario: trigger-hides-write
-- A trigger makes two plain INSERTs write one row.
CREATE TABLE ord (id int, amt int);
CREATE TABLE tot (k int PRIMARY KEY, total int);
INSERT INTO tot VALUES (1, 0);
CREATE FUNCTION bump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tot SET total = total + NEW.amt WHERE k = 1;
    RETURN NEW;
END $$;
CREATE TRIGGER t AFTER INSERT ON ord FOR EACH ROW EXECUTE FUNCTION bump();

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
INSERT INTO ord VALUES (1, 10);
-- session b
INSERT INTO ord VALUES (2, 10);                              --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 40001
ROLLBACK;

-- scenario: deferred-trigger-fails-at-commit
-- A deferred check of a foreign key fails at COMMIT.
CREATE TABLE p (id int PRIMARY KEY, x int);
CREATE TABLE c (id int, pid int REFERENCES p DEFERRABLE INITIALLY DEFERRED);
INSERT INTO p VALUES (1, 0);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO c VALUES (1, 1);
-- session a
DELETE FROM p WHERE id = 1;
-- session b
COMMIT;                                                      --> ERROR 40001

-- scenario: matview-refresh-serializable
-- Reading a materialized view takes no predicate lock.
CREATE TABLE t (x int);
INSERT INTO t VALUES (1);
CREATE MATERIALIZED VIEW mv AS SELECT count(*) AS n FROM t;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT n FROM mv;
-- session b
SELECT n FROM mv;
-- session a
INSERT INTO t VALUES (2);
-- session b
INSERT INTO t VALUES (3);
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> COMMIT

-- scenario: cursor-where-current-of-rr
-- WHERE CURRENT OF updates like any UPDATE.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0);

-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
DECLARE c CURSOR FOR SELECT * FROM t;
FETCH c;
-- session a
UPDATE t SET x = 5;
-- session b
UPDATE t SET x = x + 1 WHERE CURRENT OF c;                   --> ERROR 40001
ROLLBACK;

-- scenario: cursor-where-current-of-rc
-- At READ COMMITTED it updates the newest version, not the one that was fetched.
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1,0);

-- session b
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM t;
FETCH c;
-- session a
UPDATE t SET x = 5;
-- session b
UPDATE t SET x = x + 1 WHERE CURRENT OF c;
COMMIT;
-- finally
SELECT x FROM t;                                             --> 6

-- scenario: loop-overwrites-what-changed-after-it-was-read
-- All rows are read before the first of them is written.
CREATE TABLE acct (id int PRIMARY KEY, owner int NOT NULL, balance int NOT NULL);
INSERT INTO acct VALUES (1,1,10), (2,1,20);
CREATE FUNCTION pay_interest(o int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT id, balance FROM acct WHERE owner = o ORDER BY id LOOP
        UPDATE acct SET balance = r.balance + 1 WHERE id = r.id;
    END LOOP;
END $$;

-- session b
BEGIN;
UPDATE acct SET balance = balance - 15 WHERE id = 2;
-- session a
BEGIN;
SELECT pay_interest(1);                                      --> waits
-- session b
COMMIT;
-- session a goes on                                         --> SELECT 1
COMMIT;
-- finally: lost update
SELECT id, balance FROM acct ORDER BY id;                    --> 1, 11; 2, 21

-- scenario: loop-locks-what-it-reads
-- With FOR UPDATE it waits before it knows what is in the row.
CREATE TABLE acct (id int PRIMARY KEY, owner int NOT NULL, balance int NOT NULL);
INSERT INTO acct VALUES (1,1,10), (2,1,20);
CREATE FUNCTION pay_interest(o int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT id, balance FROM acct WHERE owner = o ORDER BY id FOR UPDATE LOOP
        UPDATE acct SET balance = r.balance + 1 WHERE id = r.id;
    END LOOP;
END $$;

-- session b
BEGIN;
UPDATE acct SET balance = balance - 15 WHERE id = 2;
-- session a
BEGIN;
SELECT pay_interest(1);                                      --> waits
-- session b
COMMIT;
-- session a goes on                                         --> SELECT 1
COMMIT;
-- finally
SELECT id, balance FROM acct ORDER BY id;                    --> 1, 11; 2, 6

-- scenario: loop-comes-back-to-a-row-of-the-first-one
-- The row that a run has changed before its loop comes first, and the one that the other has changed
-- second; for the other it is the reverse.
CREATE TABLE acct (id int PRIMARY KEY, owner int NOT NULL, balance int NOT NULL);
INSERT INTO acct VALUES (1,1,10), (2,1,20);
CREATE FUNCTION pay_interest(o int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT id FROM acct WHERE owner = o ORDER BY id LOOP
        UPDATE acct SET balance = balance + 1 WHERE id = r.id;
    END LOOP;
END $$;

-- session a
BEGIN;
UPDATE acct SET balance = balance - 5 WHERE id = 2;
-- session b
BEGIN;
SELECT pay_interest(1);                                      --> waits
-- session a
SELECT pay_interest(1);                                      --> ERROR 40P01
ROLLBACK;
-- session b goes on                                         --> SELECT 1
COMMIT;

-- scenario: function-counts-what-another-run-takes-away-rr
-- Each run counts two, and takes one of its own away.
CREATE TABLE doctor (id int PRIMARY KEY, ward int NOT NULL, on_call boolean NOT NULL);
INSERT INTO doctor VALUES (1,7,true), (2,7,true);
CREATE FUNCTION go_home(d int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM doctor WHERE ward = 7 AND on_call) > 1 THEN
        UPDATE doctor SET on_call = false WHERE id = d;
    END IF;
END $$;

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT go_home(1);
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT go_home(2);
COMMIT;                                                      --> COMMIT
-- session a
COMMIT;                                                      --> COMMIT
-- finally: write skew
SELECT count(*) FROM doctor WHERE on_call;                   --> 0

-- scenario: function-counts-what-another-run-adds
-- None is added where one is there: not while the other is not committed, which is not counted.
CREATE TABLE doctor (id int PRIMARY KEY, ward int NOT NULL);
CREATE FUNCTION come(d int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n int;
BEGIN
    SELECT count(*) INTO n FROM doctor WHERE ward = 7;
    IF n < 1 THEN
        INSERT INTO doctor VALUES (d, 7);
    END IF;
END $$;

-- session a
BEGIN;
SELECT come(1);
-- session b
BEGIN;
SELECT come(2);
COMMIT;                                                      --> COMMIT
-- session a
COMMIT;                                                      --> COMMIT
-- finally: phantom
SELECT count(*) FROM doctor;                                 --> 2

-- scenario: count-in-function-with-one-row-of-its-own
-- Both may set the row to 0, as they would one after the other: nobody is told how many rows that were.
CREATE TABLE doctor (id int PRIMARY KEY, ward int NOT NULL, shifts int NOT NULL);
INSERT INTO doctor VALUES (1,7,3), (2,7,2);
CREATE FUNCTION rest() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM doctor WHERE ward = 7 AND shifts > 0) > 0 THEN
        UPDATE doctor SET shifts = 0 WHERE id = 1;
    END IF;
END $$;

-- session a
BEGIN;
SELECT rest();
-- session b
BEGIN;
SELECT rest();                                               --> waits
-- session a
COMMIT;
-- session b goes on                                         --> SELECT 1
COMMIT;
-- finally
SELECT shifts FROM doctor ORDER BY id;                       --> 0; 2

-- scenario: function-counts-whether-there-is-room
-- Each finds two, and both come: four where three have room.
CREATE TABLE guest (id int PRIMARY KEY, room int NOT NULL);
INSERT INTO guest VALUES (1,7), (2,7);
CREATE FUNCTION come(g int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM guest WHERE room = 7) < 3 THEN
        INSERT INTO guest VALUES (g, 7);
    END IF;
END $$;

-- session a
BEGIN;
SELECT come(3);
-- session b
BEGIN;
SELECT come(4);
COMMIT;                                                      --> COMMIT
-- session a
COMMIT;                                                      --> COMMIT
-- finally: phantom
SELECT count(*) FROM guest;                                  --> 4

-- scenario: function-counts-others-before-each-changes-one-row
-- The second one waits for the row, and has counted as it would have afterwards: nothing is lost.
CREATE TABLE guest (id int PRIMARY KEY, room int NOT NULL, meals int NOT NULL);
INSERT INTO guest VALUES (1,7,0), (2,7,0);
CREATE FUNCTION serve() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM guest WHERE room = 7) > 1 THEN
        UPDATE guest SET meals = meals + 1 WHERE id = 1;
    END IF;
END $$;

-- session a
BEGIN;
SELECT serve();
-- session b
BEGIN;
SELECT serve();                                              --> waits
-- session a
COMMIT;
-- session b goes on                                         --> SELECT 1
COMMIT;
-- finally
SELECT meals FROM guest ORDER BY id;                         --> 2; 0
