/* Repairs that several rules give, in the names of the program's own tables and columns. */
#include "lint/rule.h"
#include "program/absence.h"

void advise_serializable(struct check *check, struct finding *finding, const struct access *read)
{
    if (serializable_helps(check, read))
        finding_help(check, finding, "%srun everything that writes %s at SERIALIZABLE, with retry",
                     finding->help && !finding->help->last ? "or " : "",
                     access_relation_name(read));
}

void advise_queue(struct check *check, struct finding *finding, const struct access *read)
{
    const char *parent = parent_table(check, read);
    bool snapshot = transaction_has_one_snapshot(read->transaction);

    if (snapshot && parent)
        finding_help(
            check, finding,
            "update the row of %s first; a lock is not enough, because the snapshot is older "
            "than the lock",
            parent);
    else if (snapshot)
        finding_help(
            check, finding,
            "begin with an UPDATE of a row that all runs share; a lock is not enough, because the "
            "snapshot is older than the lock");
    else if (parent)
        finding_help(check, finding,
                     "lock the row of %s first: SELECT … FROM %s … FOR NO KEY UPDATE", parent,
                     parent);
    else
        finding_help(check, finding,
                     "begin with a lock that all runs share: one row FOR NO KEY UPDATE, or "
                     "pg_advisory_xact_lock()");
}

void advise_deciding_rows(struct check *check, struct finding *finding, const struct access *read,
                          const struct access *write)
{
    bool apart = access_same_rows(read, write) == ANSWER_NO;
    bool serializable = serializable_helps(check, read);

    if (access_enters(read, write)) {
        advise_queue(check, finding, read);
        advise_serializable(check, finding, read);
        return;
    }
    advise_serializable(check, finding, read);
    finding_help(check, finding,
                 apart ? "%slock all rows that decide and the one that is written, in one "
                         "statement: SELECT … ORDER BY %s FOR UPDATE%s"
                 : query_can_lock(read->query)
                     ? "%slock all rows that decide: SELECT … ORDER BY %s FOR UPDATE%s"
                     : "%slock all rows that decide: SELECT … FROM (SELECT … ORDER BY %s FOR "
                       "UPDATE) AS locked%s",
                 serializable ? "or " : "", key_columns(check, read),
                 transaction_has_one_snapshot(write->transaction)
                     ? "; it fails with 40001 if one of them was changed"
                     : "");
}

/* The program goes on with the row: what it inserts comes back, or columns of what was there. DO
 * NOTHING would give it none. */
static bool wants_row(const struct access *read, const struct access *insert)
{
    const struct output *output = read->query ? read->query->outputs : NULL;

    if (insert->query && insert->query->outputs)
        return true;
    if (access_same_statement(read, insert) || !output || read->query->exists ||
        read->query->aggregates)
        return false;
    while (output && (output->operand.kind == OPERAND_CONSTANT ||
                      (output->name && !operand_has_columns(&output->operand))))
        output = output->next;
    return output != NULL;
}

bool advise_change(struct check *check, struct finding *finding, const struct access *write,
                   const char *column, bool several)
{
    const struct column *known = write->relation ? relation_column(write->relation, column) : NULL;
    bool document = known && g_strcmp0(known->type, "jsonb") == 0;
    bool changes = document || !known || !known->type || column_is_amount(write->relation, column);

    if (!changes && several && write->kind == ACCESS_UPDATE)
        finding_help(check, finding, "set only the columns that change");
    else if (!changes)
        return false;
    else if (write->kind == ACCESS_INSERT)
        finding_help(check, finding,
                     "add only the difference, in the upsert: ON CONFLICT … DO UPDATE SET %s = "
                     "%s.%s %s EXCLUDED.%s",
                     column, access_relation_name(write), column, document ? "||" : "+", column);
    else if (several)
        finding_help(check, finding,
                     "set only the columns that change, and compute their values in the UPDATE: "
                     "SET %s = %s %s",
                     column, column, document ? "|| <what changes>" : "…");
    else
        finding_help(check, finding,
                     document ? "merge in the UPDATE: SET %s = %s || <what changes> RETURNING %s"
                              : "compute in the UPDATE: SET %s = %s … RETURNING %s",
                     column, column, column);
    return true;
}

