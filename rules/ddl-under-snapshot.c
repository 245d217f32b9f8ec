#include "lint/rule.h"

static bool reads_rows(const struct access *access)
{
    return access->kind != ACCESS_INSERT && access->kind < ACCESS_TRUNCATE;
}

/* A read of the table before (or behind) the access. */
static const struct access *find_read(const struct access *define, bool behind)
{
    for (const struct access *access = define->transaction->accesses; access;
         access = access->next) {
        if (reads_rows(access) && access_same_relation(access, define) &&
            !access_same_statement(access, define) && (access->order > define->order) == behind)
            return access;
    }
    return NULL;
}

static void check_define(struct check *check, const struct transaction *transaction,
                         const struct access *define)
{
    const struct access *before = find_read(define, false), *after = find_read(define, true);
    bool phantom = after && access_rewrites(define, check->options->server_version);
    const char *name = access_relation_name(define);

    if (!before && !(phantom && define->step->after_snapshot))
        return;
    struct finding *finding = report_access(
        check, define,
        phantom ? "%s %s at %s makes rows visible that are newer than the snapshot (phantom)"
                : "%s %s at %s uses rows that the snapshot does not show (stale read)",
        access_verb(define), name, isolation_level_name(transaction_level(transaction)));
    finding_predicts(finding, phantom ? "phantom" : "stale-read");
    if (phantom)
        finding->severity = SEVERITY_WARNING;
    finding_label(check, finding,
                  phantom ? "rewrites the newest rows as rows of this transaction"
                          : "DDL uses the newest rows, not the snapshot");
    if (before)
        finding_related_access(check, finding, before, "read with the snapshot");
    if (phantom)
        finding_related_access(check, finding, after,
                               "sees rows that were committed after the snapshot");
    finding_level(check, finding, transaction);
    finding_help(check, finding,
                 "move it to a READ COMMITTED transaction of its own, before this one");
}

/* Catalogs that say which tables there are and what they look like. */
static bool describes_tables(const struct access *access)
{
    static const char *const names[] = {"pg_class",
                                        "pg_attribute",
                                        "pg_tables",
                                        "pg_views",
                                        "pg_matviews",
                                        "pg_index",
                                        "pg_indexes",
                                        "pg_constraint",
                                        "pg_partitioned_table",
                                        "pg_inherits",
                                        NULL};

    return !access->relation && access->name && name_is_system(access->schema, access->name) &&
           (g_strcmp0(access->schema, "information_schema") == 0 ||
            g_strv_contains(names, access->name));
}

static void check_catalog(struct check *check, const struct transaction *transaction)
{
    const struct access *catalog = NULL, *data = NULL;

    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind == ACCESS_READ && describes_tables(access))
            catalog = catalog ? catalog : access;
        else if (reads_rows(access) && !access_is_exempt(access))
            data = data ? data : access;
    }
    if (!catalog || !data)
        return;
    struct finding *finding =
        report_access(check, catalog, "SELECT %s and SELECT %s may see two different states at %s",
                      access_relation_name(catalog), access_relation_name(data),
                      isolation_level_name(transaction_level(transaction)));
    finding_predicts(finding, "stale-read");
    finding_label(check, finding, "lists tables and columns as of the snapshot");
    finding_related_access(check, finding, data, "uses the table definition as it is now");
    finding_help(
        check, finding,
        "lock the tables first: LOCK TABLE … IN ACCESS SHARE MODE keeps their definitions for "
        "the rest of the transaction");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind == ACCESS_DEFINE && !access_is_exempt(access) &&
            !transaction_creates(transaction, access->relation))
            check_define(check, transaction, access);
    }
    check_catalog(check, transaction);
}

const struct rule rule_ddl_under_snapshot = {
    .name = "ddl-under-snapshot",
    .group = "snapshot",
    .summary = "DDL works on the newest rows while the transaction reads an older snapshot",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"phantom", "stale-read"},
    .levels = AT_ONE_SNAPSHOT,
    .blocks_only = true,
    .check_transaction = check,
};
