/* DDL: each statement becomes a list of changes. Tables are in lower-table.c, routines in
 * lower-routine.c, everything else here. */
#include "lowering/lower.h"

#include <string.h>

/* What nobody else may look at meanwhile, and nothing more is known of. */
static void lower_rest(struct lowering *lowering, struct change ***end, struct object_name table)
{
    lower_add_change(lowering, end, CHANGE_OTHER, table)->lock = TABLE_LOCK_ACCESS_EXCLUSIVE;
}

/* "text,int4"; NULL when they are not written. */
static const char *lower_signature(struct lowering *lowering, const ObjectWithArgs *object)
{
    g_autoptr(GString) types = g_string_new(NULL);
    ListCell *cell;

    if (object->args_unspecified)
        return NULL;
    foreach (cell, object->objargs) {
        if (cell != list_head(object->objargs))
            g_string_append_c(types, ',');
        g_string_append(types, canonical_type(lowering, lfirst(cell)));
    }
    return arena_strdup(lowering->arena, types->str);
}

static void lower_rename_routine(struct lowering *lowering, const RenameStmt *stmt,
                                 struct change ***end)
{
    const ObjectWithArgs *routine = (const ObjectWithArgs *)stmt->object;
    struct change *change = lower_add_change(lowering, end, CHANGE_RENAME_ROUTINE,
                                             lower_name_list(lowering, routine->objname));

    change->text = lower_signature(lowering, routine);
    change->new_text = lower_string(lowering, stmt->newname);
}

static void lower_rename(struct lowering *lowering, const RenameStmt *stmt, struct change ***end)
{
    struct change *change;

    if (stmt->renameType == OBJECT_FUNCTION || stmt->renameType == OBJECT_PROCEDURE ||
        stmt->renameType == OBJECT_ROUTINE)
        lower_rename_routine(lowering, stmt, end);
    if (!stmt->relation)
        return;
    struct object_name object = lower_name(lowering, stmt->relation);
    switch (stmt->renameType) {
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_FOREIGN_TABLE:
    case OBJECT_SEQUENCE:
    case OBJECT_INDEX:
        change = lower_add_change(lowering, end, CHANGE_RENAME_RELATION, object);
        change->text = lower_string(lowering, stmt->newname);
        if (stmt->renameType == OBJECT_INDEX)
            change->lock = TABLE_LOCK_SHARE_UPDATE_EXCLUSIVE;
        break;
    case OBJECT_TRIGGER:
    case OBJECT_POLICY:
    case OBJECT_RULE:
        lower_rest(lowering, end, object);
        break;
    case OBJECT_COLUMN:
    case OBJECT_TABCONSTRAINT:
        change = lower_add_change(lowering, end,
                                  stmt->renameType == OBJECT_COLUMN ? CHANGE_RENAME_COLUMN
                                                                    : CHANGE_RENAME_CONSTRAINT,
                                  object);
        change->text = lower_string(lowering, stmt->subname);
        change->new_text = lower_string(lowering, stmt->newname);
        break;
    default:
        break;
    }
}

static void lower_drop(struct lowering *lowering, const DropStmt *stmt, struct change ***end,
                       struct statement *statement)
{
    enum drop_kind kind;
    ListCell *cell;

