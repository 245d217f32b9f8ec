#include "facts/settings.h"

#include <string.h>

#include <glib.h>

static const char *const level_names[] = {
    [LEVEL_UNKNOWN] = "an unknown level",      [LEVEL_READ_UNCOMMITTED] = "READ UNCOMMITTED",
    [LEVEL_READ_COMMITTED] = "READ COMMITTED", [LEVEL_REPEATABLE_READ] = "REPEATABLE READ",
    [LEVEL_SERIALIZABLE] = "SERIALIZABLE",
};

const char *isolation_level_name(enum isolation_level level)
{
    return level_names[level];
}

enum isolation_level isolation_level_parse(const char *text)
{
    for (size_t level = LEVEL_READ_UNCOMMITTED; level < G_N_ELEMENTS(level_names); level++) {
        if (g_ascii_strcasecmp(text, level_names[level]) == 0)
            return (enum isolation_level)level;
    }
    return LEVEL_UNKNOWN;
}

const char *mode_text(const struct mode *mode)
{
    static const char *const levels[] = {
        [LEVEL_UNKNOWN] = "ISOLATION LEVEL …",
        [LEVEL_READ_UNCOMMITTED] = "ISOLATION LEVEL READ UNCOMMITTED",
        [LEVEL_READ_COMMITTED] = "ISOLATION LEVEL READ COMMITTED",
        [LEVEL_REPEATABLE_READ] = "ISOLATION LEVEL REPEATABLE READ",
        [LEVEL_SERIALIZABLE] = "ISOLATION LEVEL SERIALIZABLE",
    };

    if (mode->kind == MODE_ISOLATION)
        return levels[mode->value >= 0 ? mode->value : LEVEL_UNKNOWN];
    if (mode->kind == MODE_READ_ONLY)
        return mode->value ? "READ ONLY" : "READ WRITE";
    return mode->value ? "DEFERRABLE" : "NOT DEFERRABLE";
}

const char *mode_subject(const struct mode *mode)
{
    if (mode->kind == MODE_ISOLATION)
        return "the isolation level";
    return mode->kind == MODE_READ_ONLY ? mode_text(mode) : "[NOT] DEFERRABLE";
}

const char *modes_text(struct arena *arena, const struct mode *modes)
{
    const char *text = NULL;

    for (; modes; modes = modes->next) {
        if (modes->value < 0)
            return NULL;
        text = text ? arena_printf(arena, "%s, %s", text, mode_text(modes)) : mode_text(modes);
    }
    return text;
}

const struct mode *modes_find(const struct mode *modes, enum mode_kind kind)
{
    const struct mode *found = NULL;

    for (; modes; modes = modes->next) {
        if (modes->kind == kind)
            found = modes;
    }
    return found;
}

bool modes_overlap(const struct mode *a, const struct mode *b)
{
    for (; a; a = a->next) {
        if (modes_find(b, a->kind))
            return true;
    }
    return false;
}

/* What the server takes for a boolean (parse_bool in utils/adt/bool.c): unique prefixes too. */
static int boolean_parse(const char *text)
{
    static const struct {
        const char *word;
        size_t shortest;
        int value;
    } words[] = {{"true", 1, 1}, {"false", 1, 0}, {"yes", 1, 1}, {"no", 1, 0},
                 {"on", 2, 1},   {"off", 2, 0},   {"1", 1, 1},   {"0", 1, 0}};
    size_t length = strlen(text);

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (length >= words[i].shortest && length <= strlen(words[i].word) &&
            g_ascii_strncasecmp(text, words[i].word, length) == 0)
            return words[i].value;
    }
    return MODE_UNKNOWN;
}

bool setting_mode(const struct setting *setting, struct mode *mode, bool *transaction)
{
    static const struct {
        const char *name;
        enum mode_kind kind;
        bool transaction;
    } names[] = {
        {"transaction_isolation", MODE_ISOLATION, true},
        {"transaction_read_only", MODE_READ_ONLY, true},
        {"transaction_deferrable", MODE_DEFERRABLE, true},
        {"default_transaction_isolation", MODE_ISOLATION, false},
        {"default_transaction_read_only", MODE_READ_ONLY, false},
        {"default_transaction_deferrable", MODE_DEFERRABLE, false},
    };

    for (size_t i = 0; setting->name && i < G_N_ELEMENTS(names); i++) {
        if (strcmp(setting->name, names[i].name) != 0)
            continue;
        *transaction = names[i].transaction;
        *mode = (struct mode){.kind = names[i].kind, .span = setting->span};
        if (setting->unknown_value)
            mode->value = MODE_UNKNOWN;
        else if (!setting->value || g_ascii_strcasecmp(setting->value, "default") == 0)
            mode->value = MODE_DEFAULT;
        else if (mode->kind == MODE_ISOLATION)
            mode->value = isolation_level_parse(setting->value);
        else
            mode->value = boolean_parse(setting->value);
        return true;
    }
    return false;
}
