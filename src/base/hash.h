#pragma once
/* Hashes that are put together of others. */

#include <stdint.h>

/* The hash of what `hash` stands for, followed by what `part` stands for. */
static inline uint64_t hash_add(uint64_t hash, uint64_t part)
{
    return (hash ^ part) * 0x9e3779b97f4a7c15u + (hash >> 29);
}
