/* libcyaml reads and checks; what it says of a fault is turned into one line with the place, and
 * with what was most likely meant. */
#include "config/config.h"

#include <string.h>
#include <sys/stat.h>

#include <glib.h>
#include <yaml.h>

#include "base/pattern.h"
#include "base/small-file.h"
#include "config/config-key.h"
#include "config/config-schema.h"
#include "base/nearest.h"

/* ------------------------------------------------------------------ faults */

/* Collects what libcyaml logs: the fault, then where it stands, from the inside out. */
__attribute__((format(printf, 3, 0))) static void collect(cyaml_log_t level, void *context,
                                                          const char *format, va_list args)
{
    (void)level;
    g_string_append_vprintf(context, format, args);
}

static char *group_of(const char *text, const char *pattern, unsigned group)
{
    return pattern_group(pattern, PATTERN_LINES, text, group);
}

static void append_words(GString *message, const char *key)
{
    const char *word;
    int value;

    for (unsigned i = 0; (word = config_word(key, i, &value)); i++) {
        if (strcmp(word, config_word_for(key, value)) == 0)
            g_string_append_printf(message, "%s%s", i ? ", " : "", word);
    }
}

static void append_nearest(GString *message, const char *key, const char *mapping)
{
    struct nearest nearest = nearest_to(key);
    bool rules = g_strcmp0(mapping, "rules") == 0;

    for (unsigned i = 0; rules && config_rule_name(i); i++)
        nearest_try(&nearest, config_rule_name(i));
    for (const struct config_key *each = config_keys; !rules && each->name; each++) {
        if (each->places & (mapping ? IN_OVERRIDE : IN_PROJECT))
            nearest_try(&nearest, each->name);
    }
    g_string_append_printf(message,
                           rules ? "there is no rule or group \"%s\"" : "unknown key \"%s\"", key);
    if (nearest.best)
        g_string_append_printf(message, "; did you mean %s?", nearest.best);
}

/* "Load: Unexpected key: x", "Load: Invalid ENUM value: x", … */
static void append_fault(GString *message, const char *log)
{
    g_autofree char *empty = group_of(log, "^Load: STRING length < 1", 0);
    g_autofree char *field = group_of(log, "in mapping field '([^']*)'", 1);
    g_autofree char *unknown = group_of(log, "^Load: Unexpected key: (.*)$", 1);
    g_autofree char *word = group_of(log, "^Load: Invalid \\w+ value: '?(.*?)'?$", 1);
    g_autofree char *missing = group_of(log, "^Load: Missing required mapping field: (.*)$", 1);
    g_autofree char *twice = group_of(log, "^Load: Mapping field already seen: (.*)$", 1);
    g_autofree char *wanted = group_of(log, "^Load: Expecting (\\w+), got", 1);
    g_autofree char *few = group_of(log, "^Load: Insufficient entries", 0);
    g_autofree char *syntax = group_of(log, "^Load: libyaml: (.*)$", 1);
    int value;

    if (unknown) {
        append_nearest(message, unknown, field);
    } else if (word && field && config_word(field, 0, &value)) {
        g_string_append_printf(message, "%s: unknown value \"%s\" (choose ", field, word);
        append_words(message, field);
        g_string_append_c(message, ')');
    } else if (missing) {
        g_string_append_printf(message, "\"%s\" is missing here", missing);
    } else if (twice) {
        g_string_append_printf(message, "\"%s\" stands here a second time", twice);
    } else if (empty) {
        g_string_append_printf(message, "%s%sa text is empty", field ? field : "",
                               field ? ": " : "");
    } else if (few) {
        g_string_append_printf(message, "%s: needs at least one", field ? field : "a list");
    } else if (wanted) {
        g_string_append_printf(message, "%s%sexpected %s", field ? field : "", field ? ": " : "",
                               strcmp(wanted, "SEQUENCE") == 0  ? "a list: [a, b]"
                               : strcmp(wanted, "MAPPING") == 0 ? "keys and values"
                                                                : "a word");
    } else if (syntax && strstr(syntax, "cannot start any token")) {
        g_string_append(message, "YAML allows no tab, @, ` or % here: indent with blanks, or put "
                                 "the value in quotes");
    } else if (syntax && strstr(syntax, "UTF-8")) {
        g_string_append(message, "is not UTF-8");
    } else if (g_str_has_prefix(log, "Load: Backtrace:")) { /* no reason: {{name}}, [a]: b */
        g_string_append(message, "expected a key, which is a word");
    } else {
        g_autofree char *first = group_of(log, "^Load: (.*)$", 1);
        g_string_append(message, syntax ? syntax : first ? first : "cannot be read as YAML");
    }
}

