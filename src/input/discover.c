#include "input/discover.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "input/ignore.h"

int natural_compare(const char *a, const char *b)
{
    while (*a && *b) {
        if (!g_ascii_isdigit(*a) || !g_ascii_isdigit(*b)) {
            if (*a != *b)
                return (unsigned char)*a - (unsigned char)*b;
            a++;
            b++;
            continue;
        }
        size_t zeros_a = strspn(a, "0"), zeros_b = strspn(b, "0");
        size_t digits_a = strspn(a + zeros_a, "0123456789");
        size_t digits_b = strspn(b + zeros_b, "0123456789");
        if (digits_a != digits_b)
            return digits_a < digits_b ? -1 : 1;
        int order = strncmp(a + zeros_a, b + zeros_b, digits_a);
        if (order == 0)
            order = (int)zeros_b - (int)zeros_a;
        if (order != 0)
            return order;
        a += zeros_a + digits_a;
        b += zeros_b + digits_b;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

static int compare_entries(const void *a, const void *b)
{
    return natural_compare(*(char *const *)a, *(char *const *)b);
}

bool discover_is_sql(const char *name)
{
    static const char *const endings[] = {".sql", ".ddl", ".pgsql", ".psql"};
    size_t length = strlen(name);

    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && g_ascii_strcasecmp(name + length - ending, endings[i]) == 0)
            return true;
    }
    return false;
}

/* NULL at the end, and with errno when there may be more. */
static const char *next_name(DIR *dir)
{
    errno = 0;
    const struct dirent *entry = readdir(dir);
    return entry ? entry->d_name : NULL;
}

/* The sorted names in a directory, without hidden ones. */
static GPtrArray *entries_of(const char *path, GPtrArray *troubles)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    DIR *dir = opendir(path); /* g_dir_open() may lose errno where messages are translated */
    const char *name;

    while (dir && (name = next_name(dir))) {
        if (name[0] != '.')
            g_ptr_array_add(names, g_strdup(name));
    }
    if (errno)
        g_ptr_array_add(troubles, g_strdup_printf("%s: %s", path, g_strerror(errno)));
    if (dir)
        closedir(dir);
    g_ptr_array_sort(names, compare_entries);
    return names;
}

static char *join(const char *directory, const char *name)
{
    if (strcmp(directory, ".") == 0)
        return g_strdup(name);
    return g_build_filename(directory, name, NULL);
}

struct discovery {
    const struct ignore *const *excluded; /* ends with NULL; or NULL */
    GPtrArray *files, *troubles;
    struct left_out *left_out;
};

static bool is_excluded(const struct discovery *discovery, const char *path, bool directory)
{
    for (const struct ignore *const *each = discovery->excluded; each && *each; each++) {
        if (ignore_matches(*each, path, directory))
            return true;
    }
    return false;
}

static bool is_excluded_by_name(const struct ignore *const *excluded, const char *path)
{
    for (; excluded && *excluded; excluded++) {
        if (ignore_matches_way(*excluded, path))
            return true;
    }
    return false;
}

static void walk(const struct discovery *discovery, const char *path, struct ignore *parent)
{
    struct ignore *ignore = ignore_enter(parent, path, discovery->troubles);
    GPtrArray *names = entries_of(path, discovery->troubles);

    for (guint i = 0; i < names->len; i++) {
        g_autofree char *full = join(path, names->pdata[i]);
        struct stat info;
        bool known = lstat(full, &info) == 0;
        bool directory = known && S_ISDIR(info.st_mode);

        if (!known && errno != ENOENT) /* which has gone meanwhile */
            g_ptr_array_add(discovery->troubles,
                            g_strdup_printf("%.200s%s: %s", full, strlen(full) > 200 ? "…" : "",
                                            g_strerror(errno)));
        if (!known || (!directory && !discover_is_sql(full)))
            continue;
        if (ignore_matches(ignore, full, directory)) {
            discovery->left_out->ignored++;
            continue;
        }
        if (is_excluded(discovery, full, directory)) {
            discovery->left_out->excluded++;
            continue;
        }
        if (directory)
            walk(discovery, full, ignore);
        else if (S_ISREG(info.st_mode) || stat(full, &info) != 0 || S_ISREG(info.st_mode))
            /* a broken link is told when read */
            g_ptr_array_add(discovery->files, g_strdup(full)); /* has no room to spare */
        else if (!S_ISDIR(info.st_mode))
            g_ptr_array_add(discovery->troubles, g_strdup_printf("%s: is no regular file", full));
    }
    g_ptr_array_unref(names);
    ignore_leave(ignore);
}

void discover(const char *path, GPtrArray *files, GPtrArray *troubles)
{
    discover_except(path, NULL, false, files, troubles, NULL);
}

void discover_except(const char *path, const struct ignore *const *excluded, bool force,
                     GPtrArray *files, GPtrArray *troubles, struct left_out *left_out)
{
    struct left_out unasked = {0};
    const struct discovery discovery = {excluded, files, troubles, left_out ? left_out : &unasked};
    bool input = strcmp(path, "-") == 0;
    struct stat info;

    if (force && !input && is_excluded_by_name(excluded, path)) {
        discovery.left_out->excluded++;
        return;
    }
    if (input || stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        g_ptr_array_add(files, g_strdup(path));
        return;
    }
    struct ignore *above = ignore_above(path, troubles);
    walk(&discovery, path, above);
    while (above) {
        struct ignore *next = ignore_leave(above);
        above = next;
    }
}
