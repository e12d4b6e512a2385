/// Suspicion of a broken wire: the pattern that the scans show, and the wires of a doubled tap that
/// differ.
#include "suspicion.h"

#include "afe.h"
#include "numbers.h"
#include "openwire.h"

enum {
  PAIR_SCANS = 50,
  PAIR_ASK_SCANS = 35, /* a test is over 150 ms later; noise alone never lasts so long */
  HOLD_OFF_ms = 1000,
  REFERENCE_SHIFT = 5 /* slow mean over about 32 scans */
};

static int beyond(int32_t value, int32_t threshold) {
  return value > threshold || value < -threshold;
}

/// A channel that deviates alone: which of its inputs may be the cause.
static uint32_t end_suspects(const int32_t *deviation_raw, uint32_t top, uint32_t pair_channel) {
  uint32_t suspects = 0;
  if (beyond(deviation_raw[0], SUSPICION_END_raw)) suspects |= 1u;
  if (beyond(deviation_raw[top - 1], SUSPICION_END_raw)) suspects |= 1u << top;
  if (pair_channel == 0) return suspects;
  if (beyond(deviation_raw[pair_channel - 2], SUSPICION_END_raw)) {
    suspects |= 1u << (pair_channel - 1u);
  }
  if (beyond(deviation_raw[pair_channel], SUSPICION_END_raw)) suspects |= 1u << pair_channel;
  return suspects;
}

uint32_t suspicion_pattern(const int32_t *deviation_raw, uint32_t top, uint32_t pair_channel) {
  uint32_t suspects = 0;
  for (uint32_t n = 1; n < top; n++) {
    int32_t below = deviation_raw[n - 1], above = deviation_raw[n];
    int is_opposite = (below > SUSPICION_PATTERN_raw && above < -SUSPICION_PATTERN_raw) ||
                      (below < -SUSPICION_PATTERN_raw && above > SUSPICION_PATTERN_raw);
    /* a floating wire moves nothing but itself: what one channel wins the other loses */
    if (is_opposite && !beyond(below + above, SUSPICION_PATTERN_raw / 2)) suspects |= 1u << n;
  }
  return suspects != 0 ? suspects : end_suspects(deviation_raw, top, pair_channel);
}

static void set_reference(bms_t *bms, uint32_t device) {
  for (uint32_t i = 0; i < BMS_CHANNEL_COUNT; i++) {
    bms->openwire.reference_raw[device][i] = bms->afe.cell_raw[AFE_READ_SCAN][device][i];
  }
  bms->openwire.reference_is_set |= (uint8_t)(1u << device);
}

/// Deviation of a channel from its slow mean; moves the slow mean.
static inline int32_t follow(uint16_t code, uint16_t *reference) {
  const int32_t since = (int32_t)code - (int32_t)*reference;
  *reference = (uint16_t)(*reference + (since >> REFERENCE_SHIFT));
  return since;
}

/// What cells moved together.
typedef struct {
  int32_t sum, smallest, greatest;
} movement_t;

/// The cells on channels from..end - 1 (from 0) follow.
static inline void follow_cells(movement_t *moved, const uint16_t *code, uint16_t *reference,
                                int32_t *deviation, uint32_t from, uint32_t end) {
  movement_t all = *moved;
  for (uint32_t i = from; i < end; i++) {
    const int32_t since = follow(code[i], &reference[i]);
    deviation[i] = since;
    all.sum += since;
    if (since < all.smallest) all.smallest = since;
    if (since > all.greatest) all.greatest = since;
  }
  *moved = all;
}

/// Deviations of one AFE's channels from their slow mean and common movement; moves the slow mean.
/// Returns the greatest magnitude.
static int32_t deviations(bms_t *bms, uint32_t device, int32_t deviation[BMS_CHANNEL_COUNT],
                          int32_t *common) {
  const pinout_module_t *module = &pinout_module[device];
  const uint16_t *code = bms->afe.cell_raw[AFE_READ_SCAN][device];
  uint16_t *reference = bms->openwire.reference_raw[device];
  const uint32_t top = module->top_channel;
  const uint32_t pair = module->pair_channel == 0 ? top : module->pair_channel - 1u;
  movement_t moved = {0, INT32_MAX, INT32_MIN};
  int32_t greatest = 0;
  follow_cells(&moved, code, reference, deviation, 0, pair);
  if (pair < top) { /* the joint does not move with the cells */
    deviation[pair] = follow(code[pair], &reference[pair]);
    greatest = numbers_magnitude(deviation[pair]);
    follow_cells(&moved, code, reference, deviation, pair + 1u, top);
  }
  *common = moved.sum / module->group_count;
  if (moved.greatest - *common > greatest) greatest = moved.greatest - *common;
  return *common - moved.smallest > greatest ? *common - moved.smallest : greatest;
}

/// The common movement is no reason for a suspicion.
static void take_common(int32_t *deviation, const pinout_module_t *module, int32_t common) {
  for (uint32_t i = 0; i < module->top_channel; i++) {
    if (i + 1u != module->pair_channel) deviation[i] -= common;
  }
}

