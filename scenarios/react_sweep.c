/// Worker processes for the reaction table, and the sums over its rows.
#include "react_sweep.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "names.h"

enum { WORKER_MAX = 64, BATCH = 128 }; /* a batch is written at once: below PIPE_BUF */

typedef struct {
  uint16_t row, phase;
  uint32_t place;
  react_result_t result;
} variant_t;

typedef struct {
  const react_options_t *options;
  hil_t *point; /* REACT_AT_COUNT, settled where needed */
  variant_t *variant;
  uint32_t count;
} sweep_t;

int react_sweep_is_wanted(const react_options_t *options, const react_row_t *row) {
  if (options->filter == NULL) return 1;
  return names_match(options->filter, row->name) || names_match(options->filter, row->requirement);
}

static uint32_t phases_of(const react_options_t *options, const react_row_t *row) {
  uint32_t count = row->phase_count != 0 ? row->phase_count : REACT_PHASE_COUNT;
  return count < options->phase_count ? count : options->phase_count;
}

static uint32_t list(const react_options_t *options, variant_t *variant) {
  uint32_t count = 0;
  for (uint32_t r = 0; r < react_row_count(); r++) {
    const react_row_t *row = react_row_at(r);
    if (!react_sweep_is_wanted(options, row)) continue;
    for (uint32_t place = 0; place < react_place_count(row); place += options->every) {
      for (uint32_t phase = 0; phase < phases_of(options, row); phase++, count++) {
        if (variant == NULL) continue;
        variant[count] = (variant_t){.row = (uint16_t)r, .phase = (uint16_t)phase, .place = place};
        variant[count].result = (react_result_t){REACT_NEVER, REACT_NEVER, REACT_BROKEN, {0}};
      }
    }
  }
  return count;
}

static int settle(sweep_t *sweep, const cell_params_t *cell, char *error, uint32_t error_bytes) {
  uint8_t is_settled[REACT_AT_COUNT] = {0};
  for (uint32_t i = 0; i < sweep->count; i++) {
    react_at_t at = (react_at_t)react_row_at(sweep->variant[i].row)->at;
    if (is_settled[at]) continue;
    is_settled[at] = 1;
    if (react_settle(at, cell, &sweep->point[at]) == 0) continue;
    (void)snprintf(error, error_bytes, "operating point '%s' does not settle", react_at_name(at));
    return -1;
  }
  return 0;
}

/* --- workers ------------------------------------------------------------------------------- */

typedef struct {
  uint32_t index;
  react_result_t result;
} message_t;

static int send_batch(int fd, const message_t *batch, uint32_t count) {
  size_t bytes = count * sizeof *batch;
  return write(fd, batch, bytes) == (ssize_t)bytes ? 0 : -1;
}

static int work(const sweep_t *sweep, uint32_t worker, uint32_t worker_count, int fd) {
  static message_t batch[BATCH];
  uint32_t count = 0;
  hil_t *hil = malloc(sizeof *hil);
  if (hil == NULL) return 1;
  for (uint32_t i = worker; i < sweep->count; i += worker_count) {
    const variant_t *variant = &sweep->variant[i];
    const react_row_t *row = react_row_at(variant->row);
    batch[count].index = i;
    batch[count++].result =
        react_run(row, variant->place, variant->phase, &sweep->point[row->at], hil);
    if (count < BATCH) continue;
    if (send_batch(fd, batch, count) != 0) return 1;
    count = 0;
  }
  free(hil);
  return count == 0 || send_batch(fd, batch, count) == 0 ? 0 : 1;
}

static void collect(sweep_t *sweep, int fd) {
  static message_t batch[BATCH];
  const int progress_fd = sweep->options->progress_fd;
  uint32_t done = 0;
  size_t kept = 0;
  char line[64];
  for (ssize_t got; (got = read(fd, (char *)batch + kept, sizeof batch - kept)) > 0;) {
    kept += (size_t)got;
    uint32_t count = (uint32_t)(kept / sizeof batch[0]);
    for (uint32_t i = 0; i < count; i++) {
      if (batch[i].index >= sweep->count) continue;
      sweep->variant[batch[i].index].result = batch[i].result;
      done++;
    }
    kept -= count * sizeof batch[0];
    memmove(batch, &batch[count], kept);
    int length = snprintf(line, sizeof line, "\r%u of %u variants", done, sweep->count);
    if (progress_fd >= 0 && write(progress_fd, line, (size_t)length) < 0) continue;
  }
  if (progress_fd >= 0 && write(progress_fd, "\r\033[K", 4) < 0) return;
}

