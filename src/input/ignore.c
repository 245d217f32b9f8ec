#include "input/ignore.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include <glib.h>

#include "base/small-file.h"

#define WILD "*?[\\"

struct pattern {
    char **parts; /* between slashes; "**" spans directories */
    const char *last;
    size_t plain;                         /* length of what begins `last` without a wildcard */
    bool negated, directories_only, open; /* open: it ends in "**" */
};

struct ignore {
    struct ignore *parent;
    char *directory; /* absolute */
    size_t length;
    GPtrArray *patterns;
};

static void pattern_free(void *data)
{
    struct pattern *pattern = data;

    g_strfreev(pattern->parts);
    g_free(pattern);
}

static struct pattern *pattern_read(char *line)
{
    g_strchomp(line);
    if (line[0] == '\0' || line[0] == '#')
        return NULL;

    struct pattern *pattern = g_new0(struct pattern, 1);
    if (line[0] == '!') {
        pattern->negated = true;
        line++;
    }
    size_t length = strlen(line);
    if (length > 0 && line[length - 1] == '/') {
        pattern->directories_only = true;
        line[length - 1] = '\0';
    }
    /* Without a slash a pattern holds at any depth. */
    bool anywhere = !strchr(line, '/');
    g_autofree char *anchored =
        g_strconcat(anywhere ? "**/" : "", line[0] == '/' ? line + 1 : line, NULL);
    pattern->parts = g_strsplit(anchored, "/", -1);
    guint count = g_strv_length(pattern->parts);
    pattern->last = count > 0 ? pattern->parts[count - 1] : "";
    pattern->plain = strcspn(pattern->last, WILD);
    pattern->open = strcmp(pattern->last, "**") == 0;
    return pattern;
}

/* A part that needs no wildcards, or begins or ends with "*", is compared as it is: fnmatch costs a
 * hundred times that. */
static bool part_matches(const char *pattern, const char *name, size_t length)
{
    size_t plain = strcspn(pattern, WILD);
    const char *rest = pattern + plain;

    if (plain > length || strncmp(pattern, name, plain) != 0)
        return false;
    if (*rest == '\0')
        return plain == length;
    const char *last = rest + strspn(rest, "*");
    if (last > rest && last[strcspn(last, WILD)] == '\0') {
        size_t ending = strlen(last);
        return plain + ending <= length && strncmp(name + length - ending, last, ending) == 0;
    }
    g_autofree char *behind = g_strndup(name + plain, length - plain);
    return fnmatch(rest, behind, 0) == 0;
}

static size_t part_length(const char *path, const char *end)
{
    const char *slash = memchr(path, '/', (size_t)(end - path));

    return (size_t)((slash ? slash : end) - path);
}

static const char *next_part(const char *path, const char *end)
{
    path += part_length(path, end);
    while (path < end && *path == '/')
        path++;
    return path;
}

/* Most patterns differ in their last part from most paths. */
static bool last_part_matches(const struct pattern *pattern, const char *path, const char *end)
{
    const char *last = end;

    if (pattern->open)
        return true;
    while (last > path && last[-1] != '/')
        last--;
    size_t length = (size_t)(end - last);
    return pattern->plain <= length && memcmp(pattern->last, last, pattern->plain) == 0 &&
           part_matches(pattern->last, last, length);
}

/* Of several "**", only the last one that was passed need ever take more: what came before it has
 * matched as early as it could. So nothing is tried twice but from there, and nothing where the path
 * ended: from a later place it would end sooner. */
static bool parts_match(char **pattern, const char *path, const char *end)
{
    char **after_stars = NULL;
    const char *retry = NULL;

    for (;;) {
        if (*pattern && strcmp(*pattern, "**") == 0) {
            if (!pattern[1])
                return path < end;
            after_stars = ++pattern;
            retry = path;
        } else if (path == end) {
            return !*pattern;
        } else if (*pattern && part_matches(*pattern, path, part_length(path, end))) {
            pattern++;
            path = next_part(path, end);
        } else if (after_stars) {
            pattern = after_stars;
            path = retry = next_part(retry, end);
        } else {
            return false;
        }
    }
}

