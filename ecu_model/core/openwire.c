/// The open-wire test: judges it, plans it, and keeps floating pair wires usable.
#include "openwire.h"

#include <stddef.h>
#include <string.h>

#include "../gen/pinout.h"
#include "afe.h"
#include "suspicion.h"

enum {
  CLEAN_RUN_TO_HEAL = 3,
  AUX_OVERDUE_CYCLES = 50,
  AGAIN_MAX = 12, /* tests in a row for wires whose readings were wrong */
  BIAS_LOW_PERCENT = 35,
  BIAS_HIGH_PERCENT = 65
};

/* --- judging ------------------------------------------------------------------------------- */

static int is_unknown(const openwire_reads_t *reads, uint32_t i) {
  return (int)(reads->unknown >> i & 1u);
}

/// Mean of up - down without its extremes: what a current step between the two moved on all
/// channels.
static int32_t common_movement(const openwire_reads_t *reads, const uint16_t *up_raw,
                               const uint16_t *down_raw) {
  int32_t sum = 0, smallest = INT32_MAX, greatest = INT32_MIN, count = 0;
  for (uint32_t i = 0; i < reads->top; i++) {
    if (i + 1 == reads->pair_channel || is_unknown(reads, i)) continue;
    int32_t delta = (int32_t)up_raw[i] - (int32_t)down_raw[i];
    sum += delta;
    if (delta < smallest) smallest = delta;
    if (delta > greatest) greatest = delta;
    count++;
  }
  return count > 2 ? (sum - smallest - greatest) / (count - 2) : 0;
}

static int is_saturated(uint32_t code_raw) {
  return code_raw < OPENWIRE_LOW_raw || code_raw > OPENWIRE_HIGH_raw;
}

static int agrees(uint32_t test_raw, uint32_t scan_raw) {
  int32_t difference = (int32_t)test_raw - (int32_t)scan_raw;
  return difference < OPENWIRE_EXPLAINED_raw && difference > -OPENWIRE_EXPLAINED_raw &&
         !is_saturated(scan_raw);
}

/// What all channels of a test moved together: in its reads, and in the scans after them.
typedef struct {
  int32_t reads_raw, scans_raw;
} common_t;

static common_t common_of(const openwire_reads_t *reads) {
  common_t common = {common_movement(reads, reads->up_raw, reads->down_raw), 0};
  if (reads->after_up_raw != NULL) {
    common.scans_raw = common_movement(reads, reads->after_up_raw, reads->after_down_raw);
  }
  return common;
}

/// 1 iff the scans after the reads show the sign of delta as well, or are not asked.
static int is_repeated(const openwire_reads_t *reads, uint32_t i, int32_t delta, int32_t common) {
  if (reads->after_up_raw == NULL) return 1;
  int32_t after = (int32_t)reads->after_up_raw[i] - (int32_t)reads->after_down_raw[i] - common;
  return delta > 0 ? after > OPENWIRE_REPEATED_raw : after < -OPENWIRE_REPEATED_raw;
}

/// D of a channel as far as it is evidence; index from 0.
static int32_t evidence(const openwire_reads_t *reads, uint32_t i, const common_t *common) {
  if (agrees(reads->up_raw[i], reads->before_up_raw[i]) &&
      agrees(reads->down_raw[i], reads->before_down_raw[i])) {
    return 0; /* the current made no difference: the group itself has moved, if at all */
  }
  int is_pair = i + 1 == reads->pair_channel;
  int32_t delta = (int32_t)reads->up_raw[i] - (int32_t)reads->down_raw[i];
  if (!is_pair) delta -= common->reads_raw;
  return is_repeated(reads, i, delta, is_pair ? 0 : common->scans_raw) ? delta : 0;
}

/// A saturated channel may hide that it moved; the pair channel rests at 0 without saturation.
static int channel_is_saturated(const openwire_reads_t *reads, uint32_t i) {
  if (i + 1 == reads->pair_channel || is_unknown(reads, i)) return 0;
  return is_saturated(reads->up_raw[i]) || is_saturated(reads->down_raw[i]);
}

/// Bits first..last.
static uint32_t inputs(uint32_t first, uint32_t last) {
  return ((2u << last) - 1u) & ~((1u << first) - 1u);
}

