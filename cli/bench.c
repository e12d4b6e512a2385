/// Speed figures: see bench.h.
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../scenarios/line_alloc.h"
#include "../scenarios/plan.h"
#include "../scenarios/run.h"
#include "bench_plant.h"
#include "bench_split.h"
#include "cli.h"

enum {
  ROUNDS = 7,
  REFERENCE_CELLS = 192,
  REFERENCE_PASSES = 20000,
  PART_PASSES = 2000,
  WARM_UP_TICKS = 30000,
  SETS = 1
};

/* What is measured, in ns each time it runs; the two loops in ns a tick. */
typedef enum {
  REFERENCE,
  LOOP_BARE,
  LOOP_RECORDED,
  HIL_STEP,
  HARNESS_SOLVE,
  BMS_STEP,
  PLANT_REFERENCE, /* the plant's: ns a cell and step */
  PLANT_1,
  PLANT_10,
  PLANT_100,
  PLANT_100_TICKS,
  PART_FIRST, /* of a tick: hil_part_t */
  JUDGE = PART_FIRST + HIL_PART_COUNT,
  STEPS_2_3, /* sum of their parts */
  PARTS, /* sum of all */
  RECORDER, /* with recording less without */
  MEASURED_COUNT
} measured_t;

typedef struct {
  const scenario_t *point;
  char dir[256];
  double ns[MEASURED_COUNT][ROUNDS];
  volatile double sink;
  double solve_share; ///< ticks that solve the harness
} bench_t;

/* Time of this process alone: others on the machine count less. */
static double cpu_s(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Two RC branches of 192 cells, the arithmetic of a plant step without its tables. */
static double reference_ns(bench_t *bench) {
  static double branch[2][REFERENCE_CELLS];
  const double keep[2] = {0.9990004998, 0.9999000050};
  double start_s = cpu_s(), sum = 0;
  for (int pass = 0; pass < REFERENCE_PASSES; pass++) {
    double current_A = 40 + (pass & 15);
    for (int i = 0; i < REFERENCE_CELLS; i++) {
      branch[0][i] = keep[0] * branch[0][i] + 1e-6 * current_A;
      branch[1][i] = keep[1] * branch[1][i] + 2e-7 * current_A;
      sum += branch[0][i] + branch[1][i] / (1.5 + branch[0][i]);
    }
  }
  double end_s = cpu_s();
  bench->sink = sum;
  return 1e9 * (end_s - start_s) / REFERENCE_PASSES;
}

/* One run of the scenario; ns a tick. Negative after the line on stderr was printed. */
static double loop_ns(const bench_t *bench, record_level_t level) {
  static run_result_t result;
  run_options_t options = {.out_dir = level == RECORD_NONE ? NULL : bench->dir,
                           .record_level = level};
  double start_s = cpu_s();
  run_scenario(bench->point, &options, &result);
  double used_s = cpu_s() - start_s;
  if (result.verdict == VERDICT_ERROR || result.tick_count == 0) {
    cli_usage("bench", "%s: %s", result.file, result.error);
    return -1;
  }
  return 1e9 * used_s / (double)result.tick_count;
}

static double since_ns(double start_s, uint32_t count) { return 1e9 * (cpu_s() - start_s) / count; }

/* One conversion of all AFEs. */
static double harness_ns(hil_t *hil) {
  pins_out_t demand = hil->pins_out;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    demand.afe_mode[m] = PINS_AFE_CONVERT;
    demand.afe_slot_begin[m] = 0;
    demand.afe_slot_end[m] = PINS_SLOT_COUNT;
  }
  double start_s = cpu_s();
  for (uint32_t i = 0; i < PART_PASSES; i++) {
    pack_wire_sources(&hil->pack, hil->wire_source_V);
    harness_solve(&hil->harness, hil->now_us + (uint64_t)1000 * i, hil->wire_source_V, &demand,
                  &hil->pins_in, hil->group_extra_A);
  }
  return since_ns(start_s, PART_PASSES);
}

static double bms_ns(hil_t *hil) {
  double start_s = cpu_s();
  for (uint32_t i = 0; i < PART_PASSES; i++) {
    hil->in.time_ms++;
    bms_step(&hil->bms, &hil->in, &hil->out);
  }
  return since_ns(start_s, PART_PASSES);
}

static double hil_step_ns(hil_t *hil) {
  can_mem_rx_t rx;
  double start_s = cpu_s();
  for (uint32_t i = 0; i < PART_PASSES; i++) {
    (void)hil_step(hil);
    while (hil_next_frame(hil, &rx)) {
    }
  }
  return since_ns(start_s, PART_PASSES);
}