struct place {
    gint64 line, column; /* from 1; in bytes */
};

/* libcyaml tells where the mapping begins: the key is looked for from there on. */
static void find_key(const char *text, const char *key, struct place *place)
{
    g_autofree char *escaped = g_regex_escape_string(key, -1);
    g_autofree char *pattern = g_strdup_printf("(?<![\\w-])%s(?=[\"']?\\s*:)", escaped);
    const char *from = text;
    size_t start;

    for (gint64 line = 1; line < place->line && strchr(from, '\n'); line++)
        from = strchr(from, '\n') + 1;
    from += MIN((gsize)(place->column - 1), strlen(from));
    if (!pattern_find(pattern, 0, from, &start))
        return;
    for (const char *at = from; at < from + start; at++) {
        place->column = *at == '\n' ? 1 : place->column + 1;
        place->line += *at == '\n';
    }
}

/* libyaml has no line for what is no character, only how many bytes are before it. */
static struct place place_at(const char *text, size_t offset)
{
    struct place place = {1, 1};

    for (const char *at = text; at < text + offset; at++) {
        place.column = *at == '\n' ? 1 : place.column + 1;
        place.line += *at == '\n';
    }
    return place;
}

/* Of a text that is no YAML libcyaml does not tell where it stopped, and of several documents it reads
 * one. Returns whether there are more, and where the second begins, or where the text is no YAML. */
static bool has_more(const char *text, size_t size, struct place *place)
{
    yaml_parser_t parser;
    yaml_event_t event;
    bool ended = false;
    unsigned documents = 0;

    if (!yaml_parser_initialize(&parser))
        return false;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    while (!ended && documents < 2 && yaml_parser_parse(&parser, &event)) {
        ended = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT && ++documents == 2)
            *place = (struct place){(gint64)event.start_mark.line + 1, 1};
        yaml_event_delete(&event);
    }
    if (parser.error == YAML_READER_ERROR)
        *place = place_at(text, MIN(parser.problem_offset, size));
    else if (!ended && documents < 2)
        *place = (struct place){(gint64)parser.problem_mark.line + 1,
                                (gint64)parser.problem_mark.column + 1};
    yaml_parser_delete(&parser);
    return documents > 1;
}

static struct place place_of(const char *text, size_t size, const char *log)
{
    g_autofree char *line = group_of(log, "\\(line: (\\d+), column: (\\d+)\\)", 1);
    g_autofree char *column = group_of(log, "\\(line: (\\d+), column: (\\d+)\\)", 2);
    g_autofree char *key =
        group_of(log, "^Load: (?:Unexpected key|Mapping field already seen): (.*)$", 1);
    struct place place = {1, 1};

    if (line) {
        place.line = MAX(g_ascii_strtoll(line, NULL, 10), 1);
        place.column = MAX(g_ascii_strtoll(column, NULL, 10), 1);
    }
    if (key)
        find_key(text, key, &place);
    else if (strstr(log, "Load: libyaml: "))
        has_more(text, size, &place);
    return place;
}

static void explain(const char *file, const char *text, size_t size, const char *log,
                    struct error *error)
{
    struct place place = place_of(text, size, log);
    g_autoptr(GString) message = g_string_new(NULL);

