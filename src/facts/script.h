#pragma once
/* One input: its bytes, what stands in them, and where its lines begin. src/input finds the
 * statements, src/sql fills them with facts; a script owns all of it in one arena. Offsets
 * are byte offsets in the file as it is on disk. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/arena.h"
#include "base/files.h"
#include "base/span.h"
#include "facts/definition.h"
#include "facts/statement.h"

/* What the grammar reads in the place of a placeholder. */
enum filling {
    FILLING_VALUE,
    FILLING_NAME,
    FILLING_NUMBER,
    FILLING_STRING,
    FILLING_QUERY,
    FILLING_NOTHING,
};

/* A piece of text that is no SQL and stands for something known only when the script runs. */
struct placeholder {
    struct span span;
    enum filling filling;
    bool block; /* it puts in nothing itself: {% if x %} */
};

/* What a comment tells isolint. */
enum directive_kind {
    DIRECTIVE_ALLOW,
    DIRECTIVE_ALLOW_TRANSACTION,
    DIRECTIVE_ALLOW_FILE,
    DIRECTIVE_RETRY,    /* the application retries the transaction on 40001 */
    DIRECTIVE_PROGRAM,  /* the name of the transaction that follows */
    DIRECTIVE_PARAMS,   /* ":a <> :b": parameters that never have the same value */
    DIRECTIVE_SMALL,    /* tables of a few pages, which are read as a whole */
    DIRECTIVE_HOT,      /* tables whose new row versions stay on the page of the old ones */
    DIRECTIVE_REPLICA,  /* the file runs on a standby */
    DIRECTIVE_SEQUENCE, /* one program sends its transactions, one after the other */
    DIRECTIVE_UNKNOWN,  /* "isolint:" and a word that is none of these */
};

struct directive {
    struct directive *next;
    enum directive_kind kind;
    const char *text;   /* what follows the first word: rules, a name, tables; "" for nothing */
    const char *reason; /* what follows "--", or NULL */
    struct span span;   /* the text after the comment's "--", trimmed */
};

/* How the statements of a part are sent where the text does not say BEGIN. */
enum framing {
    FRAMING_STATEMENT, /* each by itself */
    FRAMING_FILE,      /* all in one transaction */
    FRAMING_MESSAGE,   /* all in one message: one transaction, unless it is a single statement */
    FRAMING_POSSIBLE,  /* in one transaction when all of them may run in one, else by itself */
    FRAMING_BATCHES,   /* in one transaction, cut where a statement may not run in one; by itself
                          when the text says BEGIN or COMMIT */
    FRAMING_SENT,      /* by one program, in one transaction or each by itself */
    FRAMING_AUTO,      /* of an option: as the part has it */
};

/* What a program can run at the same time with. */
enum concurrency {
    RUNS_CONCURRENTLY, /* with itself and all others */
    RUNS_ONCE,         /* with others that are not of this kind, not with itself */
    RUNS_ALONE,        /* with nothing: a migration */
};

/* A stretch of a script that a tool runs as one: a migration, the way back from it, a query that
 * has a name. */
struct part {
    struct part *next;
    uint32_t start; /* up to the start of the next part */
    enum framing framing;
    enum concurrency concurrency;
    bool undo;           /* runs only to take a migration back: the catalog does not follow it */
    bool reconnects;     /* on a connection that knows no earlier SET of the script */
    bool recommits;      /* COMMIT and BEGIN cut the tool's transaction in two, and are meant */
    bool skipped;        /* for another database system: its text is not read */
    const char *name;    /* of the program, or NULL */
    const char *outside; /* what keeps the tool from wrapping it in a transaction, or NULL */
};

/* What the grammar said about a statement, or the body of a routine, that it refused. */
struct syntax_error {
    struct syntax_error *next;
    const char *message;
    struct span span;    /* the token it stopped at */
    const char *keyword; /* in lower case; the statement is taken with it in quotes; or NULL */
    bool body;
    bool excused; /* a template may put in what is missing */
};

struct script;

/* Whether the grammar stopped in an IF EXISTS or IF NOT EXISTS: most statements have neither, or one of
 * the two. */
bool syntax_error_follows_if(const struct script *script, const struct syntax_error *error);

/* What a file is, and so who runs it. Of all but programs nothing is reported: of a test the errors
 * may be meant, what was released cannot be changed. */
