#include "engine/result.h"

#include "base/arena.h"
#include "lint/registry.h"

struct isolint_finding {
    const char *rule;
    enum isolint_severity severity;
    const char *message;
    struct isolint_place place;
    const char **help, **predicts; /* NULL-terminated */
    struct isolint_place *related;
    struct isolint_edit *edits;
    size_t related_count, edit_count;
};

struct isolint_result {
    struct arena arena;
    struct isolint_finding *findings;
    size_t count;
    const char **troubles, **remarks; /* NULL-terminated */
};

/* ------------------------------------------------------------------ copying */

/* A place of a script that was put together is one of the file that the text comes from. */
static struct isolint_place place_of(struct arena *arena, const struct script *script,
                                     struct span span, const char *label)
{
    struct position start, end;
    const char *path = script_place((struct script *)script, span.start, &start);

    script_place((struct script *)script, span.end, &end);
    return (struct isolint_place){.path = arena_strdup(arena, path),
                                  .line = start.line,
                                  .column = start.column,
                                  .end_line = end.line,
                                  .end_column = end.column,
                                  .label = label ? arena_strdup(arena, label) : NULL};
}

static void copy_help(struct arena *arena, struct isolint_finding *copy,
                      const struct finding *finding)
{
    size_t count = 0;

    for (const struct help *each = finding->help; each; each = each->next)
        count++;
    copy->help = arena_array(arena, const char *, count + 1);
    count = 0;
    for (const struct help *each = finding->help; each; each = each->next)
        copy->help[count++] = arena_strdup(arena, each->text);
}

/* Names of anomalies are part of the rules: they outlive every result. */
static void copy_predicts(struct arena *arena, struct isolint_finding *copy,
                          const struct finding *finding)
{
    const char *const *all = finding->rule->predicts;
    size_t most = G_N_ELEMENTS(finding->rule->predicts);

    copy->predicts = arena_array(arena, const char *, most + 1);
    if (finding->predicts)
        copy->predicts[0] = arena_strdup(arena, finding->predicts);
    for (size_t i = 0; !finding->predicts && i < most && all[i]; i++)
        copy->predicts[i] = all[i];
}

static void copy_related(struct arena *arena, struct isolint_finding *copy,
                         const struct finding *finding)
{
    for (const struct related *each = finding->related; each; each = each->next)
        copy->related_count++;
    copy->related = arena_array(arena, struct isolint_place, copy->related_count);
    size_t count = 0;
    for (const struct related *each = finding->related; each; each = each->next)
        copy->related[count++] = place_of(arena, each->script, each->span, each->label);
}

static void copy_edits(struct arena *arena, struct isolint_finding *copy,
                       const struct finding *finding)
{
    if (finding->script->origins)
        return;
    for (const struct edit *each = finding->edits; each; each = each->next)
        copy->edit_count++;
    copy->edits = arena_array(arena, struct isolint_edit, copy->edit_count);
    size_t count = 0;
    for (const struct edit *each = finding->edits; each; each = each->next)
        copy->edits[count++] = (struct isolint_edit){
            each->span.start, each->span.end, arena_strdup(arena, each->replacement), each->safe};
}

static void copy_finding(struct arena *arena, struct isolint_finding *copy,
                         const struct finding *finding)
{
    copy->rule = finding->rule->name;
    copy->severity = (enum isolint_severity)finding->severity;
    copy->message = arena_strdup(arena, finding->message);
    copy->place = place_of(arena, finding->script, finding->span, finding->label);
    copy_help(arena, copy, finding);
    copy_predicts(arena, copy, finding);
    copy_related(arena, copy, finding);
    copy_edits(arena, copy, finding);
}

static const char **copy_lines(struct arena *arena, const GPtrArray *lines)
{
    const char **copies = arena_array(arena, const char *, lines->len + 1);

    for (guint i = 0; i < lines->len; i++)
        copies[i] = arena_strdup(arena, lines->pdata[i]);
    return copies;
}

struct isolint_result *result_of(const struct project *project)
{
    struct isolint_result *result = g_new0(struct isolint_result, 1);

    result->troubles = copy_lines(&result->arena, project->troubles);
    result->remarks = copy_lines(&result->arena, project->remarks);
    result->findings = arena_array(&result->arena, struct isolint_finding, project->findings->len);
    for (guint i = 0; i < project->findings->len; i++) {
        const struct finding *finding = project->findings->pdata[i];
        if (!finding->allowed)
            copy_finding(&result->arena, &result->findings[result->count++], finding);
    }
    return result;
}

void isolint_result_free(struct isolint_result *result)
{
    if (!result)
        return;
    arena_finish(&result->arena);
    g_free(result);
}

/* ------------------------------------------------------------------ reading it */

static const char *line_at(const char *const *lines, size_t index)
{
    while (index > 0 && *lines) {
        lines++;
        index--;
    }
    return *lines;
}

size_t isolint_result_count(const struct isolint_result *result)
{
    return result->count;
}

const struct isolint_finding *isolint_result_finding(const struct isolint_result *result,
                                                     size_t index)
{
    return index < result->count ? &result->findings[index] : NULL;
}

const char *isolint_result_trouble(const struct isolint_result *result, size_t index)
{
    return line_at(result->troubles, index);
}

const char *isolint_result_remark(const struct isolint_result *result, size_t index)
{
    return line_at(result->remarks, index);
}

const char *isolint_finding_rule(const struct isolint_finding *finding)
{
    return finding->rule;
}

enum isolint_severity isolint_finding_severity(const struct isolint_finding *finding)
{
    return finding->severity;
}

const char *isolint_finding_message(const struct isolint_finding *finding)
{
    return finding->message;
}

const struct isolint_place *isolint_finding_place(const struct isolint_finding *finding)
{
    return &finding->place;
}

const char *isolint_finding_help(const struct isolint_finding *finding, size_t index)
{
    return line_at(finding->help, index);
}

const char *isolint_finding_predicts(const struct isolint_finding *finding, size_t index)
{
    return line_at(finding->predicts, index);
}

const struct isolint_place *isolint_finding_related(const struct isolint_finding *finding,
                                                    size_t index)
{
    return index < finding->related_count ? &finding->related[index] : NULL;
}

const struct isolint_edit *isolint_finding_edit(const struct isolint_finding *finding, size_t index)
{
    return index < finding->edit_count ? &finding->edits[index] : NULL;
}

/* ------------------------------------------------------------------ rules */

const char *isolint_severity_name(enum isolint_severity severity)
{
    return severity_name((enum severity)severity);
}

const char *isolint_rule(size_t index)
{
    return index < rule_entry_count ? rule_entries[index].rule->name : NULL;
}

const char *isolint_rule_page(const char *rule)
{
    const struct rule_entry *entry = rule ? rule_find(rule) : NULL;

    return entry ? entry->page : NULL;
}
