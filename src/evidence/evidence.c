#include "evidence/evidence.h"

#include <string.h>

#include "evidence/orm-advice.h"
#include "evidence/sentence.h"
#include "evidence/unforeseen.h"
#include "lint/observed.h"
#include "lint/rule.h"
#include "log/time.h"

/* ------------------------------------------------------------------ scripts */

static void made_free(void *data)
{
    struct made *made = data;

    g_free(made->path);
    g_bytes_unref(made->text);
    g_free(made);
}

/* A name as a file: what would surprise a shell or leave the directory is an underscore. */
static char *file_name(const char *name)
{
    char *text = g_strconcat(name, ".sql", NULL);

    for (char *c = text; *c; c++) {
        if (!g_ascii_isalnum(*c) && !strchr("._-", *c))
            *c = '_';
    }
    if (*text == '.' || *text == '-')
        *text = '_';
    return text;
}

void evidence_init(struct evidence *evidence, const struct workload *workload,
                   const char *directory)
{
    *evidence = (struct evidence){.workload = workload};
    evidence->made = g_ptr_array_new_with_free_func(made_free);
    evidence->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    evidence->unforeseen = g_array_new(FALSE, FALSE, sizeof(struct unforeseen));
    for (guint i = 0; i < workload->composed->len; i++) {
        const struct composed *composed = workload->composed->pdata[i];
        struct made *made = g_new0(struct made, 1);
        g_autofree char *name = file_name(composed->program->name);
        made->path = directory ? g_build_filename(directory, name, NULL) : g_strdup(name);
        made->text = g_bytes_new_static(composed->text->str, composed->text->len);
        made->login = *composed->program->role ? composed->program->role : NULL;
        made->login_to = *composed->program->database ? composed->program->database : NULL;
        while (g_hash_table_contains(evidence->by_path, made->path)) { /* names that differ in _ */
            char *other = g_strconcat(made->path, "_.sql", NULL);
            g_free(made->path);
            made->path = other;
        }
        g_ptr_array_add(evidence->made, made);
        g_hash_table_insert(evidence->by_path, made->path, GUINT_TO_POINTER(i + 1));
    }
}

void evidence_finish(struct evidence *evidence)
{
    g_ptr_array_unref(evidence->made);
    g_hash_table_unref(evidence->by_path);
    g_array_unref(evidence->unforeseen);
    arena_finish(&evidence->arena);
}

const struct composed *evidence_composed(const struct evidence *evidence,
                                         const struct script *script)
{
    guint found = GPOINTER_TO_UINT(g_hash_table_lookup(evidence->by_path, script->path));

    return found ? evidence->workload->composed->pdata[found - 1] : NULL;
}

/* ------------------------------------------------------------------ where it stands */

