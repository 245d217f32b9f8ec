#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "support/check.h"

enum {
    START_SECONDS = 60,
};

static int by_number(gconstpointer a, gconstpointer b)
{
    return atoi(*(char *const *)a) - atoi(*(char *const *)b);
}

GPtrArray *server_installations(void)
{
    static const char root[] = "/usr/lib/postgresql";
    const char *chosen = g_getenv("ISOLINT_SERVER");
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = chosen ? NULL : g_dir_open(root, 0, NULL);
    const char *name;

    if (chosen)
        g_ptr_array_add(found, g_strdup(chosen));
    while (dir && (name = g_dir_read_name(dir)))
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, by_number);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *bin = g_build_filename(root, names->pdata[i], "bin", NULL);
        g_autofree char *initdb = g_build_filename(bin, "initdb", NULL);
        g_autofree char *postgres = g_build_filename(bin, "postgres", NULL);
        if (g_file_test(initdb, G_FILE_TEST_IS_EXECUTABLE) &&
            g_file_test(postgres, G_FILE_TEST_IS_EXECUTABLE))
            g_ptr_array_add(found, g_steal_pointer(&bin));
    }
    if (dir)
        g_dir_close(dir);
    g_ptr_array_unref(names);
    return found;
}

/* ------------------------------------------------------------------ the keeper */

/* Everything from here to keep() runs in the keeper: nothing of the test's state is touched, and
 * the way out is _exit. */

