/// Priority, locked memory and signals of a real-time process.
#include "realtime.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { PRIORITY = 20 };

volatile sig_atomic_t cli_realtime_stop;
volatile sig_atomic_t cli_realtime_is_paused;

static void on_stop(int number) {
  (void)number;
  cli_realtime_stop = 1;
}

static void on_pause(int number) {
  (void)number;
  cli_realtime_is_paused = !cli_realtime_is_paused;
}

void cli_realtime_begin(const char *verb, int wants_priority, int is_quiet) {
  const struct sched_param param = {.sched_priority = PRIORITY};
  struct sigaction stop = {.sa_handler = on_stop}, pause = {.sa_handler = on_pause};
  (void)sigaction(SIGINT, &stop, NULL);
  (void)sigaction(SIGTERM, &stop, NULL);
  (void)sigaction(SIGUSR1, &pause, NULL);
  if (!wants_priority) return;
  const int has_priority = sched_setscheduler(0, SCHED_FIFO, &param) == 0;
  const int priority_errno = errno;
  const int is_locked = mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
  if (!has_priority && !is_quiet)
    fprintf(stderr,
            "packsim %s: ordinary scheduling: SCHED_FIFO is refused (%s); as root, or with "
            "rtprio in limits.conf, it is not\n",
            verb, strerror(priority_errno));
  if (!is_locked && !is_quiet)
    fprintf(stderr, "packsim %s: memory is not locked (%s); memlock in limits.conf allows it\n",
            verb, strerror(errno));
}

unsigned short cli_realtime_session(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const unsigned long mixed =
      ((unsigned long)now.tv_nsec / 1000u + (unsigned long)now.tv_sec * 7919u +
       (unsigned long)getpid() * 40503u) *
      2654435761u;
  const unsigned short session = (unsigned short)(mixed >> 11);
  return session != 0 ? session : 1;
}
