/// Set points of the charger within its limits and the BMS's.
#include "charger.h"

charger_limits_t charger_limits(charger_kind_t kind) {
  static const charger_limits_t limits[CHARGER_KIND_COUNT] = {
      [CHARGER_DC] = {200.0, 500.0, 0.0, 0.95}, [CHARGER_AC] = {35.0, 450.0, 6600.0, 0.92}};
  return limits[kind];
}

enum { RIPPLE_HALF_us = 5000 };

static const double case_K_per_W = 0.06, case_J_per_K = 15e3, case_cold_K = 1e-3;

static double smaller(double a, double b) { return a < b ? a : b; }

void charger_set_point(const charger_set_t *set, double *current_A, double *voltage_V) {
  const charger_limits_t limits = charger_limits(set->kind);
  *current_A = smaller(set->current_A, limits.current_max_A);
  *voltage_V = smaller(set->voltage_V, limits.voltage_max_V);
  if (set->obeys) *current_A = smaller(*current_A, set->allowed_A);
  if (set->obeys) *voltage_V = smaller(*voltage_V, set->allowed_V);
  if (!set->may_act) *current_A = *voltage_V = 0.0;
}

static void follow(charger_t *charger, const charger_set_t *set, hv_load_t *load) {
  charger_set_point(set, &load->charger_current_A, &load->charger_voltage_V);
  if (!(load->charger_current_A > 0.0)) return;
  charger->held_A = load->charger_current_A;
  charger->held_V = load->charger_voltage_V;
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

void charger_warm(charger_t *charger, double output_W, uint32_t dt_us) {
  const double efficiency = charger_limits(CHARGER_AC).efficiency;
  const int is_on_board = charger->held_kind == CHARGER_AC && output_W > 0.0;
  const double loss_W = is_on_board ? output_W * (1.0 / efficiency - 1.0) : 0.0;
  if (!is_on_board && charger->case_K < case_cold_K) {
    charger->case_K = 0.0;
    return;
  }
  charger->case_K += (loss_W - charger->case_K / case_K_per_W) / case_J_per_K * (dt_us * 1e-6);
}
