/* What a log has shown of a finding, as one sentence. */
#include "evidence/sentence.h"
#include "support/check.h"

/* What fails in one way at two statements is counted once; other failures stand beside it. */
static void test_failures(void **state)
{
    static const struct observed_partner itself = {"pay", 2, true}, other = {"refund", 1, true};
    static const struct observed_failure failures[] = {{"40P01", 2, true, true, &itself, 1},
                                                       {"40P01", 1, true, true, &other, 1},
                                                       {"40P01", 5, false, true, &itself, 1},
                                                       {"40P01", 1, true, true, &itself, 1}};
    struct observed observed = {
        .program = "pay", .runs = 9, .failures = failures, .failure_count = 4};
    struct arena arena = {0};

    (void)state;
    assert_string_equal(
        observed_sentence(&arena, &observed),
        "pay ran 9 times, and failed 3 times with 40P01 here, because of another run "
        "of it, and failed 1 time with 40P01 here, because of refund");
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