void advise_write_back(struct check *check, struct finding *finding, const struct access *write,
                       const char *column, bool several, const char *lock)
{
    bool changes = advise_change(check, finding, write, column, several);
    bool guards = write->kind == ACCESS_UPDATE && access_rows(write) != ROWS_POINTS;

    if (lock && (changes || !guards))
        finding_help(check, finding, "%s%s", changes ? "or " : "", lock);
    if (guards)
        finding_help(check, finding,
                     "%sadd AND %s = <value read>%s to the WHERE of the UPDATE, and treat 0 rows "
                     "as a conflict",
                     changes ? "or " : "", column,
                     several ? ", and the other columns likewise," : "");
    if (lock && guards && !changes)
        finding_help(check, finding, "or %s", lock);
}

void advise_upsert(struct check *check, struct finding *finding, const struct access *read,
                   const struct access *insert, bool unique)
{
    const struct index *index = unique ? access_shared_index(read, insert) : NULL;
    const char *columns = index ? index_columns(check, index) : equal_columns(check, read);
    const char *table = access_relation_name(insert);
    const char *action = wants_row(read, insert)
                             ? "DO UPDATE … RETURNING at READ COMMITTED, which returns the row in "
                               "both cases"
                             : "DO NOTHING at READ COMMITTED, which needs no check";
    const char *expression = index ? NULL : access_shared_expression(read, insert);
    const char *values = columns_that(check, read, term_asks_value);
    const char *state = unique || read->range->nullable || !(values || expression)
                            ? NULL
                            : columns_that(check, read, term_asks_state);

    if (state)
        columns = values;
    else if (!columns)
        columns = absence_column(read, insert);
    if (expression)
        columns = columns ? arena_printf(&check->script->arena, "%s, %s", columns, expression)
                          : expression;
    columns = columns ? columns : "key";
    if (!unique && access_asks_more(read))
        advise_queue(check, finding, read);
    else if (unique)
        finding_help(check, finding, "%suse INSERT … ON CONFLICT (%s) %s%s; or handle 23505",
                     index && index->deferrable ? "make the constraint NOT DEFERRABLE and " : "",
                     columns, index && index->partial ? "WHERE (the index's predicate) " : "",
                     action);
    else if (state)
        finding_help(
            check, finding,
            "add a unique index on (%s) to %s, with WHERE for what the check asks of %s, if "
            "only one such row may be there, and use INSERT … ON CONFLICT (%s) WHERE (the "
            "index's predicate) %s",
            columns, table, state, columns, action);
    else
        finding_help(check, finding,
                     "add %s (%s) to %s if %s must be unique, and use INSERT … ON CONFLICT (%s) %s",
                     expression ? "a unique index on" : "UNIQUE", columns, table, columns, columns,
                     action);
}

void advise_limit(struct check *check, struct finding *finding, const struct access *read)
{
    const char *columns = equal_columns(check, read), *table = access_relation_name(read);
    bool any = flow_asks_for_any(read);
    const char *limit = any ? "" : " if one row is the limit";

    advise_queue(check, finding, read);
    if (!read->query->only_counts || parent_table(check, read) || (read->body && !any))
        return;
    if (access_asks_for_overlap(read))
        finding_help(check, finding, "or add an EXCLUDE constraint to %s (USING gist, WITH &&)%s",
                     table, limit);
    else if (columns)
        finding_help(check, finding, "or add UNIQUE (%s) to %s%s", columns, table, limit);
}

void advise_exclusion(struct check *check, struct finding *finding, const struct access *read)
{
    g_autoptr(GString) columns = g_string_new(NULL);

    for (const struct restriction *each = read->where; each; each = each->next)
        g_string_append_printf(columns, "%s%s",
                               !columns->len ? ""
                               : each->next  ? ", "
                                             : " and ",
                               each->term.column);
    if (access_asks_for_overlap(read))
        finding_help(check, finding,
                     "add an EXCLUDE constraint over %s to %s (USING gist, WITH &&): the second "
                     "INSERT then fails with 23P01",
                     columns->str, access_relation_name(read));
    else
        advise_queue(check, finding, read);
    advise_serializable(check, finding, read);
}

void advise_key_upsert(struct check *check, struct finding *finding, const struct access *access,
                       const struct access *insert, enum answer unique)
{
    const char *key = equal_columns(check, access);
    if (!key)
        key = "key";
    if (unique == ANSWER_YES)
        finding_help(check, finding, "%suse INSERT … ON CONFLICT (%s) DO UPDATE at READ COMMITTED",
                     access_may_meet_key(insert) == ANSWER_NO
                         ? "make the constraint NOT DEFERRABLE and "
                         : "",
                     key);
    else
        finding_help(
            check, finding,
            unique == ANSWER_NO
                ? "add a unique index on (%s), and use INSERT … ON CONFLICT (%s) DO UPDATE "
                  "at READ COMMITTED"
                : "use INSERT … ON CONFLICT (%s) DO UPDATE at READ COMMITTED; it needs a "
                  "unique index on (%s)",
            key, key);
}

