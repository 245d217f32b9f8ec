/* Which files a run reads. What git ignores was compared with `git check-ignore` of git 2.39. */
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "input/discover.h"
#include "support/check.h"
#include "support/files.h"

static char *directory, *outside;

/* Each test has a directory of its own to work in, outside of any repository. */
static int set_up(void **state)
{
    (void)state;
    outside = g_get_current_dir();
    directory = g_dir_make_tmp("isolint-XXXXXX", NULL);
    return directory && g_chdir(directory) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    g_chdir(outside);
    remove_all(directory);
    g_free(directory);
    g_free(outside);
    return 0;
}

/* Makes files (with the directories above them); a name that ends in "/" is a directory. */
static void make(const char *names)
{
    g_auto(GStrv) each = g_strsplit(names, " ", -1);

    for (char **name = each; *name; name++) {
        bool is_directory = g_str_has_suffix(*name, "/");
        g_autofree char *above = is_directory ? g_strdup(*name) : g_path_get_dirname(*name);
        assert_int_equal(g_mkdir_with_parents(above, 0777), 0);
        if (!is_directory)
            assert_true(g_file_set_contents(*name, "", 0, NULL));
    }
}

static void check_found(const char *path, const char *expected)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *troubles = g_ptr_array_new_with_free_func(g_free);

    discover(path, files, troubles);
    g_ptr_array_add(files, NULL);
    g_ptr_array_add(troubles, NULL);
    g_autofree char *got = g_strjoinv(" ", (char **)files->pdata);
    g_autofree char *said = g_strjoinv("; ", (char **)troubles->pdata);
    assert_string_equal(said, "");
    assert_string_equal(got, expected);
    g_ptr_array_unref(files);
    g_ptr_array_unref(troubles);
}

static void test_names(void **state)
{
    (void)state;
    make("a.sql b.SQL c.ddl d.pgsql e.psql f.txt g.sql.bak h sql .hidden.sql .sql .git/x.sql");
    check_found(".", "a.sql b.SQL c.ddl d.pgsql e.psql");
}

static void test_directories(void **state)
{
    (void)state;
    make("db/b/2.sql db/a.sql db/b/1.sql db/b/.h/3.sql db/x.sql/y.sql db/empty/");
    check_found(".", "db/a.sql db/b/1.sql db/b/2.sql db/x.sql/y.sql");
    check_found("db", "db/a.sql db/b/1.sql db/b/2.sql db/x.sql/y.sql");
    check_found("db/", "db/a.sql db/b/1.sql db/b/2.sql db/x.sql/y.sql");
    check_found("db/b", "db/b/1.sql db/b/2.sql");
    check_found("./db/b", "./db/b/1.sql ./db/b/2.sql");
    check_found("db/empty", "");
}

/* What is named is taken as it is, whatever it is called. */
static void test_named(void **state)
{
    (void)state;
    make("a.txt .hidden.sql");
    check_found("a.txt", "a.txt");
    check_found(".hidden.sql", ".hidden.sql");
    check_found("nope", "nope");
    check_found("-", "-");
    check_found("/dev/null", "/dev/null");
}

static void test_natural_order(void **state)
{
    (void)state;
    make("V10__x.sql V2__x.sql V1__x.sql V1.10__x.sql V1.9__x.sql a.sql B.sql 007.sql 7.sql 8.sql");
    check_found(".", "007.sql 7.sql 8.sql B.sql V1.9__x.sql V1.10__x.sql V1__x.sql V2__x.sql "
                     "V10__x.sql a.sql");
}

static void test_compare(void **state)
{
    /* Each is less than the next. */
    static const char *const order[] = {"",
                                        "-",
                                        "00",
                                        "0",
                                        "01",
                                        "1",
                                        "1a",
                                        "1b",
                                        "2",
                                        "09",
                                        "9",
                                        "10",
                                        "100",
                                        "A",
                                        "a",
                                        "a-1",
                                        "a1",
                                        "a1b2",
                                        "a1b10",
                                        "a2",
                                        "a18446744073709551615",
                                        "a18446744073709551616",
                                        "b",
                                        "\xC3\xA4"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(order); j++) {
            int got = natural_compare(order[i], order[j]);
            if ((got < 0) != (i < j) || (got > 0) != (i > j))
                fail_msg("\"%s\" and \"%s\" compare as %d", order[i], order[j], got);
        }
    }
}

static void test_links(void **state)
{
    (void)state;
    make("a.sql db/b.sql");
    assert_int_equal(symlink("a.sql", "l.sql"), 0);
    assert_int_equal(symlink("db", "m"), 0);     /* a directory is not followed */
    assert_int_equal(symlink("db", "n.sql"), 0); /* whatever it is called */
    assert_int_equal(symlink(".", "o"), 0);
    assert_int_equal(symlink("nowhere", "p.sql"), 0); /* told when it is read */
    check_found(".", "a.sql db/b.sql l.sql p.sql");
    check_found("m", "m/b.sql"); /* but when it is named */
}

static void test_no_regular_file(void **state)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *troubles = g_ptr_array_new_with_free_func(g_free);

    (void)state;
    assert_int_equal(mkfifo("fifo.sql", 0666), 0);
    assert_int_equal(mkfifo("other", 0666), 0);
    discover(".", files, troubles);
    assert_int_equal(files->len, 0);
    assert_int_equal(troubles->len, 1);
    assert_string_equal(troubles->pdata[0], "fifo.sql: is no regular file");
    g_ptr_array_unref(files);
    g_ptr_array_unref(troubles);
}

