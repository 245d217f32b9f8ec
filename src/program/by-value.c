#include "program/by-value.h"

#include <string.h>

#include "program/rows.h"

/* Fewer are not worth it. */
enum { LEAST_INDEXED = 16 };

/* Columns that one access may offer; a WHERE can have hundreds. */
enum { MOST_OFFERED = 4 };

struct value_index {
    GPtrArray *accesses; /* of programs that are not surplus */
    const char *column;  /* NULL: none tells them apart */
    GHashTable *values;  /* text → GArray of guint */
    GArray *open;
    bool inserts;
};

/* Numbers that are written in one way, and strings that are none, are different when their texts
 * are. */
enum sort_of_value { VALUE_OPEN, VALUE_INTEGER, VALUE_WORD };

static enum sort_of_value sort_of(const struct operand *value)
{
    if (value->kind != OPERAND_CONSTANT || !value->text ||
        (value->literal != LITERAL_INTEGER && value->literal != LITERAL_STRING))
        return VALUE_OPEN;
    const char *text = value->text;
    size_t digits = strspn(text, "0123456789");
    if (text[digits] == '\0' && digits > 0 && (text[0] != '0' || digits == 1))
        return VALUE_INTEGER;
    return value->literal == LITERAL_STRING && g_ascii_isalpha(text[0]) ? VALUE_WORD : VALUE_OPEN;
}

/* What an access asks of a column, or brings into it. */
struct asked {
    const char *column;
    const struct operand *value;
};

/* An UPDATE of the column leaves the row with another value, and an upsert meets what is there. */
static bool is_offered(const struct access *access, const char *column)
{
    return !access_is_upsert(access) &&
           (access->kind == ACCESS_INSERT || !access_assigns(access, column));
}

static size_t offers(const struct access *access, struct asked *asked)
{
    size_t count = 0;

    for (const struct restriction *each = access->where; each && count < MOST_OFFERED;
         each = each->next) {
        if (term_binds(&each->term) && each->term.comparison == COMPARE_EQUAL &&
            sort_of(each->term.value) != VALUE_OPEN && is_offered(access, each->term.column))
            asked[count++] = (struct asked){each->term.column, each->term.value};
    }
    if (access->kind != ACCESS_INSERT)
        return count;
    for (const struct assignment *each = access->assignments; each && count < MOST_OFFERED;
         each = each->next) {
        const struct operand *value = each->column ? access_inserts(access, each->column) : NULL;
        if (value && sort_of(value) != VALUE_OPEN && is_offered(access, each->column))
            asked[count++] = (struct asked){each->column, value};
    }
    return count;
}

/* NULL when it may be about rows of any value. */
static const char *value_of(const struct access *access, const char *column)
{
    struct asked asked[MOST_OFFERED];
    size_t count = offers(access, asked);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(asked[i].column, column) == 0)
            return asked[i].value->text;
    }
    return NULL;
}

/* ------------------------------------------------------------------ which column */

struct column_values {
    GHashTable *texts;
    enum sort_of_value sort;
    bool mixed; /* 'a' and 7: nobody knows what the column is */
};

static void column_values_free(void *data)
{
    struct column_values *values = data;

    g_hash_table_unref(values->texts);
    g_free(values);
}

static void count_values(GHashTable *columns, const struct access *access)
{
    struct asked asked[MOST_OFFERED];
    size_t count = offers(access, asked);

    for (size_t i = 0; i < count; i++) {
        enum sort_of_value sort = sort_of(asked[i].value);
        struct column_values *values = g_hash_table_lookup(columns, asked[i].column);
        if (!values) {
            values = g_new0(struct column_values, 1);
            values->texts = g_hash_table_new(g_str_hash, g_str_equal);
            values->sort = sort;
            g_hash_table_insert(columns, (gpointer)asked[i].column, values);
        }
        values->mixed |= values->sort != sort;
        g_hash_table_add(values->texts, (gpointer)asked[i].value->text);
    }
}

/* The one of most values; of several, the first by name. */
static const char *choose_column(GHashTable *columns)
{
    const char *best = NULL;
    guint most = 1;
    GHashTableIter iter;
    gpointer column, data;

    g_hash_table_iter_init(&iter, columns);
    while (g_hash_table_iter_next(&iter, &column, &data)) {
        const struct column_values *values = data;
        guint count = g_hash_table_size(values->texts);
        if (values->mixed || count < most || (best && count == most && strcmp(column, best) > 0))
            continue;
        most = count;
        best = count > 1 ? column : NULL;
    }
    return best;
}

/* ------------------------------------------------------------------ the index */

