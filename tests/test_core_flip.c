/// Damaged and replayed transfers: any bit of any transfer, any old frame, and nothing false is
/// believed.
#include <check.h>

#include "../ecu_model/core/openwire.h"
#include "core_rig.h"

Suite *test_suite(void);

enum { CYCLES = 8, XFER_MAX = 400, SLICES = 8, COMMAND_BITS = 32, AFTER_ms = 30 };

/// A transfer of the undamaged run.
typedef struct {
  uint32_t number; ///< as rig.tx_count
  uint32_t read_number; ///< as rig.read_count, 0: it reads nothing
  uint32_t cycle; ///< snapshot to start from
  uint32_t code, tx_bytes, rx_bytes;
} seen_t;

static rig_t rig, start[CYCLES];
static seen_t seen[XFER_MAX];
static uint32_t seen_count;

static void note_transfers(uint32_t cycle, uint32_t *read_number) {
  uint32_t at = 0, number = rig.tx_count - rig.out.xfer_count;
  for (uint32_t i = 0; i < rig.out.xfer_count; i++) {
    ck_assert_uint_lt(seen_count, XFER_MAX);
    seen_t *row = &seen[seen_count++];
    *row = (seen_t){.number = ++number,
                    .cycle = cycle,
                    .code = (uint32_t)rig.out.afe_tx[at] << 8 | rig.out.afe_tx[at + 1],
                    .tx_bytes = rig.out.xfer[i].tx_bytes,
                    .rx_bytes = rig.out.xfer[i].rx_bytes};
    if (row->rx_bytes > 0) row->read_number = ++*read_number;
    at += row->tx_bytes;
  }
}

/// Runs through an open-wire test, thermistors, a write of the configuration and its read-back;
/// keeps a snapshot of each cycle and a list of all transfers.
static void survey(void) {
  rig.bms.afe.config_write_is_due = 1;
  rig.bms.openwire.test_is_wanted = 1;
  rig.bms.afe.aux_age_cycles = 20; /* thermistors right after the test */
  while (rig.bms.cycle_ms != 0 || rig.queue_count > 0) rig_tick(&rig);
  uint32_t read_number = rig.read_count;
  seen_count = 0;
  for (uint32_t cycle = 0; cycle < CYCLES; cycle++) {
    start[cycle] = rig;
    for (uint32_t ms = 0; ms < 10; ms++) {
      rig_tick(&rig);
      note_transfers(cycle, &read_number);
    }
  }
}

static int is_seen(uint32_t code) {
  for (uint32_t i = 0; i < seen_count; i++) {
    if (seen[i].code == code) return 1;
  }
  return 0;
}

static void check_all_kinds(void) {
  static const uint32_t all[] = {0x001, 0x024, 0x002, 0x026, 0x004, 0x006, 0x008, 0x00A, 0x009,
                                 0x00C, 0x00E, 0x711, 0x712, 0x360, 0x4E0, 0x2A8, 0x2E8};
  for (uint32_t i = 0; i < sizeof all / sizeof all[0]; i++) ck_assert(is_seen(all[i]));
}

static void survey_from_standby(void) {
  rig_init(&rig);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_STANDBY, 1000), UINT32_MAX);
  rig_run(&rig, 400);
  survey();
  check_all_kinds();
}

static uint32_t alarms(void) {
  const bms_afe_t *afe = &rig.bms.afe;
  return afe->pec_error_count + afe->cleared_count + afe->replay_count + afe->unconfirmed_count;
}

/// Whatever is believed is true. (An assertion that holds costs a system call: hence the ifs.)
static void check_values(const seen_t *row, uint32_t bit) {
  const bms_meas_t *meas = &rig.bms.meas;
  for (uint32_t g = 0; g < BMS_GROUP_COUNT; g++) {
    if (meas->group_quality[g] > BMS_QUALITY_STALE) continue;
    int32_t error_mV = (int32_t)meas->group_mV[g] - rig.group_raw[g] / 10;
    if (error_mV > 1 || error_mV < -1) {
      ck_abort_msg("code %x bit %u group %u %d mV", row->code, bit, g, error_mV);
    }
  }
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) {
    if (meas->module_quality[m] != BMS_QUALITY_VALID ||
        meas->module_ddegC[m] != start[0].bms.meas.module_ddegC[m]) {
      ck_abort_msg("code %x bit %u module %u %d", row->code, bit, m, meas->module_ddegC[m]);
    }
  }
}

static void check_wires(const seen_t *row, uint32_t bit, uint32_t broken) {
  for (uint32_t wire = 0; wire < BMS_WIRE_COUNT; wire++) {
    int is_open = rig.bms.wire_state[wire] == BMS_WIRE_OPEN;
    if (is_open != (wire == broken)) ck_abort_msg("code %x bit %u wire %u", row->code, bit, wire);
  }
}