/// 1 iff no channel can be evidence, as in nearly every test: what they moved together is no more
/// than the one that moved most, so all stay within the threshold of it.
static int is_quiet(const openwire_reads_t *reads) {
  for (uint32_t i = 0; i < reads->top; i++) {
    const int32_t delta = (int32_t)reads->up_raw[i] - (int32_t)reads->down_raw[i];
    if (delta <= OPENWIRE_THRESHOLD_raw / 2 && delta >= -OPENWIRE_THRESHOLD_raw / 2) continue;
    if (!is_unknown(reads, i)) return 0;
  }
  return 1;
}

/// A wire that floats lifts the channel below it and lowers the one above by the same; only a
/// saturated channel may hide its share. The ends of the chip have one channel.
uint32_t openwire_judge(const openwire_reads_t *reads) {
  if (is_quiet(reads)) return 0;
  common_t common = common_of(reads);
  uint32_t open = 0;
  uint32_t first = 0; /* channel that rose: inputs first, first + 1 .. follow until one falls */
  for (uint32_t n = 1; n <= reads->top; n++) {
    if (is_unknown(reads, n - 1)) {
      if (first == 1 && n > 2) open |= 1u;
      first = 0;
      continue;
    }
    int32_t delta = evidence(reads, n - 1, &common);
    if (delta > OPENWIRE_THRESHOLD_raw) {
      if (first == 1)
        open |= 1u; /* nothing fell in between: it was C0 */
      else if (first != 0 && n == reads->top)
        open |= inputs(first, n - 1);
      first = n;
    } else if (n > 1 && first != 0 &&
               (delta < -OPENWIRE_THRESHOLD_raw || reads->up_raw[n - 1] > OPENWIRE_HIGH_raw ||
                reads->down_raw[n - 1] > OPENWIRE_HIGH_raw)) {
      open |= inputs(first, n - 1);
      first = 0;
    } else if (n > 1 && delta < -OPENWIRE_THRESHOLD_raw && channel_is_saturated(reads, n - 2)) {
      open |= 1u << (n - 1);
    }
  }
  if (first == 1 && reads->top > 1) return open | 1u;
  if (first == reads->top && channel_is_saturated(reads, first - 1)) open |= 1u << first;
  return open;
}

uint32_t openwire_judged(uint32_t top, uint32_t unknown) {
  if (top == 0) return 0; /* a device without channels */
  uint32_t known = inputs(0, top - 1u) & ~unknown;
  uint32_t both = known & known << 1; /* bit n: channels n and n + 1 */
  return both | (both >> 1 & 1u) | (both >> (top - 1u) & 1u) << top;
}

/// 1 iff a channel that is beside none of these open inputs shows evidence.
static int is_unexplained(const openwire_reads_t *reads, uint32_t open) {
  if (is_quiet(reads)) return 0;
  common_t common = common_of(reads);
  uint32_t beside = open | open >> 1; /* bit n - 1: channel n */
  for (uint32_t i = 0; i < reads->top; i++) {
    if (is_unknown(reads, i) || (beside >> i & 1u)) continue;
    int32_t delta = evidence(reads, i, &common);
    if (delta > OPENWIRE_THRESHOLD_raw || delta < -OPENWIRE_THRESHOLD_raw) return 1;
  }
  return 0;
}

static int pair_is_known(const bms_t *bms, const pinout_wire_t *row) {
  return row->pair_wire != PINOUT_NONE && bms->wire_state[row->pair_wire] != BMS_WIRE_OPEN;
}

int openwire_is_redundant(const bms_t *bms, uint32_t wire) {
  return bms->wire_state[wire] == BMS_WIRE_OPEN && pair_is_known(bms, &pinout_wire[wire]);
}

/// What the wire's groups showed last was an artefact.
static void forget_groups(bms_t *bms, uint32_t wire) {
  const uint8_t group[] = {pinout_wire[wire].group_below, pinout_wire[wire].group_above};
  for (uint32_t i = 0; i < 2; i++) {
    if (group[i] == PINOUT_NONE) continue;
    bms->meas.group_quality[group[i]] = BMS_QUALITY_INVALID;
    bms->meas.group_age_scans[group[i]] = UINT8_MAX;
  }
}

/// 1 iff a channel of input n is saturated: a wire that floats beyond the range moves nothing more.
static int is_out_of_sight(const openwire_reads_t *reads, uint32_t n) {
  return (n > 0 && channel_is_saturated(reads, n - 1u)) ||
         (n < reads->top && channel_is_saturated(reads, n));
}

