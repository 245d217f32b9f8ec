#include "report/summary.h"

#include <string.h>

#include "lint/rule.h"
#include "report/unread.h"

enum { FEW = 10 }; /* findings that one sees at a glance */

static int compare_severities(const void *a, const void *b, gpointer data)
{
    const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;

    (void)data;
    return (int)y->severity - (int)x->severity;
}

GPtrArray *summary_select(const struct report *report)
{
    GPtrArray *findings = g_ptr_array_new();

    for (size_t i = 0; i < report->finding_count; i++)
        g_ptr_array_add(findings, report->findings[i]);
    g_ptr_array_sort_with_data(findings, compare_severities, NULL); /* keeps the order of equals */
    if (report->most > 0 && findings->len > report->most)
        g_ptr_array_set_size(findings, (gint)report->most);
    return findings;
}

static size_t left_out(const struct report *report)
{
    return report->most > 0 && report->finding_count > report->most
               ? report->finding_count - report->most
               : 0;
}

static bool wants_table(const struct report *report)
{
    return report->finding_count > FEW || left_out(report) > 0;
}

/* ------------------------------------------------------------------ the counts */

static void append_count(GString *text, size_t count, const char *one, const char *many)
{
    g_string_append_printf(text, "%zu %s", count, count == 1 ? one : many);
}

/* "2 errors, 1 note"; nothing when all are 0. */
static void append_severities(GString *text, const size_t *counts)
{
    static const char *const words[][2] = {
        {"note", "notes"}, {"warning", "warnings"}, {"error", "errors"}};
    bool first = true;

    for (int i = SEVERITY_ERROR; i >= SEVERITY_NOTE; i--) {
        if (counts[i] == 0)
            continue;
        if (!first)
            g_string_append(text, ", ");
        append_count(text, counts[i], words[i][0], words[i][1]);
        first = false;
    }
}

static bool has_lesser(const struct report *report)
{
    return report->lesser[SEVERITY_NOTE] + report->lesser[SEVERITY_WARNING] > 0;
}

char *summary_line(const struct report *report)
{
    size_t counts[SEVERITY_ERROR + 1] = {0};
    GString *text = g_string_new(report->finding_count ? NULL : "no findings");

    for (size_t i = 0; i < report->finding_count; i++)
        counts[report->findings[i]->severity]++;
    append_severities(text, counts);
    g_string_append(text, " in ");
    append_count(text, report->files, "file", "files");
    g_string_append(text, " (");
    append_count(text, report->statements, "statement", "statements");
    g_string_append(text, ", ");
    append_count(text, report->transactions, "transaction", "transactions");
    g_string_append_c(text, ')');
    if (has_lesser(report)) {
        g_string_append(text, ", ");
        append_severities(text, report->lesser);
        g_string_append(text, " not shown");
    }
    if (report->allowed_count)
        g_string_append_printf(text, ", %zu allowed", report->allowed_count);
    if (report->known_count)
        g_string_append_printf(text, ", %zu known", report->known_count);
    struct unread unread = unread_statements(report);
    unsigned unknown = unread.templates + unread.executed + unread.includes;
    if (unknown > 0) {
        g_string_append(text, ", ");
        append_count(text, unknown, "statement", "statements");
        g_string_append(text, " not analysed");
    }
    return g_string_free(text, FALSE);
}

void summary_put_count(const struct report *report, FILE *out)
{
    g_autofree char *files = unread_line(report);
    g_autofree char *line = summary_line(report);

    if (files)
        fprintf(out, "%s\n", files);
    fprintf(out, "%s\n", line);
}

/* ------------------------------------------------------------------ the table */

struct row {
    const struct rule *rule;
    enum severity severity; /* one rule may have findings of several severities */
    size_t findings, written;
};

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    if (x->findings != y->findings)
        return x->findings > y->findings ? -1 : 1;
    return strcmp(x->rule->name, y->rule->name);
}

static struct row *row_of(GArray *rows, const struct finding *finding)
{
    for (guint i = 0; i < rows->len; i++) {
        struct row *row = &g_array_index(rows, struct row, i);
        if (row->rule == finding->rule && row->severity == finding->severity)
            return row;
    }
    struct row row = {.rule = finding->rule, .severity = finding->severity};
    g_array_append_val(rows, row);
    return &g_array_index(rows, struct row, rows->len - 1);
}

static GArray *rows_of(const struct report *report)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct row));
    g_autoptr(GPtrArray) written = summary_select(report);

    for (size_t i = 0; i < report->finding_count; i++)
        row_of(rows, report->findings[i])->findings++;
    for (guint i = 0; i < written->len; i++)
        row_of(rows, written->pdata[i])->written++;
    g_array_sort(rows, compare_rows);
    return rows;
}

void summary_put_table(const struct report *report, FILE *out)
{
    if (!wants_table(report))
        return;
    g_autoptr(GArray) rows = rows_of(report);
    for (guint i = 0; i < rows->len; i++) {
        const struct row *row = &g_array_index(rows, struct row, i);
        size_t missing = row->findings - row->written;
        fprintf(out, "%6zu  %-7s  %s", row->findings, severity_name(row->severity),
                row->rule->name);
        if (missing > 0)
            fprintf(out, " (%zu not shown)", missing);
        fputc('\n', out);
    }
    fputc('\n', out);
}

/* ------------------------------------------------------------------ what to do next */

static void put_next(FILE *out, const char *word, int width, const char *command,
                     const char *purpose)
{
    fprintf(out, "%-5s %-*s  %s\n", word, width, command, purpose);
}

void summary_put_next(const struct report *report, FILE *out)
{
    static const char record[] = "--baseline FILE --update-baseline";

    if (!wants_table(report))
        return;
    g_autoptr(GArray) rows = rows_of(report);
    g_autofree char *explain =
        g_strconcat("isolint --explain ", g_array_index(rows, struct row, 0).rule->name, NULL);
    int width = (int)MAX(strlen(explain), strlen(record));
    put_next(out, "next:", width, explain, "read about a rule");
    if (left_out(report) > 0)
        put_next(out, "", width, "--max-findings 0", "show all findings");
    if (has_lesser(report))
        put_next(out, "", width, "--severity note", "show notes as well");
    if (report->known_count == 0)
        put_next(out, "", width, record, "report only new ones from then on");
}
