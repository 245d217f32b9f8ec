/* A table of paths, tried in order: the more a path says, the earlier it stands. What a file beside
 * the script decides comes after the table. */
#include "input/tool.h"

#include <pthread.h>
#include <string.h>

#include <glib.h>

struct layout {
    const char *pattern; /* of the path, with a slash before it */
    enum tool tool;
    enum framing framing;
    bool undo, repeatable;
};

static const struct layout layouts[] = {
    {"/[VB][0-9][0-9._]*__[^/]*\\.sql$", TOOL_FLYWAY, FRAMING_POSSIBLE, false, false},
    {"/U[0-9][0-9._]*__[^/]*\\.sql$", TOOL_FLYWAY, FRAMING_POSSIBLE, true, false},
    {"/R__[^/]*\\.sql$", TOOL_FLYWAY, FRAMING_POSSIBLE, false, true},
    {"/(before|after)(Each)?(Migrate|Versioned|Repeatables|Undo|Baseline|Clean)(Statement)?(Error)?(__[^/]*)?\\.sql$",
     TOOL_FLYWAY, FRAMING_POSSIBLE, false, true},
    {"/supabase/migrations/[^/]+\\.sql$", TOOL_SUPABASE, FRAMING_BATCHES, false, false},
    {"/supabase/seed(\\.sql|s/.*)$", TOOL_SUPABASE, FRAMING_STATEMENT, false, true},
    {"/[0-9]{12,}_[^/]*\\.autocommit\\.(up|down)\\.sql$", TOOL_POP, FRAMING_MESSAGE, false, false},
    {"/[0-9]{12,}_[^/]*\\.(postgres|postgresql)\\.up\\.sql$", TOOL_POP, FRAMING_FILE, false, false},
    {"/[0-9]{12,}_[^/]*\\.(postgres|postgresql)\\.down\\.sql$", TOOL_POP, FRAMING_FILE, true,
     false},
    {"/[0-9]+_[^/]*\\.up\\.sql$", TOOL_GOLANG_MIGRATE, FRAMING_MESSAGE, false, false},
    {"/[0-9]+_[^/]*\\.down\\.sql$", TOOL_GOLANG_MIGRATE, FRAMING_MESSAGE, true, false},
    {"/[0-9]{13}_[^/]*/up\\.sql$", TOOL_HASURA, FRAMING_FILE, false, false},
    {"/[0-9]{13}_[^/]*/down\\.sql$", TOOL_HASURA, FRAMING_FILE, true, false},
    {"/[0-9][0-9_-]*_[^/]*/up\\.sql$", TOOL_DIESEL, FRAMING_FILE, false, false},
    {"/[0-9][0-9_-]*_[^/]*/down\\.sql$", TOOL_DIESEL, FRAMING_FILE, true, false},
    {"/migrations/[0-9]{14}_[^/]*/migration\\.sql$", TOOL_PRISMA, FRAMING_MESSAGE, false, false},
    {"/migrations/committed/[0-9]{6}[^/]*\\.sql$", TOOL_GRAPHILE_MIGRATE, FRAMING_FILE, false,
     false},
    {"/migrations/current(\\.sql|/[^/]+\\.sql)$", TOOL_GRAPHILE_MIGRATE, FRAMING_FILE, false, true},
    {"/drizzle/(.*/)?[0-9]{4}_[^/]*\\.sql$", TOOL_DRIZZLE, FRAMING_FILE, false, false},
    {"/db/(\\w+_)?structure\\.sql$", TOOL_RAILS, FRAMING_STATEMENT, false, false},
    {"/deploy/.*\\.sql$", TOOL_SQITCH, FRAMING_STATEMENT, false, false},
    {"/verify/.*\\.sql$", TOOL_SQITCH, FRAMING_STATEMENT, false, false},
    {"/revert/.*\\.sql$", TOOL_SQITCH, FRAMING_STATEMENT, true, false},
    {"/[^/]+--[0-9][^/]*\\.sql$", TOOL_EXTENSION, FRAMING_FILE, false, false},
    {"/(migrations?|migrate)/(.*/)?V?[0-9]+[^/]*/down\\.sql$", TOOL_UNNAMED, FRAMING_STATEMENT,
     true, false},
    {"/(migrations?|migrate|updates?|upgrades?|patches|deltas?|evolutions|versioned)/(.*/)?[vV]?[0-9]+[^/]*(/[^/]+)?"
     "\\.sql$",
     TOOL_UNNAMED, FRAMING_STATEMENT, false, false},
    {"/[0-9]{4,}\\.sql$", TOOL_UNNAMED, FRAMING_STATEMENT, false, false},
};

static GRegex *patterns[G_N_ELEMENTS(layouts)];

static void compile_patterns(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(layouts); i++)
        patterns[i] = g_regex_new(layouts[i].pattern, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);
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
    return g_regex_match_simple(pattern, text, G_REGEX_RAW | G_REGEX_MULTILINE | G_REGEX_CASELESS,
                                0);
}

