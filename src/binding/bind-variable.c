/* The variables and parameters of a routine: what they were read from, and what the call gives them. */
#include "binding/binder.h"

#include <string.h>

#include <glib.h>

#include "program/event.h"
#include "program/rows.h"

/* "r.id" is a field of r. */
static char *base_name(const char *name)
{
    return g_strndup(name, strcspn(name, "."));
}

int bind_parameter_index(const struct frame *frame, const char *name)
{
    const struct routine *routine = frame->routine;

    if (!routine)
        return -1;
    if (name[0] == '$')
        return (int)g_ascii_strtoll(name + 1, NULL, 10) - 1;
    for (int i = 0; i < routine->argument_count; i++) {
        if (g_strcmp0(routine->argument_names[i], name) == 0)
            return i;
    }
    return -1;
}

const struct operand *bind_argument_at(const struct frame *frame, int index)
{
    const struct operand_item *item = index >= 0 ? frame->arguments : NULL;

    while (item && index-- > 0)
        item = item->next;
    return item ? &item->operand : NULL;
}

/* Of INSERT … SELECT a … WHERE a = p, new.a is p, said as in the frame around. */
static bool is_selected(const struct access *row, const char *name)
{
    const struct assignment *set = access_assigns(row, name + strlen("new."));

    return row->kind == ACCESS_INSERT && set && set->value.kind == OPERAND_NONE;
}

/* Of a column that the UPDATE leaves as it is, new.a is old.a. */
static const struct operand *kept_value(const struct binder *binder, const struct frame *frame,
                                        const struct operand *operand)
{
    const struct access *row = frame->given;

    if (!row || row->kind != ACCESS_UPDATE || !operand->uses ||
        !g_str_has_prefix(operand->text, "new.") ||
        access_assigns(row, operand->text + strlen("new.")))
        return operand;
    struct operand *old = arena_new(binder->arena, struct operand);
    struct column_use *use = arena_new(binder->arena, struct column_use);
    *old = *operand;
    old->text = arena_printf(binder->arena, "old.%s", operand->text + strlen("new."));
    *use = *operand->uses;
    use->name = old->text;
    old->uses = use;
    return old;
}

/* What the outermost routine that is known was called with: of a caller's own argument that is
 * passed on, what its caller passes. */
const struct operand *bind_argument(const struct binder *binder, const struct operand *operand)
{
    const struct frame *frame = binder->frame;

    for (; frame; frame = frame->outer) {
        if ((operand->kind != OPERAND_VARIABLE && operand->kind != OPERAND_PARAMETER) ||
            !operand->text || g_hash_table_contains(frame->variables, operand->text))
            return operand;
        const struct operand *value =
            frame->row ? event_row_value(frame->row, operand->text) : NULL;
        if (value && !is_selected(frame->row, operand->text))
            return value;
        if (!value)
            value = bind_argument_at(frame, bind_parameter_index(frame, operand->text));
        if (!value)
            return kept_value(binder, frame, operand);
        operand = value;
    }
    return operand;
}

struct source *bind_psql_sources(const struct binder *binder, const char *name)
{
    const char *bare = name + 1 + (name[1] == '\'' || name[1] == '"');
    g_autofree char *variable = g_strndup(bare, strcspn(bare, "'\""));

    return binder->psql ? g_hash_table_lookup(binder->psql, variable) : NULL;
}

static struct source *variable_sources(const struct binder *binder, const struct frame *frame,
                                       const char *name, struct source *list)
{
    struct source *known;

    if (name[0] == ':')
        return source_join(binder->arena, list, bind_psql_sources(binder, name));
    if (!frame)
        return list;
    g_autofree char *base = base_name(name);
    if (g_hash_table_lookup_extended(frame->variables, base, NULL, (gpointer *)&known))
        return source_join_field(binder->arena, list, known, name);
    const struct operand *argument = bind_argument_at(frame, bind_parameter_index(frame, base));
    const struct column_use *use = argument ? argument->uses : NULL;
    for (uint32_t i = 0; argument && i < argument->use_count && use; i++, use = use->next) {
        if (use->variable)
            list = variable_sources(binder, frame->outer, use->name, list);
    }
    return list;
}

struct source *bind_sources(const struct binder *binder, const struct operand *operand)
{
    const struct column_use *use = operand->uses;
    struct source *list = NULL;

    for (uint32_t i = 0; i < operand->use_count && use; i++, use = use->next) {
        if (use->variable)
            list = variable_sources(binder, binder->frame, use->name, list);
    }
    return list;
}

