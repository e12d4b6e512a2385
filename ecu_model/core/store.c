/// Memory over power cuts: pairs of pages, what is due, one request at a time.
#include "store.h"

#include <string.h>

#include "diag.h"
#include "history.h"
#include "record.h"

enum {
  MAGIC = 0xB5,
  NUMBER = 2,
  CRC = STORE_PAYLOAD + RECORD_PAYLOAD_BYTES,
  SOC_PERIOD_ms = 60000,
  ACK_MAX_ms = 1000, /* also the pause between tries that keep failing */
  COPY_COUNT = 2
};

_Static_assert(CRC + 4 == STORE_PAGE_BYTES, "header, payload and CRC fill a page");
_Static_assert(BMS_RECORD_COUNT *COPY_COUNT *STORE_PAGE_BYTES <= BMS_NVM_BYTES,
               "the records outgrow the memory");

uint32_t store_crc(const uint8_t *bytes, uint32_t count) {
  uint32_t crc = UINT32_MAX;
  for (uint32_t i = 0; i < count; i++) {
    crc ^= bytes[i];
    for (uint32_t bit = 0; bit < 8; bit++) crc = crc & 1u ? crc >> 1 ^ 0x82F63B78u : crc >> 1;
  }
  return ~crc;
}

static uint32_t word(const uint8_t *bytes) { return bytes[0] | (uint32_t)bytes[1] << 8; }

static void put_word(uint8_t *bytes, uint32_t value) {
  bytes[0] = (uint8_t)value;
  bytes[1] = (uint8_t)(value >> 8);
}

/* --- loading ------------------------------------------------------------------------------- */

static int page_is_blank(const uint8_t *page) {
  for (uint32_t i = 1; i < STORE_PAGE_BYTES; i++) {
    if (page[i] != page[0]) return 0;
  }
  return page[0] == 0x00 || page[0] == 0xFF;
}

static int page_is_right(const uint8_t *page, uint32_t record) {
  if (page[0] != MAGIC || page[1] != record) return 0;
  uint32_t crc = store_crc(page, CRC);
  return word(page + CRC) == (crc & UINT16_MAX) && word(page + CRC + 2) == crc >> 16;
}

/// Takes the newer right page of the pair; both are due if the other does not say the same.
/// 1 iff it found one; *is_lost is set iff none is right and none is blank.
static int load_record(bms_t *bms, const bms_boot_t *boot, uint32_t record, int *is_lost) {
  bms_record_t *state = &bms->store.record[record];
  const uint8_t *a = boot->nvm + record * COPY_COUNT * STORE_PAGE_BYTES;
  const uint8_t *b = a + STORE_PAGE_BYTES;
  int a_is_right = page_is_right(a, record), b_is_right = page_is_right(b, record);
  if (!a_is_right && !b_is_right) {
    if (page_is_blank(a) || page_is_blank(b)) return 0; /* its first writing was never finished */
    *is_lost = 1;
    record_lose(bms, record);
    store_mark(bms, record);
    return 0;
  }
  int a_is_newer = (int16_t)(word(a + NUMBER) - word(b + NUMBER)) > 0;
  int take_a = a_is_right && (!b_is_right || a_is_newer);
  const uint8_t *page = take_a ? a : b;
  state->number = (uint16_t)word(page + NUMBER);
  state->slot = take_a ? 1 : 0;
  int are_alike = a_is_right && b_is_right &&
                  memcmp(a + STORE_PAYLOAD, b + STORE_PAYLOAD, RECORD_PAYLOAD_BYTES) == 0;
  state->due_count = are_alike ? 0 : COPY_COUNT;
  record_take(bms, record, page + STORE_PAYLOAD);
  return 1;
}

void store_load(bms_t *bms, const bms_boot_t *boot) {
  int is_lost = 0, has_counters = 0;
  bms->stored_soc_permille = STORE_NO_SOC;
  bms->store.search_from = STORE_DTC;
  if (boot->nvm_bytes != BMS_NVM_BYTES) return;
  for (uint32_t record = 0; record < BMS_RECORD_COUNT; record++) {
    int is_found = load_record(bms, boot, record, &is_lost);
    if (record == STORE_COUNTERS) has_counters = is_found;
  }
  history_start(bms, has_counters);
  diag_report(bms, DTC_NVM_RECORD_LOST, is_lost, BMS_NO_LOCATION);
}

/* --- what is due --------------------------------------------------------------------------- */

void store_mark(bms_t *bms, uint32_t record) {
  bms->store.record[record].due_count = COPY_COUNT;
  bms->store.record[record].is_stale = 0;
}

