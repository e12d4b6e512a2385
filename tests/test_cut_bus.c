/// The bus cut on a bad bus: losses, garbage, strangers, and who may sit in the seat.
#include "cut_case.h"

#include "../ecu_model/core/e2e5.h"
#include "../ecu_model/gen/can_codec.h"
static int lose_answers(cut_rig_t *of, can_frame_t *frame, int to_ecu) {
  (void)of;
  return to_ecu && frame->id == CUT_ID_FIRST + CUT_ANSWER + 2;
}

/// A conversion without its answer is lost, not guessed: the core sees cleared registers.
START_TEST(no_answer_is_a_lost_conversion) {
  drive(1, 0);
  rig->on_bus = lose_answers;
  cut_rig_run(rig, 1500);
  ck_assert_uint_gt(rig->ecu->stats.lost_count, 10);
  ck_assert_uint_gt(rig->ecu->bms.afe.cleared_count, 10);
  ck_assert(rig->ecu->bms.dtc[DTC_AFE_COMMUNICATION].is_active ||
            rig->ecu->bms.meas.valid_group_count < PINS_GROUP_COUNT);
  ck_assert(!coils_are_on());
  ck_assert_uint_eq(cut_rig_said(rig, "is lost"), 0);
}
END_TEST

static can_frame_t older[CUT_PART_COUNT];

/// Each answer's frame comes in the place of the next one's.
static int delay_answers(cut_rig_t *of, can_frame_t *frame, int to_ecu) {
  (void)of;
  const uint32_t part = frame->id - CUT_ID_FIRST - CUT_ANSWER;
  if (!to_ecu || part >= CUT_PART_COUNT) return 0;
  const can_frame_t newer = *frame;
  *frame = older[part];
  older[part] = newer;
  return frame->len == 0;
}

START_TEST(answer_to_another_conversion_does_not_count) {
  drive(1, 0);
  memset(older, 0, sizeof older);
  rig->on_bus = delay_answers;
  cut_rig_run(rig, 300);
  ck_assert_uint_gt(rig->ecu->stats.lost_count, 5);
}
END_TEST

static int lose_each_50th(cut_rig_t *of, can_frame_t *frame, int to_ecu) {
  (void)to_ecu;
  return cut_is_of(frame) && of->frame_count % 50 == 0;
}

START_TEST(single_losses_are_outlived) {
  drive(1, _i);
  rig->on_bus = lose_each_50th;
  cut_rig_run(rig, 3000);
  ck_assert_int_eq(rig->hil->bms.state, BMS_STATE_DRIVE);
  ck_assert_uint_gt(rig->plant->stats.missing_count + rig->ecu->stats.missing_count, 10);
  ck_assert_uint_eq(cut_rig_said(rig, "is lost"), 0);
}
END_TEST

static int spoil_each_20th(cut_rig_t *of, can_frame_t *frame, int to_ecu) {
  (void)to_ecu;
  if (cut_is_of(frame) && of->frame_count % 20 == 0) frame->data[9 % frame->len] ^= 0x10;
  return 0;
}

START_TEST(garbage_is_ignored_and_told_once) {
  drive(1, 0);
  rig->on_bus = spoil_each_20th;
  cut_rig_run(rig, 1000);
  ck_assert_uint_gt(rig->plant->stats.garbage_count, 2);
  ck_assert_uint_gt(rig->ecu->stats.garbage_count, 5);
  ck_assert_uint_eq(cut_rig_said(rig, "plant: garbage with id 0x"), 1);
  ck_assert_uint_eq(cut_rig_said(rig, "ecu: garbage with id 0x"), 1);
}
END_TEST

static int say_twice(cut_rig_t *of, can_frame_t *frame, int to_ecu) {
  if (to_ecu)
    cut_ecu_take(of->ecu, of->wall_us, frame);
  else if (cut_is_of(frame))
    cut_plant_take(of->plant, of->wall_us, frame);
  return 0;
}