    statement->verb = "DROP";
    switch (stmt->removeType) {
    case OBJECT_TABLE:
        statement->verb = "DROP TABLE";
        kind = DROP_RELATION;
        break;
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_FOREIGN_TABLE:
    case OBJECT_SEQUENCE:
        kind = DROP_RELATION;
        break;
    case OBJECT_INDEX:
        statement->verb = "DROP INDEX";
        if (stmt->concurrent) {
            statement->verb = "DROP INDEX CONCURRENTLY";
            statement->flags |= STATEMENT_REFUSED_IN_BLOCK | STATEMENT_CONCURRENTLY;
        }
        kind = DROP_INDEX;
        break;
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE:
        kind = DROP_ROUTINE;
        break;
    case OBJECT_TRIGGER:
        kind = DROP_TRIGGER;
        break;
    case OBJECT_EVENT_TRIGGER:
        kind = DROP_EVENT_TRIGGER;
        break;
    case OBJECT_RULE:
        kind = DROP_RULE;
        break;
    case OBJECT_POLICY:
        kind = DROP_POLICY;
        break;
    case OBJECT_SCHEMA:
        kind = DROP_SCHEMA;
        break;
    default:
        return;
    }
    foreach (cell, stmt->objects) {
        Node *node = lfirst(cell);
        List *names = IsA(node, List)             ? (List *)node
                      : IsA(node, ObjectWithArgs) ? ((ObjectWithArgs *)node)->objname
                      : IsA(node, String)         ? list_make1(node)
                                                  : NIL;
        struct object_name object = lower_name_list(lowering, names);
        struct change *change = lower_add_change(lowering, end, CHANGE_DROP, object);
        change->drop_kind = kind;
        change->tolerant = stmt->missing_ok;
        if (kind == DROP_ROUTINE)
            change->text = lower_signature(lowering, (const ObjectWithArgs *)node);
        if (kind == DROP_TRIGGER || kind == DROP_RULE || kind == DROP_POLICY) {
            change->text = object.name; /* [schema.]table.name */
            names = list_truncate(names, list_length(names) - 1);
            change->object = lower_name_list(lowering, names);
        }
    }
}

static void lower_event_trigger(struct lowering *lowering, const CreateEventTrigStmt *stmt,
                                struct change ***end, struct span span)
{
    struct change *change =
        lower_add_change(lowering, end, CHANGE_CREATE_EVENT_TRIGGER, (struct object_name){0});
    struct event_trigger *trigger = arena_new(lowering->arena, struct event_trigger);
    struct object_name function = lower_name_list(lowering, stmt->funcname);
    ListCell *cell, *tag;
    size_t count = 0;

    trigger->name = lower_string(lowering, stmt->trigname);
    trigger->event = lower_string(lowering, stmt->eventname);
    foreach (cell, stmt->whenclause) {
        const DefElem *when = lfirst(cell);
        if (strcmp(when->defname, "tag") != 0)
            continue;
        trigger->tags = lower_string_list(lowering, (List *)when->arg);
        foreach (tag, (List *)when->arg) {
            g_autofree char *upper = g_ascii_strup(strVal(lfirst(tag)), -1);
            trigger->tags[count++] = lower_string(lowering, upper);
        }
    }
    trigger->function_schema = function.schema;
    trigger->function = function.name;
    trigger->script = lowering->script;
    trigger->span = span;
    change->event_trigger = trigger;
}

/* DISABLE is like DROP; ENABLE of one that was dropped so is not followed. */
static void lower_alter_event_trigger(struct lowering *lowering, const AlterEventTrigStmt *stmt,
                                      struct change ***end)
{
    struct object_name object = {.name = lower_string(lowering, stmt->trigname)};

    if (stmt->tgenabled == 'D')
        lower_add_change(lowering, end, CHANGE_DROP, object)->drop_kind = DROP_EVENT_TRIGGER;
}

/* WHEN (NEW.a <> OLD.a): a query of two rows. */
static const struct query *lower_when(struct lowering *lowering, Node *condition)
{
    struct lower_level outer;
    struct query *query = lower_enter(lowering, QUERY_SELECT, PLACE_STATEMENT, &outer);

    lower_add_range(lowering, RANGE_VALUES, NULL, -1)->alias = "new";
    lower_add_range(lowering, RANGE_VALUES, NULL, -1)->alias = "old";
    lower_where(lowering, condition);
    lower_leave(lowering, &outer);
    return query;
}

static void lower_trigger(struct lowering *lowering, const CreateTrigStmt *stmt,
                          struct change ***end)
{
    struct change *change = lower_add_change(lowering, end, CHANGE_CREATE_TRIGGER,
                                             lower_name(lowering, stmt->relation));
    struct trigger *trigger = arena_new(lowering->arena, struct trigger);
    struct object_name function = lower_name_list(lowering, stmt->funcname);

