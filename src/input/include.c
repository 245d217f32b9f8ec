/* The texts are put together line by line, and each line knows its origin. */
#include "input/include.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "input/frame.h"
#include "input/read.h"

struct inclusion {
    GString *text;
    GArray *origins;       /* struct origin */
    GPtrArray *within;     /* const char *: the files around the one being read */
    GPtrArray *files;      /* struct script: what was read, to be freed */
    GPtrArray *read;       /* char *: their paths */
    GPtrArray *unreadable; /* char *: what was wrong with others */
    GArray *missing;       /* struct span */
    GHashTable *followed;  /* offsets of commands whose file was found */
    GHashTable *values;    /* of variables that \set gave one */
    unsigned unknown;
};

/* ------------------------------------------------------------------ names */

static bool is_include(const struct statement *statement, bool *relative)
{
    if (statement->kind != STATEMENT_PSQL)
        return false;
    const char *command = statement->psql->command;
    *relative = strcmp(command, "ir") == 0 || strcmp(command, "include_relative") == 0;
    return *relative || strcmp(command, "i") == 0 || strcmp(command, "include") == 0;
}

/* An argument without its quotes, with the values of variables; NULL when one is not known. Owned
 * by the caller. */
static char *value_of(const struct inclusion *inclusion, const char *argument)
{
    GString *value = g_string_new(NULL);

    for (const char *at = argument; *at && !g_ascii_isspace(*at);) {
        if (*at == '\'' || *at == '"') {
            const char *end = strchr(at + 1, *at);
            if (!end)
                break;
            g_string_append_len(value, at + 1, end - at - 1);
            at = end + 1;
        } else if (*at == ':' && (g_ascii_isalpha(at[1]) || strchr("_'\"", at[1]))) {
            const char *start = at + 1 + (at[1] == '\'' || at[1] == '"');
            size_t length = strspn(start, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_");
            g_autofree char *name = g_strndup(start, length);
            const char *known = g_hash_table_lookup(inclusion->values, name);
            if (!known)
                return g_string_free(value, TRUE);
            g_string_append(value, known);
            at = start + length + (start > at + 1);
        } else if (*at == '`') {
            return g_string_free(value, TRUE);
        } else {
            g_string_append_c(value, *at++);
        }
    }
    return g_string_free(value, FALSE);
}

/* \set name value */
static void set_variable(struct inclusion *inclusion, const char *arguments)
{
    size_t length = strcspn(arguments, " \t");
    g_autofree char *name = g_strndup(arguments, length);
    const char *rest = arguments + length + strspn(arguments + length, " \t");
    char *value = value_of(inclusion, rest);

    if (value)
        g_hash_table_replace(inclusion->values, g_steal_pointer(&name), value);
    else
        g_hash_table_remove(inclusion->values, name);
}

/* ------------------------------------------------------------------ files */

static bool lies_in(const char *path, const char *directory)
{
    size_t length = strlen(directory);

    return strncmp(path, directory, length) == 0 && (path[length] == '/' || length == 1);
}

/* Whether a file is one of the project: a script that includes any other shows what nobody asked
 * for. Who answers instead of the disk has none but these. */
static bool is_own(const char *path, const struct script *script)
{
    if (script->files)
        return true;
    g_autofree char *here = g_get_current_dir();
    g_autofree char *directory = g_path_get_dirname(script->path);
    char *resolved = realpath(path, NULL), *around = realpath(directory, NULL);
    bool own = resolved && lies_in(resolved, here);

    while (resolved && around && !own && strlen(around) > 1) {
        g_autofree char *git = g_build_filename(around, ".git", NULL);
        own = lies_in(resolved, around);
        if (g_file_test(git, G_FILE_TEST_EXISTS))
            break;
        if (!own) {
            char *slash = strrchr(around, '/');
            bool repository = false;
            for (char *at = around; (at = strchr(at + 1, '/')) && !repository;) {
                *at = '\0';
                g_autofree char *above = g_build_filename(around, ".git", NULL);
                repository = g_file_test(above, G_FILE_TEST_EXISTS);
                *at = '/';
            }
            if (!repository)
                break;
            *slash = '\0';
        }
    }
    free(resolved);
    free(around);
    return own;
}

/* a/../b is b: two names of one file look the same. Takes the path over. */
static char *simplify(char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    GPtrArray *kept = g_ptr_array_new();

    for (char **part = parts; *part; part++) {
        const char *last = kept->len > 0 ? kept->pdata[kept->len - 1] : "";
        if (strcmp(*part, ".") == 0 || (!**part && part > parts))
            continue;
        if (strcmp(*part, "..") == 0 && *last && strcmp(last, "..") != 0)
            g_ptr_array_set_size(kept, (gint)kept->len - 1);
        else
            g_ptr_array_add(kept, *part);
    }
    g_ptr_array_add(kept, NULL);
    char *simple = g_strjoinv("/", (char **)kept->pdata);
    g_ptr_array_unref(kept);
    g_free(path);
    return simple;
}

/* The file that a name means: \ir begins at the including file, \i where psql was started, which
 * may be any directory above it. NULL when there is none. Owned by the caller. */
static char *find_file(const char *name, const struct script *from, bool relative)
{
    const struct files *files = from->files;
    g_autofree char *directory = g_path_get_dirname(from->path);

    if (g_path_is_absolute(name) || (!relative && files_kind(files, name) == FILE_REGULAR))
        return files_kind(files, name) == FILE_REGULAR ? simplify(g_strdup(name)) : NULL;
    for (;;) {
        char *path = g_build_filename(directory, name, NULL);
        if (files_kind(files, path) == FILE_REGULAR)
            return simplify(path);
        g_free(path);
        char *above = g_path_get_dirname(directory);
        bool last = relative || strcmp(above, directory) == 0;
        g_free(directory);
        directory = above;
        if (last)
            return NULL;
    }
}

/* ------------------------------------------------------------------ the text */

static void add_script(struct inclusion *inclusion, struct script *script);

static bool is_within(const struct inclusion *inclusion, const char *path)
{
    return g_ptr_array_find_with_equal_func(inclusion->within, path, g_str_equal, NULL);
}

static void add_file(struct inclusion *inclusion, const struct script *script,
                     const struct statement *statement, bool relative, struct span place)
{
    g_autofree char *name = value_of(inclusion, statement->psql->arguments);
    g_autofree char *path = name && *name ? find_file(name, script, relative) : NULL;
    struct error error = {0};

    if (!name || (path && (inclusion->within->len > DEEPEST_INCLUDE || is_within(inclusion, path) ||
                           inclusion->text->len > LARGEST_INCLUDE || !is_own(path, script)))) {
        inclusion->unknown++;
        return;
    }
    struct script *file = path ? read_file_alone(path, path, script->files, &error) : NULL;
    if (!file && path) {
        g_ptr_array_add(inclusion->unreadable, error.message);
        inclusion->unknown++;
        return;
    }
    if (!file) {
        g_array_append_val(inclusion->missing, place);
        return;
    }
    g_hash_table_add(inclusion->followed, GUINT_TO_POINTER(place.start));
    g_ptr_array_add(inclusion->files, file);
    g_ptr_array_add(inclusion->read, g_strdup(path));
    add_script(inclusion, file);
    /* psql sends what stands at the end of a file, with a semicolon or without. */
    struct origin end = {file->path, file->line_count};
    g_string_append(inclusion->text, ";\n");
    g_array_append_val(inclusion->origins, end);
}

/* Each line, and behind it what the commands in it include. */
static void add_script(struct inclusion *inclusion, struct script *script)
{
    const struct statement *next = script->statements;
    bool relative;

    g_ptr_array_add(inclusion->within, (gpointer)script->path);
    for (uint32_t line = 1; line <= script->line_count; line++) {
        struct span span = script_whole_line(script, line);
        size_t start = inclusion->text->len;
        struct origin origin = {script->path, line};
        if (span.end == span.start && line > 1)
            break; /* behind the last line end */
        g_string_append_len(inclusion->text, script->bytes + span.start, span.end - span.start);
        if (line == script->line_count)
            g_string_append_c(inclusion->text, '\n');
        g_array_append_val(inclusion->origins, origin);
        for (; next && next->span.start < span.end; next = next->next) {
            if (next->kind == STATEMENT_PSQL && strcmp(next->psql->command, "set") == 0)
                set_variable(inclusion, next->psql->arguments);
            if (!is_include(next, &relative))
                continue;
            uint32_t offset = (uint32_t)(start + next->span.start - span.start);
            add_file(inclusion, script, next, relative,
                     (struct span){offset, offset + next->span.end - next->span.start});
        }
    }
    g_ptr_array_set_size(inclusion->within, (gint)inclusion->within->len - 1);
}

/* ------------------------------------------------------------------ the script */

static bool includes_any(const struct script *script)
{
    bool relative;

    for (const struct statement *each = script->statements; each; each = each->next) {
        if (is_include(each, &relative))
            return true;
    }
    return false;
}

/* A NULL-terminated copy of the paths or messages; NULL for none. */
static const char **copy_lines(struct script *script, const GPtrArray *lines)
{
    const char **copy =
        lines->len > 0 ? arena_array(&script->arena, const char *, lines->len + 1) : NULL;

    for (guint i = 0; i < lines->len; i++)
        copy[i] = arena_strdup(&script->arena, lines->pdata[i]);
    return copy;
}

/* The script of the whole text; its origins and paths become its own. */
static struct script *put_together(struct inclusion *inclusion, const struct script *first)
{
    size_t size = inclusion->text->len;
    struct script *script =
        script_new(first->path, g_string_free(g_steal_pointer(&inclusion->text), FALSE), size);
    struct origin *origins = arena_array(&script->arena, struct origin, (size_t)script->line_count);

    for (uint32_t i = 0; i < script->line_count; i++) {
        const struct origin *known =
            &g_array_index(inclusion->origins, struct origin, MIN(i, inclusion->origins->len - 1));
        origins[i] = (struct origin){arena_strdup(&script->arena, known->path), known->line};
    }
    script->origins = origins;
    script->files = first->files;
    script->from_stdin = first->from_stdin;
    frame_script(script);
    for (struct statement *each = *script_unfinished(script); each; each = each->next) {
        if (g_hash_table_contains(inclusion->followed, GUINT_TO_POINTER(each->span.start)))
            each->flags |= STATEMENT_FOLLOWED;
    }
    return script;
}

static void take_results(struct inclusion *inclusion, struct script *script)
{
    script->included = copy_lines(script, inclusion->read);
    script->unreadable = copy_lines(script, inclusion->unreadable);
    script->missing = arena_array(&script->arena, struct span, inclusion->missing->len);
    script->missing_count = inclusion->missing->len;
    for (guint i = 0; i < inclusion->missing->len; i++)
        script->missing[i] = g_array_index(inclusion->missing, struct span, i);
    script->unread.includes = inclusion->unknown;
}

struct script *include_files(struct script *script)
{
    if (!includes_any(script))
        return script;
    struct inclusion inclusion = {
        .text = g_string_sized_new(script->size + 1),
        .origins = g_array_new(FALSE, FALSE, sizeof(struct origin)),
        .within = g_ptr_array_new(),
        .files = g_ptr_array_new_with_free_func((GDestroyNotify)script_free),
        .read = g_ptr_array_new_with_free_func(g_free),
        .unreadable = g_ptr_array_new_with_free_func(g_free),
        .missing = g_array_new(FALSE, FALSE, sizeof(struct span)),
        .followed = g_hash_table_new(NULL, NULL),
        .values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
    };
    struct script *whole = script;

    add_script(&inclusion, script);
    if (inclusion.read->len > 0)
        whole = put_together(&inclusion, script);
    take_results(&inclusion, whole);
    if (whole != script)
        script_free(script);
    if (inclusion.text)
        g_string_free(inclusion.text, TRUE);
    g_array_unref(inclusion.origins);
    g_ptr_array_unref(inclusion.within);
    g_ptr_array_unref(inclusion.files);
    g_ptr_array_unref(inclusion.read);
    g_ptr_array_unref(inclusion.unreadable);
    g_array_unref(inclusion.missing);
    g_hash_table_unref(inclusion.followed);
    g_hash_table_unref(inclusion.values);
    return whole;
}
