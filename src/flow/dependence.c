#include "flow/dependence.h"

#include <string.h>

#include <glib.h>

#include "catalog/key.h"
#include "program/side-effect.h"
#include "flow/flow.h"
#include "flow/new-row.h"
#include "program/rows.h"
#include "flow/shared-key.h"

/* What psql only prints decides nothing. */
static bool is_printed(const struct access *read)
{
    const struct step *step = read->step;

    return step->transaction->script->prints && !statement_ending(step->statement);
}

/* SELECT pg_advisory_xact_lock(id) FROM … says nothing of the rows that it comes to. */
static bool returns_nothing(const struct access *read)
{
    const struct query *query = read->statement->query;
    const struct output *output = query && query->kind == QUERY_SELECT ? query->outputs : NULL;
    bool locks = output;

    for (; output && locks; output = output->next) {
        const struct call *call = query->rest->calls;
        while (call && call->output != output)
            call = call->next;
        locks = call && call_is_advisory_lock(call);
    }
    return locks;
}

/* Both run where variables are followed: in one routine, after a \gset, or in a script of psql. */
static bool flow_is_seen(const struct access *read, const struct access *write)
{
    return (read->body && write->body) || statement_ends_with(read->statement, "gset") ||
           ((is_printed(read) || returns_nothing(read)) && !access_same_statement(read, write));
}

static bool looks_at_column(const struct operand *value, const struct access *write,
                            const char *column)
{
    const struct column_use *use = value->uses;

    for (uint32_t i = 0; i < value->use_count && use; i++, use = use->next) {
        if (use->range == write->range && use->name && strcmp(use->name, column) == 0)
            return true;
    }
    return false;
}

/* A value that an application may have computed. A flag or a word is set, not computed. */
static bool may_be_computed(const struct operand *value)
{
    switch (value->kind) {
    case OPERAND_CONSTANT:
        return value->literal == LITERAL_INTEGER || value->literal == LITERAL_DECIMAL;
    case OPERAND_PARAMETER:
    case OPERAND_VARIABLE:
        return true;
    case OPERAND_EXPRESSION:
        return value->use_count > 0;
    default:
        return false;
    }
}

const char *assignment_excluded_column(const struct assignment *set)
{
    const struct column_use *use = set->value.kind == OPERAND_COLUMN ? set->value.uses : NULL;
    const struct range *range = use ? use->range : NULL;

    return range && range->kind == RANGE_VALUES && range->alias &&
                   strcmp(range->alias, "excluded") == 0
               ? use->name
               : NULL;
}

static const struct operand *set_value(const struct access *write, const struct assignment *set)
{
    const char *column = assignment_excluded_column(set);
    const struct operand *brought = column ? access_inserts(write, column) : NULL;

    return brought ? brought : &set->value;
}

/* What INSERT … SELECT brings for the column; NULL when that is not seen. */
static const struct operand *output_for(const struct access *insert, const struct query *source,
                                        const char *column)
{
    const struct assignment *assignment = access_assigns(insert, column);
    const struct output *output = assignment ? access_output_for(insert, source, assignment) : NULL;

    return output ? &output->operand : NULL;
}

static bool uses_range(const struct operand *value, const struct range *range)
{
    const struct column_use *use = value->uses;

    for (uint32_t i = 0; i < value->use_count && use; i++, use = use->next) {
        if (use->range == range)
            return true;
    }
    return false;
}

/* INSERT … SELECT k, n + 1 FROM t … ON CONFLICT (k) DO UPDATE SET n = EXCLUDED.n: the row that is in
 * the way is the one that was read, by its key, and gets what was computed from it. */
static bool is_made_of_source(const struct access *write, const char *column,
                              const struct access *read)
{
    const struct query *source = query_source(write->query);
    const char **key = write->query->write->on_conflict->columns;

    if (!source || read->query != source || !access_same_relation(read, write) || !key || !*key)
        return false;
    for (; *key; key++) {
        const struct operand *brought = output_for(write, source, *key);
        if (!brought || !access_owns(read, brought) || strcmp(brought->text, *key) != 0)
            return false;
    }
    const struct operand *value = output_for(write, source, column);
    return value && uses_range(value, read->range);
}

