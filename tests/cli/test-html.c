/* The format html: well-formed, without anything that a browser would run or load, whatever the input has;
 * the same bytes again; a picture where Graphviz is, and the same facts where it is not. */
#include "cli/run.h"

static const char SHOP[] = SOURCE_ROOT "/fixtures/smallbank";

/* ------------------------------------------------------------------ reading it */

struct page {
    GString *text;
    unsigned articles, tables, details, pictures, marks;
    unsigned heading; /* level of the last one */
    GHashTable *ids;
    GPtrArray *links; /* char *: within the page */
};

static void check_element(const char *element)
{
    static const char *const known[] = {
        "html", "head",    "meta", "title", "style",   "body",    "a",      "header", "h1",
        "h2",   "h3",      "p",    "main",  "section", "div",     "table",  "thead",  "tbody",
        "tr",   "th",      "td",   "ul",    "li",      "code",    "strong", "svg",    "defs",
        "path", "marker",  "rect", "text",  "article", "span",    "figure", "pre",    "figcaption",
        "mark", "details", "dl",   "dt",    "dd",      "summary", "footer", "br",     NULL};

    if (!g_strv_contains(known, element))
        fail_msg("<%s> is in the page", element);
}

static void check_attribute(const char *element, const char *name, const char *value)
{
    if (g_str_has_prefix(name, "on") || strcmp(name, "src") == 0 || strcmp(name, "style") == 0)
        fail_msg("<%s %s=\"%s\"> is in the page", element, name, value);
    if (strcmp(name, "href") == 0 && *value != '#' &&
        !g_str_has_prefix(value, "https://github.com/isolint/"))
        fail_msg("the page links to %s", value);
}

/* A screen reader leads from heading to heading: none is left out. */
static void check_heading(struct page *page, const char *element)
{
    if (element[0] != 'h' || !g_ascii_isdigit(element[1]))
        return;
    unsigned level = (unsigned)(element[1] - '0');
    if (level > page->heading + 1)
        fail_msg("<%s> follows a heading of level %u", element, page->heading);
    page->heading = level;
}

static void on_element(GMarkupParseContext *context, const char *element, const char **names,
                       const char **values, gpointer data, GError **failure)
{
    struct page *page = data;

    (void)context, (void)failure;
    check_element(element);
    check_heading(page, element);
    page->articles += strcmp(element, "article") == 0;
    page->tables += strcmp(element, "table") == 0;
    page->details += strcmp(element, "details") == 0;
    page->pictures += strcmp(element, "svg") == 0;
    page->marks += strcmp(element, "mark") == 0;
    for (; *names; names++, values++) {
        check_attribute(element, *names, *values);
        if (strcmp(*names, "id") == 0 && !g_hash_table_add(page->ids, g_strdup(*values)))
            fail_msg("two elements have the id %s", *values);
        if (strcmp(*names, "href") == 0 && **values == '#')
            g_ptr_array_add(page->links, g_strdup(*values + 1));
    }
}

static void on_text(GMarkupParseContext *context, const char *text, gsize length, gpointer data,
                    GError **failure)
{
    (void)context, (void)failure;
    g_string_append_len(((struct page *)data)->text, text, (gssize)length);
}

static struct page page_read(const char *html)
{
    const GMarkupParser parser = {.start_element = on_element, .text = on_text};
    struct page page = {
        .text = g_string_new(NULL),
        .ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .links = g_ptr_array_new_with_free_func(g_free),
    };
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, &page, NULL);
    GError *failure = NULL;

    if (!g_markup_parse_context_parse(context, html, -1, &failure) ||
        !g_markup_parse_context_end_parse(context, &failure))
        fail_msg("%s", failure->message);
    g_markup_parse_context_free(context);
    for (guint i = 0; i < page.links->len; i++) {
        if (!g_hash_table_contains(page.ids, page.links->pdata[i]))
            fail_msg("nothing has the id %s", (char *)page.links->pdata[i]);
    }
    return page;
}

static void page_finish(struct page *page)
{
    g_string_free(page->text, TRUE);
    g_hash_table_unref(page->ids);
    g_ptr_array_unref(page->links);
}

static void expect_text(const struct page *page, const char *piece)
{
    if (!strstr(page->text->str, piece))
        fail_msg("\"%s\" is not in\n%s", piece, page->text->str);
}

/* ------------------------------------------------------------------ tests */

static void test_parts(void **state)
{
    struct outcome outcome = run("-f", "html", "--severity", "note", SHOP, NULL);
    struct outcome concise = run("-q", "-f", "concise", "--severity", "note", SHOP, NULL);
    struct page page = page_read(outcome.out);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(concise.out), "\n", -1);

    (void)state;
    assert_int_equal(outcome.status, 1);
    assert_int_equal(page.articles, g_strv_length(lines));
    assert_true(page.details >= 1 && page.tables == page.details + 1);
    assert_true(page.marks > page.articles);
    expect_text(&page, "6 warnings, 2 notes in 2 files");
    expect_text(&page, "Balance → WriteCheck → TransactSavings: anomaly without an error");
    expect_text(&page, "run 2: TransactSavings");
    page_finish(&page);
    outcome_finish(&outcome);
    outcome_finish(&concise);
}

