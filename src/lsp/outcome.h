#pragma once
/* What a run came to, in the form in which an editor is told: plain texts and offsets that no longer
 * need the scripts. It is made by the thread that runs the analysis and then only read, or moved when
 * the text is edited, by the one that talks to the editor. */

#include <stdbool.h>

#include <glib.h>

#include "catalog/catalog.h"
#include "lint/finding.h"
#include "lint/registry.h"
#include "lsp/document.h"
#include "corpus/corpus.h"

/* Another place that a finding speaks of. */
struct mention {
    char *file; /* absolute, or the URI of a text that is no file yet */
    char *text;
    bool same_file;        /* then `start` and `end` are right when it is open */
    size_t start, end;     /* offsets, moved when the text is edited */
    struct place from, to; /* in the text that was looked at */
};

struct amendment {
    size_t start, end;
    char *text;
    bool safe;
};

struct remark {
    const struct rule_entry *rule;
    enum severity severity;
    size_t start, end;     /* offsets, moved when the text is edited */
    struct place from, to; /* in the text that was looked at */
    char *message;
    char *help; /* lines; empty when there are none */
    GPtrArray *mentions;
    GArray *amendments; /* struct amendment, in order; emptied when the text in them is edited */
    bool anywhere; /* it is about other files as well: it stays until all of them are looked at */
    size_t statement;    /* where the statement begins that it is in */
    size_t transaction;  /* where its transaction begins … */
    bool in_transaction; /* … if that has a BEGIN */
    bool syntax;         /* the grammar refuses the text */
};

/* What stands beside a BEGIN: "SERIALIZABLE, from the default of role app (schema.sql:3)". */
struct lens {
    size_t start, end;
    char *text;
};

struct sheet {
    char *file;         /* as a mention has it */
    GPtrArray *remarks; /* struct remark */
    GPtrArray *lenses;  /* struct lens */
    bool broken;        /* a statement of it is refused by the grammar */
};

struct outcome {
    enum encoding encoding; /* of the places in other files */
    const char *root;       /* what paths are below */
    GHashTable *sheets;     /* file → struct sheet */
    bool whole;             /* it is about all files, even where the job was about one */
    bool partial;           /* the findings of files without a sheet stay as they are */
    char *wrong;            /* why there is nothing: the settings; or NULL */
    GHashTable *tables;  /* name → char *, Markdown: keys, and which programs use it; "": none */
    GPtrArray *troubles; /* char *: inputs that could not be read */
    GHashTable *lines;   /* struct script → where its lines begin; while it is made */
};

/* `root` must stay as long as it is made. */
struct outcome *outcome_new(enum encoding encoding, const char *root);

/* Ends its making: the scripts may go. */
void outcome_close(struct outcome *outcome);
void outcome_free(struct outcome *outcome);
void sheet_free(struct sheet *sheet);

/* Adds a script that was looked at: its lenses, and what the grammar refuses. */
void outcome_add_script(struct outcome *outcome, const struct script *script);

/* Adds a finding of such a script. */
void outcome_add_finding(struct outcome *outcome, const struct finding *finding);

/* Adds the tables of a database, with their keys and the programs that use them; those of the `names`
 * alone (char *), unless that is NULL. */
void outcome_add_tables(struct outcome *outcome, const struct catalog *catalog,
                        const struct corpus *corpus, GHashTable *names);

/* Freed by remark_free. */
struct remark *remark_copy(const struct remark *remark);
void remark_free(struct remark *remark);
void lens_free(struct lens *lens);

/* Moves what is said about a text that has been edited; false when the place is gone. */
bool remark_move(struct remark *remark, const struct replaced *replaced);
bool lens_move(struct lens *lens, const struct replaced *replaced);
