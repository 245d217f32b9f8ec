#include "corpus/by-value.h"

#include <string.h>

#include "program/rows.h"

/* Fewer are not worth it. */
enum { LEAST_INDEXED = 16 };

/* Values that one access may offer, and one more; a WHERE can have hundreds. */
enum { MOST_OFFERED = 4 };

struct value_index {
    GPtrArray *accesses; /* of programs that are not surplus */
    const char *column;  /* NULL: none tells them apart */
    GHashTable *values;  /* text → GArray of guint */
    GArray *open;
    bool inserts;
    GHashTable *setters;  /* column → GArray of guint: the UPDATEs that set it */
    GHashTable *shifters; /* of these, those that compute it from columns */
    GArray *others;       /* INSERTs, and UPDATEs of which that is not known */
    GArray *removals;     /* all other writes */
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

/* An UPDATE of the column leaves the row with another value: it is about rows of both. */
static size_t offer(const struct access *access, const struct term *term, struct asked *asked)
{
    const struct assignment *set =
        access->kind == ACCESS_INSERT ? NULL : access_assigns(access, term->column);

    asked[0] = (struct asked){term->column, term->value};
    if (!set)
        return 1;
    asked[1] = (struct asked){term->column, &set->value};
    return sort_of(&set->value) != VALUE_OPEN ? 2 : 0;
}

/* An upsert meets what is there. */
static size_t offers(const struct access *access, struct asked *asked)
{
    size_t count = 0;

    if (access_is_upsert(access))
        return 0;
    for (const struct restriction *each = access->where; each && count < MOST_OFFERED;
         each = each->next) {
        if (term_binds(&each->term) && each->term.comparison == COMPARE_EQUAL &&
            sort_of(each->term.value) != VALUE_OPEN)
            count += offer(access, &each->term, &asked[count]);
    }
    if (access->kind != ACCESS_INSERT)
        return count;
    for (const struct assignment *each = access->assignments; each && count < MOST_OFFERED;
         each = each->next) {
        const struct operand *value = each->column ? access_inserts(access, each->column) : NULL;
        if (value && sort_of(value) != VALUE_OPEN)
            asked[count++] = (struct asked){each->column, value};
    }
    return count;
}

/* The first value that it offers for the column, and the one that it leaves instead, or that one again.
 * False when it may be about rows of any value. */
static bool values_of(const struct access *access, const char *column, const char *values[2])
{
    struct asked asked[MOST_OFFERED + 1];
    size_t count = offers(access, asked), i = 0;

    while (i < count && strcmp(asked[i].column, column) != 0)
        i++;
    if (i == count)
        return false;
    bool leaves = access->kind != ACCESS_INSERT && access_assigns(access, column);
    values[0] = asked[i].value->text;
    values[1] = asked[i + leaves].value->text;
    return true;
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
    struct asked asked[MOST_OFFERED + 1];
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

static bool counts(const struct transaction *transaction, bool all)
{
    return !transaction->surplus && (all || !transaction->alike);
}

/* The list itself where all of it counts. */
static GPtrArray *without_copies(const GPtrArray *from, bool all)
{
    guint first = 0;

    while (first < from->len && counts(((struct access *)from->pdata[first])->transaction, all))
        first++;
    if (first == from->len)
        return g_ptr_array_ref((GPtrArray *)from);
    GPtrArray *accesses = g_ptr_array_sized_new(from->len);
    for (guint i = 0; i < from->len; i++) {
        const struct access *access = from->pdata[i];
        if (counts(access->transaction, all))
            g_ptr_array_add(accesses, (gpointer)access);
    }
    return accesses;
}

static GHashTable *lists_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_array_unref);
}

static GArray *list_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(guint));
}

static void add_to_list(GHashTable *lists, const char *name, guint place)
{
    GArray *places = g_hash_table_lookup(lists, name);

    if (!places) {
        places = list_new();
        g_hash_table_insert(lists, (gpointer)name, places);
    }
    if (places->len == 0 || g_array_index(places, guint, places->len - 1) != place)
        g_array_append_val(places, place);
}

