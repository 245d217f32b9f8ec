/* One table of the words that tools write into comments, each with what it means. A comment counts
 * when it is the first thing on its line. */
#include "input/outline.h"

#include <string.h>

#include <glib.h>

#include "base/lexical.h"
#include "base/pattern.h"

struct comment {
    struct span span;
    const char *text; /* behind the dashes and blanks, trimmed */
    unsigned dashes;
};

struct word {
    const char *word; /* what the text begins with */
    enum marker (*read)(struct outline *outline, const struct comment *comment, const char *rest);
};

/* ------------------------------------------------------------------ parts */

static struct part *add_part(struct outline *outline, uint32_t start, enum framing framing)
{
    struct part *part = arena_new(&outline->script->arena, struct part);

    part->start = start;
    part->framing = framing;
    outline->part->next = part;
    outline->part = part;
    return part;
}

static enum marker migration(struct outline *outline, enum tool tool, uint32_t start,
                             enum framing framing, bool undo)
{
    struct part *part = add_part(outline, start, framing);

    outline->tool = tool;
    part->concurrency = RUNS_ALONE;
    part->undo = undo;
    part->reconnects = undo;
    return MARKER_END;
}

/* A comment about the whole file. */
static enum marker fix(struct outline *outline, enum tool tool, enum framing framing)
{
    outline->tool = tool;
    outline->fixed = true;
    outline->framing = framing;
    return MARKER_NONE;
}

static bool says(const char *rest, const char *pattern)
{
    return pattern_occurs(pattern, PATTERN_CASELESS, rest);
}

/* ------------------------------------------------------------------ tools */

static enum marker dbmate_up(struct outline *outline, const struct comment *comment,
                             const char *rest)
{
    return migration(outline, TOOL_DBMATE, comment->span.start,
                     says(rest, "\\btransaction:\\s*false") ? FRAMING_MESSAGE : FRAMING_FILE,
                     strstr(comment->text, "migrate:down") != NULL);
}

/* "+goose Up", and of sql-migrate "+migrate Up notransaction". */
static enum marker goose(struct outline *outline, const struct comment *comment, const char *rest)
{
    if (says(rest, "^\\s*(up|down)\\b"))
        return migration(outline, TOOL_GOOSE, comment->span.start,
                         says(rest, "\\bnotransaction\\b") ? FRAMING_STATEMENT : FRAMING_FILE,
                         says(rest, "^\\s*down"));
    if (says(rest, "^\\s*no\\s+transaction\\b"))
        return fix(outline, TOOL_GOOSE, FRAMING_STATEMENT);
    if (says(rest, "^\\s*statementbegin\\b"))
        return MARKER_GROUP_BEGIN;
    if (says(rest, "^\\s*statementend\\b"))
        return MARKER_GROUP_END;
    return MARKER_NONE;
}

static enum marker node_pg_migrate(struct outline *outline, const struct comment *comment,
                                   const char *rest)
{
    (void)rest;
    outline->script->run_together = true;
    return migration(outline, TOOL_NODE_PG_MIGRATE, comment->span.start, FRAMING_FILE,
                     comment->text[0] == 'D');
}

static enum marker tern_down(struct outline *outline, const struct comment *comment,
                             const char *rest)
{
    (void)rest;
    if (comment->dashes < 4)
        return MARKER_NONE;
    outline->part->framing = FRAMING_FILE;
    outline->part->concurrency = RUNS_ALONE;
    return migration(outline, TOOL_TERN, comment->span.start, FRAMING_FILE, true);
}

static enum marker tern_setting(struct outline *outline, const struct comment *comment,
                                const char *rest)
{
    if (comment->dashes < 4 || !says(rest, "^\\s*disable-tx\\b"))
        return MARKER_NONE;
    return fix(outline, TOOL_TERN, FRAMING_STATEMENT);
}

static enum marker atlas(struct outline *outline, const struct comment *comment, const char *rest)
{
    (void)comment;
    return fix(outline, TOOL_ATLAS, says(rest, "^\\s*none\\b") ? FRAMING_STATEMENT : FRAMING_FILE);
}

/* "--> statement-breakpoint" between the statements of a migration. */
static enum marker drizzle(struct outline *outline, const struct comment *comment, const char *rest)
{
    (void)comment;
    (void)rest;
    return fix(outline, TOOL_DRIZZLE, FRAMING_FILE);
}

static enum marker sqlx(struct outline *outline, const struct comment *comment, const char *rest)
{
    (void)rest;
    if (comment->span.start > 0)
        return MARKER_NONE; /* only the first bytes of a file count */
    return fix(outline, TOOL_SQLX, FRAMING_MESSAGE);
}

/* Beginning of a script as `sqitch add` writes it: "Deploy flipr:users to pg". `sqitch rework`
 * copies the script that deploys the old change into revert/, whose name says more then. */
