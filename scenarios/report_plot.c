/// Curves of a run as inline SVG pictures that share one axis of time.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/limits.h"
#include "report_run.h"
#include "report_svg.h"

enum { SERIES_MAX = 7, FIXED_MAX = 3, SAMPLE_MIN = 2, LIMIT_MAX = 6 };

static const double WIDE_SPAN_s = 20;

typedef struct {
  const char *signal, *label;
  double scale;
} curve_t;

typedef struct {
  const char *title, *unit;
  curve_t curve[FIXED_MAX];
  uint8_t has_groups; /* those that the run speaks of come along, with their limits */
  uint8_t starts_late; /* zeros at the start are no values yet */
  uint8_t is_flat_dull; /* a curve that is zero throughout is no news */
  uint8_t is_slow; /* around a check only where it moves */
  double span_min; /* of the axis: noise is not blown up */
} chart_t;

static const chart_t charts[] = {
    {"Pack voltage",
     "V",
     {{"phys.pack.V", "pack", 1}, {"phys.link.V", "DC link", 1}},
     .is_flat_dull = 1,
     .span_min = 2},
    {"Pack current",
     "A",
     {{"phys.pack.A", "true", 1}, {"bms.current_mA", "BMS", 1e-3}},
     .is_flat_dull = 1,
     .span_min = 1},
    {"Group voltages",
     "V",
     {{"phys.group.max.V", "highest", 1},
      {"phys.group.min.V", "lowest", 1},
      {"phys.group.mean.V", "mean", 1}},
     .has_groups = 1,
     .is_flat_dull = 1,
     .span_min = 0.01},
    {"Cell temperature",
     "degC",
     {{"phys.cell.max.degC", "hottest", 1}, {"phys.cell.min.degC", "coldest", 1}},
     .is_slow = 1,
     .span_min = 1},
    {"State of charge",
     "%",
     {{"phys.pack.soc_pct", "true", 1}, {"bms.soc_pct", "BMS", 1}},
     .starts_late = 1,
     .is_flat_dull = 1,
     .is_slow = 1,
     .span_min = 1},
    {"Speed", "km/h", {{"phys.vehicle.speed_kph", "vehicle", 1}}, .is_flat_dull = 1, .span_min = 5},
};
enum { CHART_COUNT = sizeof charts / sizeof charts[0] };

typedef struct {
  char label[REPORT_NAME_BYTES];
  recorder_series_t series;
} trace_t;

typedef struct {
  uint32_t count;
  trace_t trace[SERIES_MAX];
} traces_t;

static int is_worth_it(const recorder_series_t *series, const chart_t *chart) {
  int is_zero = 1;
  for (uint32_t i = 0; i < series->count; i++) {
    if (!isfinite(series->value[i])) return 0;
    if (series->value[i] > 0 || series->value[i] < 0) is_zero = 0;
  }
  return series->count >= SAMPLE_MIN && !(chart->is_flat_dull && is_zero);
}

/* The BMS has no reading yet: not a voltage of zero. */
static void drop_zeros(recorder_series_t *series) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < series->count; i++) {
    if (!(series->value[i] > 0)) continue;
    series->time_s[count] = series->time_s[i];
    series->value[count++] = series->value[i];
  }
  series->count = count;
}

static void late_start(recorder_series_t *series) {
  uint32_t skip = 0;
  while (skip < series->count && !(series->value[skip] > 0)) skip++;
  memmove(series->time_s, series->time_s + skip, (series->count - skip) * sizeof(double));
  memmove(series->value, series->value + skip, (series->count - skip) * sizeof(float));
  series->count -= skip;
}

static void trace_add(traces_t *traces, const report_run_t *run, const report_span_t *span,
                      const chart_t *chart, const curve_t *curve) {
  trace_t *trace = &traces->trace[traces->count];
  if (traces->count == SERIES_MAX) return;
  *trace = (trace_t){0};
  snprintf(trace->label, sizeof trace->label, "%s", curve->label);
  report_series(run, curve->signal, span->start_s, span->end_s, &trace->series);
  for (uint32_t i = 0; i < trace->series.count; i++) {
    trace->series.value[i] *= (float)curve->scale;
  }
  if (strncmp(curve->signal, "bms.group.", 10) == 0) drop_zeros(&trace->series);
  if (chart->starts_late && trace->series.count > 0) late_start(&trace->series);
  if (is_worth_it(&trace->series, chart)) {
    traces->count++;
  } else {
    recorder_series_free(&trace->series);
  }
}