static void add_value(struct value_index *index, const struct access *access, guint place)
{
    const char *values[2];

    if (!values_of(access, index->column, values)) {
        g_array_append_val(index->open, place);
    } else {
        add_to_list(index->values, values[0], place);
        add_to_list(index->values, values[1], place);
    }
    index->inserts |= access->kind == ACCESS_INSERT;
}

static bool names_what_it_sets(const struct access *update)
{
    for (const struct assignment *each = update->assignments; each; each = each->next) {
        if (!each->column)
            return false;
    }
    return update->assignments != NULL;
}

static void add_write(struct value_index *index, const struct access *access, guint place)
{
    if (access->kind != ACCESS_UPDATE || !names_what_it_sets(access)) {
        bool brings = access->kind == ACCESS_UPDATE || access->kind == ACCESS_INSERT;
        g_array_append_val(brings ? index->others : index->removals, place);
        return;
    }
    for (const struct assignment *each = access->assignments; each; each = each->next) {
        add_to_list(index->setters, each->column, place);
        if (operand_has_columns(&each->value))
            add_to_list(index->shifters, each->column, place);
    }
}

static void fill(struct value_index *index)
{
    for (guint i = 0; i < index->accesses->len; i++) {
        const struct access *access = index->accesses->pdata[i];
        if (index->column)
            add_value(index, access, i);
        if (access_is_write(access))
            add_write(index, access, i);
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
    index->values = lists_new();
    index->open = list_new();
    index->setters = lists_new();
    index->shifters = lists_new();
    index->others = list_new();
    index->removals = list_new();
    fill(index);
    return index;
}

void value_index_free(struct value_index *index)
{
    g_hash_table_unref(index->values);
    g_hash_table_unref(index->setters);
    g_hash_table_unref(index->shifters);
    g_ptr_array_unref(index->accesses);
    g_array_unref(index->open);
    g_array_unref(index->others);
    g_array_unref(index->removals);
    g_free(index);
}

/* The first access of its program to the same relation, in an index from which that one is left
 * out; NULL when it is not. */
static const struct access *own_accesses(const struct access *access, bool all)
{
    const struct transaction *program = access->transaction;

    return program->surplus || (program->alike && !all) ? program->accesses : NULL;
}

static const struct value_index *index_of(const struct corpus *corpus, const struct access *access,
                                          bool all)
{
    const GPtrArray *accesses = corpus_accesses(corpus, access);
    GHashTable *values = all && corpus->all_values ? corpus->all_values : corpus->values;

    return accesses ? g_hash_table_lookup(values, accesses) : NULL;
}

static struct access_cursor cursor_of(const struct corpus *corpus, const struct access *access,
                                      bool all)
{
    const struct value_index *index = index_of(corpus, access, all);

    return (struct access_cursor){.accesses =
                                      index ? index->accesses : corpus_accesses(corpus, access),
                                  .own = index ? own_accesses(access, all) : NULL,
                                  .of = access};
}

static void add_list(struct access_cursor *cursor, const GArray *list)
{
    cursor->narrowed = true;
    if (list)
        cursor->lists[cursor->list_count++] = list;
}

static struct access_cursor meeting(const struct corpus *corpus, const struct access *access,
                                    bool all)
{
    const struct value_index *index = index_of(corpus, access, all);
    struct access_cursor cursor = cursor_of(corpus, access, all);
    const char *values[2];

    if (index && index->column && values_of(access, index->column, values)) {
        add_list(&cursor, g_hash_table_lookup(index->values, values[0]));
        if (strcmp(values[0], values[1]) != 0)
            add_list(&cursor, g_hash_table_lookup(index->values, values[1]));
        add_list(&cursor, index->open);
        cursor.inserts = index->inserts;
    }
    return cursor;
}

struct access_cursor corpus_all(const struct corpus *corpus, const struct access *access)
{
    return cursor_of(corpus, access, false);
}

struct access_cursor corpus_meeting(const struct corpus *corpus, const struct access *access)
{
    return meeting(corpus, access, false);
}

struct access_cursor corpus_meeting_any(const struct corpus *corpus, const struct access *access)
{
    return meeting(corpus, access, true);
}

/* Adds those that set a column, unless they are there already; false when there are too many lists
 * or the column may be any. */
static bool add_setters(struct access_cursor *cursor, const struct value_index *index,
                        const char *column)
{
    const GArray *list = column ? g_hash_table_lookup(index->setters, column) : NULL;

    for (unsigned i = 0; list && i < cursor->list_count; i++) {
        if (cursor->lists[i] == list)
            return true;
    }
    if (!column || cursor->list_count == MOST_LISTS)
        return false;
    add_list(cursor, list);
    return true;
}

static bool add_used(struct access_cursor *cursor, const struct value_index *index,
                     const struct query *query)
{
    const struct range *range = cursor->of->range;

    for (const struct column_use *use = query->uses; use; use = use->next) {
        bool own = use->range == range || (!use->range && !use->name);
        if (own && !add_setters(cursor, index, use->name))
            return false;
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (!add_used(cursor, index, inner))
            return false;
    }
    return true;
}

struct access_cursor corpus_overwriting(const struct corpus *corpus, const struct access *read)
{
    const struct value_index *index = index_of(corpus, read, false);
    struct access_cursor all = corpus_meeting(corpus, read),
                         cursor = cursor_of(corpus, read, false);

    if (!index || all.narrowed || read->copy || !read->query)
        return all;
    add_list(&cursor, index->others);
    if (!access_is_write(read))
        add_list(&cursor, index->removals);
    if (!add_used(&cursor, index, read->query))
        return all;
    for (const struct restriction *each = read->where; each; each = each->next) {
        if (each->term.column && !add_setters(&cursor, index, each->term.column))
            return all;
    }
    return cursor;
}

struct access_cursor corpus_shifting(const struct corpus *corpus, const struct access *access,
                                     const char *column)
{
    const struct value_index *index = index_of(corpus, access, true);
    struct access_cursor cursor = cursor_of(corpus, access, true);

    if (index)
        add_list(&cursor, g_hash_table_lookup(index->shifters, column));
    return cursor;
}

static bool same_list(const struct access *a, const struct access *b)
{
    return !access_is_exempt(a) && a->relation == b->relation &&
           (a->relation || g_strcmp0(a->name, b->name) == 0);
}

/* The place of the next that is listed; past the end when there is none. */
static guint next_place(const struct access_cursor *cursor)
{
    guint next = cursor->narrowed ? G_MAXUINT : cursor->at[0];

    for (unsigned i = 0; i < cursor->list_count; i++) {
        const GArray *list = cursor->lists[i];
        if (cursor->at[i] < list->len)
            next = MIN(next, g_array_index(list, guint, cursor->at[i]));
    }
    return next;
}

static void step_over(struct access_cursor *cursor, guint place)
{
    cursor->at[0] += !cursor->narrowed;
    for (unsigned i = 0; i < cursor->list_count; i++) {
        const GArray *list = cursor->lists[i];
        cursor->at[i] +=
            cursor->at[i] < list->len && g_array_index(list, guint, cursor->at[i]) == place;
    }
}

const struct access *access_next(struct access_cursor *cursor)
{
    guint place = next_place(cursor);
    const struct access *listed =
        cursor->accesses && place < cursor->accesses->len ? cursor->accesses->pdata[place] : NULL;

    while (cursor->own && !same_list(cursor->own, cursor->of))
        cursor->own = cursor->own->next;
    const struct access *own = cursor->own;
    if (own && (!listed || own->transaction->number < listed->transaction->number)) {
        cursor->own = own->next;
        return own;
    }
    if (listed)
        step_over(cursor, place);
    return listed;
}
