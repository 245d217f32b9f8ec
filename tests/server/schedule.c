#include "server/schedule.h"

#include "server/scan.h"
#include "support/check.h"

struct reader {
    struct schedule *schedule;
    const char *text, *at;
    unsigned line;
    GPtrArray *into; /* the actions that are being read */
    unsigned session;
    struct action *last; /* the action that ended on this line, or NULL */
    char *condition;     /* of the \if that is open, or NULL */
};

static void action_free(gpointer data)
{
    struct action *action = data;

    g_free(action->sql);
    g_free(action->outcome);
    g_free(action->condition);
    g_free(action);
}

static struct action *add_action(struct reader *reader, enum action_kind kind)
{
    struct action *action = g_new0(struct action, 1);

    action->kind = kind;
    action->session = reader->session;
    action->line = reader->line;
    action->condition = g_strdup(reader->condition);
    g_ptr_array_add(reader->into, action);
    return action;
}

static void advance(struct reader *reader, const char *to)
{
    for (; reader->at < to; reader->at++) {
        if (*reader->at == '\n') {
            reader->line++;
            reader->last = NULL;
        }
    }
}

static const char *line_end(const char *at)
{
    return at + strcspn(at, "\n");
}

/* What stands behind "-->", without what is meant for the page's test; NULL for nothing. */
static char *outcome_of(const char *at, const char *end)
{
    char *outcome = g_strstrip(g_strndup(at, (gsize)(end - at)));

    if (g_str_has_suffix(outcome, "found")) {
        outcome[strlen(outcome) - strlen("found")] = '\0';
        g_strchomp(outcome);
        if (g_str_has_suffix(outcome, ","))
            outcome[strlen(outcome) - 1] = '\0';
    }
    if (*outcome)
        return outcome;
    g_free(outcome);
    return NULL;
}

/* ------------------------------------------------------------------ lines that are no SQL */

static unsigned session_index(struct schedule *schedule, const char *name)
{
    guint index;

    if (g_ptr_array_find_with_equal_func(schedule->sessions, name, g_str_equal, &index))
        return index;
    g_ptr_array_add(schedule->sessions, g_strdup(name));
    return schedule->sessions->len - 1;
}

static void read_session(struct reader *reader, const char *words, char *outcome)
{
    g_auto(GStrv) parts = g_strsplit(words, " ", 2);
    g_autofree char *what = parts[0] && parts[1] ? g_strstrip(g_strdup(parts[1])) : g_strdup("");

    reader->into = reader->schedule->actions;
    reader->session = session_index(reader->schedule, parts[0] ? parts[0] : "");
    if (strcmp(what, "goes on") == 0)
        add_action(reader, ACTION_GOES_ON)->outcome = outcome;
    else if (strcmp(what, "disconnects") == 0)
        add_action(reader, ACTION_DISCONNECT);
    else if (*what || outcome)
        fail_msg("%s:%u: a session goes on or disconnects, it does not \"%s\"",
                 reader->schedule->path, reader->line, what);
}

static void read_finally(struct reader *reader, const char *words)
{
    reader->into = reader->schedule->finally;
    if (*words == ':') {
        g_free(reader->schedule->anomaly);
        reader->schedule->anomaly = g_strdelimit(g_strstrip(g_strdup(words + 1)), " ", '-');
    }
}

/* A comment: a header, an outcome, or nothing. */
static void read_comment(struct reader *reader)
{
    const char *end = line_end(reader->at);
    bool starts_line = reader->at == reader->text || reader->at[-1] == '\n';
    g_autofree char *line = g_strndup(reader->at, (gsize)(end - reader->at));
    char *arrow = strstr(line, "-->");

    if (arrow == line) {
        if (!reader->last)
            fail_msg("%s:%u: no statement ends here: %s", reader->schedule->path, reader->line,
                     line);
        g_free(reader->last->outcome);
        reader->last->outcome = outcome_of(line + strlen("-->"), line + strlen(line));
    } else if (starts_line && g_str_has_prefix(line, "-- session ")) {
        char *outcome = arrow ? outcome_of(arrow + strlen("-->"), line + strlen(line)) : NULL;
        if (arrow)
            *arrow = '\0';
        read_session(reader, g_strstrip(line + strlen("-- session ")), outcome);
    } else if (starts_line && g_str_has_prefix(line, "-- finally")) {
        read_finally(reader, line + strlen("-- finally"));
    }
    advance(reader, end);
}

