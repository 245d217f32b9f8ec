/* Foreign keys: the server checks the parent of a new child with SELECT … FOR KEY SHARE, and looks
 * for the children of a parent that goes or changes its key (utils/adt/ri_triggers.c). These
 * accesses belong to the statement that sets them off. */
#include "binding/binder.h"
#include "program/rows.h"

#include <string.h>

/* The columns of the parent that a key points to: named, or its primary key. */
const char *bind_parent_column(const struct foreign_key *key, const struct relation *parent,
                               size_t index)
{
    const struct index *primary = parent ? relation_primary_key(parent) : NULL;
    const struct index_key *column = primary ? primary->keys : NULL;

    if (key->parent_columns)
        return key->parent_columns[index];
    while (column && index-- > 0)
        column = column->next;
    return column ? column->column : NULL;
}

static bool asks_for_parent(const struct access *access, const struct foreign_key *key)
{
    for (size_t i = 0; key->columns[i]; i++) {
        const char *column = bind_parent_column(key, access->relation, i);
        const struct operand *value = column ? access_equals(access, column) : NULL;
        if (!value || value->kind == OPERAND_CONSTANT)
            return false;
    }
    return true;
}

bool bind_is_of_gone_parent(const struct binder *binder, const struct access *access)
{
    for (const struct frame *frame = binder->frame; frame && access->relation;
         frame = frame->outer) {
        const struct access *child =
            frame->row && frame->row->kind == ACCESS_DELETE ? frame->row : NULL;
        const struct reference *each =
            child && child->rest->key ? access->relation->references : NULL;
        while (each && each->key != child->rest->key)
            each = each->next;
        if (each && asks_for_parent(access, each->key))
            return true;
    }
    return false;
}

/* A condition `column = value` on a range that no query has. */
static void restrict_column(struct binder *binder, struct access *access, const struct range *range,
                            const char *column, const struct operand *value)
{
    struct condition *condition = arena_new(binder->arena, struct condition);
    struct column_use *use = arena_new(binder->arena, struct column_use);

    use->name = column;
    use->range = (struct range *)range;
    condition->left =
        (struct operand){.kind = OPERAND_COLUMN, .text = column, .uses = use, .use_count = 1};
    if (value)
        condition->right = *value;
    else
        condition->right.kind = OPERAND_EXPRESSION;
    bind_restrict(binder, &access->where, condition);
    bind_terms(access);
}

static struct access *key_access(struct binder *binder, const struct foreign_key *key,
                                 enum access_kind kind, const struct relation *relation,
                                 const struct object_name *name)
{
    struct range *range = arena_new(binder->arena, struct range);
    struct access *access =
        bind_new(binder, kind, name->schema, name->name, (struct relation *)relation, name->span);

    range->kind = RANGE_RELATION;
    range->schema = name->schema;
    range->name = range->alias = name->name;
    range->relation = (struct relation *)relation;
    access->range = range;
    access_own_rest(access, binder->arena)->key = key;
    if (kind == ACCESS_LOCK)
        access->lock = LOCK_KEY_SHARE;
    return access;
}

/* What the write gives a column; its WHERE tells what it was when it is not assigned. Of what SELECT
 * brings, the key of a row that the statement has inserted just before is known. */
static const struct operand *value_of(const struct binder *binder, const struct access *write,
                                      const char *column)
{
    const struct assignment *assignment = access_assigns(write, column);
    const struct query *source = assignment && write->query ? query_source(write->query) : NULL;
    const struct output *output = source ? access_output_for(write, source, assignment) : NULL;
    const char *returned;

    if (output && bind_returned(binder, &output->operand, &returned))
        return &output->operand;
    if (assignment)
        return assignment->value.kind == OPERAND_NONE ? access_inserts(write, column)
                                                      : &assignment->value;
    return write->kind == ACCESS_INSERT ? NULL : access_equals(write, column);
}

static bool writes_key(const struct access *write, const struct foreign_key *key)
{
    if (write->kind == ACCESS_INSERT)
        return true;
    for (const char **column = key->columns; *column; column++) {
        if (access_assigns(write, *column))
            return write->kind == ACCESS_UPDATE;
    }
    return false;
}

