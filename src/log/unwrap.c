#include "log/unwrap.h"

#include <cjson/cJSON.h>

#include "log/prefix.h"
#include "log/time.h"

/* ------------------------------------------------------------------ heads */

static size_t count_of(struct piece text, const char *others)
{
    size_t at = 0;

    while (at < text.length &&
           (g_ascii_isalnum(text.at[at]) || (text.at[at] && strchr(others, text.at[at]))))
        at++;
    return at;
}

/* ESC "[36m", with which a terminal changes the colour. */
static size_t colour_length(struct piece text)
{
    size_t at = 2;

    if (!piece_starts(text, "\033["))
        return 0;
    while (at < text.length && (g_ascii_isdigit(text.at[at]) || text.at[at] == ';'))
        at++;
    return at < text.length && text.at[at] == 'm' ? at + 1 : 0;
}

/* "db-1  | ", "[pod/db-0/postgres] "; 0 for none. */
static size_t head_length(struct piece line)
{
    size_t colour = colour_length(line);
    size_t at = colour + count_of(piece_after(line, colour), "_.-");
    size_t name = at;

    if (piece_starts(line, "[pod/")) {
        at = 1 + count_of(piece_after(line, 1), "_.-/");
        return at + 1 < line.length && line.at[at] == ']' && line.at[at + 1] == ' ' ? at + 2 : 0;
    }
    while (at < line.length && line.at[at] == ' ')
        at++;
    if (name == colour || at == name || at >= line.length || line.at[at] != '|')
        return 0;
    at++;
    at += colour_length(piece_after(line, at));
    return at + (at < line.length && line.at[at] == ' ');
}

/* What a container runtime of Kubernetes writes behind the time: "stdout F ". */
static size_t stream_length(struct piece text)
{
    static const char *const streams[] = {"stdout F ", "stderr F "};

    for (size_t i = 0; i < G_N_ELEMENTS(streams); i++) {
        if (piece_starts(text, streams[i]))
            return strlen(streams[i]);
    }
    return 0;
}

/* The time of docker logs -t, of kubectl logs --timestamps, of the files of a node and of GitHub
 * Actions. */
static size_t time_length(struct piece line)
{
    int64_t time;
    size_t length =
        line.length > 20 && line.at[10] == 'T' ? time_read(line.at, line.length, &time) : 0;

    if (length > 0 && length < line.length && line.at[length] == 'Z')
        length++;
    if (length == 0 || length >= line.length || line.at[length] != ' ')
        return 0;
    return length + 1 + stream_length(piece_after(line, length + 1));
}

/* "Nov 27 21:06:15 host postgres[7]: [3-1] " or with another time: where the text begins, which process
 * has written it, and whether it is the first line of an entry. journalctl shows no "[3-1]"; Heroku
 * writes "app[postgres.7]: [DATABASE] [3-1] ", with the name that the application has for it. */
struct syslog {
    size_t length;
    struct piece process;
    bool counted, first;
};

/* "[3-1] ": which line of which entry; 0 for none. */
static size_t count_length(struct piece text, bool *first)
{
    size_t digits = piece_starts(text, "[") ? count_of(piece_after(text, 1), "-") : 0;
    const char *dash = digits ? memchr(text.at, '-', digits + 1) : NULL;

    if (!dash || !piece_starts(piece_after(text, digits + 1), "] "))
        return 0;
    *first = dash[1] == '1' && dash == text.at + digits - 1;
    return digits + strlen("[] ");
}

static bool read_syslog(struct piece line, struct syslog *found)
{
    static const char server[] = "postgres", heroku[] = "postgres.";
    struct piece head = {line.at, MIN(line.length, (size_t)200)};
    const char *colon = memmem(head.at, head.length, "]: ", strlen("]: "));
    const char *open = colon ? memrchr(head.at, '[', (size_t)(colon - head.at)) : NULL;

    if (!open || open == head.at || open[-1] == ' ') /* " [7]: [3-1] " is a prefix */
        return false;
    struct piece name = {head.at, (size_t)(open - head.at)};
    struct piece text = piece_after(line, (size_t)(colon - line.at) + strlen("]: "));
    found->process = (struct piece){open + 1, (size_t)(colon - open - 1)};
    if (piece_starts(found->process, heroku)) {
        const char *close = memmem(text.at, text.length, "] [", strlen("] ["));
        found->process = piece_after(found->process, strlen(heroku));
        text = close ? piece_after(text, (size_t)(close - text.at) + strlen("] ")) : text;
    }
    size_t count = count_length(text, &found->first);
    found->counted = count > 0;
    found->length = line.length - text.length + count;
    return found->counted ||
           (name.length > strlen(server) &&
            piece_starts(piece_after(name, name.length - strlen(server)), server));
}

/* ------------------------------------------------------------------ objects */

/* The text of the first of these keys, from its opening quote on. */
static const char *find_text(struct piece line, const char **key)
{
    static const char *const keys[] = {"\"textPayload\"", "\"message\"", "\"log\"", "\"MESSAGE\""};

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *end = line.at + line.length,
                   *at = memmem(line.at, line.length, keys[i], strlen(keys[i]));
        if (!at)
            continue;
        at += strlen(keys[i]);
        while (at < end && (*at == ' ' || *at == ':'))
            at++;
        if (at < end && *at == '"') {
            *key = keys[i];
            return at;
        }
    }
    return NULL;
}

