#include "options/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "config/config-key.h"
#include "engine/configured.h"
#include "options/arguments.h"
#include "options/guarded.h"
#include "options/help.h"
#include "output/last-resort.h"
#include "output/progress.h"
#include "output/trouble.h"
#include "report/graph.h"
#include "report/report.h"
#include "report/terminal.h"
#include "sql/parse.h"

/* An option whose value is one of a few words. */
struct word {
    const char *word;
    int value;
};

static const struct word colors[] = {
    {"auto", COLOR_AUTO}, {"always", COLOR_ALWAYS}, {"never", COLOR_NEVER}, {NULL, 0}};

/* The words of an option, each value once; NULL-terminated, owned by the caller. Where a key of the
 * configuration has the option's name, they are the key's. */
static char **words_of(const char *option)
{
    GPtrArray *words = g_ptr_array_new();
    const char *word;
    int value;

    for (size_t i = 0; strcmp(option, "color") == 0 && colors[i].word; i++)
        g_ptr_array_add(words, g_strdup(colors[i].word));
    for (unsigned i = 0; (word = config_word(option, i, &value)); i++) {
        if (strcmp(word, config_word_for(option, value)) == 0)
            g_ptr_array_add(words, g_strdup(word));
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

static bool refuse_word(const char *option, const char *text, struct error *error)
{
    g_auto(GStrv) words = words_of(option);
    g_autofree char *known = g_strjoinv(", ", words);

    return error_set(error, "--%s: unknown value \"%s\" (choose %s)", option, text, known);
}

static bool read_color(const char *text, enum color *color, struct error *error)
{
    for (size_t i = 0; text && colors[i].word; i++) {
        if (strcmp(colors[i].word, text) == 0) {
            *color = (enum color)colors[i].value;
            return true;
        }
    }
    return !text || refuse_word("color", text, error);
}

/* An option that is a key of the configuration as well. In the configuration 0 means "not set", so
 * its values are greater by one. */
static bool read_word(const char *option, const char *text, int *value, struct error *error)
{
    const char *word;
    int found;

    for (unsigned i = 0; text && (word = config_word(option, i, &found)); i++) {
        if (strcmp(word, text) == 0) {
            *value = found - 1;
            return true;
        }
    }
    return !text || refuse_word(option, text, error);
}

/* "repeatable read", "repeatable-read", "REPEATABLE_READ" */
static bool read_level(const char *text, enum isolation_level *level, struct error *error)
{
    if (!text)
        return true;
    g_autofree char *blanks = g_strdelimit(g_strdup(text), "-_", ' ');
    *level = isolation_level_parse(blanks);
    return *level != LEVEL_UNKNOWN || refuse_word("default-isolation", text, error);
}

/* "15" is 1500, "9.6" is 906: before 10 the second number counts. "15.4" and "9.6.24" are fine. */
static bool read_version(const char *text, int *version, struct error *error)
{
    int major = 0, minor = 0;

    if (!text)
        return true;
    if (sscanf(text, "%d.%d", &major, &minor) < 1 || major < 7 || major > 99 ||
        text[strspn(text, "0123456789.")] != '\0')
        return error_set(error, "--server-version: not a version of PostgreSQL: \"%s\"", text);
    *version = major * 100 + (major < 10 ? minor : 0);
    return true;
}

/* --format and --output are taken in their order. */
static gboolean take_output(const char *name, const char *value, gpointer data, GError **failure)
{
    struct options *options = data;
    struct error error = {0};
    bool path = strcmp(name, "-o") == 0 || strcmp(name, "--output") == 0;

    if (path ? outputs_add_path(&options->outputs, value, &error)
             : outputs_add_format(&options->outputs, value, &error))
        return TRUE;
    g_set_error_literal(failure, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, error.message);
    error_clear(&error);
    return FALSE;
}

static bool check_repairs(const struct options *options, bool fix, bool diff, struct error *error)
{
    const GArray *requests = options->outputs.requests;

    if (fix && diff)
        return error_set(error, "--fix: cannot be combined with --diff");
    if (fix && options->settings.paths &&
        g_strv_contains((const char *const *)options->settings.paths, "-"))
        return error_set(error, "--fix: standard input cannot be rewritten; try --diff");
    if (diff && (requests->len > 1 ||
                 strcmp(g_array_index(requests, struct output_request, 0).format, "text") != 0))
        return error_set(error, "--diff: is written instead of findings, so it takes no --format");
    return true;
}

/* ------------------------------------------------------------------ the table */

/* The texts of options as GLib gives them, before they are checked. */
struct texts {
    bool log; /* isolint log */
    char *color, *severity, *fail_on, *isolation, *version, *transaction, *config;
    char **settings;
    gboolean read_only, no_config, show_config, list_rules, show_version, quiet, verbose;
    gboolean update_baseline, force_exclude, staged, statistics, fix, diff, help, all, allow_empty,
        watch;
};

static void texts_clear(struct texts *texts)
{
    g_free(texts->color);
    g_free(texts->severity);
    g_free(texts->fail_on);
    g_free(texts->isolation);
    g_free(texts->version);
    g_free(texts->transaction);
    g_free(texts->config);
    g_strfreev(texts->settings);
}

/* What --format takes. Lives as long as the program. */
static const char *format_description(void)
{
    g_autofree char *formats = g_strjoinv(", ", (char **)report_format_names());
    g_autofree char *graphs = g_strjoinv(", ", (char **)graph_format_names());
    g_autofree char *text = g_strdup_printf("Report format: %s; of graph: %s", formats, graphs);

    return g_intern_string(text);
}

/* What an option with the name of a key does is said with the key. */
static void describe_key(GOptionEntry *entry)
{
    const struct config_key *key = config_key_find(entry->long_name, IN_PROJECT);

    if (!entry->description && key) {
        entry->description = key->option;
        entry->arg_description = key->argument;
    }
}

/* Every option and where its value goes. Owned by the caller. */
static GOptionEntry *entries_new(struct options *options, struct texts *texts)
{
    const GOptionEntry entries[] = {
        {"format", 'f', 0, G_OPTION_ARG_CALLBACK, take_output, format_description(), "FORMAT"},
        {"output", 'o', G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK, take_output,
         "Write the report of the preceding --format to FILE", "FILE"},
        {"schema", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &options->settings.schemas, NULL, NULL},
        {"default-isolation", 0, 0, G_OPTION_ARG_STRING, &texts->isolation, NULL, NULL},
        {"default-read-only", 0, 0, G_OPTION_ARG_NONE, &texts->read_only, NULL, NULL},
        {"server-version", 0, 0, G_OPTION_ARG_STRING, &texts->version, NULL, NULL},
        {"transaction", 0, 0, G_OPTION_ARG_STRING, &texts->transaction, NULL, NULL},
        {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &texts->settings,
         "Set a key of the configuration: target=standby, rules.lost-update=off", "KEY=VALUE"},
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &texts->config,
         "Configuration file; default: .isolint.yml here or above", "FILE"},
        {"no-config", 0, 0, G_OPTION_ARG_NONE, &texts->no_config,
         "Do not look for a configuration file", NULL},
        {"show-config", 0, 0, G_OPTION_ARG_NONE, &texts->show_config,
         "Print the settings that result from configuration and options", NULL},
        {"select", 0, 0, G_OPTION_ARG_STRING, &options->settings.select,
         "Run only these rules or groups", "RULES"},
        {"extend-select", 0, 0, G_OPTION_ARG_STRING, &options->settings.extend_select,
         "Run these rules or groups, too", "RULES"},
        {"ignore", 0, 0, G_OPTION_ARG_STRING, &options->settings.ignore,
         "Do not run these rules or groups", "RULES"},
        {"severity", 0, 0, G_OPTION_ARG_STRING, &texts->severity, NULL, NULL},
        {"max-findings", 0, 0, G_OPTION_ARG_INT, &options->most,
         "Show at most N findings as text, and count the others; 0: all; default: 50", "N"},
        {"fail-on", 0, 0, G_OPTION_ARG_STRING, &texts->fail_on, NULL, NULL},
        {"exclude", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->settings.excludes, NULL, NULL},
        {"force-exclude", 0, 0, G_OPTION_ARG_NONE, &texts->force_exclude,
         "Apply --exclude to files named on the command line, too", NULL},
        {"allow-empty", 0, 0, G_OPTION_ARG_NONE, &texts->allow_empty,
         "Succeed when there is no file to lint", NULL},
        {"staged", 0, 0, G_OPTION_ARG_NONE, &texts->staged,
         "Only report findings that involve staged files", NULL},
        {"since", 0, 0, G_OPTION_ARG_STRING, &options->since,
         "Only report findings that involve files changed since the commit REF; log: read "
         "entries from this time on",
         "REF"},
        {"baseline", 0, 0, G_OPTION_ARG_FILENAME, &options->baseline,
         "Hide findings that are recorded in FILE", "FILE"},
        {"update-baseline", 0, 0, G_OPTION_ARG_NONE, &texts->update_baseline,
         "Record the findings in the file of --baseline", NULL},
        {"fix", 0, 0, G_OPTION_ARG_NONE, &texts->fix, "Apply the repairs that change no result",
         NULL},
        {"diff", 0, 0, G_OPTION_ARG_NONE, &texts->diff,
         "Print the changes of --fix as a diff, instead of findings", NULL},
        {"all", 0, 0, G_OPTION_ARG_NONE, &texts->all,
         "graph: Draw every program, not only pivots and their partners", NULL},
        {"role", 0, 0, G_OPTION_ARG_STRING, &options->role,
         "catalog: Count the settings of this role for all programs that are given no role",
         "NAME"},
        {"stdin-filename", 0, 0, G_OPTION_ARG_FILENAME, &options->settings.stdin_filename,
         "Name of standard input; takes the place of that file", "PATH"},
        {"jobs", 'j', 0, G_OPTION_ARG_INT, &options->settings.jobs,
         "Number of threads; default: one per processor", "N"},
        {"color", 0, 0, G_OPTION_ARG_STRING, &texts->color, "Use colours: auto, always, never",
         "WHEN"},
        {"explain", 0, 0, G_OPTION_ARG_STRING, &options->explain, "Print the page of a rule",
         "RULE"},
        {"list-rules", 0, 0, G_OPTION_ARG_NONE, &texts->list_rules,
         "List the rules; with --format json for machines", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &texts->quiet, "Print findings only, no summary",
         NULL},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &texts->verbose, "Log files as they are read", NULL},
        {"watch", 0, 0, G_OPTION_ARG_NONE, &texts->watch,
         "Run again whenever a file changes, until interrupted", NULL},
        {"statistics", 0, 0, G_OPTION_ARG_NONE, &texts->statistics,
         "Print the number of findings of each rule", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &texts->show_version,
         "Print the versions of isolint and of its grammar", NULL},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &texts->help, "Print this help", NULL},
    };
    const GOptionEntry last[] = {
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->settings.paths, NULL,
         NULL},
        G_OPTION_ENTRY_NULL,
    };
    GOptionEntry *all = g_new(GOptionEntry, G_N_ELEMENTS(entries) + LOG_ENTRIES + 2);
    memcpy(all, entries, sizeof entries);
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++)
        describe_key(&all[i]);
    log_entries(all + G_N_ELEMENTS(entries), &options->given);
    memcpy(all + G_N_ELEMENTS(entries) + LOG_ENTRIES, last, sizeof last);
    return all;
}

