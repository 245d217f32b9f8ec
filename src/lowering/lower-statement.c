/* Statements: what kind each is, which of the server's refusals it is subject to, and the facts of
 * those that are neither queries nor definitions. */
#include "lowering/lower.h"

#include <string.h>

/* ------------------------------------------------------------------ transaction modes */

static int word_count(const char *text)
{
    return strchr(text, ' ') ? 2 : 1;
}

/* ISOLATION LEVEL x, READ ONLY, [NOT] DEFERRABLE: the location is that of the first word. */
static struct mode *lower_mode(struct lowering *lowering, const DefElem *element)
{
    const A_Const *value = (A_Const *)element->arg;
    struct mode *mode = arena_new(lowering->arena, struct mode);

    if (strcmp(element->defname, "transaction_isolation") == 0) {
        const char *level = value->val.sval.sval;
        mode->kind = MODE_ISOLATION;
        mode->value = isolation_level_parse(level);
        mode->span = lower_words(lowering, element->location, 2 + (unsigned)word_count(level));
        return mode;
    }
    mode->value = value->val.ival.ival != 0;
    if (strcmp(element->defname, "transaction_read_only") == 0) {
        mode->kind = MODE_READ_ONLY;
        mode->span = lower_words(lowering, element->location, 2);
    } else {
        mode->kind = MODE_DEFERRABLE;
        mode->span = lower_words(lowering, element->location, mode->value ? 1 : 2);
    }
    return mode;
}

struct mode *lower_modes(struct lowering *lowering, List *options)
{
    struct mode *first = NULL, **end = &first;
    ListCell *cell;

    foreach (cell, options) {
        *end = lower_mode(lowering, lfirst(cell));
        end = &(*end)->next;
    }
    return first;
}

static const char *setting_value(struct lowering *lowering, List *arguments, bool *unknown)
{
    GString *text = g_string_new(NULL);
    ListCell *cell;

    foreach (cell, arguments) {
        Node *node = lfirst(cell);
        if (IsA(node, TypeCast)) /* SET TIME ZONE INTERVAL '…' */
            node = ((TypeCast *)node)->arg;
        if (!IsA(node, A_Const)) {
            *unknown = true;
            continue;
        }
        const A_Const *constant = (A_Const *)node;
        if (text->len > 0)
            g_string_append(text, ", ");
        if (script_placeholder(lowering->script, lower_offset(lowering, constant->location)))
            *unknown = true;
        else if (nodeTag(&constant->val) == T_String)
            g_string_append(text, constant->val.sval.sval);
        else if (nodeTag(&constant->val) == T_Integer)
            g_string_append_printf(text, "%d", constant->val.ival.ival);
        else if (nodeTag(&constant->val) == T_Float)
            g_string_append(text, constant->val.fval.fval);
    }
    const char *value = arena_strndup(lowering->arena, text->str, text->len);
    g_string_free(text, TRUE);
    return value;
}

struct setting *lower_setting(struct lowering *lowering, VariableSetStmt *stmt)
{
    struct setting *setting = arena_new(lowering->arena, struct setting);

    setting->scope = stmt->is_local ? SCOPE_LOCAL : SCOPE_SESSION;
    setting->span =
        (struct span){lowering->base, lowering->base + (uint32_t)strlen(lowering->text)};
    switch (stmt->kind) {
    case VAR_SET_MULTI:
        if (strcmp(stmt->name, "TRANSACTION SNAPSHOT") == 0) {
            const A_Const *snapshot = linitial(stmt->args);
            setting->scope = SCOPE_TRANSACTION;
            setting->snapshot = lower_string(lowering, snapshot->val.sval.sval);
            setting->unknown_value =
                script_placeholder(lowering->script, lower_offset(lowering, snapshot->location));
        } else {
            setting->scope =
                strcmp(stmt->name, "TRANSACTION") == 0 ? SCOPE_TRANSACTION : SCOPE_CHARACTERISTICS;
            setting->modes = lower_modes(lowering, stmt->args);
        }
        break;
    case VAR_RESET_ALL:
        setting->scope = SCOPE_ALL;
        break;
    case VAR_SET_CURRENT: /* FROM CURRENT, of a function */
        setting->unknown_value = true;
        setting->name = lower_string(lowering, stmt->name);
        setting->name_span = lower_find_word(lowering, 0, setting->name);
        break;
    default:
        setting->name = arena_strdup(lowering->arena, stmt->name);
        for (char *c = (char *)setting->name; *c; c++)
            *c = g_ascii_tolower(*c);
        setting->name_span = lower_find_word(lowering, 0, setting->name);
        if (stmt->kind == VAR_SET_VALUE)
            setting->value = setting_value(lowering, stmt->args, &setting->unknown_value);
    }
    return setting;
}