    trigger->name = lower_string(lowering, stmt->trigname);
    trigger->events = (TRIGGER_FOR_INSERT(stmt->events) ? TRIGGER_INSERT : 0) |
                      (TRIGGER_FOR_UPDATE(stmt->events) ? TRIGGER_UPDATE : 0) |
                      (TRIGGER_FOR_DELETE(stmt->events) ? TRIGGER_DELETE : 0) |
                      (TRIGGER_FOR_TRUNCATE(stmt->events) ? TRIGGER_TRUNCATE : 0);
    if (stmt->columns)
        trigger->columns = lower_string_list(lowering, stmt->columns);
    trigger->before = TRIGGER_FOR_BEFORE(stmt->timing);
    trigger->instead = TRIGGER_FOR_INSTEAD(stmt->timing);
    trigger->row = stmt->row;
    trigger->constraint = stmt->isconstraint;
    if (stmt->whenClause)
        trigger->when = lower_when(lowering, stmt->whenClause);
    for (int i = 0; i < MIN(list_length(stmt->transitionRels), 2); i++) /* more are an error */
        trigger->transition_tables[i] =
            lower_string(lowering, ((TriggerTransition *)list_nth(stmt->transitionRels, i))->name);
    trigger->initially_deferred = stmt->initdeferred;
    trigger->function_schema = function.schema;
    trigger->function = function.name;
    trigger->script = lowering->script;
    trigger->span = change->object.span;
    change->trigger = trigger;
    change->replace = stmt->replace;
}

static unsigned rule_event(CmdType event)
{
    switch (event) {
    case CMD_INSERT:
        return TRIGGER_INSERT;
    case CMD_UPDATE:
        return TRIGGER_UPDATE;
    case CMD_DELETE:
        return TRIGGER_DELETE;
    default:
        return 0;
    }
}

static void lower_rule(struct lowering *lowering, const RuleStmt *stmt, struct change ***end)
{
    struct change *change =
        lower_add_change(lowering, end, CHANGE_CREATE_RULE, lower_name(lowering, stmt->relation));
    struct rewrite_rule *rule = arena_new(lowering->arena, struct rewrite_rule);
    struct query *first = NULL, **actions = &first;
    ListCell *cell;

    rule->name = lower_string(lowering, stmt->rulename);
    rule->event = rule_event(stmt->event);
    rule->instead = stmt->instead;
    foreach (cell, stmt->actions) {
        *actions = lower_query(lowering, lfirst(cell), PLACE_STATEMENT);
        if (*actions)
            actions = &(*actions)->next;
    }
    rule->actions = first;
    change->rewrite_rule = rule;
    change->replace = stmt->replace;
}

static void lower_stored_setting(struct lowering *lowering, struct change ***end,
                                 enum setting_holder holder, const char *owner,
                                 const char *database, VariableSetStmt *set)
{
    struct object_name object = {.schema = database ? lower_string(lowering, database) : NULL,
                                 .name = lower_string(lowering, owner)};
    struct change *change = lower_add_change(lowering, end, CHANGE_SETTING, object);

    change->holder = holder;
    change->setting = lower_setting(lowering, set);
}

static void lower_sequence(struct lowering *lowering, const CreateSeqStmt *stmt,
                           struct change ***end)
{
    struct change *change;

    lower_create_relation(lowering, end, stmt->sequence, RELATION_SEQUENCE, &change);
    change->tolerant = stmt->if_not_exists;
}

static void lower_alter_function(struct lowering *lowering, const AlterFunctionStmt *stmt,
                                 struct change ***end)
{
    ListCell *cell;

