/// The curves of the screen Plots: strips of signals with the same unit over one time axis.
///
/// Model    what is drawn comes from view->plot; the axis from the user's window. Behind the curves
///          lie the times of faults and of expectations that wait
/// Threads  pure functions
#ifndef GUI_PLOT_STRIPS_H
#define GUI_PLOT_STRIPS_H

#include "screen_plots.h"

void plot_strips_draw(const view_t *view, const ui_t *ui, list_box_t box, display_list_t *list);

#endif