enum script_kind {
    KIND_PROGRAM,   /* of an application, an operator, a migration tool */
    KIND_TEST,      /* pg_regress, pgTAP; its tables are its own */
    KIND_UNINSTALL, /* takes away what others make, and they go on as if it had not */
    KIND_RELEASED,  /* of an extension: the way from one version to the next */
    KIND_HISTORY,   /* of an extension, replaced by a newer one; or put into an archive */
    KIND_FOREIGN,   /* for another database system */
    KIND_INCLUDED,  /* its text is part of another script */
};

/* "test" and so on: what --verbose calls it. */
const char *script_kind_name(enum script_kind kind);

/* Whether the catalog follows its DDL. */
static inline bool kind_is_replayed(enum script_kind kind)
{
    return kind == KIND_PROGRAM || kind == KIND_RELEASED;
}

/* What a script has that is not analysed, though it is no mistake. */
struct unread {
    unsigned templates; /* statements and bodies that a template completes */
    unsigned executed;  /* EXECUTE of text that is made at run time */
    unsigned includes;  /* \i of a file that is named at run time */
};

/* Where an offset stands. Lines and columns count from 1; columns count characters, a byte that is
 * no valid UTF-8 counts as one. */
struct position {
    uint32_t line;
    uint32_t column;       /* in characters */
    uint32_t column_utf16; /* in UTF-16 code units, as SARIF counts */
};

/* Where a line begins, counted from 0. Of lines that are short one in about a KiB has its mark, and
 * each that is longer. */
struct line_mark {
    uint32_t offset, line;
};

/* Where a line stands of a script that is no file: one that was put together from a log. */
struct origin {
    const char *path;
    uint32_t line;
};

/* A stretch that runs in another database, behind \connect. */
struct away {
    struct away *next;
    uint32_t start, end;
};

struct words;

struct script {
    struct arena arena;
    const char *path;          /* as it is shown; owned by the arena */
    const struct files *files; /* that it lies among; NULL: the disk */
    char *bytes;               /* the file; one NUL follows the last byte */
    char *stored; /* the file, where `bytes` has line feeds for lone carriage returns */
    uint32_t size;
    unsigned database; /* its number in the run */
    bool linted;       /* false: read for the catalog only */
    bool run_together; /* the tool runs all that are pending in one transaction */
    bool from_stdin;   /* which can be read only once */
    bool locks_rows;   /* a query in it has FOR UPDATE or the like */
    bool prints; /* psql runs it, and what a query finds is printed unless a command takes it */

    enum script_kind kind : 8;
    bool told;           /* by the configuration */
    bool dump;           /* pg_dump has written it */
    bool pointer;        /* Git LFS has the file, which has not been fetched: KIND_FOREIGN */
    struct span foreign; /* what tells KIND_FOREIGN … */
    const char *dialect; /* … from "MySQL" */

    /* When its DDL runs, where the order of the paths is not that of the tool. */
    bool repeatable;  /* after all migrations that have a version */
    bool extension;   /* before the source that it was made of */
    uint32_t planned; /* its place in … */
    const char *plan; /* … the file that lists it, or NULL; owned by the arena */

    /* The bytes as the grammar can read them, of the same length; equal to `bytes` unless
     * placeholders or commands were replaced. */
    char *parseable;
    struct placeholder *placeholders; /* in order of offset; never NULL */
    size_t placeholder_count;
    GHashTable *names; /* what stands in the file by the name that was read in its place; or NULL */
    struct unread unread;
    struct words *words; /* of its facts, while it is parsed; else NULL */

    const char *login;    /* the role that its sessions log in as; NULL: not known */
    const char *login_to; /* the database that they connect to; NULL: not known */

    struct part *parts; /* in order; the first starts at 0 */
    const struct statement *statements;
    struct directive *directives;
    unsigned directive_kinds; /* 1 << kind of each of them */
    uint32_t
        statement_kinds;   /* likewise of the statements; this and the next two: script_outline */
    uint64_t change_kinds; /* 1 << change_kind of each change that one of them makes itself */
    uint32_t statement_count;   /* without psql's own commands */
    uint32_t transaction_count; /* without trigger runs; by corpus_prepare_script */
    struct syntax_error *errors;
    struct away *away;                /* in order; known when the database of the run is */
    struct transaction *transactions; /* filled by session_run */
    struct transaction *trigger_runs; /* each trigger function by itself; filled by bind_script */
    struct notice *notices;
    GPtrArray *setters; /* struct statement: those that may change a setting; or NULL */

