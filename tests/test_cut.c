/// The bus cut: plant and ECU across it, and what either does alone.
#include "cut_case.h"

#include "../ecu_model/core/comm_diag.h"
#include "../ecu_model/gen/can_codec.h"
/// Paced or stepped, FD or classic: the same pack drives without a fault, and the ECU's readings
/// are the plant's truth.
START_TEST(drives_on_every_kind_of_bus) {
  drive(_i & 1, _i >> 1);
  rig->hil->stimulus.current_A = 30.0;
  cut_rig_run(rig, 1500);
  for (uint32_t g = 0; g < PINS_GROUP_COUNT; g += 19)
    ck_assert_double_eq_tol(rig->hil->bms.meas.group_mV[g] * 1e-3, pack_group_V(&rig->hil->pack, g),
                            0.005);
  ck_assert_double_eq_tol(rig->hil->bms.meas.current_mA * 1e-3, 30.0, 0.5);
  ck_assert_double_eq_tol(rig->hil->bms.meas.pack_mV * 1e-3, rig->hil->pack_V, 0.6);
  ck_assert_uint_eq(rig->hil->bms.dtc_active_count, 0);
  ck_assert_uint_eq(rig->plant->stats.garbage_count + rig->ecu->stats.garbage_count, 0);
  ck_assert_uint_gt(rig->plant->stats.rest_bus_count, 30);
}
END_TEST

static uint64_t busy_ns;

static int time_frame(cut_rig_t *of, can_frame_t *frame, int to_ecu) {
  (void)to_ecu;
  busy_ns += can_mem_frame_ns(&of->hil->bus, frame);
  return 0;
}

/// What the cut takes of a real bus (500 kbit/s, 2 Mbit/s), with tests of wires as at rest: as
/// docs/two-processes.md says.
START_TEST(real_bus_has_room_for_it) {
  static const double most[2] = {0.75, 0.35}; /* classic, FD */
  rig = cut_rig_open(_i, 0);
  cut_rig_run(rig, 3000);
  busy_ns = 0;
  rig->on_bus = time_frame;
  cut_rig_run(rig, 4000);
  const double share = (double)busy_ns / 4e9;
  if (getenv("CUT_SHOWS_LOAD") != NULL) printf("%s %.3f\n", _i ? "FD" : "classic", share);
  ck_assert(share > 0.1 && share < most[_i]);
}
END_TEST

/// The dividers are never read as they were before their switches.
START_TEST(dividers_are_read_as_they_are_switched) {
  enum { DIVIDERS = 3, NONE = 0xFF };
  uint32_t change_count = 0;
  uint8_t last = 0;
  rig = cut_rig_open(_i & 1, _i >> 1);
  cut_rig_run(rig, 100);
  for (uint32_t ms = 0; ms < 3000; ms++) {
    cut_rig_ms(rig);
    const uint8_t told = rig->ecu->out_told.switches & DIVIDERS;
    ck_assert(rig->ecu->is_switching || told == (rig->ecu->sync.switches & DIVIDERS));
    ck_assert_uint_eq(rig->ecu->waived, NONE);
    change_count += told != last;
    last = told;
  }
  ck_assert_uint_gt(change_count, 4);
  ck_assert_uint_le(rig->ecu->bms.imd.quality, BMS_QUALITY_SUSPECT); /* the first estimate */
}
END_TEST

/// On a classic bus scans use an answer again, but never one with a test current in it.
START_TEST(tests_of_wires_move_no_reading) {
  rig = cut_rig_open(_i, 0);
  cut_rig_run(rig, 1000);
  const uint32_t tests = rig->ecu->bms.openwire.test_done_count;
  for (uint32_t ms = 0; ms < 3000; ms++) {
    cut_rig_ms(rig);
    const cut_ecu_t *ecu = rig->ecu;
    const uint64_t since_ms = ecu->board_ms - ecu->pull_ms;
    if (!_i && ecu->pull_ms > 0 && since_ms < CUT_CLASSIC_SCAN_ms) /* each scan is asked for */
      ck_assert_uint_le(ecu->board_ms, ecu->scan_ms + CUT_CYCLE_ms + 1);
    for (uint32_t g = 0; g < PINS_GROUP_COUNT; g += 5)
      ck_assert_double_eq_tol(rig->ecu->bms.meas.group_mV[g] * 1e-3,
                              pack_group_V(&rig->hil->pack, g), 0.005);
  }
  ck_assert_uint_gt(rig->ecu->bms.openwire.test_done_count, tests + 1);
}
END_TEST

START_TEST(stepped_time_is_the_same_every_time) {
  uint64_t hash[2];
  for (uint32_t i = 0; i < 2; i++) {
    drive(1, 1);
    hash[i] = rig->hil->trace_hash;
    teardown();
  }
  ck_assert_uint_eq(hash[0], hash[1]);
}
END_TEST

