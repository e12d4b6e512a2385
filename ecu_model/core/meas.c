/// Measurement: scaling, selection between ranges, validity of groups and thermistors.
#include "meas.h"

#include <string.h>

#include "../gen/limits.h"
#include "../gen/pinout.h"
#include "afe.h"
#include "contactor.h"
#include "numbers.h"
#include "openwire.h"

enum {
  ADC_MAX = 4095,
  LOW_FULL_mA = 75000, /* at 4.5 V */
  HIGH_FULL_mA = 750000,
  CODE_LOW = 41, /* 1 % and 99 %: a sensor's output beyond is a broken wire or saturation */
  CODE_HIGH = 4054,
  LOW_USABLE_mA = 72000,
  LOW_CHECKED_mA = 60000,
  RANGE_DIFFERENCE_mA = 9500, /* 1 % of the high range and 2 A */
  ZERO_LOW_MAX_uA = 1000000, /* offsets that may be learnt */
  ZERO_HIGH_MAX_uA = 5000000,
  ZERO_SHIFT = 8, /* about 256 ms */
  ZERO_AFTER_ms = 100,
  MEAN_SHIFT = 7, /* about 128 ms */
  REST_mA = 1000,
  CONTEXT_mA = 2000,
  PAIR_MIN_raw = 1000, /* 100 mV: a negative pair reads 0 */
  SUM_STEP_raw = 1000, /* of own and pair channel: contact made between the two moves it by more */
  NTC_FIRST_ddegC = -500,
  NTC_STEP_ddegC = 50,
  NTC_POINT_COUNT = 37,
  NTC_STRIDE = 6, /* of the search, as long as it goes */
  NTC_OPEN = 64553, /* 98.5 % */
  NTC_SHORT = 983, /* 1.5 % */
  AUX_BAD_MAX = 5,
  CONVERSION_ms = 2, /* of the cycle: the middle of the scan's conversion */
  SECOND_ms = 1000,
  STUCK_MOVE_mA = 5000,
  STUCK_AFTER_10ms = 100,
  ALL_REGISTERS = (1 << BMS_REGISTER_COUNT) - 1
};

/// Divider ratio * 65536, -50..130 degC in steps of 5 K: pull-up 10 k, thermistor of the sister
/// car.
static const uint16_t meas_ntc_ratio[NTC_POINT_COUNT] = {
    63705, 63170, 62486, 61616, 60519, 59147, 57450, 55628, 53481, 50992, 48155, 45386, 42389,
    39205, 35888, 32892, 29893, 26943, 24086, 21642, 19329, 17168, 15168, 13516, 12000, 10620,
    9371,  8319,  7370,  6516,  5752,  5070,  4462,  3923,  3445,  3022,  2649,
};

void meas_init(bms_meas_t *meas) {
  memset(meas, 0, sizeof *meas);
  memset(meas->group_quality, BMS_QUALITY_NONE, sizeof meas->group_quality);
  memset(meas->group_age_scans, UINT8_MAX, sizeof meas->group_age_scans);
  memset(meas->module_quality, BMS_QUALITY_NONE, sizeof meas->module_quality);
  meas->group_max_index = meas->group_min_index = BMS_NO_LOCATION;
  meas->temperature_max_index = meas->temperature_min_index = BMS_NO_LOCATION;
  meas->temperature_max_ddegC = meas->temperature_min_ddegC = MEAS_DDEGC_NONE;
  meas->inlet_ddegC = meas->heater_ddegC[0] = meas->heater_ddegC[1] = MEAS_DDEGC_NONE;
  memset(meas->module_age_reads, UINT8_MAX, sizeof meas->module_age_reads);
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) {
    meas->module_ddegC[m] = meas->second_ddegC[m] = MEAS_DDEGC_NONE;
  }
  meas->rise_index = BMS_NO_LOCATION;
  bms_validity_t *validity[] = {&meas->current_validity,  &meas->pack_validity,
                                &meas->link_validity,     &meas->supply_validity,
                                &meas->inlet_validity,    &meas->heater_validity[0],
                                &meas->heater_validity[1]};
  for (uint32_t i = 0; i < sizeof validity / sizeof validity[0]; i++) {
    *validity[i] = (bms_validity_t){0, BMS_QUALITY_NONE, 0};
  }
  meas->context = LIMITS_CONTEXT_REST;
}

