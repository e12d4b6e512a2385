/// The simulator against ngspice: runs every case, prints a line for each, exit 1 iff one differs.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../../scenarios/cell_file.h"
#include "oracle_case.h"
#include "oracle_compare.h"
#include "oracle_definition.h"
#include "oracle_netlist.h"

enum { PATH_BYTES = 512, TIMEOUT_s = 200 };

typedef struct {
  const char *folder;
  cell_params_t cell;
} oracle_setup_t;

static double now_s(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int solve(const char *netlist_path, const oracle_world_t *world, const oracle_setup_t *setup,
                 oracle_wave_t *wave, char *error, size_t bytes) {
  char raw[PATH_BYTES + 16], log[PATH_BYTES + 16];
  (void)snprintf(raw, sizeof raw, "%s/oracle.raw", setup->folder);
  (void)snprintf(log, sizeof log, "%s.log", netlist_path);
  FILE *file = fopen(netlist_path, "w");
  if (file == NULL) {
    (void)snprintf(error, bytes, "%s cannot be written", netlist_path);
    return -1;
  }
  oracle_netlist_write(file, world);
  (void)fclose(file);
  const oracle_job_t job = {netlist_path, raw, log,
                            1e-3 * (world->sample_ms[world->sample_count - 1] + 1.0), TIMEOUT_s};
  const int code = oracle_spice_run(&job, wave, error, bytes);
  (void)remove(raw);
  return code;
}

static oracle_when_t what_holds(oracle_motion_t motion) {
  return motion == ORACLE_STEPS   ? ORACLE_ALWAYS
         : motion == ORACLE_MOVES ? ORACLE_UNLESS_STEP
                                  : ORACLE_WHEN_STEADY;
}

static oracle_score_t score_world(const oracle_world_t *world, const oracle_wave_t *wave) {
  static oracle_rig_t rig;
  oracle_score_t score;
  memset(&score, 0, sizeof score);
  oracle_rig_init(&rig, world);
  uint32_t sample = 0;
  for (uint32_t ms = 0; sample < world->sample_count; ms++) {
    oracle_rig_step(&rig, ms);
    if (ms != world->sample_ms[sample]) continue;
    oracle_compare(&rig, wave, ms, what_holds(world->motion[sample]), &score);
    sample++;
  }
  return score;
}

static void print_score(const oracle_case_t *row, const oracle_score_t *score, double taken_s) {
  const oracle_worst_t *v = &score->volt, *a = &score->ampere;
  printf("%-4s %-16s %8.5f mV %s at %u ms | %.3g of %.3g A (%.4f of allowed) %s at %u ms | "
         "%u values, %.1f s\n",
         oracle_compare_agrees(score) ? "ok" : "FAIL", row->name, 1e3 * (v->simulator - v->circuit),
         v->name, v->now_ms, a->simulator - a->circuit, a->circuit, a->share, a->name, a->now_ms,
         score->value_count, taken_s);
  const oracle_worst_t *w = &score->watt;
  if (!(w->share <= 1.0))
    printf("     %s: simulator %.9g W, circuit %.9g W at %u ms\n", w->name, w->simulator,
           w->circuit, w->now_ms);
  if (score->missing_count > 0) printf("     %u vectors are missing\n", score->missing_count);
}

/// 1 iff both sides agree.
static int run_case(const oracle_case_t *row, const oracle_setup_t *setup) {
  static oracle_world_t world;
  oracle_wave_t wave;
  char path[PATH_BYTES], error[PATH_BYTES + 100];
  const double begin_s = now_s();
  oracle_world_init(&world, &setup->cell);
  row->set_up(&world);
  (void)snprintf(path, sizeof path, "%s/%s.cir", setup->folder, row->name);
  if (solve(path, &world, setup, &wave, error, sizeof error) != 0) {
    oracle_spice_free(&wave);
    printf("FAIL %-16s %s\n", row->name, error);
    return 0;
  }
  const oracle_score_t score = score_world(&world, &wave);
  oracle_spice_free(&wave);
  print_score(row, &score, now_s() - begin_s);
  return oracle_compare_agrees(&score);
}

static int is_wanted(const oracle_case_t *row, int argc, char **argv) {
  for (int i = 3; i < argc; i++)
    if (strcmp(argv[i], row->name) == 0) return 1;
  return argc == 3;
}

static void run_cases(const oracle_setup_t *setup, int argc, char **argv, oracle_total_t *total) {
  for (size_t i = 0; i < oracle_case_count; i++) {
    if (!is_wanted(&oracle_case[i], argc, argv)) continue;
    if (run_case(&oracle_case[i], setup))
      total->passed_count++;
    else
      total->failed_count++;
    (void)fflush(stdout);
  }
}

int main(int argc, char **argv) {
  static oracle_setup_t setup;
  char error[600];
  oracle_total_t total = {0};
  if (argc < 3 || cell_file_load(argv[1], &setup.cell, error, sizeof error) != CELL_FILE_OK) {
    fprintf(stderr, "oracle: %s\n", argc < 3 ? "usage: oracle CELL_FILE FOLDER [CASE...]" : error);
    return 2;
  }
  setup.folder = argv[2];
  oracle_definition_check(&setup.cell, &total);
  if (oracle_spice_is_here()) {
    run_cases(&setup, argc, argv, &total);
  } else {
    printf("ngspice is not installed; make deps-rigs brings it\n");
    total.skipped_count = (uint32_t)oracle_case_count;
  }
  printf("%u passed, %u failed, %u skipped\n", total.passed_count, total.failed_count,
         total.skipped_count);
  return total.failed_count > 0;
}
