/// The bytes of the bus cut: what crosses, to what step, and what does not pass.
#include "cut_case.h"

#include "../ecu_model/core/e2e5.h"
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

Suite *test_suite(void) {
  Suite *suite = suite_create("cut_messages");
  TCase *messages = make_case(suite, "messages");
  tcase_add_test(messages, pins_cross_within_their_steps);
  tcase_add_test(messages, channels_cross_within_half_a_step);
  tcase_add_test(messages, what_the_ecu_says_crosses_whole);
  tcase_add_test(messages, no_turned_bit_passes);
  tcase_add_test(messages, lost_and_mixed_segments_make_no_message);
  tcase_add_test(messages, another_version_is_told_apart_from_garbage);
  return suite;
}
