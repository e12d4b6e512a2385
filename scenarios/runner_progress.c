/// Progress of a run on a terminal or in a pipe: see runner_progress.h.
#define _DEFAULT_SOURCE /* struct winsize */
#include "runner_progress.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 20, TIME_BYTES = 24 };
static const double REDRAW_S = 0.25, LINE_PERIOD_S = 10.0;

/* "42 s", "3 min 20 s", "2 h 5 min" */
static void time_text(double time_s, char text[TIME_BYTES]) {
  uint32_t whole_s = time_s > 0 && time_s < 1e9 ? (uint32_t)(time_s + 0.5) : 0;
  if (whole_s < 120) {
    snprintf(text, TIME_BYTES, "%u s", whole_s);
  } else if (whole_s < 7200) {
    snprintf(text, TIME_BYTES, "%u min %u s", whole_s / 60, whole_s % 60);
  } else {
    snprintf(text, TIME_BYTES, "%u h %u min", whole_s / 3600, whole_s / 60 % 60);
  }
}

uint32_t runner_progress_text(const runner_figures_t *figures, uint32_t width,
                              char text[RUNNER_PROGRESS_BYTES]) {
  char piece[5][160], left[TIME_BYTES], elapsed[TIME_BYTES];
  double rate = figures->elapsed_s > 0 ? figures->cost_done_s / figures->elapsed_s : 0;
  uint32_t used = 0, room = width > WIDTH_MIN ? width - 1 : WIDTH_MIN - 1;
  if (room >= RUNNER_PROGRESS_BYTES) room = RUNNER_PROGRESS_BYTES - 1;
  memset(piece, 0, sizeof piece);
  time_text(rate > 0 ? (figures->cost_all_s - figures->cost_done_s) / rate : 0, left);
  time_text(figures->elapsed_s, elapsed);
  snprintf(piece[0], sizeof piece[0], "%u/%u done, %u failed", figures->done_count,
           figures->point_count, figures->failed_count);
  if (rate > 0) snprintf(piece[1], sizeof piece[1], ", about %s left", left);
  snprintf(piece[2], sizeof piece[2], ", %s elapsed", elapsed);
  if (figures->cost_is_simulated) snprintf(piece[3], sizeof piece[3], ", %.0fx real time", rate);
  if (figures->running) snprintf(piece[4], sizeof piece[4], ", at %s", figures->running);
  for (int i = 0; i < 5; i++) {
    uint32_t length = (uint32_t)strlen(piece[i]);
    if (i == 0 && length > room) length = room;
    if (used + length > room) break;
    memcpy(text + used, piece[i], length);
    used += length;
  }
  text[used] = 0;
  return used;
}

static void put(int fd, const char *text, size_t bytes) {
  while (bytes > 0) {
    ssize_t count = write(fd, text, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return; /* nobody reads it: nothing is lost */
    text += count;
    bytes -= (size_t)count;
  }
}

static uint32_t width_of(int fd) {
  struct winsize size;
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : WIDTH_DEFAULT;
}

void runner_progress_draw(runner_progress_t *progress, const runner_figures_t *figures) {
  char line[RUNNER_PROGRESS_BYTES + 8], text[RUNNER_PROGRESS_BYTES];
  if (progress->fd < 0) return;
  double period_s = progress->period_s > 0 ? progress->period_s : LINE_PERIOD_S;
  if (0.1 * figures->elapsed_s > period_s) period_s = 0.1 * figures->elapsed_s;
  if (progress->is_terminal) period_s = REDRAW_S;
  if (figures->elapsed_s - progress->drawn_s < period_s) return;
  progress->drawn_s = figures->elapsed_s;
  uint32_t width = progress->is_terminal ? width_of(progress->fd) : RUNNER_PROGRESS_BYTES;
  (void)runner_progress_text(figures, width, text);
  int length = snprintf(line, sizeof line, progress->is_terminal ? "\r\033[K%s" : "%s\n", text);
  put(progress->fd, line, (size_t)length);
}

void runner_progress_name(runner_progress_t *progress, const run_result_t *result) {
  char line[RUNNER_PROGRESS_BYTES];
  if (progress->fd < 0 || progress->named_count > RUNNER_PROGRESS_NAMED_MAX) return;
  const char *wipe = progress->is_terminal ? "\r\033[K" : "";
  int is_full = progress->named_count++ == RUNNER_PROGRESS_NAMED_MAX;
  int length = is_full ? snprintf(line, sizeof line, "%smore in the table\n", wipe)
                       : snprintf(line, sizeof line, "%s%s %s%s%s\n", wipe,
                                  verdict_text((verdict_t)result->verdict), result->run_name,
                                  result->error[0] ? ": " : "", result->error);
  put(progress->fd, line, (size_t)length);
  progress->drawn_s -= progress->is_terminal ? 1 : 0; /* draw the line again at once */
}

void runner_progress_end(runner_progress_t *progress) {
  if (progress->fd >= 0 && progress->is_terminal) put(progress->fd, "\r\033[K", 4);
}
