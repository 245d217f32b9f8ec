#include "lint/rule.h"

/* One statement reads the index and writes it in one go; two leave time for another in between. */
static bool reads_before(const struct access *update)
{
    for (const struct access *read = access_first_peer(update); read && read != update;
         read = access_next_peer(read)) {
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

/* Another program that updates the table so, whatever the key. One finding is made for full pages,
 * which are the same for all programs: `first` is whether this update is the first of them all. */
static const struct access *find_partner(const struct check *check, const struct access *update,
                                         bool *first)
{
    const GPtrArray *accesses = corpus_accesses(check->corpus, update);
    const struct access *earliest = NULL, *partner = NULL;

    for (guint i = 0; accesses && i < accesses->len && !partner; i++) {
        const struct access *access = accesses->pdata[i];
        if ((earliest && access->transaction == update->transaction) || !updates_by_key(access) ||
            !access_same_relation(access, update) ||
            transaction_level(access->transaction) != LEVEL_SERIALIZABLE)
            continue;
        if (!earliest)
            earliest = access;
        if (access->transaction != update->transaction &&
            transaction_may_overlap(access->transaction, update->transaction))
            partner = access;
    }
    *first = earliest == update;
    return partner;
}

/* `index` is on the column that the update sets, or NULL when pages without free space are the reason. */
static void report_update(struct check *check, const struct access *update,
                          const struct access *partner, const char *column,
                          const struct index *index)
{
    const char *other = writer_name(check, partner);
    struct finding *finding = report_access(
        check, update, "%s %s %scan fail with 40001 when %s updates a row with a nearby key",
        access_verb(update), access_relation_name(update),
        index ? arena_printf(&check->script->arena, "sets %s, which is in index %s, and ", column,
                             index->name)
              : "",
        other);

    finding_label(check, finding, "%swrites an index page that %s has read",
                  index ? "" : "on a full page it ", other);
    finding_writer(check, finding, partner, NULL);
    finding_level(check, finding, update->transaction);
    if (index)
        finding_help(check, finding,
                     "drop the index on a column that changes often, if no query needs it");
    else
        finding_help(check, finding,
                     "leave free space for new row versions: ALTER TABLE %s SET (fillfactor = 80); "
                     "existing pages need VACUUM FULL",
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
        bool first;
        const struct access *partner = find_partner(check, access, &first);
        while (each &&
               !(each->column && !assignment_keeps_value(access, each) &&
                 (index = find_index(access, each->column, check->options->server_version))))
            each = each->next;
        if (index)
            report_update(check, access, partner, each->column, index);
        else if (!access_is_own(access) && /* a new row stands where there is room */
                 (access->relation->fillfactor == 0 || access->relation->fillfactor == 100) &&
                 !corpus_is_hot(check->corpus, access) && first)
            report_update(check, access, partner, NULL, NULL);
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