static GPtrArray *without_copies(const GPtrArray *from, bool all)
{
    GPtrArray *accesses = g_ptr_array_new();

    for (guint i = 0; i < from->len; i++) {
        const struct access *access = from->pdata[i];
        if (!access->transaction->surplus && (all || !access->transaction->alike))
            g_ptr_array_add(accesses, (gpointer)access);
    }
    return accesses;
}

static void fill(struct value_index *index)
{
    index->open = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < index->accesses->len; i++) {
        const struct access *access = index->accesses->pdata[i];
        const char *value = value_of(access, index->column);
        GArray *places = value ? g_hash_table_lookup(index->values, value) : index->open;
        if (!places) {
            places = g_array_new(FALSE, FALSE, sizeof(guint));
            g_hash_table_insert(index->values, (gpointer)value, places);
        }
        g_array_append_val(places, i);
        index->inserts |= access->kind == ACCESS_INSERT;
    }
}

struct value_index *value_index_new(const GPtrArray *accesses, bool all)
{
    g_autoptr(GHashTable) columns =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, column_values_free);

    if (accesses->len < LEAST_INDEXED)
        return NULL;
    struct value_index *index = g_new0(struct value_index, 1);
    index->accesses = without_copies(accesses, all);
    for (guint i = 0; i < index->accesses->len; i++)
        count_values(columns, index->accesses->pdata[i]);
    index->column = choose_column(columns);
    index->values =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_array_unref);
    if (index->column)
        fill(index);
    return index;
}

void value_index_free(struct value_index *index)
{
    g_hash_table_unref(index->values);
    g_ptr_array_unref(index->accesses);
    if (index->open)
        g_array_unref(index->open);
    g_free(index);
}

/* The first access of its program to the same relation, in an index from which that one is left
 * out; NULL when it is not. */
static const struct access *own_accesses(const struct access *access, bool all)
{
    const struct transaction *program = access->transaction;

    return program->surplus || (program->alike && !all) ? program->accesses : NULL;
}

static struct access_cursor cursor_of(const struct corpus *corpus, const struct access *access,
                                      bool by_value, bool all)
{
    const GPtrArray *accesses = corpus_accesses(corpus, access);
    GHashTable *values = all && corpus->all_values ? corpus->all_values : corpus->values;
    const struct value_index *index = accesses ? g_hash_table_lookup(values, accesses) : NULL;
    const char *value = index && index->column && by_value ? value_of(access, index->column) : NULL;
    struct access_cursor cursor = {.accesses = index ? index->accesses : accesses};

    if (index)
        cursor.own = own_accesses(access, all);
    cursor.of = access;
    if (value) {
        cursor.same = g_hash_table_lookup(index->values, value);
        cursor.open = index->open;
        cursor.inserts = index->inserts;
    }
    return cursor;
}

struct access_cursor corpus_all(const struct corpus *corpus, const struct access *access)
{
    return cursor_of(corpus, access, false, false);
}

struct access_cursor corpus_meeting(const struct corpus *corpus, const struct access *access)
{
    return cursor_of(corpus, access, true, false);
}

struct access_cursor corpus_meeting_any(const struct corpus *corpus, const struct access *access)
{
    return cursor_of(corpus, access, true, true);
}

static bool same_list(const struct access *a, const struct access *b)
{
    return !access_is_exempt(a) && a->relation == b->relation &&
           (a->relation || g_strcmp0(a->name, b->name) == 0);
}

/* What comes next without the program's own; the place of it goes to `*i` or `*j` of the cursor. */
static const struct access *next_listed(const struct access_cursor *cursor, bool *same)
{
    guint all = cursor->accesses ? cursor->accesses->len : 0;
    guint i = cursor->i, j = all;

    if (cursor->open) {
        i = cursor->same && i < cursor->same->len ? g_array_index(cursor->same, guint, i) : all;
        j = cursor->j < cursor->open->len ? g_array_index(cursor->open, guint, cursor->j) : all;
    }
    *same = i < j;
    return MIN(i, j) < all ? cursor->accesses->pdata[MIN(i, j)] : NULL;
}

const struct access *access_next(struct access_cursor *cursor)
{
    const struct access *own = cursor->own;
    bool same;

    while (own && !same_list(own, cursor->of))
        own = own->next;
    cursor->own = own;
    const struct access *listed = next_listed(cursor, &same);
    if (own && (!listed || own->transaction->number < listed->transaction->number)) {
        cursor->own = own->next;
        return own;
    }
    if (same)
        cursor->i++;
    else
        cursor->j++;
    return listed;
}