/// Input n of a device.
static void judge_wire(bms_t *bms, uint32_t wire, int is_open, const openwire_reads_t *reads,
                       uint32_t n) {
  bms_openwire_t *openwire = &bms->openwire;
  if (is_open) {
    if (bms->wire_state[wire] != BMS_WIRE_OPEN) forget_groups(bms, wire);
    bms->wire_state[wire] = BMS_WIRE_OPEN;
    openwire->clean_run[wire] = 0;
  } else if (bms->wire_state[wire] == BMS_WIRE_SUSPECT) {
    bms->wire_state[wire] = BMS_WIRE_OK;
  } else if (bms->wire_state[wire] == BMS_WIRE_OPEN && !is_out_of_sight(reads, n) &&
             ++openwire->clean_run[wire] >= CLEAN_RUN_TO_HEAL) {
    bms->wire_state[wire] = BMS_WIRE_OK;
  }
}

/// The channels of an open wire jump with the test currents: that is no reason to doubt them.
static void loosen(bms_t *bms, uint32_t wire) {
  uint32_t device = pinout_wire[wire].module - 1u;
  uint32_t n = wire - pinout_module[device].first_wire;
  uint32_t channels = n == 0 ? 1u : 3u << (n - 1u);
  bms->afe.loose_mask[device] |= (uint16_t)channels;
}

/// A bleed FET beside a broken wire would tie it to its neighbour.
static void stop_bleeding(bms_t *bms, uint32_t wire) {
  uint32_t *mask = &bms->afe.bleed_mask[pinout_wire[wire].module - 1u];
  uint32_t beside = 3u << pinout_wire[wire].c_input >> 1;
  if ((*mask & beside) == 0) return;
  *mask &= ~beside;
  bms->afe.config_write_is_due = 1;
}

static uint32_t connector_of(uint32_t wire) {
  return (uint32_t)(pinout_wire[wire].connector - 'A');
}

/// Wires that hang together move together, and the test names but their ends: with so many open at
/// once, all of the connector's wires count as open, until none of them is named any more.
static void judge_connectors(bms_t *bms, const uint8_t *open_of_connector) {
  uint32_t lost = bms->openwire.lost_connectors;
  for (uint32_t connector = 0; connector < OPENWIRE_CONNECTOR_COUNT; connector++) {
    if (open_of_connector[connector] >= OPENWIRE_CONNECTOR_MIN) lost |= 1u << connector;
    if (open_of_connector[connector] == 0) lost &= ~(1u << connector);
  }
  bms->openwire.lost_connectors = (uint8_t)lost;
  for (uint32_t wire = 0; lost != 0 && wire < BMS_WIRE_COUNT; wire++) {
    if ((lost >> connector_of(wire) & 1u) == 0) continue;
    forget_groups(bms, wire);
    stop_bleeding(bms, wire);
  }
}

static void count_open(bms_t *bms) {
  uint32_t open = 0, redundant = 0;
  uint8_t open_of_connector[OPENWIRE_CONNECTOR_COUNT] = {0};
  memset(bms->afe.loose_mask, 0, sizeof bms->afe.loose_mask);
  for (uint32_t wire = 0; wire < BMS_WIRE_COUNT; wire++) {
    if (bms->wire_state[wire] != BMS_WIRE_OPEN) continue;
    loosen(bms, wire);
    stop_bleeding(bms, wire);
    if (openwire_is_redundant(bms, wire)) {
      redundant++;
    } else {
      open++;
      open_of_connector[connector_of(wire)]++;
    }
  }
  judge_connectors(bms, open_of_connector);
  bms->openwire.open_count = (uint8_t)open;
  bms->openwire.redundant_open_count = (uint8_t)redundant;
}

/// Channels of register groups that are not in this mask, as openwire_reads_t has them.
static uint32_t channels_without(uint32_t registers, uint32_t top) {
  uint32_t channels = 0;
  for (uint32_t k = 0; k < BMS_REGISTER_COUNT; k++) {
    if ((registers >> k & 1u) == 0) channels |= 7u << 3u * k;
  }
  return channels & inputs(0, top - 1u);
}

/// Register groups that came right in both reads of the test.
static uint32_t right_reads(const bms_afe_t *afe, uint32_t device) {
  return afe->fresh[AFE_READ_UP][device] & afe->fresh[AFE_READ_DOWN][device];
}

/// And in the scans around it: they are its witnesses.
static uint32_t right_scans(const bms_afe_t *afe, uint32_t device) {
  return afe->fresh[AFE_KEPT_BEFORE_UP][device] & afe->fresh[AFE_KEPT_AFTER_UP][device] &
         afe->fresh[AFE_KEPT_BEFORE_DOWN][device] & afe->fresh[AFE_READ_SCAN][device];
}

