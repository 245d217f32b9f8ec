/* What changes make of one table: its columns, indexes, constraints, triggers and rules. They start as
 * those that its CREATE says, and are copied when they change. */
#include "catalog/replay.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/key.h"

static bool same(const char *a, const char *b)
{
    return g_strcmp0(a, b) == 0;
}

static struct column **column_link(struct relation *relation, const char *name)
{
    struct column **link = &relation->columns;

    while (*link && !same((*link)->name, name))
        link = &(*link)->next;
    return link;
}

/* Most tables stay as they were created: their columns are copied when one changes. */
void catalog_own_columns(struct catalog *catalog, struct relation *relation)
{
    for (struct column **link = &relation->columns; !relation->own_columns && *link;
         link = &(*link)->next)
        *link = OWN(catalog, struct column, *link);
    relation->own_columns = true;
}

static struct column **own_column(struct catalog *catalog, struct relation *relation,
                                  const char *name)
{
    catalog_own_columns(catalog, relation);
    return column_link(relation, name);
}

static void drop_column(struct catalog *catalog, struct relation *relation, const char *name)
{
    struct column **column = own_column(catalog, relation, name);

    if (*column)
        *column = (*column)->next;
    for (struct index **index = &relation->indexes; *index;) {
        if (key_has_column(*index, name))
            *index = (*index)->next;
        else
            index = &(*index)->next;
    }
    struct foreign_key **lists[] = {&relation->foreign_keys, &relation->unenforced};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (struct foreign_key **key = lists[i]; *key;) {
            if (g_strv_contains((*key)->columns, name))
                *key = (*key)->next;
            else
                key = &(*key)->next;
        }
    }
}

static void rename_in_keys(struct catalog *catalog, struct foreign_key *key, const char *from,
                           const char *to)
{
    for (; key; key = key->next) {
        size_t count = g_strv_length((char **)key->columns);
        const char **columns = arena_array(&catalog->arena, const char *, count + 1);
        for (size_t i = 0; i < count; i++)
            columns[i] = strcmp(key->columns[i], from) == 0 ? to : key->columns[i];
        if (g_strv_contains(key->columns, from))
            key->columns = columns;
    }
}

static void rename_in_index(struct catalog *catalog, struct index *index, const char *from,
                            const char *to)
{
    if (!key_has_column(index, from))
        return;
    for (struct index_key **link = &index->keys; *link; link = &(*link)->next) {
        *link = OWN(catalog, struct index_key, *link);
        if (same((*link)->column, from))
            (*link)->column = to;
    }
}

static void rename_column(struct catalog *catalog, struct relation *relation, const char *from,
                          const char *to)
{
    struct column *column = *own_column(catalog, relation, from);

    if (column)
        column->name = to;
    for (struct index *index = relation->indexes; index; index = index->next)
        rename_in_index(catalog, index, from, to);
    rename_in_keys(catalog, relation->foreign_keys, from, to);
    rename_in_keys(catalog, relation->unenforced, from, to);
}

/* ------------------------------------------------------------------ names that the server gives */

static void take_name(GHashTable *names, const char *name)
{
    if (name)
        g_hash_table_insert(names, (gpointer)name, NULL);
}

static void take_names(GHashTable *names, const struct foreign_key *key)
{
    for (; key; key = key->next)
        take_name(names, key->name);
}

/* Listed once for all that statements which only add do to one table, see note_name. */
static GHashTable *names_of(struct catalog *catalog, const struct relation *relation)
{
    if (catalog->named == relation)
        return catalog->names;
    catalog->named = relation;
    g_hash_table_remove_all(catalog->names);
    for (const struct index *index = relation->indexes; index; index = index->next)
        take_name(catalog->names, index->name);
    take_names(catalog->names, relation->foreign_keys);
    take_names(catalog->names, relation->unenforced);
    for (const struct check_constraint *check = relation->checks; check; check = check->next)
        take_name(catalog->names, check->name);
    return catalog->names;
}

static void note_name(struct catalog *catalog, const struct relation *relation, const char *name)
{
    if (catalog->named == relation)
        take_name(catalog->names, name);
}

/* The name itself, or the first number behind it that is free (ChooseRelationName in
 * commands/indexcmds.c, ChooseConstraintName in catalog/pg_constraint.c). A name that is already as
 * long as names may be would be shortened in its middle: it is left as it is. */
static const char *free_name(struct catalog *catalog, const struct relation *relation,
                             const char *name)
{
    enum { LONGEST = 63 };
    GHashTable *names = names_of(catalog, relation);
    const char *numbered;
    gpointer last;

    if (!g_hash_table_lookup_extended(names, name, NULL, &last))
        return name;
    guint number = GPOINTER_TO_UINT(last);
    do
        numbered = arena_printf(&catalog->arena, "%s%u", name, ++number);
    while (g_hash_table_contains(names, numbered));
    g_hash_table_insert(names, (gpointer)name, GUINT_TO_POINTER(number));
    return strlen(numbered) > LONGEST ? name : numbered;
}

/* ------------------------------------------------------------------ indexes and constraints */