START_TEST(dead_ecu_drops_the_coils) {
  drive(1, 0);
  rig->ecu_stands = 1;
  cut_rig_run(rig, 95);
  ck_assert(coils_are_on());
  cut_rig_run(rig, 10);
  ck_assert(!coils_are_on());
  ck_assert_uint_eq(cut_rig_said(rig, "plant: ECU 1000 is lost"), 1);
  cut_rig_run(rig, 500);
  ck_assert_uint_eq(cut_rig_said(rig, "is lost"), 1);
  ck_assert(!rig->hil->hv.aux_is_closed[PINS_COIL_MAIN_POS]);
  cut_rig_new_ecu(rig, 0x1100, NULL); /* another process in its place */
  rig->ecu_stands = 0;
  cut_rig_run(rig, 200);
  ck_assert_uint_eq(cut_rig_said(rig, "plant: ECU 1100 takes the seat (power on)"), 1);
  ck_assert(!coils_are_on() && rig->ecu->bms.state <= BMS_STATE_STANDBY);
  cut_rig_run(rig, 3000); /* as after any power-on */
  ck_assert_int_eq(rig->hil->bms.state, BMS_STATE_DRIVE);
}
END_TEST

START_TEST(ecu_that_stood_still_is_reset_by_its_watchdog) {
  drive(1, 0);
  rig->ecu_stands = 1;
  cut_rig_run(rig, 1000);
  rig->ecu_stands = 0;
  cut_rig_run(rig, 300);
  ck_assert_uint_eq(cut_rig_said(rig, "ecu: stood still for 1001 ms: the watchdog resets"), 1);
  ck_assert_uint_eq(cut_rig_said(rig, "plant: ECU 1001 takes the seat (watchdog)"), 1);
  ck_assert_uint_eq(cut_rig_said(rig, "another ECU"), 0);
  ck_assert_uint_eq(rig->ecu->bms.reset_cause, BMS_RESET_WATCHDOG);
  ck_assert(!coils_are_on());
  cut_rig_run(rig, 3000);
  ck_assert_int_eq(rig->hil->bms.state, BMS_STATE_DRIVE);
  ck_assert_uint_eq(cut_rig_said(rig, "is lost"), 1);
}
END_TEST

START_TEST(lost_plant_opens_the_contactors) {
  drive(1, 0);
  rig->plant_stands = 1;
  cut_rig_run(rig, 89); /* the last word is at most a cycle old */
  ck_assert_uint_eq(cut_rig_said(rig, "is lost"), 0);
  cut_rig_run(rig, 15);
  ck_assert_uint_eq(cut_rig_said(rig, "ecu: plant 2000 is lost: nothing heard for 100 ms"), 1);
  cut_rig_run(rig, 300);
  ck_assert_uint_eq(rig->ecu->bms.coil_command, 0);
  ck_assert_int_ne(rig->ecu->bms.state, BMS_STATE_DRIVE);
  cut_rig_run(rig, 600);
  ck_assert_uint_eq(rig->line_count, cut_rig_said(rig, "seat") + 1);
  rig->plant_stands = 0; /* it goes on where it stood */
  cut_plant_slept(rig->plant, rig->wall_us);
  cut_rig_run(rig, 300);
  ck_assert_uint_eq(cut_rig_said(rig, "ecu: seat at plant 2000 (FD, the same as before)"), 1);
  ck_assert_uint_eq(rig->plant->stats.lost_count, 0);
  ck_assert(!coils_are_on());
  ck_assert_int_ne(rig->hil->bms.state, BMS_STATE_DRIVE);
}
END_TEST

START_TEST(new_plant_is_a_new_power_on) {
  drive(1, 0);
  const uint64_t boots = rig->ecu->stats.boot_count;
  cut_rig_new_plant(rig, 0x2001, 1, 0); /* the old one was killed */
  cut_rig_run(rig, 50);
  ck_assert_uint_eq(cut_rig_said(rig, "ecu: another plant (2001)"), 1);
  cut_rig_run(rig, 1500);
  ck_assert_uint_eq(rig->ecu->stats.boot_count, boots + 1);
  ck_assert_uint_eq(cut_rig_said(rig, "ecu: plant 2000 is lost"), 1);
  ck_assert_uint_eq(cut_rig_said(rig, "ecu: seat at plant 2001 (FD)"), 1);
  ck_assert_int_eq(rig->ecu->bms.state, BMS_STATE_STANDBY);
  ck_assert_uint_eq(rig->hil->bms.dtc_active_count, 0);
}
END_TEST

