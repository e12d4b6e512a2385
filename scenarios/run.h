/// One run of one scenario: stimuli, faults, ticks, judgement, recording, result.
///
/// Model    run_scenario owns a hil_t for the length of the run; nothing else is shared between
///          runs
/// Threads  one run a process or thread
#ifndef SCENARIOS_RUN_H
#define SCENARIOS_RUN_H

#include "ecu_place.h"
#include "judge.h"
#include "live.h"
#include "recorder.h"
#include "result.h"
#include "scenario.h"

/// Who has a say between two ticks, before the script's step: a real-time clock, commands.
enum { RUN_GO, RUN_STOP, RUN_END }; ///< END: judged as at its end

typedef struct {
  /// hil is at a tick's boundary; faults and stimulus may be changed. Waits as long as it likes.
  /// Not RUN_GO: the run ends here; what was recorded stays.
  int (*boundary)(void *user, hil_t *hil);
  void *user;
  uint8_t is_judged_at_stop; ///< RUN_STOP is as RUN_END
} run_port_t;

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
  live_t *live; ///< what somebody does by hand between ticks; NULL: nobody
  void *watch_user; ///< of the two that look on; they change nothing
  /// NULL, or called for each line of the time line, in the tick in which it happens.
  void (*mark)(void *watch_user, uint64_t time_us, const char *kind, const char *name,
               const char *detail);
  void (*frame)(void *watch_user, const can_mem_rx_t *rx); ///< NULL, or for each frame
  const run_port_t *port; ///< NULL: nobody
  const hil_guest_t *guest; ///< the ECU behind the bus cut; NULL: board and core are here
} run_options_t;

/// Run one point (a scenario whose sweep is already applied). result is always filled completely;
/// whatever goes wrong inside becomes VERDICT_ERROR with a text.
void run_scenario(const scenario_t *scenario, const run_options_t *options, run_result_t *result);

/// The same tick by tick, for those who look on. scenario, options and result must outlive run.
typedef struct run scenario_run_t;

/// NULL iff there is no memory; result then says so. A run that cannot begin ends at its first
/// tick.
scenario_run_t *run_open(const scenario_t *scenario, const run_options_t *options,
                         run_result_t *result);

/// One tick. 0: it goes on; 1: it is over; -1: it failed or was stopped, result says why. What is
/// over stays over.
int run_tick(scenario_run_t *run);

/// Judge what is left, fill result, close the recording, free run.
void run_close(scenario_run_t *run);

const hil_t *run_hil(const scenario_run_t *run); ///< between ticks; NULL iff it did not begin
judge_t *run_judge(const scenario_run_t *run);

/// Checkpoints: the whole state of a run, in this process. 0 bytes iff this run has none: another
/// ECU takes part in it, or it did not begin.
size_t run_checkpoint_bytes(const scenario_run_t *run);
void run_save(const scenario_run_t *run, void *checkpoint);

/// Back to where the checkpoint was saved: from there the run is the same as it was, acts by hand
/// included. Not while it records.
void run_restore(scenario_run_t *run, const void *checkpoint);
const hil_t *run_checkpoint_hil(const void *checkpoint);

/// What a checkpoint of this size is like: the same for a run of the same point in another process
/// iff that can adopt it.
uint64_t run_layout(const scenario_run_t *run);

/// Be where a run of the same point in another process of this program is, to look at it, not to
/// tick on: checkpoint is its checkpoint, of the same layout, and is changed; faults_there is where
/// its faults_at(0) lies.
void run_adopt(scenario_run_t *run, void *checkpoint, uint64_t faults_there);

/// Begin and end of the fault of an event; end UINT64_MAX: it is there. -1 iff it has not begun.
int run_fault_span(const scenario_run_t *run, uint16_t event, uint64_t *begin_us, uint64_t *end_us);

/// Ask for the end of all faults on a target, by hand and of the scenario; returns how many. The
/// run has options->live.
uint32_t run_clear(scenario_run_t *run, fault_on_t on, uint32_t target);

uint32_t run_clear_all(scenario_run_t *run); ///< the same of all targets

/// Write the run so far with all acts by hand as a scenario. 0, or -1 with the reason.
int run_live_write(const scenario_run_t *run, const char *path, scenario_error_t *error);

/// Record into dir, which exists, from the present tick on; end it. 0, or -1 with the reason in
/// recorder_error().
int run_record_begin(scenario_run_t *run, const char *dir);
int run_record_end(scenario_run_t *run, const char *dir);
int run_is_recording(const scenario_run_t *run);

#endif
