/* Reading one input: what is read, and the one line said about what is not. */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "input/read.h"
#include "support/check.h"

static char *directory;

static int set_up(void **state)
{
    (void)state;
    directory = g_dir_make_tmp("isolint-XXXXXX", NULL);
    return directory && g_chdir(directory) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    GDir *dir = g_dir_open(".", 0, NULL);
    const char *name;

    (void)state;
    while ((name = g_dir_read_name(dir)))
        g_remove(name);
    g_dir_close(dir);
    g_rmdir(directory);
    g_free(directory);
    return 0;
}

static void write_file(const char *name, const char *bytes, gssize size)
{
    assert_true(g_file_set_contents(name, bytes, size, NULL));
}

static void check_read(const char *name, const char *bytes, size_t size)
{
    struct error error = {0};
    struct script *script = read_script(name, "shown.sql", NULL, &error);

    if (!script)
        fail_msg("%s", error.message);
    assert_string_equal(script->path, "shown.sql");
    assert_int_equal(script->size, size);
    assert_memory_equal(script->bytes, bytes, size);
    assert_int_equal(script->bytes[size], '\0');
    script_free(script);
}

static void check_refused(const char *name, const char *message)
{
    struct error error = {0};

    assert_null(read_script(name, name, NULL, &error));
    assert_string_equal(error.message, message);
    error_clear(&error);
}

static void test_files(void **state)
{
    (void)state;
    write_file("a.sql", "SELECT 1;\n", -1);
    check_read("a.sql", "SELECT 1;\n", 10);
    write_file("empty.sql", "", 0);
    check_read("empty.sql", "", 0);
    write_file("latin.sql", "-- \xE4\xFF\xFE", 6);
    check_read("latin.sql", "-- \xE4\xFF\xFE", 6);
    write_file("mark.sql", "\xEF\xBB\xBFSELECT 1", -1);
    check_read("mark.sql", "\xEF\xBB\xBFSELECT 1", 11);
}

/* Sizes around those of the buffers. */
static void test_sizes(void **state)
{
    static const size_t sizes[] = {1, 4094, 4095, 4096, 4097, 8191, 8192, 8193, 1 << 20};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *bytes = g_strnfill(sizes[i], ' ');
        write_file("size.sql", bytes, (gssize)sizes[i]);
        check_read("size.sql", bytes, sizes[i]);
    }
}

static void test_framed(void **state)
{
    struct error error = {0};

    (void)state;
    write_file("a.sql", "SELECT 1; -- isolint: retry\nSELECT :x", -1);
    struct script *script = read_script("a.sql", "a.sql", NULL, &error);
    assert_non_null(script->statements);
    assert_non_null(script->statements->next);
    assert_null(script->statements->next->next);
    assert_non_null(script->directives);
    assert_int_equal(script->placeholder_count, 1);
    assert_true(script->linted);
    script_free(script);
}

static void test_refused(void **state)
{
    (void)state;
    check_refused("nope.sql", "nope.sql: No such file or directory");
    check_refused(".", ".: is a directory");
    check_refused("/dev/null", "/dev/null: is a device");
    check_refused("/dev/zero", "/dev/zero: is a device");
    assert_int_equal(symlink("nowhere", "broken.sql"), 0);
    check_refused("broken.sql", "broken.sql: No such file or directory");
    assert_int_equal(symlink("loop.sql", "loop.sql"), 0);
    check_refused("loop.sql", "loop.sql: Too many levels of symbolic links");
    write_file("binary.sql", "SELECT\0 1", 9);
    check_refused("binary.sql", "binary.sql: is binary data (it has NUL bytes)");
    write_file("utf16le.sql", "\xFF\xFES\0E\0", 6);
    check_refused("utf16le.sql", "utf16le.sql: is UTF-16; save it as UTF-8");
    write_file("utf16be.sql", "\xFE\xFF\0S\0E", 6);
    check_refused("utf16be.sql", "utf16be.sql: is UTF-16; save it as UTF-8");
    write_file("utf32le.sql", "\xFF\xFE\0\0S\0\0\0", 8);
    check_refused("utf32le.sql", "utf32le.sql: is UTF-32; save it as UTF-8");
}

static void test_socket(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "s.sql"};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    check_refused("s.sql", "s.sql: No such device or address");
    close(fd);
}

static void test_unreadable(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* root reads everything */
    write_file("secret.sql", "x", 1);
    assert_int_equal(chmod("secret.sql", 0), 0);
    check_refused("secret.sql", "secret.sql: Permission denied");
}

/* It does not hold the run up. */
static void test_pipe_without_writer(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("fifo.sql", 0666), 0);
    check_refused("fifo.sql", "fifo.sql: is a pipe to which nothing writes");
}

static gpointer write_nothing(gpointer name)
{
    close(open(name, O_WRONLY)); /* waits for the reader */
    return NULL;
}

static void test_empty_pipe(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("nothing.sql", 0666), 0);
    GThread *thread = g_thread_new("writer", write_nothing, (gpointer) "nothing.sql");
    check_read("nothing.sql", "", 0);
    g_thread_join(thread);
}

static gpointer write_slowly(gpointer data)
{
    int fd = GPOINTER_TO_INT(data);

    for (const char *c = "SELECT 1;"; *c; c++) {
        g_usleep(2000);
        if (write(fd, c, 1) != 1)
            break;
    }
    close(fd);
    return NULL;
}

static void test_slow_pipe(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("slow.sql", 0666), 0);
    int keep = open("slow.sql", O_RDWR); /* so that neither side waits for the other */
    GThread *thread =
        g_thread_new("writer", write_slowly, GINT_TO_POINTER(open("slow.sql", O_WRONLY)));
    close(keep);
    check_read("slow.sql", "SELECT 1;", 9);
    g_thread_join(thread);
}

/* Standard input, also when it is set not to block. */
static void test_standard_input(void **state)
{
    int ends[2], saved = dup(STDIN_FILENO);

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    GThread *thread = g_thread_new("writer", write_slowly, GINT_TO_POINTER(ends[1]));
    check_read("-", "SELECT 1;", 9);
    g_thread_join(thread);
    dup2(saved, STDIN_FILENO);
    close(saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_framed),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_socket),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_pipe_without_writer),
        cmocka_unit_test(test_empty_pipe),
        cmocka_unit_test(test_slow_pipe),
        cmocka_unit_test(test_standard_input),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
