/* Memory of an arena: zeroed, aligned, stable while the arena grows, freed as a whole. */
#include "base/arena.h"
#include "base/words.h"
#include "support/check.h"

static void test_zeroed_and_aligned(void **state)
{
    static const size_t sizes[] = {1, 3, 8, 17, 100, 4095, 4096, 5000, 1};
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        unsigned char *bytes = arena_alloc(&arena, sizes[i]);
        assert_int_equal((uintptr_t)bytes % 8, 0);
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(bytes[j], 0);
        memset(bytes, 0xff, sizes[i]);
    }
    arena_finish(&arena);
}

/* A string may end anywhere; what is allocated behind it is aligned again and does not overlap. */
static void test_aligned_behind_strings(void **state)
{
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        char *text = arena_strndup(&arena, "abcdefghijklmnopqrstuvwxyz0123456789", i % 30);
        uint64_t *number = arena_new(&arena, uint64_t);
        assert_int_equal((uintptr_t)number % sizeof *number, 0);
        assert_true((char *)number >= text + i % 30 + 1 || (char *)(number + 1) <= text);
        *number = UINT64_MAX;
        assert_int_equal(strlen(text), i % 30);
    }
    arena_finish(&arena);
}

static void test_strings(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_string_equal(arena_strdup(&arena, "balance"), "balance");
    assert_string_equal(arena_strdup(&arena, ""), "");
    assert_string_equal(arena_strndup(&arena, "accounts.id", 8), "accounts");
    assert_string_equal(arena_printf(&arena, "%s, line %u", "pay", 7u), "pay, line 7");
    assert_string_equal(arena_printf(&arena, "%s", ""), "");
    arena_finish(&arena);
}

/* Larger than any block, and then small again. */
static void test_large(void **state)
{
    enum { LARGE = 3 << 20 };
    struct arena arena = {0};
    char *before = arena_strdup(&arena, "before");
    char *large = arena_alloc(&arena, LARGE);
    char *after = arena_strdup(&arena, "after");

    (void)state;
    memset(large, 'x', LARGE);
    assert_string_equal(before, "before");
    assert_string_equal(after, "after");
    arena_finish(&arena);
}

static void test_many(void **state)
{
    enum { COUNT = 20000 };
    struct arena arena = {0};
    g_autofree uint32_t **numbers = g_new(uint32_t *, COUNT);

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++) {
        numbers[i] = arena_new(&arena, uint32_t);
        *numbers[i] = i;
    }
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(*numbers[i], i);
    arena_finish(&arena);
}

/* What is small fills the room that what is large has left, also when the arena was wound back. */
static void test_room_of_earlier_blocks(void **state)
{
    enum { LARGE = 1500, SMALL = 64 };
    struct arena arena = {0};
    struct arena_mark mark;
    char *small[8];

    (void)state;
    char *first = arena_alloc(&arena, LARGE);
    mark = arena_mark(&arena);
    for (int round = 0; round < 2; round++) {
        char *second = arena_alloc(&arena, LARGE);
        memset(second, 'b', LARGE);
        for (size_t i = 0; i < G_N_ELEMENTS(small); i++) {
            small[i] = arena_alloc(&arena, SMALL);
            memset(small[i], (int)i, SMALL);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(small); i++)
            for (size_t j = 0; j < SMALL; j++)
                assert_int_equal(small[i][j], i);
        for (size_t j = 0; j < LARGE; j++)
            assert_int_equal(second[j], 'b');
        arena_rewind(&arena, mark);
    }
    for (size_t j = 0; j < LARGE; j++)
        assert_int_equal(first[j], 0);
    arena_finish(&arena);
}

/* A word is copied once while it is remembered, and is the same text when it is not. */
static void test_words(void **state)
{
    static const char *const texts[] = {"", "a", "id", "accounts", "accountz"};
    struct arena arena = {0};
    struct words words = {0};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *copy = words_copy(&words, &arena, texts[i]);
        assert_string_equal(copy, texts[i]);
        assert_ptr_not_equal(copy, texts[i]);
        assert_ptr_equal(words_copy(&words, &arena, texts[i]), copy);
        assert_ptr_not_equal(words_copy(NULL, &arena, texts[i]), copy);
    }
    for (unsigned i = 0; i < 4 * REMEMBERED_WORDS; i++) {
        g_autofree char *text = g_strdup_printf("w%u", i);
        assert_string_equal(words_copy(&words, &arena, text), text);
    }
    assert_string_equal(words_copy(&words, &arena, "id"), "id");
    arena_finish(&arena);
}

static void test_finish_is_idempotent(void **state)
{
    struct arena arena = {0};

    (void)state;
    arena_finish(&arena);
    arena_strdup(&arena, "x");
    arena_finish(&arena);
    assert_null(arena.block);
    arena_finish(&arena);
    assert_string_equal(arena_strdup(&arena, "again"), "again");
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroed_and_aligned),
        cmocka_unit_test(test_aligned_behind_strings),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_room_of_earlier_blocks),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_finish_is_idempotent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
