/// The bus cut: bytes of its messages, plant and ECU across it, and what either does alone.
#include "cut_rig.h"

#include "../ecu_model/core/comm_diag.h"
#include "../ecu_model/core/e2e5.h"
#include "../ecu_model/gen/can_codec.h"

Suite *test_suite(void);

static cut_rig_t *rig;

static void teardown(void) {
  if (rig != NULL) cut_rig_close(rig);
  rig = NULL;
}

/* --- messages -------------------------------------------------------------------------------- */

/// Send over both kinds of bus; the last one taken is returned.
static cut_message_t pass(const cut_message_t *message) {
  static cut_rx_t rx;
  cut_message_t got[2];
  can_frame_t frame[CUT_FRAME_MAX];
  for (int is_fd = 0; is_fd < 2; is_fd++) {
    const uint32_t count = cut_pack(message, is_fd, frame);
    ck_assert_int_eq(count == 1, is_fd);
    for (uint32_t i = 0; i < count; i++) {
      ck_assert(cut_is_of(&frame[i]) && (frame[i].flags != 0) == is_fd);
      ck_assert_int_eq(cut_take(&rx, &frame[i], &got[is_fd]),
                       i + 1 < count ? CUT_RX_MORE : CUT_RX_MESSAGE);
    }
    ck_assert_int_eq(got[is_fd].kind, message->kind);
    ck_assert_int_eq(memcmp(&got[is_fd].head, &message->head, sizeof message->head), 0);
  }
  ck_assert_int_eq(memcmp(&got[0], &got[1], sizeof got[0]), 0);
  return got[1];
}

static cut_message_t blank(cut_kind_t kind) {
  cut_message_t message;
  memset(&message, 0, sizeof message);
  message.kind = kind;
  message.head.from = 0xA1B2;
  message.head.to = 0xC3D4;
  message.head.counter = 0xE5;
  return message;
}

START_TEST(pins_cross_within_their_steps) {
  cut_message_t message = blank(CUT_SYNC);
  cut_sync_t *sync = &message.is.sync;
  *sync = (cut_sync_t){.time_ms = 0xFEDCBA98,
                       .rate_permille = 1500,
                       .timeout_ms = 100,
                       .flags = CUT_FLAG_STEPPED,
                       .cycle_ms = 10,
                       .switches = 5};
  pins_in_t *pins = &sync->pins;
  pins->current_low_V = 2.51234;
  pins->current_high_V = 4.99996;
  pins->pack_V = 387.654;
  pins->link_V = 0.004;
  pins->supply_V = 13.2004;
  pins->iso_pos_V = 1.23456;
  pins->iso_neg_V = -0.1;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) pins->module_ntc_ohm[m] = 1000.0 * (m + 1);
  pins->inlet_ntc_ohm = 1e9;
  pins->heater_ntc_ohm[1] = 196600.0;
  pins->fan_tacho_Hz = 88.25;
  pins->aux_closed[PINS_COIL_PRECHARGE] = 1;
  pins->hvil_is_closed = pins->kl30c_is_on = 1;
  const cut_sync_t got = pass(&message).is.sync;
  ck_assert_uint_eq(got.time_ms, 0xFEDCBA98);
  ck_assert_uint_eq(got.rate_permille, 1500);
  ck_assert(got.flags == CUT_FLAG_STEPPED && got.cycle_ms == 10 && got.switches == 5);
  ck_assert_double_eq_tol(got.pins.current_low_V, 2.51234, 5.1e-5);
  ck_assert_double_eq_tol(got.pins.current_high_V, 4.99996, 5.1e-5);
  ck_assert_double_eq_tol(got.pins.pack_V, 387.654, 5.1e-3);
  ck_assert_double_eq_tol(got.pins.link_V, 0.0, 1e-9);
  ck_assert_double_eq_tol(got.pins.supply_V, 13.2, 1e-9);
  ck_assert_double_eq_tol(got.pins.iso_pos_V, 1.23456, 5.1e-5);
  ck_assert_double_eq_tol(got.pins.iso_neg_V, 0.0, 1e-9);
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) /* half a step of the share, as a resistance */
    ck_assert_double_eq_tol(got.pins.module_ntc_ohm[m], 1000.0 * (m + 1), 1.0);
  ck_assert(got.pins.inlet_ntc_ohm > 1e8);
  ck_assert_double_eq_tol(got.pins.heater_ntc_ohm[1], 196600.0, 400.0);
  ck_assert_double_eq_tol(got.pins.fan_tacho_Hz, 88.25, 1e-9);
  ck_assert(got.pins.aux_closed[PINS_COIL_PRECHARGE] && !got.pins.aux_closed[PINS_COIL_MAIN_POS]);
  ck_assert(got.pins.hvil_is_closed && got.pins.kl30c_is_on && !got.pins.ignition_is_on);
  ck_assert(!got.pins.crash_is_signalled && !got.pins.charger_is_plugged);
}
END_TEST

