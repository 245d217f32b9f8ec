#include "flow/loop-read.h"

#include <string.h>

#include "program/rows.h"
#include "session/transaction.h"

/* Whether nothing in the loop leaves out or ends a round of it. */
static bool runs_each_round(const struct body_statement *statement,
                            const struct body_statement *loop)
{
    const struct body_statement *each = loop->next;

    if (body_enclosing(statement, BODY_FOR_QUERY) != loop || body_enclosing(statement, BODY_ARM) ||
        body_enclosing(statement, BODY_HANDLER))
        return false;
    while (each && body_is_inside(each, loop) && each->kind != BODY_EXIT &&
           each->kind != BODY_CONTINUE && each->kind != BODY_RETURN)
        each = each->next;
    return !(each && body_is_inside(each, loop));
}

/* Whether the value is that of the column in the row of the round. */
static bool is_item_of(const struct operand *value, const char *column, const struct access *read,
                       const struct access *own)
{
    const struct body_statement *loop = read->body;
    const char *item = loop && loop->kind == BODY_FOR_QUERY && loop->into ? loop->into[0] : NULL;
    size_t length = item ? strlen(item) : 0;

    return item && value->kind == OPERAND_VARIABLE && own->via == read->via &&
           strncmp(value->text, item, length) == 0 && value->text[length] == '.' &&
           strcmp(value->text + length + 1, column) == 0;
}

static bool names_item(const struct access *read, const struct access *access)
{
    const struct restriction *each = access->where;

    while (each &&
           !(each->term.column && each->term.comparison == COMPARE_EQUAL && each->term.value &&
             is_item_of(each->term.value, each->term.column, read, access)))
        each = each->next;
    return each && access_same_relation(read, access);
}

/* A second run that sets what the first one has set does no harm, unless the round does more. */
static bool does_more(const struct access *read, const struct access *write)
{
    const struct access *other = read->next;

    for (const struct assignment *set = write->assignments; set; set = set->next) {
        if (operand_uses_range(&set->value, write->range))
            return true;
    }
    while (other &&
           !(other != write && access_is_write(other) && access_is_inside(other, read->body)))
        other = other->next;
    return other != NULL;
}

static bool is_loop_row(const struct access *read, const struct access *write)
{
    const struct access *lock = read->next;

    if (write->kind != ACCESS_UPDATE || !write->body || !read->body ||
        !body_is_inside(write->body, read->body) || access_rows(write) < ROWS_POINT ||
        !names_item(read, write) || !does_more(read, write))
        return false;
    while (lock && lock != write && !(lock->kind == ACCESS_LOCK && names_item(read, lock)))
        lock = lock->next;
    return lock == write;
}

bool flow_is_found_row(const struct access *read, const struct access *write)
{
    return access_same_rows(read, write) == ANSWER_YES || is_loop_row(read, write);
}

const struct access *flow_loop_read(const struct access *write)
{
    const struct restriction *only = write->where;

    if (!write->repeated || !write->body || !only || only->next || !only->term.column ||
        only->term.comparison != COMPARE_EQUAL || !only->term.value)
        return NULL;
    for (const struct source *each = write->rest->data; each; each = each->next) {
        if (access_same_relation(each->access, write) &&
            is_item_of(only->term.value, only->term.column, each->access, write) &&
            runs_each_round(write->body, each->access->body))
            return each->access;
    }
    return NULL;
}

const struct access *flow_kept_loop_read(const struct access *write)
{
    return transaction_has_one_snapshot(write->transaction) ? flow_loop_read(write) : NULL;
}

bool write_is_of_loop(const struct access *read, const struct access *write)
{
    const struct body_statement *loop = read->body;

    return loop && loop->kind == BODY_FOR_QUERY && read->query && !read->query->aggregates &&
           !read->query->grouped && access_is_inside(write, loop) &&
           sources_have(write->rest->data, read);
}