static openwire_reads_t reads_of(const bms_afe_t *afe, uint32_t device) {
  const pinout_module_t *module = &pinout_module[device];
  openwire_reads_t reads = {.up_raw = afe->cell_raw[AFE_READ_UP][device],
                            .down_raw = afe->cell_raw[AFE_READ_DOWN][device],
                            .before_up_raw = afe->cell_raw[AFE_KEPT_BEFORE_UP][device],
                            .before_down_raw = afe->cell_raw[AFE_KEPT_BEFORE_DOWN][device],
                            .top = module->top_channel,
                            .pair_channel = module->pair_channel,
                            .unknown =
                                channels_without(right_reads(afe, device), module->top_channel)};
  return reads;
}

/// Of the inputs that the reads name those that the scans, or the test before, name as well.
static uint32_t confirm(const bms_t *bms, uint32_t device, openwire_reads_t reads, uint32_t named) {
  const bms_afe_t *afe = &bms->afe;
  if (named == 0) return 0;
  reads.after_up_raw = afe->cell_raw[AFE_KEPT_AFTER_UP][device];
  reads.after_down_raw = afe->cell_raw[AFE_READ_SCAN][device];
  reads.unknown |= channels_without(right_scans(afe, device), reads.top);
  uint32_t witnessed = openwire_judge(&reads) & openwire_judged(reads.top, reads.unknown);
  return named & (bms->openwire.named_before[device] | witnessed);
}

/// Inputs of a device that this test has judged: what only one reading shows waits for the next.
static uint32_t judge_device(bms_t *bms, uint32_t device) {
  const pinout_module_t *module = &pinout_module[device];
  openwire_reads_t reads = reads_of(&bms->afe, device);
  uint32_t judged = openwire_judged(reads.top, reads.unknown);
  uint32_t named = openwire_judge(&reads) & judged;
  uint32_t open = confirm(bms, device, reads, named);
  uint16_t *before = &bms->openwire.named_before[device];
  *before = (uint16_t)((*before & ~judged) | named);
  if (open != named) {
    bms->openwire.test_is_wanted = 1;
    return 0;
  }
  if (reads.unknown != 0 && is_unexplained(&reads, open)) judged = open;
  for (uint32_t n = 0; n < module->wire_count; n++) {
    int is_open = (int)(open >> n & 1u);
    if ((judged >> n & 1u) == 0) continue;
    judge_wire(bms, module->first_wire + n, is_open, &reads, n);
  }
  return judged;
}

/// Collects what the tests have judged of a device. Returns 1 iff it has to be tested once more,
/// though it answers.
static int collect(bms_t *bms, uint32_t device, uint32_t judged) {
  bms_openwire_t *openwire = &bms->openwire;
  uint32_t all = inputs(0, pinout_module[device].top_channel);
  uint16_t *so_far = &openwire->judged_inputs[device];
  if (judged == all) openwire->conclusive_mask |= (uint8_t)(1u << device);
  *so_far |= (uint16_t)judged;
  if (*so_far != all) return right_reads(&bms->afe, device) != 0;
  *so_far = 0;
  openwire->tested_mask |= (uint8_t)(1u << device);
  return 0;
}

void openwire_evaluate(bms_t *bms) {
  bms_openwire_t *openwire = &bms->openwire;
  if (!openwire->judge_is_due) return;
  openwire->judge_is_due = 0;
  openwire->conclusive_mask = 0;
  int is_incomplete = 0;
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    is_incomplete |= collect(bms, device, judge_device(bms, device));
  }
  openwire->again_count = (uint8_t)(is_incomplete ? openwire->again_count + 1u : 0u);
  if (openwire->again_count >= AGAIN_MAX)
    openwire->again_count = 0; /* the next periodic test goes on */
  else if (is_incomplete)
    openwire->test_is_wanted = 1;
  openwire->test_done_count++;
  count_open(bms);
  suspicion_end(bms);
}

int openwire_has_judged(const bms_t *bms, uint32_t device, uint32_t test_number) {
  const bms_openwire_t *openwire = &bms->openwire;
  return (int32_t)(openwire->test_done_count - test_number) >= 0 &&
         (openwire->conclusive_mask >> device & 1u);
}

/* --- planning ------------------------------------------------------------------------------ */

