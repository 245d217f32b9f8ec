#include "evidence/errors.h"

#include <string.h>

#include "lint/rule.h"
#include "log/limits.h"
#include "log/time.h"
#include "report/json-text.h"
#include "report/terminal.h"

/* One failure, ready to be told. */
struct told {
    const struct event *event;
    const struct program *program, *partner; /* as they are shown; NULL: left out */
    guint statement;
    const struct finding *finding; /* that foretells it, or NULL */
};

/* Errors that come of two transactions. */
static bool is_of_two(const char *state)
{
    return strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0 ||
           strcmp(state, "23505") == 0 || strcmp(state, "55P03") == 0;
}

static int compare_events(const void *a, const void *b)
{
    const struct told *x = a, *y = b;

    if (x->event->time != y->event->time)
        return x->event->time < y->event->time ? -1 : 1;
    int order = strcmp(x->event->file, y->event->file);
    return order ? order
                 : (int)(x->event->line > y->event->line) - (x->event->line < y->event->line);
}

/* The number of its statement in the program that it was put to. */
static guint final_statement(const struct event *event, const struct program *program)
{
    const struct program *own = event->program;

    if (own == program)
        return event->statement;
    if (event->statement >= own->shapes->len)
        return program->shapes->len;
    if (program->before > 0)
        return program->before + event->statement;
    if (own->shapes->len == 1 && !own->block) { /* one statement of a transaction */
        guint at = 0;
        g_ptr_array_find(program->shapes, own->shapes->pdata[0], &at);
        return at;
    }
    return event->statement;
}

static GArray *collect(const struct evidence *evidence, const struct project *project)
{
    const GArray *events = window_events(evidence->workload->window);
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct told));

    for (guint i = 0; i < events->len; i++) {
        const struct event *event = &g_array_index(events, struct event, i);
        const struct program *program = program_final(event->program);
        if (!is_of_two(event->state) || !program || !program->name)
            continue;
        struct told told = {
            .event = event,
            .program = program,
            .partner = event->partner ? program_final(event->partner) : NULL,
            .statement = final_statement(event, program),
        };
        if (told.partner && !told.partner->name)
            told.partner = NULL;
        told.finding = evidence_foretells(evidence, project, program, event->state, told.statement);
        /* Most duplicates are no race: nobody inserted the key at the same time. */
        if (strcmp(event->state, "23505") != 0 || told.finding || (told.partner && event->certain))
            g_array_append_val(all, told);
    }
    g_array_sort(all, compare_events);
    return all;
}

static void put(FILE *out, const char *text)
{
    g_autoptr(GString) line = g_string_new(NULL);

    terminal_append(line, text, strlen(text));
    fputs(line->str, out);
}

static void put_partner(FILE *out, const struct told *told)
{
    if (!told->partner) {
        fputs("  with: the log does not say\n", out);
        return;
    }
    fputs(told->event->certain ? "  because of: " : "  at the same time: ", out);
    put(out, told->partner == told->program ? "another run of it" : told->partner->name);
    fputs(told->event->certain ? "\n" : " (touched the same tables)\n", out);
}

/* `again`: an earlier failure has shown what the finding says. */
static void put_finding(FILE *out, const struct told *told, bool again)
{
    if (!told->finding) {
        fputs("  predicted by: no finding\n", out);
        return;
    }
    if (again) {
        fprintf(out, "  predicted by: %s, as above\n", told->finding->rule->name);
        return;
    }
    fprintf(out, "  predicted by: %s: ", told->finding->rule->name);
    put(out, told->finding->message);
    fputc('\n', out);
    for (const struct help *help = told->finding->help; help; help = help->next) {
        fputs(help == told->finding->help ? "  help: " : "        ", out);
        put(out, help->text);
        fputc('\n', out);
    }
}

static void put_counts(FILE *out, const GArray *all)
{
    guint foretold = 0;

    for (guint i = 0; i < all->len; i++)
        foretold += g_array_index(all, struct told, i).finding != NULL;
    fprintf(out, "%u %s, %u of them predicted by a finding\n", all->len,
            all->len == 1 ? "failure" : "failures", foretold);
}

void errors_text(const struct evidence *evidence, const struct project *project, FILE *out)
{
    g_autoptr(GArray) all = collect(evidence, project);
    g_autoptr(GHashTable) shown = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < all->len; i++) {
        const struct told *told = &g_array_index(all, struct told, i);
        g_autofree char *time =
            told->event->time != NO_TIME ? time_text(told->event->time) : g_strdup("");
        g_autofree char *statement = evidence_statement(told->program, told->statement);
        fprintf(out, "%s %s ", time, told->event->state);
        put(out, told->event->file);
        fprintf(out, ":%u\n  failed: ", told->event->line);
        put(out, statement);
        fputs(" of ", out);
        put(out, told->program->name);
        fputc('\n', out);
        put_partner(out, told);
        put_finding(out, told, told->finding && !g_hash_table_add(shown, (gpointer)told->finding));
        fputc('\n', out);
    }
    put_counts(out, all);
}

static cJSON *told_json(const struct told *told)
{
    cJSON *object = cJSON_CreateObject();
    g_autofree char *time = told->event->time != NO_TIME ? time_text(told->event->time) : NULL;
    g_autofree char *statement = evidence_statement(told->program, told->statement);

    if (time)
        cJSON_AddStringToObject(object, "time", time);
    cJSON_AddStringToObject(object, "sqlstate", told->event->state);
    json_add_text(object, "path", told->event->file);
    cJSON_AddNumberToObject(object, "line", told->event->line);
    json_add_text(object, "program", told->program->name);
    json_add_text(object, "statement", statement);
    if (told->partner) {
        json_add_text(object, "partner", told->partner->name);
        cJSON_AddBoolToObject(object, "certain", told->event->certain);
    }
    if (told->finding) {
        json_add_text(object, "rule", told->finding->rule->name);
        json_add_text(object, "message", told->finding->message);
        cJSON *list = cJSON_AddArrayToObject(object, "help");
        for (const struct help *help = told->finding->help; help; help = help->next) {
            g_autofree char *valid = g_utf8_make_valid(help->text, -1);
            cJSON_AddItemToArray(list, cJSON_CreateString(valid));
        }
    }
    return object;
}

void errors_json(const struct evidence *evidence, const struct project *project, FILE *out)
{
    g_autoptr(GArray) all = collect(evidence, project);
    cJSON *object = cJSON_CreateObject();

    cJSON_AddNumberToObject(object, "version", 1);
    cJSON *list = cJSON_AddArrayToObject(object, "errors");
    for (guint i = 0; i < all->len; i++)
        cJSON_AddItemToArray(list, told_json(&g_array_index(all, struct told, i)));
    json_write(object, out);
    cJSON_Delete(object);
}
