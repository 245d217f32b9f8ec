#pragma once
/* The base protocol of the Language Server Protocol: messages with a header in front
 * ("Content-Length: 42", an empty line, 42 bytes). What a client sends that is no message costs a
 * fault, and the next header is found again. */

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

struct wire {
    GString *bytes;    /* what was fed and is not taken */
    size_t taken;      /* of it */
    size_t length;     /* of the message whose header was read */
    size_t skip;       /* bytes of a message that is too long */
    bool known;        /* the header has said the length */
    bool started;      /* a line of the header was read */
    bool body;         /* the header is complete */
    bool skip_line;    /* a line that was too long goes on */
    const char *fault; /* of this header; NULL: none so far */
};

enum wire_state {
    WIRE_MORE,    /* nothing is complete */
    WIRE_MESSAGE, /* a message */
    WIRE_FAULT,   /* something that is none */
};

/* Freed by wire_finish. */
void wire_init(struct wire *wire);
void wire_finish(struct wire *wire);

/* Adds what has arrived, which is copied. */
void wire_feed(struct wire *wire, const char *bytes, size_t size);

/* The next thing that is complete. Of a message, `text` and `size` are its bytes, which stay until
 * the wire is fed or asked again; of a fault, `text` says in a few words what was wrong. */
enum wire_state wire_next(struct wire *wire, const char **text, size_t *size);
