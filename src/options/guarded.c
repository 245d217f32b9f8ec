#include "options/guarded.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/configured.h"
#include "input/discover.h"
#include "options/arguments.h"

bool guarded_arguments(char *const *arguments, const GOptionEntry *entries, struct error *error)
{
    bool value = true; /* the name of the program is no option */

    for (; *arguments; arguments++) {
        const char *argument = *arguments;
        if (!value && strcmp(argument, "--") == 0)
            return true;
        if (!value && argument[0] == '-' && argument[1] &&
            g_file_test(argument, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK))
            return error_set(error,
                             "%s: is an option and the name of a file here; write \"--\" in front "
                             "of file names",
                             argument);
        value = !value && arguments_value_follows(argument, entries);
    }
    return true;
}

/* ------------------------------------------------------------------ outputs */

static bool is_same_file(const struct stat *output, const char *path)
{
    struct stat info;

    return path && stat(path, &info) == 0 && info.st_dev == output->st_dev &&
           info.st_ino == output->st_ino;
}

static bool is_among(const struct stat *output, char *const *paths)
{
    for (; paths && *paths; paths++) {
        if (is_same_file(output, *paths))
            return true;
    }
    return false;
}

/* What a file that exists and would be replaced is; NULL when it may be. */
static const char *use_of(const struct options *options, const char *path,
                          const struct stat *output, bool baseline)
{
    char *real = realpath(path, NULL);
    g_autofree char *name = g_path_get_basename(real ? real : path);

    free(real);
    if (is_among(output, options->settings.paths))
        return "an input";
    if (is_among(output, options->settings.schemas))
        return "a schema";
    if (is_same_file(output, configured_config(&options->settings)->file) ||
        strcmp(name, ".isolint.yml") == 0)
        return "a configuration";
    if (!baseline && is_same_file(output, options->baseline))
        return "the baseline";
    return discover_is_sql(name) && output->st_size > 0 ? "SQL" : NULL;
}

static bool may_write(const struct options *options, const char *option, const char *path,
                      bool baseline, struct error *error)
{
    struct stat info;

    if (!path || stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return true;
    const char *use = use_of(options, path, &info, baseline);
    return !use || error_set(error, "%s: %s is %s, and is not overwritten", option, path, use);
}

bool guarded_outputs(const struct options *options, struct error *error)
{
    const GArray *requests = options->outputs.requests;

    for (guint i = 0; i < requests->len; i++) {
        const char *path = g_array_index(requests, struct output_request, i).path;
        if (!may_write(options, "--output", path, false, error))
            return false;
    }
    return !options->update_baseline ||
           may_write(options, "--baseline", options->baseline, true, error);
}