    const char **included; /* paths of the files whose text it has; NULL: it includes none */
    struct span *missing;  /* commands that include a file which is not there */
    size_t missing_count;
    const char **unreadable;      /* why files that are there could not be included; NULL: none */
    const struct origin *origins; /* by line, from 0; NULL: the script is a file */
    struct line_mark *marks;      /* where some of its lines begin, the first one always */
    uint32_t mark_count, line_count;
    struct position cached; /* the last answer of script_position */
    uint32_t cached_offset;
};

/* Creates an empty script that takes over `bytes` (g_malloc, size + 1 long, NUL at the end).
 * Freed by script_free. */
struct script *script_new(const char *path, char *bytes, size_t size);
void script_free(struct script *script);

/* The bytes as they are on disk, `size` of them. */
static inline const char *script_stored(const struct script *script)
{
    return script->stored ? script->stored : script->bytes;
}

/* Writes to `at` what the grammar can read in the place of a placeholder, of the same length. */
void script_fill(const struct script *script, const struct placeholder *placeholder, char *at);

/* Whether it may stand for different texts wherever it is written: ?, %s. */
bool script_placeholder_is_positional(const struct script *script,
                                      const struct placeholder *placeholder);

/* The text of a placeholder: of two that differ in blanks or in psql's quotes it is the same. Owned
 * by the caller. */
char *script_placeholder_text(const struct script *script, struct span span);

/* A name was read in the place of a template; `shown`, which it takes over, is what stands there.
 */
void script_name(struct script *script, const char *read, size_t length, char *shown);

/* Gives the script its placeholders, for those that it has: struct placeholder, NULL for none. The
 * array is the script's from then on. */
void script_take_placeholders(struct script *script, GArray *placeholders);

/* The placeholder that starts at this offset, or NULL. */
struct placeholder *script_placeholder(const struct script *script, uint32_t offset);

/* The first placeholder that starts at or after this offset; one past the last if there is none. */
struct placeholder *script_placeholders_from(const struct script *script, uint32_t offset);

/* Whether a program sends its statements, one by one and perhaps in transactions that the file does
 * not show: they have parameters, and psql has no part in it. */
bool script_is_sent_by_program(const struct script *script);

/* Whether "-- isolint: sequence" says that its transactions follow each other in one program, so
 * that what one reads the next may write. */
bool script_is_sequence(const struct script *script);

/* Whether the statement runs in another database than that of the script. */
bool script_is_away(const struct script *script, const struct statement *statement);

/* The statements while they are read, for the floors that do it: what follows cannot change them. */
struct statement **script_unfinished(struct script *script);

/* Notes which kinds of statements there are, when they have been read or taken away: who looks for one that
 * few scripts have need not visit all. */
void script_outline(struct script *script);

/* Whether it has a statement, or makes a change, of this kind. What a body does counts for none. */
static inline bool script_has(const struct script *script, enum statement_kind kind)
{
    return script->statement_kinds >> kind & 1;
}

static inline bool script_changes(const struct script *script, enum change_kind kind)
{
    return script->change_kinds >> kind & 1;
}

/* The first statement of a script that has a DO or makes a routine; NULL for any other. */
static inline const struct statement *script_first_of_code(const struct script *script)
{
    bool code = script_has(script, STATEMENT_DO) || script_changes(script, CHANGE_CREATE_ROUTINE);

    return code ? script->statements : NULL;
}

/* The line and column of an offset. Not safe to call for one script from two threads. */
struct position script_position(struct script *script, uint32_t offset);

/* The path of an offset, and its position there: those of the script, or where it comes from. */
const char *script_place(struct script *script, uint32_t offset, struct position *at);

/* Whether a comment after the last statement that is no SELECT has a COMMIT or ROLLBACK in it:
 * "-- COMMIT;". The person who has looked at what the script prints types it, or it was left out by
 * mistake. */
bool script_comments_end_out(const struct script *script);

/* The line of an offset alone: safe while scripts are linted in parallel. */
uint32_t script_line_number(const struct script *script, uint32_t offset);

/* The bytes of a line, with its line end, and without. `line` counts from 1. */
struct span script_whole_line(const struct script *script, uint32_t line);
struct span script_line(const struct script *script, uint32_t line);
