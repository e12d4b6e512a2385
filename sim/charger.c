/// Set points of the charger within its limits and the BMS's.
#include "charger.h"

charger_limits_t charger_limits(charger_kind_t kind) {
  static const charger_limits_t limits[CHARGER_KIND_COUNT] = {
      [CHARGER_DC] = {200.0, 500.0, 0.0, 0.95}, [CHARGER_AC] = {35.0, 450.0, 6600.0, 0.92}};
  return limits[kind];
}

enum { RIPPLE_HALF_us = 5000 };

static double smaller(double a, double b) { return a < b ? a : b; }

static void follow(charger_t *charger, const charger_set_t *set, hv_load_t *load) {
  const charger_limits_t limits = charger_limits(set->kind);
  double current_A = smaller(set->current_A, limits.current_max_A);
  double voltage_V = smaller(set->voltage_V, limits.voltage_max_V);
  if (set->obeys) current_A = smaller(current_A, set->allowed_A);
  if (set->obeys) voltage_V = smaller(voltage_V, set->allowed_V);
  load->charger_current_A = set->may_act ? current_A : 0.0;
  load->charger_voltage_V = set->may_act ? voltage_V : 0.0;
  if (!(load->charger_current_A > 0.0)) return;
  charger->held_A = current_A;
  charger->held_V = voltage_V;
  charger->held_kind = set->kind;
}

void charger_load(charger_t *charger, const charger_set_t *set, hv_load_t *load) {
  if (charger->is_stuck_on) {
    load->charger_current_A = charger->held_A;
    load->charger_voltage_V = charger->held_V;
  } else {
    follow(charger, set, load);
  }
  if (charger->ripple_A > 0.0 && load->charger_current_A > 0.0) {
    double swing_A =
        set->time_us / RIPPLE_HALF_us % 2 == 0 ? charger->ripple_A : -charger->ripple_A;
    load->charger_current_A += swing_A;
    if (load->charger_current_A < 0.0) load->charger_current_A = 0.0;
  }
  const charger_limits_t limits = charger_limits((charger_kind_t)charger->held_kind);
  load->charger_power_W = limits.efficiency * limits.grid_max_W;
}

void charger_book(charger_t *charger, double output_J) {
  const charger_limits_t limits = charger_limits((charger_kind_t)charger->held_kind);
  charger->grid_J += (output_J - charger->output_J) / limits.efficiency;
  charger->output_J = output_J;
}