static struct source *add_query_sources(const struct binder *binder, const struct query *query,
                                        struct source *list)
{
    for (const struct column_use *use = query->uses; use; use = use->next) {
        if (use->variable)
            list = variable_sources(binder, binder->frame, use->name, list);
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next)
        list = add_query_sources(binder, inner, list);
    return list;
}

struct source *bind_query_sources(const struct binder *binder, const struct query *query)
{
    return add_query_sources(binder, query, NULL);
}

static struct source *sources_of(const struct frame *frame, const char *base)
{
    return g_hash_table_lookup(frame->variables, base);
}

void bind_set_variable(struct binder *binder, const char *name, struct source *sources)
{
    const struct frame *frame = binder->frame;
    char *base = base_name(name);

    if (strchr(name, '.'))
        sources = source_join(binder->arena, sources_of(frame, base), sources);
    g_hash_table_replace(frame->variables, base, sources);
}

static void keep(struct binder *binder, struct frame *frame, const struct body_statement *arm,
                 const char *name, const struct source *sources)
{
    struct kept_variable *kept = arena_new(binder->arena, struct kept_variable);

    *kept = (struct kept_variable){.outer = frame->kept,
                                   .arm = arm,
                                   .name = arena_strdup(binder->arena, name),
                                   .sources = sources};
    frame->kept = kept;
}

void bind_set_by_arm(struct binder *binder, struct frame *frame,
                     const struct body_statement *assignment, struct source *chosen_by)
{
    const struct body_statement *arm = assignment->parent;

    while (arm && arm->kind != BODY_ARM && !body_is_loop(arm))
        arm = arm->parent;
    for (const char **name = assignment->into; name && *name && chosen_by; name++) {
        g_autofree char *base = base_name(*name);
        if (arm && arm->kind == BODY_ARM)
            keep(binder, frame, arm, base, chosen_by);
        else
            bind_set_variable(binder, base,
                              source_join(binder->arena, sources_of(frame, base), chosen_by));
    }
}

void bind_set_in_arm(struct binder *binder, struct frame *frame, const char *name)
{
    const struct body_statement *arm = body_enclosing(binder->body, BODY_ARM);
    g_autofree char *base = base_name(name);
    const struct source *sources = sources_of(frame, base);

    if (!arm || !sources)
        return;
    if (!frame->set_in_arms)
        frame->set_in_arms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!g_hash_table_add(frame->set_in_arms, g_strdup_printf("%p %s", (const void *)arm, base)))
        return;
    keep(binder, frame, arm, base, sources);
}

void bind_leave_arms(struct binder *binder, struct frame *frame,
                     const struct body_statement *statement)
{
    for (; frame->kept && !body_is_inside(statement, frame->kept->arm);
         frame->kept = frame->kept->outer)
        g_hash_table_replace(
            frame->variables, g_strdup(frame->kept->name),
            source_join(binder->arena, sources_of(frame, frame->kept->name), frame->kept->sources));
}

enum { COMPUTED = 1 << 30 }; /* beside the count */

/* lo := least(a, b), IF a < b THEN lo := a; ELSE lo := b; END IF */
static bool computes(const struct body_statement *assignment)
{
    const struct query *query = assignment->kind == BODY_ASSIGN && assignment->statement
                                    ? assignment->statement->query
                                    : NULL;
    const struct operand *value = query && query->outputs ? &query->outputs->operand : NULL;

    return value && (operand_is_of_several(value) ||
                     (value->kind == OPERAND_VARIABLE && body_enclosing(assignment, BODY_ARM)));
}

static void count_settings(struct frame *frame)
{
    frame->settings = g_hash_table_new(g_str_hash, g_str_equal);
    for (const struct body_statement *each = frame->body->statements; each; each = each->next) {
        for (const char **name = each->into; name && *name; name++) {
            guint count = GPOINTER_TO_UINT(g_hash_table_lookup(frame->settings, *name));
            count = (count + 1) | (computes(each) ? COMPUTED : 0);
            g_hash_table_insert(frame->settings, (gpointer)*name, GUINT_TO_POINTER(count));
        }
    }
}

static unsigned settings_of(struct frame *frame, const char *name)
{
    if (!frame->settings)
        count_settings(frame);
    return GPOINTER_TO_UINT(g_hash_table_lookup(frame->settings, name));
}

unsigned bind_settings(struct frame *frame, const char *name)
{
    return settings_of(frame, name) & ~(unsigned)COMPUTED;
}

bool bind_is_computed(struct frame *frame, const char *name)
{
    return settings_of(frame, name) & COMPUTED;
}

bool bind_is_set_once(struct frame *frame, const char *name)
{
    return !strchr(name, '.') && bind_settings(frame, name) == 1 &&
           bind_parameter_index(frame, name) < 0;
}