START_TEST(channels_cross_within_half_a_step) {
  pins_in_t pins, back;
  uint16_t volt_raw[CUT_CHANNEL_COUNT];
  memset(&pins, 0, sizeof pins);
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) pins.afe_input_V[w] = 3.7 * w + 0.01 * (w % 7);
  pins.afe_input_V[3] = pins.afe_input_V[2] - 0.25; /* below zero, and the one above far over */
  cut_channels_from_pins(&pins, volt_raw);
  cut_channels_to_pins(volt_raw, &back);
  for (uint32_t w = 1; w < 15; w++) {
    const double wanted_V = pins.afe_input_V[w] - pins.afe_input_V[w - 1];
    const double got_V = back.afe_input_V[w] - back.afe_input_V[w - 1];
    ck_assert_double_eq_tol(got_V, wanted_V > 6.0535 ? 6.0535 : wanted_V, 5.1e-5);
  }
  cut_message_t message = blank(CUT_ANSWER);
  message.is.answer.conversion = 77;
  for (uint8_t part = 0; part < CUT_PART_COUNT; part++) {
    message.is.answer.part = part;
    for (uint32_t i = 0; i < CUT_PART_VALUES; i++)
      message.is.answer.volt_raw[i] = (uint16_t)(part * 1000u + i);
    const cut_answer_t got = pass(&message).is.answer;
    ck_assert_int_eq(memcmp(&got, &message.is.answer, sizeof got), 0);
  }
}
END_TEST

START_TEST(what_the_ecu_says_crosses_whole) {
  cut_message_t message = blank(CUT_OUT);
  message.is.out = (cut_out_t){123456789, CUT_OUT_IS_DONE, 0x0D, 0x06, 999};
  const cut_out_t out = pass(&message).is.out;
  ck_assert(out.next_ms == 123456789 && out.flags == CUT_OUT_IS_DONE && out.coils == 0x0D);
  ck_assert(out.switches == 6 && out.fan_permille == 999);
  message = blank(CUT_AFE);
  cut_afe_t *afe = &message.is.afe;
  afe->next_ms = 42;
  afe->conversion = 200;
  afe->slot_us = 389;
  afe->slot_end = 6;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    afe->mode[m] = m % 4;
    afe->bleed_mask[m] = 0x2AAAA >> m;
  }
  const cut_afe_t got = pass(&message).is.afe;
  ck_assert_int_eq(memcmp(&got, afe, sizeof got), 0);
  message = blank(CUT_HELLO);
  message.is.hello.reset_cause = BMS_RESET_WATCHDOG;
  ck_assert_uint_eq(pass(&message).is.hello.reset_cause, BMS_RESET_WATCHDOG);
}
END_TEST

/// Every single bit of a frame that is turned makes garbage, also in the padding's neighbour.
START_TEST(no_turned_bit_passes) {
  cut_message_t message = blank(CUT_OUT), got;
  can_frame_t frame[CUT_FRAME_MAX];
  message.is.out.next_ms = 5;
  cut_rx_t rx;
  memset(&rx, 0, sizeof rx);
  (void)cut_pack(&message, 1, frame);
  for (uint32_t bit = 0; bit < 17 * 8; bit++) {
    can_frame_t bad = frame[0];
    bad.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    ck_assert_int_eq(cut_take(&rx, &bad, &got), CUT_RX_GARBAGE);
  }
  const uint32_t count = cut_pack(&message, 0, frame);
  for (uint32_t bit = 8; bit < 64; bit++) { /* in the first of three */
    cut_rx_status_t status = CUT_RX_MORE;
    for (uint32_t i = 0; i < count; i++) {
      can_frame_t bad = frame[i];
      if (i == 0) bad.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
      status = cut_take(&rx, &bad, &got);
    }
    ck_assert_int_eq(status, CUT_RX_GARBAGE);
  }
}
END_TEST

