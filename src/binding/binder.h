#pragma once
/* The state of binding, shared by the files bind*.c and by nothing else: which statement of which
 * transaction is being bound, how it was reached, and what the variables of a routine hold. */

#include "base/limits.h"
#include "binding/bind.h"
#include "program/side-effect.h"

/* What a variable was made of before an arm of an IF or CASE gave it another value. */
struct kept_variable {
    struct kept_variable *outer;
    const struct body_statement *arm;
    const char *name;
    const struct source *sources;
};

/* A routine that is being run: what its parameters stand for, and what its variables were read
 * from. */
struct frame {
    struct frame *outer;
    const struct routine *routine; /* NULL for DO */
    const struct body *body;
    const struct operand_item *arguments; /* of the call, in order; NULL when not known */
    const struct trigger *trigger;        /* that runs it */
    const struct access *row;             /* the write whose trigger it is: what new and old are */
    const struct access *given; /* the same, if the function leaves new as it is; or NULL */
    bool in_part;               /* it leaves out what that row does not come to */
    unsigned events;            /* that TG_OP may be, of enum trigger_event; 0: not known */
    struct source *guards;      /* what decided that it was not left before */
    struct scope *scopes;       /* of its parts that are bound, the innermost first */
    GHashTable *variables;      /* name → struct source */
    GHashTable *control;        /* struct body_statement → struct source */
    GHashTable *settings; /* variable or field → how many statements set it; NULL: not counted */
    GHashTable *made; /* variables whose one value a volatile function gives, as in DECLARE or := */
    const struct body_statement *passed; /* the loop that is bound, see bind_is_over_passed */
    struct kept_variable *kept;          /* of the arms that are bound, the innermost first */
    GHashTable *set_in_arms; /* "arm variable": that the arm has given it a value already */
};

/* An open \if: what decided that the statements in it are run, those around it included. */
struct psql_branch {
    struct psql_branch *outer;
    struct source *control;
};

struct binder {
    const struct catalog *catalog;
    struct script *script;
    struct arena *arena;
    struct transaction *transaction;
    const struct step *step;
    const struct statement *statement; /* the step's, or one in a routine */
    const struct body_statement *body; /* NULL outside of routines */
    const struct via *via;
    struct frame *frame;
    struct span span; /* what the script names while something hidden is bound */
    unsigned depth;
    unsigned entered;  /* bodies, views, triggers and rules, by one statement of the script */
    unsigned followed; /* accesses of the transaction in these */
    uint32_t order;
    bool writes;                           /* the statement writes, so its reads feed a write */
    bool conditional, repeated, as_passed; /* where the statement stands in its routine */
    bool undone;                           /* … or in its transaction */
    const struct range *locked; /* a view that FOR UPDATE or SHARE names, and with it its tables */
    bool read_only;             /* READ ONLY is in force */
    const struct body_statement *read_only_until; /* the block whose end undoes that; or NULL */
    struct source *data, *control;                /* what the statement depends on */
    struct source *called; /* what functions have read that stand in the write which is bound */
    GHashTable *created; /* name → schema, "" for none: tables that the transaction has created */
    GHashTable *prepared; /* name → query of PREPARE */
    GHashTable *cursors;  /* name → struct source: what the query of DECLARE accesses */
    GHashTable *psql;     /* variable of psql → struct source, set by \gset */
    GHashTable
        *returned; /* query of a WITH → the access of its INSERT, see bind-known.c; or NULL */
    GHashTable *parameters; /* where one without a name stands → the name it has been given */
    GArray *mentions;       /* of columns with such, see bind-parameter.c */
    bool numbers_anew, names_anew;   /* see flow/numbering.h */
    const struct statement *reached; /* the first one that \if has not been looked for in */
    struct psql_branch *branches;    /* open there */
    const struct query *around;      /* see bind-condition.c */
    GPtrArray *implying;             /* conditions of that; or NULL */
    GPtrArray *set_off; /* writes of a WITH, whose triggers and checks come at its end; or NULL */
    struct access **accesses_end;
    struct side_effect **calls_end;
    struct routine_run **runs_end;
    struct side_effect **hidden_end;
};

