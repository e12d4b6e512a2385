/// What one run of one scenario came to: verdicts with margins, hashes, figures.
///
/// Memory   plain value of fixed size: it crosses a pipe from the worker that ran it
#ifndef SCENARIOS_RESULT_H
#define SCENARIOS_RESULT_H

#include <stdint.h>

enum { RESULT_CHECK_MAX = 64, RESULT_SWEEP_MAX = 8 };

typedef enum {
  VERDICT_PASS,
  VERDICT_FAIL,
  VERDICT_INCONCLUSIVE,
  VERDICT_ERROR,
  VERDICT_SKIPPED
} verdict_t;

typedef enum { CHECK_EXPECT, CHECK_ALWAYS, CHECK_NEVER, CHECK_MEASURE } check_kind_t;

/// One expectation's outcome.
typedef struct {
  char id[40];
  uint8_t kind; ///< check_kind_t
  uint8_t verdict; ///< verdict_t
  uint8_t has_margin;
  char unit[8];
  double value, limit; ///< "62.0 of 100 ms"
  double at_s; ///< when it was decided; < 0: never
  char text[200]; ///< what was seen, in words
} check_result_t;

typedef struct {
  char path[96]; ///< "events[0].fault.target"
  char value[64];
} sweep_value_t;

typedef struct {
  char scenario_id[40];
  char run_name[120]; ///< folder and test name: "OV-003" or "OW-001.wire.A12"
  char title[160];
  char file[200];
  uint8_t verdict; ///< verdict_t
  uint32_t check_count;
  check_result_t check[RESULT_CHECK_MAX];
  uint32_t sweep_count;
  sweep_value_t sweep[RESULT_SWEEP_MAX];
  uint64_t seed, scenario_hash, output_hash, trace_hash;
  uint64_t tick_count;
  double sim_s;
  double wall_s; ///< only for terminal and timing.json
  double wall_record_s;
  double pack_Wh, distance_m, ledger_error_pct; ///< 0 where there is no drive
  double soc_start_pct, soc_end_pct;
  uint32_t dtc_set_count;
  char dtc_first[40];
  char error[240]; ///< where, what, allowed; for VERDICT_ERROR and VERDICT_SKIPPED
} run_result_t;

const char *verdict_text(verdict_t verdict); ///< "pass" "fail" "inconclusive" "error" "skipped"

#endif
