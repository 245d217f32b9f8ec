#include "base/pattern.h"

#include <pthread.h>
#include <string.h>

#include <glib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* All that PCRE2 needs comes from g_malloc, which returns memory or does not return. */
static void *allocate(size_t size, void *unused)
{
    (void)unused;
    return g_malloc(size);
}

static void release(void *memory, void *unused)
{
    (void)unused;
    g_free(memory);
}

static pcre2_general_context *general;
static pcre2_compile_context *compiling;

static void make_contexts(void)
{
    general = pcre2_general_context_create(allocate, release, NULL);
    compiling = pcre2_compile_context_create(general);
    pcre2_set_newline(compiling, PCRE2_NEWLINE_ANYCRLF);
}

/* struct pattern is a name for pcre2_code, so that only this file includes PCRE2's header. */
struct pattern *pattern_new(const char *text, unsigned options)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    uint32_t flags = (options & PATTERN_CASELESS ? PCRE2_CASELESS : 0) |
                     (options & PATTERN_LINES ? PCRE2_MULTILINE : 0);
    PCRE2_SIZE where;
    int reason;

    pthread_once(&once, make_contexts);
    return (struct pattern *)pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, flags, &reason,
                                           &where, compiling);
}

void pattern_free(struct pattern *pattern)
{
    pcre2_code_free((pcre2_code *)pattern);
}

/* NULL: no match; else freed by pcre2_match_data_free. */
static pcre2_match_data *match(const struct pattern *pattern, const char *text)
{
    const pcre2_code *code = (const pcre2_code *)pattern;
    pcre2_match_data *found = pcre2_match_data_create_from_pattern(code, general);

    if (pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, 0, found, NULL) > 0)
        return found;
    pcre2_match_data_free(found);
    return NULL;
}

static pcre2_match_data *match_once(const char *text_of_pattern, unsigned options, const char *text)
{
    struct pattern *pattern = pattern_new(text_of_pattern, options);
    pcre2_match_data *found = pattern ? match(pattern, text) : NULL;

    pattern_free(pattern);
    return found;
}

bool pattern_matches(const struct pattern *pattern, const char *text)
{
    pcre2_match_data *found = match(pattern, text);

    pcre2_match_data_free(found);
    return found != NULL;
}

bool pattern_occurs(const char *pattern, unsigned options, const char *text)
{
    size_t start;

    return pattern_find(pattern, options, text, &start);
}

bool pattern_find(const char *pattern, unsigned options, const char *text, size_t *start)
{
    pcre2_match_data *found = match_once(pattern, options, text);

    if (!found)
        return false;
    *start = pcre2_get_ovector_pointer(found)[0];
    pcre2_match_data_free(found);
    return true;
}

char *pattern_group(const char *pattern, unsigned options, const char *text, unsigned group)
{
    pcre2_match_data *found = match_once(pattern, options, text);

    if (!found)
        return NULL;
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(found) + (size_t)2 * group;
    char *held = group < pcre2_get_ovector_count(found) && ends[0] != PCRE2_UNSET
                     ? g_strndup(text + ends[0], ends[1] - ends[0])
                     : g_strdup("");
    pcre2_match_data_free(found);
    return held;
}
