/* How long commands take beside each other: in each round every command runs once, one after the
 * other, so that whatever else the machine does weighs on all of them; the median of the rounds
 * counts. Only ratios are told from one machine to another.
 *
 * Usage: measure ROUNDS NAME COMMAND [NAME COMMAND]…
 * A line each: its median CPU and wall milliseconds, its peak memory in MB, and both times as
 * multiples of the first command's. A command that a signal or a timeout of 300 s ends is told. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

struct command {
    const char *name, *text;
    double *cpu, *wall;
    long memory; /* KB */
    bool ended;  /* by a signal */
};

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void measure(struct command *command, unsigned round)
{
    g_autofree char *text = g_strdup_printf("exec %s", command->text);
    gint64 before = g_get_monotonic_time();
    struct rusage usage;
    int status;
    pid_t child = fork();

    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        setrlimit(RLIMIT_CPU, &(struct rlimit){300, 300});
        execl("/bin/sh", "sh", "-c", text, (char *)NULL);
        _exit(127);
    }
    wait4(child, &status, 0, &usage);
    command->wall[round] = (double)(g_get_monotonic_time() - before) / 1e6;
    command->cpu[round] = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    command->memory = MAX(command->memory, usage.ru_maxrss);
    command->ended |= WIFSIGNALED(status) || WEXITSTATUS(status) == 127;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *times, unsigned count)
{
    qsort(times, count, sizeof *times, compare);
    return times[count / 2];
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 3 ? (unsigned)atoi(argv[1]) : 0, count = (unsigned)(argc - 2) / 2;
    g_autofree struct command *commands = g_new0(struct command, MAX(count, 1));

    if (rounds == 0 || argc % 2) {
        fputs("usage: measure ROUNDS NAME COMMAND [NAME COMMAND]…\n", stderr);
        return 2;
    }
    for (unsigned i = 0; i < count; i++)
        commands[i] = (struct command){.name = argv[2 + 2 * i],
                                       .text = argv[3 + 2 * i],
                                       .cpu = g_new(double, rounds),
                                       .wall = g_new(double, rounds)};
    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < count; i++)
            measure(&commands[i], round);
    }
    printf("%-34s %9s %9s %8s %6s %6s\n", "", "CPU ms", "wall ms", "peak MB", "CPU", "wall");
    double first_cpu = 0, first_wall = 0;
    for (unsigned i = 0; i < count; i++) {
        double cpu = median(commands[i].cpu, rounds), wall = median(commands[i].wall, rounds);
        if (i == 0) {
            first_cpu = MAX(cpu, 1e-6);
            first_wall = MAX(wall, 1e-6);
        }
        printf("%-34s %9.1f %9.1f %8.1f %5.2fx %5.2fx%s\n", commands[i].name, cpu * 1e3, wall * 1e3,
               (double)commands[i].memory / 1024, cpu / first_cpu, wall / first_wall,
               commands[i].ended ? "  ended early" : "");
        g_free(commands[i].cpu);
        g_free(commands[i].wall);
    }
    return 0;
}
