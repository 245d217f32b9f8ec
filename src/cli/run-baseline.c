#include "cli/run-baseline.h"

#include "output/output.h"
#include "output/trouble.h"

bool run_baseline_init(struct run_baseline *run, const struct options *options, struct error *error)
{
    const char *path = options->baseline;

    run->options = options;
    baseline_init(&run->baseline);
    if (!path || (options->update_baseline && !g_file_test(path, G_FILE_TEST_EXISTS)))
        return true;
    return baseline_read(&run->baseline, path, error);
}

void run_baseline_finish(struct run_baseline *run)
{
    baseline_finish(&run->baseline);
}

static void add_findings(GPtrArray *found, const GPtrArray *findings)
{
    for (guint i = 0; i < findings->len; i++) {
        struct finding *finding = findings->pdata[i];
        if (!finding->allowed)
            g_ptr_array_add(found, finding);
    }
}

static void report_gone(const struct run_baseline *run, size_t gone)
{
    g_autofree char *message = g_strdup_printf(
        "%s: %zu known %s gone; --update-baseline forgets %s", run->options->baseline, gone,
        gone == 1 ? "finding is" : "findings are", gone == 1 ? "it" : "them");

    say(message);
}

bool run_baseline_update(struct run_baseline *run, const struct project *project,
                         const struct selection *selection, const GPtrArray *scripts,
                         struct error *error)
{
    const struct options *options = run->options;
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    struct repository repository;
    bool done = true;

    if (!options->baseline)
        return true;
    repository_init(&repository);
    const struct baseline_scope scope = {
        .scripts = (struct script *const *)scripts->pdata,
        .script_count = scripts->len,
        .rules = selection->on,
        .repository = &repository,
    };
    add_findings(found, project->findings);
    add_findings(found, project->lesser);
    struct finding *const *findings = (struct finding *const *)found->pdata;
    if (options->update_baseline) {
        baseline_update(&run->baseline, findings, found->len, &scope);
        g_autofree char *text = baseline_text(&run->baseline);
        done = output_write(options->baseline, text, strlen(text), error);
    } else {
        size_t gone = baseline_count_gone(&run->baseline, findings, found->len, &scope);
        if (gone > 0 && !options->quiet)
            report_gone(run, gone);
    }
    repository_finish(&repository);
    return done;
}
