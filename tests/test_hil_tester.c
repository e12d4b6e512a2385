/// A tester that behaves as badly as it can, in the loop: nothing else takes notice.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/core/comm_diag.h"
#include "../ecu_model/gen/can_codec.h"
#include "../sim/hil.h"
#include "cell_fixture.h"

enum { WEAK_GROUP = 40, SETTLE_ms = 3000, WATCH_ms = 4000, REACT_MAX_ms = 110, STORE_ms = 3000 };

typedef enum {
  NOBODY,
  ENDLESS_WAIT, ///< every flow control says wait
  SLOWEST, ///< block size 1, STmin 127 ms
  OVERFLOW, ///< every message is refused
  NO_FLOW, ///< none is answered
  FIRST_FRAMES, ///< as many as the bus carries, of messages that never go on
  REFUSED_FRAMES, ///< the same, too long for any buffer
  REQUESTS, ///< as many as the bus carries, to this ECU
  REQUESTS_TO_ALL,
  NONSENSE, ///< frames of any content
  ABUSE_COUNT
} abuse_t;

#define OVERVOLTAGE_V 4.30

Suite *test_suite(void);

static hil_t *car;
static cell_params_t cell;
static uint32_t random_state;

/// What of the car's work a tester must not touch.
typedef struct {
  uint32_t frame_count[CAN_MSG_COUNT];
  uint32_t status_late_us; ///< worst distance of BMS_Status from its period
  uint32_t react_ms; ///< from the crossing of the limit to the coil's end
  uint32_t dtc_ms; ///< to the overvoltage's DTC
  uint32_t write_count; ///< pages of memory written up to then, and 3 s on
  uint32_t reply_count; ///< frames to the tester
} work_t;

static uint32_t random_32(void) {
  random_state = random_state * 1664525u + 1013904223u;
  return random_state >> 8;
}

static void start(void) {
  cell = fixture_cell();
  pack_config_t config = fixture_config(0.6, 25.0);
  for (uint32_t side = 0; side < 2; side++) {
    config.cell[2u * WEAK_GROUP + side] = (pack_cell_init_t){0.95, 25.0, 1.0, 3.0, 1.0};
  }
  hil_config_t setup = {
      .pack = &config, .cell = &cell, .hv = hv_params_soul_ev(), .seed = 4, .dt_us = 1000};
  car = calloc(1, sizeof *car);
  ck_assert_ptr_nonnull(car);
  ck_assert_int_eq(hil_init(car, &setup), HIL_OK);
  car->stimulus.charger_is_plugged = 1;
  car->stimulus.charger_voltage_V = 450.0;
  car->stimulus.charger_current_A = 20.0;
  car->stimulus.charger_obeys = 0;
  car->stimulus.request = VCM_CHARGE;
  random_state = 7;
}

static void finish(void) { free(car); }

static void put(uint32_t id, const uint8_t *data) {
  can_frame_t frame = {.id = id, .len = 8};
  memcpy(frame.data, data, 8);
  (void)can_mem_send(&car->bus, HIL_NODE_TESTER, car->now_us * 1000u, &frame);
}

/// So many frames that the bus is never idle.
static void flood(uint32_t id, const uint8_t *data) {
  while (car->bus.tx[HIL_NODE_TESTER].count < 8) put(id, data);
}

static void nonsense(void) {
  while (car->bus.tx[HIL_NODE_TESTER].count < 8) {
    uint8_t data[8];
    for (uint32_t i = 0; i < 8; i++) data[i] = (uint8_t)random_32();
    put(random_32() % 4 == 0 ? COMM_DIAG_ALL_ID : COMM_DIAG_REQUEST_ID, data);
  }
}

/// What the server does with the longest reply that there may be, again and again.
static void keep_replying(void) {
  uint8_t data[ISOTP_BYTES_MAX] = {0x7F, 0x27, 0x11};
  uint32_t now_us = car->bms.time_ms * 1000u;
  if (!isotp_is_sending(&car->bms.diag_link))
    (void)isotp_send(&car->bms.diag_link, data, sizeof data, now_us);
}

