/// Signals of the BMS's belief: state, measured values, wires, limits, DTCs.
#include <string.h>

#include "../ecu_model/gen/dtc_text.h"
#include "../ecu_model/gen/pinout_text.h"
#include "../sim/simd.h"
#include "signals_read.h"

enum { FAST = 1, PACK = 10, GROUP = 100, CHANGE = 0, CSV = 1, NO_CSV = 0 };

static double dtc_is_set(const signal_t *signal, const hil_t *hil) {
  const bms_dtc_t *dtc = &hil->bms.dtc[signal->index];
  return dtc->is_active || dtc->is_latched ? 1.0 : 0.0;
}

_Static_assert(offsetof(bms_dtc_t, is_latched) == offsetof(bms_dtc_t, is_active) + 1,
               "both are read at once");

static double any_dtc_is_set(const signal_t *signal, const hil_t *hil) {
  uint16_t sum = 0;
  (void)signal;
  SIMD_WHOLE
  for (uint32_t i = 0; i < DTC_COUNT; i++) {
    uint16_t both; /* at once, and no wider than the sum: this is asked in each tick */
    memcpy(&both, &hil->bms.dtc[i].is_active, sizeof both);
    sum |= both;
  }
  return sum != 0 ? 1.0 : 0.0;
}

static double dtc_age(const signal_t *signal, const hil_t *hil) {
  return bms_dtc_age_cycles(&hil->bms, signal->index);
}

static void add_life(void) {
  signals_add(SIGNALS_FIELD(bms.life.operating_s, "s", SIGNALS_NOT_RECORDED, NO_CSV, 1.0,
                            "operating time over the ECU's life"),
              "bms.life.operating_s");
  signals_add(SIGNALS_FIELD(bms.life.cycle_count, "", SIGNALS_NOT_RECORDED, NO_CSV, 1.0,
                            "operating cycles: closed for 10 s, then opened"),
              "bms.life.cycle_count");
  signals_add(SIGNALS_FIELD(bms.life.closing_count, "", SIGNALS_NOT_RECORDED, NO_CSV, 1.0,
                            "of main contactors"),
              "bms.life.closing_count");
  signals_add(SIGNALS_FIELD(bms.life.loaded_opening_count, "", SIGNALS_NOT_RECORDED, NO_CSV, 1.0,
                            "openings under more than 5 A"),
              "bms.life.loaded_opening_count");
  signals_add(SIGNALS_FIELD(bms.life.discharge_As, "A s", SIGNALS_NOT_RECORDED, NO_CSV, 1.0,
                            "over the ECU's life"),
              "bms.life.discharge_As");
  signals_add(SIGNALS_FIELD(bms.life.charge_As, "A s", SIGNALS_NOT_RECORDED, NO_CSV, 1.0,
                            "over the ECU's life"),
              "bms.life.charge_As");
  signals_add(SIGNALS_FIELD(bms.life.reset_count, "", SIGNALS_NOT_RECORDED, NO_CSV, 1.0,
                            "starts of the ECU"),
              "bms.life.reset_count");
  signals_add(SIGNALS_FIELD(bms.life.brown_out_count, "", SIGNALS_NOT_RECORDED, NO_CSV, 1.0,
                            "starts after a supply that was too low"),
              "bms.life.brown_out_count");
  signals_add(SIGNALS_FIELD(bms.store.write_count, "", SIGNALS_NOT_RECORDED, NO_CSV, 1.0,
                            "pages that the memory acknowledged since reset"),
              "bms.store.write_count");
}