    append_fault(message, log);
    error_set(error, "%s:%d:%d: %s", file, (int)place.line, (int)place.column, message->str);
}

/* ------------------------------------------------------------------ reading */

static struct config *load(const char *text, gsize size, GString *log)
{
    cyaml_config_t how = {
        .log_fn = collect, .log_ctx = log, .log_level = CYAML_LOG_WARNING, .mem_fn = cyaml_mem};
    cyaml_data_t *data = NULL;

    if (cyaml_load_data((const uint8_t *)text, size, &how, config_schema(), &data, NULL) !=
        CYAML_OK)
        return NULL;
    /* A file of comments only says nothing. */
    return data ? (struct config *)data : load("{}", 2, log);
}

struct config *config_none(void)
{
    g_autoptr(GString) log = g_string_new(NULL);
    struct config *config = load("{}", 2, log);

    config->directory = g_get_current_dir();
    return config;
}

struct config *config_read(const char *file, struct error *error)
{
    size_t size;
    g_autofree char *text = small_file_read(file, &size, error);

    return text ? config_read_text(file, text, size, error) : NULL;
}

/* What names a database (\connect, --role, a log) must find one. */
static bool check_databases(const struct config *config, struct error *error)
{
    for (unsigned i = 0; i < config->databases_count; i++) {
        const char *name = config->databases[i].name;
        for (unsigned j = 0; name && j < i; j++) {
            if (g_strcmp0(config->databases[j].name, name) == 0)
                return error_set(error, "databases: two have the name \"%s\"", name);
        }
    }
    return true;
}

struct config *config_read_text(const char *file, const char *text, size_t size,
                                struct error *error)
{
    g_autoptr(GString) log = g_string_new(NULL);
    struct config *config = load(size > 0 ? text : "{}", size > 0 ? size : 2, log);
    if (!config) {
        explain(file, text, size, log->str, error);
        return NULL;
    }
    struct error wrong = {0};
    struct place place;
    if (!check_databases(config, &wrong)) {
        error_set(error, "%s: %s", file, wrong.message);
        error_clear(&wrong);
        config_free(config);
        return NULL;
    }
    if (has_more(text, size, &place)) {
        error_set(error, "%s:%d:%d: a second document, of which nothing would be read", file,
                  (int)place.line, (int)place.column);
        config_free(config);
        return NULL;
    }
    g_autofree char *directory = g_path_get_dirname(file);
    config->file = g_strdup(file);
    config->directory = g_canonicalize_filename(directory, NULL);
    return config;
}

/* ------------------------------------------------------------------ single settings */

static const cyaml_schema_field_t *find_field(const char *key)
{
    for (const cyaml_schema_field_t *field = config_schema()->mapping.fields; field->key; field++) {
        if (strcmp(field->key, key) == 0)
            return field;
    }
    return NULL;
}

/* "a,b" in YAML: ['a', 'b'] */
static char *listed(const char *value)
{
    g_auto(GStrv) items = g_strsplit(value, ",", -1);
    g_autoptr(GString) list = g_string_new("[");

    for (char **item = items; *item; item++) {
        g_autoptr(GString) text = g_string_new(*item);
        g_string_replace(text, "'", "''", 0);
        g_string_append_printf(list, "%s'%s'", item == items ? "" : ", ", text->str);
    }
    return g_strconcat(list->str, "]", NULL);
}

/* The setting as a file with one key; NULL when it has none. */
static char *yaml_of(const char *setting)
{
    const char *equals = strchr(setting, '=');
    g_autofree char *key = equals ? g_strndup(setting, (gsize)(equals - setting)) : NULL;
    const cyaml_schema_field_t *field = key ? find_field(key) : NULL;

    if (!equals || equals == setting)
        return NULL;
    if (g_str_has_prefix(key, "rules."))
        return g_strdup_printf("rules: {%s: %s}", key + strlen("rules."), equals + 1);
    bool texts = field && field->value.type == CYAML_SEQUENCE &&
                 field->value.sequence.entry->type == CYAML_STRING;
    g_autofree char *list = texts && equals[1] != '[' ? listed(equals + 1) : NULL;
    return g_strdup_printf("%s: %s", key, list ? list : equals + 1);
}

