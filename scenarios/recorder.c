/// Recording of a run into signals.h5, signals.csv and bus.log: see recorder.h.
#include "recorder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../sim/can/candump.h"
#include "recorder_csv.h"
#include "recorder_h5.h"
#include "recorder_ring.h"
#include "recorder_watch.h"
#include "version.h"
#include "../sim/rare.h"

enum {
  WINDOW_US = 500000,
  CSV_PERIOD_US = 100000,
  FRAME_RING = 256, /* more than half a second of frames */
  CLOCK_EVERY = 61, /* ticks; prime, so that all phases of the periods are met */
  PATH_BYTES = 512
};

/* A class of signals, sampled every so many ticks. */
typedef struct {
  recorder_column_t *column;
  recorder_sample_t sample;
  uint32_t count;
  uint32_t every; /* ticks */
  uint32_t wait; /* ticks until it is sampled next */
  recorder_table_t table;
} lane_t;

typedef struct {
  lane_t lane;
  recorder_ring_t ring;
  int64_t written_us; /* newest row that is in the file */
} window_t;

struct recorder {
  recorder_h5_file_t file;
  record_level_t level;
  uint32_t dt_us;
  lane_t rate_1ms, rate_10ms, rate_100ms, rate_1s;
  window_t window_1ms, window_10ms;
  int64_t window_until_us;
  recorder_watch_t watch;
  recorder_marks_t *marks;
  uint8_t *traits; /* of each signal */
  recorder_csv_t csv;
  uint32_t csv_every, csv_wait; /* ticks */
  FILE *bus_log; /* unbuffered: lines are gathered here */
  char bus_buffer[1 << 16];
  size_t bus_fill;
  can_mem_rx_t frame[FRAME_RING];
  uint32_t frame_next, frame_fill;
  uint32_t clock_wait; /* ticks */
  recorder_status_t status;
};

static _Thread_local char error_text[640];
static _Thread_local double spent_s;

const char *recorder_error(void) { return error_text; }

double recorder_spent_s(void) { return spent_s + recorder_h5_spent_s(); }

