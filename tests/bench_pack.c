/// Times the plant: pack_source and pack_step of all 192 cells, and hv_step.
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../scenarios/cell_file.h"
#include "../sim/hv.h"

enum { ROUND_COUNT = 9, STEP_COUNT = 20000 };

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/// A divide-and-multiply chain over as many values as there are cells, for ratios between machines.
static double reference_round(double value[PACK_CELL_COUNT]) {
  double begin_ns = now_ns();
  for (uint32_t i = 0; i < STEP_COUNT; i++)
    for (uint32_t c = 0; c < PACK_CELL_COUNT; c++)
      value[c] = (value[c] * 0.999 + 0.5) / (1.0 + 0.25 * value[c]);
  return (now_ns() - begin_ns) / STEP_COUNT / PACK_CELL_COUNT;
}

static double pack_round(pack_t *pack) {
  static const double no_extra_A[PACK_GROUP_COUNT] = {0};
  double begin_ns = now_ns();
  for (uint32_t i = 0; i < STEP_COUNT; i++) {
    pack_source_t source = pack_source(pack, no_extra_A, 1000);
    double current_A = (source.emf_V - 350.0) * 0.1 + (i & 64u ? 20.0 : -20.0);
    if (pack_step(pack, current_A, 1000) != PACK_OK) abort();
  }
  return (now_ns() - begin_ns) / STEP_COUNT / PACK_CELL_COUNT;
}

static double hv_round(hv_t *hv) {
  static const double coil_V[PINS_COIL_COUNT] = {12.0, 12.0, 0.0, 0.0};
  pack_source_t source = {.emf_V = 370.0, .ohm = 0.05};
  hv_load_t load = {.power_W = 20e3};
  double begin_ns = now_ns();
  for (uint32_t i = 0; i < STEP_COUNT; i++) {
    load.power_W = i & 64u ? 20e3 : -10e3;
    (void)hv_step(hv, source, coil_V, &load, 1000);
  }
  return (now_ns() - begin_ns) / STEP_COUNT;
}

int main(int argc, char **argv) {
  static cell_params_t params;
  static pack_t pack;
  static hv_t hv;
  static pack_config_t config = {.ambient_degC = 20.0};
  char error[600];
  if (argc != 2 || cell_file_load(argv[1], &params, error, sizeof error) != CELL_FILE_OK) {
    fprintf(stderr, "bench_pack: %s\n", argc == 2 ? error : "usage: bench_pack CELL_FILE");
    return 2;
  }
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++)
    config.cell[i] =
        (pack_cell_init_t){0.7 + 0.0005 * i, 20.0 + 0.05 * i, 1.0, 0.9 + 0.001 * i, 1.0};
  if (pack_init(&pack, &params, &config) != PACK_OK) return 1;
  hv_params_t hv_params = hv_params_soul_ev();
  hv_init(&hv, &hv_params);
  double value[PACK_CELL_COUNT] = {0}, pack_ns[ROUND_COUNT], hv_ns[ROUND_COUNT],
         ref_ns[ROUND_COUNT];
  for (int round = 0; round < ROUND_COUNT; round++) {
    ref_ns[round] = reference_round(value);
    pack_ns[round] = pack_round(&pack);
    hv_ns[round] = hv_round(&hv);
  }
  qsort(pack_ns, ROUND_COUNT, sizeof(double), by_value);
  qsort(hv_ns, ROUND_COUNT, sizeof(double), by_value);
  qsort(ref_ns, ROUND_COUNT, sizeof(double), by_value);
  printf(
      "pack %.2f ns per cell and step, reference kernel %.2f ns, hv %.0f ns per step (check %a)\n",
      pack_ns[ROUND_COUNT / 2], ref_ns[ROUND_COUNT / 2], hv_ns[ROUND_COUNT / 2],
      pack.group_V[40] + hv.pack_J + value[7]);
  return 0;
}
