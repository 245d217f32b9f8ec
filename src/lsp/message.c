#include "lsp/message.h"

#include <string.h>

void message_free(struct rpc_message *message)
{
    if (!message)
        return;
    cJSON_Delete(message->json);
    g_free(message);
}

/* ------------------------------------------------------------------ writing */

static void send_json(const struct sink *sink, cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    size_t size = strlen(text);
    g_autofree char *header = g_strdup_printf("Content-Length: %zu\r\n\r\n", size);

    sink->write(sink->context, header, strlen(header));
    sink->write(sink->context, text, size);
    cJSON_free(text);
    cJSON_Delete(json);
}

static cJSON *envelope(void)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "jsonrpc", "2.0");
    return json;
}

static cJSON *answer_to(const cJSON *id)
{
    cJSON *json = envelope();

    cJSON_AddItemToObject(json, "id", id ? cJSON_Duplicate(id, true) : cJSON_CreateNull());
    return json;
}

void send_result(const struct sink *sink, const cJSON *id, cJSON *result)
{
    cJSON *json = answer_to(id);

    cJSON_AddItemToObject(json, "result", result ? result : cJSON_CreateNull());
    send_json(sink, json);
}

void send_error(const struct sink *sink, const cJSON *id, enum rpc_error code, const char *text)
{
    cJSON *json = answer_to(id);
    cJSON *error = cJSON_AddObjectToObject(json, "error");

    cJSON_AddNumberToObject(error, "code", code);
    cJSON_AddStringToObject(error, "message", text);
    send_json(sink, json);
}

void send_notification(const struct sink *sink, const char *method, cJSON *params)
{
    cJSON *json = envelope();

    cJSON_AddStringToObject(json, "method", method);
    cJSON_AddItemToObject(json, "params", params);
    send_json(sink, json);
}

void send_request(const struct sink *sink, int id, const char *method, cJSON *params)
{
    cJSON *json = envelope();

    cJSON_AddNumberToObject(json, "id", id);
    cJSON_AddStringToObject(json, "method", method);
    cJSON_AddItemToObject(json, "params", params);
    send_json(sink, json);
}

/* ------------------------------------------------------------------ reading */

static bool is_id(const cJSON *id)
{
    return cJSON_IsString(id) || cJSON_IsNumber(id);
}

static struct rpc_message *refuse(cJSON *json, const struct sink *sink, enum rpc_error code,
                                  const char *text)
{
    const cJSON *id = cJSON_IsObject(json) ? cJSON_GetObjectItemCaseSensitive(json, "id") : NULL;

    send_error(sink, is_id(id) ? id : NULL, code, text);
    cJSON_Delete(json);
    return NULL;
}

/* Whether the escape of a surrogate stands here: "\ud83d", whose first digits are `from` to `to`. */
static bool is_half(const char *at, const char *end, char from, char to)
{
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u' || g_ascii_tolower(at[2]) != 'd')
        return false;
    char digit = (char)g_ascii_tolower(at[3]);
    return digit >= from && digit <= to && g_ascii_isxdigit(at[4]) && g_ascii_isxdigit(at[5]);
}

/* The text with U+FFFD for each half of a character: an editor counts in UTF-16 and may have cut one in
 * two. Both are one unit, so that what follows stays where it is. */
static char *without_halves(const char *text, size_t size)
{
    char *whole = g_strndup(text, size), *end = whole + size;

    for (char *at = whole; at < end; at++) {
        if (*at != '\\')
            continue;
        if (is_half(at, end, '8', 'b') && is_half(at + 6, end, 'c', 'f'))
            at += 11;
        else if (is_half(at, end, '8', 'f'))
            memcpy(at + 2, "fffd", 4);
        else
            at++;
    }
    return whole;
}

static cJSON *parse(const char *text, size_t size)
{
    /* cJSON takes any bytes, and would send them back. */
    if (!g_utf8_validate(text, (gssize)size, NULL))
        return NULL;
    cJSON *json = cJSON_ParseWithLength(text, size);
    if (json)
        return json;
    g_autofree char *whole = without_halves(text, size);
    return cJSON_ParseWithLength(whole, size);
}

struct rpc_message *message_read(const char *text, size_t size, const struct sink *sink)
{
    cJSON *json = parse(text, size);

    if (!json)
        return refuse(NULL, sink, RPC_PARSE_ERROR, "the message is not valid JSON");
    if (!cJSON_IsObject(json))
        return refuse(json, sink, RPC_INVALID_REQUEST, "the message is not a JSON object");
    const cJSON *method = cJSON_GetObjectItemCaseSensitive(json, "method");
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(json, "id");
    const cJSON *params = cJSON_GetObjectItemCaseSensitive(json, "params");
    bool answer = !method && (json_at(json, "result") || json_at(json, "error"));
    if (!cJSON_IsString(method) && !answer)
        return refuse(json, sink, RPC_INVALID_REQUEST, "method must be a string");
    if (id && !is_id(id) && !answer)
        return refuse(json, sink, RPC_INVALID_REQUEST, "id must be a string or a number");
    if (params && !cJSON_IsObject(params) && !cJSON_IsArray(params) && !cJSON_IsNull(params))
        return refuse(json, sink, RPC_INVALID_PARAMS, "params must be an object or an array");

    struct rpc_message *message = g_new0(struct rpc_message, 1);
    message->json = json;
    message->method = answer ? NULL : method->valuestring;
    message->id = id;
    message->params = params;
    return message;
}

const cJSON *json_at_path(const cJSON *object, const char *const *names)
{
    for (; object && *names; names++)
        object = cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, *names) : NULL;
    return object;
}

/* A whole number that is not negative; what no line can be is the greatest. */
static bool read_number(const cJSON *number, size_t *value)
{
    if (!cJSON_IsNumber(number) || !(number->valuedouble >= 0))
        return false;
    *value = number->valuedouble > G_MAXINT32 ? G_MAXINT32 : (size_t)number->valuedouble;
    return true;
}

bool json_place(const cJSON *object, const char *name, struct place *place)
{
    const cJSON *at = json_at(object, name);

    return read_number(json_at(at, "line"), &place->line) &&
           read_number(json_at(at, "character"), &place->character);
}

bool same_id(const cJSON *a, const cJSON *b)
{
    if (cJSON_IsNumber(a) && cJSON_IsNumber(b))
        return a->valuedouble == b->valuedouble; /* an id is a whole number */
    return cJSON_IsString(a) && cJSON_IsString(b) && strcmp(a->valuestring, b->valuestring) == 0;
}
