/* The line about a long run: on a terminal only, and wiped at the end. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <glib.h>

#include "output/progress.h"
#include "support/check.h"

/* Standard error is a terminal; returns its other end. */
static int enter_terminal(int *kept)
{
    int other = posix_openpt(O_RDWR | O_NOCTTY);

    assert_true(other >= 0 && grantpt(other) == 0 && unlockpt(other) == 0);
    int terminal = open(ptsname(other), O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0);
    *kept = dup(STDERR_FILENO);
    dup2(terminal, STDERR_FILENO);
    close(terminal);
    return other;
}

static void read_until(int descriptor, GString *text, const char *piece)
{
    char bytes[256];

    while (!strstr(text->str, piece)) {
        ssize_t size = read(descriptor, bytes, sizeof bytes);
        assert_true(size > 0);
        g_string_append_len(text, bytes, size);
    }
}

static void test_on_a_terminal(void **state)
{
    g_autoptr(GString) text = g_string_new(NULL);
    int kept, other = enter_terminal(&kept);
    struct progress *progress = progress_begin(0);

    (void)state;
    progress_phase(progress, "reading files", 5);
    progress_step(progress);
    read_until(other, text, "isolint: reading files, 1 of 5");
    progress_end(progress);
    fputs("end", stderr);
    read_until(other, text, "end");
    assert_true(g_str_has_suffix(text->str, "\r\033[Kend"));
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(other);
}

/* What ends in time writes nothing. */
static void test_short(void **state)
{
    g_autoptr(GString) text = g_string_new(NULL);
    int kept, other = enter_terminal(&kept);
    struct progress *progress = progress_begin(3600 * 1000);

    (void)state;
    progress_phase(progress, "reading files", 5);
    progress_end(progress);
    fputs("end", stderr);
    read_until(other, text, "end");
    assert_string_equal(text->str, "end");
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(other);
}

static void test_elsewhere(void **state)
{
    int kept = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY);

    (void)state;
    dup2(nowhere, STDERR_FILENO);
    assert_null(progress_begin(0));
    progress_phase(NULL, "reading files", 5);
    progress_step(NULL);
    progress_end(NULL);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(nowhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_on_a_terminal),
        cmocka_unit_test(test_short),
        cmocka_unit_test(test_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
