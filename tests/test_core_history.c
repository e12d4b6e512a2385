/// DTC memory: frames, occurrence, cycles, ageing, erasing, and what a reset does to them.
#include <check.h>

#include "../ecu_model/core/diag.h"
#include "../ecu_model/core/history.h"
#include "../ecu_model/core/record.h"
#include "../ecu_model/core/store.h"
#include "core_rig.h"
#include "thorough.h"

Suite *test_suite(void);

static bms_t bms;
static bms_out_t out;
static rig_t rig;

static void start(void) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  memset(&out, 0, sizeof out);
  bms_init(&bms, bms_config_soul_ev(), &boot);
}

static void walk(uint32_t dtc, int is_bad, uint32_t times) {
  for (uint32_t i = 0; i < times; i++) {
    out.event_count = 0;
    diag_report(&bms, dtc, is_bad, (uint8_t)(20 + bms.dtc[dtc].occurrence_count));
    diag_walk(&bms, 10, &out);
  }
}

static void set(uint32_t dtc) { walk(dtc, 1, dtc_row[dtc].up_ms / 10 + 1u); }
static void heal(uint32_t dtc) { walk(dtc, 0, dtc_row[dtc].down_ms / 10 + 1u); }

static uint32_t due(uint32_t dtc) { return bms.store.record[STORE_DTC + dtc].due_count; }
static uint32_t stale(uint32_t dtc) { return bms.store.record[STORE_DTC + dtc].is_stale; }

START_TEST(frame_holds_what_was_measured) {
  start();
  bms.life.operating_s = 0x12345678;
  bms.meas.current_mA = -123456;
  bms.meas.pack_mV = 361290;
  bms.meas.link_mV = 360040;
  bms.meas.group_max_mV = 4201;
  bms.meas.group_min_mV = 3702;
  bms.meas.group_max_index = 11;
  bms.meas.group_min_index = 95;
  bms.meas.temperature_max_ddegC = 456;
  bms.meas.temperature_min_ddegC = -123;
  bms.meas.temperature_max_index = 3;
  bms.meas.temperature_min_index = 7;
  bms.state = BMS_STATE_CHARGE;
  bms.soc.is_initialised = 1;
  bms.soc.soc_permille = 873;
  diag_report(&bms, DTC_CELL_OVERVOLTAGE, 1, 11);
  diag_walk(&bms, 10, &out);
  const bms_frame_t *frame = &bms.memory[DTC_CELL_OVERVOLTAGE].first;
  ck_assert_uint_eq(frame->operating_s, 0x12345678);
  ck_assert_int_eq(frame->current_dA, -1234);
  ck_assert_uint_eq(frame->pack_dV, 3612);
  ck_assert_uint_eq(frame->link_dV, 3600);
  ck_assert_uint_eq(frame->group_max_mV, 4201);
  ck_assert_uint_eq(frame->group_min_mV, 3702);
  ck_assert_uint_eq(frame->group_max_index, 11);
  ck_assert_uint_eq(frame->group_min_index, 95);
  ck_assert_int_eq(frame->temperature_max_ddegC, 456);
  ck_assert_int_eq(frame->temperature_min_ddegC, -123);
  ck_assert_uint_eq(frame->temperature_max_index, 3);
  ck_assert_uint_eq(frame->temperature_min_index, 7);
  ck_assert_uint_eq(frame->soc_permille, 873);
  ck_assert_uint_eq(frame->state, BMS_STATE_CHARGE);
  ck_assert_uint_eq(frame->location, 11);
  ck_assert_mem_eq(frame, &bms.memory[DTC_CELL_OVERVOLTAGE].last, sizeof *frame);
  bms_frame_t now;
  history_frame(&bms, DTC_COUNT, &now); /* what is so without any DTC */
  ck_assert_uint_eq(now.location, BMS_NO_LOCATION);
}
END_TEST

