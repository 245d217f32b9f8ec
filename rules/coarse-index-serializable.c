#include "lint/rule.h"

/* The program puts something into the index that it searched: then two copies of it close the
 * cycle, whatever they looked for. */
static const struct access *find_insert(const struct access *read, const struct index *index)
{
    for (const struct access *access = access_first_peer(read); access;
         access = access_next_peer(access)) {
        if (!access_same_relation(access, read))
            continue;
        if (access->kind == ACCESS_INSERT)
            return access;
        for (const struct index_key *key = index->keys; key; key = key->next) {
            if (access->kind == ACCESS_UPDATE && key->column && access_assigns(access, key->column))
                return access;
        }
    }
    return NULL;
}

/* Until 10 btree was the only method with predicate locks of its own. */
static enum index_grain grain_of(const struct index *index, int server_version)
{
    return server_version < 1100 && strcmp(index->method, "btree") != 0 ? GRAIN_INDEX
                                                                        : index_grain(index);
}

static const char *what_is_locked(enum index_grain grain)
{
    return grain == GRAIN_INSERTS  ? "the pending list, which every insert writes"
           : grain == GRAIN_LEVELS ? "pages of every level, the root included"
                                   : "the whole index";
}

static void advise(struct check *check, struct finding *finding, const struct index *index,
                   enum index_grain grain)
{
    if (grain == GRAIN_INSERTS)
        finding_help(
            check, finding,
            "set fastupdate off: ALTER INDEX %s SET (fastupdate = off); a search then locks only the pages of what it looks for",
            index->name);
    else if (index->kind == INDEX_EXCLUSION)
        finding_help(
            check, finding,
            "remove the search: constraint %s makes the check itself, and the second of two runs fails with 23P01 instead of 40001",
            index->name);
    else
        finding_help(
            check, finding,
            "add a btree index on a column that the condition compares by = or <: a search through it locks only the pages of what it looks for");
}

static void check_access(struct check *check, const struct transaction *transaction,
                         const struct access *access)
{
    struct index_use use = index_use(access, &check->script->arena);

    if (use.usable != ANSWER_YES || !use.index)
        return;
    enum index_grain grain = grain_of(use.index, check->options->server_version);
    const struct access *insert = find_insert(access, use.index);
    const struct access *other = insert ? NULL : corpus_writer(check->corpus, access);
    if (grain == GRAIN_PAGES || (!insert && !other))
        return;
    struct finding *finding = report_access(
        check, access, "%s %s through index %s (%s) can end in 40001 when %s inserts any key",
        access_verb(access), access_relation_name(access), use.index->name, use.index->method,
        insert ? "another run" : writer_name(check, other));
    if (insert)
        finding->severity = SEVERITY_WARNING;
    finding_label(check, finding, "locks %s", what_is_locked(grain));
    if (insert)
        finding_related_access(check, finding, insert, "another run makes this insert");
    finding_writer(check, finding, other, NULL);
    finding_level(check, finding, transaction);
    advise(check, finding, use.index, grain);
}

static void check(struct check *check, const struct transaction *transaction)
{
    if (transaction_read_only(transaction))
        return;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->range && access->kind != ACCESS_INSERT && !access_is_exempt(access) &&
            !guard_table_lock(access))
            check_access(check, transaction, access);
    }
}

const struct rule rule_coarse_index_serializable = {
    .name = "coarse-index-serializable",
    .group = "predicate-lock",
    .summary = "The index that finds the rows at SERIALIZABLE conflicts with inserts of any key",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"40001"},
    .since = 901,
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_SERIALIZABLE,
    .check_transaction = check,
};
