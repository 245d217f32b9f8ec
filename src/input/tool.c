/* A table of the tools, and one of paths, tried in order: the more a path says, the earlier it
 * stands. What a file beside the script decides comes after them. */
#include "input/tool.h"

#include <pthread.h>
#include <string.h>

#include <glib.h>

#include "base/pattern.h"

/* What is known of a tool beside the paths of its files, below, and the words in them, outline.c:
 * those are tables of their own, because the first that fits decides. */
static const struct description {
    const char *outside;  /* see tool_outside */
    const char *beside;   /* a file in the directory of the migrations */
    const char *above;    /* or in the one above, when the migrations are numbered */
    bool plain;           /* its migrations are not called .up.sql */
    bool together;        /* all that are new run in one transaction */
    bool recommits;       /* see part.recommits */
    const char *settings; /* of one migration: what its name has behind it, or a file beside it */
    const char *key;      /* that turns the transaction off there */
    enum framing without; /* what the migration is then */
} tools[TOOL_KINDS] = {
    [TOOL_ATLAS] = {.outside = "-- atlas:txmode none", .beside = "atlas.sum", .plain = true},
    [TOOL_DBMATE] = {.outside = "-- migrate:up transaction:false"},
    [TOOL_DIESEL] = {.outside = "run_in_transaction = false in metadata.toml",
                     .settings = "metadata.toml",
                     .key = "run_in_transaction",
                     .without = FRAMING_MESSAGE}, /* batch_execute sends the file as it is */
    [TOOL_DRIZZLE] = {.beside = "meta/_journal.json", .together = true},
    [TOOL_FLYWAY] = {.outside = "",
                     .settings = ".conf",
                     .key = "executeInTransaction",
                     .without = FRAMING_STATEMENT},
    [TOOL_GOLANG_MIGRATE] = {.outside = ""},
    [TOOL_GOOSE] = {.outside = "-- +goose NO TRANSACTION"},
    [TOOL_GRAPHILE_MIGRATE] = {.outside = "--! no-transaction"},
    [TOOL_LIQUIBASE] = {.outside = "runInTransaction:false"},
    [TOOL_POP] = {.outside = ".autocommit. in its name", .recommits = true},
    [TOOL_PRISMA] = {.outside = ""},
    [TOOL_SQLX] = {.outside = "-- no-transaction in its first line", .above = "Cargo.toml"},
    [TOOL_SUPABASE] = {.outside = ""},
    [TOOL_TERN] = {.outside = "---- tern: disable-tx ----", .beside = "tern.conf", .plain = true},
};

struct layout {
    const char *part;    /* of each path that matches: another one needs no pattern; or DIGIT */
    const char *pattern; /* of the path, with a slash before it */
    enum tool tool;
    enum framing framing;
    bool undo, repeatable;
};

static const char DIGIT[] = ""; /* some digit */

