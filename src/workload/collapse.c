#include "workload/collapse.h"

enum { LONGEST_BLOCK = 16 };

static bool same_blocks(const struct run *run, guint a, guint b, guint length)
{
    for (guint i = 0; i < length; i++) {
        if (run_statement(run, a + i)->shape != run_statement(run, b + i)->shape)
            return false;
    }
    return true;
}

/* How often the block of this length comes from here on. */
static guint repetitions(const struct run *run, guint from, guint length)
{
    guint count = 1, next = from + length;

    for (; next + length <= run->statements->len && same_blocks(run, from, next, length);
         next += length)
        count++;
    return count;
}

void collapse_run(const struct run *run, GArray *kept)
{
    guint count = run->statements->len;

    g_array_set_size(kept, 0);
    for (guint at = 0; at < count;) {
        guint length = 1, times = 1;
        for (; length <= LONGEST_BLOCK && at + 3 * length <= count; length++) {
            times = repetitions(run, at, length);
            if (times >= 3)
                break;
        }
        bool repeated = times >= 3;
        guint keep = repeated ? 2 * length : 1;
        for (guint i = at; i < at + keep; i++)
            g_array_append_val(kept, i);
        at += repeated ? times * length : 1;
    }
}