/* --- every ms ------------------------------------------------------------------------------ */

int32_t meas_current_mA(uint32_t code_raw, int32_t full_mA) {
  /* 2.5 V is 0, 2 V are full_mA: (code * 5 / 4095 - 2.5) / 2 * full = full * (2 code - 4095) * 5
     / (4 * 4095) = (2 code - 4095) * (full / 12) / 273; in whole parts and the rest, 32 bits will
     do */
  const int32_t doubled = 2 * (int32_t)code_raw - ADC_MAX, share = ADC_MAX / 15;
  const int32_t steps = full_mA / 12;
  return doubled * (steps / share) + doubled * (steps % share) / share;
}

static int32_t voltage_mV(uint32_t code_raw, int32_t full_mV) {
  return (int32_t)(code_raw * (uint32_t)(full_mV / 5) / (ADC_MAX / 5));
}

static int is_within(uint32_t code_raw) { return code_raw >= CODE_LOW && code_raw <= CODE_HIGH; }

/// A right reading is valid at once; a lost one is stale, then invalid.
static void judge(bms_validity_t *validity, uint32_t sensor_fault, int is_right, uint32_t dt_ms) {
  validity->sensor_fault = (uint8_t)sensor_fault;
  if (is_right) {
    validity->age_ms = 0;
    validity->quality = BMS_QUALITY_VALID;
    return;
  }
  uint32_t age_ms = validity->age_ms + dt_ms;
  validity->age_ms = (uint16_t)(age_ms < UINT16_MAX ? age_ms : UINT16_MAX);
  if (validity->age_ms >= MEAS_AGE_INVALID_ms)
    validity->quality = BMS_QUALITY_INVALID;
  else if (validity->quality != BMS_QUALITY_NONE)
    validity->quality = BMS_QUALITY_STALE;
}

static uint32_t range_fault(uint32_t code_raw, uint32_t lowest_raw) {
  if (code_raw > CODE_HIGH) return MEAS_SENSOR_OPEN;
  return code_raw < lowest_raw ? MEAS_SENSOR_SHORT : 0;
}

/// What both ranges show, without their offsets.
typedef struct {
  int32_t low_mA, high_mA;
} ranges_t;

static inline ranges_t both_ranges(const bms_in_t *in) {
  return (ranges_t){meas_current_mA(in->adc_current_low_raw, LOW_FULL_mA),
                    meas_current_mA(in->adc_current_high_raw, HIGH_FULL_mA)};
}

static inline int is_implausible(const bms_in_t *in, ranges_t shown) {
  const int32_t low_mA = shown.low_mA, high_mA = shown.high_mA;
  int low_is_within = is_within(in->adc_current_low_raw);
  if (in->adc_current_high_raw < CODE_LOW) return 1; /* no such charge current exists */
  if (!is_within(in->adc_current_high_raw)) return low_is_within;
  if (numbers_magnitude(high_mA) < LOW_CHECKED_mA && !low_is_within) return 1;
  if (!low_is_within) return (low_mA > 0) != (high_mA > 0);
  return numbers_magnitude(low_mA - high_mA) > RANGE_DIFFERENCE_mA;
}

int meas_current_is_implausible(const bms_in_t *in) { return is_implausible(in, both_ranges(in)); }

static int32_t clip(int32_t value, int32_t limit) {
  if (value > limit) return limit;
  return value < -limit ? -limit : value;
}

/// Contactors are known to be open: what the sensor shows is its offset.
static void learn_zero(bms_meas_t *meas, int32_t low_mA, int32_t high_mA) {
  if (!meas->zero_is_known) {
    meas->zero_is_known = 1;
    meas->zero_low_uA = clip(low_mA * 1000, ZERO_LOW_MAX_uA);
    meas->zero_high_uA = clip(high_mA * 1000, ZERO_HIGH_MAX_uA);
  }
  int32_t low_uA = clip(low_mA, 4 * ZERO_LOW_MAX_uA / 1000) * 1000;
  int32_t high_uA = clip(high_mA, 4 * ZERO_HIGH_MAX_uA / 1000) * 1000;
  meas->zero_low_uA += (low_uA - meas->zero_low_uA) / (1 << ZERO_SHIFT);
  meas->zero_high_uA += (high_uA - meas->zero_high_uA) / (1 << ZERO_SHIFT);
  meas->zero_low_uA = clip(meas->zero_low_uA, ZERO_LOW_MAX_uA);
  meas->zero_high_uA = clip(meas->zero_high_uA, ZERO_HIGH_MAX_uA);
}

