-- What SERIALIZABLE remembers of what was read, and whom that concerns.

-- scenario: small-table-disjoint-updates
-- A table of three rows is read as a whole, so updates of different keys conflict.
CREATE TABLE small (id int PRIMARY KEY, x int);
INSERT INTO small VALUES (1,0),(2,0),(3,0);
ANALYZE small;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
UPDATE small SET x = x + 1 WHERE id = 1;
-- session b
UPDATE small SET x = x + 1 WHERE id = 2;
-- session a
COMMIT;
-- session b
COMMIT;                                                      --> ERROR 40001
-- session c
SET enable_seqscan = off;
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session d
SET enable_seqscan = off;
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session c
UPDATE small SET x = x + 1 WHERE id = 1;
-- session d
UPDATE small SET x = x + 1 WHERE id = 2;
-- session c
COMMIT;                                                      --> COMMIT
-- session d
COMMIT;                                                      --> COMMIT

-- scenario: never-analyzed-table-disjoint-updates
-- A table that was never analyzed counts as ten pages, and is not read as a whole.
CREATE TABLE small (id int PRIMARY KEY, x int) WITH (autovacuum_enabled=off);
INSERT INTO small VALUES (1,0),(2,0),(3,0);

-- session a
EXPLAIN (COSTS OFF) UPDATE small SET x = 1 WHERE id = 1;
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
UPDATE small SET x = x + 1 WHERE id = 1;
-- session b
UPDATE small SET x = x + 1 WHERE id = 2;
-- session a
COMMIT;
-- session b
COMMIT;

-- scenario: big-table-disjoint-updates
-- Far apart in a large table they do not.
CREATE TABLE big (id int PRIMARY KEY, x int);
INSERT INTO big SELECT g,0 FROM generate_series(1,20000) g;
ANALYZE big;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
UPDATE big SET x = x + 1 WHERE id = 1;
-- session b
UPDATE big SET x = x + 1 WHERE id = 19000;
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> COMMIT

-- scenario: big-table-neighbour-updates-full-pages
-- Neighbours share an index page, into which both insert when the heap page is full.
CREATE TABLE big (id int PRIMARY KEY, x int);
INSERT INTO big SELECT g,0 FROM generate_series(1,20000) g;
ANALYZE big;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT x FROM big WHERE id = 1;
-- session b
SELECT x FROM big WHERE id = 2;
-- session a
UPDATE big SET x = x + 1 WHERE id = 1;
-- session b
UPDATE big SET x = x + 1 WHERE id = 2;
-- session a
COMMIT;
-- session b
COMMIT;                                                      --> ERROR 40001

-- scenario: big-table-neighbour-updates-fillfactor
-- With room on the heap page the new version needs no index entry.
CREATE TABLE big (id int PRIMARY KEY, x int) WITH (fillfactor=50);
INSERT INTO big SELECT g,0 FROM generate_series(1,20000) g;
ANALYZE big;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT x FROM big WHERE id = 1;
-- session b
SELECT x FROM big WHERE id = 2;
-- session a
UPDATE big SET x = x + 1 WHERE id = 1;
-- session b
UPDATE big SET x = x + 1 WHERE id = 2;
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> COMMIT

-- scenario: big-table-neighbour-indexed-column
-- It needs one when the column that changes is indexed.
CREATE TABLE big (id int PRIMARY KEY, x int) WITH (fillfactor=50);
INSERT INTO big SELECT g,0 FROM generate_series(1,20000) g;
CREATE INDEX ON big(x);
ANALYZE big;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT x FROM big WHERE id = 1;
-- session b
SELECT x FROM big WHERE id = 2;
-- session a
UPDATE big SET x = x + 1 WHERE id = 1;
-- session b
UPDATE big SET x = x + 1 WHERE id = 2;
-- session a
COMMIT;
-- session b
COMMIT;                                                      --> ERROR 40001

-- scenario: unindexed-disjoint-updates
-- Without an index on the condition updates of different rows conflict; with one they do not.
CREATE TABLE big (id int PRIMARY KEY, email text, x int) WITH (fillfactor=50);
INSERT INTO big SELECT g,'u'||g,0 FROM generate_series(1,20000) g;
ANALYZE big;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
UPDATE big SET x = x + 1 WHERE email = 'u1';
-- session b
UPDATE big SET x = x + 1 WHERE email = 'u19000';
-- session a
COMMIT;
-- session b
COMMIT;                                                      --> ERROR 40001
-- session control
CREATE INDEX ON big(email);                                  --> CREATE INDEX
-- session c
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session d
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session c
UPDATE big SET x = x + 1 WHERE email = 'u1';
-- session d
UPDATE big SET x = x + 1 WHERE email = 'u19000';
-- session c
COMMIT;                                                      --> COMMIT
-- session d
COMMIT;                                                      --> COMMIT