struct ignore *ignore_patterns(const char *directory, char *const *patterns)
{
    struct ignore *ignore = g_new0(struct ignore, 1);

    ignore->directory = g_canonicalize_filename(directory, NULL);
    ignore->length = strlen(ignore->directory);
    ignore->patterns = g_ptr_array_new_with_free_func(pattern_free);
    for (; patterns && *patterns; patterns++) {
        g_autofree char *line = g_strdup(*patterns);
        struct pattern *pattern = pattern_read(line);
        if (pattern)
            g_ptr_array_add(ignore->patterns, pattern);
    }
    return ignore;
}

struct ignore *ignore_enter(struct ignore *parent, const char *directory, GPtrArray *troubles)
{
    g_autofree char *file = g_build_filename(directory, ".gitignore", NULL);
    struct error error = {0};
    struct stat info;
    /* a directory that may not be searched is told when its names are looked at */
    bool there = stat(file, &info) == 0 || (errno != ENOENT && errno != EACCES);
    g_autofree char *text = there ? small_file_read(file, NULL, &error) : NULL;
    bool mark = text && g_str_has_prefix(text, "\xEF\xBB\xBF"); /* passed over, as by git */
    g_auto(GStrv) lines = text ? g_strsplit(mark ? text + 3 : text, "\n", -1) : NULL;

    if (error.message &&
        !g_ptr_array_find_with_equal_func(troubles, error.message, g_str_equal, NULL))
        g_ptr_array_add(troubles, g_strdup(error.message));
    error_clear(&error);
    struct ignore *ignore = ignore_patterns(directory, lines);
    ignore->parent = parent;
    return ignore;
}

struct ignore *ignore_leave(struct ignore *ignore)
{
    struct ignore *parent = ignore->parent;

    g_ptr_array_unref(ignore->patterns);
    g_free(ignore->directory);
    g_free(ignore);
    return parent;
}

static bool is_repository(const char *directory)
{
    g_autofree char *git = g_build_filename(directory, ".git", NULL);

    return g_file_test(git, G_FILE_TEST_EXISTS);
}

struct ignore *ignore_above(const char *directory, GPtrArray *troubles)
{
    g_autofree char *start = g_canonicalize_filename(directory, NULL);
    g_autofree char *root = g_strdup(start);
    struct ignore *ignore = NULL;

    while (!is_repository(root)) {
        char *parent = g_path_get_dirname(root);
        if (strcmp(parent, root) == 0) {
            g_free(parent);
            return NULL;
        }
        g_free(root);
        root = parent;
    }
    /* From the root down to the directory above the one asked for. */
    for (size_t length = strlen(root); start[length] != '\0';) {
        g_autofree char *level = g_strndup(start, MAX(length, 1));
        ignore = ignore_enter(ignore, level, troubles);
        length += start[length] == '/';
        length += strcspn(start + length, "/");
    }
    return ignore;
}

/* What of an absolute path lies below a directory; all of it when it lies elsewhere. */
static const char *below(const struct ignore *ignore, const char *full)
{
    bool inside = strncmp(full, ignore->directory, ignore->length) == 0 &&
                  (full[ignore->length] == '/' || ignore->length == 1);
    const char *rest = inside ? full + ignore->length : full;

    while (*rest == '/')
        rest++;
    return rest;
}

/* Of the absolute path that ends at `end`. */
static bool matches(const struct ignore *ignore, const char *full, const char *end, bool directory)
{
    for (; ignore; ignore = ignore->parent) {
        const char *path = ignore->patterns->len > 0 ? below(ignore, full) : NULL;
        for (guint i = ignore->patterns->len; i-- > 0;) {
            const struct pattern *pattern = ignore->patterns->pdata[i];
            if ((directory || !pattern->directories_only) &&
                last_part_matches(pattern, path, end) && parts_match(pattern->parts, path, end))
                return !pattern->negated;
        }
    }
    return false;
}

