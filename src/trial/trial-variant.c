/* The programs of a trial as they are in one world, with its values, and as they may be as well: by another
 * plan, and with what an application decides. */
#include <glib.h>

#include "machine/machine.h"
#include "trial/trial-world.h"

void trial_forget_indexes(struct trial *trial)
{
    for (unsigned i = 0; i < trial->count; i++) {
        for (unsigned j = 0; j < trial->programs[i].count; j++) {
            if (!trial->programs[i].acts[j].limit)
                trial->programs[i].acts[j].index = NO_INDEX;
        }
    }
    for (unsigned i = 0; i < trial->world.trigger_count; i++)
        trial->world.triggers[i].act.index = NO_INDEX;
}

/* Whether what was looked for may be the row that is inserted, as far as constants tell. */
static bool may_find(const struct act *look, const struct act *insert)
{
    if (look->table != insert->table || look->kind > ACT_UPDATE || look->kind == ACT_INSERT)
        return false;
    for (unsigned i = 0; i < look->filter_count; i++) {
        const struct filter *filter = &look->filters[i];
        const struct value *brought = &insert->row[filter->column];
        bool known = brought->kind == VALUE_PLAIN && brought->number < FIRST_PARAMETER;
        for (unsigned j = 0; j < filter->count; j++)
            known &=
                filter->values[j].kind == VALUE_PLAIN && filter->values[j].number < FIRST_PARAMETER;
        if (known && !filter_matches(filter, brought->number))
            return false;
    }
    return true;
}

/* The first act of the statement; of an INSERT that first reads something else, that. */
static unsigned begin_of(const struct program *program, unsigned act)
{
    const struct act *acts = program->acts;

    while (acts[act].joined && (acts[act - 1].kind == ACT_INSERT || acts[act - 1].quiet))
        act--;
    return act;
}

bool trial_add_branches(struct trial *trial)
{
    bool any = false;

    for (unsigned i = 0; i < trial->count; i++) {
        struct program *program = &trial->programs[i];
        for (unsigned j = 1; j < program->count; j++) {
            struct act *act = &program->acts[j];
            unsigned begin = begin_of(program, j);
            const struct act *before = &program->acts[MAX(begin, 1) - 1];
            bool first =
                begin > 0 && !program->acts[begin].joined && !((trial->called[i] >> begin) & 1);
            if (first && act->kind == ACT_INSERT && act->guard_count < WORLD_GUARDS &&
                may_find(before, act)) {
                act->guards[act->guard_count++] =
                    (struct guard){.when = WHEN_NOT_FOUND, .condition = (uint8_t)(begin - 1)};
                any = true;
            }
        }
    }
    return any;
}

/* ------------------------------------------------------------------ values */

/* Two runs of one program compute the same from the same. */
static int16_t place_in_run(const struct trial *trial, int parameter)
{
    int16_t place = 0;

    for (int i = parameter; i-- > 0;)
        place += trial->parameters[i].run == trial->parameters[parameter].run;
    return place;
}

static void set_parameter(const struct trial *trial, const struct choice *choices,
                          struct value *value)
{
    int at = value->kind == VALUE_MIXED ? value->number : value->number - FIRST_PARAMETER;

    if (at >= 0 && at < (int)trial->parameter_count &&
        (value->kind == VALUE_PLAIN || (value->kind == VALUE_MIXED && !choices[at].computed)))
        *value = (struct value){.number = choices[at].value};
    else if (at >= 0 && at < (int)trial->parameter_count && value->kind == VALUE_MIXED)
        value->number = place_in_run(trial, at);
}

void trial_set_parameters(const struct trial *trial, const struct choice *choices,
                          struct program *program)
{
    for (unsigned i = 0; i < program->count; i++) {
        struct act *act = &program->acts[i];
        struct value key = {.number = act->number};
        for (unsigned j = 0; j < act->guard_count; j++) {
            for (unsigned k = 0; k < act->guards[j].test.count; k++)
                set_parameter(trial, choices, &act->guards[j].test.values[k]);
        }
        for (unsigned j = 0; j < act->filter_count; j++) {
            for (unsigned k = 0; k < act->filters[j].count; k++)
                set_parameter(trial, choices, &act->filters[j].values[k]);
        }
        for (unsigned j = 0; j < act->set_count; j++)
            set_parameter(trial, choices, &act->sets[j].value);
        for (unsigned j = 0; j < WORLD_COLUMNS; j++)
            set_parameter(trial, choices, &act->row[j]);
        set_parameter(trial, choices, &key);
        act->number = key.number;
    }
}
