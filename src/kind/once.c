#include "kind/once.h"

#include <pthread.h>
#include <string.h>

#include <glib.h>

#include "base/pattern.h"
#include "facts/body.h"

enum role {
    FIRST_DATA, /* what an image of PostgreSQL runs before the server takes connections, and what
                   fills a new database */
    REPAIR,     /* what mends the data of one database, or finds out what is wrong with them */
    CLEANING,   /* the same, or a job that runs every night */
    BACKFILL, /* gives rows that are there what they lack, not in batches beside the application */
    STEPS,    /* all migrations in one file */
    ARCHIVE,  /* a directory for scripts that nothing runs any more */
    ROLES,
};

static const char *const paths[ROLES] = {
    [FIRST_DATA] = "(^|/)([^/]*[-_.])?(initdb\\.d|seeds?|(insert|load|populate)?"
                   "(sample|demo|dummy|mock|test|base|initial|example)[-_.]?data)"
                   "(/|[-_][^/]*/|([-_.][^/]*)?\\.p?sql$)",
    [REPAIR] = "(^|/)([^/]*[-_.])?"
               "(fix(es)?|(quick|hot|bug)[-_]?fix(es)?|one[-_]?offs?|ad[-_]?hoc|debug)"
               "(/|([-_.][^/]*)?\\.p?sql$)",
    [CLEANING] = "(^|/)(clean[-_]?up|correct|corrections?|corriger)[-_][^/]*\\.p?sql$",
    [BACKFILL] = "^(?!.*(batch|background)).*(^|[-_./])back[-_]?fill(s|ed)?([-_.][^/]*)?\\.p?sql$",
    [STEPS] = "(^|/)([^/]*[-_.])?(migrations|upgrades)\\.p?sql$",
    [ARCHIVE] = "(^|/)_?(archived?|archives|obsolete|deprecated|attic|"
                "(archived?|obsolete|deprecated|old)[-_]migrations?|"
                "migrations?[-_.](archived?|archives|obsolete|deprecated|old))/",
};

/* Few paths have one of these, and the patterns cost more than to look for them. */
static const char *const words[ROLES][6] = {
    [FIRST_DATA] = {"initdb", "seed", "data"},
    [REPAIR] = {"fix", "off", "hoc", "debug"},
    [CLEANING] = {"clean", "corr"},
    [BACKFILL] = {"fill"},
    [STEPS] = {"migrations", "upgrades"},
    [ARCHIVE] = {"archive", "obsolete", "deprecated", "attic", "old"},
};

static struct pattern *patterns[ROLES];

static void compile_patterns(void)
{
    for (int i = 0; i < ROLES; i++)
        patterns[i] = pattern_new(paths[i], 0);
}

/* Of a path in lower case. */
static bool path_says(enum role role, const char *path)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const char *const *word = words[role];

    while (*word && !strstr(path, *word))
        word++;
    if (!*word)
        return false;
    pthread_once(&once, compile_patterns);
    return pattern_matches(patterns[role], path);
}

bool is_archived(const char *below)
{
    g_autofree char *lower = g_ascii_strdown(below, -1);

    return path_says(ARCHIVE, lower);
}

bool is_dump(const struct script *script)
{
    size_t head = MIN(script->size, 2048U);

    return memmem(script->bytes, head, "PostgreSQL database dump", 24) ||
           memmem(script->bytes, head, "PostgreSQL database cluster dump", 32);
}

/* SELECT 'roles are clean' AS message; SELECT 'roles' AS name, count(*) FROM roles UNION ALL …; */
static bool selects_text(const struct query *query)
{
    while (query && query->kind == QUERY_SET_OPERATION)
        query = query->inner;
    const struct output *output = query && query->kind == QUERY_SELECT ? query->outputs : NULL;

    return output && output->operand.kind == OPERAND_CONSTANT &&
           output->operand.literal == LITERAL_STRING;
}

/* RAISE NOTICE and the like. */
static bool raises_notice(const struct do_block *block)
{
    const struct body_statement *each = block->body ? block->body->statements : NULL;

    while (each && (each->kind != BODY_RAISE || each->error || each->again))
        each = each->next;
    return each != NULL;
}

/* A function that is not the server's own. */
static bool calls_routine(const struct query *query)
{
    const struct call *each = query ? query->rest->calls : NULL;

    while (each && each->builtin)
        each = each->next;
    return each != NULL;
}

/* DO $$ BEGIN INSERT …; ALTER TABLE …; PERFORM refresh(); END $$ */
static bool does_work(const struct do_block *block)
{
    const struct body_statement *each = block->body ? block->body->statements : NULL;

    while (each &&
           !(each->kind == BODY_SQL && each->statement &&
             (each->statement->kind == STATEMENT_DEFINE || calls_routine(each->statement->query) ||
              (each->statement->query && each->statement->query->write))))
        each = each->next;
    return each != NULL;
}

/* A script that changes tables which are there already, or has a block of code that does something, and
 * speaks to the person who runs it. */
static bool is_by_hand(const struct script *script)
{
    bool changes = false, speaks = false;

    for (const struct statement *each = script->statements; each && !(changes && speaks);
         each = each->next) {
        changes |= (each->verb && g_str_has_prefix(each->verb, "ALTER TABLE")) ||
                   (each->kind == STATEMENT_DO && does_work(each->block));
        speaks |= (each->kind == STATEMENT_DO && raises_notice(each->block)) ||
                  (each->kind == STATEMENT_QUERY && selects_text(each->query));
    }
    return changes && speaks && !script_is_sent_by_program(script);
}