static void add_index(struct catalog *catalog, struct relation *relation, const struct index *index,
                      bool tolerant)
{
    struct index **link = &relation->indexes;

    for (; *link; link = &(*link)->next) {
        if (index->using_index && same((*link)->name, index->using_index)) {
            (*link)->kind = index->kind; /* the index becomes the constraint's */
            (*link)->primary = index->primary;
            (*link)->constraint = true;
            (*link)->deferrable = index->deferrable;
            (*link)->initially_deferred = index->initially_deferred;
            (*link)->name = index->name;
            catalog->named = NULL;
            index = *link;
            break;
        }
        if (tolerant && same((*link)->name, index->name))
            return;
    }
    if (!*link) {
        struct index *added = OWN(catalog, struct index, index);
        if (index->unnamed)
            added->name = free_name(catalog, relation, index->name);
        note_name(catalog, relation, added->name);
        index = *link = added;
    }
    g_hash_table_insert(catalog->indexes, (char *)index->name, relation);
    if (!index->primary)
        return;
    for (const struct index_key *key = index->keys; key; key = key->next) {
        const struct column *column = key->column ? *column_link(relation, key->column) : NULL;
        if (column && !column->not_null)
            (*own_column(catalog, relation, key->column))->not_null = true;
    }
}

void catalog_drop_index(struct catalog *catalog, const char *name)
{
    struct relation *relation = g_hash_table_lookup(catalog->indexes, name);
    struct index **link = relation ? &relation->indexes : NULL;

    while (link && *link && !same((*link)->name, name))
        link = &(*link)->next;
    if (link && *link)
        *link = (*link)->next;
    g_hash_table_remove(catalog->indexes, name);
}

bool catalog_rename_index(struct catalog *catalog, const char *from, const char *to)
{
    struct relation *owner = g_hash_table_lookup(catalog->indexes, from);

    for (struct index *index = owner ? owner->indexes : NULL; index; index = index->next) {
        if (same(index->name, from))
            index->name = to;
    }
    g_hash_table_remove(catalog->indexes, from);
    if (owner)
        g_hash_table_insert(catalog->indexes, (char *)to, owner);
    return owner != NULL;
}

/* Takes the key out of a list; NULL when it is not there. */
static struct foreign_key *take_key(struct foreign_key **list, const char *name)
{
    while (*list && !same((*list)->name, name))
        list = &(*list)->next;
    struct foreign_key *key = *list;
    if (key)
        *list = key->next;
    return key;
}

static void add_foreign_key(struct catalog *catalog, struct relation *relation,
                            struct foreign_key *key)
{
    struct foreign_key **link = key->not_enforced ? &relation->unenforced : &relation->foreign_keys;

    for (; *link; link = &(*link)->next) {
        if (catalog->makes_sure && same((*link)->name, key->name))
            return;
    }
    note_name(catalog, relation, key->name);
    key->number = catalog->foreign_keys++;
    key->next = NULL;
    *link = key;
}

static void add_check(struct catalog *catalog, struct relation *relation,
                      const struct check_constraint *said)
{
    struct check_constraint *check = OWN(catalog, struct check_constraint, said);

    if (check->unnamed)
        check->name = free_name(catalog, relation, check->name);
    note_name(catalog, relation, check->name);
    check->next = relation->checks;
    relation->checks = check;
}

static void enforce(struct catalog *catalog, struct relation *relation,
                    const struct foreign_key *now)
{
    struct foreign_key *key = take_key(&relation->foreign_keys, now->name);

    if (!key)
        key = take_key(&relation->unenforced, now->name);
    if (!key)
        return;
    key->not_enforced = now->not_enforced;
    add_foreign_key(catalog, relation, key);
}

static void drop_constraint(struct catalog *catalog, struct relation *relation,
                            const struct change *change, const struct script *script)
{
    struct check_constraint **check = &relation->checks;
    const char *name = change->text;

    catalog->named = NULL;
    if (g_hash_table_lookup(catalog->indexes, name) == relation)
        catalog_drop_index(catalog, name);
    const struct foreign_key *key = take_key(&relation->foreign_keys, name);
    if (!key)
        key = take_key(&relation->unenforced, name);
    if (key)
        g_hash_table_insert(
            catalog->concerned, (gpointer)change,
            catalog_relation(catalog, key->parent.schema, key->parent.name, script, AT_THE_END));
    while (*check && !same((*check)->name, name))
        check = &(*check)->next;
    if (*check)
        *check = (*check)->next;
}

static void rename_constraint(struct catalog *catalog, struct relation *relation, const char *from,
                              const char *to)
{
    struct foreign_key *lists[] = {relation->foreign_keys, relation->unenforced};

    catalog->named = NULL;
    if (g_hash_table_lookup(catalog->indexes, from) == relation)
        catalog_rename_index(catalog, from, to);
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (struct foreign_key *key = lists[i]; key; key = key->next) {
            if (same(key->name, from))
                key->name = to;
        }
    }
    for (struct check_constraint *check = relation->checks; check; check = check->next) {
        if (same(check->name, from))
            check->name = to;
    }
}

