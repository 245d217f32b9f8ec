/* The projects of a session: the folders of the workspace, which come and go, and the directories of
 * open files that are in none of them. A file belongs to the innermost one. */
#include <string.h>

#include "base/limits.h"
#include "lsp/state.h"
#include "lsp/uri.h"

void folder_free(struct folder *folder)
{
    g_free(folder->root);
    if (folder->tables)
        g_hash_table_unref(folder->tables);
    g_free(folder);
}

void folder_touch(struct folder *folder, gint64 due, bool disk)
{
    folder->due = due;
    folder->disk |= disk;
}

static struct folder *find_root(const struct server *server, const char *root)
{
    for (guint i = 0; i < server->folders->len; i++) {
        struct folder *folder = server->folders->pdata[i];
        if (strcmp(folder->root, root) == 0)
            return folder;
    }
    return NULL;
}

/* The folder, and the folders around it: each shows the files that are in none of its inner ones. */
static void touch_around(const struct server *server, const char *root, gint64 now)
{
    for (guint i = 0; i < server->folders->len; i++) {
        struct folder *folder = server->folders->pdata[i];
        if (strcmp(root, folder->root) == 0 || path_below(root, folder->root))
            folder_touch(folder, now, true);
    }
}

/* Takes over `root`. */
static struct folder *add_folder(struct server *server, char *root, bool alone, gint64 now)
{
    struct folder *folder = find_root(server, root);

    if (folder) {
        g_free(root);
        root = folder->root;
        folder->alone &= alone || folder->leaving;
        folder->leaving = false;
    } else {
        folder = g_new0(struct folder, 1);
        folder->root = root;
        folder->alone = alone;
        folder->pause = MOST_PAUSE;
        g_ptr_array_add(server->folders, folder);
    }
    touch_around(server, root, now);
    return folder;
}

/* ------------------------------------------------------------------ which file is whose */

struct folder *folders_find(const struct server *server, const char *file)
{
    struct folder *found = NULL;

    for (guint i = 0; i < server->folders->len; i++) {
        struct folder *folder = server->folders->pdata[i];
        if (!folder->leaving && !folder->alone && path_below(file, folder->root) &&
            (!found || strlen(folder->root) > strlen(found->root)))
            found = folder;
    }
    return found;
}

/* A text that is no file yet is held against the first folder. */
static struct folder *first_folder(const struct server *server)
{
    for (guint i = 0; i < server->folders->len; i++) {
        struct folder *folder = server->folders->pdata[i];
        if (!folder->leaving && !folder->alone)
            return folder;
    }
    return NULL;
}

void folders_place(struct server *server, struct open *open, gint64 now)
{
    const char *file = open->document->file;
    struct folder *before = open->folder;

    if (!file)
        return;
    bool untitled = uri_is_untitled(file);
    open->folder = untitled ? first_folder(server) : folders_find(server, file);
    if (!open->folder)
        open->folder = add_folder(
            server, untitled ? g_strdup(server->directory) : g_path_get_dirname(file), true, now);
    if (open->folder == before)
        return;
    open->looked = 0;
    open->due = now;
    folder_touch(open->folder, now, false);
    if (before)
        folder_closed(server, before, now);
}

void folder_closed(const struct server *server, struct folder *folder, gint64 now)
{
    GHashTableIter each;
    gpointer open;

    folder_touch(folder, now, false); /* what is on the disk counts again */
    g_hash_table_iter_init(&each, server->documents);
    while (g_hash_table_iter_next(&each, NULL, &open)) {
        if (((struct open *)open)->folder == folder)
            return;
    }
    folder->leaving |= folder->alone;
}

/* ------------------------------------------------------------------ folders of the workspace */

static char *file_of(const cJSON *uri)
{
    return cJSON_IsString(uri) ? uri_file(uri->valuestring) : NULL;
}

static void add_folders(struct server *server, const cJSON *list, gint64 now)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        char *root = file_of(json_at(item, "uri"));
        if (root)
            add_folder(server, root, false, now);
    }
}

void folders_open(struct server *server, const cJSON *params, gint64 now)
{
    add_folders(server, json_at(params, "workspaceFolders"), now);
    if (server->folders->len > 0)
        return;
    char *root = file_of(json_at(params, "rootUri"));
    const cJSON *path = json_at(params, "rootPath");
    if (!root && cJSON_IsString(path) && g_path_is_absolute(path->valuestring))
        root = g_canonicalize_filename(path->valuestring, "/");
    if (root)
        add_folder(server, root, false, now);
}

void folders_change(struct server *server, const cJSON *params, gint64 now)
{
    const cJSON *item;
    GHashTableIter each;
    gpointer open;

    cJSON_ArrayForEach(item, json_at(params, "event", "removed"))
    {
        g_autofree char *root = file_of(json_at(item, "uri"));
        struct folder *folder = root ? find_root(server, root) : NULL;
        if (folder && !folder->alone)
            folder->leaving = true;
        if (folder)
            touch_around(server, root, now);
    }
    add_folders(server, json_at(params, "event", "added"), now);
    g_hash_table_iter_init(&each, server->documents);
    while (g_hash_table_iter_next(&each, NULL, &open))
        folders_place(server, open, now);
}

void folders_changed_files(struct server *server, const cJSON *params, gint64 now)
{
    const cJSON *change;

    cJSON_ArrayForEach(change, json_at(params, "changes"))
    {
        g_autofree char *file = file_of(json_at(change, "uri"));
        if (!file)
            continue;
        bool rules =
            g_str_has_suffix(file, "/.isolint.yml") || g_str_has_suffix(file, "/.gitignore");
        g_autofree char *directory = g_path_get_dirname(file);
        for (guint i = 0; i < server->folders->len; i++) {
            struct folder *folder = server->folders->pdata[i];
            bool above = rules && (strcmp(folder->root, directory) == 0 ||
                                   path_below(folder->root, directory));
            if (!above && !path_below(file, folder->root))
                continue;
            folder->reload |= rules;
            folder_touch(folder, now, true);
        }
    }
}
