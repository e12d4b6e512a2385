/// The thread that ticks: see worker.h.
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../scenarios/runner.h"
#include "view_port.h"

enum { QUEUE_MAX = 64, CLOCK_TICKS = 32 };
static const double SLICE_s = 0.008; /* between looks at queue and reader */
static const double REST_s = 0.02; /* sleep of a worker that waits */
static const double LATE_s = 0.25; /* so much behind, real time begins anew */
static const double SPEED_SPAN_s = 0.5;

struct worker {
  session_t *session;
  view_port_t *port;
  pthread_t thread;
  pthread_mutex_t mutex; /* of the queue */
  pthread_cond_t wakes;
  command_t queue[QUEUE_MAX];
  uint32_t queue_first, queue_count;
  uint8_t must_end;
  /* the thread's own */
  uint8_t is_paused, is_changed;
  uint64_t step_count; /* ticks to go, then pause */
  uint64_t sequence;
  double speed_asked_ratio, speed_ratio;
  double begin_wall_s, begin_sim_s; /* where real time counts from */
  double span_wall_s, span_sim_s; /* of the measured speed */
};

static double sim_s(const worker_t *worker) {
  return (double)session_now_us(worker->session) * 1e-6;
}

static void begin_time(worker_t *worker) {
  worker->begin_wall_s = runner_clock_s();
  worker->begin_sim_s = sim_s(worker);
  worker->span_wall_s = worker->begin_wall_s;
  worker->span_sim_s = worker->begin_sim_s;
}

static void take(worker_t *worker, const command_t *command) {
  if (session_is_attached(worker->session)) {
    session_command(worker->session, command);
    worker->is_changed = 1;
    return;
  }
  switch ((command_kind_t)command->kind) {
  case COMMAND_PAUSE:
    worker->is_paused = worker->is_paused ? 0 : 1;
    worker->step_count = 0;
    break;
  case COMMAND_STEP:
    worker->step_count += command->number > 0 ? (uint64_t)command->number : 1;
    worker->is_paused = 1;
    break;
  case COMMAND_SPEED:
    worker->speed_asked_ratio = command->value;
    break;
  default:
    session_command(worker->session, command);
    break;
  }
  begin_time(worker);
  worker->is_changed = 1;
}

/// 1 iff the thread is to end.
static int take_commands(worker_t *worker) {
  pthread_mutex_lock(&worker->mutex);
  while (worker->queue_count > 0) {
    command_t command = worker->queue[worker->queue_first];
    worker->queue_first = (worker->queue_first + 1) % QUEUE_MAX;
    worker->queue_count--;
    pthread_mutex_unlock(&worker->mutex);
    take(worker, &command);
    pthread_mutex_lock(&worker->mutex);
  }
  int must_end = worker->must_end;
  pthread_mutex_unlock(&worker->mutex);
  return must_end;
}

/// Sleep until a command comes, at most wait_s.
static void rest(worker_t *worker, double wait_s) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  long wait_ns = until.tv_nsec + (long)(wait_s * 1e9);
  until.tv_sec += wait_ns / 1000000000L;
  until.tv_nsec = wait_ns % 1000000000L;
  pthread_mutex_lock(&worker->mutex);
  if (worker->queue_count == 0 && !worker->must_end) {
    (void)pthread_cond_timedwait(&worker->wakes, &worker->mutex, &until);
  }
  pthread_mutex_unlock(&worker->mutex);
}

static void publish(worker_t *worker) {
  if (!worker->is_changed || !view_port_is_wanted(worker->port)) {
    return;
  }
  view_t *view = view_port_back(worker->port);
  session_fill(worker->session, view);
  view->sequence = ++worker->sequence;
  view->speed_asked_ratio = worker->speed_asked_ratio;
  view->speed_ratio = worker->is_paused ? 0.0 : worker->speed_ratio;
  if (view->run == VIEW_RUNNING && worker->is_paused && worker->step_count == 0) {
    view->run = VIEW_PAUSED;
  }
  view_port_publish(worker->port);
  worker->is_changed = 0;
}

static void measure_speed(worker_t *worker, double now_s) {
  if (now_s - worker->span_wall_s >= SPEED_SPAN_s) {
    worker->speed_ratio = (sim_s(worker) - worker->span_sim_s) / (now_s - worker->span_wall_s);
    worker->span_wall_s = now_s;
    worker->span_sim_s = sim_s(worker);
  }
}

