/// Paces a run and joins its bus to one outside: see live.h.
#include "live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../sim/can/bus.h"

enum { NS_PER_us = 1000, US_PER_s = 1000000, FRAMES_PER_TICK = 16 };

struct live {
  bus_t bus;
  uint64_t begin_us; ///< wall clock of the run's time 0
  uint8_t has_bus;
};

static uint64_t wall_us(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * US_PER_s + (uint64_t)now.tv_nsec / NS_PER_us;
}

live_t *live_open(const char *bus_url, char *error, uint32_t error_bytes) {
  live_t *live = calloc(1, sizeof *live);
  if (live == NULL) {
    snprintf(error, error_bytes, "no memory");
    return NULL;
  }
  if (bus_url != NULL) {
    bus_url_t url;
    bus_error_t text = {""};
    bus_status_t status = bus_url_parse(bus_url, &url, &text);
    if (status == BUS_OK) status = bus_open(&live->bus, &url, wall_us(), &text);
    if (status != BUS_OK) {
      snprintf(error, error_bytes, "%s", text.text);
      free(live);
      return NULL;
    }
    live->has_bus = 1;
  }
  live->begin_us = wall_us();
  return live;
}

void live_take(live_t *live, hil_t *hil) {
  bus_rx_t rx;
  for (uint32_t i = 0; live->has_bus && i < FRAMES_PER_TICK; i++) {
    if (bus_recv(&live->bus, wall_us(), &rx) != BUS_OK) return;
    if (rx.frame.flags & CAN_FRAME_ERROR) continue;
    (void)can_mem_send(&hil->bus, HIL_NODE_TESTER, hil->now_us * NS_PER_us, &rx.frame);
  }
}

void live_give(live_t *live, const can_mem_rx_t *rx) {
  if (!live->has_bus || rx->node == HIL_NODE_TESTER) return;
  (void)bus_send(&live->bus, wall_us(), &rx->frame); /* what it drops it counts */
}

void live_wait(live_t *live, uint64_t now_us) {
  uint64_t due_us = live->begin_us + now_us, wall = wall_us();
  if (wall > due_us + LIVE_LATE_MAX_us) live->begin_us += wall - due_us;
  if (wall >= due_us) return;
  struct timespec until = {.tv_sec = (time_t)(due_us / US_PER_s),
                           .tv_nsec = (long)(due_us % US_PER_s) * NS_PER_us};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) continue;
}

void live_close(live_t *live) {
  if (live == NULL) return;
  if (live->has_bus) bus_close(&live->bus);
  free(live);
}
