/// Speed of the plant alone: see bench_plant.h.
#include "bench_plant.h"

#include <stdlib.h>
#include <time.h>

#include "../scenarios/line_alloc.h"
#include "../sim/rng.h"
#include "../sim/simd.h"

enum { STEP_TOTAL = 20000, STEP_us = 1000 };

struct bench_plant {
  pack_t pack[PLANT_PACK_MAX];
  double value[PACK_CELL_COUNT];
  double sink;
};

static double cpu_ns(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

bench_plant_t *bench_plant_open(const cell_params_t *params) {
  bench_plant_t *plant = line_alloc(sizeof *plant);
  pack_config_t config = {.ambient_degC = 20.0};
  for (uint32_t p = 0; plant && p < PLANT_PACK_MAX; p++) {
    rng_t rng = rng_stream(p, "bench.plant");
    for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
      config.cell[i] = pack_cell_usual();
      config.cell[i].soc = 0.6 + 0.02 * rng_uniform(&rng);
      config.cell[i].temperature_degC = 20.0 + 10.0 * rng_uniform(&rng);
      config.cell[i].resistance_scale = 0.9 + 0.2 * rng_uniform(&rng);
    }
    if (pack_init(&plant->pack[p], params, &config) != PACK_OK) {
      free(plant);
      return NULL;
    }
  }
  return plant;
}

void bench_plant_close(bench_plant_t *plant) { free(plant); }

/// A swinging current with no mean: rounds do not empty the pack.
static void drive(pack_t *pack, uint32_t first, uint32_t count) {
  static const double no_extra_A[PACK_GROUP_COUNT];
  for (uint32_t i = first; i < first + count; i++) {
    double swing_A = (double)(i % 64u) - 31.5;
    (void)pack_source(pack, no_extra_A, STEP_us);
    (void)pack_step(pack, i & 64u ? swing_A : -swing_A, STEP_us);
  }
}

double bench_plant_ns(bench_plant_t *plant, uint32_t pack_count, uint32_t batch) {
  uint32_t step_count = STEP_TOTAL / pack_count;
  double begin_ns = cpu_ns();
  for (uint32_t first = 0; first < step_count; first += batch)
    for (uint32_t p = 0; p < pack_count; p++) drive(&plant->pack[p], first, batch);
  double end_ns = cpu_ns();
  plant->sink += plant->pack[0].group_V[0];
  double steps = (double)((step_count + batch - 1) / batch * batch) * (double)pack_count;
  return (end_ns - begin_ns) / steps / PACK_CELL_COUNT;
}

double bench_plant_reference_ns(bench_plant_t *plant) {
  double begin_ns = cpu_ns();
  for (uint32_t i = 0; i < STEP_TOTAL; i++)
    for (uint32_t c = 0; c < PACK_CELL_COUNT; c++)
      plant->value[c] = (plant->value[c] * 0.999 + 0.5) / (1.0 + 0.25 * plant->value[c]);
  double end_ns = cpu_ns();
  plant->sink += plant->value[7];
  return (end_ns - begin_ns) / STEP_TOTAL / PACK_CELL_COUNT;
}

const char *bench_plant_simd(void) {
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(SIMD_IS_OFF)
  return __builtin_cpu_supports("avx2") ? "avx2" : "baseline";
#else
  return "baseline";
#endif
}
