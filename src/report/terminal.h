#pragma once
/* Text on a terminal: what comes from files is made harmless, and its width is known. */

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

/* Appends bytes of a file: tabs become four blanks, control and escape characters, invalid UTF-8
 * and the bracket of "##[…" and "##name[…", which logs of CI take for commands wherever it stands,
 * become U+FFFD. Returns the columns it takes. */
size_t terminal_append(GString *text, const char *bytes, size_t length);

/* The columns that these bytes take, and how many of them fit into so many columns. */
size_t terminal_columns(const char *bytes, size_t length);
size_t terminal_fit(const char *bytes, size_t length, size_t columns);

/* The same for a path that begins a line: "::error::x" is a file, and a command of GitHub's runner,
 * so "./" comes before it. */
size_t terminal_append_path(GString *text, const char *path);

/* Whether a line, blanks before it left out, would be such a command. */
bool terminal_is_command(const char *line, size_t length);

/* The length of what begins a command of a log at `text`, which begins with "##": up to its
 * bracket; 0 when it begins none. */
size_t terminal_command_length(const char *text, size_t length);

/* Several lines made harmless, whose line ends stay. Owned by the caller. */
GString *terminal_lines(const char *bytes, size_t length);

/* Whether the terminal that the environment speaks of shows links (OSC 8): one of those that are known
 * to, or what FORCE_HYPERLINK says, 0 or 1. */
bool terminal_knows_links(void);

/* The columns of the terminal that a file descriptor is, or TERMINAL_USUAL when it is none. */
int terminal_width(int descriptor);
enum { TERMINAL_USUAL = 80 };

/* Whether a character moves the cursor, changes colours or turns the direction of text, or is none
 * (U+FFFE, U+FFFF), which XML cannot hold. */
bool terminal_is_harmful(gunichar c);

enum style {
    STYLE_NONE,
    STYLE_ERROR,
    STYLE_WARNING,
    STYLE_NOTE,
    STYLE_BOLD,
    STYLE_GUTTER,
};

/* The escape sequence that begins a style (STYLE_NONE ends it); "" without colour. */
const char *terminal_style(bool color, enum style style);