GOptionEntry *options_table(void)
{
    struct options options;
    struct texts texts;
    GOptionEntry *entries = entries_new(&options, &texts);

    for (GOptionEntry *entry = entries; entry->long_name; entry++)
        entry->arg_data = NULL;
    return entries;
}

char **options_words(const char *option)
{
    const struct config_key *key = config_key_find(option, IN_PROJECT);
    bool words = strcmp(option, "color") == 0 || (key && key->kind == KEY_WORD && key->argument);

    if (strcmp(option, "format") == 0) {
        g_autofree char *formats = g_strjoinv(" ", (char **)report_format_names());
        g_autofree char *graphs = g_strjoinv(" ", (char **)graph_format_names() + 1);
        g_autofree char *all = g_strconcat(formats, " ", graphs, NULL);
        return g_strsplit(all, " ", 0);
    }
    return words ? words_of(option) : NULL;
}

/* A log is no SQL, and what the configuration names beside it is not linted with it. */
static bool take_logs(struct options *options, struct error *error)
{
    if (!options->settings.paths)
        return error_set(error, "log: no log is named; see isolint --help");
    if (options->given.least_runs < 0)
        return error_set(error, "--min-runs: must be at least 1");
    for (guint i = 0; options->given.explain_errors && i < options->outputs.requests->len; i++) {
        const char *format =
            g_array_index(options->outputs.requests, struct output_request, i).format;
        if (strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
            return error_set(error, "--explain-errors: is written as text or json, not as %s",
                             format);
    }
    options->logs = options->settings.paths;
    options->settings.paths = g_new0(char *, 1);
    options->given.since = g_steal_pointer(&options->since);
    return true;
}

/* What the configuration names is no connection. */
static bool take_connection(struct options *options, struct error *error)
{
    if (options->settings.paths && g_strv_length(options->settings.paths) > 1)
        return error_set(error, "catalog: takes one connection, as psql's --dbname");
    if (!options->settings.paths)
        options->settings.paths = g_new0(char *, 1);
    return true;
}

/* Reports for people (text, concise, …) have no fingerprints. */
static bool wants_fingerprints(const struct options *options)
{
    const GArray *requests = options->outputs.requests;
    bool wanted = options->baseline != NULL;

    for (guint i = 0; i < requests->len; i++) {
        const struct report_format *format =
            report_format_find(g_array_index(requests, struct output_request, i).format);
        wanted |= format && format->fingerprints; /* a graph has another */
    }
    return wanted;
}

/* ------------------------------------------------------------------ the steps */

static void take_command(struct options *options, struct texts *texts, const char *word)
{
    texts->log = g_strcmp0(word, "log") == 0;
    options->graph = g_strcmp0(word, "graph") == 0;
    options->lsp = g_strcmp0(word, "lsp") == 0;
    options->catalog = g_strcmp0(word, "catalog") == 0;
}

static bool names_command(const struct options *options, const struct texts *texts)
{
    return texts->log || options->graph || options->lsp || options->catalog;
}

/* A variable of a script that is not set gives an empty value: without a rule nothing is found. */
static bool check_empty(const struct options *options, const struct texts *texts,
                        struct error *error)
{
    const struct {
        const char *option, *value;
    } names[] = {{"config", texts->config},
                 {"baseline", options->baseline},
                 {"programs", options->given.programs},
                 {"table", options->given.table}};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i].value && !*names[i].value)
            return error_set(error, "--%s: the name of the file is empty", names[i].option);
    }
    const char *rules = options->settings.select;
    return !rules || rules[strspn(rules, ", ")] ||
           error_set(error, "--select: names no rule; \"all\" is all of them");
}

