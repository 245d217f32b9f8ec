#include "lint/lint.h"

#include <string.h>

#include "lint/registry.h"
#include "lint/settle.h"
#include "lint/suppress.h"
#include "lint/verify.h"

/* ------------------------------------------------------------------ selection */

static bool select_name(bool *on, const char *name, bool value, struct error *error)
{
    bool known = false;

    for (size_t i = 0; i < rule_entry_count; i++) {
        const struct rule *rule = rule_entries[i].rule;
        bool group = strcmp(rule->group, name) == 0;
        if (group || strcmp(rule->name, name) == 0 || strcmp(name, "all") == 0) {
            on[i] = value;
            known = true;
        }
    }
    if (known)
        return true;
    const char *near = rule_suggest(name);
    return error_set(error, "unknown rule \"%s\"%s%s%s", name, near ? "; did you mean " : "",
                     near ? near : "", near ? "?" : "");
}

static bool select_names(bool *on, const char *names, bool value, struct error *error)
{
    g_auto(GStrv) each = g_strsplit_set(names ? names : "", ", ", -1);

    for (char **name = each; *name; name++) {
        if (**name && !select_name(on, *name, value, error))
            return false;
    }
    return true;
}

/* What the configuration says of a rule is where the command line begins. */
static void configure(struct selection *selection, size_t rule, int said)
{
    selection->on[rule] = said ? said != CHOICE_OFF : !rule_entries[rule].rule->off;
    selection->severity[rule] = said == CHOICE_NOTE      ? (int)SEVERITY_NOTE
                                : said == CHOICE_WARNING ? (int)SEVERITY_WARNING
                                : said == CHOICE_ERROR   ? (int)SEVERITY_ERROR
                                                         : SEVERITY_OWN;
}

bool selection_init_from(struct selection *selection, const int *rules, const char *select,
                         const char *extend, const char *ignore, struct error *error)
{
    selection->on = g_new0(bool, rule_entry_count);
    selection->severity = g_new0(int, rule_entry_count);
    for (size_t i = 0; i < rule_entry_count; i++) {
        configure(selection, i, rules ? rules[i] : CHOICE_UNSET);
        selection->on[i] &= !select;
    }
    if (select_names(selection->on, select, true, error) &&
        select_names(selection->on, extend, true, error) &&
        select_names(selection->on, ignore, false, error))
        return true;
    selection_finish(selection);
    return false;
}

bool selection_init(struct selection *selection, const char *select, const char *extend,
                    const char *ignore, struct error *error)
{
    return selection_init_from(selection, NULL, select, extend, ignore, error);
}

void selection_finish(struct selection *selection)
{
    g_clear_pointer(&selection->on, g_free);
    g_clear_pointer(&selection->severity, g_free);
}

bool selection_wants_structures(const struct selection *selection)
{
    for (size_t i = 0; i < rule_entry_count; i++) {
        if (selection->on[i] && rule_entries[i].rule->check_structure)
            return true;
    }
    return false;
}

