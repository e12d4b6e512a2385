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

enum { WORKER_MAX = 256, REDRAW_MS = 250 };
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
  double sim_s;
} worker_t;

typedef struct {
  const runner_config_t *config;
  run_result_t *results;
  uint32_t *order;
  uint32_t next; /* in order */
  worker_t *worker;
  uint32_t worker_count;
  runner_summary_t *summary;
  double start_s, drawn_s, cost_all_s, cost_done_s;
} pool_t;

static volatile sig_atomic_t stop_signal;

static void on_stop(int number) { stop_signal = number; }

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

static void send_progress(void *user, double sim_s, double end_s) {
  const sender_t *sender = user;
  message_t message = {
      .kind = MESSAGE_PROGRESS, .index = sender->index, .sim_s = sim_s, .end_s = end_s};
  if (write_all(sender->fd, &message, sizeof message)) _exit(1); /* the parent is gone */
}

/* The life of a worker: read an index, run it, send the result; the end of the pipe is the end. */
static void worker_main(const runner_config_t *config, int command_fd, int result_fd) {
  static run_result_t result;
  sender_t sender = {.fd = result_fd};
  signal(SIGINT, SIG_IGN); /* the terminal's Ctrl-C reaches the parent, which decides */
  signal(SIGTERM, SIG_DFL);
  while (read_all(command_fd, &sender.index, sizeof sender.index) == 0) {
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

static void finish(pool_t *pool, uint32_t index) {
  pool->summary->done_count++;
  pool->cost_done_s += cost_s(pool, index);
  uint8_t verdict = pool->results[index].verdict;
  if (verdict != VERDICT_PASS && verdict != VERDICT_SKIPPED) pool->summary->failed_count++;
}

static void describe(const pool_t *pool, uint32_t index, verdict_t verdict, const char *text) {
  run_result_t *result = &pool->results[index];
  memset(result, 0, sizeof *result);
  if (pool->config->describe) pool->config->describe(pool->config->user, index, result);
  result->verdict = (uint8_t)verdict;
  snprintf(result->error, sizeof result->error, "%.239s", text);
}

/* A worker is gone: its point becomes an error that says how. */
static void worker_reap(pool_t *pool, worker_t *worker) {
  int status = 0;
  while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR) {
  }
  close_fd(&worker->command_fd);
  close_fd(&worker->result_fd);
  worker->pid = 0;
  if (worker->index == NONE) return;
  char text[160];
  if (WIFSIGNALED(status)) {
    int number = WTERMSIG(status);
    snprintf(text, sizeof text, "the worker died of signal %d (%s) at about %.1f s of the run",
             number, strsignal(number), worker->sim_s);
  } else {
    snprintf(text, sizeof text, "the worker left with status %d at about %.1f s of the run",
             WEXITSTATUS(status), worker->sim_s);
  }
  describe(pool, worker->index, VERDICT_ERROR, text);
  finish(pool, worker->index);
  worker->index = NONE;
}

static void worker_feed(pool_t *pool, worker_t *worker) {
  if (stop_signal || pool->next >= pool->config->point_count) {
    close_fd(&worker->command_fd); /* nothing left: the worker ends */
    return;
  }
  worker->index = pool->order[pool->next++];
  worker->sim_s = 0;
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
  if (read_all(worker->result_fd, &pool->results[message.index], sizeof(run_result_t))) {
    worker_reap(pool, worker);
    return;
  }
  finish(pool, message.index);
  worker->index = NONE;
  worker_feed(pool, worker);
}

/* One line that is drawn over: done, failed, time left, speed. */
static void draw(pool_t *pool, int is_last) {
  if (pool->config->progress_fd < 0) return;
  double now_s = runner_clock_s(), elapsed_s = now_s - pool->start_s;
  if (!is_last && now_s - pool->drawn_s < 1e-3 * REDRAW_MS) return;
  pool->drawn_s = now_s;
  char line[160];
  int length = snprintf(line, sizeof line, "\r\033[K");
  if (!is_last) {
    double done_s = pool->cost_done_s;
    for (uint32_t i = 0; i < pool->worker_count; i++) {
      if (pool->worker[i].index != NONE && pool->config->cost_s) done_s += pool->worker[i].sim_s;
    }
    double left_s = done_s > 0 ? elapsed_s * (pool->cost_all_s - done_s) / done_s : 0;
    length = snprintf(line, sizeof line,
                      "\r\033[K%u/%u done, %u failed, %.0f s elapsed, about %.0f s left",
                      pool->summary->done_count, pool->config->point_count,
                      pool->summary->failed_count, elapsed_s, left_s > 0 ? left_s : 0);
    if (pool->config->cost_s && elapsed_s > 0) {
      length += snprintf(line + length, sizeof line - (size_t)length, ", %.0fx real time",
                         done_s / elapsed_s);
    }
  }
  (void)write_all(pool->config->progress_fd, line, (size_t)length);
}

static int is_anyone_alive(const pool_t *pool) {
  for (uint32_t i = 0; i < pool->worker_count; i++) {
    if (pool->worker[i].pid > 0) return 1;
  }
  return 0;
}

/* One round: wait for a word from a worker, act on it, replace the dead while work is left. */
static void serve(pool_t *pool) {
  struct pollfd fd[WORKER_MAX];
  for (uint32_t i = 0; i < pool->worker_count; i++) {
    fd[i] = (struct pollfd){.fd = pool->worker[i].result_fd, .events = POLLIN};
  }
  int count = poll(fd, pool->worker_count, REDRAW_MS);
  for (uint32_t i = 0; count > 0 && i < pool->worker_count; i++) {
    if (fd[i].fd >= 0 && fd[i].revents != 0) worker_hear(pool, &pool->worker[i]);
  }
  for (uint32_t i = 0; i < pool->worker_count; i++) {
    worker_t *worker = &pool->worker[i];
    if (worker->pid > 0 || stop_signal || pool->next >= pool->config->point_count) continue;
    if (worker_start(pool, worker) == 0) worker_feed(pool, worker);
  }
  draw(pool, 0);
}

static void stop_all(pool_t *pool) {
  for (uint32_t i = 0; i < pool->worker_count; i++) {
    worker_t *worker = &pool->worker[i];
    if (worker->pid <= 0) continue;
    kill(worker->pid, SIGTERM);
    while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    close_fd(&worker->command_fd);
    close_fd(&worker->result_fd);
    worker->pid = 0;
  }
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
  while (!stop_signal && is_anyone_alive(pool)) serve(pool);
  if (!stop_signal) return RUNNER_OK;
  stop_all(pool);
  return RUNNER_INTERRUPTED;
}

runner_status_t runner_run(const runner_config_t *config, run_result_t *results,
                           runner_summary_t *summary) {
  pool_t pool = {.config = config, .results = results, .summary = summary};
  *summary = (runner_summary_t){0};
  pool.worker_count = runner_workers(config);
  pool.worker = calloc(pool.worker_count + 1, sizeof *pool.worker);
  runner_status_t status = RUNNER_ERR_SYSTEM;
  stop_signal = 0;
  struct sigaction action = {.sa_handler = on_stop}, ignore = {.sa_handler = SIG_IGN};
  struct sigaction old_int, old_term, old_pipe;
  sigaction(SIGINT, &action, &old_int);
  sigaction(SIGTERM, &action, &old_term);
  sigaction(SIGPIPE, &ignore, &old_pipe);
  pool.start_s = runner_clock_s();
  for (uint32_t i = 0; i < config->point_count; i++)
    describe(&pool, i, VERDICT_SKIPPED, "was not run");
  if (pool.worker && order_make(&pool) == 0) {
    for (uint32_t i = 0; i < pool.worker_count; i++) {
      pool.worker[i] = (worker_t){.command_fd = -1, .result_fd = -1, .index = NONE};
    }
    status = pool_run(&pool);
    draw(&pool, 1);
  }
  summary->wall_s = runner_clock_s() - pool.start_s;
  sigaction(SIGINT, &old_int, NULL);
  sigaction(SIGTERM, &old_term, NULL);
  sigaction(SIGPIPE, &old_pipe, NULL);
  free(pool.order);
  free(pool.worker);
  return status;
}