static void set_option(struct catalog *catalog, struct relation *relation,
                       const struct change *change)
{
    struct relation *owner = g_hash_table_lookup(catalog->indexes, change->object.name);

    if (strcmp(change->text, "fillfactor") == 0) {
        relation->fillfactor = atoi(change->new_text);
        return;
    }
    if (strcmp(change->text, "fastupdate") != 0 || !owner)
        return;
    for (struct index *index = owner->indexes; index; index = index->next) {
        if (same(index->name, change->object.name))
            index->fastupdate = strcmp(change->new_text, "off") != 0 &&
                                strcmp(change->new_text, "false") != 0 &&
                                strcmp(change->new_text, "0") != 0;
    }
}

static void add_column(struct catalog *catalog, struct relation *relation,
                       const struct change *change)
{
    struct column **link = own_column(catalog, relation, change->column->name);

    if (!*link)
        *link = OWN(catalog, struct column, change->column);
}

/* They are kept in the order of their names, in which they run (manual, 39.1 Overview of Trigger
 * Behavior). */
static void add_trigger(struct catalog *catalog, struct relation *relation,
                        const struct change *change)
{
    struct trigger **link = &relation->triggers, *trigger;
    bool replace = change->replace || catalog->makes_sure;

    while (*link && strcmp((*link)->name, change->trigger->name) < (replace ? 0 : 1))
        link = &(*link)->next;
    replace = replace && *link && same((*link)->name, change->trigger->name);
    trigger = OWN(catalog, struct trigger, change->trigger);
    trigger->next = replace ? (*link)->next : *link;
    *link = trigger;
    for (const char **name = trigger->transition_tables; *name; name++)
        g_hash_table_add(catalog->transition_tables, (gpointer)*name);
}

static void note_type(struct catalog *catalog, struct relation *relation,
                      const struct change *change, const char *before)
{
    struct retyping *retyping = arena_new(&catalog->arena, struct retyping);

    retyping->change = change;
    retyping->before = before;
    retyping->next = relation->retypings;
    relation->retypings = retyping;
}

static void change_column(struct catalog *catalog, struct relation *relation,
                          const struct change *change)
{
    bool whole = change->kind == CHANGE_COLUMN_TYPE || change->kind == CHANGE_SET_DEFAULT;
    struct column *column =
        *own_column(catalog, relation, whole ? change->column->name : change->text);

    if (!column)
        return;
    switch (change->kind) {
    case CHANGE_COLUMN_TYPE:
        note_type(catalog, relation, change, column->type);
        column->type = change->column->type;
        break;
    case CHANGE_SET_DEFAULT:
        column->has_default = change->column->has_default;
        column->default_value = change->column->default_value;
        column->generated_key = change->column->generated_key;
        column->nextval_default = change->column->nextval_default;
        column->volatile_default = change->column->volatile_default;
        break;
    default:
        column->not_null = change->kind == CHANGE_SET_NOT_NULL;
    }
}

void catalog_change_table(struct catalog *catalog, struct relation *relation,
                          const struct change *change, const struct script *script)
{
    struct rewrite_rule *rewrite_rule;
    struct foreign_key *key;

    switch (change->kind) {
    case CHANGE_ADD_COLUMN:
        add_column(catalog, relation, change);
        break;
    case CHANGE_DROP_COLUMN:
        drop_column(catalog, relation, change->text);
        break;
    case CHANGE_RENAME_COLUMN:
        rename_column(catalog, relation, change->text, change->new_text);
        break;
    case CHANGE_COLUMN_TYPE:
    case CHANGE_SET_DEFAULT:
    case CHANGE_SET_NOT_NULL:
    case CHANGE_DROP_NOT_NULL:
        change_column(catalog, relation, change);
        break;
    case CHANGE_ADD_INDEX:
        add_index(catalog, relation, change->index, change->tolerant || catalog->makes_sure);
        break;
    case CHANGE_ADD_FOREIGN_KEY:
        key = OWN(catalog, struct foreign_key, change->foreign_key);
        if (key->unnamed)
            key->name = free_name(catalog, relation, key->name);
        add_foreign_key(catalog, relation, key);
        break;
    case CHANGE_ENFORCE:
        enforce(catalog, relation, change->foreign_key);
        break;
    case CHANGE_ADD_CHECK:
        if (!change->check->not_enforced)
            add_check(catalog, relation, change->check);
        break;
    case CHANGE_DROP_CONSTRAINT:
        drop_constraint(catalog, relation, change, script);
        break;
    case CHANGE_RENAME_CONSTRAINT:
        rename_constraint(catalog, relation, change->text, change->new_text);
        break;
    case CHANGE_OPTION:
        set_option(catalog, relation, change);
        break;
    case CHANGE_PERSISTENCE:
        relation->persistence = change->persistence;
        break;
    case CHANGE_CREATE_TRIGGER:
        add_trigger(catalog, relation, change);
        break;
    case CHANGE_CREATE_RULE:
        rewrite_rule = OWN(catalog, struct rewrite_rule, change->rewrite_rule);
        rewrite_rule->next = relation->rewrite_rules;
        relation->rewrite_rules = rewrite_rule;
        break;
    default:
        break;
    }
}