/* ---- bind.c */

/* Where the statement that is bound stands for catalog_relation: a routine runs whenever it is
 * called, also when all of the DDL is done. */
uint32_t bind_place(const struct binder *binder);

/* What a name means there. */
struct relation *bind_relation(const struct binder *binder, const char *schema, const char *name);

/* A new access of a relation, with everything that the binder knows; not yet part of the
 * transaction. */
struct access *bind_new(struct binder *binder, enum access_kind kind, const char *schema,
                        const char *name, struct relation *relation, struct span span);

/* Makes it part of the transaction. */
void bind_link(struct binder *binder, struct access *access);

/* A row that has the facts of another one, which has been bound: it writes, and has no access. */
void bind_alike(struct binder *binder, const struct query *insert);

/* What is bound from here on belongs to this transaction. */
void bind_to(struct binder *binder, struct transaction *transaction);

/* The transaction has an effect that is not known. */
void bind_unknown(struct binder *binder, const char *what);

/* Runs a query: its inner queries, its ranges, the calls in it, its write. `demanded` restricts its
 * ranges beside its own conditions. */
void bind_query(struct binder *binder, const struct query *query,
                const struct restriction *demanded);

/* Runs one of its inner queries. */
void bind_inner(struct binder *binder, const struct query *query, const struct query *inner,
                const struct restriction *demanded);

/* A new access of what an item of a query names. */
struct access *bind_range(struct binder *binder, const struct query *query,
                          const struct range *range, enum access_kind kind,
                          struct restriction *where);

/* Whether it is a view whose query is known. */
bool range_is_view(const struct range *range);

/* What is bound until bind_leave came in through something named. `caller` is the place in the
 * statement that the script has. Returns the way in; NULL when it is nested too deeply, or too
 * often inside one statement: nothing was entered, and what it would do is unknown. */
struct via *bind_enter(struct binder *binder, enum via_kind kind, const char *what,
                       const struct script *script, struct span span, struct span caller);
void bind_leave(struct binder *binder);

/* Makes a call of a function of the server part of the transaction, or of one that goes `outside`.
 * With NULL it is the statement itself, which leaves no access. */
void bind_side_effect(struct binder *binder, const struct call *call, bool outside);

/* ---- bind-write.c */

/* Runs the write of a query. */
void bind_write(struct binder *binder, const struct query *query);

/* Makes a write part of the transaction, with what it sets off. */
void bind_link_write(struct binder *binder, struct access *write);

/* ---- bind-with.c */

/* Whether a query of its WITH changes rows. */
bool bind_has_changes(const struct query *query);

/* Runs those of its WITH that it asks for rows before it writes, and then the others, its RETURNING's
 * first. `bound` is a set that both fill. */
void bind_asked_changes(struct binder *binder, const struct query *query, GHashTable *bound);
void bind_late_changes(struct binder *binder, const struct query *query, GHashTable *bound);

/* Runs the triggers after a write and the checks of its foreign keys; of several, in their order. */
void bind_set_off(struct binder *binder, const struct access *write);
void bind_all_set_off(struct binder *binder, GPtrArray *writes);

/* ---- bind-statement.c */

/* Runs what a statement does, at the top or in a routine. */
void bind_statement(struct binder *binder, const struct statement *statement);

/* ---- bind-condition.c */

/* Appends a condition, with the arguments of the routine put in. */
void bind_restrict(struct binder *binder, struct restriction **list,
                   const struct condition *condition);

/* Reads the terms of an access's restrictions. */
void bind_terms(struct access *access);

/* What a query demands of the rows of one of its ranges. */
struct restriction *bind_restrictions(struct binder *binder, const struct query *query,
                                      const struct range *range);

/* Appends what `demanded`, of the query around this one, says of the range, or of a column that the query
 * joins it to. */
void bind_demand(struct binder *binder, const struct query *query, const struct range *range,
                 const struct restriction *demanded, struct restriction **list);

