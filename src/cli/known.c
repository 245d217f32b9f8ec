#include "cli/known.h"

#include "cli/output.h"
#include "cli/trouble.h"

bool known_init(struct known *known, const struct options *options, struct error *error)
{
    const char *path = options->baseline;

    known->options = options;
    baseline_init(&known->baseline);
    if (!path || (options->update_baseline && !g_file_test(path, G_FILE_TEST_EXISTS)))
        return true;
    return baseline_read(&known->baseline, path, error);
}

void known_finish(struct known *known)
{
    baseline_finish(&known->baseline);
}

static void add_findings(GPtrArray *found, const GPtrArray *findings)
{
    for (guint i = 0; i < findings->len; i++) {
        struct finding *finding = findings->pdata[i];
        if (!finding->allowed)
            g_ptr_array_add(found, finding);
    }
}

static void tell_gone(const struct known *known, size_t gone)
{
    g_autofree char *message = g_strdup_printf(
        "%s: %zu known %s gone; --update-baseline forgets %s", known->options->baseline, gone,
        gone == 1 ? "finding is" : "findings are", gone == 1 ? "it" : "them");

    say(message);
}

bool known_update(struct known *known, const struct project *project,
                  const struct selection *selection, const GPtrArray *scripts, struct error *error)
{
    const struct options *options = known->options;
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
        baseline_update(&known->baseline, findings, found->len, &scope);
        g_autofree char *text = baseline_text(&known->baseline);
        done = output_write(options->baseline, text, strlen(text), error);
    } else {
        size_t gone = baseline_count_gone(&known->baseline, findings, found->len, &scope);
        if (gone > 0 && !options->quiet)
            tell_gone(known, gone);
    }
    repository_finish(&repository);
    return done;
}
