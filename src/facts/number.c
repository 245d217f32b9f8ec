/* A number is its sign, its significant digits and where the point stands among them. Of two with
 * the same sign, the one whose point stands further right is larger; if both stand alike, the digits
 * decide, one by one. */
#include "facts/number.h"

#include <string.h>

#include <glib.h>

struct number {
    bool negative, zero;
    const char *digits; /* from the first that is not zero; a point or underscores between them */
    long point;         /* digits before the point, negative when zeros follow it */
};

/* Exponents beyond this are refused by numeric and by double precision alike. */
enum { LARGEST_EXPONENT = 1000000 };

static bool read_exponent(const char *at, long *exponent)
{
    bool negative = *at == '-';

    at += *at == '-' || *at == '+';
    if (!g_ascii_isdigit(*at))
        return false;
    for (*exponent = 0; g_ascii_isdigit(*at); at++) {
        if (*exponent < LARGEST_EXPONENT)
            *exponent = *exponent * 10 + (*at - '0');
    }
    if (negative)
        *exponent = -*exponent;
    return *at == '\0';
}

static bool read_number(const char *text, struct number *number)
{
    long exponent = 0;
    bool point = false, any = false;

    *number = (struct number){.negative = *text == '-', .zero = true};
    text += *text == '-' || *text == '+';
    for (; *text && *text != 'e' && *text != 'E'; text++) {
        if (*text == '.' && !point) {
            point = true;
            continue;
        }
        if (*text == '_' && any)
            continue;
        if (!g_ascii_isdigit(*text))
            return false;
        any = true;
        if (number->zero && *text != '0') {
            number->zero = false;
            number->digits = text;
        }
        if (!number->zero && !point)
            number->point++;
        else if (number->zero && point)
            number->point--;
    }
    if (!any || (*text && !read_exponent(text + 1, &exponent)))
        return false;
    number->point += exponent;
    return true;
}

/* The next digit; '0' behind the last one, where `*at` stays. */
static char next_digit(const char **at)
{
    while (**at == '.' || **at == '_')
        (*at)++;
    return g_ascii_isdigit(**at) ? *(*at)++ : '0';
}

static bool has_digit(const char *at)
{
    at += strspn(at, "._");
    return g_ascii_isdigit(*at);
}

static int compare_sizes(const struct number *a, const struct number *b)
{
    const char *x = a->digits, *y = b->digits;

    if (a->point != b->point)
        return a->point < b->point ? -1 : 1;
    while (has_digit(x) || has_digit(y)) {
        int order = next_digit(&x) - next_digit(&y);
        if (order != 0)
            return order;
    }
    return 0;
}

/* What nearly all keys look like: digits, and no zero before them. */
static size_t plain_digits(const char *text)
{
    size_t length = 0;

    while (*text != '0' && g_ascii_isdigit(text[length]))
        length++;
    return text[length] ? 0 : length;
}

/* Most strings that are compared begin with a letter. */
static bool may_be_number(char first)
{
    return g_ascii_isdigit(first) || first == '.' || first == '-' || first == '+';
}

bool number_compare(const char *a, const char *b, int *order)
{
    struct number x, y;

    if (!may_be_number(*a) || !may_be_number(*b))
        return false;
    size_t length = plain_digits(a), other = plain_digits(b);
    if (length > 0 && other > 0) {
        *order = length == other ? memcmp(a, b, length) : length < other ? -1 : 1;
        return true;
    }
    if (!read_number(a, &x) || !read_number(b, &y))
        return false;
    int sign_a = x.zero ? 0 : x.negative ? -1 : 1, sign_b = y.zero ? 0 : y.negative ? -1 : 1;
    if (sign_a != sign_b || sign_a == 0)
        *order = sign_a - sign_b;
    else
        *order = sign_a < 0 ? compare_sizes(&y, &x) : compare_sizes(&x, &y);
    return true;
}
