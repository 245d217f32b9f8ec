/* The catalog as lines:
 *
 *     table public.t (id int4 not null generated, name text)
 *       primary t_pkey btree (id)
 */
#include "support/view.h"

static void put_columns(GString *out, const struct relation *relation)
{
    g_string_append(out, " (");
    for (const struct column *column = relation->columns; column; column = column->next) {
        g_string_append_printf(out, "%s%s%s", column->name, column->type ? " " : "",
                               column->type ? column->type : "");
        if (column->not_null)
            g_string_append(out, " not null");
        if (column->generated_key)
            g_string_append(out, " generated");
        else if (column->has_default)
            g_string_append(out, " default");
        if (column->stored)
            g_string_append(out, " stored");
        if (column->next)
            g_string_append(out, ", ");
    }
    if (relation->many_columns_unknown)
        g_string_append(out, relation->columns ? ", …" : "…");
    g_string_append_c(out, ')');
}

static void put_index(GString *out, const struct index *index)
{
    static const char *const kinds[] = {"index", "unique", "primary", "exclusion"};

    g_string_append_printf(out, "  %s %s %s (", kinds[index->kind], index->name, index->method);
    for (const struct index_key *key = index->keys; key; key = key->next) {
        if (key->column)
            g_string_append(out, key->column);
        else
            g_string_append_printf(out, "{%s}", key->expression ? key->expression : "…");
        if (key->opclass)
            g_string_append_printf(out, " %s", key->opclass);
        if (key->collation)
            g_string_append_printf(out, " collate %s", key->collation);
        if (key->next)
            g_string_append(out, ", ");
    }
    g_string_append_printf(
        out, ")%s%s%s%s%s\n", index->constraint ? " constraint" : "",
        index->partial ? " partial" : "",
        index->initially_deferred ? " deferred"
        : index->deferrable       ? " deferrable"
                                  : "",
        index->nulls_not_distinct ? " nulls-not-distinct" : "",
        strcmp(index->method, "gin") == 0 && !index->fastupdate ? " fastupdate-off" : "");
}

static void put_names(GString *out, const char *const *names)
{
    g_string_append(out, " (");
    for (; names && *names; names++)
        g_string_append_printf(out, "%s%s", *names, names[1] ? ", " : "");
    g_string_append_c(out, ')');
}

static void put_constraints(GString *out, const struct relation *relation)
{
    static const char *const actions[] = {"", " cascade", " set"};

    for (const struct foreign_key *key = relation->foreign_keys; key; key = key->next) {
        g_string_append_printf(out, "  foreign key %s", key->name);
        put_names(out, (const char *const *)key->columns);
        g_string_append_printf(out, " to %s", key->parent.name);
        if (key->parent_columns)
            put_names(out, (const char *const *)key->parent_columns);
        g_string_append_printf(out, "%s%s\n", actions[key->on_delete],
                               key->initially_deferred ? " deferred"
                               : key->deferrable       ? " deferrable"
                                                       : "");
    }
    for (const struct check_constraint *check = relation->checks; check; check = check->next)
        g_string_append_printf(out, "  check %s\n", check->name ? check->name : "?");
    for (const struct trigger *trigger = relation->triggers; trigger; trigger = trigger->next)
        g_string_append_printf(out, "  trigger %s%s%s %s\n", trigger->name,
                               trigger->before ? " before" : "", trigger->row ? " row" : "",
                               trigger->function);
    for (const struct rewrite_rule *rule = relation->rewrite_rules; rule; rule = rule->next)
        g_string_append_printf(out, "  rule %s%s\n", rule->name, rule->instead ? " instead" : "");
}

static void put_relation(GString *out, const struct relation *relation)
{
    static const char *const kinds[] = {"table", "view", "materialized view", "foreign table",
                                        "sequence"};
    static const char *const persistences[] = {"", "unlogged ", "temporary "};

    g_string_append_printf(out, "%s%s%s %s%s%s", relation->described ? "" : "undescribed ",
                           persistences[relation->persistence], kinds[relation->kind],
                           relation->schema ? relation->schema : "", relation->schema ? "." : "",
                           relation->name);
    put_columns(out, relation);
    if (relation->partitioned) {
        g_string_append(out, " partitioned by");
        put_names(out, (const char *const *)relation->partition_key);
    }
    if (relation->parent)
        g_string_append_printf(out, " partition of %s", relation->parent->name);
    if (relation->fillfactor)
        g_string_append_printf(out, " fillfactor %d", relation->fillfactor);
    if (relation->indexes_unknown)
        g_string_append(out, " indexes unknown");
    g_string_append_c(out, '\n');
    for (const struct index *index = relation->indexes; index; index = index->next)
        put_index(out, index);
    put_constraints(out, relation);
}

static void put_routine(GString *out, const char *name, const struct routine *routine)
{
    static const char *const volatilities[] = {"volatile", "stable", "immutable"};

    g_string_append_printf(
        out, "%s %s%s%s %s %s, %d to %d%s arguments\n",
        routine->procedure ? "procedure" : "function", routine->schema ? routine->schema : "",
        routine->schema ? "." : "", name, routine->language, volatilities[routine->volatility],
        routine->required_count, routine->argument_count, routine->variadic ? " or more" : "");
}

static GList *sorted_names(GHashTable *table)
{
    return g_list_sort(g_hash_table_get_keys(table), (GCompareFunc)strcmp);
}

char *view_catalog(const char *text, const char *options)
{
    struct linted linted;
    GString *out = g_string_new(NULL);

    lint_sample(&linted, text, options);
    const struct catalog *catalog = &project_database(&linted.project, 0)->catalog;
    g_autoptr(GList) relations = sorted_names(catalog->relations);
    g_autoptr(GList) routines = sorted_names(catalog->routines);
    for (GList *name = relations; name; name = name->next) {
        for (const struct relation *relation = g_hash_table_lookup(catalog->relations, name->data);
             relation; relation = relation->next)
            put_relation(out, relation);
    }
    for (GList *name = routines; name; name = name->next) {
        for (const struct overload *each = g_hash_table_lookup(catalog->routines, name->data); each;
             each = each->next)
            put_routine(out, name->data, each->routine);
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}