START_TEST(repeated_frames_change_nothing) {
  drive(1, 1);
  const uint64_t hash = rig->hil->trace_hash;
  teardown();
  rig = cut_rig_open(1, 1);
  rig->on_bus = NULL;
  rig->hil->stimulus.request = VCM_STANDBY;
  cut_rig_run(rig, 1200);
  rig->on_bus = say_twice;
  rig->hil->stimulus.request = VCM_DRIVE;
  cut_rig_run(rig, 2000);
  ck_assert_uint_gt(rig->plant->stats.repeated_count, 100);
  ck_assert_uint_gt(rig->ecu->stats.repeated_count, 100);
  ck_assert_int_eq(rig->hil->bms.state, BMS_STATE_DRIVE);
  ck_assert_uint_ne(hash, 0);
}
END_TEST

static void say_as(uint16_t from, uint16_t to, cut_kind_t kind, uint8_t version, int to_ecu) {
  cut_message_t message = blank(kind);
  can_frame_t frame[CUT_FRAME_MAX];
  message.head.from = from;
  message.head.to = to;
  message.is.sync.rate_permille = 1000;
  message.is.sync.timeout_ms = 100;
  message.is.sync.cycle_ms = 10;
  if (kind == CUT_HELLO) message.is.hello.is_fd = 1;
  if (kind == CUT_OUT) message.is.out = (cut_out_t){.next_ms = rig->plant->now_ms, .coils = 7};
  (void)cut_pack(&message, 1, frame);
  const uint32_t bytes = kind == CUT_OUT ? 17 : kind == CUT_HELLO ? 10 : 59;
  frame[0].data[3] = version;
  const uint16_t crc = e2e5_crc((uint16_t)(0x5053 + kind), frame[0].data, bytes);
  frame[0].data[0] = (uint8_t)crc;
  frame[0].data[1] = (uint8_t)(crc >> 8);
  if (to_ecu)
    cut_ecu_take(rig->ecu, rig->wall_us, &frame[0]);
  else
    cut_plant_take(rig->plant, rig->wall_us, &frame[0]);
}

START_TEST(strangers_are_refused_in_one_line) {
  rig = cut_rig_open(1, 0);
  cut_rig_run(rig, 1200); /* at rest: no coil is on */
  for (uint32_t i = 0; i < 3; i++) {
    say_as(0x7777, CUT_RIG_FIRST_PLANT, CUT_HELLO, CUT_VERSION, 0);
    say_as(0x7777, CUT_RIG_FIRST_PLANT, CUT_OUT, CUT_VERSION, 0);
    say_as(0x7777, CUT_RIG_FIRST_PLANT, CUT_OUT, CUT_VERSION + 3, 0);
    say_as(0x8888, 0, CUT_SYNC, CUT_VERSION, 0);
    say_as(0x8888, 0, CUT_SYNC, CUT_VERSION, 1);
    say_as(0x8888, 0, CUT_SYNC, CUT_VERSION + 3, 1);
    say_as(0x7777, CUT_RIG_FIRST_PLANT, CUT_OUT, CUT_VERSION, 1);
    cut_rig_run(rig, 20);
  }
  ck_assert(!coils_are_on());
  ck_assert_uint_eq(cut_rig_said(rig, "plant: a second ECU (7777) asks, the seat has 1000"), 1);
  ck_assert_uint_eq(cut_rig_said(rig, "plant: a peer that speaks version 4 of the bus cut"), 1);
  ck_assert_uint_eq(cut_rig_said(rig, "plant: another plant (8888) is on this bus"), 1);
  ck_assert_uint_eq(cut_rig_said(rig, "ecu: another plant (8888) is on this bus"), 1);
  ck_assert_uint_eq(cut_rig_said(rig, "ecu: a peer that speaks version 4 of the bus cut"), 1);
  ck_assert_uint_eq(cut_rig_said(rig, "ecu: another ECU (7777) is on this bus"), 1);
  ck_assert_uint_eq(rig->line_count, 8); /* these and who took the seat, on either side */
  ck_assert_int_eq(rig->hil->bms.state, BMS_STATE_STANDBY);
}
END_TEST

/// Of the very ECU in the seat, but said to the plant that was here before.
START_TEST(words_to_another_plant_do_not_count) {
  rig = cut_rig_open(1, 0);
  cut_rig_run(rig, 1200);
  say_as(CUT_RIG_FIRST_ECU, CUT_RIG_FIRST_PLANT - 1, CUT_OUT, CUT_VERSION, 0);
  cut_rig_run(rig, 2);
  ck_assert(!coils_are_on());
  ck_assert_uint_eq(rig->plant->stats.foreign_count, 1);
}
END_TEST

