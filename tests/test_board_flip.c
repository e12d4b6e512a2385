/// Core and board together, the chips as they are: any bit of any transfer damaged on the line, and
/// nothing false is believed.
#include <check.h>

#include <string.h>

#include "../ecu_model/board/board.h"
#include "../ecu_model/core/afe.h"
#include "../ecu_model/core/bms.h"
#include "../ecu_model/gen/pinout.h"
#include "../sim/sensors.h"

Suite *test_suite(void);

enum { CYCLES = 8, XFER_MAX = 300, SLICES = 4, AFTER_ms = 30 };

typedef struct {
  bms_t bms;
  board_t board;
  bms_in_t in;
  bms_out_t out;
  pins_in_t pins;
  pins_out_t commands;
  uint64_t now_us;
  uint32_t tx_count, rx_count; ///< transfers that went out, reads that came back
  uint32_t flip_tx_at, flip_rx_at, flip_bit;
} bench_t;

typedef struct {
  uint32_t number, read_number, cycle, code, tx_bytes, rx_bytes;
} seen_t;

static bench_t bench, start[CYCLES];
static seen_t seen[XFER_MAX];
static uint32_t seen_count;
static int32_t truth_mV[BMS_GROUP_COUNT];

static void damage_answers(bench_t *b) {
  uint32_t at = 0;
  for (uint32_t i = 0; i < b->in.xfer_done_count; i++) {
    if (b->in.xfer_rx_bytes[i] > 0 && ++b->rx_count == b->flip_rx_at) {
      b->in.afe_rx[at + b->flip_bit / 8] ^= (uint8_t)(1u << b->flip_bit % 8);
    }
    at += b->in.xfer_rx_bytes[i];
  }
}

static void damage_commands(bench_t *b) {
  uint32_t at = 0;
  for (uint32_t i = 0; i < b->out.xfer_count; i++) {
    if (++b->tx_count == b->flip_tx_at) {
      b->out.afe_tx[at + b->flip_bit / 8] ^= (uint8_t)(1u << b->flip_bit % 8);
    }
    at += b->out.xfer[i].tx_bytes;
  }
}

static void tick(bench_t *b) {
  board_before(&b->board, b->now_us, &b->pins, &b->in);
  damage_answers(b);
  bms_step(&b->bms, &b->in, &b->out);
  damage_commands(b);
  board_after(&b->board, b->now_us, &b->out, &b->commands);
  b->now_us += 1000;
}

static void bench_init(bench_t *b) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  memset(b, 0, sizeof *b);
  board_init(&b->board, 7);
  bms_init(&b->bms, bms_config_soul_ev(), &boot);
  double pack_V = 0.0;
  for (uint32_t wire = 0; wire < BMS_WIRE_COUNT; wire++) {
    uint8_t below = pinout_wire[wire].group_below;
    if (below != PINOUT_NONE) {
      truth_mV[below] = 3600 + (int32_t)below;
      pack_V += truth_mV[below] * 1e-3;
    }
    b->pins.afe_input_V[wire] = pack_V;
  }
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) b->pins.module_ntc_ohm[m] = sensors_ntc_ohm(25.0);
  b->pins.inlet_ntc_ohm = b->pins.heater_ntc_ohm[0] = b->pins.heater_ntc_ohm[1] = 10e3;
  b->pins.current_low_V = b->pins.current_high_V = 2.5;
  b->pins.pack_V = pack_V;
  b->pins.supply_V = 13.2;
  b->pins.hvil_is_closed = b->pins.kl30c_is_on = b->pins.ignition_is_on = 1;
}

static void note_transfers(uint32_t cycle, uint32_t *read_number) {
  uint32_t at = 0, number = bench.tx_count - bench.out.xfer_count;
  for (uint32_t i = 0; i < bench.out.xfer_count; i++) {
    ck_assert_uint_lt(seen_count, XFER_MAX);
    seen_t *row = &seen[seen_count++];
    const uint8_t *tx = bench.out.afe_tx + at;
    *row = (seen_t){++number,
                    bench.out.xfer[i].rx_bytes > 0 ? ++*read_number : 0,
                    cycle,
                    (uint32_t)tx[0] << 8 | tx[1],
                    bench.out.xfer[i].tx_bytes,
                    bench.out.xfer[i].rx_bytes};
    at += row->tx_bytes;
  }
}

