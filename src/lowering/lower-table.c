/* Tables, views and indexes: what CREATE and ALTER TABLE say of columns and constraints, as changes
 * that the catalog can apply without knowing SQL. */
#include "lowering/lower.h"

#include <string.h>

#include "facts/builtin.h"

struct change *lower_add_change(struct lowering *lowering, struct change ***end,
                                enum change_kind kind, struct object_name object)
{
    struct change *change = arena_new(lowering->arena, struct change);

    change->kind = kind;
    change->object = object;
    **end = change;
    *end = &change->next;
    return change;
}

const char **lower_string_list(struct lowering *lowering, const List *strings)
{
    const char **names =
        arena_array(lowering->arena, const char *, (size_t)list_length(strings) + 1);

    for (int i = 0; i < list_length(strings); i++)
        names[i] = lower_string(lowering, strVal(list_nth(strings, i)));
    return names;
}

/* ------------------------------------------------------------------ columns */

static bool is_serial(const char *type)
{
    static const char *const types[] = {"serial",  "bigserial", "smallserial", "serial4",
                                        "serial8", "serial2",   NULL};

    return g_strv_contains(types, type);
}

static const char *serial_type(const char *type)
{
    if (strstr(type, "big") || strstr(type, "8"))
        return "int8";
    return strstr(type, "small") || strstr(type, "2") ? "int2" : "int4";
}

static bool makes_unique_values(const struct call *call)
{
    static const char *const names[] = {
        "nextval", "gen_random_uuid", "uuid_generate_v1", "uuid_generate_v4", "uuidv7", "uuidv4",
        NULL};

    return g_strv_contains(names, call->name);
}

static void lower_default(struct lowering *lowering, struct column *column, Node *expression)
{
    struct query *query = lower_detached(lowering, NULL, NULL, expression);

    column->has_default = expression != NULL;
    column->default_value = lower_constant(lowering, expression);
    column->volatile_default = column->generated_key = column->nextval_default = false;
    for (const struct call *call = query->rest->calls; call; call = call->next) {
        column->generated_key |= makes_unique_values(call);
        column->nextval_default |= strcmp(call->name, "nextval") == 0;
        column->volatile_default |=
            call->builtin && call->builtin->volatility == VOLATILITY_VOLATILE;
    }
}

/* A column with the constraints written behind it, which become changes of their own. */
static struct column *lower_column(struct lowering *lowering, const ColumnDef *definition,
                                   const struct object_name *table, struct change ***end)
{
    struct column *column = arena_new(lowering->arena, struct column);
    /* What DEFERRABLE or NOT ENFORCED behind it speaks of: one of them. */
    struct index *index = NULL;
    struct foreign_key *key = NULL;
    struct check_constraint *check = NULL;
    ListCell *cell;

    column->name = lower_string(lowering, definition->colname);
    column->span = lower_token(lowering, definition->location);
    if (definition->typeName)
        column->type = canonical_type(lowering, definition->typeName);
    if (column->type && is_serial(column->type)) {
        column->type = serial_type(column->type);
        column->not_null = column->has_default = true;
        column->generated_key = column->nextval_default = column->volatile_default = true;
    }
    if (definition->collClause)
        column->collation = lower_string(lowering, strVal(llast(definition->collClause->collname)));
    foreach (cell, definition->constraints) {
        Constraint *constraint = lfirst(cell);
        switch (constraint->contype) {
        case CONSTR_NOTNULL:
            column->not_null = true;
            break;
        case CONSTR_DEFAULT:
            lower_default(lowering, column, constraint->raw_expr);
            break;
        case CONSTR_IDENTITY:
            column->not_null = column->has_default = true;
            column->generated_key = column->nextval_default = column->volatile_default = true;
            break;
        case CONSTR_GENERATED:
            column->stored = tree_stored(constraint);
            break;
        case CONSTR_PRIMARY:
            column->not_null = true;
            G_GNUC_FALLTHROUGH;
        case CONSTR_UNIQUE:
            key = NULL, check = NULL;
            index = lower_key_constraint(lowering, constraint, table, column->name);
            lower_add_change(lowering, end, CHANGE_ADD_INDEX, *table)->index = index;
            break;
        case CONSTR_FOREIGN:
            index = NULL, check = NULL;
            key = lower_foreign_key(lowering, constraint, table, column->name);
            lower_add_change(lowering, end, CHANGE_ADD_FOREIGN_KEY, *table)->foreign_key = key;
            break;
        case CONSTR_CHECK:
            index = NULL, key = NULL;
            check = lower_check(lowering, constraint, table);
            lower_add_change(lowering, end, CHANGE_ADD_CHECK, *table)->check = check;
            break;
        case CONSTR_ATTR_DEFERRABLE:
        case CONSTR_ATTR_DEFERRED:
            if (index) {
                index->deferrable = true;
                index->initially_deferred |= constraint->contype == CONSTR_ATTR_DEFERRED;
            }
            if (key) {
                key->deferrable = true;
                key->initially_deferred |= constraint->contype == CONSTR_ATTR_DEFERRED;
            }
            break;
        default:
            if (tree_says_not_enforced(constraint) && key)
                key->not_enforced = true;
            if (tree_says_not_enforced(constraint) && check)
                check->not_enforced = true;
            break;
        }
    }
    return column;
}

