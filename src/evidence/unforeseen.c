#include "evidence/unforeseen.h"

#include <string.h>

#include "lint/registry.h"
#include "lint/rule.h"

static const struct partner *certain_partner(const struct failures *failures)
{
    for (guint i = 0; i < failures->partners->len; i++) {
        const struct partner *partner = &g_array_index(failures->partners, struct partner, i);
        if (partner->certain && partner->program)
            return partner;
    }
    return NULL;
}

/* The statement of a program's text that is the one of this number. */
static const struct statement *statement_in(const struct script *script,
                                            const struct composed *composed, guint wanted)
{
    const struct statement *each = script->statements;

    for (; each; each = each->next) {
        uint32_t line = script_position((struct script *)script, each->span.start).line - 1;
        if (line < composed->lines->len && g_array_index(composed->lines, guint, line) == wanted)
            return each;
    }
    return NULL;
}

static const struct script *script_of(const struct evidence *evidence,
                                      const struct project *project,
                                      const struct composed *composed)
{
    for (guint i = 0; i < project->scripts->len; i++) {
        const struct script *script = project->scripts->pdata[i];
        if (evidence_composed(evidence, script) == composed)
            return script;
    }
    return NULL;
}

/* Of lock-order. NULL when the failure is no deadlock, the log does not name the other program, or the
 * rule is off. */
static struct finding *deadlock_finding(struct evidence *evidence, const struct project *project,
                                        const struct selection *selection,
                                        const struct composed *composed,
                                        const struct failures *failures)
{
    struct arena *arena = &evidence->arena;
    const struct rule *rule = rule_find("lock-order")->rule;
    const struct partner *partner = certain_partner(failures);
    const struct program *program = composed->program;
    const struct program *other = partner ? program_final(partner->program) : NULL;

    if (strcmp(failures->state, "40P01") != 0 || !other || !other->name ||
        !selection->on[rule_index(rule)])
        return NULL;
    const struct script *script = script_of(evidence, project, composed);
    const struct statement *statement =
        script ? statement_in(script, composed, failures->statement) : NULL;
    if (!statement)
        return NULL;
    int severity = selection->severity[rule_index(rule)];
    const char *name = other == program ? "another run of it" : other->name;
    g_autofree char *what = evidence_statement(program, failures->statement);
    struct finding *finding = arena_new(arena, struct finding);
    struct help *help = arena_new(arena, struct help);

    *finding = (struct finding){
        .rule = rule,
        .severity = severity == SEVERITY_OWN ? rule->severity : (enum severity)severity,
        .beyond_machine = true,
        .span = statement->span,
        .script = script,
        .message = arena_printf(arena, "%s deadlocked (40P01) with %s", what, name),
        .label = "waited here for a transaction that waited for this one",
        .help = help,
    };
    help->text =
        "lock what both use before the first write, in the same order in both; a statement "
        "that writes several rows locks them in the order in which it finds them: SELECT … "
        "ORDER BY … FOR UPDATE before it gives them one";
    return finding;
}

void unforeseen_find(struct evidence *evidence, struct project *project,
                     const struct selection *selection, const struct composed *composed)
{
    const struct program *program = composed->program;

    for (guint i = 0; i < program->failures->len; i++) {
        const struct failures *failures = &g_array_index(program->failures, struct failures, i);
        if (!evidence_is_serialization(failures->state) ||
            evidence_foretells(evidence, project, program, failures->state, failures->statement))
            continue;
        struct finding *finding =
            deadlock_finding(evidence, project, selection, composed, failures);
        if (finding) {
            evidence_observe(evidence, finding, composed);
            g_ptr_array_add(project->findings, finding);
            continue;
        }
        g_autofree char *statement = evidence_statement(program, failures->statement);
        guint line = failures->statement < program->lines->len ? failures->statement
                                                               : program->lines->len - 1;
        struct unforeseen unforeseen = {
            .program = program->name,
            .sqlstate = arena_strdup(&evidence->arena, failures->state),
            .statement = arena_strdup(&evidence->arena, statement),
            .path = program->file,
            .line = g_array_index(program->lines, uint32_t, line),
            .count = failures->count,
        };
        g_array_append_val(evidence->unforeseen, unforeseen);
    }
}
