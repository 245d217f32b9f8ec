/* The same in other words: the conditions of every example are rewritten in ways that change
 * nothing, and the findings must be the same at the same statements. What still differs stands in
 * the list of gaps, one line each; a gap that closes must leave the list.
 * ISOLINT_UPDATE=1 writes the list anew.
 *
 * The text is rewritten by patterns, outside of comments. A simple condition is a column, an
 * operator and a value, where a condition may begin and may end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/page.h"

#define COLUMN   "(?:[a-z_]\\w*\\.)?[a-z_]\\w*"
#define VALUE    "(?:\\d+(?:\\.\\d+)?|'[^'\\n]*'|\\$\\d+|:'?[a-z]\\w*'?|\\?)"
#define CONSTANT "(?:\\d+|'[^'\\n]*')"
#define NAMED    "(?:\\d+|'[^'\\n]*'|\\$\\d+|:'?[a-z]\\w*'?)" /* twice the same is one value */
#define BEFORE   "\\b(?:WHERE|AND|OR|ON|HAVING)\\s+\\(*"
#define AFTER                                                                                  \
    "(?=\\s*(?:[;)]|$|(?:AND|OR|FOR|ORDER|GROUP|LIMIT|RETURNING|WHERE|HAVING|UNION|LOOP|THEN|" \
    "ON|END)\\b))"
#define SIMPLE "(?:" COLUMN "\\s*(?:=|<>|<=|>=|<|>)\\s*" VALUE ")"

struct rewriting {
    const char *name;
    const char *pattern;     /* NULL: the short aliases of the example, wherever they stand */
    const char *replacement; /* or … */
    char *(*replace)(const GMatchInfo *match); /* … what gives it, owned by the caller */
    const char *not_in;                        /* examples in which this stands are left alone */
    bool says_less;                            /* findings may go, but no error may come */
};

static char *turn(const GMatchInfo *match)
{
    static const char *const operators[][2] = {{"=", "="}, {"<>", "<>"}, {"<", ">"},
                                               {">", "<"}, {"<=", ">="}, {">=", "<="}};
    g_autofree char *before = g_match_info_fetch(match, 1), *column = g_match_info_fetch(match, 2);
    g_autofree char *operator= g_match_info_fetch(match, 3), *value = g_match_info_fetch(match, 4);
    size_t i = 0;

    while (strcmp(operators[i][0], operator) != 0)
        i++;
    return g_strdup_printf("%s%s %s %s", before, value, operators[i][1], column);
}

static char *negate(const GMatchInfo *match)
{
    static const char *const operators[][2] = {{"=", "<>"}, {"<>", "="}, {"<", ">="},
                                               {">", "<="}, {"<=", ">"}, {">=", "<"}};
    g_autofree char *before = g_match_info_fetch(match, 1), *column = g_match_info_fetch(match, 2);
    g_autofree char *operator= g_match_info_fetch(match, 3), *value = g_match_info_fetch(match, 4);
    size_t i = 0;

    while (strcmp(operators[i][0], operator) != 0)
        i++;
    return g_strdup_printf("%sNOT (%s %s %s)", before, column, operators[i][1], value);
}

static char *join(const GMatchInfo *match)
{
    g_autofree char *left = g_match_info_fetch(match, 1), *right = g_match_info_fetch(match, 2);
    g_autofree char *on = g_match_info_fetch(match, 3), *where = g_match_info_fetch(match, 4);

    return g_strdup_printf("%s, %s WHERE %s%s", left, right, on, where && *where ? " AND" : "");
}

static char *rename_alias(const GMatchInfo *match)
{
    g_autofree char *alias = g_match_info_fetch(match, 0);

    return g_strdup_printf("%s_x", alias);
}