START_TEST(frame_clips_and_says_what_is_not_known) {
  start();
  bms.meas.current_mA = 3276800;
  bms.meas.pack_mV = 6553600;
  bms.meas.link_mV = -300;
  set(DTC_CELL_ABOVE_OPERATING);
  const bms_frame_t *frame = &bms.memory[DTC_CELL_ABOVE_OPERATING].first;
  ck_assert_int_eq(frame->current_dA, INT16_MAX);
  ck_assert_uint_eq(frame->pack_dV, UINT16_MAX);
  ck_assert_uint_eq(frame->link_dV, 0);
  ck_assert_uint_eq(frame->soc_permille, STORE_NO_SOC);
  bms.meas.current_mA = -3276800;
  bms.meas.pack_mV = 6553500;
  set(DTC_CELL_BELOW_OPERATING);
  ck_assert_int_eq(bms.memory[DTC_CELL_BELOW_OPERATING].first.current_dA, -INT16_MAX);
  ck_assert_uint_eq(bms.memory[DTC_CELL_BELOW_OPERATING].first.pack_dV, UINT16_MAX);
}
END_TEST

START_TEST(first_frame_stays_and_last_is_renewed) {
  start();
  for (uint32_t i = 0; i < 300; i++) {
    bms.life.operating_s = 1000 + i;
    set(DTC_OPEN_WIRE);
    bms.life.operating_s = 5000; /* while it lasts nothing changes */
    walk(DTC_OPEN_WIRE, 1, 3);
    heal(DTC_OPEN_WIRE);
    const bms_memory_t *memory = &bms.memory[DTC_OPEN_WIRE];
    ck_assert_uint_eq(memory->is_stored, 1);
    ck_assert_uint_eq(memory->first.operating_s, 1000);
    ck_assert_uint_eq(memory->first.location, 20);
    ck_assert_uint_eq(memory->last.operating_s, 1000 + i);
    ck_assert_uint_eq(memory->last.location, (uint8_t)(20 + (i < 255 ? i : 255)));
    ck_assert_uint_eq(bms.dtc[DTC_OPEN_WIRE].occurrence_count, i < 255 ? i + 1 : 255);
    ck_assert_uint_eq(bms.dtc[DTC_OPEN_WIRE].is_active, 0);
  }
}
END_TEST

START_TEST(cycles_are_settled_for_the_first_row_too) {
  start();
  bms.life.cycle_count = 0x20005;
  set(0);
  ck_assert_uint_eq(bms.memory[0].failed_cycle, 5);
  ck_assert_uint_eq(due(0), 2);
  bms.life.cycle_count = 0x20003;
  history_start(&bms, 1);
  ck_assert_uint_eq(bms.life.cycle_count, 0x20005);
  bms.memory[0].was_active = 1;
  bms.life.cycle_count = 0x20009;
  history_start(&bms, 1);
  ck_assert_uint_eq(bms.memory[0].failed_cycle, 9);
  ck_assert_uint_eq(stale(0), 1);
}
END_TEST

/// A new DTC and a latch are written at once, the rest with the next counters.
START_TEST(writes_are_urgent_where_it_matters) {
  _i *= STEP_OF_LOOP;
  start();
  uint32_t dtc = _i ? DTC_CELL_OVERVOLTAGE : DTC_OPEN_WIRE;
  ck_assert_int_eq(dtc_row[dtc].is_latched, _i);
  set(dtc);
  ck_assert_uint_eq(due(dtc), 2);
  bms.store.record[STORE_DTC + dtc].due_count = 0; /* as if written */
  heal(dtc);
  diag_clear(&bms, &out);
  ck_assert_uint_eq(bms.dtc[dtc].is_active, 0);
  ck_assert_uint_eq(due(dtc), _i ? 2 : 0);
  ck_assert_uint_eq(stale(dtc), !_i);
  bms.store.record[STORE_DTC + dtc].due_count = 0;
  bms.store.record[STORE_DTC + dtc].is_stale = 0;
  set(dtc);
  ck_assert_uint_eq(due(dtc), _i ? 2 : 0);
  ck_assert_uint_eq(stale(dtc), !_i);
  for (uint32_t other = 0; other < DTC_COUNT; other++) {
    if (other != dtc) ck_assert_uint_eq(due(other) + stale(other), 0);
  }
}
END_TEST

