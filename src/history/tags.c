#include "history/tags.h"

void tags_init(struct tags *tags)
{
    tags->name = g_string_new(NULL);
    tags->place = g_string_new(NULL);
}

void tags_finish(struct tags *tags)
{
    g_string_free(tags->name, TRUE);
    g_string_free(tags->place, TRUE);
}

enum known {
    TAG_CONTROLLER,
    TAG_ACTION,
    TAG_ROUTE,
    TAG_JOB,
    TAG_PLACE,
    TAGS,
};

static int known_tag(struct piece key)
{
    static const struct {
        const char *key;
        enum known tag;
    } keys[] = {{"controller", TAG_CONTROLLER},
                {"namespaced_controller", TAG_CONTROLLER},
                {"action", TAG_ACTION},
                {"route", TAG_ROUTE},
                {"job", TAG_JOB},
                {"callsite", TAG_PLACE},
                {"source_location", TAG_PLACE}};

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (piece_is(key, keys[i].key))
            return keys[i].tag;
    }
    return -1;
}

/* Per cent signs and control characters are taken out: the name stands in a comment. */
static char *decoded(struct piece value)
{
    g_autofree char *plain = g_uri_unescape_segment(value.at, value.at + value.length, NULL);
    char *text = plain ? g_steal_pointer(&plain) : g_strndup(value.at, value.length);

    for (char *c = text; *c; c++) {
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    }
    g_strdelimit(text, "*", '_');
    return text;
}

static bool is_key_part(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '-';
}

/* key='value' or key:value, up to a comma. */
static struct piece read_pair(struct piece text, struct piece *key, struct piece *value)
{
    while (text.length > 0 && !is_key_part(*text.at))
        text = piece_after(text, 1);
    key->at = text.at;
    while (text.length > 0 && is_key_part(*text.at))
        text = piece_after(text, 1);
    key->length = (size_t)(text.at - key->at);
    *value = (struct piece){NULL, 0};
    if (text.length < 2 || (*text.at != '=' && *text.at != ':'))
        return text;
    bool quoted = text.at[1] == '\'';
    text = piece_after(text, quoted ? 2 : 1);
    value->at = text.at;
    while (text.length > 0 && *text.at != (quoted ? '\'' : ','))
        text = piece_after(text, 1);
    value->length = (size_t)(text.at - value->at);
    return text.length > 0 ? piece_after(text, 1) : text;
}

static void read_comment(struct piece comment, char *found[TAGS])
{
    while (comment.length > 0) {
        struct piece key, value;
        comment = read_pair(comment, &key, &value);
        int tag = value.length > 0 && value.length < 200 ? known_tag(key) : -1;
        if (tag >= 0 && !found[tag])
            found[tag] = decoded(value);
    }
}

void tags_read(struct tags *tags, struct piece text, const GArray *comments)
{
    char *found[TAGS] = {0};

    g_string_truncate(tags->name, 0);
    g_string_truncate(tags->place, 0);
    for (guint i = 0; i < comments->len; i++) {
        struct span span = g_array_index(comments, struct span, i);
        struct piece comment = {text.at + span.start, span.end - span.start};
        if (piece_starts(comment, "/*") && comment.length > 4)
            read_comment((struct piece){comment.at + 2, comment.length - 4}, found);
    }
    if (found[TAG_PLACE])
        g_string_assign(tags->place, found[TAG_PLACE]);
    if (found[TAG_CONTROLLER] || found[TAG_ACTION])
        g_string_printf(tags->name, "%s%s%s", found[TAG_CONTROLLER] ? found[TAG_CONTROLLER] : "",
                        found[TAG_CONTROLLER] && found[TAG_ACTION] ? "." : "",
                        found[TAG_ACTION] ? found[TAG_ACTION] : "");
    else if (found[TAG_ROUTE] || found[TAG_JOB])
        g_string_assign(tags->name, found[TAG_ROUTE] ? found[TAG_ROUTE] : found[TAG_JOB]);
    for (int i = 0; i < TAGS; i++)
        g_free(found[i]);
}
