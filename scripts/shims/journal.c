// Writes down all that a program does to the files of one folder, and what it says meanwhile, for `scripts/power-cut`. Preloaded; tests only.
//
// POWER_FOLDER   the folder, an absolute path without links
// POWER_JOURNAL  where it is written down, record after record, in the order in which it happened
// POWER_SWALLOW  a file of the folder whose syncs are said to be done and are not: the test of the test
// POWER_FAIL     SEED:N, one sync of N, as the seed has it, fails with EIO and is not done
// POWER_WHEN     a file: there is nothing of both before it is there
//
// A record is its head, the name and the payload. One lock keeps the order true: an operation and its record are one step. A sync has
// two records, one as it begins and one when it is over, for what is written meanwhile may be left out by it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

// The C library's own function of this name.
#define REAL(name) ({ static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name); real; })

enum { FILES = 4096 };

struct head {
    uint8_t kind;
    uint8_t unused;
    uint16_t name;     // bytes
    uint32_t payload;  // bytes
    uint64_t file;     // its inode
    uint64_t number;   // an offset, a length, a sync
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[4096];
static size_t folder_length;
static int journal = -1;
static const char *swallowed, *when;
static uint64_t fail_state, fail_each;
// By descriptor: the inode of a file of the folder, else 0, and its name.
static uint64_t inodes[FILES];
static char *names[FILES];

static void stop(const char *what) {
    dprintf(2, "journal.c: %s: %s\n", what, strerror(errno));
    abort();
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("POWER_FOLDER"), *file = getenv("POWER_JOURNAL"), *fail = getenv("POWER_FAIL");
    if (!path || !file) return;
    swallowed = getenv("POWER_SWALLOW");
    when = getenv("POWER_WHEN");
    if (fail && sscanf(fail, "%lu:%lu", &fail_state, &fail_each) != 2) stop("POWER_FAIL");
    folder_length = strlen(path);
    if (folder_length >= sizeof folder) stop("POWER_FOLDER");
    strcpy(folder, path);
    int opened = REAL(open64)(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    // Out of the way of the program's own numbers.
    journal = opened < 0 ? -1 : fcntl(opened, F_DUPFD_CLOEXEC, FILES);
    if (journal < 0) stop(file);
    REAL(close)(opened);
    // For programs that it starts: their writes would not be in order with its own.
    unsetenv("LD_PRELOAD");
}

// The name within the folder; NULL for what is elsewhere, "" for the folder itself.
static const char *within(const char *path) {
    if (journal < 0 || !path || strncmp(path, folder, folder_length)) return NULL;
    if (!path[folder_length]) return path + folder_length;
    return path[folder_length] == '/' ? path + folder_length + 1 : NULL;
}

static uint64_t tracked(int file) { return file >= 0 && file < FILES ? inodes[file] : 0; }

static void note_parts(char kind, uint64_t file, uint64_t number, const char *name, const struct iovec *parts, int count) {
    size_t payload = 0, length = name ? strlen(name) : 0;
    struct iovec all[2 + 64];
    if (count > 64) stop("too many parts");
    for (int part = 0; part < count; part++) payload += (all[2 + part] = parts[part]).iov_len;
    struct head head = {kind, 0, length, payload, file, number};
    all[0] = (struct iovec){&head, sizeof head};
    all[1] = (struct iovec){(void *)(name ? name : ""), length};
    if (REAL(writev)(journal, all, 2 + count) != (ssize_t)(sizeof head + length + payload)) stop("the journal");
}

static void note(char kind, uint64_t file, uint64_t number, const char *name) { note_parts(kind, file, number, name, NULL, 0); }

static void note_bytes(char kind, uint64_t file, uint64_t number, const void *bytes, size_t count) {
    struct iovec part = {(void *)bytes, count};
    note_parts(kind, file, number, NULL, &part, 1);
}

// Files

static int opened(int file, const char *name, int was_there, int flags) {
    struct stat found;
    if (file < 0 || fstat(file, &found)) return file;
    if (file >= FILES) stop("too many open files");
    inodes[file] = found.st_ino;
    free(names[file]);
    names[file] = strdup(name);
    if (!was_there) note('C', found.st_ino, 0, name);
    else if (flags & O_TRUNC) note('T', found.st_ino, 0, NULL);
    return file;
}

#define OPEN(function, ...)                                              \
    mode_t mode = 0;                                                     \
    if (flags & (O_CREAT | O_TMPFILE)) {                                 \
        va_list arguments;                                               \
        va_start(arguments, flags);                                      \
        mode = va_arg(arguments, mode_t);                                \
        va_end(arguments);                                               \
    }                                                                    \
    const char *name = within(path);                                     \
    if (!name) return REAL(function)(__VA_ARGS__, flags, mode);          \
    pthread_mutex_lock(&lock);                                           \
    int was_there = !access(path, F_OK);                                 \
    int file = REAL(function)(__VA_ARGS__, flags, mode);                 \
    int error = errno;                                                   \
    opened(file, name, was_there, flags);                                \
    pthread_mutex_unlock(&lock);                                         \
    errno = error;                                                       \
    return file;

int open64(const char *path, int flags, ...) { OPEN(open64, path) }
int open(const char *path, int flags, ...) { OPEN(open, path) }
int openat(int at, const char *path, int flags, ...) { OPEN(openat, at, path) }
int openat64(int at, const char *path, int flags, ...) { OPEN(openat64, at, path) }

int mknod(const char *path, mode_t mode, dev_t device) {
    const char *name = within(path);
    if (!name) return REAL(mknod)(path, mode, device);
    pthread_mutex_lock(&lock);
    struct stat made;
    int result = REAL(mknod)(path, mode, device), error = errno;
    if (!result && !stat(path, &made)) note('C', made.st_ino, 0, name);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int close(int file) {
    if (tracked(file)) {
        pthread_mutex_lock(&lock);
        inodes[file] = 0;
        pthread_mutex_unlock(&lock);
    }
    return REAL(close)(file);
}

// What was written of `count` bytes goes into the journal; so does the place of what has none of its own.
static ssize_t wrote(uint64_t inode, ssize_t done, const void *bytes, off64_t offset) {
    int error = errno;
    if (done > 0) note_bytes('W', inode, offset, bytes, done);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    if (!tracked(file)) return REAL(pwrite64)(file, bytes, count, offset);
    pthread_mutex_lock(&lock);
    return wrote(inodes[file], REAL(pwrite64)(file, bytes, count, offset), bytes, offset);
}
ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) { return pwrite64(file, bytes, count, offset); }

// Something that leaves the program: an answer that it was done, or a line on standard error.
static int is_answer(const struct iovec *parts, int count) {
    return journal >= 0 && count > 0 && parts[0].iov_len > 12 && !memcmp(parts[0].iov_base, "HTTP/1.1 20", 11);
}
static void said(char kind, const struct iovec *parts, int count) {
    pthread_mutex_lock(&lock);
    note_parts(kind, 0, 0, NULL, parts, count);
    pthread_mutex_unlock(&lock);
}

ssize_t write(int file, const void *bytes, size_t count) {
    struct iovec part = {(void *)bytes, count};
    if (!tracked(file)) {
        if (file == 2 && journal >= 0) said('O', &part, 1);
        else if (is_answer(&part, 1)) said('A', &part, 1);
        return REAL(write)(file, bytes, count);
    }
    pthread_mutex_lock(&lock);
    off64_t offset = lseek64(file, 0, fcntl(file, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    return wrote(inodes[file], REAL(write)(file, bytes, count), bytes, offset);
}
ssize_t writev(int file, const struct iovec *parts, int count) {
    if (tracked(file)) stop("writev to a file of the folder");
    if (file == 2 && journal >= 0) said('O', parts, count);
    else if (is_answer(parts, count)) said('A', parts, count);
    return REAL(writev)(file, parts, count);
}
ssize_t send(int socket, const void *bytes, size_t count, int flags) {
    struct iovec part = {(void *)bytes, count};
    if (is_answer(&part, 1)) said('A', &part, 1);
    return REAL(send)(socket, bytes, count, flags);
}
ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
    if (is_answer(message->msg_iov, message->msg_iovlen)) said('A', message->msg_iov, message->msg_iovlen);
    return REAL(sendmsg)(socket, message, flags);
}

int ftruncate64(int file, off64_t length) {
    if (!tracked(file)) return REAL(ftruncate64)(file, length);
    pthread_mutex_lock(&lock);
    int result = REAL(ftruncate64)(file, length), error = errno;
    if (!result) note('T', inodes[file], length, NULL);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

int fallocate64(int file, int mode, off64_t offset, off64_t count) {
    if (tracked(file)) stop("fallocate in the folder");
    return REAL(fallocate64)(file, mode, offset, count);
}

// Syncs

static int is_time(void) {
    static int has_come;
    return has_come || !when || (has_come = !access(when, F_OK));
}

// xorshift64
static int fails(void) {
    if (!fail_each || !is_time()) return 0;
    fail_state ^= fail_state << 13;
    fail_state ^= fail_state >> 7;
    fail_state ^= fail_state << 17;
    return fail_state % fail_each == 0;
}

static int synced(int file, int (*real)(int)) {
    uint64_t inode = tracked(file);
    if (!inode) return real(file);
    static uint64_t numbers;
    pthread_mutex_lock(&lock);
    if (swallowed && names[file] && !strcmp(names[file], swallowed) && is_time()) {
        pthread_mutex_unlock(&lock);
        return 0;
    }
    uint64_t number = ++numbers;
    int failing = fails();
    note('B', inode, number, NULL);
    pthread_mutex_unlock(&lock);
    int result = failing ? -1 : real(file), error = failing ? EIO : errno;
    pthread_mutex_lock(&lock);
    note(result ? 'F' : 'E', inode, number, NULL);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
int fdatasync(int file) { return synced(file, REAL(fdatasync)); }
int fsync(int file) { return synced(file, REAL(fsync)); }

// Names

static int renamed(int result, const char *old, const char *new) {
    int error = errno;
    if (!result) {
        struct iovec part = {(void *)new, strlen(new)};
        note_parts('R', 0, 0, old, &part, 1);
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
int rename(const char *old, const char *new) {
    const char *from = within(old), *to = within(new);
    if (!from && !to) return REAL(rename)(old, new);
    if (!from || !to) stop("a rename into or out of the folder");
    pthread_mutex_lock(&lock);
    return renamed(REAL(rename)(old, new), from, to);
}
int renameat(int at, const char *old, int to, const char *new) {
    if (within(old) || within(new)) return rename(old, new);
    return REAL(renameat)(at, old, to, new);
}

static int unlinked(const char *path) {
    const char *name = within(path);
    pthread_mutex_lock(&lock);
    int result = REAL(unlink)(path), error = errno;
    if (!result) note('U', 0, 0, name);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
int unlink(const char *path) { return within(path) ? unlinked(path) : REAL(unlink)(path); }
int unlinkat(int at, const char *path, int flags) {
    return within(path) && !flags ? unlinked(path) : REAL(unlinkat)(at, path, flags);
}
int remove(const char *path) { return within(path) ? unlinked(path) : REAL(remove)(path); }

int link(const char *old, const char *new) {
    if (within(old) || within(new)) stop("a link in the folder");
    return REAL(link)(old, new);
}