/* ------------------------------------------------------------------ relations */

static enum persistence persistence_of(char persistence)
{
    switch (persistence) {
    case RELPERSISTENCE_TEMP:
        return PERSISTENCE_TEMPORARY;
    case RELPERSISTENCE_UNLOGGED:
        return PERSISTENCE_UNLOGGED;
    default:
        return PERSISTENCE_PERMANENT;
    }
}

struct relation *lower_create_relation(struct lowering *lowering, struct change ***end,
                                       const RangeVar *name, enum relation_kind kind,
                                       struct change **change)
{
    struct object_name object = lower_name(lowering, name);
    struct relation *relation = arena_new(lowering->arena, struct relation);

    relation->schema = object.schema;
    relation->name = object.name;
    relation->span = object.span;
    relation->kind = kind;
    relation->persistence = persistence_of(name->relpersistence);
    if (object.schema && strcmp(object.schema, "pg_temp") == 0)
        relation->persistence = PERSISTENCE_TEMPORARY;
    relation->described = true;
    relation->script = lowering->script;
    *change = lower_add_change(lowering, end, CHANGE_CREATE_RELATION, object);
    (*change)->relation = relation;
    return relation;
}

static int fillfactor_of(List *options)
{
    ListCell *cell;

    foreach (cell, options) {
        const DefElem *option = lfirst(cell);
        if (strcmp(option->defname, "fillfactor") == 0 && option->arg && IsA(option->arg, Integer))
            return intVal(option->arg);
    }
    return 0;
}

/* Columns of the partition key; NULL when an expression is among them. */
static const char **partition_key_of(struct lowering *lowering, const PartitionSpec *spec)
{
    const char **columns =
        arena_array(lowering->arena, const char *, (size_t)list_length(spec->partParams) + 1);

    for (int i = 0; i < list_length(spec->partParams); i++) {
        const PartitionElem *element = list_nth(spec->partParams, i);
        if (!element->name)
            return NULL;
        columns[i] = lower_string(lowering, element->name);
    }
    return columns;
}

static void lower_create_table(struct lowering *lowering, const CreateStmt *stmt,
                               enum relation_kind kind, struct change ***end)
{
    struct change *change;
    struct relation *relation = lower_create_relation(lowering, end, stmt->relation, kind, &change);
    struct column **columns = &relation->columns;
    ListCell *cell;

    change->tolerant = stmt->if_not_exists;
    relation->drop_on_commit = stmt->oncommit == ONCOMMIT_DROP;
    relation->fillfactor = fillfactor_of(stmt->options);
    foreach (cell, stmt->tableElts) {
        Node *element = lfirst(cell);
        if (IsA(element, ColumnDef)) {
            *columns = lower_column(lowering, (ColumnDef *)element, &change->object, end);
            columns = &(*columns)->next;
        } else if (IsA(element, Constraint)) {
            lower_constraint(lowering, (Constraint *)element, &change->object, end);
        } else if (IsA(element, TableLikeClause)) {
            struct object_name *like = arena_new(lowering->arena, struct object_name);
            *like = lower_name(lowering, ((TableLikeClause *)element)->relation);
            like->next = relation->like;
            relation->like = like;
            relation->indexes_unknown |=
                (((TableLikeClause *)element)->options & CREATE_TABLE_LIKE_INDEXES) != 0;
        }
    }
    foreach (cell, stmt->constraints)
        lower_constraint(lowering, lfirst(cell), &change->object, end);
    foreach (cell, stmt->inhRelations) {
        struct object_name parent = lower_name(lowering, lfirst(cell));
        if (stmt->partbound) {
            relation->partition_of = parent;
        } else {
            struct object_name *inherited = arena_new(lowering->arena, struct object_name);
            *inherited = parent;
            inherited->next = relation->inherits;
            relation->inherits = inherited;
        }
    }
    if (stmt->partspec) {
        relation->partitioned = true;
        relation->partition_key = partition_key_of(lowering, stmt->partspec);
    }
    relation->many_columns_unknown = stmt->ofTypename != NULL;
}

