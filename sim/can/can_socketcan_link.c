/// Asks libsocketcan about an interface's controller and sets it up.
#include "can_socketcan_link.h"

#include <stdio.h>

#include "bus_backend.h"

#if defined CAN_HAS_LIBSOCKETCAN && defined __linux__

#include <errno.h>
#include <fcntl.h>
#include <libsocketcan.h>
#include <string.h>
#include <unistd.h>

int can_socketcan_link_is_there(void) { return 1; }

/// The library writes to stderr by itself; messages here are one line, so its lines are dropped.
static int quiet_begin(void) {
  int kept = dup(STDERR_FILENO);
  int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
  (void)fflush(stderr);
  if (nothing >= 0) {
    (void)dup2(nothing, STDERR_FILENO);
    close(nothing);
  }
  return kept;
}

static void quiet_end(int kept) {
  (void)fflush(stderr);
  if (kept < 0) return;
  (void)dup2(kept, STDERR_FILENO);
  close(kept);
}

/// A controller always tells its state; its bit timing only once it was set.
static int has_controller(const char *name) {
  int state;
  return can_get_state(name, &state) == 0;
}

/// was_up: a controller that refuses a bit rate works on with the one it had.
static const char *set_up(const char *name, uint32_t bitrate_bps, int was_up) {
  if (bitrate_bps > 0) {
    if (!has_controller(name)) return "its bit rate is n/a (no controller behind it)";
    if (can_do_stop(name) != 0) return "it cannot be stopped";
    if (can_set_bitrate(name, bitrate_bps) != 0) {
      int code = errno;
      if (was_up) (void)can_do_start(name);
      errno = code;
      return "its controller refuses this bit rate";
    }
  }
  return can_do_start(name) == 0 ? NULL : "it cannot be brought up";
}

bus_status_t can_socketcan_link_up(const char *name, uint32_t bitrate_bps, int was_up,
                                   bus_error_t *error) {
  int kept = quiet_begin();
  errno = 0;
  const char *what = set_up(name, bitrate_bps, was_up);
  int code = errno;
  quiet_end(kept);
  if (what == NULL) return BUS_OK;
  if (bitrate_bps > 0)
    return bus_refuse(error, BUS_ERR_MACHINE, "%s: %s: %u bit/s%s", name, what,
                      (unsigned)bitrate_bps,
                      code == EPERM || geteuid() != 0 ? "; setting it needs root (CAP_NET_ADMIN)"
                                                      : "; see ip -details link show");
  return bus_refuse(error, BUS_ERR_MACHINE, "%s: %s%s", name, what,
                    code == EPERM || geteuid() != 0
                        ? "; that needs root (CAP_NET_ADMIN)"
                        : "; a real controller needs a bit rate: --bitrate 500000");
}

bus_state_t can_socketcan_link_state(const char *name) {
  static const bus_state_t states[] = {BUS_STATE_ACTIVE, BUS_STATE_WARNING, BUS_STATE_PASSIVE,
                                       BUS_STATE_BUS_OFF};
  int state = -1;
  int kept = quiet_begin();
  int code = can_get_state(name, &state);
  quiet_end(kept);
  return code == 0 && state >= 0 && state <= 3 ? states[state] : BUS_STATE_ACTIVE;
}

int32_t can_socketcan_link_restart_ms(const char *name) {
  uint32_t restart_ms = 0;
  int kept = quiet_begin();
  int is_told = has_controller(name) && can_get_restart_ms(name, &restart_ms) == 0;
  quiet_end(kept);
  return is_told ? (int32_t)restart_ms : -1;
}

void can_socketcan_link_text(const char *name, char *text, size_t text_bytes) {
  struct can_bittiming timing;
  struct can_berr_counter counter;
  memset(&timing, 0, sizeof timing);
  memset(&counter, 0, sizeof counter);
  int kept = quiet_begin();
  int is_there = has_controller(name);
  int has_timing = is_there && can_get_bittiming(name, &timing) == 0;
  int has_counter = can_get_berr_counter(name, &counter) == 0;
  quiet_end(kept);
  if (!is_there) {
    (void)snprintf(text, text_bytes, "controller n/a");
    return;
  }
  char rate[32] = "bit rate n/a";
  if (has_timing) (void)snprintf(rate, sizeof rate, "%u bit/s", (unsigned)timing.bitrate);
  int count =
      snprintf(text, text_bytes, "%s, %s", rate, bus_state_text(can_socketcan_link_state(name)));
  if (has_counter && count > 0 && (size_t)count < text_bytes)
    (void)snprintf(text + count, text_bytes - (size_t)count, ", %u transmit and %u receive errors",
                   (unsigned)counter.txerr, (unsigned)counter.rxerr);
}

#else

int can_socketcan_link_is_there(void) { return 0; }

bus_status_t can_socketcan_link_up(const char *name, uint32_t bitrate_bps, int was_up,
                                   bus_error_t *error) {
  (void)was_up;
  static const char without[] = "this packsim was built without libsocketcan";
  if (bitrate_bps == 0)
    return bus_refuse(error, BUS_ERR_MACHINE, "%s: %s; by hand, as root: ip link set %s up", name,
                      without, name);
  return bus_refuse(error, BUS_ERR_MACHINE,
                    "%s: %s; by hand, as root: ip link set %s up type can bitrate %u", name,
                    without, name, (unsigned)bitrate_bps);
}

bus_state_t can_socketcan_link_state(const char *name) {
  (void)name;
  return BUS_STATE_ACTIVE;
}

int32_t can_socketcan_link_restart_ms(const char *name) {
  (void)name;
  return -1;
}

void can_socketcan_link_text(const char *name, char *text, size_t text_bytes) {
  (void)name;
  (void)snprintf(text, text_bytes, "controller n/a (built without libsocketcan)");
}

#endif