/* "shop/pay.py:18", when there is such a file. */
static bool read_callsite(struct arena *arena, const char *callsite, struct origin *origin)
{
    const char *colon = callsite ? strrchr(callsite, ':') : NULL;

    if (!colon || colon == callsite)
        return false;
    g_autofree char *path = g_strndup(callsite, (gsize)(colon - callsite));
    guint64 line = g_ascii_strtoull(colon + 1, NULL, 10);
    if (line == 0 || line > UINT32_MAX || g_path_is_absolute(path) || strstr(path, "..") ||
        !g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return false;
    origin->path = arena_strdup(arena, path);
    origin->line = (uint32_t)line;
    return true;
}

static void set_origins(struct evidence *evidence, struct script *script,
                        const struct composed *composed, bool written)
{
    const struct program *program = composed->program;
    guint count = composed->lines->len + 2;
    struct origin *origins = arena_array(&evidence->arena, struct origin, count);
    bool called = false;

    for (guint i = 0; i < count; i++) {
        guint statement =
            i < composed->lines->len ? g_array_index(composed->lines, guint, i) : UINT_MAX;
        if (statement == program->lines->len && statement > 0)
            statement--; /* COMMIT came after the last one */
        bool known = statement < program->lines->len;
        origins[i] = (struct origin){script->path, i + 1};
        if (known &&
            read_callsite(&evidence->arena, program->callsites->pdata[statement], &origins[i]))
            called = true;
        else if (!written)
            origins[i] = (struct origin){program->file,
                                         known ? g_array_index(program->lines, uint32_t, statement)
                                               : program->line};
    }
    if (called || !written)
        script->origins = origins;
}

/* ------------------------------------------------------------------ what was observed */

char *evidence_statement(const struct program *program, guint statement)
{
    if (statement >= program->shapes->len)
        return g_strdup("COMMIT");
    const struct normal *normal = ((struct shape *)program->shapes->pdata[statement])->normal;
    for (guint i = 0; i < normal->tables->len; i++) {
        const struct normal_table *table = &g_array_index(normal->tables, struct normal_table, i);
        if (table->written || i + 1 == normal->tables->len)
            return g_strdup_printf("%s %s", normal->verb, table->name);
    }
    return g_strdup(normal->verb);
}

static const char *time_of(struct arena *arena, int64_t time)
{
    g_autofree char *text = time != NO_TIME ? time_text(time) : NULL;

    return text ? arena_strdup(arena, text) : NULL;
}

static const char *name_of(struct arena *arena, struct program *program)
{
    struct program *final = program_final(program);

    return final && final->name ? arena_strdup(arena, final->name) : NULL;
}

static void take_failure(struct arena *arena, const struct failures *from, bool here,
                         struct observed_failure *to)
{
    struct observed_partner *partners =
        arena_array(arena, struct observed_partner, from->partners->len);
    size_t count = 0;

    for (guint i = 0; i < from->partners->len; i++) {
        const struct partner *partner = &g_array_index(from->partners, struct partner, i);
        const char *name = partner->program ? name_of(arena, partner->program) : NULL;
        if (name)
            partners[count++] = (struct observed_partner){name, partner->count, partner->certain};
    }
    *to = (struct observed_failure){.sqlstate = arena_strdup(arena, from->state),
                                    .count = from->count,
                                    .here = here,
                                    .final = from->final,
                                    .partners = partners,
                                    .partner_count = count};
}

static const struct observed_loss *take_loss(struct evidence *evidence, const struct lost *lost)
{
    struct arena *arena = &evidence->arena;

    if (!lost)
        return NULL;
    struct observed_loss *loss = arena_new(arena, struct observed_loss);
    struct program *other = programs_find(evidence->workload->programs, lost->other);
    const char *name = other ? name_of(arena, other) : NULL;
    *loss = (struct observed_loss){
        .read = time_of(arena, lost->read),
        .between = time_of(arena, lost->between),
        .written = time_of(arena, lost->written),
        .other = name ? name : "another program",
        .path = lost->file,
        .read_line = lost->read_line,
        .between_line = lost->between_line,
        .written_line = lost->write_line,
    };
    return loss;
}

bool evidence_is_serialization(const char *state)
{
    return strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0;
}

static bool predicts(const struct finding *finding, const char *what)
{
    const char *const *all = finding->rule->predicts;

    if (finding->predicts)
        return strcmp(finding->predicts, what) == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(finding->rule->predicts) && all[i]; i++) {
        if (strcmp(all[i], what) == 0)
            return true;
    }
    return false;
}

static guint statement_at(const struct composed *composed, const struct script *script,
                          uint32_t offset)
{
    uint32_t line = script_position((struct script *)script, offset).line - 1;

    return line < composed->lines->len ? g_array_index(composed->lines, guint, line) : UINT_MAX;
}

static guint statement_of(const struct composed *composed, const struct finding *finding)
{
    return statement_at(composed, finding->script, finding->span.start);
}

/* Whether it stands at the statement, or names it among the others that fail in the same way. */
static bool is_about(const struct composed *composed, const struct finding *finding,
                     guint statement)
{
    if (statement_of(composed, finding) == statement)
        return true;
    for (const struct related *each = finding->related; each; each = each->next) {
        if (each->script == finding->script &&
            statement_at(composed, each->script, each->span.start) == statement)
            return true;
    }
    return false;
}

static bool loses_here(const struct finding *finding, const struct program *program,
                       guint statement)
{
    return program->lost && predicts(finding, "lost-update") &&
           program->before + program->lost->write_statement == statement;
}