static void measure_current(bms_t *bms, const bms_in_t *in) {
  bms_meas_t *meas = &bms->meas;
  const ranges_t shown = both_ranges(in);
  const int32_t low_mA = shown.low_mA, high_mA = shown.high_mA;
  if (contactor_is_open(bms) && bms->contactor.opened_ms >= ZERO_AFTER_ms) {
    learn_zero(meas, low_mA, high_mA);
  }
  meas->current_low_mA = low_mA - meas->zero_low_uA / 1000;
  meas->current_high_mA = high_mA - meas->zero_high_uA / 1000;
  int low_is_usable = is_within(in->adc_current_low_raw) &&
                      numbers_magnitude(meas->current_low_mA) <= LOW_USABLE_mA;
  meas->current_uses_high_range = (uint8_t)!low_is_usable;
  judge(&meas->current_validity, range_fault(in->adc_current_high_raw, CODE_LOW),
        !is_implausible(in, shown), bms->step_ms);
  if (low_is_usable)
    meas->current_mA = meas->current_low_mA;
  else if (in->adc_current_high_raw >= CODE_LOW) /* else both are lost: hold the last */
    meas->current_mA = meas->current_high_mA;
  meas->current_mean_mA += (meas->current_mA - meas->current_mean_mA) / (1 << MEAN_SHIFT);
  if (numbers_magnitude(meas->current_mA) > REST_mA ||
      meas->current_validity.quality == BMS_QUALITY_INVALID)
    meas->rest_ms = 0;
  else if (meas->rest_ms < UINT32_MAX - bms->step_ms)
    meas->rest_ms += bms->step_ms;
}

typedef struct {
  int32_t full_mV;
  uint32_t lowest_raw; ///< > 0 where 0 V is no possible reading
} voltage_range_t;

static inline void measure_voltage(int32_t *value_mV, bms_validity_t *validity, uint32_t code_raw,
                                   voltage_range_t range, uint32_t dt_ms) {
  uint32_t fault = range_fault(code_raw, range.lowest_raw);
  judge(validity, fault, fault == 0, dt_ms);
  if (fault == 0) *value_mV = voltage_mV(code_raw, range.full_mV);
}

void meas_fast(bms_t *bms, const bms_in_t *in) {
  static const voltage_range_t pack = {500000, CODE_LOW}, link = {500000, 0}, supply = {20000, 0};
  bms_meas_t *meas = &bms->meas;
  uint32_t dt_ms = bms->step_ms;
  measure_current(bms, in);
  measure_voltage(&meas->pack_mV, &meas->pack_validity, in->adc_pack_raw, pack, dt_ms);
  measure_voltage(&meas->link_mV, &meas->link_validity, in->adc_link_raw, link, dt_ms);
  measure_voltage(&meas->supply_mV, &meas->supply_validity, in->adc_supply_raw, supply, dt_ms);
  if (meas->pack_validity.quality == BMS_QUALITY_INVALID && meas->group_sum_mV != 0) {
    meas->pack_mV = (int32_t)meas->group_sum_mV;
  }
  if (bms->cycle_ms == CONVERSION_ms) {
    meas->scan_pack_mV = meas->pack_mV;
    meas->scan_link_mV = meas->link_mV;
  }
}

/* --- groups -------------------------------------------------------------------------------- */

typedef struct {
  uint32_t code_raw;
  uint8_t is_fresh, is_lost, is_suspect; ///< lost: its wires are broken
} group_reading_t;

