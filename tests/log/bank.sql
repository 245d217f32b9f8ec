SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA app;
ALTER SCHEMA app OWNER TO postgres;
CREATE EXTENSION IF NOT EXISTS dblink WITH SCHEMA public;
COMMENT ON EXTENSION dblink IS 'connect to other PostgreSQL databases from within a database';
CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public;
COMMENT ON EXTENSION hstore IS 'data type for storing sets of (key, value) pairs';
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';
CREATE FUNCTION app.f(integer) RETURNS integer
    LANGUAGE sql STABLE
    SET default_transaction_isolation TO 'read committed'
    AS $_$select v from app.small where id=$1$_$;
ALTER FUNCTION app.f(integer) OWNER TO postgres;
CREATE PROCEDURE app.p()
    LANGUAGE plpgsql
    AS $$begin update app.small set v=v+1; commit; end$$;
ALTER PROCEDURE app.p() OWNER TO postgres;
CREATE FUNCTION app.tg() RETURNS trigger
    LANGUAGE plpgsql
    AS $$begin update app.small set v=v+1 where id=1; return new; end$$;
ALTER FUNCTION app.tg() OWNER TO postgres;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE app.big (
    id integer NOT NULL,
    v integer,
    t text
)
WITH (fillfactor='70');
ALTER TABLE app.big OWNER TO postgres;
CREATE MATERIALIZED VIEW app.mv AS
 SELECT sum(big.v) AS sum
   FROM app.big
  WITH NO DATA;
ALTER TABLE app.mv OWNER TO postgres;
CREATE SEQUENCE app.s
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 20;
ALTER TABLE app.s OWNER TO postgres;
CREATE TABLE app.small (
    id integer NOT NULL,
    v integer
);
ALTER TABLE app.small OWNER TO postgres;
CREATE UNLOGGED TABLE app.u (
    id integer
);
ALTER TABLE app.u OWNER TO postgres;
ALTER TABLE ONLY app.big
    ADD CONSTRAINT big_pkey PRIMARY KEY (id);
ALTER TABLE ONLY app.small
    ADD CONSTRAINT small_pkey PRIMARY KEY (id);
CREATE INDEX big_t_idx ON app.big USING gin (t public.gin_trgm_ops) WITH (fastupdate=off);
CREATE INDEX big_v_idx ON app.big USING btree (v);
CREATE TRIGGER t1 AFTER INSERT ON app.big FOR EACH ROW EXECUTE FUNCTION app.tg();
ALTER TABLE app.big DISABLE TRIGGER t1;
CREATE POLICY po ON app.small USING ((id < 3));
ALTER TABLE app.small ENABLE ROW LEVEL SECURITY;
CREATE PUBLICATION pb WITH (publish = 'insert, update, delete, truncate');
ALTER PUBLICATION pb OWNER TO postgres;
ALTER PUBLICATION pb ADD TABLE ONLY app.big;