static enum marker sqitch(struct outline *outline, const struct comment *comment, const char *rest)
{
    if (outline->script->statements || !says(rest, "^\\s+\\S+:\\S+\\s+(to|from|on)\\s+\\w+$"))
        return MARKER_NONE;
    if (outline->tool != TOOL_SQITCH)
        outline->part->undo = comment->text[0] == 'R';
    outline->tool = TOOL_SQITCH;
    outline->part->framing = FRAMING_STATEMENT;
    outline->part->concurrency = RUNS_ALONE;
    return MARKER_NONE;
}

/* ------------------------------------------------------------------ Liquibase */

/* The value of an attribute, name:value or name:"value"; NULL when it is not given. Owned by the
 * caller. */
static char *attribute(const char *rest, const char *name)
{
    g_autofree char *pattern = g_strdup_printf("(?:^|\\s)%s:(?|\"([^\"]*)\"|(\\S*))", name);

    return pattern_group(pattern, PATTERN_CASELESS, rest, 1);
}

static bool is_false(const char *rest, const char *name)
{
    g_autofree char *value = attribute(rest, name);

    return value && g_ascii_strcasecmp(value, "false") == 0;
}

/* dbms:postgresql,h2 and dbms:!oracle; without it a changeset is for all. */
static bool is_for_postgresql(const char *rest)
{
    g_autofree char *value = attribute(rest, "dbms");
    g_auto(GStrv) systems = g_strsplit_set(value ? value : "all", ", ", -1);
    bool wanted = false;

    for (char **system = systems; *system; system++) {
        if (**system == '!' && strstr(*system, "postgres"))
            return false;
        wanted |=
            **system == '!' || strcmp(*system, "all") == 0 || g_str_has_prefix(*system, "postgres");
    }
    return wanted;
}

static enum marker liquibase(struct outline *outline, const struct comment *comment,
                             const char *rest)
{
    (void)comment;
    if (says(rest, "^\\s+formatted\\s+sql\\b")) {
        outline->tool = TOOL_LIQUIBASE;
        outline->part->concurrency = RUNS_ALONE;
    }
    return MARKER_NONE;
}

static enum marker changeset(struct outline *outline, const struct comment *comment,
                             const char *rest)
{
    enum framing framing = FRAMING_FILE;

    if (outline->tool != TOOL_LIQUIBASE || !strchr(rest, ':'))
        return MARKER_NONE;
    if (is_false(rest, "runInTransaction"))
        framing = is_false(rest, "splitStatements") ? FRAMING_MESSAGE : FRAMING_STATEMENT;
    migration(outline, TOOL_LIQUIBASE, comment->span.start, framing, false);
    outline->part->skipped = !is_for_postgresql(rest);
    outline->text_end = 0;
    g_autofree char *delimiter = attribute(rest, "endDelimiter");
    outline->delimiter = delimiter && *delimiter && strcmp(delimiter, ";") != 0
                             ? arena_strdup(&outline->script->arena, delimiter)
                             : NULL;
    return MARKER_END;
}

/* "rollback DROP TABLE x;", in one line or several, or nothing to run. */
static enum marker rollback(struct outline *outline, const struct comment *comment,
                            const char *rest)
{
    struct part *part = outline->part;
    bool first = outline->text_end == 0;

    if (outline->tool != TOOL_LIQUIBASE || part->skipped ||
        says(rest, "^\\s*($|empty\\b|not required\\b|changeset)"))
        return MARKER_NONE;
    outline->text_end = comment->span.end;
    if (!first)
        return MARKER_MORE_TEXT;
    migration(outline, TOOL_LIQUIBASE, comment->span.start, part->framing, true);
    return MARKER_TEXT;
}

void outline_resume(struct outline *outline, uint32_t offset)
{
    outline->text_end = 0;
    migration(outline, TOOL_LIQUIBASE, offset, outline->part->framing, false);
}

/* ------------------------------------------------------------------ graphile-migrate, Cornucopia
 */

static enum marker named_query(struct outline *outline, const struct comment *comment,
                               const char *pattern, const char *rest)
{
    g_autofree char *name =
        outline->tool == TOOL_NONE && !outline->nested ? pattern_group(pattern, 0, rest, 1) : NULL;

    if (!name)
        return MARKER_NONE;
    struct part *part = add_part(outline, comment->span.start, outline->part->framing);
    part->name = arena_strdup(&outline->script->arena, name);
    part->reconnects = true;
    return MARKER_END;
}

