/// Pieces of the SVG pictures: axes, curves, shades. All share one width and one axis of time.
#ifndef SCENARIOS_REPORT_SVG_H
#define SCENARIOS_REPORT_SVG_H

#include "report_run.h"

enum {
  SVG_WIDTH = 1000,
  SVG_LEFT = 190,
  SVG_RIGHT = 992,
  SVG_HEIGHT = 108,
  SVG_TOP = 4,
  SVG_BOTTOM = 92
};

typedef struct {
  double start_s, end_s;
  double low, high; ///< of the vertical axis
  double height; ///< 0: SVG_HEIGHT
} svg_t;

double report_svg_x(const svg_t *svg, double time_s); ///< clipped at the edges
double report_svg_y(const svg_t *svg, double value);

void report_svg_open(const svg_t *svg, FILE *html);

/// Lines and numbers of both axes.
void report_svg_grid(const svg_t *svg, FILE *html);

/// Lines of the axis of time from top to bottom, with their numbers below.
void report_svg_times(const svg_t *svg, double top, double bottom, FILE *html);

/// Faults as grey shades, events as lines, the check to explain as a band with its decision.
void report_svg_backdrop(const svg_t *svg, const report_run_t *run, FILE *html);

/// At most two points for each pixel, the lowest and the highest there: no peak gets lost.
/// Between samples farther apart a value stays what it was.
void report_svg_curve(const svg_t *svg, const recorder_series_t *series, uint32_t index,
                      FILE *html);

void report_svg_limit(const svg_t *svg, double value, const char *label, FILE *html);

#endif
