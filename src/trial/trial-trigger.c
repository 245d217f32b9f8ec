/* Triggers in a trial: those that run AFTER each row, and whose function makes one change that has
 * nothing to do with the row: it counts, or notes that something has changed. */
#include <string.h>

#include "program/side-effect.h"
#include "trial/trial-parts.h"

static const struct {
    enum trigger_event event;
    enum act_kind kind;
} kinds[] = {
    {TRIGGER_INSERT, ACT_INSERT}, {TRIGGER_UPDATE, ACT_UPDATE}, {TRIGGER_DELETE, ACT_DELETE}};

/* Those of foreign keys are called RI_…, and triggers run in the order of their names. */
bool trial_trigger_is_plain(const struct trigger *trigger)
{
    return trigger->row && !trigger->before && !trigger->instead && !trigger->constraint &&
           !trigger->columns && !trigger->conditional && strcmp(trigger->name, "RI_") > 0;
}

bool trial_is_of_trigger(const struct via *via)
{
    while (via && via->kind != VIA_TRIGGER)
        via = via->outer;
    return via;
}

/* ------------------------------------------------------------------ what it does */

/* Whether nothing of the statement comes from the row or from a variable. */
static bool is_of_itself(const struct query *query)
{
    const struct column_use *use = query->uses;

    while (use && !use->variable)
        use = use->next;
    return !use && !query->inner && !query->calls;
}

/* The one change that the statement of the access makes. */
static bool take_act(const struct trial_maker *maker, const struct access *access, struct act *act)
{
    struct trial *trial = maker->trial;
    struct trial_maker inside = *maker;
    struct program program = {.level = maker->program->level};
    unsigned parameters = trial->parameter_count;

    if (!access->query || !access->body || access->via->kind != VIA_TRIGGER ||
        !access->via->trigger || !is_of_itself(access->query))
        return false;
    inside.program = &program;
    inside.step = access->step;
    inside.via = access->via;
    inside.body = access->body;
    inside.arm = NULL;
    inside.first = inside.result_count = 0;
    if (!trial_take_statement(&inside, access->body->statement) || program.count != 1 ||
        trial->parameter_count != parameters ||
        (program.acts[0].kind != ACT_UPDATE && program.acts[0].kind != ACT_DELETE))
        return false;
    *act = program.acts[0];
    act->quiet = true;
    act->returns = false;
    return true;
}

/* ------------------------------------------------------------------ which there are */

static unsigned find_trigger(const struct trial *trial, const struct trigger *trigger)
{
    unsigned at = 0;

    while (at < trial->world.trigger_count && trial->triggers[at] != trigger)
        at++;
    return at;
}

static unsigned table_of(const struct trial *trial, const struct trigger *wanted)
{
    for (unsigned table = 0; table < trial->world.table_count; table++) {
        const struct trigger *trigger = trial->tables[table].relation->triggers;
        while (trigger && trigger != wanted)
            trigger = trigger->next;
        if (trigger)
            return table;
    }
    return WORLD_TABLES;
}

static const struct world_trigger *find_world_trigger(const struct world *world, unsigned table,
                                                      enum act_kind on)
{
    for (unsigned i = 0; i < world->trigger_count; i++) {
        if (world->triggers[i].table == table && world->triggers[i].on == on)
            return &world->triggers[i];
    }
    return NULL;
}

static bool add_trigger(const struct trial_maker *maker, const struct access *access)
{
    struct trial *trial = maker->trial;
    struct act act;

    if (!take_act(maker, access, &act))
        return false;
    const struct trigger *trigger = access->via->trigger;
    unsigned table = table_of(trial, trigger);
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct world *world = &trial->world;
        if (!(trigger->events & kinds[i].event))
            continue;
        if (table == WORLD_TABLES || world->trigger_count == WORLD_TRIGGERS ||
            find_world_trigger(world, table, kinds[i].kind) ||
            (act.table == table && act.kind == kinds[i].kind))
            return false;
        trial->triggers[world->trigger_count] = trigger;
        trial->trigger_bodies[world->trigger_count] = access->body;
        world->triggers[world->trigger_count++] =
            (struct world_trigger){.table = (uint8_t)table, .on = kinds[i].kind, .act = act};
    }
    return true;
}

