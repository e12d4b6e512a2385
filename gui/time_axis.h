/// Simulated time and values along px: which part is shown, round ticks, labels, zoom and pan.
///
/// Units    times in s, places in px
/// Threads  pure functions
#ifndef GUI_TIME_AXIS_H
#define GUI_TIME_AXIS_H

#include <stddef.h>

#include "display_list.h"

/// What the user chose to see. All zero: everything up to now.
typedef struct {
  double from_s, span_s; ///< span 0: all of it
  unsigned char is_fixed; ///< 0: the right edge moves on with the simulation
  unsigned char padding[7];
} time_window_t;

/// A stretch of time on the screen.
typedef struct {
  double from_s, to_s;
  int x, w;
} time_axis_t;

/// The window of a run that is at now_s, on px x..x + w. end_s: what "all of it" reaches to.
time_axis_t time_axis_of(const time_window_t *window, double now_s, double end_s, list_box_t box);

/// px of a time, clipped to the axis and a px beside it.
int time_axis_x(const time_axis_t *axis, double time_s);
double time_axis_s(const time_axis_t *axis, int x);

/// 1 iff some of [from_s, to_s] is shown.
int time_axis_shows(const time_axis_t *axis, double from_s, double to_s);

/// The least round step (1, 2, 5 by a power of ten; of times above a minute in minutes and hours)
/// that makes at most count_max steps of span.
double time_axis_step(double span_s, int count_max);
double time_axis_value_step(double span, int count_max);

/// "12.5", "5 min", "1 h 05": a tick where ticks are step_s apart.
void time_axis_label(double time_s, double step_s, char *text, size_t text_bytes);

/// "12.500 s" or "1 h 05 min 12.5 s": a moment.
void time_axis_moment(double time_s, char *text, size_t text_bytes);

/// Lines through box at round times, and their labels in the strip below it; a box without height
/// has none.
void time_axis_draw(const time_axis_t *axis, list_box_t box, list_box_t labels,
                    display_list_t *list);

/// Show factor times as much, the time at_s keeping its place. What is shown stays in 0..end_s and
/// between 10 ms and all of it.
void time_window_zoom(time_window_t *window, const time_axis_t *axis, double factor, double at_s,
                      double end_s);

/// Move by a share of what is shown, > 0: later. Where it reaches now_s it moves on with it.
void time_window_pan(time_window_t *window, const time_axis_t *axis, double share, double now_s);

#endif
