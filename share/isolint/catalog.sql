-- What `pg_dump --schema-only` leaves out and isolint asks for, as SQL that `isolint --schema` reads:
--
--     psql -XAtqf catalog.sql [-v role=NAME] CONNINFO >live.sql
--     isolint --schema schema.sql --schema live.sql
--
-- It only reads, in one transaction with one snapshot, on PostgreSQL 12 and later. No row of a user's
-- table is read, and of the settings only those that decide about transactions are written: others may
-- hold secrets. With a role, its settings count for every program that is given no role.
\set ON_ERROR_STOP on
\if :{?role}
\else
    \set role ''
\endif
BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL search_path = pg_catalog;
SET LOCAL DateStyle = 'ISO';
-- A table that somebody changes is waited for, but not for ever.
SET LOCAL lock_timeout = '10s';

SELECT format('-- Database %I, PostgreSQL %s; statistics since %s',
              current_database(), current_setting('server_version'),
              coalesce((SELECT stats_reset::date::text FROM pg_stat_database
                        WHERE datname = current_database()), 'it was created'));

-- A role that does not exist is an error: a misspelt one would have no settings.
SELECT CASE WHEN :'role' <> '' THEN quote_ident(:'role')::regrole END IS NULL AS unnamed \gset

-- Settings. Of one holder the last one counts, and a database is stronger than the system.
WITH setting (name) AS (
    VALUES ('default_transaction_isolation'), ('default_transaction_read_only'),
           ('default_transaction_deferrable'), ('statement_timeout'), ('transaction_timeout'),
           ('idle_in_transaction_session_timeout'), ('lock_timeout')
), stored AS (
    SELECT d.datname, r.rolname,
           split_part(c, '=', 1) AS name, substr(c, strpos(c, '=') + 1) AS value
    FROM pg_db_role_setting s
    CROSS JOIN unnest(s.setconfig) c
    LEFT JOIN pg_database d ON d.oid = s.setdatabase
    LEFT JOIN pg_roles r ON r.oid = s.setrole
    WHERE d.datname IS NULL OR d.datname = current_database()
), line (place, name, text) AS (
    SELECT 1, name, format('ALTER SYSTEM SET %I = %L;', name, reset_val)
    FROM pg_settings JOIN setting USING (name)
    WHERE source IN ('configuration file', 'command line', 'environment variable')
    UNION ALL
    SELECT CASE WHEN rolname IS NULL AND datname IS NULL THEN 2 WHEN rolname IS NULL THEN 3
                WHEN datname IS NULL THEN 4 ELSE 5 END,
           name,
           CASE WHEN rolname IS NULL AND datname IS NULL
                THEN format('ALTER ROLE ALL SET %I = %L;', name, value)
                WHEN rolname IS NULL
                THEN format('ALTER DATABASE %I SET %I = %L;', datname, name, value)
                WHEN datname IS NULL
                THEN format('ALTER ROLE %I SET %I = %L;', rolname, name, value)
                ELSE format('ALTER ROLE %I IN DATABASE %I SET %I = %L;', rolname, datname, name, value)
           END
    FROM stored JOIN setting USING (name)
    UNION ALL
    SELECT 6, name,
           format(E'-- of role %I, for programs that are given no role\nALTER DATABASE %I SET %I = %L;',
                  :'role', current_database(), name, value)
    FROM (SELECT DISTINCT ON (name) name, value FROM stored JOIN setting USING (name)
          WHERE rolname = :'role' ORDER BY name, datname NULLS LAST) own
)
SELECT text FROM line ORDER BY place, text COLLATE "C";

-- Tables of which the planner reads the whole rather than two pages for one row: its estimate of a
-- sequential scan against that of an index. A table that has no pages, or whose size was never
-- estimated, may grow: nothing is said of it.
WITH size AS (
    SELECT n.nspname, c.relname, c.reltuples,
           pg_relation_size(c.oid) / current_setting('block_size')::int AS pages
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND c.relpages BETWEEN 1 AND 100
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
)
SELECT format('-- isolint: small %I.%I -- %s rows in %s pages', nspname, relname, reltuples::bigint, pages)
FROM size
WHERE pages > 0
  AND pages * current_setting('seq_page_cost')::float8
      + reltuples * (current_setting('cpu_tuple_cost')::float8
                     + current_setting('cpu_operator_cost')::float8)
      < 2 * current_setting('random_page_cost')::float8
ORDER BY nspname COLLATE "C", relname COLLATE "C";

-- Tables whose new row versions find room on the page of the old ones.
SELECT format('-- isolint: hot %I.%I -- %s of %s updates', schemaname, relname, n_tup_hot_upd, n_tup_upd)
FROM pg_stat_user_tables
WHERE n_tup_upd >= 1000 AND n_tup_hot_upd >= 0.99 * n_tup_upd
ORDER BY schemaname COLLATE "C", relname COLLATE "C";

-- For the reader: indexes that no query uses, and that may stand in the way of heap-only tuples.
SELECT format('-- unused: index %I.%I of %I, %s', s.schemaname, s.indexrelname, s.relname,
              pg_size_pretty(pg_relation_size(s.indexrelid)))
FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid)
WHERE s.idx_scan = 0 AND NOT i.indisunique AND NOT i.indisexclusion AND i.indisvalid
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = s.indexrelid)
ORDER BY s.schemaname COLLATE "C", s.indexrelname COLLATE "C";

-- For the reader: tables whose numbers are old.
SELECT format('-- statistics: %I.%I %s', schemaname, relname,
              CASE WHEN last.at IS NULL THEN 'was never analyzed'
                   ELSE format('was analyzed %s days ago, %s rows have changed since',
                               extract(day FROM now() - last.at)::int, n_mod_since_analyze) END)
FROM pg_stat_user_tables,
     LATERAL (SELECT greatest(last_analyze, last_autoanalyze)) last (at)
WHERE (last.at IS NULL AND n_live_tup > 0) OR last.at < now() - interval '30 days'
   OR n_mod_since_analyze > greatest(1000, n_live_tup / 2)
ORDER BY schemaname COLLATE "C", relname COLLATE "C";

-- Functions of extensions, with what they are declared to do: a dump has CREATE EXTENSION alone.
SELECT rtrim(pg_get_functiondef(p.oid), E'\n') || ';'
FROM pg_proc p
JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p') AND e.extname <> 'plpgsql'
ORDER BY n.nspname COLLATE "C", p.proname COLLATE "C",
         pg_get_function_identity_arguments(p.oid) COLLATE "C";

COMMIT;
