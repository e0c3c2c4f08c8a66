// Sets a program's time of day CLOCK_AHEAD seconds ahead, for `scripts/faults`: preloaded. What waits by the C library's own clocks does not
// notice, as on a machine whose clock was set before the program began. Tests only; nothing of the product knows of it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

// The C library's own function of this name.
#define REAL(name) ({ static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name); real; })

static long ahead;

__attribute__((constructor)) static void begin(void) {
    const char *seconds = getenv("CLOCK_AHEAD");
    ahead = seconds ? atol(seconds) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = REAL(clock_gettime)(clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += ahead;
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    int result = REAL(gettimeofday)(time, zone);
    if (result == 0) time->tv_sec += ahead;
    return result;
}

time_t time(time_t *place) {
    time_t now = REAL(time)(NULL) + ahead;
    if (place) *place = now;
    return now;
}