void store_mark_stale(bms_t *bms, uint32_t record) { bms->store.record[record].is_stale = 1; }

int store_is_idle(const bms_t *bms) {
  for (uint32_t record = 0; record < BMS_RECORD_COUNT; record++) {
    if (bms->store.record[record].due_count != 0) return 0;
  }
  return !bms->store.is_pending && !bms->store.soc_is_dirty;
}

/// Once a minute while awake, and when somebody asked.
static void mark_counters(bms_t *bms) {
  bms_store_t *store = &bms->store;
  if (bms->state != BMS_STATE_SLEEP) store->soc_age_ms += bms->task_ms;
  if (store->soc_age_ms >= SOC_PERIOD_ms) store->soc_is_dirty = 1;
  if (!store->soc_is_dirty || !bms->soc.is_initialised) return; /* a stored SOC stays till then */
  store->soc_is_dirty = 0;
  store->soc_age_ms = 0;
  store_mark(bms, STORE_COUNTERS);
  for (uint32_t record = 0; record < BMS_RECORD_COUNT; record++) {
    if (store->record[record].is_stale) store_mark(bms, record);
  }
}

/* --- requests ------------------------------------------------------------------------------ */

static void finish(bms_store_t *store) {
  bms_record_t *record = &store->record[store->pending_record];
  store->is_pending = 0;
  record->number++;
  record->slot ^= 1u;
  store->search_from = STORE_DTC;
  store->fail_run = 0;
  store->write_count++;
}

/// The same page again, after the others had their turn.
static void give_up(bms_store_t *store) {
  bms_record_t *record = &store->record[store->pending_record];
  store->is_pending = 0;
  if (record->due_count < store->pending_due_count) record->due_count = store->pending_due_count;
  store->search_from = (uint8_t)((store->pending_record + 1u) % BMS_RECORD_COUNT);
  if (store->fail_run < UINT8_MAX) store->fail_run++;
}

static void settle(bms_store_t *store, const bms_in_t *in) {
  int is_answered = in->nvm_ack == store->sequence;
  if (is_answered && in->nvm_ok)
    finish(store);
  else if (is_answered || store->request_age_ms > ACK_MAX_ms)
    give_up(store);
}

static void begin_request(bms_t *bms, const bms_in_t *in, uint32_t record, bms_out_t *out) {
  bms_store_t *store = &bms->store;
  bms_record_t *state = &store->record[record];
  uint8_t *page = out->nvm_data;
  page[0] = MAGIC;
  page[1] = (uint8_t)record;
  put_word(page + NUMBER, state->number + 1u);
  record_fill(bms, record, page + STORE_PAYLOAD);
  uint32_t crc = store_crc(page, CRC);
  put_word(page + CRC, crc);
  put_word(page + CRC + 2, crc >> 16);
  out->nvm_offset = (uint16_t)((record * COPY_COUNT + state->slot) * STORE_PAGE_BYTES);
  out->nvm_bytes = STORE_PAGE_BYTES;
  uint8_t last =
      store->sequence != 0 ? store->sequence : in->nvm_ack; /* of the time before reset */
  store->sequence = (uint8_t)(last == UINT8_MAX ? 1 : last + 1);
  store->pending_record = (uint8_t)record;
  store->pending_due_count = state->due_count--;
  store->is_pending = 1;
  store->request_age_ms = 0;
}

/// The first of the records from..end - 1 that is due, or end.
static uint32_t due_within(const bms_store_t *store, uint32_t from, uint32_t end) {
  uint32_t record = from;
  while (record < end && store->record[record].due_count == 0) record++;
  return record;
}

static void request_next(bms_t *bms, const bms_in_t *in, bms_out_t *out) {
  bms_store_t *store = &bms->store;
  uint32_t record = due_within(store, store->search_from, BMS_RECORD_COUNT);
  if (record == BMS_RECORD_COUNT) {
    record = due_within(store, 0, store->search_from);
    if (record == store->search_from) return;
  }
  begin_request(bms, in, record, out);
}

void store_step(bms_t *bms, const bms_in_t *in, bms_out_t *out) {
  bms_store_t *store = &bms->store;
  mark_counters(bms);
  store->request_age_ms += bms->task_ms;
  if (store->is_pending) settle(store, in);
  int is_pausing = store->fail_run >= STORE_FAIL_MAX && store->request_age_ms <= ACK_MAX_ms;
  if (!store->is_pending && !is_pausing) request_next(bms, in, out);
  diag_report(bms, DTC_NVM_WRITE, store->fail_run >= STORE_FAIL_MAX, BMS_NO_LOCATION);
}
