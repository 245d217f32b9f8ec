#include "lint/rule.h"

/* One statement reads the index and writes it in one go; two leave time for another in between. */
static bool reads_before(const struct access *update)
{
    for (const struct access *read = update->transaction->accesses; read && read != update;
         read = read->next) {
        if (read->kind != ACCESS_INSERT && !access_same_statement(read, update) &&
            access_same_relation(read, update) && access_rows(read) >= ROWS_RANGE)
            return true;
    }
    return false;
}

static bool updates_by_key(const struct access *access)
{
    return access->kind == ACCESS_UPDATE && !access->merge && access->relation &&
           access->relation->described && access_rows(access) >= ROWS_POINTS &&
           reads_before(access);
}

/* From 16 on a BRIN index does not stand in the way of a heap-only tuple. */
static const struct index *find_index(const struct access *update, const char *column, int version)
{
    for (const struct index *index = update->relation->indexes; index; index = index->next) {
        if (index_depends_on(index, column) &&
            !(version >= 1600 && strcmp(index->method, "brin") == 0))
            return index;
    }
    return NULL;
}

/* One finding for a table: its pages are the same for all programs that update it. */
static bool is_first(const struct check *check, const struct access *update)
{
    const GPtrArray *accesses = corpus_accesses(check->corpus, update);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *access = accesses->pdata[i];
        if (updates_by_key(access) && access_same_relation(access, update) &&
            transaction_level(access->transaction) == LEVEL_SERIALIZABLE)
            return access == update;
    }
    return false;
}

static void check_indexed(struct check *check, const struct transaction *transaction,
                          const struct access *update, const char *column,
                          const struct index *index)
{
    struct finding *finding = report_access(
        check, update,
        "%s %s sets %s, which is in index %s, and can fail with 40001 when another transaction "
        "updates a row with a nearby key",
        access_verb(update), access_relation_name(update), column, index->name);

    finding_label(check, finding, "writes index pages that transactions on nearby keys have read");
    finding_level(check, finding, transaction);
    finding_help(check, finding,
                 "drop the index on a column that changes often, if no query needs it");
}

static void check_full_pages(struct check *check, const struct transaction *transaction,
                             const struct access *update)
{
    const char *table = access_relation_name(update);
    struct finding *finding = report_access(
        check, update,
        "%s %s can fail with 40001 when another transaction updates a row with a nearby key",
        access_verb(update), table);

    finding_label(check, finding,
                  "on a full page it adds an entry to an index page that others have read");
    finding_level(check, finding, transaction);
    finding_help(
        check, finding,
        "leave free space for new row versions: ALTER TABLE %s SET (fillfactor = 80); existing "
        "pages need VACUUM FULL",
        table_sql(check, update));
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (!updates_by_key(access) || access_is_exempt(access) || guard_table_lock(access) ||
            access->relation->indexes_unknown || corpus_is_small(check->corpus, access))
            continue;
        const struct assignment *each = access->assignments;
        const struct index *index = NULL;
        while (each &&
               !(each->column && !assignment_keeps_value(access, each) &&
                 (index = find_index(access, each->column, check->options->server_version))))
            each = each->next;
        if (index)
            check_indexed(check, transaction, access, each->column, index);
        else if ((access->relation->fillfactor == 0 || access->relation->fillfactor == 100) &&
                 !corpus_is_hot(check->corpus, access) && is_first(check, access))
            check_full_pages(check, transaction, access);
    }
}

const struct rule rule_non_hot_update_serializable = {
    .name = "non-hot-update-serializable",
    .group = "predicate-lock",
    .summary = "At SERIALIZABLE, updates of rows with nearby keys conflict on an index page: 40001",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40001"},
    .since = 901,
    .needs_opponent = true,
    .levels = AT_SERIALIZABLE,
    .failure = FAILS_BY_PAGE,
    .check_transaction = check,
};
