/* The queries of a statement are walked in the order in which the server runs them, and each item
 * of FROM and each target becomes an access. A view is walked in its place, and what the outer
 * query demands of its columns becomes a restriction of the tables below. */
#include "model/bind.h"

#include <string.h>

#include <glib.h>

#include "model/builtin.h"
#include "model/resolve.h"
#include "model/transaction.h"

enum { DEEPEST = 20 }; /* views over views */

/* ------------------------------------------------------------------ accesses */

struct binder {
    const struct catalog *catalog;
    struct script *script;
    struct arena *arena;
    struct transaction *transaction;
    const struct step *step;
    const struct via *via;
    struct span span; /* what the script names while a view is expanded */
    unsigned depth;
    bool writes;          /* the statement writes, so its reads feed a write */
    GHashTable *prepared; /* name → query of PREPARE */
    struct access **accesses_end;
    struct routine_call **calls_end;
};

static void set_unknown(struct binder *binder, const char *what)
{
    if (binder->transaction->unknown)
        return;
    binder->transaction->unknown = what;
    binder->transaction->unknown_step = binder->step;
}

static struct access *add_access(struct binder *binder, enum access_kind kind, const char *schema,
                                 const char *name, struct relation *relation, struct span span)
{
    struct access *access = arena_new(binder->arena, struct access);

    access->kind = kind;
    access->step = binder->step;
    access->schema = schema;
    access->name = name;
    access->relation = relation;
    access->via = binder->via;
    access->span = binder->via ? binder->span : span;
    *binder->accesses_end = access;
    binder->accesses_end = &access->next;
    return access;
}

static bool operand_uses(const struct operand *operand, const struct range *range)
{
    const struct column_use *use = operand->uses;

    for (uint32_t i = 0; i < operand->use_count && use; i++, use = use->next) {
        if (use->range == range)
            return true;
    }
    return false;
}

static bool condition_uses(const struct condition *condition, const struct range *range)
{
    if (operand_uses(&condition->left, range) || operand_uses(&condition->right, range))
        return true;
    for (const struct condition *child = condition->children; child; child = child->next) {
        if (condition_uses(child, range))
            return true;
    }
    return false;
}

static void add_restriction(struct binder *binder, struct restriction **list,
                            const struct condition *condition)
{
    struct restriction *restriction = arena_new(binder->arena, struct restriction);

    while (*list)
        list = &(*list)->next;
    restriction->condition = condition;
    *list = restriction;
}

/* a.x = b.y joins the two columns; returns the one that is not of `range`. */
static const struct operand *joined(const struct condition *condition, const struct range *range,
                                    const struct operand **own)
{
    const struct operand *left = &condition->left, *right = &condition->right;

    if (condition->kind != CONDITION_COMPARE || condition->comparison != COMPARE_EQUAL ||
        left->kind != OPERAND_COLUMN || right->kind != OPERAND_COLUMN || left->cast ||
        right->cast || condition->outer)
        return NULL;
    *own = left->uses->range == range ? left : right;
    if ((*own)->uses->range != range || left->uses->range == right->uses->range)
        return NULL;
    return *own == left ? right : left;
}

static bool same_column(const struct operand *a, const struct operand *b)
{
    return b->kind == OPERAND_COLUMN && !b->cast && a->uses->range == b->uses->range && a->text &&
           b->text && strcmp(a->text, b->text) == 0;
}

/* a.x = b.y AND a.x = 1 demands b.y = 1 as well: the server concludes the same
 * (equivalence classes, optimizer/README). */
static void add_implied(struct binder *binder, const struct query *query, const struct range *range,
                        struct restriction **list)
{
    const struct operand *own, *other;

    for (const struct condition *join = query->conditions; join; join = join->next) {
        if (!(other = joined(join, range, &own)))
            continue;
        for (const struct condition *each = query->conditions; each; each = each->next) {
            if (each == join || each->kind != CONDITION_COMPARE || each->outer ||
                (each->comparison != COMPARE_EQUAL && each->comparison != COMPARE_IN) ||
                !same_column(other, &each->left) || each->right.kind == OPERAND_COLUMN)
                continue;
            struct condition *implied = arena_new(binder->arena, struct condition);
            *implied = *each;
            implied->next = NULL;
            implied->left = *own;
            add_restriction(binder, list, implied);
        }
    }
}

