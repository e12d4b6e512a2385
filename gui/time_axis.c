/// Time and values along px: see time_axis.h.
#include "time_axis.h"

#include <math.h>
#include <stdio.h>

enum { LABEL_CHARACTERS = 9 };

static const double SPAN_MIN_s = 0.01, MINUTE_s = 60.0, HOUR_s = 3600.0;

time_axis_t time_axis_of(const time_window_t *window, double now_s, double end_s, list_box_t box) {
  double span_s = window->span_s > 0.0 ? window->span_s : end_s;
  if (!(span_s > SPAN_MIN_s)) span_s = SPAN_MIN_s;
  double from_s = window->from_s;
  if (window->span_s <= 0.0) from_s = 0.0;
  if (window->span_s > 0.0 && !window->is_fixed) from_s = now_s > span_s ? now_s - span_s : 0.0;
  return (time_axis_t){from_s, from_s + span_s, box.x, box.w > 1 ? box.w : 1};
}

int time_axis_x(const time_axis_t *axis, double time_s) {
  double at = (time_s - axis->from_s) / (axis->to_s - axis->from_s) * axis->w;
  if (!(at > -1.0)) at = -1.0;
  if (at > axis->w + 1.0) at = axis->w + 1.0;
  return axis->x + (int)floor(at + 0.5);
}

double time_axis_s(const time_axis_t *axis, int x) {
  return axis->from_s + (axis->to_s - axis->from_s) * (x - axis->x) / axis->w;
}

int time_axis_shows(const time_axis_t *axis, double from_s, double to_s) {
  return to_s >= axis->from_s && from_s <= axis->to_s;
}

double time_axis_value_step(double span, int count_max) {
  static const double factor[] = {2.0, 2.5, 2.0};
  double step = 1e-6;
  if (count_max < 1) count_max = 1;
  for (int i = 0; i < 60 && span / step > count_max; i++) step *= factor[i % 3];
  return step;
}

double time_axis_step(double span_s, int count_max) {
  static const double steps_s[] = {60,   120,   300,   600,   1200,  1800,  3600,
                                   7200, 14400, 21600, 43200, 86400, 604800};
  double step_s = time_axis_value_step(span_s, count_max);
  if (step_s < MINUTE_s - 9.0) return step_s;
  for (size_t i = 0; i < sizeof steps_s / sizeof steps_s[0]; i++) {
    if (span_s / steps_s[i] <= count_max) return steps_s[i];
  }
  return step_s;
}

/// Decimals that tell neighbouring multiples of a step apart.
static int decimals_of(double step) {
  int count = 0;
  for (; count < 6 && step < 0.999; count++) step *= 10.0;
  return count;
}

void time_axis_label(double time_s, double step_s, char *text, size_t text_bytes) {
  if (step_s < MINUTE_s - 9.0) {
    snprintf(text, text_bytes, "%.*f", decimals_of(step_s), time_s);
    return;
  }
  unsigned minutes = (unsigned)(time_s / MINUTE_s + 0.5);
  if (minutes < 60) {
    snprintf(text, text_bytes, "%u min", minutes);
  } else {
    snprintf(text, text_bytes, "%u h %02u", minutes / 60, minutes % 60);
  }
}

void time_axis_moment(double time_s, char *text, size_t text_bytes) {
  if (time_s < 10.0 * MINUTE_s) {
    snprintf(text, text_bytes, "%.3f s", time_s);
    return;
  }
  unsigned hours = (unsigned)(time_s / HOUR_s);
  unsigned minutes = (unsigned)((time_s - hours * HOUR_s) / MINUTE_s);
  snprintf(text, text_bytes, "%u:%02u:%06.3f", hours, minutes,
           time_s - hours * HOUR_s - minutes * MINUTE_s);
}

void time_axis_draw(const time_axis_t *axis, list_box_t box, list_box_t labels,
                    display_list_t *list) {
  int label_w = list_width(THEME_SMALL, LABEL_CHARACTERS);
  double step_s = time_axis_step(axis->to_s - axis->from_s, axis->w / (label_w + label_w / 3));
  double first = ceil(axis->from_s / step_s - 1e-9);
  char text[24];
  for (int i = 0; i < 200; i++) {
    double time_s = (first + i) * step_s;
    if (time_s > axis->to_s + step_s * 1e-9) break;
    int x = time_axis_x(axis, time_s);
    if (box.h > 0) list_line(list, x, box.y, x, box.y + box.h, THEME_FAINT);
    if (labels.h == 0) continue;
    time_axis_label(time_s, step_s, text, sizeof text);
    list_box_t at = list_box(x - label_w / 2, labels.y, label_w, labels.h);
    list_align_t align = LIST_CENTRE;
    if (at.x < labels.x) {
      at.x = labels.x;
      align = LIST_LEFT;
    }
    if (at.x + at.w > labels.x + labels.w) {
      at.x = (int16_t)(labels.x + labels.w - at.w);
      align = LIST_RIGHT;
    }
    list_text(list, at, THEME_SMALL, align, THEME_SOFT, "%s", text);
  }
}

void time_window_zoom(time_window_t *window, const time_axis_t *axis, double factor, double at_s,
                      double end_s) {
  double span_s = axis->to_s - axis->from_s, share = (at_s - axis->from_s) / span_s;
  double wide_s = span_s * factor;
  if (wide_s < SPAN_MIN_s) wide_s = SPAN_MIN_s;
  if (wide_s >= end_s) {
    *window = (time_window_t){.span_s = 0.0};
    return;
  }
  if (window->span_s <= 0.0) window->is_fixed = at_s < axis->to_s;
  window->from_s = at_s - share * wide_s;
  if (window->from_s < 0.0) window->from_s = 0.0;
  window->span_s = wide_s;
}

void time_window_pan(time_window_t *window, const time_axis_t *axis, double share, double now_s) {
  double span_s = axis->to_s - axis->from_s, from_s = axis->from_s + share * span_s;
  window->from_s = from_s > 0.0 ? from_s : 0.0;
  window->span_s = span_s;
  window->is_fixed = share < 0.0 || window->from_s + span_s < now_s;
}