    foreach (cell, stmt->actions) {
        const DefElem *action = lfirst(cell);
        if (strcmp(action->defname, "set") == 0)
            lower_stored_setting(lowering, end, HOLDER_ROUTINE, strVal(llast(stmt->func->objname)),
                                 NULL, (VariableSetStmt *)action->arg);
    }
}

/* ------------------------------------------------------------------ dispatch */

struct verb {
    NodeTag tag;
    const char *verb;
};

/* DDL without changes that the catalog models. */
static const struct verb verbs[] = {
    {T_CreateStmt, "CREATE TABLE"},
    {T_CreateForeignTableStmt, "CREATE FOREIGN TABLE"},
    {T_ViewStmt, "CREATE VIEW"},
    {T_IndexStmt, "CREATE INDEX"},
    {T_RenameStmt, "ALTER … RENAME"},
    {T_AlterObjectSchemaStmt, "ALTER … SET SCHEMA"},
    {T_CreateSeqStmt, "CREATE SEQUENCE"},
    {T_AlterSeqStmt, "ALTER SEQUENCE"},
    {T_CreateTrigStmt, "CREATE TRIGGER"},
    {T_RuleStmt, "CREATE RULE"},
    {T_AlterRoleSetStmt, "ALTER ROLE"},
    {T_AlterRoleStmt, "ALTER ROLE"},
    {T_CreateRoleStmt, "CREATE ROLE"},
    {T_DropRoleStmt, "DROP ROLE"},
    {T_AlterDatabaseSetStmt, "ALTER DATABASE"},
    {T_AlterFunctionStmt, "ALTER FUNCTION"},
    {T_CreateSchemaStmt, "CREATE SCHEMA"},
    {T_CreateExtensionStmt, "CREATE EXTENSION"},
    {T_CompositeTypeStmt, "CREATE TYPE"},
    {T_CreateEnumStmt, "CREATE TYPE"},
    {T_CreateRangeStmt, "CREATE TYPE"},
    {T_AlterEnumStmt, "ALTER TYPE"},
    {T_CreateDomainStmt, "CREATE DOMAIN"},
    {T_CommentStmt, "COMMENT"},
    {T_GrantStmt, "GRANT"},
    {T_GrantRoleStmt, "GRANT"},
    {T_RefreshMatViewStmt, "REFRESH MATERIALIZED VIEW"},
    {T_CreatePolicyStmt, "CREATE POLICY"},
    {T_AlterPolicyStmt, "ALTER POLICY"},
    {T_AlterOwnerStmt, "ALTER … OWNER"},
    {T_CreateStatsStmt, "CREATE STATISTICS"},
    {T_CreatePublicationStmt, "CREATE PUBLICATION"},
    {T_CreateSubscriptionStmt, "CREATE SUBSCRIPTION"},
    {T_AlterDatabaseStmt, "ALTER DATABASE"},
};

static const char *verb_of(NodeTag tag)
{
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (verbs[i].tag == tag)
            return verbs[i].verb;
    }
    return NULL;
}

struct change *lower_definition(struct lowering *lowering, Node *node, struct statement *statement)
{
    struct change *first = NULL, **end = &first;

