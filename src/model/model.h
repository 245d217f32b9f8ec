#pragma once
/* Whole transactions as programs of the machine, for a trial of what comes of them together: the tables
 * that they touch, and each statement as acts. A transaction of which something is not understood is
 * no program. */

#include "catalog/resolve.h"
#include "machine/world.h"
#include "program/access.h"
#include "session/transaction.h"

enum {
    TRIAL_RUNS = 3,
    TRIAL_VALUES = 14, /* of a column */
    TRIAL_PARAMETERS = 24,
    TRIAL_TEXTS = 24,
    TRIAL_FILLERS = 4,
    TRIAL_PASSES = 2,    /* of a loop */
    TRIAL_LARGEST = 500, /* of integers that stand for themselves */

    FIRST_FRESH = 801, /* values that no program names */
    FIRST_BELOW = -8,
    FIRST_TEXT_VALUE = 3000, /* constants that are no small integers */
    FIRST_MADE = 7000,       /* what a sequence gives */
    FIRST_DEFAULT = 9000,
    FIRST_PARAMETER = 20000, /* in a program, until a world gives it a value */
};

/* The values of a column that programs compare it with, or write. */
struct trial_column {
    const char *name;
    bool ordered; /* compared by <, <=, >, >= with a constant, of which all that matter are named */
    bool open;    /* or with a value that no program names */
    uint8_t count;
    int16_t values[TRIAL_VALUES];
    uint16_t brought; /* bits: values that an INSERT brings */
};

struct trial_table {
    const struct relation *relation;
    uint8_t column_count;
    struct trial_column columns[WORLD_COLUMNS];
    uint8_t first_columns[WORLD_INDEXES]; /* of each index */
    const char *names[WORLD_INDEXES];     /* of these */
};

/* What a program is run with. One name is one value in each run, and in a routine one in each call of
 * it, until it is given another one. */
struct trial_parameter {
    const char *text;
    const void *owner;
    const struct via *scope;            /* the call of a routine that it stands in; NULL outside */
    const struct body_statement *given; /* the one that gave it its value; NULL: none */
    uint8_t run, table, column;         /* a column that it is compared with or written to */
    uint8_t
        pass; /* of the loop in which it gets its value; from TRIAL_PASSES on: of another element */
    uint16_t uses, computed; /* of these, as what is seen to be made of what was read */
};

struct trial {
    unsigned count;
    struct world world; /* without rows */
    struct trial_table tables[WORLD_TABLES];
    /* Of each trigger of the world, what it is, and the statement in its function. */
    const struct trigger *triggers[WORLD_TRIGGERS];
    const struct body_statement *trigger_bodies[WORLD_TRIGGERS];
    /* Trigger functions that fill columns of the row: trial_is_filler. */
    unsigned filler_count;
    const struct routine *fillers[TRIAL_FILLERS];
    struct program programs[TRIAL_RUNS];
    const struct step *steps[TRIAL_RUNS][WORLD_ACTS]; /* of each act */
    uint32_t called[TRIAL_RUNS]; /* bits: acts behind the first one of a function */
    unsigned parameter_count, text_count;
    struct trial_parameter parameters[TRIAL_PARAMETERS];
    const char *texts[TRIAL_TEXTS];
};

/* An empty one, freed with g_free. What no act is in is left as it is: it is most of it. */
struct trial *trial_new(void);

/* Adds the transaction as one more run. Returns false when something of it is not understood. */
bool trial_add(struct trial *trial, const struct transaction *transaction);

/* Whether the parameter is nothing but what the program has read. */
bool trial_is_computed(const struct trial_parameter *parameter);

/* Whether some parameter is anything that the run is given. */
bool trial_has_parameters(const struct trial *trial);

/* Whether the column alone is a key of the table. */
bool trial_is_key(const struct trial *trial, unsigned table, unsigned column);

/* Notes that an INSERT brings a value that was named: rows that have it already are rarer. */
void trial_bring_value(struct trial *trial, unsigned table, unsigned column, int16_t value);

