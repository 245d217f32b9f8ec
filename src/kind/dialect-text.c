/* What the words of refused statements say. */
#include "kind/dialect.h"

#include <string.h>

#include <glib.h>

#include "base/lexical.h"

const char dialect_unknown[] = "another database system";

struct sign {
    const char *words; /* one or several that follow each other, in lower case */
    const char *dialect;
    bool sure; /* a setting of its client, which nobody writes by a slip */
};

static const struct sign signs[] = {
    {"auto_increment", "MySQL"},
    {"engine =", "MySQL"},
    {"unsigned", "MySQL"},
    {"zerofill", "MySQL"},
    {"tinyint", "MySQL"},
    {"mediumint", "MySQL"},
    {"mediumtext", "MySQL"},
    {"longtext", "MySQL"},
    {"tinytext", "MySQL"},
    {"mediumblob", "MySQL"},
    {"longblob", "MySQL"},
    {"character set", "MySQL"},
    {"charset", "MySQL"},
    {"delimiter /", "MySQL", true},
    {"delimiter $", "MySQL", true},
    {"delimiter", "MySQL"},
    {"drop foreign key", "MySQL"},
    {"drop primary key", "MySQL"},
    {"on duplicate key", "MySQL"},
    {"insert ignore", "MySQL"},
    {"replace into", "MySQL"},
    {"lock tables", "MySQL"},
    {"unlock tables", "MySQL"},
    {"rename table", "MySQL"},
    {"flush privileges", "MySQL"},
    {"identified by", "MySQL"},
    {"show tables", "MySQL"},
    {"create database if not exists", "MySQL"},
    {"straight_join", "MySQL"},
    {"fulltext", "MySQL"},
    {"on update current_timestamp", "MySQL"},
    {"on update now", "MySQL"},
    {"* . *", "MySQL"},
    {"autoincrement", "SQLite"},
    {"pragma", "SQLite"},
    {"without rowid", "SQLite"},
    {"virtual table", "SQLite"},
    {"insert or replace", "SQLite"},
    {"insert or ignore", "SQLite"},
    {"insert or abort", "SQLite"},
    {"attach database", "SQLite"},
    {"raise ( abort", "SQLite"},
    {"raise ( rollback", "SQLite"},
    {"raise ( fail", "SQLite"},
    {"json_extract", "SQLite"},
    {"collate nocase", "SQLite"},
    {"unixepoch (", "SQLite"},
    {"julianday (", "SQLite"},
    {"strftime (", "SQLite"},
    {"datetime ( )", "SQLite"}, /* datetime('now') */
    {"nvarchar", "SQL Server"},
    {"uniqueidentifier", "SQL Server"},
    {"datetime2", "SQL Server"},
    {"nonclustered", "SQL Server"},
    {"create clustered", "SQL Server"},
    {"message type", "SQL Server"},
    {"create contract", "SQL Server"},
    {"drop contract", "SQL Server"},
    {"alter route", "SQL Server"},
    {"create route", "SQL Server"},
    {"create endpoint", "SQL Server"},
    {"create certificate", "SQL Server"},
    {"drop certificate", "SQL Server"},
    {"service binding", "SQL Server"},
    {"restore database", "SQL Server"},
    {"scope_identity", "SQL Server"},
    {"identity ( 1", "SQL Server"},
    {"int identity", "SQL Server"},
    {"null identity", "SQL Server"},
    {"set nocount", "SQL Server", true},
    {"set ansi_nulls", "SQL Server", true},
    {"set quoted_identifier", "SQL Server", true},
    {"begin tran", "SQL Server"},
    {"dbcc", "SQL Server"},
    {"select top", "SQL Server"},
    {"nolock", "SQL Server"},
    {"dbo .", "SQL Server"},
    {"declare @", "SQL Server"},
    {"object_id (", "SQL Server"},
    {"into #", "SQL Server"},
    {"from #", "SQL Server"},
    {"join #", "SQL Server"},
    {"table #", "SQL Server"},
    {"set @", "MySQL"},
    {"event if", "MySQL"},
    {"on schedule", "MySQL"},
    {"varchar2", "Oracle"},
    {"nvarchar2", "Oracle"},
    {"number (", "Oracle"},
    {"number not null", "Oracle"},
    {"number : =", "Oracle"},
    {"in number", "Oracle"},
    {"return number", "Oracle"},
    {"add ( constraint", "Oracle"},
    {"sysdate", "Oracle"},
    {"from dual", "Oracle"},
    {"clob", "Oracle"},
    {"pctfree", "Oracle"},
    {"initrans", "Oracle"},
    {"local time zone", "Oracle"},
    {"show errors", "Oracle", true},
    {"unlimited tablespace", "Oracle"},
    {"set define", "Oracle", true},
    {"set sqlblanklines", "Oracle", true},
    {"set serveroutput", "Oracle", true},
    {"replace force", "Oracle"},
    {"dbms_output", "Oracle"},
    {"replace package", "Oracle"},
    {"execute immediate", "Oracle"},
    {"cascade constraints", "Oracle"},
    {"disable constraint", "Oracle"},
    {"enable constraint", "Oracle"},
    {"enable row movement", "Oracle"},
    {"nologging", "Oracle"},
    {"bulk collect", "Oracle"},
    {"shrink space", "Oracle"},
    {"set unused", "Oracle"},
    {"drop synonym", "Oracle"},
    {"drop package", "Oracle"},
    {"long varbinary", "Derby"},
    {"long varchar", "Derby"},
    {"storing (", "CockroachDB"},
    {"upsert into", "CockroachDB"},
    {"inverted index", "CockroachDB"},
    {"configure zone", "CockroachDB"},
    {"interleave in", "CockroachDB"},
    {": :: int8", "CockroachDB"},
    {"primary key asc", "CockroachDB"},
    {"mergetree", "ClickHouse"},
    {"lowcardinality", "ClickHouse"},
    {"datetime64", "ClickHouse"},
    {"order by tuple", "ClickHouse"},
    {"string ( max", "Spanner"},
    {"options (", "BigQuery"},
    {"sortkey", "Redshift"},
    {"distkey", "Redshift"},
    {"stored as", "Hive"},
    {"distributed by (", "Greenplum"},
    {"distributed randomly", "Greenplum"},
    {"sample by", "QuestDB"},
    /* of several systems */
    {"* replace (", dialect_unknown},
    {"* except (", dialect_unknown},
    {"* exclude (", dialect_unknown},
    {"or replace table", dialect_unknown},
    {"external table", dialect_unknown},
    {"cluster by (", dialect_unknown},
    {"clustered by (", dialect_unknown},
    {"duplicate key (", dialect_unknown},
};