/* The names in parentheses behind the name of a table or view; those of a "*" cannot be told apart. */
static void name_outputs(struct lowering *lowering, struct output *output, const List *names)
{
    ListCell *cell;

    foreach (cell, names) {
        if (!output || !output->name)
            break;
        output->name = lower_string(lowering, strVal(lfirst(cell)));
        output = output->next;
    }
}

static void add_named(struct lowering *lowering, struct column ***end, const char *name)
{
    struct column *column = arena_new(lowering->arena, struct column);

    column->name = name;
    **end = column;
    *end = &column->next;
}

static void lower_create_as(struct lowering *lowering, const IntoClause *into, Node *query,
                            enum relation_kind kind, bool tolerant, struct change ***end,
                            struct statement *statement)
{
    struct change *change;
    struct relation *relation = lower_create_relation(lowering, end, into->rel, kind, &change);
    struct column **columns = &relation->columns;
    int named = list_length(into->colNames);

    change->tolerant = tolerant;
    relation->drop_on_commit = into->onCommit == ONCOMMIT_DROP;
    statement->query = lower_query(lowering, query, PLACE_STATEMENT);
    if (kind == RELATION_MATERIALIZED_VIEW)
        relation->definition = statement->query;
    if (statement->query)
        name_outputs(lowering, statement->query->outputs, into->colNames);
    relation->many_columns_unknown = true;
    for (int i = 0; i < named; i++)
        add_named(lowering, &columns, lower_string(lowering, strVal(list_nth(into->colNames, i))));
    for (const struct output *output = statement->query ? statement->query->outputs : NULL; output;
         output = output->next) {
        if (--named < 0 && output->name)
            add_named(lowering, &columns, output->name);
    }
}

static void lower_view(struct lowering *lowering, const ViewStmt *stmt, struct change ***end)
{
    struct change *change;
    struct relation *view =
        lower_create_relation(lowering, end, stmt->view, RELATION_VIEW, &change);
    struct query *query = lower_query(lowering, stmt->query, PLACE_STATEMENT);

    change->replace = stmt->replace;
    view->definition = query;
    if (query)
        name_outputs(lowering, query->outputs, stmt->aliases);
}

/* ------------------------------------------------------------------ ALTER TABLE */

static void lower_table_options(struct lowering *lowering, const struct object_name *object,
                                List *options, struct change ***end)
{
    ListCell *cell;

    foreach (cell, options) {
        const DefElem *option = lfirst(cell);
        struct change *change = lower_add_change(lowering, end, CHANGE_OPTION, *object);
        Node *value = option->arg;
        if (value && IsA(value, TypeName)) /* off is a name of a type to the grammar */
            value = llast(((TypeName *)value)->names);
        change->text = lower_string(lowering, option->defname);
        if (strcmp(option->defname, "user_catalog_table") == 0)
            change->lock = TABLE_LOCK_ACCESS_EXCLUSIVE; /* reloptions.c has the others' */
        change->new_text = value && IsA(value, Integer)
                               ? arena_printf(lowering->arena, "%d", intVal(value))
                           : value && IsA(value, String) ? lower_string(lowering, strVal(value))
                                                         : "true";
    }
}

static void lower_column_change(struct lowering *lowering, const AlterTableCmd *command,
                                const struct object_name *table, enum change_kind kind,
                                struct change ***end)
{
    struct change *change = lower_add_change(lowering, end, kind, *table);

    change->text = lower_string(lowering, command->name);
    change->tolerant = command->missing_ok;
}

