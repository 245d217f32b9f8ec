#include "support/made.h"

#include "lint/registry.h"
#include "lint/rule.h"

struct script *made_script(const char *path, const char *text)
{
    return script_new(path, g_strdup(text), strlen(text));
}

struct span made_span(const struct script *script, const char *piece)
{
    const char *found = strstr(script->bytes, piece);

    if (!found)
        fail_msg("\"%s\" is not in the script", piece);
    return (struct span){(uint32_t)(found - script->bytes),
                         (uint32_t)(found - script->bytes + strlen(piece))};
}

struct finding *made_finding(struct script *script, const char *rule, const char *piece,
                             const char *message)
{
    struct finding *finding = arena_new(&script->arena, struct finding);

    finding->rule = rule_find(rule)->rule;
    finding->severity = finding->rule->severity;
    finding->script = script;
    finding->span = made_span(script, piece);
    finding->message = message;
    return finding;
}

void made_related(struct finding *finding, struct script *script, const char *piece,
                  const char *label)
{
    struct related *related = arena_new(&script->arena, struct related);
    struct related **end = &finding->related;

    related->script = script;
    related->span = made_span(script, piece);
    related->label = label;
    while (*end)
        end = &(*end)->next;
    *end = related;
}

void made_help(struct finding *finding, const char *text)
{
    struct script *script = (struct script *)finding->script;
    struct help *help = arena_new(&script->arena, struct help);
    struct help **end = &finding->help;

    help->text = text;
    while (*end)
        end = &(*end)->next;
    *end = help;
}