/* The conditions of a query that restrict the rows read from one of its ranges. A constant FALSE
 * restricts every range. */
static struct restriction *restrictions_of(struct binder *binder, const struct query *query,
                                           const struct range *range)
{
    struct restriction *list = NULL;

    for (const struct condition *condition = query->conditions; condition;
         condition = condition->next) {
        if (condition->having || (condition->outer && !range->nullable))
            continue;
        if (condition->kind == CONDITION_CONSTANT || condition_uses(condition, range))
            add_restriction(binder, &list, condition);
    }
    if (query->ranges->next)
        add_implied(binder, query, range, &list);
    return list;
}

/* The output of a plain query that a column of it stands for, when that is itself a column. */
static const struct column_use *output_column(const struct query *query, const char *name)
{
    for (const struct output *output = query->outputs; name && output; output = output->next) {
        if (output->name && strcmp(output->name, name) == 0)
            return output->operand.kind == OPERAND_COLUMN ? output->operand.uses : NULL;
    }
    return NULL;
}

static bool translate_operand(struct binder *binder, struct operand *operand,
                              const struct range *range, const struct query *inner)
{
    struct column_use *first = NULL, **end = &first;
    const struct column_use *use = operand->uses;

    if (!operand_uses(operand, range))
        return true;
    for (uint32_t i = 0; i < operand->use_count; i++, use = use->next) {
        struct column_use *copy = arena_new(binder->arena, struct column_use);
        *copy = *use;
        copy->next = NULL;
        if (use->range == range) {
            const struct column_use *below = output_column(inner, use->name);
            if (!below || !below->range)
                return false;
            copy->range = below->range;
            copy->name = below->name;
        }
        *end = copy;
        end = &copy->next;
    }
    operand->uses = first;
    if (operand->kind == OPERAND_COLUMN)
        operand->text = first->name;
    else if (operand->kind == OPERAND_EXPRESSION)
        operand->text = NULL; /* written with the names above */
    return true;
}

/* A condition over a view or sub-SELECT, said of the tables below; NULL when it cannot be. */
static struct condition *translate(struct binder *binder, const struct condition *condition,
                                   const struct range *range, const struct query *inner)
{
    struct condition *copy = arena_new(binder->arena, struct condition);
    struct condition **end;

    *copy = *condition;
    copy->next = NULL;
    if (!translate_operand(binder, &copy->left, range, inner) ||
        !translate_operand(binder, &copy->right, range, inner))
        return NULL;
    copy->children = NULL;
    end = &copy->children;
    for (const struct condition *child = condition->children; child; child = child->next) {
        *end = translate(binder, child, range, inner);
        if (!*end)
            return NULL;
        end = &(*end)->next;
    }
    return copy;
}

static bool is_plain_select(const struct query *query)
{
    return query->kind == QUERY_SELECT && !query->aggregates && !query->grouped &&
           !query->distinct && !query->windowed && !query->limited && !query->set_returning;
}

/* What the outer query demands of a view or sub-SELECT. */
static struct restriction *pushed_down(struct binder *binder, const struct range *range,
                                       const struct query *inner, const struct restriction *above)
{
    struct restriction *list = NULL;

    if (!is_plain_select(inner))
        return NULL;
    for (; above; above = above->next) {
        const struct condition *below = translate(binder, above->condition, range, inner);
        if (below)
            add_restriction(binder, &list, below);
    }
    return list;
}

static void bind_query(struct binder *binder, const struct query *query,
                       const struct restriction *demanded);

static void bind_view(struct binder *binder, const struct range *range,
                      const struct restriction *where)
{
    const struct relation *view = range->relation;
    const struct via *outer = binder->via;
    struct via *via = arena_new(binder->arena, struct via);

    if (binder->depth >= DEEPEST)
        return;
    via->outer = outer;
    via->what = arena_printf(binder->arena, "view %s", view->name);
    via->script = view->script;
    via->span = view->span;
    if (!outer)
        binder->span = range->span;
    binder->via = via;
    binder->depth++;
    bind_query(binder, view->definition, pushed_down(binder, range, view->definition, where));
    binder->depth--;
    binder->via = outer;
}

