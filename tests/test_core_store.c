/// Memory over power cuts: pairs of pages, requests and refusals, the CRC.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/core/bms.h"
#include "../ecu_model/core/store.h"

enum { FIRST_SOC = 612, SECOND_SOC = 587, PAIR_BYTES = 2 * STORE_PAGE_BYTES };

static bms_t bms;
static bms_in_t in;
static bms_out_t out;
static bms_boot_t boot; /* its image is the memory */

static uint32_t start(void) {
  bms_init(&bms, bms_config_soul_ev(), &boot);
  return bms.stored_soc_permille;
}

static void setup(void) {
  memset(&in, 0, sizeof in);
  memset(&out, 0, sizeof out);
  memset(&boot, 0, sizeof boot);
  memset(boot.nvm, 0xFF, sizeof boot.nvm);
  boot.nvm_bytes = sizeof boot.nvm;
  start();
}

/// One task; returns 1 iff it asked for a write.
static int task(void) {
  uint8_t before = bms.store.sequence;
  out.nvm_bytes = 0;
  store_step(&bms, &in, &out);
  return bms.store.sequence != before;
}

/// The first byte_count bytes of the request reach the memory.
static void write_bytes(uint32_t byte_count) {
  ck_assert_uint_eq(out.nvm_bytes, STORE_PAGE_BYTES);
  ck_assert_uint_le(out.nvm_offset + out.nvm_bytes, BMS_NVM_BYTES);
  memcpy(boot.nvm + out.nvm_offset, out.nvm_data, byte_count);
}

static void answer(int ok) {
  in.nvm_ack = bms.store.sequence;
  in.nvm_ok = (uint8_t)ok;
}

static void set_soc(uint32_t permille) {
  bms.soc.is_initialised = 1;
  bms.soc.soc_permille = (uint16_t)permille;
  bms.store.soc_is_dirty = 1;
}

static void ask_soc(uint32_t permille) {
  set_soc(permille);
  ck_assert_int_eq(task(), 1);
}

/// Everything that is due is written and confirmed; returns the number of pages.
static uint32_t write_all(void) {
  uint32_t pages = 0;
  while (task()) {
    write_bytes(STORE_PAGE_BYTES);
    answer(1);
    pages++;
  }
  ck_assert_int_eq(store_is_idle(&bms), 1);
  return pages;
}

static void save_soc(uint32_t permille) {
  set_soc(permille);
  ck_assert_uint_eq(write_all(), 2);
}

static void set_dtc(uint32_t dtc) {
  bms.dtc[dtc].is_active = bms.dtc[dtc].is_latched = 1;
  bms.dtc[dtc].occurrence_count++;
  bms.memory[dtc].is_stored = 1;
  bms.memory[dtc].last.location = (uint8_t)(dtc + 100);
  store_mark(&bms, STORE_DTC + dtc);
}

static void save_dtc(uint32_t dtc) {
  set_dtc(dtc);
  ck_assert_uint_eq(write_all(), 2);
}

static int is_lost(void) { return bms.dtc[DTC_NVM_RECORD_LOST].condition; }

START_TEST(an_empty_memory_is_no_fault) {
  ck_assert_uint_eq(start(), STORE_NO_SOC);
  ck_assert_int_eq(is_lost(), 0);
  ck_assert_int_eq(store_is_idle(&bms), 1);
  memset(boot.nvm, 0, sizeof boot.nvm);
  ck_assert_uint_eq(start(), STORE_NO_SOC);
  ck_assert_int_eq(is_lost(), 0);
  boot.nvm_bytes = 0;
  ck_assert_uint_eq(start(), STORE_NO_SOC);
}
END_TEST

/// One byte that differs, wherever it is: it was no page that was never written.
START_TEST(a_page_with_one_odd_byte_is_not_blank) {
  for (uint32_t at = 0; at < STORE_PAGE_BYTES; at++) {
    memset(boot.nvm, _i ? 0xFF : 0x00, sizeof boot.nvm);
    boot.nvm[at] ^= 0x10;
    start();
    ck_assert_int_eq(is_lost(), 0); /* the other page of the pair is blank */
    boot.nvm[STORE_PAGE_BYTES + at] ^= 0x10;
    start();
    ck_assert_int_eq(is_lost(), 1);
  }
  memset(boot.nvm, 0x5A, 2 * STORE_PAGE_BYTES); /* all alike, but not as an empty memory reads */
  start();
  ck_assert_int_eq(is_lost(), 1);
}
END_TEST