uint32_t openwire_want_test(bms_t *bms) {
  bms->openwire.test_is_wanted = 1;
  return bms->openwire.test_begun_count + 1u;
}

static int test_is_due(const bms_t *bms) {
  const bms_openwire_t *openwire = &bms->openwire;
  if (bms->state == BMS_STATE_SLEEP) return 0;
  if (openwire->test_is_wanted) return 1;
  int is_closed = bms->state == BMS_STATE_DRIVE || bms->state == BMS_STATE_CHARGE;
  uint32_t period_ms = is_closed ? bms->config.openwire_closed_ms : bms->config.openwire_rest_ms;
  return openwire->test_begun_count == 0 || bms->time_ms - openwire->last_test_ms >= period_ms;
}

/// The current that brings a floating wire of a doubled tap back between its neighbours.
static uint32_t bias_of_wire(const bms_t *bms, uint32_t wire) {
  const pinout_wire_t *row = &pinout_wire[wire];
  uint32_t device = row->module - 1u;
  uint32_t is_upper = row->section;
  uint32_t pair_channel = pinout_module[device].pair_channel;
  uint32_t own_channel = is_upper ? pair_channel + 1u : pair_channel - 1u;
  uint32_t pair = afe_code(&bms->afe, AFE_READ_SCAN, device, pair_channel);
  uint32_t sum = pair + afe_code(&bms->afe, AFE_READ_SCAN, device, own_channel);
  /* the pair channel grows when the upper wire rises or the lower one falls */
  if (pair * 100u < sum * BIAS_LOW_PERCENT) {
    return is_upper ? AFE_POST_UP_TWICE : AFE_POST_DOWN_TWICE;
  }
  if (pair * 100u > sum * BIAS_HIGH_PERCENT) {
    return is_upper ? AFE_POST_DOWN_TWICE : AFE_POST_UP_TWICE;
  }
  return AFE_POST_NONE;
}

/// Wires that want opposite currents get them in turn.
static uint32_t bias(const bms_t *bms) {
  const uint32_t up = 1u << AFE_POST_UP_TWICE, down = 1u << AFE_POST_DOWN_TWICE;
  uint32_t wanted = 0;
  if (bms->openwire.redundant_open_count == 0) return AFE_POST_NONE;
  for (uint32_t wire = 0; wire < BMS_WIRE_COUNT; wire++) {
    if (openwire_is_redundant(bms, wire)) wanted |= 1u << bias_of_wire(bms, wire);
  }
  if (bms->openwire.last_post == AFE_POST_DOWN_TWICE && (wanted & up) != 0) wanted = up;
  if ((wanted & down) != 0) return AFE_POST_DOWN_TWICE;
  return (wanted & up) != 0 ? AFE_POST_UP_TWICE : AFE_POST_NONE;
}

int openwire_was_lifted(const bms_t *bms, uint32_t wire) {
  const uint32_t post = bms->openwire.last_post;
  if (pinout_wire[wire].section) return post == AFE_POST_UP_TWICE || post == AFE_POST_UP_READ;
  return post == AFE_POST_DOWN_TWICE || post == AFE_POST_DOWN_READ;
}

void openwire_plan(bms_t *bms) {
  static const uint8_t next[] = {OPENWIRE_IDLE, OPENWIRE_UP_READ, OPENWIRE_DOWN_TWICE,
                                 OPENWIRE_DOWN_READ, OPENWIRE_IDLE};
  static const uint8_t post[] = {AFE_POST_NONE, AFE_POST_UP_TWICE, AFE_POST_UP_READ,
                                 AFE_POST_DOWN_TWICE, AFE_POST_DOWN_READ};
  bms_openwire_t *openwire = &bms->openwire;
  if (openwire->phase == OPENWIRE_DOWN_READ) {
    openwire->judge_is_due = 1;
    openwire->last_test_ms = bms->time_ms;
  }
  openwire->phase = next[openwire->phase];
  if (openwire->phase == OPENWIRE_IDLE) {
    if (bms->afe.aux_age_cycles > AUX_OVERDUE_CYCLES) return; /* the thermistors come first */
    if (test_is_due(bms)) {
      openwire->phase = OPENWIRE_UP_TWICE;
      openwire->test_begun_count++;
      openwire->test_is_wanted = 0;
    } else {
      bms->afe.post = (uint8_t)bias(bms);
      return;
    }
  }
  bms->afe.post = post[openwire->phase];
}
