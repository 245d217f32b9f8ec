#include "lsp/outcome.h"

#include <string.h>

#include "lint/rule.h"
#include "lsp/uri.h"
#include "session/transaction.h"

/* ------------------------------------------------------------------ life */

static void mention_free(void *data)
{
    struct mention *mention = data;

    g_free(mention->file);
    g_free(mention->text);
    g_free(mention);
}

static void amendment_clear(void *data)
{
    g_free(((struct amendment *)data)->text);
}

static struct remark *remark_new(void)
{
    struct remark *remark = g_new0(struct remark, 1);

    remark->mentions = g_ptr_array_new_with_free_func(mention_free);
    remark->amendments = g_array_new(FALSE, FALSE, sizeof(struct amendment));
    g_array_set_clear_func(remark->amendments, amendment_clear);
    return remark;
}

void remark_free(struct remark *remark)
{
    g_free(remark->message);
    g_free(remark->help);
    g_ptr_array_unref(remark->mentions);
    g_array_unref(remark->amendments);
    g_free(remark);
}

void lens_free(struct lens *lens)
{
    g_free(lens->text);
    g_free(lens);
}

/* Takes over `file`. */
static struct sheet *sheet_new(char *file)
{
    struct sheet *sheet = g_new0(struct sheet, 1);

    sheet->file = file;
    sheet->remarks = g_ptr_array_new_with_free_func((GDestroyNotify)remark_free);
    sheet->lenses = g_ptr_array_new_with_free_func((GDestroyNotify)lens_free);
    return sheet;
}

void sheet_free(struct sheet *sheet)
{
    g_free(sheet->file);
    g_ptr_array_unref(sheet->remarks);
    g_ptr_array_unref(sheet->lenses);
    g_free(sheet);
}

struct outcome *outcome_new(enum encoding encoding, const char *root)
{
    struct outcome *outcome = g_new0(struct outcome, 1);

    outcome->encoding = encoding;
    outcome->root = root;
    outcome->sheets =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)sheet_free);
    outcome->tables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    outcome->troubles = g_ptr_array_new_with_free_func(g_free);
    outcome->lines = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    return outcome;
}

void outcome_close(struct outcome *outcome)
{
    g_hash_table_remove_all(outcome->lines);
}

void outcome_free(struct outcome *outcome)
{
    if (!outcome)
        return;
    g_hash_table_unref(outcome->sheets);
    g_hash_table_unref(outcome->tables);
    g_ptr_array_unref(outcome->troubles);
    g_hash_table_unref(outcome->lines);
    g_free(outcome->wrong);
    g_free(outcome);
}

/* ------------------------------------------------------------------ copies and moves */

struct remark *remark_copy(const struct remark *remark)
{
    struct remark *copy = g_memdup2(remark, sizeof *remark);

    copy->message = g_strdup(remark->message);
    copy->help = g_strdup(remark->help);
    copy->mentions = g_ptr_array_new_with_free_func(mention_free);
    for (guint i = 0; i < remark->mentions->len; i++) {
        struct mention *mention = g_memdup2(remark->mentions->pdata[i], sizeof *mention);
        mention->file = g_strdup(mention->file);
        mention->text = g_strdup(mention->text);
        g_ptr_array_add(copy->mentions, mention);
    }
    copy->amendments = g_array_copy(remark->amendments);
    g_array_set_clear_func(copy->amendments, amendment_clear); /* older GLib leaves it out */
    for (guint i = 0; i < copy->amendments->len; i++) {
        struct amendment *amendment = &g_array_index(copy->amendments, struct amendment, i);
        amendment->text = g_strdup(amendment->text);
    }
    return copy;
}

static void move(const struct replaced *replaced, size_t *start, size_t *end)
{
    bool empty = *start == *end;

    *start = replaced_move(replaced, *start, true);
    *end = empty ? *start : MAX(*start, replaced_move(replaced, *end, false));
}

static bool touches(const struct replaced *replaced, size_t start, size_t end)
{
    return replaced->start <= end && replaced->end >= start;
}

