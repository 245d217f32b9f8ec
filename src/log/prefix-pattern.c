/* What a prefix may be, of which one example is there. */
#include "log/prefix-parts.h"

#include <glib.h>

#include "log/time.h"

/* A word is what no separator of a prefix ends. */
static size_t word_length(struct piece text)
{
    size_t at = 0;

    if (piece_starts(text, "[unknown]"))
        return strlen("[unknown]");
    if (piece_starts(text, "[local]"))
        return strlen("[local]");
    while (at < text.length && !strchr(" @/,;:=()[]<>|\"\t", text.at[at]) && text.at[at] != '\0')
        at++;
    return at;
}

struct guess {
    GString *text;
    bool time, process, user, database, application, state;
};

static void put_escape(struct guess *guess, char escape)
{
    g_string_append_c(guess->text, '%');
    g_string_append_c(guess->text, escape);
}

static bool ends_with(const GString *text, const char *end)
{
    return g_str_has_suffix(text->str, end);
}

/* What "user=", user=" and the like announce; 0 for none. */
static char announced(const GString *text)
{
    static const struct {
        const char *key;
        char escape;
    } keys[] = {{"user=", 'u'},
                {"usr=", 'u'},
                {"username=", 'u'},
                {"u=", 'u'},
                {"db=", 'd'},
                {"database=", 'd'},
                {"d=", 'd'},
                {"app=", 'a'},
                {"application=", 'a'},
                {"application_name=", 'a'},
                {"a=", 'a'},
                {"client=", 'h'},
                {"host=", 'h'},
                {"remote=", 'h'},
                {"h=", 'h'},
                {"r=", 'h'},
                {"pid=", 'p'},
                {"p=", 'p'},
                {"sqlstate=", 'e'},
                {"sql_error_code = ", 'e'},
                {"sql_error_code=", 'e'},
                {"state=", 'e'},
                {"code=", 'e'},
                {"e=", 'e'},
                {"line=", 'l'},
                {"l=", 'l'},
                {"xid=", 'x'},
                {"x=", 'x'}};

    size_t end = text->len - ends_with(text, "\"");
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        size_t length = strlen(keys[i].key), before = end - length;
        if (end >= length && strncmp(text->str + before, keys[i].key, length) == 0 &&
            (before == 0 || !g_ascii_isalpha(text->str[before - 1])))
            return keys[i].escape;
    }
    return 0;
}

/* A word whose sense only its place tells: user, database, application in this order. */
static void guess_word(struct guess *guess, struct piece word, char next)
{
    char key = announced(guess->text);
    bool digits = prefix_count_digits(word) == word.length;

    if (key == 'p')
        guess->process = true;
    if (key == 'u')
        guess->user = true;
    if (key == 'd')
        guess->database = true;
    if (key) {
        put_escape(guess, key);
    } else if (next == '=') {
        g_string_append_len(guess->text, word.at, (gssize)word.length);
    } else if (word.length == 5 && prefix_state_length(word) && (guess->process || !digits) &&
               !guess->state && (!digits || piece_is(word, "00000"))) {
        guess->state = true;
        put_escape(guess, 'e');
    } else if (digits && !guess->process) {
        guess->process = true;
        put_escape(guess, 'p');
    } else if (digits) {
        put_escape(guess, ends_with(guess->text, ":") || ends_with(guess->text, "-") ? 'l' : 'x');
    } else if (g_ascii_isdigit(*word.at) || *word.at == '[') {
        if (piece_is(word, "[unknown]") && guess->database && !guess->application) {
            guess->application = true;
            put_escape(guess, 'a');
        } else {
            put_escape(guess, 'h');
        }
    } else if (!guess->user) {
        guess->user = true;
        put_escape(guess, 'u');
    } else if (!guess->database) {
        guess->database = true;
        put_escape(guess, 'd');
    } else {
        guess->application = true;
        put_escape(guess, 'a');
    }
}

