/* The level of a transaction, shown at its BEGIN: as a code lens, or as an inlay hint. */
#include "lsp/state.h"

/* A command without a name does nothing when it is clicked. */
static cJSON *lens_json(const struct server *server, const struct document *document,
                        const struct lens *lens)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddItemToObject(json, "range", document_range(server, document, lens->start, lens->end));
    cJSON *command = cJSON_AddObjectToObject(json, "command");
    cJSON_AddStringToObject(command, "title", lens->text);
    cJSON_AddStringToObject(command, "command", "");
    return json;
}

static cJSON *inlay_json(const struct server *server, const struct document *document,
                         const struct lens *lens)
{
    cJSON *range = document_range(server, document, lens->end, lens->end);
    cJSON *json = cJSON_CreateObject();

    cJSON_AddItemToObject(json, "position", cJSON_DetachItemFromObject(range, "end"));
    cJSON_Delete(range);
    cJSON_AddStringToObject(json, "label", lens->text);
    cJSON_AddBoolToObject(json, "paddingLeft", true);
    return json;
}

static cJSON *answer(const struct server *server, const cJSON *params,
                     cJSON *(*make)(const struct server *, const struct document *,
                                    const struct lens *))
{
    const struct open *open = state_document(server, params);
    cJSON *list = cJSON_CreateArray();

    for (guint i = 0; open && i < open->lenses->len; i++)
        cJSON_AddItemToArray(list, make(server, open->document, open->lenses->pdata[i]));
    return list;
}

cJSON *lenses_answer(const struct server *server, const cJSON *params)
{
    return answer(server, params, lens_json);
}

cJSON *inlays_answer(const struct server *server, const cJSON *params)
{
    return answer(server, params, inlay_json);
}
