/// What window, terminal and pictures are drawn from: a read-only copy of a running scenario.
///
/// Model    the worker fills a view between two ticks and hands it over; whoever draws sees one
///          instant. It holds the whole simulation: signals_read(signal, &view->hil) gives any
///          signal of that instant. Histories have a common time base: all their points lie
///          history.period_us apart, and when they are full every second one is dropped
/// Units    simulated time in us since the run's begin; wall time only in speed_ratio
/// Memory   plain value, some 2 MB: allocate it, never put it on a stack
/// Threads  written by one, then read only (view_port.h)
#ifndef GUI_VIEW_H
#define GUI_VIEW_H

#include <stdint.h>

#include "../scenarios/faults.h"
#include "../scenarios/plan.h"
#include "../scenarios/result.h"
#include "../scenarios/signals.h"
#include "../sim/hil.h"
#include "plot_store.h"

enum {
  VIEW_TRACE_MAX = PLOT_TRACE_MAX, ///< signals that the user plots
  VIEW_POINT_MAX = 1024, ///< of a history
  VIEW_MARK_MAX = 200,
  VIEW_FAULT_MAX = 64,
  VIEW_FRAME_ID_MAX = 64,
  VIEW_LOAD_MAX = 600,
  VIEW_CHECKPOINT_MAX = 48,
  VIEW_CHECK_MAX = RESULT_CHECK_MAX,
  VIEW_NO_SIGNAL = 0xFFFF
};
#define VIEW_NEVER UINT64_MAX

typedef enum { VIEW_RUNNING, VIEW_PAUSED, VIEW_ENDED, VIEW_FAILED } view_run_t;

typedef struct {
  uint64_t period_us; ///< of a point
  uint32_t point_count; ///< point i covers [i * period_us, (i + 1) * period_us)
  uint32_t padding;
  float group_V[PACK_GROUP_COUNT][VIEW_POINT_MAX / 4]; ///< point i at 4 i * period_us
  float module_degC[PINS_MODULE_COUNT][VIEW_POINT_MAX / 4];
} view_history_t;

/// A line of the time line, as in a report: kind "fault", "event", "state", "DTC", "DTC cleared",
/// "check", "user", "load".
typedef struct {
  uint64_t time_us;
  char kind[12];
  char name[40];
  char detail[76];
} view_mark_t;

/// A fault that is there or was there.
typedef struct {
  const fault_row_t *row;
  uint64_t begin_us, end_us; ///< end VIEW_NEVER: it is there now
  uint16_t target; ///< the first
  uint16_t target_count;
  uint16_t other;
  uint8_t is_by_user;
  uint8_t padding;
  double value;
  char id[40];
} view_fault_t;

/// One check of the scenario as it stands. What it asks for is view->plan->check[i].
typedef struct {
  char id[40];
  uint8_t kind; ///< check_kind_t
  uint8_t is_decided;
  uint8_t verdict; ///< verdict_t, when decided
  uint8_t is_active; ///< its time has begun
  uint8_t has_margin;
  uint8_t padding[3];
  uint64_t begin_us; ///< from when it counts; VIEW_NEVER: its trigger has not happened
  uint64_t until_us; ///< its deadline; VIEW_NEVER: it has none, or not yet
  uint64_t decided_us; ///< VIEW_NEVER: not yet
  double value, limit; ///< of the margin, in unit
  char unit[8];
  char text[120]; ///< what was seen so far
} view_check_t;

/// The frames of one id that passed on the bus.
typedef struct {
  can_frame_t frame; ///< the newest
  uint64_t time_ns, first_ns; ///< of the newest, of the first
  uint32_t count;
  float period_ms; ///< mean of the newest ones, 0: fewer than two
  float period_min_ms, period_max_ms;
  uint32_t late_count; ///< came more than half a cycle late
  uint32_t wrong_count; ///< E2E check failed, or shorter than its message
  uint16_t message; ///< row of can_msg[], CAN_MSG_COUNT: none
  uint8_t node; ///< who sent it
  uint8_t padding;
} view_frame_t;

typedef struct {
  uint32_t id_count, frame_count, lost_id_count;
  float load_pct; ///< of the bus, over the last 0.1 s
  view_frame_t frame[VIEW_FRAME_ID_MAX]; ///< by id
  float signal_value[CAN_SIGNAL_COUNT]; ///< newest of each signal, also of pages; NaN: none yet
  float load_past_pct[VIEW_LOAD_MAX]; ///< of each 0.1 s, newest last
} view_bus_t;

typedef struct {
  uint64_t sequence; ///< one more each time
  uint8_t run; ///< view_run_t
  uint8_t is_recording;
  uint8_t padding[2];
  uint32_t pending_count; ///< commands that wait for the next tick
  double speed_asked_ratio; ///< of simulated to wall time; 0: as fast as possible
  double speed_ratio; ///< reached of late
  char title[160], run_name[120], file[200];
  char message[240]; ///< newest answer to a command, or why the run ended; "" none
  uint64_t end_us; ///< the scenario's end at the latest
  uint64_t checkpoint_us[VIEW_CHECKPOINT_MAX];
  uint32_t checkpoint_count;
  uint32_t mark_count; ///< of the newest VIEW_MARK_MAX
  uint32_t fault_count;
  uint32_t check_count;
  uint32_t user_command_count; ///< that Save as scenario would write
  const scenario_plan_t *plan; ///< constant while the run is open
  view_mark_t mark[VIEW_MARK_MAX]; ///< oldest first
  view_fault_t fault[VIEW_FAULT_MAX];
  view_check_t check[VIEW_CHECK_MAX];
  view_bus_t bus;
  view_history_t history;
  plot_window_t plot; ///< what COMMAND_PLOT and COMMAND_TRACE asked for
  hil_t hil; ///< the simulation itself, a copy
} view_t;

/// The fault that acts on a target now, NULL iff none. The newest one wins.
const view_fault_t *view_fault_on(const view_t *view, fault_on_t on, uint32_t target);

/// Value of a signal by name in this view; NaN iff there is no such signal.
double view_signal(const view_t *view, const char *name);

/// "open of wire.A12", "heater of phys.module.3, 200 W".
void view_fault_text(const view_fault_t *fault, char *text, uint32_t text_bytes);

#endif