bool selection_wants_deadlocks(const struct selection *selection)
{
    for (size_t i = 0; i < rule_entry_count; i++) {
        const struct rule *rule = rule_entries[i].rule;
        if (selection->on[i] && (rule->check_deadlock || rule->check_cycle))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ the run */

/* What decides whether a rule looks at a transaction: its level, and these. */
enum {
    SITUATION_LEVEL = 7,
    SITUATION_OPPOSED = 8, /* something can get in its way */
    SITUATION_UNDONE = 16,
    SITUATION_BLOCK = 32,
    SITUATION_PLAIN = 64, /* see is_plain */
};

/* What a rule goes by: it looks at all subjects of one category, or at none. A script has few. */
struct category {
    unsigned situation;
    unsigned kinds; /* as a rule names them: of accesses, and CALLS */
};

/* A transaction and what every rule asks of it: found once, not by each rule. */
struct subject {
    const struct transaction *transaction;
    const struct structure *structure; /* whose pivot it is, or NULL */
    const struct deadlock *deadlocks;
    const struct cycle *cycle;
    guint category; /* its place among the categories */
};

/* The subjects of some categories, in their order: a part of those chosen. */
struct choice {
    guint first, count;
};

struct subjects {
    GArray *all;
    GArray *categories;
    GArray *choices;   /* each that a rule has wanted: many want the same one */
    GByteArray *marks; /* of each choice, one for each category: whether it is wanted */
    GArray *chosen;    /* struct subject * */
    GPtrArray *reads;  /* for check_pairs() */
};

/* A statement of one of `kinds` that stands alone, and calls nothing. */
static bool is_alone(const struct transaction *transaction, unsigned kinds)
{
    return transaction->kind == TRANSACTION_STATEMENT &&
           kinds & 1U << transaction->steps->statement->kind &&
           !statement_ending(transaction->steps->statement) && !transaction->calls &&
           !transaction->hidden && !transaction->runs && !transaction->unknown &&
           !transaction->script->run_together && !transaction_deferrable(transaction);
}

/* A query that touches no table, as SELECT 1: of its values rules speak that look at files which run
 * together, of its modes where it is written as DEFERRABLE. */
static bool is_idle(const struct transaction *transaction)
{
    return !transaction->accesses && is_alone(transaction, 1U << STATEMENT_QUERY) &&
           !(transaction->steps->statement->flags & STATEMENT_REFUSED_READ_ONLY);
}

/* Reads, writes or defines, and no more, where that is allowed: most statements do. */
static bool is_plain(const struct check *check, const struct transaction *transaction)
{
    return is_alone(transaction, 1U << STATEMENT_QUERY | 1U << STATEMENT_DEFINE |
                                     1U << STATEMENT_SET | 1U << STATEMENT_UTILITY) &&
           !(transaction->kinds & 1U << ACCESS_LOCK) && !transaction->steps->read_only &&
           !transaction_read_only(transaction) && !check_on_standby(check);
}

static unsigned situation_of(const struct check *check, const struct transaction *transaction)
{
    return transaction_level(transaction) |
           (corpus_has_opponent(check->corpus, transaction) ? SITUATION_OPPOSED : 0) |
           (transaction_is_undone(transaction) ? SITUATION_UNDONE : 0) |
           (transaction->kind != TRANSACTION_STATEMENT ? SITUATION_BLOCK : 0) |
           (is_plain(check, transaction) ? SITUATION_PLAIN : 0);
}

static guint find_category(GArray *categories, const struct category *category)
{
    guint i = 0;

    while (i < categories->len &&
           memcmp(&g_array_index(categories, struct category, i), category, sizeof *category) != 0)
        i++;
    if (i == categories->len)
        g_array_append_val(categories, *category);
    return i;
}

static void add_subject(struct subjects *subjects, const struct check *check,
                        const struct transaction *transaction)
{
    const struct category category = {situation_of(check, transaction),
                                      transaction->kinds | (transaction->calls ? CALLS : 0)};
    struct subject subject = {
        .transaction = transaction,
        .structure = graph_structure(check->corpus, transaction),
        .deadlocks = deadlock_of(check->corpus, transaction),
        .cycle = cycle_of(check->corpus, transaction),
        .category = find_category(subjects->categories, &category),
    };

    g_array_append_val(subjects->all, subject);
}

/* Its arrays are freed by the caller. */
static struct subjects find_subjects(const struct check *check)
{
    const struct script *script = check->script;
    struct subjects subjects = {
        .all = g_array_new(FALSE, FALSE, sizeof(struct subject)),
        .categories = g_array_new(FALSE, FALSE, sizeof(struct category)),
        .choices = g_array_new(FALSE, FALSE, sizeof(struct choice)),
        .marks = g_byte_array_new(),
        .chosen = g_array_new(FALSE, FALSE, sizeof(struct subject *)),
        .reads = g_ptr_array_new(),
    };

    for (const struct transaction *each = script->transactions; each; each = each->next) {
        if (!is_idle(each))
            add_subject(&subjects, check, each);
    }
    for (const struct transaction *each = script->trigger_runs; each; each = each->next) {
        if (each->unfired)
            add_subject(&subjects, check, each);
    }
    return subjects;
}

static bool wants(const struct rule *rule, unsigned situation)
{
    if ((rule->needs_opponent && !(situation & SITUATION_OPPOSED)) ||
        (rule->needs_commit && situation & SITUATION_UNDONE) ||
        (rule->not_plain && situation & SITUATION_PLAIN))
        return false;
    if (rule->levels && !(rule->levels & 1U << (situation & SITUATION_LEVEL)))
        return false;
    return !rule->blocks_only || situation & SITUATION_BLOCK;
}

/* The kinds of accesses without one of which no check of the rule has anything to say. */
static unsigned kinds_of(const struct rule *rule)
{
    if (rule->check_deadlock || rule->check_cycle || (rule->check_transaction && !rule->kinds))
        return 0;
    return rule->kinds | rule->writes;
}

/* Marks the categories that the rule looks at; whether there is one. */
static bool mark_wanted(const GArray *categories, const struct rule *rule, guint8 *marks)
{
    unsigned kinds = kinds_of(rule);
    bool any = false;

    for (guint i = 0; i < categories->len; i++) {
        const struct category *category = &g_array_index(categories, struct category, i);
        marks[i] = wants(rule, category->situation) && (!kinds || category->kinds & kinds);
        any |= marks[i];
    }
    return any;
}

/* Those that a rule looks at. */
static struct choice choose(const struct subjects *subjects, const struct rule *rule)
{
    guint count = subjects->categories->len, known = subjects->choices->len;

    if (count == 0)
        return (struct choice){0};
    g_byte_array_set_size(subjects->marks, (known + 1) * count); /* the last ones are the rule's */
    guint8 *marks = subjects->marks->data, *wanted = marks + known * count;
    if (!mark_wanted(subjects->categories, rule, wanted))
        return (struct choice){0};
    for (guint i = 0; i < known; i++) {
        if (memcmp(marks + i * count, wanted, count) == 0)
            return g_array_index(subjects->choices, struct choice, i);
    }
    struct choice choice = {.first = subjects->chosen->len};
    g_array_set_size(subjects->chosen, choice.first + subjects->all->len);
    struct subject **chosen = &g_array_index(subjects->chosen, struct subject *, choice.first);
    for (guint i = 0; i < subjects->all->len; i++) {
        struct subject *subject = &g_array_index(subjects->all, struct subject, i);
        if (wanted[subject->category])
            chosen[choice.count++] = subject;
    }
    g_array_set_size(subjects->chosen, choice.first + choice.count);
    g_array_append_val(subjects->choices, choice);
    return choice;
}

enum { FEW_READS = 16 }; /* are looked through for each write */

/* Of `reads`, or, of many for a rule about one relation, of the accesses of that. */
static const struct access *find_read(const struct check *check, const GPtrArray *reads,
                                      const struct access *write)
{
    const struct rule *rule = check->rule;
    const struct access *found = NULL;

    if (rule->two_relations || rule->is_read || reads->len <= FEW_READS) {
        for (guint i = 0; i < reads->len && (!found || rule->nearest); i++)
            found = rule->is_pair(check, reads->pdata[i], write) ? reads->pdata[i] : found;
        return found;
    }
    for (const struct access *each = access_first_peer(write);
         each && each != write && (!found || rule->nearest); each = access_next_peer(each)) {
        if (rule->reads & 1U << each->kind && !access_is_own(each) && !access_is_of_new(each) &&
            rule->is_pair(check, each, write))
            found = each;
    }
    return found;
}

static void check_pair(struct check *check, const struct access *read, const struct access *write)
{
    struct finding **end = check->findings_end;

    check->rule->check_pair(check, read, write);
    for (struct finding *each = *end; each; each = each->next)
        each->read = read;
}

/* `reads` is emptied, and then has those that come before: a MERGE of a thousand branches writes a
 * thousand times, and reads once. */
static void check_pairs(struct check *check, const struct transaction *transaction,
                        GPtrArray *reads)
{
    const struct rule *rule = check->rule;

    if (!(transaction->kinds & rule->reads) || !(transaction->kinds & rule->writes))
        return;
    if (reads->len > 0)
        g_ptr_array_set_size(reads, 0);
    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (rule->writes & 1U << each->kind && !access_is_exempt(each) &&
            !access_is_of_foreign_key(each)) {
            const struct access *read = find_read(check, reads, each);
            if (read)
                check_pair(check, read, each);
        }
        if (rule->reads & 1U << each->kind && !access_is_own(each) && !access_is_of_new(each) &&
            (!rule->is_read || rule->is_read(each)))
            g_ptr_array_add(reads, (gpointer)each);
    }
}

/* What ROLLBACK TO takes back is no part of an anomaly, and meets no other key. It can fail with 40001
 * before that. */
static bool is_taken_back(const struct finding *finding)
{
    const struct access *access = finding->access;

    return finding->rule->needs_commit && access && access->undone && access_is_write(access) &&
           finding_reaches(finding);
}

static void drop_taken_back(struct check *check, struct finding **from)
{
    while (*from) {
        if (is_taken_back(*from))
            *from = (*from)->next;
        else
            from = &(*from)->next;
    }
    check->findings_end = from;
}

/* A deadlock is reported in the program that comes later. */
static void check_subject(struct check *check, const struct subjects *subjects,
                          const struct subject *subject)
{
    const struct rule *rule = check->rule;

    if (rule->check_transaction)
        rule->check_transaction(check, subject->transaction);
    if (rule->check_pair)
        check_pairs(check, subject->transaction, subjects->reads);
    for (const struct deadlock *each = rule->check_deadlock ? subject->deadlocks : NULL; each;
         each = each->next)
        rule->check_deadlock(check, each);
    if (rule->check_cycle && subject->cycle)
        rule->check_cycle(check, subject->cycle);
}

static void check_transactions(struct check *check, const struct subjects *subjects)
{
    struct choice choice = choose(subjects, check->rule);

    for (guint i = 0; i < choice.count; i++) {
        struct finding **from = check->findings_end;
        check_subject(check, subjects,
                      g_array_index(subjects->chosen, struct subject *, choice.first + i));
        if (*from)
            drop_taken_back(check, from);
    }
}

/* A structure is reported where its pivot is. */
static void check_structures(struct check *check, const struct subjects *subjects)
{
    for (guint i = 0; i < subjects->all->len; i++) {
        const struct subject *subject = &g_array_index(subjects->all, struct subject, i);
        if (subject->structure)
            check->rule->check_structure(check, subject->structure);
    }
}

/* The bodies of routines and DO, and routines without one that is understood. */
static GArray *find_code(const struct script *script)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(struct code));

    for (const struct statement *statement = script_first_of_code(script); statement;
         statement = statement->next) {
        struct code code = {.statement = statement};
        if (statement->kind == STATEMENT_DO)
            code.body = statement->block->body;
        else if (statement->kind == STATEMENT_DEFINE && statement->changes &&
                 statement->changes->kind == CHANGE_CREATE_ROUTINE)
            code.routine = statement->changes->routine;
        if (code.routine)
            code.body = code.routine->body;
        if (code.body || code.routine)
            g_array_append_val(found, code);
    }
    return found;
}