START_TEST(cut_bus_makes_both_sides_safe) {
  drive(1, 0);
  rig->is_cut = 1;
  cut_rig_run(rig, 300);
  ck_assert(!coils_are_on());
  ck_assert_uint_eq(rig->ecu->bms.coil_command, 0);
  ck_assert_uint_eq(cut_rig_said(rig, "is lost"), 2);
  rig->is_cut = 0;
  cut_rig_run(rig, 500);
  ck_assert_uint_eq(cut_rig_said(rig, "plant: ECU 1000 is back in the seat"), 1);
  ck_assert_uint_eq(cut_rig_said(rig, "the same as before"), 1);
  ck_assert(!coils_are_on());
}
END_TEST

/// A message of an ECU to a plant that is alone in the test.
static void tell(cut_plant_t *plant, cut_message_t *message) {
  static uint8_t counter;
  can_frame_t frame[CUT_FRAME_MAX];
  message->head = (cut_head_t){.from = 0x77, .to = plant->config.session, .counter = counter++};
  ck_assert_uint_eq(cut_pack(message, 1, frame), 1);
  cut_plant_take(plant, 0, &frame[0]);
}

static uint32_t answers_sent(cut_plant_t *plant) {
  can_frame_t frame;
  uint32_t count = 0;
  while (cut_plant_next_frame(plant, &frame)) count += frame.id - CUT_ID_FIRST - 1 < 4;
  return count;
}

/// Stepped time depends on nothing but its words: neither on those of an ECU that had the seat
/// before, nor on a conversion that is asked for twice because the machine was slow.
START_TEST(stale_and_repeated_words_move_no_tick) {
  static cut_plant_t plant;
  const cut_plant_config_t config = {.session = 5, .timeout_ms = 100, .is_fd = 1, .is_stepped = 1};
  const can_frame_t old = {.id = 0x594, .len = 8};
  cut_message_t hello = blank(CUT_HELLO), afe = blank(CUT_AFE);
  pins_in_t pins;
  pins_out_t out;
  memset(&pins, 0, sizeof pins);
  cut_plant_init(&plant, &config, 0);
  cut_plant_begin(&plant, 10000, &pins);
  cut_plant_take(&plant, 0, &old);
  hello.is.hello.is_fd = 1;
  tell(&plant, &hello);
  ck_assert_uint_eq(plant.ecu, 0x77);
  ck_assert_uint_eq(plant.app.count, 0);
  afe.is.afe = (cut_afe_t){.next_ms = 11, .conversion = 1, .flags = CUT_OUT_IS_DONE, .slot_end = 3};
  afe.is.afe.mode[0] = PINS_AFE_CONVERT;
  tell(&plant, &afe);
  ck_assert_int_eq(cut_plant_is_waiting(&plant), 0);
  cut_plant_end(&plant, &out, 13.0);
  (void)answers_sent(&plant);
  cut_plant_begin(&plant, 11000, &pins);
  ck_assert_uint_eq(answers_sent(&plant), 4);
  ck_assert_int_eq(cut_plant_is_waiting(&plant), 1);
  tell(&plant, &afe);
  ck_assert_int_eq(cut_plant_is_waiting(&plant), 1);
  afe.is.afe.conversion = 2; /* a new one whose time is now: it gets the next tick's sample */
  tell(&plant, &afe);
  ck_assert_int_eq(cut_plant_is_waiting(&plant), 0);
  cut_plant_end(&plant, &out, 13.0);
  ck_assert_uint_eq(answers_sent(&plant), 4); /* the repeated one again */
  ck_assert_int_eq(out.afe_mode[0], PINS_AFE_CONVERT);
}
END_TEST

static uint32_t reply_count;

static int count_replies(cut_rig_t *of, can_frame_t *frame, int to_ecu) {
  (void)of;
  reply_count += !to_ecu && frame->id == COMM_DIAG_REPLY_ID;
  return 0;
}

static void ask(void) {
  const can_frame_t request = {.id = COMM_DIAG_REQUEST_ID, .len = 8, .data = {2, 0x27, 1}};
  reply_count = 0;
  cut_ecu_take(rig->ecu, rig->wall_us, &request);
}