/* "[119", "[119-3", "[3-1": the process, then the number of the line. */
static size_t guess_bracket(struct guess *guess, struct piece text)
{
    size_t digits = text.length > 1 ? prefix_count_digits(piece_after(text, 1)) : 0;
    struct piece rest = piece_after(text, 1 + digits);
    size_t more =
        rest.length > 1 && *rest.at == '-' ? prefix_count_digits(piece_after(rest, 1)) : 0;

    if (digits == 0 || (rest.length > 0 && g_ascii_isxdigit(*rest.at))) /* "[6b09f0c7.2e7c" */
        return 0;
    g_string_append_c(guess->text, '[');
    if (piece_starts(piece_after(text, 1), "00000]") && !guess->state) {
        guess->state = true;
        put_escape(guess, 'e');
        return 1 + digits;
    }
    put_escape(guess, guess->process ? 'l' : 'p');
    if (more > 0 && guess->process)
        g_string_append_len(guess->text, rest.at, (gssize)(1 + more));
    else if (more > 0)
        g_string_append(guess->text, "-%l");
    guess->process = true;
    return 1 + digits + (more > 0 ? 1 + more : 0);
}

/* What follows "app=" may have blanks: up to what parts the fields. */
static size_t announced_length(struct piece text)
{
    size_t at = 0;

    while (at < text.length && !strchr(",;|)\"\t", text.at[at]) && text.at[at] != '\0')
        at++;
    while (at == text.length && at > 0 && text.at[at - 1] == ' ')
        at--;
    return at;
}

/* "10.0.0.1(5432)" */
static size_t port_length(struct piece text)
{
    size_t digits =
        text.length > 1 && *text.at == '(' ? prefix_count_digits(piece_after(text, 1)) : 0;

    return digits && text.length > digits + 1 && text.at[digits + 1] == ')' ? digits + 2 : 0;
}

/* "fd12:4cf1::5ff0" */
static size_t ipv6_length(struct piece text)
{
    enum { LONGEST = 45, COLONS = 3 }; /* a time has two */
    char address[LONGEST + 1];
    size_t at = 0, colons = 0;

    while (at < text.length && at < LONGEST &&
           (g_ascii_isxdigit(text.at[at]) || text.at[at] == ':')) {
        colons += text.at[at] == ':';
        address[at] = text.at[at];
        at++;
    }
    address[at] = '\0';
    return (colons >= COLONS || g_str_equal(address, "::1")) && g_hostname_is_ip_address(address)
               ? at
               : 0;
}

static size_t guess_one(struct guess *guess, struct piece text)
{
    int64_t time;
    size_t length = time_read(text.at, text.length, &time);

    if (length) { /* the second one is when the process began */
        put_escape(guess, guess->time ? 's' : 'm');
        guess->time = true;
        return length;
    }
    if ((length = prefix_session_length(text))) {
        put_escape(guess, 'c');
        return length;
    }
    if ((length = prefix_transaction_length(text))) {
        put_escape(guess, 'v');
        return length;
    }
    if (*text.at == '[' && (length = guess_bracket(guess, text)))
        return length;
    if (*text.at == '-' && text.length > 1 && ends_with(guess->text, " ") &&
        (length = prefix_count_digits(piece_after(text, 1)))) {
        put_escape(guess, 'Q');
        return 1 + length;
    }
    if ((length = ipv6_length(text))) {
        size_t port = port_length(piece_after(text, length));
        put_escape(guess, port > 0 ? 'r' : 'h');
        return length + port;
    }
    length = announced(guess->text) == 'a' ? announced_length(text) : word_length(text);
    if (length == 0 || !(g_ascii_isalnum(*text.at) || strchr("_/[", *text.at) ||
                         (unsigned char)*text.at >= 0x80)) {
        if (*text.at == '%')
            g_string_append_c(guess->text, '%');
        g_string_append_c(guess->text, *text.at);
        return 1;
    }
    size_t port = port_length(piece_after(text, length));
    if (port > 0) {
        put_escape(guess, 'r');
        return length + port;
    }
    size_t next = length;
    while (next < text.length && text.at[next] == ' ')
        next++;
    guess_word(guess, (struct piece){text.at, length}, next < text.length ? text.at[next] : 0);
    return length;
}

char *prefix_guess_pattern(struct piece head)
{
    struct guess guess = {.text = g_string_new(NULL)};

    while (head.length > 0)
        head = piece_after(head, guess_one(&guess, head));
    return g_string_free(guess.text, FALSE);
}