static void lower_partition(struct lowering *lowering, const AlterTableCmd *command,
                            const struct object_name *table, struct change ***end)
{
    struct object_name *partition = arena_new(lowering->arena, struct object_name);
    enum change_kind kind =
        command->subtype == AT_AttachPartition ? CHANGE_ATTACH_PARTITION : CHANGE_DETACH_PARTITION;

    *partition = lower_name(lowering, ((PartitionCmd *)command->def)->name);
    lower_add_change(lowering, end, kind, *table)->partition = partition;
}

/* AlterTableGetLockLevel in commands/tablecmds.c, for what is modelled by nothing but its lock. */
static enum table_lock form_lock(AlterTableType form)
{
    switch (form) {
    case AT_ValidateConstraint:
    case AT_SetStatistics:
    case AT_SetOptions:
    case AT_ResetOptions:
    case AT_ResetRelOptions:
    case AT_ClusterOn:
    case AT_DropCluster:
    case AT_DetachPartitionFinalize:
        return TABLE_LOCK_SHARE_UPDATE_EXCLUSIVE;
    case AT_EnableTrig:
    case AT_EnableAlwaysTrig:
    case AT_EnableReplicaTrig:
    case AT_EnableTrigAll:
    case AT_EnableTrigUser:
    case AT_DisableTrig:
    case AT_DisableTrigAll:
    case AT_DisableTrigUser:
        return TABLE_LOCK_SHARE_ROW_EXCLUSIVE;
    default:
        return TABLE_LOCK_ACCESS_EXCLUSIVE;
    }
}

static void lower_alter_command(struct lowering *lowering, const AlterTableCmd *command,
                                const struct object_name *table, struct change ***end)
{
    struct change *change;

    switch (command->subtype) {
    case AT_AddColumn: {
        /* The constraints behind a column are changes that need it, so they come after it. */
        struct change *constraints = NULL, **constraints_end = &constraints;
        struct column *column =
            lower_column(lowering, (ColumnDef *)command->def, table, &constraints_end);
        change = lower_add_change(lowering, end, CHANGE_ADD_COLUMN, *table);
        change->column = column;
        change->tolerant = command->missing_ok;
        **end = constraints;
        while (**end)
            *end = &(**end)->next;
        break;
    }
    case AT_DropColumn:
        lower_column_change(lowering, command, table, CHANGE_DROP_COLUMN, end);
        break;
    case AT_SetNotNull:
        lower_column_change(lowering, command, table, CHANGE_SET_NOT_NULL, end);
        break;
    case AT_DropNotNull:
        lower_column_change(lowering, command, table, CHANGE_DROP_NOT_NULL, end);
        break;
    case AT_DropConstraint:
        lower_column_change(lowering, command, table, CHANGE_DROP_CONSTRAINT, end);
        break;
    case AT_AlterColumnType: {
        struct column *column = arena_new(lowering->arena, struct column);
        column->name = lower_string(lowering, command->name);
        column->type = canonical_type(lowering, ((ColumnDef *)command->def)->typeName);
        lower_add_change(lowering, end, CHANGE_COLUMN_TYPE, *table)->column = column;
        break;
    }
    case AT_ColumnDefault: {
        struct column *column = arena_new(lowering->arena, struct column);
        column->name = lower_string(lowering, command->name);
        lower_default(lowering, column, command->def);
        lower_add_change(lowering, end, CHANGE_SET_DEFAULT, *table)->column = column;
        break;
    }
    case AT_AddIdentity: {
        struct column *column = arena_new(lowering->arena, struct column);
        column->name = lower_string(lowering, command->name);
        column->has_default = column->generated_key = column->nextval_default = true;
        lower_add_change(lowering, end, CHANGE_SET_DEFAULT, *table)->column = column;
        break;
    }
    case AT_AddConstraint:
        lower_constraint(lowering, (Constraint *)command->def, table, end);
        break;
#if PG_VERSION_NUM >= 180000
    case AT_AlterConstraint: {
        const ATAlterConstraint *alter = (ATAlterConstraint *)command->def;
        if (!alter->alterEnforceability)
            break;
        struct foreign_key *key = arena_new(lowering->arena, struct foreign_key);
        key->name = lower_string(lowering, alter->conname);
        key->not_enforced = !alter->is_enforced;
        lower_add_change(lowering, end, CHANGE_ENFORCE, *table)->foreign_key = key;
        break;
    }
#endif
    case AT_AttachPartition:
    case AT_DetachPartition:
        lower_partition(lowering, command, table, end);
        break;
    case AT_SetRelOptions:
        lower_table_options(lowering, table, (List *)command->def, end);
        break;
    case AT_SetLogged:
    case AT_SetUnLogged:
        change = lower_add_change(lowering, end, CHANGE_PERSISTENCE, *table);
        change->persistence =
            command->subtype == AT_SetLogged ? PERSISTENCE_PERMANENT : PERSISTENCE_UNLOGGED;
        break;
    case AT_SetAccessMethod:
        lower_add_change(lowering, end, CHANGE_REWRITE, *table)->text = "SET ACCESS METHOD";
        break;
    default:
        break;
    }
}