/* Links the foreign keys of the tables when all runs are there. Returns false when one of them is
 * not understood. */
bool trial_link(struct trial *trial);

/* Whether two rows cannot both have the same in its columns. */
static inline bool trial_forbids(const struct world_index *index)
{
    return index->unique || index->excludes;
}

/* The table of a relation; WORLD_TABLES when it is not understood. */
unsigned trial_table(struct trial *trial, const struct relation *relation);

/* The place of a column; WORLD_COLUMNS when there is no room. */
unsigned trial_column(struct trial *trial, unsigned table, const char *name);

/* Notes that a program names the value. Returns false when there is no room. */
bool trial_name_value(struct trial *trial, unsigned table, unsigned column, int16_t value);

/* ------------------------------------------------------------------ values */

/* A statement in a routine that became one act: its result may go into variables, and FOUND tells
 * whether it has found a row. */
struct trial_result {
    const struct via *via;
    const struct body_statement *body;
    uint8_t act;
};

/* A run that is being made. */
struct trial_maker {
    struct trial *trial;
    unsigned run;
    struct program *program;
    const struct transaction *transaction;
    /* The statement that is made: that of the step, or one in a routine that the step runs. */
    const struct step *step;
    const struct statement *statement;
    const struct via *via;             /* the call that runs the routine; NULL outside, and in DO */
    const struct body_statement *body; /* NULL outside */
    const struct body_statement
        *arm; /* in which it stands, or whose condition it is; NULL outside */
    const struct body_statement *loop; /* FOR … IN query, in which it stands, or NULL … */
    uint8_t pass;                      /* … and for how many rows it was run before */
    uint8_t element;                   /* of an array that is given, = ANY ($1) */
    const struct query *view;          /* of which it names columns; NULL without */
    const struct access *asked; /* whose sub-SELECT decides about the rows of the read; or NULL */
    const struct access *moved; /* takes the row away that the INSERT brings, or NULL */
    const struct access *read;  /* that the statement makes a value of, or NULL */
    const struct range *from;   /* of which an act has found a row for what is made, or NULL … */
    unsigned found;             /* … which act */
    const struct range *later;  /* whose rows come after those of the read, by them; or NULL */
    const struct access *accesses[WORLD_ACTS]; /* that the acts are; NULL: none, or several */
    unsigned first;                            /* act of the step */
    unsigned result_count;
    struct trial_result results[WORLD_ACTS];
};

/* A column that a value is compared with or written to; table WORLD_TABLES: none. */
struct trial_place {
    uint8_t table, column;
};

static inline bool trial_is_column(const struct operand *operand)
{
    return operand_is_column(operand) && operand->uses && operand->uses->name;
}

/* Whether the text is an integer that stands for itself. */
bool trial_is_small(const char *text, long *number);

/* The number that stands for a constant. Returns false when there is no room. */
bool trial_take_constant(struct trial *trial, const struct operand *operand, int16_t *number);

/* What the WHERE of an index says, when that is one comparison of a column with a constant. Returns
 * false otherwise. */
bool trial_take_predicate(struct trial *trial, unsigned table, const struct condition *condition,
                          struct filter *filter);

/* Whether some index has only rows with certain values of the column. */
bool trial_is_predicate(const struct trial *trial, unsigned table, unsigned column);

/* A value that does not come from a row; and one that is written to a column, by an assignment with
 * this `data`. Each returns false when it is not understood. */
bool trial_take_value(struct trial_maker *maker, const struct operand *operand,
                      struct trial_place place, struct value *value);
bool trial_take_written(struct trial_maker *maker, const struct access *access,
                        const struct operand *operand, const struct source *data,
                        struct trial_place place, struct value *value);

/* A column of the row that is written; NULL for any other. */
const char *trial_own_column(const struct trial_maker *maker, const struct access *access,
                             const struct column_use *use);

