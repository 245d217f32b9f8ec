#include "config/config-key.h"

#include <string.h>

#include <cyaml/cyaml.h>
#include <glib.h>

#include "config/config.h"
#include "config/effective.h"

/* ------------------------------------------------------------------ words */

/* Of several words for one value the first is the one to show. */
static const cyaml_strval_t switches[] = {{"yes", CONFIG_YES},  {"no", CONFIG_NO},
                                          {"true", CONFIG_YES}, {"false", CONFIG_NO},
                                          {"on", CONFIG_YES},   {"off", CONFIG_NO}};

static const cyaml_strval_t levels[] = {
    {"read-uncommitted", LEVEL_READ_UNCOMMITTED}, {"read-committed", LEVEL_READ_COMMITTED},
    {"repeatable-read", LEVEL_REPEATABLE_READ},   {"serializable", LEVEL_SERIALIZABLE},
    {"read uncommitted", LEVEL_READ_UNCOMMITTED}, {"read committed", LEVEL_READ_COMMITTED},
    {"repeatable read", LEVEL_REPEATABLE_READ}};

static const cyaml_strval_t framings[] = {{"auto", 1 + FRAMING_AUTO},
                                          {"statement", 1 + FRAMING_STATEMENT},
                                          {"file", 1 + FRAMING_FILE},
                                          {"message", 1 + FRAMING_MESSAGE}};

static const cyaml_strval_t runs[] = {
    {"concurrently", 1 + RUNS_CONCURRENTLY}, {"once", 1 + RUNS_ONCE}, {"alone", 1 + RUNS_ALONE}};

static const cyaml_strval_t kinds[] = {
    {"program", 1 + KIND_PROGRAM}, {"test", 1 + KIND_TEST}, {"foreign", 1 + KIND_FOREIGN}};

static const cyaml_strval_t targets[] = {{"primary", CONFIG_NO}, {"standby", CONFIG_YES}};

static const cyaml_strval_t poolers[] = {{"session", CONFIG_NO}, {"transaction", CONFIG_YES}};

static const cyaml_strval_t severities[] = {
    {"error", 1 + SEVERITY_ERROR}, {"warning", 1 + SEVERITY_WARNING}, {"note", 1 + SEVERITY_NOTE}};

static const cyaml_strval_t failures[] = {{"error", 1 + SEVERITY_ERROR},
                                          {"warning", 1 + SEVERITY_WARNING},
                                          {"note", 1 + SEVERITY_NOTE},
                                          {"never", 2 + SEVERITY_ERROR}};

static const cyaml_strval_t rule_words[] = {
    {"on", CHOICE_ON},           {"off", CHOICE_OFF},     {"note", CHOICE_NOTE},
    {"warning", CHOICE_WARNING}, {"error", CHOICE_ERROR}, {"yes", CHOICE_ON},
    {"no", CHOICE_OFF},          {"true", CHOICE_ON},     {"false", CHOICE_OFF}};

static const cyaml_strval_t versions[] = {
    {"8.0", 800}, {"8.1", 801}, {"8.2", 802}, {"8.3", 803}, {"8.4", 804}, {"9.0", 900},
    {"9.1", 901}, {"9.2", 902}, {"9.3", 903}, {"9.4", 904}, {"9.5", 905}, {"9.6", 906},
    {"10", 1000}, {"11", 1100}, {"12", 1200}, {"13", 1300}, {"14", 1400}, {"15", 1500},
    {"16", 1600}, {"17", 1700}, {"18", 1800}, {"19", 1900}, {"20", 2000}};

/* ------------------------------------------------------------------ the table */

#define WORD(list, member)                                               \
    .kind = KEY_WORD, .words = (list), .word_count = G_N_ELEMENTS(list), \
    .offset = offsetof(struct config, member)
#define BECOMES(how, member) \
    .becomes = {.form = (how), .offset = offsetof(struct effective, member)}