static void traces_read(traces_t *traces, const report_run_t *run, const report_span_t *span,
                        const chart_t *chart) {
  char name[REPORT_NAME_BYTES];
  traces->count = 0;
  for (uint32_t i = 0; i < FIXED_MAX && chart->curve[i].signal; i++) {
    trace_add(traces, run, span, chart, &chart->curve[i]);
  }
  for (uint32_t g = 0; chart->has_groups && g < run->group_count; g++) {
    snprintf(name, sizeof name, "phys.group.%s.V", run->group[g]);
    curve_t curve = {name, run->group[g], 1};
    trace_add(traces, run, span, chart, &curve);
    char seen[REPORT_NAME_BYTES], label[REPORT_NAME_BYTES];
    snprintf(seen, sizeof seen, "bms.group.%s.mV", run->group[g]);
    snprintf(label, sizeof label, "%s as the BMS reads it", run->group[g]);
    curve_t reading = {seen, label, 1e-3};
    trace_add(traces, run, span, chart, &reading);
  }
}

/* The three levels of both sides, where they lie near the curves. */
static void limits_draw(svg_t *svg, double low, double high, FILE *html) {
  static const char *const level[] = {"operating", "recommended", "safety"};
  double room = 0.5 * (high - low) + 0.02;
  for (uint32_t i = 0; i < LIMIT_MAX; i++) {
    const limits_row_t *row = &limits_row[i < 3 ? LIMITS_GROUP_MAX : LIMITS_GROUP_MIN];
    int32_t limit_mV = i % 3 == 0 ? row->mol : i % 3 == 1 ? row->rsl : row->msl;
    double limit_V = limit_mV / 1000.0;
    if (limit_V < low - room || limit_V > high + room) continue;
    report_svg_limit(svg, limit_V, level[i % 3], html);
  }
}

static void limits_take(double *low, double *high) {
  double room = 0.5 * (*high - *low) + 0.02, least = *low, most = *high;
  for (uint32_t i = 0; i < LIMIT_MAX; i++) {
    const limits_row_t *row = &limits_row[i < 3 ? LIMITS_GROUP_MAX : LIMITS_GROUP_MIN];
    int32_t limit_mV = i % 3 == 0 ? row->mol : i % 3 == 1 ? row->rsl : row->msl;
    double limit_V = limit_mV / 1000.0;
    if (limit_V < *low - room || limit_V > *high + room) continue;
    least = fmin(least, limit_V);
    most = fmax(most, limit_V);
  }
  *low = least;
  *high = most;
}

static void caption(const chart_t *chart, const traces_t *traces, FILE *html) {
  fputs("<p class=\"cap\"><b>", html);
  report_escape(html, chart->title);
  fprintf(html, "%s%s</b>", chart->unit[0] ? ", " : "", chart->unit);
  for (uint32_t i = 0; i < traces->count; i++) {
    fprintf(html, " <i class=\"k%u\">", i);
    report_escape(html, traces->trace[i].label);
    fputs("</i><var></var>", html);
  }
  fputs("</p>", html);
}

static void bounds(const traces_t *traces, double *low, double *high) {
  *low = HUGE_VAL;
  *high = -HUGE_VAL;
  for (uint32_t t = 0; t < traces->count; t++) {
    const recorder_series_t *series = &traces->trace[t].series;
    for (uint32_t i = 0; i < series->count; i++) {
      *low = fmin(*low, (double)series->value[i]);
      *high = fmax(*high, (double)series->value[i]);
    }
  }
}

/* The widest range of a single curve. */
static double movement(const traces_t *traces) {
  double most = 0;
  for (uint32_t t = 0; t < traces->count; t++) {
    const recorder_series_t *series = &traces->trace[t].series;
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (uint32_t i = 0; i < series->count; i++) {
      low = fmin(low, (double)series->value[i]);
      high = fmax(high, (double)series->value[i]);
    }
    most = fmax(most, high - low);
  }
  return most;
}

