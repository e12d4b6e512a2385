/// Edges of the AFE chain: what is sent when, which frames count, which readings are believed.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/afe.h"
#include "../ecu_model/core/pec15.h"
#include "../ecu_model/gen/pinout.h"

Suite *test_suite(void);

enum {
  CELL_raw = 37000,
  FRAME_BYTES = 8,
  CHAIN_BYTES = FRAME_BYTES * BMS_AFE_COUNT,
  ALL_REGISTERS = (1 << BMS_REGISTER_COUNT) - 1,
  RDCFGA = 0x002,
  MUTE = 0x028,
  UNMUTE = 0x029
};

static bms_afe_t afe;
static bms_in_t in;
static bms_out_t out;

/* --- sending ---------------------------------------------------------------------------------- */

/// Command number n of what the step has queued; each must have a right PEC.
static uint32_t command(uint32_t n) {
  const uint8_t *tx = out.afe_tx;
  for (uint32_t i = 0; i < n; i++) tx += out.xfer[i].tx_bytes;
  ck_assert_uint_eq((uint32_t)(tx[2] << 8 | tx[3]), pec15(tx, 2));
  return (uint32_t)tx[0] << 8 | tx[1];
}

static int was_sent(uint32_t code) {
  for (uint32_t i = 0; i < out.xfer_count; i++) {
    if (command(i) == code) return 1;
  }
  return 0;
}

/// The board hands over an output that holds old bytes.
static void send(uint32_t cycle_ms) {
  memset(&out, 0xA5, sizeof out);
  out.xfer_count = 0;
  afe_send(&afe, cycle_ms, &out);
}

static void setup(void) {
  afe_init(&afe);
  afe.config_write_is_due = 0;
  memset(&in, 0, sizeof in);
}

START_TEST(commands_follow_each_other_without_a_gap) {
  static const uint8_t ms[] = {0, 3, 6, 8};
  setup();
  afe.config_write_is_due = 1;
  for (uint32_t i = 0; i < 4; i++) {
    if (i == 3) afe.post = AFE_POST_UP_TWICE;
    send(ms[i]);
    ck_assert_uint_ge(out.xfer_count, 1);
    for (uint32_t n = 0; n < out.xfer_count; n++) ck_assert_uint_ne(command(n), 0);
  }
}
END_TEST

/// What the bus has not carried by the end of a cycle is given up: its answers would be taken for
/// those of the next commands.
START_TEST(a_cycle_begins_with_an_empty_queue) {
  for (uint32_t left = 0; left <= 5; left += 5) {
    setup();
    afe.queue_count = (uint8_t)left;
    send(0);
    ck_assert_uint_eq(afe.queue_count, out.xfer_count);
  }
}
END_TEST

START_TEST(the_configuration_is_read_back_every_50_cycles) {
  for (uint32_t age = 48; age <= 49; age++) {
    setup();
    afe.config_age_cycles = (uint16_t)age;
    send(0);
    ck_assert_int_eq(was_sent(RDCFGA), age + 1 >= 50);
  }
}
END_TEST

START_TEST(thermistors_are_read_every_10_cycles) {
  for (uint32_t age = 9; age <= 10; age++) {
    setup();
    afe.aux_age_cycles = (uint16_t)age;
    send(3);
    ck_assert_uint_eq(afe.post, age >= 10 ? AFE_POST_AUX : AFE_POST_NONE);
  }
}
END_TEST

/// Switches that were told to stop rest while the configuration is written, and no longer.
START_TEST(a_stop_of_the_switches_lasts_three_cycles) {
  setup();
  afe.aux_age_cycles = 0;
  afe.mute_is_due = 1;
  send(5);
  ck_assert(was_sent(MUTE));
  for (uint32_t cycle = 1; cycle <= 6; cycle++) {
    send(0);
    ck_assert_int_eq(was_sent(UNMUTE), 0);
    send(3);
    ck_assert_int_eq(was_sent(UNMUTE), cycle == 3);
    ck_assert_uint_eq(afe.is_muted, cycle < 3);
  }
}
END_TEST

/* --- receiving -------------------------------------------------------------------------------- */

static uint32_t given_bytes;

static void expect_nothing(void) {
  memset(&in, 0, sizeof in);
  afe.queue_first = afe.queue_count = 0;
  given_bytes = 0;
}

