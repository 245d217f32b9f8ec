#pragma once
/* What DDL says: the pieces a relation is made of, and the changes that statements make to them.
 * src/lowering makes a list of changes of each DDL statement; the catalog applies them in the order
 * of the inputs. They live in the arena of the script and stay as they are: what the catalog changes is
 * its own copy. */

#include <stdbool.h>

#include "base/span.h"
#include "facts/body.h"
#include "facts/query.h"
#include "facts/settings.h"
#include "facts/statement.h"

struct script;

struct column {
    struct column *next;
    const char *name;
    const char *type; /* "integer", "text", "text[]": as the catalog spells it; NULL unknown */
    const char *collation;
    bool not_null;
    bool generated_key; /* serial, identity, DEFAULT nextval / gen_random_uuid */
    bool volatile_default;
    bool has_default;
    bool nextval_default;          /* serial, identity BY DEFAULT or a DEFAULT that calls nextval */
    bool stored;                   /* GENERATED ALWAYS AS (…) STORED */
    struct operand *default_value; /* the constant that its default is; NULL for anything else */
    struct span span;
};

struct index_key {
    struct index_key *next;
    const char *column;     /* NULL for an expression */
    const char *expression; /* canonical form, see operand.text */
    const char *opclass;    /* NULL: the default for the type */
    const char *collation;
};

/* PRIMARY KEY and UNIQUE with WITHOUT OVERLAPS are exclusion constraints: 23P01, no arbiter of ON
 * CONFLICT DO UPDATE. */
enum index_kind {
    INDEX_PLAIN,
    INDEX_UNIQUE,
    INDEX_PRIMARY,
    INDEX_EXCLUSION,
};

struct index {
    struct index *next;
    const char *name; /* as the server would name it when the statement does not */
    bool unnamed;     /* the statement does not: a number is added to a name that is taken */
    enum index_kind kind;
    const char *method; /* "btree" */
    struct index_key *keys;
    struct condition *predicate; /* of a partial index */
    bool primary;                /* INDEX_PRIMARY, and PRIMARY KEY (…, … WITHOUT OVERLAPS) */
    bool partial;
    bool deferrable, initially_deferred;
    bool nulls_not_distinct;
    bool constraint;         /* belongs to a constraint of the same name */
    bool fastupdate;         /* GIN: pending list in use */
    const char *using_index; /* ADD CONSTRAINT … USING INDEX */
    struct span span;
};

enum foreign_key_action {
    ACTION_NONE, /* NO ACTION, RESTRICT */
    ACTION_CASCADE,
    ACTION_SET, /* SET NULL, SET DEFAULT */
};

struct foreign_key {
    struct foreign_key *next;
    const char *name;
    bool unnamed;         /* as for an index */
    const char **columns; /* NULL-terminated */
    struct object_name parent;
    const char **parent_columns; /* NULL: its primary key */
    enum foreign_key_action on_delete, on_update;
    bool deferrable, initially_deferred;
    bool not_enforced;           /* nothing is looked for or locked because of it */
    uint32_t number;             /* in the order in which they are made: so run their triggers */
    const struct script *script; /* that says so; often not the one that creates the table */
    struct span span;
};

/* A CHECK constraint: the condition, and the functions it calls. */
struct check_constraint {
    struct check_constraint *next;
    const char *name;
    bool unnamed;              /* as for an index */
    const struct query *query; /* conditions and calls, over one range: the table */
    bool not_enforced;
    struct span span;
};

enum trigger_event {
    TRIGGER_INSERT = 1 << 0,
    TRIGGER_UPDATE = 1 << 1,
    TRIGGER_DELETE = 1 << 2,
    TRIGGER_TRUNCATE = 1 << 3,
};

struct trigger {
    struct trigger *next;
    const char *name;
    unsigned events;
    const char **columns; /* UPDATE OF …, NULL-terminated; NULL: any */
    bool before, row, instead;
    bool constraint, initially_deferred;
    const struct query *when;         /* WHEN (…): of the ranges new and old; NULL: always */
    const char *transition_tables[3]; /* REFERENCING …, NULL-terminated */
    const char *function_schema, *function;
    const struct script *script;
    struct span span;
};