/// The image is larger than the records: what the rest of it holds is nobody's.
START_TEST(what_lies_behind_the_records_is_not_read) {
  enum { USED = BMS_RECORD_COUNT * PAIR_BYTES };
  memset(boot.nvm + USED, 0x5A, sizeof boot.nvm - USED);
  start();
  ck_assert_int_eq(is_lost(), 0);
  ck_assert_int_eq(store_is_idle(&bms), 1);
}
END_TEST

START_TEST(each_record_that_is_due_keeps_it_busy) {
  for (uint32_t record = 0; record < BMS_RECORD_COUNT; record++) {
    ck_assert_int_eq(store_is_idle(&bms), 1);
    store_mark(&bms, record);
    ck_assert_int_eq(store_is_idle(&bms), 0);
    bms.store.record[record].due_count = 0;
  }
  memset(&bms.imd, 0xA5, sizeof bms.imd); /* what stands behind the records is none */
  ck_assert_int_eq(store_is_idle(&bms), 1);
  ck_assert_uint_eq(write_all(), 0);
  set_soc(FIRST_SOC);
  ck_assert_uint_eq(write_all(), 2);
  for (uint32_t i = 0; i < sizeof bms.imd; i++) {
    ck_assert_uint_eq(((const uint8_t *)&bms.imd)[i], 0xA5);
  }
}
END_TEST

START_TEST(an_image_of_another_size_is_none) {
  save_soc(FIRST_SOC);
  boot.nvm_bytes = BMS_NVM_BYTES - 1;
  ck_assert_uint_eq(start(), STORE_NO_SOC);
}
END_TEST

START_TEST(the_newest_record_is_loaded) {
  for (uint32_t soc = 100; soc < 110; soc++) {
    save_soc(soc);
    bms_t running = bms;
    ck_assert_uint_eq(start(), soc);
    ck_assert_int_eq(store_is_idle(&bms), 1); /* nothing to repair */
    bms = running;
  }
}
END_TEST

START_TEST(a_change_is_written_to_both_pages_of_its_pair) {
  save_soc(FIRST_SOC);
  ask_soc(SECOND_SOC);
  uint32_t first = out.nvm_offset;
  ck_assert_uint_lt(first, PAIR_BYTES);
  write_bytes(STORE_PAGE_BYTES);
  ck_assert_int_eq(task(), 0); /* not before the first is safe */
  answer(1);
  ck_assert_int_eq(task(), 1); /* but then at once */
  ck_assert_uint_eq(out.nvm_offset, first ^ STORE_PAGE_BYTES);
  ck_assert_int_eq(store_is_idle(&bms), 0);
  write_bytes(STORE_PAGE_BYTES);
  answer(1);
  ck_assert_int_eq(task(), 0);
  ck_assert_int_eq(store_is_idle(&bms), 1);
  ck_assert_mem_eq(boot.nvm + STORE_PAYLOAD, boot.nvm + STORE_PAGE_BYTES + STORE_PAYLOAD, 56);
  ck_assert_uint_eq(bms.store.write_count, 4);
}
END_TEST

START_TEST(a_change_while_its_page_is_written_is_written_too) {
  save_soc(FIRST_SOC);
  ask_soc(SECOND_SOC); /* page A is on its way */
  write_bytes(STORE_PAGE_BYTES);
  set_soc(SECOND_SOC + 1);
  answer(1);
  ck_assert_uint_eq(write_all(), 2);
  ck_assert_uint_eq(start(), SECOND_SOC + 1);
  ck_assert_int_eq(store_is_idle(&bms), 1);
}
END_TEST

/// The second copy is cut or was never begun: the next start makes up for it.
START_TEST(a_pair_that_is_not_alike_is_repaired) {
  save_soc(FIRST_SOC);
  ask_soc(SECOND_SOC);
  write_bytes(STORE_PAGE_BYTES);
  answer(1);
  ck_assert_int_eq(task(), 1);
  write_bytes((uint32_t)_i);
  ck_assert_uint_eq(start(), SECOND_SOC);
  ck_assert_int_eq(is_lost(), 0);
  bms.soc.soc_permille = SECOND_SOC; /* as it would be after the start */
  ck_assert_uint_eq(write_all(), 2);
  ck_assert_uint_eq(start(), SECOND_SOC);
  ck_assert_int_eq(store_is_idle(&bms), 1);
}
END_TEST

