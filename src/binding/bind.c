/* The queries of a statement are walked in the order in which the server runs them, and each item
 * of FROM and each target becomes an access. A view is walked in its place, and what the outer
 * query demands of its columns becomes a restriction of the tables below. */
#include "binding/bind.h"

#include <string.h>

#include <glib.h>

#include "binding/binder.h"
#include "catalog/key.h"
#include "facts/builtin.h"
#include "program/columns.h"
#include "program/rows.h"

/* ------------------------------------------------------------------ the binder */

/* What depends on the row depends on its being found too. Of a record, r IS NULL says nothing of its
 * fields. */
static bool source_covers(const struct source *source, const struct access *access, bool found,
                          const char *field)
{
    return source->access == access && (found || !source->found) &&
           (found || g_strcmp0(source->field, field) == 0);
}

static struct source *source_put(struct arena *arena, struct source *list,
                                 const struct access *access, bool found, const char *field)
{
    enum { MOST_FIELDS = 4 }; /* what depends on more is said to depend on all */
    struct source *source = list;
    unsigned fields = 0;

    for (; source && !source_covers(source, access, found, field); source = source->next)
        fields += source->access == access;
    if (source)
        return list;
    if (field && fields >= MOST_FIELDS)
        return source_put(arena, list, access, found, NULL);
    source = arena_new(arena, struct source);
    *source = (struct source){.next = list, .access = access, .found = found, .field = field};
    return source;
}

struct source *source_add(struct arena *arena, struct source *list, const struct access *access)
{
    return source_put(arena, list, access, false, NULL);
}

/* Lists never change, but a copy is without the places of values in what was returned. */
static bool has_places(const struct source *list)
{
    while (list && list->place == 0)
        list = list->next;
    return list;
}

struct source *source_join(struct arena *arena, struct source *list, const struct source *other)
{
    if (!list && !has_places(other))
        return (struct source *)other;
    for (; other; other = other->next)
        list = source_put(arena, list, other->access, other->found, other->field);
    return list;
}

/* Whether the record is what the access's statement returned as a whole: SELECT … INTO r. */
static bool is_record_of(const char *record, size_t length, const struct access *access)
{
    const struct body_statement *body = access->body;

    return body && body->statement && body->statement->query == access->query && body->into &&
           body->into[0] && !body->into[1] && strlen(body->into[0]) == length &&
           strncmp(body->into[0], record, length) == 0;
}

struct source *source_join_field(struct arena *arena, struct source *list,
                                 const struct source *other, const char *name)
{
    size_t record = strcspn(name, ".");

    if (!name[record])
        return source_join(arena, list, other);
    for (; other; other = other->next) {
        bool field = is_record_of(name, record, other->access);
        list = source_put(arena, list, other->access, other->found,
                          field ? name + record + 1 : other->field);
    }
    return list;
}

struct source *source_found(struct arena *arena, const struct source *list)
{
    struct source *found = NULL;

    for (; list; list = list->next)
        found = source_put(arena, found, list->access, true, list->field);
    return found;
}

void bind_to(struct binder *binder, struct transaction *transaction)
{
    if (binder->created)
        g_hash_table_remove_all(binder->created);
    binder->followed = 0;
    binder->transaction = transaction;
    binder->accesses_end = &transaction->accesses;
    binder->calls_end = &transaction->calls;
    binder->runs_end = &transaction->runs;
    binder->hidden_end = &transaction->hidden;
}

void bind_unknown(struct binder *binder, const char *what)
{
    if (binder->transaction->unknown)
        return;
    binder->transaction->unknown = what;
    transaction_own_rest(binder->transaction, binder->arena)->unknown_step = binder->step;
}

static bool is_created(const struct binder *binder, const char *schema, const char *name)
{
    const char *own = binder->created && name ? g_hash_table_lookup(binder->created, name) : NULL;

    return own && (!schema || !*own || catalog_same_schema(schema, own));
}

struct access *bind_new(struct binder *binder, enum access_kind kind, const char *schema,
                        const char *name, struct relation *relation, struct span span)
{
    struct access *access = arena_new(binder->arena, struct access);

    access->kind = kind;
    access->transaction = binder->transaction;
    access->step = binder->step;
    access->statement = binder->statement;
    access->body = binder->body;
    access->schema = schema;
    access->name = name;
    access->relation = relation;
    access->rest = &access_rest_none;
    if (binder->data || binder->control) {
        struct access_rest *rest = access_own_rest(access, binder->arena);
        rest->data = binder->data;
        rest->control = binder->control;
    }
    access->conditional = binder->conditional;
    access->repeated = binder->repeated;
    access->undone = binder->undone;
    access->as_passed = binder->as_passed;
    access->read_only = binder->read_only;
    access->via = binder->via;
    access->span = binder->via ? binder->span : span;
    access->created = is_created(binder, schema, name);
    return access;
}