static void add_state(void) {
  signals_add(SIGNALS_FIELD(bms.state, "", CHANGE, CSV, 1.0, "state machine"), "bms.state");
  signals_add(SIGNALS_FIELD(bms.fault_level, "", CHANGE, CSV, 1.0, "of the worst DTC"),
              "bms.fault_level");
  signals_add(SIGNALS_FIELD(bms.coil_command, "", CHANGE, NO_CSV, 1.0, "bit per coil"),
              "bms.coil_command");
  signals_add(SIGNALS_FIELD(bms.contactor.try_count, "", CHANGE, NO_CSV, 1.0, "precharge tries"),
              "bms.precharge.try_count");
  signals_add(SIGNALS_FIELD(bms.contactor.cooldown_ms, "ms", CHANGE, NO_CSV, 1.0,
                            "until the resistor allows a closing, at most"),
              "bms.precharge.cooldown_ms");
  signals_add(SIGNALS_FIELD(bms.jitter_count, "", GROUP, NO_CSV, 1.0, "steps not 1 ms apart"),
              "bms.jitter_count");
  signals_add(SIGNALS_FIELD(bms.time_ms, "ms", GROUP, NO_CSV, 1.0, "the ECU's clock"),
              "bms.time_ms");
  signals_add(SIGNALS_FIELD(bms.afe.pec_error_count, "", CHANGE, NO_CSV, 1.0, "bad AFE frames"),
              "bms.afe.pec_error_count");
  signals_add(SIGNALS_FIELD(bms.afe.cleared_count, "", CHANGE, NO_CSV, 1.0, "lost conversions"),
              "bms.afe.cleared_count");
  signals_add(
      SIGNALS_FIELD(bms.afe.replay_count, "", CHANGE, NO_CSV, 1.0, "two reads that differed"),
      "bms.afe.replay_count");
  signals_add(SIGNALS_FIELD(bms.afe.unconfirmed_count, "", CHANGE, NO_CSV, 1.0,
                            "lone readings that nothing supported"),
              "bms.afe.unconfirmed_count");
  signals_add(
      SIGNALS_FIELD(bms.openwire.test_done_count, "", GROUP, NO_CSV, 1.0, "open-wire tests so far"),
      "bms.openwire.test_count");
}

static void add_measured(void) {
  signals_add(SIGNALS_FIELD(bms.meas.current_mA, "mA", PACK, CSV, 1.0, "> 0 discharges"),
              "bms.current_mA");
  signals_add(SIGNALS_FIELD(bms.meas.pack_mV, "mV", PACK, CSV, 1.0, "pack side"), "bms.pack_mV");
  signals_add(SIGNALS_FIELD(bms.meas.link_mV, "mV", PACK, CSV, 1.0, "DC link"), "bms.link_mV");
  signals_add(SIGNALS_FIELD(bms.meas.supply_mV, "mV", GROUP, NO_CSV, 1.0, "12 V supply"),
              "bms.supply_mV");
  signals_add(SIGNALS_FIELD(bms.meas.group_max_mV, "mV", PACK, CSV, 1.0, "highest group"),
              "bms.group_max.mV");
  signals_add(SIGNALS_FIELD(bms.meas.group_min_mV, "mV", PACK, CSV, 1.0, "lowest group"),
              "bms.group_min.mV");
  signals_add(SIGNALS_FIELD(bms.meas.group_max_index, "", CHANGE, NO_CSV, 1.0, "which, 0..95"),
              "bms.group_max.index");
  signals_add(SIGNALS_FIELD(bms.meas.group_min_index, "", CHANGE, NO_CSV, 1.0, "which, 0..95"),
              "bms.group_min.index");
  signals_add(SIGNALS_FIELD(bms.meas.valid_group_count, "", CHANGE, CSV, 1.0, "of 96"),
              "bms.valid_group_count");
  signals_add(SIGNALS_FIELD(bms.meas.temperature_max_ddegC, "degC", GROUP, CSV, 0.1, "modules"),
              "bms.temperature_max.degC");
  signals_add(SIGNALS_FIELD(bms.meas.temperature_min_ddegC, "degC", GROUP, CSV, 0.1, "modules"),
              "bms.temperature_min.degC");
  signals_add(SIGNALS_FIELD(bms.soc.soc_permille, "%", GROUP, CSV, 0.1, "state of charge"),
              "bms.soc_pct");
  signals_add(SIGNALS_FIELD(bms.soc.min_permille, "%", CHANGE, NO_CSV, 0.1, "weakest group"),
              "bms.soc_min_pct");
  signals_add(SIGNALS_FIELD(bms.soc.max_permille, "%", CHANGE, NO_CSV, 0.1, "strongest group"),
              "bms.soc_max_pct");
  signals_add(SIGNALS_FIELD(bms.soh.capacity_permille, "%", CHANGE, NO_CSV, 0.1, "of a new pack's"),
              "bms.soh_capacity_pct");
  signals_add(
      SIGNALS_FIELD(bms.soh.resistance_permille, "%", CHANGE, NO_CSV, 0.1, "of a new pack's"),
      "bms.soh_resistance_pct");
  signals_add(
      SIGNALS_FIELD(bms.soh.energy_dkWh, "kWh", CHANGE, NO_CSV, 0.1, "weakest group lets out"),
      "bms.energy_kWh");
  signals_add(SIGNALS_FIELD(bms.soh.energy_permille, "%", CHANGE, NO_CSV, 0.1, "state of energy"),
              "bms.soe_pct");
}