static double clock_s(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

RARE static recorder_status_t fail(recorder_t *recorder, recorder_status_t status,
                                   const char *text) {
  if (recorder->status == RECORDER_OK) {
    snprintf(error_text, sizeof error_text, "%s", text);
    recorder->status = status;
  }
  return recorder->status;
}

RARE static recorder_status_t fail_h5(recorder_t *recorder) {
  return fail(recorder, RECORDER_ERR_FILE, recorder_h5_error());
}

static int starts_with(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

/* The many: one signal for each group, cell, wire or pin. */
static int is_wide(const signal_t *signal) {
  return strstr(signal->name, ".group.") || strstr(signal->name, ".cell.") ||
         starts_with(signal->name, "wire.") || starts_with(signal->name, "pin.") ||
         starts_with(signal->name, "bms.wire.");
}

typedef enum {
  LANE_1MS,
  LANE_10MS,
  LANE_100MS,
  LANE_1S,
  LANE_WINDOW_1MS,
  LANE_WINDOW_10MS
} lane_kind_t;

/* A pin of the low-voltage connector shows what a sense. or supply signal holds already. */
static int is_alias(const signal_t *signal) {
  if (!starts_with(signal->name, "pin.E")) return 0;
  for (uint32_t i = 0; i < signals_count(); i++) {
    const signal_t *other = signals_at(i);
    if (other != signal && other->read == signal->read && other->offset == signal->offset &&
        other->index == signal->index && other->period_ms == signal->period_ms) {
      return 1;
    }
  }
  return 0;
}

/* What the names say, found once for all lanes. */
enum { TRAIT_WIDE = 1, TRAIT_GROUP = 2, TRAIT_ALIAS = 4 };

static uint8_t *traits_find(void) {
  uint8_t *traits = calloc(signals_count() + 1, 1);
  for (uint32_t i = 0; traits && i < signals_count(); i++) {
    const signal_t *signal = signals_at(i);
    if (is_wide(signal)) traits[i] |= TRAIT_WIDE;
    if (strstr(signal->name, ".group.")) traits[i] |= TRAIT_GROUP;
    if (is_alias(signal)) traits[i] |= TRAIT_ALIAS;
  }
  return traits;
}

static int is_in_lane(uint32_t period_ms, uint8_t traits, lane_kind_t kind, record_level_t level) {
  int is_group = (traits & TRAIT_GROUP) != 0, is_signal_wide = (traits & TRAIT_WIDE) != 0;
  int is_brief = level == RECORD_BRIEF;
  if (level == RECORD_ALL_1MS) return kind == LANE_1MS;
  if (period_ms == 0 || (traits & TRAIT_ALIAS)) return 0;
  switch (kind) {
  case LANE_1MS:
    return !is_brief && period_ms == 1;
  case LANE_10MS:
    return !is_brief && period_ms == 10;
  case LANE_100MS:
    return is_brief ? period_ms <= 100 && !is_signal_wide : period_ms == 100;
  case LANE_1S:
    return period_ms == 1000 && !(is_brief && is_signal_wide);
  case LANE_WINDOW_1MS:
    return !is_group && (period_ms == 10 || (is_brief && period_ms == 1));
  case LANE_WINDOW_10MS:
    return is_group && (period_ms > 10 || (is_brief && period_ms == 10));
  default:
    return 0;
  }
}

static int lane_select(const recorder_t *recorder, lane_t *lane, lane_kind_t kind,
                       uint32_t period_us) {
  uint32_t all = signals_count();
  lane->column = malloc((all > 0 ? all : 1) * sizeof *lane->column);
  if (!lane->column) return -1;
  for (uint32_t i = 0; i < all; i++) {
    const signal_t *signal = signals_at(i);
    if (is_in_lane(signal->period_ms, recorder->traits[i], kind, recorder->level))
      lane->column[lane->count++] = recorder_column(signal);
  }
  lane->every = period_us > recorder->dt_us ? period_us / recorder->dt_us : 1;
  return 0;
}

/* Long blocks compress better, but a chunk is compressed whole, however little a run fills. */
static uint32_t rows_per_block(uint64_t step_us, int is_window) {
  if (is_window) return step_us < 10000 ? 512 : 64;
  return step_us < 10000 ? 4096 : step_us < 100000 ? 1024 : step_us < 1000000 ? 256 : 64;
}

static int lane_open(recorder_t *recorder, lane_t *lane, const char *name, lane_kind_t kind,
                     uint32_t period_us) {
  if (lane_select(recorder, lane, kind, period_us)) return -1;
  if (recorder_sample_open(&lane->sample, lane->column, lane->count)) return -1;
  uint64_t step_us = (uint64_t)lane->every * recorder->dt_us;
  uint32_t row_max = rows_per_block(step_us, 0);
  return recorder_h5_table_open(&lane->table, recorder->file, name, lane->column, lane->count,
                                step_us, row_max);
}

static int window_open(recorder_t *recorder, window_t *window, const char *name, lane_kind_t kind,
                       uint32_t period_us) {
  lane_t *lane = &window->lane;
  if (lane_select(recorder, lane, kind, period_us)) return -1;
  window->written_us = -1;
  if (lane->count == 0) return 0;
  uint64_t step_us = (uint64_t)lane->every * recorder->dt_us;
  uint32_t size = (uint32_t)(WINDOW_US / step_us) + 1;
  if (recorder_ring_open(&window->ring, lane->column, lane->count, size)) return -1;
  uint32_t row_max = rows_per_block(step_us, 1);
  return recorder_h5_table_open(&lane->table, recorder->file, name, lane->column, lane->count, 0,
                                row_max);
}

static int attributes_write(recorder_t *recorder, const recorder_config_t *config) {
  hid_t file = recorder->file.id;
  return recorder_h5_attribute_text(file, "scenario", config->scenario_id) ||
         recorder_h5_attribute_text(file, "run", config->run_name) ||
         recorder_h5_attribute_u64(file, "seed", config->seed) ||
         recorder_h5_attribute_u64(file, "dt_us", recorder->dt_us) ||
         recorder_h5_attribute_text(file, "packsim_version", PACKSIM_VERSION) ||
         recorder_h5_attribute_u64(file, "format_version", RECORDER_FORMAT_VERSION);
}

static int tables_open(recorder_t *recorder) {
  recorder->traits = traits_find();
  return !recorder->traits ||
         lane_open(recorder, &recorder->rate_1ms, "rate_1ms", LANE_1MS, 1000) ||
         lane_open(recorder, &recorder->rate_10ms, "rate_10ms", LANE_10MS, 10000) ||
         lane_open(recorder, &recorder->rate_100ms, "rate_100ms", LANE_100MS, 100000) ||
         lane_open(recorder, &recorder->rate_1s, "rate_1s", LANE_1S, 1000000) ||
         window_open(recorder, &recorder->window_1ms, "windows_1ms", LANE_WINDOW_1MS, 1000) ||
         window_open(recorder, &recorder->window_10ms, "windows_10ms", LANE_WINDOW_10MS, 10000) ||
         recorder_watch_open(&recorder->watch, recorder->file) ||
         recorder_h5_marks_open(recorder->marks, recorder->file);
}

static int files_open(recorder_t *recorder, const recorder_config_t *config,
                      char path[PATH_BYTES]) {
  snprintf(path, PATH_BYTES, "%s/signals.csv", config->dir);
  if (recorder_csv_open(&recorder->csv, path)) return -1;
  snprintf(path, PATH_BYTES, "%s/bus.log", config->dir);
  recorder->bus_log = fopen(path, "w");
  if (!recorder->bus_log) return -1;
  setvbuf(recorder->bus_log, NULL, _IONBF, 0);
  snprintf(path, PATH_BYTES, "%s/signals.h5", config->dir);
  recorder->file.id = recorder_h5_create(path);
  return recorder->file.id < 0 ? -1 : 0;
}

static recorder_t *recorder_alloc(void) {
  recorder_t *recorder = calloc(1, sizeof *recorder);
  if (!recorder) return NULL;
  recorder->file = (recorder_h5_file_t){.id = -1, .packer = recorder_packer_open()};
  recorder->marks = malloc(sizeof *recorder->marks);
  lane_t *lanes[] = {&recorder->rate_1ms, &recorder->rate_10ms,       &recorder->rate_100ms,
                     &recorder->rate_1s,  &recorder->window_1ms.lane, &recorder->window_10ms.lane};
  for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++) {
    lanes[i]->table = (recorder_table_t){.group = -1, .values = -1, .times = -1};
  }
  if (!recorder->marks || !recorder->file.packer) {
    recorder_packer_close(recorder->file.packer);
    free(recorder->marks);
    free(recorder);
    return NULL;
  }
  recorder_watch_clear(&recorder->watch);
  *recorder->marks = (recorder_marks_t){.group = -1, .times = -1, .texts = -1};
  recorder->window_until_us = -1;
  return recorder;
}

recorder_status_t recorder_open(recorder_t **result, const recorder_config_t *config,
                                const hil_t *hil) {
  *result = NULL;
  recorder_t *recorder = recorder_alloc();
  if (!recorder) {
    snprintf(error_text, sizeof error_text, "recorder: out of memory");
    return RECORDER_ERR_MEMORY;
  }
  recorder->level = config->level;
  recorder->dt_us = hil->dt_us > 0 ? hil->dt_us : 1000;
  recorder->csv_every = recorder->dt_us < CSV_PERIOD_US ? CSV_PERIOD_US / recorder->dt_us : 1;
  char path[PATH_BYTES] = "";
  if (config->level != RECORD_NONE) {
    if (files_open(recorder, config, path)) {
      char text[PATH_BYTES + 100];
      snprintf(text, sizeof text, "%s: cannot be created: %s", path, strerror(errno));
      fail(recorder, RECORDER_ERR_FILE, text);
    } else if (attributes_write(recorder, config) || tables_open(recorder)) {
      fail_h5(recorder);
    }
  }
  if (recorder->status != RECORDER_OK) {
    recorder_status_t status = recorder->status;
    recorder_close(recorder);
    return status;
  }
  *result = recorder;
  return RECORDER_OK;
}

/* 1 in the first tick and then in each of its turns: counted, for a division takes longer. */
static inline int is_due(uint32_t *wait, uint32_t every) {
  if (*wait > 0) {
    (*wait)--;
    return 0;
  }
  *wait = every - 1;
  return 1;
}

static int lane_tick(lane_t *lane, const hil_t *hil) {
  if (!is_due(&lane->wait, lane->every) || lane->count == 0) return 0;
  recorder_sample_read(&lane->sample, hil, recorder_h5_table_row(&lane->table));
  return recorder_h5_table_push(&lane->table, (int64_t)hil->now_us);
}

APART static int window_write(window_t *window, uint32_t slot) {
  lane_t *lane = &window->lane;
  recorder_ring_read(&window->ring, slot, recorder_h5_table_row(&lane->table));
  window->written_us = window->ring.time_us[slot];
  return recorder_h5_table_push(&lane->table, window->written_us);
}

/* Sample into the ring; inside a window write all that is not in the file yet. */
static int window_tick(window_t *window, const hil_t *hil, int64_t until_us) {
  recorder_ring_t *ring = &window->ring;
  if (window->lane.count == 0) return 0;
  int64_t now_us = (int64_t)hil->now_us;
  if (is_due(&window->lane.wait, window->lane.every)) recorder_ring_push(ring, hil);
  if (now_us > until_us) return 0;
  uint32_t slot = (ring->next + ring->size - ring->fill) % ring->size;
  uint32_t newest = (ring->next + ring->size - 1) % ring->size;
  if (ring->fill == 0 || ring->time_us[newest] <= window->written_us) return 0;
  if (window->written_us >= 0 && ring->fill > 1) {
    uint32_t before = (newest + ring->size - 1) % ring->size;
    if (ring->time_us[before] <= window->written_us) slot = newest;
  }
  for (;; slot = (slot + 1) % ring->size) {
    int64_t time_us = ring->time_us[slot];
    int is_due = time_us > window->written_us && time_us + WINDOW_US >= now_us;
    if (is_due && window_write(window, slot)) return -1;
    if (slot == newest) return 0;
  }
}

APART static int frames_flush(recorder_t *recorder) {
  const size_t count = recorder->bus_fill;
  recorder->bus_fill = 0;
  return fwrite(recorder->bus_buffer, 1, count, recorder->bus_log) == count ? 0 : -1;
}

static int frame_write(recorder_t *recorder, const can_mem_rx_t *rx) {
  const size_t room = sizeof recorder->bus_buffer - recorder->bus_fill;
  if (room < CANDUMP_LINE_CHARS && frames_flush(recorder)) return -1;
  char *line = recorder->bus_buffer + recorder->bus_fill;
  recorder->bus_fill += candump_format(line, rx->time_ns / 1000, "can0", &rx->frame);
  return 0;
}

/* A brief recording keeps frames like signals: those around a trigger. */
APART static int frames_release(recorder_t *recorder, int64_t now_us) {
  uint32_t slot = (recorder->frame_next + FRAME_RING - recorder->frame_fill) % FRAME_RING;
  for (; recorder->frame_fill > 0; recorder->frame_fill--, slot = (slot + 1) % FRAME_RING) {
    int64_t frame_us = (int64_t)(recorder->frame[slot].time_ns / 1000);
    if (frame_us + WINDOW_US >= now_us && frame_write(recorder, &recorder->frame[slot])) return -1;
  }
  return 0;
}

static recorder_status_t tick_record(recorder_t *recorder, const hil_t *hil, int is_triggered) {
  int64_t now_us = (int64_t)hil->now_us;
  if (is_triggered) recorder->window_until_us = now_us + WINDOW_US;
  if (lane_tick(&recorder->rate_1ms, hil) || lane_tick(&recorder->rate_10ms, hil) ||
      lane_tick(&recorder->rate_100ms, hil) || lane_tick(&recorder->rate_1s, hil) ||
      window_tick(&recorder->window_1ms, hil, recorder->window_until_us) ||
      window_tick(&recorder->window_10ms, hil, recorder->window_until_us) ||
      recorder_watch_tick(&recorder->watch, hil, is_triggered || hil->out.event_count > 0)) {
    return fail_h5(recorder);
  }
  if (recorder->frame_fill > 0 && now_us <= recorder->window_until_us &&
      frames_release(recorder, now_us)) {
    return fail(recorder, RECORDER_ERR_FILE, "bus.log: cannot be written: is the disk full?");
  }
  if (is_due(&recorder->csv_wait, recorder->csv_every) &&
      recorder_csv_line(&recorder->csv, hil->now_us, hil)) {
    return fail(recorder, RECORDER_ERR_FILE, "signals.csv: cannot be written: is the disk full?");
  }
  return RECORDER_OK;
}

recorder_status_t recorder_tick(recorder_t *recorder, const hil_t *hil, int is_triggered) {
  if (recorder->level == RECORD_NONE || recorder->status != RECORDER_OK) return recorder->status;
  if (!is_due(&recorder->clock_wait, CLOCK_EVERY)) return tick_record(recorder, hil, is_triggered);
  double start_s = clock_s(), h5_start_s = recorder_h5_spent_s();
  recorder_status_t status = tick_record(recorder, hil, is_triggered);
  double tick_s = clock_s() - start_s - (recorder_h5_spent_s() - h5_start_s);
  spent_s += CLOCK_EVERY * tick_s;
  return status;
}

recorder_status_t recorder_frame(recorder_t *recorder, const can_mem_rx_t *rx) {
  if (recorder->level == RECORD_NONE || recorder->status != RECORDER_OK) return recorder->status;
  if (recorder->level == RECORD_BRIEF) {
    recorder->frame[recorder->frame_next] = *rx;
    recorder->frame_next = (recorder->frame_next + 1) % FRAME_RING;
    if (recorder->frame_fill < FRAME_RING) recorder->frame_fill++;
    return RECORDER_OK;
  }
  if (frame_write(recorder, rx)) {
    return fail(recorder, RECORDER_ERR_FILE, "bus.log: cannot be written: is the disk full?");
  }
  return RECORDER_OK;
}

recorder_status_t recorder_mark(recorder_t *recorder, uint64_t time_us, const char *text) {
  if (recorder->level == RECORD_NONE || recorder->status != RECORDER_OK) return recorder->status;
  if (recorder_h5_marks_push(recorder->marks, (int64_t)time_us, text)) return fail_h5(recorder);
  return RECORDER_OK;
}

static void lane_close(recorder_t *recorder, lane_t *lane) {
  if (recorder_h5_table_close(&lane->table)) fail_h5(recorder);
  recorder_sample_close(&lane->sample);
  free(lane->column);
}

static void window_close(recorder_t *recorder, window_t *window) {
  lane_close(recorder, &window->lane);
  recorder_ring_close(&window->ring);
}

recorder_status_t recorder_close(recorder_t *recorder) {
  if (!recorder) return RECORDER_OK;
  lane_close(recorder, &recorder->rate_1ms);
  lane_close(recorder, &recorder->rate_10ms);
  lane_close(recorder, &recorder->rate_100ms);
  lane_close(recorder, &recorder->rate_1s);
  window_close(recorder, &recorder->window_1ms);
  window_close(recorder, &recorder->window_10ms);
  if (recorder_watch_close(&recorder->watch)) fail_h5(recorder);
  if (recorder_h5_marks_close(recorder->marks)) fail_h5(recorder);
  if (recorder->file.id >= 0 && recorder_h5_close(recorder->file.id)) fail_h5(recorder);
  if (recorder_csv_close(&recorder->csv)) {
    fail(recorder, RECORDER_ERR_FILE, "signals.csv: cannot be written: is the disk full?");
  }
  int is_lost = recorder->bus_log && frames_flush(recorder);
  is_lost |= recorder->bus_log && fclose(recorder->bus_log);
  if (is_lost) {
    fail(recorder, RECORDER_ERR_FILE, "bus.log: cannot be written: is the disk full?");
  }
  recorder_packer_close(recorder->file.packer);
  free(recorder->marks);
  free(recorder->traits);
  recorder_status_t status = recorder->status;
  free(recorder);
  return status;
}
