#include "log/execution.h"

#include <glib.h>

/* A log may be anybody's, and its numbers of any length. No server has run for 30 years, or takes
 * more than 65,535 parameters. */
static const int64_t longest = INT64_C(1000000000000);
enum { MOST_PARAMETERS = 65535 };

/* "0.072 ms": as microseconds. What follows is in `*rest`. */
static bool read_duration(struct piece message, int64_t *duration, struct piece *rest)
{
    static const char word[] = "duration: ";
    int64_t value = 0, part = 0, unit = 1000;

    if (!piece_starts(message, word))
        return false;
    message = piece_after(message, strlen(word));
    while (message.length > 0 && g_ascii_isdigit(*message.at)) {
        if (value > longest)
            return false;
        value = value * 10 + (*message.at - '0');
        message = piece_after(message, 1);
    }
    if (message.length > 0 && *message.at == '.') {
        message = piece_after(message, 1);
        for (; message.length > 0 && g_ascii_isdigit(*message.at);
             message = piece_after(message, 1))
            part += (*message.at - '0') * (unit /= 10);
    }
    if (!piece_starts(message, " ms"))
        return false;
    *duration = value * 1000 + part;
    *rest = piece_after(message, 3);
    return true;
}

/* "execute S_1/C_2: SELECT …": behind the colon. */
static bool skip_name(struct piece *text)
{
    const char *colon = memmem(text->at, text->length, ": ", 2);

    if (!colon)
        return false;
    *text = piece_after(*text, (size_t)(colon + 2 - text->at));
    return true;
}

static bool read_statement(struct piece text, struct execution *execution)
{
    if (piece_starts(text, "statement: ")) {
        execution->text = piece_after(text, strlen("statement: "));
        return true;
    }
    if (piece_starts(text, "execute fetch from ") || !piece_starts(text, "execute "))
        return false;
    execution->extended = true;
    execution->text = piece_after(text, strlen("execute "));
    return skip_name(&execution->text);
}

/* "parameters: $1 = …": the word is capitalised by some versions. */
static struct piece read_parameters(struct piece detail)
{
    const char *first = detail.at ? memmem(detail.at, detail.length, "$1 = ", 5) : NULL;
    const struct piece none = {NULL, 0};

    if (!first || first - detail.at > 40)
        return none;
    return piece_after(detail, (size_t)(first - detail.at));
}

static void read_message(const struct entry *entry, struct execution *execution)
{
    struct piece rest;

    if (read_duration(entry->message, &execution->duration, &rest)) {
        if (rest.length == 0) {
            execution->kind = EXECUTION_TIMED;
            return;
        }
        while (rest.length > 0 && *rest.at == ' ')
            rest = piece_after(rest, 1);
        if (read_statement(rest, execution)) {
            execution->kind = EXECUTION_DONE;
        } else if (piece_starts(rest, "bind ")) {
            execution->text = piece_after(rest, strlen("bind "));
            execution->extended = true;
            if (skip_name(&execution->text))
                execution->kind = EXECUTION_BOUND;
        }
    } else if (read_statement(entry->message, execution)) {
        execution->kind = EXECUTION_BEGUN;
    }
}

void execution_read(const struct entry *entry, struct execution *execution)
{
    *execution = (struct execution){.known = !entry->cut};
    if (entry->told) {
        execution->kind = EXECUTION_BEGUN;
        execution->text = entry->statement;
    } else if (entry->kind == ENTRY_ERROR) {
        execution->kind = EXECUTION_FAILED;
        execution->text = entry->statement;
        /* "unnamed portal with parameters: $1 = …" */
        const char *first =
            memmem(entry->context.at ? entry->context.at : "", entry->context.length, "$1 = ", 5);
        if (first)
            execution->parameters =
                piece_after(entry->context, (size_t)(first - entry->context.at));
    } else if (entry->kind == ENTRY_LOG && entry->message.at) {
        read_message(entry, execution);
        if (execution->text.at)
            execution->parameters = read_parameters(entry->detail);
    }
}

bool parameter_next(struct piece *parameters, unsigned *number, struct piece *text)
{
    struct piece at = *parameters;

    while (at.length > 0 && (*at.at == ',' || *at.at == ' '))
        at = piece_after(at, 1);
    if (at.length < 2 || *at.at != '$')
        return false;
    at = piece_after(at, 1);
    *number = 0;
    for (; at.length > 0 && g_ascii_isdigit(*at.at) && *number <= MOST_PARAMETERS;
         at = piece_after(at, 1))
        *number = *number * 10 + (unsigned)(*at.at - '0');
    if (!piece_starts(at, " = "))
        return false;
    at = piece_after(at, 3);
    if (piece_starts(at, "NULL")) {
        *text = (struct piece){NULL, 0};
        *parameters = piece_after(at, 4);
        return true;
    }
    if (at.length == 0 || *at.at != '\'')
        return false;
    at = piece_after(at, 1);
    text->at = at.at;
    for (; at.length > 0; at = piece_after(at, 1)) {
        if (*at.at != '\'')
            continue;
        if (at.length < 2 || at.at[1] != '\'') {
            text->length = (size_t)(at.at - text->at);
            *parameters = piece_after(at, 1);
            return true;
        }
        at = piece_after(at, 1);
    }
    return false;
}
