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
    ARCHIVE,    /* a directory for scripts that nothing runs any more */
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
    [ARCHIVE] = "(^|/)_?(archived?|archives|obsolete|deprecated|attic|"
                "(archived?|obsolete|deprecated|old)[-_]migrations?|"
                "migrations?[-_.](archived?|archives|obsolete|deprecated|old))/",
};

/* Few paths have one of these, and the patterns cost more than to look for them. */
static const char *const words[ROLES][6] = {
    [FIRST_DATA] = {"initdb", "seed", "data"},
    [REPAIR] = {"fix", "off", "hoc", "debug"},
    [CLEANING] = {"clean", "corr"},
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

/* DO $$ BEGIN INSERT …; ALTER TABLE …; END $$ */
static bool does_work(const struct do_block *block)
{
    const struct body_statement *each = block->body ? block->body->statements : NULL;

    while (each && !(each->kind == BODY_SQL && each->statement &&
                     (each->statement->kind == STATEMENT_DEFINE ||
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

/* Ends with a SELECT outside of its transactions that shows what it has done, which a job shows to
 * no one. */
static bool shows_result(const struct script *script)
{
    const struct statement *last = NULL;
    bool open = false;

    for (const struct statement *each = script->statements; each; each = each->next) {
        if (each->kind == STATEMENT_BEGIN)
            open = true;
        else if (each->kind == STATEMENT_COMMIT || each->kind == STATEMENT_ROLLBACK)
            open = false;
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
           is_rows(script) || is_by_hand(script) ||
           (path_says(CLEANING, path) && shows_result(script));
}
