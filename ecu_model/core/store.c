/// Memory over power cuts: packs pages, alternates between A and B, waits for the acknowledgement.
#include "store.h"

#include <string.h>

#include "diag.h"

enum {
  MAGIC = 0xB55A,
  CRC_AT = STORE_PAGE_BYTES - 2,
  BITMAP_BYTES = (DTC_COUNT + 7) / 8,
  COUNT_BYTES = (DTC_COUNT + 1) / 2, /* four bits each, clipped */
  COUNT_MAX = 15,
  TASK_ms = 10,
  SOC_PERIOD_ms = 60000,
  ACK_MAX_ms = 1000
};

_Static_assert(BITMAP_BYTES + COUNT_BYTES <= STORE_PAYLOAD_BYTES, "DTC record outgrows its page");

uint16_t store_crc(const uint8_t *bytes, uint32_t count) {
  uint32_t crc = 0xFFFF;
  for (uint32_t i = 0; i < count; i++) {
    crc ^= (uint32_t)bytes[i] << 8;
    for (uint32_t bit = 0; bit < 8; bit++) crc = crc & 0x8000u ? crc << 1 ^ 0x1021u : crc << 1;
    crc &= 0xFFFFu;
  }
  return (uint16_t)crc;
}

static uint32_t word(const uint8_t *bytes) { return bytes[0] | (uint32_t)bytes[1] << 8; }

static void put_word(uint8_t *bytes, uint32_t value) {
  bytes[0] = (uint8_t)value;
  bytes[1] = (uint8_t)(value >> 8);
}

static uint32_t number_of(const uint8_t *page) { return word(page + 2) | word(page + 4) << 16; }

static int page_is_right(const uint8_t *page) {
  return word(page) == MAGIC && word(page + CRC_AT) == store_crc(page, CRC_AT);
}

static int page_is_blank(const uint8_t *page) {
  for (uint32_t i = 1; i < STORE_PAGE_BYTES; i++) {
    if (page[i] != page[0]) return 0;
  }
  return page[0] == 0x00 || page[0] == 0xFF;
}

/* --- loading ------------------------------------------------------------------------------- */

/// The newer right page of a kind; NULL iff there is none. The other one is written next.
static const uint8_t *newest(const bms_boot_t *boot, uint32_t page_a, uint32_t *number,
                             uint8_t *slot, int *is_lost) {
  const uint8_t *a = boot->nvm + page_a * STORE_PAGE_BYTES;
  const uint8_t *b = a + STORE_PAGE_BYTES;
  int a_is_right = page_is_right(a), b_is_right = page_is_right(b);
  int a_is_newer = (int32_t)(number_of(a) - number_of(b)) > 0;
  if (!a_is_right && !b_is_right) {
    if (!page_is_blank(a) || !page_is_blank(b)) *is_lost = 1;
    return NULL;
  }
  int take_a = a_is_right && (!b_is_right || a_is_newer);
  *number = number_of(take_a ? a : b);
  *slot = take_a ? 1 : 0;
  return take_a ? a : b;
}

static void load_dtcs(bms_t *bms, const uint8_t *payload) {
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    bms_dtc_t *state = &bms->dtc[dtc];
    state->occurrence_count =
        (uint8_t)((uint32_t)payload[BITMAP_BYTES + dtc / 2u] >> 4u * (dtc % 2u) & 15u);
    if (((uint32_t)payload[dtc / 8u] >> dtc % 8u & 1u) == 0 || !dtc_row[dtc].is_latched) continue;
    state->is_active = 1;
    state->is_latched = 1;
    state->location = BMS_NO_LOCATION;
  }
}