START_TEST(one_page_lost_at_rest_costs_nothing) {
  save_soc(FIRST_SOC);
  save_dtc(DTC_CONTACTOR_WELDED);
  uint32_t record = _i / 2 ? STORE_DTC + DTC_CONTACTOR_WELDED : STORE_COUNTERS;
  memset(boot.nvm + record * PAIR_BYTES + (uint32_t)(_i % 2) * STORE_PAGE_BYTES, 0x5A,
         STORE_PAGE_BYTES);
  ck_assert_uint_eq(start(), FIRST_SOC);
  ck_assert_uint_eq(bms.dtc[DTC_CONTACTOR_WELDED].is_latched, 1);
  ck_assert_int_eq(is_lost(), 0);
  bms.soc.soc_permille = FIRST_SOC;
  ck_assert_uint_eq(write_all(), 2);
  ck_assert_uint_eq(start(), FIRST_SOC);
  ck_assert_int_eq(store_is_idle(&bms), 1);
}
END_TEST

START_TEST(both_pages_gone_is_told) {
  save_soc(FIRST_SOC);
  boot.nvm[10] ^= 1;
  boot.nvm[STORE_PAGE_BYTES + 10] ^= 1;
  ck_assert_uint_eq(start(), STORE_NO_SOC);
  ck_assert_int_eq(is_lost(), 1);
  ck_assert_uint_eq(bms.dtc[DTC_CELL_OVERVOLTAGE].is_latched, 0); /* another record */
}
END_TEST

/// Nobody can say that a latched fault was not there; the vehicle's clearing takes it away.
START_TEST(a_lost_latching_record_counts_as_latched) {
  save_dtc(DTC_CELL_OVERVOLTAGE);
  save_dtc(DTC_OPEN_WIRE);
  boot.nvm[(STORE_DTC + DTC_CELL_OVERVOLTAGE) * PAIR_BYTES + 30] ^= 4;
  boot.nvm[(STORE_DTC + DTC_CELL_OVERVOLTAGE) * PAIR_BYTES + 100] ^= 4;
  boot.nvm[(STORE_DTC + DTC_OPEN_WIRE) * PAIR_BYTES + 30] ^= 4;
  boot.nvm[(STORE_DTC + DTC_OPEN_WIRE) * PAIR_BYTES + 100] ^= 4;
  start();
  ck_assert_int_eq(is_lost(), 1);
  ck_assert_uint_eq(bms.dtc[DTC_CELL_OVERVOLTAGE].is_latched, 1);
  ck_assert_uint_eq(bms.dtc[DTC_CELL_OVERVOLTAGE].is_active, 1);
  ck_assert_uint_eq(bms.dtc[DTC_CELL_OVERVOLTAGE].occurrence_count, 1);
  ck_assert_uint_eq(bms.memory[DTC_CELL_OVERVOLTAGE].is_stored, 1);
  ck_assert_uint_eq(bms.memory[DTC_CELL_OVERVOLTAGE].first.location, BMS_NO_LOCATION);
  ck_assert_uint_eq(bms.memory[DTC_CELL_OVERVOLTAGE].last.soc_permille, STORE_NO_SOC);
  ck_assert_uint_eq(bms.memory[DTC_OPEN_WIRE].is_stored, 0);
  ck_assert_uint_eq(write_all(), 4); /* and is told once only */
  start();
  ck_assert_int_eq(is_lost(), 0);
  ck_assert_uint_eq(bms.dtc[DTC_CELL_OVERVOLTAGE].is_latched, 1);
  ck_assert_uint_eq(bms.memory[DTC_OPEN_WIRE].is_stored, 0);
}
END_TEST

/// A page of another place is none, though its CRC is right.
START_TEST(a_page_at_a_wrong_place_is_not_taken) {
  save_dtc(DTC_CELL_OVERVOLTAGE);
  memcpy(boot.nvm + (STORE_DTC + DTC_CONTACTOR_WELDED) * PAIR_BYTES,
         boot.nvm + (STORE_DTC + DTC_CELL_OVERVOLTAGE) * PAIR_BYTES, STORE_PAGE_BYTES);
  start();
  ck_assert_uint_eq(bms.dtc[DTC_CELL_OVERVOLTAGE].is_latched, 1);
  ck_assert_uint_eq(bms.memory[DTC_CONTACTOR_WELDED].is_stored, 0);
}
END_TEST

