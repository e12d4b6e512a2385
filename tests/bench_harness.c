/// Prints what a solve of the 111 sense wires costs: healthy, bleeding, with opens, with shorts.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../sim/harness.h"

enum { ROUND_COUNT = 20000 };

static double now_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double source_V[PINS_WIRE_COUNT], extra_A[PINS_GROUP_COUNT], sink_V;
static pins_in_t pins;

static double run_ns(harness_t *harness, pins_out_t *demand, int toggles_bleeds) {
  double best_ns = 1e12;
  uint64_t now_us = 0;
  for (int block = 0; block < 5; block++) {
    const double start_s = now_s();
    for (int i = 0; i < ROUND_COUNT; i++) {
      now_us += 1000;
      if (toggles_bleeds)
        for (int a = 0; a < PINS_MODULE_COUNT; a++)
          demand->bleed_mask[a] = i & 1 ? 0x2AAAu : 0x1555u;
      harness_solve(harness, now_us, source_V, demand, &pins, extra_A);
      sink_V += pins.afe_input_V[i % PINS_WIRE_COUNT];
    }
    const double ns = (now_s() - start_s) * 1e9 / ROUND_COUNT;
    if (ns < best_ns) best_ns = ns;
  }
  return best_ns;
}

int main(void) {
  static harness_t harness;
  static pins_out_t demand;
  for (int i = 0; i < PINS_WIRE_COUNT; i++) source_V[i] = 3.7 * i;
  harness_init(&harness, rng_stream(1, "harness"));
  for (int a = 0; a < PINS_MODULE_COUNT; a++) {
    demand.afe_mode[a] = PINS_AFE_CONVERT;
    demand.afe_slot_end[a] = 2;
  }
  demand.afe_slot_us = 389;
  printf("healthy conversion        %7.0f ns\n", run_ns(&harness, &demand, 0));
  for (int a = 0; a < PINS_MODULE_COUNT; a++) demand.afe_mode[a] = PINS_AFE_PULL_UP;
  printf("healthy open-wire test    %7.0f ns\n", run_ns(&harness, &demand, 0));
  for (int a = 0; a < PINS_MODULE_COUNT; a++) demand.afe_mode[a] = PINS_AFE_CONVERT;
  printf("bleeds change every solve %7.0f ns\n", run_ns(&harness, &demand, 1));
  memset(demand.bleed_mask, 0, sizeof demand.bleed_mask);
  const harness_wire_fault_t broken = {.is_open = 1};
  (void)harness_set_wire(&harness, 20, &broken);
  printf("one open wire             %7.0f ns\n", run_ns(&harness, &demand, 0));
  for (uint32_t w = 3; w < PINS_WIRE_COUNT; w += 12) (void)harness_set_wire(&harness, w, &broken);
  printf("ten open wires            %7.0f ns\n", run_ns(&harness, &demand, 0));
  harness_init(&harness, rng_stream(1, "harness"));
  for (uint32_t w = 10; w < 50; w += 10) (void)harness_set_short(&harness, w, w + 3, 1e4);
  printf("four shorts of 10 kOhm    %7.0f ns\n", run_ns(&harness, &demand, 0));
  return sink_V > 0.0 ? 0 : 1;
}