/* What the query around a view or sub-SELECT demands, said of the tables below. */
struct restriction *bind_push_down(struct binder *binder, const struct range *range,
                                   const struct query *inner, const struct restriction *above);

/* The column that an output of the query is, or NULL when it is something else. */
const struct column_use *query_output_column(const struct query *query, const char *name);

/* The assignments with arguments put in and with what they were read from. */
const struct assignment *bind_assignments(struct binder *binder, const struct query *query,
                                          const struct assignment *assignments);

/* WHERE CURRENT OF: the row that is written is one of those that the cursor's query has read. */
void bind_current(struct binder *binder, struct access *write, const struct access *cursor);

/* ---- bind-given.c */

/* What a column of a row that is written in the statement is, FROM (VALUES (1)) AS v (id): a constant,
 * a parameter or a variable. The operand itself when it is no such column. */
const struct operand *bind_given(struct binder *binder, const struct operand *operand);

/* ---- bind-known.c */

/* The access whose row has this very value, returned in a variable or in WITH, and the column that it
 * is, or NULL; NULL when there is none. */
const struct access *bind_returned(const struct binder *binder, const struct operand *value,
                                   const char **column);

/* What the access has as `known`. */
const struct access *bind_known(struct binder *binder, const struct access *access);

/* What the access has as `parent`. */
const struct access *bind_new_parent(const struct binder *binder, const struct access *access);

/* The list; where `query` returns columns of one table, with its access before it and the place of the
 * value. */
struct source *source_returned(struct arena *arena, struct source *list, const struct query *query,
                               unsigned place);

/* ---- bind-routine.c */

/* Runs a body. The tables of the frame are made and freed here. */
void bind_body(struct binder *binder, struct frame *frame);

/* Whether all that the variable ever has is what gen_random_uuid, nextval and the like have given it,
 * which is another value in each run. */
bool bind_is_made(const struct binder *binder, const char *variable);

/* ---- bind-loop.c */

/* Whether it is FOREACH over an array that the caller passes, or FOR over unnest() of it, without
 * ORDER BY and without a COMMIT in it. */
bool bind_is_over_passed(struct frame *frame, const struct body_statement *loop);

/* Runs the routine that a call means; false when the catalog has none. */
bool bind_call(struct binder *binder, const struct call *call);

/* Runs the body of a routine in the frame, which came in as `kind` through `what`; nothing where it is
 * running already: recursion adds nothing. `caller` is what bind_enter wants. */
void bind_routine(struct binder *binder, const struct routine *routine, struct frame *frame,
                  const char *what, enum via_kind kind, struct span caller);

/* When a trigger runs: BEFORE, as far as no row is locked yet; for each row BEFORE it is written,
 * when it has been locked; AFTER each row, ahead of the checks and actions of foreign keys; AFTER it later
 * than they, or INSTEAD OF it; when the statement ends. */
enum firing_time { FIRES_BEFORE, FIRES_LOCKED, FIRES_EARLY, FIRES_AFTER, FIRES_AT_END };

/* Runs the triggers that a write sets off then. */
void bind_triggers(struct binder *binder, const struct access *write, enum firing_time when);

/* The row for which a trigger function is run by no statement of the inputs. Its transaction has
 * locked it by its key, or, of two that insert one key, only one can be committed: so a lock of it
 * becomes part of the transaction, and what the statement is. Returns frame.row; NULL when nothing
 * is known. */
const struct access *bind_fired_row(struct binder *binder, const struct routine *routine,
                                    struct statement *statement);

/* Runs the event triggers that a DDL statement sets off, those before or those after it
 * (manual, 40.2 Event Trigger Firing Matrix). */
void bind_event_triggers(struct binder *binder, const struct statement *statement, bool before);

/* ---- bind-variable.c */

/* The place of a name, or of $n, among the arguments of the routine; -1 when it is none. */
int bind_parameter_index(const struct frame *frame, const char *name);

/* What the call gives the argument at a place; NULL when that is not known. */
const struct operand *bind_argument_at(const struct frame *frame, int index);

