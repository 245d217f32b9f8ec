#pragma once
/* What is wrong with an execution that no serial order gives. */

enum anomaly {
    ANOMALY_READ_SKEW,   /* what is left is right, what was read is not */
    ANOMALY_LOST_UPDATE, /* two have changed one row that was there */
    ANOMALY_WRITE_SKEW,
};
