#include "support/page.h"

#include "support/check.h"

static enum fence_kind kind_of(const char *word, const char *path, unsigned line)
{
    if (g_strcmp0(word, "wrong") == 0)
        return FENCE_WRONG;
    if (g_strcmp0(word, "right") == 0)
        return FENCE_RIGHT;
    if (g_strcmp0(word, "silent") != 0)
        fail_msg("%s:%u: a fence is \"```sql wrong\", \"right\" or \"silent\"", path, line);
    return FENCE_SILENT;
}

static void open_fence(struct fence *fence, const char *info, const char *path, unsigned line)
{
    g_auto(GStrv) words = g_strsplit(info, " ", -1);

    *fence = (struct fence){.kind = kind_of(words[0], path, line), .line = line + 1};
    fence->options = g_strdupv(words + 1);
}

void page_read(struct page *page, const char *path)
{
    g_autofree char *base = g_path_get_basename(path);
    g_auto(GStrv) lines = NULL;
    GString *text = NULL;
    struct fence fence;

    if (!g_file_get_contents(path, &page->text, NULL, NULL))
        fail_msg("%s: cannot be read", path);
    page->name = g_strndup(base, strlen(base) - strlen(".md"));
    page->fences = g_array_new(FALSE, FALSE, sizeof(struct fence));
    lines = g_strsplit(page->text, "\n", -1);
    for (unsigned i = 0; lines[i]; i++) {
        if (text && strcmp(lines[i], "```") == 0) {
            fence.text = g_string_free(text, FALSE);
            g_array_append_val(page->fences, fence);
            text = NULL;
        } else if (text) {
            g_string_append_printf(text, "%s\n", lines[i]);
        } else if (g_str_has_prefix(lines[i], "```sql")) {
            open_fence(&fence, g_strstrip(lines[i] + strlen("```sql")), path, i + 1);
            text = g_string_new(NULL);
        }
    }
    if (text)
        fail_msg("%s: a fence is not closed", path);
}

void page_finish(struct page *page)
{
    for (guint i = 0; i < page->fences->len; i++) {
        struct fence *fence = &g_array_index(page->fences, struct fence, i);
        g_strfreev(fence->options);
        g_free(fence->text);
    }
    g_array_unref(page->fences);
    g_free(page->name);
    g_free(page->text);
}

void lint_fence(struct linted *linted, const struct fence *fence)
{
    g_autoptr(GHashTable) parts = fence_parts(fence);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *texts = g_ptr_array_new();
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(parts), (GCompareFunc)strcmp);

    if (g_hash_table_contains(parts, "setup")) {
        g_ptr_array_add(names, g_strdup("setup.sql"));
        g_ptr_array_add(texts, g_hash_table_lookup(parts, "setup"));
    }
    for (GList *key = keys; key; key = key->next) {
        if (strcmp(key->data, "setup") == 0 || strcmp(key->data, "finally") == 0)
            continue;
        g_ptr_array_add(names, g_strdup_printf("session-%s.sql", (char *)key->data));
        g_ptr_array_add(texts, g_hash_table_lookup(parts, key->data));
    }
    g_ptr_array_add(names, NULL);
    g_ptr_array_add(texts, NULL);
    lint_texts(linted, fence->options, (const char *const *)names->pdata,
               (const char *const *)texts->pdata);
    g_ptr_array_unref(names);
    g_ptr_array_unref(texts);
}

char *fence_session(const char *line)
{
    static const char head[] = "-- session ";

    if (g_str_has_prefix(line, "-- finally"))
        return g_strdup("finally");
    if (!g_str_has_prefix(line, head))
        return NULL;
    line += strlen(head);
    return g_strndup(line, strcspn(line, " \t"));
}

bool line_is_marked(const char *line)
{
    const char *comment = strstr(line, "--");

    return comment && g_str_has_suffix(g_strchomp((char *)line), "found");
}

static char *blank(const char *text)
{
    char *copy = g_strdup(text);

    for (char *c = copy; *c; c++) {
        if (*c != '\n')
            *c = ' ';
    }
    return copy;
}

GHashTable *fence_parts(const struct fence *fence)
{
    GHashTable *parts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *name = g_strdup("setup");
    const char *at = fence->text;

    while (*at) {
        size_t length = strcspn(at, "\n");
        g_autofree char *line = g_strndup(at, length);
        char *session = fence_session(line);
        if (session) {
            g_free(name);
            name = session;
        }
        char *part = g_hash_table_lookup(parts, name);
        if (!part) {
            part = blank(fence->text);
            g_hash_table_insert(parts, g_strdup(name), part);
        }
        memcpy(part + (at - fence->text), at, length);
        at += length + (at[length] == '\n');
    }
    return parts;
}
