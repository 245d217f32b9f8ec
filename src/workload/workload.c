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

static void take_now(struct run *run, struct run *before, void *context)
{
    const struct log *log = context;

    programs_take(log->programs, run, before);
    if (run->program)
        window_take(log->window, run, before);
}

static void take_run(struct run *run, struct run *before, void *context)
{
    struct log *log = context;

    if (log->taker)
        taker_give(log->taker, run, before);
    else
        take_now(run, before, log);
}

bool log_init(struct log *log, const struct log_options *options, struct error *error)
{
    struct prefix *prefix = options->prefix ? prefix_read(options->prefix, error) : NULL;

    *log = (struct log){0};
    if (options->prefix && !prefix)
        return false;
    prefix_free(prefix);
    log->shapes = shapes_new();
    log->programs = programs_new(log->shapes);
    log->window = window_new();
    log->wanted = options->follow;
    log->follow = follow_new(log->shapes, &options->follow, take_run, log);
    log->files = g_ptr_array_new_with_free_func(g_free);
    log->troubles = g_ptr_array_new_with_free_func(g_free);
    log->notices = g_ptr_array_new_with_free_func(g_free);
    return true;
}

void log_free(struct log *log)
{
    if (!log->shapes)
        return;
    g_clear_pointer(&log->composed, g_ptr_array_unref);
    g_clear_pointer(&log->shown, g_ptr_array_unref);
    follow_free(log->follow);
    window_free(log->window);
    programs_free(log->programs);
    shapes_free(log->shapes);
    g_ptr_array_unref(log->files);
    g_ptr_array_unref(log->troubles);
    g_ptr_array_unref(log->notices);
}

/* ------------------------------------------------------------------ reading */

