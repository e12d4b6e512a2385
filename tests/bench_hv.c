/// Times what a tick spends beside the cells: HV path, isolation (at rest, measuring), sensors.
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../sim/hv.h"
#include "../sim/isolation.h"
#include "../sim/sensors.h"

enum { ROUND_COUNT = 9, STEP_COUNT = 200000 };

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double hv_round(hv_t *hv) {
  static const double coil_V[PINS_COIL_COUNT] = {12.0, 12.0, 0.0, 0.0};
  pack_source_t source = {.emf_V = 370.0, .ohm = 0.05};
  hv_load_t load = {.power_W = 20e3, .isolation_A = 1e-4};
  double begin_ns = now_ns();
  for (uint32_t i = 0; i < STEP_COUNT; i++) {
    load.power_W = i & 64u ? 20e3 : -10e3;
    (void)hv_step(hv, source, coil_V, &load, 1000);
  }
  return (now_ns() - begin_ns) / STEP_COUNT;
}

/// Switches of the dividers change every switch_ticks; 0: never.
static double isolation_round(isolation_t *isolation, uint32_t switch_ticks) {
  isolation_in_t in = {.pack_V = 370.0, .link_V = 369.0, .link_pos_is_joined = 1};
  in.link_neg_is_joined = 1;
  double begin_ns = now_ns();
  for (uint32_t i = 0; i < STEP_COUNT; i++) {
    in.pack_V = i & 64u ? 371.0 : 369.0;
    if (switch_ticks > 0) in.switch_is_on[0] = i / switch_ticks & 1u;
    isolation_step(isolation, &in, 1000);
  }
  return (now_ns() - begin_ns) / STEP_COUNT;
}

static double sensors_round(sensors_t *sensors, pins_in_t *pins) {
  sensors_truth_t truth = {.pack_V = 370.0, .link_V = 369.0, .supply_V = 13.0, .dt_us = 1000};
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) truth.module_degC[m] = 25.0;
  double begin_ns = now_ns();
  for (uint32_t i = 0; i < STEP_COUNT; i++) {
    truth.current_A = i & 64u ? 30.0 : -30.0;
    sensors_sample(sensors, &truth, pins);
  }
  return (now_ns() - begin_ns) / STEP_COUNT;
}

int main(void) {
  static hv_t hv;
  static isolation_t isolation;
  static sensors_t sensors;
  static pins_in_t pins;
  hv_params_t params = hv_params_soul_ev();
  isolation_params_t sound = isolation_params_soul_ev();
  double ns[4][ROUND_COUNT];
  hv_init(&hv, &params);
  isolation_init(&isolation, &sound);
  sensors_init(&sensors, 1);
  for (int round = 0; round < ROUND_COUNT; round++) {
    ns[0][round] = hv_round(&hv);
    ns[1][round] = isolation_round(&isolation, 0);
    ns[2][round] = isolation_round(&isolation, 2);
    ns[3][round] = sensors_round(&sensors, &pins);
  }
  for (int i = 0; i < 4; i++) qsort(ns[i], ROUND_COUNT, sizeof(double), by_value);
  printf("hv %.0f ns, isolation %.0f ns (%.0f ns while its dividers switch), sensors %.0f ns a "
         "tick (check %a)\n",
         ns[0][ROUND_COUNT / 2], ns[1][ROUND_COUNT / 2], ns[2][ROUND_COUNT / 2],
         ns[3][ROUND_COUNT / 2], hv.pack_J + isolation.chassis_V + pins.pack_V);
  return 0;
}
