#include "lint/rule.h"

/* WHERE ctid >= '(0,1)': from 14 on a scan of its own, which locks nothing. */
static bool scans_ctid_range(const struct access *access)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        if (each->term.column && strcmp(each->term.column, "ctid") == 0 &&
            comparison_is_range(each->term.comparison))
            return true;
    }
    return false;
}

/* What is read outside of SSI; NULL when SSI sees the read. */
static const char *untracked(const struct check *check, const struct access *access)
{
    if (access->relation) {
        switch (access->relation->kind) {
        case RELATION_MATERIALIZED_VIEW:
            return "a materialized view";
        case RELATION_FOREIGN_TABLE:
            return "a foreign table";
        case RELATION_SEQUENCE:
            return "a sequence";
        default:
            break;
        }
    }
    if (!access->relation && name_is_system(access->schema, access->name))
        return "a system catalog";
    return check->options->server_version >= 1400 && !access_is_exempt(access) &&
                   scans_ctid_range(access)
               ? "a range of ctid"
               : NULL;
}

static bool is_of_catalog(const struct access *access)
{
    return !access->relation && name_is_system(access->schema, access->name);
}

/* The write that the read decides. Catalogs are read for many reasons, so there it must be seen. */
static const struct access *find_write(const struct access *read)
{
    for (const struct access *write = read->next; write; write = write->next) {
        enum dependence dependence = write_depends(read, write);
        if (access_is_write(write) && !access_is_exempt(write) &&
            !access_is_of_foreign_key(write) &&
            dependence > (is_of_catalog(read) ? DEPENDS_ASSUMED : DEPENDS_NOT))
            return write;
    }
    return NULL;
}

static void check_read(struct check *check, const struct transaction *transaction,
                       const struct access *read, const char *what)
{
    const struct access *write = find_write(read);

    if (!write)
        return;
    struct finding *finding = report_access(
        check, read,
        "SERIALIZABLE does not detect conflicts with SELECT %s, %s: write skew is possible",
        access_relation_name(read), what);
    if (write_depends(read, write) != DEPENDS_SEEN)
        finding_weaken(finding);
    finding_label(check, finding, "a concurrent change to these rows raises no 40001");
    finding_related_access(check, finding, write, "depends on what was read");
    finding_level(check, finding, transaction);
    if (is_of_catalog(read))
        finding_help(
            check, finding,
            "expect 23505 or 42P07, also with IF NOT EXISTS: only unique indexes protect the "
            "system catalogs");
    else
        finding_help(check, finding,
                     "read the underlying tables, or make LOCK TABLE the first statement");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        const char *what = access->kind == ACCESS_READ ? untracked(check, access) : NULL;
        if (what)
            check_read(check, transaction, access, what);
    }
}

const struct rule rule_untracked_read_serializable = {
    .name = "untracked-read-serializable",
    .group = "snapshot",
    .summary = "At SERIALIZABLE a write is decided by a read that predicate locks do not cover",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_MEDIUM,
    .predicts = {"write-skew"},
    .levels = AT_SERIALIZABLE,
    .check_transaction = check,
};