void advise_key(struct check *check, struct finding *finding, const struct access *read,
                const struct access *write)
{
    const char *columns = equal_columns(check, read);
    enum answer unique;

    if (write->kind != ACCESS_INSERT || !access_shares_key(read, write, &unique))
        return;
    if (unique == ANSWER_YES) {
        finding_help(
            check, finding,
            "insert without the SELECT, and treat 23505 as the answer: the unique key makes the check");
        finding_help(
            check, finding,
            "expect 40001 for different keys too while %s is small: keys share an index page, and an empty index is locked as a whole",
            access_relation_name(read));
    } else if (columns) {
        finding_help(
            check, finding,
            "declare %s UNIQUE if no value may occur twice: the check then needs no SERIALIZABLE",
            columns);
    }
}

/* The table of the trigger refers to the row that is read: it is there, and can be locked. */
static bool reads_parent(const struct check *check, const struct access *read)
{
    const struct firing *firing = catalog_firing(check->catalog, read->transaction->routine);
    const struct foreign_key *key = firing ? firing->relation->foreign_keys : NULL;

    while (key && catalog_relation(check->catalog, key->parent.schema, key->parent.name,
                                   key->script, AT_THE_END) != read->relation)
        key = key->next;
    return key && access_rows(read) == ROWS_POINT;
}

void advise_trigger_check(struct check *check, struct finding *finding, const struct access *read)
{
    if (parent_table(check, read) || (read->query && read->query->aggregates))
        advise_queue(check, finding, read);
    else if (reads_parent(check, read))
        finding_help(check, finding, "lock the row when it is checked: SELECT … FOR SHARE");
    else
        finding_help(check, finding,
                     "declare a UNIQUE, EXCLUDE or FOREIGN KEY constraint, which sees all rows");
    advise_serializable(check, finding, read);
}

static bool is_about_table(const struct lock *lock)
{
    return lock->access && lock->access->kind >= ACCESS_TRUNCATE;
}

void advise_order(struct check *check, struct finding *finding, const struct deadlock *deadlock)
{
    const struct lock *held = &deadlock->held, *wanted = &deadlock->wanted;
    bool retried = deadlock->transaction->retried;

    if (wanted->access && wanted->access->kind == ACCESS_DEFINE && held->access &&
        access_same_statement(held->access, wanted->access))
        finding_help(check, finding,
                     "lock both tables before %s: LOCK TABLE %s, %s IN ACCESS EXCLUSIVE MODE",
                     lock_text(check, wanted), table_sql(check, wanted->access),
                     table_sql(check, held->access));
    else if (wanted->access && wanted->access->kind == ACCESS_DEFINE)
        finding_help(check, finding, "run %s in a transaction of its own: one table at a time",
                     lock_text(check, wanted));
    else if (held->call && wanted->call)
        finding_help(check, finding, "take advisory locks in the order of their keys");
    else if (lock_same_table(held, wanted) && (is_about_table(held) || is_about_table(wanted)))
        finding_help(check, finding, "lock the table %s before its rows in every transaction",
                     access_relation_name(held->access));
    else if (lock_same_table(held, wanted) && held->key && wanted->key)
        finding_help(check, finding, "insert the keys of %s in the same order in every transaction",
                     access_relation_name(held->access));
    else if (lock_same_table(held, wanted))
        finding_help(check, finding,
                     "lock all rows first, in one order: SELECT … FROM %s WHERE … ORDER BY %s FOR "
                     "NO KEY UPDATE",
                     table_sql(check, held->access), key_columns(check, held->access));
    else
        finding_help(check, finding, "lock %s before %s in every transaction%s",
                     lock_object(check, wanted), lock_object(check, held),
                     retried ? "" : ", or retry on 40P01");
}

void advise_migration(struct check *check, struct finding *finding, const struct deadlock *deadlock)
{
    const struct lock *held = &deadlock->held, *wanted = &deadlock->wanted;

    if (lock_same_table(held, wanted))
        finding_help(check, finding,
                     "commit before %s, or lock the table before its rows: LOCK TABLE %s",
                     lock_text(check, wanted), table_sql(check, wanted->access));
    else
        finding_help(check, finding,
                     "lock both tables first, in the order of %s: LOCK TABLE %s, %s",
                     program_name(check, deadlock->other), table_sql(check, wanted->access),
                     table_sql(check, held->access));
}
