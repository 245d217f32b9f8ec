/* SELECT of two tables. */
#include "server/random/render-parts.h"

void append_join(GString *sql, const struct act *found, const struct act *act)
{
    const struct filter *by = &act->filters[0];

    g_string_append_printf(sql, " FROM t%u s, t%u u", found->table, act->table);
    append_source(sql, found);
    g_string_append_printf(sql, " AND u.%s = s.%s", render_column(by->column),
                           render_column(by->values[0].column));
    if (act->filter_count > 1)
        g_string_append_printf(sql, " AND u.c > %d", act->filters[1].values[0].number);
}

void append_join_lock(GString *sql, const struct act *act)
{
    enum lock_strength strength = act->lock ? act->lock : act->outer_lock;

    g_string_append(sql, render_lock(strength));
    if (!act->lock || !act->outer_lock)
        g_string_append(sql, act->lock ? " OF u" : act->outer_lock ? " OF s" : "");
    g_string_append(sql, render_wait(act->wait));
}
