/// What the core makes of requests that are lost, late, damaged or false, told by a checker of its
/// own; and a storm of frames that mean nothing.
#include <check.h>
#include <stdlib.h>

#include "../ecu_model/core/comm.h"
#include "../ecu_model/core/comm_diag.h"
#include "core_rig.h"

Suite *test_suite(void);

static rig_t rig;

/* --- an independent checker ---------------------------------------------------------------- */

typedef enum { NOTHING, RIGHT, AFTER_LOSS, AGAIN, JUMPED, DAMAGED } verdict_t;

/// CRC-8 by long division of a text of bits: polynomial x^8 + x^4 + x^3 + x^2 + 1.
static uint32_t remainder_of(const uint8_t *bytes, uint32_t count) {
  static const uint8_t divisor[9] = {1, 0, 0, 0, 1, 1, 1, 0, 1};
  uint8_t bit[10 * 8 + 8] = {0};
  for (uint32_t i = 0; i < 8 * count; i++) bit[i] = (uint32_t)bytes[i / 8] >> (7 - i % 8) & 1u;
  for (uint32_t i = 0; i < 8 * count; i++) {
    if (bit[i] == 0) continue;
    for (uint32_t k = 0; k < 9; k++) bit[i + k] ^= divisor[k];
  }
  uint32_t rest = 0;
  for (uint32_t k = 0; k < 8; k++) rest = rest << 1 | bit[8 * count + k];
  return rest;
}

/// How a frame relates to the last good one, whose counter is last.
static verdict_t verdict_of(const can_frame_t *frame, uint32_t last) {
  if (frame == NULL || frame->id != 0x100 || frame->len < 8 || frame->flags != 0) return NOTHING;
  uint8_t bytes[9] = {0x00, 0x01}; /* data id 0x0100, low byte first */
  memcpy(bytes + 2, frame->data + 1, 7);
  uint32_t counter = frame->data[1] & 15u;
  if (remainder_of(bytes, 9) != frame->data[0] || counter == 15) return DAMAGED;
  uint32_t step = counter >= last ? counter - last : counter + 15 - last;
  if (step == 0) return AGAIN;
  return step == 1 ? RIGHT : step <= 3 ? AFTER_LOSS : JUMPED;
}

/* --- single faults ------------------------------------------------------------------------- */

typedef struct {
  const char *name;
  verdict_t verdict;
  uint8_t skip; ///< counters left out before it
  uint8_t flip_byte, flip_mask;
  uint8_t len;
  uint8_t is_old; ///< the frame before once more
  uint8_t is_foreign; ///< protected with another data id
  uint8_t is_15;
  uint8_t is_lost;
  uint8_t late_ms;
} injection_t;

static const injection_t injections[] = {
    {.name = "none", .verdict = RIGHT, .len = 8},
    {.name = "bad CRC", .verdict = DAMAGED, .len = 8, .flip_mask = 0x01},
    {.name = "bad CRC, top bit", .verdict = DAMAGED, .len = 8, .flip_mask = 0x80},
    {.name = "bad request", .verdict = DAMAGED, .len = 8, .flip_byte = 1, .flip_mask = 0x10},
    {.name = "bad last byte", .verdict = DAMAGED, .len = 8, .flip_byte = 7, .flip_mask = 0x40},
    {.name = "frozen counter", .verdict = AGAIN, .len = 8, .is_old = 1},
    {.name = "skip 1", .verdict = AFTER_LOSS, .len = 8, .skip = 1},
    {.name = "skip 2", .verdict = AFTER_LOSS, .len = 8, .skip = 2},
    {.name = "skip more than allowed", .verdict = JUMPED, .len = 8, .skip = 3},
    {.name = "skip 13", .verdict = JUMPED, .len = 8, .skip = 13},
    {.name = "wrong data id", .verdict = DAMAGED, .len = 8, .is_foreign = 1},
    {.name = "counter 15", .verdict = DAMAGED, .len = 8, .is_15 = 1},
    {.name = "short", .verdict = NOTHING, .len = 7},
    {.name = "empty", .verdict = NOTHING, .len = 0},
    {.name = "lost", .verdict = NOTHING, .len = 8, .is_lost = 1},
    {.name = "late", .verdict = RIGHT, .len = 8, .late_ms = 60},
};

static uint8_t next_counter;

static can_frame_t request_of(uint32_t request, uint16_t data_id) {
  can_frame_t frame = {.id = CAN_VCM_REQUEST_ID, .len = 8};
  can_vcm_request_t message = {.request_raw = (uint8_t)request, .speed_kph_raw = 123};
  can_vcm_request_pack(&message, frame.data);
  e2e_tx_t tx = {next_counter};
  e2e_protect(&tx, data_id, frame.data, 8);
  next_counter = tx.counter;
  return frame;
}