    statement->verb = verb_of(nodeTag(node));
    if (lower_table_definition(lowering, node, &end, statement))
        return first;
    switch (nodeTag(node)) {
    case T_RenameStmt:
        lower_rename(lowering, (RenameStmt *)node, &end);
        break;
    case T_AlterObjectSchemaStmt: {
        const AlterObjectSchemaStmt *stmt = (AlterObjectSchemaStmt *)node;
        if (stmt->relation)
            lower_add_change(lowering, &end, CHANGE_SET_SCHEMA,
                             lower_name(lowering, stmt->relation))
                ->text = lower_string(lowering, stmt->newschema);
        break;
    }
    case T_DropStmt:
        lower_drop(lowering, (DropStmt *)node, &end, statement);
        break;
    case T_CreateSeqStmt:
        lower_sequence(lowering, (CreateSeqStmt *)node, &end);
        break;
    case T_CreateFunctionStmt:
        statement->verb =
            ((CreateFunctionStmt *)node)->is_procedure ? "CREATE PROCEDURE" : "CREATE FUNCTION";
        return lower_routine(lowering, (CreateFunctionStmt *)node, statement);
    case T_CreateTrigStmt:
        lower_trigger(lowering, (CreateTrigStmt *)node, &end);
        break;
    case T_CreateEventTrigStmt:
        statement->verb = "CREATE EVENT TRIGGER";
        lower_event_trigger(lowering, (CreateEventTrigStmt *)node, &end, statement->span);
        break;
    case T_AlterEventTrigStmt:
        statement->verb = "ALTER EVENT TRIGGER";
        lower_alter_event_trigger(lowering, (AlterEventTrigStmt *)node, &end);
        break;
    case T_RuleStmt:
        lower_rule(lowering, (RuleStmt *)node, &end);
        break;
    case T_AlterRoleSetStmt: {
        AlterRoleSetStmt *stmt = (AlterRoleSetStmt *)node;
        lower_stored_setting(lowering, &end, stmt->role ? HOLDER_ROLE : HOLDER_ALL_ROLES,
                             stmt->role ? stmt->role->rolename : NULL, stmt->database,
                             stmt->setstmt);
        break;
    }
    case T_AlterDatabaseSetStmt: {
        AlterDatabaseSetStmt *stmt = (AlterDatabaseSetStmt *)node;
        lower_stored_setting(lowering, &end, HOLDER_DATABASE, stmt->dbname, NULL, stmt->setstmt);
        break;
    }
    case T_AlterFunctionStmt:
        lower_alter_function(lowering, (AlterFunctionStmt *)node, &end);
        break;
    case T_AlterEnumStmt:
        if (!((AlterEnumStmt *)node)->oldVal) { /* not RENAME VALUE */
            statement->verb = "ALTER TYPE … ADD VALUE";
            statement->flags |= STATEMENT_ADDS_ENUM;
            struct change *change =
                lower_add_change(lowering, &end, CHANGE_ADD_ENUM_VALUE,
                                 lower_name_list(lowering, ((AlterEnumStmt *)node)->typeName));
            change->text = lower_string(lowering, ((AlterEnumStmt *)node)->newVal);
            change->tolerant = ((AlterEnumStmt *)node)->skipIfNewValExists;
        }
        break;
    case T_RefreshMatViewStmt: {
        const RefreshMatViewStmt *refresh = (RefreshMatViewStmt *)node;
        struct change *change = lower_add_change(lowering, &end, CHANGE_REFRESH,
                                                 lower_name(lowering, refresh->relation));
        change->concurrently = refresh->concurrent;
        change->without_data = refresh->skipData;
        break;
    }
    case T_CreateEnumStmt:
        lower_add_change(lowering, &end, CHANGE_CREATE_TYPE,
                         lower_name_list(lowering, ((CreateEnumStmt *)node)->typeName));
        break;
    case T_CreateSubscriptionStmt: {
        List *options = ((CreateSubscriptionStmt *)node)->options;
        if (!lower_option_is_off(options, "create_slot") &&
            !lower_option_is_off(options, "connect"))
            statement->flags |= STATEMENT_REFUSED_IN_BLOCK;
        break;
    }
    case T_AlterDatabaseStmt: {
        ListCell *cell;
        foreach (cell, ((AlterDatabaseStmt *)node)->options) {
            if (strcmp(((DefElem *)lfirst(cell))->defname, "tablespace") == 0)
                statement->flags |= STATEMENT_REFUSED_IN_BLOCK;
        }
        break;
    }
    case T_CreatePolicyStmt:
        lower_rest(lowering, &end, lower_name(lowering, ((CreatePolicyStmt *)node)->table));
        break;
    case T_AlterPolicyStmt:
        lower_rest(lowering, &end, lower_name(lowering, ((AlterPolicyStmt *)node)->table));
        break;
    default:
        break;
    }
    return first;
}