static char *open_array(const GMatchInfo *match)
{
    g_autofree char *before = g_match_info_fetch(match, 1), *value = g_match_info_fetch(match, 2);
    g_auto(GStrv) words = g_strsplit(value, "'", -1);
    const char *text = *value == '\'' ? words[1] : value;

    if (*text == '\0' || strpbrk(text, "{}[]()\"\\:=, "))
        return g_match_info_fetch(match, 0);
    return g_strdup_printf("%s = ANY ('{%s}')", before, text);
}

/* a = 1 as (a = 1 OR a = 1). */
static char *repeat(const GMatchInfo *match)
{
    g_autofree char *all = g_match_info_fetch(match, 0);
    char *column = strchr(all, '=');

    while (column > all && g_ascii_isspace(column[-1]))
        column--;
    while (column > all && (g_ascii_isalnum(column[-1]) || strchr("_.", column[-1])))
        column--;
    return g_strdup_printf("%.*s(%s OR %s)", (int)(column - all), all, column, column);
}

#define COMPARISON           "(" BEFORE ")(" COLUMN ")\\s*(=|<>|<=|>=|<|>)\\s*(" VALUE "|" COLUMN ")" AFTER
#define EQUALITY             "(" BEFORE COLUMN ")\\s*=\\s*(" VALUE ")" AFTER
#define EQUALITY_OF_CONSTANT "(" BEFORE COLUMN ")\\s*=\\s*(" CONSTANT ")" AFTER
#define EQUALITY_OF_NAMED    "(" BEFORE COLUMN ")\\s*=\\s*(" NAMED ")" AFTER
#define TWO_EQUAL \
    "(" BEFORE ")(" COLUMN ")\\s*=\\s*(" VALUE ")\\s+AND\\s+(" COLUMN ")\\s*=\\s*(" VALUE ")" AFTER
#define TWO  "(" BEFORE ")(" SIMPLE ")(\\s+)AND\\s+(" SIMPLE ")" AFTER
#define ITEM "[a-z_]\\w*(?:\\s+(?:AS\\s+)?[a-z_]\\w*)?"