/* --- cycles, ageing -------------------------------------------------------------------------- */

START_TEST(forgets_after_forty_clean_cycles) {
  _i *= STEP_OF_LOOP;
  uint32_t dtc = (uint32_t)_i;
  start();
  bms.life.cycle_count = UINT16_MAX - 20; /* the low half wraps on the way */
  set(dtc);
  ck_assert_uint_eq(dtc_row[dtc].ageing_cycles, 40);
  for (uint32_t i = 0; i < 100; i++) { /* an active one never ages */
    history_end_cycle(&bms);
    ck_assert_uint_eq(history_age_cycles(&bms, dtc), 0);
    ck_assert_int_eq(history_failed_this_cycle(&bms, dtc), 1);
  }
  heal(dtc);
  diag_clear(&bms, &out);
  ck_assert_uint_eq(bms.dtc[dtc].is_active, 0);
  ck_assert_int_eq(history_failed_this_cycle(&bms, dtc), 1);
  history_end_cycle(&bms); /* the one in which it failed does not count */
  for (uint32_t clean = 0; clean < 40; clean++) {
    ck_assert_int_eq(history_failed_this_cycle(&bms, dtc), 0);
    ck_assert_uint_eq(history_age_cycles(&bms, dtc), clean);
    ck_assert_uint_eq(bms_dtc_age_cycles(&bms, dtc), clean);
    ck_assert_uint_eq(bms.memory[dtc].is_stored, 1);
    bms.store.record[STORE_DTC + dtc].due_count = 0;
    history_end_cycle(&bms);
  }
  ck_assert_uint_eq(bms.memory[dtc].is_stored, 0);
  ck_assert_uint_eq(bms.memory[dtc].first.operating_s, 0);
  ck_assert_uint_eq(bms.dtc[dtc].occurrence_count, 0);
  ck_assert_uint_eq(due(dtc), 2);
  ck_assert_uint_eq(history_age_cycles(&bms, dtc), 0);
  ck_assert_int_eq(history_failed_this_cycle(&bms, dtc), 0);
}
END_TEST

START_TEST(the_fault_in_between_begins_anew) {
  start();
  set(DTC_FAN);
  heal(DTC_FAN);
  for (uint32_t i = 0; i < 40; i++) history_end_cycle(&bms);
  ck_assert_uint_eq(history_age_cycles(&bms, DTC_FAN), 39);
  set(DTC_FAN);
  ck_assert_uint_eq(history_age_cycles(&bms, DTC_FAN), 0);
  heal(DTC_FAN);
  for (uint32_t i = 0; i < 40; i++) history_end_cycle(&bms);
  ck_assert_uint_eq(bms.memory[DTC_FAN].is_stored, 1);
  ck_assert_uint_eq(bms.dtc[DTC_FAN].occurrence_count, 2);
  history_end_cycle(&bms);
  ck_assert_uint_eq(bms.memory[DTC_FAN].is_stored, 0);
}
END_TEST

/* --- erasing --------------------------------------------------------------------------------- */

START_TEST(the_vehicle_s_clearing_keeps_the_memory) {
  start();
  set(DTC_CRASH);
  heal(DTC_CRASH);
  diag_clear(&bms, &out);
  ck_assert_uint_eq(bms.dtc[DTC_CRASH].is_latched, 0);
  ck_assert_uint_eq(bms.memory[DTC_CRASH].is_stored, 1);
  ck_assert_uint_eq(bms.dtc[DTC_CRASH].occurrence_count, 1);
}
END_TEST