/* The tokens of a statement, without its strings and comments, each followed by a blank; where each
 * begins is kept. */
struct words {
    GString *text;
    GArray *starts; /* uint32_t by offset in the text */
};

static void add_word(struct words *words, const struct script *script, uint32_t start, uint32_t end)
{
    for (uint32_t at = start; at < end; at++) {
        g_string_append_c(words->text, g_ascii_tolower(script->bytes[at]));
        g_array_append_val(words->starts, start);
    }
    g_string_append_c(words->text, ' ');
    g_array_append_val(words->starts, start);
}

static uint32_t skip_string(const struct script *script, uint32_t at, uint32_t end)
{
    char quote = script->bytes[at++];

    while (at < end && script->bytes[at] != quote)
        at += script->bytes[at] == '\\' ? 2 : 1;
    return MIN(at + 1, end);
}

static uint32_t skip_to(const struct script *script, uint32_t at, uint32_t end, const char *text)
{
    const char *found = memmem(script->bytes + at, end - at, text, strlen(text));

    return found ? (uint32_t)(found - script->bytes) + (uint32_t)strlen(text) : end;
}

static bool begins_line(const struct script *script, uint32_t at)
{
    while (at > 0 && (script->bytes[at - 1] == ' ' || script->bytes[at - 1] == '\t'))
        at--;
    return at == 0 || script->bytes[at - 1] == '\n';
}

/* A line that has nothing but this word. */
static bool is_line(const struct script *script, uint32_t at, const char *word)
{
    size_t length = strlen(word);

    if (!begins_line(script, at) || g_ascii_strncasecmp(script->bytes + at, word, length) != 0)
        return false;
    for (at += (uint32_t)length; at < script->size && script->bytes[at] != '\n'; at++) {
        if (!g_ascii_isspace(script->bytes[at]))
            return false;
    }
    return true;
}