/* WHERE xid = txid_current(): rows that this very transaction has made. */
static bool is_of_own_transaction(const struct access *access)
{
    static const char *const calls[] = {"txid_current()", "pg_current_xact_id()", NULL};

    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct operand *value = term_binds(&each->term) ? each->term.value : NULL;
        if (value && each->term.comparison == COMPARE_EQUAL && value->kind == OPERAND_EXPRESSION &&
            value->text && g_strv_contains(calls, value->text))
            return true;
    }
    return false;
}

/* A table of the session or of the server. */
static bool is_private(const struct catalog *catalog, const struct relation *relation,
                       const char *schema, const char *name)
{
    if (relation)
        return relation->persistence == PERSISTENCE_TEMPORARY;
    return name_is_system(schema, name) || (schema && strcmp(schema, "pg_temp") == 0) ||
           (!schema && name && g_hash_table_contains(catalog->temporary_tables, name));
}

/* The rows of a statement, as a trigger with REFERENCING … TABLE AS shows them to its function. */
static bool is_transition_table(const struct binder *binder, const struct access *access)
{
    const struct frame *frame = binder->frame;

    return frame && frame->routine && frame->routine->returns_trigger && !access->relation &&
           !access->schema && access->name &&
           g_hash_table_contains(binder->catalog->transition_tables, access->name);
}

static bool is_exempt(const struct binder *binder, const struct access *access)
{
    return access->created || is_of_own_transaction(access) ||
           is_transition_table(binder, access) ||
           is_private(binder->catalog, access->relation, access->schema, access->name) ||
           bind_is_of_gone_parent(binder, access);
}

/* The first condition that asks a column for one constant; NULL without. */
static const struct term *find_point(const struct access *access)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (term_binds(term) && term->comparison == COMPARE_EQUAL &&
            term->value->kind == OPERAND_CONSTANT && term->value->literal != LITERAL_NULL)
            return term;
    }
    return NULL;
}

/* WHERE id = least($1, $2), and the like by a variable: keys may be put in order so. */
static bool computes_key(struct binder *binder, const struct access *access)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct operand *value = term_asks_equal(&each->term) ? each->term.value : NULL;
        if (value && (operand_is_computed(value) ||
                      (value->kind == OPERAND_VARIABLE && access->body && binder->frame &&
                       bind_is_computed(binder->frame, value->text))))
            return true;
    }
    return false;
}

void bind_link(struct binder *binder, struct access *access)
{
    access->exempt = is_exempt(binder, access);
    access->rows = access_find_rows(access);
    const struct term *point = find_point(access);
    if (point)
        access_own_rest(access, binder->arena)->point = point;
    const struct access *known = bind_known(binder, access);
    if (known)
        access_own_rest(access, binder->arena)->known = known;
    const struct access *parent = bind_new_parent(binder, access);
    if (parent)
        access_own_rest(access, binder->arena)->parent = parent;
    columns_index(access, binder->arena);
    access->computed = computes_key(binder, access);
    access->sets_key =
        access->kind == ACCESS_UPDATE && access_assigns_key(access, KEY_TOTAL | KEY_OF_COLUMNS);
    binder->transaction->kinds |= 1u << access->kind;
    binder->transaction->writes |= access_is_write(access) && !access->exempt;
    access->order = binder->order++;
    binder->followed += binder->depth > 0;
    *binder->accesses_end = access;
    binder->accesses_end = &access->next;
}

void bind_alike(struct binder *binder, const struct query *insert)
{
    const struct range *target = insert->write->target;

    binder->transaction->kinds |= 1u << ACCESS_INSERT;
    binder->transaction->writes |=
        !is_private(binder->catalog, range_relation(target), target->schema, target->name);
}

struct via *bind_enter(struct binder *binder, enum via_kind kind, const char *what,
                       const struct script *script, struct span span, struct span caller)
{
    struct via *via;

    binder->entered = binder->depth ? binder->entered + 1 : 0;
    bool too_deep = binder->depth >= DEEPEST_BINDING, too_many = binder->entered > MOST_ENTERED;
    bool too_long = binder->followed >= MOST_FOLLOWED;

    if (too_deep)
        bind_unknown(binder, "a function at the end of a long chain of calls");
    if (too_many)
        bind_unknown(binder, "triggers and views that set each other off");
    if (too_long)
        bind_unknown(binder, "a function after thousands of accesses");
    binder->transaction->too_deep |= too_deep;
    binder->transaction->too_many |= too_many;
    binder->transaction->too_long |= too_long;
    if (too_deep || too_many || too_long)
        return NULL;
    via = arena_new(binder->arena, struct via);
    via->outer = binder->via;
    via->kind = kind;
    via->what = what;
    via->script = script;
    via->body = binder->body;
    via->span = span;
    via->call = kind == VIA_ROUTINE ? caller.start : 0;
    via->control = binder->control;
    if (!binder->via)
        binder->span = caller;
    binder->via = via;
    binder->depth++;
    return via;
}

