// Counts what a program asks of the C library, for `scripts/cost`: preloaded, it adds to the 64-bit numbers in the file that COST_COUNTERS
// names, in the order of the enumeration. Tests only; nothing of the product knows of it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SYNCS, WRITES, WRITTEN, READS, LOCKS, ALLOCATIONS, ALLOCATED, COUNTERS };

// What is allocated before the file is there is counted here.
static uint64_t early[COUNTERS];
static uint64_t *counters = early;

static void add(int counter, uint64_t amount) { __atomic_fetch_add(&counters[counter], amount, __ATOMIC_RELAXED); }

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("COST_COUNTERS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *memory = mmap(NULL, sizeof early, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory != MAP_FAILED) counters = memory;
}

// The C library's own function of this name.
#define REAL(name) ({ static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name); real; })

int fdatasync(int file) { add(SYNCS, 1); return REAL(fdatasync)(file); }
int fsync(int file) { add(SYNCS, 1); return REAL(fsync)(file); }

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    add(WRITES, 1);
    add(WRITTEN, count);
    return REAL(pwrite64)(file, bytes, count, offset);
}
ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t offset) {
    add(WRITES, 1);
    for (int part = 0; part < count; part++) add(WRITTEN, parts[part].iov_len);
    return REAL(pwritev64)(file, parts, count, offset);
}
ssize_t pread64(int file, void *bytes, size_t count, off64_t offset) {
    add(READS, 1);
    return REAL(pread64)(file, bytes, count, offset);
}

int fcntl64(int file, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (command == F_SETLK || command == F_SETLKW || command == F_GETLK) add(LOCKS, 1);
    return REAL(fcntl64)(file, command, argument);
}

// dlsym allocates, so the allocator is called by the names that glibc has for this.
void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);

static void count_allocation(size_t size) {
    add(ALLOCATIONS, 1);
    add(ALLOCATED, size);
}
void *malloc(size_t size) { count_allocation(size); return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { count_allocation(count * size); return __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { count_allocation(size); return __libc_realloc(old, size); }
void *aligned_alloc(size_t alignment, size_t size) { count_allocation(size); return __libc_memalign(alignment, size); }
int posix_memalign(void **result, size_t alignment, size_t size) {
    count_allocation(size);
    *result = __libc_memalign(alignment, size);
    return *result || !size ? 0 : 12;  // ENOMEM
}