START_TEST(latched_dtcs_come_back) {
  save_dtc(DTC_CONTACTOR_WELDED);
  save_soc(FIRST_SOC);
  save_dtc(DTC_CELL_UNDERVOLTAGE);
  ck_assert_uint_eq(start(), FIRST_SOC);
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    uint32_t is_ours = dtc == DTC_CONTACTOR_WELDED || dtc == DTC_CELL_UNDERVOLTAGE;
    ck_assert_uint_eq(bms.dtc[dtc].is_latched, is_ours);
    ck_assert_uint_eq(bms.dtc[dtc].is_active, is_ours);
    ck_assert_uint_eq(bms.dtc[dtc].occurrence_count, is_ours);
    ck_assert_uint_eq(bms.dtc[dtc].location, is_ours ? dtc + 100 : BMS_NO_LOCATION);
  }
}
END_TEST

START_TEST(a_row_that_does_not_latch_is_not_latched_by_memory) {
  ck_assert_uint_eq(dtc_row[DTC_OPEN_WIRE].is_latched, 0);
  save_dtc(DTC_OPEN_WIRE);
  start();
  ck_assert_uint_eq(bms.dtc[DTC_OPEN_WIRE].is_latched, 0);
  ck_assert_uint_eq(bms.dtc[DTC_OPEN_WIRE].is_active, 0);
  ck_assert_uint_eq(bms.dtc[DTC_OPEN_WIRE].occurrence_count, 1);
}
END_TEST

START_TEST(a_refused_write_is_tried_again_on_the_same_page) {
  save_soc(FIRST_SOC);
  ask_soc(SECOND_SOC);
  uint32_t offset = out.nvm_offset;
  answer(0);
  ck_assert_int_eq(task(), 1);
  ck_assert_uint_eq(out.nvm_offset, offset);
  ck_assert_uint_eq(bms.dtc[DTC_NVM_WRITE].condition, 0);
  write_bytes(STORE_PAGE_BYTES);
  answer(1);
  ck_assert_int_eq(task(), 1);
  answer(0); /* the second copy as well */
  ck_assert_int_eq(task(), 1);
  ck_assert_uint_eq(out.nvm_offset, offset ^ STORE_PAGE_BYTES);
  write_bytes(STORE_PAGE_BYTES);
  answer(1);
  ck_assert_uint_eq(write_all(), 0);
  ck_assert_uint_eq(start(), SECOND_SOC);
}
END_TEST

START_TEST(an_answer_to_another_request_is_none) {
  ask_soc(FIRST_SOC);
  in.nvm_ack = (uint8_t)(bms.store.sequence - 1);
  in.nvm_ok = 1;
  ck_assert_int_eq(task(), 0);
  ck_assert_uint_eq(bms.store.is_pending, 1);
}
END_TEST

/// The host still shows the acknowledgement of the time before the reset.
START_TEST(the_first_request_differs_from_the_last_acknowledgement) {
  in.nvm_ok = 1;
  for (uint32_t ack = 0; ack < 256; ack++) {
    start();
    in.nvm_ack = (uint8_t)ack;
    ask_soc(FIRST_SOC);
    ck_assert_uint_ne(bms.store.sequence, ack);
    ck_assert_uint_ne(bms.store.sequence, 0);
    ck_assert_int_eq(task(), 0);
  }
}
END_TEST

START_TEST(silence_is_a_refusal) {
  ask_soc(FIRST_SOC);
  uint32_t tasks = 0;
  while (!task() && tasks < 200) tasks++;
  ck_assert_uint_eq(tasks, 100); /* waits a second */
}
END_TEST