static enum marker exclamation(struct outline *outline, const struct comment *comment,
                               const char *rest)
{
    if (comment->dashes != 2)
        return MARKER_NONE;
    if (says(rest, "^\\s*no-transaction\\b"))
        return fix(outline, TOOL_GRAPHILE_MIGRATE, FRAMING_MESSAGE);
    if (says(rest, "^\\s*(previous|hash|message|allowinvalidhash|split|miscellaneous)\\b")) {
        outline->tool = TOOL_GRAPHILE_MIGRATE;
        outline->part->concurrency = RUNS_ALONE;
        outline->part->framing = FRAMING_FILE;
        return MARKER_NONE;
    }
    return named_query(outline, comment, "^ ([A-Za-z_]\\w*)\\s*(\\([^)]*\\)\\s*)?(:.*)?$", rest);
}

/* ------------------------------------------------------------------ queries with names */

/* sqlc "GetUser :one", yesql "get-user", aiosql "get_user^", "add_user<!", "create_schema#". */
static enum marker name(struct outline *outline, const struct comment *comment, const char *rest)
{
    return named_query(outline, comment,
                       "^\\s*([A-Za-z_](?:[\\w.-]*\\w)?)(\\(.*\\))?[!^$#*?<>-]*(\\s+:\\w+)?$",
                       rest);
}

/* HugSQL ":name get-user :? :1", PgTyped "@name GetUser". */
static enum marker tagged_name(struct outline *outline, const struct comment *comment,
                               const char *rest)
{
    return named_query(outline, comment, "^\\s+([A-Za-z_][\\w.*!?<>-]*)", rest);
}

/* ------------------------------------------------------------------ the table */

static const struct word words[] = {
    {"migrate:up", dbmate_up},
    {"migrate:down", dbmate_up},
    {"+goose", goose},
    {"+migrate", goose},
    {"Up Migration", node_pg_migrate},
    {"Down Migration", node_pg_migrate},
    {"create above / drop below", tern_down},
    {"tern:", tern_setting},
    {"atlas:txmode", atlas},
    {"> statement-breakpoint", drizzle},
    {"no-transaction", sqlx},
    {"postgres-migrations disable-transaction", sqlx},
    {"Deploy", sqitch},
    {"Revert", sqitch},
    {"Verify", sqitch},
    {"liquibase rollback", rollback},
    {"liquibase", liquibase},
    {"changeset", changeset},
    {"rollback", rollback},
    {"!", exclamation},
    {"name:", name},
    {":name", tagged_name},
    {"@name", tagged_name},
};

static bool begins_line(const struct script *script, uint32_t offset)
{
    if (offset == 3 && memcmp(script->bytes, "\xEF\xBB\xBF", 3) == 0)
        return true;
    while (offset > 0 && (script->bytes[offset - 1] == ' ' || script->bytes[offset - 1] == '\t'))
        offset--;
    return offset == 0 || script->bytes[offset - 1] == '\n';
}

enum marker outline_comment(struct outline *outline, struct span span, uint32_t *text)
{
    const char *bytes = outline->script->bytes, *at = bytes + span.start, *end = bytes + span.end;
    struct comment comment = {.span = span};

    if (!begins_line(outline->script, span.start))
        return MARKER_NONE;
    if (*at == '/') {
        at += 2;
        end -= end - at >= 2 && memcmp(end - 2, "*/", 2) == 0 ? 2 : 0;
        comment.span.end = (uint32_t)(end - bytes);
    }
    for (; at < end && *at == '-'; at++)
        comment.dashes++;
    while (at < end && g_ascii_isspace(*at))
        at++;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (*at != words[i].word[0])
            continue; /* by far the most */
        size_t length = strlen(words[i].word);
        if ((size_t)(end - at) < length || memcmp(at, words[i].word, length) != 0)
            continue;
        g_autofree char *copy = g_strchomp(g_strndup(at, (size_t)(end - at)));
        comment.text = copy;
        *text = (uint32_t)(at + length - bytes);
        return words[i].read(outline, &comment, copy + length);
    }
    return MARKER_NONE;
}

void outline_begin(struct outline *outline, struct script *script)
{
    struct part *part = arena_new(&script->arena, struct part);

    *outline = (struct outline){.script = script, .part = part};
    script->parts = part;
    outline->tool = tool_of_path(script, part);
}

void outline_end(struct outline *outline)
{
    const struct part *part = outline->script->parts;
    struct statement **link = script_unfinished(outline->script);

    for (struct part *each = outline->script->parts; each; each = each->next) {
        each->outside = tool_outside(outline->tool);
        if (outline->fixed) {
            each->framing = outline->framing;
            each->concurrency = RUNS_ALONE;
        }
    }
    while (*link) {
        struct statement *statement = *link;
        while (part->next && part->next->start <= statement->span.start)
            part = part->next;
        if (part->undo)
            statement->flags |= STATEMENT_UNDO;
        if (part->skipped)
            *link = statement->next;
        else
            link = &statement->next;
    }
}
