#include "engine/memory.h"

static void text_free(void *data)
{
    struct memory_text *text = data;

    g_free(text->path);
    g_free(text->bytes);
    g_free(text);
}

void memory_init(struct memory *memory)
{
    *memory = (struct memory){
        .texts = g_ptr_array_new_with_free_func(text_free),
        .by_path = g_hash_table_new(g_str_hash, g_str_equal),
        .directories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
}

void memory_finish(struct memory *memory)
{
    g_hash_table_unref(memory->directories);
    g_hash_table_unref(memory->by_path);
    g_ptr_array_unref(memory->texts);
}

/* "./a.sql" is "a.sql": what lies beside a text is asked for so. */
static const char *plain(const char *path)
{
    while (path[0] == '.' && path[1] == '/' && path[2])
        path += 2;
    return path;
}

static struct memory_text *find_text(const struct memory *memory, const char *path)
{
    return g_hash_table_lookup(memory->by_path, plain(path));
}

void memory_put(struct memory *memory, const char *path, const char *bytes, size_t size,
                bool linted)
{
    struct memory_text *text = find_text(memory, path);
    char *copy = files_copy(bytes, size);

    if (!text) {
        text = g_new0(struct memory_text, 1);
        text->path = g_strdup(plain(path));
        g_ptr_array_add(memory->texts, text);
        g_hash_table_insert(memory->by_path, text->path, text);
    }
    g_free(text->bytes);
    text->bytes = copy;
    text->size = size;
    text->linted = linted;
}

bool memory_remove(struct memory *memory, const char *path)
{
    struct memory_text *text = find_text(memory, path);

    if (!text)
        return false;
    g_hash_table_remove(memory->by_path, text->path);
    g_ptr_array_remove(memory->texts, text);
    return true;
}

static enum file_kind kind_of(void *context, const char *path)
{
    const struct memory *memory = context;

    path = plain(path);
    return g_hash_table_contains(memory->by_path, path)       ? FILE_REGULAR
           : g_hash_table_contains(memory->directories, path) ? FILE_DIRECTORY
           : memory->beyond ? memory->beyond->kind(memory->beyond->context, path)
                            : FILE_NONE;
}

static char *read_text(void *context, const char *path, size_t *size)
{
    const struct memory *memory = context;
    const struct memory_text *text = find_text(memory, path);

    *size = text ? text->size : 0;
    return text             ? files_copy(text->bytes, text->size)
           : memory->beyond ? memory->beyond->read(memory->beyond->context, plain(path), size)
                            : NULL;
}

static void add_directories(GHashTable *directories, const char *path)
{
    char *directory = g_path_get_dirname(path);

    while (g_hash_table_add(directories, directory)) /* takes it over */
        directory = g_path_get_dirname(directory);
}

struct files memory_files(struct memory *memory)
{
    g_hash_table_remove_all(memory->directories);
    for (guint i = 0; i < memory->texts->len; i++)
        add_directories(memory->directories, ((struct memory_text *)memory->texts->pdata[i])->path);
    return (struct files){kind_of, read_text, memory};
}

char **memory_paths(const struct memory *memory, bool linted, char **first)
{
    GPtrArray *paths = g_ptr_array_new();

    for (char **each = first; each && *each; each++)
        g_ptr_array_add(paths, *each);
    for (guint i = 0; i < memory->texts->len; i++) {
        const struct memory_text *text = memory->texts->pdata[i];
        if (text->linted == linted)
            g_ptr_array_add(paths, g_strdup(text->path));
    }
    g_ptr_array_add(paths, NULL);
    g_free(first);
    return (char **)g_ptr_array_free(paths, FALSE);
}
