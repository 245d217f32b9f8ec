#include "log/log.h"

#include "log/limits.h"
#include "log/prefix.h"
#include "log/reader.h"
#include "log/table.h"

struct opened {
    struct reader *reader;
    const char *name;
    guint place; /* on the command line */
};

static void take_run(struct run *run, struct run *before, void *context)
{
    struct log *log = context;

    programs_take(log->programs, run, before);
    if (run->program)
        window_take(log->window, run, before);
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

static void read_entries(struct log *log, const struct opened *opened, log_progress *progress,
                         void *context)
{
    struct entry entry;
    struct error error = {0};
    uint64_t count = 0, read, size;

    while (reader_next(opened->reader, &entry, &error)) {
        follow_entry(log->follow, &entry, opened->name);
        if (progress && (++count & 0xfff) == 0) {
            reader_progress(opened->reader, &read, &size);
            progress(opened->name, read, size, context);
        }
    }
    if (error.message)
        g_ptr_array_add(log->troubles, g_steal_pointer(&error.message));
    log->stateless |= !reader_has_state(opened->reader);
}

static void read_one(struct log *log, const struct opened *opened, log_progress *progress,
                     void *context)
{
    struct error error = {0};

    if (reader_format(opened->reader) == FORMAT_TABLE) {
        if (!table_read(log->programs, opened->reader, opened->name, &error))
            g_ptr_array_add(log->troubles, g_steal_pointer(&error.message));
    } else if (reader_format(opened->reader) != FORMAT_UNKNOWN) {
        read_entries(log, opened, progress, context);
        report_losses(log, opened);
    }
}

static int compare_starts(const void *a, const void *b)
{
    const struct opened *x = a, *y = b;
    int64_t left = reader_start(x->reader), right = reader_start(y->reader);

    return left != right ? (left < right ? -1 : 1) : (int)x->place - (int)y->place;
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
    for (guint i = 0; i < all->len; i++) {
        const struct opened *opened = &g_array_index(all, struct opened, i);
        read_one(log, opened, progress, context);
        reader_close(opened->reader);
    }
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
    read_one(log, &opened, NULL, NULL);
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
