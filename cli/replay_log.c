/// Sends the frames of a log onto a bus: see replay_log.h.
#include "replay_log.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../sim/can/bus.h"
#include "can_log.h"
#include "cli.h"

enum { LOOK_ms = 50, FIRST_ROOM = 1024 };

typedef struct {
  uint64_t time_us;
  can_frame_t frame;
} entry_t;

typedef struct {
  const replay_log_job_t *job;
  entry_t *entry;
  size_t count, room, next;
  uint64_t loops_done, begin_us, now_us, sent_count, refused_count, worst_late_us;
  uint8_t has_begun, is_out_of_memory;
} replay_log_t;

static bus_t port;
static volatile sig_atomic_t is_interrupted;

static void interrupt(int number) {
  (void)number;
  is_interrupted = 1;
}

static uint64_t clock_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* Error frames of a log tell what a controller saw; they cannot be sent. */
static void keep(void *user, uint64_t time_us, const char *bus, const can_frame_t *frame) {
  replay_log_t *replay = user;
  (void)bus;
  if (replay->is_out_of_memory || (frame->flags & CAN_FRAME_ERROR) != 0) return;
  if (replay->count == replay->room) {
    size_t room = replay->room > 0 ? 2 * replay->room : FIRST_ROOM;
    entry_t *grown = realloc(replay->entry, room * sizeof *grown);
    if (grown == NULL) {
      replay->is_out_of_memory = 1;
      return;
    }
    replay->entry = grown;
    replay->room = room;
  }
  replay->entry[replay->count++] = (entry_t){time_us, *frame};
}

/* A log whose time goes back is sent in its order, without waiting. */
static uint64_t due_us(const replay_log_t *replay) {
  uint64_t first_us = replay->entry[0].time_us, time_us = replay->entry[replay->next].time_us;
  if (time_us <= first_us) return replay->begin_us;
  return replay->begin_us + (uint64_t)((double)(time_us - first_us) / replay->job->rate_x);
}

static int is_heard(void) {
  return (bus_caps(&port) & BUS_CAP_PEERS) == 0 || bus_stats(&port).listener_count > 0;
}

/* Everything that is due now; 1 iff the log is over. */
static int send_due(replay_log_t *replay) {
  while (replay->next < replay->count) {
    uint64_t due = due_us(replay);
    if (replay->now_us < due) return 0;
    bus_status_t status = bus_send(&port, replay->now_us, &replay->entry[replay->next].frame);
    if (status == BUS_ERR_FULL) return 0; /* the wire is slower than the log: again in a moment */
    if (status == BUS_ERR_FRAME) replay->refused_count++;
    if (status >= 0) replay->sent_count++;
    if (replay->now_us - due > replay->worst_late_us) replay->worst_late_us = replay->now_us - due;
    replay->next++;
  }
  if (++replay->loops_done == replay->job->loop_count) return 1;
  replay->next = 0;
  replay->begin_us = replay->now_us;
  return 0;
}

static void wait_until_due(const replay_log_t *replay) {
  struct pollfd set[BUS_POLL_MAX];
  int wait_ms = LOOK_ms;
  if (replay->has_begun && replay->next < replay->count) {
    uint64_t due = due_us(replay);
    if (due < replay->now_us + LOOK_ms * 1000u)
      wait_ms = due <= replay->now_us ? 1 : (int)((due - replay->now_us) / 1000u);
  }
  if (bus_pending(&port) > 0) wait_ms = 1;
  (void)poll(set, bus_poll_set(&port, set), wait_ms);
}

static void send_all(replay_log_t *replay) {
  bus_rx_t rx;
  int is_over = 0;
  while (!is_interrupted && (!is_over || bus_pending(&port) > 0)) {
    replay->now_us = clock_us();
    while (bus_recv(&port, replay->now_us, &rx) == BUS_OK) continue;
    if (!replay->has_begun && is_heard()) {
      replay->has_begun = 1;
      replay->begin_us = replay->now_us;
    }
    if (replay->has_begun && !is_over) is_over = send_due(replay);
    if (!is_over || bus_pending(&port) > 0) wait_until_due(replay);
  }
}

static int open_bus(const replay_log_job_t *job) {
  bus_url_t url;
  bus_error_t error = {""};
  if (bus_url_parse(job->url, &url, &error) != BUS_OK) return cli_usage("replay", "%s", error.text);
  if (url.kind != BUS_KIND_SOCKETCAN && (job->brings_up || job->bitrate_bps > 0))
    return cli_usage("replay", "%s: --up and --bitrate are for interfaces of the kernel (can0)",
                     job->url);
  url.brings_up = job->brings_up || job->bitrate_bps > 0;
  url.bitrate_bps = (uint32_t)job->bitrate_bps;
  bus_status_t status = bus_open(&port, &url, clock_us(), &error);
  if (status == BUS_OK) return CLI_OK;
  (void)cli_usage("replay", "%s", error.text);
  return status == BUS_ERR_MACHINE ? CLI_MISSING : CLI_USAGE;
}

/* 0 dropped and refused: all of the log went out. */
static int tell(const replay_log_t *replay, double seconds) {
  const uint64_t wanted = replay->count * replay->job->loop_count;
  const uint64_t dropped = bus_stats(&port).send_drop_count;
  if (replay->job->is_json) {
    printf("{\"frames\": %llu, \"sent\": %llu, \"dropped\": %llu, \"refused\": %llu, "
           "\"latest_ms\": %.3f, \"seconds\": %.3f}\n",
           (unsigned long long)wanted, (unsigned long long)replay->sent_count,
           (unsigned long long)dropped, (unsigned long long)replay->refused_count,
           (double)replay->worst_late_us / 1000, seconds);
  } else if (!replay->job->is_quiet) {
    printf(
        "%llu of %llu frames sent on %s in %.3f s, %llu dropped, %llu of a kind that it has not; "
        "latest %.1f ms behind\n",
        (unsigned long long)replay->sent_count, (unsigned long long)wanted, bus_name(&port),
        seconds, (unsigned long long)dropped, (unsigned long long)replay->refused_count,
        (double)replay->worst_late_us / 1000);
  }
  return replay->sent_count == wanted && dropped == 0 ? CLI_OK : CLI_FAILED;
}

static int log_read(replay_log_t *replay) {
  int code = can_log_each("replay", replay->job->file, keep, replay);
  if (code != CLI_OK) return code;
  if (replay->is_out_of_memory) return cli_usage("replay", "%s: no memory", replay->job->file);
  if (replay->count > 0) return CLI_OK;
  return cli_usage("replay", "%s: holds no frame, allowed a log of at least one",
                   replay->job->file);
}

int replay_log(const replay_log_job_t *job) {
  struct sigaction action = {.sa_handler = interrupt};
  replay_log_t replay = {.job = job};
  int code = log_read(&replay);
  if (code == CLI_OK) code = open_bus(job);
  if (code == CLI_OK) {
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    if (!job->is_quiet)
      fprintf(stderr, "packsim replay: %s at %s\n", bus_name(&port), bus_place(&port));
    send_all(&replay);
    code = tell(&replay, replay.has_begun ? (double)(clock_us() - replay.begin_us) / 1e6 : 0);
    bus_close(&port);
  }
  free(replay.entry);
  return code;
}
