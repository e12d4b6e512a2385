/// The ECU process: a bus, a clock and a file around the pure state machine of the bus cut.
#define _GNU_SOURCE /* ppoll NOLINT(bugprone-reserved-identifier) */
#include "ecu_bus.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scenarios/serve.h"
#include "../sim/can/bus.h"
#include "../sim/cut_ecu.h"
#include "cli.h"
#include "realtime.h"

enum { EMPTY = 0xFF, MILLION = 1000000 };
enum {
  SEND_MAX = 16,
  LOOK_us = 10000, /* so often the bus is looked at, whatever its descriptors say */
  PENDING_us = 1000
};

static bus_t bus;
static cut_ecu_t ecu;

/* --- the memory's file ----------------------------------------------------------------------- */

/// Shared with the file, so that what was written outlives this process however it ends. NULL after
/// one line on stderr.
static uint8_t *map_memory(const char *path) {
  uint8_t empty[BMS_NVM_BYTES];
  struct stat file;
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0 || fstat(fd, &file) != 0) {
    (void)cli_usage("ecu", "%s: cannot be opened: %s", path, strerror(errno));
    return NULL;
  }
  if (fcntl(fd, F_SETLK, &lock) != 0) {
    (void)cli_usage("ecu", "%s: another process has it, allowed one ECU for a file", path);
    close(fd);
    return NULL;
  }
  memset(empty, EMPTY, sizeof empty);
  const int is_new = file.st_size == 0;
  if (is_new && write(fd, empty, sizeof empty) != (ssize_t)sizeof empty) {
    (void)cli_usage("ecu", "%s: cannot be written: %s", path, strerror(errno));
    close(fd);
    return NULL;
  }
  if (!is_new && file.st_size != BMS_NVM_BYTES) {
    (void)cli_usage("ecu", "%s: %lld bytes, allowed the %d of an ECU's memory", path,
                    (long long)file.st_size, BMS_NVM_BYTES);
    close(fd);
    return NULL;
  }
  void *memory = mmap(NULL, BMS_NVM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory != MAP_FAILED) return memory; /* fd stays open: it holds the lock */
  (void)cli_usage("ecu", "%s: cannot be mapped: %s", path, strerror(errno));
  close(fd);
  return NULL;
}

static void keep_memory(uint8_t *memory) {
  if (memory == NULL || memcmp(memory, cut_ecu_nvm(&ecu), BMS_NVM_BYTES) == 0) return;
  memcpy(memory, cut_ecu_nvm(&ecu), BMS_NVM_BYTES);
}

/* --- the loop -------------------------------------------------------------------------------- */

static void say(void *user, const char *text) {
  (void)user;
  fprintf(stderr, "packsim ecu: %s\n", text);
}

static void nothing(void *user, const char *text) {
  (void)user;
  (void)text;
}

/// Until a frame arrives or wall time is reached. 1 iff something may have arrived.
static int wait_until(uint64_t wall_us) {
  struct pollfd set[BUS_POLL_MAX];
  const uint64_t now_us = serve_clock_us();
  uint64_t left_us = wall_us > now_us ? wall_us - now_us : 0;
  if (bus_pending(&bus) > 0 && left_us > PENDING_us) left_us = PENDING_us;
  const struct timespec left = {.tv_sec = (time_t)(left_us / MILLION),
                                .tv_nsec = (long)(left_us % MILLION * 1000u)};
  return ppoll(set, bus_poll_set(&bus, set), &left, NULL) > 0;
}

/// How many there were.
static uint32_t take_frames(uint64_t wall_us) {
  uint32_t count = 0;
  for (bus_rx_t rx; bus_recv(&bus, wall_us, &rx) == BUS_OK; count++)
    cut_ecu_take(&ecu, wall_us, &rx.frame);
  const bus_state_t state = bus_stats(&bus).state;
  ecu.tx_waiting = bus_waiting(&bus);
  ecu.bus_state = state == BUS_STATE_BUS_OFF ? 2 : state == BUS_STATE_PASSIVE ? 1 : 0;
  return count;
}

/// How many there were.
static uint32_t send_frames(uint64_t wall_us) {
  can_frame_t frame[SEND_MAX];
  uint32_t sum = 0;
  for (uint32_t count = SEND_MAX; count == SEND_MAX; sum += count) {
    for (count = 0; count < SEND_MAX && cut_ecu_next_frame(&ecu, &frame[count]);) count++;
    (void)bus_send_all(&bus, wall_us, frame, count);
  }
  return sum;
}

static void loop(uint8_t *memory) {
  uint64_t looked_us = 0;
  for (int has_news = 1; !cli_realtime_stop;) {
    const uint64_t wall_us = serve_clock_us();
    if (has_news || wall_us >= looked_us + LOOK_us || bus_pending(&bus) > 0) {
      (void)take_frames(wall_us);
      looked_us = wall_us;
    }
    const uint64_t next_us = cut_ecu_run(&ecu, wall_us);
    keep_memory(memory); /* before anybody hears of it */
    /* own frames come back on some buses: fetched now they wake nobody */
    has_news = send_frames(wall_us) > 0 && take_frames(wall_us) > 0;
    if (!has_news) has_news = wait_until(next_us);
  }
}

static void tell(void) {
  const cut_ecu_stats_t *stats = &ecu.stats;
  fprintf(stderr,
          "packsim ecu: %llu ms, %llu starts, %llu conversions of which %llu without answer, "
          "longest wait %.1f ms; plant lost %llu times, watchdog %llu; %llu messages missing, %llu "
          "repeated, %llu foreign, %llu garbage\n",
          (unsigned long long)stats->tick_count, (unsigned long long)stats->boot_count,
          (unsigned long long)stats->conversion_count, (unsigned long long)stats->lost_count,
          (double)stats->wait_us_max / 1000.0, (unsigned long long)stats->plant_lost_count,
          (unsigned long long)stats->watchdog_count, (unsigned long long)stats->missing_count,
          (unsigned long long)stats->repeated_count, (unsigned long long)stats->foreign_count,
          (unsigned long long)stats->garbage_count);
}

static int open_bus(const char *text) {
  bus_url_t url;
  bus_error_t error = {""};
  if (bus_url_parse(text, &url, &error) != BUS_OK) return cli_usage("ecu", "%s", error.text);
  const bus_status_t status = bus_open(&bus, &url, serve_clock_us(), &error);
  if (status == BUS_OK) return CLI_OK;
  (void)cli_usage("ecu", "%s", error.text);
  return status == BUS_ERR_MACHINE ? CLI_MISSING : CLI_USAGE;
}

int cli_ecu_bus(const ecu_bus_options_t *options) {
  uint8_t *memory = NULL;
  if (options->nvm != NULL && (memory = map_memory(options->nvm)) == NULL) return CLI_USAGE;
  const int status = open_bus(options->url);
  if (status != CLI_OK) return status;
  const cut_ecu_config_t config = {.seed = options->seed,
                                   .session = cli_realtime_session(),
                                   .nvm = memory,
                                   .words = {.line = options->is_quiet ? nothing : say}};
  cut_ecu_init(&ecu, &config, serve_clock_us());
  cli_realtime_begin("ecu", !options->has_no_priority, options->is_quiet);
  if (!options->is_quiet)
    fprintf(stderr, "packsim ecu: session %04x waits for a plant on %s at %s\n", ecu.session,
            bus_name(&bus), bus_place(&bus));
  loop(memory);
  if (!options->is_quiet) tell();
  bus_close(&bus);
  return CLI_OK;
}
