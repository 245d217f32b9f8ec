/* Values that are not known: which of them are one, what they may become, and in which numbers. */
#include "conflict/symbols.h"

#include "support/check.h"

static struct symbols symbols;

static short value(unsigned run, enum operand_kind kind, const char *text)
{
    const struct access access = {.order = 1};
    const struct operand operand = {.kind = kind, .literal = LITERAL_INTEGER, .text = text};

    return symbols_of(&symbols, run, &access, &operand);
}

static void test_one_symbol(void **state)
{
    (void)state;
    symbols_clear(&symbols);
    assert_int_equal(value(0, OPERAND_CONSTANT, "5"), value(1, OPERAND_CONSTANT, "5"));
    assert_int_not_equal(value(0, OPERAND_CONSTANT, "5"), value(0, OPERAND_CONSTANT, "6"));
    assert_int_equal(value(0, OPERAND_PARAMETER, "$1"), value(0, OPERAND_PARAMETER, "$1"));
    assert_int_not_equal(value(0, OPERAND_PARAMETER, "$1"), value(1, OPERAND_PARAMETER, "$1"));
    assert_int_equal(value(0, OPERAND_DEFAULT, NULL), NO_SYMBOL);
}

static void test_unite(void **state)
{
    (void)state;
    symbols_clear(&symbols);
    short five = value(0, OPERAND_CONSTANT, "5"), six = value(0, OPERAND_CONSTANT, "6");
    short mine = value(0, OPERAND_PARAMETER, "$1"), theirs = value(1, OPERAND_PARAMETER, "$1");

    assert_false(symbols_unite(&symbols, five, six));
    assert_true(symbols_unite(&symbols, mine, theirs));
    assert_true(symbols_equal(&symbols, mine, theirs));
    assert_false(symbols_is_constant(&symbols, mine));
    assert_true(symbols_unite(&symbols, theirs, five));
    assert_true(symbols_is_constant(&symbols, mine));
    assert_false(symbols_unite(&symbols, mine, six));
    assert_true(symbols_unite(&symbols, mine, NO_SYMBOL)); /* it may be anything */
    assert_false(symbols_equal(&symbols, NO_SYMBOL, NO_SYMBOL));
}

static void test_numbers(void **state)
{
    (void)state;
    symbols_clear(&symbols);
    short five = value(0, OPERAND_CONSTANT, "5"), text = value(0, OPERAND_CONSTANT, "abc");
    short open = value(0, OPERAND_PARAMETER, "$1"), chosen = value(0, OPERAND_PARAMETER, "$2");

    assert_int_equal(symbols_number(&symbols, five), 5);
    assert_int_not_equal(symbols_number(&symbols, text), symbols_number(&symbols, open));
    assert_true(symbols_is_open(&symbols, chosen));
    assert_false(symbols_is_open(&symbols, five));
    symbols_set_number(&symbols, chosen, 7);
    assert_false(symbols_is_open(&symbols, chosen));
    assert_int_equal(symbols_number(&symbols, chosen), 7);
}

/* $1 and $2 are two rows in a program that says so. */
static void test_break(void **state)
{
    static const char *const distinct[] = {"$1", "$2", NULL};

    (void)state;
    symbols_clear(&symbols);
    short one = value(0, OPERAND_PARAMETER, "$1"), two = value(0, OPERAND_PARAMETER, "$2");
    short other = value(1, OPERAND_PARAMETER, "$2");

    assert_true(symbols_unite(&symbols, one, other));
    assert_false(symbols_break(&symbols, 0, distinct));
    assert_true(symbols_unite(&symbols, two, other));
    assert_true(symbols_break(&symbols, 0, distinct));
    assert_false(symbols_break(&symbols, 1, distinct));
    assert_false(symbols_break(&symbols, 0, NULL));
}

static void test_overflow(void **state)
{
    int owners[MOST_SYMBOLS];

    (void)state;
    symbols_clear(&symbols);
    for (int i = 0; i < MOST_SYMBOLS; i++)
        assert_int_not_equal(symbols_made(&symbols, 0, &owners[i], NULL), NO_SYMBOL);
    assert_false(symbols.overflow);
    assert_int_equal(symbols_made(&symbols, 0, &symbols, NULL), NO_SYMBOL);
    assert_true(symbols.overflow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_symbol), cmocka_unit_test(test_unite),
        cmocka_unit_test(test_numbers),    cmocka_unit_test(test_break),
        cmocka_unit_test(test_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
