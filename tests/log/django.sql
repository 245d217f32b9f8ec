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
CREATE TABLE public.bank_account (
    id bigint NOT NULL,
    owner character varying(60) NOT NULL,
    balance numeric(12,2) NOT NULL,
    version integer NOT NULL
);
ALTER TABLE public.bank_account OWNER TO postgres;
CREATE SEQUENCE public.bank_account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.bank_account_id_seq OWNER TO postgres;
ALTER SEQUENCE public.bank_account_id_seq OWNED BY public.bank_account.id;
CREATE TABLE public.bank_doctor (
    id bigint NOT NULL,
    name character varying(40) NOT NULL,
    on_call boolean NOT NULL,
    shift integer NOT NULL
);
ALTER TABLE public.bank_doctor OWNER TO postgres;
CREATE SEQUENCE public.bank_doctor_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.bank_doctor_id_seq OWNER TO postgres;
ALTER SEQUENCE public.bank_doctor_id_seq OWNED BY public.bank_doctor.id;
CREATE TABLE public.bank_entry (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    amount numeric(12,2) NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE public.bank_entry OWNER TO postgres;
CREATE SEQUENCE public.bank_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.bank_entry_id_seq OWNER TO postgres;
ALTER SEQUENCE public.bank_entry_id_seq OWNED BY public.bank_entry.id;
CREATE TABLE public.bank_job (
    id bigint NOT NULL,
    state character varying(10) NOT NULL,
    worker character varying(20)
);
ALTER TABLE public.bank_job OWNER TO postgres;
CREATE SEQUENCE public.bank_job_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.bank_job_id_seq OWNER TO postgres;
ALTER SEQUENCE public.bank_job_id_seq OWNED BY public.bank_job.id;
CREATE TABLE public.bank_member (
    id bigint NOT NULL,
    org integer NOT NULL,
    name character varying(40) NOT NULL
);
ALTER TABLE public.bank_member OWNER TO postgres;
CREATE SEQUENCE public.bank_member_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.bank_member_id_seq OWNER TO postgres;
ALTER SEQUENCE public.bank_member_id_seq OWNED BY public.bank_member.id;
CREATE TABLE public.bank_page (
    id bigint NOT NULL,
    slug character varying(50) NOT NULL,
    hits integer NOT NULL,
    likes integer NOT NULL
);
ALTER TABLE public.bank_page OWNER TO postgres;
CREATE SEQUENCE public.bank_page_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.bank_page_id_seq OWNER TO postgres;
ALTER SEQUENCE public.bank_page_id_seq OWNED BY public.bank_page.id;
CREATE TABLE public.bank_tag (
    id bigint NOT NULL,
    name character varying(40) NOT NULL
);
ALTER TABLE public.bank_tag OWNER TO postgres;
CREATE SEQUENCE public.bank_tag_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.bank_tag_id_seq OWNER TO postgres;
ALTER SEQUENCE public.bank_tag_id_seq OWNED BY public.bank_tag.id;
CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);
ALTER TABLE public.django_content_type OWNER TO postgres;
CREATE SEQUENCE public.django_content_type_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.django_content_type_id_seq OWNER TO postgres;
ALTER SEQUENCE public.django_content_type_id_seq OWNED BY public.django_content_type.id;
CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);
ALTER TABLE public.django_migrations OWNER TO postgres;
CREATE SEQUENCE public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.django_migrations_id_seq OWNER TO postgres;
ALTER SEQUENCE public.django_migrations_id_seq OWNED BY public.django_migrations.id;
ALTER TABLE ONLY public.bank_account ALTER COLUMN id SET DEFAULT nextval('public.bank_account_id_seq'::regclass);
ALTER TABLE ONLY public.bank_doctor ALTER COLUMN id SET DEFAULT nextval('public.bank_doctor_id_seq'::regclass);
ALTER TABLE ONLY public.bank_entry ALTER COLUMN id SET DEFAULT nextval('public.bank_entry_id_seq'::regclass);
ALTER TABLE ONLY public.bank_job ALTER COLUMN id SET DEFAULT nextval('public.bank_job_id_seq'::regclass);
ALTER TABLE ONLY public.bank_member ALTER COLUMN id SET DEFAULT nextval('public.bank_member_id_seq'::regclass);
ALTER TABLE ONLY public.bank_page ALTER COLUMN id SET DEFAULT nextval('public.bank_page_id_seq'::regclass);
ALTER TABLE ONLY public.bank_tag ALTER COLUMN id SET DEFAULT nextval('public.bank_tag_id_seq'::regclass);
ALTER TABLE ONLY public.django_content_type ALTER COLUMN id SET DEFAULT nextval('public.django_content_type_id_seq'::regclass);
ALTER TABLE ONLY public.django_migrations ALTER COLUMN id SET DEFAULT nextval('public.django_migrations_id_seq'::regclass);
ALTER TABLE ONLY public.bank_account
    ADD CONSTRAINT bank_account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.bank_doctor
    ADD CONSTRAINT bank_doctor_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.bank_entry
    ADD CONSTRAINT bank_entry_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.bank_job
    ADD CONSTRAINT bank_job_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.bank_member
    ADD CONSTRAINT bank_member_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.bank_page
    ADD CONSTRAINT bank_page_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.bank_page
    ADD CONSTRAINT bank_page_slug_key UNIQUE (slug);
ALTER TABLE ONLY public.bank_tag
    ADD CONSTRAINT bank_tag_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);
CREATE INDEX bank_entry_account_id_04a7c0a0 ON public.bank_entry USING btree (account_id);
CREATE INDEX bank_job_state_5d82beeb ON public.bank_job USING btree (state);
CREATE INDEX bank_job_state_5d82beeb_like ON public.bank_job USING btree (state varchar_pattern_ops);
CREATE INDEX bank_page_slug_39f8c56e_like ON public.bank_page USING btree (slug varchar_pattern_ops);
ALTER TABLE ONLY public.bank_entry
    ADD CONSTRAINT bank_entry_account_id_04a7c0a0_fk_bank_account_id FOREIGN KEY (account_id) REFERENCES public.bank_account(id) DEFERRABLE INITIALLY DEFERRED;