#define TEXTS(structure, member)                                     \
    .kind = KEY_TEXTS, .offset = offsetof(struct structure, member), \
    .count_offset = offsetof(struct structure, member##_count)
#define LIST(structure, member, place)                   \
    .kind = KEY_LIST, .items = (place), .value = "list", \
    .offset = offsetof(struct structure, member),        \
    .count_offset = offsetof(struct structure, member##_count)
#define ROLES \
    "Which programs log in as which role: what ALTER ROLE … SET stores holds for them alone."
#define NAME(structure) \
    .kind = KEY_NAME, .required = true, .value = "word", .offset = offsetof(struct structure, name)

const struct config_key config_keys[] = {
    {"paths", IN_PROJECT, TEXTS(config, project.paths), .whole_run = true, .value = "list of paths",
     .about = "Files and directories to lint when the command line names none."},
    {"paths", IN_OVERRIDE, TEXTS(config, project.paths), .required = true,
     .value = "list of patterns",
     .about = "Patterns as in .gitignore, relative to the configuration."},
    {"exclude", IN_PROJECT, TEXTS(config, exclude), .value = "list of patterns",
     .about = "Patterns as in .gitignore of files that a search leaves out.",
     .more = "A file that is named is read.",
     .option = "Skip files that match GLOB when searching a directory", .argument = "GLOB"},
    {"schema", IN_PROJECT, TEXTS(config, schema), .value = "list of paths",
     .about =
         "Files and directories that are read for tables, indexes and the like, and not linted.",
     .more = "`--schema` replaces it.",
     .option = "Read tables, indexes and settings from FILE, without linting it",
     .argument = "FILE"},
    {"migrations", IN_PROJECT, TEXTS(config, migrations), .value = "list of patterns",
     .about = "Patterns of files that run once and alone.",
     .more = "Those that are [recognised](migrations.md) need no pattern."},
    {"waits", IN_PROJECT, TEXTS(config, waits), .whole_run = true, .value = "list of functions",
     .about = "Functions, with or without their schema, that wait for other programs.",
     .more = "`ask_bank`, `shop.ask_bank`: external-wait-in-transaction reports their calls beside "
             "those of functions that it knows."},
    {"rules", IN_PROJECT | IN_OVERRIDE, .kind = KEY_RULES, .words = rule_words,
     .word_count = G_N_ELEMENTS(rule_words), .offset = offsetof(struct config, project.rules),
     .value = "names and words",
     .about = "What is on, and how severe what it finds is, by the name of a rule, a group or all. "
              "The name of a rule is stronger than its group, the group than all.",
     .more = "See [Rules](#rules)."},
    {"default-isolation", IN_PROJECT | IN_OVERRIDE, WORD(levels, project.isolation),
     BECOMES(BECOMES_NUMBER, session.default_isolation),
     .about = "The isolation level that the session sets outside the SQL: connection string, role, "
              "pooler.",
     .option = "Isolation level of the session where the SQL names none", .argument = "LEVEL"},
    {"default-read-only", IN_PROJECT | IN_OVERRIDE, WORD(switches, project.read_only),
     BECOMES(BECOMES_SWITCH, session.default_read_only),
     .about = "Transactions are READ ONLY unless they say otherwise.",
     .option = "Treat transactions as READ ONLY unless they say otherwise"},
    {"server-version", IN_PROJECT, WORD(versions, server_version),
     BECOMES(BECOMES_NUMBER, lint.server_version), .whole_run = true,
     .value = "`8.0` … `9.6`, `10` …", .about = "The PostgreSQL that runs the SQL.",
     .option = "Target PostgreSQL version; default: the version of the grammar", .argument = "N"},
    {"target", IN_PROJECT, WORD(targets, target), BECOMES(BECOMES_SWITCH, lint.standby),
     .whole_run = true, .about = "Where the SQL runs."},
    {"pooler", IN_PROJECT, WORD(poolers, pooler), BECOMES(BECOMES_SWITCH, lint.pooled),
     .whole_run = true,
     .about = "transaction: connections are handed from one transaction to the next.",
     .more = "session-state-behind-pooler reports what a transaction leaves on the connection."},
    {"transaction", IN_PROJECT | IN_OVERRIDE, WORD(framings, project.transaction),
     BECOMES(BECOMES_ONE_LESS, session.framing),
     .about = "How a file without a BEGIN of its own runs; auto asks its migration tool.",
     .more = "See [migrations](migrations.md).",
     .option = "Transaction of a file without BEGIN: auto, file, statement, message",
     .argument = "MODE"},
    {"kind", IN_OVERRIDE, WORD(kinds, project.kind),
     .about =
         "What these files are, where isolint takes them for something else: a program that is "
         "linted, a test of which nothing is reported, or SQL of another database system."},
    {"runs", IN_OVERRIDE, WORD(runs, project.runs),
     .about =
         "What these programs run at the same time with: all others and themselves, all others "
         "but each other, or nothing."},
    {"retry", IN_PROJECT | IN_OVERRIDE, WORD(switches, project.retry),
     BECOMES(BECOMES_SWITCH, session.retried),
     .about = "The application retries every transaction on 40001 and 40P01."},
    {"all-serializable", IN_PROJECT, WORD(switches, all_serializable),
     BECOMES(BECOMES_SWITCH, lint.all_serializable), .whole_run = true,
     .about = "Every transaction that writes is SERIALIZABLE.",
     .more = "Also those that isolint does not see."},
    {"require-retry", IN_PROJECT, WORD(switches, require_retry),
     BECOMES(BECOMES_SWITCH, lint.require_retry), .whole_run = true,
     .about = "What can fail with 40001 must say how it is retried."},
    {"require-explicit-level", IN_PROJECT, WORD(switches, require_level),
     BECOMES(BECOMES_SWITCH, lint.require_level), .whole_run = true,
     .about = "Every transaction must name its level."},
    {"severity", IN_PROJECT, WORD(severities, severity), BECOMES(BECOMES_ONE_LESS, lowest),
     .whole_run = true, .about = "Lowest severity that is shown.", .more = "Default: `warning`.",
     .option = "Lowest severity to report: error, warning, note; default: warning",
     .argument = "LEVEL"},
    {"fail-on", IN_PROJECT, WORD(failures, fail_on), BECOMES(BECOMES_ONE_LESS, fail_on),
     .whole_run = true, .about = "Lowest severity that gives exit status 1.",
     .more = "Default: `warning`.",
     .option = "Lowest severity that makes the exit status 1, or never; default: warning",
     .argument = "LEVEL"},
    {"overrides", IN_PROJECT, LIST(config, overrides, IN_OVERRIDE),
     .about = "What holds for some files; of several that match, the later is stronger.",
     .more = "See [Overrides](#overrides)."},
    {"databases", IN_PROJECT, LIST(config, databases, IN_DATABASE),
     .about = "Files whose tables and programs belong together; a file belongs to the first that "
              "matches.",
     .more = "See [Databases and roles](#databases-and-roles)."},
    {"name", IN_DATABASE, NAME(config_database),
     .about = "The name of the database: what ALTER DATABASE and \\connect call it."},
    {"paths", IN_DATABASE, TEXTS(config_database, paths), .required = true,
     .value = "list of patterns", .about = "Patterns as in .gitignore of its files.",
     .more = "A file belongs to the first database that matches."},
    {"schema", IN_DATABASE, TEXTS(config_database, schema), .value = "list of paths",
     .about = "Files and directories that are read for its tables, indexes and the like, and not "
              "linted.",
     .more = "The project's `schema` and `--schema` are read for every database."},
    {"roles", IN_PROJECT, LIST(config, roles, IN_ROLE), .about = ROLES,
     .more = "See [Databases and roles](#databases-and-roles)."},
    {"roles", IN_DATABASE, LIST(config_database, roles, IN_ROLE), .about = ROLES,
     .more = "They are stronger than `roles` of the project."},
    {"name", IN_ROLE, NAME(config_role), .about = "The name of the role."},
    {"paths", IN_ROLE, TEXTS(config_role, paths), .required = true, .value = "list of patterns",
     .about = "Patterns as in .gitignore; the last role that matches a file counts."},
    {NULL},
};

const struct config_key *config_key_find(const char *name, enum key_place place)
{
    for (const struct config_key *key = config_keys; key->name; key++) {
        if (key->places & place && strcmp(key->name, name) == 0)
            return key;
    }
    return NULL;
}

size_t config_key_offset(const struct config_key *key, enum key_place place)
{
    return key->offset - (place == IN_OVERRIDE ? offsetof(struct config, project) : 0);
}
