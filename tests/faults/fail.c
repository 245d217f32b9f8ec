/* Preloaded into isolint: one call of a kind fails, as on a machine that has no more memory, space
 * or descriptors. ISOLINT_FAIL is "malloc 17": the 17th call fails; "malloc 17+": that one and all
 * behind it. ISOLINT_COUNT names a file to which the number of calls is written at the end. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#undef _FILE_OFFSET_BITS /* so that open and open64 are two names */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

static const char *kind = ""; /* that fails */
static unsigned long failing;
static bool ever_after;
static atomic_ulong calls;

__attribute__((constructor)) static void begin(void)
{
    const char *wanted = getenv("ISOLINT_FAIL");
    char *end;

    unsetenv("LD_PRELOAD"); /* what isolint runs is as it is */
    if (!wanted || !strchr(wanted, ' '))
        return;
    failing = strtoul(strchr(wanted, ' '), &end, 10);
    ever_after = *end == '+';
    kind = wanted;
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("ISOLINT_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;

    if (!file)
        return;
    fprintf(file, "%lu\n", atomic_load(&calls));
    fclose(file);
}

/* The function that is stood in for. */
#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

static bool fails(const char *name)
{
    size_t length = strlen(name);

    if (strncmp(kind, name, length) != 0 || kind[length] != ' ')
        return false;
    unsigned long number = atomic_fetch_add(&calls, 1) + 1;
    return number == failing || (ever_after && number > failing);
}

/* Where memory has run out it is out for everybody, also for whoever asks the system. */
static bool has_run_out(void)
{
    return strncmp(kind, "malloc ", 7) == 0 && ever_after && atomic_load(&calls) >= failing;
}

static bool refuse(const char *name, int reason)
{
    if (!fails(name))
        return false;
    errno = reason;
    return true;
}

/* dlsym itself may allocate: glibc's own names lead to the real functions. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    return refuse("malloc", ENOMEM) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return refuse("malloc", ENOMEM) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return refuse("malloc", ENOMEM) ? NULL : __libc_realloc(old, size);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (!has_run_out())
        return REAL(mmap)(at, size, protection, flags, fd, offset);
    errno = ENOMEM;
    return MAP_FAILED;
}

void *mmap64(void *, size_t, int, int, int, off_t) __attribute__((alias("mmap")));

struct dirent *readdir(DIR *directory)
{
    return refuse("readdir", EIO) ? NULL : REAL(readdir)(directory);
}

struct dirent64 *readdir64(DIR *) __attribute__((alias("readdir")));

/* `isolint --watch` waits for a change without a limit when its run is over: that is the end. */
int poll(struct pollfd *all, nfds_t count, int milliseconds)
{
    if (getenv("ISOLINT_WATCH") && milliseconds < 0 && gettid() == getpid()) {
        fflush(NULL);
        end();
        _exit(EXIT_SUCCESS);
    }
    return REAL(poll)(all, count, milliseconds);
}

ssize_t read(int fd, void *buffer, size_t size)
{
    return refuse("read", EIO) ? -1 : REAL(read)(fd, buffer, size);
}

ssize_t write(int fd, const void *buffer, size_t size)
{
    return refuse("write", ENOSPC) ? -1 : REAL(write)(fd, buffer, size);
}

int fflush(FILE *file)
{
    return refuse("fflush", ENOSPC) ? EOF : REAL(fflush)(file);
}

int fclose(FILE *file)
{
    if (!refuse("fclose", ENOSPC))
        return REAL(fclose)(file);
    REAL(fclose)(file);
    errno = ENOSPC;
    return EOF;
}

FILE *fdopen(int fd, const char *mode)
{
    return refuse("fdopen", ENOMEM) ? NULL : REAL(fdopen)(fd, mode);
}

int rename(const char *from, const char *to)
{
    return refuse("rename", EIO) ? -1 : REAL(rename)(from, to);
}

int fsync(int fd)
{
    return refuse("fsync", EIO) ? -1 : REAL(fsync)(fd);
}

int open(const char *path, int flags, ...)
{
    va_list arguments;

    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return refuse("open", EMFILE) ? -1 : REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*run)(void *), void *restrict argument)
{
    int failed = EAGAIN;

    return fails("thread") ? failed : REAL(pthread_create)(thread, attributes, run, argument);
}