static const struct rewriting rewritings[] = {
    {"sides turned", COMPARISON, .replace = turn},
    {"IN of one", EQUALITY, "\\1 IN (\\2)"},
    {"VALUES of one", EQUALITY, "\\1 IN (VALUES (\\2))"},
    {"SELECT of a value", EQUALITY, "\\1 = (SELECT \\2)"},
    {"ANY of one", EQUALITY, "\\1 = ANY (ARRAY[\\2])"},
    {"NOT of the opposite", COMPARISON, .replace = negate},
    {"BETWEEN opened",
     "(" BEFORE ")(" COLUMN ")\\s+BETWEEN\\s+(" VALUE ")\\s+AND\\s+(" VALUE ")" AFTER,
     "\\1(\\2 >= \\3 AND \\2 <= \\4)"},
    {"BETWEEN SYMMETRIC", "(" BEFORE COLUMN ")\\s+BETWEEN\\s+(\\d+)\\s+AND\\s+(\\d+)" AFTER,
     "\\1 BETWEEN SYMMETRIC \\3 AND \\2"},
    {"NOT over OR", TWO, "\\1NOT (NOT \\2\\3OR NOT \\4)", .not_in = "BETWEEN"},
    {"conjuncts exchanged", TWO, "\\1\\4\\3AND \\2", .not_in = "BETWEEN"},
    {"parentheses", "(" BEFORE ")(" SIMPLE ")" AFTER, "\\1((\\2))"},
    {"casts", "(" BEFORE COLUMN "\\s*(?:=|<>|<=|>=|<|>)\\s*)(\\d+)" AFTER, "\\1\\2::integer"},
    {"casts of columns",
     "(" BEFORE "(?:[a-z_]\\w*\\.)?id)(\\s*(?:=|<>|<=|>=|<|>)\\s*" VALUE ")" AFTER,
     "\\1::integer\\2", .not_in = "(?s)^(?!.*\\bid int\\b)|\\bid (?!int\\b)[a-z]+ (?:PRIMARY|NOT)"},
    {"flags compared", "(\\b(?:WHERE|AND)\\s+)(?!true\\b|false\\b)(" COLUMN ")" AFTER,
     "\\1\\2 = true", .not_in = "BETWEEN"},
    {"flags refused", "(\\b(?:WHERE|AND)\\s+)NOT\\s+(" COLUMN ")" AFTER, "\\1\\2 = false",
     .not_in = "BETWEEN"},
    {"flags true", "(\\b(?:WHERE|AND)\\s+)(?!true\\b|false\\b)(" COLUMN ")" AFTER, "\\1\\2 IS TRUE",
     .not_in = "BETWEEN"},
    {"row of two", TWO_EQUAL, "\\1(\\2, \\4) = (\\3, \\5)"},
    {"BETWEEN of one", EQUALITY_OF_NAMED, "\\1 BETWEEN \\2 AND \\2"},
    {"literal of an array", EQUALITY_OF_CONSTANT, .replace = open_array},
    {"OR of the same", EQUALITY_OF_NAMED, .replace = repeat},
    {"IN opened", "(" BEFORE ")(" COLUMN ")\\s+IN\\s*\\((" CONSTANT "),\\s*(" CONSTANT ")\\)" AFTER,
     "\\1(\\2 = \\3 OR \\2 = \\4)"},
    {"after 1 = 1", "\\bWHERE\\s+(?!CURRENT\\b|\\()", "WHERE 1 = 1 AND ", .not_in = "\\bOR\\b"},
    {"names of operators", "(" BEFORE COLUMN ")\\s*(=|<>|<=|>=|<|>)\\s*(" VALUE ")" AFTER,
     "\\1 OPERATOR(pg_catalog.\\2) \\3"},
    {"conditions compared", "(" BEFORE ")(" SIMPLE ")" AFTER, "\\1(\\2) = true"},
    {"qualified columns",
     "(\\b(?:UPDATE|FROM)\\s+)([a-z_]\\w*)((?:\\s+SET\\b[^;]*?)?\\s+WHERE\\s+)"
     "([a-z_]\\w*\\s*(?:=|<>|<=|>=|<|>))",
     "\\1\\2\\3\\2.\\4"},
    {"names of parameters", "\\$(\\d+)",
     ":p\\1", /* $1 of the next statement may be another value */
     .not_in = "\\$\\$|isolint: params|PREPARE|LIMIT \\$"},
    {"quoted tables", "(\\b(?:FROM|JOIN|UPDATE|INTO|TABLE)\\s+)([a-z_]\\w*)(?=[\\s;(])",
     "\\1\"\\2\""},
    {"quoted columns", "(" BEFORE ")([a-z_]\\w*)(\\s*(?:=|<>|<=|>=|<|>)\\s*" VALUE ")" AFTER,
     "\\1\"\\2\"\\3"},
    {"other aliases", NULL, .replace = rename_alias},
    {"join conditions in WHERE",
     "(\\bFROM\\s+" ITEM ")\\s+JOIN\\s+(" ITEM ")\\s+ON\\s+(" COLUMN "\\s*=\\s*" COLUMN
     ")(\\s+WHERE\\b|(?=\\s*;|\\s+(?:GROUP|ORDER|FOR|LIMIT)\\b))",
     .replace = join, .not_in = "\\bOR\\b|LEFT|RIGHT|FULL"},
    {"sub-SELECTs named",
     "(?<=^|\\n)(SELECT\\b[^;]*?\\bFROM\\s+)\\((SELECT\\b[^()]*)\\)\\s+(?:AS\\s+)?([a-z_]\\w*)",
     "WITH \\3 AS (\\2) \\1\\3",
     .not_in = "\\)\\s+[a-z_]\\w*\\s+FOR\\b" /* locks no rows of a WITH query */},
    {"SELECTs wrapped", "(?<=^|\\n)(SELECT\\b[^;\\\\]*\\bFROM\\b[^;\\\\]*)(?=;)",
     "SELECT * FROM (\\1) AS wrapped"},
    {"without the schema", "\\bCREATE\\s+(?:UNIQUE\\s+)?(?:TABLE|INDEX)\\b[^;]*;",
     "RESET work_mem;", .not_in = "(?s)\\bBEGIN\\b.*\\bCREATE TABLE\\b", .says_less = true},
};

