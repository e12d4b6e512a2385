/// Speed of the plant alone: one pack, ten and a hundred in one process.
///
/// Model    a pack is driven by a current that moves in every step, through pack_source and
///          pack_step of 1 ms. Several packs advance in turn, each by PLANT_BATCH steps, as a
///          campaign on one processor does
/// Units    nanoseconds of processor time for a cell and a step
#ifndef CLI_BENCH_PLANT_H
#define CLI_BENCH_PLANT_H

#include "../sim/pack.h"

enum { PLANT_PACK_MAX = 100, PLANT_BATCH = 100 };

typedef struct bench_plant bench_plant_t;

/// PLANT_PACK_MAX packs, each with cells of its own; NULL iff there is no memory. params outlives
/// it.
bench_plant_t *bench_plant_open(const cell_params_t *params);
void bench_plant_close(bench_plant_t *plant);

/// One round over pack_count packs in batches of so many steps.
double bench_plant_ns(bench_plant_t *plant, uint32_t pack_count, uint32_t batch);

/// A divide-and-multiply chain over as many values as a pack has cells: the reference kernel.
double bench_plant_reference_ns(bench_plant_t *plant);

/// "avx2" or "baseline": which clones this processor takes.
const char *bench_plant_simd(void);

#endif