static int tick(worker_t *worker) {
  worker->is_changed = 1;
  return session_tick(worker->session);
}

/// Tick until the slice is over or the run is where real time is; returns how long to sleep then.
static double run_slice(worker_t *worker) {
  double begin_s = runner_clock_s(), now_s = begin_s;
  double ratio = worker->speed_asked_ratio;
  if (ratio > 0.0 &&
      (now_s - worker->begin_wall_s) * ratio - (sim_s(worker) - worker->begin_sim_s) >
          LATE_s * ratio) {
    begin_time(worker);
  }
  for (uint32_t i = 1;; i++) {
    if (ratio > 0.0 &&
        sim_s(worker) >= worker->begin_sim_s + (now_s - worker->begin_wall_s) * ratio) {
      measure_speed(worker, now_s);
      double due_s = (sim_s(worker) + 1e-3 - worker->begin_sim_s) / ratio;
      double wait_s = worker->begin_wall_s + due_s - now_s;
      return wait_s < 0.001 ? 0.001 : wait_s > REST_s ? REST_s : wait_s;
    }
    if (tick(worker) != 0) {
      return REST_s;
    }
    if (ratio > 0.0 || i % CLOCK_TICKS == 0) {
      now_s = runner_clock_s();
    }
    if (now_s - begin_s >= SLICE_s) {
      measure_speed(worker, now_s);
      return 0.0;
    }
  }
}

/// The plant ticks elsewhere: look, show, hand commands on.
static void look(worker_t *worker) {
  while (!take_commands(worker)) {
    if (session_look(worker->session, (int)(1e3 * REST_s)) != 0) {
      worker->is_changed = 1;
    }
    worker->speed_asked_ratio = session_speed(worker->session);
    measure_speed(worker, runner_clock_s());
    publish(worker);
  }
}

static void *work(void *user) {
  worker_t *worker = user;
  int is_over = 0;
  begin_time(worker);
  worker->is_changed = 1;
  publish(worker);
  if (session_is_attached(worker->session)) {
    look(worker);
    return NULL;
  }
  while (!take_commands(worker)) {
    double wait_s = REST_s;
    if (worker->step_count > 0) {
      is_over = tick(worker);
      worker->step_count = is_over ? 0 : worker->step_count - 1;
      begin_time(worker);
      wait_s = 0.0;
    } else if (!worker->is_paused) {
      wait_s = run_slice(worker);
    }
    publish(worker);
    if (wait_s > 0.0) {
      rest(worker, wait_s);
    }
  }
  return NULL;
}

worker_t *worker_start(session_t *session, const worker_config_t *config) {
  worker_t *worker = calloc(1, sizeof *worker);
  if (worker == NULL) {
    return NULL;
  }
  worker->session = session;
  worker->speed_asked_ratio = config->speed_ratio;
  worker->is_paused = config->is_paused;
  worker->port = view_port_new();
  pthread_mutex_init(&worker->mutex, NULL);
  pthread_cond_init(&worker->wakes, NULL);
  if (worker->port != NULL && pthread_create(&worker->thread, NULL, work, worker) == 0) {
    return worker;
  }
  view_port_free(worker->port);
  free(worker);
  return NULL;
}

int worker_command(worker_t *worker, const command_t *command) {
  int status = -1;
  pthread_mutex_lock(&worker->mutex);
  if (worker->queue_count < QUEUE_MAX) {
    worker->queue[(worker->queue_first + worker->queue_count++) % QUEUE_MAX] = *command;
    status = 0;
  }
  pthread_cond_signal(&worker->wakes);
  pthread_mutex_unlock(&worker->mutex);
  return status;
}

const view_t *worker_view(worker_t *worker) { return view_port_front(worker->port); }

void worker_stop(worker_t *worker) {
  pthread_mutex_lock(&worker->mutex);
  worker->must_end = 1;
  pthread_cond_signal(&worker->wakes);
  pthread_mutex_unlock(&worker->mutex);
  pthread_join(worker->thread, NULL);
  pthread_mutex_destroy(&worker->mutex);
  pthread_cond_destroy(&worker->wakes);
  view_port_free(worker->port);
  free(worker);
}