bool ignore_matches(const struct ignore *ignore, const char *path, bool directory)
{
    while (ignore && ignore->patterns->len == 0)
        ignore = ignore->parent;
    if (!ignore)
        return false;
    g_autofree char *full = g_canonicalize_filename(path, NULL);

    return matches(ignore, full, full + strlen(full), directory);
}

bool ignore_matches_full(const struct ignore *ignore, const char *full)
{
    for (const char *slash = strchr(below(ignore, full), '/'); slash;
         slash = strchr(slash + 1, '/')) {
        if (matches(ignore, full, slash, true))
            return true;
    }
    return matches(ignore, full, full + strlen(full), false);
}

bool ignore_matches_way(const struct ignore *ignore, const char *path)
{
    g_autofree char *full = g_canonicalize_filename(path, NULL);

    return ignore_matches_full(ignore, full);
}

/* ------------------------------------------------------------------ many lists */

struct ignore_index {
    struct ignore *const *lists;
    GHashTable *named; /* see key_of → GArray of guint: places of lists */
    GArray *others;
};

/* "name" when the pattern asks for it at any depth, "/a/b" when paths that match begin so; NULL
 * when neither is known. Freed by the caller. */
static char *key_of(const struct pattern *pattern)
{
    char **parts = pattern->parts;
    GString *key = g_string_new(NULL);

    if (strcmp(parts[0], "**") == 0 && parts[1] && !parts[2] && !strpbrk(parts[1], WILD))
        g_string_append(key, parts[1]);
    for (; *parts && **parts && !strpbrk(*parts, WILD); parts++)
        g_string_append_printf(key, "/%s", *parts);
    return g_string_free(key, key->len == 0);
}

static void add_place(GArray *places, guint place)
{
    g_array_append_val(places, place);
}

static GArray *new_places(void)
{
    return g_array_new(FALSE, FALSE, sizeof(guint));
}

struct ignore_index *ignore_index_new(struct ignore *const *lists, unsigned count)
{
    struct ignore_index *index = g_new(struct ignore_index, 1);

    *index = (struct ignore_index){
        .lists = lists,
        .named =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref),
        .others = new_places(),
    };
    for (unsigned i = 0; i < count; i++) {
        for (guint j = 0; j < lists[i]->patterns->len; j++) {
            char *key = key_of(lists[i]->patterns->pdata[j]);
            GArray *places = key ? g_hash_table_lookup(index->named, key) : index->others;
            if (!places) {
                places = new_places();
                g_hash_table_insert(index->named, g_strdup(key), places);
            }
            add_place(places, i);
            g_free(key);
        }
    }
    return index;
}

void ignore_index_free(struct ignore_index *index)
{
    g_hash_table_unref(index->named);
    g_array_unref(index->others);
    g_free(index);
}

static void add_places(GArray *found, const GArray *places)
{
    if (places)
        g_array_append_vals(found, places->data, places->len);
}

static int compare_places(const void *a, const void *b)
{
    guint x = *(const guint *)a, y = *(const guint *)b;

    return x < y ? -1 : x > y;
}

GArray *ignore_index_matching(const struct ignore_index *index, const char *full)
{
    GArray *found = new_places();
    guint count = 0;

    add_places(found, index->others);
    if (g_hash_table_size(index->named) > 0) {
        g_autofree char *path = g_strconcat("/", below(index->lists[0], full), NULL);
        for (char *part = path + 1, *end; *part; part = end + (*end == '/')) {
            end = part + strcspn(part, "/");
            g_autofree char *name = g_strndup(part, (size_t)(end - part));
            g_autofree char *way = g_strndup(path, (size_t)(end - path));
            add_places(found, g_hash_table_lookup(index->named, name));
            add_places(found, g_hash_table_lookup(index->named, way));
        }
    }
    g_array_sort(found, compare_places);
    for (guint i = 0; i < found->len; i++) {
        guint place = g_array_index(found, guint, i);
        bool again = count > 0 && g_array_index(found, guint, count - 1) == place;
        if (!again && ignore_matches_full(index->lists[place], full))
            g_array_index(found, guint, count++) = place;
    }
    g_array_set_size(found, count);
    return found;
}
