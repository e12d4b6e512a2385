/// Pieces of the SVG pictures: see report_svg.h.
#include "report_svg.h"

#include <math.h>

enum { BUCKET_COUNT = (SVG_RIGHT - SVG_LEFT) / 2 };

double report_svg_x(const svg_t *svg, double time_s) {
  double share = (time_s - svg->start_s) / (svg->end_s - svg->start_s);
  share = share < 0 ? 0 : share > 1 ? 1 : share;
  return SVG_LEFT + (SVG_RIGHT - SVG_LEFT) * share;
}

double report_svg_y(const svg_t *svg, double value) {
  return SVG_TOP + (SVG_BOTTOM - SVG_TOP) * (svg->high - value) / (svg->high - svg->low);
}

static double bottom_of(const svg_t *svg) { return svg->height > 0 ? svg->height : SVG_BOTTOM; }

void report_svg_open(const svg_t *svg, FILE *html) {
  fprintf(html, "<svg viewBox=\"0 0 %d %d\" role=\"img\"", SVG_WIDTH, SVG_HEIGHT);
  fprintf(html, " data-l=\"%.9g\" data-h=\"%.9g\">", svg->low, svg->high);
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

void report_svg_times(const svg_t *svg, double top, double bottom, FILE *html) {
  double step = nice_step(svg->end_s - svg->start_s, 8);
  for (double tick = ceil(svg->start_s / step); tick * step <= svg->end_s; tick += 1) {
    double x = report_svg_x(svg, tick * step);
    fprintf(html, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.0f\"/>", x, x, top, bottom);
    if (x < SVG_RIGHT - 24) {
      fprintf(html, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%.6g s</text>", x,
              bottom + 13, tick * step);
    }
  }
}

void report_svg_grid(const svg_t *svg, FILE *html) {
  double step = nice_step(svg->high - svg->low, 4);
  for (double tick = ceil(svg->low / step); tick * step <= svg->high; tick += 1) {
    double y = report_svg_y(svg, tick * step), value = tick * step;
    fprintf(html, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", SVG_LEFT, SVG_RIGHT, y, y);
    fprintf(html, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.6g</text>", SVG_LEFT - 5, y + 4,
            value > -1e-12 && value < 1e-12 ? 0 : value);
  }
  report_svg_times(svg, SVG_TOP, SVG_BOTTOM, html);
}

static void shade(const svg_t *svg, const char *class, double from_s, double to_s, FILE *html) {
  if (to_s < svg->start_s || from_s > svg->end_s) return;
  double x = report_svg_x(svg, from_s), width = report_svg_x(svg, to_s) - x;
  fprintf(html, "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%.0f\"/>", class, x,
          SVG_TOP, width < 1 ? 1 : width, bottom_of(svg) - SVG_TOP);
}

static void upright(const svg_t *svg, const char *class, double time_s, FILE *html) {
  if (!(time_s >= svg->start_s && time_s <= svg->end_s)) return;
  double x = report_svg_x(svg, time_s);
  fprintf(html, "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%.0f\"/>", class, x, x,
          SVG_TOP, bottom_of(svg));
}

void report_svg_backdrop(const svg_t *svg, const report_run_t *run, FILE *html) {
  const cJSON *event;
  cJSON_ArrayForEach(event, cJSON_GetObjectItem(run->story, "events")) {
    double at_s = report_story_number(event, "at_s"), to_s = report_story_number(event, "to_s");
    if (isnan(at_s) || !report_story_text(event, "fault")[0]) continue;
    shade(svg, "fault", at_s, isnan(to_s) ? run->end_s : to_s, html);
  }
  int is_bad = run->key >= 0 && run->result->check[run->key].verdict != VERDICT_PASS;
  if (!isnan(run->key_from_s) && !isnan(run->key_to_s)) {
    shade(svg, is_bad ? "band bad" : "band", run->key_from_s, run->key_to_s, html);
  }
  cJSON_ArrayForEach(event, cJSON_GetObjectItem(run->story, "events")) {
    upright(svg, "event", report_story_number(event, "at_s"), html);
  }
  if (is_bad) upright(svg, "missed", run->key_at_s, html);
}

/* A line of points without those that lie on a level stretch. */
typedef struct {
  FILE *html;
  double last_y, held_x, held_y;
  int has_last, has_held;
} pen_t;

static void pen_put(pen_t *pen, double x, double y) {
  fprintf(pen->html, "%.1f,%.1f ", x, y);
  pen->last_y = y;
  pen->has_last = 1;
  pen->has_held = 0;
}

static void pen_move(pen_t *pen, double x, double y) {
  int is_level = pen->has_last && fabs(y - pen->last_y) < 0.05;
  if (pen->has_held && !is_level) pen_put(pen, pen->held_x, pen->held_y);
  if (is_level) {
    pen->held_x = x;
    pen->held_y = y;
    pen->has_held = 1;
    return;
  }
  pen_put(pen, x, y);
}

void report_svg_curve(const svg_t *svg, const recorder_series_t *series, uint32_t index,
                      FILE *html) {
  double bucket_s = (svg->end_s - svg->start_s) / BUCKET_COUNT;
  pen_t pen = {.html = html};
  fprintf(html, "<polyline class=\"s%u\" points=\"", index);
  for (uint32_t begin = 0, end; begin < series->count; begin = end) {
    uint32_t low = begin, high = begin;
    double bucket = floor((series->time_s[begin] - svg->start_s) / bucket_s);
    for (end = begin; end < series->count; end++) {
      if (floor((series->time_s[end] - svg->start_s) / bucket_s) > bucket) break;
      if (series->value[end] < series->value[low]) low = end;
      if (series->value[end] > series->value[high]) high = end;
    }
    uint32_t first = low < high ? low : high, second = low < high ? high : low;
    if (begin > 0 && series->time_s[begin] - series->time_s[begin - 1] > 2 * bucket_s) {
      pen_move(&pen, report_svg_x(svg, series->time_s[begin]),
               report_svg_y(svg, (double)series->value[begin - 1]));
    }
    pen_move(&pen, report_svg_x(svg, series->time_s[first]),
             report_svg_y(svg, (double)series->value[first]));
    if (second != first) {
      pen_move(&pen, report_svg_x(svg, series->time_s[second]),
               report_svg_y(svg, (double)series->value[second]));
    }
  }
  if (pen.has_held) pen_put(&pen, pen.held_x, pen.held_y);
  fputs("\"/>", html);
}

void report_svg_limit(const svg_t *svg, double value, const char *label, FILE *html) {
  double y = report_svg_y(svg, value);
  fprintf(html, "<line class=\"limit %s\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", label,
          SVG_LEFT, SVG_RIGHT, y, y);
  fprintf(html, "<text class=\"limit\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s %.4g</text>",
          SVG_RIGHT - 3, y - 2, label, value);
}