/// A group one of whose wires is broken: the other wire of a doubled tap reaches the same
/// potential. A pair that reads 0 says that the wire has contact, or hides how far below it floats:
/// right after the currents that would lift a floating wire it is the former. Two scans have to
/// say the same, for contact may come between the sampling of the two channels.
static group_reading_t read_broken(const bms_t *bms, const pinout_group_t *row) {
  group_reading_t reading = {0, 0, 1, 0};
  uint32_t device = row->module - 1u;
  int below_is_open = openwire_is_lost(bms, row->wire_below);
  int above_is_open = openwire_is_lost(bms, row->wire_above);
  uint32_t wire = above_is_open ? row->wire_above : row->wire_below;
  uint32_t other = pinout_wire[wire].pair_wire;
  if (below_is_open && above_is_open) return reading;
  if (other == PINOUT_NONE || openwire_is_lost(bms, other)) return reading;
  uint32_t pair_channel = pinout_module[device].pair_channel;
  uint32_t own = afe_code(&bms->afe, AFE_READ_SCAN, device, row->channel);
  uint32_t pair = afe_code(&bms->afe, AFE_READ_SCAN, device, pair_channel);
  uint32_t own_before = afe_code(&bms->afe, AFE_KEPT_PREVIOUS, device, row->channel);
  uint32_t pair_before = afe_code(&bms->afe, AFE_KEPT_PREVIOUS, device, pair_channel);
  uint32_t moved = own + pair - own_before - pair_before;
  reading.code_raw = own + pair;
  reading.is_lost = 0;
  reading.is_fresh = own > PAIR_MIN_raw && moved + SUM_STEP_raw <= 2 * SUM_STEP_raw &&
                     (pair > PAIR_MIN_raw ? pair_before > PAIR_MIN_raw
                                          : (uint32_t)openwire_was_lifted(bms, wire)) &&
                     afe_is_believed(&bms->afe, device, row->channel) &&
                     afe_is_believed(&bms->afe, device, pair_channel);
  return reading;
}

/// Of a device's inputs, a bit each.
typedef struct {
  uint32_t lost; ///< nothing that it shows counts
  uint32_t suspect;
} inputs_t;

static inputs_t inputs_of(const bms_t *bms, const pinout_module_t *module) {
  const int a_connector_is_off = bms->openwire.lost_connectors != 0;
  inputs_t inputs = {0, 0};
  for (uint32_t n = 0; n < module->wire_count; n++) {
    const uint32_t wire = module->first_wire + n, state = bms->wire_state[wire];
    if (state == BMS_WIRE_OPEN || (a_connector_is_off && openwire_connector_is_lost(bms, wire)))
      inputs.lost |= 1u << n;
    else if (state == BMS_WIRE_SUSPECT)
      inputs.suspect |= 1u << n;
  }
  return inputs;
}

static group_reading_t read_group(const bms_t *bms, uint32_t group, const inputs_t *inputs) {
  const pinout_group_t *row = &pinout_group[group];
  const uint32_t device = row->module - 1u, first_wire = pinout_module[device].first_wire;
  const uint32_t own = 1u << (row->wire_below - first_wire) | 1u << (row->wire_above - first_wire);
  if ((inputs->lost & own) != 0) return read_broken(bms, row);
  group_reading_t reading;
  reading.code_raw = afe_code(&bms->afe, AFE_READ_SCAN, device, row->channel);
  reading.is_fresh = (uint8_t)afe_is_believed(&bms->afe, device, row->channel);
  reading.is_lost = 0;
  reading.is_suspect = (inputs->suspect & own) != 0;
  return reading;
}

static uint8_t judge_group(bms_meas_t *meas, uint32_t group, const group_reading_t *reading) {
  if (reading->is_lost) {
    meas->group_age_scans[group] = UINT8_MAX;
    return BMS_QUALITY_INVALID;
  }
  if (reading->is_fresh) {
    meas->group_age_scans[group] = 0;
    meas->group_mV[group] = (uint16_t)((reading->code_raw + 5u) / 10u);
    return reading->is_suspect ? BMS_QUALITY_SUSPECT : BMS_QUALITY_VALID;
  }
  if (meas->group_age_scans[group] < UINT8_MAX) meas->group_age_scans[group]++;
  if (meas->group_quality[group] == BMS_QUALITY_NONE) return BMS_QUALITY_NONE;
  return meas->group_age_scans[group] < MEAS_AGE_INVALID_scans ? BMS_QUALITY_STALE
                                                               : BMS_QUALITY_INVALID;
}

