#include "cli/changed.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output/trouble.h"

/* A repository's configuration names programs that git runs: a monitor of the file system, hooks,
 * filters of contents, helpers of transports. Whoever lints a repository has not agreed to run
 * them: this follows "git" in every call, and filters are emptied in its environment. */
#define GIT                                                                      \
    "git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", \
        "protocol.allow=never"

/* Of one run: what it asks git with. */
struct asking {
    struct changed *changed;
    const char *option;
    char **environment;
    bool quiet;
};

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

/* The line of what git wrote to standard error that says why it ended, or the first one. */
static bool refuse(const char *option, const char *said, struct error *error)
{
    const char *fatal = strstr(said, "fatal: ");
    g_auto(GStrv) lines = g_strsplit(fatal ? fatal : said, "\n", 2);

    return error_set(error, "%s: git: %s", option, lines[0] && *lines[0] ? lines[0] : "failed");
}

/* One line of git's, without the line end; NULL when git fails. `top`: where it is run, or NULL. */
static char *ask(const char *option, char **environment, const char *top,
                 const char *const *arguments, struct error *error)
{
    g_autofree char *said = NULL;
    g_autoptr(GError) failure = NULL;
    char *answer = NULL;
    int status;

    if (!g_spawn_sync(top, (char **)arguments, environment, G_SPAWN_SEARCH_PATH, NULL, NULL,
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

/* What git lists, each with a NUL behind it; NULL when it fails. */
static GByteArray *list(const struct asking *asking, const char *top, const char *const *arguments,
                        struct error *error)
{
    g_autoptr(GError) failure = NULL;
    GPid child;
    int output, status;

    if (!g_spawn_async_with_pipes(top, (char **)arguments, asking->environment,
                                  G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                      G_SPAWN_STDERR_TO_DEV_NULL,
                                  NULL, NULL, &child, NULL, &output, NULL, &failure)) {
        error_set(error, "%s: git cannot be run: %s", asking->option, failure->message);
        return NULL;
    }
    GByteArray *bytes = read_all(output);
    if (waitpid(child, &status, 0) >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        g_byte_array_append(bytes, (const guint8 *)"", 1);
        return bytes;
    }
    g_byte_array_unref(bytes);
    g_free(
        ask(asking->option, asking->environment, top, arguments, error)); /* what git says of it */
    if (!error->message)
        error_set(error, "%s: git cannot list what differs", asking->option);
    return NULL;
}

/* Adds the paths that git lists, relative to `top`. */
static bool add_paths(const struct asking *asking, const char *top, const char *const *arguments,
                      struct error *error)
{
    g_autoptr(GByteArray) bytes = list(asking, top, arguments, error);

    for (const char *at = bytes ? (const char *)bytes->data : ""; *at; at += strlen(at) + 1)
        g_hash_table_add(asking->changed->paths, g_build_filename(top, at, NULL));
    return bytes != NULL;
}

/* ------------------------------------------------------------------ submodules */

#define DIFF                                                                                       \
    GIT, "diff", "--raw", "--no-abbrev", "-z", "--no-ext-diff", "--no-renames", "--diff-filter=d", \
        "--ignore-submodules=dirty"

static bool add_differences(const struct asking *asking, const char *top,
                            const char *const *arguments, struct error *error);

/* What the environment says of this repository is not so of another one below it. */
static char **elsewhere(char **environment)
{
    static const char *const names[] = {"GIT_DIR",
                                        "GIT_WORK_TREE",
                                        "GIT_INDEX_FILE",
                                        "GIT_PREFIX",
                                        "GIT_OBJECT_DIRECTORY",
                                        "GIT_COMMON_DIR",
                                        "GIT_NAMESPACE",
                                        "GIT_ALTERNATE_OBJECT_DIRECTORIES"};
    char **copy = g_strdupv(environment);

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        copy = g_environ_unsetenv(copy, names[i]);
    return copy;
}

static bool is_none(const char *commit)
{
    return strspn(commit, "0") == strlen(commit);
}

/* A submodule is a commit of another repository: the files that differ between two of its commits
 * differ here, when they are there. `to` of none is what is checked out. */
static void add_submodule(const struct asking *above, const char *top, const char *name,
                          const char *from, const char *to)
{
    g_autofree char *path = g_build_filename(top, name, NULL);
    g_autofree char *repository = g_build_filename(path, ".git", NULL);
    g_auto(GStrv) environment = elsewhere(above->environment);
    const struct asking asking = {above->changed, above->option, environment, above->quiet};
    struct error none = {0};
    const char *how = "what differs in it counts as changed";

    if (is_none(to))
        to = "HEAD";
    if (!g_file_test(repository, G_FILE_TEST_EXISTS))
        how = "it is not checked out, so its files do not count as changed";
    else if (is_none(from) ||
             !add_differences(&asking, path, (const char *[]){DIFF, from, to, "--", NULL}, &none))
        how = add_paths(&asking, path,
                        (const char *[]){GIT, "ls-tree", "-r", "-z", "--name-only", "HEAD", NULL},
                        &none)
                  ? "all of its files count as changed"
                  : "git cannot list its files, so they do not count as changed";
    error_clear(&none);
    g_autofree char *message =
        g_strdup_printf("%s: %s: a submodule at another commit; %s", above->option, name, how);
    if (!above->quiet)
        say(message);
}

/* ":MODE MODE OBJECT OBJECT STATUS", then the path, each with a NUL behind it (git-diff(1), "RAW
 * OUTPUT FORMAT"). */
static bool add_differences(const struct asking *asking, const char *top,
                            const char *const *arguments, struct error *error)
{
    g_autoptr(GByteArray) bytes = list(asking, top, arguments, error);
    const char *at = bytes ? (const char *)bytes->data : "";

    while (*at) {
        g_auto(GStrv) words = g_strsplit(at, " ", 5);
        at += strlen(at) + 1;
        if (g_strv_length(words) == 5 && strcmp(words[1], "160000") == 0)
            add_submodule(asking, top, at, words[2], words[3]);
        g_hash_table_add(asking->changed->paths, g_build_filename(top, at, NULL));
        if (*at)
            at += strlen(at) + 1;
    }
    return bytes != NULL;
}

/* ------------------------------------------------------------------ the files that differ */

/* The index ends with a checksum of what comes before it, or with zeros (gitformat-index(5)), at which git
 * looks in fsck alone: of one that was cut off it lists other files, and says nothing. */
static bool is_whole(const char *bytes, size_t size)
{
    static const GChecksumType types[] = {G_CHECKSUM_SHA1, G_CHECKSUM_SHA256};
    static const guint8 zeros[32];

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        guint8 digest[32];
        gsize length = sizeof digest, wanted = (gsize)g_checksum_type_get_length(types[i]);
        if (size < wanted)
            continue;
        g_autoptr(GChecksum) checksum = g_checksum_new(types[i]);
        g_checksum_update(checksum, (const guchar *)bytes, (gssize)(size - wanted));
        g_checksum_get_digest(checksum, digest, &length);
        if (memcmp(bytes + size - wanted, digest, wanted) == 0 ||
            memcmp(bytes + size - wanted, zeros, wanted) == 0)
            return true;
    }
    return false;
}

static bool check_index(const struct asking *asking, const char *top, struct error *error)
{
    g_autofree char *named =
        ask(asking->option, asking->environment, top,
            (const char *[]){GIT, "rev-parse", "--git-path", "index", NULL}, error);
    g_autofree char *path = named ? g_canonicalize_filename(named, top) : NULL;
    g_autofree char *bytes = NULL;
    gsize size;

    if (!path || !g_file_get_contents(path, &bytes, &size, NULL) || is_whole(bytes, size))
        return !error->message; /* without one nothing is staged */
    return error_set(error,
                     "%s: %s: the index of git is damaged; git read-tree HEAD makes a new one",
                     asking->option, path);
}

static bool list_staged(const struct asking *asking, const char *top, struct error *error)
{
    return add_differences(asking, top, (const char *[]){DIFF, "--cached", "--", NULL}, error) &&
           check_index(asking, top, error);
}

/* Since the commit where the work began: what others did to REF in the meantime is not ours. */
static char *find_base(const char *ref, char **environment, struct error *error)
{
    g_autofree char *commit_name = g_strconcat(ref, "^{commit}", NULL);
    struct error none = {0};
    char *commit = ask("--since", environment, NULL,
                       (const char *[]){GIT, "rev-parse", "--verify", "--quiet", "--end-of-options",
                                        commit_name, NULL},
                       &none);

    if (!commit) {
        error_clear(&none);
        error_set(error, "--since: not a commit: \"%s\"", ref);
        return NULL;
    }
    char *base = ask("--since", environment, NULL,
                     (const char *[]){GIT, "merge-base", commit, "HEAD", "--", NULL}, &none);
    error_clear(&none);
    if (!base)
        return commit;
    g_free(commit);
    return base;
}

static bool list_since(const struct asking *asking, const char *top, const char *ref,
                       struct error *error)
{
    g_autofree char *base = find_base(ref, asking->environment, error);

    return base && add_differences(asking, top, (const char *[]){DIFF, base, "--", NULL}, error) &&
           add_paths(asking, top,
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
    const struct asking asking = {changed, option, environment, options->quiet};
    g_autofree char *top = ask(option, environment, NULL,
                               (const char *[]){GIT, "rev-parse", "--show-toplevel", NULL}, error);
    if (!top)
        return false;
    changed->paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return options->staged ? list_staged(&asking, top, error)
                           : list_since(&asking, top, options->since, error);
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