/// Three failures in a row are told; then it tries once a second, until one succeeds.
START_TEST(a_memory_that_keeps_refusing_is_told_and_spared) {
  ask_soc(FIRST_SOC);
  for (uint32_t i = 0; i < 2; i++) {
    answer(0);
    ck_assert_int_eq(task(), 1);
    ck_assert_uint_eq(bms.dtc[DTC_NVM_WRITE].condition, 0);
  }
  answer(0);
  ck_assert_int_eq(task(), 0);
  ck_assert_uint_eq(bms.dtc[DTC_NVM_WRITE].condition, 1);
  for (uint32_t round = 0; round < 300; round++) {
    uint32_t tasks = 0;
    while (!task() && tasks < 200) tasks++;
    ck_assert_uint_eq(tasks, round == 0 ? 99 : 100); /* 1010 ms after the last request */
    answer(0);
  }
  while (!task()) continue;
  write_bytes(STORE_PAGE_BYTES);
  answer(1);
  bms.dtc[DTC_NVM_WRITE].condition = 0;
  ck_assert_uint_eq(write_all(), 1);
  ck_assert_uint_eq(bms.dtc[DTC_NVM_WRITE].condition, 0);
  ck_assert_uint_eq(start(), FIRST_SOC);
}
END_TEST

/// One page is worn out: the other records are still written.
START_TEST(a_refused_page_lets_the_others_pass) {
  uint32_t bad = STORE_DTC + DTC_CELL_OVERVOLTAGE, others = 0;
  set_dtc(DTC_CELL_OVERVOLTAGE);
  set_dtc(DTC_CONTACTOR_WELDED);
  set_dtc(DTC_CRASH);
  set_soc(FIRST_SOC);
  for (uint32_t i = 0; i < 2000 && others < 6; i++) {
    if (!task()) continue;
    int is_bad = out.nvm_offset / PAIR_BYTES == bad;
    if (!is_bad) write_bytes(STORE_PAGE_BYTES);
    others += !is_bad;
    answer(!is_bad);
  }
  ck_assert_uint_eq(others, 6);
  ck_assert_uint_eq(start(), FIRST_SOC);
  ck_assert_uint_eq(bms.dtc[DTC_CONTACTOR_WELDED].is_latched, 1);
  ck_assert_uint_eq(bms.dtc[DTC_CRASH].is_latched, 1);
}
END_TEST

START_TEST(soc_is_written_once_a_minute_and_dtcs_first) {
  uint32_t tasks = 0;
  bms.soc.is_initialised = 1;
  while (!task() && tasks < 10000) tasks++;
  ck_assert_uint_eq(tasks, 5999);
  answer(1);
  ck_assert_uint_eq(write_all(), 1);
  set_soc(FIRST_SOC);
  set_dtc(DTC_CRASH);
  ck_assert_int_eq(task(), 1);
  ck_assert_uint_eq(out.nvm_offset / PAIR_BYTES, STORE_DTC + DTC_CRASH);
}
END_TEST

START_TEST(nothing_is_written_in_sleep) {
  bms.soc.is_initialised = 1;
  bms.state = BMS_STATE_SLEEP;
  for (uint32_t i = 0; i < 20000; i++) ck_assert_int_eq(task(), 0);
}
END_TEST

START_TEST(what_can_wait_goes_with_the_counters) {
  set_dtc(DTC_CRASH);
  bms.store.record[STORE_DTC + DTC_CRASH].due_count = 0;
  store_mark_stale(&bms, STORE_DTC + DTC_CRASH);
  ck_assert_int_eq(task(), 0);
  set_soc(FIRST_SOC);
  ck_assert_uint_eq(write_all(), 4);
  start();
  ck_assert_uint_eq(bms.dtc[DTC_CRASH].is_latched, 1);
  store_mark_stale(&bms, STORE_DTC + DTC_CRASH);
  store_mark(&bms, STORE_DTC + DTC_CRASH); /* it waits no longer */
  ck_assert_uint_eq(write_all(), 2);
  set_soc(FIRST_SOC);
  ck_assert_uint_eq(write_all(), 2);
}
END_TEST

START_TEST(no_soc_is_written_before_there_is_one) {
  bms.store.soc_is_dirty = 1;
  ck_assert_int_eq(task(), 0);
  ck_assert_int_eq(store_is_idle(&bms), 0);
}
END_TEST

START_TEST(record_numbers_wrap) {
  bms.store.record[STORE_COUNTERS].number = UINT16_MAX - 2;
  save_soc(FIRST_SOC); /* numbers UINT16_MAX - 1 and UINT16_MAX */
  ask_soc(SECOND_SOC); /* number 0 is newer */
  write_bytes(STORE_PAGE_BYTES);
  ck_assert_uint_eq(start(), SECOND_SOC);
}
END_TEST

/* --- CRC ------------------------------------------------------------------------------------- */

