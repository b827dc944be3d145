// Loaded before libc: counts every call by which a process changes what lies under one folder, and
// makes the one of a given number fail. Python's, SQLite's, DuckDB's and Arrow's calls come by here.
// A call that would change nothing is none (a folder that is there is made), nor is one on SQLite's
// `-shm`, which is memory. The state is a file shared by all processes of an operation;
// tests/bench/faults.py writes it.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { ONCE, FOR_GOOD, KILL, TORN };  // a full disk for one call or all that follow; a power cut

struct state {
    int armed, mode, at, steps, dead;
    char folder[512];
};
static struct state *shared;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("FAULTS_STATE");
    int fd = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *found = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (found != MAP_FAILED) shared = found;
    close(fd);
}

static int inside(const char *path) {
    return path && !strncmp(path, shared->folder, strlen(shared->folder));
}

static int ours_fd(int fd) {
    char name[64], path[1024];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return inside(path) && (length < 4 || strcmp(path + length - 4, "-shm"));
}

static int is_there(int fd, const char *path) {
    struct stat about;
    return !fstatat(fd, path, &about, AT_SYMLINK_NOFOLLOW);
}

static int ours_at(int fd, const char *path) {
    return path && path[0] == '/' ? inside(path) : fd != AT_FDCWD && ours_fd(fd);
}

// Whether this step fails. Whoever takes a step after a power cut ends, whatever process it is.
static int fails(void) {
    if (shared->dead) raise(SIGKILL);
    int step = __sync_add_and_fetch(&shared->steps, 1);
    if (!shared->at || step < shared->at || (step > shared->at && shared->mode != FOR_GOOD)) return 0;
    if (shared->mode == KILL || shared->mode == TORN) {
        shared->dead = 1;
        raise(SIGKILL);
    }
    errno = ENOSPC;
    return 1;
}

#define WATCHED(which) (shared && shared->armed && (which))
#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))
#define STEP(result, name, parameters, which, ...) \
    result name parameters {                       \
        if (WATCHED(which) && fails()) return -1;  \
        return REAL(name)(__VA_ARGS__);            \
    }

STEP(int, fsync, (int fd), ours_fd(fd), fd)
STEP(int, fdatasync, (int fd), ours_fd(fd), fd)
STEP(int, ftruncate, (int fd, off_t n), ours_fd(fd), fd, n)
STEP(int, ftruncate64, (int fd, off64_t n), ours_fd(fd), fd, n)
STEP(int, fallocate, (int fd, int mode, off_t at, off_t n), ours_fd(fd), fd, mode, at, n)
STEP(int, fchmod, (int fd, mode_t mode), ours_fd(fd), fd, mode)
STEP(int, rename, (const char *a, const char *b), inside(a) || inside(b), a, b)
STEP(int, renameat, (int f, const char *a, int g, const char *b), ours_at(f, a), f, a, g, b)
STEP(int, unlink, (const char *path), inside(path) && is_there(AT_FDCWD, path), path)
STEP(int, unlinkat, (int fd, const char *path, int flags), ours_at(fd, path), fd, path, flags)
STEP(int, rmdir, (const char *path), inside(path), path)
STEP(int, mkdir, (const char *path, mode_t mode), inside(path) && !is_there(AT_FDCWD, path), path, mode)
STEP(int, mkdirat, (int fd, const char *path, mode_t mode), ours_at(fd, path), fd, path, mode)
STEP(int, link, (const char *a, const char *b), inside(b), a, b)
STEP(int, linkat, (int f, const char *a, int g, const char *b, int flags), ours_at(g, b), f, a, g, b, flags)
STEP(int, chmod, (const char *path, mode_t mode), inside(path), path, mode)
STEP(int, fchmodat, (int fd, const char *path, mode_t mode, int flags), ours_at(fd, path), fd, path, mode, flags)
STEP(ssize_t, writev, (int fd, const struct iovec *v, int n), ours_fd(fd), fd, v, n)
STEP(ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t at), ours_fd(fd), fd, v, n, at)
STEP(ssize_t, sendfile, (int to, int from, off_t *at, size_t n), ours_fd(to), to, from, at, n)
STEP(ssize_t, sendfile64, (int to, int from, off64_t *at, size_t n), ours_fd(to), to, from, at, n)
STEP(ssize_t, copy_file_range,
     (int from, off64_t *a, int to, off64_t *b, size_t n, unsigned flags),
     ours_fd(to), from, a, to, b, n, flags)

// A torn write: half of it reaches the disk, and then the power is cut.
#define WRITE(name, parameters, half, ...)                                   \
    ssize_t name parameters {                                                \
        if (WATCHED(ours_fd(fd))) {                                          \
            if (shared->mode == TORN && shared->at == shared->steps + 1)     \
                (void)!REAL(name) half;                                      \
            if (fails()) return -1;                                          \
        }                                                                    \
        return REAL(name)(__VA_ARGS__);                                      \
    }

WRITE(write, (int fd, const void *from, size_t n), (fd, from, n / 2), fd, from, n)
WRITE(pwrite, (int fd, const void *from, size_t n, off_t at), (fd, from, n / 2, at), fd, from, n, at)
WRITE(pwrite64, (int fd, const void *from, size_t n, off64_t at), (fd, from, n / 2, at), fd, from, n, at)

#define MAKING(fd, path) (flags & O_TRUNC || (flags & O_CREAT && !is_there(fd, path)))
#define OPEN(name, parameters, which, ...)                             \
    int name parameters {                                              \
        mode_t mode = 0;                                               \
        if (flags & (O_CREAT | O_TMPFILE)) {                           \
            va_list more;                                              \
            va_start(more, flags);                                     \
            mode = va_arg(more, mode_t);                               \
            va_end(more);                                              \
        }                                                              \
        if (flags & (O_CREAT | O_TRUNC) && WATCHED(which) && fails()) return -1;     \
        return REAL(name)(__VA_ARGS__, flags, mode);                   \
    }

OPEN(open, (const char *path, int flags, ...), inside(path) && MAKING(AT_FDCWD, path), path)
OPEN(open64, (const char *path, int flags, ...), inside(path) && MAKING(AT_FDCWD, path), path)
OPEN(openat, (int fd, const char *path, int flags, ...), ours_at(fd, path) && MAKING(fd, path), fd, path)
OPEN(openat64, (int fd, const char *path, int flags, ...), ours_at(fd, path) && MAKING(fd, path), fd, path)
