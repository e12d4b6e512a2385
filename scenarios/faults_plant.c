/// Faults of cells, fan, contactors, precharge and link, each as its row of the table names it.
#include "faults_plant.h"

#include "../ecu_model/gen/pinout.h"
#include "../sim/pack_runaway.h"

/// Multiply a figure of the targets' cells by the value in percent, or take that back.
static void scale_cells(hil_t *hil, const fault_t *fault, int begin, pack_cells_t scale) {
  double factor = fault->value / 100.0;
  for (uint32_t i = 0; i < fault->target_count; i++) {
    double *figure = &scale[fault->target[i] % 2][fault->target[i] / 2];
    *figure = begin ? *figure * factor : *figure / factor;
  }
  pack_refresh(&hil->pack);
}

void faults_plant_cell_resistance(hil_t *hil, const fault_t *fault, int begin) {
  scale_cells(hil, fault, begin, hil->pack.resistance_scale);
}

/// What a fire has done to a cell does not heal with a fault.
void faults_plant_cell_internal_short(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    uint32_t cell = fault->target[i];
    if (!hil->pack.runaway.is_collapsed[cell % 2][cell / 2]) {
      (void)pack_set_short(&hil->pack, cell, begin ? fault->value : 0.0);
    }
  }
}

static void set_tabs(hil_t *hil, const fault_t *fault, double ohm) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    uint32_t cell = fault->target[i];
    if (!hil->pack.runaway.is_vented[cell / 2][cell % 2]) {
      (void)pack_set_tab(&hil->pack, cell, ohm);
    }
  }
}

void faults_plant_cell_tab(hil_t *hil, const fault_t *fault, int begin) {
  set_tabs(hil, fault, begin ? fault->value : 0.0);
}

void faults_plant_cell_lost(hil_t *hil, const fault_t *fault, int begin) {
  set_tabs(hil, fault, begin ? PACK_TAB_OPEN_ohm : 0.0);
}

void faults_plant_cell_self_discharge(hil_t *hil, const fault_t *fault, int begin) {
  scale_cells(hil, fault, begin, hil->pack.self_discharge_scale);
}

void faults_plant_cell_heater(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    uint32_t cell = fault->target[i];
    hil->pack.external_W[cell % 2][cell / 2] = begin ? fault->value : 0.0;
  }
}

void faults_plant_group_heater(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
      hil->pack.external_W[side][fault->target[i]] = begin ? fault->value / PACK_SIDE_COUNT : 0.0;
    }
  }
}

void faults_plant_module_heater(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    const pinout_module_t *module = &pinout_module[fault->target[i]];
    double each_W = fault->value / (PACK_SIDE_COUNT * module->group_count);
    for (uint32_t g = 0; g < module->group_count; g++) {
      for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
        hil->pack.external_W[side][module->first_group + g] = begin ? each_W : 0.0;
      }
    }
  }
}

/// Nothing heals a burnt cell.
void faults_plant_cell_runaway(hil_t *hil, const fault_t *fault, int begin) {
  for (uint32_t i = 0; i < fault->target_count && begin; i++) {
    (void)pack_runaway_ignite(&hil->pack, fault->target[i]);
  }
}

/// A short stays where the separator is gone, a tab where it is burnt.
void faults_plant_fan_stuck(hil_t *hil, const fault_t *fault, int begin) {
  (void)fault;
  hil->pack.air.rotor_is_stuck = begin ? 1 : 0;
}

void faults_plant_fan_blocked(hil_t *hil, const fault_t *fault, int begin) {
  hil->pack.air.blocked_share = begin ? fault->value / 100.0 : 0.0;
}

void faults_plant_fan_tacho_lost(hil_t *hil, const fault_t *fault, int begin) {
  (void)fault;
  hil->pack.air.tacho_is_lost = begin ? 1 : 0;
}

static void set_contacts(hil_t *hil, const fault_t *fault, hv_contact_fault_t state) {
  for (uint32_t i = 0; i < fault->target_count; i++) {
    hil->hv.fault[fault->target[i]] = state;
  }
}

void faults_plant_contactor_welded(hil_t *hil, const fault_t *fault, int begin) {
  set_contacts(hil, fault, begin ? HV_CONTACT_WELDED : HV_CONTACT_OK);
}

void faults_plant_contactor_stuck_open(hil_t *hil, const fault_t *fault, int begin) {
  set_contacts(hil, fault, begin ? HV_CONTACT_STUCK_OPEN : HV_CONTACT_OK);
}

void faults_plant_precharge_resistance(hil_t *hil, const fault_t *fault, int begin) {
  hil->hv.params.precharge_ohm = begin ? fault->value : hv_params_soul_ev().precharge_ohm;
}

void faults_plant_link_capacitance(hil_t *hil, const fault_t *fault, int begin) {
  hil->hv.params.link_F = begin ? fault->value : hv_params_soul_ev().link_F;
}

void faults_plant_link_leak(hil_t *hil, const fault_t *fault, int begin) {
  hil->hv.params.link_bleed_ohm = begin ? fault->value : hv_params_soul_ev().link_bleed_ohm;
}

void faults_plant_link_short(hil_t *hil, const fault_t *fault, int begin) {
  hil->stimulus.short_ohm = begin ? fault->value : 0.0;
}
