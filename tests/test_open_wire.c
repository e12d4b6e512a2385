/// Broken sense wires end to end: harness, chips and SPI link, with a script in place of a core.
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/board/board.h"
#include "../ecu_model/gen/pinout.h"
#include "../sim/harness.h"
#include "afe_bytes.h"

/// The ECU's board with the harness before it, driven by a script in place of a core.
static struct {
  board_t board;
  harness_t harness;
  bms_in_t in;
  bms_out_t out;
  pins_in_t pins;
  pins_out_t drive;
  double source_V[PINS_WIRE_COUNT], extra_A[PINS_GROUP_COUNT];
  uint64_t now_us;
  double cell_V[AFE_CHAIN_COUNT][LTC6813_CHANNEL_COUNT];
  uint32_t reply_count;
} rig;

static void rig_tick(void) {
  if (harness_is_due(&rig.harness, &rig.drive))
    harness_solve(&rig.harness, rig.now_us, rig.source_V, &rig.drive, &rig.pins, rig.extra_A);
  board_before(&rig.board, rig.now_us, &rig.pins, &rig.in);
  uint32_t at = 0;
  for (uint32_t x = 0; x < rig.in.xfer_done_count; x++) {
    for (uint32_t i = 0; i < AFE_CHAIN_COUNT && rig.in.xfer_rx_bytes[x] == 64; i++)
      for (uint32_t j = 0; j < 3; j++) {
        const uint8_t *code = &rig.in.afe_rx[at + 8 * i + 2 * j];
        rig.cell_V[i][3 * rig.reply_count + j] = (code[0] | code[1] << 8) * 100e-6;
      }
    if (rig.in.xfer_rx_bytes[x] == 64) rig.reply_count++;
    at += rig.in.xfer_rx_bytes[x];
  }
  board_after(&rig.board, rig.now_us, &rig.out, &rig.drive);
  memset(&rig.out, 0, sizeof rig.out);
  rig.now_us += 1000;
}

static void rig_queue(uint16_t command, uint16_t rx_bytes) {
  uint32_t at = 0;
  for (uint32_t i = 0; i < rig.out.xfer_count; i++) at += rig.out.xfer[i].tx_bytes;
  afe_bytes_put(&rig.out.afe_tx[at], command);
  rig.out.xfer[rig.out.xfer_count].tx_bytes = 4;
  rig.out.xfer[rig.out.xfer_count].rx_bytes = rx_bytes;
  rig.out.xfer_count++;
}

static void rig_wait(uint32_t ticks) {
  for (uint32_t i = 0; i < ticks; i++) rig_tick();
}

/// repeats conversions, one each cycle of 10 ms, and a read of groups A..E after the last.
static void rig_scan(uint16_t command, uint32_t repeats) {
  static const uint16_t read[5] = {LTC6813_RDCVA, LTC6813_RDCVB, LTC6813_RDCVC, LTC6813_RDCVD,
                                   LTC6813_RDCVE};
  for (uint32_t i = 0; i < repeats; i++) {
    rig_queue(LTC6813_CLRCELL, 0);
    rig_queue(command, 0);
    rig_tick();
    rig_wait(i + 1 < repeats ? 9 : 4);
  }
  rig.reply_count = 0;
  for (uint32_t i = 0; i < 5; i++) rig_queue(read[i], 64);
  rig_tick();
  rig_wait(5);
  ck_assert_uint_eq(rig.reply_count, 5);
}

static void rig_setup(uint64_t seed) {
  memset(&rig, 0, sizeof rig);
  board_init(&rig.board, seed);
  harness_init(&rig.harness, rng_stream(seed, "harness"));
  double sum_V = 0.0;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    if (pinout_wire[w].group_below != PINOUT_NONE) sum_V += 3.7 + 0.002 * (w % 9);
    rig.source_V[w] = sum_V;
  }
  rig.pins.supply_V = 12.0;
  uint8_t tx[68];
  afe_bytes_put(tx, LTC6813_WRCFGA);
  for (uint32_t i = 0; i < 8; i++) {
    const uint8_t config[6] = {0xFC, 0, 0, 0, 0, 0};
    memcpy(&tx[4 + 8 * i], config, 6);
    const uint16_t pec = ltc6813_pec(config, 6);
    tx[4 + 8 * i + 6] = (uint8_t)(pec >> 8);
    tx[4 + 8 * i + 7] = (uint8_t)(pec & 0xFF);
  }
  memcpy(rig.out.afe_tx, tx, sizeof tx);
  rig.out.xfer[0].tx_bytes = sizeof tx;
  rig.out.xfer_count = 1;
  rig_wait(10);
}