/// Another transfer has finished; returns where its answer goes.
static uint8_t *give(uint32_t kind, uint32_t bytes) {
  uint8_t *rx = in.afe_rx + given_bytes;
  afe.queue[afe.queue_count++] = (uint8_t)kind;
  in.xfer_rx_bytes[in.xfer_done_count++] = (uint16_t)bytes;
  given_bytes += bytes;
  return rx;
}

static void put_frame(uint8_t *frame, uint32_t first, uint32_t second, uint32_t third) {
  const uint32_t words[] = {first, second, third};
  for (uint32_t i = 0; i < 3; i++) {
    frame[2 * i] = (uint8_t)words[i];
    frame[2 * i + 1] = (uint8_t)(words[i] >> 8);
  }
  uint16_t pec = pec15(frame, 6);
  frame[6] = (uint8_t)(pec >> 8);
  frame[7] = (uint8_t)pec;
}

static void give_cells(uint32_t kind) {
  uint8_t *rx = give(kind, CHAIN_BYTES);
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++)
    put_frame(rx + FRAME_BYTES * device, CELL_raw, CELL_raw + 1, CELL_raw + 2);
}

/// A conversion that was lost shows in any one of the three codes; the chip may have been reset.
START_TEST(one_cleared_code_spoils_its_frame) {
  for (uint32_t i = 0; i < 4; i++) {
    setup();
    expect_nothing();
    give_cells(AFE_XFER_CELL + 2);
    uint8_t *frame = in.afe_rx + 4 * FRAME_BYTES;
    put_frame(frame, i == 0 ? BMS_CODE_NONE : CELL_raw, i == 1 ? BMS_CODE_NONE : CELL_raw,
              i == 2 ? BMS_CODE_NONE : CELL_raw);
    afe_receive(&afe, &in);
    ck_assert_uint_eq(afe.cleared_count, i < 3);
    for (uint32_t device = 0; device < BMS_AFE_COUNT; device++)
      ck_assert_uint_eq(afe.fresh[AFE_READ_SCAN][device], device == 4 && i < 3 ? 0 : 1u << 2);
    ck_assert_uint_eq(afe.cell_raw[AFE_READ_SCAN][4][6], i < 3 ? 0 : CELL_raw);
    ck_assert_int_eq(afe.config_age_cycles != 0, i < 3);
  }
}
END_TEST

/// An answer to nothing that was asked says nothing.
START_TEST(answers_without_a_question_are_dropped) {
  setup();
  expect_nothing();
  give_cells(AFE_XFER_CELL);
  afe.queue_count = 0;
  afe_receive(&afe, &in);
  ck_assert_uint_eq(afe.queue_count, 0);
  ck_assert_uint_eq(afe.fresh[AFE_READ_SCAN][0], 0);
}
END_TEST

/// An answer may end with the last byte of the buffer, not beyond.
START_TEST(answers_fill_the_buffer_to_its_end) {
  for (uint32_t over = 0; over <= 1; over++) {
    setup();
    expect_nothing();
    (void)give(AFE_XFER_COMMAND, BMS_AFE_BYTES_MAX - CHAIN_BYTES);
    give_cells(AFE_XFER_CELL);
    in.xfer_rx_bytes[0] = (uint16_t)(in.xfer_rx_bytes[0] + over);
    afe_receive(&afe, &in);
    ck_assert_uint_eq(afe.fresh[AFE_READ_SCAN][7], over == 0);
    ck_assert_uint_eq(afe.pec_error_count, 0);
  }
}
END_TEST

/* --- thermistors ------------------------------------------------------------------------------ */

/// All four reads of the thermistors; device 3's thermistor reads first_raw, then again_raw. 0: its
/// frame is wrong, BMS_CODE_NONE: its register was cleared.
static void read_aux(uint32_t first_raw, uint32_t again_raw) {
  memset(afe.aux_fresh, 0, sizeof afe.aux_fresh);
  expect_nothing();
  for (uint32_t read = 0; read < BMS_AUX_READ_COUNT; read++) {
    uint8_t *rx = give(AFE_XFER_AUX + read, CHAIN_BYTES);
    for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
      uint8_t *frame = rx + FRAME_BYTES * device;
      uint32_t code_raw = 15000 + 10 * device;
      if (device == 3) code_raw = read < 2 ? first_raw : again_raw;
      if (read % 2 == 0)
        put_frame(frame, code_raw, 1, 2);
      else
        put_frame(frame, 1, 2, 30000 + device);
      frame[7] ^= code_raw == 0 && read % 2 == 0;
    }
  }
  afe_receive(&afe, &in);
}

