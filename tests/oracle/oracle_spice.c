/// ngspice as a child process, and its binary raw file.
#include "oracle_spice.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { POLL_ns = 5000000, POLLS_PER_s = 200, NOT_STARTED = 127 };

/// In the child: never returns.
static void become(char *const argv[], const char *log) {
  const int out = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const int in = open("/dev/null", O_RDONLY);
  if (out < 0 || in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) _exit(126);
  execvp(argv[0], argv);
  _exit(NOT_STARTED);
}

/// Exit code, -1 if the child was too slow or ended by a signal.
static int run_child(char *const argv[], const char *log, uint32_t timeout_s) {
  const struct timespec poll_time = {.tv_nsec = POLL_ns};
  int status = 0;
  const pid_t child = fork();
  if (child < 0) return -1;
  if (child == 0) become(argv, log);
  for (uint32_t polls = 0; polls < timeout_s * POLLS_PER_s; polls++) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (ended < 0 && errno != EINTR) return -1;
    (void)nanosleep(&poll_time, NULL);
  }
  (void)kill(child, SIGKILL);
  (void)waitpid(child, &status, 0);
  return -1;
}

int oracle_spice_is_here(void) {
  char program[] = "ngspice", version[] = "--version";
  char *argv[] = {program, version, NULL};
  return run_child(argv, "/dev/null", 20) == 0;
}

/// Header of a raw file: counts and names up to "Binary:".
static int read_header(FILE *file, oracle_wave_t *wave) {
  char line[256];
  uint32_t named_count = 0;
  int is_named = 0;
  while (fgets(line, sizeof line, file) != NULL) {
    unsigned count, index;
    size_t points;
    if (sscanf(line, "No. Variables: %u", &count) == 1) wave->column_count = count;
    if (sscanf(line, "No. Points: %zu", &points) == 1) wave->point_count = points;
    if (strcmp(line, "Binary:\n") == 0)
      return named_count == wave->column_count && wave->column_count > 1 ? 0 : -1;
    if (strcmp(line, "Variables:\n") == 0) {
      is_named = 1;
      wave->name = calloc(wave->column_count + 1u, sizeof wave->name[0]);
      if (wave->name == NULL) return -1;
    } else if (is_named && named_count < wave->column_count &&
               sscanf(line, " %u %31s", &index, wave->name[named_count]) == 2) {
      named_count++;
    }
  }
  return -1;
}

static int read_raw(const char *path, oracle_wave_t *wave) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return -1;
  int code = read_header(file, wave);
  const size_t count = wave->point_count * wave->column_count;
  if (code == 0 && count > 0) {
    wave->value = malloc(count * sizeof wave->value[0]);
    if (wave->value == NULL || fread(wave->value, sizeof wave->value[0], count, file) != count)
      code = -1;
  }
  (void)fclose(file);
  return count > 0 ? code : -1;
}

static double time_of(const oracle_wave_t *wave, size_t point) {
  return wave->value[point * wave->column_count];
}

int oracle_spice_run(const oracle_job_t *job, oracle_wave_t *wave, char *error, size_t bytes) {
  char program[] = "ngspice", batch[] = "-b", raw_flag[] = "-r", raw[512], netlist[512];
  memset(wave, 0, sizeof *wave);
  (void)snprintf(raw, sizeof raw, "%s", job->raw);
  (void)snprintf(netlist, sizeof netlist, "%s", job->netlist);
  char *argv[] = {program, batch, raw_flag, raw, netlist, NULL};
  (void)remove(raw);
  const int code = run_child(argv, job->log, job->timeout_s);
  if (code != 0) {
    (void)snprintf(error, bytes, "ngspice failed or took more than %u s, see %s", job->timeout_s,
                   job->log);
    return -1;
  }
  if (read_raw(job->raw, wave) != 0) {
    (void)snprintf(error, bytes, "ngspice left no wave, see %s", job->log);
    return -1;
  }
  const double last_s = time_of(wave, wave->point_count - 1);
  if (last_s >= job->last_s) return 0;
  (void)snprintf(error, bytes, "ngspice stopped at %.9g of %.9g s, see %s", last_s, job->last_s,
                 job->log);
  return -1;
}

void oracle_spice_free(oracle_wave_t *wave) {
  free(wave->name);
  free(wave->value);
  memset(wave, 0, sizeof *wave);
}

int32_t oracle_spice_column(const oracle_wave_t *wave, const char *vector) {
  for (uint32_t i = 0; i < wave->column_count; i++)
    if (strcmp(wave->name[i], vector) == 0) return (int32_t)i;
  return -1;
}

/// The last point at or before time_s; the one before the last at most.
static size_t point_before(const oracle_wave_t *wave, double time_s) {
  size_t low = 0, high = wave->point_count - 1;
  while (high - low > 1) {
    const size_t middle = (low + high) / 2;
    if (time_of(wave, middle) <= time_s)
      low = middle;
    else
      high = middle;
  }
  return low;
}

double oracle_spice_at(const oracle_wave_t *wave, uint32_t column, double time_s) {
  const size_t point = point_before(wave, time_s);
  const double *a = &wave->value[point * wave->column_count], *b = a + wave->column_count;
  if (!(b[0] > a[0])) return b[column];
  return a[column] + (b[column] - a[column]) * (time_s - a[0]) / (b[0] - a[0]);
}

/// Of a straight line: its integral, and that of its square.
static double area(double from, double to) { return 0.5 * (from + to); }

static double square_area(double from, double to) {
  return (from * from + from * to + to * to) / 3.0;
}

static double integral(const oracle_wave_t *wave, uint32_t column, double begin_s, double end_s,
                       double (*of)(double from, double to)) {
  double sum = 0.0, from_s = begin_s, from = oracle_spice_at(wave, column, begin_s);
  for (size_t point = point_before(wave, begin_s) + 1; from_s < end_s; point++) {
    const int is_inside = point < wave->point_count && time_of(wave, point) < end_s;
    const double to_s = is_inside ? time_of(wave, point) : end_s;
    const double to = is_inside ? wave->value[point * wave->column_count + column]
                                : oracle_spice_at(wave, column, end_s);
    sum += of(from, to) * (to_s - from_s);
    from_s = to_s;
    from = to;
  }
  return sum;
}

double oracle_spice_mean(const oracle_wave_t *wave, uint32_t column, double begin_s, double end_s) {
  return integral(wave, column, begin_s, end_s, area) / (end_s - begin_s);
}

double oracle_spice_mean_square(const oracle_wave_t *wave, uint32_t column, double begin_s,
                                double end_s) {
  return integral(wave, column, begin_s, end_s, square_area) / (end_s - begin_s);
}