static void run_damaged(const seen_t *row, uint32_t bit, uint32_t broken) {
  uint32_t allowed_dtc = rig_dtc_count(&rig);
  while (rig.tx_count < row->number) rig_tick(&rig);
  for (uint32_t i = 0; i < AFTER_ms; i++) {
    rig_tick(&rig);
    if (rig.bms.cycle_ms == 0) check_values(row, bit);
  }
  check_wires(row, bit, broken);
  if (rig_dtc_count(&rig) != allowed_dtc) ck_abort_msg("code %x bit %u: a DTC", row->code, bit);
}

/// Commands whose loss changes nothing that is read: a clearing before a conversion that comes, a
/// current more or less, the same configuration once more.
static int is_harmless(uint32_t code) {
  return code == 0x711 || code == 0x712 || (code & ~0x40u) == 0x2A8 || code == 0x001 ||
         code == 0x024;
}

/// Each bit of each command and of what is written.
START_TEST(no_flipped_bit_on_its_way_out_is_believed) {
  survey_from_standby();
  for (uint32_t i = (uint32_t)_i; i < seen_count; i += SLICES) {
    for (uint32_t bit = 0; bit < 8 * seen[i].tx_bytes; bit++) {
      rig = start[seen[i].cycle];
      rig.flip_tx_at = seen[i].number;
      rig.flip_bit = bit;
      uint32_t before = alarms();
      run_damaged(&seen[i], bit, BMS_WIRE_COUNT);
      if (!is_harmless(seen[i].code) && alarms() == before) {
        ck_abort_msg("code %x bit %u is not noticed", seen[i].code, bit);
      }
    }
  }
}
END_TEST

/// Each bit of each answer: exactly one frame is wrong, and known to be.
START_TEST(no_flipped_bit_of_an_answer_is_believed) {
  survey_from_standby();
  for (uint32_t i = (uint32_t)_i; i < seen_count; i += SLICES) {
    for (uint32_t bit = 0; bit < 8 * seen[i].rx_bytes; bit++) {
      rig = start[seen[i].cycle];
      rig.flip_read_at = seen[i].read_number;
      rig.flip_bit = bit;
      uint32_t before = rig.bms.afe.pec_error_count;
      run_damaged(&seen[i], bit, BMS_WIRE_COUNT);
      if (rig.bms.afe.pec_error_count != before + 1) {
        ck_abort_msg("code %x bit %u is not noticed", seen[i].code, bit);
      }
    }
  }
}
END_TEST

/// A wire that is known to be open: no damage heals it or names another.
START_TEST(damage_neither_heals_nor_moves_an_open_wire) {
  enum { BROKEN = 5 };
  rig_init(&rig);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_STANDBY, 1000), UINT32_MAX);
  rig.wire_is_open[BROKEN] = 1;
  rig_run(&rig, 1500);
  ck_assert_uint_eq(rig.bms.wire_state[BROKEN], BMS_WIRE_OPEN);
  survey();
  for (uint32_t i = (uint32_t)_i; i < seen_count; i += SLICES) {
    uint32_t bits = 8 * (seen[i].tx_bytes + seen[i].rx_bytes);
    for (uint32_t bit = i % 7; bit < bits; bit += 7) {
      int is_out = bit < 8 * seen[i].tx_bytes;
      rig = start[seen[i].cycle];
      rig.flip_tx_at = is_out ? seen[i].number : 0;
      rig.flip_read_at = is_out ? 0 : seen[i].read_number;
      rig.flip_bit = is_out ? bit : bit - 8 * seen[i].tx_bytes;
      run_damaged(&seen[i], bit, BROKEN);
    }
  }
}
END_TEST

/// A changed bleed mask whose write is damaged arrives all the same, after a read-back.
START_TEST(damaged_configuration_is_written_again) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  while (rig.bms.cycle_ms != 0 || rig.bms.afe.post == AFE_POST_AUX) rig_tick(&rig);
  rig.bms.afe.bleed_mask[_i] = 1u << 3 | 1u << 13;
  rig.bms.afe.config_write_is_due = 1;
  start[0] = rig;
  for (uint32_t which = 0; which < 2; which++) {
    for (uint32_t bit = 0; bit < 8 * 68; bit++) {
      rig = start[0];
      rig.flip_tx_at = rig.tx_count + 3 + which; /* after CLRCELL and ADCV */
      rig.flip_bit = bit;
      rig_run(&rig, 60);
      int is_right = rig.config[_i][0][4] == 0x08 && rig.config[_i][1][0] == 0x2F;
      if (!is_right || rig.bms.afe.config_ok_mask != 0xFF || rig_dtc_count(&rig) != 0) {
        ck_abort_msg("write %u bit %u", which, bit);
      }
    }
  }
}
END_TEST