START_TEST(erasing_forgets_all_and_stores_anew_what_is_there) {
  start();
  set(DTC_CRASH); /* latched and healed */
  heal(DTC_CRASH);
  set(DTC_FAN);
  heal(DTC_FAN);
  for (uint32_t i = 0; i < 3; i++) {
    set(DTC_OPEN_WIRE);
    heal(DTC_OPEN_WIRE);
  }
  bms.life.operating_s = 100;
  set(DTC_OPEN_WIRE); /* and is there */
  bms.life.operating_s = 200;
  out.event_count = 0;
  diag_erase(&bms, DTC_COUNT, &out);
  ck_assert_uint_eq(out.event_count, 1);
  ck_assert_uint_eq(out.event[0].kind, BMS_EVENT_DTC_CLEARED);
  ck_assert_uint_eq(out.event[0].code, DTC_CRASH);
  ck_assert_uint_eq(bms.dtc[DTC_CRASH].is_active, 0);
  ck_assert_uint_eq(bms.memory[DTC_CRASH].is_stored, 0);
  ck_assert_uint_eq(bms.memory[DTC_FAN].is_stored, 0);
  ck_assert_uint_eq(bms.memory[DTC_OPEN_WIRE].is_stored, 1);
  ck_assert_uint_eq(bms.memory[DTC_OPEN_WIRE].first.operating_s, 200);
  ck_assert_uint_eq(bms.dtc[DTC_OPEN_WIRE].occurrence_count, 1);
  ck_assert_uint_eq(bms.dtc_active_count, 1);
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    int is_ours = dtc == DTC_CRASH || dtc == DTC_FAN || dtc == DTC_OPEN_WIRE;
    ck_assert_uint_eq(due(dtc), is_ours ? 2 : 0);
  }
}
END_TEST

START_TEST(erasing_one_leaves_the_others) {
  _i *= STEP_OF_LOOP;
  start();
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    set(dtc);
    heal(dtc);
  }
  diag_erase(&bms, (uint32_t)_i, &out);
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    ck_assert_uint_eq(bms.memory[dtc].is_stored, dtc != (uint32_t)_i);
  }
}
END_TEST

START_TEST(erasing_does_not_free_a_fault_that_has_not_healed) {
  start();
  set(DTC_CELL_OVERVOLTAGE);
  diag_erase(&bms, DTC_CELL_OVERVOLTAGE, &out);
  ck_assert_uint_eq(bms.dtc[DTC_CELL_OVERVOLTAGE].is_latched, 1);
  ck_assert_uint_eq(bms.memory[DTC_CELL_OVERVOLTAGE].is_stored, 1);
  ck_assert_uint_eq(bms.reaction.has_latched, 1);
}
END_TEST

/* --- over a reset ---------------------------------------------------------------------------- */

/// Through the payloads alone: what was filled is taken.
static void reset(void) {
  static bms_t after;
  bms_boot_t boot;
  uint8_t payload[RECORD_PAYLOAD_BYTES];
  memset(&boot, 0, sizeof boot);
  bms_init(&after, bms_config_soul_ev(), &boot);
  for (uint32_t record = 0; record < BMS_RECORD_COUNT; record++) {
    record_fill(&bms, record, payload);
    record_take(&after, record, payload);
  }
  history_start(&after, 1);
  bms = after;
}

