#include "lint/rule.h"
#include "search/parent.h"

static bool has_foreign_key(const struct relation *child, const struct relation *parent)
{
    for (const struct reference *reference = parent ? parent->references : NULL; reference;
         reference = reference->next) {
        if (reference->child == child)
            return true;
    }
    return false;
}

/* A name that is written without its schema may be that of the same table. */
static bool may_be_one(const struct access *a, const struct access *b)
{
    return (!a->schema || !b->schema) && g_strcmp0(a->name, b->name) == 0;
}

static bool is_check(const struct access *read, const struct access *insert)
{
    if (read->kind == ACCESS_LOCK && !transaction_has_one_snapshot(read->transaction))
        return false;
    return !access_is_of_foreign_key(read) && access_rows(read) == ROWS_POINT &&
           !access_same_relation(read, insert) && !access_is_exempt(read) && insert->relation &&
           insert->relation->described && read->relation && read->relation->described &&
           !has_foreign_key(insert->relation, read->relation) &&
           parent_is_referred_to(read, insert) && !may_be_one(read, insert);
}

/* IF EXISTS (…) THEN RAISE: what follows runs when there is no such row. */
static bool wants_no_row(const struct access *read, const struct access *insert)
{
    const struct body_statement *arm = read->body;
    const struct query *condition =
        arm && arm->kind == BODY_ARM && arm->statement ? arm->statement->query : NULL;

    return condition && read->query && read->query->asks_presence &&
           read->query->parent == condition && read->via == insert->via && insert->body &&
           !body_is_inside(insert->body, arm);
}

/* The run has inserted the parent itself before, in the branch of the child or outside of it. */
static bool brings_parent(const struct access *read, const struct access *insert)
{
    for (const struct access *each = read; each && each != insert; each = each->next) {
        if (each->kind != ACCESS_INSERT || !access_same_relation(each, read) ||
            access_same_rows(each, read) != ANSWER_YES || !via_same_call(each->via, insert->via))
            continue;
        const struct body_statement *arm = each->body ? body_enclosing(each->body, BODY_ARM) : NULL;
        if (!arm || (insert->body && body_is_inside(insert->body, arm)))
            return true;
    }
    return false;
}

static bool is_pair(const struct check *check, const struct access *read,
                    const struct access *insert)
{
    (void)check;
    return is_check(read, insert) && !wants_no_row(read, insert) &&
           write_depends(read, insert) != DEPENDS_NOT && !brings_parent(read, insert);
}

static void check_insert(struct check *check, const struct access *read,
                         const struct access *insert)
{
    const struct access *other = parent_deleted(check->catalog, check->corpus, read, insert);
    const char *child = access_relation_name(insert), *parent = access_relation_name(read);

    if (!other || guard_serializes(read) || guard_held_rows(insert, LOCK_KEY_SHARE))
        return;
    struct finding *finding = report_access(
        check, insert, "INSERT %s may leave a row without its parent in %s, without an error",
        child, parent);
    finding_predicts(finding, "write-skew");
    finding_label(check, finding, "the row of %s may be deleted before this commits", parent);
    finding_related_access(check, finding, read,
                           "finds the row of %s, but does not keep it from being deleted", parent);
    finding_related_access(check, finding, other, "deletes it");
    finding_level(check, finding, insert->transaction);
    finding_help(check, finding,
                 "add the foreign key: ALTER TABLE %s ADD FOREIGN KEY … REFERENCES %s", child,
                 parent);
}

const struct rule rule_orphan_row = {
    .name = "orphan-row",
    .group = "anomaly",
    .summary =
        "A parent is looked up, then its child is inserted, without a foreign key that keeps the "
        "parent",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_MEDIUM,
    .predicts = {"write-skew"},
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_READ_COMMITTED | AT_REPEATABLE_READ,
    .reads = 1U << ACCESS_READ | 1U << ACCESS_LOCK,
    .writes = 1U << ACCESS_INSERT,
    .two_relations = true,
    .is_pair = is_pair,
    .check_pair = check_insert,
};