/* Whether a general rule is on, which reports what no other rule explains. */
static bool wants_explanations(const struct selection *selection)
{
    for (size_t i = 0; i < rule_entry_count; i++) {
        if (selection->on[i] && rule_entries[i].rule->check_reached)
            return true;
    }
    return false;
}

/* Which rules run: those that are on, and those that somebody has turned off, because what these
 * explain is not to be reported by a general rule instead. Freed by the caller. */
static bool *running_rules(const struct selection *selection)
{
    bool *runs = g_memdup2(selection->on, rule_entry_count * sizeof *runs);
    bool explain = wants_explanations(selection);

    for (size_t i = 0; i < rule_entry_count; i++)
        runs[i] = runs[i] ||
                  (explain && !rule_entries[i].rule->off && rule_reaches(rule_entries[i].rule));
    return runs;
}

static struct finding *without_unselected(const struct selection *selection,
                                          struct finding *findings)
{
    for (struct finding **link = &findings; *link;) {
        if (selection->on[rule_index((*link)->rule)])
            link = &(*link)->next;
        else
            *link = (*link)->next;
    }
    return findings;
}

static void set_severities(struct finding *findings, const int *severity)
{
    for (; findings; findings = findings->next) {
        int said = severity[rule_index(findings->rule)];
        if (said != SEVERITY_OWN)
            findings->severity = (enum severity)said;
    }
}