START_TEST(board_measures_the_harness) {
  rig_setup(3);
  rig_scan(LTC6813_ADCV | 0x100, 1);
  for (uint32_t g = 0; g < PINS_GROUP_COUNT; g++) {
    const pinout_group_t *group = &pinout_group[g];
    const double volt = rig.source_V[group->wire_above] - rig.source_V[group->wire_below];
    ck_assert_double_eq_tol(rig.cell_V[group->module - 1][group->channel - 1], volt, 2.2e-3);
  }
}
END_TEST

static double up_V[AFE_CHAIN_COUNT][LTC6813_CHANNEL_COUNT];

static double delta_V(uint32_t afe, uint32_t channel) {
  return up_V[afe][channel - 1] - rig.cell_V[afe][channel - 1];
}

/// Three times up, read, three times down, read.
static void run_open_wire_test(void) {
  rig_scan(LTC6813_ADOW | 0x80 | 0x40, 3);
  memcpy(up_V, rig.cell_V, sizeof up_V);
  rig_scan(LTC6813_ADOW | 0x80, 3);
}

/// The rule of docs/open-wire.md: the C input that is open, -1 if none.
static int find_open(uint32_t afe) {
  const uint32_t top = pinout_module[afe].top_channel;
  for (uint32_t n = 1; n < top; n++) {
    if (delta_V(afe, n + 1) < -0.2) return (int)n;
    if (delta_V(afe, n) > 0.2 && rig.cell_V[afe][n] > 5.7) return (int)n; /* n+1 is out of range */
  }
  if (delta_V(afe, 1) > 0.2) return 0;
  return delta_V(afe, top) > 0.2 ? (int)top : -1;
}

START_TEST(no_open_wire_is_found_in_a_healthy_harness) {
  rig_setup(11);
  run_open_wire_test();
  for (uint32_t a = 0; a < AFE_CHAIN_COUNT; a++) {
    ck_assert_int_eq(find_open(a), -1);
    for (uint32_t n = 1; n <= pinout_module[a].top_channel; n++)
      ck_assert_double_lt(fabs(delta_V(a, n)), 5e-3);
  }
}
END_TEST

static void check_wire(uint32_t wire) {
  const uint32_t afe = pinout_wire[wire].module - 1u, input = pinout_wire[wire].c_input;
  for (uint32_t a = 0; a < AFE_CHAIN_COUNT; a++) {
    const int found = find_open(a);
    ck_assert_msg(found == (a == afe ? (int)input : -1), "wire %u: AFE %u names input %d", wire, a,
                  found);
  }
  for (uint32_t n = 1; n <= pinout_module[afe].top_channel; n++)
    if (n != input && n != input + 1)
      ck_assert_msg(fabs(delta_V(afe, n)) < 0.05, "wire %u: channel %u moved", wire, n);
}

/// Right after the break, and 20 s later when the pin has drifted as far as its clamp.
START_TEST(every_open_wire_is_named) {
  const harness_wire_fault_t broken = {.is_open = 1}, whole = {0};
  rig_setup(21);
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++) {
    ck_assert_int_eq(harness_set_wire(&rig.harness, wire, &broken), HARNESS_OK);
    run_open_wire_test();
    check_wire(wire);
    for (int i = 0; i < 20; i++) {
      rig.now_us += 1000000;
      rig_scan(LTC6813_ADCV | 0x100, 1);
    }
    run_open_wire_test();
    check_wire(wire);
    ck_assert_int_eq(harness_set_wire(&rig.harness, wire, &whole), HARNESS_OK);
  }
}
END_TEST

START_TEST(open_inner_wire_splits_two_groups) {
  const harness_wire_fault_t broken = {.is_open = 1};
  rig_setup(31);
  rig_scan(LTC6813_ADCV | 0x100, 1);
  const double before_V[2] = {rig.cell_V[0][4], rig.cell_V[0][5]};
  (void)harness_set_wire(&rig.harness, 5, &broken);
  rig.now_us += 1000000;
  rig_scan(LTC6813_ADCV | 0x100, 1);
  rig.now_us += 1000000;
  rig_scan(LTC6813_ADCV | 0x100, 1);
  const double up = rig.cell_V[0][4] - before_V[0], down = rig.cell_V[0][5] - before_V[1];
  ck_assert_double_gt(fabs(up), 0.1);
  ck_assert_double_eq_tol(up + down, 0.0, 2e-3);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("open_wire");
  TCase *tests = tcase_create("open_wire");
  tcase_add_test(tests, board_measures_the_harness);
  tcase_add_test(tests, no_open_wire_is_found_in_a_healthy_harness);
  tcase_add_test(tests, every_open_wire_is_named);
  tcase_add_test(tests, open_inner_wire_splits_two_groups);
  suite_add_tcase(suite, tests);
  return suite;
}