static enum access_kind write_kind(const struct query *query)
{
    return query->kind == QUERY_INSERT   ? ACCESS_INSERT
           : query->kind == QUERY_DELETE ? ACCESS_DELETE
                                         : ACCESS_UPDATE;
}

static struct access *bind_range(struct binder *binder, const struct query *query,
                                 const struct range *range, enum access_kind kind,
                                 struct restriction *where)
{
    struct access *access =
        add_access(binder, kind, range->schema, range->name, range->relation, range->span);

    access->query = query;
    access->range = range;
    access->where = where;
    access->lock = range->lock;
    access->wait = range->wait;
    access->inner = kind == ACCESS_READ && binder->writes;
    if (!range->name || range->placeholder)
        access->name = NULL;
    return access;
}

static void bind_merge(struct binder *binder, const struct query *query, struct restriction *where)
{
    static const enum access_kind kinds[] = {[MERGE_INSERT] = ACCESS_INSERT,
                                             [MERGE_UPDATE] = ACCESS_UPDATE,
                                             [MERGE_DELETE] = ACCESS_DELETE};

    for (const struct merge_when *when = query->write->when; when; when = when->next) {
        if (when->action == MERGE_NOTHING)
            continue;
        struct access *access =
            bind_range(binder, query, query->write->target, kinds[when->action], where);
        access->assignments = when->assignments;
        access->merge = true;
    }
}

static void bind_write(struct binder *binder, const struct query *query)
{
    struct range *target = query->write->target;
    struct restriction *where = restrictions_of(binder, query, target);

    if (query->kind == QUERY_MERGE) {
        bind_merge(binder, query, where);
        return;
    }
    if (target->relation && target->relation->kind == RELATION_VIEW) {
        set_unknown(binder, arena_printf(binder->arena, "a write through view %s", target->name));
        return;
    }
    struct access *access = bind_range(binder, query, target, write_kind(query), where);
    access->assignments = query->write->assignments;
}

static void bind_calls(struct binder *binder, const struct query *query)
{
    for (const struct call *call = query->calls; call; call = call->next) {
        const struct routine *routine =
            catalog_routine(binder->catalog, call->schema, call->name, -1);
        if (call->builtin && !routine && builtin_effect(call->builtin) != EFFECT_RUNS_TEXT) {
            struct routine_call *copy = arena_new(binder->arena, struct routine_call);
            copy->call = call;
            copy->step = binder->step;
            copy->via = binder->via;
            *binder->calls_end = copy;
            binder->calls_end = &copy->next;
        } else {
            set_unknown(binder, arena_printf(binder->arena, "%s()", call->name));
        }
    }
}

static bool range_of_inner(const struct query *query, const struct query *inner,
                           const struct range **range)
{
    for (*range = query->ranges; *range; *range = (*range)->next) {
        if ((*range)->kind == RANGE_QUERY && (*range)->query == inner)
            return true;
    }
    return false;
}

static void bind_inner(struct binder *binder, const struct query *query, const struct query *inner)
{
    const struct range *range;
    struct restriction *demanded = NULL;

    if (inner->place == PLACE_FROM && range_of_inner(query, inner, &range))
        demanded = pushed_down(binder, range, inner, restrictions_of(binder, query, range));
    bind_query(binder, inner, demanded);
}

static void bind_query(struct binder *binder, const struct query *query,
                       const struct restriction *demanded)
{
    for (const struct query *inner = query->inner; inner; inner = inner->next)
        bind_inner(binder, query, inner);
    for (const struct range *range = query->ranges; range; range = range->next) {
        if (range->kind != RANGE_RELATION || range->target)
            continue;
        struct restriction *where = restrictions_of(binder, query, range);
        for (const struct restriction *each = demanded; each; each = each->next) {
            if (condition_uses(each->condition, range))
                add_restriction(binder, &where, each->condition);
        }
        if (range->relation && range->relation->kind == RELATION_VIEW &&
            range->relation->definition)
            bind_view(binder, range, where);
        else
            bind_range(binder, query, range, range->lock ? ACCESS_LOCK : ACCESS_READ, where);
    }
    bind_calls(binder, query);
    if (query->write)
        bind_write(binder, query);
}