/* From the words of the command line to texts. --help is the end. */
static bool parse(struct options *options, struct texts *texts, char **argv, struct error *error)
{
    g_autofree GOptionEntry *entries = entries_new(options, texts);
    GOptionContext *context = g_option_context_new("[PATH…]");
    GError *failure = NULL;

    g_option_context_set_help_enabled(context, FALSE); /* its lines are of any width */
    g_option_context_set_main_group(context, g_option_group_new("", "", "", options, NULL));
    g_option_context_add_main_entries(context, entries, NULL);
    g_auto(GStrv) arguments = arguments_part(argv, entries);
    const GOptionEntry *needless = arguments_needless_value(argv, entries);
    if (needless)
        error_set(error, "--%s: takes no value; see isolint --help", needless->long_name);
    if (needless || !guarded_arguments(argv, entries, error)) {
        g_option_context_free(context);
        return false;
    }
    bool parsed = g_option_context_parse_strv(context, &arguments, &failure);
    g_option_context_free(context);
    if (parsed && texts->help) {
        help_write(stdout, entries, argv[0], terminal_width(STDOUT_FILENO));
        last_resort_disarm();
        exit(printed(STATUS_CLEAN));
    }
    if (!parsed) {
        if (failure->domain == G_CONVERT_ERROR)
            error_set(error, "the value of an option is not UTF-8; see isolint --help");
        else
            error_set(error, "%s; see isolint --help", failure->message);
        g_error_free(failure);
    }
    return parsed && check_empty(options, texts, error);
}

