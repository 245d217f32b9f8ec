#include "lint/rule.h"

/* The row was locked when its value was read: it cannot have changed in between. What was read
 * before the lock is old all the same, when it is that value which is written. */
static bool is_locked(const struct access *read, const struct access *write,
                      enum dependence dependence)
{
    const struct access *held = guard_held_rows(write, LOCK_NO_KEY_UPDATE);

    return held && (dependence == DEPENDS_ASSUMED || held->order < read->order);
}

/* FOR r IN SELECT …: the row of the loop is written as the loop's query has found it. */
static bool is_row_of_loop(const struct access *read, const struct access *write)
{
    const char *column;

    return write_is_of_loop(read, write) && access_rows(write) >= ROWS_POINT &&
           access_same_relation(read, write) && access_same_rows(read, write) != ANSWER_NO &&
           value_depends(read, write, &column) == DEPENDS_SEEN;
}

/* count(*) … WHERE on_call AND shift = $1, then the row by its key, as object mappers load what
 * they write: such a column of the row goes by how many have it, and not by its own old value. */
static bool is_counted(const struct access *read, const struct access *write, const char *column)
{
    bool flag = column_is_flag(write->relation, column);

    for (const struct access *each = write->transaction->accesses; each && each != read;
         each = each->next) {
        if (each->kind == ACCESS_READ && each->query && each->query->aggregates &&
            access_same_relation(each, write) &&
            (access_equals(each, column) || (flag && access_names_column(each, column))))
            return true;
    }
    return false;
}

static bool is_read(const struct check *check, const struct access *read,
                    const struct access *write)
{
    const char *column;

    (void)check;
    return !access_same_statement(read, write) &&
           (is_row_of_loop(read, write) || write_is_of_list(read, write) ||
            (access_rows(read) != ROWS_ALL && access_same_rows(read, write) == ANSWER_YES)) &&
           value_depends(read, write, &column) != DEPENDS_NOT;
}

/* v := least(n, v); UPDATE … SET n = n - v: what is taken away goes by what was read, which the machine takes
 * for a number that each run brings along. */
static bool adds_what_it_read(const struct access *write, const char *column)
{
    const struct assignment *set = access_assigns(write, column);

    return set && write->range && operand_uses_range(&set->value, write->range) &&
           operand_has_variables(&set->value);
}

static void check_pair(struct check *check, const struct access *read, const struct access *write)
{
    const char *table = access_relation_name(write), *column;
    enum dependence dependence = value_depends(read, write, &column);

    if (dependence == DEPENDS_NOT || is_locked(read, write, dependence) ||
        (dependence == DEPENDS_ASSUMED && is_counted(read, write, column)) ||
        guard_serializes(read) || guard_rechecks_value(read, write, column) ||
        guard_fills_null(write, column))
        return;
    const struct access *writer = conflict_writer(check->corpus, read, BY_COLUMN, column);
    if (!writer && guard_adds_once(write))
        return;
    const char *columns = overwritten_columns(check, read, write, column, dependence);
    bool several = columns != column;
    struct finding *finding = report_access(
        check, write, "%s %s may overwrite a concurrent change to %s: %s from an unlocked SELECT",
        access_verb(write), table, columns, several ? "their values come" : "its value comes");
    if (dependence == DEPENDS_ASSUMED)
        finding_weaken(finding);
    finding->beyond_machine = dependence == DEPENDS_SEEN && adds_what_it_read(write, column);
    finding_label(check, finding, "overwrites what %s has committed since, without an error",
                  writer_name(check, writer));
    finding_related_access(check, finding, read, "%s read here, without a lock",
                           several ? "they are"
                                   : arena_printf(&check->script->arena, "%s is", column));
    finding_writer(check, finding, writer, column);
    finding_level(check, finding, write->transaction);
    bool lockable = read->query && query_can_lock(read->query);
    advise_write_back(check, finding, write, column, several,
                      lockable
                          ? arena_printf(&check->script->arena, "lock the row when it is read: %s",
                                         locking_read(check, read))
                          : NULL);
}

const struct rule rule_lost_update = {
    .name = "lost-update",
    .group = "anomaly",
    .summary = "A value is read, then written back at READ COMMITTED: a change in between is lost",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_HIGH,
    .predicts = {"lost-update"},
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_READ_COMMITTED,
    .yields = {"queue-claim", "derived-total"},
    .reads = 1U << ACCESS_READ,
    .writes = 1U << ACCESS_UPDATE | 1U << ACCESS_INSERT,
    .nearest = true,
    .is_pair = is_read,
    .check_pair = check_pair,
};
