#include "workload/workload.h"

#include "history/ahead.h"
#include "history/taker.h"
#include "log/limits.h"
#include "log/prefix.h"
#include "log/reader.h"
#include "workload/table.h"

struct opened {
    struct reader *reader;
    const char *name;
    guint place; /* on the command line */
};

static void take_last(struct run *run, struct run *before, struct run *read, void *context)
{
    const struct workload *workload = context;

    programs_take(workload->programs, run, before, read);
    if (run->program)
        window_take(workload->window, run, read);
}

static void take_now(struct run *run, struct run *before, void *context)
{
    const struct workload *workload = context;

    recent_reads_take(workload->reads, run, before);
}

static void take_run(struct run *run, struct run *before, void *context)
{
    struct workload *workload = context;

    if (workload->taker)
        taker_give(workload->taker, run, before);
    else
        take_now(run, before, workload);
}

bool workload_init(struct workload *workload, const struct workload_options *options,
                   struct error *error)
{
    struct prefix *prefix = options->prefix ? prefix_read(options->prefix, error) : NULL;

    *workload = (struct workload){0};
    if (options->prefix && !prefix)
        return false;
    prefix_free(prefix);
    workload->shapes = shapes_new();
    workload->programs = programs_new(workload->shapes);
    workload->reads = recent_reads_new(take_last, workload);
    workload->window = window_new();
    workload->wanted = options->follow;
    workload->follow = follow_new(workload->shapes, &options->follow, take_run, workload);
    workload->files = g_ptr_array_new_with_free_func(g_free);
    workload->troubles = g_ptr_array_new_with_free_func(g_free);
    workload->notices = g_ptr_array_new_with_free_func(g_free);
    return true;
}

void workload_free(struct workload *workload)
{
    if (!workload->shapes)
        return;
    g_clear_pointer(&workload->composed, g_ptr_array_unref);
    g_clear_pointer(&workload->shown, g_ptr_array_unref);
    follow_free(workload->follow);
    window_free(workload->window);
    recent_reads_free(workload->reads);
    programs_free(workload->programs);
    shapes_free(workload->shapes);
    g_ptr_array_unref(workload->files);
    g_ptr_array_unref(workload->troubles);
    g_ptr_array_unref(workload->notices);
}

/* ------------------------------------------------------------------ reading */