/* Whether the output of that name, or of a "*", is made of the column. */
static bool gives_column(const struct query *query, const char *name, const char *column)
{
    for (const struct output *each = query->outputs; each; each = each->next) {
        const struct column_use *use = each->operand.uses;
        if (!each->name && strcmp(name, column) == 0)
            return true;
        if (!each->name || strcmp(each->name, name) != 0)
            continue;
        if (each->operand.has_query)
            return true;
        for (uint32_t i = 0; i < each->operand.use_count && use; i++, use = use->next) {
            if (strcmp(use->name ? use->name : column, column) == 0)
                return true;
        }
    }
    return false;
}

/* r.quantity * 2, after SELECT … INTO r, is not made of price. */
static bool is_value_of(const struct source *sources, const struct access *read, const char *column)
{
    while (sources && (sources->access != read ||
                       (sources->field && !gives_column(read->query, sources->field, column))))
        sources = sources->next;
    return sources;
}

/* Whether the value was read there. Of what an upsert sets it is only known what the statement as a
 * whole was made of, and that a sub-SELECT of it is in the value. */
static bool is_made_of(const struct access *write, const struct assignment *set,
                       const struct access *read)
{
    const char *column = assignment_excluded_column(set);
    const struct assignment *brought = column ? access_assigns(write, column) : NULL;

    if (is_value_of(brought ? brought->data : set->data, read, column ? column : set->column))
        return true;
    if (write->kind == ACCESS_INSERT && access_same_statement(read, write)) {
        const struct operand *value = set_value(write, set);
        if (column && is_made_of_source(write, column, read))
            return true;
        return value->kind == OPERAND_QUERY || value->has_query;
    }
    return write->kind == ACCESS_INSERT && !brought && operand_has_variables(&set->value) &&
           sources_have(write->rest->data, read);
}

/* SET n = n + 1, changed_at = $2: the time of what the statement computes from the row itself. */
static bool is_time_of_change(const struct access *write, const struct assignment *set)
{
    const struct assignment *each =
        column_is_time(write->relation, set->column) ? write->assignments : NULL;

    while (each && !(each->column && looks_at_column(&each->value, write, each->column)))
        each = each->next;
    return each;
}

/* WHERE start_at < :end, then SET end_at = :end: what the read asks for was known before it ran. */
static bool is_asked_for(const struct access *read, const struct operand *value)
{
    const struct restriction *each = value->kind == OPERAND_PARAMETER ? read->where : NULL;

    while (each &&
           !(term_binds(&each->term) && operand_same_value(each->term.value, value) == ANSWER_YES))
        each = each->next;
    return each;
}

enum dependence assignment_depends(const struct access *read, const struct access *write,
                                   const struct assignment *set)
{
    const struct operand *value = set_value(write, set);
    bool made = set->column && is_made_of(write, set, read);
    bool assumed = set->column && !made && may_be_computed(value) &&
                   !looks_at_column(value, write, set->column) &&
                   !access_equals(write, set->column) && !flow_is_seen(read, write) &&
                   !is_time_of_change(write, set) && !is_asked_for(read, value);

    /* What the read asks for is looked through last: a statement may name a thousand columns. */
    if (!(made || assumed) || !access_reads_column(read, set->column))
        return DEPENDS_NOT;
    return made ? DEPENDS_SEEN : DEPENDS_ASSUMED;
}

enum dependence value_depends(const struct access *read, const struct access *write,
                              const char **column)
{
    enum dependence found = DEPENDS_NOT;

    for (const struct assignment *each = access_row_assignments(write); each; each = each->next) {
        enum dependence dependence = assignment_depends(read, write, each);
        bool better = dependence == DEPENDS_ASSUMED && found == dependence &&
                      !column_is_amount(write->relation, *column) &&
                      column_is_amount(write->relation, each->column);
        if (dependence > found || better) {
            found = dependence;
            *column = each->column;
        }
    }
    return found;
}

/* What the insert gives a column, NULL when that is not known, and whether it comes from the read:
 * it is seen to, or the read looks for the column's least or greatest value. */
