/// What the parts of a tick take, measured where they stand: between the others.
///
/// Model    a clock is read at each part's begin; what reading it takes is measured and taken off;
///          what lasts above 20 us belongs to another process and is left out. Mean over the ticks
///          of a piece of a drive
#ifndef CLI_BENCH_SPLIT_H
#define CLI_BENCH_SPLIT_H

#include "../scenarios/plan.h"

typedef struct {
  double part_ns[HIL_PART_COUNT];
  double judge_ns;
} bench_split_t;

/// Go on from hil for tick_count ticks. -1 iff there is no memory.
int bench_split_measure(const scenario_plan_t *plan, hil_t *hil, uint32_t tick_count,
                        bench_split_t *split);

#endif