static void lower_transaction(struct lowering *lowering, const TransactionStmt *stmt,
                              struct statement *statement)
{
    static const struct {
        enum statement_kind kind;
        const char *verb;
    } kinds[] = {
        [TRANS_STMT_BEGIN] = {STATEMENT_BEGIN, "BEGIN"},
        [TRANS_STMT_START] = {STATEMENT_BEGIN, "START TRANSACTION"},
        [TRANS_STMT_COMMIT] = {STATEMENT_COMMIT, "COMMIT"},
        [TRANS_STMT_ROLLBACK] = {STATEMENT_ROLLBACK, "ROLLBACK"},
        [TRANS_STMT_SAVEPOINT] = {STATEMENT_SAVEPOINT, "SAVEPOINT"},
        [TRANS_STMT_RELEASE] = {STATEMENT_RELEASE, "RELEASE SAVEPOINT"},
        [TRANS_STMT_ROLLBACK_TO] = {STATEMENT_ROLLBACK_TO, "ROLLBACK TO SAVEPOINT"},
        [TRANS_STMT_PREPARE] = {STATEMENT_PREPARE_TRANSACTION, "PREPARE TRANSACTION"},
        [TRANS_STMT_COMMIT_PREPARED] = {STATEMENT_COMMIT_PREPARED, "COMMIT PREPARED"},
        [TRANS_STMT_ROLLBACK_PREPARED] = {STATEMENT_ROLLBACK_PREPARED, "ROLLBACK PREPARED"},
    };

    statement->kind = kinds[stmt->kind].kind;
    statement->verb = kinds[stmt->kind].verb;
    statement->name =
        lower_string(lowering, stmt->savepoint_name ? stmt->savepoint_name : stmt->gid);
    if (stmt->chain)
        statement->flags |= STATEMENT_CHAIN;
    if (statement->kind == STATEMENT_BEGIN)
        statement->modes = lower_modes(lowering, stmt->options);
    if (statement->kind == STATEMENT_COMMIT_PREPARED ||
        statement->kind == STATEMENT_ROLLBACK_PREPARED)
        statement->flags |= STATEMENT_REFUSED_IN_BLOCK;
}

/* ------------------------------------------------------------------ statements with names */

static struct object_name *lower_names(struct lowering *lowering, List *relations)
{
    struct object_name *first = NULL, **end = &first;
    ListCell *cell;

    foreach (cell, relations) {
        struct object_name *name = arena_new(lowering->arena, struct object_name);
        *name = lower_name(lowering, lfirst(cell));
        *end = name;
        end = &name->next;
    }
    return first;
}

static void lower_copy(struct lowering *lowering, const CopyStmt *stmt, struct statement *statement)
{
    struct copy *copy = arena_new(lowering->arena, struct copy);

    statement->kind = STATEMENT_COPY;
    statement->verb = stmt->is_from ? "COPY FROM" : "COPY TO";
    statement->copy = copy;
    copy->from = stmt->is_from;
    copy->program = stmt->is_program;
    copy->file = lower_string(lowering, stmt->filename);
    if (stmt->relation)
        copy->table = lower_name(lowering, stmt->relation);
    statement->query = lower_query(lowering, stmt->query, PLACE_STATEMENT);
}

static void lower_explain(struct lowering *lowering, const ExplainStmt *stmt,
                          struct statement *statement)
{
    ListCell *cell;

    statement->kind = STATEMENT_EXPLAIN;
    statement->verb = "EXPLAIN";
    foreach (cell, stmt->options) {
        const DefElem *option = lfirst(cell);
        bool off = option->arg && IsA(option->arg, String) &&
                   (g_ascii_strcasecmp(strVal(option->arg), "off") == 0 ||
                    g_ascii_strcasecmp(strVal(option->arg), "false") == 0);
        if (strcmp(option->defname, "analyze") == 0 && !off)
            statement->flags |= STATEMENT_ANALYZE;
    }
    statement->query = lower_query(lowering, stmt->query, PLACE_STATEMENT);
    if (stmt->query && IsA(stmt->query, ExecuteStmt)) {
        const ExecuteStmt *execute = (ExecuteStmt *)stmt->query;
        statement->name = lower_string(lowering, execute->name);
        statement->query = lower_detached(lowering, NULL, NULL, (Node *)execute->params);
    }
}

