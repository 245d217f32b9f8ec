#pragma once
/* A half-open range of byte offsets in a file as it is on disk. */

#include <stdbool.h>
#include <stdint.h>

struct span {
    uint32_t start, end;
};

static inline bool span_contains(struct span span, uint32_t offset)
{
    return offset >= span.start && offset < span.end;
}
