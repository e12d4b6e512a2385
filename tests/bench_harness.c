/// Prints what a solve of the 111 sense wires costs, case by case, in ns and against a reference.
///
/// Model    cases take turns in short blocks; the figures are medians over the rounds. The
///          reference is two RC branches of 192 cells in plain C, in the same round. With the name
///          of a case: 8000 solves of it, for a counter of instructions.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../sim/harness.h"

enum { ROUND_COUNT = 41, BLOCK_COUNT = 500, CASE_MAX = 24, CELL_COUNT = 192 };

typedef struct {
  const char *name;
  double limit_ns;
  void (*prepare)(harness_t *harness, pins_out_t *demand);
  void (*change)(harness_t *harness, pins_out_t *demand, uint32_t i); ///< before each solve
} case_t;

typedef struct {
  _Alignas(SIMD_LINE_bytes) harness_t harness;
  pins_out_t demand;
  uint64_t now_us;
  double ns[ROUND_COUNT], ratio[ROUND_COUNT];
} run_t;

static double source_V[PINS_WIRE_COUNT], extra_A[PINS_GROUP_COUNT];
static volatile double sink;
static pins_in_t pins;
static run_t run[CASE_MAX];

/* Time of this process alone: others on the machine count less. */
static double cpu_s(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double reference_ns(void) {
  static double branch[2][CELL_COUNT];
  const double start_s = cpu_s();
  double sum = 0.0;
  for (int pass = 0; pass < BLOCK_COUNT; pass++) {
    const double current_A = 40 + (pass & 15);
    for (int i = 0; i < CELL_COUNT; i++) {
      branch[0][i] = 0.9990004998 * branch[0][i] + 1e-6 * current_A;
      branch[1][i] = 0.9999000050 * branch[1][i] + 2e-7 * current_A;
      sum += branch[0][i] + branch[1][i] / (1.5 + branch[0][i]);
    }
  }
  sink = sum;
  return (cpu_s() - start_s) * 1e9 / BLOCK_COUNT;
}

/* ---- cases ---- */

static const harness_wire_fault_t broken = {.is_open = 1}, whole = {.is_open = 0},
                                  worn = {.extra_ohm = 1000.0};

static void set_mode(pins_out_t *demand, pins_afe_mode_t mode) {
  for (int a = 0; a < PINS_MODULE_COUNT; a++) demand->afe_mode[a] = (uint8_t)mode;
}

static void nothing(harness_t *harness, pins_out_t *demand) {
  (void)harness;
  (void)demand;
}

static void pull_up(harness_t *harness, pins_out_t *demand) {
  (void)harness;
  set_mode(demand, PINS_AFE_PULL_UP);
}

static void steady_bleeds(harness_t *harness, pins_out_t *demand) {
  (void)harness;
  for (int a = 0; a < PINS_MODULE_COUNT; a++) demand->bleed_mask[a] = 0x1555u;
}

static void one_open(harness_t *harness, pins_out_t *demand) {
  (void)demand;
  (void)harness_set_wire(harness, 20, &broken);
}

static void ten_opens(harness_t *harness, pins_out_t *demand) {
  (void)demand;
  for (uint32_t w = 3; w < PINS_WIRE_COUNT; w += 11) (void)harness_set_wire(harness, w, &broken);
}

static void ten_opens_test(harness_t *harness, pins_out_t *demand) {
  ten_opens(harness, demand);
  set_mode(demand, PINS_AFE_PULL_UP);
}

static void all_open(harness_t *harness, pins_out_t *demand) {
  (void)demand;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) (void)harness_set_wire(harness, w, &broken);
}

static void all_worn(harness_t *harness, pins_out_t *demand) {
  (void)demand;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) (void)harness_set_wire(harness, w, &worn);
}

static void add_shorts(harness_t *harness, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    (void)harness_set_short(harness, (7 * i + 2) % PINS_WIRE_COUNT, (7 * i + 51) % PINS_WIRE_COUNT,
                            1e4);
}

static void four_shorts(harness_t *harness, pins_out_t *demand) {
  (void)demand;
  add_shorts(harness, 4);
}

static void sixteen_shorts(harness_t *harness, pins_out_t *demand) {
  (void)demand;
  add_shorts(harness, 16);
}

static void shorts_and_bleeds(harness_t *harness, pins_out_t *demand) {
  add_shorts(harness, 16);
  steady_bleeds(harness, demand);
}

static void all_sorts(harness_t *harness, pins_out_t *demand) {
  add_shorts(harness, 16);
  ten_opens(harness, demand);
  steady_bleeds(harness, demand);
  for (uint32_t w = 5; w < PINS_WIRE_COUNT; w += 10) (void)harness_set_leak(harness, w, 1e5);
}

static void neighbour_shorts(harness_t *harness, pins_out_t *demand) {
  (void)demand;
  for (uint32_t w = 1; w < PINS_WIRE_COUNT; w++) (void)harness_set_short(harness, w, w - 1, 1e4);
}

static void all_leak(harness_t *harness, pins_out_t *demand) {
  (void)demand;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) (void)harness_set_leak(harness, w, 1e6);
}