/* ------------------------------------------------------------------ everything else */

struct utility {
    NodeTag tag;
    const char *verb;
    unsigned flags;
};

/* Statements of which only the refusals matter. What is in no list is DDL: refused in a READ ONLY
 * transaction (ClassifyUtilityCommandAsReadOnly in tcop/utility.c), takes a snapshot
 * (PlannedStmtRequiresSnapshot in tcop/pquery.c). */
static const struct utility utilities[] = {
    {T_VariableShowStmt, "SHOW", 0},
    {T_ListenStmt, "LISTEN", 0},
    {T_UnlistenStmt, "UNLISTEN", 0},
    {T_NotifyStmt, "NOTIFY", 0},
    {T_CheckPointStmt, "CHECKPOINT", 0},
    {T_LoadStmt, "LOAD", STATEMENT_SNAPSHOT},
    {T_DeallocateStmt, "DEALLOCATE", STATEMENT_SNAPSHOT},
    {T_CreatedbStmt, "CREATE DATABASE",
     STATEMENT_SNAPSHOT | STATEMENT_REFUSED_READ_ONLY | STATEMENT_REFUSED_IN_BLOCK},
    {T_DropdbStmt, "DROP DATABASE",
     STATEMENT_SNAPSHOT | STATEMENT_REFUSED_READ_ONLY | STATEMENT_REFUSED_IN_BLOCK},
    {T_CreateTableSpaceStmt, "CREATE TABLESPACE",
     STATEMENT_SNAPSHOT | STATEMENT_REFUSED_READ_ONLY | STATEMENT_REFUSED_IN_BLOCK},
    {T_DropTableSpaceStmt, "DROP TABLESPACE",
     STATEMENT_SNAPSHOT | STATEMENT_REFUSED_READ_ONLY | STATEMENT_REFUSED_IN_BLOCK},
    {T_DropSubscriptionStmt, "DROP SUBSCRIPTION", STATEMENT_SNAPSHOT | STATEMENT_REFUSED_READ_ONLY},
};

static bool lower_utility(Node *node, struct statement *statement)
{
    for (size_t i = 0; i < G_N_ELEMENTS(utilities); i++) {
        if (utilities[i].tag == nodeTag(node)) {
            statement->kind = STATEMENT_UTILITY;
            statement->verb = utilities[i].verb;
            statement->flags |= utilities[i].flags;
            return true;
        }
    }
    return false;
}

bool lower_option_is_on(List *options, const char *name)
{
    ListCell *cell;

    foreach (cell, options) {
        const DefElem *option = lfirst(cell);
        if (strcmp(option->defname, name) != 0)
            continue;
        if (!option->arg)
            return true;
        /* off is a name of a type to the grammar of WITH (…) */
        const Node *word =
            IsA(option->arg, TypeName) ? llast(((TypeName *)option->arg)->names) : option->arg;
        if (IsA(word, String))
            return g_ascii_strcasecmp(strVal(word), "false") != 0 &&
                   g_ascii_strcasecmp(strVal(word), "off") != 0;
        return !IsA(option->arg, Integer) || intVal(option->arg) != 0;
    }
    return false;
}

bool lower_option_is_off(List *options, const char *name)
{
    ListCell *cell;

    foreach (cell, options) {
        if (strcmp(((DefElem *)lfirst(cell))->defname, name) == 0)
            return !lower_option_is_on(options, name);
    }
    return false;
}

/* VACUUM and ANALYZE are one node, CLUSTER and REINDEX have forms that run in their own
 * transactions. */