/* From texts to values, those of the configuration included. */
static bool read_values(struct options *options, const struct texts *texts, struct error *error)
{
    struct settings *settings = &options->settings;
    struct effective *effective = &settings->effective;
    int lowest = SEVERITY_WARNING, framing = FRAMING_AUTO;

    settings->configured = configured_read(texts->config, texts->no_config, texts->settings, error);
    if (!settings->configured)
        return false;
    if (!outputs_complete(&options->outputs, error) ||
        !read_color(texts->color, &options->color, error) ||
        !read_word("severity", texts->severity, &lowest, error) ||
        !read_word("fail-on", texts->fail_on, &effective->fail_on, error) ||
        !read_word("transaction", texts->transaction, &framing, error) ||
        !read_level(texts->isolation, &effective->session.default_isolation, error) ||
        !read_version(texts->version, &effective->lint.server_version, error))
        return false;
    effective->lowest = (enum severity)lowest;
    effective->session.framing = (enum framing)framing;
    effective->session.default_read_only = texts->read_only;
    return true;
}

/* Options that go together with others only, or not with these. */
static bool check_together(const struct options *options, const struct texts *texts,
                           struct error *error)
{
    const struct settings *settings = &options->settings;

    if (texts->update_baseline && !options->baseline)
        return error_set(error, "--update-baseline: needs --baseline FILE");
    if (!check_repairs(options, texts->fix, texts->diff, error))
        return false;
    if (texts->watch &&
        (names_command(options, texts) || texts->fix || texts->update_baseline ||
         (settings->paths && g_strv_contains((const char *const *)settings->paths, "-"))))
        return error_set(error, "--watch: only checks files; not with another command, standard "
                                "input, --fix or --update-baseline");
    if (texts->staged && options->since)
        return error_set(error, "--staged: cannot be combined with --since");
    if (options->most < 0 && options->most != MOST_USUAL)
        return error_set(error, "--max-findings: must not be negative");
    if (settings->jobs < 1)
        return error_set(error, "--jobs: must be at least 1");
    if (texts->log && (texts->fix || texts->diff || texts->staged))
        return error_set(error, "--%s: a log is no file to change; not for isolint log",
                         texts->fix    ? "fix"
                         : texts->diff ? "diff"
                                       : "staged");
    if (options->lsp && (settings->paths || texts->fix || texts->diff || texts->staged ||
                         options->since || texts->update_baseline))
        return error_set(error, "lsp: takes no paths and none of --fix, --diff, --staged, --since, "
                                "--update-baseline; the editor says what it wants");
    return true;
}