static void curves_draw(const report_run_t *run, const report_span_t *span, const chart_t *chart,
                        const traces_t *traces, FILE *html) {
  double low, high;
  bounds(traces, &low, &high);
  double data_low = low, data_high = high;
  if (chart->has_groups) limits_take(&low, &high);
  double lacking = chart->span_min - (high - low);
  double pad = high > low ? 0.06 * (high - low) : fmax(1e-3, 0.01 * fabs(high));
  if (lacking > 0) pad += 0.5 * lacking;
  svg_t svg = {span->start_s, span->end_s, low - pad, high + pad, 0};
  caption(chart, traces, html);
  report_svg_open(&svg, html);
  report_svg_backdrop(&svg, run, html);
  report_svg_grid(&svg, html);
  if (chart->has_groups) limits_draw(&svg, data_low, data_high, html);
  for (uint32_t t = traces->count; t-- > 0;)
    report_svg_curve(&svg, &traces->trace[t].series, t, html);
  fputs("</svg>\n", html);
}

static void chart_draw(const report_run_t *run, const report_span_t *span, const chart_t *chart,
                       FILE *html) {
  traces_t traces;
  traces_read(&traces, run, span, chart);
  int is_still = chart->is_slow && !span->is_whole && movement(&traces) < chart->span_min;
  if (traces.count > 0 && !is_still) curves_draw(run, span, chart, &traces, html);
  for (uint32_t t = 0; t < traces.count; t++) recorder_series_free(&traces.trace[t].series);
}

/* The signal of the check to explain, where no picture has it yet. */
static void key_chart(const report_run_t *run, const report_span_t *span, FILE *html) {
  if (run->key < 0) return;
  const char *name = report_story_text(report_run_check(run, (uint32_t)run->key), "signal");
  int32_t signal = name[0] ? signals_find(name) : -1;
  if (signal < 0 || !signals_at((uint32_t)signal)->unit[0]) return;
  for (uint32_t c = 0; c < CHART_COUNT; c++) {
    for (uint32_t i = 0; i < FIXED_MAX && charts[c].curve[i].signal; i++) {
      if (strcmp(charts[c].curve[i].signal, name) == 0) return;
    }
  }
  if (strncmp(name, "phys.group.", 11) == 0) return;
  chart_t chart = {.title = name,
                   .unit = signals_at((uint32_t)signal)->unit,
                   .curve = {{name, run->result->check[run->key].id, 1}}};
  chart_draw(run, span, &chart, html);
}

static void view(const report_run_t *run, const report_span_t *span, FILE *html) {
  fprintf(html, "<figure class=\"plot\" data-a=\"%.6f\" data-b=\"%.6f\">", span->start_s,
          span->end_s);
  fprintf(html, "<figcaption>%s, %.3f to %.3f s</figcaption>\n",
          span->is_whole ? "The whole run" : "Around the check", span->start_s, span->end_s);
  report_lanes(run, span, html);
  key_chart(run, span, html);
  for (uint32_t i = 0; i < CHART_COUNT; i++) chart_draw(run, span, &charts[i], html);
  fputs("</figure>\n", html);
}

/* Around trigger, deadline and decision of the check to explain. */
static int span_near(const report_run_t *run, report_span_t *span) {
  double from_s = isnan(run->key_from_s) ? run->key_at_s : run->key_from_s;
  double to_s = isnan(run->key_to_s) ? run->key_at_s : run->key_to_s;
  int has_failed = run->key >= 0 && run->result->check[run->key].verdict != VERDICT_PASS;
  if (has_failed && run->key_at_s > to_s) to_s = run->key_at_s;
  if (isnan(from_s) || isnan(to_s)) return 0;
  int is_deadline = !isnan(run->key_to_s);
  if (!is_deadline || to_s - from_s > WIDE_SPAN_s) from_s = to_s - 0.5;
  double room_s = fmax(0.1, 0.4 * (to_s - from_s));
  span->start_s = fmax(0, from_s - room_s);
  span->end_s = fmin(run->end_s, to_s + room_s);
  span->is_whole = 0;
  return span->end_s > span->start_s && span->end_s - span->start_s < 0.5 * run->end_s;
}

void report_plots(const report_run_t *run, FILE *html) {
  report_span_t near, whole = {0, run->end_s, 1};
  if (!run->recording && run->csv.count < SAMPLE_MIN) return;
  if (!(whole.end_s > 0)) return;
  int has_near = span_near(run, &near);
  if (has_near) view(run, &near, html);
  if (has_near && run->result->verdict != VERDICT_PASS) {
    fputs("<details><summary>The whole run in curves</summary>", html);
  }
  view(run, &whole, html);
  if (has_near && run->result->verdict != VERDICT_PASS) fputs("</details>\n", html);
}