void bind_leave(struct binder *binder)
{
    binder->via = binder->via->outer;
    binder->depth--;
}

/* ------------------------------------------------------------------ queries */

static void bind_view(struct binder *binder, const struct range *range,
                      const struct restriction *where)
{
    const struct relation *view = range_relation(range);
    const struct range *outer = binder->locked;
    const char *what = arena_printf(binder->arena, "view %s", view->name);

    if (!bind_enter(binder, VIA_VIEW, what, view->script, view->span, range->span))
        return;
    binder->locked = range->lock ? range : outer;
    bind_query(binder, view->definition, bind_push_down(binder, range, view->definition, where));
    binder->locked = outer;
    bind_leave(binder);
}

bool range_is_view(const struct range *range)
{
    return range_relation(range) && range->relation->kind == RELATION_VIEW &&
           range->relation->definition;
}

struct access *bind_range(struct binder *binder, const struct query *query,
                          const struct range *range, enum access_kind kind,
                          struct restriction *where)
{
    struct access *access =
        bind_new(binder, kind, range->schema, range->name, range_relation(range), range->span);

    access->query = query;
    access->range = range;
    access->where = where;
    bind_terms(access);
    access->lock = range->lock;
    access->wait = range->wait;
    access->inner = kind == ACCESS_READ && binder->writes;
    if (!range->name || range->placeholder)
        access->name = NULL;
    return access;
}

uint32_t bind_place(const struct binder *binder)
{
    for (const struct frame *frame = binder->frame; frame; frame = frame->outer) {
        if (frame->routine)
            return AT_THE_END;
    }
    return binder->step ? binder->step->statement->span.start : AT_THE_END;
}

struct relation *bind_relation(const struct binder *binder, const char *schema, const char *name)
{
    if (binder->step && script_is_away(binder->script, binder->step->statement))
        return NULL;
    return catalog_relation(binder->catalog, schema, name, binder->script, bind_place(binder));
}

/* ------------------------------------------------------------------ calls */

/* 'schema.name' as nextval takes it; names that need quotes are not looked for. */
static struct relation *named_sequence(struct binder *binder, const struct call *call)
{
    const struct operand *name = call->arguments ? &call->arguments->operand : NULL;
    enum effect effect = builtin_effect(call->builtin);

    if ((effect != EFFECT_NEXTVAL && effect != EFFECT_SETVAL && effect != EFFECT_SEQUENCE_READ) ||
        !name || name->kind != OPERAND_CONSTANT || name->literal != LITERAL_STRING ||
        name->text[0] == '\0') /* which has no first part */
        return NULL;
    g_auto(GStrv) parts = g_strsplit(name->text, ".", 2);
    return bind_relation(binder, parts[1] ? parts[0] : NULL, parts[1] ? parts[1] : parts[0]);
}

static bool passes_argument(const struct binder *binder, const struct call *call)
{
    const struct operand_item *item = call->arguments;

    while (item && bind_argument(binder, &item->operand) == &item->operand)
        item = item->next;
    return item;
}

/* In a routine, with what that was called with. */
static const struct call *with_arguments(struct binder *binder, const struct call *call)
{
    if (!passes_argument(binder, call))
        return call;
    struct call *copy = arena_new(binder->arena, struct call);
    struct operand_item **end = &copy->arguments;

    *copy = *call;
    for (const struct operand_item *item = call->arguments; item; item = item->next) {
        *end = arena_new(binder->arena, struct operand_item);
        (*end)->operand = *bind_argument(binder, &item->operand);
        end = &(*end)->next;
    }
    *end = NULL;
    return copy;
}

void bind_side_effect(struct binder *binder, const struct call *call, bool outside)
{
    struct side_effect ***end = call ? &binder->calls_end : &binder->hidden_end;
    struct side_effect *effect = arena_new(binder->arena, struct side_effect);

    effect->order = binder->order++;
    effect->call = call ? with_arguments(binder, call) : NULL;
    effect->step = binder->step;
    effect->statement = binder->statement;
    effect->body = binder->body;
    effect->via = binder->via;
    effect->sequence = call ? named_sequence(binder, call) : NULL;
    effect->conditional = binder->conditional;
    effect->as_passed = binder->as_passed;
    effect->read_only = binder->read_only;
    effect->outside = outside;
    **end = effect;
    *end = &effect->next;
}

