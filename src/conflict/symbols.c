#include "conflict/symbols.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "program/rows.h"
#include "program/side-effect.h"

enum { FIRST_TEXT = 3000, FIRST_UNKNOWN = 6000, LARGEST = 2000 };

static short add(struct symbols *symbols, unsigned run, bool constant, const void *owner,
                 const char *text)
{
    for (unsigned i = 0; i < symbols->count; i++) {
        const struct symbol *each = &symbols->symbols[i];
        if (each->constant == constant && (constant || each->run == run) && each->owner == owner &&
            g_strcmp0(each->text, text) == 0)
            return (short)i;
    }
    if (symbols->count == MOST_SYMBOLS) {
        symbols->overflow = true;
        return NO_SYMBOL;
    }
    symbols->symbols[symbols->count] = (struct symbol){.text = text,
                                                       .owner = owner,
                                                       .parent = (short)symbols->count,
                                                       .run = (unsigned char)run,
                                                       .constant = constant};
    return (short)symbols->count++;
}

short symbols_made(struct symbols *symbols, unsigned run, const void *owner, const char *text)
{
    return add(symbols, run, false, owner, text);
}

/* "?" is a parameter of its own wherever it stands. */
static bool is_nameless(const struct operand *operand)
{
    return !operand->text || strcmp(operand->text, "?") == 0 || strcmp(operand->text, "%s") == 0;
}

static const struct call *call_of(const struct query *query, const struct routine *routine)
{
    const struct call *found = NULL;

    for (const struct call *call = query ? query->rest->calls : NULL; call && !found;
         call = call->next)
        found = strcmp(call->name, routine->name) == 0 ? call : NULL;
    for (const struct query *inner = query ? query->inner : NULL; inner && !found;
         inner = inner->next)
        found = call_of(inner, routine);
    return found;
}

static const struct operand *argument_at(const struct call *call, int index)
{
    const struct operand_item *item = call->arguments;

    while (item && index-- > 0)
        item = item->next;
    return item ? &item->operand : NULL;
}

/* What the statement passes to the routine whose body the access stands in, for an argument of this
 * name; NULL when that is not seen. */
static const struct operand *argument_of(const struct access *access, const char *name)
{
    const struct routine_run *run = access->transaction ? access->transaction->runs : NULL;

    if (!access->body || !access->via || access->via->outer || access->via->kind != VIA_ROUTINE)
        return NULL;
    for (; run; run = run->next) {
        const struct routine *routine = run->routine;
        const struct call *call =
            run->step == access->step ? call_of(run->step->statement->query, routine) : NULL;
        for (int i = 0; call && routine->argument_names && i < routine->argument_count; i++) {
            if (g_strcmp0(routine->argument_names[i], name) == 0 ||
                (name[0] == '$' && atoi(name + 1) == i + 1))
                return argument_at(call, i);
        }
    }
    return NULL;
}

short symbols_of(struct symbols *symbols, unsigned run, const struct access *access,
                 const struct operand *operand)
{
    const struct access outside = {.step = access->step};
    const struct operand *passed =
        operand->kind == OPERAND_VARIABLE || operand->kind == OPERAND_PARAMETER
            ? argument_of(access, operand->text)
            : NULL;

    if (passed)
        return symbols_of(symbols, run, &outside, passed);
    switch (operand->kind) {
    case OPERAND_CONSTANT:
        return operand->literal == LITERAL_NULL ? NO_SYMBOL
                                                : add(symbols, 0, true, NULL, operand->text);
    case OPERAND_PARAMETER:
        return add(symbols, run, false, is_nameless(operand) ? operand : NULL, operand->text);
    case OPERAND_VARIABLE:
        return add(symbols, run, false, access->body ? access->step : NULL, operand->text);
    case OPERAND_QUERY:
        return add(symbols, run, false, operand->query, NULL);
    case OPERAND_EXPRESSION:
        if (operand_has_columns(operand) || !operand->text)
            return NO_SYMBOL;
        if (operand_is_fixed(operand))
            return add(symbols, 0, false, NULL, operand->text);
        return add(symbols, run, false,
                   operand->has_query || operand->has_call ? (const void *)operand
                   : access->body                          ? (const void *)access->step
                                                           : NULL,
                   operand->text);
    default:
        return NO_SYMBOL;
    }
}

static short root_of(const struct symbols *symbols, short symbol)
{
    while (symbols->symbols[symbol].parent != symbol)
        symbol = symbols->symbols[symbol].parent;
    return symbol;
}

bool symbols_unite(struct symbols *symbols, short a, short b)
{
    if (a == NO_SYMBOL || b == NO_SYMBOL)
        return true;
    a = root_of(symbols, a);
    b = root_of(symbols, b);
    if (a == b)
        return true;
    if (symbols->symbols[a].constant && symbols->symbols[b].constant)
        return false;
    if (symbols->symbols[b].constant) {
        short c = a;
        a = b;
        b = c;
    }
    symbols->symbols[b].parent = a;
    return true;
}

bool symbols_equal(const struct symbols *symbols, short a, short b)
{
    return a != NO_SYMBOL && b != NO_SYMBOL && root_of(symbols, a) == root_of(symbols, b);
}

bool symbols_is_constant(const struct symbols *symbols, short symbol)
{
    return symbol != NO_SYMBOL && symbols->symbols[root_of(symbols, symbol)].constant;
}

static bool is_small(const char *text, long *number)
{
    char *end;

    *number = strtol(text, &end, 10);
    return end != text && *end == '\0' && labs(*number) <= LARGEST;
}

short symbols_number(struct symbols *symbols, short symbol)
{
    short root = root_of(symbols, symbol);
    struct symbol *of = &symbols->symbols[root];
    long number;

    if (of->numbered)
        return of->number;
    of->numbered = true;
    if (!of->constant)
        of->number = (short)(FIRST_UNKNOWN + root);
    else if (of->text && is_small(of->text, &number))
        of->number = (short)number;
    else
        of->number = (short)(FIRST_TEXT + root);
    return of->number;
}

bool symbols_is_open(const struct symbols *symbols, short symbol)
{
    const struct symbol *of = &symbols->symbols[root_of(symbols, symbol)];

    return !of->constant && !of->numbered;
}

void symbols_set_number(struct symbols *symbols, short symbol, short number)
{
    struct symbol *of = &symbols->symbols[root_of(symbols, symbol)];

    of->numbered = true;
    of->number = number;
}

static short find_parameter(const struct symbols *symbols, unsigned run, const char *name)
{
    for (unsigned i = 0; i < symbols->count; i++) {
        const struct symbol *each = &symbols->symbols[i];
        if (!each->constant && each->run == run && g_strcmp0(each->text, name) == 0)
            return (short)i;
    }
    return NO_SYMBOL;
}

bool symbols_break(const struct symbols *symbols, unsigned run, const char *const *distinct)
{
    for (; distinct && *distinct; distinct += 2) {
        if (symbols_equal(symbols, find_parameter(symbols, run, distinct[0]),
                          find_parameter(symbols, run, distinct[1])))
            return true;
    }
    return false;
}