static uint32_t workers_of(const sweep_t *sweep) {
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  uint32_t count = sweep->options->worker_count;
  if (count == 0) count = online > 0 ? (uint32_t)online : 1;
  if (count > WORKER_MAX) count = WORKER_MAX;
  return count < sweep->count ? count : sweep->count;
}

static int run_workers(sweep_t *sweep, char *error, uint32_t error_bytes) {
  const uint32_t worker_count = workers_of(sweep);
  uint32_t started = 0;
  int ends[2];
  if (pipe(ends) != 0) {
    (void)snprintf(error, error_bytes, "no pipe can be opened");
    return -1;
  }
  (void)fflush(NULL);
  for (; started < worker_count; started++) {
    pid_t pid = fork();
    if (pid < 0) break;
    if (pid > 0) continue;
    (void)close(ends[0]);
    _exit(work(sweep, started, worker_count, ends[1]));
  }
  (void)close(ends[1]);
  collect(sweep, ends[0]);
  (void)close(ends[0]);
  for (uint32_t i = 0; i < started; i++) (void)wait(NULL);
  if (started == worker_count) return 0;
  (void)snprintf(error, error_bytes, "%u of %u workers could be started", started, worker_count);
  return -1;
}

/* --- sums ---------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b) {
  int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
  return left < right ? -1 : left > right;
}

static void extremes(int32_t *value, uint32_t count, int32_t of[3]) {
  qsort(value, count, sizeof value[0], compare);
  of[0] = value[0];
  of[1] = value[(count - 1) / 2];
  of[2] = value[count - 1];
}

static int is_worse(const react_result_t *result, const react_result_t *than) {
  if ((result->verdict != REACT_OK) != (than->verdict != REACT_OK)) {
    return result->verdict != REACT_OK;
  }
  return result->verdict == REACT_OK && result->react_ms > than->react_ms;
}

static void add(react_summary_t *summary, const variant_t *variant) {
  if (summary->variant_count == 0 || is_worse(&variant->result, &summary->worst)) {
    summary->worst = variant->result;
    summary->worst_place = variant->place;
    summary->worst_phase = variant->phase;
  }
  summary->variant_count++;
  summary->bad_count += variant->result.verdict != REACT_OK;
  summary->is_timed &= variant->result.detect_ms != REACT_NEVER;
  summary->is_timed &= variant->result.react_ms != REACT_NEVER;
}

static void sum_up(const sweep_t *sweep, react_summary_t *summary, int32_t *scratch) {
  for (uint32_t r = 0, i = 0; r < react_row_count(); r++) {
    react_summary_t *of = &summary[r];
    *of = (react_summary_t){.row = react_row_at(r), .is_timed = 1};
    const uint32_t first = i;
    for (; i < sweep->count && sweep->variant[i].row == r; i++) add(of, &sweep->variant[i]);
    of->is_timed &= i > first;
    if (!of->is_timed) continue;
    for (uint32_t k = first; k < i; k++) scratch[k - first] = sweep->variant[k].result.detect_ms;
    extremes(scratch, i - first, of->detect_ms);
    for (uint32_t k = first; k < i; k++) scratch[k - first] = sweep->variant[k].result.react_ms;
    extremes(scratch, i - first, of->react_ms);
  }
}

int react_sweep(const react_options_t *options, const cell_params_t *cell, react_summary_t *summary,
                char *error, uint32_t error_bytes) {
  sweep_t sweep = {.options = options, .count = list(options, NULL)};
  sweep.variant = calloc(sweep.count + 1, sizeof *sweep.variant);
  sweep.point = calloc(REACT_AT_COUNT, sizeof *sweep.point);
  int32_t *scratch = calloc(sweep.count + 1, sizeof *scratch);
  int status = -1;
  if (sweep.variant == NULL || sweep.point == NULL || scratch == NULL) {
    (void)snprintf(error, error_bytes, "out of memory");
  } else {
    (void)list(options, sweep.variant);
    status = settle(&sweep, cell, error, error_bytes);
    if (status == 0 && sweep.count > 0) status = run_workers(&sweep, error, error_bytes);
    if (status == 0) sum_up(&sweep, summary, scratch);
  }
  free(scratch);
  free(sweep.point);
  free(sweep.variant);
  return status;
}

uint32_t react_sweep_bad(const react_summary_t *summary) {
  uint32_t bad = 0;
  for (uint32_t r = 0; r < react_row_count(); r++) bad += summary[r].bad_count > 0;
  return bad;
}
