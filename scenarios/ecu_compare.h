/// Names the first field in which two outputs of a step differ.
#ifndef SCENARIOS_ECU_COMPARE_H
#define SCENARIOS_ECU_COMPARE_H

#include <stddef.h>
#include <stdint.h>

#include "../ecu_model/core/bms.h"

/// 0: they are the same in all that counts. Else text gets "can_tx[0].data[3] is 17, not 16", the
/// value of a first.
int ecu_compare(const bms_out_t *a, const bms_out_t *b, char *text, size_t text_bytes);

/// Hash over all that counts of an output.
uint64_t ecu_compare_hash(const bms_out_t *out);

#endif