/* [dbo].[name] */
static bool is_bracketed(const struct script *script, uint32_t at)
{
    const char *text = script->bytes + at;
    size_t length = 1;

    if (at > 0 && (is_name_part((unsigned char)text[-1]) || text[-1] == ')' || text[-1] == ']'))
        return false;
    if (!is_name_start((unsigned char)text[1]))
        return false;
    while (is_name_part((unsigned char)text[length]) || text[length] == ' ')
        length++;
    return text[length] == ']';
}

/* What no word tells: quotes of names, comments, the ends of batches. Returns NULL for anything
 * else. */
static const char *dialect_of_byte(const struct script *script, uint32_t at)
{
    switch (script->bytes[at]) {
    case '`':
        return "MySQL";
    case '[':
        return is_bracketed(script, at) ? "SQL Server" : NULL;
    case '#':
        return begins_line(script, at) &&
                       (g_ascii_isspace(script->bytes[at + 1]) || script->bytes[at + 1] == '\0')
                   ? "MySQL"
                   : NULL;
    case '/':
        return is_line(script, at, "/") ? "Oracle" : NULL;
    case 'G':
    case 'g':
        return is_line(script, at, "GO") ? "SQL Server" : NULL;
    default:
        return NULL;
    }
}

/* Reads the words of a statement up to a sign that is no word. */
static const char *read_words(struct words *words, const struct script *script, struct span span,
                              struct span *where)
{
    for (uint32_t at = span.start; at < span.end;) {
        char c = script->bytes[at];
        const char *dialect = dialect_of_byte(script, at);
        uint32_t start = at;

        if (dialect) {
            *where = (struct span){at, at + 1};
            return dialect;
        }
        if (g_ascii_isspace(c)) {
            at++;
        } else if (c == '-' && script->bytes[at + 1] == '-') {
            at = (uint32_t)(line_comment_end(script->bytes + at, script->bytes + span.end) -
                            script->bytes);
        } else if (c == '/' && script->bytes[at + 1] == '*' && script->bytes[at + 2] != '!') {
            at = skip_to(script, at, span.end, "*/");
        } else if (c == '\'' || c == '"') {
            at = skip_string(script, at, span.end);
        } else {
            do
                at++;
            while (is_name_part((unsigned char)c) && at < span.end &&
                   is_name_part((unsigned char)script->bytes[at]));
            add_word(words, script, start, at);
        }
    }
    return NULL;
}

/* CREATE TRIGGER … BEGIN, which SQLite and MySQL have and PostgreSQL does not. */
static bool is_foreign_trigger(const char *text)
{
    return g_str_has_prefix(text, "create ") && strstr(text, " trigger ") &&
           strstr(text, " begin ") && !strstr(text, " execute ");
}

/* CREATE TABLE t (…, UNIQUE INDEX i (a), KEY j (b)) */
static bool has_inner_index(const char *text)
{
    return g_str_has_prefix(text, "create table ") &&
           (strstr(text, ", index ") || strstr(text, ", key ") || strstr(text, " unique index ") ||
            strstr(text, " unique key "));
}

/* ALTER TABLE t MODIFY c …, CHANGE c d …, ADD c … AFTER b */
static bool has_foreign_change(const char *text)
{
    return g_str_has_prefix(text, "alter table ") &&
           (strstr(text, " modify ") || strstr(text, " change ") || strstr(text, " after "));
}

/* USE x; DROP INDEX i ON t; … */
static bool is_foreign_verb(const char *text)
{
    return g_str_has_prefix(text, "use ") || has_inner_index(text) || has_foreign_change(text) ||
           (g_str_has_prefix(text, "drop index ") && strstr(text, " on "));
}

/* ALTER TRIGGER g DISABLE; PostgreSQL has it in ALTER TABLE */
static bool turns_trigger(const char *text)
{
    return g_str_has_prefix(text, "alter trigger ") &&
           (g_str_has_suffix(text, " enable ") || g_str_has_suffix(text, " disable "));
}

static const char *dialect_of_statement(const struct script *script, struct span span,
                                        struct span *where, bool *sure)
{
    struct words words = {g_string_new(" "), g_array_new(FALSE, FALSE, sizeof(uint32_t))};
    uint32_t start = span.start;