START_TEST(every_device_has_its_own_thermistor) {
  setup();
  read_aux(15030, 15030);
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    ck_assert_uint_eq(afe.aux_raw[device], 15000 + 10 * device);
    ck_assert_uint_eq(afe.ref_raw[device], 30000 + device);
  }
  ck_assert_uint_eq(afe.aux_known_mask, 0xFF);
  ck_assert_uint_eq(afe.aux_is_complete, 1);
}
END_TEST

/// Either read may be the one that came right; what no read brought is not counted as a doubt.
START_TEST(one_right_read_of_a_thermistor_is_enough_if_it_follows) {
  static const struct {
    uint16_t first, again, shown, bad, replayed, cleared, unconfirmed;
  } row[] = {{15200, 15200, 15200, 0, 0, 0, 0},
             {15200, 0, 15200, 0, 0, 0, 0},
             {0, 15200, 15200, 0, 0, 0, 0},
             {0, 15400, 15030, 1, 0, 0, 1},
             {0, 0, 15030, 1, 0, 0, 0},
             {15200, 15201, 15030, 1, 1, 0, 0},
             {BMS_CODE_NONE, 15200, 15200, 0, 0, 1, 0},
             {BMS_CODE_NONE, BMS_CODE_NONE, 15030, 1, 0, 2, 0}};
  for (uint32_t i = 0; i < sizeof row / sizeof row[0]; i++) {
    setup();
    read_aux(15030, 15030);
    read_aux(row[i].first, row[i].again);
    ck_assert_msg(afe.aux_raw[3] == row[i].shown, "row %u: %u", i, afe.aux_raw[3]);
    ck_assert_uint_eq(afe.aux_bad_run[3], row[i].bad);
    ck_assert_uint_eq(afe.replay_count, row[i].replayed);
    ck_assert_uint_eq(afe.cleared_count, row[i].cleared);
    ck_assert_uint_eq(afe.unconfirmed_count, row[i].unconfirmed);
    ck_assert_uint_eq(afe.aux_bad_run[2], 0);
  }
}
END_TEST

/// A thermistor that has been gone for a minute has not come back.
START_TEST(a_run_of_bad_reads_is_counted_to_255) {
  setup();
  for (uint32_t read = 1; read <= 600; read++) {
    read_aux(0, 0);
    ck_assert_uint_eq(afe.aux_bad_run[3], read < 255 ? read : 255);
  }
}
END_TEST

/* --- configuration ---------------------------------------------------------------------------- */

static void read_config(int a_is_right, int b_is_right) {
  expect_nothing();
  for (uint32_t which = 0; which < 2; which++) {
    uint8_t *rx = give(AFE_XFER_CONFIG_A + which, CHAIN_BYTES);
    int is_right = which == 0 ? a_is_right : b_is_right;
    for (uint32_t device = 0; device < BMS_AFE_COUNT; device++)
      put_frame(rx + FRAME_BYTES * device, (which == 0 ? 0xFCu : 0x0Fu) ^ !is_right, 0, 0);
  }
  afe_receive(&afe, &in);
}

/// A device holds its configuration iff both of its registers do.
START_TEST(a_configuration_is_right_in_both_halves) {
  for (uint32_t i = 0; i < 4; i++) {
    const int a_is_right = (int)(i & 1u), b_is_right = (int)(i >> 1);
    setup();
    read_config(0, 0);
    ck_assert_uint_eq(afe.config_bad_run[5], 2);
    afe.config_write_is_due = 0;
    read_config(a_is_right, b_is_right);
    ck_assert_uint_eq(afe.config_ok_mask, a_is_right && b_is_right ? 0xFF : 0);
    ck_assert_uint_eq(afe.config_write_is_due, !(a_is_right && b_is_right));
    ck_assert_int_eq(afe.config_bad_run[5] == 0, a_is_right && b_is_right);
  }
}
END_TEST

/* --- believing -------------------------------------------------------------------------------- */

