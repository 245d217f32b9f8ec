#include "server/collection.h"

#include "support/check.h"

static void entry_free(gpointer data)
{
    struct entry *entry = data;

    g_free(entry->name);
    g_free(entry->about);
    g_free(entry->setup);
    g_free(entry->text);
    g_free(entry->path);
    g_free(entry);
}

/* The name after "-- word: ", or NULL for any other line. */
static const char *opened_by(const char *line, const char *word)
{
    g_autofree char *head = g_strdup_printf("-- %s: ", word);

    return g_str_has_prefix(line, head) ? line + strlen(head) : NULL;
}

static struct entry *open_entry(const char *line)
{
    const char *pattern = opened_by(line, "pattern"), *variant = opened_by(line, "variant"),
               *scenario = opened_by(line, "scenario");
    struct entry *entry;

    if (!pattern && !variant && !scenario)
        return NULL;
    entry = g_new0(struct entry, 1);
    entry->name = g_strchomp(g_strdup(pattern ? pattern : variant ? variant : scenario));
    entry->variant = variant != NULL;
    return entry;
}

static unsigned count_lines(const char *text)
{
    unsigned lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

/* Takes the comments off the front: they say what the schedule shows. */
static const char *cut_about(const char *body, GString *about)
{
    while (g_str_has_prefix(body, "-- ") && !g_str_has_prefix(body, "-- session ")) {
        size_t length = strcspn(body, "\n");
        g_string_append_printf(about, "%s%.*s", about->len > 0 ? " " : "", (int)length - 3,
                               body + 3);
        body += length + (body[length] == '\n');
    }
    return body;
}

/* Gives an entry its body, which begins on a line of the file. */
static void close_entry(GPtrArray *entries, struct entry *entry, const char *body, unsigned line)
{
    GString *about = g_string_new(NULL);
    const char *start = cut_about(body, about), *session = strstr(start, "-- session ");
    const struct entry *base = NULL;

    while (session && session > start && session[-1] != '\n')
        session = strstr(session + 1, "-- session ");
    for (guint i = entries->len; entry->variant && i > 0 && !base; i--) {
        if (!((struct entry *)entries->pdata[i - 1])->variant)
            base = entries->pdata[i - 1];
    }
    entry->about = g_string_free(about, FALSE);
    entry->setup = session ? g_strndup(start, (gsize)(session - start)) : g_strdup("");
    g_autofree char *rest = g_strchomp(g_strdup(session ? session : start));
    entry->text = g_strconcat(rest, "\n", NULL);
    entry->line = line;
    for (; body < start; body++)
        entry->line += *body == '\n';
    if (base && entry->setup[strspn(entry->setup, " \n")] == '\0') {
        g_free(entry->setup);
        entry->setup = g_strdup(base->setup);
        entry->line -= count_lines(base->setup);
    }
    for (guint i = 0; i < entries->len; i++) {
        if (strcmp(entry->name, ((struct entry *)entries->pdata[i])->name) == 0)
            fail_msg("%s:%u: a second \"%s\"", entry->path, entry->line, entry->name);
    }
    g_ptr_array_add(entries, entry);
}

GPtrArray *collection_read(const char *path)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
    g_autofree char *contents = NULL;
    g_auto(GStrv) lines = NULL;
    GString *body = g_string_new(NULL);
    struct entry *entry = NULL;
    unsigned line = 1;

    if (!g_file_get_contents(path, &contents, NULL, NULL))
        fail_msg("%s: cannot be read", path);
    lines = g_strsplit(contents, "\n", -1);
    for (unsigned i = 0; lines[i]; i++) {
        struct entry *next = open_entry(lines[i]);
        if (next) {
            if (entry)
                close_entry(entries, entry, body->str, line);
            entry = next;
            entry->path = g_strdup(path);
            line = i + 2;
            g_string_truncate(body, 0);
        } else if (entry) {
            g_string_append_printf(body, "%s\n", lines[i]);
        }
    }
    if (entry)
        close_entry(entries, entry, body->str, line);
    g_string_free(body, TRUE);
    return entries;
}

char *entry_schedule(const struct entry *entry)
{
    return g_strconcat(entry->setup, entry->text, NULL);
}

char *entry_at_level(const struct entry *entry, const char *level)
{
    GString *text = g_string_new(entry->setup);
    g_auto(GStrv) lines = g_strsplit(entry->text, "\n", -1);

    for (unsigned i = 0; lines[i] && lines[i + 1]; i++) {
        bool header = g_str_has_prefix(lines[i], "-- session ");
        if (header && i > 0)
            g_string_append(text, "COMMIT;\n");
        g_string_append_printf(text, "%s\n", lines[i]);
        if (header)
            g_string_append_printf(text, "BEGIN ISOLATION LEVEL %s;\n", level);
    }
    g_string_append(text, "COMMIT;\n");
    return g_string_free(text, FALSE);
}