static const struct layout layouts[] = {
    {"__", "/[VB][0-9][0-9._]*__[^/]*\\.sql$", TOOL_FLYWAY, FRAMING_POSSIBLE, false, false},
    {"__", "/U[0-9][0-9._]*__[^/]*\\.sql$", TOOL_FLYWAY, FRAMING_POSSIBLE, true, false},
    {"/R__", "/R__[^/]*\\.sql$", TOOL_FLYWAY, FRAMING_POSSIBLE, false, true},
    {"f", /* of before and after */
     "/(before|after)(Each)?(Migrate|Versioned|Repeatables|Undo|Baseline|Clean)(Statement)?(Error)?(__[^/]*)?\\.sql$",
     TOOL_FLYWAY, FRAMING_POSSIBLE, false, true},
    {"/supabase/migrations/", "/supabase/migrations/[^/]+\\.sql$", TOOL_SUPABASE, FRAMING_BATCHES,
     false, false},
    {"/supabase/seed", "/supabase/seed(\\.sql|s/.*)$", TOOL_SUPABASE, FRAMING_STATEMENT, false,
     true},
    {".autocommit.", "/[0-9]{12,}_[^/]*\\.autocommit\\.(up|down)\\.sql$", TOOL_POP, FRAMING_MESSAGE,
     false, false},
    {".up.sql", "/[0-9]{12,}_[^/]*\\.(postgres|postgresql)\\.up\\.sql$", TOOL_POP, FRAMING_FILE,
     false, false},
    {".down.sql", "/[0-9]{12,}_[^/]*\\.(postgres|postgresql)\\.down\\.sql$", TOOL_POP, FRAMING_FILE,
     true, false},
    {".up.sql", "/[0-9]+_[^/]*\\.up\\.sql$", TOOL_GOLANG_MIGRATE, FRAMING_MESSAGE, false, false},
    {".down.sql", "/[0-9]+_[^/]*\\.down\\.sql$", TOOL_GOLANG_MIGRATE, FRAMING_MESSAGE, true, false},
    {"/up.sql", "/[0-9]{13}_[^/]*/up\\.sql$", TOOL_HASURA, FRAMING_FILE, false, false},
    {"/down.sql", "/[0-9]{13}_[^/]*/down\\.sql$", TOOL_HASURA, FRAMING_FILE, true, false},
    {"/up.sql", "/[0-9][0-9_-]*_[^/]*/up\\.sql$", TOOL_DIESEL, FRAMING_FILE, false, false},
    {"/down.sql", "/[0-9][0-9_-]*_[^/]*/down\\.sql$", TOOL_DIESEL, FRAMING_FILE, true, false},
    {"/migration.sql", "/migrations/[0-9]{14}_[^/]*/migration\\.sql$", TOOL_PRISMA, FRAMING_MESSAGE,
     false, false},
    {"/migrations/committed/", "/migrations/committed/[0-9]{6}[^/]*\\.sql$", TOOL_GRAPHILE_MIGRATE,
     FRAMING_FILE, false, false},
    {"/migrations/current", "/migrations/current(\\.sql|/[^/]+\\.sql)$", TOOL_GRAPHILE_MIGRATE,
     FRAMING_FILE, false, true},
    {"/drizzle/", "/drizzle/(.*/)?[0-9]{4}_[^/]*\\.sql$", TOOL_DRIZZLE, FRAMING_FILE, false, false},
    {"structure.sql", "/db/(\\w+_)?structure\\.sql$", TOOL_RAILS, FRAMING_STATEMENT, false, false},
    {"/deploy/", "/deploy/.*\\.sql$", TOOL_SQITCH, FRAMING_STATEMENT, false, false},
    {"/verify/", "/verify/.*\\.sql$", TOOL_SQITCH, FRAMING_STATEMENT, false, false},
    {"/revert/", "/revert/.*\\.sql$", TOOL_SQITCH, FRAMING_STATEMENT, true, false},
    {"--", "/[^/]+--[0-9][^/]*\\.sql$", TOOL_EXTENSION, FRAMING_FILE, false, false},
    {"/down.sql", "/(migrations?|migrate)/(.*/)?V?[0-9]+[^/]*/down\\.sql$", TOOL_UNNAMED,
     FRAMING_STATEMENT, true, false},
    {DIGIT,
     "/((migrations?|migrate|updates?|upgrades?)([-_][^/]*)?|changes|changesets?|changelogs?|patches|"
     "deltas?|evolutions|versioned)/(.*/)?[vV]?[0-9]+[^/]*(/[^/]+){0,3}\\.p?sql$",
     TOOL_UNNAMED, FRAMING_STATEMENT, false, false},
    {DIGIT, "/(migrations?|upgrades?|deltas?)/[^/]*[0-9][^/]*\\.p?sql$", TOOL_UNNAMED,
     FRAMING_STATEMENT, false, false},
    {"/migration", "/migrations?/[^/]+\\.p?sql$", TOOL_UNNAMED, FRAMING_STATEMENT, false, false},
    {"upgrade", "/([^/]*-)?upgrades?[0-9]*(-[^/]*)?/[^/]+\\.p?sql$", TOOL_UNNAMED,
     FRAMING_STATEMENT, false, false},
    {"igrations/", "/[^/]*Migrations/(.*/)?[vV]?[0-9]+[^/]*\\.p?sql$", TOOL_UNNAMED,
     FRAMING_STATEMENT, false, false},
    {"/db/changelog/", "/db/changelog/.*\\.sql$", TOOL_UNNAMED, FRAMING_STATEMENT, false, false},
    {"gra", "/([^/]*[-_.])?(migration|migrate|upgrade)([-_.][^/]*)?\\.sql$", TOOL_UNNAMED,
     FRAMING_STATEMENT, false, false},
    {"to", "/([^/]*[^/0-9])?v?[0-9]+([._][0-9]+)*[-_.]to[-_.]v?[0-9]+([._-][^/]*)?\\.sql$",
     TOOL_UNNAMED, FRAMING_STATEMENT, false, false},
    {DIGIT,
     "/(rollback|downgrade)s?([-_][^/]*)?/(.*/)?[vV]?[0-9]+([._-][0-9]+){2,}([._+-][^/]*)?\\.sql$",
     TOOL_UNNAMED, FRAMING_STATEMENT, true, false},
    {DIGIT, "/[vV]?[0-9]+([._-][0-9]+){2,}([._+-][^/]*)?\\.p?sql$", TOOL_UNNAMED, FRAMING_STATEMENT,
     false, false},
    /* Batched migrations run beside the application, like its other programs. */
    {DIGIT,
     "^(?!.*/(batched|background)[-_]migrations/).*/([0-9]{4,}|[vV]?[0-9]{5,}[_-][^/]*)\\.p?sql$",
     TOOL_UNNAMED, FRAMING_STATEMENT, false, false},
};