static int compare(const void *a, const void *b)
{
    const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;

    if (x->span.start != y->span.start)
        return x->span.start < y->span.start ? -1 : 1;
    int order = strcmp(x->rule->name, y->rule->name);
    return order ? order : strcmp(x->message, y->message);
}

static struct finding *sort(struct finding *findings)
{
    GPtrArray *array = g_ptr_array_new();
    struct finding *first = NULL, **end = &first;

    for (; findings; findings = findings->next)
        g_ptr_array_add(array, findings);
    g_ptr_array_sort(array, compare);
    for (guint i = 0; i < array->len; i++) {
        *end = array->pdata[i];
        end = &(*end)->next;
    }
    *end = NULL;
    g_ptr_array_unref(array);
    return first;
}

/* Of a statement of which parts are put in or not, nothing is claimed. */
static struct finding *without_unknown_text(const struct script *script, struct finding *findings)
{
    for (const struct statement *each = script->statements; each; each = each->next) {
        if (!(each->flags & STATEMENT_UNKNOWN_TEXT))
            continue;
        for (struct finding **link = &findings; *link;) {
            if (span_contains(each->span, (*link)->span.start))
                *link = (*link)->next;
            else
                link = &(*link)->next;
        }
    }
    return findings;
}

/* What no statement of the inputs does has no place where it could be mended. */
static struct finding *without_assumed(struct finding *findings)
{
    for (struct finding **link = &findings; *link;) {
        if ((*link)->access && (*link)->access->assumed)
            *link = (*link)->next;
        else
            link = &(*link)->next;
    }
    return findings;
}

