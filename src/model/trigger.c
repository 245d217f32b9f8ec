/* Triggers in a trial: those that run AFTER each row, and whose function makes one change that has
 * nothing to do with the row: it counts, or notes that something has changed; and those that run
 * BEFORE it, and only fill columns that nobody asks for: updated_at. */
#include <string.h>

#include <glib.h>

#include "program/side-effect.h"
#include "model/model.h"

static const struct {
    enum trigger_event event;
    enum act_kind kind;
} kinds[] = {
    {TRIGGER_INSERT, ACT_INSERT}, {TRIGGER_UPDATE, ACT_UPDATE}, {TRIGGER_DELETE, ACT_DELETE}};

/* Of each row, whatever the row. Those of foreign keys are called RI_…, and triggers run in the
 * order of their names. */
static bool is_plain(const struct trigger *trigger)
{
    return trigger->row && !trigger->before && !trigger->constraint && !trigger->columns &&
           !trigger->when && strcmp(trigger->name, "RI_") > 0;
}

bool trial_is_of_trigger(const struct via *via)
{
    while (via && via->kind != VIA_TRIGGER)
        via = via->outer;
    return via;
}

/* ------------------------------------------------------------------ what only fills the row */

/* RETURN NEW: the row is written. */
static bool returns_row(const struct body_statement *statement)
{
    const struct query *query = statement->statement ? statement->statement->query : NULL;
    const struct output *output = query ? query->outputs : NULL;

    return output && output->operand.kind == OPERAND_VARIABLE &&
           g_strcmp0(output->operand.text, "new") == 0;
}

/* IF NEW.n < 0 THEN RAISE EXCEPTION …: it refuses the values that the program brings, before
 * anything has happened, and says nothing of the row that is there. */
static bool refuses_values(const struct body_statement *raise)
{
    const struct body_statement *arm = raise->parent;
    const struct query *asked =
        arm && arm->kind == BODY_ARM && arm->statement ? arm->statement->query : NULL;
    const struct column_use *use = asked ? asked->uses : NULL;

    while (use && use->name && g_str_has_prefix(use->name, "new."))
        use = use->next;
    return asked && asked->uses && !use;
}

static bool fills(const struct body_statement *statement)
{
    switch (statement->kind) {
    case BODY_BLOCK:
        return !statement->handled;
    case BODY_ASSIGN: /* what it reads is an access */
    case BODY_IF:
    case BODY_ARM:
        return true;
    case BODY_RETURN:
        return returns_row(statement);
    case BODY_RAISE:
        return !statement->error || refuses_values(statement);
    default:
        return false;
    }
}

bool trial_is_filler(const struct routine *routine)
{
    const struct body_statement *statement = routine->body ? routine->body->statements : NULL;

    while (statement && fills(statement))
        statement = statement->next;
    return routine->returns_trigger && routine->body && !statement;
}

static void note_fillers(struct trial *trial, const struct transaction *transaction)
{
    for (const struct routine_run *run = transaction->runs; run; run = run->next) {
        unsigned at = 0;
        while (at < trial->filler_count && trial->fillers[at] != run->routine)
            at++;
        if (at == trial->filler_count && at < TRIAL_FILLERS && trial_is_filler(run->routine))
            trial->fillers[trial->filler_count++] = run->routine;
    }
}

/* Whether it gives the row a column that programs, keys or indexes name. */
static bool fills_named(const struct routine *routine, const struct trial_table *table)
{
    const struct body_statement *each = routine->body->statements;

    for (; each; each = each->next) {
        for (const char **into = each->into; into && *into; into++) {
            bool named = strcmp(*into, "new") == 0;
            for (unsigned i = 0; i < table->column_count && g_str_has_prefix(*into, "new."); i++)
                named |= strcmp(table->columns[i].name, *into + strlen("new.")) == 0;
            if (named)
                return true;
        }
    }
    return false;
}

/* Whether nothing comes of the trigger but what nobody asks for. */
static bool only_fills(const struct trial *trial, unsigned table, const struct trigger *trigger)
{
    unsigned at = 0;

    while (at < trial->filler_count &&
           (strcmp(trial->fillers[at]->name, trigger->function) != 0 ||
            (trial->fillers[at]->schema && trigger->function_schema &&
             strcmp(trial->fillers[at]->schema, trigger->function_schema) != 0)))
        at++;
    return trigger->row && trigger->before && at < trial->filler_count &&
           !(trigger->events & ~(unsigned)(TRIGGER_INSERT | TRIGGER_UPDATE)) &&
           !fills_named(trial->fillers[at], &trial->tables[table]);
}

/* ------------------------------------------------------------------ what it does */

/* Whether nothing of the statement comes from the row or from a variable. */
static bool is_of_itself(const struct query *query)
{
    const struct column_use *use = query->uses;

    while (use && !use->variable)
        use = use->next;
    return !use && !query->inner && !query->rest->calls;
}

/* The one change that the statement of the access makes. */
static bool take_act(const struct trial_maker *maker, const struct access *access, struct act *act)
{
    struct trial *trial = maker->trial;
    struct trial_maker inside = *maker;
    struct program program = {.level = maker->program->level};
    unsigned parameters = trial->parameter_count;

    if (!access->query || !access->body || access->via->kind != VIA_TRIGGER ||
        !access->via->trigger || !is_of_itself(access->query) ||
        body_enclosing(access->body, BODY_ARM)) /* which may be for one event alone */
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
    if (!is_plain(trigger))
        return false;
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

/* Whether the program is a trigger function by itself, which is run before the row of one of the
 * tables is written: the row is no part of the program. */
static bool comes_before_row(const struct trial *trial, const struct transaction *transaction)
{
    for (unsigned table = 0; transaction->unfired && table < trial->world.table_count; table++) {
        const struct trigger *trigger = trial->tables[table].relation->triggers;
        for (; trigger; trigger = trigger->next) {
            if (trigger->before && strcmp(trigger->function, transaction->routine->name) == 0)
                return true;
        }
    }
    return false;
}

bool trial_take_triggers(const struct trial_maker *maker)
{
    struct trial *trial = maker->trial;
    const struct transaction *transaction = maker->transaction;

    note_fillers(trial, transaction);
    if (comes_before_row(trial, transaction))
        return false;
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
                    !only_fills(trial, table, trigger) && happens(trial, &deed, 0))
                    return false;
            }
        }
    }
    return true;
}