static const struct operand *given_value(const struct access *read, const struct access *insert,
                                         const char *column, bool *derived)
{
    const struct assignment *found = access_assigns(insert, column);
    const struct output *output = read->query->outputs;
    const struct operand *given = trigger_gives(read, insert, column);
    bool one_statement = access_same_statement(read, insert);

    *derived = given != NULL;
    if (given || !found)
        return given;
    if (one_statement && found->value.kind == OPERAND_NONE) {
        if (read->query->place != PLACE_SOURCE)
            return NULL;
        for (const struct assignment *each = insert->assignments; output && each != found;
             each = each->next)
            output = output->next;
        *derived = output && operand_uses_range(&output->operand, read->range);
        return output ? &output->operand : NULL;
    }
    if (one_statement)
        *derived = found->value.has_query || found->value.kind == OPERAND_QUERY;
    else
        *derived = sources_have(found->data, read) ||
                   (!flow_is_seen(read, insert) && access_finds_extreme(read) &&
                    may_be_computed(&found->value) && access_reads_column(read, column));
    return &found->value;
}

static bool index_depends(const struct access *read, const struct access *insert,
                          const struct index *index)
{
    bool any = false;

    for (const struct index_key *key = index->keys; key; key = key->next) {
        bool derived = false;
        const struct operand *value = given_value(read, insert, key->column, &derived);
        const struct operand *asked = value ? access_equals(read, key->column) : NULL;
        bool same = value && (value->kind == OPERAND_CONSTANT ||
                              (asked && operand_same_value(asked, value) == ANSWER_YES));
        if (!derived && !same)
            return false;
        any |= derived;
    }
    return any;
}

bool key_depends(const struct access *read, const struct access *insert)
{
    const struct index *key = relation_keys(insert->relation, KEY_TOTAL | KEY_OF_COLUMNS);

    if (!read->query || !(read->query->aggregates || flow_newest(read)) || !insert->query)
        return false;
    while (key && !index_depends(read, insert, key))
        key = relation_key_after(key, KEY_TOTAL | KEY_OF_COLUMNS);
    return key != NULL;
}

bool read_is_alike(const struct access *read)
{
    const struct condition *condition = read->query->conditions;
    const struct restriction *each = read->where;

    for (; each && condition; each = each->next, condition = condition->next) {
        if (!term_binds(&each->term) || !operand_is_fixed(each->term.value))
            return false;
    }
    return !each && !condition; /* one that is not of these rows alone restricts nothing */
}

/* Whether it is made of what is read, and of nothing that a run brings along. */
static bool is_made_alike(const struct access *read, const struct operand *value)
{
    return !operand_has_variables(value) && !value->has_call &&
           !(value->has_query && query_takes_parameters(read->query));
}

bool key_is_alike(const struct access *read, const struct access *insert)
{
    enum { KINDS = KEY_TOTAL | KEY_IMMEDIATE | KEY_OF_COLUMNS };
    const struct index *key = relation_keys(insert->relation, KINDS);

    if (!access_same_statement(read, insert) || !read_is_alike(read))
        return false;
    for (; key; key = relation_key_after(key, KINDS)) {
        const struct index_key *each = index_depends(read, insert, key) ? key->keys : NULL;
        bool derived, alike = each;
        for (; each && alike; each = each->next)
            alike = is_made_alike(read, given_value(read, insert, each->column, &derived));
        if (alike)
            return true;
    }
    return false;
}

const char *number_depends(const struct access *read, const struct access *insert)
{
    const struct assignment *each = insert->assignments;
    const char *newest = flow_newest(read);

    for (; each && access_finds_extreme(read); each = each->next) {
        const char *column = access_assigned_column(insert, each);
        bool derived = false;
        if (column && (!newest || strcmp(column, newest) == 0) &&
            access_reads_column(read, column) && !access_equals(read, column) &&
            column_may_number(insert->relation, column) &&
            given_value(read, insert, column, &derived) && derived)
            return column;
    }
    return trigger_fills(read, insert) ? trigger_gives_number(read) : NULL;
}