START_TEST(lost_and_mixed_segments_make_no_message) {
  cut_message_t message = blank(CUT_OUT), got;
  can_frame_t first[CUT_FRAME_MAX], second[CUT_FRAME_MAX];
  cut_rx_t rx;
  memset(&rx, 0, sizeof rx);
  (void)cut_pack(&message, 0, first);
  message.head.counter++;
  (void)cut_pack(&message, 0, second);
  ck_assert_int_eq(cut_take(&rx, &first[0], &got), CUT_RX_MORE);
  ck_assert_int_eq(cut_take(&rx, &first[2], &got), CUT_RX_GARBAGE);
  ck_assert_int_eq(cut_take(&rx, &first[0], &got), CUT_RX_MORE);
  ck_assert_int_eq(cut_take(&rx, &second[1], &got), CUT_RX_GARBAGE);
  for (uint32_t i = 0; i < 3; i++)
    ck_assert_int_eq(cut_take(&rx, &second[i], &got), i < 2 ? CUT_RX_MORE : CUT_RX_MESSAGE);
}
END_TEST

START_TEST(another_version_is_told_apart_from_garbage) {
  cut_message_t message = blank(CUT_HELLO), got;
  can_frame_t frame[CUT_FRAME_MAX];
  cut_rx_t rx;
  memset(&rx, 0, sizeof rx);
  (void)cut_pack(&message, 1, frame);
  frame[0].data[3] = CUT_VERSION + 1;
  ck_assert_int_eq(cut_take(&rx, &frame[0], &got), CUT_RX_GARBAGE);
  const uint16_t crc = e2e5_crc(0x5053 + CUT_HELLO, frame[0].data, 10);
  frame[0].data[0] = (uint8_t)crc;
  frame[0].data[1] = (uint8_t)(crc >> 8);
  ck_assert_int_eq(cut_take(&rx, &frame[0], &got), CUT_RX_VERSION);
  ck_assert_uint_eq(rx.version, CUT_VERSION + 1);
  frame[0].id = 0x100;
  ck_assert_int_eq(cut_take(&rx, &frame[0], &got), CUT_RX_FOREIGN);
}
END_TEST

/* --- plant and ECU --------------------------------------------------------------------------- */

static int coils_are_on(void) {
  double sum_V = 0.0;
  for (uint32_t coil = 0; coil < PINS_COIL_COUNT; coil++) sum_V += rig->hil->pins_out.coil_V[coil];
  return sum_V > 0.0;
}

static void drive(int is_fd, int is_stepped) {
  rig = cut_rig_open(is_fd, is_stepped);
  rig->hil->stimulus.request = VCM_STANDBY;
  cut_rig_run(rig, 1200);
  ck_assert_int_eq(rig->hil->bms.state, BMS_STATE_STANDBY);
  rig->hil->stimulus.request = VCM_DRIVE;
  cut_rig_run(rig, 2000);
  ck_assert_int_eq(rig->ecu->bms.state, BMS_STATE_DRIVE);
  ck_assert_int_eq(rig->hil->bms.state, BMS_STATE_DRIVE);
  ck_assert(coils_are_on() && rig->hil->hv.aux_is_closed[PINS_COIL_MAIN_POS]);
  ck_assert_uint_eq(rig->hil->bms.dtc_active_count, 0);
  ck_assert_uint_eq(rig->ecu->stats.lost_count, 0);
}

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

/* --- a bad bus ------------------------------------------------------------------------------- */

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

static TCase *make_case(Suite *suite, const char *name) {
  TCase *tcase = tcase_create(name);
  tcase_add_checked_fixture(tcase, NULL, teardown);
  tcase_set_timeout(tcase, 60);
  suite_add_tcase(suite, tcase);
  return tcase;
}

Suite *test_suite(void) {
  Suite *suite = suite_create("cut");
  TCase *messages = make_case(suite, "messages");
  tcase_add_test(messages, pins_cross_within_their_steps);
  tcase_add_test(messages, channels_cross_within_half_a_step);
  tcase_add_test(messages, what_the_ecu_says_crosses_whole);
  tcase_add_test(messages, no_turned_bit_passes);
  tcase_add_test(messages, lost_and_mixed_segments_make_no_message);
  tcase_add_test(messages, another_version_is_told_apart_from_garbage);
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