/* A line end in the text of one entry goes on with it. */
static void append_entry(GString *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        g_string_append_c(out, text[i]);
        if (text[i] == '\n' && i + 1 < length && text[i + 1] != '\t' &&
            prefix_label(text + i + 1, length - i - 1, LABEL_BLANKS).length == 0)
            g_string_append_c(out, '\t');
    }
}

static void take_object(struct piece line, GString *out)
{
    const char *key, *at = find_text(line, &key);

    if (!at)
        return;
    g_autofree char *copy = g_strndup(at, (size_t)(line.at + line.length - at));
    cJSON *value = cJSON_ParseWithOpts(copy, NULL, false);
    if (value)
        append_entry(out, value->valuestring, strlen(value->valuestring));
    else /* an entry without its prefix, which the reader counts as damage */
        g_string_append(out, "LOG:  ");
    /* docker cuts long lines into several texts, the last of which has the line end. */
    if (out->len > 0 && out->str[out->len - 1] != '\n' && (!value || strcmp(key, "\"log\"") != 0))
        g_string_append_c(out, '\n');
    cJSON_Delete(value);
}

/* ------------------------------------------------------------------ lines */

/* rsyslog writes a tab as #011. */
static void append_syslog(GString *out, struct piece text)
{
    for (size_t i = 0; i < text.length; i++) {
        bool tab = text.length - i >= 4 && memcmp(text.at + i, "#011", 4) == 0;
        g_string_append_c(out, tab ? '\t' : text.at[i]);
        i += tab ? 3 : 0;
    }
}

/* A line over 900 bytes goes on in the next line of the same entry; without counts that is not
 * seen, and a line that begins nothing is one of the statement. */
static void take_syslog(struct unwrap *unwrap, struct piece line, GString *out)
{
    struct syslog found;

    if (!read_syslog(line, &found)) {
        /* journalctl puts all lines of an entry below the first one. */
        if (unwrap->ongoing && piece_starts(line, " "))
            g_string_append_printf(out, "\n\t%.*s", (int)line.length, line.at);
        return;
    }
    struct piece text = piece_after(line, found.length);
    bool tabbed = piece_starts(text, "#011") || piece_starts(text, "\t");
    bool labelled = prefix_label(text.at, text.length, LABEL_BLANKS).length > 0;
    bool begins = found.counted ? found.first || labelled : labelled;
    if ((begins || tabbed || !found.counted) && unwrap->ongoing)
        g_string_append_c(out, '\n');
    if (begins && !tabbed)
        g_string_append_printf(out, "[%.*s] ", (int)found.process.length, found.process.at);
    else if (!tabbed && !found.counted)
        g_string_append_c(out, '\t');
    append_syslog(out, text);
    unwrap->ongoing = true;
}

static struct piece strip(const struct unwrap *unwrap, struct piece line)
{
    size_t length = unwrap->head ? head_length(line) : 0;

    line = piece_after(line, length);
    length = unwrap->time ? time_length(line) : 0;
    return piece_after(line, length);
}

void unwrap_line(struct unwrap *unwrap, struct piece line, GString *out)
{
    if (unwrap->object) {
        take_object(line, out);
    } else if (unwrap->syslog) {
        take_syslog(unwrap, line, out);
    } else {
        line = strip(unwrap, line);
        g_string_append_len(out, line.at, (gssize)line.length);
        g_string_append_c(out, '\n');
    }
}

/* ------------------------------------------------------------------ guessing */

static bool is_of_log(struct piece text)
{
    int64_t time;

    return text.length > 0 && (*text.at == '\t' || piece_starts(text, "{\"") ||
                               time_read(text.at, text.length, &time) > 0);
}

struct counts {
    unsigned all, heads, times, objects, syslogs;
};

static void count_line(struct counts *counts, struct piece line)
{
    struct syslog syslog;
    const char *key;
    size_t head = head_length(line);
    struct piece rest = piece_after(line, head);
    size_t time = time_length(rest);

    counts->all++;
    counts->heads += head > 0 && is_of_log(rest);
    counts->times += time > 0 && is_of_log(piece_after(rest, time));
    counts->syslogs += read_syslog(line, &syslog);
    counts->objects +=
        (*line.at == '{' || *line.at == ' ' || *line.at == '\t') && find_text(line, &key);
}

/* "{…", "[{…" or "[" alone; a prefix may be "[7] ". */
static bool begins_objects(struct piece line)
{
    size_t at = *line.at == '[';

    while (at < line.length && g_ascii_isspace(line.at[at]))
        at++;
    return at == line.length ? *line.at == '[' : line.at[at] == '{';
}

bool unwrap_guess(struct unwrap *unwrap, const char *bytes, size_t size)
{
    enum { MOST_LINES = 400 };
    const char *at = bytes, *end = bytes + size;
    struct counts counts = {0};
    bool object = false;

    for (; at < end && counts.all < MOST_LINES;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        struct piece line = {at, (size_t)((stop ? stop : end) - at)};
        if (line.length > 0 && counts.all == 0)
            object = begins_objects(line);
        if (line.length > 0)
            count_line(&counts, line);
        at += line.length + 1;
    }
    *unwrap = (struct unwrap){
        .head = 3 * counts.heads > counts.all,
        .time = 3 * counts.times > counts.all,
        .object = object && counts.objects > 0,
        .syslog = 2 * counts.syslogs > counts.all,
    };
    return unwrap->head || unwrap->time || unwrap->object || unwrap->syslog;
}