/// As in one process: the core adds no reply to frames that wait, on the bus between the processes
/// or on the simulated one behind it, and does once they have passed.
START_TEST(core_knows_of_frames_that_wait) {
  drive(1, _i);
  rig->on_bus = count_replies;
  ck_assert_uint_eq(rig->ecu->in.can_tx_waiting, 0);
  rig->ecu->tx_waiting = 3;
  ask();
  cut_rig_run(rig, 400);
  ck_assert_uint_eq(rig->ecu->in.can_tx_waiting, 3);
  ck_assert_uint_eq(reply_count, 0);
  rig->ecu->tx_waiting = 0;
  cut_rig_run(rig, 50);
  ck_assert_uint_gt(reply_count, 0);
  cut_rig_run(rig, 300);
  can_mem_babble(&rig->hil->bus, HIL_NODE_TESTER, 0, 100);
  cut_rig_run(rig, 150); /* a cycle of 10 ms after the first frame that does not get through */
  ck_assert_uint_gt(rig->hil->in.can_tx_waiting, 0);
  ck_assert_uint_gt(rig->ecu->in.can_tx_waiting, 0);
  ask();
  cut_rig_run(rig, 100);
  ck_assert_uint_eq(reply_count, 0);
  can_mem_babble(&rig->hil->bus, HIL_NODE_TESTER, 0, 0);
  cut_rig_run(rig, 60);
  ck_assert_uint_eq(rig->hil->in.can_tx_waiting, 0);
  ck_assert_uint_eq(rig->ecu->in.can_tx_waiting, 0);
  ck_assert_uint_gt(reply_count, 0);
}
END_TEST

START_TEST(paused_time_stands_on_both_sides) {
  drive(1, 0);
  cut_plant_pause(rig->plant, 1);
  cut_rig_run(rig, 20);
  const uint64_t ticks = rig->ecu->stats.tick_count;
  cut_rig_run(rig, 2000);
  ck_assert_uint_eq(rig->ecu->stats.tick_count, ticks);
  cut_plant_pause(rig->plant, 0);
  cut_rig_run(rig, 1000);
  ck_assert_uint_gt(rig->ecu->stats.tick_count, ticks + 900);
  ck_assert_int_eq(rig->hil->bms.state, BMS_STATE_DRIVE);
  ck_assert_uint_eq(rig->hil->bms.dtc_active_count, 0);
  ck_assert_uint_eq(cut_rig_said(rig, "is lost"), 0);
}
END_TEST

START_TEST(low_supply_resets_the_ecu) {
  drive(1, 0);
  rig->hil->stimulus.supply_V = 3.0;
  cut_rig_run(rig, 40);
  ck_assert(!coils_are_on());
  rig->hil->stimulus.supply_V = 13.0;
  cut_rig_run(rig, 200);
  ck_assert_uint_eq(rig->ecu->bms.reset_cause, BMS_RESET_BROWN_OUT);
  ck_assert_uint_eq(cut_rig_said(rig, "is lost"), 0);
}
END_TEST

START_TEST(memory_outlives_the_process) {
  uint8_t nvm[BMS_NVM_BYTES];
  memset(nvm, 0xFF, sizeof nvm);
  rig = cut_rig_open(1, 0);
  cut_rig_new_ecu(rig, 0x1200, nvm);
  rig->hil->stimulus.request = VCM_STANDBY;
  cut_rig_run(rig, 1500);
  ck_assert(!rig->ecu->bms.dtc[DTC_CRASH].is_active);
  rig->hil->stimulus.crash_is_signalled = 1;
  cut_rig_run(rig, 500);
  memcpy(nvm, cut_ecu_nvm(rig->ecu), sizeof nvm);
  rig->hil->stimulus.crash_is_signalled = 0;
  cut_rig_new_ecu(rig, 0x1300, nvm);
  cut_rig_run(rig, 1000);
  ck_assert_uint_eq(cut_rig_said(rig, "plant: ECU 1300 takes the seat"), 1);
  ck_assert(rig->ecu->bms.dtc[DTC_CRASH].is_latched);
  ck_assert(rig->hil->bms.dtc[DTC_CRASH].is_latched); /* and the plant was told so */
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("cut");
  TCase *both = make_case(suite, "both");
  tcase_add_loop_test(both, drives_on_every_kind_of_bus, 0, 4);
  tcase_add_loop_test(both, real_bus_has_room_for_it, 0, 2);
  tcase_add_loop_test(both, dividers_are_read_as_they_are_switched, 0, 4);
  tcase_add_loop_test(both, tests_of_wires_move_no_reading, 0, 2);
  tcase_add_test(both, stepped_time_is_the_same_every_time);
  tcase_add_loop_test(both, core_knows_of_frames_that_wait, 0, 2);
  tcase_add_test(both, stale_and_repeated_words_move_no_tick);
  tcase_add_test(both, paused_time_stands_on_both_sides);
  tcase_add_test(both, low_supply_resets_the_ecu);
  tcase_add_test(both, memory_outlives_the_process);
  TCase *alone = make_case(suite, "alone");
  tcase_add_test(alone, dead_ecu_drops_the_coils);
  tcase_add_test(alone, ecu_that_stood_still_is_reset_by_its_watchdog);
  tcase_add_test(alone, lost_plant_opens_the_contactors);
  tcase_add_test(alone, new_plant_is_a_new_power_on);
  tcase_add_test(alone, cut_bus_makes_both_sides_safe);
  return suite;
}