/* A sum of such a column and of what has none; and of one and another column, a variable or a sub-SELECT
 * that is the one read of the statement. Each returns false when it is not understood. */
bool trial_take_sum(struct trial_maker *maker, const struct access *access,
                    const struct operand *operand, struct trial_place place, struct value *value);
/* What else is made of one such column alone, CASE WHEN n > 2 THEN n - 1 ELSE 5 END, by a function of which
 * nothing is known but that equal ones are made of equal ones. Returns false when it is anything else, and when
 * a condition asks for less or more of the column. */
bool trial_take_remade(struct trial_maker *maker, const struct access *access,
                       const struct operand *operand, struct trial_place place,
                       struct value *value);
bool trial_take_added(struct trial_maker *maker, const struct access *access,
                      const struct operand *operand, const struct source *data,
                      struct trial_place place, struct value *value);

/* A column of the row that the act has found. Returns false when there is no room. */
bool trial_take_found(struct trial *trial, const struct program *program, unsigned act,
                      const char *name, struct value *value);

/* Notes that the column is compared by <, <=, > or >= with the one value of the filter. Returns false
 * when that is no number. */
bool trial_take_range(struct trial *trial, struct trial_place place, const struct filter *filter);

/* What the variable of a routine has been given by a statement that became an act, perhaps with a small
 * integer that is added: the value is the act's result. Returns false when it is anything else. */
bool trial_take_result(struct trial_maker *maker, const struct operand *operand,
                       struct value *value);

/* The act that the statement in that call of a routine became last; NULL: none. */
const struct trial_result *trial_result_of(const struct trial_maker *maker, const struct via *via,
                                           const struct body_statement *body);

/* The act that has counted the rows whose number the variable is; NULL: it is something else. */
const struct trial_result *trial_counted(const struct trial_maker *maker,
                                         const struct operand *operand);

/* Whether the routine whose statement is made gives nothing to who calls it, so that nobody sees how many
 * rows the statement has changed. */
bool trial_returns_nothing(const struct trial_maker *maker);

/* Whether the operand has no variable that a branch or loop has given a value, and that is asked for
 * elsewhere. */
bool trial_knows_variables(const struct trial_maker *maker, const struct operand *operand);

/* The statement that gave one of the variables of the operand its value last; NULL when none did. */
const struct body_statement *trial_given_by(const struct trial_maker *maker,
                                            const struct operand *operand);

/* The conditions of an access, and the index that serves them. `picked` is the first act that
 * `column = (SELECT …)` or `column IN (SELECT …)` means, the one before this is the last; or -1. */
bool trial_take_conditions(struct trial_maker *maker, struct act *act, const struct access *access,
                           int picked);

/* SELECT of one range, and nothing that is called or inside of it; or a change of one with another. */
bool trial_is_flat(const struct query *query);
bool trial_is_join(const struct query *query);

/* The view that the statement names, when a row of it is a row of one table. `*view` is NULL without
 * one. Returns false when it is another kind of view. */
bool trial_find_view(const struct trial_maker *maker, const struct access *access,
                     const struct query **view);

/* What the statement, a MERGE, is given in the one row of its source for a column of that; the
 * operand itself when it is no such column. */
const struct operand *trial_given(const struct trial_maker *maker, const struct operand *operand);

/* The name that a column of the statement has in the table: another one behind a view. NULL when it
 * is no column of it. */
const char *trial_below(const struct trial_maker *maker, const char *name);

/* ------------------------------------------------------------------ statements */

/* Whether the access is made by the statement that is made, itself or through a view. */
bool trial_is_of_statement(const struct trial_maker *maker, const struct access *access);

/* The acts of a step: of its own statement, or of those in the routines that it runs, if these come
 * one after the other whatever happens. Returns false when something of it is not understood. */
bool trial_take_step(struct trial_maker *maker, const struct step *step);

/* The acts of MERGE, as far as there is one way for a row that is there and one for a row that is
 * not. Returns false when it is not understood. */