static void test_equal_bytes(void **state)
{
    struct outcome once = run("-f", "html", "-j", "1", SOURCE_ROOT "/fixtures", NULL);
    struct outcome again = run("-f", "html", "-j", "8", SOURCE_ROOT "/fixtures", NULL);

    (void)state;
    assert_string_equal(once.out, again.out);
    struct page page = page_read(once.out);
    page_finish(&page);
    outcome_finish(&once);
    outcome_finish(&again);
}

/* The facts of the picture are there without Graphviz as well. */
static void test_without_graphviz(void **state)
{
    const struct surroundings bare = {.environment = (const char *const[]){"PATH=/nowhere", NULL}};
    struct outcome outcome = run_with(&bare, "-f", "html", SHOP, NULL);
    struct page page = page_read(outcome.out);

    (void)state;
    assert_int_equal(page.pictures, 0);
    expect_text(&page, "Balance → WriteCheck → TransactSavings");
    page_finish(&page);
    outcome_finish(&outcome);
}

static void test_picture(void **state)
{
    g_autofree char *dot = g_find_program_in_path("dot");
    struct outcome outcome = run("-f", "html", SHOP, NULL);
    struct page page = page_read(outcome.out);

    (void)state;
    assert_int_equal(page.pictures, dot ? 1 : 0);
    if (dot)
        expect_text(&page, "rw checking");
    page_finish(&page);
    outcome_finish(&outcome);
}

/* What stands in files and in their names never becomes markup. */
static void test_hostile(void **state)
{
    static const char sql[] =
        "\xEF\xBB\xBF-- isolint: program <script>alert(1)</script>\" onload=\"x\n"
        "BEGIN ISOLATION LEVEL REPEATABLE READ;\r\n"
        "SELECT v FROM \"<img src=x onerror=y>\" WHERE id = $1;\n"
        "UPDATE \"<img src=x onerror=y>\"\n   SET v = '</pre><script>', w = $2\n\n WHERE id = $1;\n"
        "COMMIT;\n"
        "SELEKT '</style>&lt;&#x41;`</code>` \x01\x1b[31m \xff\xfe';\n"
        "COMMIT; -- isolint: allow commit-outside-transaction -- <b>\n";

    (void)state;
    put("<script>\"'&.sql", sql);
    g_autofree char *wide = g_strnfill(100000, 'x');
    g_autofree char *line =
        g_strdup_printf("SELECT '%s' FROM t; COMMIT; SELECT '\xC3\xA4%s';\n", wide, wide);
    put("wide.sql", line);
    struct outcome outcome =
        run("-f", "html", "--select", "all", "<script>\"'&.sql", "wide.sql", "no<where>", NULL);
    assert_int_equal(outcome.status, 2);
    struct page page = page_read(outcome.out);
    expect_text(&page, "<script>\"'&.sql:4:1");
    expect_text(&page, "UPDATE \"<img src=x onerror=y>\"");
    expect_text(&page, "no<where>");
    assert_true(strlen(outcome.out) < 60000);
    assert_null(strchr(outcome.out, '\x1b'));
    page_finish(&page);
    outcome_finish(&outcome);
}

static void test_empty(void **state)
{
    (void)state;
    put("a.sql", "SELECT 1;\n");
    struct outcome outcome = run("-f", "html", "a.sql", NULL);
    struct page page = page_read(outcome.out);
    assert_int_equal(outcome.status, 0);
    expect_text(&page, "no findings in 1 file");
    expect_text(&page, "None.");
    page_finish(&page);
    outcome_finish(&outcome);
}

/* What a log observed is a table of its own. */
static void test_log(void **state)
{
    struct outcome outcome = run("log", "-f", "html", "-s", SOURCE_ROOT "/examples/schema.sql",
                                 SOURCE_ROOT "/examples/shop.csv.gz", NULL);
    struct page page = page_read(outcome.out);

    (void)state;
    assert_int_equal(page.tables, 2);
    expect_text(&page, "Observed in the log");
    expect_text(&page, "Lost updates");
    page_finish(&page);
    outcome_finish(&outcome);
}

int main(int argc, char **argv)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, sandbox_enter, sandbox_leave)
    const struct CMUnitTest tests[] = {
        EACH(test_parts),   EACH(test_equal_bytes), EACH(test_without_graphviz),
        EACH(test_picture), EACH(test_hostile),     EACH(test_empty),
        EACH(test_log),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