static void test_unreadable_directory(void **state)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *troubles = g_ptr_array_new_with_free_func(g_free);

    (void)state;
    if (geteuid() == 0)
        skip(); /* root reads everything */
    make("a.sql secret/b.sql z.sql");
    assert_int_equal(chmod("secret", 0), 0);
    discover(".", files, troubles);
    chmod("secret", 0700);
    assert_int_equal(files->len, 2);
    assert_int_equal(troubles->len, 1);
    assert_string_equal(troubles->pdata[0], "secret: Permission denied");
    g_ptr_array_unref(files);
    g_ptr_array_unref(troubles);
}

/* ------------------------------------------------------------------ .gitignore */

static void ignore(const char *path, const char *text)
{
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void test_patterns(void **state)
{
    static const struct {
        const char *patterns, *files, *found;
    } cases[] = {
        {"b.sql\n", "a.sql b.sql d/b.sql", "a.sql"},
        {"/b.sql\n", "a.sql b.sql d/b.sql", "a.sql d/b.sql"},
        {"d/b.sql\n", "b.sql d/b.sql e/d/b.sql", "b.sql e/d/b.sql"},
        {"d/\n", "a.sql d/b.sql e/d/b.sql", "a.sql"},
        {"/d/\n", "a.sql d/b.sql e/d/b.sql", "a.sql e/d/b.sql"},
        {"d\n", "d/b.sql e/d", ""},
        {"b.sql/\n", "b.sql", "b.sql"},
        {"*.sql\n!b.sql\n", "a.sql b.sql d/b.sql", "b.sql d/b.sql"},
        {"d/*\n!d/b.sql\n", "d/a.sql d/b.sql", "d/b.sql"},
        {"d/\n!d/b.sql\n", "d/a.sql d/b.sql", ""},
        {"# b.sql\n\n  \n\\#c.sql\n", "b.sql #c.sql", "b.sql"},
        {"\\!a.sql\n", "!a.sql a.sql", "a.sql"},
        {"b.sql   \r\n", "a.sql b.sql", "a.sql"},
        {"[ab].sql\n?c.sql\n", "a.sql b.sql c.sql cc.sql", "c.sql"},
        {"[!a].sql\n", "a.sql b.sql", "a.sql"},
        {"d/*.sql\n", "d/a.sql d/e/b.sql", "d/e/b.sql"},
        {"d/**\n", "a.sql d/a.sql d/e/b.sql", "a.sql"},
        {"**/b.sql\n", "a.sql b.sql d/e/b.sql", "a.sql"},
        {"d/**/b.sql\n", "b.sql d/b.sql d/e/b.sql d/e/f/b.sql d/a.sql", "b.sql d/a.sql"},
        {"d/**/e/**/b.sql\n", "d/b.sql d/e/b.sql d/x/e/y/e/b.sql d/e/x/c.sql e/b.sql",
         "d/b.sql d/e/x/c.sql e/b.sql"},
        {"**/a/**/a/**/b.sql\n", "a/a/b.sql a/b.sql a/c/a/d/b.sql a/c/d/b.sql",
         "a/b.sql a/c/d/b.sql"},
        {"**/d/**\n", "a.sql c/d/b.sql c/e/d.sql", "a.sql c/e/d.sql"},
        {"**\n", "a.sql d/b.sql", ""},
        {"*\n!*/\n!keep.sql\n", "a.sql keep.sql d/keep.sql d/b.sql", "d/keep.sql keep.sql"},
        {"/\n", "a.sql", "a.sql"},
        {"!\n", "a.sql", "a.sql"},
        {"B.sql\n", "b.sql", "b.sql"},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        make(cases[i].files);
        ignore(".gitignore", cases[i].patterns);
        check_found(".", cases[i].found);
        g_chdir("..");
        remove_all(directory);
        assert_int_equal(g_mkdir(directory, 0777), 0);
        g_chdir(directory);
    }
}

static void test_levels(void **state)
{
    (void)state;
    make("a.sql b.sql d/a.sql d/b.sql d/e/a.sql d/e/b.sql");
    ignore(".gitignore", "b.sql\n");
    ignore("d/.gitignore", "!b.sql\na.sql\n");
    ignore("d/e/.gitignore", "/b.sql\n");
    check_found(".", "a.sql d/b.sql");
}

/* In a repository the patterns above the directory that is named count too, outside they do not. */
static void test_above(void **state)
{
    (void)state;
    make("d/e/a.sql d/e/b.sql d/e/c.sql d/e/g.sql");
    ignore(".gitignore", "b.sql\n/d/e/c.sql\n");
    ignore("d/.gitignore", "e/g.sql\n");
    check_found("d/e", "d/e/a.sql d/e/b.sql d/e/c.sql d/e/g.sql");
    make(".git/");
    check_found("d/e", "d/e/a.sql");
    check_found("d", "d/e/a.sql");
    check_found(".", "d/e/a.sql");
    g_chdir("d/e");
    check_found(".", "a.sql");
    check_found("..", "../e/a.sql");
    g_chdir(directory);
    g_autofree char *absolute = g_build_filename(directory, "d", NULL);
    g_autofree char *found = g_build_filename(directory, "d", "e", "a.sql", NULL);
    check_found(absolute, found);
}

/* A file that is named is read, ignored or not. */
static void test_ignored_but_named(void **state)
{
    (void)state;
    make(".git/ d/b.sql");
    ignore(".gitignore", "b.sql\nd/\n");
    check_found("d/b.sql", "d/b.sql");
    check_found(".", "");
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        EACH(test_names),
        EACH(test_directories),
        EACH(test_named),
        EACH(test_natural_order),
        cmocka_unit_test(test_compare),
        EACH(test_links),
        EACH(test_no_regular_file),
        EACH(test_unreadable_directory),
        EACH(test_patterns),
        EACH(test_levels),
        EACH(test_above),
        EACH(test_ignored_but_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