static void move(uint32_t set, uint32_t device, uint32_t channel, int32_t by_raw) {
  uint16_t *code = &afe.cell_raw[set][device][channel - 1u];
  *code = (uint16_t)(*code + by_raw);
}

/// Of all cells on every device.
static void step(uint32_t set, int32_t by_raw) {
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    for (uint32_t channel = 1; channel <= pinout_module[device].top_channel; channel++)
      if (channel != pinout_module[device].pair_channel) move(set, device, channel, by_raw);
  }
}

/// The newest scan was read once; all sets hold the same, all of it believed before.
static void one_read(void) {
  static const uint8_t set[] = {AFE_READ_SCAN, AFE_KEPT_PREVIOUS, AFE_KEPT_BELIEVED};
  setup();
  for (uint32_t k = 0; k < sizeof set; k++) {
    step(set[k], CELL_raw);
    memset(afe.fresh[set[k]], ALL_REGISTERS, sizeof afe.fresh[0]);
  }
  memset(afe.believed, ALL_REGISTERS, sizeof afe.believed);
}

/// It was read again, with the same codes.
static void two_reads(void) {
  memcpy(afe.cell_raw[AFE_READ_AGAIN], afe.cell_raw[AFE_READ_SCAN], sizeof afe.cell_raw[0]);
  memset(afe.fresh[AFE_READ_AGAIN], ALL_REGISTERS, sizeof afe.fresh[0]);
}

/// Full load: the cells drop by 0.15 V. One that does so by a quarter and 20 mV more is believed.
START_TEST(a_cell_may_part_by_a_quarter_of_the_common_step) {
  enum { STEP_raw = 1500, MAY_raw = AFE_STEP_raw + STEP_raw / 4 };
  for (uint32_t i = 0; i < 8; i++) {
    const int32_t step_sign = i & 1u ? 1 : -1, sign = i & 2u ? 1 : -1;
    const int32_t more_raw = MAY_raw + (int32_t)(i >> 2);
    one_read();
    step(AFE_READ_SCAN, step_sign * STEP_raw);
    move(AFE_READ_SCAN, 2, 9, sign * more_raw);
    afe_settle(&afe);
    ck_assert_uint_eq(afe.believed[2], more_raw > MAY_raw ? 0x1F & ~(1u << 2) : 0x1F);
    ck_assert_uint_eq(afe.unconfirmed_count, more_raw > MAY_raw);
  }
}
END_TEST

/// An old register of all chips at once, with right PECs: it is no witness of itself.
START_TEST(a_register_of_all_devices_does_not_confirm_itself) {
  one_read();
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    for (uint32_t channel = 1; channel <= 3; channel++) move(AFE_READ_SCAN, device, channel, -1500);
  }
  afe_settle(&afe);
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    ck_assert_uint_eq(afe.believed[device] & 1u, 0);
    ck_assert_uint_eq(afe.believed[device] & 10u, 10u); /* sampled at other moments */
  }
}
END_TEST

/// The other chips are silent: two cells beside a third have no mean, nothing but 20 mV is allowed.
START_TEST(a_lone_device_has_nothing_in_common) {
  for (int32_t by_raw = AFE_STEP_raw; by_raw <= AFE_STEP_raw + 1; by_raw++) {
    one_read();
    for (uint32_t device = 1; device < BMS_AFE_COUNT; device++)
      afe.fresh[AFE_READ_SCAN][device] = afe.believed[device] = 0;
    step(AFE_READ_SCAN, by_raw);
    afe_settle(&afe);
    ck_assert_uint_eq(afe.believed[0], by_raw > AFE_STEP_raw ? 0 : ALL_REGISTERS);
  }
}
END_TEST

/// The first read had a wrong PEC: the second brings all three codes of the register.
START_TEST(the_second_read_stands_in_for_the_first) {
  one_read();
  two_reads();
  afe.fresh[AFE_READ_SCAN][1] &= (uint8_t)~2u;
  for (uint32_t channel = 4; channel <= 5; channel++) move(AFE_READ_AGAIN, 1, channel, 100);
  afe_settle(&afe);
  ck_assert_uint_eq(afe.believed[1], ALL_REGISTERS);
  ck_assert_uint_eq(afe.fresh[AFE_READ_SCAN][1], ALL_REGISTERS);
  for (uint32_t channel = 4; channel <= 5; channel++)
    ck_assert_uint_eq(afe_code(&afe, AFE_READ_SCAN, 1, channel), CELL_raw + 100);
}
END_TEST