bool remark_move(struct remark *remark, const struct replaced *replaced)
{
    for (guint i = 0; i < remark->amendments->len; i++) {
        struct amendment *amendment = &g_array_index(remark->amendments, struct amendment, i);
        if (touches(replaced, amendment->start, amendment->end)) {
            g_array_set_size(remark->amendments, 0);
            break;
        }
        move(replaced, &amendment->start, &amendment->end);
    }
    for (guint i = 0; i < remark->mentions->len; i++) {
        struct mention *mention = remark->mentions->pdata[i];
        if (mention->same_file)
            move(replaced, &mention->start, &mention->end);
    }
    bool empty = remark->start == remark->end;
    move(replaced, &remark->start, &remark->end);
    remark->statement = replaced_move(replaced, remark->statement, true);
    remark->transaction = replaced_move(replaced, remark->transaction, true);
    return empty || remark->end > remark->start;
}

bool lens_move(struct lens *lens, const struct replaced *replaced)
{
    move(replaced, &lens->start, &lens->end);
    return lens->end > lens->start;
}

/* ------------------------------------------------------------------ scripts */

static char *file_of(const struct outcome *outcome, const struct script *script)
{
    return uri_is_untitled(script->path) ? g_strdup(script->path)
                                         : g_canonicalize_filename(script->path, outcome->root);
}

static struct sheet *sheet_of(struct outcome *outcome, const struct script *script)
{
    g_autofree char *file = file_of(outcome, script);
    struct sheet *sheet = g_hash_table_lookup(outcome->sheets, file);

    if (!sheet) {
        sheet = sheet_new(g_steal_pointer(&file));
        g_hash_table_insert(outcome->sheets, sheet->file, sheet);
    }
    return sheet;
}

/* Where a mode was set: "transfer.sql:3". */
static char *place_text(const struct mode_state *state)
{
    return state->script ? g_strdup_printf("%s:%u", state->script->path,
                                           script_line_number(state->script, state->span.start))
                         : NULL;
}

static char *provenance_text(const struct transaction *transaction, const struct mode_state *state)
{
    g_autofree char *place = place_text(state);

    switch (state->provenance) {
    case FROM_SERVER:
        return g_strdup("the server's default");
    case FROM_OPTION:
        return g_strdup("the default that the configuration names");
    case FROM_PERSISTENT:
        return g_strdup_printf("the stored default%s%s", place ? " of " : "", place ? place : "");
    case FROM_SESSION:
        return g_strdup_printf("the session's default%s%s", place ? ", set at " : "",
                               place ? place : "");
    default:
        break;
    }
    if (state->script == transaction->script &&
        span_contains(transaction->begin->span, state->span.start))
        return g_strdup("named here");
    return g_strdup_printf("SET TRANSACTION%s%s", place ? " at " : "", place ? place : "");
}

static void add_lens(struct sheet *sheet, const struct transaction *transaction)
{
    enum isolation_level level = transaction_level(transaction);

    if (!transaction->begin || transaction->begin->kind != STATEMENT_BEGIN ||
        level == LEVEL_UNKNOWN)
        return;
    g_autofree char *from =
        provenance_text(transaction, &transaction->modes->state[MODE_ISOLATION]);
    g_autofree char *plain =
        g_strdup_printf("%s%s%s: %s", isolation_level_name(level),
                        transaction_read_only(transaction) ? " READ ONLY" : "",
                        transaction_deferrable(transaction) ? " DEFERRABLE" : "", from);
    struct lens *lens = g_new(struct lens, 1);
    *lens = (struct lens){transaction->begin->span.start, transaction->begin->span.end,
                          g_utf8_make_valid(plain, -1)};
    g_ptr_array_add(sheet->lenses, lens);
}

void outcome_add_script(struct outcome *outcome, const struct script *script)
{
    struct sheet *sheet = sheet_of(outcome, script);

    for (const struct syntax_error *error = script->errors; error; error = error->next)
        sheet->broken |= !error->excused && !error->body;
    for (const struct transaction *each = script->transactions; each; each = each->next)
        add_lens(sheet, each);
}

/* ------------------------------------------------------------------ findings */

static const struct statement *statement_at(const struct script *script, uint32_t offset)
{
    const struct statement *found = NULL;

    for (const struct statement *each = script->statements; each && each->span.start <= offset;
         each = each->next)
        found = each;
    return found && found->span.end >= offset ? found : NULL;
}

/* What stands between quotes: an allowance of a statement in a body stands there as well. */
static bool has_body(const struct statement *statement)
{
    return statement->kind == STATEMENT_DO ||
           (statement->kind == STATEMENT_DEFINE && statement->changes &&
            statement->changes->kind == CHANGE_CREATE_ROUTINE);
}