/* Made of what the read returns, not copied: by the INSERT itself, or by another variable before. */
static bool is_made_anew(const struct access *read, const struct access *insert,
                         const struct operand *given)
{
    const char **into = read->body ? read->body->into : NULL;

    if (access_same_statement(read, insert) || given->kind != OPERAND_VARIABLE)
        return given->kind == OPERAND_EXPRESSION;
    while (into && *into &&
           !(g_str_has_prefix(given->text, *into) && strchr(".", given->text[strlen(*into)])))
        into++;
    return into && !*into;
}

const char *amount_carried(const struct access *read, const struct access *insert)
{
    const char *newest = flow_newest(read);

    for (const struct assignment *each = newest ? insert->assignments : NULL; each;
         each = each->next) {
        const char *column = access_assigned_column(insert, each);
        bool derived = false;
        const struct operand *given =
            column && strcmp(column, newest) != 0 && column_is_amount(insert->relation, column) &&
                    access_reads_column(read, column) && !access_equals(read, column)
                ? given_value(read, insert, column, &derived)
                : NULL;
        if (given && derived && is_made_anew(read, insert, given))
            return column;
    }
    return NULL;
}

/* Whether both compare a column of theirs with the same value. */
static bool go_by_one_value(const struct access *a, const struct access *b)
{
    for (const struct restriction *first = a->where; first; first = first->next) {
        if (!term_binds(&first->term) || first->term.comparison != COMPARE_EQUAL)
            continue;
        for (const struct restriction *second = b->where; second; second = second->next) {
            if (term_binds(&second->term) && second->term.comparison == COMPARE_EQUAL &&
                operand_same_value(first->term.value, second->term.value) == ANSWER_YES)
                return true;
        }
    }
    return false;
}

/* Whether the transaction has inserted a row into the table before: that may be the one that it
 * updates, and no other one sees it. */
static bool follows_insert(const struct access *write)
{
    const struct access *each = write->transaction->accesses;

    while (each != write && !(each->kind == ACCESS_INSERT && access_same_relation(each, write)))
        each = each->next;
    return each != write;
}

enum dependence total_depends(const struct access *read, const struct access *write)
{
    enum dependence found = DEPENDS_NOT;

    if (!read->query || !read->query->aggregates || read->query->grouped ||
        access_same_relation(read, write) || access_same_statement(read, write) ||
        !go_by_one_value(read, write))
        return DEPENDS_NOT;
    for (const struct assignment *set = write->assignments; set; set = set->next) {
        if (set->column && (column_is_flag(write->relation, set->column) ||
                            looks_at_column(&set->value, write, set->column)))
            continue;
        if (sources_have_row(set->data, read))
            return DEPENDS_SEEN;
        if (!flow_is_seen(read, write) && may_be_computed(&set->value) && !follows_insert(write))
            found = DEPENDS_ASSUMED;
    }
    return found;
}

enum dependence write_depends(const struct access *read, const struct access *write)
{
    if (access_depends_on(write, read))
        return DEPENDS_SEEN;
    /* From one sub-query to another no variable is followed. */
    return flow_is_seen(read, write) && !access_same_statement(read, write) ? DEPENDS_NOT
                                                                            : DEPENDS_ASSUMED;
}

bool call_depends(const struct access *read, const struct access *write)
{
    const struct via *via = write->via;

    while (via && !sources_have_row(via->control, read))
        via = via->outer;
    return via != NULL;
}

static bool gives_at(const struct query *query, unsigned place, const char *column)
{
    const struct output *output = query ? query->outputs : NULL;

    while (output && --place > 0)
        output = output->next;
    return !output || !output->name || gives_column(query, output->name, column);
}

/* Where it is known which of the returned values it is, that one is in the list before all of them. */
static bool sources_give(const struct source *sources, const struct access *read,
                         const char *column)
{
    bool known = false;

    for (; sources; sources = sources->next) {
        if (sources->access != read || sources->found || !read->query)
            continue;
        if (sources->field   ? gives_column(read->query, sources->field, column)
            : sources->place ? gives_at(read->query, sources->place, column)
                             : !known)
            return true;
        known |= sources->place > 0;
    }
    return false;
}