    g_array_append_val(words.starts, start);
    const char *dialect = read_words(&words, script, span, where);
    for (size_t i = 0; i < G_N_ELEMENTS(signs) && !dialect; i++) {
        g_autofree char *sought = g_strdup_printf(" %s ", signs[i].words);
        const char *found = strstr(words.text->str, sought);
        if (found) {
            uint32_t at = g_array_index(words.starts, uint32_t, (found + 1 - words.text->str));
            dialect = signs[i].dialect;
            *sure |= signs[i].sure;
            *where = (struct span){at, at + (uint32_t)strcspn(signs[i].words, " ")};
        }
    }
    if (!dialect && is_foreign_trigger(words.text->str + 1)) {
        dialect = "SQLite";
        *where = (struct span){span.start, span.start + (uint32_t)strlen("CREATE")};
    }
    if (!dialect && turns_trigger(words.text->str + 1)) {
        dialect = "Oracle";
        *where = (struct span){span.start, span.start + 1};
    }
    if (!dialect && is_foreign_verb(words.text->str + 1)) {
        dialect = "MySQL";
        *where = (struct span){span.start, span.start + 1};
    }
    g_string_free(words.text, TRUE);
    g_array_unref(words.starts);
    return dialect;
}

/* "!40101 ", "!50003 ", "M!100100 ": a comment that MySQL, or MariaDB alone, runs from a version on. */
static bool is_executed(const char *at)
{
    at += *at == 'M';
    return *at == '!' && strspn(at + 1, "0123456789") >= 5;
}

/* What mysqldump and its kin write, whatever the rest is cut into: comments that are run, and strings
 * with backslashes. */
static bool is_dump_of_mysql(const struct script *script, struct span *where)
{
    const char *at = script->bytes, *end = at + script->size;

    while (script->errors && (at = memmem(at, (size_t)(end - at), "/*", 2))) {
        at += 2;
        if (is_executed(at)) {
            where->start = (uint32_t)(at - 2 - script->bytes);
            where->end = where->start + (*at == 'M' ? 4 : 3);
            return true;
        }
    }
    return false;
}

/* The first line of a dump. It stays when a dump is made PostgreSQL's, so that it tells only why the
 * grammar refuses the rest. */
static const char *dialect_of_head(const struct script *script, struct span *where)
{
    static const char *const heads[] = {"-- MySQL dump ", "-- MariaDB dump ",
                                        "-- phpMyAdmin SQL Dump"};

    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
        if (g_str_has_prefix(script->bytes, heads[i])) {
            *where = (struct span){0, (uint32_t)strlen(heads[i])};
            return "MySQL";
        }
    }
    return NULL;
}

bool dialect_is_postgresql(const struct script *script)
{
    for (const struct statement *each = script->statements; each; each = each->next) {
        if (each->kind == STATEMENT_DO || statement_ending(each) ||
            (each->kind == STATEMENT_PSQL && g_ascii_isalpha(each->psql->command[0]) &&
             begins_line(script, each->span.start)))
            return true;
        if (each->kind == STATEMENT_COPY && each->copy && each->copy->from && !each->copy->file)
            return true;
        if (each->kind != STATEMENT_REFUSED &&
            memmem(script->bytes + each->span.start, each->span.end - each->span.start, "$$", 2))
            return true;
        if (each->verb && strcmp(each->verb, "CREATE EXTENSION") == 0)
            return true;
    }
    return false;
}

const char *dialect_of_text(const struct script *script, struct span *where)
{
    enum { SHARE = 20 }; /* one refused statement in so many may be a slip */
    const char *dialect = NULL;
    size_t signed_count = 0, refused = 0, count = 0;
    bool sure = false;

    if (is_dump_of_mysql(script, where))
        return "MySQL";
    if (!script->errors || dialect_is_postgresql(script))
        return NULL;
    for (const struct statement *each = script->statements; each; each = each->next) {
        struct span place;
        count += each->kind != STATEMENT_PSQL;
        if (each->kind != STATEMENT_REFUSED || (each->flags & STATEMENT_UNKNOWN_TEXT))
            continue;
        refused++;
        const char *found = dialect_of_statement(script, each->span, &place, &sure);
        if (found && signed_count++ == 0) {
            dialect = found;
            *where = place;
        }
    }
    if (dialect)
        return sure || signed_count * SHARE >= count || refused * 2 >= count ? dialect : NULL;
    if (refused * SHARE >= count && (dialect = dialect_of_head(script, where)))
        return dialect;
    if (refused < 4 || refused < count)
        return NULL;
    *where = script->errors->span;
    return dialect_unknown;
}
