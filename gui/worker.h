/// Runs a session in a thread of its own, at the speed that was asked for.
///
/// Model    commands come through a queue and act between two ticks; views go out through a
///          view_port. Real time only says how long it sleeps between ticks
/// Memory   owns thread, queue, views; worker_stop
/// Threads  one caller; the worker itself is the second thread
#ifndef GUI_WORKER_H
#define GUI_WORKER_H

#include "session.h"
#include "view.h"

typedef struct worker worker_t;

typedef struct {
  double speed_ratio; ///< of simulated to wall time; 0: as fast as possible
  uint8_t is_paused; ///< it begins so
} worker_config_t;

/// The session becomes the worker's until worker_stop. NULL iff there is no memory or no thread.
worker_t *worker_start(session_t *session, const worker_config_t *config);

/// Hand over a command: PAUSE, STEP and SPEED, and those of a session. 0, or -1 iff the queue is
/// full.
int worker_command(worker_t *worker, const command_t *command);

/// The newest view, NULL iff there is none yet. It stays as it is until the next call.
const view_t *worker_view(worker_t *worker);

/// End the thread; the session is the caller's again.
void worker_stop(worker_t *worker);

#endif