static void notice(struct log *log, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void notice(struct log *log, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_ptr_array_add(log->notices, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static void report_losses(struct log *log, const struct opened *opened)
{
    const struct reader_losses *losses = reader_losses(opened->reader);

    if (losses->damaged)
        notice(log,
               "%s: left out %" G_GUINT64_FORMAT
               " %s that cannot be read as an entry (the first at line %u)",
               opened->name, losses->damaged, losses->damaged == 1 ? "piece" : "pieces",
               losses->first_line);
    if (losses->cut)
        notice(log, "%s: read only the beginning of %" G_GUINT64_FORMAT " entries over %d MB",
               opened->name, losses->cut, LIMIT_ENTRY >> 20);
}

/* Who watches, and how far it is. */
struct watching {
    log_progress *progress;
    void *context;
};

static void read_batches(struct log *log, const struct opened *opened,
                         const struct watching *watching)
{
    struct batch *batch;

    do {
        batch = ahead_next(log->ahead);
        for (unsigned i = 0; i < batch->count; i++)
            follow_entry(log->follow, &batch->entries[i], opened->name);
        if (watching->progress && !batch->last)
            watching->progress(opened->name, batch->read, batch->size, watching->context);
    } while (!batch->last);
    if (batch->failure)
        g_ptr_array_add(log->troubles, g_steal_pointer(&batch->failure));
}

static void read_entries(struct log *log, const struct opened *opened,
                         const struct watching *watching)
{
    struct lexed lexed;
    struct error error = {0};
    uint64_t count = 0, read, size;

    lexed_init(&lexed);
    while (reader_next(opened->reader, &lexed.entry, &error)) {
        lexed_read(&lexed, &log->wanted);
        follow_entry(log->follow, &lexed, opened->name);
        if (watching->progress && (++count & 0xfff) == 0) {
            reader_progress(opened->reader, &read, &size);
            watching->progress(opened->name, read, size, watching->context);
        }
    }
    lexed_finish(&lexed);
    if (error.message)
        g_ptr_array_add(log->troubles, g_steal_pointer(&error.message));
}

static bool is_log(const struct opened *opened)
{
    enum log_format format = reader_format(opened->reader);

    return format != FORMAT_TABLE && format != FORMAT_UNKNOWN;
}

static void read_one(struct log *log, const struct opened *opened, const struct watching *watching)
{
    struct error error = {0};

    if (reader_format(opened->reader) == FORMAT_TABLE) {
        if (log->taker)
            taker_wait(log->taker);
        if (!table_read(log->programs, opened->reader, opened->name, &error))
            g_ptr_array_add(log->troubles, g_steal_pointer(&error.message));
    } else if (is_log(opened)) {
        if (log->ahead)
            read_batches(log, opened, watching);
        else
            read_entries(log, opened, watching);
        report_losses(log, opened);
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
static void read_all(struct log *log, const GArray *all, int jobs, const struct watching *watching)
{
    g_autofree struct reader **readers = g_new(struct reader *, all->len + 1);
    unsigned count = 0;

    for (guint i = 0; i < all->len; i++) {
        const struct opened *opened = &g_array_index(all, struct opened, i);
        if (is_log(opened))
            readers[count++] = opened->reader;
    }
    if (jobs > 1 && count > 0)
        log->ahead = ahead_new(readers, count, &log->wanted);
    if (jobs > 2 && count > 0)
        log->taker = taker_new(take_now, log);
    for (guint i = 0; i < all->len; i++) {
        const struct opened *opened = &g_array_index(all, struct opened, i);
        read_one(log, opened, watching);
        reader_close(opened->reader);
    }
    if (log->ahead)
        ahead_free(g_steal_pointer(&log->ahead));
    if (log->taker)
        taker_free(g_steal_pointer(&log->taker));
}

void log_read(struct log *log, char *const *paths, const struct log_options *options,
              log_progress *progress, void *context)
{
    struct error error = {0};
    struct prefix *prefix = options->prefix ? prefix_read(options->prefix, &error) : NULL;
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct opened));

    for (guint i = 0; paths[i]; i++) {
        char *name = g_strdup(strcmp(paths[i], "-") == 0 ? "stdin" : paths[i]);
        g_ptr_array_add(log->files, name);
        struct opened opened = {reader_open(paths[i], prefix, &error), name, i};
        if (opened.reader)
            g_array_append_val(all, opened);
        else
            g_ptr_array_add(log->troubles, g_steal_pointer(&error.message));
    }
    g_array_sort(all, compare_starts);
    read_all(log, all, options->jobs, &(struct watching){progress, context});
    prefix_free(prefix);
}

void log_read_bytes(struct log *log, const char *name, const char *bytes, size_t size)
{
    struct error error = {0};
    struct opened opened = {reader_open_bytes(name, bytes, size, NULL, &error), name, 0};

    if (!opened.reader) {
        g_ptr_array_add(log->troubles, g_steal_pointer(&error.message));
        return;
    }
    read_one(log, &opened, &(struct watching){0});
    reader_close(opened.reader);
}

/* ------------------------------------------------------------------ the end */

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void report_counts(struct log *log)
{
    const struct follow_counts *counts = follow_counts(log->follow);

    if (counts->unread)
        notice(log, "left out %" G_GUINT64_FORMAT " statement%s that the grammar refuses",
               counts->unread, plural(counts->unread));
    if (counts->lost)
        notice(log,
               "left out %" G_GUINT64_FORMAT
               " transaction%s whose beginning or end is not in the log",
               counts->lost, plural(counts->lost));
    if (counts->long_runs)
        notice(log, "read only the first %d statements of %" G_GUINT64_FORMAT " transaction%s",
               LIMIT_STATEMENTS, counts->long_runs, plural(counts->long_runs));
    if (counts->evicted)
        notice(log, "stopped following %" G_GUINT64_FORMAT " session%s, more than %d were open",
               counts->evicted, plural(counts->evicted), LIMIT_SESSIONS);
    if (counts->nameless)
        notice(log,
               "%" G_GUINT64_FORMAT
               " error%s without a statement: log_min_error_statement is above error",
               counts->nameless, plural(counts->nameless));
    if (counts->unplaced)
        notice(log,
               "left out %" G_GUINT64_FORMAT
               " failure%s with 40001 or 40P01 of statements that are in no program: of DO, or of "
               "transactions that begin before the log, or are not in it (log_statement = 'mod')",
               counts->unplaced, plural(counts->unplaced));
    if (counts->stateless)
        notice(log,
               "%" G_GUINT64_FORMAT
               " error%s without an SQLSTATE: put %%e into log_line_prefix, or use csvlog",
               counts->stateless, plural(counts->stateless));
    if (programs_dropped(log->programs))
        notice(log, "left out %" G_GUINT64_FORMAT " run%s: there are more than %d programs",
               programs_dropped(log->programs), plural(programs_dropped(log->programs)),
               LIMIT_PROGRAMS);
    log->entries = counts->entries;
    log->executions = counts->executions;
    log->unread = counts->unread;
}

void log_end(struct log *log)
{
    follow_end(log->follow);
    window_end(log->window);
    report_counts(log);
}

void log_finish(struct log *log, const struct log_options *options)
{
    log->shown = programs_finish(log->programs, options->least_runs);
    log->composed = compose_programs(log->shown);
}

const struct program *log_find(const struct log *log, const char *name)
{
    for (guint i = 0; i < log->shown->len; i++) {
        const struct program *program = log->shown->pdata[i];
        if (strcmp(program->name, name) == 0)
            return program;
    }
    return NULL;
}