/// Codes that an earlier scan left behind agree with a read: they are no second witness.
START_TEST(what_did_not_come_right_confirms_nothing) {
  for (uint32_t is_again = 0; is_again < 2; is_again++) {
    one_read();
    for (uint32_t channel = 1; channel <= 3; channel++) move(AFE_READ_SCAN, 6, channel, -1500);
    two_reads();
    afe.fresh[is_again ? AFE_READ_AGAIN : AFE_READ_SCAN][6] = ALL_REGISTERS - 1;
    afe_settle(&afe);
    ck_assert_uint_eq(afe.believed[6], ALL_REGISTERS - 1);
    ck_assert_uint_eq(afe.unconfirmed_count, 1);
  }
}
END_TEST

/// One wrong frame costs one scan of its register: the next right one is believed again.
START_TEST(a_wrong_frame_does_not_become_what_is_known) {
  one_read();
  move(AFE_READ_SCAN, 4, 2, 5000);
  afe_settle(&afe);
  ck_assert_uint_eq(afe.believed[4], ALL_REGISTERS - 1);
  ck_assert_uint_eq(afe_code(&afe, AFE_KEPT_BELIEVED, 4, 2), CELL_raw);
  afe_keep(&afe, AFE_KEPT_PREVIOUS);
  move(AFE_READ_SCAN, 4, 2, -5000);
  afe_settle(&afe);
  ck_assert_uint_eq(afe.believed[4], ALL_REGISTERS);
}
END_TEST

/// A cell has jumped, was doubted, and now follows the scan before, though the load steps as well.
START_TEST(the_scan_before_is_asked_with_its_own_common_step) {
  for (int32_t step_raw = -1500; step_raw <= 1500; step_raw += 1000) {
    one_read();
    for (uint32_t channel = 1; channel <= 3; channel++) {
      move(AFE_READ_SCAN, 0, channel, 5000);
      move(AFE_READ_SCAN, 6, channel, 6000);
    }
    afe_keep(&afe, AFE_KEPT_PREVIOUS);
    step(AFE_READ_SCAN, step_raw);
    afe.believed[0] = afe.believed[6] = ALL_REGISTERS - 1;
    afe_settle(&afe);
    ck_assert_uint_eq(afe.believed[0], ALL_REGISTERS);
    ck_assert_uint_eq(afe.believed[6], ALL_REGISTERS);
    ck_assert_uint_eq(afe.unconfirmed_count, 0);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_afe_edges");
  TCase *tests = tcase_create("afe edges");
  tcase_add_test(tests, commands_follow_each_other_without_a_gap);
  tcase_add_test(tests, a_cycle_begins_with_an_empty_queue);
  tcase_add_test(tests, the_configuration_is_read_back_every_50_cycles);
  tcase_add_test(tests, thermistors_are_read_every_10_cycles);
  tcase_add_test(tests, a_stop_of_the_switches_lasts_three_cycles);
  tcase_add_test(tests, one_cleared_code_spoils_its_frame);
  tcase_add_test(tests, answers_without_a_question_are_dropped);
  tcase_add_test(tests, answers_fill_the_buffer_to_its_end);
  tcase_add_test(tests, every_device_has_its_own_thermistor);
  tcase_add_test(tests, one_right_read_of_a_thermistor_is_enough_if_it_follows);
  tcase_add_test(tests, a_run_of_bad_reads_is_counted_to_255);
  tcase_add_test(tests, a_configuration_is_right_in_both_halves);
  tcase_add_test(tests, a_cell_may_part_by_a_quarter_of_the_common_step);
  tcase_add_test(tests, a_register_of_all_devices_does_not_confirm_itself);
  tcase_add_test(tests, a_lone_device_has_nothing_in_common);
  tcase_add_test(tests, the_second_read_stands_in_for_the_first);
  tcase_add_test(tests, what_did_not_come_right_confirms_nothing);
  tcase_add_test(tests, a_wrong_frame_does_not_become_what_is_known);
  tcase_add_test(tests, the_scan_before_is_asked_with_its_own_common_step);
  suite_add_tcase(suite, tests);
  return suite;
}