START_TEST(memory_survives_a_reset) {
  start();
  bms.life.cycle_count = 70000;
  bms.life.operating_s = 17;
  set(DTC_FAN);
  heal(DTC_FAN);
  bms.life.operating_s = 99;
  set(DTC_FAN);
  heal(DTC_FAN);
  set(DTC_CELL_UNDERVOLTAGE);
  history_end_cycle(&bms);
  history_end_cycle(&bms);
  bms_frame_t *frames[] = {&bms.memory[DTC_FAN].first, &bms.memory[DTC_FAN].last};
  ck_assert_uint_eq(frames[0]->operating_s, 17);
  ck_assert_uint_eq(frames[1]->operating_s, 99);
  for (uint32_t i = 0; i < 52; i++) { /* 26 bytes each, none like another */
    ((uint8_t *)frames[i / 26])[i % 26] = (uint8_t)(200 - 3 * i);
  }
  bms_memory_t fan = bms.memory[DTC_FAN], low = bms.memory[DTC_CELL_UNDERVOLTAGE];
  reset();
  ck_assert_mem_eq(&bms.memory[DTC_FAN], &fan, sizeof fan);
  ck_assert_mem_eq(&bms.memory[DTC_CELL_UNDERVOLTAGE].first, &low.first, sizeof low.first);
  ck_assert_uint_eq(bms.dtc[DTC_CELL_UNDERVOLTAGE].is_latched, 1);
  ck_assert_uint_eq(bms.dtc[DTC_CELL_UNDERVOLTAGE].location, low.last.location);
  ck_assert_uint_eq(bms.dtc[DTC_FAN].occurrence_count, 2);
  ck_assert_uint_eq(bms.life.cycle_count, 70002);
  ck_assert_uint_eq(history_age_cycles(&bms, DTC_FAN), 1);
  ck_assert_int_eq(history_failed_this_cycle(&bms, DTC_FAN), 0);
}
END_TEST

START_TEST(what_was_there_when_the_power_went_failed_in_this_cycle) {
  start();
  bms.life.cycle_count = 5;
  set(DTC_FAN);
  for (uint32_t i = 0; i < 9; i++) history_end_cycle(&bms);
  reset();
  ck_assert_uint_eq(bms.dtc[DTC_FAN].is_active, 0); /* it has to be confirmed anew */
  ck_assert_int_eq(history_failed_this_cycle(&bms, DTC_FAN), 1);
  ck_assert_uint_eq(stale(DTC_FAN), 1);
  history_end_cycle(&bms);
  history_end_cycle(&bms);
  reset();
  ck_assert_uint_eq(history_age_cycles(&bms, DTC_FAN), 1);
  ck_assert_uint_eq(stale(DTC_FAN), 0);
}
END_TEST

/// The counters are older than a DTC's record, or lost: no DTC ages by that.
START_TEST(the_count_of_cycles_is_never_behind) {
  start();
  bms.life.cycle_count = 0x1FFFE;
  set(DTC_FAN);
  heal(DTC_FAN);
  bms.life.cycle_count = 0x20001;
  set(DTC_HEATER);
  heal(DTC_HEATER);
  bms_memory_t heater = bms.memory[DTC_HEATER];
  bms.life.cycle_count = 0x1FFFF;
  history_start(&bms, 1);
  ck_assert_uint_eq(bms.life.cycle_count, 0x20001);
  ck_assert_uint_eq(history_age_cycles(&bms, DTC_FAN), 2);
  ck_assert_uint_eq(history_age_cycles(&bms, DTC_HEATER), 0);
  bms.life.cycle_count = 0;
  history_start(&bms, 0);
  ck_assert_uint_eq((uint16_t)bms.life.cycle_count, 1);
  ck_assert_uint_eq(history_age_cycles(&bms, DTC_FAN), 2);
  history_end_cycle(&bms);
  ck_assert_uint_eq(bms.memory[DTC_FAN].is_stored, 1);
  ck_assert_mem_eq(&bms.memory[DTC_HEATER], &heater, sizeof heater);
}
END_TEST

/* --- counters -------------------------------------------------------------------------------- */

static void cycle(uint32_t closed_ms) {
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_run(&rig, closed_ms);
  rig.request = SM_REQUEST_STANDBY;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_STANDBY, 2000), UINT32_MAX);
  rig_run(&rig, 100);
}