/* How many of the ticks solve the harness. */
static double solve_share(hil_t *hil) {
  can_mem_rx_t rx;
  uint32_t solve_count = 0;
  for (uint32_t i = 0; i < PART_PASSES; i++) {
    (void)hil_step(hil);
    solve_count += hil->wires_are_new;
    while (hil_next_frame(hil, &rx)) {
    }
  }
  return (double)solve_count / PART_PASSES;
}

/* A simulation that has driven for a while, as the scenario sets it up. */
static hil_t *warm_hil(const scenario_t *point) {
  const scenario_plan_t *plan = point->plan;
  hil_config_t config = {.pack = &plan->pack,
                         .cell = &plan->cell,
                         .hv = hv_params_soul_ev(),
                         .seed = plan->seed,
                         .dt_us = 1000};
  can_mem_rx_t rx;
  hil_t *hil = line_alloc(sizeof *hil);
  if (!hil || hil_init(hil, &config) != HIL_OK) {
    free(hil);
    return NULL;
  }
  plan_set_sensors(plan, hil);
  for (uint32_t i = 0; i < plan->step_count; i++) {
    (void)plan_apply_sets(plan, plan->step[i].set_first, plan->step[i].set_count, hil);
  }
  for (uint32_t i = 0; i < WARM_UP_TICKS; i++) {
    if (hil_step(hil) != HIL_OK) break;
    while (hil_next_frame(hil, &rx)) {
    }
  }
  return hil;
}

/* Each part on its own copy, so that none disturbs the next. */
static void parts_measure(bench_t *bench, const hil_t *warm, hil_t *hil, uint32_t round) {
  static double (*const part[])(hil_t *) = {hil_step_ns, harness_ns, bms_ns};
  for (uint32_t i = 0; i < sizeof part / sizeof part[0]; i++) {
    memcpy(hil, warm, sizeof *hil);
    bench->ns[HIL_STEP + i][round] = part[i](hil);
  }
}

/* -1 iff there is no memory. */
static int split_measure(bench_t *bench, const hil_t *warm, hil_t *hil, uint32_t round) {
  bench_split_t split;
  memcpy(hil, warm, sizeof *hil);
  if (bench_split_measure(bench->point->plan, hil, PART_PASSES, &split)) return -1;
  bench->ns[JUDGE][round] = split.judge_ns;
  bench->ns[PARTS][round] = 0;
  for (uint32_t i = 0; i < HIL_PART_COUNT; i++) {
    bench->ns[PART_FIRST + i][round] = split.part_ns[i];
    bench->ns[PARTS][round] += split.part_ns[i];
  }
  bench->ns[STEPS_2_3][round] = split.part_ns[HIL_PART_VOLTAGE] + split.part_ns[HIL_PART_CELLS] +
                                split.part_ns[HIL_PART_HARNESS] + split.part_ns[HIL_PART_SENSORS];
  bench->ns[RECORDER][round] = bench->ns[LOOP_RECORDED][round] - bench->ns[LOOP_BARE][round];
  return 0;
}

static void plant_measure(bench_t *bench, bench_plant_t *plant, uint32_t round) {
  bench->ns[PLANT_REFERENCE][round] = bench_plant_reference_ns(plant);
  bench->ns[PLANT_1][round] = bench_plant_ns(plant, 1, PLANT_BATCH);
  bench->ns[PLANT_10][round] = bench_plant_ns(plant, 10, PLANT_BATCH);
  bench->ns[PLANT_100][round] = bench_plant_ns(plant, 100, PLANT_BATCH);
  bench->ns[PLANT_100_TICKS][round] = bench_plant_ns(plant, 100, 1);
}

static int compare_doubles(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return left < right ? -1 : left > right;
}

static double median(const double value[ROUNDS]) {
  double sorted[ROUNDS];
  memcpy(sorted, value, sizeof sorted);
  qsort(sorted, ROUNDS, sizeof sorted[0], compare_doubles);
  return sorted[ROUNDS / 2];
}

/* Median of the rounds' own ratios: what drifts from round to round drops out. */
static double ratio(const bench_t *bench, measured_t top, measured_t bottom) {
  double value[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) value[i] = bench->ns[top][i] / bench->ns[bottom][i];
  return median(value);
}

static void figure_add(catalog_figure_t *figure, uint32_t *count, const char *name, double value,
                       const char *unit, const char *text) {
  catalog_figure_t *entry = &figure[(*count)++];
  entry->value = value;
  snprintf(entry->name, sizeof entry->name, "%s", name);
  snprintf(entry->unit, sizeof entry->unit, "%s", unit);
  snprintf(entry->help, sizeof entry->help, "%s", text);
}

