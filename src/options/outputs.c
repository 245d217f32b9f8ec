#include "options/outputs.h"

#include <string.h>

static void request_clear(void *data)
{
    struct output_request *request = data;

    g_free(request->path);
}

void outputs_init(struct outputs *outputs, const char *const *known)
{
    outputs->known = known;
    outputs->requests = g_array_new(FALSE, FALSE, sizeof(struct output_request));
    g_array_set_clear_func(outputs->requests, request_clear);
    outputs->waiting = NULL;
}

void outputs_finish(struct outputs *outputs)
{
    g_array_unref(outputs->requests);
    g_free(outputs->waiting);
}

bool outputs_add_format(struct outputs *outputs, const char *name, struct error *error)
{
    struct output_request request = {0};

    for (const char *const *known = outputs->known; *known; known++) {
        if (strcmp(*known, name) == 0)
            request.format = *known;
    }
    if (!request.format) {
        g_autofree char *known = g_strjoinv(", ", (char **)outputs->known);
        return error_set(error, "--format: unknown format \"%s\" (choose %s)", name, known);
    }
    request.path = g_steal_pointer(&outputs->waiting);
    g_array_append_val(outputs->requests, request);
    return true;
}

bool outputs_add_path(struct outputs *outputs, const char *path, struct error *error)
{
    GArray *requests = outputs->requests;
    char **place = requests->len
                       ? &g_array_index(requests, struct output_request, requests->len - 1).path
                       : &outputs->waiting;

    if (!*path)
        return error_set(error, "--output: the name of the file is empty");
    if (*place)
        return error_set(error, "--output: \"%s\" and \"%s\" are for one --format", *place, path);
    *place = g_strdup(path);
    return true;
}

static bool same_place(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    g_autofree char *x = g_canonicalize_filename(a, NULL);
    g_autofree char *y = g_canonicalize_filename(b, NULL);
    return strcmp(x, y) == 0;
}

bool outputs_complete(struct outputs *outputs, struct error *error)
{
    GArray *requests = outputs->requests;

    if (requests->len == 0 && !outputs_add_format(outputs, outputs->known[0], error))
        return false;
    for (guint i = 0; i < requests->len; i++) {
        struct output_request *request = &g_array_index(requests, struct output_request, i);
        if (request->path && strcmp(request->path, "-") == 0)
            g_clear_pointer(&request->path, g_free);
        for (guint j = 0; j < i; j++) {
            const struct output_request *other = &g_array_index(requests, struct output_request, j);
            if (same_place(request->path, other->path))
                return error_set(error, "--output: %s and %s both go to %s", other->format,
                                 request->format,
                                 request->path ? request->path : "standard output");
        }
    }
    return true;
}