START_TEST(crc_has_the_known_check_value) {
  ck_assert_uint_eq(store_crc((const uint8_t *)"123456789", 9), 0xE3069283u); /* RFC 3720: 32C */
}
END_TEST

static int by_value(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/// The CRC is linear: flipped bits pass unseen iff their changes of it add up to 0. No one, two,
/// three or four of the page's bits do.
START_TEST(up_to_four_flipped_bits_are_seen) {
  enum {
    COVERED = STORE_PAGE_BYTES - 4,
    BITS = STORE_PAGE_BYTES * 8,
    PAIRS = BITS * (BITS - 1) / 2
  };
  static uint32_t change[BITS], pair[PAIRS];
  uint8_t page[COVERED];
  memset(page, 0, sizeof page);
  uint32_t zero = store_crc(page, COVERED), pairs = 0;
  for (uint32_t bit = 0; bit < BITS; bit++) {
    uint8_t *byte = &page[bit / 8 % COVERED];
    *byte ^= (uint8_t)(1u << bit % 8);
    change[bit] = bit < COVERED * 8 ? store_crc(page, COVERED) ^ zero : 1u << (bit - COVERED * 8);
    *byte ^= (uint8_t)(1u << bit % 8);
    ck_assert_uint_ne(change[bit], 0);
    for (uint32_t other = 0; other < bit; other++) pair[pairs++] = change[bit] ^ change[other];
  }
  ck_assert_uint_eq(pairs, PAIRS);
  qsort(pair, PAIRS, sizeof pair[0], by_value);
  ck_assert_uint_ne(pair[0], 0);
  uint32_t equal_count = 0;
  for (uint32_t i = 1; i < PAIRS; i++) equal_count += pair[i] == pair[i - 1];
  ck_assert_uint_eq(equal_count, 0);
  for (uint32_t bit = 0; bit < BITS; bit++) {
    ck_assert_ptr_null(bsearch(&change[bit], pair, PAIRS, sizeof pair[0], by_value));
  }
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("core_store");
  TCase *tests = tcase_create("pages");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, an_empty_memory_is_no_fault);
  tcase_add_loop_test(tests, a_page_with_one_odd_byte_is_not_blank, 0, 2);
  tcase_add_test(tests, what_lies_behind_the_records_is_not_read);
  tcase_add_test(tests, each_record_that_is_due_keeps_it_busy);
  tcase_add_test(tests, an_image_of_another_size_is_none);
  tcase_add_test(tests, the_newest_record_is_loaded);
  tcase_add_test(tests, a_change_is_written_to_both_pages_of_its_pair);
  tcase_add_test(tests, a_change_while_its_page_is_written_is_written_too);
  tcase_add_loop_test(tests, a_pair_that_is_not_alike_is_repaired, 0, STORE_PAGE_BYTES);
  tcase_add_loop_test(tests, one_page_lost_at_rest_costs_nothing, 0, 4);
  tcase_add_test(tests, both_pages_gone_is_told);
  tcase_add_test(tests, a_lost_latching_record_counts_as_latched);
  tcase_add_test(tests, a_page_at_a_wrong_place_is_not_taken);
  tcase_add_test(tests, latched_dtcs_come_back);
  tcase_add_test(tests, a_row_that_does_not_latch_is_not_latched_by_memory);
  tcase_add_test(tests, a_refused_write_is_tried_again_on_the_same_page);
  tcase_add_test(tests, an_answer_to_another_request_is_none);
  tcase_add_test(tests, the_first_request_differs_from_the_last_acknowledgement);
  tcase_add_test(tests, silence_is_a_refusal);
  tcase_add_test(tests, a_memory_that_keeps_refusing_is_told_and_spared);
  tcase_add_test(tests, a_refused_page_lets_the_others_pass);
  tcase_add_test(tests, soc_is_written_once_a_minute_and_dtcs_first);
  tcase_add_test(tests, nothing_is_written_in_sleep);
  tcase_add_test(tests, what_can_wait_goes_with_the_counters);
  tcase_add_test(tests, no_soc_is_written_before_there_is_one);
  tcase_add_test(tests, record_numbers_wrap);
  tcase_add_test(tests, crc_has_the_known_check_value);
  tcase_add_test(tests, up_to_four_flipped_bits_are_seen);
  suite_add_tcase(suite, tests);
  return suite;
}