/* A value that is NULL is not checked. */
static bool is_null(const struct operand *value)
{
    return value && value->kind == OPERAND_CONSTANT && value->literal == LITERAL_NULL;
}

static void check_parent(struct binder *binder, const struct access *write,
                         const struct foreign_key *key)
{
    const struct relation *parent = catalog_relation(
        binder->catalog, key->parent.schema, key->parent.name, write->relation->script, AT_THE_END);
    struct access *check = key_access(binder, key, ACCESS_LOCK, parent, &key->parent);

    for (size_t i = 0; key->columns[i]; i++) {
        const char *column = bind_parent_column(key, parent, i);
        const struct operand *value = value_of(binder, write, key->columns[i]);
        if (is_null(value))
            return;
        if (column)
            restrict_column(binder, check, check->range, column, value);
    }
    bind_link(binder, check);
}

static bool changes_key(const struct access *write, const struct reference *reference)
{
    if (write->kind == ACCESS_DELETE)
        return true;
    if (write->kind != ACCESS_UPDATE)
        return false;
    for (size_t i = 0; reference->key->columns[i]; i++) {
        const char *column = bind_parent_column(reference->key, write->relation, i);
        if (column && access_assigns(write, column))
            return true;
    }
    return false;
}

static enum access_kind action_kind(const struct access *write, const struct foreign_key *key)
{
    enum foreign_key_action action = write->kind == ACCESS_DELETE ? key->on_delete : key->on_update;

    if (action == ACTION_NONE)
        return ACCESS_LOCK;
    return action == ACTION_CASCADE && write->kind == ACCESS_DELETE ? ACCESS_DELETE : ACCESS_UPDATE;
}

/* Whether what the first write sets off has come to these children before: tables may refer to each
 * other in circles, and in several ways. */
static bool is_found_again(const struct access *first, const struct access *children)
{
    const struct access *each = first->next;

    while (each != children &&
           (each->rest->key != children->rest->key || each->kind != children->kind))
        each = each->next;
    return each != children;
}

static void find_all_children(struct binder *binder, const struct access *first,
                              const struct access *write);

/* The children of the row that `write` takes away, or gives another key, with what comes of them in
 * turn. `first` is the write that the statement makes itself. */
static void find_children(struct binder *binder, const struct access *first,
                          const struct access *write, const struct reference *reference)
{
    const struct object_name name = {.schema = reference->child->schema,
                                     .name = reference->child->name};
    struct access *access = key_access(binder, reference->key, action_kind(write, reference->key),
                                       reference->child, &name);

    for (size_t i = 0; reference->key->columns[i]; i++) {
        const char *column = bind_parent_column(reference->key, write->relation, i);
        restrict_column(binder, access, access->range, reference->key->columns[i],
                        column ? access_equals(write, column) : NULL);
    }
    bind_link(binder, access);
    if (!access_is_write(access) || is_found_again(first, access))
        return;
    bind_triggers(binder, access, FIRES_LOCKED);
    bind_triggers(binder, access, FIRES_EARLY);
    find_all_children(binder, first, access);
    bind_triggers(binder, access, FIRES_AFTER);
    bind_triggers(binder, access, FIRES_AT_END);
}

static void find_all_children(struct binder *binder, const struct access *first,
                              const struct access *write)
{
    const struct reference *reference = write->relation ? write->relation->references : NULL;

    for (; reference; reference = reference->next) {
        if (!changes_key(write, reference))
            continue;
        const char *what = arena_printf(binder->arena, "foreign key %s", reference->key->name);
        if (!bind_enter(binder, VIA_FOREIGN_KEY, what, reference->key->script, reference->key->span,
                        write->span))
            return;
        find_children(binder, first, write, reference);
        bind_leave(binder);
    }
}

void bind_foreign_keys(struct binder *binder, const struct access *write)
{
    const struct relation *relation = write->relation;

    for (const struct foreign_key *key = relation ? relation->foreign_keys : NULL; key;
         key = key->next) {
        if (!writes_key(write, key))
            continue;
        const char *what = arena_printf(binder->arena, "foreign key %s", key->name);
        if (!bind_enter(binder, VIA_FOREIGN_KEY, what, key->script, key->span, write->span))
            return;
        check_parent(binder, write, key);
        bind_leave(binder);
    }
    find_all_children(binder, write, write);
}
