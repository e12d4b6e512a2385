/// LTC6813-1: from volts at the inputs to codes, with the chip's own errors. Inside of the chip.
///
/// Model    a slot takes the voltages of its channels; all codes of a conversion are made at its
///          end. A code's noise belongs to its place in the order of sampling, whenever it is made
/// Units    codes of 100 uV, 0..57300
/// Memory   no state but the chip's
#ifndef ECU_MODEL_BOARD_LTC6813_ADC_H
#define ECU_MODEL_BOARD_LTC6813_ADC_H

#include "ltc6813.h"

/// Codes and flags of the channels that the conversion, all of whose slots are sampled, measured.
void ltc6813_adc_cells(ltc6813_t *chip, const ltc6813_conversion_t *conversion);

/// The code of one voltage, measured now.
uint16_t ltc6813_adc_code(ltc6813_t *chip, double volt, double noise_rms_V);

#endif