/* The keys of which the command line has said what they come to. */
static uint64_t given_by(const struct texts *texts)
{
    const struct {
        const char *key;
        bool given;
    } all[] = {{"default-isolation", texts->isolation != NULL},
               {"default-read-only", texts->read_only},
               {"server-version", texts->version != NULL},
               {"transaction", texts->transaction != NULL},
               {"severity", texts->severity != NULL},
               {"fail-on", texts->fail_on != NULL}};
    uint64_t given = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        if (all[i].given)
            given |= effective_bit(config_key_find(all[i].key, IN_PROJECT));
    }
    return given;
}

/* The command line wins over the configuration. */
static void complete(struct options *options, const struct texts *texts)
{
    struct settings *settings = &options->settings;
    struct effective *effective = &settings->effective;

    settings->given = given_by(texts);
    configured_complete(settings);
    if (!texts->severity && !configured_config(settings)->severity)
        /* what is asked for, and what the status is about, is shown */
        effective->lowest = settings->select
                                ? SEVERITY_NOTE
                                : (enum severity)MIN((int)effective->lowest, effective->fail_on);
}

/* What the paths are: files, logs or a connection. */
static bool take_paths(struct options *options, const struct texts *texts, struct error *error)
{
    if (options->catalog && !take_connection(options, error))
        return false;
    if (!options->catalog && options->role)
        return error_set(error, "--role: is an option of isolint catalog");
    if (texts->log ? !take_logs(options, error) : !log_given_none(&options->given, error))
        return false;
    configured_inputs(&options->settings);
    if (!options->settings.paths)
        options->settings.paths = g_strsplit(".", "\n", -1);
    return true;
}

static void take_switches(struct options *options, const struct texts *texts)
{
    struct settings *settings = &options->settings;

    options->list_rules = texts->list_rules;
    options->version = texts->show_version;
    options->quiet = texts->quiet;
    settings->monitor = texts->quiet ? NULL : &progress_monitor;
    settings->fingerprints = wants_fingerprints(options);
    options->update_baseline = texts->update_baseline;
    settings->force_exclude = texts->force_exclude;
    options->staged = texts->staged;
    options->fix = texts->fix;
    options->all = texts->all;
    settings->allow_empty = texts->allow_empty || texts->log; /* its programs come from no file */
    options->given.allow_empty = texts->allow_empty;
    options->diff = texts->diff;
    options->statistics = texts->statistics;
    options->verbose = texts->verbose;
    options->watch = texts->watch;
    options->show_config = texts->show_config;
}

bool options_parse(struct options *options, int argc, char **argv, struct error *error)
{
    __attribute__((cleanup(texts_clear))) struct texts texts = {0};

    *options = (struct options){.most = MOST_USUAL};
    settings_init(&options->settings);
    options->settings.jobs = (int)g_get_num_processors();
    take_command(options, &texts, argc > 1 ? argv[1] : NULL);
    if (names_command(options, &texts))
        argv++; /* the name of the command stands where that of the program would */
    outputs_init(&options->outputs, options->graph ? graph_format_names() : report_format_names());
    if (!parse(options, &texts, argv, error) || !read_values(options, &texts, error) ||
        !check_together(options, &texts, error))
        return false;
    complete(options, &texts);
    if (!take_paths(options, &texts, error))
        return false;
    take_switches(options, &texts);
    return guarded_outputs(options, error);
}

void options_finish(struct options *options)
{
    g_strfreev(options->logs);
    log_given_clear(&options->given);
    outputs_finish(&options->outputs);
    g_free(options->since);
    g_free(options->baseline);
    g_free(options->explain);
    g_free(options->role);
    settings_finish(&options->settings);
}
