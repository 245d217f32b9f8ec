#include "model/statement.h"

const char *table_lock_name(enum table_lock lock)
{
    static const char *const names[] = {
        [TABLE_LOCK_NONE] = "no",
        [TABLE_LOCK_ACCESS_SHARE] = "ACCESS SHARE",
        [TABLE_LOCK_ROW_SHARE] = "ROW SHARE",
        [TABLE_LOCK_ROW_EXCLUSIVE] = "ROW EXCLUSIVE",
        [TABLE_LOCK_SHARE_UPDATE_EXCLUSIVE] = "SHARE UPDATE EXCLUSIVE",
        [TABLE_LOCK_SHARE] = "SHARE",
        [TABLE_LOCK_SHARE_ROW_EXCLUSIVE] = "SHARE ROW EXCLUSIVE",
        [TABLE_LOCK_EXCLUSIVE] = "EXCLUSIVE",
        [TABLE_LOCK_ACCESS_EXCLUSIVE] = "ACCESS EXCLUSIVE",
    };

    return names[lock];
}

/* Row by row table 13.2 of the manual; bit n stands for lock n. */
bool table_lock_conflicts(enum table_lock a, enum table_lock b)
{
#define BIT(lock) (1u << TABLE_LOCK_##lock)
    static const unsigned conflicts[] = {
        [TABLE_LOCK_NONE] = 0,
        [TABLE_LOCK_ACCESS_SHARE] = BIT(ACCESS_EXCLUSIVE),
        [TABLE_LOCK_ROW_SHARE] = BIT(EXCLUSIVE) | BIT(ACCESS_EXCLUSIVE),
        [TABLE_LOCK_ROW_EXCLUSIVE] =
            BIT(SHARE) | BIT(SHARE_ROW_EXCLUSIVE) | BIT(EXCLUSIVE) | BIT(ACCESS_EXCLUSIVE),
        [TABLE_LOCK_SHARE_UPDATE_EXCLUSIVE] = BIT(SHARE_UPDATE_EXCLUSIVE) | BIT(SHARE) |
                                              BIT(SHARE_ROW_EXCLUSIVE) | BIT(EXCLUSIVE) |
                                              BIT(ACCESS_EXCLUSIVE),
        [TABLE_LOCK_SHARE] = BIT(ROW_EXCLUSIVE) | BIT(SHARE_UPDATE_EXCLUSIVE) |
                             BIT(SHARE_ROW_EXCLUSIVE) | BIT(EXCLUSIVE) | BIT(ACCESS_EXCLUSIVE),
        [TABLE_LOCK_SHARE_ROW_EXCLUSIVE] = BIT(ROW_EXCLUSIVE) | BIT(SHARE_UPDATE_EXCLUSIVE) |
                                           BIT(SHARE) | BIT(SHARE_ROW_EXCLUSIVE) | BIT(EXCLUSIVE) |
                                           BIT(ACCESS_EXCLUSIVE),
        [TABLE_LOCK_EXCLUSIVE] = BIT(ROW_SHARE) | BIT(ROW_EXCLUSIVE) | BIT(SHARE_UPDATE_EXCLUSIVE) |
                                 BIT(SHARE) | BIT(SHARE_ROW_EXCLUSIVE) | BIT(EXCLUSIVE) |
                                 BIT(ACCESS_EXCLUSIVE),
        [TABLE_LOCK_ACCESS_EXCLUSIVE] =
            BIT(ACCESS_SHARE) | BIT(ROW_SHARE) | BIT(ROW_EXCLUSIVE) | BIT(SHARE_UPDATE_EXCLUSIVE) |
            BIT(SHARE) | BIT(SHARE_ROW_EXCLUSIVE) | BIT(EXCLUSIVE) | BIT(ACCESS_EXCLUSIVE),
    };
#undef BIT

    return conflicts[a] >> b & 1;
}