static bool any_write(const struct query *query)
{
    if (query->write)
        return true;
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (any_write(inner))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ statements */

static void bind_names(struct binder *binder, const struct statement *statement,
                       enum access_kind kind)
{
    for (const struct object_name *name = statement->names; name; name = name->next) {
        struct relation *relation =
            catalog_relation(binder->catalog, name->schema, name->name, binder->script);
        add_access(binder, kind, name->schema, name->name, relation, name->span)->table_lock =
            statement->table_lock;
    }
}

static void bind_copy(struct binder *binder, const struct copy *copy)
{
    struct relation *relation;

    if (!copy->table.name)
        return;
    relation =
        catalog_relation(binder->catalog, copy->table.schema, copy->table.name, binder->script);
    add_access(binder, copy->from ? ACCESS_INSERT : ACCESS_READ, copy->table.schema,
               copy->table.name, relation, copy->table.span)
        ->copy = true;
}

static void bind_executed(struct binder *binder, const struct query *query)
{
    if (!query)
        return;
    binder->writes = any_write(query);
    bind_query(binder, query, NULL);
}

static void bind_step(struct binder *binder, const struct statement *statement)
{
    static const char *const unknown_commands[] = {"i",     "ir", "include", "include_relative",
                                                   "gexec", NULL};

    if (statement->query)
        resolve_names(statement->query, binder->catalog, binder->script);
    switch (statement->kind) {
    case STATEMENT_QUERY:
    case STATEMENT_DECLARE:
    case STATEMENT_DEFINE:
    case STATEMENT_CALL:
        bind_executed(binder, statement->query);
        break;
    case STATEMENT_COPY:
        bind_executed(binder, statement->query);
        bind_copy(binder, statement->copy);
        break;
    case STATEMENT_EXPLAIN:
        if (statement->flags & STATEMENT_ANALYZE)
            bind_executed(binder, statement->query);
        break;
    case STATEMENT_PREPARE:
        g_hash_table_insert(binder->prepared, (char *)statement->name, statement->query);
        break;
    case STATEMENT_EXECUTE: {
        const struct query *query = g_hash_table_lookup(binder->prepared, statement->name);
        if (query)
            bind_executed(binder, query);
        else
            set_unknown(binder, arena_printf(binder->arena, "EXECUTE %s", statement->name));
        break;
    }
    case STATEMENT_LOCK:
        bind_names(binder, statement, ACCESS_TABLE_LOCK);
        break;
    case STATEMENT_TRUNCATE:
        bind_names(binder, statement, ACCESS_TRUNCATE);
        break;
    case STATEMENT_DO:
        set_unknown(binder, "DO");
        break;
    case STATEMENT_REFUSED:
        set_unknown(binder, "a statement that cannot be parsed");
        break;
    case STATEMENT_PSQL:
        if (g_strv_contains(unknown_commands, statement->psql->command))
            set_unknown(binder, arena_printf(binder->arena, "\\%s", statement->psql->command));
        break;
    default:
        break;
    }
    if (statement->ending && g_strv_contains(unknown_commands, statement->ending->command))
        set_unknown(binder, arena_printf(binder->arena, "\\%s", statement->ending->command));
}

void bind_catalog(struct catalog *catalog)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, catalog->relations);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        for (struct relation *relation = value; relation; relation = relation->next) {
            if (relation->definition)
                resolve_names(relation->definition, catalog, relation->script);
            for (struct check_constraint *check = relation->checks; check; check = check->next)
                resolve_names(check->query, catalog, relation->script);
            for (struct rewrite_rule *rule = relation->rewrite_rules; rule; rule = rule->next) {
                for (struct query *action = rule->actions; action; action = action->next)
                    resolve_names(action, catalog, relation->script);
            }
        }
    }
}

void bind_script(struct script *script, const struct catalog *catalog)
{
    struct binder binder = {
        .catalog = catalog,
        .script = script,
        .arena = &script->arena,
        .prepared = g_hash_table_new(g_str_hash, g_str_equal),
    };

    for (struct transaction *transaction = script->transactions; transaction;
         transaction = transaction->next) {
        binder.transaction = transaction;
        binder.accesses_end = &transaction->accesses;
        binder.calls_end = &transaction->calls;
        for (size_t i = 0; i < transaction->step_count; i++) {
            binder.step = &transaction->steps[i];
            bind_step(&binder, binder.step->statement);
        }
    }
    g_hash_table_unref(binder.prepared);
}