bool access_takes_key(const struct access *access, const struct access *found)
{
    const struct index *key = relation_keys(found->relation, KEY_TOTAL);

    if (!found->relation || !found->relation->described)
        return sources_have(access->rest->data, found);
    for (; key; key = relation_key_after(key, KEY_TOTAL)) {
        const struct index_key *each = key->keys;
        while (each && each->column && sources_give(access->rest->data, found, each->column))
            each = each->next;
        if (key->keys && !each)
            return true;
    }
    return false;
}

bool write_goes_by(const struct access *read, const struct access *write, const char *column)
{
    bool seen = access_depends_on(write, read);

    for (const struct via *via = write->via; via; via = via->outer) {
        seen |= sources_have(via->control, read);
        if (sources_give(via->control, read, column))
            return true;
    }
    return !seen || !read->query || sources_give(write->rest->control, read, column) ||
           sources_give(write->rest->data, read, column);
}

/* WHERE id = $1; or WHERE id IN ($1, $2) with SET n = CASE WHEN id = $1 THEN $3 … END, as object
 * mappers write several rows with one statement. */
static bool names_its_row(const struct access *write, const struct term *term, const char *column)
{
    if (!term_binds(term))
        return false;
    if (term->comparison == COMPARE_IN)
        return looks_at_column(&access_assigns(write, column)->value, write, term->column);
    return term->value->kind == OPERAND_PARAMETER && access_rows(write) == ROWS_POINT;
}

bool write_is_of_list(const struct access *read, const struct access *write)
{
    const char *column;

    if (read->body || write->body || access_same_statement(read, write) ||
        !access_same_relation(read, write) || write->kind != ACCESS_UPDATE ||
        access_rows(write) < ROWS_POINTS || access_rows(read) >= ROWS_POINT ||
        !query_can_lock(read->query) || read->query->parent ||
        value_depends(read, write, &column) != DEPENDS_ASSUMED || !access_returns(read, column) ||
        access_assigns(write, column)->value.kind == OPERAND_CONSTANT)
        return false;
    for (const struct restriction *each = write->where; each; each = each->next) {
        if (names_its_row(write, &each->term, column) &&
            !access_asks_about(read, each->term.column) && access_returns(read, each->term.column))
            return true;
    }
    return false;
}

bool write_picks(const struct access *write, const struct access *read)
{
    if (sources_have(write->rest->data, read))
        return false;
    for (const struct restriction *each = write->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (term_binds(term) && term->comparison == COMPARE_EQUAL &&
            (term->value->kind == OPERAND_PARAMETER || term->value->kind == OPERAND_VARIABLE) &&
            !access_asks_about(read, term->column))
            return true;
    }
    return false;
}

bool write_is_relative(const struct access *write)
{
    const struct assignment *assignments = access_row_assignments(write);

    for (const struct assignment *each = assignments; each; each = each->next) {
        if (!each->column || each->value.has_query ||
            !looks_at_column(&each->value, write, each->column))
            return false;
    }
    return assignments != NULL;
}

bool write_keeps_values(const struct access *read, const struct access *write)
{
    bool any = false;

    for (const struct assignment *set = write->assignments; set; set = set->next) {
        if (!set->column || !access_names_column(read, set->column))
            continue;
        if (set->value.sum || !operand_has_variables(&set->value) ||
            !looks_at_column(&set->value, write, set->column))
            return false;
        any = true;
    }
    return any;
}

enum count_outcome count_outcome(const struct access *read, const struct access *insert)
{
    bool upsert = access_is_upsert(insert);
    enum answer unique;

    if (access_shares_key(read, insert, &unique) && unique == ANSWER_YES && !upsert)
        return COUNT_NOT_HERE;
    if (unique != ANSWER_YES && !key_depends(read, insert) &&
        !(access_finds_extreme(read) && !number_depends(read, insert) &&
          access_may_meet_key(insert) == ANSWER_YES))
        return COUNT_BOTH_INSERT;
    if (!upsert)
        return COUNT_SAME_KEY;
    return transaction_has_one_snapshot(insert->transaction) || access_same_statement(read, insert)
               ? COUNT_NOT_HERE
               : COUNT_SKIPPED;
}
