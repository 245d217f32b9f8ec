#include "program/event.h"

#include <string.h>

#include <glib.h>

#include "program/rows.h"

static const struct {
    unsigned event;
    enum access_kind kind;
    const char *name; /* what TG_OP is */
} events[] = {{TRIGGER_INSERT, ACCESS_INSERT, "INSERT"},
              {TRIGGER_UPDATE, ACCESS_UPDATE, "UPDATE"},
              {TRIGGER_DELETE, ACCESS_DELETE, "DELETE"},
              {TRIGGER_TRUNCATE, ACCESS_TRUNCATE, "TRUNCATE"}};

/* One event that there may be. */
struct occasion {
    const char *name;
    const struct access *row; /* what NEW and OLD are; NULL: not known */
};

const struct operand *event_row_value(const struct access *row, const char *name)
{
    bool is_new = g_str_has_prefix(name, "new.");

    if (!is_new && !g_str_has_prefix(name, "old."))
        return NULL;
    const char *column = name + strlen("new.");
    if (row->kind == ACCESS_INSERT)
        return is_new ? access_inserts(row, column) : NULL;
    const struct assignment *assignment = is_new ? access_assigns(row, column) : NULL;
    if (assignment)
        return assignment->value.kind == OPERAND_NONE ? NULL : &assignment->value;
    return access_equals(row, column);
}

static bool is_event(const struct operand *operand)
{
    return operand->kind == OPERAND_VARIABLE && g_strcmp0(operand->text, "tg_op") == 0;
}

static enum answer is_named(const struct operand *value, const char *name)
{
    if (value->kind != OPERAND_CONSTANT || value->literal != LITERAL_STRING || !value->text)
        return ANSWER_UNKNOWN;
    return strcmp(value->text, name) == 0 ? ANSWER_YES : ANSWER_NO;
}

static enum answer is_listed(const struct operand *list, const char *name)
{
    const struct operand_item *item = list->kind == OPERAND_LIST ? list->items : NULL;
    enum answer answer = item ? ANSWER_NO : ANSWER_UNKNOWN;

    for (; item && answer == ANSWER_NO; item = item->next)
        answer = is_named(&item->operand, name);
    return answer;
}

static enum answer negate(enum answer answer)
{
    return answer == ANSWER_UNKNOWN ? answer : answer == ANSWER_YES ? ANSWER_NO : ANSWER_YES;
}

/* NEW.state = 'paid', NEW.main, where the row that is written says what they are. */
static enum answer compare_row(const struct condition *condition, const struct access *row)
{
    const struct operand *left = &condition->left;
    const struct operand *value = row && left->kind == OPERAND_VARIABLE && left->text
                                      ? event_row_value(row, left->text)
                                      : NULL;
    const struct term asked = {
        .condition = condition, .comparison = condition->comparison, .value = &condition->right};

    if (!value || value->kind != OPERAND_CONSTANT)
        return ANSWER_UNKNOWN;
    if (condition->comparison == COMPARE_TRUE && value->literal == LITERAL_BOOLEAN)
        return strcmp(value->text, "true") == 0 ? ANSWER_YES : ANSWER_NO;
    return term_holds_for(&asked, value);
}

static enum answer compare(const struct condition *condition, const struct occasion *occasion)
{
    const char *name = occasion->name;
    const struct operand *value = is_event(&condition->left)    ? &condition->right
                                  : is_event(&condition->right) ? &condition->left
                                                                : NULL;

    if (!value)
        return compare_row(condition, occasion->row);
    switch (condition->comparison) {
    case COMPARE_EQUAL:
        return is_named(value, name);
    case COMPARE_NOT_EQUAL:
        return negate(is_named(value, name));
    case COMPARE_IN:
        return is_listed(value, name);
    default:
        return ANSWER_UNKNOWN;
    }
}

static enum answer all_hold(const struct condition *conditions, const struct occasion *occasion);

static enum answer holds(const struct condition *condition, const struct occasion *occasion)
{
    enum answer answer = ANSWER_NO;

    switch (condition->kind) {
    case CONDITION_COMPARE:
        return compare(condition, occasion);
    case CONDITION_AND:
        return all_hold(condition->children, occasion);
    case CONDITION_NOT:
        return negate(holds(condition->children, occasion));
    case CONDITION_OR:
        for (const struct condition *each = condition->children; each && answer != ANSWER_YES;
             each = each->next) {
            enum answer own = holds(each, occasion);
            answer = own == ANSWER_NO ? answer : own;
        }
        return answer;
    default:
        return ANSWER_UNKNOWN;
    }
}

static enum answer all_hold(const struct condition *conditions, const struct occasion *occasion)
{
    enum answer answer = ANSWER_YES;

    for (; conditions && answer != ANSWER_NO; conditions = conditions->next) {
        enum answer own = holds(conditions, occasion);
        answer = own == ANSWER_YES ? answer : own;
    }
    return answer;
}

static enum answer is_asked_by(const struct body_statement *arm, const struct occasion *occasion)
{
    const struct query *query = arm->statement->query;

    return query && query->rest->asked ? all_hold(query->rest->asked, occasion) : ANSWER_UNKNOWN;
}

/* Whether the condition of the arm holds, for each of the events that there may be. */
static enum answer condition_holds(unsigned among, const struct access *row,
                                   const struct body_statement *arm)
{
    unsigned yes = 0, no = 0;

    if (!arm->statement)
        return ANSWER_YES; /* ELSE */
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        if (!(among & events[i].event))
            continue;
        const struct occasion occasion = {.name = events[i].name,
                                          .row = row && row->kind == events[i].kind ? row : NULL};
        enum answer answer = is_asked_by(arm, &occasion);
        yes += answer != ANSWER_NO;
        no += answer != ANSWER_YES;
    }
    return yes && no ? ANSWER_UNKNOWN : yes ? ANSWER_YES : ANSWER_NO;
}

enum answer event_takes_arm(unsigned among, const struct access *row,
                            const struct body_statement *arm)
{
    enum answer before = ANSWER_NO; /* whether one of the arms before it is */

    if (!among)
        return ANSWER_UNKNOWN;
    for (const struct body_statement *each = arm->parent->next; each != arm && before != ANSWER_YES;
         each = each->next) {
        if (each->kind != BODY_ARM || each->parent != arm->parent)
            continue;
        enum answer own = condition_holds(among, row, each);
        before = own == ANSWER_NO ? before : own;
    }
    enum answer own = before == ANSWER_YES ? ANSWER_NO : condition_holds(among, row, arm);
    return own == ANSWER_YES ? negate(before) : own;
}

bool event_comes_to(unsigned among, const struct access *row,
                    const struct body_statement *statement)
{
    for (; among && statement; statement = statement->parent) {
        if (statement->kind == BODY_ARM && event_takes_arm(among, row, statement) == ANSWER_NO)
            return false;
    }
    return true;
}

bool event_ends_at(unsigned among, const struct access *row, const struct body_statement *statement)
{
    if (!among || statement->kind != BODY_RETURN || statement->more)
        return false;
    for (const struct body_statement *outer = statement->parent; outer; outer = outer->parent) {
        if (outer->kind != BODY_BLOCK && outer->kind != BODY_IF &&
            (outer->kind != BODY_ARM || event_takes_arm(among, row, outer) != ANSWER_YES))
            return false;
    }
    return true;
}
