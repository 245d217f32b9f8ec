#include "base/limits.h"

#include <glib.h>

void limit_reached(struct limits *limits, enum limit limit)
{
    g_atomic_int_inc(&limits->reached[limit]);
}

size_t limit_count(const struct limits *limits, enum limit limit)
{
    return (size_t)g_atomic_int_get(&limits->reached[limit]);
}

size_t limits_count(const struct limits *limits)
{
    size_t count = 0;

    for (int limit = 0; limit < LIMIT_KINDS; limit++)
        count += limit_count(limits, (enum limit)limit);
    return count;
}

void limits_add(struct limits *limits, const struct limits *other)
{
    for (int limit = 0; limit < LIMIT_KINDS; limit++)
        limits->reached[limit] += (int)limit_count(other, (enum limit)limit);
}

char *limit_text(const struct limits *limits, enum limit limit)
{
    static const struct {
        unsigned bound; /* 0: it depends on how many programs there are */
        const char *what, *lost;
    } texts[] = {
        [LIMIT_DEPTH] = {DEEPEST_BINDING, "views, routines and triggers inside one another",
                         "what the inner ones do is not known"},
        [LIMIT_ENTERED] = {MOST_ENTERED, "views, routines and triggers in one statement",
                           "what the later ones do is not known"},
        [LIMIT_FOLLOWED] = {MOST_FOLLOWED, "accesses in views, routines and triggers",
                            "what the later ones do is not known"},
        [LIMIT_LOCKS] = {MOST_LOCKS, "locks", "deadlocks over later ones are not searched for"},
        [LIMIT_LOCK_STEPS] = {0, "pairs of locks than are compared",
                              "some deadlocks may be missed"},
        [LIMIT_MEETINGS] = {MOST_MEETINGS, "pairs of locks that may meet",
                            "some deadlocks may be missed"},
        [LIMIT_CYCLES] = {0, "locks that may wait in a cycle than are compared",
                          "some deadlocks of three and four programs may be missed"},
        [LIMIT_PIVOT] = {0, "pairs of accesses than are compared",
                         "some dependencies between programs may be missed"},
        [LIMIT_MIDDLE] = {MIDDLE_BUDGET, "pairs of accesses of four programs",
                          "some dependencies through a fourth program may be missed"},
        [LIMIT_TRIAL] = {0, "interleavings than the machine tries",
                         "what rules foretell of them is not tried to the end"},
        [LIMIT_REACH] = {0, "interleavings than the machine tries",
                         "what no rule foretells of them may be missed"},
        [LIMIT_PARTNERS] = {MOST_REACH_PAIRS, "programs beside one in the machine",
                            "what no rule foretells of them may be missed"},
    };
    size_t count = limit_count(limits, limit);

    if (texts[limit].bound == 0)
        return g_strdup_printf("%zu program%s with more %s: %s", count, count == 1 ? "" : "s",
                               texts[limit].what, texts[limit].lost);
    return g_strdup_printf("%zu program%s with more than %u %s: %s", count, count == 1 ? "" : "s",
                           texts[limit].bound, texts[limit].what, texts[limit].lost);
}