/* CREATE EVENT TRIGGER. */
struct event_trigger {
    struct event_trigger *next;
    const char *name;
    const char *event; /* "ddl_command_start", "ddl_command_end", "sql_drop", "table_rewrite" */
    const char **tags; /* WHEN TAG IN …: commands, in capitals; NULL-terminated; NULL: all */
    const char *function_schema, *function;
    const struct script *script;
    struct span span;
};

/* CREATE RULE … DO. */
struct rewrite_rule {
    struct rewrite_rule *next;
    const char *name;
    unsigned event; /* one of trigger_event, 0 for SELECT */
    bool instead;
    const struct query *actions; /* linked by next */
};

/* A foreign key of another table, or of this one, that points here. */
struct reference {
    struct reference *next;
    struct relation *child;
    const struct foreign_key *key;
};

/* What the type of a column was when ALTER COLUMN … TYPE was replayed. */
struct retyping {
    struct retyping *next;
    const struct change *change;
    const char *before;
};

enum relation_kind {
    RELATION_TABLE,
    RELATION_VIEW,
    RELATION_MATERIALIZED_VIEW,
    RELATION_FOREIGN_TABLE,
    RELATION_SEQUENCE,
};

enum persistence {
    PERSISTENCE_PERMANENT,
    PERSISTENCE_UNLOGGED,
    PERSISTENCE_TEMPORARY,
};

/* A column whose value says into which partition a row goes. */
struct route {
    struct route *next;
    const char *column;
};

struct relation {
    struct relation *next; /* of the same name in another schema, or temporary */
    unsigned number;       /* its place among all of the catalog; after catalog_complete */
    const char *schema;    /* NULL: whatever search_path gave */
    const char *name;
    enum relation_kind kind;
    enum persistence persistence;
    bool described;            /* a CREATE was seen, so what is not listed does not exist */
    bool many_columns_unknown; /* LIKE, CREATE TABLE AS, INHERITS: there may be more columns */
    bool indexes_unknown;      /* LIKE … INCLUDING INDEXES */
    bool dropped;              /* no longer in the catalog */
    uint32_t dropped_place;    /* in which script of the replay, from 1, it was dropped, … */
    uint32_t dropped_at;       /* … or another took its name, and where */
    bool unclear; /* other scripts make something else of it: only its own script knows it */
    bool drop_on_commit;
    bool partitioned;
    bool partitions_have_indexes; /* a partition has one that it did not get from here */
    const char **partition_key;   /* columns, NULL-terminated; NULL with partitioned: expressions */
    struct object_name partition_of;
    struct relation *parent; /* partitioned table this is a partition of */
    struct route *routes;    /* of itself and of its partitions; after catalog_complete */
    struct column *columns;
    const struct column **by_name; /* many columns, sorted, when all is replayed; else NULL */
    uint32_t by_name_count;
    bool own_columns; /* the catalog's; else those of the statement that creates it */
    struct retyping *retypings;
    struct index *indexes;
    struct foreign_key *foreign_keys;
    struct foreign_key *unenforced; /* NOT ENFORCED: no program meets them */
    struct reference *references;   /* keys that point to it; after catalog_complete */
    struct check_constraint *checks;
    struct trigger *triggers;
    struct rewrite_rule *rewrite_rules;
    const struct query *definition; /* of a view */
    struct object_name *like, *inherits;
    int fillfactor;              /* 0: not set */
    const struct script *script; /* that defined it */
    struct span span;
};

enum volatility {
    VOLATILITY_VOLATILE,
    VOLATILITY_STABLE,
    VOLATILITY_IMMUTABLE,
};

struct routine_setting {
    struct routine_setting *next;
    struct setting *setting;
};

struct routine {
    const char *schema, *name;
    const char *language; /* lower case */
    enum volatility volatility;
    bool procedure;
    bool definer; /* SECURITY DEFINER */
    bool returns_trigger;
    bool returns_set;
    bool outside;       /* in a language that is not read, and asks other programs or the clock */
    int argument_count; /* input arguments */
    int required_count; /* those without a default */
    bool variadic;
    const char **argument_names;      /* in order, NULL entries for nameless ones */
    const char **argument_types;      /* in order, as the catalog spells them */
    const char **result_names;        /* OUT arguments, columns of RETURNS TABLE; NULL-terminated */
    struct routine_setting *settings; /* SET clauses */
    struct span text;                 /* of its body, between the quotes; empty when not known */
    struct body *body;                /* NULL when it could not be read */
    const struct script *script;
    struct span span;
};