bool trial_take_merge(struct trial_maker *maker, const struct query *query);

/* The acts of a statement whose WITH makes a change, by its two accesses. Returns false when they are
 * not understood. */
bool trial_take_with(struct trial_maker *maker, const struct access *first,
                     const struct access *second);

/* The column that the change in WITH returns by that name; NULL when it is none. */
const char *trial_returned(const struct query *with, const char *name);

/* Whether all that the query asks is asked of the rows of the access. */
bool trial_is_asked_of(const struct query *query, const struct access *access);

/* What the row that WITH takes away gives to the row that is inserted. Returns false when that is
 * anything but a column of it. */
bool trial_take_moved(struct trial_maker *maker, const struct access *insert,
                      const struct assignment *assignment, struct value *value);

/* The acts of a statement that writes what it reads itself. Returns false when they are not
 * understood. */
bool trial_take_sourced(struct trial_maker *maker, const struct access *read,
                        const struct access *write);

/* Whether it asks for what aggregates make of all its rows: one row, whatever there is. */
bool trial_is_total(const struct query *query);

/* Whether it is a statement that shows what aggregates make of each group of its rows: as much as is seen of
 * a total of the same columns. */
bool trial_is_report(const struct trial_maker *maker, const struct query *query);

/* Lets the act give what aggregates make of all its rows. Returns false when that is not what the
 * query asks for. */
bool trial_take_total(struct trial_maker *maker, struct act *act, const struct query *query);

/* Whether the query asks for nothing but how many rows there are. */
bool trial_counts(const struct query *query);

/* What an assignment with this `data` writes, when it is made of one such act alone. Returns false
 * when it is not. */
bool trial_take_made(const struct trial_maker *maker, const struct source *data,
                     struct value *value);

/* The one value of such a read. Returns false when it is none. */
bool trial_take_only_value(const struct trial_maker *maker, struct value *value);

/* What such a read gives to the column. Returns false when the column is given something else. */
bool trial_take_read_value(const struct trial_maker *maker, const struct access *write,
                           const struct assignment *assignment, struct value *value);

/* The one act of a SELECT, or of FOR UPDATE, whatever becomes of its rows. Returns false when
 * something of it is not understood. */
bool trial_take_read(struct trial_maker *maker, const struct access *access);

/* The acts of a write whose rows a sub-SELECT picks: WHERE id = (SELECT id FROM … LIMIT 1), or IN (SELECT
 * …). Returns false when they are not understood. */
bool trial_take_picked(struct trial_maker *maker, const struct access *read,
                       const struct access *write);

/* The acts of a write WHERE … AND [NOT] EXISTS (…), of which the sub-SELECT knows no row of the write.
 * Returns false when they are not understood. */
bool trial_take_if_asked(struct trial_maker *maker, const struct access *read,
                         const struct access *write);

/* Whether the query shows what the change in its WITH returns, and nothing else: WITH w AS (UPDATE …
 * RETURNING n) SELECT n FROM w. */
bool trial_shows_change(const struct query *query, const struct access *change);

/* Lets the acts from `first` on, which the write `query` has become, show what it returns. */
void trial_show_written(struct trial_maker *maker, unsigned first, const struct query *query);

/* The acts of INSERT … SELECT of values WHERE [NOT] EXISTS (…), or WHERE (SELECT count(*) …) < 3. Returns
 * false when they are not understood. */
bool trial_take_guarded(struct trial_maker *maker, const struct access *read,
                        const struct access *insert);

/* Takes `other`, which goes by the row that the last act has found. Returns false when it cannot. */
typedef bool trial_take_other(struct trial_maker *maker, const struct access *read,
                              const struct access *other);

/* For each of the rows that the read finds, as many as are tried: the row, and the other access by it. Returns
 * false when one of them cannot be taken. */
bool trial_take_rows(struct trial_maker *maker, const struct access *read,
                     const struct access *other, trial_take_other *take);

