/* A constant is one program's own when it stands in the files as often as in the conditions and
 * assignments of that program. What stands in a text is found by its words, so that '7', "7" and
 * {7,8} are all a 7: rather too many than too few. */
#include "corpus/lone-value.h"

#include <string.h>

#include "facts/script.h"

struct text {
    const char *at;
    size_t length;
};

struct value {
    struct text text;              /* the key */
    const struct transaction *own; /* whose it is */
    GHashTable *places;            /* where that one has it */
    guint count;                   /* how often it stands in the files */
    unsigned number;
    bool shared;
};

/* What the programs ask of one relation. */
struct columns {
    GHashTable *ordered; /* names of columns that somebody compares for more than being equal */
    bool closed;         /* all of them may be */
};

/* Kinds of words by their ends and length, of which most are no value of anybody. */
enum { WORD_KINDS = 1024 };

struct lone_values {
    const struct corpus *corpus;
    bool kinds[WORD_KINDS];
    GHashTable *values;    /* struct text → struct value */
    GHashTable *relations; /* the accesses of one → struct columns */
    const struct transaction *numbered;
    unsigned last; /* number that was given in it */
};

/* ------------------------------------------------------------------ words */

static guint text_hash(gconstpointer key)
{
    const struct text *text = key;
    guint32 hash = 2166136261u;

    for (size_t i = 0; i < text->length; i++)
        hash = (hash ^ (unsigned char)text->at[i]) * 16777619u;
    return hash;
}

static gboolean text_equal(gconstpointer a, gconstpointer b)
{
    const struct text *x = a, *y = b;

    return x->length == y->length && memcmp(x->at, y->at, x->length) == 0;
}

static bool is_of_word(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

bool lone_value_next_word(const char **at, const char *end, const char **word, size_t *length)
{
    const char *first = *at;

    while (first < end && !is_of_word(*first))
        first++;
    const char *last = first;
    while (last < end && is_of_word(*last))
        last++;
    *word = first;
    *length = (size_t)(last - first);
    *at = last;
    return first < end;
}

/* 007 is a 7. */
static struct text value_of(const char *word, size_t length)
{
    size_t zeros = 0;

    while (zeros + 1 < length && word[zeros] == '0' && g_ascii_isdigit(word[zeros + 1]))
        zeros++;
    return (struct text){word + zeros, length - zeros};
}

static unsigned kind_of(const struct text *text)
{
    unsigned first = (unsigned char)text->at[0], last = (unsigned char)text->at[text->length - 1];

    return (first * 31 + last * 7 + (unsigned)text->length * 131) % WORD_KINDS;
}

/* The word of a constant that is written in one way only, as numbers and most words are, and
 * patterns like 'word%'. */
static bool plain_word(const struct operand *operand, struct text *word)
{
    const char *at = operand->text;

    if (operand->kind != OPERAND_CONSTANT || !at ||
        (operand->literal != LITERAL_INTEGER && operand->literal != LITERAL_STRING))
        return false;
    const char *first = at + strspn(at, "%");
    if (!lone_value_next_word(&at, at + strlen(at), &word->at, &word->length) ||
        word->at != first || at[strspn(at, "%")] != '\0' || (*first == '0' && word->length > 1))
        return false;
    return strspn(first, "0123456789") == word->length ||
           (operand->literal == LITERAL_STRING && g_ascii_isalpha(*first));
}

/* ------------------------------------------------------------------ columns */

/* Of patterns isolint asks no more than whether two are the same. */
static bool is_for_equality(const struct term *term)
{
    switch (term->comparison) {
    case COMPARE_LIKE:
    case COMPARE_ILIKE:
    case COMPARE_EQUAL:
    case COMPARE_NOT_EQUAL:
    case COMPARE_IN:
    case COMPARE_NOT_IN:
    case COMPARE_IS_NULL:
    case COMPARE_IS_NOT_NULL:
        return true;
    default:
        return false;
    }
}

/* A partition, a partial index or an exclusion constraint looks at more than whether values are
 * equal. */
static bool looks_at_values(const struct relation *relation)
{
    if (relation->partitioned || relation->parent)
        return true;
    for (const struct index *index = relation->indexes; index; index = index->next) {
        if (index->partial || index->kind == INDEX_EXCLUSION)
            return true;
        for (const struct index_key *key = index->keys; key; key = key->next) {
            if (!key->column)
                return true;
        }
    }
    return false;
}

static struct columns *columns_new(const GPtrArray *accesses)
{
    struct columns *columns = g_new0(struct columns, 1);

    columns->ordered = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < accesses->len && !columns->closed; i++) {
        const struct access *access = accesses->pdata[i];
        columns->closed = access->relation && looks_at_values(access->relation);
        for (const struct restriction *each = access->where; each; each = each->next) {
            if (!each->term.column)
                columns->closed |= each->term.condition->kind != CONDITION_CONSTANT;
            else if (!is_for_equality(&each->term))
                g_hash_table_add(columns->ordered, (gpointer)each->term.column);
        }
    }
    return columns;
}

