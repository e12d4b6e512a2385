/// LTC6813-1: sampling, errors and codes; all channels of a conversion at once.
#include "ltc6813_adc.h"

#include "../simd.h"

enum { CODE_MAX = 57300 /* 5.73 V */ };

static const double codes_per_V = 10e3;

/* Steps of the noise from before the first slot to channel i: slots one after the other. */
#define STEPS(i)                                                                                   \
  (LTC6813_SLOT_CHANNELS * ((i) % LTC6813_SLOT_COUNT) + (i) / LTC6813_SLOT_COUNT + 1u)
#define STEP(i) (STEPS(i) * BOARD_NOISE_STEP)
static const uint64_t noise_step[LTC6813_LANE_COUNT] = {
    STEP(0u),  STEP(1u),  STEP(2u),  STEP(3u),  STEP(4u),  STEP(5u),
    STEP(6u),  STEP(7u),  STEP(8u),  STEP(9u),  STEP(10u), STEP(11u),
    STEP(12u), STEP(13u), STEP(14u), STEP(15u), STEP(16u), STEP(17u),
};

/// Not a number is 0.
static inline double limit(double code) {
  const double low = code >= 1.0 ? code : 0.0;
  return low > CODE_MAX ? CODE_MAX : low;
}

uint16_t ltc6813_adc_code(ltc6813_t *chip, double volt, double noise_rms_V) {
  const double sum = (double)board_noise_sum(board_noise_u64(&chip->noise));
  const double error_V = volt * chip->gain_error + noise_rms_V * board_noise_normal(sum);
  return (uint16_t)limit((volt + error_V) * codes_per_V + 0.5);
}

/// The codes of all channels. from: state of the noise before the first slot. Loops of one width
/// each, so that they become wide.
SIMD_CLONES static void make_codes(const double *restrict sampled_V,
                                   const double *restrict offset_V, double gain_error,
                                   double noise_rms_V, uint64_t from,
                                   int32_t code_raw[restrict LTC6813_LANE_COUNT]) {
  union {
    uint64_t word[LTC6813_LANE_COUNT];
    double sum[LTC6813_LANE_COUNT];
  } noise;
  double code[LTC6813_LANE_COUNT];
  SIMD_WHOLE
  for (uint32_t i = 0; i < LTC6813_LANE_COUNT; i++)
    noise.word[i] =
        BOARD_NOISE_TWO_52_BITS | board_noise_sum(board_noise_mix(from + noise_step[i]));
  SIMD_WHOLE
  for (uint32_t i = 0; i < LTC6813_LANE_COUNT; i++) {
    const double volt = sampled_V[i], sum = noise.sum[i] - BOARD_NOISE_TWO_52;
    const double error_V = volt * gain_error + offset_V[i] + noise_rms_V * board_noise_normal(sum);
    code[i] = (volt + error_V) * codes_per_V + 0.5;
  }
  SIMD_WHOLE
  for (uint32_t i = 0; i < LTC6813_LANE_COUNT; i++) code[i] = code[i] >= 1.0 ? code[i] : 0.0;
  SIMD_WHOLE
  for (uint32_t i = 0; i < LTC6813_LANE_COUNT; i++)
    code[i] = code[i] > CODE_MAX ? CODE_MAX : code[i];
  SIMD_WHOLE
  for (uint32_t i = 0; i < LTC6813_LANE_COUNT; i++) code_raw[i] = (int32_t)code[i];
}

typedef struct {
  int32_t under_raw, over_raw;
} thresholds_t;

static thresholds_t thresholds_of(const ltc6813_t *chip) {
  const thresholds_t thresholds = {(chip->cfga[1] | (chip->cfga[2] & 0x0F) << 8) * 16 + 16,
                                   (chip->cfga[2] >> 4 | chip->cfga[3] << 4) * 16};
  return thresholds;
}

static inline int32_t flags_of(int32_t code_raw, thresholds_t thresholds) {
  return (code_raw < thresholds.under_raw ? LTC6813_UNDERVOLTAGE : 0) |
         (code_raw > thresholds.over_raw ? LTC6813_OVERVOLTAGE : 0);
}

/// What is of no channel stays as cleared.
static void compare_all(ltc6813_t *chip) {
  const thresholds_t thresholds = thresholds_of(chip);
  for (uint32_t i = 0; i < LTC6813_LANE_COUNT; i++)
    chip->flags[i] = flags_of(chip->cell_raw[i], thresholds);
  for (uint32_t i = LTC6813_CHANNEL_COUNT; i < LTC6813_LANE_COUNT; i++)
    chip->flags[i] = LTC6813_UNDERVOLTAGE | LTC6813_OVERVOLTAGE;
}

static void take_slot(ltc6813_t *chip, uint32_t slot, const int32_t *code_raw) {
  const thresholds_t thresholds = thresholds_of(chip);
  for (uint32_t i = slot; i < LTC6813_CHANNEL_COUNT; i += LTC6813_SLOT_COUNT) {
    chip->cell_raw[i] = code_raw[i];
    chip->flags[i] = flags_of(code_raw[i], thresholds);
  }
}

void ltc6813_adc_cells(ltc6813_t *chip, const ltc6813_conversion_t *conversion) {
  const uint32_t taken = LTC6813_SLOT_CHANNELS * conversion->slot_end;
  const uint64_t from = chip->noise.state - taken * BOARD_NOISE_STEP;
  int32_t alone_raw[LTC6813_LANE_COUNT], *code_raw = conversion->item ? alone_raw : chip->cell_raw;
  const double noise_rms_V = conversion->noise_rms_V + 1e-5 * chip->fault.noise_cmV;
  make_codes(chip->sampled_V, chip->channel_offset_V, chip->gain_error, noise_rms_V, from,
             code_raw);
  if (conversion->item)
    take_slot(chip, conversion->item - 1u, code_raw);
  else
    compare_all(chip);
}