bool trial_take_triggers(const struct trial_maker *maker)
{
    const struct trial *trial = maker->trial;
    const struct transaction *transaction = maker->transaction;

    for (const struct side_effect *call = transaction->calls; call; call = call->next) {
        if (trial_is_of_trigger(call->via))
            return false;
    }
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (!trial_is_of_trigger(access->via) || access_is_of_foreign_key(access))
            continue;
        unsigned at = find_trigger(trial, access->via->trigger);
        if (at == trial->world.trigger_count ? !add_trigger(maker, access)
                                             : trial->trigger_bodies[at] != access->body)
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ what is set off */

/* What is done to a table; of an UPDATE perhaps only one that sets a certain column. */
struct deed {
    unsigned table;
    enum act_kind kind;
    unsigned column; /* WORLD_COLUMNS: any */
};

static bool does(const struct act *act, const struct deed *deed)
{
    bool updates = act->kind == ACT_UPDATE || act->conflict == ACT_CONFLICT_UPDATE;
    bool sets = deed->column == WORLD_COLUMNS;

    for (unsigned i = 0; i < act->set_count; i++)
        sets |= act->sets[i].column == deed->column;
    return act->table == deed->table && act->kind <= ACT_DELETE &&
           (deed->kind == ACT_UPDATE ? updates && sets : act->kind == deed->kind);
}

static bool happens(const struct trial *trial, const struct deed *deed, unsigned depth);

/* Whether the parent of the key loses what its children are deleted or changed for. */
static bool acts(const struct trial *trial, const struct world_foreign_key *key,
                 const struct deed *deed, unsigned depth)
{
    unsigned column = (unsigned)__builtin_ctz(trial->world.tables[key->parent].indexes[0].columns);
    const struct deed gone = {key->parent, ACT_DELETE, WORLD_COLUMNS};
    const struct deed changed = {key->parent, ACT_UPDATE, column};
    bool deletes = deed->kind == ACT_DELETE;
    bool sets =
        deed->kind == ACT_UPDATE && (deed->column == WORLD_COLUMNS || deed->column == key->column);

    return key->child == deed->table &&
           ((((deletes && key->on_delete == ACTION_CASCADE) ||
              (sets && key->on_delete == ACTION_SET)) &&
             happens(trial, &gone, depth)) ||
            (sets && key->on_update != ACTION_NONE && happens(trial, &changed, depth)));
}

/* `depth`: of the foreign keys that lead there, each of which leads to another table. */
static bool happens(const struct trial *trial, const struct deed *deed, unsigned depth)
{
    const struct world *world = &trial->world;

    for (unsigned run = 0; run < trial->count; run++) {
        for (unsigned i = 0; i < trial->programs[run].count; i++) {
            if (does(&trial->programs[run].acts[i], deed))
                return true;
        }
    }
    for (unsigned i = 0; i < world->trigger_count; i++) {
        if (does(&world->triggers[i].act, deed))
            return true;
    }
    for (unsigned i = 0; i < world->foreign_key_count && depth < WORLD_TABLES; i++) {
        if (acts(trial, &world->foreign_keys[i], deed, depth + 1))
            return true;
    }
    return false;
}

bool trial_knows_triggers(const struct trial *trial)
{
    for (unsigned table = 0; table < trial->world.table_count; table++) {
        const struct trigger *trigger = trial->tables[table].relation->triggers;
        for (; trigger; trigger = trigger->next) {
            for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
                const struct deed deed = {table, kinds[i].kind, WORLD_COLUMNS};
                if (trigger->events & kinds[i].event &&
                    find_trigger(trial, trigger) == trial->world.trigger_count &&
                    happens(trial, &deed, 0))
                    return false;
            }
        }
    }
    return true;
}
