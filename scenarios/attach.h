/// A look at a plant that runs in another process, through its control socket.
///
/// Model    attach_open asks what runs there; attach_look brings a run of the same point in this
///          process to where that one is, again and again, and hears its time line and frames.
///          Commands go there as lines (docs/control.md)
/// Errors   one line in why: what was found, what is allowed
/// Memory   attach_close frees it with its point
/// Threads  one
#ifndef SCENARIOS_ATTACH_H
#define SCENARIOS_ATTACH_H

#include "run.h"

enum { ATTACH_WHY_BYTES = 700 };

typedef struct attach attach_t;

typedef struct {
  void *user;
  void (*mark)(void *user, uint64_t time_us, const char *kind, const char *name,
               const char *detail);
  void (*frame)(void *user, const can_mem_rx_t *rx);
} attach_hear_t;

/// NULL iff nobody serves the path, or what runs there is another program's.
attach_t *attach_open(const char *path, char why[ATTACH_WHY_BYTES]);
void attach_close(attach_t *attach);

const scenario_t *attach_point(const attach_t *attach);

typedef enum { ATTACH_NOTHING, ATTACH_STATE, ATTACH_GONE } attach_seen_t;

/// Take what has come, wait at most wait_ms for it. STATE: run, of attach_point, is where the plant
/// is; GONE: it will not come any more, attach_message says why.
attach_seen_t attach_look(attach_t *attach, scenario_run_t *run, const attach_hear_t *hear,
                          int wait_ms);

/// A request without its braces: "\"do\":\"step\",\"ticks\":100".
void attach_ask(attach_t *attach, const char *format, ...) __attribute__((format(printf, 2, 3)));

int attach_is_paused(const attach_t *attach);
double attach_speed(const attach_t *attach); ///< 0: stepped
const char *attach_message(const attach_t *attach); ///< newest refusal or end; "" none

#endif