START_TEST(a_cycle_is_ten_seconds_closed_and_an_opening) {
  rig_init(&rig);
  cycle(9600);
  ck_assert_uint_eq(rig.bms.life.cycle_count, 0);
  ck_assert_uint_eq(rig.bms.life.closing_count, 1);
  cycle(10100);
  ck_assert_uint_eq(rig.bms.life.cycle_count, 1);
  cycle(1000);
  ck_assert_uint_eq(rig.bms.life.cycle_count, 1);
  cycle(9600); /* the seconds of two closings are not added */
  ck_assert_uint_eq(rig.bms.life.cycle_count, 1);
  ck_assert_uint_eq(rig.bms.life.closing_count, 4);
  ck_assert_uint_eq(rig.bms.life.loaded_opening_count, 0);
  ck_assert_uint_ge(rig.bms.life.operating_s, 32);
  ck_assert_uint_le(rig.bms.life.operating_s, 36);
  ck_assert_uint_eq(rig.bms.life.operating_s, rig.tick / 1000);
}
END_TEST

/// What the opening itself finds belongs to the cycle that ends with it.
START_TEST(a_weld_belongs_to_the_cycle_that_it_ends) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_run(&rig, 11000);
  rig.aux_is_held[PINS_COIL_MAIN_POS] = rig.aux_held[PINS_COIL_MAIN_POS] = 1;
  rig.request = SM_REQUEST_STANDBY;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_FAULT, 2000), UINT32_MAX);
  rig_run(&rig, 20);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CONTACTOR_WELDED].is_active, 1);
  ck_assert_uint_eq(rig.bms.life.cycle_count, 1);
  ck_assert_uint_eq(rig.bms.memory[DTC_CONTACTOR_WELDED].first.state, BMS_STATE_OPENING);
}
END_TEST

/// 100 A for 20 s at 355.2 V are 2000 A s and 710 kJ.
START_TEST(throughput_is_current_times_time) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.current_mA = 100000;
  rig_run(&rig, 20000);
  rig.current_mA = 0;
  rig_run(&rig, 1000);
  ck_assert_uint_ge(rig.bms.life.discharge_As, 1990);
  ck_assert_uint_le(rig.bms.life.discharge_As, 2010);
  ck_assert_uint_ge(rig.bms.life.discharge_kJ, 706);
  ck_assert_uint_le(rig.bms.life.discharge_kJ, 714);
  ck_assert_uint_eq(rig.bms.life.charge_As, 0);
  rig.current_mA = -50000;
  rig_run(&rig, 10000);
  rig.current_mA = 0;
  rig_run(&rig, 1000);
  ck_assert_uint_ge(rig.bms.life.charge_As, 497);
  ck_assert_uint_le(rig.bms.life.charge_As, 503);
  ck_assert_uint_ge(rig.bms.life.charge_kJ, 176);
  ck_assert_uint_le(rig.bms.life.charge_kJ, 179);
  uint32_t discharge_As = rig.bms.life.discharge_As;
  rig.request = SM_REQUEST_STANDBY;
  rig_until(&rig, BMS_STATE_STANDBY, 2000);
  rig_run(&rig, 100);
  rig.current_mA = 3000; /* an offset with open contactors is no throughput */
  rig_run(&rig, 5000);
  ck_assert_uint_le(rig.bms.life.discharge_As, discharge_As + 1);
}
END_TEST

START_TEST(opening_under_load_is_counted) {
  _i *= STEP_OF_LOOP;
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.current_mA = _i ? -5400 : 5400;
  rig_run(&rig, 100);
  rig.in.digital |= BMS_DI_CRASH;
  ck_assert_uint_ne(rig_until_open(&rig, 200), UINT32_MAX);
  rig_run(&rig, 20);
  ck_assert_uint_eq(rig.bms.life.loaded_opening_count, 1);
}
END_TEST

