/* The dependencies that are drawn. */
#include "corpus/by-value.h"
#include "search/graph-search.h"

/* Whether Tout can run completely between the read and the rest of its reader. */
static bool is_vulnerable(const struct access *read, const struct access *write)
{
    struct search search = {.found = {.pivot = read->transaction,
                                      .out = write->transaction,
                                      .in = write->transaction,
                                      .read = read,
                                      .overwrite = write,
                                      .cut = read->next}};

    return may_be_pivot(read->transaction) && is_plain_read(&search, read, write, false) &&
           binding_meet(&search.binding, read, PIVOT, write, OUT) && !is_kept_out(&search);
}

static bool depends(enum dependency_kind kind, const struct access *from, const struct access *to)
{
    bool conflicts = kind == DEPENDENCY_WW   ? conflict_write_write(from, to)
                     : kind == DEPENDENCY_WR ? conflict_read_write(to, from, BY_COLUMN)
                                             : conflict_read_write(from, to, BY_COLUMN);

    /* An UPDATE reads the rows that it writes: against another write that is told by ww. */
    if (kind != DEPENDENCY_WW && access_is_write(from) && access_is_write(to) &&
        conflict_write_write(from, to))
        return false;
    return conflicts && !access_is_of_foreign_key(from) && !access_is_of_foreign_key(to) &&
           binding_can_meet(from, to);
}

struct drawing {
    struct arena *arena;
    struct dependency *first, **end;
    struct dependency *program; /* the first that goes out from the present program */
};

/* What is already there for the same two programs and the same table. */
static struct dependency *drawn(const struct drawing *drawing, enum dependency_kind kind,
                                const struct access *from, const struct access *to)
{
    struct dependency *each = drawing->program;

    while (each && (each->kind != kind || each->to->transaction != to->transaction ||
                    !access_same_relation(each->from, from)))
        each = each->next;
    return each;
}

static void draw(struct drawing *drawing, enum dependency_kind kind, const struct access *from,
                 const struct access *to)
{
    struct dependency *dependency = drawn(drawing, kind, from, to);

    if ((dependency && (kind != DEPENDENCY_RW || dependency->vulnerable)) ||
        !depends(kind, from, to))
        return;
    bool vulnerable = kind == DEPENDENCY_RW && is_vulnerable(from, to);
    if (dependency && !vulnerable)
        return;
    if (!dependency) {
        dependency = arena_new(drawing->arena, struct dependency);
        *drawing->end = dependency;
        drawing->end = &dependency->next;
        if (!drawing->program)
            drawing->program = dependency;
    }
    dependency->kind = kind;
    dependency->from = from;
    dependency->to = to;
    dependency->vulnerable = vulnerable;
}

struct dependency *graph_dependencies(const struct corpus *corpus, struct arena *arena)
{
    struct drawing drawing = {.arena = arena, .end = &drawing.first};

    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct transaction *program = corpus->transactions->pdata[i];
        drawing.program = NULL;
        for (const struct access *from = program->set_up ? NULL : program->accesses; from;
             from = from->next) {
            struct access_cursor cursor = corpus_meeting_any(corpus, from);
            const struct access *to;
            while ((to = access_next(&cursor))) {
                bool overlap = transaction_may_overlap(program, to->transaction);
                for (int kind = DEPENDENCY_WW; overlap && kind <= DEPENDENCY_RW; kind++)
                    draw(&drawing, (enum dependency_kind)kind, from, to);
            }
        }
    }
    return drawing.first;
}

const char *dependency_kind_name(enum dependency_kind kind)
{
    static const char *const names[] = {"ww", "wr", "rw"};

    return names[kind];
}
