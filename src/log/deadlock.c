#include "log/deadlock.h"

static const char word[] = "Process ";

/* "Process 12": the number, and the length of both; 0 when this is none. */
static size_t read_process(struct piece text, uint32_t *process)
{
    size_t length = strlen(word);

    if (!piece_starts(text, word))
        return 0;
    *process = piece_number(piece_after(text, length));
    while (length < text.length && text.at[length] >= '0' && text.at[length] <= '9')
        length++;
    return length;
}

uint32_t deadlock_finder(struct piece detail)
{
    uint32_t process = 0;

    return read_process(detail, &process) ? process : 0;
}

/* The text behind blanks, and behind the tabs by which it is set in. */
static struct piece set_in(struct piece text)
{
    while (text.length > 0 && (*text.at == ' ' || *text.at == '\t'))
        text = piece_after(text, 1);
    return text;
}

static struct piece next_line(struct piece text)
{
    const char *stop = memchr(text.at, '\n', text.length);

    return stop ? piece_after(text, (size_t)(stop - text.at) + 1) : piece_after(text, text.length);
}

/* Whether a line begins the statement of a process: "Process 12: UPDATE …". */
static size_t begins_statement(struct piece line, uint32_t *process)
{
    size_t length = read_process(line, process);

    return length > 0 && line.length > length && line.at[length] == ':' ? length + 1 : 0;
}

bool deadlock_next(struct piece *rest, uint32_t *process, struct piece *statement)
{
    struct piece line = *rest;
    uint32_t other;
    size_t length = 0;

    while (line.length > 0 && !(length = begins_statement(set_in(line), process)))
        line = next_line(line);
    if (line.length == 0)
        return false;
    *statement = piece_after(set_in(line), length);
    do
        line = next_line(line);
    while (line.length > 0 && !begins_statement(set_in(line), &other));
    statement->length = (size_t)(line.at - statement->at);
    *rest = line;
    return true;
}
