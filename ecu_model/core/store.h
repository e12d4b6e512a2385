/// Memory over power cuts: SOC and latched DTCs as A/B records with number and CRC.
///
/// Model    four pages of 64 bytes: SOC A, SOC B, DTC A, DTC B. A write goes to the older page of
///          its kind, one page a request; a cut while writing costs that page only. Loading takes
///          the right page with the higher number
///          page: magic (2), number (4), payload (56), CRC-16 over the rest (2); little endian
#ifndef ECU_MODEL_CORE_STORE_H
#define ECU_MODEL_CORE_STORE_H

#include "bms.h"

enum {
  STORE_PAGE_BYTES = 64,
  STORE_PAYLOAD = 6,
  STORE_PAYLOAD_BYTES = 56,
  STORE_SOC_A = 0,
  STORE_SOC_B,
  STORE_DTC_A,
  STORE_DTC_B,
  STORE_PAGE_COUNT,
  STORE_NO_SOC = 0xFFFF
};

/// CRC-16/CCITT: polynomial 0x1021, from 0xFFFF.
uint16_t store_crc(const uint8_t *bytes, uint32_t count);

/// Read the image of the boot: latched DTCs become active again. Returns the stored SOC in
/// permille,
/// STORE_NO_SOC iff there is none. Reports NVM_RECORD_LOST iff an image is there but both pages of
/// a
/// kind are damaged.
uint32_t store_load(bms_t *bms, const bms_boot_t *boot);

/// Every 10 ms: mind acknowledgement and age, put the next request into out.
void store_step(bms_t *bms, const bms_in_t *in, bms_out_t *out);

#endif