static struct pattern *patterns[G_N_ELEMENTS(layouts)];

static void compile_patterns(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(layouts); i++)
        patterns[i] = pattern_new(layouts[i].pattern, 0);
}

static bool has_file(const struct files *files, const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);

    return files_kind(files, path) == FILE_REGULAR;
}

/* NULL when there is none, or none that can be read. */
static char *read_beside(const struct files *files, const char *path)
{
    struct error none = {0};
    char *text = files_read(files, path, NULL, &none);

    error_clear(&none);
    return text;
}

/* Whether a file of settings, "key = value" line by line, turns one off. */
static bool turns_off(const struct files *files, const char *path, const char *key)
{
    g_autofree char *text = read_beside(files, path);

    if (!text)
        return false;
    g_autofree char *pattern = g_strdup_printf("^\\s*%s\\s*[=:]\\s*false\\b", key);
    return pattern_occurs(pattern, PATTERN_LINES | PATTERN_CASELESS, text);
}

/* The end of what comes before these blanks. */
static const char *behind_blanks(const char *text, const char *at, const char *blanks)
{
    while (at > text && strchr(blanks, at[-1]))
        at--;
    return at;
}

/* The beginning of the line that the name at `at` begins, "+name" as well; NULL when something else
 * comes before it. */
static const char *line_of(const char *text, const char *at)
{
    const char *start = behind_blanks(text, at, " \t");

    if (start > text && start[-1] == '+')
        start = behind_blanks(text, start - 1, " \t");
    return start == text || start[-1] == '\n' ? start : NULL;
}

/* Finds a change in sqitch.plan (sqitch(1), "sqitchchanges"): a line that begins with its name. */
static bool find_in_plan(struct script *script, const char *directory, const char *change)
{
    g_autofree char *path = g_build_filename(directory, "sqitch.plan", NULL);
    g_autofree char *text = read_beside(script->files, path);
    const char *start = NULL;

    if (!text)
        return false;
    g_autofree char *name = g_strndup(change, strcspn(change, "@"));
    g_strchomp(name);
    if (g_str_has_suffix(name, ".sql"))
        name[strlen(name) - strlen(".sql")] = '\0';
    for (const char *at = strstr(text, name); at && *name && !start; at = strstr(at + 1, name))
        start = strchr(" \t\n", at[strlen(name)]) ? line_of(text, at) : NULL;
    if (start) {
        script->plan = arena_strdup(&script->arena, path);
        script->planned = (uint32_t)(start - text);
    }
    return true;
}

/* sqitch.plan lies beside deploy/, revert/ and verify/, which may have directories of their own. */
static bool has_plan(struct script *script)
{
    const char *path = script->path;
    g_autofree char *directory = g_path_get_dirname(path);

    for (;;) {
        g_autofree char *above = g_path_get_dirname(directory);
        g_autofree char *name = g_path_get_basename(directory);
        if (strcmp(name, "deploy") == 0 || strcmp(name, "revert") == 0 ||
            strcmp(name, "verify") == 0)
            return find_in_plan(script, above, path + strlen(directory) + 1);
        if (strcmp(above, directory) == 0)
            return false;
        g_free(directory);
        directory = g_steal_pointer(&above);
    }
}

static const struct layout *layout_of(struct script *script)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    g_autofree char *slashed = g_strconcat("/", script->path, NULL);

    bool digit = strpbrk(slashed, "0123456789");

    pthread_once(&once, compile_patterns);
    for (size_t i = 0; i < G_N_ELEMENTS(layouts); i++) {
        bool possible = layouts[i].part == DIGIT ? digit : strstr(slashed, layouts[i].part) != NULL;
        if (possible && pattern_matches(patterns[i], slashed) &&
            (layouts[i].tool != TOOL_SQITCH || has_plan(script)))
            return &layouts[i];
    }
    return NULL;
}