static void add_limits(void) {
  signals_add(SIGNALS_FIELD(bms.limit.discharge_mA, "A", PACK, CSV, 1e-3, "published"),
              "bms.limit.discharge_A");
  signals_add(SIGNALS_FIELD(bms.limit.charge_mA, "A", PACK, CSV, 1e-3, "published"),
              "bms.limit.charge_A");
  signals_add(SIGNALS_FIELD(bms.limit.discharge_W, "W", PACK, NO_CSV, 1.0, "published"),
              "bms.limit.discharge_W");
  signals_add(SIGNALS_FIELD(bms.limit.charge_W, "W", PACK, NO_CSV, 1.0, "published"),
              "bms.limit.charge_W");
  static const uint32_t horizon_s[] = {2, 10, 30};
  for (uint32_t i = 0; i < 3; i++) {
    signals_add(SIGNALS_ITEM(bms.limit.horizon_W[0][0], 4, i, "W", GROUP, 1.0, "before the ramp"),
                "bms.limit.discharge_%us_W", horizon_s[i]);
    signals_add(SIGNALS_ITEM(bms.limit.horizon_W[1][0], 4, i, "W", GROUP, 1.0, "before the ramp"),
                "bms.limit.charge_%us_W", horizon_s[i]);
  }
  signals_add(SIGNALS_FIELD(bms.limit.charge_voltage_mV, "V", PACK, NO_CSV, 1e-3, "published"),
              "bms.limit.charge_V");
}

static void add_isolation(void) {
  signals_add(SIGNALS_FIELD(bms.imd.ohm, "kohm", CHANGE, CSV, 1e-3, "to the chassis, 50000: more"),
              "bms.isolation_kohm");
  signals_add(SIGNALS_FIELD(bms.imd.pos_ohm, "kohm", CHANGE, NO_CSV, 1e-3, "plus to the chassis"),
              "bms.isolation_pos_kohm");
  signals_add(SIGNALS_FIELD(bms.imd.neg_ohm, "kohm", CHANGE, NO_CSV, 1e-3, "minus to the chassis"),
              "bms.isolation_neg_kohm");
  signals_add(SIGNALS_FIELD(bms.imd.height_permille, "%", CHANGE, NO_CSV, 0.1,
                            "where the leak sits: 0 pack minus, 100 pack plus"),
              "bms.isolation_height_pct");
  signals_add(SIGNALS_FIELD(bms.imd.quality, "", CHANGE, NO_CSV, 1.0, "0 is valid, 1 an estimate"),
              "bms.isolation_quality");
  signals_add(SIGNALS_FIELD(bms.imd.age_ms, "ms", GROUP, NO_CSV, 1.0, "of the result"),
              "bms.isolation_age_ms");
  signals_add(SIGNALS_FIELD(bms.imd.result_count, "", CHANGE, NO_CSV, 1.0, "results so far"),
              "bms.isolation_count");
}

static void add_thermal(void) {
  signals_add(SIGNALS_FIELD(bms.thermal.fan_step, "", CHANGE, NO_CSV, 1.0, "0..9"), "bms.fan_step");
  signals_add(SIGNALS_FIELD(bms.thermal.is_heating, "", CHANGE, NO_CSV, 1.0, "heater is on"),
              "bms.heating");
  for (uint32_t i = 0; i < 2; i++)
    signals_add(SIGNALS_ITEM(bms.meas.heater_ddegC[0], 2, i, "degC", GROUP, 0.1, "measured"),
                "bms.heater.%u.degC", i + 1);
}

