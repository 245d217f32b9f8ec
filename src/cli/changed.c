#include "cli/changed.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/trouble.h"

/* A repository's configuration names programs that git runs: a monitor of the file system, hooks,
 * filters of contents, helpers of transports. Whoever lints a repository has not agreed to run
 * them: this follows "git" in every call, and filters are emptied in its environment. */
#define GIT                                                                      \
    "git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", \
        "protocol.allow=never"

/* The keys of the filters that the configuration has, one a line; asking runs nothing. */
static char **list_filters(void)
{
    static const char *const arguments[] = {GIT,          "config", "--name-only", "--get-regexp",
                                            "^filter\\.", NULL};
    g_autofree char *answer = NULL;

    g_spawn_sync(NULL, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
                 NULL, NULL, &answer, NULL, NULL, NULL);
    return g_strsplit(answer ? answer : "", "\n", -1);
}

static char **add_variable(char **environment, unsigned number, const char *what, const char *value)
{
    g_autofree char *name = g_strdup_printf("GIT_CONFIG_%s_%u", what, number);

    return g_environ_setenv(environment, name, value, TRUE);
}

/* The environment of git: no filter has a program, nothing is fetched, asked or refreshed. Owned by
 * the caller. */
static char **quiet_environment(void)
{
    static const char *const fixed[][2] = {
        {"GIT_OPTIONAL_LOCKS", "0"}, {"GIT_NO_LAZY_FETCH", "1"}, {"GIT_TERMINAL_PROMPT", "0"}};
    char **environment = g_get_environ();
    const char *given = g_environ_getenv(environment, "GIT_CONFIG_COUNT");
    unsigned count = given ? (unsigned)g_ascii_strtoull(given, NULL, 10) : 0;
    g_auto(GStrv) filters = list_filters();

    for (char **key = filters; *key; key++) {
        if (**key == '\0')
            continue;
        bool required = g_str_has_suffix(*key, ".required");
        environment = add_variable(environment, count, "KEY", *key);
        environment = add_variable(environment, count++, "VALUE", required ? "false" : "");
    }
    g_autofree char *total = g_strdup_printf("%u", count);
    environment = g_environ_setenv(environment, "GIT_CONFIG_COUNT", total, TRUE);
    for (size_t i = 0; i < G_N_ELEMENTS(fixed); i++)
        environment = g_environ_setenv(environment, fixed[i][0], fixed[i][1], TRUE);
    return environment;
}

/* The first line of what git wrote to standard error. */
static bool refuse(const char *option, const char *said, struct error *error)
{
    g_auto(GStrv) lines = g_strsplit(said, "\n", 2);

    return error_set(error, "%s: git: %s", option, lines[0] && *lines[0] ? lines[0] : "failed");
}

/* One line of git's, without the line end; NULL when git fails. */
static char *ask(const char *option, char **environment, const char *const *arguments,
                 struct error *error)
{
    g_autofree char *said = NULL;
    g_autoptr(GError) failure = NULL;
    char *answer = NULL;
    int status;

    if (!g_spawn_sync(NULL, (char **)arguments, environment, G_SPAWN_SEARCH_PATH, NULL, NULL,
                      &answer, &said, &status, &failure)) {
        error_set(error, "%s: git cannot be run: %s", option, failure->message);
        return NULL;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        refuse(option, said, error);
        g_free(answer);
        return NULL;
    }
    if (g_str_has_suffix(answer, "\n"))
        answer[strlen(answer) - 1] = '\0';
    return answer;
}

static GByteArray *read_all(int fd)
{
    GByteArray *bytes = g_byte_array_new();
    guint8 buffer[4096];
    ssize_t got;

    while ((got = read(fd, buffer, sizeof(buffer))) > 0)
        g_byte_array_append(bytes, buffer, (guint)got);
    close(fd);
    return bytes;
}