/// rig_tick with one more frame.
static void tick_with(const can_frame_t *frame) {
  rig_contactors(&rig);
  rig_settle_pins(&rig);
  rig_analog(&rig);
  rig_move_bytes(&rig);
  rig_vcm(&rig);
  rig.in.can_rx[rig.in.can_rx_count++] = *frame;
  bms_step(&rig.bms, &rig.in, &rig.out);
  rig.in.nvm_ok = 1;
  rig.in.nvm_ack = rig.out.nvm_request;
  rig_take_queue(&rig);
  rig_count_frames(&rig);
  rig.in.time_ms++;
  rig.tick++;
}

/// ms milliseconds in which nothing comes, the first of them with a frame.
static void pass(const can_frame_t *frame, uint32_t ms) {
  for (uint32_t i = 0; i < ms; i++) {
    rig.vcm_is_silent = 1;
    if (i == 0 && frame != NULL)
      tick_with(frame);
    else
      rig_tick(&rig);
  }
}

static int is_obeyed(verdict_t verdict) { return verdict == RIGHT || verdict == AFTER_LOSS; }

/// In a stream of standby requests one that asks for charge comes with a fault: is it what the
/// checker says, is it obeyed only then, and the stream behind it within three frames?
START_TEST(injected_faults_are_told_apart) {
  const injection_t *injection = &injections[_i];
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  for (uint32_t phase = 0; phase < 15; phase++) {
    can_frame_t frame = {.id = 0}, last = {.id = 0};
    next_counter = (uint8_t)phase;
    for (uint32_t i = 0; i < 6; i++) {
      last = frame = request_of(SM_REQUEST_STANDBY, CAN_VCM_REQUEST_E2E_DATA_ID);
      pass(&frame, 100);
    }
    ck_assert_uint_eq(rig.bms.comm.request, SM_REQUEST_STANDBY);
    e2e_rx_t twin = rig.bms.comm.request_rx;
    uint8_t counter_last = frame.data[1] & 0x0Fu;
    next_counter = (uint8_t)((next_counter + injection->skip) % 15);
    if (injection->is_15) next_counter = 15;
    frame = request_of(SM_REQUEST_CHARGE, injection->is_foreign ? 0x0180 : 0x0100);
    if (injection->is_15) next_counter = (uint8_t)((counter_last + 2) % 15);
    if (injection->is_old) frame = last;
    frame.data[injection->flip_byte] ^= injection->flip_mask;
    frame.len = injection->len;
    const can_frame_t *sent = injection->is_lost ? NULL : &frame;
    verdict_t verdict = verdict_of(sent, counter_last);
    ck_assert_msg(verdict == injection->verdict, "%s: the checker says %d", injection->name,
                  (int)verdict);
    if (verdict != NOTHING) {
      static const e2e_status_t as[] = {E2E_NO_NEW_DATA,    E2E_OK,
                                        E2E_OK_SOME_LOST,   E2E_REPEATED,
                                        E2E_WRONG_SEQUENCE, E2E_WRONG_CRC};
      ck_assert_msg(e2e_check(&twin, 0x0100, frame.data, 8) == as[verdict], "%s", injection->name);
    }
    pass(NULL, injection->late_ms);
    pass(sent, 100u - injection->late_ms);
    uint8_t expected = is_obeyed(verdict) ? SM_REQUEST_CHARGE : SM_REQUEST_STANDBY;
    ck_assert_msg(rig.bms.comm.request == expected, "%s in phase %u", injection->name, phase);
    ck_assert(comm_request_is_alive(&rig.bms));
    for (uint32_t i = 0; i < 3; i++) {
      frame = request_of(SM_REQUEST_STANDBY, CAN_VCM_REQUEST_E2E_DATA_ID);
      pass(&frame, 100);
    }
    ck_assert_msg(rig.bms.comm.request == SM_REQUEST_STANDBY, "%s: no way back", injection->name);
    frame = request_of(SM_REQUEST_SLEEP, CAN_VCM_REQUEST_E2E_DATA_ID);
    pass(&frame, 100);
    ck_assert_msg(rig.bms.comm.request == SM_REQUEST_SLEEP, "%s: no way back", injection->name);
    frame = request_of(SM_REQUEST_STANDBY, CAN_VCM_REQUEST_E2E_DATA_ID);
    pass(&frame, 100);
  }
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

/// Every bit of the frame, each alone.
START_TEST(no_single_bit_gets_through) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  for (uint32_t bit = 0; bit < 64; bit++) {
    for (uint32_t i = 0; i < 3; i++) {
      can_frame_t right = request_of(SM_REQUEST_STANDBY, 0x0100);
      pass(&right, 10);
    }
    can_frame_t frame = request_of(SM_REQUEST_DRIVE, 0x0100);
    frame.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    ck_assert_int_eq(verdict_of(&frame, 0), DAMAGED);
    pass(&frame, 10);
    ck_assert_uint_eq(rig.bms.comm.request, SM_REQUEST_STANDBY);
  }
}
END_TEST

