/* What the words of a path say. */
#include "kind/dialect.h"

#include <pthread.h>
#include <string.h>

#include <glib.h>

struct name {
    const char *word;
    size_t length;
    const char *dialect;
    bool sure;
};

#define NAME(word, dialect, sure)             \
    {                                         \
        word, sizeof(word) - 1, dialect, sure \
    }

static const struct name names[] = {
    NAME("mysql", "MySQL", true),
    NAME("mysqld", "MySQL", true),
    NAME("mariadb", "MariaDB", true),
    NAME("percona", "MySQL", true),
    NAME("tidb", "TiDB", true),
    NAME("vitess", "MySQL", true),
    NAME("singlestore", "SingleStore", true),
    NAME("memsql", "SingleStore", true),
    NAME("sqlite", "SQLite", true),
    NAME("libsql", "SQLite", true),
    NAME("duckdb", "DuckDB", true),
    NAME("oracle", "Oracle", true),
    NAME("plsql", "Oracle", true),
    NAME("mssql", "SQL Server", true),
    NAME("sqlserver", "SQL Server", true),
    NAME("tsql", "SQL Server", true),
    NAME("sybase", "Sybase", true),
    NAME("db2", "Db2", true),
    NAME("derby", "Derby", true),
    NAME("cloudscape", "Derby", true),
    NAME("hsqldb", "HSQLDB", true),
    NAME("hsql", "HSQLDB", true),
    NAME("h2", "H2", true),
    NAME("h2db", "H2", true),
    NAME("firebird", "Firebird", true),
    NAME("interbase", "Firebird", true),
    NAME("informix", "Informix", true),
    NAME("cubrid", "CUBRID", true),
    NAME("cockroach", "CockroachDB", true),
    NAME("cockroachdb", "CockroachDB", true),
    NAME("crdb", "CockroachDB", true),
    NAME("clickhouse", "ClickHouse", true),
    NAME("cassandra", "Cassandra", true),
    NAME("scylla", "Cassandra", true),
    NAME("bigquery", "BigQuery", true),
    NAME("snowflake", "Snowflake", true),
    NAME("redshift", "Redshift", true),
    NAME("databricks", "Databricks", true),
    NAME("spanner", "Spanner", true),
    NAME("teradata", "Teradata", true),
    NAME("vertica", "Vertica", true),
    NAME("trino", "Trino", true),
    NAME("athena", "Athena", true),
    NAME("oceanbase", "OceanBase", true),
    NAME("dameng", "Dameng", true),
    NAME("monetdb", "MonetDB", true),
    NAME("voltdb", "VoltDB", true),
    NAME("nuodb", "NuoDB", true),
    NAME("myrocks", "MySQL", true),
    NAME("starrocks", "StarRocks", true),
    NAME("tdengine", "TDengine", true),
    NAME("sapdb", "SAP DB", true),
    NAME("saphana", "SAP HANA", true),
    NAME("d1", "SQLite", false), /* Cloudflare's; elsewhere a first day, or draft */
    NAME("turso", "SQLite", false),
    NAME("hana", "SAP HANA", false),
    NAME("presto", "Presto", false),
    NAME("hive", "Hive", false),
    NAME("spark", "Spark", false),
    NAME("impala", "Impala", false),
    NAME("pinot", "Pinot", false),
    NAME("druid", "Druid", false),
    NAME("doris", "Doris", false),
    NAME("phoenix", "Phoenix", false),
    NAME("solid", "Solid", false),
    NAME("pointbase", "PointBase", false),
    NAME("ingres", "Ingres", false),
    NAME("access", "Access", false),
    NAME("risingwave", "RisingWave", false),
    NAME("greenplum", "Greenplum", false),
    NAME("questdb", "QuestDB", false),
    NAME("cratedb", "CrateDB", false),
    NAME("firebolt", "Firebolt", false),
    NAME("databend", "Databend", false),
    NAME("netezza", "Netezza", false),
    NAME("exasol", "Exasol", false),
    NAME("ksqldb", "ksqlDB", false),
    NAME("flink", "Flink", false),
};

#undef NAME

/* Words that name PostgreSQL, or what speaks its language. */
static const char *const own[] = {"postgres", "postgresql",  "pg",      "pgsql",    "postgre",
                                  "plpgsql",  "timescale",   "citus",   "yugabyte", "supabase",
                                  "psql",     "timescaledb", "postgis", "neon",     NULL};

/* Beside one of these the other system is only spoken of: mysql_fdw, import_from_oracle. */
static const char *const about[] = {"fdw",     "from",      "to",      "2pg", "compat", "import",
                                    "migrate", "migration", "convert", "vs",  "like",   NULL};