static const struct statement *begin_around(const struct script *script, uint32_t offset)
{
    for (const struct transaction *each = script->transactions; each; each = each->next) {
        const struct statement *last = each->end ? each->end
                                       : each->step_count
                                           ? each->steps[each->step_count - 1].statement
                                           : each->begin;
        if (each->begin && each->begin->kind == STATEMENT_BEGIN &&
            each->begin->span.start <= offset && last->span.end >= offset)
            return each->begin;
    }
    return NULL;
}

static const GArray *lines_in(struct outcome *outcome, const struct script *script)
{
    GArray *lines = g_hash_table_lookup(outcome->lines, script);

    if (!lines) {
        lines = lines_of(script->bytes, script->size);
        g_hash_table_insert(outcome->lines, (gpointer)script, lines);
    }
    return lines;
}

static struct place place_in(struct outcome *outcome, const struct script *script, size_t offset)
{
    return place_of(script->bytes, script->size, lines_in(outcome, script), offset,
                    outcome->encoding);
}

static void add_mention(struct outcome *outcome, struct remark *remark, const struct script *script,
                        const struct related *related)
{
    const struct script *other = related->script;
    struct span span = related->span;
    struct mention *mention = g_new0(struct mention, 1);

    mention->file = file_of(outcome, other);
    mention->text = g_utf8_make_valid(related->label, -1);
    mention->same_file = other == script;
    mention->start = span.start;
    mention->end = span.end;
    mention->from = place_in(outcome, other, span.start);
    mention->to = place_in(outcome, other, span.end);
    g_ptr_array_add(remark->mentions, mention);
    remark->anywhere |= !mention->same_file;
}

static int compare_amendments(const void *a, const void *b)
{
    const struct amendment *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

static void add_amendments(struct remark *remark, const struct finding *finding)
{
    for (const struct edit *edit = finding->edits; edit; edit = edit->next) {
        struct amendment amendment = {edit->span.start, edit->span.end,
                                      g_utf8_make_valid(edit->replacement, -1), edit->safe};
        g_array_append_val(remark->amendments, amendment);
    }
    g_array_sort(remark->amendments, compare_amendments); /* stable: insertions keep their order */
}

static char *help_of(const struct finding *finding)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (const struct help *help = finding->help; help; help = help->next)
        g_string_append_printf(text, "%s%s", text->len ? "\n" : "", help->text);
    return g_utf8_make_valid(text->str, (gssize)text->len);
}

/* Where a comment about a statement is inserted: before the comments that stand in front of it on
 * its line, if these are all that does. */
static size_t comment_place(const struct script *script, uint32_t offset)
{
    const char *text = script->bytes;
    uint32_t line = offset;

    while (line > 0 && text[line - 1] != '\n')
        line--;
    while (line < offset && g_ascii_isspace(text[line]))
        line++;
    if (line == offset || strncmp(text + line, "/*", 2) != 0)
        return offset;
    for (const struct statement *each = script->statements; each && each->span.start < offset;
         each = each->next) {
        if (each->span.end > line)
            return offset;
    }
    return line;
}

static void add_places(struct remark *remark, const struct finding *finding)
{
    const struct script *script = finding->script;
    const struct statement *statement = statement_at(script, finding->span.start);
    const struct statement *begin = begin_around(script, finding->span.start);

    remark->statement = statement && !has_body(statement)
                            ? comment_place(script, statement->span.start)
                            : finding->span.start;
    if (begin) {
        remark->in_transaction = true;
        remark->transaction = comment_place(script, begin->span.start);
    }
}

void outcome_add_finding(struct outcome *outcome, const struct finding *finding)
{
    struct remark *remark = remark_new();

    if (finding->allowed) {
        remark_free(remark);
        return;
    }
    remark->rule = rule_find(finding->rule->name);
    remark->severity = finding->severity;
    remark->start = finding->span.start;
    remark->end = finding->span.end;
    remark->from = place_in(outcome, finding->script, finding->span.start);
    remark->to = place_in(outcome, finding->script, finding->span.end);
    remark->message = g_utf8_make_valid(finding->message, -1);
    remark->help = help_of(finding);
    remark->syntax = strcmp(finding->rule->name, "syntax-error") == 0;
    for (const struct related *each = finding->related; each; each = each->next)
        add_mention(outcome, remark, finding->script, each);
    for (const struct witness_step *step = finding->witness ? finding->witness->steps : NULL; step;
         step = step->next)
        remark->anywhere |= step->script != finding->script;
    add_amendments(remark, finding);
    add_places(remark, finding);
    g_ptr_array_add(sheet_of(outcome, finding->script)->remarks, remark);
}