/* Whether it is called with SET transaction_read_only = on. */
bool routine_is_read_only(const struct routine *routine);

enum drop_kind {
    DROP_RELATION,
    DROP_INDEX,
    DROP_ROUTINE,
    DROP_TRIGGER,
    DROP_RULE,
    DROP_POLICY,
    DROP_EVENT_TRIGGER,
    DROP_SCHEMA,
};

enum change_kind {
    CHANGE_CREATE_RELATION, /* relation */
    CHANGE_DROP, /* drop_kind, object; text: the trigger, rule or policy, or the types of a routine's
                    arguments, "text,int4", or NULL */
    CHANGE_RENAME_RELATION,   /* object, text: the new name */
    CHANGE_SET_SCHEMA,        /* object, text */
    CHANGE_ADD_COLUMN,        /* object, column */
    CHANGE_DROP_COLUMN,       /* object, text */
    CHANGE_RENAME_COLUMN,     /* object, text → new_text */
    CHANGE_COLUMN_TYPE,       /* object, column */
    CHANGE_SET_NOT_NULL,      /* object, text */
    CHANGE_DROP_NOT_NULL,     /* object, text */
    CHANGE_SET_DEFAULT,       /* object, column: its default, if any */
    CHANGE_ADD_INDEX,         /* object, index */
    CHANGE_ADD_FOREIGN_KEY,   /* object, foreign_key */
    CHANGE_ADD_CHECK,         /* object, check */
    CHANGE_ENFORCE,           /* object, foreign_key: its name, and whether it is enforced now */
    CHANGE_DROP_CONSTRAINT,   /* object, text */
    CHANGE_RENAME_CONSTRAINT, /* object, text → new_text */
    CHANGE_ATTACH_PARTITION,  /* object: the parent; partition */
    CHANGE_DETACH_PARTITION,
    CHANGE_OPTION,               /* object: relation or index; text = new_text */
    CHANGE_PERSISTENCE,          /* object, persistence */
    CHANGE_REWRITE,              /* object: its rows are written anew for another reason */
    CHANGE_CREATE_ROUTINE,       /* routine */
    CHANGE_RENAME_ROUTINE,       /* object, text: the types as of CHANGE_DROP; new_text */
    CHANGE_CREATE_TRIGGER,       /* object, trigger */
    CHANGE_CREATE_RULE,          /* object, rewrite_rule */
    CHANGE_CREATE_EVENT_TRIGGER, /* event_trigger */
    CHANGE_CREATE_TYPE,          /* object: an enum */
    CHANGE_ADD_ENUM_VALUE,       /* object: its type; text */
    CHANGE_SETTING, /* ALTER ROLE, DATABASE, SYSTEM, FUNCTION … SET: setting, holder; object:
                       the holder's name, and for IN DATABASE that one as the schema */
    CHANGE_REFRESH, /* object: a materialized view, whose rows are replaced */
    CHANGE_OTHER,   /* object: a table; lock: all that is known of the change */
};

/* Whose setting ALTER … SET changes. */
enum setting_holder {
    HOLDER_SYSTEM,
    HOLDER_DATABASE,
    HOLDER_ROLE,
    HOLDER_ALL_ROLES,
    HOLDER_ROUTINE,
};

struct change {
    struct change *next;
    enum change_kind kind : 8;
    enum drop_kind drop_kind : 8;
    enum persistence persistence : 8;
    enum setting_holder holder : 8;
    enum table_lock lock : 8; /* that this form takes, where its kind does not tell; else NONE */
    bool tolerant;            /* IF EXISTS, IF NOT EXISTS */
    bool replace;             /* OR REPLACE */
    bool without_data;        /* REFRESH … WITH NO DATA: nothing is read */
    bool concurrently;        /* REFRESH … CONCURRENTLY: as rows, while others read */
    struct object_name object;
    const char *text, *new_text;
    union {
        const struct relation *relation;
        const struct object_name *partition;
        const struct column *column;
        const struct index *index;
        const struct foreign_key *foreign_key;
        const struct check_constraint *check;
        struct routine *routine; /* its body is read when the rest of the script is */
        const struct trigger *trigger;
        const struct rewrite_rule *rewrite_rule;
        const struct event_trigger *event_trigger;
        const struct setting *setting;
    };
};