/* Finds a change in sqitch.plan (sqitch(1), "sqitchchanges"): a line that begins with its name. */
static bool find_in_plan(struct script *script, const char *directory, const char *change)
{
    g_autofree char *path = g_build_filename(directory, "sqitch.plan", NULL);
    g_autofree char *text = read_beside(script->files, path);
    g_autoptr(GMatchInfo) match = NULL;
    int start, end;

    if (!text)
        return false;
    g_autofree char *name = g_strndup(change, strcspn(change, "@"));
    g_strchomp(name);
    if (g_str_has_suffix(name, ".sql"))
        name[strlen(name) - strlen(".sql")] = '\0';
    g_autofree char *escaped = g_regex_escape_string(name, -1);
    g_autofree char *pattern = g_strdup_printf("^[ \t]*\\+?[ \t]*%s(?=[ \t]|$)", escaped);
    g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_RAW | G_REGEX_MULTILINE, 0, NULL);
    if (regex && g_regex_match(regex, text, 0, &match) &&
        g_match_info_fetch_pos(match, 0, &start, &end)) {
        script->plan = arena_strdup(&script->arena, path);
        script->planned = (uint32_t)start;
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

    pthread_once(&once, compile_patterns);
    for (size_t i = 0; i < G_N_ELEMENTS(layouts); i++) {
        if (g_regex_match(patterns[i], slashed, 0, NULL) &&
            (layouts[i].tool != TOOL_SQITCH || has_plan(script)))
            return &layouts[i];
    }
    return NULL;
}

/* What lies beside a numbered file, or in the directory above, says whose it is. */
static enum tool tool_beside(const struct files *files, const char *path, enum tool tool)
{
    g_autofree char *directory = g_path_get_dirname(path);
    g_autofree char *above = g_path_get_dirname(directory);

    if (has_file(files, directory, "atlas.sum"))
        return TOOL_ATLAS;
    if (has_file(files, directory, "meta/_journal.json"))
        return TOOL_DRIZZLE;
    if (tool != TOOL_NONE && has_file(files, above, "Cargo.toml"))
        return TOOL_SQLX;
    if (tool != TOOL_GOLANG_MIGRATE && (has_file(files, directory, "tern.conf")))
        return TOOL_TERN;
    return tool;
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

static void refine(const struct script *script, enum tool *tool, struct part *part)
{
    const struct files *files = script->files;
    const char *path = script->path;
    g_autofree char *conf = g_strconcat(path, ".conf", NULL);
    g_autofree char *directory = g_path_get_dirname(path);
    g_autofree char *metadata = g_build_filename(directory, "metadata.toml", NULL);

    if (*tool == TOOL_GOLANG_MIGRATE && has_dialects(files, path)) {
        *tool = TOOL_POP;
        part->framing = FRAMING_FILE;
    }
    switch (*tool) {
    case TOOL_FLYWAY:
        if (turns_off(files, conf, "executeInTransaction"))
            part->framing = FRAMING_STATEMENT;
        break;
    case TOOL_DIESEL: /* batch_execute sends the file as it is */
        if (turns_off(files, metadata, "run_in_transaction"))
            part->framing = FRAMING_MESSAGE;
        break;
    case TOOL_NONE:
    case TOOL_UNNAMED:
    case TOOL_GOLANG_MIGRATE:
        *tool = tool_beside(files, path, *tool);
        if (*tool == TOOL_ATLAS || *tool == TOOL_DRIZZLE || *tool == TOOL_SQLX ||
            *tool == TOOL_TERN)
            part->framing = FRAMING_FILE;
        break;
    default:
        break;
    }
}

const char *tool_outside(enum tool tool)
{
    static const char *const ways[] = {
        [TOOL_ATLAS] = "-- atlas:txmode none",
        [TOOL_DBMATE] = "-- migrate:up transaction:false",
        [TOOL_DIESEL] = "run_in_transaction = false in metadata.toml",
        [TOOL_FLYWAY] = "",
        [TOOL_GOLANG_MIGRATE] = "",
        [TOOL_GOOSE] = "-- +goose NO TRANSACTION",
        [TOOL_GRAPHILE_MIGRATE] = "--! no-transaction",
        [TOOL_LIQUIBASE] = "runInTransaction:false",
        [TOOL_POP] = ".autocommit. in its name",
        [TOOL_PRISMA] = "",
        [TOOL_SQLX] = "-- no-transaction in its first line",
        [TOOL_SUPABASE] = "",
        [TOOL_TERN] = "---- tern: disable-tx ----",
    };

    return (size_t)tool < G_N_ELEMENTS(ways) ? ways[tool] : NULL;
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
    script->run_together = tool == TOOL_DRIZZLE;
    part->recommits = tool == TOOL_POP && part->framing == FRAMING_FILE;
    if (tool != TOOL_NONE)
        part->concurrency = RUNS_ALONE;
    return tool;
}