void evidence_observe(struct evidence *evidence, struct finding *finding,
                      const struct composed *composed)
{
    struct arena *arena = &evidence->arena;
    const struct program *program = composed->program;
    struct observed *observed = arena_new(arena, struct observed);
    struct observed_failure *failures =
        arena_array(arena, struct observed_failure, program->failures->len);
    guint statement = statement_of(composed, finding);
    bool loses = loses_here(finding, program, statement);

    for (guint i = 0; i < program->failures->len; i++) {
        const struct failures *each = &g_array_index(program->failures, struct failures, i);
        take_failure(arena, each,
                     is_about(composed, finding, each->statement) && predicts(finding, each->state),
                     &failures[i]);
    }
    *observed = (struct observed){
        .program = program->name,
        .runs = program->runs,
        .first = time_of(arena, program->first),
        .last = time_of(arena, program->last),
        .failed = program->failed,
        .retried = MIN(program->retried, program->failed),
        .failures = failures,
        .failure_count = program->failures->len,
        .leaked = program->leaked,
        .crossed = predicts(finding, "40P01") && program_crosses(program, statement),
        .lost_updates = loses ? program->lost_count : 0,
        .loss = loses ? take_loss(evidence, program->lost) : NULL,
        .path = program->file,
        .line = program->line,
    };
    observed->sentence = observed_sentence(arena, observed);
    finding->observed = observed;
    advice_add(finding, program, arena);
    finding->edits = NULL; /* the program's text is not what anybody wrote */
}

/* ------------------------------------------------------------------ what nobody foretold */

/* The most severe finding about a statement, or about the program when `statement` is UINT_MAX. */
static const struct finding *most_severe(const struct evidence *evidence,
                                         const struct project *project,
                                         const struct program *program, const char *state,
                                         guint statement)
{
    const GPtrArray *lists[] = {project->findings, project->lesser};
    const struct finding *found = NULL;

    for (size_t list = 0; list < G_N_ELEMENTS(lists); list++) {
        for (guint i = 0; i < lists[list]->len; i++) {
            struct finding *finding = lists[list]->pdata[i];
            const struct composed *composed = evidence_composed(evidence, finding->script);
            if (!composed || composed->program != program || !predicts(finding, state) ||
                strcmp(finding->rule->name, "retry-not-declared") == 0 ||
                (found && found->severity >= finding->severity))
                continue;
            if (statement == UINT_MAX || is_about(composed, finding, statement))
                found = finding;
        }
    }
    return found;
}

const struct finding *evidence_foretells(const struct evidence *evidence,
                                         const struct project *project,
                                         const struct program *program, const char *state,
                                         guint statement)
{
    bool at_end = statement >= program->shapes->len;
    const struct finding *found =
        at_end ? NULL : most_severe(evidence, project, program, state, statement);

    /* Read/write dependencies fail at whatever statement the transaction has come to. */
    if (!found && (at_end || program->level == LEVEL_SERIALIZABLE))
        found = most_severe(evidence, project, program, state, UINT_MAX);
    return found;
}

/* Another run was faster. A program that has not read before what the key is (that it is free, or the
 * greatest of all), or goes back to a savepoint, expects the duplicate. */
static bool was_raced(const struct finding *finding, const struct observed_failure *failure)
{
    static const char *const rules[] = {"check-then-insert", "count-then-insert", NULL};

    return strcmp(failure->sqlstate, "23505") == 0 && failure->final &&
           failure->partner_count > 0 && g_strv_contains(rules, finding->rule->name);
}

/* What has happened is no longer a risk that an expert would leave alone. */
static void raise_severity(struct finding *finding)
{
    const struct observed *observed = finding->observed;
    bool happened = observed->lost_updates > 0 || observed->crossed ||
                    (observed->leaked && strcmp(finding->rule->name, "session-default-leak") == 0);

    for (size_t i = 0; i < observed->failure_count; i++) {
        const struct observed_failure *failure = &observed->failures[i];
        happened |= failure->here &&
                    (evidence_is_serialization(failure->sqlstate) || was_raced(finding, failure));
    }
    if (happened)
        finding->severity = MAX(finding->severity, SEVERITY_WARNING);
}

static int compare_findings(const void *a, const void *b)
{
    const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;
    int order = strcmp(x->script->path, y->script->path);

    if (order)
        return order;
    if (x->span.start != y->span.start)
        return x->span.start < y->span.start ? -1 : 1;
    order = strcmp(x->rule->name, y->rule->name);
    return order ? order : strcmp(x->message, y->message);
}

/* Shows what was not severe enough before. */
static void show_raised(struct project *project)
{
    guint kept = 0;

    for (guint i = 0; i < project->lesser->len; i++) {
        struct finding *finding = project->lesser->pdata[i];
        if (finding->observed && finding->severity >= SEVERITY_WARNING)
            g_ptr_array_add(project->findings, finding);
        else
            project->lesser->pdata[kept++] = finding;
    }
    if (kept == project->lesser->len)
        return;
    g_ptr_array_set_size(project->lesser, (int)kept);
    g_ptr_array_sort(project->findings, compare_findings);
}

/* ------------------------------------------------------------------ what is left out */