static bool lower_maintenance(struct lowering *lowering, Node *node, struct statement *statement)
{
    statement->kind = STATEMENT_UTILITY;
    switch (nodeTag(node)) {
    case T_VacuumStmt: {
        const VacuumStmt *vacuum = (VacuumStmt *)node;
        ListCell *cell;
        struct object_name **end = &statement->names;
        statement->verb = vacuum->is_vacuumcmd ? "VACUUM" : "ANALYZE";
        statement->flags |= STATEMENT_SNAPSHOT;
        if (vacuum->is_vacuumcmd)
            statement->flags |= STATEMENT_REFUSED_IN_BLOCK;
        foreach (cell, vacuum->rels) {
            const VacuumRelation *relation = lfirst(cell);
            if (!relation->relation)
                continue;
            *end = arena_new(lowering->arena, struct object_name);
            **end = lower_name(lowering, relation->relation);
            end = &(*end)->next;
        }
        return true;
    }
    case T_ClusterStmt: {
        const ClusterStmt *cluster = (ClusterStmt *)node;
        statement->verb = "CLUSTER";
        statement->flags |= STATEMENT_SNAPSHOT | STATEMENT_PARTITIONS_ALONE;
        if (!cluster->relation)
            statement->flags |= STATEMENT_REFUSED_IN_BLOCK;
        else
            statement->names = lower_names(lowering, list_make1(cluster->relation));
        return true;
    }
    case T_ReindexStmt: {
        const ReindexStmt *reindex = (ReindexStmt *)node;
        bool concurrently = lower_option_is_on(reindex->params, "concurrently");
        statement->verb = concurrently                               ? "REINDEX CONCURRENTLY"
                          : reindex->kind == REINDEX_OBJECT_SCHEMA   ? "REINDEX SCHEMA"
                          : reindex->kind == REINDEX_OBJECT_SYSTEM   ? "REINDEX SYSTEM"
                          : reindex->kind == REINDEX_OBJECT_DATABASE ? "REINDEX DATABASE"
                                                                     : "REINDEX";
        statement->flags |= STATEMENT_SNAPSHOT | STATEMENT_PARTITIONS_ALONE;
        if (concurrently)
            statement->flags |= STATEMENT_CONCURRENTLY;
        if (reindex->relation)
            statement->names = lower_names(lowering, list_make1(reindex->relation));
        if (concurrently || reindex->kind == REINDEX_OBJECT_SCHEMA ||
            reindex->kind == REINDEX_OBJECT_SYSTEM || reindex->kind == REINDEX_OBJECT_DATABASE)
            statement->flags |= STATEMENT_REFUSED_IN_BLOCK;
        return true;
    }
    case T_DiscardStmt:
        statement->verb = "DISCARD";
        if (((DiscardStmt *)node)->target == DISCARD_ALL) {
            statement->kind = STATEMENT_SET;
            statement->verb = "DISCARD ALL";
            statement->flags |= STATEMENT_REFUSED_IN_BLOCK;
            statement->setting = arena_new(lowering->arena, struct setting);
            statement->setting->scope = SCOPE_ALL;
        }
        statement->flags |= STATEMENT_SNAPSHOT;
        return true;
    case T_AlterSystemStmt: {
        struct change *change = arena_new(lowering->arena, struct change);
        change->kind = CHANGE_SETTING;
        change->holder = HOLDER_SYSTEM;
        change->setting = lower_setting(lowering, ((AlterSystemStmt *)node)->setstmt);
        statement->kind = STATEMENT_DEFINE;
        statement->verb = "ALTER SYSTEM";
        statement->flags |= STATEMENT_SNAPSHOT | STATEMENT_REFUSED_IN_BLOCK;
        statement->changes = change;
        return true;
    }
    default:
        return false;
    }
}

static bool lower_session(struct lowering *lowering, Node *node, struct statement *statement)
{
    switch (nodeTag(node)) {
    case T_TransactionStmt:
        lower_transaction(lowering, (TransactionStmt *)node, statement);
        return true;
    case T_VariableSetStmt:
        statement->kind = STATEMENT_SET;
        statement->setting = lower_setting(lowering, (VariableSetStmt *)node);
        if (statement->setting->snapshot) /* importing one is taking one */
            statement->flags |= STATEMENT_SNAPSHOT;
        statement->verb =
            statement->setting->scope == SCOPE_TRANSACTION       ? "SET TRANSACTION"
            : statement->setting->scope == SCOPE_CHARACTERISTICS ? "SET SESSION CHARACTERISTICS"
            : statement->setting->scope == SCOPE_LOCAL           ? "SET LOCAL"
            : statement->setting->value || statement->setting->unknown_value ? "SET"
                                                                             : "RESET";
        return true;
    case T_ConstraintsSetStmt:
        statement->kind = STATEMENT_SET_CONSTRAINTS;
        statement->verb = "SET CONSTRAINTS";
        return true;
    case T_LockStmt: {
        const LockStmt *lock = (LockStmt *)node;
        statement->kind = STATEMENT_LOCK;
        statement->verb = "LOCK TABLE";
        statement->table_lock = (enum table_lock)lock->mode; /* the server's numbers are 1 to 8 */
        if (lock->nowait)
            statement->flags |= STATEMENT_NOWAIT;
        statement->names = lower_names(lowering, lock->relations);
        return true;
    }
    case T_TruncateStmt:
        statement->kind = STATEMENT_TRUNCATE;
        statement->verb = "TRUNCATE";
        statement->flags |= STATEMENT_SNAPSHOT | STATEMENT_REFUSED_READ_ONLY;
        statement->names = lower_names(lowering, ((TruncateStmt *)node)->relations);
        return true;
    case T_FetchStmt:
        statement->kind = STATEMENT_FETCH;
        statement->verb = ((FetchStmt *)node)->ismove ? "MOVE" : "FETCH";
        statement->name = lower_string(lowering, ((FetchStmt *)node)->portalname);
        return true;
    case T_ClosePortalStmt:
        statement->kind = STATEMENT_CLOSE;
        statement->verb = "CLOSE";
        statement->flags |= STATEMENT_SNAPSHOT;
        statement->name = lower_string(lowering, ((ClosePortalStmt *)node)->portalname);
        return true;
    case T_ExecuteStmt:
        statement->kind = STATEMENT_EXECUTE;
        statement->verb = "EXECUTE";
        statement->flags |= STATEMENT_SNAPSHOT;
        statement->name = lower_string(lowering, ((ExecuteStmt *)node)->name);
        statement->query =
            lower_detached(lowering, NULL, NULL, (Node *)((ExecuteStmt *)node)->params);
        return true;
    default:
        return false;
    }
}

