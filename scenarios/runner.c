/// Worker pool: see runner.h.
#include "runner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "recorder.h"
#include "runner_progress.h"

enum { WORKER_MAX = 256, POLL_MS = 100 };
static const double GRACE_S = 5.0, KEEP_S = 5.0;
enum { RUNNER_TEXT_BYTES = 240 };
#define NONE UINT32_MAX

typedef enum { MESSAGE_PROGRESS = 1, MESSAGE_RESULT = 2 } message_kind_t;

/* Worker to parent. A result is followed by the run_result_t. */
typedef struct {
  uint32_t kind, index;
  double sim_s, end_s;
} message_t;

typedef struct {
  pid_t pid;
  int command_fd, result_fd; /* the parent's ends; -1: none */
  uint32_t index; /* what it runs, NONE: idle */
  double sim_s, start_s;
  double stop_s; /* when it was told to stop; 0: was not */
  uint8_t is_late; /* because its time was over */
} worker_t;

typedef struct {
  const runner_config_t *config;
  run_result_t *results;
  uint32_t *order;
  uint32_t next; /* in order */
  worker_t *worker;
  uint32_t worker_count;
  runner_summary_t *summary;
  runner_progress_t progress;
  double start_s, kept_s, cost_all_s, cost_done_s;
  uint8_t is_stopping, is_dirty;
} pool_t;

static volatile sig_atomic_t stop_count; /* signals that the parent got */
static volatile sig_atomic_t worker_must_stop;

static void on_stop(int number) {
  (void)number;
  if (stop_count < 2) stop_count++;
}

static void on_worker_stop(int number) {
  (void)number;
  worker_must_stop = 1;
}

const char *runner_signal_name(int number) {
  static const struct {
    int number;
    const char *name;
  } table[] = {{SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGKILL, "SIGKILL"},
               {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},   {SIGILL, "SIGILL"},
               {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"},   {SIGXFSZ, "SIGXFSZ"},
               {SIGXCPU, "SIGXCPU"}, {SIGTRAP, "SIGTRAP"}, {SIGSYS, "SIGSYS"}};
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    if (table[i].number == number) return table[i].name;
  }
  return "another signal";
}