START_TEST(resets_are_counted_by_cause) {
  _i *= STEP_OF_LOOP;
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  boot.reset_cause = (bms_reset_t)_i;
  bms_init(&bms, bms_config_soul_ev(), &boot);
  ck_assert_uint_eq(bms.life.reset_count, 1);
  ck_assert_uint_eq(bms.life.watchdog_reset_count, _i == BMS_RESET_WATCHDOG);
  ck_assert_uint_eq(bms.life.brown_out_count, _i == BMS_RESET_BROWN_OUT);
  ck_assert_uint_eq(bms.store.soc_is_dirty, _i != BMS_RESET_POWER_ON);
  ck_assert_uint_eq(bms.dtc[DTC_WATCHDOG_RESET].condition, _i == BMS_RESET_WATCHDOG);
}
END_TEST

START_TEST(counters_survive_a_reset) {
  start();
  bms.soc.soc_permille = 777;
  bms.contactor.energy_uJ = 432100000;
  bms.life.operating_s = 0x01020304;
  bms.life.cycle_count = 0x11121314;
  bms.life.closing_count = 0x21222324;
  bms.life.loaded_opening_count = 0x31323334;
  bms.life.discharge_As = 0x41424344;
  bms.life.charge_As = 0x51525354;
  bms.life.discharge_kJ = 0x61626364;
  bms.life.charge_kJ = 0x71727374;
  bms.life.reset_count = 0x81828384;
  bms.life.watchdog_reset_count = 0x9192;
  bms.life.brown_out_count = 0xA1A2;
  bms.life.stored_zero_low_uA = -123456;
  bms.life.stored_zero_high_uA = 3456789;
  reset();
  ck_assert_uint_eq(bms.stored_soc_permille, 777);
  ck_assert_int_eq(bms.contactor.energy_uJ, 432000000);
  ck_assert_uint_eq(bms.life.operating_s, 0x01020304);
  ck_assert_uint_eq(bms.life.cycle_count, 0x11121314);
  ck_assert_uint_eq(bms.life.closing_count, 0x21222324);
  ck_assert_uint_eq(bms.life.loaded_opening_count, 0x31323334);
  ck_assert_uint_eq(bms.life.discharge_As, 0x41424344);
  ck_assert_uint_eq(bms.life.charge_As, 0x51525354);
  ck_assert_uint_eq(bms.life.discharge_kJ, 0x61626364);
  ck_assert_uint_eq(bms.life.charge_kJ, 0x71727374);
  ck_assert_uint_eq(bms.life.reset_count, 0x81828384);
  ck_assert_uint_eq(bms.life.watchdog_reset_count, 0x9192);
  ck_assert_uint_eq(bms.life.brown_out_count, 0xA1A2);
  ck_assert_int_eq(bms.meas.zero_low_uA, -123456);
  ck_assert_int_eq(bms.meas.zero_high_uA, 3456789);
  ck_assert_int_eq(bms.life.stored_zero_low_uA, -123456);
  ck_assert_int_eq(bms.life.stored_zero_high_uA, 3456789);
  ck_assert_uint_eq(bms.meas.zero_is_known, 1);
}
END_TEST

/// 0.3 A of offset are learnt while open and stored at the closing, once.
START_TEST(learnt_offset_is_stored_when_it_has_moved) {
  rig_init(&rig);
  rig.current_mA = 300;
  rig_run(&rig, 3000);
  ck_assert_int_eq(rig.bms.life.stored_zero_low_uA, 0);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  ck_assert_int_ge(rig.bms.life.stored_zero_low_uA, 280000);
  ck_assert_int_le(rig.bms.life.stored_zero_low_uA, 320000);
  rig_run(&rig, 50);
  ck_assert_uint_eq(rig.bms.store.record[STORE_LEARNT].number, 2); /* both copies */
  rig.request = SM_REQUEST_STANDBY;
  rig_until(&rig, BMS_STATE_STANDBY, 2000);
  rig_run(&rig, 1000);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_run(&rig, 50);
  ck_assert_uint_eq(rig.bms.store.record[STORE_LEARNT].number, 2);
}
END_TEST

