/// One run of one scenario: stimuli, faults, ticks, judgement, recording, result.
///
/// Model    run_scenario owns a hil_t for the length of the run; nothing else is shared between
///          runs
/// Threads  one run a process or thread
#ifndef SCENARIOS_RUN_H
#define SCENARIOS_RUN_H

#include "ecu_place.h"
#include "recorder.h"
#include "result.h"
#include "scenario.h"

typedef struct {
  const char *out_dir; ///< this run's own folder, exists; NULL: nothing is written
  record_level_t record_level; ///< a scenario's "record" wins
  /// NULL, or called once a simulated second. Not 0: the run stops here, VERDICT_SKIPPED.
  int (*progress)(void *user, double sim_s, double end_s);
  void *progress_user;
  const ecu_list_t *ecu; ///< where the BMS core runs; NULL: only in this process
  uint32_t ecu_hang_ms; ///< wall time that another ECU's answer may take
  uint8_t ecu_is_logged; ///< its input goes into ecu.log.gz of out_dir
  uint8_t is_realtime; ///< as fast as the wall clock
  const char *bus_url; ///< joined to the bus of the run; NULL: none. Needs is_realtime
} run_options_t;

/// Run one point (a scenario whose sweep is already applied). result is always filled completely;
/// whatever goes wrong inside becomes VERDICT_ERROR with a text.
void run_scenario(const scenario_t *scenario, const run_options_t *options, run_result_t *result);

#endif
