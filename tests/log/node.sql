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
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.accounts (
    id integer NOT NULL,
    balance numeric NOT NULL
);
ALTER TABLE public.accounts OWNER TO postgres;
CREATE TABLE public.bookings (
    id integer NOT NULL,
    room integer,
    during tstzrange,
    who text
);
ALTER TABLE public.bookings OWNER TO postgres;
CREATE SEQUENCE public.bookings_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.bookings_id_seq OWNER TO postgres;
ALTER SEQUENCE public.bookings_id_seq OWNED BY public.bookings.id;
CREATE TABLE public.sq_accounts (
    id integer NOT NULL,
    balance integer,
    version integer,
    "createdAt" timestamp with time zone NOT NULL,
    "updatedAt" timestamp with time zone NOT NULL
);
ALTER TABLE public.sq_accounts OWNER TO postgres;
CREATE SEQUENCE public.sq_accounts_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.sq_accounts_id_seq OWNER TO postgres;
ALTER SEQUENCE public.sq_accounts_id_seq OWNED BY public.sq_accounts.id;
CREATE TABLE public.stock (
    sku text NOT NULL,
    qty integer NOT NULL
);
ALTER TABLE public.stock OWNER TO postgres;
CREATE TABLE public.t_account (
    id integer NOT NULL,
    balance integer NOT NULL
);
ALTER TABLE public.t_account OWNER TO postgres;
CREATE SEQUENCE public.t_account_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.t_account_id_seq OWNER TO postgres;
ALTER SEQUENCE public.t_account_id_seq OWNED BY public.t_account.id;
ALTER TABLE ONLY public.bookings ALTER COLUMN id SET DEFAULT nextval('public.bookings_id_seq'::regclass);
ALTER TABLE ONLY public.sq_accounts ALTER COLUMN id SET DEFAULT nextval('public.sq_accounts_id_seq'::regclass);
ALTER TABLE ONLY public.t_account ALTER COLUMN id SET DEFAULT nextval('public.t_account_id_seq'::regclass);
ALTER TABLE ONLY public.t_account
    ADD CONSTRAINT "PK_ecbc1d0ca9786e5106474ca46f2" PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.bookings
    ADD CONSTRAINT bookings_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sq_accounts
    ADD CONSTRAINT sq_accounts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stock
    ADD CONSTRAINT stock_pkey PRIMARY KEY (sku);