/* What the server has of the tables and functions, to see whether it is as expected. */
static bool reads_catalog(const struct query *query)
{
    const struct range *each = query->ranges;

    while (each &&
           !(each->kind == RANGE_RELATION && (g_strcmp0(each->schema, "information_schema") == 0 ||
                                              g_strcmp0(each->schema, "pg_catalog") == 0)))
        each = each->next;
    return each != NULL;
}

/* A UUID that was drawn, not one that was made up, as 1111…-111111111111. */
static bool is_uuid(const char *text)
{
    enum { VERSION = 14, VARIANT = 19 };

    return g_uuid_string_is_valid(text) && strchr("12345678", text[VERSION]) &&
           strchr("89abAB", text[VARIANT]);
}

/* joe@shop.org; not that of a manual, joe@example.org. */
static bool is_address(const char *text)
{
    const char *at = strchr(text, '@');
    const char *dot = at ? strrchr(at + 1, '.') : NULL;

    return dot && at > text && dot > at + 1 && g_ascii_isalpha(dot[1]) &&
           !strpbrk(text, " %\t\n") && !strchr(at + 1, '@') &&
           g_ascii_strncasecmp(at + 1, "example.", strlen("example.")) != 0;
}

/* What stands before the quote, which begins a value that is compared or given. */
static char before(const char *text, const char *quote)
{
    while (quote > text && g_ascii_isspace(quote[-1]))
        quote--;
    return quote > text ? quote[-1] : '\0';
}

/* Whether the statement names a value that one row of one database has: WHERE email = 'joe@shop.org', a
 * UUID. */
static bool names_one_row(const struct script *script, const struct statement *statement)
{
    const struct write *write = statement->query->write;
    const char *end = NULL;

    if (write && write->rows > 0)
        return false;
    g_autofree char *text = g_strndup(script->bytes + statement->span.start,
                                      statement->span.end - statement->span.start);
    for (const char *quote = strchr(text, '\''); quote; quote = strchr(end + 1, '\'')) {
        end = strchr(quote + 1, '\'');
        if (!end)
            return false;
        g_autofree char *value = g_strndup(quote + 1, (size_t)(end - quote - 1));
        char sign = before(text, quote);
        if ((sign == '=' || sign == '(' || sign == ',') &&
            (is_uuid(value) || (is_address(value) && statement->query->conditions)))
            return true;
    }
    return false;
}

/* Whether a transaction is open after the statement. */
static bool is_open_after(const struct statement *statement, bool open)
{
    return statement->kind == STATEMENT_BEGIN ||
           (open && statement->kind != STATEMENT_COMMIT && statement->kind != STATEMENT_ROLLBACK);
}

/* A script that writes or calls what writes, outside of a transaction, and says for whom: for the
 * person who runs it, or for one row. */
static bool acts_by_hand(const struct script *script)
{
    bool open = false, acts = false, by_hand = false;

    for (const struct statement *each = script->statements; each && !(acts && by_hand);
         each = each->next) {
        const struct query *query = each->kind == STATEMENT_QUERY && !open ? each->query : NULL;
        open = is_open_after(each, open);
        if (!query)
            continue;
        acts |= query->write || calls_routine(query);
        by_hand = by_hand || (selects_text(query) && !query->ranges) || reads_catalog(query) ||
                  names_one_row(script, each);
    }
    return acts && by_hand && !script_is_sent_by_program(script);
}

/* ALTER TABLE t ADD COLUMN IF NOT EXISTS …: for a table that is there, and to be run again where it was
 * run already. */
static bool adds_column(const struct script *script)
{
    for (const struct statement *each = script->statements; each; each = each->next) {
        const struct change *change = each->kind == STATEMENT_DEFINE ? each->changes : NULL;
        while (change && !(change->kind == CHANGE_ADD_COLUMN && change->tolerant))
            change = change->next;
        if (change)
            return !script_is_sent_by_program(script);
    }
    return false;
}

/* Ends with a SELECT outside of its transactions that shows what it has done, which a job shows to
 * no one. */
static bool shows_result(const struct script *script)
{
    const struct statement *last = NULL;
    bool open = false;

    for (const struct statement *each = script->statements; each; each = each->next) {
        open = is_open_after(each, open);
        last = each;
    }
    return last && !open && script->placeholder_count == 0 && last != script->statements &&
           last->kind == STATEMENT_QUERY && last->query && last->query->kind == QUERY_SELECT;
}

/* What exports a table writes: INSERTs of many rows of constants, and nothing else. */
static bool is_rows(const struct script *script)
{
    enum { FEW = 10 };
    unsigned rows = 0;

    for (const struct statement *each = script->statements; each; each = each->next) {
        const struct query *query = each->kind == STATEMENT_QUERY ? each->query : NULL;
        if (!query || query->kind != QUERY_INSERT || query->write->rows == 0)
            return false;
        rows += query->write->rows;
    }
    return rows > FEW && script->placeholder_count == 0;
}

bool runs_once(const struct script *script)
{
    g_autofree char *path = g_ascii_strdown(script->path, -1);

    return script->dump || path_says(FIRST_DATA, path) || path_says(REPAIR, path) ||
           path_says(BACKFILL, path) || is_rows(script) || is_by_hand(script) ||
           acts_by_hand(script) || adds_column(script) ||
           (path_says(CLEANING, path) && shows_result(script)) ||
           (path_says(STEPS, path) && script_has(script, STATEMENT_DEFINE));
}
