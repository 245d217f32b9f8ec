/* Accesses as lines: "update accounts point where id = $1 set balance = (balance - 10)". */
#include "support/view.h"

#include "index/index-use.h"
#include "program/rows.h"

static void put_operand(GString *out, const struct operand *operand)
{
    switch (operand->kind) {
    case OPERAND_NONE:
        return;
    case OPERAND_CONSTANT:
        g_string_append_printf(out, operand->literal == LITERAL_STRING ? "'%s'" : "%s",
                               operand->text);
        break;
    case OPERAND_COLUMN:
        g_string_append(out, operand->text ? operand->text : "*");
        break;
    case OPERAND_PARAMETER:
        g_string_append(out, operand->text);
        break;
    case OPERAND_VARIABLE:
        g_string_append_printf(out, "variable %s", operand->text);
        break;
    case OPERAND_LIST:
        g_string_append_c(out, '(');
        for (const struct operand_item *item = operand->items; item; item = item->next) {
            put_operand(out, &item->operand);
            if (item->next)
                g_string_append(out, ", ");
        }
        g_string_append_c(out, ')');
        break;
    case OPERAND_QUERY:
        g_string_append(out, "(query)");
        break;
    case OPERAND_EXPRESSION:
        g_string_append_printf(out, "{%s}", operand->text ? operand->text : "…");
        break;
    case OPERAND_DEFAULT:
        g_string_append(out, "DEFAULT");
        break;
    }
    if (operand->cast && operand->kind == OPERAND_COLUMN)
        g_string_append_printf(out, "::%s", operand->cast);
    if (operand->element)
        g_string_append(out, " element");
}

static void put_condition(GString *out, const struct condition *condition)
{
    static const char *const names[] = {"=",       "<>",          "<",       "<=",   ">",
                                        ">=",      "IN",          "NOT IN",  "LIKE", "ILIKE",
                                        "IS NULL", "IS NOT NULL", "IS TRUE", NULL};

    switch (condition->kind) {
    case CONDITION_COMPARE:
        put_operand(out, &condition->left);
        g_string_append_printf(out, " %s",
                               condition->comparison == COMPARE_OTHER
                                   ? condition->operator_name
                                   : names[condition->comparison]);
        if (condition->right.kind != OPERAND_NONE)
            g_string_append_c(out, ' ');
        put_operand(out, &condition->right);
        return;
    case CONDITION_EXISTS:
        g_string_append(out, "EXISTS");
        return;
    case CONDITION_CONSTANT:
        put_operand(out, &condition->left);
        return;
    case CONDITION_NOT:
        g_string_append(out, "NOT ");
        break;
    default:
        break;
    }
    g_string_append_c(out, '(');
    for (const struct condition *child = condition->children; child; child = child->next) {
        put_condition(out, child);
        if (child->next)
            g_string_append(out, condition->kind == CONDITION_OR ? " OR " : " AND ");
    }
    g_string_append_c(out, ')');
}

static void put_lock(GString *out, const struct access *access)
{
    static const char *const strengths[] = {"", " KEY SHARE", " SHARE", " NO KEY UPDATE",
                                            " UPDATE"};
    static const char *const waits[] = {"", " SKIP LOCKED", " NOWAIT"};

    if (access->kind == ACCESS_LOCK)
        g_string_append_printf(out, "%s%s", strengths[access->lock], waits[access->wait]);
    if (access->kind == ACCESS_TABLE_LOCK)
        g_string_append_printf(out, " %s", table_lock_name(access->table_lock));
}

