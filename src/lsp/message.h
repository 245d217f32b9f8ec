#pragma once
/* JSON-RPC 2.0 as the Language Server Protocol uses it: one object a message, no batches. */

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>
#include <glib.h>

#include "lsp/position.h"

/* JSON-RPC 2.0, 5.1; Language Server Protocol 3.17, "ErrorCodes". */
enum rpc_error {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
    RPC_NOT_INITIALIZED = -32002,
    RPC_CANCELLED = -32800,
};

/* A request when it has an id, else a notification. What answers a request of ours has no method. */
struct rpc_message {
    cJSON *json; /* the whole; owns the rest */
    const char *method;
    const cJSON *id;
    const cJSON *params;
};

/* NULL is nothing. */
void message_free(struct rpc_message *message);

/* Where what is sent goes. */
struct sink {
    void (*write)(void *context, const char *bytes, size_t size);
    void *context;
};

/* Reads one; NULL when it is none, and an error has been sent. Freed by message_free. */
struct rpc_message *message_read(const char *text, size_t size, const struct sink *sink);

/* Each takes over what it sends; `id` NULL is an id that is not known. */
void send_result(const struct sink *sink, const cJSON *id, cJSON *result);
void send_error(const struct sink *sink, const cJSON *id, enum rpc_error code, const char *text);
void send_notification(const struct sink *sink, const char *method, cJSON *params);
void send_request(const struct sink *sink, int id, const char *method, cJSON *params);

/* The member at the end of a path, json_at(params, "textDocument", "uri"); NULL when there is none. */
#define json_at(object, ...) json_at_path(object, (const char *const[]){__VA_ARGS__, NULL})
const cJSON *json_at_path(const cJSON *object, const char *const *names);

/* Whether an object has a place at `name`, which is put into *place. */
bool json_place(const cJSON *object, const char *name, struct place *place);

/* Two ids are the same: a number and its text are not. */
bool same_id(const cJSON *a, const cJSON *b);