/* Adds the paths that git lists, each with a NUL behind it, relative to `top`. */
static bool list(struct changed *changed, const char *option, const char *top, char **environment,
                 const char *const *arguments, struct error *error)
{
    g_autoptr(GError) failure = NULL;
    GPid child;
    int output, status;

    if (!g_spawn_async_with_pipes(top, (char **)arguments, environment,
                                  G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                      G_SPAWN_STDERR_TO_DEV_NULL,
                                  NULL, NULL, &child, NULL, &output, NULL, &failure))
        return error_set(error, "%s: git cannot be run: %s", option, failure->message);
    g_autoptr(GByteArray) bytes = read_all(output);
    if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return error_set(error, "%s: git cannot list what differs", option);
    for (const char *at = (const char *)bytes->data, *end = at + bytes->len; at < end;
         at += strlen(at) + 1)
        g_hash_table_add(changed->paths, g_build_filename(top, at, NULL));
    return true;
}

#define DIFF                                                                              \
    GIT, "diff", "--name-only", "-z", "--no-ext-diff", "--no-renames", "--diff-filter=d", \
        "--ignore-submodules=dirty"

static bool list_staged(struct changed *changed, const char *top, char **environment,
                        struct error *error)
{
    return list(changed, "--staged", top, environment,
                (const char *[]){DIFF, "--cached", "--", NULL}, error);
}

/* Since the commit where the work began: what others did to REF in the meantime is not ours. */
static char *find_base(const char *ref, char **environment, struct error *error)
{
    g_autofree char *commit_name = g_strconcat(ref, "^{commit}", NULL);
    struct error none = {0};
    char *commit = ask("--since", environment,
                       (const char *[]){GIT, "rev-parse", "--verify", "--quiet", "--end-of-options",
                                        commit_name, NULL},
                       &none);

    if (!commit) {
        error_clear(&none);
        error_set(error, "--since: not a commit: \"%s\"", ref);
        return NULL;
    }
    char *base = ask("--since", environment,
                     (const char *[]){GIT, "merge-base", commit, "HEAD", "--", NULL}, &none);
    error_clear(&none);
    if (!base)
        return commit;
    g_free(commit);
    return base;
}

static bool list_since(struct changed *changed, const char *top, const char *ref,
                       char **environment, struct error *error)
{
    g_autofree char *base = find_base(ref, environment, error);

    return base &&
           list(changed, "--since", top, environment, (const char *[]){DIFF, base, "--", NULL},
                error) &&
           list(changed, "--since", top, environment,
                (const char *[]){GIT, "ls-files", "-z", "--others", "--exclude-standard", "--",
                                 NULL},
                error);
}

bool changed_init(struct changed *changed, const struct options *options, struct error *error)
{
    const char *option = options->staged ? "--staged" : "--since";

    changed->paths = NULL;
    if (!options->staged && !options->since)
        return true;
    g_auto(GStrv) environment = quiet_environment();
    g_autofree char *top = ask(option, environment,
                               (const char *[]){GIT, "rev-parse", "--show-toplevel", NULL}, error);
    if (!top)
        return false;
    changed->paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return options->staged ? list_staged(changed, top, environment, error)
                           : list_since(changed, top, options->since, environment, error);
}

void changed_finish(struct changed *changed)
{
    g_clear_pointer(&changed->paths, g_hash_table_unref);
}

static bool has_real(const struct changed *changed, const char *path)
{
    char *real = realpath(path, NULL);
    bool has = real && g_hash_table_contains(changed->paths, real);

    free(real);
    return has;
}

/* The file itself, and when it is a link also what it leads to; git lists both. */
static bool has_file(const struct changed *changed, const char *file)
{
    g_autofree char *directory = g_path_get_dirname(file);
    g_autofree char *name = g_path_get_basename(file);
    char *real = realpath(directory, NULL);
    g_autofree char *path = real ? g_build_filename(real, name, NULL) : NULL;

    free(real);
    return (path && g_hash_table_contains(changed->paths, path)) || has_real(changed, file);
}

bool changed_has(const struct changed *changed, const struct script *script)
{
    return !changed->paths || has_file(changed, script->path);
}

/* A line of a script may come from a file that it includes. */
static bool has_place(const struct changed *changed, const struct script *script, struct span span)
{
    if (changed_has(changed, script))
        return true;
    return script->origins &&
           has_file(changed, script->origins[script_line_number(script, span.start) - 1].path);
}

bool changed_concerns(const struct changed *changed, const struct finding *finding)
{
    if (has_place(changed, finding->script, finding->span))
        return true;
    for (const struct related *related = finding->related; related; related = related->next) {
        if (has_place(changed, related->script, related->span))
            return true;
    }
    return false;
}