START_TEST(falling_asleep_saves_the_counters_once) {
  rig_init(&rig);
  rig.request = SM_REQUEST_SLEEP;
  rig.in.digital &= (uint16_t)~BMS_DI_IGNITION;
  rig_run(&rig, 6500);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_SLEEP);
  ck_assert_uint_eq(rig.bms.store.record[STORE_COUNTERS].number, 2);
  rig_run(&rig, 61000);
  ck_assert_uint_eq(rig.bms.store.record[STORE_COUNTERS].number, 2);
}
END_TEST

/// The supply may go when sleep is requested, so what is not yet written comes first; a memory that
/// never answers does not keep the car awake.
START_TEST(sleep_waits_for_the_memory) {
  _i *= STEP_OF_LOOP;
  rig_init(&rig);
  rig.request = SM_REQUEST_SLEEP;
  rig.in.digital &= (uint16_t)~BMS_DI_IGNITION;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_SLEEP, 7000), UINT32_MAX);
  uint32_t early = 0;
  while (!rig.out.is_sleep_requested) {
    rig.in.nvm_ok = (uint8_t)_i; /* the rig answers in the next step */
    rig_tick(&rig);
    if (!_i) rig.in.nvm_ack = 0;
    early += rig.out.is_sleep_requested && !store_is_idle(&rig.bms) && _i;
    ck_assert_uint_le(rig.bms.state_ms, 5100);
  }
  ck_assert_uint_eq(early, 0);
  if (_i) {
    ck_assert_uint_le(rig.bms.state_ms, 100);
    ck_assert_uint_eq(rig.bms.store.record[STORE_COUNTERS].number, 2);
  } else {
    ck_assert_uint_ge(rig.bms.state_ms, 5000);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_history");
  TCase *tests = tcase_create("history");
  tcase_add_test(tests, frame_holds_what_was_measured);
  tcase_add_test(tests, frame_clips_and_says_what_is_not_known);
  tcase_add_test(tests, first_frame_stays_and_last_is_renewed);
  tcase_add_test(tests, cycles_are_settled_for_the_first_row_too);
  tcase_add_loop_test(tests, writes_are_urgent_where_it_matters, 0, LOOP_END(2));
  tcase_add_loop_test(tests, forgets_after_forty_clean_cycles, 0, LOOP_END(DTC_COUNT));
  tcase_add_test(tests, the_fault_in_between_begins_anew);
  tcase_add_test(tests, the_vehicle_s_clearing_keeps_the_memory);
  tcase_add_test(tests, erasing_forgets_all_and_stores_anew_what_is_there);
  tcase_add_loop_test(tests, erasing_one_leaves_the_others, 0, LOOP_END(DTC_COUNT));
  tcase_add_test(tests, erasing_does_not_free_a_fault_that_has_not_healed);
  tcase_add_test(tests, memory_survives_a_reset);
  tcase_add_test(tests, what_was_there_when_the_power_went_failed_in_this_cycle);
  tcase_add_test(tests, the_count_of_cycles_is_never_behind);
  tcase_add_test(tests, a_cycle_is_ten_seconds_closed_and_an_opening);
  tcase_add_test(tests, a_weld_belongs_to_the_cycle_that_it_ends);
  tcase_add_test(tests, throughput_is_current_times_time);
  tcase_add_loop_test(tests, opening_under_load_is_counted, 0, LOOP_END(2));
  tcase_add_loop_test(tests, resets_are_counted_by_cause, 0, LOOP_END(4));
  tcase_add_test(tests, counters_survive_a_reset);
  tcase_add_test(tests, learnt_offset_is_stored_when_it_has_moved);
  tcase_add_test(tests, falling_asleep_saves_the_counters_once);
  tcase_add_loop_test(tests, sleep_waits_for_the_memory, 0, LOOP_END(2));
  suite_add_tcase(suite, tests);
  return suite;
}