static void summarise(bms_meas_t *meas) {
  uint32_t sum = 0, usable = 0, valid = 0;
  uint32_t greatest = 0, smallest = UINT32_MAX;
  meas->group_max_index = meas->group_min_index = BMS_NO_LOCATION;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    if (meas->group_quality[group] > BMS_QUALITY_STALE) continue;
    uint32_t value_mV = meas->group_mV[group];
    usable++;
    valid += meas->group_quality[group] <= BMS_QUALITY_SUSPECT;
    sum += value_mV;
    if (value_mV > greatest || meas->group_max_index == BMS_NO_LOCATION) {
      greatest = value_mV;
      meas->group_max_index = (uint8_t)group;
    }
    if (value_mV < smallest) {
      smallest = value_mV;
      meas->group_min_index = (uint8_t)group;
    }
  }
  meas->valid_group_count = (uint16_t)valid;
  meas->group_sum_mV = usable == BMS_GROUP_COUNT ? sum : 0;
  if (usable == 0) return;
  meas->group_max_mV = (uint16_t)greatest;
  meas->group_min_mV = (uint16_t)smallest;
  meas->group_mean_mV = (uint16_t)(sum / usable);
}

/// Codes of a device that are all believed. Groups lie in the order of their channels, the pair
/// between them.
static void take_codes(bms_meas_t *meas, const uint16_t *cell_raw, const pinout_module_t *module) {
  uint16_t *value_mV = &meas->group_mV[module->first_group];
  const uint32_t count = module->group_count, pair = module->pair_channel;
  const uint32_t below = pair == 0 ? count : pair - 1u;
  for (uint32_t i = 0; i < below; i++) value_mV[i] = (uint16_t)((cell_raw[i] + 5u) / 10u);
  for (uint32_t i = below; i < count; i++) value_mV[i] = (uint16_t)((cell_raw[i + 1] + 5u) / 10u);
}

static void scan_device(bms_t *bms, uint32_t device) {
  const pinout_module_t *module = &pinout_module[device];
  const inputs_t inputs = inputs_of(bms, module);
  const uint32_t first = module->first_group, end = first + module->group_count;
  if (bms->afe.believed[device] == ALL_REGISTERS && (inputs.lost | inputs.suspect) == 0) {
    memset(&bms->meas.group_quality[first], BMS_QUALITY_VALID, module->group_count);
    memset(&bms->meas.group_age_scans[first], 0, module->group_count);
    take_codes(&bms->meas, bms->afe.cell_raw[AFE_READ_SCAN][device], module);
    return;
  }
  for (uint32_t group = first; group < end; group++) {
    group_reading_t reading = read_group(bms, group, &inputs);
    bms->meas.group_quality[group] = judge_group(&bms->meas, group, &reading);
  }
}

/// The usual case: everything came right, no wire is broken or suspected.
static int is_plain(const bms_t *bms) {
  const bms_openwire_t *openwire = &bms->openwire;
  uint32_t believed = ALL_REGISTERS;
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) believed &= bms->afe.believed[device];
  return believed == ALL_REGISTERS &&
         openwire->open_count + openwire->redundant_open_count + openwire->is_suspecting == 0;
}

static void scan_plain(bms_t *bms) {
  bms_meas_t *meas = &bms->meas;
  uint32_t sum = 0, max_index = 0, min_index = 0;
  uint16_t max_mV = 0, min_mV = UINT16_MAX;
  memset(meas->group_quality, BMS_QUALITY_VALID, sizeof meas->group_quality);
  memset(meas->group_age_scans, 0, sizeof meas->group_age_scans);
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++)
    take_codes(meas, bms->afe.cell_raw[AFE_READ_SCAN][device], &pinout_module[device]);
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    const uint16_t value_mV = meas->group_mV[group];
    sum += value_mV;
    max_mV = value_mV > max_mV ? value_mV : max_mV;
    min_mV = value_mV < min_mV ? value_mV : min_mV;
  }
  while (meas->group_mV[max_index] != max_mV) max_index++;
  while (meas->group_mV[min_index] != min_mV) min_index++;
  meas->valid_group_count = BMS_GROUP_COUNT;
  meas->group_sum_mV = sum;
  meas->group_max_index = (uint8_t)max_index;
  meas->group_min_index = (uint8_t)min_index;
  meas->group_max_mV = max_mV;
  meas->group_min_mV = min_mV;
  meas->group_mean_mV = (uint16_t)(sum / BMS_GROUP_COUNT);
}

