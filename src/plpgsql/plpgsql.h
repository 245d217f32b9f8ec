#pragma once
/* The state of reading one PL/pgSQL body, shared by the files plpgsql*.c and by nothing else. */

#include "plpgsql/body.h"
#include "base/limits.h"
#include "grammar/scan.h"

struct reader {
    struct script *script;
    const char *text; /* of the body */
    uint32_t base;    /* where it stands in the script */
    GArray *tokens;   /* struct token */
    guint at;         /* the next one */
    uint32_t counted; /* bytes whose line ends were counted */
    uint32_t line;
    GHashTable *variables;
    const char *name;    /* of the routine, or NULL */
    GHashTable *texts;   /* name → struct given_text: what a variable was given last */
    GHashTable *cursors; /* name → struct token_range: the query a cursor was declared for */
    struct body_statement **end;
    struct body_statement *parent;
    unsigned depth;
    const char *message; /* the first trouble, or NULL */
    bool excused;        /* a template may put in what is missing */
    struct span refused;
};

/* Tokens from `first` up to `last`. */
struct token_range {
    guint first, last;
};

/* An expression that was assigned, and the statement in which: only there it is certain. */
struct given_text {
    struct token_range range;
    const struct body_statement *parent;
};

/* ---- plpgsql-read.c: tokens and pieces */

/* The next token. */
const struct token *peek(const struct reader *reader);

/* Returns the token and steps behind it; the end is never passed. */
const struct token *take(struct reader *reader);

/* Whether the next token, or the one so many behind it, is this word. */
bool at_word(const struct reader *reader, const char *word);
bool behind_is(const struct reader *reader, guint count, const char *word);

/* Steps behind the word if it is next. */
bool accept_word(struct reader *reader, const char *word);

/* The same, and it is an error when it is not. */
void expect_word(struct reader *reader, const char *word);

/* The first trouble counts; behind it there is nothing left to read. */
void refuse(struct reader *reader, const char *message, struct span span);
void refuse_here(struct reader *reader);

/* A name as the server folds it, in the script's arena; refuses what is none. */
const char *take_name(struct reader *reader);

/* A condition: its name, or the code of SQLSTATE '…', in lower case. */
const char *take_condition(struct reader *reader);

/* x, r.id, a[i], $1: what is given a value; and one or several, separated by commas. */
const char *take_target(struct reader *reader);
const char **take_targets(struct reader *reader);
const char **one_name(struct reader *reader, const char *name);

/* Steps to the first token outside of parentheses that is one of the words, or a semicolon, or the
 * end, and returns what was passed. */
struct token_range skip_to(struct reader *reader, const char *const *words);

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* A new statement that begins with a token; it reaches to the last token taken when it is closed.
 * Must be called in the order of the text. */
struct body_statement *open_statement(struct reader *reader, enum body_kind kind, guint first);
void close_statement(const struct reader *reader, struct body_statement *statement);

/* What a name means in the pieces that follow. */
void add_variable(struct reader *reader, const char *name);
void add_qualifier(struct reader *reader, const char *name);

/* The bytes of a range. Owned by the caller. */
char *text_of(const struct reader *reader, struct token_range range);

/* An SQL statement whose text stands at a token. */
struct statement *read_sql_text(struct reader *reader, guint first, char *text,
                                const struct operand_item *arguments);

/* The same, of whose rows one is taken. */
struct statement *read_first_text(struct reader *reader, guint first, char *text);

/* One expression or several, as a query of so many outputs; NULL when the range is empty. */
struct statement *read_outputs(struct reader *reader, struct token_range range);
struct statement *read_output_text(struct reader *reader, guint first, const char *text);

/* The expression up to one of the words; refuses when there is none. */
struct statement *read_expression(struct reader *reader, const char *const *words);

/* The expression from a token up to the next one is given to a variable. */
void remember_text(struct reader *reader, const char *name, guint first);

/* ---- plpgsql-execute.c */

/* The statement whose text an expression makes; NULL when it is made at run time. */
struct statement *read_text(struct reader *reader, struct token_range range,
                            const struct operand_item *arguments);

/* ---- plpgsql-cursor.c */

/* Makes of OPEN and FETCH, where all uses of a cursor are understood, SELECT … INTO or FOR … IN SELECT. */
void read_cursors(struct reader *reader, struct body *body);

/* ---- plpgsql-simple.c */

/* A statement that holds no others, without its semicolon. */
void read_simple(struct reader *reader);

/* What EXECUTE runs, from the expression behind that word up to one of the words; NULL when its
 * text is made at run time. INTO before or behind USING sets `*into`, if that is not NULL. */
struct statement *read_executed(struct reader *reader, const char ***into,
                                const char *const *words);
