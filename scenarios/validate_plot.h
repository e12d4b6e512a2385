/// A picture (SVG) of a validated drive: voltages, error, SOC over time.
#ifndef SCENARIOS_VALIDATE_PLOT_H
#define SCENARIOS_VALIDATE_PLOT_H

#include <stdio.h>

#include "validate_cell.h"

/// Write the picture; each column of pixels shows the range of its rows. 0, or -1 iff the stream
/// took not everything.
int validate_plot(FILE *stream, const char *title, const validate_cell_t *score);

#endif