/// The answers of before are kept while truth moves on.
static void record_then_move(int32_t move_raw) {
  rig_init(&rig);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_STANDBY, 1000), UINT32_MAX);
  for (uint32_t g = 0; g < BMS_GROUP_COUNT; g++) rig.group_raw[g] += (int32_t)(g * 7 % 50) * 10;
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) rig.aux_raw[m] = 11000;
  rig_run(&rig, 300);
  rig.is_recording = 1;
  while (rig.bms.openwire.phase != OPENWIRE_IDLE) rig_tick(&rig);
  rig_run(&rig, 200);
  while (rig.bms.openwire.phase != OPENWIRE_IDLE) rig_tick(&rig);
  rig_run(&rig, 110);
  rig.is_recording = 0;
  for (uint32_t g = 0; g < BMS_GROUP_COUNT; g++) {
    rig.group_raw[g] += g % 2 ? move_raw : move_raw + 500;
  }
  rig.pack_mV = 0;
  for (uint32_t g = 0; g < BMS_GROUP_COUNT; g++) rig.pack_mV += rig.group_raw[g] / 10;
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) rig.aux_raw[m] = 15057;
  rig_run(&rig, 400);
}

static const int32_t moves_raw[] = {-1000, 1000, -3500, 3500};

/// Any one answer of any device, or of all, is an old frame with its right PEC.
START_TEST(no_replayed_frame_is_believed) {
  record_then_move(moves_raw[_i]);
  survey();
  check_all_kinds();
  for (uint32_t i = 0; i < seen_count; i++) {
    if (seen[i].read_number == 0) continue;
    int is_config = seen[i].code == 0x002 || seen[i].code == 0x026;
    int is_reference = seen[i].code == 0x00E; /* stands still: the old frame is the new one */
    for (uint32_t who = 0; who <= BMS_AFE_COUNT && !is_config; who++) {
      rig = start[seen[i].cycle];
      rig.replay_at = seen[i].read_number;
      rig.replay_devices = who < BMS_AFE_COUNT ? 1u << who : 0xFF;
      uint32_t before = alarms();
      run_damaged(&seen[i], who, BMS_WIRE_COUNT);
      int is_of_test = start[seen[i].cycle].bms.openwire.phase == OPENWIRE_UP_TWICE ||
                       start[seen[i].cycle].bms.openwire.phase == OPENWIRE_DOWN_TWICE;
      int is_unused = seen[i].code == 0x009 && who < BMS_AFE_COUNT &&
                      pinout_module[who].top_channel <= 12; /* channels 13..15 of ten groups */
      if (is_reference || is_of_test || is_unused) continue;
      if (alarms() == before) ck_abort_msg("code %x device %u", seen[i].code, who);
    }
  }
}
END_TEST

/// An old frame of 100 ms overvoltage, replayed again and again but never twice in a row.
START_TEST(replays_never_trip) {
  record_then_move(-2000);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  for (uint32_t k = 0; k < 5; k++) { /* RDCVA..E: an overvoltage and its right PEC */
    for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) {
      uint8_t *frame = &rig.old_answer[k][8 * m];
      frame[0] = 0xF0;
      frame[1] = 0xAA; /* 4.376 V */
      uint16_t pec = pec15(frame, 6);
      frame[6] = (uint8_t)(pec >> 8);
      frame[7] = (uint8_t)pec;
    }
  }
  rig.replay_devices = 0xFF;
  for (uint32_t i = 0; i < 3000; i++) {
    if (i % 23 == 0) rig.replay_at = rig.read_count + 1 + rig_random(&rig) % 3;
    rig_tick(&rig);
    if (rig.bms.meas.group_max_mV >= 3700) ck_abort_msg("believed at %u", i);
  }
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_DRIVE);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_flip");
  TCase *tests = tcase_create("flip");
  tcase_set_timeout(tests, 120);
  tcase_add_loop_test(tests, no_flipped_bit_on_its_way_out_is_believed, 0, SLICES);
  tcase_add_loop_test(tests, no_flipped_bit_of_an_answer_is_believed, 0, SLICES);
  tcase_add_loop_test(tests, damage_neither_heals_nor_moves_an_open_wire, 0, SLICES);
  tcase_add_loop_test(tests, damaged_configuration_is_written_again, 0, BMS_AFE_COUNT);
  tcase_add_loop_test(tests, no_replayed_frame_is_believed, 0, 4);
  tcase_add_test(tests, replays_never_trip);
  suite_add_tcase(suite, tests);
  return suite;
}