-- scenario: unindexed-rr-no-issue
-- At REPEATABLE READ the missing index costs no conflict.
CREATE TABLE big (id int PRIMARY KEY, email text, x int);
INSERT INTO big SELECT g,'u'||g,0 FROM generate_series(1,20000) g;
ANALYZE big;

-- session a
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session b
BEGIN ISOLATION LEVEL REPEATABLE READ;
-- session a
UPDATE big SET x = x + 1 WHERE email = 'u1';
-- session b
UPDATE big SET x = x + 1 WHERE email = 'u19000';
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> COMMIT

-- scenario: absent-key-gap
-- Looking for a key that is absent locks the index page where it would be.
CREATE TABLE big (id int PRIMARY KEY, x int);
INSERT INTO big SELECT g*10,0 FROM generate_series(1,20000) g;
ANALYZE big;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT 1 FROM big WHERE id = 15;
-- session b
SELECT 1 FROM big WHERE id = 25;
-- session a
INSERT INTO big VALUES (15, 0);
-- session b
INSERT INTO big VALUES (25, 0);
-- session a
COMMIT;
-- session b
COMMIT;                                                      --> ERROR 40001

-- scenario: absent-key-gap-far
-- Another index page is another lock.
CREATE TABLE big (id int PRIMARY KEY, x int);
INSERT INTO big SELECT g*10,0 FROM generate_series(1,20000) g;
ANALYZE big;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT 1 FROM big WHERE id = 15;
-- session b
SELECT 1 FROM big WHERE id = 150005;
-- session a
INSERT INTO big VALUES (15, 0);
-- session b
INSERT INTO big VALUES (150005, 0);
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> COMMIT

-- scenario: gin-fastupdate
-- A GIN index with its pending list: an insert conflicts with every reader.
CREATE TABLE g (id int, tags text[]);
INSERT INTO g SELECT i, ARRAY['t'||i] FROM generate_series(1,20000) i;
CREATE INDEX ON g USING gin(tags);
VACUUM ANALYZE g;

-- session a
SET enable_seqscan = off;
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
SET enable_seqscan = off;
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT count(*) FROM g WHERE tags @> ARRAY['t1'];
-- session b
SELECT count(*) FROM g WHERE tags @> ARRAY['t19999'];
-- session a
INSERT INTO g VALUES (0, ARRAY['t1']);
-- session b
INSERT INTO g VALUES (0, ARRAY['t19999']);
-- session a
COMMIT;
-- session b
COMMIT;                                                      --> ERROR 40001

-- scenario: gin-no-fastupdate
-- Without the list it does not.
CREATE TABLE g (id int, tags text[]);
INSERT INTO g SELECT i, ARRAY['t'||i] FROM generate_series(1,20000) i;
CREATE INDEX ON g USING gin(tags) WITH (fastupdate=off);
VACUUM ANALYZE g;

-- session a
SET enable_seqscan = off;
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
SET enable_seqscan = off;
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT count(*) FROM g WHERE tags @> ARRAY['t1'];
-- session b
SELECT count(*) FROM g WHERE tags @> ARRAY['t19999'];
-- session a
INSERT INTO g VALUES (0, ARRAY['t1']);
-- session b
INSERT INTO g VALUES (0, ARRAY['t19999']);
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> COMMIT

-- scenario: hash-index
-- A hash index locks buckets.
CREATE TABLE h (id int, x int);
INSERT INTO h SELECT i, 0 FROM generate_series(1,20000) i;
CREATE INDEX ON h USING hash(id);
VACUUM ANALYZE h;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT count(*) FROM h WHERE id = 100001;
-- session b
SELECT count(*) FROM h WHERE id = 200003;
-- session a
INSERT INTO h VALUES (100001, 0);
-- session b
INSERT INTO h VALUES (200003, 0);
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> COMMIT