/// The tester answers a frame of the ECU's.
static void answer(abuse_t abuse, const can_frame_t *frame) {
  static const uint8_t wait[8] = {0x31}, slow[8] = {0x30, 1, 0x7F}, refuse[8] = {0x32};
  uint32_t kind = frame->data[0] >> 4;
  if (kind != 1 && kind != 2) return;
  if (abuse == ENDLESS_WAIT && kind == 1) put(COMM_DIAG_REQUEST_ID, wait);
  if (abuse == SLOWEST) put(COMM_DIAG_REQUEST_ID, slow);
  if (abuse == OVERFLOW && kind == 1) put(COMM_DIAG_REQUEST_ID, refuse);
}

static void misbehave(abuse_t abuse, work_t *work) {
  static const uint8_t first[8] = {0x10, 200, 0x27}, endless[8] = {0x1F, 0xFF, 0x27};
  static const uint8_t request[8] = {0x02, 0x27, 0x01}, wait[8] = {0x31};
  can_mem_rx_t rx;
  while (can_mem_recv(&car->bus, HIL_NODE_TESTER, &rx) == CAN_MEM_OK) {
    if (rx.frame.id != COMM_DIAG_REPLY_ID) continue;
    work->reply_count++;
    answer(abuse, &rx.frame);
  }
  if (abuse >= ENDLESS_WAIT && abuse <= NO_FLOW) keep_replying();
  if (abuse == ENDLESS_WAIT && car->tick % 200 == 0) put(COMM_DIAG_REQUEST_ID, wait);
  if (abuse == FIRST_FRAMES) flood(COMM_DIAG_REQUEST_ID, first);
  if (abuse == REFUSED_FRAMES) flood(COMM_DIAG_REQUEST_ID, endless);
  if (abuse == REQUESTS) flood(COMM_DIAG_REQUEST_ID, request);
  if (abuse == REQUESTS_TO_ALL) flood(COMM_DIAG_ALL_ID, request);
  if (abuse == NONSENSE) nonsense();
}

static void note_status(work_t *work, uint64_t time_us, uint64_t *last_us) {
  uint64_t gap_us = time_us - *last_us;
  uint64_t off_us = gap_us > 100000 ? gap_us - 100000 : 100000 - gap_us;
  if (*last_us != 0 && off_us > work->status_late_us) work->status_late_us = (uint32_t)off_us;
  *last_us = time_us;
}

static void run(abuse_t abuse, uint32_t ms, work_t *work) {
  uint64_t last_us = 0;
  for (uint32_t i = 0; i < ms; i++) {
    can_mem_rx_t rx;
    misbehave(abuse, work);
    ck_assert_int_eq(hil_step(car), HIL_OK);
    while (hil_next_frame(car, &rx)) {
      int32_t message = can_msg_find_id(rx.frame.id, 0);
      if (message < 0) continue;
      work->frame_count[message]++;
      if (message == CAN_MSG_BMS_STATUS) note_status(work, rx.time_ns / 1000u, &last_us);
    }
  }
}

static int coil_is_on(void) { return car->bms.coil_command >> PINS_COIL_MAIN_POS & 1; }

/// A cell's voltage crosses the limit while the tester goes on.
static void react(abuse_t abuse, work_t *work) {
  work_t more;
  ck_assert(coil_is_on());
  memset(&more, 0, sizeof more);
  car->stimulus.charger_current_A = 200.0;
  for (uint32_t ms = 0; car->pack.group_V[WEAK_GROUP] < OVERVOLTAGE_V; ms++) {
    ck_assert_uint_lt(ms, 500);
    run(abuse, 1, &more);
  }
  while (work->react_ms < REACT_MAX_ms && coil_is_on()) {
    run(abuse, 1, &more);
    work->react_ms++;
  }
  work->dtc_ms = work->react_ms;
  while (work->dtc_ms < 2 * REACT_MAX_ms && !car->bms.dtc[DTC_CELL_OVERVOLTAGE].is_active) {
    run(abuse, 1, &more);
    work->dtc_ms++;
  }
  run(abuse, STORE_ms, &more);
  work->write_count = car->bms.store.write_count;
}

