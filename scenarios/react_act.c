/// Stimuli of the reaction table: steps of truth that a fault of the fault table cannot make.
#include "react_act.h"

#include "../ecu_model/gen/pinout.h"
#include "react_point.h"

enum { NEWTON_STEPS = 12 };

/// Where the row goes, in the unit of its limit.
static double goal(const react_run_t *run) {
  const react_row_t *row = run->row;
  const limits_row_t *limit = &limits_row[row->limit];
  double guard = row->has_guard ? run->hil->bms.config.voltage_guard_mV : 0.0;
  return react_limit(limit, row->level) + react_outward(limit) * (row->value - guard);
}

static int is_beyond(const react_run_t *run, double value) {
  const limits_row_t *limit = &limits_row[run->row->limit];
  return react_outward(limit) * (value - react_limit(limit, run->row->level)) > 0.0;
}

/* --- a group ------------------------------------------------------------------------------- */

/// Terminal voltage that the next step will show under the present current.
static double coming_V(hil_t *hil, uint32_t group) {
  pack_refresh(&hil->pack);
  (void)pack_source(&hil->pack, hil->group_extra_A, hil->dt_us);
  return hil->pack.group_emf_V[group] - hil->pack.parallel_ohm[group] * hil->pack_A;
}

static void set_soc(hil_t *hil, uint32_t group, uint32_t side, double soc) {
  hil->pack.soc[side][group] = soc;
  hil->pack.soc_settled[side][group] = soc;
}

void react_act_group(react_run_t *run) {
  hil_t *hil = run->hil;
  const double goal_V = 1e-3 * goal(run);
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
    run->saved[side] = hil->pack.soc[side][run->place];
  }
  for (uint32_t i = 0; i < NEWTON_STEPS; i++) {
    double miss_V = goal_V - coming_V(hil, run->place);
    double change = miss_V / hil->pack.ocv_slope_V[0][run->place];
    for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
      set_soc(hil, run->place, side, hil->pack.soc[side][run->place] + change);
    }
  }
  pack_refresh(&hil->pack);
}

void react_act_group_back(react_run_t *run) {
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
    set_soc(run->hil, run->place, side, run->saved[side]);
  }
  pack_refresh(&run->hil->pack);
}

int react_act_group_is_bad(react_run_t *run) {
  return is_beyond(run, 1e3 * pack_group_V(&run->hil->pack, run->place));
}

/* --- a module ------------------------------------------------------------------------------ */

void react_act_module(react_run_t *run) {
  pack_t *pack = &run->hil->pack;
  const pinout_module_t *module = &pinout_module[run->place];
  const double goal_degC = 0.1 * goal(run);
  for (uint32_t i = 0; i < module->group_count; i++) {
    uint32_t group = module->first_group + i;
    for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
      pack->core_degC[side][group] = goal_degC;
      pack->surface_degC[side][group] = goal_degC;
    }
  }
  pack->case_degC[run->place] = goal_degC;
  pack_refresh(pack);
}

int react_act_module_is_bad(react_run_t *run) {
  return is_beyond(run, 10.0 * pack_module_degC(&run->hil->pack, run->place));
}

int react_act_module_heats(react_run_t *run) {
  const double now_degC = pack_module_degC(&run->hil->pack, run->place);
  int has_heated = 0;
  if (run->saved[1] > 0.0 && run->saved[1] < 1000.0) {
    run->saved[1] += 1.0;
  } else {
    has_heated = run->saved[1] > 0.0 && now_degC - run->saved[0] > 1.0;
    run->saved[0] = now_degC;
    run->saved[1] = 1.0;
  }
  return has_heated;
}

/* --- the load ------------------------------------------------------------------------------ */

void react_act_load(react_run_t *run) {
  int is_charge = limits_row[run->row->limit].context == LIMITS_CONTEXT_CHARGE;
  run->saved[0] = run->hil->stimulus.current_A;
  run->hil->stimulus.current_A = (is_charge ? -1e-3 : 1e-3) * goal(run);
}

void react_act_load_back(react_run_t *run) { run->hil->stimulus.current_A = run->saved[0]; }

int react_act_load_is_bad(react_run_t *run) {
  int is_charge = limits_row[run->row->limit].context == LIMITS_CONTEXT_CHARGE;
  return is_beyond(run, (is_charge ? -1e3 : 1e3) * run->hil->pack_A);
}

void react_act_no_load(react_run_t *run) { run->hil->stimulus.current_A = 0.0; }

/* --- requests, clock, contactors ----------------------------------------------------------- */

void react_act_ask_standby(react_run_t *run) { run->hil->stimulus.request = VCM_STANDBY; }

void react_act_ask_drive(react_run_t *run) { run->hil->stimulus.request = VCM_DRIVE; }

void react_act_late_step(react_run_t *run) { run->hil->time_start_ms += (uint32_t)run->row->value; }

int react_act_coil_is_off(react_run_t *run) { return run->hil->pins_out.coil_V[run->place] < 1.0; }

int react_act_coil_is_on(react_run_t *run) { return !react_act_coil_is_off(run); }

int react_act_precharges(react_run_t *run) {
  return run->hil->hv.connect_count[PINS_COIL_PRECHARGE] > 0;
}
