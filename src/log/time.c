#include "log/time.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

static bool digits(const char *text, size_t count, int64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        if (!g_ascii_isdigit(text[i]))
            return false;
        *value = *value * 10 + (text[i] - '0');
    }
    return true;
}

/* Days since 1970 of a date of the Gregorian calendar, as Howard Hinnant counts them. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* ".072": as microseconds. */
static size_t fraction(const char *text, size_t length, int64_t *micro)
{
    size_t at = 1;
    int64_t unit = 100000;

    *micro = 0;
    if (length < 2 || text[0] != '.' || !g_ascii_isdigit(text[1]))
        return 0;
    for (; at < length && g_ascii_isdigit(text[at]); at++, unit /= 10)
        *micro += unit * (text[at] - '0');
    return at;
}

/* " UTC", " CEST", " +02", "+05:30", " +0545": an abbreviation or an offset. */
static size_t zone(const char *text, size_t length, int64_t *offset)
{
    size_t at = length > 0 && text[0] == ' ', start = at;
    int64_t hours = 0, minutes = 0;

    *offset = 0;
    if (at < length && (text[at] == '+' || text[at] == '-') && length - at >= 3 &&
        digits(text + at + 1, 2, &hours)) {
        bool east = text[at] == '+';
        at += 3;
        if (length - at >= 3 && text[at] == ':' && digits(text + at + 1, 2, &minutes))
            at += 3;
        else if (length - at >= 2 && digits(text + at, 2, &minutes))
            at += 2;
        else
            minutes = 0;
        *offset = (hours * 60 + minutes) * (east ? 1 : -1);
        return at;
    }
    while (at < length && g_ascii_isupper(text[at]) && at - start < 6)
        at++;
    return at - start >= 2 ? at : 0;
}

static size_t read_epoch(const char *text, size_t length, int64_t *time)
{
    int64_t seconds, micro;

    if (length < 12 || !digits(text, 10, &seconds))
        return 0;
    size_t more = fraction(text + 10, length - 10, &micro);
    *time = seconds * 1000000 + micro;
    return more ? 10 + more : 0;
}

size_t time_read(const char *text, size_t length, int64_t *time)
{
    int64_t year, month, day, hour, minute, second, micro, offset;

    if (length < 19 || !g_ascii_isdigit(text[0]))
        return 0;
    if (text[4] != '-')
        return read_epoch(text, length, time);
    if (text[7] != '-' || (text[10] != ' ' && text[10] != 'T') || text[13] != ':' ||
        text[16] != ':' || !digits(text, 4, &year) || !digits(text + 5, 2, &month) ||
        !digits(text + 8, 2, &day) || !digits(text + 11, 2, &hour) ||
        !digits(text + 14, 2, &minute) || !digits(text + 17, 2, &second) || month < 1 || month > 12)
        return 0;
    size_t at = 19;
    at += fraction(text + at, length - at, &micro);
    if (at == 19)
        micro = 0;
    at += zone(text + at, length - at, &offset);
    *time =
        (((days_of(year, month, day) * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000000 +
        micro;
    return at;
}

char *time_text(int64_t time)
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time / 1000000);

    return date ? g_date_time_format(date, "%Y-%m-%d %H:%M:%S") : g_strdup("");
}