uint32_t store_load(bms_t *bms, const bms_boot_t *boot) {
  bms_store_t *store = &bms->store;
  int is_lost = 0;
  uint32_t soc_permille = STORE_NO_SOC;
  if (boot->nvm_bytes < STORE_PAGE_COUNT * STORE_PAGE_BYTES) return STORE_NO_SOC;
  const uint8_t *soc = newest(boot, STORE_SOC_A, &store->soc_number, &store->soc_slot, &is_lost);
  const uint8_t *dtc = newest(boot, STORE_DTC_A, &store->dtc_number, &store->dtc_slot, &is_lost);
  if (soc != NULL) soc_permille = word(soc + STORE_PAYLOAD);
  if (dtc != NULL) load_dtcs(bms, dtc + STORE_PAYLOAD);
  diag_report(bms, DTC_NVM_RECORD_LOST, is_lost, BMS_NO_LOCATION);
  return soc_permille;
}

/* --- writing ------------------------------------------------------------------------------- */

static void begin_page(uint8_t *page, uint32_t number) {
  memset(page, 0, STORE_PAGE_BYTES);
  put_word(page, MAGIC);
  put_word(page + 2, number);
  put_word(page + 4, number >> 16);
}

static void fill_soc(const bms_t *bms, uint8_t *page) {
  begin_page(page, bms->store.soc_number + 1);
  put_word(page + STORE_PAYLOAD, bms->soc.soc_permille);
  put_word(page + CRC_AT, store_crc(page, CRC_AT));
}

static void fill_dtc(const bms_t *bms, uint8_t *page) {
  begin_page(page, bms->store.dtc_number + 1);
  uint8_t *payload = page + STORE_PAYLOAD;
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    if (bms->dtc[dtc].is_latched) payload[dtc / 8u] |= (uint8_t)(1u << dtc % 8u);
    uint32_t count = bms->dtc[dtc].occurrence_count;
    if (count > COUNT_MAX) count = COUNT_MAX;
    payload[BITMAP_BYTES + dtc / 2u] |= (uint8_t)(count << 4u * (dtc % 2u));
  }
  put_word(page + CRC_AT, store_crc(page, CRC_AT));
}

static void request(bms_t *bms, uint32_t page_index, bms_out_t *out) {
  bms_store_t *store = &bms->store;
  store->sequence = (uint8_t)(store->sequence == UINT8_MAX ? 1 : store->sequence + 1);
  store->pending_page = (uint8_t)page_index;
  store->is_pending = 1;
  store->request_age_ms = 0;
  out->nvm_offset = (uint16_t)(page_index * STORE_PAGE_BYTES);
  out->nvm_bytes = STORE_PAGE_BYTES;
}

/// The page is safe: the next write of its kind goes to the other one.
static void finish(bms_store_t *store) {
  store->is_pending = 0;
  if (store->pending_page >= STORE_DTC_A) {
    store->dtc_number++;
    store->dtc_slot ^= 1u;
  } else {
    store->soc_number++;
    store->soc_slot ^= 1u;
  }
}

static void give_up(bms_store_t *store) {
  store->is_pending = 0;
  if (store->pending_page >= STORE_DTC_A)
    store->dtc_is_dirty = 1;
  else
    store->soc_is_dirty = 1;
}

void store_step(bms_t *bms, const bms_in_t *in, bms_out_t *out) {
  bms_store_t *store = &bms->store;
  store->soc_age_ms += TASK_ms;
  if (store->soc_age_ms >= SOC_PERIOD_ms) store->soc_is_dirty = 1;
  if (store->is_pending) {
    store->request_age_ms += TASK_ms;
    if (in->nvm_ack == store->sequence && in->nvm_ok)
      finish(store);
    else if (in->nvm_ack == store->sequence || store->request_age_ms > ACK_MAX_ms)
      give_up(store);
    return;
  }
  if (store->dtc_is_dirty) {
    store->dtc_is_dirty = 0;
    fill_dtc(bms, out->nvm_data);
    request(bms, STORE_DTC_A + store->dtc_slot, out);
  } else if (store->soc_is_dirty && bms->soc.is_initialised) {
    store->soc_is_dirty = 0;
    store->soc_age_ms = 0;
    fill_soc(bms, out->nvm_data);
    request(bms, STORE_SOC_A + store->soc_slot, out);
  }
}