/* Says that the transaction does no more than what it was seen to do. A run that has failed or was
 * rolled back may have ended before it wrote; and one that has not liked what it read is a branch of a
 * function that writes when it does. */
static bool is_of_whole(const struct finding *finding)
{
    static const char *const rules[] = {"serializable-read-not-deferrable",
                                        "repeatable-read-not-read-only",
                                        "unnecessary-isolation-level", NULL};

    return g_strv_contains(rules, finding->rule->name);
}

static struct shape *shape_at(const struct program *program, guint statement)
{
    return statement < program->shapes->len ? program->shapes->pdata[statement] : NULL;
}

/* Whether the program does at `later` what it has done `distance` statements before. */
static bool is_repeated(const struct composed *composed, const struct finding *earlier,
                        const struct finding *later, guint distance)
{
    const struct program *program = composed->program;
    const struct related *a = earlier->related, *b = later->related;
    guint end = statement_of(composed, later);

    for (guint i = 0; i < distance; i++) {
        struct shape *shape = shape_at(program, end - i);
        if (!shape || shape != shape_at(program, end - i - distance))
            return false;
    }
    for (; a && b; a = a->next, b = b->next) {
        guint first = statement_at(composed, a->script, a->span.start);
        guint second = statement_at(composed, b->script, b->span.start);
        if (a->script != earlier->script || b->script != later->script || second > end ||
            end - second >= distance || second - first != distance)
            return false;
    }
    return !a && !b;
}

/* The block of a loop is in the program twice: what is wrong in it is said once. */
static bool is_said_before(const struct evidence *evidence, const GPtrArray *findings, guint index)
{
    const struct finding *later = findings->pdata[index];
    const struct composed *composed = evidence_composed(evidence, later->script);
    guint second = statement_of(composed, later);

    while (index-- > 0) {
        const struct finding *earlier = findings->pdata[index];
        if (earlier->script != later->script)
            return false; /* they are in order of their scripts */
        guint first = statement_of(composed, earlier);
        if (earlier->rule == later->rule && strcmp(earlier->message, later->message) == 0 &&
            first < second && is_repeated(composed, earlier, later, second - first))
            return true;
    }
    return false;
}

static void leave_out(const struct evidence *evidence, GPtrArray *findings)
{
    guint kept = 0;

    for (guint i = 0; i < findings->len; i++) {
        struct finding *finding = findings->pdata[i];
        const struct composed *composed = evidence_composed(evidence, finding->script);
        bool more = composed && (composed->program->partial || composed->program->goes_on) &&
                    is_of_whole(finding);
        findings->pdata[i] = findings->pdata[kept];
        findings->pdata[kept] = finding;
        kept += !more && !(composed && is_said_before(evidence, findings, kept));
    }
    g_ptr_array_set_size(findings, (int)kept);
}

void evidence_found(struct project *project, const struct selection *selection, void *context)
{
    struct evidence *evidence = context;
    const GPtrArray *lists[] = {project->findings, project->lesser};
    bool written = evidence->made->len > 0 &&
                   strchr(((struct made *)evidence->made->pdata[0])->path, '/') != NULL;

    for (guint i = 0; i < project->scripts->len; i++) {
        struct script *script = project->scripts->pdata[i];
        const struct composed *composed =
            script->linted ? evidence_composed(evidence, script) : NULL;
        if (composed)
            set_origins(evidence, script, composed, written);
    }
    leave_out(evidence, project->findings);
    leave_out(evidence, project->lesser);
    for (size_t list = 0; list < G_N_ELEMENTS(lists); list++) {
        for (guint i = 0; i < lists[list]->len; i++) {
            struct finding *finding = lists[list]->pdata[i];
            const struct composed *composed = evidence_composed(evidence, finding->script);
            if (!composed)
                continue;
            evidence_observe(evidence, finding, composed);
            raise_severity(finding);
        }
    }
    show_raised(project);
    g_array_set_size(evidence->unforeseen, 0);
    guint found = project->findings->len;
    for (guint i = 0; i < evidence->workload->composed->len; i++)
        unforeseen_find(evidence, project, selection, evidence->workload->composed->pdata[i]);
    if (project->findings->len > found)
        g_ptr_array_sort(project->findings, compare_findings);
}

void evidence_complete(struct report *report, void *context)
{
    const struct evidence *evidence = context;

    report->unforeseen = (const struct unforeseen *)(const void *)evidence->unforeseen->data;
    report->unforeseen_count = evidence->unforeseen->len;
}