static void lower_alter_table(struct lowering *lowering, const AlterTableStmt *stmt,
                              struct change ***end, struct statement *statement)
{
    struct object_name table = lower_name(lowering, stmt->relation);
    bool has_rows = stmt->objtype == OBJECT_TABLE || stmt->objtype == OBJECT_FOREIGN_TABLE ||
                    stmt->objtype == OBJECT_MATVIEW;
    ListCell *cell;

    foreach (cell, stmt->cmds) {
        const AlterTableCmd *command = lfirst(cell);
        struct change **last = *end;
        if (stmt->objtype != OBJECT_INDEX || command->subtype == AT_SetRelOptions)
            lower_alter_command(lowering, command, &table, end);
        if (*end == last && has_rows)
            lower_add_change(lowering, end, CHANGE_OTHER, table)->lock =
                form_lock(command->subtype);
        if (command->subtype == AT_DetachPartition && ((PartitionCmd *)command->def)->concurrent) {
            statement->flags |= STATEMENT_REFUSED_IN_BLOCK | STATEMENT_CONCURRENTLY;
            statement->verb = "ALTER TABLE … DETACH PARTITION CONCURRENTLY";
        }
    }
}

/* ------------------------------------------------------------------ dispatch */

static void lower_index_statement(struct lowering *lowering, const IndexStmt *stmt,
                                  struct change ***end, struct statement *statement)
{
    struct change *change =
        lower_add_change(lowering, end, CHANGE_ADD_INDEX, lower_name(lowering, stmt->relation));

    struct index *index = lower_index(lowering, stmt, &change->object);

    index->span = statement->span;
    change->index = index;
    change->tolerant = stmt->if_not_exists;
    if (stmt->concurrent) {
        statement->verb = "CREATE INDEX CONCURRENTLY";
        statement->flags |= STATEMENT_REFUSED_IN_BLOCK | STATEMENT_CONCURRENTLY;
    }
}

bool lower_table_definition(struct lowering *lowering, Node *node, struct change ***end,
                            struct statement *statement)
{
    switch (nodeTag(node)) {
    case T_CreateStmt:
        lower_create_table(lowering, (CreateStmt *)node, RELATION_TABLE, end);
        return true;
    case T_CreateForeignTableStmt:
        lower_create_table(lowering, &((CreateForeignTableStmt *)node)->base,
                           RELATION_FOREIGN_TABLE, end);
        return true;
    case T_SelectStmt: {
        IntoClause *into = ((SelectStmt *)node)->intoClause;
        statement->verb = "SELECT INTO";
        ((SelectStmt *)node)->intoClause = NULL;
        lower_create_as(lowering, into, node, RELATION_TABLE, false, end, statement);
        return true;
    }
    case T_CreateTableAsStmt: {
        const CreateTableAsStmt *stmt = (CreateTableAsStmt *)node;
        bool table = stmt->objtype == OBJECT_TABLE;
        statement->verb = table ? "CREATE TABLE AS" : "CREATE MATERIALIZED VIEW";
        lower_create_as(lowering, stmt->into, stmt->query,
                        table ? RELATION_TABLE : RELATION_MATERIALIZED_VIEW, stmt->if_not_exists,
                        end, statement);
        return true;
    }
    case T_ViewStmt:
        lower_view(lowering, (ViewStmt *)node, end);
        return true;
    case T_IndexStmt:
        lower_index_statement(lowering, (IndexStmt *)node, end, statement);
        return true;
    case T_AlterTableStmt:
        statement->verb = "ALTER TABLE";
        lower_alter_table(lowering, (AlterTableStmt *)node, end, statement);
        return true;
    default:
        return false;
    }
}
