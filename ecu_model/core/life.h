/// Counters over the ECU's life: time, throughput, closings, operating cycles, resets.
///
/// Model    whole A s and kJ are kept, the rest of one is lost at a reset; charge and energy count
///          only while a main contactor is closed, by the net current of each 10 ms
/// Sign     current_mA > 0 discharges
#ifndef ECU_MODEL_CORE_LIFE_H
#define ECU_MODEL_CORE_LIFE_H

#include "bms.h"

enum {
  LIFE_CYCLE_MIN_ms = 10000, ///< closed for so long makes an operating cycle
  LIFE_SAVE_MAX_ms = 5000, ///< sleep waits so long for the memory
  LIFE_LOADED_mA = 5000, ///< contactors that open under more than this wear
  LIFE_LOW_MOVED_uA = 50000, ///< learnt offsets are stored when one has moved by a digit
  LIFE_HIGH_MOVED_uA = 500000 ///< of its range
};

/// After the memory was loaded: count the reset.
void life_start(bms_t *bms);

/// One ms of current.
static inline void life_count(bms_t *bms, int32_t charge_mAms) {
  bms->life.task_mAms += charge_mAms;
}

/// Every 10 ms, after contactors and state machine. Takes the request for sleep back while the
/// memory is not yet written.
void life_step(bms_t *bms);

#endif