START_TEST(second_vehicle_controller_is_refused) {
  drive(1, 0);
  can_frame_t frame = {.id = CAN_VCM_REQUEST_ID, .len = 8};
  cut_plant_take(rig->plant, rig->wall_us, &frame);
  cut_plant_take(rig->plant, rig->wall_us, &frame);
  ck_assert_uint_eq(cut_rig_said(rig, "plant: somebody else sends VCM_Request (0x100)"), 1);
}
END_TEST

/// An ECU that knows CAN alone: nothing of the cut goes out, all that it says comes in, coils off.
START_TEST(without_a_seat_frames_alone_count) {
  static cut_plant_t plant;
  const cut_plant_config_t config = {.session = 1, .timeout_ms = 100, .is_fd = 1, .has_no_seat = 1};
  const can_frame_t told = {.id = 0x594, .len = 8}, request = {.id = CAN_VCM_REQUEST_ID, .len = 8};
  const can_frame_t of_cut = {.id = 0x018, .len = 8, .data = {1, 2, 3}};
  pins_in_t pins;
  pins_out_t out;
  can_frame_t frame;
  memset(&pins, 0, sizeof pins);
  cut_plant_init(&plant, &config, 0);
  for (uint64_t ms = 0; ms < 200; ms++) {
    cut_plant_begin(&plant, ms * 1000, &pins);
    cut_plant_watch(&plant, ms * 1000);
    cut_plant_end(&plant, &out, 13.0);
    ck_assert_double_eq_tol(out.coil_V[0], 0.0, 1e-9);
  }
  ck_assert_int_eq(cut_plant_next_frame(&plant, &frame), 0);
  cut_plant_take(&plant, 200000, &told);
  cut_plant_take(&plant, 200000, &of_cut);
  ck_assert_int_eq(cut_plant_next_app(&plant, &frame), 1);
  ck_assert_uint_eq(frame.id, 0x594);
  ck_assert_int_eq(cut_plant_next_app(&plant, &frame), 1);
  ck_assert_uint_eq(frame.id, 0x018);
  cut_plant_send(&plant, &request);
  ck_assert_int_eq(cut_plant_next_frame(&plant, &frame), 1);
  ck_assert_uint_eq(frame.id, CAN_VCM_REQUEST_ID);
  cut_plant_leave(&plant);
  ck_assert_int_eq(cut_plant_next_frame(&plant, &frame), 0);
}
END_TEST

START_TEST(second_ecu_waits_for_the_seat) {
  drive(1, 0);
  cut_ecu_t *second = calloc(1, sizeof *second);
  ck_assert_ptr_nonnull(second);
  const cut_ecu_config_t config = {.seed = 1, .session = 0x5555, .words = {cut_rig_ecu_says, rig}};
  cut_ecu_init(second, &config, rig->wall_us);
  cut_ecu_t *const first = rig->ecu;
  rig->ecu = second; /* now this one hears; the first is dead */
  cut_rig_run(rig, 50);
  ck_assert_uint_eq(cut_rig_said(rig, "ecu: the seat at plant 2000 has another ECU (1000)"), 1);
  ck_assert_uint_eq(second->stats.tick_count, 0);
  cut_rig_run(rig, 1000);
  ck_assert_uint_eq(cut_rig_said(rig, "plant: ECU 5555 takes the seat"), 1);
  ck_assert_uint_gt(second->stats.tick_count, 500);
  free(first);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("cut_bus");
  TCase *bad = make_case(suite, "bad_bus");
  tcase_add_test(bad, no_answer_is_a_lost_conversion);
  tcase_add_test(bad, answer_to_another_conversion_does_not_count);
  tcase_add_test(bad, words_to_another_plant_do_not_count);
  tcase_add_loop_test(bad, single_losses_are_outlived, 0, 2);
  tcase_add_test(bad, garbage_is_ignored_and_told_once);
  tcase_add_test(bad, repeated_frames_change_nothing);
  tcase_add_test(bad, strangers_are_refused_in_one_line);
  tcase_add_test(bad, second_vehicle_controller_is_refused);
  tcase_add_test(bad, without_a_seat_frames_alone_count);
  tcase_add_test(bad, second_ecu_waits_for_the_seat);
  return suite;
}