void meas_scan(bms_t *bms) {
  if (is_plain(bms)) {
    scan_plain(bms);
  } else {
    for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) scan_device(bms, device);
    summarise(&bms->meas);
  }
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    uint8_t *run = &bms->afe.bad_run[device];
    if (bms->afe.fresh[AFE_READ_SCAN][device] != 0)
      *run = 0;
    else if (*run < UINT8_MAX)
      (*run)++;
  }
}

/* --- temperatures, context ----------------------------------------------------------------- */

int32_t meas_ntc_ddegC(uint32_t ratio) {
  if (ratio >= meas_ntc_ratio[0]) return NTC_FIRST_ddegC;
  uint32_t i = 1;
  while (i + NTC_STRIDE < NTC_POINT_COUNT && ratio < meas_ntc_ratio[i + NTC_STRIDE - 1])
    i += NTC_STRIDE;
  while (i < NTC_POINT_COUNT - 1 && ratio < meas_ntc_ratio[i]) i++;
  if (ratio < meas_ntc_ratio[i]) ratio = meas_ntc_ratio[i];
  int32_t span = (int32_t)meas_ntc_ratio[i - 1] - (int32_t)meas_ntc_ratio[i];
  int32_t above = (int32_t)meas_ntc_ratio[i - 1] - (int32_t)ratio;
  return NTC_FIRST_ddegC + (int32_t)(i - 1) * NTC_STEP_ddegC + above * NTC_STEP_ddegC / span;
}

uint32_t meas_ntc_fault(uint32_t ratio) {
  if (ratio > NTC_OPEN) return MEAS_SENSOR_OPEN;
  return ratio < NTC_SHORT ? MEAS_SENSOR_SHORT : 0;
}

static void measure_module(bms_t *bms, uint32_t m) {
  bms_meas_t *meas = &bms->meas;
  const bms_afe_t *afe = &bms->afe;
  uint32_t reference_raw = afe->ref_raw[m];
  if (afe->aux_bad_run[m] == 0)
    meas->module_age_reads[m] = 0;
  else if (meas->module_age_reads[m] < UINT8_MAX)
    meas->module_age_reads[m]++;
  if (afe->aux_bad_run[m] >= AUX_BAD_MAX) {
    meas->module_quality[m] = BMS_QUALITY_INVALID;
    meas->module_sensor_fault[m] = 0;
    return;
  }
  if (reference_raw == 0 || afe->aux_bad_run[m] != 0) return; /* not read yet, or keep the last */
  uint32_t ratio = (uint32_t)afe->aux_raw[m] * 65536u / reference_raw;
  uint32_t fault = meas_ntc_fault(ratio);
  meas->module_sensor_fault[m] = (uint8_t)fault;
  meas->module_quality[m] = fault == 0 ? BMS_QUALITY_VALID : BMS_QUALITY_INVALID;
  if (fault == 0) meas->module_ddegC[m] = (int16_t)meas_ntc_ddegC(ratio);
}

static void summarise_temperatures(bms_meas_t *meas) {
  meas->temperature_max_index = meas->temperature_min_index = BMS_NO_LOCATION;
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) {
    if (meas->module_quality[m] != BMS_QUALITY_VALID) continue;
    int16_t value = meas->module_ddegC[m];
    if (meas->temperature_max_index == BMS_NO_LOCATION || value > meas->temperature_max_ddegC) {
      meas->temperature_max_index = (uint8_t)m;
      meas->temperature_max_ddegC = value;
    }
    if (meas->temperature_min_index == BMS_NO_LOCATION || value < meas->temperature_min_ddegC) {
      meas->temperature_min_index = (uint8_t)m;
      meas->temperature_min_ddegC = value;
    }
  }
}

/// The least of a module's last three rises: a step of its thermistor is in one of them.
static int16_t least_rise(const bms_meas_t *meas, uint32_t m) {
  int16_t least = meas->second_rise_ddegC[0][m];
  for (uint32_t i = 1; i < 3; i++) {
    if (meas->second_rise_ddegC[i][m] < least) least = meas->second_rise_ddegC[i][m];
  }
  return least;
}

