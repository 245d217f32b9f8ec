#pragma once
/* Puts into the place of what is no SQL something that the grammar can read, of the same length. */

#include <glib.h>

#include "facts/script.h"
#include "input/template.h"

struct filler {
    struct script *script;
    GArray *placeholders; /* struct placeholder */
};

/* Begins; filler_end gives what was found to the script. */
void filler_begin(struct filler *filler, struct script *script);
void filler_end(struct filler *filler);

/* Leaves blanks, and the ends of lines. */
void filler_blank(struct filler *filler, uint32_t from, uint32_t to);

/* A placeholder stands here. */
void filler_add(struct filler *filler, struct span span);

/* A dollar quote of which a template puts in the tag, of `length` bytes at both ends of `span`, gets one
 * that the grammar can read. */
void filler_add_tag(struct filler *filler, struct span span, uint32_t length);

/* The block of a template that begins here stands amid a statement: blanks, and its ELSE goes with
 * all that is put in instead. Returns where the text goes on. */
uint32_t filler_add_block(struct filler *filler, enum block block, struct span span);

/* The placeholders and blocks in the body of a routine. */
void filler_body(struct filler *filler, struct span body);