static void figures_fill(const bench_t *bench, catalog_figure_t *figure, uint32_t *count) {
  const double tick_ns = 1e6; /* 1 ms */
  const double bare_ns = median(bench->ns[LOOP_BARE]),
               recorded_ns = median(bench->ns[LOOP_RECORDED]);
  *count = 0;
  figure_add(figure, count, "loop", tick_ns / recorded_ns, "x real time",
             "1 ms steps, UDDS, default recording, one core");
  figure_add(figure, count, "loop_bare", tick_ns / bare_ns, "x real time",
             "the same without recording");
  figure_add(figure, count, "recording_share", 100 * (1 - ratio(bench, LOOP_BARE, LOOP_RECORDED)),
             "%", "of the loop with recording");
  figure_add(figure, count, "loop_ratio", ratio(bench, LOOP_RECORDED, REFERENCE), "x reference",
             "one tick with recording");
  figure_add(figure, count, "loop_bare_ratio", ratio(bench, LOOP_BARE, REFERENCE), "x reference",
             "one tick without recording");
  figure_add(figure, count, "hil_step_ratio", ratio(bench, HIL_STEP, REFERENCE), "x reference",
             "plant, pins, ECU, bus; no judge");
  figure_add(figure, count, "reference", median(bench->ns[REFERENCE]), "ns",
             "a fixed arithmetic loop, one pass");
  figure_add(figure, count, "tick", recorded_ns, "ns", "with recording");
  figure_add(figure, count, "tick_bare", bare_ns, "ns", "without recording");
  figure_add(figure, count, "hil_step", median(bench->ns[HIL_STEP]), "ns", "plant, pins, ECU, bus");
  figure_add(figure, count, "harness_solve", median(bench->ns[HARNESS_SOLVE]), "ns",
             "111 wires, a conversion of all AFEs");
  figure_add(figure, count, "harness_solve_ratio", ratio(bench, HARNESS_SOLVE, REFERENCE),
             "x reference", "the same");
  figure_add(figure, count, "bms_step", median(bench->ns[BMS_STEP]), "ns",
             "the core, mean of all tasks");
}

/* Where a tick's time goes. */
static void split_fill(const bench_t *bench, catalog_figure_t *figure, uint32_t *count) {
  static const struct {
    uint32_t measured;
    const char *name, *text;
  } row[] = {
      {PART_FIRST + HIL_PART_VOLTAGE, "voltage", "step 2: load, chassis, contactors, link"},
      {PART_FIRST + HIL_PART_CELLS, "cells", "step 2: the pack and its heat"},
      {PART_FIRST + HIL_PART_HARNESS, "harness", "step 3: sources and network, mean of all ticks"},
      {PART_FIRST + HIL_PART_SENSORS, "sensors", "step 3: and the digital pins"},
      {PART_FIRST + HIL_PART_BOARD, "board", "step 4: AFE chain, ADC, coils, memory"},
      {PART_FIRST + HIL_PART_CORE, "core", "step 4: bms_step"},
      {PART_FIRST + HIL_PART_BUS, "bus", "step 5: and the other nodes"},
      {PART_FIRST + HIL_PART_HASH, "hash", "of outputs, pins and state"},
      {JUDGE, "judge", "step 6: beside hil_step"},
      {RECORDER, "recorder", "step 7: tick less tick_bare"},
  };
  char name[40];
  for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
    snprintf(name, sizeof name, "part_%s", row[i].name);
    figure_add(figure, count, name, median(bench->ns[row[i].measured]), "ns", row[i].text);
  }
  figure_add(figure, count, "parts_of_step", 100 * ratio(bench, PARTS, HIL_STEP), "%",
             "sum of the parts of steps 2 to 5 and hash against hil_step");
}

/* What plant and harness take of a tick by themselves, and what the whole step is beside. */
static void shares_fill(const bench_t *bench, catalog_figure_t *figure, uint32_t *count) {
  const double plant_ns = PACK_CELL_COUNT * median(bench->ns[PLANT_1]);
  const double harness_ns = bench->solve_share * median(bench->ns[HARNESS_SOLVE]);
  figure_add(figure, count, "plant_tick", plant_ns, "ns", "192 cells, alone");
  figure_add(figure, count, "harness_tick", harness_ns, "ns",
             "in the ticks that convert, mean, alone");
  figure_add(figure, count, "step_over_parts",
             median(bench->ns[HIL_STEP]) / (plant_ns + harness_ns), "x plant + harness",
             "the whole step, with high voltage, sensors, board, core, bus and hashes");
  figure_add(figure, count, "step_over_steps_2_3", ratio(bench, HIL_STEP, STEPS_2_3),
             "x steps 2 + 3", "the same against voltage, cells, harness and sensors in place");
}

