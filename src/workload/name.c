#include "workload/name.h"

#include "workload/program.h"

/* "select-update-accounts": the verbs and tables in their order, each once. */
static char *deeds(const struct program *program)
{
    g_autoptr(GString) verbs = g_string_new(NULL);
    g_autoptr(GString) tables = g_string_new(NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < program->shapes->len; i++) {
        const struct normal *normal = ((struct shape *)program->shapes->pdata[i])->normal;
        if (normal->kind >= STATEMENT_BEGIN && normal->kind <= STATEMENT_ROLLBACK_PREPARED)
            continue;
        if (verbs->len < 40 && g_hash_table_add(seen, normal->verb))
            g_string_append_printf(verbs, "%s%s", verbs->len ? "-" : "", normal->verb);
        for (guint j = 0; j < normal->tables->len && tables->len < 40; j++) {
            const char *name = g_array_index(normal->tables, struct normal_table, j).name;
            if (g_hash_table_add(seen, (gpointer)name))
                g_string_append_printf(tables, "-%s", name);
        }
    }
    char *text = g_strconcat(verbs->str, tables->str, NULL);
    for (char *c = text; *c; c++)
        *c = g_ascii_isalnum(*c) || *c == '_' || *c == '-' ? g_ascii_tolower(*c) : '-';
    return text;
}

/* It stands in a comment of one line. */
static bool is_name(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        if (g_ascii_iscntrl(text[i]))
            return false;
    }
    return length > 0 && length <= 80;
}

static char *wish(const struct program *program)
{
    if (is_name(program->tags))
        return g_strdup(program->tags);
    g_autofree char *what = deeds(program);
    return is_name(program->application) ? g_strdup_printf("%s-%s", program->application, what)
                                         : g_steal_pointer(&what);
}

static int compare_names(const void *a, const void *b)
{
    const struct program *x = *(struct program *const *)a, *y = *(struct program *const *)b;
    int order = strcmp(x->name, y->name);

    return order ? order : strcmp(x->key, y->key);
}

/* With so many digits of its key behind the wish. */
static void set_name(struct program *program, const char *wanted, int digits)
{
    g_free(program->name);
    program->name =
        digits ? g_strdup_printf("%s-%.*s", wanted, digits, program->key) : g_strdup(wanted);
}

void name_programs(GPtrArray *programs)
{
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) wishes = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < programs->len; i++) {
        const struct program *program = programs->pdata[i];
        char *wanted = wish(program);
        g_ptr_array_add(wishes, wanted);
        char *names[] = {g_strdup(wanted), g_strdup_printf("%s-%.4s", wanted, program->key)};
        for (size_t j = 0; j < G_N_ELEMENTS(names); j++) {
            guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, names[j]));
            g_hash_table_insert(counts, names[j], GUINT_TO_POINTER(count + 1));
        }
    }
    for (guint i = 0; i < programs->len; i++) {
        struct program *program = programs->pdata[i];
        const char *wanted = wishes->pdata[i];
        bool alone = GPOINTER_TO_UINT(g_hash_table_lookup(counts, wanted)) == 1;
        set_name(program, wanted, 4);
        if (*program->tags && alone)
            set_name(program, wanted, 0);
        else if (GPOINTER_TO_UINT(g_hash_table_lookup(counts, program->name)) > 1)
            set_name(program, wanted, 16);
    }
    g_ptr_array_sort(programs, compare_names);
}