static void set_obstacle(struct schedule *schedule, const char *command)
{
    if (!schedule->obstacle)
        schedule->obstacle = g_strdup(command);
}

/* A command of psql on a line of its own. */
static void read_command(struct reader *reader)
{
    const char *end = line_end(reader->at);
    g_autofree char *line = g_strstrip(g_strndup(reader->at, (gsize)(end - reader->at)));

    if (g_str_has_prefix(line, "\\if :") && !reader->condition) {
        reader->condition = g_strdup(line + strlen("\\if :"));
    } else if (strcmp(line, "\\else") == 0 && reader->condition && *reader->condition != '!') {
        char *negated = g_strconcat("!", reader->condition, NULL);
        g_free(reader->condition);
        reader->condition = negated;
    } else if (strcmp(line, "\\endif") == 0) {
        g_clear_pointer(&reader->condition, g_free);
    } else {
        set_obstacle(reader->schedule, line);
    }
    advance(reader, end);
}

/* ------------------------------------------------------------------ statements */

static void read_statement(struct reader *reader)
{
    const char *start = reader->at, *end = scan_statement(start);
    struct action *action = add_action(reader, ACTION_SEND);

    action->sql = g_strchomp(g_strndup(start, (gsize)(end - start)));
    advance(reader, end);
    action->line = reader->line;
    reader->last = action;
    if (*end == ';') {
        advance(reader, end + 1);
    } else if (g_str_has_prefix(end, "\\gset")) {
        action->stores = true;
        advance(reader, end + strlen("\\gset"));
    } else if (*end == '\\') {
        g_autofree char *rest = g_strndup(end, strcspn(end, " \n"));
        set_obstacle(reader->schedule, rest);
        advance(reader, line_end(end));
    } else if (!reader->schedule->obstacle) {
        fail_msg("%s:%u: the statement has no semicolon: %s", reader->schedule->path, action->line,
                 action->sql);
    }
}

void schedule_read(struct schedule *schedule, const char *path, unsigned line, const char *text)
{
    struct reader reader = {.schedule = schedule, .text = text, .at = text, .line = line};

    *schedule = (struct schedule){
        .path = g_strdup(path),
        .sessions = g_ptr_array_new_with_free_func(g_free),
        .setup = g_ptr_array_new_with_free_func(action_free),
        .actions = g_ptr_array_new_with_free_func(action_free),
        .finally = g_ptr_array_new_with_free_func(action_free),
    };
    reader.into = schedule->setup;
    while (*reader.at) {
        if (g_ascii_isspace(*reader.at))
            advance(&reader, reader.at + 1);
        else if (g_str_has_prefix(reader.at, "--"))
            read_comment(&reader);
        else if (*reader.at == '\\')
            read_command(&reader);
        else
            read_statement(&reader);
    }
    g_free(reader.condition);
}

void schedule_finish(struct schedule *schedule)
{
    g_free(schedule->path);
    g_free(schedule->anomaly);
    g_free(schedule->obstacle);
    g_ptr_array_unref(schedule->sessions);
    g_ptr_array_unref(schedule->setup);
    g_ptr_array_unref(schedule->actions);
    g_ptr_array_unref(schedule->finally);
}

bool schedule_is_single(const struct schedule *schedule)
{
    return schedule->sessions->len == 0;
}

bool session_is_tested(const char *name)
{
    return strcmp(name, "control") != 0;
}

bool statement_begins(const char *sql, const char *words)
{
    size_t length = strlen(words);

    return g_ascii_strncasecmp(sql, words, length) == 0 && !g_ascii_isalnum(sql[length]) &&
           sql[length] != '_';
}

bool statement_ends_transaction(const char *sql)
{
    return (statement_begins(sql, "COMMIT") || statement_begins(sql, "END") ||
            statement_begins(sql, "ROLLBACK")) &&
           !statement_begins(sql, "COMMIT PREPARED") &&
           !statement_begins(sql, "ROLLBACK PREPARED") && !statement_begins(sql, "ROLLBACK TO");
}