-- scenario: spgist-index
-- An SP-GiST index is locked as a whole.
CREATE TABLE s (id int, p point);
INSERT INTO s SELECT i, point(i,i) FROM generate_series(1,20000) i;
CREATE INDEX ON s USING spgist(p);
VACUUM ANALYZE s;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT count(*) FROM s WHERE p <@ box '((1,1),(2,2))';
-- session b
SELECT count(*) FROM s WHERE p <@ box '((10001,10001),(10002,10002))';
-- session a
INSERT INTO s VALUES (0, point(1,1));
-- session b
INSERT INTO s VALUES (0, point(10001,10001));
-- session a
COMMIT;
-- session b
COMMIT;                                                      --> ERROR 40001

-- scenario: gist-index
-- A GiST index locks pages.
CREATE TABLE s (id int, p point);
INSERT INTO s SELECT i, point(i,i) FROM generate_series(1,20000) i;
CREATE INDEX ON s USING gist(p);
VACUUM ANALYZE s;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT count(*) FROM s WHERE p <@ box '((1,1),(2,2))';
-- session b
SELECT count(*) FROM s WHERE p <@ box '((10001,10001),(10002,10002))';
-- session a
INSERT INTO s VALUES (0, point(1,1));
-- session b
INSERT INTO s VALUES (0, point(10001,10001));
-- session a
COMMIT;
-- session b
COMMIT;                                                      --> ERROR 40001

-- scenario: brin-index
-- A BRIN index is locked as a whole.
CREATE TABLE s (id int, x int);
INSERT INTO s SELECT i, 0 FROM generate_series(1,200000) i;
CREATE INDEX ON s USING brin(id) WITH (pages_per_range=4);
VACUUM ANALYZE s;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT count(*) FROM s WHERE id BETWEEN 1 AND 5;
-- session b
SELECT count(*) FROM s WHERE id BETWEEN 100001 AND 100005;
-- session a
INSERT INTO s VALUES (1, 0);
-- session b
INSERT INTO s VALUES (100001, 0);
-- session a
COMMIT;
-- session b
COMMIT;                                                      --> ERROR 40001