static void put_access(GString *out, const struct access *access)
{
    static const char *const kinds[] = {"read",   "lock",     "insert",     "update",
                                        "delete", "truncate", "table lock", "define"};
    static const char *const rows[] = {"all", "predicate", "range", "points", "point", "values"};
    bool first = true;

    g_string_append_printf(out, "  %s %s", kinds[access->kind], access_relation_name(access));
    put_lock(out, access);
    g_string_append_printf(out, " %s", rows[access_rows(access)]);
    if (access->inner)
        g_string_append(out, " inner");
    if (access->merge)
        g_string_append(out, " merge");
    if (access->copy)
        g_string_append(out, " copy");
    for (const struct via *via = access->via; via; via = via->outer)
        g_string_append_printf(out, " via %s", via->what);
    if (access_is_exempt(access))
        g_string_append(out, " exempt");
    for (const struct restriction *each = access->where; each; each = each->next, first = false) {
        g_string_append(out, first ? " where " : " and ");
        put_condition(out, each->term.condition);
    }
    first = true;
    for (const struct assignment *each = access->assignments; each; each = each->next) {
        if (each->value.kind == OPERAND_NONE) /* INSERT … SELECT */
            continue;
        g_string_append_printf(out, "%s%s = ", first ? " set " : ", ",
                               each->column ? each->column : "?");
        put_operand(out, &each->value);
        first = false;
    }
    g_string_append_c(out, '\n');
}

char *view_transactions(const char *text, const char *options,
                        void (*describe)(GString *, const struct transaction *))
{
    struct linted linted;
    GString *out = g_string_new(NULL);

    lint_sample(&linted, text, options);
    for (guint i = 0; i < linted.project.scripts->len; i++) {
        const struct script *script = linted.project.scripts->pdata[i];
        for (const struct transaction *each = script->transactions; each; each = each->next)
            describe(out, each);
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

static void describe_accesses(GString *out, const struct transaction *transaction)
{
    const struct statement *first = transaction_first(transaction);

    if (!transaction->accesses && !transaction->calls && !transaction->unknown)
        return;
    g_string_append_printf(out, "%s\n", first ? first->verb : "(nothing)");
    for (const struct access *access = transaction->accesses; access; access = access->next)
        put_access(out, access);
    for (const struct side_effect *call = transaction->calls; call; call = call->next)
        g_string_append_printf(out, "  call %s\n", call->call->name);
    if (transaction->unknown)
        g_string_append_printf(out, "  unknown %s\n", transaction->unknown);
}

char *view_accesses(const char *text, const char *options)
{
    return view_transactions(text, options, describe_accesses);
}

/* ------------------------------------------------------------------ rows, indexes */

static void describe_same_rows(GString *out, const struct transaction *transaction)
{
    static const char *const answers[] = {"different", "unknown", "same"};
    unsigned i = 0;

    for (const struct access *a = transaction->accesses; a; a = a->next) {
        unsigned j = ++i;
        for (const struct access *b = a->next; b; b = b->next) {
            enum answer answer = access_same_rows(a, b), mirrored = access_same_rows(b, a);
            j++;
            if (!access_same_relation(a, b))
                continue;
            g_string_append_printf(out, "%u %u %s", i, j, answers[answer]);
            if (mirrored != answer)
                g_string_append_printf(out, ", but the other way round %s", answers[mirrored]);
            g_string_append_c(out, '\n');
        }
    }
}

char *view_same_rows(const char *text, const char *options)
{
    return view_transactions(text, options, describe_same_rows);
}

static void describe_index_use(GString *out, const struct transaction *transaction)
{
    static const char *const answers[] = {"no", "unknown", "yes"};
    struct arena arena = {0};

    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind == ACCESS_INSERT || !access->range)
            continue;
        struct index_use use = index_use(access, &arena);
        g_string_append_printf(out, "%s: %s", access_relation_name(access), answers[use.usable]);
        if (use.usable == ANSWER_YES && use.index)
            g_string_append_printf(out, ", %s", use.index->name);
        if (use.whole_index)
            g_string_append(out, ", whole index");
        if (use.reason)
            g_string_append_printf(out, ": %s", use.reason);
        if (use.advice)
            g_string_append_printf(out, " | %s", use.advice);
        g_string_append_c(out, '\n');
    }
    arena_finish(&arena);
}

char *view_index_use(const char *text, const char *options)
{
    return view_transactions(text, options, describe_index_use);
}