static void bind_calls(struct binder *binder, const struct query *query)
{
    for (const struct call *call = query->rest->calls; call; call = call->next) {
        if (bind_call(binder, call))
            continue;
        if (!call->builtin || builtin_effect(call->builtin) == EFFECT_RUNS_TEXT) {
            bind_unknown(binder, arena_printf(binder->arena, "%s()", call->name));
            if (catalog_waits(binder->catalog, call->schema, call->name))
                bind_side_effect(binder, call, true);
            continue;
        }
        bind_side_effect(binder, call, false);
    }
}

/* ------------------------------------------------------------------ the walk */

static const struct range *range_of(const struct query *query, const struct query *inner)
{
    for (const struct range *range = query->ranges; range; range = range->next) {
        if (range_query(range) == inner)
            return range;
    }
    return NULL;
}

/* A WITH query that is named once becomes a sub-SELECT in its place (manual, 7.8.3). */
static bool is_inlined(const struct query *query, const struct query *inner)
{
    return inner->place == PLACE_FROM ||
           (inner->place == PLACE_WITH && !inner->materialized && !query->write &&
            !query_writes(inner) && inner->rest->references == 1);
}

void bind_inner(struct binder *binder, const struct query *query, const struct query *inner,
                const struct restriction *demanded)
{
    const struct range *range = is_inlined(query, inner) ? range_of(query, inner) : NULL;

    if (range)
        demanded = bind_push_down(binder, range, inner, bind_restrictions(binder, query, range));
    else if (inner->place != PLACE_ARM)
        demanded = NULL;
    const struct range *locked = binder->locked;
    if (inner->place != PLACE_FROM)
        binder->locked = NULL;
    bind_query(binder, inner, demanded);
    binder->locked = locked;
}

static void bind_read(struct binder *binder, const struct query *query, const struct range *range,
                      struct restriction *where)
{
    const struct range *locking = range->lock ? range : binder->locked;
    struct access *access =
        bind_range(binder, query, range, locking ? ACCESS_LOCK : ACCESS_READ, where);

    if (locking) {
        access->lock = locking->lock;
        access->wait = locking->wait;
    }
    bind_link(binder, access);
}

static void bind_ranges(struct binder *binder, const struct query *query,
                        const struct restriction *demanded)
{
    for (const struct range *range = query->ranges; range; range = range->next) {
        if (range->kind != RANGE_RELATION || range->target)
            continue;
        struct restriction *where = bind_restrictions(binder, query, range);
        bind_demand(binder, query, range, demanded, &where);
        if (range_is_view(range))
            bind_view(binder, range, where);
        else
            bind_read(binder, query, range, where);
    }
}

/* All accesses from this one on, of which none is twice in the list. */
static struct source *sources_from(struct binder *binder, const struct access *access)
{
    struct source *list = NULL;

    for (; access; access = access->next) {
        struct source *source = arena_new(binder->arena, struct source);
        *source = (struct source){.next = list, .access = access};
        list = source;
    }
    return list;
}

static void bind_body_of(struct binder *binder, const struct query *query,
                         const struct restriction *demanded, bool with)
{
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (with || inner->place != PLACE_WITH)
            bind_inner(binder, query, inner, demanded);
    }
    bind_ranges(binder, query, demanded);
    struct access **first = binder->accesses_end;
    bind_calls(binder, query);
    binder->called = sources_from(binder, query->write ? *first : NULL);
    struct source *data = binder->data;
    binder->data = source_join(binder->arena, data, binder->called);
    if (query->write)
        bind_write(binder, query);
    binder->data = data;
}

static void bind_with_changes(struct binder *binder, const struct query *query,
                              const struct restriction *demanded)
{
    g_autoptr(GHashTable) bound = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) writes = g_ptr_array_new();

    binder->set_off = writes;
    bind_asked_changes(binder, query, bound);
    bind_body_of(binder, query, demanded, false);
    bind_late_changes(binder, query, bound);
    binder->set_off = NULL;
    bind_all_set_off(binder, writes);
}

void bind_query(struct binder *binder, const struct query *query,
                const struct restriction *demanded)
{
    GPtrArray *outer = binder->set_off;

    if (query->place == PLACE_STATEMENT)
        binder->set_off = NULL;
    if (bind_has_changes(query))
        bind_with_changes(binder, query, demanded);
    else
        bind_body_of(binder, query, demanded, true);
    binder->set_off = outer;
}
