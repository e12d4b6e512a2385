/// Commands to a running plant as lines of JSON on a Unix socket: read, watch, set, break, run, go
/// back.
///
/// Model    all clients' commands are taken at a tick's boundary, one after another, and act as a
///          scenario's load steps and events would (live.h): the same commands at the same ticks
///          are the same run. docs/control.md has the language
/// Units    a signal's own; times in s of simulated time
/// Errors   a refused command is answered with one line; the plant goes on
/// Memory   control_open allocates, control_close frees. What one client may ask for is bounded
/// Threads  one, the plant's
#ifndef SCENARIOS_CONTROL_H
#define SCENARIOS_CONTROL_H

#include <signal.h>

#include "control_socket.h"
#include "live.h"
#include "run.h"
#include "serve.h"

typedef struct control control_t;

typedef struct {
  const char *path; ///< of the socket; NULL: none, lines come through control_line
  volatile sig_atomic_t *is_paused; ///< the plant stands; others may set it too
  void (*say)(void *user, const char *text); ///< a line for the terminal
  void *user;
} control_config_t;

/// NULL with the reason; is_usage: the path is to blame, not the machine.
control_t *control_open(const control_config_t *config, int *is_usage,
                        char why[CONTROL_SOCKET_WHY_BYTES]);
void control_close(control_t *control);

/// What the commands of a run act on. run_options_t of run had live = control_live, mark =
/// control_mark, frame = control_frame, watch_user = control.
typedef struct {
  const scenario_t *point;
  scenario_run_t *run;
  serve_t *serve;
  const char *out_dir; ///< control.jsonl goes there, and by_hand.json; NULL: neither
  uint16_t rate_permille; ///< 0: stepped
  uint8_t has_bus; ///< the ECU is another process
} control_run_t;

live_t *control_live(control_t *control);
void control_mark(void *control, uint64_t time_us, const char *kind, const char *name,
                  const char *detail);

void control_frame(void *control, const can_mem_rx_t *rx);

/// 0, or -1 iff control.jsonl cannot be made.
int control_begin(control_t *control, const control_run_t *run);

/// Before run_close: what waits is answered, the run is written as a scenario. 0, or -1 with the
/// reason.
int control_finish(control_t *control, scenario_error_t *error);

/// After run_close: clients hear how it is judged.
void control_tell(control_t *control, const run_result_t *result);

/// For serve_config_t; user is the control_t.
serve_wish_t control_command(void *user, hil_t *hil);
void control_wait(void *user, int wait_ms);

/// One line of a client, as if it had come through the socket: the answer, NULL iff it comes later.
/// It stays until the next call.
const char *control_line(control_t *control, uint32_t client, const char *text, size_t bytes);

#endif