-- scenario: partition-pruning
-- Each partition has locks of its own.
CREATE TABLE p (k int, x int) PARTITION BY LIST(k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT count(*) FROM p WHERE k = 1;
-- session b
SELECT count(*) FROM p WHERE k = 2;
-- session a
INSERT INTO p VALUES (1, 0);
-- session b
INSERT INTO p VALUES (2, 0);
-- session a
COMMIT;                                                      --> COMMIT
-- session b
COMMIT;                                                      --> COMMIT

-- scenario: tid-range-scan-hole
-- A scan of a range of ctid takes no predicate lock, and write skew goes unnoticed.
CREATE TABLE t (id int, x int);
INSERT INTO t SELECT g, 0 FROM generate_series(1,1000) g;
ANALYZE t;

-- session a
SET enable_seqscan = off;
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
SET enable_seqscan = off;
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
EXPLAIN (COSTS OFF) SELECT sum(x) FROM t WHERE ctid >= '(0,1)';
SELECT sum(x) FROM t WHERE ctid >= '(0,1)';                  --> 0
-- session b
SELECT sum(x) FROM t WHERE ctid >= '(0,1)';                  --> 0
-- session a
UPDATE t SET x = 1 WHERE ctid = '(0,1)';
-- session b
UPDATE t SET x = 1 WHERE ctid = '(0,2)';
-- session a
COMMIT;
-- session b
COMMIT;
-- finally: write skew

-- scenario: temp-table-not-tracked
-- Temporary tables and catalogs take no predicate locks.
CREATE TABLE t (x int);

-- session a
CREATE TEMP TABLE tmp(x int);
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM tmp;
SELECT count(*) FROM pg_class WHERE relname = 'nope';
SELECT count(*) FROM information_schema.tables WHERE table_name = 'nope';
SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock';     --> 0
COMMIT;

-- scenario: catalog-check-then-create
-- Looking into the catalog protects nothing: IF NOT EXISTS fails with a duplicate key.
CREATE TABLE t (x int);

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session a
SELECT to_regclass('nt') IS NULL;
-- session b
SELECT to_regclass('nt') IS NULL;
-- session a
CREATE TABLE IF NOT EXISTS nt(x int);
-- session b
CREATE TABLE IF NOT EXISTS nt(x int);                        --> waits
-- session a
COMMIT;
-- session b goes on                                         --> ERROR 23505
ROLLBACK;

-- scenario: fk-check-takes-siread
-- The check of a foreign key reads the parent row, also in the sense of conflict detection.
CREATE TABLE parent (id int PRIMARY KEY, credit int) WITH (fillfactor=50);
INSERT INTO parent SELECT g,100 FROM generate_series(1,1000) g;
CREATE TABLE child (id int PRIMARY KEY, pid int REFERENCES parent, amt int);
INSERT INTO child SELECT g, g, 1 FROM generate_series(1,1000) g;
ANALYZE;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- session b
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT amt FROM child WHERE id = 5000;
-- session a
INSERT INTO child VALUES (5000, 5, 1);
SELECT locktype, relation::regclass FROM pg_locks WHERE mode = 'SIReadLock'
    AND pid = pg_backend_pid() ORDER BY 2;                   --> tuple, parent; page, parent_pkey
-- session b
UPDATE parent SET credit = 0 WHERE id = 5;
-- session a
COMMIT;
-- session b
COMMIT;                                                      --> ERROR 40001

-- scenario: serializable-select-for-update-still-siread
-- FOR UPDATE comes on top of predicate locks.
CREATE TABLE big (id int PRIMARY KEY, x int);
INSERT INTO big SELECT g,0 FROM generate_series(1,20000) g;
ANALYZE big;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT x FROM big WHERE id = 5 FOR UPDATE;
SELECT locktype, relation::regclass FROM pg_locks WHERE mode = 'SIReadLock'
    AND pid = pg_backend_pid() ORDER BY 1;                   --> page, big_pkey; tuple, big
ROLLBACK;

-- scenario: promote-33-tuples
-- Locks on many rows of a table become a lock on the table.
CREATE TABLE big (id int PRIMARY KEY, grp int, pad text);
INSERT INTO big SELECT g, g % 500, repeat('x', 1000) FROM generate_series(1,20000) g;
CREATE INDEX ON big(grp);
ANALYZE big;

-- session a
SET enable_seqscan = off;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM (SELECT pad FROM big WHERE grp = 5 LIMIT 31) s;
SELECT locktype, count(*) FROM pg_locks WHERE mode = 'SIReadLock' AND pid = pg_backend_pid()
    AND relation = 'big'::regclass GROUP BY 1;               --> tuple, 31
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(pad) FROM (SELECT pad FROM big WHERE grp = 5 LIMIT 32) s;
SELECT locktype, count(*) FROM pg_locks WHERE mode = 'SIReadLock' AND pid = pg_backend_pid()
    AND relation = 'big'::regclass GROUP BY 1;
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(pad) FROM (SELECT pad FROM big WHERE grp = 5 LIMIT 33) s;
SELECT locktype, count(*) FROM pg_locks WHERE mode = 'SIReadLock' AND pid = pg_backend_pid()
    AND relation = 'big'::regclass GROUP BY 1;               --> relation, 1
ROLLBACK;

-- scenario: promote-3-tuples-one-page
-- Locks on three rows of a page become a lock on the page.
CREATE TABLE big (id int PRIMARY KEY, x int);
INSERT INTO big SELECT g,0 FROM generate_series(1,20000) g;
ANALYZE big;

-- session a
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT x FROM big WHERE id IN (1,2);
SELECT locktype, count(*) FROM pg_locks WHERE mode = 'SIReadLock' AND pid = pg_backend_pid()
    AND relation = 'big'::regclass GROUP BY 1;               --> tuple, 2
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT x FROM big WHERE id IN (1,2,3);
SELECT locktype, count(*) FROM pg_locks WHERE mode = 'SIReadLock' AND pid = pg_backend_pid()
    AND relation = 'big'::regclass GROUP BY 1;               --> page, 1
ROLLBACK;

-- scenario: parallel-serializable
-- SERIALIZABLE does not keep the planner from parallel plans.
CREATE TABLE big (id int, x int);
INSERT INTO big SELECT g,0 FROM generate_series(1,200000) g;
ANALYZE big;

-- session a
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
BEGIN ISOLATION LEVEL SERIALIZABLE;
EXPLAIN (COSTS OFF) SELECT count(*) FROM big;
SELECT count(*) FROM big;
SELECT locktype, count(*) FROM pg_locks WHERE mode = 'SIReadLock' GROUP BY 1; --> relation, 1
COMMIT;
