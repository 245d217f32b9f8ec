#include "report/observed.h"

#include "report/json-text.h"

static void add_partners(cJSON *object, const struct observed_failure *failure)
{
    cJSON *list = cJSON_AddArrayToObject(object, "partners");

    for (size_t i = 0; i < failure->partner_count; i++) {
        const struct observed_partner *partner = &failure->partners[i];
        cJSON *item = cJSON_CreateObject();
        json_add_text(item, "program", partner->program);
        cJSON_AddNumberToObject(item, "count", (double)partner->count);
        cJSON_AddBoolToObject(item, "certain", partner->certain);
        cJSON_AddItemToArray(list, item);
    }
}

static void add_failures(cJSON *object, const struct observed *observed)
{
    cJSON *list = cJSON_AddArrayToObject(object, "failures");

    for (size_t i = 0; i < observed->failure_count; i++) {
        const struct observed_failure *failure = &observed->failures[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "sqlstate", failure->sqlstate);
        cJSON_AddNumberToObject(item, "count", (double)failure->count);
        cJSON_AddBoolToObject(item, "here", failure->here);
        add_partners(item, failure);
        cJSON_AddItemToArray(list, item);
    }
}

static void add_step(cJSON *object, const char *name, const char *time, uint32_t line)
{
    cJSON *item = cJSON_AddObjectToObject(object, name);

    cJSON_AddStringToObject(item, "time", time);
    cJSON_AddNumberToObject(item, "line", line);
}

static void add_loss(cJSON *object, const struct observed_loss *loss)
{
    cJSON *item = cJSON_AddObjectToObject(object, "lostUpdate");

    json_add_text(item, "path", loss->path);
    json_add_text(item, "other", loss->other);
    add_step(item, "read", loss->read, loss->read_line);
    add_step(item, "between", loss->between, loss->between_line);
    add_step(item, "written", loss->written, loss->written_line);
}

cJSON *observed_json(const struct observed *observed)
{
    cJSON *object = cJSON_CreateObject();

    json_add_text(object, "program", observed->program);
    cJSON_AddNumberToObject(object, "runs", (double)observed->runs);
    if (observed->first) {
        cJSON_AddStringToObject(object, "first", observed->first);
        cJSON_AddStringToObject(object, "last", observed->last);
    }
    cJSON_AddNumberToObject(object, "failed", (double)observed->failed);
    cJSON_AddNumberToObject(object, "retried", (double)observed->retried);
    add_failures(object, observed);
    if (observed->leaked)
        cJSON_AddBoolToObject(object, "leaked", true);
    cJSON_AddNumberToObject(object, "lostUpdates", (double)observed->lost_updates);
    if (observed->loss)
        add_loss(object, observed->loss);
    json_add_text(object, "path", observed->path);
    cJSON_AddNumberToObject(object, "line", observed->line);
    return object;
}

cJSON *unforeseen_json(const struct report *report)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < report->unforeseen_count; i++) {
        const struct unforeseen *each = &report->unforeseen[i];
        cJSON *item = cJSON_CreateObject();
        json_add_text(item, "program", each->program);
        cJSON_AddStringToObject(item, "sqlstate", each->sqlstate);
        cJSON_AddNumberToObject(item, "count", (double)each->count);
        json_add_text(item, "statement", each->statement);
        json_add_text(item, "path", each->path);
        cJSON_AddNumberToObject(item, "line", each->line);
        cJSON_AddItemToArray(list, item);
    }
    return list;
}