static void columns_free(void *data)
{
    struct columns *columns = data;

    g_hash_table_unref(columns->ordered);
    g_free(columns);
}

static bool is_open_to(struct lone_values *values, const struct access *access, const char *column)
{
    const GPtrArray *accesses = corpus_accesses(values->corpus, access);
    struct columns *columns = accesses ? g_hash_table_lookup(values->relations, accesses) : NULL;

    if (!accesses || !column)
        return false;
    if (!columns) {
        columns = columns_new(accesses);
        g_hash_table_insert(values->relations, (gpointer)accesses, columns);
    }
    return !columns->closed && !g_hash_table_contains(columns->ordered, column);
}

/* ------------------------------------------------------------------ values */

static void value_free(void *data)
{
    struct value *value = data;

    g_hash_table_unref(value->places);
    g_free(value);
}

/* It is the program's own text, and not what stands in a routine of another file. */
static bool is_written_in(const struct operand *operand, const struct script *script)
{
    size_t start = operand->start, length = strlen(operand->text);

    start += start < script->size && script->bytes[start] == '\'';
    return start + length <= script->size &&
           memcmp(script->bytes + start, operand->text, length) == 0;
}

static void add_value(struct lone_values *values, const struct access *access, const char *column,
                      const struct operand *operand)
{
    const struct transaction *program = access->transaction;
    struct text text;

    if (!plain_word(operand, &text))
        return;
    struct value *value = g_hash_table_lookup(values->values, &text);
    if (!value) {
        value = g_new0(struct value, 1);
        *value =
            (struct value){.text = text, .own = program, .places = g_hash_table_new(NULL, NULL)};
        g_hash_table_insert(values->values, &value->text, value);
        values->kinds[kind_of(&text)] = true;
    }
    value->shared |= value->own != program || !is_written_in(operand, program->script) ||
                     !is_open_to(values, access, column);
    if (!value->shared)
        g_hash_table_add(value->places, GUINT_TO_POINTER(operand->start + 1));
}

static void add_program(struct lone_values *values, const struct transaction *program)
{
    for (const struct access *each = program->accesses; each; each = each->next) {
        for (const struct restriction *asked = each->where; asked; asked = asked->next) {
            if (term_binds(&asked->term) && asked->term.value)
                add_value(values, each, asked->term.column, asked->term.value);
        }
        for (const struct assignment *set = each->assignments; set; set = set->next)
            add_value(values, each, set->column, &set->value);
    }
}

static void count_words(struct lone_values *values, const struct script *script)
{
    const char *at = script->bytes, *end = at + script->size, *word;
    size_t length;

    while (lone_value_next_word(&at, end, &word, &length)) {
        const struct text text = value_of(word, length);
        struct value *value =
            values->kinds[kind_of(&text)] ? g_hash_table_lookup(values->values, &text) : NULL;
        if (value)
            value->count++;
    }
}

struct lone_values *lone_values_new(const struct corpus *corpus, const GPtrArray *programs)
{
    struct lone_values *values = g_new0(struct lone_values, 1);

    values->corpus = corpus;
    values->values = g_hash_table_new_full(text_hash, text_equal, NULL, value_free);
    values->relations = g_hash_table_new_full(NULL, NULL, NULL, columns_free);
    for (guint i = 0; i < programs->len; i++)
        add_program(values, programs->pdata[i]);
    for (guint i = 0; i < corpus->scripts->len; i++)
        count_words(values, corpus->scripts->pdata[i]);
    return values;
}

void lone_values_free(struct lone_values *values)
{
    g_hash_table_unref(values->values);
    g_hash_table_unref(values->relations);
    g_free(values);
}

unsigned lone_value_number(struct lone_values *values, const struct transaction *program,
                           const char *text, size_t length)
{
    const struct text key = {text, length};
    struct value *value = g_hash_table_lookup(values->values, &key);

    if (!value || value->shared || value->own != program ||
        value->count != g_hash_table_size(value->places))
        return 0;
    if (values->numbered != program) {
        values->numbered = program;
        values->last = 0;
    }
    if (!value->number)
        value->number = ++values->last;
    return value->number;
}