/// A window with an open-wire test, thermistors, a write of the configuration and its read-back.
static void survey(void) {
  bench_init(&bench);
  for (uint32_t ms = 0; ms < 900; ms++) tick(&bench);
  ck_assert_uint_eq(bench.bms.state, BMS_STATE_STANDBY);
  ck_assert_uint_eq(bench.bms.meas.valid_group_count, BMS_GROUP_COUNT);
  bench.bms.afe.config_write_is_due = 1;
  bench.bms.openwire.test_is_wanted = 1;
  while (bench.bms.cycle_ms != 0 || bench.bms.afe.queue_count > 0) tick(&bench);
  uint32_t read_number = bench.rx_count;
  seen_count = 0;
  for (uint32_t cycle = 0; cycle < CYCLES; cycle++) {
    start[cycle] = bench;
    for (uint32_t ms = 0; ms < 10; ms++) {
      tick(&bench);
      note_transfers(cycle, &read_number);
    }
  }
}

static uint32_t alarms(void) {
  const bms_afe_t *afe = &bench.bms.afe;
  return afe->pec_error_count + afe->cleared_count + afe->replay_count + afe->unconfirmed_count;
}

/// Within the chip's own error.
static void check_values(const seen_t *row, uint32_t bit) {
  const bms_meas_t *meas = &bench.bms.meas;
  for (uint32_t g = 0; g < BMS_GROUP_COUNT; g++) {
    if (meas->group_quality[g] > BMS_QUALITY_STALE) continue;
    int32_t error_mV = (int32_t)meas->group_mV[g] - truth_mV[g];
    if (error_mV > 2 || error_mV < -2) {
      ck_abort_msg("code %x bit %u group %u %d mV", row->code, bit, g, error_mV);
    }
  }
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) {
    if (meas->module_ddegC[m] < 245 || meas->module_ddegC[m] > 255) {
      ck_abort_msg("code %x bit %u module %u %d", row->code, bit, m, meas->module_ddegC[m]);
    }
  }
}

static void run_damaged(const seen_t *row, uint32_t bit) {
  while (bench.tx_count < row->number) tick(&bench);
  for (uint32_t i = 0; i < AFTER_ms; i++) {
    tick(&bench);
    if (bench.bms.cycle_ms == 0) check_values(row, bit);
  }
  for (uint32_t wire = 0; wire < BMS_WIRE_COUNT; wire++) {
    if (bench.bms.wire_state[wire] == BMS_WIRE_OPEN) {
      ck_abort_msg("code %x bit %u names wire %u", row->code, bit, wire);
    }
  }
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    if (dtc == DTC_ISOLATION_MONITOR) continue; /* no chassis on this bench */
    if (bench.bms.dtc[dtc].occurrence_count > 0) {
      ck_abort_msg("code %x bit %u sets DTC %u", row->code, bit, dtc);
    }
  }
}

static int is_harmless(uint32_t code) {
  return code == 0x711 || code == 0x712 || (code & ~0x40u) == 0x2A8 || code == 0x001 ||
         code == 0x024;
}

/// Every bit of every command and of what is written; a chip refuses what its PEC refutes.
START_TEST(no_flipped_bit_on_its_way_out_is_believed) {
  survey();
  for (uint32_t i = (uint32_t)_i; i < seen_count; i += SLICES) {
    for (uint32_t bit = 0; bit < 8 * seen[i].tx_bytes; bit++) {
      bench = start[seen[i].cycle];
      bench.flip_tx_at = seen[i].number;
      bench.flip_bit = bit;
      uint32_t before = alarms();
      uint32_t refused = bench.board.chain.bad_command_count + bench.board.chain.bad_write_count;
      run_damaged(&seen[i], bit);
      if (bench.board.chain.bad_command_count + bench.board.chain.bad_write_count == refused) {
        /* a write is looked at twice: as a command and as data */
        ck_abort_msg("code %x bit %u is obeyed", seen[i].code, bit);
      }
      if (!is_harmless(seen[i].code) && alarms() == before) {
        ck_abort_msg("code %x bit %u is not noticed", seen[i].code, bit);
      }
    }
  }
}
END_TEST

/// Every bit of every answer: exactly one frame is wrong, and known to be.
START_TEST(no_flipped_bit_of_an_answer_is_believed) {
  survey();
  for (uint32_t i = (uint32_t)_i; i < seen_count; i += SLICES) {
    for (uint32_t bit = 0; bit < 8 * seen[i].rx_bytes; bit++) {
      bench = start[seen[i].cycle];
      bench.flip_rx_at = seen[i].read_number;
      bench.flip_bit = bit;
      uint32_t before = bench.bms.afe.pec_error_count;
      run_damaged(&seen[i], bit);
      if (bench.bms.afe.pec_error_count != before + 1) {
        ck_abort_msg("code %x bit %u is not noticed", seen[i].code, bit);
      }
    }
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("board_flip");
  TCase *tests = tcase_create("flip");
  tcase_set_timeout(tests, 120);
  tcase_add_loop_test(tests, no_flipped_bit_on_its_way_out_is_believed, 0, SLICES);
  tcase_add_loop_test(tests, no_flipped_bit_of_an_answer_is_believed, 0, SLICES);
  suite_add_tcase(suite, tests);
  return suite;
}
