/* What the words of a path say. */
#include "kind/dialect.h"

#include <string.h>

#include <glib.h>

struct name {
    const char *word, *dialect;
    bool sure;
};

static const struct name names[] = {
    {"mysql", "MySQL", true},
    {"mysqld", "MySQL", true},
    {"mariadb", "MariaDB", true},
    {"percona", "MySQL", true},
    {"tidb", "TiDB", true},
    {"vitess", "MySQL", true},
    {"singlestore", "SingleStore", true},
    {"memsql", "SingleStore", true},
    {"sqlite", "SQLite", true},
    {"libsql", "SQLite", true},
    {"duckdb", "DuckDB", true},
    {"oracle", "Oracle", true},
    {"plsql", "Oracle", true},
    {"mssql", "SQL Server", true},
    {"sqlserver", "SQL Server", true},
    {"tsql", "SQL Server", true},
    {"sybase", "Sybase", true},
    {"db2", "Db2", true},
    {"derby", "Derby", true},
    {"cloudscape", "Derby", true},
    {"hsqldb", "HSQLDB", true},
    {"hsql", "HSQLDB", true},
    {"h2", "H2", true},
    {"h2db", "H2", true},
    {"firebird", "Firebird", true},
    {"interbase", "Firebird", true},
    {"informix", "Informix", true},
    {"cubrid", "CUBRID", true},
    {"cockroach", "CockroachDB", true},
    {"cockroachdb", "CockroachDB", true},
    {"crdb", "CockroachDB", true},
    {"clickhouse", "ClickHouse", true},
    {"cassandra", "Cassandra", true},
    {"scylla", "Cassandra", true},
    {"bigquery", "BigQuery", true},
    {"snowflake", "Snowflake", true},
    {"redshift", "Redshift", true},
    {"databricks", "Databricks", true},
    {"spanner", "Spanner", true},
    {"teradata", "Teradata", true},
    {"vertica", "Vertica", true},
    {"trino", "Trino", true},
    {"athena", "Athena", true},
    {"oceanbase", "OceanBase", true},
    {"dameng", "Dameng", true},
    {"monetdb", "MonetDB", true},
    {"voltdb", "VoltDB", true},
    {"nuodb", "NuoDB", true},
    {"myrocks", "MySQL", true},
    {"starrocks", "StarRocks", true},
    {"tdengine", "TDengine", true},
    {"sapdb", "SAP DB", true},
    {"saphana", "SAP HANA", true},
    {"hana", "SAP HANA", false},
    {"presto", "Presto", false},
    {"hive", "Hive", false},
    {"spark", "Spark", false},
    {"impala", "Impala", false},
    {"pinot", "Pinot", false},
    {"druid", "Druid", false},
    {"doris", "Doris", false},
    {"phoenix", "Phoenix", false},
    {"solid", "Solid", false},
    {"pointbase", "PointBase", false},
    {"ingres", "Ingres", false},
    {"access", "Access", false},
};

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

/* A word that names a system, or whose end does: riversqlite. Short names end too many words. Each
 * word of each path is held against all names: the last byte tells most of them. */
static bool is_named(const struct word *word, size_t length, const struct name *name)
{
    size_t named = strlen(name->word);

    return length > 0 && named <= length && word->text[length - 1] == name->word[named - 1] &&
           (named == length || (name->sure && named >= 5)) &&
           memcmp(word->text + length - named, name->word, named) == 0;
}

static const struct name *find_name(const struct word *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (is_named(word, word->length, &names[i]) || is_named(word, word->bare, &names[i]))
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