struct finding *lint_script(struct script *script, const struct catalog *catalog,
                            const struct corpus *corpus, const struct selection *selection,
                            const struct lint_options *options)
{
    struct finding *findings = NULL;
    struct check check = {
        .catalog = catalog,
        .corpus = corpus,
        .options = options,
        .script = script,
        .findings_end = &findings,
        .sent = ANSWER_UNKNOWN,
    };

    if (script->kind != KIND_PROGRAM && script->kind != KIND_FOREIGN)
        return NULL;
    const struct subjects subjects = find_subjects(&check);
    g_autoptr(GArray) code = find_code(script);
    g_autofree bool *runs = running_rules(selection);
    for (size_t i = 0; i < rule_entry_count; i++) {
        const struct rule *rule = rule_entries[i].rule;
        if (!runs[i] || rule->since > options->server_version)
            continue;
        check.rule = rule;
        if (rule->check_script)
            rule->check_script(&check, script);
        for (guint j = 0; rule->check_body && j < code->len; j++)
            rule->check_body(&check, &g_array_index(code, struct code, j));
        for (const struct transaction *run = rule->check_trigger ? script->trigger_runs : NULL; run;
             run = run->next)
            rule->check_trigger(&check, run);
        if (rule->check_transaction || rule->check_pair || rule->check_deadlock ||
            rule->check_cycle)
            check_transactions(&check, &subjects);
    }
    for (size_t i = 0; i < rule_entry_count; i++) {
        check.rule = rule_entries[i].rule;
        if (runs[i] && check.rule->check_structure)
            check_structures(&check, &subjects);
    }
    g_ptr_array_unref(subjects.reads);
    g_array_unref(subjects.choices);
    g_array_unref(subjects.chosen);
    g_array_unref(subjects.all);
    g_array_unref(subjects.categories);
    g_byte_array_unref(subjects.marks);
    for (struct finding *each = script->included ? findings : NULL; each; each = each->next)
        each->edits = NULL; /* they would be made in another file */
    if (script->placeholder_count > 0)
        findings = without_unknown_text(script, findings);
    if (findings)
        findings = verify_findings(findings, corpus);
    report_reached(&check, selection, &findings);
    findings = without_assumed(findings);
    findings = without_unselected(selection, findings);
    suppress(&check, findings, selection->on);
    if (findings)
        findings = settle_script(findings);
    set_severities(findings, selection->severity);
    return sort(findings);
}
