#include "lint/rule.h"

/* Whether the sub-SELECT is one of those that all rows must satisfy: under OR and NOT the planner
 * joins nothing. */
static const struct condition *find_conjunct(const struct condition *conditions,
                                             const struct query *query, const struct range *range)
{
    for (const struct condition *each = conditions; each; each = each->next) {
        if (each->kind == CONDITION_AND) {
            const struct condition *found = find_conjunct(each->children, query, range);
            if (found)
                return found;
        } else if (each->kind == CONDITION_EXISTS || each->kind == CONDITION_COMPARE) {
            const struct operand *value = term_of(each, range).value;
            if (condition_exists(each) == query ||
                (value && value->kind == OPERAND_QUERY && value->query == query))
                return each;
        }
    }
    return NULL;
}

/* Whether it asks for columns of the statement around it: then it is meant to run for each row. */
static bool is_correlated(const struct query *query, const struct range *outer)
{
    for (const struct column_use *use = query->uses; use; use = use->next) {
        if (!use->variable && use->range && use->range->owner == outer->owner)
            return true;
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (is_correlated(inner, outer))
            return true;
    }
    return false;
}

/* Whether the planner may join the query that picks rows to the write, and so run it again; not in
 * WITH, in ARRAY(), or as one value. An EXISTS that asks for no row of the write is asked once. */
static bool is_joined(const struct query *query, const struct query *write,
                      const struct condition **conjunct)
{
    *conjunct = NULL;
    if (is_correlated(query, write->write->target))
        return false;
    while (query->place == PLACE_FROM && query->parent && query->parent != write)
        query = query->parent;
    if (query->parent != write || query->place == PLACE_FROM)
        return query->parent == write;
    *conjunct =
        query->joined ? find_conjunct(write->conditions, query, write->write->target) : NULL;
    return *conjunct && (!query->exists || is_correlated(query, write->write->target));
}

/* The UPDATE or DELETE of the statement that changes the rows that are picked. */
static const struct access *find_write(const struct access *lock)
{
    for (const struct access *each = lock->next; each; each = each->next) {
        if ((each->kind == ACCESS_UPDATE || each->kind == ACCESS_DELETE) && each->query &&
            each->query->write && !each->merge && access_same_statement(each, lock) &&
            access_same_relation(each, lock))
            return each;
    }
    return NULL;
}

/* DELETE of rows that the program does not ask for, and that other workers may have as well: more of
 * them is one long statement, and the next one finds fewer. */
static bool is_clean_up(const struct access *lock, const struct access *write)
{
    return write->kind == ACCESS_DELETE && lock->wait == WAIT_SKIP && !write->query->outputs &&
           write->query->place == PLACE_STATEMENT;
}

static void check_lock(struct check *check, const struct access *lock, const struct access *write,
                       const struct condition *conjunct)
{
    const char *table = access_relation_name(lock), *verb = access_verb(write);
    const char *column = conjunct ? term_of(conjunct, write->range).column : NULL;
    const char *key = column ? column : "key";
    struct finding *finding =
        report_access(check, write, "%s %s can change more rows than LIMIT allows", verb, table);

    if (is_clean_up(lock, write))
        finding->severity = SEVERITY_NOTE;
    finding_label(check, finding, "the planner may run the sub-SELECT again for each row");
    finding_related(check, finding, lock->span,
                    "each run leaves out what has been changed, and picks other rows");
    finding_help(check, finding,
                 "pick the rows once: WHERE %s = ANY (ARRAY(SELECT … LIMIT … FOR UPDATE SKIP "
                 "LOCKED))",
                 key);
    finding_help(check, finding,
                 "or put the SELECT into WITH picked AS MATERIALIZED (…), and write %s IN (SELECT "
                 "%s FROM picked)",
                 key, key);
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *lock = transaction->accesses; lock; lock = lock->next) {
        if (lock->kind != ACCESS_LOCK || !lock->query || !lock->query->rest->limit ||
            access_rows(lock) == ROWS_POINT)
            continue;
        const struct access *write = find_write(lock);
        const struct condition *conjunct;
        if (write && is_joined(lock->query, write->query, &conjunct))
            check_lock(check, lock, write, conjunct);
    }
}

const struct rule rule_locking_subselect_with_limit = {
    .name = "locking-subselect-with-limit",
    .group = "lock",
    .summary = "A sub-SELECT with LIMIT and a row lock may be run again: more rows are changed",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_MEDIUM,
    .kinds = 1U << ACCESS_LOCK,
    .check_transaction = check,
};
