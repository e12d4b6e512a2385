/// Plant and ECU, each killed, stopped for a second and restarted, while the pack rests, drives and
/// charges: who notices when, what is safe then, what is said, how it goes on.
#include "cut_rig.h"

enum { IDLE, DRIVE, CHARGE, PART_COUNT };
enum { KILL, STOP, RESTART, KIND_COUNT };
enum { CASE_COUNT = PART_COUNT * KIND_COUNT };
enum { TIMEOUT_ms = 100, CYCLE_ms = 10, CONTACT_ms = 25, STOOD_ms = 1000 };
enum { OPENS_ms = 10 }; /* the core, once it sees a plug that is pulled */

static const bms_state_t goal[PART_COUNT] = {BMS_STATE_STANDBY, BMS_STATE_DRIVE, BMS_STATE_CHARGE};
static cut_rig_t *rig;

static void teardown(void) {
  if (rig != NULL) cut_rig_close(rig);
  rig = NULL;
}

static int contact_is_closed(void) {
  return rig->hil->hv.aux_is_closed[PINS_COIL_MAIN_POS] ||
         rig->hil->hv.aux_is_closed[PINS_COIL_MAIN_NEG];
}

static void ask(int part) {
  hil_stimulus_t *stimulus = &rig->hil->stimulus;
  stimulus->request = part == IDLE ? VCM_STANDBY : part == DRIVE ? VCM_DRIVE : VCM_CHARGE;
  if (part == DRIVE) stimulus->aux_W = 2000.0;
  if (part != CHARGE) return;
  stimulus->charger_is_plugged = stimulus->charger_obeys = 1;
  stimulus->charger_current_A = 50.0;
  stimulus->charger_voltage_V = 410.0;
}

/// Until the core does what it is asked for, contacts and all; the vehicle asks for standby first.
static void reach(int part, uint32_t most_ms) {
  uint32_t ms = 0;
  for (; ms < most_ms; ms++) {
    if (rig->ecu->bms.state == goal[part] && rig->hil->bms.state == goal[part] &&
        contact_is_closed() == (part != IDLE))
      break;
    cut_rig_ms(rig);
  }
  ck_assert_msg(ms < most_ms, "state %d of the core, allowed %d", rig->ecu->bms.state, goal[part]);
}

static void begin(int part) {
  rig = cut_rig_open(1, 0);
  rig->hil->stimulus.request = VCM_STANDBY;
  rig->hil->stimulus.charger_is_plugged = part == CHARGE;
  cut_rig_run(rig, 1000);
  ask(part);
  reach(part, 3000);
  cut_rig_run(rig, 300);
  if (part == CHARGE) ck_assert_double_lt(rig->hil->pack_A, -10.0);
  if (part == DRIVE) ck_assert_double_gt(rig->hil->pack_A, 3.0);
  ck_assert_uint_eq(cut_rig_said(rig, "lost"), 0);
}

START_TEST(ecu_dies) {
  const int part = _i % PART_COUNT, kind = _i / PART_COUNT;
  begin(part);
  rig->ecu_stands = 1;
  if (kind == RESTART) {
    cut_rig_new_ecu(rig, 0x1100, cut_ecu_nvm(rig->ecu));
    rig->ecu_stands = 0;
  }
  cut_rig_run(rig, TIMEOUT_ms + CYCLE_ms + CONTACT_ms);
  ck_assert(!contact_is_closed());
  ck_assert_uint_eq(cut_rig_said(rig, "plant: ECU 1000 is lost: nothing heard for 100 ms"), 1);
  if (kind != RESTART) cut_rig_run(rig, STOOD_ms - TIMEOUT_ms - CYCLE_ms - CONTACT_ms);
  if (kind == KILL) cut_rig_new_ecu(rig, 0x1100, cut_ecu_nvm(rig->ecu));
  ck_assert(!contact_is_closed());
  rig->ecu_stands = 0;
  cut_rig_run(rig, 50);
  ck_assert_uint_eq(cut_rig_said(rig, "the watchdog resets the ECU"), kind == STOP);
  ck_assert_uint_eq(cut_rig_said(rig, "takes the seat (watchdog)"), kind == STOP);
  ck_assert_uint_eq(cut_rig_said(rig, "takes the seat (power on)"), kind == STOP ? 1 : 2);
  reach(part, 4000);
  ck_assert_uint_eq(cut_rig_said(rig, "is lost"), 1);
  ck_assert_uint_eq(rig->hil->bms.dtc_active_count, kind == STOP); /* that it was reset, alone */
  ck_assert_uint_eq(rig->hil->bms.dtc[DTC_WATCHDOG_RESET].is_active, kind == STOP);
}
END_TEST

