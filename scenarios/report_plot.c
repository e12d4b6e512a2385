/// Plots of a run: columns of its signals.csv as small inline SVG pictures.
#include "report_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  SERIES_MAX = 2,
  COLUMN_MAX = 64,
  SAMPLE_MAX = 1 << 20,
  LINE_BYTES = 8192,
  BUCKET_COUNT = 320,
  WIDTH = 640,
  HEIGHT = 150,
  LEFT = 56,
  BOTTOM = 18,
  TOP = 6
};

typedef struct {
  const char *title, *unit;
  const char *signal[SERIES_MAX]; /* names as in signals.csv */
  int starts_late; /* zeros at the start are no values yet */
} plot_t;

static const plot_t plots[] = {
    {"Pack voltage", "V", {"phys.pack.V", NULL}, 0},
    {"Pack current", "A", {"phys.pack.A", NULL}, 0},
    {"Highest and lowest group", "V", {"phys.group.max.V", "phys.group.min.V"}, 0},
    {"State of charge, true and estimated", "%", {"phys.pack.soc_pct", "bms.soc_pct"}, 1},
    {"Hottest and coldest cell", "degC", {"phys.cell.max.degC", "phys.cell.min.degC"}, 0},
    {"Speed", "km/h", {"phys.vehicle.speed_kph", NULL}, 0},
    {"DC link voltage", "V", {"phys.link.V", NULL}, 0},
    {"BMS state: 2 standby, 3 precharge, 4 drive, 5 charge, 7 opening, 8 fault",
     "",
     {"bms.state", NULL},
     0},
};

enum { PLOT_COUNT = sizeof plots / sizeof plots[0], TRACE_COUNT = 1 + PLOT_COUNT * SERIES_MAX };

/* Trace 0 is the time, then the series of each plot. */
typedef struct {
  uint32_t count, max;
  int32_t column[TRACE_COUNT]; /* -1: not in the file */
  float *value[TRACE_COUNT];
} traces_t;

static int32_t column_find(const char *header, const char *name) {
  size_t length = strlen(name);
  int32_t column = 0;
  for (const char *at = header; *at; column++) {
    const char *end = at + strcspn(at, ",\n");
    int is_end = at[length] == ',' || at[length] == '\n' || at[length] == ' ' || at[length] == 0;
    if (strncmp(at, name, length) == 0 && is_end) return column;
    at = *end ? end + 1 : end;
  }
  return -1;
}

static int traces_grow(traces_t *traces) {
  uint32_t max = traces->max > 0 ? 2 * traces->max : 1024;
  for (uint32_t i = 0; i < TRACE_COUNT; i++) {
    float *value = realloc(traces->value[i], max * sizeof(float));
    if (!value) return -1;
    traces->value[i] = value;
  }
  traces->max = max;
  return 0;
}

static void line_parse(traces_t *traces, const char *line) {
  float field[COLUMN_MAX] = {0};
  uint32_t count = 0;
  for (const char *at = line; *at && *at != '\n' && count < COLUMN_MAX;) {
    field[count++] = strtof(at, NULL);
    at += strcspn(at, ",\n");
    if (*at == ',') at++;
  }
  for (uint32_t i = 0; i < TRACE_COUNT; i++) {
    int32_t column = traces->column[i];
    traces->value[i][traces->count] = column >= 0 && (uint32_t)column < count ? field[column] : 0;
  }
  traces->count++;
}

static void traces_free(traces_t *traces) {
  for (uint32_t i = 0; i < TRACE_COUNT; i++) free(traces->value[i]);
}

/* -1 iff there is nothing to plot. */
static int traces_read(traces_t *traces, const char *path) {
  char line[LINE_BYTES];
  memset(traces, 0, sizeof *traces);
  FILE *file = fopen(path, "r");
  if (!file) return -1;
  if (fgets(line, sizeof line, file)) {
    traces->column[0] = 0;
    for (uint32_t i = 1; i < TRACE_COUNT; i++) {
      const char *name = plots[(i - 1) / SERIES_MAX].signal[(i - 1) % SERIES_MAX];
      traces->column[i] = name ? column_find(line, name) : -1;
    }
    while (traces->count < SAMPLE_MAX && fgets(line, sizeof line, file)) {
      if (traces->count == traces->max && traces_grow(traces)) break;
      line_parse(traces, line);
    }
  }
  fclose(file);
  if (traces->count >= 2 && traces->value[0][traces->count - 1] > traces->value[0][0]) return 0;
  traces_free(traces);
  return -1;
}

typedef struct {
  double low, high, start_s, end_s;
} frame_t;

static double x_of(const frame_t *frame, double time_s) {
  return LEFT + (WIDTH - LEFT) * (time_s - frame->start_s) / (frame->end_s - frame->start_s);
}

static double y_of(const frame_t *frame, double value) {
  return TOP + (HEIGHT - TOP - BOTTOM) * (frame->high - value) / (frame->high - frame->low);
}