static work_t work_beside(abuse_t abuse) {
  work_t work;
  memset(&work, 0, sizeof work);
  start();
  run(NOBODY, SETTLE_ms, &work);
  ck_assert_uint_eq(car->bms.state, BMS_STATE_CHARGE);
  memset(&work, 0, sizeof work);
  run(abuse, WATCH_ms, &work);
  ck_assert_uint_eq(car->bms.state, BMS_STATE_CHARGE);
  ck_assert_uint_eq(car->bms.dtc_active_count, 0);
  react(abuse, &work);
  ck_assert_uint_eq(car->bms.comm.tx_drop_count, 0);
  ck_assert_uint_eq(car->bus.tx[HIL_NODE_BMS].lost_count, 0);
  ck_assert_uint_eq(car->vcm.e2e_error_count, 0);
  ck_assert_uint_eq(car->bms.dtc[DTC_CAN_REQUEST_LOST].occurrence_count, 0);
  finish();
  return work;
}

START_TEST(cyclic_frames_protection_and_memory_do_not_notice) {
  work_t alone = work_beside(NOBODY), beside = work_beside((abuse_t)_i);
  ck_assert_uint_eq(alone.reply_count, 0);
  ck_assert_uint_le(alone.react_ms, REACT_MAX_ms - 10);
  ck_assert_uint_gt(alone.react_ms, 5);
  ck_assert_uint_gt(alone.write_count, 0);
  ck_assert_uint_eq(beside.react_ms, alone.react_ms);
  ck_assert_uint_eq(beside.dtc_ms, alone.dtc_ms);
  ck_assert_uint_eq(beside.write_count, alone.write_count);
  for (uint32_t m = 0; m < CAN_MSG_COUNT; m++) {
    ck_assert_uint_le(beside.frame_count[m], alone.frame_count[m] + 1);
    ck_assert_uint_le(alone.frame_count[m], beside.frame_count[m] + 1);
  }
  ck_assert_uint_le(beside.status_late_us, 1000);
}
END_TEST

/// A twentieth of the bus at most is what the ECU itself gives to a tester.
START_TEST(the_share_of_the_replies_is_bounded) {
  work_t work = work_beside((abuse_t)_i);
  ck_assert_uint_gt(work.reply_count, 0);
  ck_assert_uint_le(work.reply_count, WATCH_ms / COMM_DIAG_EVERY_ms + 1);
}
END_TEST

/// After the abuse a proper tester is served.
START_TEST(a_proper_tester_is_served_afterwards) {
  static const uint8_t request[8] = {0x02, 0x27, 0x01};
  static const uint8_t refusal[8] = {0x03, 0x7F, 0x27, 0x11};
  work_t work;
  memset(&work, 0, sizeof work);
  start();
  run(NOBODY, 500, &work);
  run((abuse_t)_i, 1500, &work);
  run(NOBODY, 2100, &work); /* two time-outs */
  put(COMM_DIAG_REQUEST_ID, request);
  uint32_t ms = 0;
  for (can_mem_rx_t rx; ms < 100; ms++) {
    ck_assert_int_eq(hil_step(car), HIL_OK);
    if (can_mem_recv(&car->bus, HIL_NODE_TESTER, &rx) != CAN_MEM_OK) continue;
    if (rx.frame.id != COMM_DIAG_REPLY_ID) continue;
    ck_assert_mem_eq(rx.frame.data, refusal, 8);
    break;
  }
  ck_assert_uint_le(ms, 50); /* P2 */
  finish();
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("hil_tester");
  TCase *tests = tcase_create("tester");
  tcase_set_timeout(tests, 60);
  tcase_add_loop_test(tests, cyclic_frames_protection_and_memory_do_not_notice, 1, ABUSE_COUNT);
  tcase_add_loop_test(tests, the_share_of_the_replies_is_bounded, ENDLESS_WAIT, NO_FLOW);
  tcase_add_loop_test(tests, a_proper_tester_is_served_afterwards, 1, ABUSE_COUNT);
  suite_add_tcase(suite, tests);
  return suite;
}
