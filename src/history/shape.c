#include "history/shape.h"

#include "log/limits.h"

struct shapes {
    GHashTable *families; /* GArray of guint by skeleton: the values that are part of the text */
    GHashTable *messages; /* struct message by skeleton and those values */
    GHashTable *shapes;   /* struct shape by key, owned */
    GPtrArray *kept;      /* the normals of messages that shapes were first read from */
    guint next;
};

static uint64_t mix(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return (hash ^ 0xff) * 0x100000001b3u;
}

enum { MIX_START = 0x4bf29ce4 };

static guint hash_of(gconstpointer key)
{
    uint64_t value = *(const uint64_t *)key;

    return (guint)(value ^ value >> 32);
}

static void message_free(void *data)
{
    struct message *message = data;

    g_array_unref(message->uses);
    g_clear_pointer(&message->normals, g_ptr_array_unref);
    g_free(message);
}

struct shapes *shapes_new(void)
{
    struct shapes *shapes = g_new0(struct shapes, 1);

    shapes->families =
        g_hash_table_new_full(hash_of, g_int64_equal, g_free, (GDestroyNotify)g_array_unref);
    shapes->messages = g_hash_table_new_full(hash_of, g_int64_equal, g_free, message_free);
    shapes->shapes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    shapes->kept = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    return shapes;
}

void shapes_free(struct shapes *shapes)
{
    g_hash_table_unref(shapes->families);
    g_hash_table_unref(shapes->messages);
    g_hash_table_unref(shapes->shapes);
    g_ptr_array_unref(shapes->kept);
    g_free(shapes);
}

static struct shape *intern(struct shapes *shapes, const struct normal *normal)
{
    g_autofree char *key = g_strdup_printf("%d%c%s", normal->kind, normal->noise ? '-' : '+',
                                           normal->text ? normal->text : normal->verb);
    struct shape *shape = g_hash_table_lookup(shapes->shapes, key);

    if (shape)
        return shape;
    if (g_hash_table_size(shapes->shapes) >= LIMIT_SHAPES)
        return NULL;
    shape = g_new0(struct shape, 1);
    shape->id = shapes->next++;
    shape->normal = normal;
    shape->hash = mix(MIX_START, key, strlen(key));
    g_hash_table_insert(shapes->shapes, g_steal_pointer(&key), shape);
    return shape;
}

static uint64_t *new_key(uint64_t key)
{
    return g_memdup2(&key, sizeof key);
}

static uint64_t with_fixed(uint64_t skeleton, const GArray *fixed, struct piece text,
                           const struct tokens *tokens)
{
    for (guint i = 0; i < fixed->len; i++) {
        guint value = g_array_index(tokens->values, guint, g_array_index(fixed, guint, i));
        struct span span = g_array_index(tokens->all, struct token, value).span;
        skeleton = mix(skeleton, text.at + span.start, span.end - span.start);
    }
    return skeleton;
}

/* A log of generated statements would fill the memory with texts that come once. */
static void limit_messages(struct shapes *shapes)
{
    if (g_hash_table_size(shapes->messages) < LIMIT_TEXTS)
        return;
    g_hash_table_remove_all(shapes->messages);
    g_hash_table_remove_all(shapes->families);
}

static struct message *add_message(struct shapes *shapes, struct piece text,
                                   const struct tokens *tokens)
{
    struct message *message = g_new0(struct message, 1);
    g_autoptr(GArray) fixed = g_array_new(FALSE, FALSE, sizeof(guint));
    guint before = shapes->next;

    limit_messages(shapes);
    message->uses = g_array_new(FALSE, FALSE, sizeof(struct shape_use));
    message->normals = normal_read(text.at, text.length, tokens);
    for (guint i = 0; message->normals && i < message->normals->len; i++) {
        const struct normal *normal = message->normals->pdata[i];
        struct shape_use use = {intern(shapes, normal), normal};
        g_array_append_val(message->uses, use);
        g_array_append_vals(fixed, normal->fixed->data, normal->fixed->len);
    }
    if (shapes->next > before)
        g_ptr_array_add(shapes->kept, g_ptr_array_ref(message->normals));
    uint64_t key = with_fixed(tokens->skeleton, fixed, text, tokens);
    g_hash_table_insert(shapes->families, new_key(tokens->skeleton), g_array_ref(fixed));
    g_hash_table_insert(shapes->messages, new_key(key), message);
    return message;
}

const struct message *shapes_read(struct shapes *shapes, struct piece text,
                                  const struct tokens *tokens)
{
    const GArray *fixed = g_hash_table_lookup(shapes->families, &tokens->skeleton);
    if (fixed) {
        uint64_t key = with_fixed(tokens->skeleton, fixed, text, tokens);
        const struct message *known = g_hash_table_lookup(shapes->messages, &key);
        if (known)
            return known;
    }
    return add_message(shapes, text, tokens);
}

/* ------------------------------------------------------------------ values */

uint64_t value_hash_text(const char *text, size_t length)
{
    return mix(MIX_START, text, length);
}

/* The text between quotes, each doubled quote and backslash taken back. */
static uint64_t hash_string(const char *text, size_t length)
{
    GString *value = g_string_sized_new(length);
    const char *quote = memchr(text, '\'', length), *end = text + length;
    bool escapes = quote && quote > text && (quote[-1] == 'e' || quote[-1] == 'E');

    if (!quote || *text == '$') { /* $tag$text$tag$ */
        const char *open = memchr(text + 1, '$', length - 1);
        size_t tag = open ? (size_t)(open + 1 - text) : length;
        uint64_t hash = 2 * tag <= length ? value_hash_text(text + tag, length - 2 * tag) : 0;
        g_string_free(value, TRUE);
        return hash;
    }
    for (const char *at = quote + 1; at < end; at++) {
        if (*at == '\'' && at + 1 < end)
            at++;
        else if (*at == '\'')
            break;
        else if (escapes && *at == '\\' && at + 1 < end)
            at++;
        g_string_append_c(value, *at);
    }
    uint64_t hash = value_hash_text(value->str, value->len);
    g_string_free(value, TRUE);
    return hash;
}

uint64_t value_hash(const char *text, const struct token *token, bool negative)
{
    const char *at = text + token->span.start;
    size_t length = token->span.end - token->span.start;

    if (token->kind == TOKEN_STRING)
        return hash_string(at, length);
    if (negative) {
        g_autofree char *minus = g_strdup_printf("-%.*s", (int)length, at);
        return value_hash_text(minus, length + 1);
    }
    if (token->kind == TOKEN_KEYWORD) {
        g_autofree char *lower = g_ascii_strdown(at, (gssize)length);
        return value_hash_text(lower, length);
    }
    return value_hash_text(at, length);
}

struct shape *shapes_intern(struct shapes *shapes, const char *text)
{
    struct tokens tokens;

    tokens_init(&tokens);
    tokens_read(&tokens, text, strlen(text));
    const struct message *message =
        shapes_read(shapes, (struct piece){text, strlen(text)}, &tokens);
    tokens_finish(&tokens);
    return message->uses->len == 1 ? g_array_index(message->uses, struct shape_use, 0).shape : NULL;
}