double runner_clock_s(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int write_all(int fd, const void *data, size_t bytes) {
  const char *from = data;
  while (bytes > 0) {
    ssize_t count = write(fd, from, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return -1;
    from += count;
    bytes -= (size_t)count;
  }
  return 0;
}

static int read_all(int fd, void *data, size_t bytes) {
  char *to = data;
  while (bytes > 0) {
    ssize_t count = read(fd, to, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return -1;
    to += count;
    bytes -= (size_t)count;
  }
  return 0;
}

typedef struct {
  int fd;
  uint32_t index;
} sender_t;

static int send_progress(void *user, double sim_s, double end_s) {
  const sender_t *sender = user;
  message_t message = {
      .kind = MESSAGE_PROGRESS, .index = sender->index, .sim_s = sim_s, .end_s = end_s};
  if (write_all(sender->fd, &message, sizeof message)) _exit(1); /* the parent is gone */
  return worker_must_stop;
}

/* The life of a worker: read an index, run it, send the result; the end of the pipe is the end. */
static void worker_main(const runner_config_t *config, int command_fd, int result_fd) {
  static run_result_t result;
  sender_t sender = {.fd = result_fd};
  struct sigaction stop = {.sa_handler = on_worker_stop};
  signal(SIGINT, SIG_IGN); /* the terminal's Ctrl-C reaches the parent, which decides */
  signal(SIGHUP, SIG_IGN);
  sigaction(SIGTERM, &stop, NULL);
  while (!worker_must_stop && read_all(command_fd, &sender.index, sizeof sender.index) == 0) {
    memset(&result, 0, sizeof result);
    double start_s = runner_clock_s(), record_start_s = recorder_spent_s();
    config->run(config->user, sender.index, send_progress, &sender, &result);
    result.wall_s = runner_clock_s() - start_s;
    result.wall_record_s = recorder_spent_s() - record_start_s;
    message_t message = {.kind = MESSAGE_RESULT, .index = sender.index};
    if (write_all(result_fd, &message, sizeof message)) break;
    if (write_all(result_fd, &result, sizeof result)) break;
  }
  fflush(NULL);
  _exit(0);
}

static void close_fd(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static int worker_start(pool_t *pool, worker_t *worker) {
  int command[2], result[2];
  if (pipe(command) != 0) return -1;
  if (pipe(result) != 0) {
    close(command[0]);
    close(command[1]);
    return -1;
  }
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    for (uint32_t i = 0; i < pool->worker_count; i++) {
      close_fd(&pool->worker[i].command_fd);
      close_fd(&pool->worker[i].result_fd);
    }
    close(command[1]);
    close(result[0]);
    worker_main(pool->config, command[0], result[1]);
  }
  close(command[0]);
  close(result[1]);
  *worker = (worker_t){.pid = pid, .command_fd = command[1], .result_fd = result[0], .index = NONE};
  if (pid > 0) return 0;
  close_fd(&worker->command_fd);
  close_fd(&worker->result_fd);
  return -1;
}

static double cost_s(const pool_t *pool, uint32_t index) {
  return pool->config->cost_s ? pool->config->cost_s(pool->config->user, index) : 1;
}

static void describe(const pool_t *pool, uint32_t index, verdict_t verdict, const char *text) {
  run_result_t *result = &pool->results[index];
  memset(result, 0, sizeof *result);
  if (pool->config->describe) pool->config->describe(pool->config->user, index, result);
  result->verdict = (uint8_t)verdict;
  snprintf(result->error, sizeof result->error, "%.239s", text);
}

static int is_failed(const run_result_t *result) {
  return result->verdict != VERDICT_PASS && result->verdict != VERDICT_SKIPPED;
}

/* The result of the worker's point is there: count it, and stop where it was the one too many. */
static void finish(pool_t *pool, worker_t *worker) {
  const run_result_t *result = &pool->results[worker->index];
  pool->cost_done_s += cost_s(pool, worker->index);
  pool->is_dirty = 1;
  if (pool->is_stopping && worker->stop_s > 0 && result->verdict == VERDICT_SKIPPED) {
    pool->summary->stopped_count++;
  } else {
    pool->summary->done_count++;
  }
  worker->index = NONE;
  if (!is_failed(result)) return;
  pool->summary->failed_count++;
  if (pool->config->fail_fast)
    pool->is_stopping = 1; /* nothing more is begun, not even by this worker */
  runner_progress_name(&pool->progress, result);
}

static void late_text(const pool_t *pool, const worker_t *worker, const char *how,
                      char text[RUNNER_TEXT_BYTES]) {
  snprintf(text, RUNNER_TEXT_BYTES,
           "took longer than the %g s of wall time that --timeout-s allows; %s at about %.1f s of "
           "the run",
           pool->config->timeout_s, how, worker->sim_s);
}

static void death_text(const pool_t *pool, const worker_t *worker, int status,
                       char text[RUNNER_TEXT_BYTES]) {
  if (worker->is_late) {
    late_text(pool, worker, "killed", text);
  } else if (WIFSIGNALED(status)) {
    int number = WTERMSIG(status);
    snprintf(text, RUNNER_TEXT_BYTES,
             "the worker died of signal %d (%s, %s%s) at about %.1f s of the run", number,
             runner_signal_name(number), strsignal(number),
             number == SIGKILL ? ": by hand or for want of memory" : "", worker->sim_s);
  } else {
    snprintf(text, RUNNER_TEXT_BYTES, "the worker left with status %d at about %.1f s of the run",
             WEXITSTATUS(status), worker->sim_s);
  }
}

/* A worker is gone: its point becomes an error that says how, or is left out if it was stopped. */
static void worker_reap(pool_t *pool, worker_t *worker) {
  int status = 0;
  while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR) {
  }
  close_fd(&worker->command_fd);
  close_fd(&worker->result_fd);
  worker->pid = 0;
  if (worker->index == NONE) return;
  char text[RUNNER_TEXT_BYTES];
  int is_stopped = pool->is_stopping && worker->stop_s > 0 && !worker->is_late;
  if (is_stopped) {
    snprintf(text, sizeof text, "killed at about %.1f s of the run", worker->sim_s);
  } else {
    death_text(pool, worker, status, text);
  }
  describe(pool, worker->index, is_stopped ? VERDICT_SKIPPED : VERDICT_ERROR, text);
  finish(pool, worker);
}

/* Tell a worker to stop; who was told and has not ended in time is killed. */
static void worker_stop(worker_t *worker, double grace_s) {
  double now_s = runner_clock_s();
  if (worker->pid <= 0) return;
  close_fd(&worker->command_fd);
  if (worker->stop_s <= 0) {
    worker->stop_s = now_s;
    kill(worker->pid, SIGTERM);
  }
  if (now_s - worker->stop_s > grace_s) kill(worker->pid, SIGKILL);
}

static void worker_feed(pool_t *pool, worker_t *worker) {
  if (pool->is_stopping || worker->stop_s > 0 || pool->next >= pool->config->point_count) {
    close_fd(&worker->command_fd); /* nothing left: the worker ends */
    return;
  }
  worker->index = pool->order[pool->next++];
  worker->sim_s = 0;
  worker->start_s = runner_clock_s();
  if (write_all(worker->command_fd, &worker->index, sizeof worker->index))
    worker_reap(pool, worker);
}

static void worker_hear(pool_t *pool, worker_t *worker) {
  message_t message;
  if (read_all(worker->result_fd, &message, sizeof message) || message.index != worker->index) {
    kill(worker->pid, SIGKILL);
    worker_reap(pool, worker);
    return;
  }
  if (message.kind == MESSAGE_PROGRESS) {
    worker->sim_s = message.sim_s;
    return;
  }
  run_result_t *result = &pool->results[message.index];
  if (read_all(worker->result_fd, result, sizeof *result)) {
    worker_reap(pool, worker);
    return;
  }
  if (worker->is_late && result->verdict == VERDICT_SKIPPED) {
    char text[RUNNER_TEXT_BYTES];
    late_text(pool, worker, "ended", text);
    result->verdict = VERDICT_ERROR;
    snprintf(result->error, sizeof result->error, "%.239s", text);
  }
  finish(pool, worker);
  worker_feed(pool, worker);
}

static void draw(pool_t *pool) {
  const runner_config_t *config = pool->config;
  const worker_t *oldest = NULL;
  runner_figures_t figures = {.done_count = pool->summary->done_count,
                              .point_count = config->point_count,
                              .failed_count = pool->summary->failed_count,
                              .elapsed_s = runner_clock_s() - pool->start_s,
                              .cost_done_s = pool->cost_done_s,
                              .cost_all_s = pool->cost_all_s,
                              .cost_is_simulated = config->cost_s != NULL};
  for (uint32_t i = 0; i < pool->worker_count; i++) {
    const worker_t *worker = &pool->worker[i];
    if (worker->index == NONE) continue;
    if (config->cost_s) figures.cost_done_s += worker->sim_s;
    if (!oldest || worker->start_s < oldest->start_s) oldest = worker;
  }
  if (oldest) figures.running = pool->results[oldest->index].run_name;
  runner_progress_draw(&pool->progress, &figures);
}

static int is_anyone_alive(const pool_t *pool) {
  for (uint32_t i = 0; i < pool->worker_count; i++) {
    if (pool->worker[i].pid > 0) return 1;
  }
  return 0;
}

/* Stop what is to stop: everything, or a point whose time is over. */
static void stop_due(pool_t *pool) {
  double now_s = runner_clock_s(), timeout_s = pool->config->timeout_s;
  double grace_s = pool->config->grace_s > 0 ? pool->config->grace_s : GRACE_S;
  if (stop_count > 1) grace_s = -1; /* at once */
  if (stop_count > 0) pool->is_stopping = 1;
  for (uint32_t i = 0; i < pool->worker_count; i++) {
    worker_t *worker = &pool->worker[i];
    int is_late = worker->index != NONE && timeout_s > 0 && now_s - worker->start_s > timeout_s;
    if (is_late && worker->stop_s <= 0) worker->is_late = 1;
    if (pool->is_stopping || worker->is_late) worker_stop(worker, grace_s);
  }
}

static void keep_due(pool_t *pool) {
  double now_s = runner_clock_s();
  if (!pool->config->keep || !pool->is_dirty || now_s - pool->kept_s < KEEP_S) return;
  pool->config->keep(pool->config->user);
  pool->is_dirty = 0;
  pool->kept_s = runner_clock_s();
}

/* One round: wait for a word from a worker, act on it, replace the dead while work is left. */
static void serve(pool_t *pool) {
  struct pollfd fd[WORKER_MAX];
  for (uint32_t i = 0; i < pool->worker_count; i++) {
    fd[i] = (struct pollfd){.fd = pool->worker[i].result_fd, .events = POLLIN};
  }
  int count = poll(fd, pool->worker_count, POLL_MS);
  for (uint32_t i = 0; count > 0 && i < pool->worker_count; i++) {
    if (fd[i].fd >= 0 && fd[i].revents != 0) worker_hear(pool, &pool->worker[i]);
  }
  stop_due(pool);
  for (uint32_t i = 0; i < pool->worker_count; i++) {
    worker_t *worker = &pool->worker[i];
    if (worker->pid > 0 || pool->is_stopping || pool->next >= pool->config->point_count) continue;
    if (worker_start(pool, worker) == 0) worker_feed(pool, worker);
  }
  keep_due(pool);
  draw(pool);
}

/* Dearest first, so that no long run starts last; equal ones in their order. */
static int order_make(pool_t *pool) {
  uint32_t count = pool->config->point_count;
  pool->order = malloc((count + 1) * sizeof *pool->order);
  double *cost = malloc((count + 1) * sizeof *cost);
  if (!pool->order || !cost) {
    free(cost);
    return -1;
  }
  for (uint32_t i = 0; i < count; i++) {
    cost[i] = cost_s(pool, i);
    pool->cost_all_s += cost[i];
    uint32_t at = i;
    for (; at > 0 && cost[pool->order[at - 1]] < cost[i]; at--)
      pool->order[at] = pool->order[at - 1];
    pool->order[at] = i;
  }
  free(cost);
  return 0;
}

uint32_t runner_workers(const runner_config_t *config) {
  long count =
      config->worker_count > 0 ? (long)config->worker_count : sysconf(_SC_NPROCESSORS_ONLN);
  if (count < 1) count = 1;
  if (count > WORKER_MAX) count = WORKER_MAX;
  return (uint32_t)count < config->point_count ? (uint32_t)count : config->point_count;
}

static runner_status_t pool_run(pool_t *pool) {
  uint32_t started = 0;
  for (uint32_t i = 0; i < pool->worker_count; i++) {
    if (worker_start(pool, &pool->worker[i])) continue;
    started++;
    worker_feed(pool, &pool->worker[i]);
  }
  if (started == 0 && pool->config->point_count > 0) return RUNNER_ERR_SYSTEM;
  while (is_anyone_alive(pool)) serve(pool);
  return stop_count > 0 ? RUNNER_INTERRUPTED : RUNNER_OK;
}

runner_status_t runner_run(const runner_config_t *config, run_result_t *results,
                           runner_summary_t *summary) {
  pool_t pool = {.config = config, .results = results, .summary = summary};
  *summary = (runner_summary_t){0};
  pool.worker_count = runner_workers(config);
  pool.worker = calloc(pool.worker_count + 1, sizeof *pool.worker);
  runner_status_t status = RUNNER_ERR_SYSTEM;
  stop_count = 0;
  struct sigaction action = {.sa_handler = on_stop}, ignore = {.sa_handler = SIG_IGN};
  struct sigaction old_int, old_term, old_pipe, old_hup;
  sigaction(SIGINT, &action, &old_int);
  sigaction(SIGTERM, &action, &old_term);
  sigaction(SIGHUP, NULL, &old_hup);
  if (old_hup.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, NULL); /* not under nohup */
  sigaction(SIGPIPE, &ignore, &old_pipe);
  pool.start_s = pool.kept_s = runner_clock_s();
  pool.progress = (runner_progress_t){.fd = config->progress_fd,
                                      .is_terminal = config->progress_is_terminal,
                                      .period_s = config->progress_period_s};
  for (uint32_t i = 0; i < config->point_count; i++)
    describe(&pool, i, VERDICT_SKIPPED, "was not run");
  if (pool.worker && order_make(&pool) == 0) {
    for (uint32_t i = 0; i < pool.worker_count; i++) {
      pool.worker[i] = (worker_t){.command_fd = -1, .result_fd = -1, .index = NONE};
    }
    status = pool_run(&pool);
    runner_progress_end(&pool.progress);
  }
  summary->wall_s = runner_clock_s() - pool.start_s;
  sigaction(SIGINT, &old_int, NULL);
  sigaction(SIGTERM, &old_term, NULL);
  sigaction(SIGHUP, &old_hup, NULL);
  sigaction(SIGPIPE, &old_pipe, NULL);
  free(pool.order);
  free(pool.worker);
  return status;
}