/// Nobody sees contacts of a dead plant: what the core commands counts.
static void core_is_safe(int part) {
  cut_rig_run(rig, TIMEOUT_ms + 1);
  ck_assert_uint_eq(cut_rig_said(rig, "ecu: plant 2000 is lost: nothing heard for 100 ms"), 1);
  cut_rig_run(rig, OPENS_ms);
  ck_assert_uint_eq(rig->ecu->bms.coil_command, 0);
  ck_assert(part == IDLE || rig->ecu->bms.state != goal[part]);
}

/// The plant goes on with its coils on; the core keeps what it has detected, and them off.
static void plant_goes_on(void) {
  cut_plant_slept(rig->plant, rig->wall_us);
  rig->plant_stands = 0;
  cut_rig_run(rig, 2 * CYCLE_ms + CONTACT_ms);
  ck_assert(!contact_is_closed());
  ck_assert_uint_eq(cut_rig_said(rig, "(FD, the same as before)"), 1);
  ck_assert_uint_eq(rig->plant->stats.lost_count, 0);
  for (uint32_t ms = 0; ms < 2000; ms++) {
    cut_rig_ms(rig);
    ck_assert(!contact_is_closed());
  }
}

START_TEST(plant_dies) {
  const int part = _i % PART_COUNT, kind = _i / PART_COUNT;
  begin(part);
  const uint64_t boots = rig->ecu->stats.boot_count;
  if (kind == RESTART) {
    cut_plant_leave(rig->plant);
    cut_rig_carry(rig);
    ck_assert_uint_eq(cut_rig_said(rig, "ecu: plant 2000 has ended"), 1);
  } else {
    rig->plant_stands = 1;
    core_is_safe(part);
    cut_rig_run(rig, STOOD_ms - TIMEOUT_ms - OPENS_ms - 1);
  }
  if (kind == STOP) {
    plant_goes_on();
  } else {
    cut_rig_new_plant(rig, 0x2001, 1, 0);
    rig->hil->stimulus.request = VCM_STANDBY;
    rig->plant_stands = 0;
    cut_rig_run(rig, 1000);
    ck_assert_uint_eq(cut_rig_said(rig, "ecu: seat at plant 2001 (FD)"), 1);
    ck_assert_uint_eq(rig->ecu->stats.boot_count, boots + 1);
    ask(part);
    reach(part, 3000);
    ck_assert_uint_eq(rig->hil->bms.dtc_active_count, 0);
  }
  ck_assert_uint_eq(cut_rig_said(rig, "is lost"), kind != RESTART);
}
END_TEST

/// An ECU with a memory keeps what it has found with its plugs pulled, also through the power-on at
/// the next plant: faults that latch are cleared by hand, as after work on a real harness.
START_TEST(memory_keeps_what_a_dead_plant_left) {
  static uint8_t empty[BMS_NVM_BYTES];
  memset(empty, 0xFF, sizeof empty);
  rig = cut_rig_open(1, 0);
  cut_rig_new_ecu(rig, 0x1000, empty);
  rig->hil->stimulus.request = VCM_STANDBY;
  cut_rig_run(rig, 1000);
  ask(DRIVE);
  reach(DRIVE, 3000);
  rig->plant_stands = 1;
  core_is_safe(DRIVE);
  cut_rig_run(rig, 800);
  cut_rig_new_plant(rig, 0x2001, 1, 0);
  rig->hil->stimulus.request = VCM_STANDBY;
  rig->plant_stands = 0;
  cut_rig_run(rig, 2000);
  ck_assert(rig->ecu->bms.dtc[DTC_INTERLOCK_OPEN].is_active);
  ck_assert_int_eq(rig->ecu->bms.state, BMS_STATE_FAULT);
  ck_assert(!contact_is_closed());
  rig->hil->stimulus.clear_faults = 1;
  cut_rig_run(rig, 500);
  rig->hil->stimulus.clear_faults = 0;
  ask(DRIVE);
  reach(DRIVE, 4000);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("cut_matrix");
  TCase *tcase = tcase_create("kill, stop, restart");
  tcase_add_checked_fixture(tcase, NULL, teardown);
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, ecu_dies, 0, CASE_COUNT);
  tcase_add_loop_test(tcase, plant_dies, 0, CASE_COUNT);
  tcase_add_test(tcase, memory_keeps_what_a_dead_plant_left);
  suite_add_tcase(suite, tcase);
  return suite;
}