static void toggle_bleeds(harness_t *harness, pins_out_t *demand, uint32_t i) {
  (void)harness;
  for (int a = 0; a < PINS_MODULE_COUNT; a++) demand->bleed_mask[a] = i & 1 ? 0x2AAAu : 0x1555u;
}

static void toggle_open(harness_t *harness, pins_out_t *demand, uint32_t i) {
  (void)demand;
  (void)harness_set_wire(harness, 20, i & 1 ? &broken : &whole);
}

static void toggle_short(harness_t *harness, pins_out_t *demand, uint32_t i) {
  (void)demand;
  (void)harness_set_short(harness, 30, 70, i & 1 ? 0.0 : 1e4);
}

static const case_t cases[] = {
    {"healthy conversion", 1000, nothing, NULL},
    {"healthy open-wire test", 1000, pull_up, NULL},
    {"every other bleed on", 1000, steady_bleeds, NULL},
    {"one open", 1000, one_open, NULL},
    {"ten opens", 1000, ten_opens, NULL},
    {"ten opens, open-wire test", 1000, ten_opens_test, NULL},
    {"all 111 open", 1000, all_open, NULL},
    {"all wires at 1 kOhm", 1000, all_worn, NULL},
    {"all wires leak", 1000, all_leak, NULL},
    {"four shorts across AFEs", 1000, four_shorts, NULL},
    {"sixteen shorts across AFEs", 1000, sixteen_shorts, NULL},
    {"sixteen shorts, bleeds", 1000, shorts_and_bleeds, NULL},
    {"sixteen shorts, bleeds, opens, leaks", 1000, all_sorts, NULL},
    {"every neighbour pair shorted", 1000, neighbour_shorts, NULL},
    {"change: bleeds", 5000, nothing, toggle_bleeds},
    {"change: one open", 5000, nothing, toggle_open},
    {"change: an open among sixteen shorts", 5000, shorts_and_bleeds, toggle_open},
    {"change: a short among all sorts", 5000, all_sorts, toggle_short},
};

enum { CASE_COUNT = sizeof cases / sizeof cases[0] };

static double block_ns(const case_t *what, run_t *state) {
  const double start_s = cpu_s();
  for (uint32_t i = 0; i < BLOCK_COUNT; i++) {
    state->now_us += 1000;
    if (what->change) what->change(&state->harness, &state->demand, i);
    harness_solve(&state->harness, state->now_us, source_V, &state->demand, &pins, extra_A);
  }
  sink = pins.afe_input_V[5];
  return (cpu_s() - start_s) * 1e9 / BLOCK_COUNT;
}

static int compare(const void *a, const void *b) {
  const double left = *(const double *)a, right = *(const double *)b;
  return left < right ? -1 : left > right;
}

static double median(double *value) {
  qsort(value, ROUND_COUNT, sizeof *value, compare);
  return value[ROUND_COUNT / 2];
}

static void prepare(const case_t *what, run_t *state) {
  harness_init(&state->harness, rng_stream(1, "harness"));
  set_mode(&state->demand, PINS_AFE_CONVERT);
  for (int a = 0; a < PINS_MODULE_COUNT; a++) state->demand.afe_slot_end[a] = 2;
  state->demand.afe_slot_us = 389;
  what->prepare(&state->harness, &state->demand);
}

/// Only what a counter of instructions is to see: blocks of one case.
static int run_one(const char *name) {
  for (uint32_t c = 0; c < CASE_COUNT; c++) {
    if (strcmp(cases[c].name, name) != 0) continue;
    prepare(&cases[c], &run[c]);
    for (int block = 0; block < 16; block++) (void)block_ns(&cases[c], &run[c]);
    return 0;
  }
  (void)fprintf(stderr, "bench_harness: found %s, allowed the name of a case\n", name);
  return 2;
}

int main(int argc, char **argv) {
  double reference[ROUND_COUNT];
  for (int i = 0; i < PINS_WIRE_COUNT; i++) source_V[i] = 3.7 * i;
  if (argc > 1) return run_one(argv[1]);
  for (uint32_t c = 0; c < CASE_COUNT; c++) prepare(&cases[c], &run[c]);
  for (uint32_t c = 0; c < CASE_COUNT; c++) (void)block_ns(&cases[c], &run[c]);
  for (int round = 0; round < ROUND_COUNT; round++) {
    reference[round] = reference_ns();
    for (uint32_t c = 0; c < CASE_COUNT; c++) {
      run[c].ns[round] = block_ns(&cases[c], &run[c]);
      run[c].ratio[round] = run[c].ns[round] / reference[round];
    }
  }
  printf("harness: medians of %d rounds of %d solves\n", ROUND_COUNT, BLOCK_COUNT);
  printf("%-38s %6.0f ns\n", "reference kernel, 192 cells x 2 RC", median(reference));
  for (uint32_t c = 0; c < CASE_COUNT; c++)
    printf("%-38s %6.0f ns  bar %4.0f  ratio %5.2f\n", cases[c].name, median(run[c].ns),
           cases[c].limit_ns, median(run[c].ratio));
  return 0;
}
