#include "machine/ways.h"

static bool finds_rows(const struct act *act)
{
    return act->kind == ACT_SELECT || act->kind == ACT_UPDATE || act->kind == ACT_DELETE;
}

void program_take_way(struct program *program, enum way way)
{
    for (unsigned i = 0; i < program->count; i++) {
        struct act *act = &program->acts[i];
        if (!finds_rows(act) || way == WAY_PLANNED)
            continue;
        act->turned = act->tied;
        if (act->sorted)
            continue;
        act->descending = way != WAY_TABLE;
        act->index = way == WAY_PLANNED_FROM_END ? act->index : NO_INDEX;
    }
}

static bool picks_any(const struct act *act)
{
    return finds_rows(act) && act->limit && (!act->sorted || act->tied);
}

bool program_picks_any(const struct program *program)
{
    for (unsigned i = 0; i < program->count; i++) {
        if (picks_any(&program->acts[i]))
            return true;
    }
    return false;
}

void program_pick_last(struct program *program)
{
    for (unsigned i = 0; i < program->count; i++) {
        struct act *act = &program->acts[i];
        if (act->sorted)
            act->turned ^= picks_any(act);
        else
            act->descending ^= picks_any(act);
    }
}