/* ------------------------------------------------------------------ rewriting */

static gboolean replace_one(const GMatchInfo *match, GString *result, gpointer data)
{
    const struct rewriting *rewriting = data;
    g_autofree char *text = rewriting->replace(match);

    g_string_append(result, text);
    return FALSE;
}

static GRegex *compiled(const char *pattern)
{
    GError *error = NULL;
    GRegex *regex = g_regex_new(pattern, 0, 0, &error);

    if (!regex)
        fail_msg("%s: %s", pattern, error->message);
    return regex;
}

/* A pattern for all aliases of one or two letters; NULL when there are none. */
static char *aliases_of(const char *text)
{
    g_autoptr(GRegex) regex = compiled(
        "\\b(?:FROM|JOIN|UPDATE|,)\\s+[a-z_]\\w*\\s+(?:AS\\s+)?([a-z][a-z0-9]?)\\b(?!\\()");
    g_autoptr(GMatchInfo) match = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    for (g_regex_match(regex, text, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL))
        g_ptr_array_add(names, g_match_info_fetch(match, 1));
    if (names->len == 0)
        return NULL;
    g_ptr_array_add(names, NULL);
    g_autofree char *all = g_strjoinv("|", (char **)names->pdata);
    return g_strdup_printf("(?<![:'@$\\w])(?:%s)(?![\\w'])", all);
}

/* A piece of text without comments. */
static void rewrite_piece(GString *result, const char *piece, gssize length, const GRegex *regex,
                          const struct rewriting *rewriting)
{
    g_autofree char *rewritten =
        rewriting->replace
            ? g_regex_replace_eval(regex, piece, length, 0, 0, replace_one, (gpointer)rewriting,
                                   NULL)
            : g_regex_replace(regex, piece, length, 0, rewriting->replacement, 0, NULL);

    g_string_append(result, rewritten);
}

/* Comments, with the blanks before them, are kept; "--" in quotes does not occur in examples. */
static char *rewrite(const char *text, const struct rewriting *rewriting)
{
    g_autofree char *aliases = rewriting->pattern ? NULL : aliases_of(text);
    if (!rewriting->pattern && !aliases)
        return g_strdup(text);
    g_autoptr(GRegex) regex = compiled(aliases ? aliases : rewriting->pattern);
    GString *result = g_string_new(NULL);

    while (*text) {
        const char *comment = strstr(text, "--");
        size_t length = comment ? (size_t)(comment - text) : strlen(text);
        rewrite_piece(result, text, (gssize)length, regex, rewriting);
        text += length;
        length = strcspn(text, "\n");
        g_string_append_len(result, text, (gssize)length);
        text += length;
    }
    return g_string_free(result, FALSE);
}

/* ------------------------------------------------------------------ findings */