static void suspect(bms_t *bms, uint32_t device, uint32_t suspects) {
  uint32_t first_wire = pinout_module[device].first_wire;
  for (uint32_t n = 0; n < pinout_module[device].wire_count; n++) {
    if ((suspects >> n & 1u) == 0 || bms->wire_state[first_wire + n] != BMS_WIRE_OK) continue;
    bms->wire_state[first_wire + n] = BMS_WIRE_SUSPECT;
    if (!bms->openwire.is_suspecting) bms->openwire.suspect_ms = bms->time_ms;
    bms->openwire.is_suspecting = 1;
    (void)openwire_want_test(bms);
  }
}

void suspicion_end(bms_t *bms) {
  bms_openwire_t *openwire = &bms->openwire;
  if (!openwire->is_suspecting) return;
  openwire->hold_off_ms = HOLD_OFF_ms;
  openwire->reference_is_set &= (uint8_t)~openwire->conclusive_mask;
  openwire->is_suspecting = 0;
  for (uint32_t wire = 0; wire < BMS_WIRE_COUNT; wire++) {
    if (bms->wire_state[wire] != BMS_WIRE_SUSPECT) continue;
    openwire->is_suspecting = 1; /* its device could not be judged: once more */
    openwire->test_is_wanted = 1;
  }
}

/// Suspicions that no test has settled in time lapse.
static void lapse(bms_t *bms) {
  bms_openwire_t *openwire = &bms->openwire;
  if (!openwire->is_suspecting) return;
  if (bms->time_ms - openwire->suspect_ms < bms->config.withhold_ms) return;
  for (uint32_t wire = 0; wire < BMS_WIRE_COUNT; wire++) {
    if (bms->wire_state[wire] == BMS_WIRE_SUSPECT) bms->wire_state[wire] = BMS_WIRE_OK;
  }
  openwire->is_suspecting = 0;
  openwire->hold_off_ms = HOLD_OFF_ms;
}

/// The wires of a doubled tap measure the same point, but for the joint between them.
static void compare_pair(bms_t *bms, uint32_t device) {
  bms_openwire_t *openwire = &bms->openwire;
  const pinout_module_t *module = &pinout_module[device];
  uint32_t pair = module->pair_channel;
  if (pair == 0 || !afe_is_believed(&bms->afe, device, pair)) return;
  uint32_t lower = module->first_wire + pair - 1u;
  int is_whole =
      bms->wire_state[lower] == BMS_WIRE_OK && bms->wire_state[lower + 1u] == BMS_WIRE_OK;
  int32_t charge_A = -bms->meas.current_mA / 1000;
  int32_t allowed_raw = SUSPICION_PAIR_raw;
  if (charge_A > 0) allowed_raw += charge_A / SUSPICION_JOINT_A_PER_raw;
  if (!is_whole || (int32_t)afe_code(&bms->afe, AFE_READ_SCAN, device, pair) <= allowed_raw) {
    openwire->pair_scans[device] = 0;
    return;
  }
  if (openwire->pair_scans[device] == PAIR_ASK_SCANS) {
    openwire->pair_test_number[device] = openwire_want_test(bms);
  }
  if (openwire->pair_scans[device] < PAIR_SCANS) openwire->pair_scans[device]++;
}

int suspicion_pair_differs(const bms_t *bms, uint32_t device) {
  const bms_openwire_t *openwire = &bms->openwire;
  return openwire->pair_scans[device] >= PAIR_SCANS &&
         openwire_has_judged(bms, device, openwire->pair_test_number[device]);
}

void suspicion_scan(bms_t *bms) {
  enum { SCAN_ms = 10 };
  bms_openwire_t *openwire = &bms->openwire;
  uint32_t all = (1u << BMS_REGISTER_COUNT) - 1u;
  lapse(bms);
  openwire->last_post = bms->afe.post;
  if (openwire->phase == OPENWIRE_UP_READ) afe_keep(&bms->afe, AFE_KEPT_BEFORE_UP);
  if (openwire->phase == OPENWIRE_DOWN_TWICE) afe_keep(&bms->afe, AFE_KEPT_AFTER_UP);
  if (openwire->phase == OPENWIRE_DOWN_READ) afe_keep(&bms->afe, AFE_KEPT_BEFORE_DOWN);
  openwire->hold_off_ms -= openwire->hold_off_ms < SCAN_ms ? openwire->hold_off_ms : SCAN_ms;
  int may_suspect = openwire->phase == OPENWIRE_IDLE && openwire->hold_off_ms == 0;
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    compare_pair(bms, device);
    if (bms->afe.believed[device] != all) continue;
    if (openwire->phase != OPENWIRE_IDLE) continue; /* the test moves what floats */
    if (((uint32_t)openwire->reference_is_set >> device & 1u) == 0) {
      set_reference(bms, device);
      continue;
    }
    int32_t deviation[BMS_CHANNEL_COUNT], common;
    const pinout_module_t *module = &pinout_module[device];
    int32_t greatest = deviations(bms, device, deviation, &common);
    if (!may_suspect || greatest <= SUSPICION_PATTERN_raw) continue;
    take_common(deviation, module, common);
    suspect(bms, device, suspicion_pattern(deviation, module->top_channel, module->pair_channel));
  }
}
