#pragma once
/* The server between two pipes: one thread talks to the editor, another one analyses, so that a
 * question is answered while files are read. */

#include "lsp/server.h"

/* Who can analyse. */
struct analysis {
    /* Called from another thread, one job at a time. NULL when the job was cancelled. */
    struct outcome *(*run)(void *context, struct job *job);
    void *context;
};

/* Reads from `in` and writes to `out` until the editor ends the session or goes away; *clean when it
 * ended it as the protocol says: "shutdown", then "exit". False when reading or writing failed. */
bool lsp_serve(int in, int out, const struct analysis *analysis, bool *clean, struct error *error);