/* "session-A.sql 3 lost-update", where 3 counts statements. */
static char *describe(const struct finding *finding)
{
    unsigned count = 0;

    for (const struct statement *each = finding->script->statements; each; each = each->next)
        count += each->span.start <= finding->span.start;
    return g_strdup_printf("%s %u %s", finding->script->path, count, finding->rule->name);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted; a string more than once when there is more than one. */
static GPtrArray *findings_of(const struct fence *fence, enum severity lowest)
{
    GPtrArray *findings = g_ptr_array_new_with_free_func(g_free);
    struct linted linted;

    lint_fence(&linted, fence);
    for (guint i = 0; i < linted.project.findings->len; i++) {
        const struct finding *finding = linted.project.findings->pdata[i];
        if (finding->severity >= lowest)
            g_ptr_array_add(findings, describe(finding));
    }
    linted_finish(&linted);
    g_ptr_array_sort(findings, compare);
    return findings;
}

/* What each has that the other has not: "- session-A.sql 3 lost-update". What has gone counts only
 * with `gone`. */
static void put_difference(GString *gaps, const char *title, const GPtrArray *before,
                           const GPtrArray *after, bool gone)
{
    for (guint i = 0, j = 0; i < before->len || j < after->len;) {
        int order = i == before->len  ? 1
                    : j == after->len ? -1
                                      : strcmp(before->pdata[i], after->pdata[j]);
        if (order > 0 || (order < 0 && gone))
            g_string_append_printf(gaps, "%s: %c %s\n", title, order < 0 ? '-' : '+',
                                   (char *)(order < 0 ? before->pdata[i] : after->pdata[j]));
        i += order <= 0;
        j += order >= 0;
    }
}

/* ------------------------------------------------------------------ the test */

static unsigned examples, rewritten[G_N_ELEMENTS(rewritings)];

static void check_fence(GString *gaps, const struct page *page, unsigned number,
                        const struct fence *fence)
{
    static const char *const kinds[] = {"wrong", "right", "silent"};
    g_autoptr(GPtrArray) before = findings_of(fence, SEVERITY_NOTE);

    examples++;
    for (size_t i = 0; i < G_N_ELEMENTS(rewritings); i++) {
        const struct rewriting *rewriting = &rewritings[i];
        struct fence other = *fence;
        if (rewriting->not_in && g_regex_match_simple(rewriting->not_in, fence->text, 0, 0))
            continue;
        other.text = rewrite(fence->text, rewriting);
        if (strcmp(other.text, fence->text) != 0) {
            g_autoptr(GPtrArray) after =
                findings_of(&other, rewriting->says_less ? SEVERITY_ERROR : SEVERITY_NOTE);
            g_autofree char *title = g_strdup_printf("%s, %s %s %u", rewriting->name, page->name,
                                                     kinds[fence->kind], number);
            put_difference(gaps, title, before, after, !rewriting->says_less);
            rewritten[i]++;
        }
        g_free(other.text);
    }
}

static void check_page(GString *gaps, const char *path)
{
    unsigned numbers[3] = {0};
    struct page page;

    page_read(&page, path);
    for (guint i = 0; i < page.fences->len; i++) {
        const struct fence *fence = &g_array_index(page.fences, struct fence, i);
        check_fence(gaps, &page, ++numbers[fence->kind], fence);
    }
    page_finish(&page);
}

/* Every rewriting must have had something to rewrite. */
static bool is_exercised(void)
{
    bool all = true;

    for (size_t i = 0; i < G_N_ELEMENTS(rewritings); i++) {
        printf("%4u of %u: %s\n", rewritten[i], examples, rewritings[i].name);
        if (rewritten[i] == 0)
            all = false;
    }
    return all;
}

int main(int argc, char **argv)
{
    GString *gaps = g_string_new(NULL);
    const char *list = argc > 2 ? argv[1] : NULL;
    g_autofree char *known = NULL;

    for (int i = 2; i < argc; i++)
        check_page(gaps, argv[i]);
    if (!list || !is_exercised())
        return 2;
    if (getenv("ISOLINT_UPDATE"))
        g_file_set_contents(list, gaps->str, -1, NULL);
    if (!g_file_get_contents(list, &known, NULL, NULL))
        return 2;
    bool same = strcmp(gaps->str, known) == 0;
    if (!same)
        printf("---- known gaps\n%s---- gaps\n%s", known, gaps->str);
    g_string_free(gaps, TRUE);
    return !same;
}