static void point(FILE *html, const frame_t *frame, const traces_t *traces, const float *value,
                  uint32_t i) {
  fprintf(html, "%.1f,%.1f ", x_of(frame, (double)traces->value[0][i]),
          y_of(frame, (double)value[i]));
}

/* First sample that counts. */
static uint32_t trace_start(const traces_t *traces, uint32_t trace) {
  uint32_t start = 0;
  if (!plots[(trace - 1) / SERIES_MAX].starts_late) return 0;
  while (start + 1 < traces->count && !(traces->value[trace][start] > 0)) start++;
  return start;
}

/* Each bucket keeps its lowest and highest sample, in their order: no peak gets lost. */
static void polyline(FILE *html, const frame_t *frame, const traces_t *traces, uint32_t trace) {
  const float *value = traces->value[trace];
  uint32_t size = (traces->count + BUCKET_COUNT - 1) / BUCKET_COUNT;
  fprintf(html, "<polyline class=\"s%u\" points=\"", (trace - 1) % SERIES_MAX);
  for (uint32_t begin = trace_start(traces, trace); begin < traces->count; begin += size) {
    uint32_t end = begin + size < traces->count ? begin + size : traces->count;
    uint32_t low = begin, high = begin;
    for (uint32_t i = begin; i < end; i++) {
      if (value[i] < value[low]) low = i;
      if (value[i] > value[high]) high = i;
    }
    point(html, frame, traces, value, low < high ? low : high);
    if (low != high) point(html, frame, traces, value, low < high ? high : low);
  }
  if (size > 1) point(html, frame, traces, value, traces->count - 1);
  fputs("\"/>", html);
}

static double nice_step(double span, double count) {
  double raw = span / count, power = 1;
  while (power > raw) power /= 10;
  while (power * 10 <= raw) power *= 10;
  return raw / power > 5   ? 10 * power
         : raw / power > 2 ? 5 * power
         : raw / power > 1 ? 2 * power
                           : power;
}

static void grid(FILE *html, const frame_t *frame) {
  double step = nice_step(frame->high - frame->low, 4);
  for (double tick = ceil(frame->low / step); tick * step <= frame->high; tick += 1) {
    double y = y_of(frame, tick * step), value = tick * step;
    fprintf(html, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT, WIDTH, y, y);
    fprintf(html, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.6g</text>", LEFT - 4, y + 4,
            value > -1e-12 && value < 1e-12 ? 0 : value);
  }
  step = nice_step(frame->end_s - frame->start_s, 8);
  for (double tick = ceil(frame->start_s / step); tick * step <= frame->end_s; tick += 1) {
    double x = x_of(frame, tick * step);
    fprintf(html, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", x, x, TOP,
            HEIGHT - BOTTOM);
    if (x < WIDTH - 24) {
      fprintf(html, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.6g s</text>", x, HEIGHT - 4,
              tick * step);
    }
  }
}

/* Widen the frame to a trace. 1 iff the trace is worth a plot. */
static int frame_take(frame_t *frame, const traces_t *traces, uint32_t trace) {
  int is_all_zero = 1;
  for (uint32_t i = trace_start(traces, trace); i < traces->count; i++) {
    double value = (double)traces->value[trace][i];
    if (!isfinite(value)) return 0;
    frame->low = fmin(frame->low, value);
    frame->high = fmax(frame->high, value);
    if (value > 0 || value < 0) is_all_zero = 0;
  }
  return !is_all_zero;
}

static void plot_write(FILE *html, const traces_t *traces, uint32_t index) {
  frame_t frame = {.low = HUGE_VAL, .high = -HUGE_VAL};
  const plot_t *plot = &plots[index];
  uint32_t first = 1 + index * SERIES_MAX, shown[SERIES_MAX], shown_count = 0;
  for (uint32_t s = 0; s < SERIES_MAX; s++) {
    if (traces->column[first + s] < 0 || !frame_take(&frame, traces, first + s)) continue;
    shown[shown_count++] = first + s;
  }
  if (shown_count == 0) return;
  double pad = frame.high > frame.low ? 0.05 * (frame.high - frame.low) : 0.5;
  frame.low -= pad;
  frame.high += pad;
  frame.start_s = (double)traces->value[0][0];
  frame.end_s = (double)traces->value[0][traces->count - 1];
  fprintf(html, "<figure><figcaption>%s%s%s</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\">",
          plot->title, plot->unit[0] ? ", " : "", plot->unit, WIDTH, HEIGHT);
  grid(html, &frame);
  while (shown_count-- > 0) polyline(html, &frame, traces, shown[shown_count]);
  fputs("</svg></figure>\n", html);
}

void report_plots(const report_t *report, const run_result_t *result, FILE *html) {
  char path[700];
  traces_t traces;
  snprintf(path, sizeof path, "%s/%s/signals.csv", report->dir, result->run_name);
  if (traces_read(&traces, path)) return;
  fputs("<div class=\"plots\">\n", html);
  for (uint32_t i = 0; i < PLOT_COUNT; i++) plot_write(html, &traces, i);
  fputs("</div>\n", html);
  traces_free(&traces);
}