static void swap(char *a, char *b, size_t size)
{
    g_autofree char *kept = g_memdup2(a, size);

    memcpy(a, b, size);
    memcpy(b, kept, size);
}

/* Moves what `from` sets to `into`; what it replaces is left in `from`, to be freed with it. */
static void take_fields(const cyaml_schema_field_t *field, char *into, char *from)
{
    for (; field->key; field++) {
        char *old = into + field->data_offset, *new = from + field->data_offset;
        if (field->value.type == CYAML_ENUM) {
            if (*(int *)new)
                memcpy(old, new, sizeof(int));
        } else if (field->value.type == CYAML_MAPPING && *(char **)old && *(char **)new) {
            take_fields(field->value.mapping.fields, *(char **)old, *(char **)new);
        } else if (*(char **)new) {
            swap(old, new, sizeof(char *));
            if (field->value.type == CYAML_SEQUENCE)
                swap(into + field->count_offset, from + field->count_offset, field->count_size);
        }
    }
}

bool config_set(struct config *config, const char *setting, struct error *error)
{
    g_autofree char *yaml = yaml_of(setting);
    g_autoptr(GString) log = g_string_new(NULL), message = g_string_new(NULL);

    if (!yaml)
        return error_set(error, "\"%s\" is not KEY=VALUE", setting);
    struct config *given = load(yaml, strlen(yaml), log);
    if (!given) {
        if (strstr(log->str, "Load: libyaml: "))
            g_string_append_printf(message, "\"%s\": ", setting);
        append_fault(message, log->str);
        return error_set(error, "%s", message->str);
    }
    take_fields(config_schema()->mapping.fields, (char *)config, (char *)given);
    config_free(given);
    return check_databases(config, error);
}

void config_free(struct config *config)
{
    cyaml_config_t how = {.mem_fn = cyaml_mem};

    if (!config)
        return;
    g_free(config->file);
    g_free(config->directory);
    cyaml_free(&how, config_schema(), config, 0);
}

/* What is above the root of a repository, or above the home directory, is somebody else's. */
static bool is_boundary(const char *directory)
{
    g_autofree char *git = g_build_filename(directory, ".git", NULL);
    struct stat here, home;

    return g_file_test(git, G_FILE_TEST_EXISTS) ||
           (stat(directory, &here) == 0 && stat(g_get_home_dir(), &home) == 0 &&
            here.st_dev == home.st_dev && here.st_ino == home.st_ino);
}

/* A file that was meant as the configuration, and would be ignored. */
static bool has_misnamed(const char *way, struct error *error)
{
    static const char *const names[] = {".isolint.yaml", "isolint.yml", "isolint.yaml"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *file = g_strconcat(way, names[i], NULL);
        if (g_file_test(file, G_FILE_TEST_EXISTS))
            return !error_set(error, "%s: the configuration is called .isolint.yml; rename it",
                              file);
    }
    return false;
}

char *config_in(const char *way, struct error *error)
{
    g_autofree char *file = g_strconcat(way, ".isolint.yml", NULL);

    /* a link to nothing was meant for something */
    return !has_misnamed(way, error) &&
                   g_file_test(file, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK)
               ? g_steal_pointer(&file)
               : NULL;
}

char *config_find(struct error *error)
{
    g_autofree char *level = g_get_current_dir();
    g_autoptr(GString) way = g_string_new(NULL);

    for (;;) {
        g_autofree char *file = config_in(way->str, error);
        g_autofree char *above = g_path_get_dirname(level);
        if (file || error->message)
            return g_steal_pointer(&file);
        if (strcmp(above, level) == 0 || is_boundary(level))
            return NULL;
        g_string_append(way, "../");
        g_free(level);
        level = g_steal_pointer(&above);
    }
}