/* --- a storm ------------------------------------------------------------------------------- */

static uint64_t storm_state = 88172645463325252u;

/// Marsaglia's xorshift.
static uint32_t random_32(void) {
  storm_state ^= storm_state << 13;
  storm_state ^= storm_state >> 7;
  storm_state ^= storm_state << 17;
  return (uint32_t)(storm_state >> 16);
}

/// Anything that a controller could hand over, and what none should: any id, length and flags. Not
/// a whole request, and no tester's.
static can_frame_t noise(void) {
  can_frame_t frame = {.len = (uint8_t)random_32(), .flags = (uint8_t)random_32()};
  uint32_t kind = random_32() % 4;
  frame.id = kind == 0 ? CAN_VCM_REQUEST_ID : kind == 1 ? random_32() & 0x7FF : random_32();
  if (kind == 3) frame.len = (uint8_t)(frame.len % 9);
  for (uint32_t i = 0; i < 64; i += 4) {
    uint32_t four = random_32();
    memcpy(frame.data + i, &four, 4);
  }
  int is_request = frame.id == CAN_VCM_REQUEST_ID && frame.flags == 0 && frame.len >= 8;
  if (is_request) frame.flags = CAN_FRAME_EXTENDED;
  if (comm_diag_is_for(&frame)) frame.id++;
  return frame;
}

/// 10^6 frames that mean nothing: the same outputs and the same state as without them.
START_TEST(a_million_strange_frames_change_nothing) {
  enum { FRAMES = 1000000 };
  static bms_t twin;
  static bms_in_t in;
  static bms_out_t out;
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  twin = rig.bms;
  uint32_t sent = 0;
  while (sent < FRAMES) {
    uint8_t ack = rig.in.nvm_ack, ok = rig.in.nvm_ok;
    rig_tick(&rig);
    in = rig.in; /* as it was in that step */
    in.time_ms--;
    in.nvm_ack = ack;
    in.nvm_ok = ok;
    uint32_t right_at = random_32() % BMS_CAN_RX_MAX;
    in.can_rx_count = BMS_CAN_RX_MAX;
    for (uint32_t i = 0; i < BMS_CAN_RX_MAX; i++) {
      in.can_rx[i] = noise();
      if (i == right_at && rig.in.can_rx_count > 0) in.can_rx[i] = rig.in.can_rx[0];
    }
    if (sent % 7 == 0 && rig.in.can_rx_count == 0) in.can_rx_count = UINT16_MAX;
    sent += BMS_CAN_RX_MAX;
    bms_step(&twin, &in, &out);
    ck_assert_mem_eq(&out.can_tx_count, &rig.out.can_tx_count, sizeof out.can_tx_count);
    ck_assert_uint_eq(out.coil_command, rig.out.coil_command);
    ck_assert_mem_eq(out.can_tx, rig.out.can_tx, out.can_tx_count * sizeof out.can_tx[0]);
  }
  ck_assert_mem_eq(&twin, &rig.bms, sizeof twin);
  ck_assert_uint_eq(twin.state, BMS_STATE_DRIVE);
}
END_TEST

/// Requests made up at random: hardly one is obeyed, then nobody is believed, and the real ones are
/// again once the storm is over.
START_TEST(made_up_requests_end_with_the_storm) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig_run(&rig, 400);
  for (uint32_t ms = 0; ms < 2000; ms++) {
    can_frame_t frame = noise();
    frame.id = CAN_VCM_REQUEST_ID;
    frame.flags = 0;
    frame.len = 8;
    if (verdict_of(&frame, 0) != DAMAGED) continue; /* one in 256 is right by chance */
    tick_with(&frame);
    ck_assert_uint_eq(rig.bms.comm.request, SM_REQUEST_STANDBY);
  }
  ck_assert(!comm_request_is_alive(&rig.bms));
  rig_run(&rig, 400);
  ck_assert(comm_request_is_alive(&rig.bms));
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_requests");
  TCase *tests = tcase_create("requests");
  tcase_add_loop_test(tests, injected_faults_are_told_apart, 0,
                      (int)(sizeof injections / sizeof injections[0]));
  tcase_add_test(tests, no_single_bit_gets_through);
  tcase_add_test(tests, a_million_strange_frames_change_nothing);
  tcase_add_test(tests, made_up_requests_end_with_the_storm);
  tcase_set_timeout(tests, 60);
  suite_add_tcase(suite, tests);
  return suite;
}