/* Whose a migration is whose path does not say; `tool` when nothing beside it says so either. */
static enum tool tool_beside(const struct files *files, const char *path, enum tool tool)
{
    g_autofree char *directory = g_path_get_dirname(path);
    g_autofree char *above = g_path_get_dirname(directory);
    g_autofree char *name = g_path_get_basename(path);
    bool numbered = tool != TOOL_NONE && g_ascii_isdigit(name[0]);

    for (size_t i = 0; i < G_N_ELEMENTS(tools); i++) {
        if (tools[i].beside && (!tools[i].plain || tool != TOOL_GOLANG_MIGRATE) &&
            has_file(files, directory, tools[i].beside))
            return (enum tool)i;
        if (tools[i].above && numbered && has_file(files, above, tools[i].above))
            return (enum tool)i;
    }
    return tool;
}

/* Whether "tag": stands before it. */
static bool is_tag(const char *text, const char *at)
{
    static const char key[] = "\"tag\"";
    const char *colon = behind_blanks(text, at, " \t\r\n");

    if (colon == text || colon[-1] != ':')
        return false;
    const char *end = behind_blanks(text, colon - 1, " \t\r\n");
    return (size_t)(end - text) >= strlen(key) && strncmp(end - strlen(key), key, strlen(key)) == 0;
}

/* Whether the journal of drizzle-kit beside a migration lists others only: those it does not run. */
static bool is_unlisted(const struct files *files, const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    g_autofree char *journal = g_build_filename(directory, tools[TOOL_DRIZZLE].beside, NULL);
    g_autofree char *text = read_beside(files, journal);
    g_autofree char *tag = g_path_get_basename(path);

    if (!text || !g_str_has_suffix(tag, ".sql"))
        return false;
    tag[strlen(tag) - strlen(".sql")] = '\0';
    g_autofree char *quoted = g_strconcat("\"", tag, "\"", NULL);
    const char *at = strstr(text, quoted);
    while (at && !is_tag(text, at))
        at = strstr(at + 1, quoted);
    return !at;
}

/* Migrations of pop and popx have variants beside them: x.mysql.up.sql for x.up.sql. golang-migrate
 * knows none. */
static bool has_dialects(const struct files *files, const char *path)
{
    static const char *const dialects[] = {"mysql", "sqlite3", "cockroach", "postgres"};
    const char *ending = g_str_has_suffix(path, ".up.sql") ? ".up.sql" : ".down.sql";
    g_autofree char *stem = g_strndup(path, strlen(path) - strlen(ending));

    for (size_t i = 0; i < G_N_ELEMENTS(dialects); i++) {
        g_autofree char *variant = g_strconcat(stem, ".", dialects[i], ending, NULL);
        if (files_kind(files, variant) != FILE_NONE)
            return true;
    }
    return false;
}

/* Whether the settings of a script say that it runs without a transaction. */
static bool is_set_outside(const struct script *script, const struct description *tool)
{
    if (!tool->settings)
        return false;
    g_autofree char *directory = g_path_get_dirname(script->path);
    g_autofree char *file = tool->settings[0] == '.'
                                ? g_strconcat(script->path, tool->settings, NULL)
                                : g_build_filename(directory, tool->settings, NULL);
    return turns_off(script->files, file, tool->key);
}

static void refine(const struct script *script, enum tool *tool, struct part *part)
{
    const struct files *files = script->files;
    enum tool written = *tool;

    if (written == TOOL_GOLANG_MIGRATE && has_dialects(files, script->path))
        *tool = TOOL_POP;
    else if (written == TOOL_NONE || written == TOOL_UNNAMED || written == TOOL_GOLANG_MIGRATE)
        *tool = tool_beside(files, script->path, written);
    if (*tool != written)
        part->framing = FRAMING_FILE;
    if (*tool == TOOL_DRIZZLE && is_unlisted(files, script->path)) {
        *tool = TOOL_UNNAMED;
        part->framing = FRAMING_STATEMENT;
    }
    if (is_set_outside(script, &tools[*tool]))
        part->framing = tools[*tool].without;
}

const char *tool_outside(enum tool tool)
{
    return tools[tool].outside;
}

enum tool tool_of_path(struct script *script, struct part *part)
{
    const struct layout *layout = layout_of(script);
    enum tool tool = TOOL_NONE;

    if (layout) {
        tool = layout->tool;
        part->framing = layout->framing;
        part->undo = layout->undo;
        script->repeatable = layout->repeatable;
    }
    refine(script, &tool, part);
    script->run_together = tools[tool].together;
    part->recommits = tools[tool].recommits && part->framing == FRAMING_FILE;
    if (tool != TOOL_NONE)
        part->concurrency = RUNS_ALONE;
    return tool;
}