static void plant_figures_fill(const bench_t *bench, catalog_figure_t *figure, uint32_t *count) {
  figure_add(figure, count, "plant_cell", median(bench->ns[PLANT_1]), "ns",
             "a cell and step of one pack, heat and tables included");
  figure_add(figure, count, "plant_reference", median(bench->ns[PLANT_REFERENCE]), "ns",
             "its reference: multiply, add, divide for each of 192 values");
  figure_add(figure, count, "plant_cell_ratio", ratio(bench, PLANT_1, PLANT_REFERENCE),
             "x plant_reference", "a cell and step");
  figure_add(figure, count, "plant_10_ratio", ratio(bench, PLANT_10, PLANT_1), "x plant_cell",
             "ten packs in turn, 100 steps each");
  figure_add(figure, count, "plant_100_ratio", ratio(bench, PLANT_100, PLANT_1), "x plant_cell",
             "a hundred packs in turn, 100 steps each");
  figure_add(figure, count, "plant_100_ticks_ratio", ratio(bench, PLANT_100_TICKS, PLANT_1),
             "x plant_cell", "a hundred packs in turn, one step each: caches are the limit");
}

static void remove_recording(const char *dir) {
  static const char *const names[] = {"signals.h5", "signals.csv", "bus.log", "story.json",
                                      "hashes.csv"};
  char path[300];
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", dir, names[i]);
    unlink(path);
  }
  rmdir(dir);
}

static int rounds_run(bench_t *bench) {
  hil_t *warm = warm_hil(bench->point), *hil = line_alloc(sizeof *hil);
  bench_plant_t *plant = bench_plant_open(&bench->point->plan->cell);
  int status = warm && hil && plant ? CLI_OK : cli_usage("bench", "out of memory");
  for (uint32_t i = 0; i < ROUNDS && status == CLI_OK; i++) {
    bench->ns[REFERENCE][i] = reference_ns(bench);
    bench->ns[LOOP_BARE][i] = loop_ns(bench, RECORD_NONE);
    bench->ns[LOOP_RECORDED][i] = bench->ns[LOOP_BARE][i] > 0 ? loop_ns(bench, RECORD_DEFAULT) : -1;
    if (bench->ns[LOOP_RECORDED][i] < 0) status = CLI_USAGE;
    if (status == CLI_OK) parts_measure(bench, warm, hil, i);
    if (status == CLI_OK && split_measure(bench, warm, hil, i)) {
      status = cli_usage("bench", "out of memory");
    }
    if (status == CLI_OK) plant_measure(bench, plant, i);
  }
  if (status == CLI_OK) {
    memcpy(hil, warm, sizeof *hil);
    bench->solve_share = solve_share(hil);
  }
  bench_plant_close(plant);
  free(warm);
  free(hil);
  return status;
}

int bench_run(double seconds, catalog_figure_t figure[BENCH_FIGURE_MAX], uint32_t *count) {
  static bench_t bench;
  scenario_error_t error;
  scenario_t *scenario = NULL, *point = NULL;
  scenario_set_t set[SETS] = {{.path = "end.at_s"}};
  char path[SCENARIO_FILE_MAX];
  snprintf(set[0].value, sizeof set[0].value, "%.3f", seconds);
  const char *folder = getenv("TMPDIR");
  snprintf(bench.dir, sizeof bench.dir, "%.200s/packsim_bench_XXXXXX",
           folder && folder[0] ? folder : ".");
  if (scenario_find_file("scenarios/bench.json", path, sizeof path)) {
    return cli_usage("bench",
                     "scenarios/bench.json: not found, allowed a working directory with it");
  }
  if (scenario_load(path, &scenario, &error) ||
      scenario_point(scenario, 0, set, SETS, &point, &error)) {
    fprintf(stderr, "%s\n", error.text);
    scenario_free(scenario);
    return CLI_USAGE;
  }
  int status = mkdtemp(bench.dir) ? CLI_OK : cli_usage("bench", "%s: cannot be made", bench.dir);
  bench.point = point;
  if (status == CLI_OK) {
    status = rounds_run(&bench);
    remove_recording(bench.dir);
  }
  if (status == CLI_OK) {
    figures_fill(&bench, figure, count);
    plant_figures_fill(&bench, figure, count);
    split_fill(&bench, figure, count);
    shares_fill(&bench, figure, count);
  }
  scenario_free(point);
  scenario_free(scenario);
  return status;
}