static void notice(struct workload *workload, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void notice(struct workload *workload, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_ptr_array_add(workload->notices, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static void report_losses(struct workload *workload, const struct opened *opened)
{
    const struct reader_losses *losses = reader_losses(opened->reader);

    if (losses->damaged)
        notice(workload,
               "%s: left out %" G_GUINT64_FORMAT
               " %s that cannot be read as an entry (the first at line %u)",
               opened->name, losses->damaged, losses->damaged == 1 ? "piece" : "pieces",
               losses->first_line);
    if (losses->cut)
        notice(workload, "%s: read only the beginning of %" G_GUINT64_FORMAT " entries over %d MB",
               opened->name, losses->cut, LIMIT_ENTRY >> 20);
}

/* The caller's function for progress. */
struct watching {
    workload_progress *progress;
    void *context;
};

static void read_batches(struct workload *workload, const struct opened *opened,
                         const struct watching *watching)
{
    struct batch *batch;

    do {
        batch = ahead_next(workload->ahead);
        for (unsigned i = 0; i < batch->count; i++)
            follow_entry(workload->follow, &batch->entries[i], opened->name);
        if (watching->progress && !batch->last)
            watching->progress(opened->name, batch->read, batch->size, watching->context);
    } while (!batch->last);
    if (batch->failure)
        g_ptr_array_add(workload->troubles, g_steal_pointer(&batch->failure));
}

static void read_entries(struct workload *workload, const struct opened *opened,
                         const struct watching *watching)
{
    struct lexed lexed;
    struct error error = {0};
    uint64_t count = 0, read, size;

    lexed_init(&lexed);
    while (reader_next(opened->reader, &lexed.entry, &error)) {
        lexed_read(&lexed, &workload->wanted);
        follow_entry(workload->follow, &lexed, opened->name);
        if (watching->progress && (++count & 0xfff) == 0) {
            reader_progress(opened->reader, &read, &size);
            watching->progress(opened->name, read, size, watching->context);
        }
    }
    lexed_finish(&lexed);
    if (error.message)
        g_ptr_array_add(workload->troubles, g_steal_pointer(&error.message));
}

static bool is_log(const struct opened *opened)
{
    enum log_format format = reader_format(opened->reader);

    return format != FORMAT_TABLE && format != FORMAT_UNKNOWN;
}

static void read_one(struct workload *workload, const struct opened *opened,
                     const struct watching *watching)
{
    struct error error = {0};

    if (reader_format(opened->reader) == FORMAT_TABLE) {
        if (workload->taker)
            taker_wait(workload->taker);
        if (!table_read(workload->programs, opened->reader, opened->name, &error))
            g_ptr_array_add(workload->troubles, g_steal_pointer(&error.message));
    } else if (is_log(opened)) {
        if (workload->ahead)
            read_batches(workload, opened, watching);
        else
            read_entries(workload, opened, watching);
        report_losses(workload, opened);
    }
}

static int compare_starts(const void *a, const void *b)
{
    const struct opened *x = a, *y = b;
    int64_t left = reader_start(x->reader), right = reader_start(y->reader);

    return left != right ? (left < right ? -1 : 1) : (int)x->place - (int)y->place;
}

/* Three threads at most: one reads, one follows the sessions, one takes what they have done. Each does
 * its part in the order of the log, so sessions that go on in the next file are what they are with one
 * thread. */
static void read_all(struct workload *workload, const GArray *all, int jobs,
                     const struct watching *watching)
{
    g_autofree struct reader **readers = g_new(struct reader *, all->len + 1);
    unsigned count = 0;

    for (guint i = 0; i < all->len; i++) {
        const struct opened *opened = &g_array_index(all, struct opened, i);
        if (is_log(opened))
            readers[count++] = opened->reader;
    }
    if (jobs > 1 && count > 0)
        workload->ahead = ahead_new(readers, count, &workload->wanted);
    if (jobs > 2 && count > 0)
        workload->taker = taker_new(take_now, workload);
    for (guint i = 0; i < all->len; i++) {
        const struct opened *opened = &g_array_index(all, struct opened, i);
        read_one(workload, opened, watching);
        reader_close(opened->reader);
    }
    if (workload->ahead)
        ahead_free(g_steal_pointer(&workload->ahead));
    if (workload->taker)
        taker_free(g_steal_pointer(&workload->taker));
}

void workload_read(struct workload *workload, char *const *paths,
                   const struct workload_options *options, workload_progress *progress,
                   void *context)
{
    struct error error = {0};
    struct prefix *prefix = options->prefix ? prefix_read(options->prefix, &error) : NULL;
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct opened));

    for (guint i = 0; paths[i]; i++) {
        char *name = g_strdup(strcmp(paths[i], "-") == 0 ? "stdin" : paths[i]);
        g_ptr_array_add(workload->files, name);
        struct opened opened = {reader_open(paths[i], prefix, options->waits, &error), name, i};
        if (opened.reader)
            g_array_append_val(all, opened);
        else
            g_ptr_array_add(workload->troubles, g_steal_pointer(&error.message));
    }
    g_array_sort(all, compare_starts);
    read_all(workload, all, options->jobs, &(struct watching){progress, context});
    prefix_free(prefix);
}

void workload_read_bytes(struct workload *workload, const char *name, const char *bytes,
                         size_t size)
{
    struct error error = {0};
    struct opened opened = {reader_open_bytes(name, bytes, size, NULL, &error), name, 0};

    if (!opened.reader) {
        g_ptr_array_add(workload->troubles, g_steal_pointer(&error.message));
        return;
    }
    read_one(workload, &opened, &(struct watching){0});
    reader_close(opened.reader);
}

/* ------------------------------------------------------------------ the end */

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void report_window(struct workload *workload)
{
    struct window_losses losses = window_losses(workload->window);

    if (losses.failures)
        notice(workload,
               "found no partner of %" G_GUINT64_FORMAT
               " failure%s: it may be none of the %d transactions that ended last",
               losses.failures, plural(losses.failures), LIMIT_WINDOW);
    if (losses.runs)
        notice(workload,
               "compared only the first %d tables and rows of %" G_GUINT64_FORMAT
               " transaction%s with those of others",
               LIMIT_ROWS, losses.runs, plural(losses.runs));
    if (losses.partners)
        notice(workload,
               "left out the partner of %" G_GUINT64_FORMAT
               " failure%s: one program failed beside more than %d others",
               losses.partners, plural(losses.partners), LIMIT_EVIDENCE);
}

static void report_counts(struct workload *workload)
{
    const struct follow_counts *counts = follow_counts(workload->follow);

    if (counts->unread)
        notice(workload, "left out %" G_GUINT64_FORMAT " statement%s that the grammar refuses",
               counts->unread, plural(counts->unread));
    if (counts->lost)
        notice(workload,
               "left out %" G_GUINT64_FORMAT
               " transaction%s whose beginning or end is not in the log",
               counts->lost, plural(counts->lost));
    if (counts->long_runs)
        notice(workload, "read only the first %d statements of %" G_GUINT64_FORMAT " transaction%s",
               LIMIT_STATEMENTS, counts->long_runs, plural(counts->long_runs));
    if (counts->evicted)
        notice(workload,
               "stopped following %" G_GUINT64_FORMAT " session%s, more than %d were open",
               counts->evicted, plural(counts->evicted), LIMIT_SESSIONS);
    if (counts->nameless)
        notice(workload,
               "%" G_GUINT64_FORMAT
               " error%s without a statement: log_min_error_statement is above error",
               counts->nameless, plural(counts->nameless));
    if (counts->unplaced)
        notice(
            workload,
            "left out %" G_GUINT64_FORMAT
            " failure%s with 40001 or 40P01 of statements that are in no program: of DDL or DO, or of "
            "transactions that begin before the log, or are not in it (log_statement = 'mod')",
            counts->unplaced, plural(counts->unplaced));
    if (counts->stateless)
        notice(workload,
               "%" G_GUINT64_FORMAT
               " error%s without an SQLSTATE: put %%e into log_line_prefix, or use csvlog",
               counts->stateless, plural(counts->stateless));
    if (programs_dropped(workload->programs))
        notice(workload, "left out %" G_GUINT64_FORMAT " run%s: there are more than %d programs",
               programs_dropped(workload->programs), plural(programs_dropped(workload->programs)),
               LIMIT_PROGRAMS);
    report_window(workload);
    workload->entries = counts->entries;
    workload->executions = counts->executions;
    workload->unread = counts->unread;
}

void workload_end(struct workload *workload)
{
    follow_end(workload->follow);
    recent_reads_end(workload->reads);
    window_end(workload->window);
    report_counts(workload);
}

void workload_finish(struct workload *workload, const struct workload_options *options)
{
    workload->shown = programs_finish(workload->programs, options->least_runs);
    workload->composed = compose_programs(workload->shown);
}