static void add_balance(void) {
  signals_add(SIGNALS_FIELD(bms.balance.need_count, "", CHANGE, NO_CSV, 1.0,
                            "groups that have charge to lose"),
              "bms.balance.need_count");
  signals_add(SIGNALS_FIELD(bms.balance.need_max_mAs, "mAh", GROUP, NO_CSV, 1.0 / 3600.0,
                            "what the highest group has to lose"),
              "bms.balance.need_mAh");
  signals_add(SIGNALS_FIELD(bms.bleed.test_count, "", GROUP, NO_CSV, 1.0,
                            "tests of the discharge switches so far"),
              "bms.balance.test_count");
  signals_add(SIGNALS_FIELD(bms.leak.judged_count, "", SIGNALS_NOT_RECORDED, NO_CSV, 1.0,
                            "looks at which the self-discharge was judged"),
              "bms.leak.judged_count");
  signals_add(SIGNALS_FIELD(bms.leak.evidence_permille, "%", SIGNALS_NOT_RECORDED, NO_CSV, 0.1,
                            "of what it takes to accuse a group of self-discharge"),
              "bms.leak.evidence_pct");
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++)
    signals_add(SIGNALS_ITEM(bms.balance.rise_mK[0], 4, m, "K", GROUP, 1e-3,
                             "of the board by bleeding, estimated"),
                "bms.module.%u.board_K", m + 1);
}

static void add_places(void) {
  for (uint32_t g = 0; g < PINS_GROUP_COUNT; g++) {
    const char *name = pinout_group_name(g);
    signals_add(SIGNALS_ITEM(bms.meas.group_mV[0], 2, g, "mV", GROUP, 1.0, "measured"),
                "bms.group.%s.mV", name);
    signals_add(SIGNALS_ITEM(bms.balance.bled_mAs[0], 4, g, "mAh", SIGNALS_NOT_RECORDED,
                             1.0 / 3600.0, "taken by its switch since the anchor of the watch"),
                "bms.group.%s.bled_mAh", name);
    signals_add(SIGNALS_ITEM(bms.meas.group_quality[0], 1, g, "", CHANGE, 1.0, "0 is valid"),
                "bms.group.%s.quality", name);
  }
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    signals_add(SIGNALS_ITEM(bms.meas.module_ddegC[0], 2, m, "degC", GROUP, 0.1, "measured"),
                "bms.module.%u.degC", m + 1);
    signals_add(SIGNALS_ITEM(bms.meas.module_quality[0], 1, m, "", CHANGE, 1.0, "0 is valid"),
                "bms.module.%u.quality", m + 1);
  }
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    signals_add(SIGNALS_ITEM(bms.wire_state[0], 1, w, "", CHANGE, 1.0, "0 ok, 1 suspect, 2 open"),
                "bms.wire.%s.state", pinout_wire_name(w));
  }
}

static void add_dtcs(void) {
  signals_row_t any =
      *SIGNALS_CALL(any_dtc_is_set, 0, "", CHANGE, CSV, "any DTC is active or latched");
  any.source[0] = SIGNALS_BYTES(bms.dtc, 0, 0);
  signals_add(&any, "dtc.any");
  signals_add(SIGNALS_FIELD(bms.dtc_active_count, "", CHANGE, CSV, 1.0, "active DTCs"),
              "dtc.count");
  for (uint32_t i = 0; i < DTC_COUNT; i++) {
    signals_row_t set = *SIGNALS_CALL(dtc_is_set, i, "", CHANGE, NO_CSV, dtc_text[i].help);
    set.source[0] = SIGNALS_BYTES(bms.dtc[0], sizeof(bms_dtc_t), i);
    signals_add(&set, "dtc.%s", dtc_name(i));
  }
  for (uint32_t i = 0; i < DTC_COUNT; i++) {
    signals_add(SIGNALS_ITEM(bms.memory[0].is_stored, sizeof(bms_memory_t), i, "",
                             SIGNALS_NOT_RECORDED, 1.0, "in the memory, active or not"),
                "dtc.%s.stored", dtc_name(i));
    signals_add(SIGNALS_ITEM(bms.dtc[0].occurrence_count, sizeof(bms_dtc_t), i, "",
                             SIGNALS_NOT_RECORDED, 1.0, "how often it was set, up to 255"),
                "dtc.%s.occurrence", dtc_name(i));
    signals_add(SIGNALS_CALL(dtc_age, i, "", SIGNALS_NOT_RECORDED, NO_CSV,
                             "operating cycles without the fault since"),
                "dtc.%s.age", dtc_name(i));
  }
  for (uint32_t i = 0; i < DTC_COUNT; i++) {
    signals_add(SIGNALS_ITEM(bms.dtc[0].location, sizeof(bms_dtc_t), i, "", CHANGE, 1.0,
                             "wire, group or module index, 255 none"),
                "dtc.%s.location", dtc_name(i));
  }
}

void signals_add_bms(void) {
  add_state();
  add_life();
  add_measured();
  add_limits();
  add_isolation();
  add_thermal();
  add_balance();
  add_places();
  add_dtcs();
}
