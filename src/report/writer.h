#pragma once
/* How text for people is written: harmless, in colours where there are some, and no wider than the
 * terminal. Shared by the files that make up the format "text", and by nothing else. */

#include <stdbool.h>
#include <stdio.h>

#include "report/report.h"
#include "report/terminal.h"

struct writer {
    FILE *out;
    bool color;
    bool links;
    int width;  /* columns of a line */
    int gutter; /* columns of the line numbers beside source */
};

/* The one that the report asks for. */
struct writer writer_of(const struct report *report, FILE *out);

/* Writes text of isolint's own. */
void writer_put(const struct writer *writer, enum style style, const char *text);

/* Writes text that may hold pieces of a file. */
void writer_put_harmless(const struct writer *writer, const char *text);

/* Writes a path that begins a line. */
void writer_put_path(const struct writer *writer, const char *path);

/* The same, broken between words where a line would be too wide: the text begins at `column`, and
 * each other line at `indent`. A word that is too wide, and code in backquotes, stay whole. */
void writer_put_folded(const struct writer *writer, const char *text, int column, int indent);

/* The margin beside source: a line number, or "", and a bar. */
void writer_put_gutter(const struct writer *writer, const char *number, const char *bar);

/* "= kind: text", folded. */
void writer_put_note(const struct writer *writer, const char *kind, const char *text);

/* The source lines of a finding with what is underlined in them. */
void snippet_put(struct writer *writer, const struct finding *finding);

/* The interleaving that shows a failure: the runs side by side where that fits, else below one
 * another. */
void witness_put(const struct writer *writer, const struct witness *witness);
