#pragma once
/* Dangerous structures between programs: three transactions, of which two or even all may be runs
 * of one program, that can run so that no serial order gives the same result. Rarely it takes a
 * fourth, between Tout and Tin; longer chains are not looked for.
 *
 * Only executions of one shape are looked for, split schedules:
 *
 *     first part of the pivot | Tout | Tin | rest of the pivot
 *
 * where the pivot reads what Tout then writes, and Tin, which may be Tout itself, conflicts with
 * the pivot. For programs that access rows by key a non-serializable execution exists exactly when
 * one of this shape does (Fekete et al., TODS 30(2), 2005, for snapshot isolation; Vandevoort et
 * al., PVLDB 14(11), 2021, and PODS 2023, for Read Committed and mixed levels); here predicates
 * count as items that a matching write changes. */

#include "corpus/corpus.h"

enum structure_kind {
    STRUCTURE_SILENT,    /* all commit: an anomaly */
    STRUCTURE_ONE_SIDED, /* the same, although one of its reads is locked: the wrong one */
    STRUCTURE_MIXED,     /* the same, although some of the three are SERIALIZABLE */
    STRUCTURE_REPORT,    /* only a report at REPEATABLE READ sees it; the writers are safe */
    STRUCTURE_FAILURE,   /* all three SERIALIZABLE: one fails with 40001 */
};

/* What keeps a structure from happening, each one change of one program. */
enum repair {
    REPAIR_NONE,
    REPAIR_LOCK_READ,      /* FOR UPDATE OF the table that the pivot's outgoing read reads */
    REPAIR_LOCK_STATEMENT, /* FOR UPDATE of all tables of its statement */
    REPAIR_UPDATE_READ,    /* an UPDATE of what the pivot reads that changes nothing */
};

struct structure {
    struct structure *next;
    enum structure_kind kind;
    bool repeats;      /* an earlier one of mixed levels is about the same table */
    bool by_rows_only; /* SSI compares rows; by columns there is no conflict */
    const struct transaction *pivot, *out, *in; /* `in` may be `out`; either may be the pivot */
    const struct access *read;                  /* of the pivot, before … */
    const struct access *overwrite;             /* … this write of Tout */
    const struct transaction *middle;        /* links Tout and Tin that do not meet; mostly NULL */
    const struct access *link_out, *link_in; /* how Tout and Tin conflict; NULL when they are one */
    const struct access *in_access;          /* of Tin, in conflict with … */
    const struct access *back;               /* … this access of the pivot */
    const struct access *cut;                /* the pivot's first access of its second part */
    enum repair repair;                      /* the cheapest that was found to suffice */
};

/* The simplest structure whose pivot is this transaction of the corpus, to be freed with g_free; NULL when
 * there is none, as most often. Only reads the corpus, so that pivots can be judged in parallel. */
struct structure *graph_find(const struct corpus *corpus, size_t index);

/* Gives the corpus its structures, as copies in the arena, from an array of what graph_find has returned
 * for each transaction, and frees these. Returns the first, in order of their pivots. */
struct structure *graph_link(struct corpus *corpus, struct structure *const *structures,
                             struct arena *arena);

/* The structure whose pivot the transaction is; NULL when there is none. */
const struct structure *graph_structure(const struct corpus *corpus,
                                        const struct transaction *pivot);

/* Whether the transaction has a part in some structure. */
bool graph_involves(const struct corpus *corpus, const struct transaction *transaction);

/* One dependency between two programs, for showing the graph. */
enum dependency_kind {
    DEPENDENCY_WW,
    DEPENDENCY_WR,
    DEPENDENCY_RW, /* anti-dependency: the reader comes before the writer */
};

struct dependency {
    struct dependency *next;
    enum dependency_kind kind;
    const struct access *from, *to; /* the programs are those of the accesses */
    bool vulnerable; /* rw between two that can run at the same time and both commit */
};

/* The dependencies between the programs of a corpus that are no set-up, those of a program on other
 * runs of itself included: one of each kind, pair of programs and table, a vulnerable one before
 * others. In order of the programs. They live in `arena`. */
struct dependency *graph_dependencies(const struct corpus *corpus, struct arena *arena);

/* "rw". */
const char *dependency_kind_name(enum dependency_kind kind);
