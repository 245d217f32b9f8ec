/* Backslash commands of psql and pgbench (psqlscanslash.l, command.c). */
#include "input/framer.h"

#include <glib.h>

/* Commands that send the statement in front of them. */
static bool command_sends(const char *command)
{
    static const char *const senders[] = {"g",     "gx",           "gset",  "gexec",
                                          "gdesc", "crosstabview", "watch", NULL};

    return g_strv_contains(senders, command);
}

static struct psql *read_command(struct framer *framer, const char *name, const char *name_end)
{
    struct arena *arena = &framer->script->arena;
    struct psql *psql = arena_new(arena, struct psql);
    const char *stop = line_end(framer, name_end), *next = name_end;
    bool whole_line;

    psql->command = arena_strndup(arena, name, (size_t)(name_end - name));
    if (g_ascii_strcasecmp(psql->command, "copy") == 0) /* the only one in any case */
        psql->command = "copy";
    whole_line = strcmp(psql->command, "copy") == 0 || strcmp(psql->command, "!") == 0;

    /* Another command may follow on the line; pgbench continues a line with a backslash. */
    for (char quote = '\0'; !whole_line && next < stop; next++) {
        if (quote) {
            quote = *next == quote ? '\0' : quote;
        } else if (*next == '\'' || *next == '"' || *next == '`') {
            quote = *next;
        } else if (*next == '\\') {
            const char *rest = next + 1;
            while (rest < stop && (*rest == ' ' || *rest == '\r'))
                rest++;
            if (rest < stop) {
                stop = next;
                break;
            }
            stop = line_end(framer, MIN(stop + 1, framer->end));
        }
    }
    framer->at = stop;

    while (name_end < stop && g_ascii_isspace(*name_end))
        name_end++;
    while (stop > name_end && g_ascii_isspace(stop[-1]))
        stop--;
    psql->arguments = arena_strndup(arena, name_end, (size_t)(stop - name_end));
    return psql;
}

static void track_conditional(struct framer *framer, const char *command)
{
    if (strcmp(command, "if") == 0)
        framer->conditional++;
    else if (strcmp(command, "endif") == 0 && framer->conditional > 0)
        framer->conditional--;
}

static bool copies_from_stdin(const struct psql *psql)
{
    if (strcmp(psql->command, "copy") != 0)
        return false;
    g_autofree char *lower = g_ascii_strdown(psql->arguments, -1);
    const char *from = strstr(lower, " from ");
    if (!from)
        return false;
    from += strlen(" from ");
    while (*from == ' ')
        from++;
    return g_str_has_prefix(from, "stdin") || g_str_has_prefix(from, "pstdin");
}

/* Of \if … \else … \endif amid a statement the first branch is read. */
static void skip_otherwise(struct framer *framer)
{
    const char *at = framer->at;
    uint32_t start = offset_of(framer, at);
    unsigned depth = 0;

    while (at < framer->end) {
        at = line_end(framer, at);
        while (at < framer->end && g_ascii_isspace(*at))
            at++;
        if (strncmp(at, "\\if ", 4) == 0) {
            depth++;
        } else if (strncmp(at, "\\endif", 6) == 0 && depth-- == 0) {
            filler_add_block(&framer->filler, BLOCK_OTHER,
                             (struct span){start, offset_of(framer, at)});
            framer->at = at;
            return;
        }
    }
}

void read_backslash(struct framer *framer)
{
    const char *start = framer->at, *name = start + 1, *name_end = name;

    if (name < framer->end && *name == ';') {
        framer->at = name + 1;
        struct statement *statement = end_statement(framer);
        if (statement)
            statement->flags |= STATEMENT_JOINED;
        return;
    }
    while (name_end < framer->end &&
           (g_ascii_isalnum(*name_end) || *name_end == '_' || *name_end == '+'))
        name_end++;
    if (name_end == name && name_end < framer->end && !g_ascii_isspace(*name_end))
        name_end++; /* \! \? \. \\ */

    struct psql *psql = read_command(framer, name, name_end);
    framer->psql = true;
    if (framer->start && command_sends(psql->command)) {
        framer->copies += framer->copy_data;
        end_statement_with(framer, psql);
        return;
    }
    if (strcmp(psql->command, "r") == 0 || strcmp(psql->command, "reset") == 0) {
        framer->start = NULL;
        end_statement(framer);
        return;
    }
    if (framer->start && (strcmp(psql->command, "else") == 0 || strcmp(psql->command, "elif") == 0))
        skip_otherwise(framer);
    if (framer->start) /* a command amid a statement is not sent with it */
        blank(framer, start, framer->at);
    append(framer, STATEMENT_PSQL, start, framer->at)->psql = psql;
    track_conditional(framer, psql->command);
    const char *data_end = copies_from_stdin(psql) ? skip_copy_data(framer, framer->at) : NULL;
    if (data_end)
        framer->at = data_end;
}