static void watch_rise(bms_meas_t *meas, uint32_t dt_ms) {
  meas->rise_ms = (uint16_t)(meas->rise_ms + dt_ms);
  if (meas->rise_ms < SECOND_ms) return;
  meas->rise_ms = 0;
  meas->rise_index = BMS_NO_LOCATION;
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) {
    int is_known = meas->module_quality[m] == BMS_QUALITY_VALID;
    int16_t now = is_known ? meas->module_ddegC[m] : (int16_t)MEAS_DDEGC_NONE;
    int16_t before = meas->second_ddegC[m];
    meas->second_rise_ddegC[2][m] = meas->second_rise_ddegC[1][m];
    meas->second_rise_ddegC[1][m] = meas->second_rise_ddegC[0][m];
    meas->second_rise_ddegC[0][m] =
        (int16_t)(is_known && before != MEAS_DDEGC_NONE ? now - before : 0);
    meas->second_ddegC[m] = now;
    int16_t rise = least_rise(meas, m);
    if (!is_known) continue;
    if (meas->rise_index != BMS_NO_LOCATION && rise <= meas->rise_ddegC) continue;
    meas->rise_index = (uint8_t)m;
    meas->rise_ddegC = rise;
  }
}

static void find_context(bms_t *bms) {
  int32_t mean_mA = bms->meas.current_mean_mA;
  if (bms->state == BMS_STATE_CHARGE || mean_mA < -CONTEXT_mA) {
    bms->meas.context = LIMITS_CONTEXT_CHARGE;
  } else {
    bms->meas.context =
        (uint8_t)(mean_mA > CONTEXT_mA ? LIMITS_CONTEXT_DISCHARGE : LIMITS_CONTEXT_REST);
  }
}

/// Codes that stand still while the current moves by more than 5 A for 1 s.
static void watch_stuck(bms_t *bms) {
  bms_meas_t *meas = &bms->meas;
  uint32_t standing = 0;
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    int has_moved = bms->afe.has_changed >> device & 1;
    if (has_moved || bms->afe.bad_run[device] != 0)
      meas->stuck_ms10[device] = 0;
    else if (meas->stuck_ms10[device] < UINT8_MAX)
      meas->stuck_ms10[device]++;
    standing |= meas->stuck_ms10[device];
  }
  if (standing == 0) meas->stuck_min_mA = meas->stuck_max_mA = meas->current_mA;
  if (meas->current_mA < meas->stuck_min_mA) meas->stuck_min_mA = meas->current_mA;
  if (meas->current_mA > meas->stuck_max_mA) meas->stuck_max_mA = meas->current_mA;
}

int meas_is_stuck(const bms_t *bms, uint32_t device) {
  return bms->meas.stuck_ms10[device] >= STUCK_AFTER_10ms &&
         bms->meas.stuck_max_mA - bms->meas.stuck_min_mA > STUCK_MOVE_mA;
}

/// A thermistor on the ECU's own pins; without a right reading there is no temperature.
static void measure_ntc(int16_t *value_ddegC, bms_validity_t *validity, uint32_t code_raw,
                        uint32_t dt_ms) {
  uint32_t ratio = code_raw * 65536u / ADC_MAX;
  uint32_t fault = meas_ntc_fault(ratio);
  judge(validity, fault, fault == 0, dt_ms);
  if (fault == 0)
    *value_ddegC = (int16_t)meas_ntc_ddegC(ratio);
  else if (validity->quality == BMS_QUALITY_INVALID)
    *value_ddegC = MEAS_DDEGC_NONE;
}

void meas_slow(bms_t *bms, const bms_in_t *in) {
  bms_meas_t *meas = &bms->meas;
  find_context(bms);
  watch_stuck(bms);
  measure_ntc(&meas->inlet_ddegC, &meas->inlet_validity, in->adc_inlet_ntc_raw, bms->task_ms);
  measure_ntc(&meas->heater_ddegC[0], &meas->heater_validity[0], in->adc_heater_ntc_raw[0],
              bms->task_ms);
  measure_ntc(&meas->heater_ddegC[1], &meas->heater_validity[1], in->adc_heater_ntc_raw[1],
              bms->task_ms);
  watch_rise(meas, bms->task_ms);
  if (!bms->afe.aux_is_complete) return;
  bms->afe.aux_is_complete = 0;
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) measure_module(bms, m);
  summarise_temperatures(meas);
}