/* What an operand stands for where the routine was called: the argument of a parameter, a value of
 * the row that a trigger is about; the operand itself when neither. */
const struct operand *bind_argument(const struct binder *binder, const struct operand *operand);

/* What a variable of psql was read from, as it is written: :id, :'id'. */
struct source *bind_psql_sources(const struct binder *binder, const char *name);

/* The accesses that the variables in an operand were read from. */
struct source *bind_sources(const struct binder *binder, const struct operand *operand);

/* The same for all variables of a query, its inner queries included. */
struct source *bind_query_sources(const struct binder *binder, const struct query *query);

/* Says what the variable `name` was made of from here on; of a field, r.id, what it was made of besides. */
void bind_set_variable(struct binder *binder, const char *name, struct source *sources);

/* To be said before it: where the statement stands in an arm of IF or CASE that is not run, the variable
 * keeps what it was made of. */
void bind_set_in_arm(struct binder *binder, struct frame *frame, const char *name);

/* What an assignment that reads nothing gives its variables is made of what has led to it: after the arm
 * that it stands in, where another arm may have given another value. */
void bind_set_by_arm(struct binder *binder, struct frame *frame,
                     const struct body_statement *assignment, struct source *chosen_by);

/* Ends the arms that `statement` is not in: of what a variable was made before is so again, besides. */
void bind_leave_arms(struct binder *binder, struct frame *frame,
                     const struct body_statement *statement);

/* How many statements of the body set the variable, or the field "r.id"; counted once for a frame. */
unsigned bind_settings(struct frame *frame, const char *name);

/* Whether the body makes the variable of several values, or of one or another: lo := least(a, b). */
bool bind_is_computed(struct frame *frame, const char *name);

/* Whether the variable is NULL or has what one statement gives it, wherever it is asked for, but for
 * fields of a record that are set. */
bool bind_is_set_once(struct frame *frame, const char *name);

/* ---- bind-parameter.c */

/* Whether something without a name may occur in what is bound. */
static inline bool bind_has_nameless(const struct binder *binder)
{
    return binder->numbers_anew || binder->script->placeholder_count > 0;
}

/* Forgets the names of another transaction; NULL: those of a routine that nothing calls. */
void bind_parameters_begin(struct binder *binder, const struct transaction *transaction);
void bind_parameters_finish(struct binder *binder);

/* Whether a parameter without a name is part of the operand, whose argument is put in later. */
bool bind_lacks_name(const struct binder *binder, const struct operand *operand);

/* Gives the parameters of a condition names. */
void bind_name_parameters(struct binder *binder, struct condition *condition);

/* The same for the value that a write of the query gives a column. */
void bind_name_assigned(struct binder *binder, struct assignment *assignment,
                        const struct query *query, const char *column);

/* ---- bind-key.c */

/* Runs the checks and actions of foreign keys that a write sets off. */
void bind_foreign_keys(struct binder *binder, const struct access *write);

/* The column of the parent that a key points to, of several the one at `index`; NULL when it is not known. */
const char *bind_parent_column(const struct foreign_key *key, const struct relation *parent,
                               size_t index);

/* Whether it asks, in the trigger of a child that goes with its parent (ON DELETE CASCADE), for that parent:
 * DELETE FROM invoices deletes lines, whose trigger does UPDATE invoices … WHERE id = old.invoice_id. The
 * parent has gone before, and no row is found. */
bool bind_is_of_gone_parent(const struct binder *binder, const struct access *access);

/* ---- source lists; an access is in a list once, or twice when it was only found at first */

/* The list, in the arena, with one more, or with those of the other. */
struct source *source_add(struct arena *arena, struct source *list, const struct access *access);
struct source *source_join(struct arena *arena, struct source *list, const struct source *other);

/* What the variable `name` was made of, "r" or "r.id", joined to a list: of a record that a statement
 * returned, the field alone. */
struct source *source_join_field(struct arena *arena, struct source *list,
                                 const struct source *other, const char *name);

/* What depends on nothing but whether these found a row. */
struct source *source_found(struct arena *arena, const struct source *list);
