#pragma once
/* Times as logs write them. */

#include <stddef.h>
#include <stdint.h>

/* Reads "2026-11-27 21:06:15.072 UTC" or "1795813575.072" (%n) at the beginning of a text. Returns
 * the bytes it takes, with the zone and without the blank after it; 0 when there is no time. Zones
 * are left alone: a log keeps one, but for offsets such as +02, which are taken off. */
size_t time_read(const char *text, size_t length, int64_t *time);

/* "2026-11-27 21:06:15" for a person. Owned by the caller. */
char *time_text(int64_t time);