static void become_unprivileged(const struct passwd *user)
{
    if (!user)
        return;
    if (initgroups(user->pw_name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
        setuid(user->pw_uid) != 0)
        _exit(1);
}

static pid_t spawn(const char *const *argv)
{
    pid_t child = fork();

    if (child == 0) {
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    return child;
}

static bool run_program(const char *const *argv)
{
    int status = 1;

    return waitpid(spawn(argv), &status, 0) > 0 && status == 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status, (void)kind, (void)at;
    return remove(path);
}

static void print_log(int out)
{
    char text[4096];
    ssize_t length;
    int log = open("log", O_RDONLY);

    while (log >= 0 && (length = read(log, text, sizeof text)) > 0) {
        if (write(out, text, (size_t)length) != length)
            break;
    }
}

/* Returns when the test has let go, false when the server has died before. */
static bool watch(pid_t postmaster, int lifeline)
{
    struct pollfd end = {.fd = lifeline, .events = POLLIN};

    for (;;) {
        if (waitpid(postmaster, NULL, WNOHANG) != 0)
            return false;
        if (poll(&end, 1, 100) > 0)
            return true;
    }
}

static noreturn void keep(const struct server *server, const struct passwd *user, int lifeline,
                          const char *const *make, const char *const *start)
{
    int messages, log;
    bool well;

    setsid(); /* a terminal's Ctrl-C is for the test alone */
    become_unprivileged(user);
    if (chdir(server->directory) != 0)
        _exit(1);
    messages = dup(STDERR_FILENO);
    fcntl(messages, F_SETFD, FD_CLOEXEC);
    log = open("log", O_CREAT | O_WRONLY | O_APPEND, 0600);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    fcntl(lifeline, F_SETFD, FD_CLOEXEC);
    well = run_program(make);
    if (well) {
        pid_t postmaster = spawn(start);
        well = watch(postmaster, lifeline);
        if (well) {
            kill(postmaster, SIGQUIT); /* immediate shutdown */
            waitpid(postmaster, NULL, 0);
        }
    }
    if (!well)
        print_log(messages);
    if (chdir("/") == 0)
        nftw(server->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    _exit(!well);
}

/* ------------------------------------------------------------------ the test */

/* Whom the server runs as: root may not. NULL: whoever runs the test. */
static const struct passwd *server_user(void)
{
    const struct passwd *user;

    if (geteuid() != 0)
        return NULL;
    user = getpwnam("postgres");
    return user ? user : getpwnam("nobody");
}

static bool keeper_is_gone(const struct server *server)
{
    struct pollfd end = {.fd = server->lifeline, .events = POLLIN};

    return poll(&end, 1, 0) > 0;
}

static void wait_until_ready(const struct server *server)
{
    g_autofree char *address = server_address(server);
    gint64 deadline = g_get_monotonic_time() + START_SECONDS * G_USEC_PER_SEC;

    while (PQping(address) != PQPING_OK) {
        if (keeper_is_gone(server))
            fail_msg("the server %s did not start; its messages stand above", server->bin);
        if (g_get_monotonic_time() > deadline)
            fail_msg("the server %s does not answer", server->bin);
        g_usleep(10000);
    }
}

/* `make` is the program that makes the cluster, with its arguments. */
static void start(struct server *server, const char *bin, const char *const *make,
                  const char *extra)
{
    const struct passwd *user = server_user();
    g_autofree char *data = g_build_filename(server->directory, "data", NULL);
    g_autofree char *postgres = g_build_filename(bin, "postgres", NULL);
    g_autofree char *port = g_strdup_printf("--port=%u", server->port);
    g_autofree char *sockets = g_strdup_printf("--unix_socket_directories=%s", server->directory);
    const char *arguments[] = {postgres,
                               "-D",
                               data,
                               port,
                               sockets,
                               "--listen_addresses=",
                               "--fsync=off",
                               "--full_page_writes=off",
                               "--autovacuum=off",
                               "--shared_buffers=32MB",
                               "--max_connections=50",
                               "--max_prepared_transactions=10",
                               "--deadlock_timeout=10ms",
                               "--jit=off",
                               extra,
                               NULL};
    int ends[2];

    server->bin = g_strdup(bin);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        fail_msg("socketpair: %s", g_strerror(errno));
    if (user && chown(server->directory, user->pw_uid, user->pw_gid) != 0)
        fail_msg("%s: %s", server->directory, g_strerror(errno));
    server->keeper = fork();
    if (server->keeper < 0)
        fail_msg("fork: %s", g_strerror(errno));
    if (server->keeper == 0) {
        close(ends[0]);
        keep(server, user, ends[1], make, arguments);
    }
    close(ends[1]);
    server->lifeline = ends[0];
    wait_until_ready(server);
}

static void new_directory(struct server *server)
{
    server->directory = g_dir_make_tmp("isolint-server-XXXXXX", NULL);
    if (!server->directory)
        fail_msg("no temporary directory can be made");
}

void server_start(struct server *server, const char *bin)
{
    g_autofree char *initdb = g_build_filename(bin, "initdb", NULL);
    const char *make[] = {initdb,
                          "-D",
                          "data",
                          "--auth=trust",
                          "--username=postgres",
                          "--encoding=UTF8",
                          "--locale=C.UTF-8",
                          "--no-sync",
                          NULL};

    *server = (struct server){.port = 5432};
    new_directory(server);
    start(server, bin, make, NULL);
}

void server_start_standby(struct server *standby, const struct server *primary)
{
    g_autofree char *basebackup = g_build_filename(primary->bin, "pg_basebackup", NULL);
    g_autofree char *address = server_address(primary);
    const char *make[] = {basebackup,          "-d",        address, "-D", "data", "-R",
                          "--checkpoint=fast", "--no-sync", NULL};

    *standby = (struct server){.port = 5433};
    new_directory(standby);
    start(standby, primary->bin, make, "--max_standby_streaming_delay=100ms");
}

void server_stop(struct server *server)
{
    close(server->lifeline);
    waitpid(server->keeper, NULL, 0);
    g_free(server->bin);
    g_free(server->directory);
    *server = (struct server){0};
}

char *server_address(const struct server *server)
{
    return g_strdup_printf("host=%s port=%u user=postgres dbname=postgres", server->directory,
                           server->port);
}
