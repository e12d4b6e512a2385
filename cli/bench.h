/// Speed of the whole loop and of its parts, as medians of interleaved rounds.
///
/// Model    each round measures a fixed arithmetic loop (the reference), the loop without and with
///          the
///          default recording, and the parts; ratios to the reference survive a machine that drifts
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "../scenarios/catalog.h"

enum { BENCH_FIGURE_MAX = 64 };

/// Measure over so many simulated seconds a round; figures go to figure, their number to count.
/// CLI_OK,
/// or the exit code after one line on stderr.
int bench_run(double seconds, catalog_figure_t figure[BENCH_FIGURE_MAX], uint32_t *count);

#endif
