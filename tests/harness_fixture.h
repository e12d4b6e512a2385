/// A harness on a plain string of groups, for the tests of the harness.
#ifndef TESTS_HARNESS_FIXTURE_H
#define TESTS_HARNESS_FIXTURE_H

#include <check.h>
#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "../sim/harness.h"

static harness_t harness;
static pins_out_t demand;
static pins_in_t pins;
static double source_V[PINS_WIRE_COUNT], extra_A[PINS_GROUP_COUNT];
static uint64_t now_us;

static void setup(void) {
  memset(&demand, 0, sizeof demand);
  memset(&pins, 0, sizeof pins);
  double sum_V = 0.0;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    if (pinout_wire[w].group_below != PINOUT_NONE) sum_V += 3.7 + 0.0005 * (w % 7);
    source_V[w] = sum_V;
  }
  harness_init(&harness, rng_stream(7, "harness"));
  now_us = 1000;
}

static void solve(uint64_t step_us) {
  now_us += step_us;
  harness_solve(&harness, now_us, source_V, &demand, &pins, extra_A);
}

static void open_wire(uint32_t wire, int is_open) {
  const harness_wire_fault_t fault = {.is_open = (uint8_t)is_open};
  ck_assert_int_eq(harness_set_wire(&harness, wire, &fault), HARNESS_OK);
}

#endif
