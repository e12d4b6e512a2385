/// Memory over power cuts: every record is a pair of pages with number and CRC, written one after
/// the other.
///
/// Model    pages of 64 bytes: counters A, B, learnt values A, B, then A, B of each DTC. A change
///          is written to one page of its pair and, once that is acknowledged, to the other: a cut
///          costs at most the page that is being written, and a page that is lost at rest has a
///          twin. Loading takes the right page with the higher number, and repairs the other.
///          page: 0xB5 and the record (2), number (2), payload (56), CRC-32C over all that (4);
///          little endian. The CRC sees every 1 to 4 flipped bits of a page; a torn page passes it
///          by chance once in 2^32
///          One request at a time; it waits a second for its acknowledgement. DTCs go first; a
///          record that is refused lets the others pass. Counters are written each minute and
///          after opening, changes that can wait go with them
#ifndef ECU_MODEL_CORE_STORE_H
#define ECU_MODEL_CORE_STORE_H

#include "bms.h"

enum {
  STORE_PAGE_BYTES = BMS_NVM_PAGE_BYTES,
  STORE_PAYLOAD = 4,
  STORE_COUNTERS = 0, ///< record
  STORE_LEARNT = 1,
  STORE_DTC = 2, ///< the first of DTC_COUNT
  STORE_FAIL_MAX = 3, ///< failed requests in a row make NVM_WRITE
  STORE_NO_SOC = 0xFFFF
};

/// CRC-32C (Castagnoli), reflected, from and to all ones.
uint32_t store_crc(const uint8_t *bytes, uint32_t count);

/// Read the image of the boot into bms, its SOC into stored_soc_permille (STORE_NO_SOC iff there is
/// none). Reports NVM_RECORD_LOST iff both pages of a record are damaged.
void store_load(bms_t *bms, const bms_boot_t *boot);

/// A record has changed: write it as soon as possible.
void store_mark(bms_t *bms, uint32_t record);

/// A record has changed: write it with the next counters.
void store_mark_stale(bms_t *bms, uint32_t record);

/// 1 iff nothing waits to be written, but for what may wait for the next counters.
int store_is_idle(const bms_t *bms);

/// Every 10 ms: mind acknowledgement and age, put the next request into out.
void store_step(bms_t *bms, const bms_in_t *in, bms_out_t *out);

#endif