static bool lower_query_statement(struct lowering *lowering, Node *node,
                                  struct statement *statement)
{
    static const char *const verbs[] = {
        [QUERY_SELECT] = "SELECT", [QUERY_VALUES] = "VALUES", [QUERY_SET_OPERATION] = "SELECT",
        [QUERY_INSERT] = "INSERT", [QUERY_UPDATE] = "UPDATE", [QUERY_DELETE] = "DELETE",
        [QUERY_MERGE] = "MERGE",
    };

    switch (nodeTag(node)) {
    case T_SelectStmt:
    case T_InsertStmt:
    case T_UpdateStmt:
    case T_DeleteStmt:
    case T_MergeStmt:
        if (IsA(node, SelectStmt) && ((SelectStmt *)node)->intoClause)
            return false; /* SELECT INTO defines a table */
        statement->kind = STATEMENT_QUERY;
        statement->query = lower_query(lowering, node, PLACE_STATEMENT);
        statement->verb = statement->query ? verbs[statement->query->kind] : "SELECT";
        break;
    case T_CopyStmt:
        lower_copy(lowering, (CopyStmt *)node, statement);
        break;
    case T_ExplainStmt:
        lower_explain(lowering, (ExplainStmt *)node, statement);
        break;
    case T_DeclareCursorStmt: {
        const DeclareCursorStmt *declare = (DeclareCursorStmt *)node;
        statement->kind = STATEMENT_DECLARE;
        statement->verb = "DECLARE CURSOR";
        statement->name = lower_string(lowering, declare->portalname);
        if (declare->options & CURSOR_OPT_HOLD)
            statement->flags |= STATEMENT_HOLD;
        statement->query = lower_query(lowering, declare->query, PLACE_STATEMENT);
        break;
    }
    case T_PrepareStmt:
        statement->kind = STATEMENT_PREPARE;
        statement->verb = "PREPARE";
        statement->name = lower_string(lowering, ((PrepareStmt *)node)->name);
        statement->query = lower_query(lowering, ((PrepareStmt *)node)->query, PLACE_STATEMENT);
        break;
    case T_CallStmt:
        statement->kind = STATEMENT_CALL;
        statement->verb = "CALL";
        statement->query =
            lower_detached(lowering, NULL, NULL, (Node *)((CallStmt *)node)->funccall);
        break;
    case T_DoStmt:
        statement->kind = STATEMENT_DO;
        statement->verb = "DO";
        lower_do(lowering, (DoStmt *)node, statement);
        break;
    default:
        return false;
    }
    statement->flags |= STATEMENT_SNAPSHOT;
    return true;
}

void lower_statement(struct lowering *lowering, Node *node, struct statement *statement)
{
    if (lower_query_statement(lowering, node, statement) ||
        lower_session(lowering, node, statement) || lower_maintenance(lowering, node, statement) ||
        lower_utility(node, statement))
        return;
    statement->kind = STATEMENT_DEFINE;
    statement->flags |= STATEMENT_SNAPSHOT | STATEMENT_REFUSED_READ_ONLY;
    statement->changes = lower_definition(lowering, node, statement);
    if (!statement->verb)
        statement->verb = "DDL";
}