/* The acts of a write that does something for each row that it reads elsewhere: INSERT … SELECT, UPDATE
 * … FROM, DELETE … USING. Returns false when they are not understood. */
bool trial_take_driven(struct trial_maker *maker, const struct access *read,
                       const struct access *write);

/* The order in which the act comes to its rows, and how many it takes. Returns false when that is not
 * understood. */
bool trial_take_order(struct trial_maker *maker, struct act *act, const struct access *access,
                      const struct query *query);

/* Lets the act, a total of min(n) or max(n), find the row that has it. Returns false when it is another one. */
bool trial_take_extreme(struct trial_maker *maker, struct act *act, const struct query *query);

/* The acts of a SELECT of two tables. Returns false when they are not understood. */
bool trial_take_joined(struct trial_maker *maker, const struct access *first,
                       const struct access *second);

/* Whether the act asks for all columns of a unique index by equality. */
bool trial_finds_one(const struct trial *trial, const struct act *act);

/* The acts of INSERT … SELECT … FROM s WHERE [NOT] EXISTS (…), by its three accesses. Returns false when they
 * are not understood. */
bool trial_take_unless(struct trial_maker *maker, const struct access *read,
                       const struct access *asked, const struct access *insert);

/* How many rows of the read there are acts for; the act `first` knows its LIMIT. */
unsigned trial_most_rows(const struct trial_maker *maker, const struct access *read,
                         unsigned first);

/* A value that is made of the row `found` of the range `from`. Returns false when it is not. */
bool trial_take_from(const struct trial_maker *maker, const struct operand *operand,
                     struct value *value);

/* The one act of a write; of one with `column = (SELECT …)`, `picked` is the first act of that, or -1.
 * Each returns false when something of it is not understood. */
bool trial_take_insert(struct trial_maker *maker, const struct access *access);
bool trial_take_update(struct trial_maker *maker, const struct access *access, int picked);
bool trial_take_delete(struct trial_maker *maker, const struct access *access, int picked);

/* What an UPDATE sets, and ON CONFLICT of an INSERT. Each returns false when it is not understood. */
bool trial_take_assignment(struct trial_maker *maker, struct act *act, const struct access *access,
                           const struct assignment *assignment);
bool trial_take_conflict(struct trial_maker *maker, struct act *act, const struct access *access);

/* The acts of the one statement that the maker names. */
bool trial_take_statement(struct trial_maker *maker, const struct statement *statement);

/* ------------------------------------------------------------------ branches */

/* Whether the machine can decide whether the arm is entered. */
bool trial_knows_arm(const struct body_statement *arm);

/* The acts from this one on are those of a statement in the maker's arm, or of its condition.
 * Returns false when what is asked there is not understood. */
bool trial_take_branch(struct trial_maker *maker, unsigned act);

/* Lets the acts from this one on be run only where the guards of `asked` hold as well. Returns false when
 * there is no room. */
bool trial_add_guards(struct trial_maker *maker, unsigned act, const struct act *asked);

/* Whether a statement of the body is RAISE EXCEPTION, or RETURN with others behind it. */
bool trial_may_leave(const struct body *body);

/* The acts of these in the arms from one statement up to another one, or NULL: the end. Returns
 * false when one of them is not understood. */
bool trial_take_leaving(struct trial_maker *maker, const struct body_statement *from,
                        const struct body_statement *end);

/* ------------------------------------------------------------------ triggers */

/* Whether the routine is a trigger function that reads and changes nothing but the row that is
 * written, and writes it. */
bool trial_is_filler(const struct routine *routine);

/* Whether it came in by a trigger. */
bool trial_is_of_trigger(const struct via *via);

/* Adds the triggers that the maker's transaction sets off, when its acts are made. Returns false when
 * what one of them does is not understood. */
bool trial_take_triggers(const struct trial_maker *maker);

/* Whether all triggers are known that the programs can set off. */
bool trial_knows_triggers(const struct trial *trial);