enum { LONGEST_WORD = 32 }; /* only the end of a longer one may be a name */

struct word {
    char text[LONGEST_WORD]; /* in lower case */
    size_t length;
    size_t bare; /* its length without digits at its end */
};

static void read_word(struct word *word, const char *start, size_t length)
{
    size_t left_out = length > LONGEST_WORD ? length - LONGEST_WORD : 0;

    word->length = length - left_out;
    for (size_t i = 0; i < word->length; i++)
        word->text[i] = g_ascii_tolower(start[left_out + i]);
    word->bare = word->length;
    while (word->bare > 0 && g_ascii_isdigit(word->text[word->bare - 1]))
        word->bare--;
}

static bool is_one_of(const char *const *words, const struct word *word)
{
    for (; word->bare > 0 && *words; words++) {
        if (**words == word->text[0] && strlen(*words) == word->bare &&
            memcmp(*words, word->text, word->bare) == 0)
            return true;
    }
    return false;
}

/* A word that names a system, or whose end does: riversqlite. Short names end too many words. */
static bool is_named(const struct word *word, size_t length, const struct name *name)
{
    size_t named = name->length;

    return length > 0 && named <= length && word->text[length - 1] == name->word[named - 1] &&
           (named == length || (name->sure && named >= 5)) &&
           memcmp(word->text + length - named, name->word, named) == 0;
}

/* By their last two bytes, which few words of paths have in common with a name. */
static bool endings[1 << 10];

static unsigned ending_of(const char *word, size_t length)
{
    unsigned before = (unsigned char)word[length - 2], last = (unsigned char)word[length - 1];

    return (before & 31) << 5 | (last & 31);
}

static void note_endings(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        endings[ending_of(names[i].word, names[i].length)] = true;
}

static bool may_be_named(const struct word *word)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, note_endings);
    return (word->length > 1 && endings[ending_of(word->text, word->length)]) ||
           (word->bare > 1 && endings[ending_of(word->text, word->bare)]);
}

static const struct name *find_name(const struct word *word)
{
    if (!may_be_named(word))
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (is_named(word, word->length, &names[i]) ||
            (word->bare < word->length && is_named(word, word->bare, &names[i])))
            return &names[i];
    }
    return NULL;
}

/* engine_6.2_to_7.0: from one version to the next, not to another system. */
static bool leads_to_version(const char *behind, const char *end)
{
    return behind < end && g_ascii_isdigit(behind[behind[1] == 'v' ? 2 : 1]);
}

/* What one component of a path says. */
static const struct name *read_component(const char *component, size_t length, bool *postgresql,
                                         bool *sure)
{
    const struct name *found = NULL;

    *sure = true;
    for (const char *at = component, *end = component + length; at < end; at++) {
        const char *start = at;
        struct word word;
        while (at < end && !strchr("-_. +()[]", *at))
            at++;
        read_word(&word, start, (size_t)(at - start));
        if (is_one_of(own, &word))
            *postgresql = true;
        if (is_one_of(about, &word) && !leads_to_version(at, end))
            *sure = false;
        if (!found)
            found = find_name(&word);
    }
    *sure &= found && found->sure;
    return found;
}

/* Of an absolute path only what lies in the working directory, or in the repository, says
 * something about the file. */
static const char *own_part(const struct files *files, const char *path)
{
    if (!g_path_is_absolute(path))
        return path;
    g_autofree char *here = g_get_current_dir();
    size_t length = strlen(here);
    if (strncmp(path, here, length) == 0 && path[length] == '/')
        return path + length + 1;
    g_autofree char *directory = g_path_get_dirname(path);
    while (strlen(directory) > 1) {
        g_autofree char *git = g_build_filename(directory, ".git", NULL);
        if (files_kind(files, git) != FILE_NONE)
            return path + strlen(directory) + 1;
        char *above = g_path_get_dirname(directory);
        g_free(directory);
        directory = above;
    }
    const char *slash = strrchr(path, '/');
    return slash + 1;
}

/* The last component that speaks of a system decides. */
const char *dialect_of_path(const struct files *files, const char *path, bool *sure)
{
    const char *start = own_part(files, path), *end = start + strlen(start);

    while (end > start) {
        const char *component = end;
        bool postgresql = false;
        while (component > start && component[-1] != '/')
            component--;
        const struct name *found =
            read_component(component, (size_t)(end - component), &postgresql, sure);
        if (postgresql)
            return NULL;
        if (found)
            return found->dialect;
        end = component > start ? component - 1 : start;
    }
    return NULL;
}
