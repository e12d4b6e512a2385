/// Memory over power cuts: every byte of every write may be the last one.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/bms.h"
#include "../ecu_model/core/store.h"

enum { FIRST_SOC = 612, SECOND_SOC = 587 };

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
  store_step(&bms, &in, &out);
  return bms.store.sequence != before;
}

/// The first byte_count bytes of the request reach the memory.
static void write_bytes(uint32_t byte_count) {
  ck_assert_uint_eq(out.nvm_bytes, STORE_PAGE_BYTES);
  ck_assert_uint_le(out.nvm_offset + out.nvm_bytes, BMS_NVM_BYTES);
  memcpy(boot.nvm + out.nvm_offset, out.nvm_data, byte_count);
}

static void acknowledge(int ok) {
  in.nvm_ack = bms.store.sequence;
  in.nvm_ok = (uint8_t)ok;
  ck_assert_int_eq(task(), 0);
}

static void ask_soc(uint32_t permille) {
  bms.soc.is_initialised = 1;
  bms.soc.soc_permille = (uint16_t)permille;
  bms.store.soc_is_dirty = 1;
  ck_assert_int_eq(task(), 1);
}

static void save_soc(uint32_t permille) {
  ask_soc(permille);
  write_bytes(STORE_PAGE_BYTES);
  acknowledge(1);
}

static void save_dtc(uint32_t dtc) {
  bms.dtc[dtc].is_latched = 1;
  bms.dtc[dtc].occurrence_count++;
  bms.store.dtc_is_dirty = 1;
  ck_assert_int_eq(task(), 1);
  write_bytes(STORE_PAGE_BYTES);
  acknowledge(1);
}

START_TEST(an_empty_memory_is_no_fault) {
  ck_assert_uint_eq(start(), STORE_NO_SOC);
  ck_assert_uint_eq(bms.dtc[DTC_NVM_RECORD_LOST].condition, 0);
  memset(boot.nvm, 0, sizeof boot.nvm);
  ck_assert_uint_eq(start(), STORE_NO_SOC);
  ck_assert_uint_eq(bms.dtc[DTC_NVM_RECORD_LOST].condition, 0);
  boot.nvm_bytes = 0;
  ck_assert_uint_eq(start(), STORE_NO_SOC);
}
END_TEST

START_TEST(the_newest_record_is_loaded) {
  for (uint32_t soc = 100; soc < 110; soc++) {
    save_soc(soc);
    bms_t running = bms;
    ck_assert_uint_eq(start(), soc);
    bms = running;
  }
}
END_TEST

/// _i bytes of the second write arrive before the lights go out.
START_TEST(a_cut_at_any_byte_loses_nothing_acknowledged) {
  save_soc(700);
  save_soc(FIRST_SOC);
  ask_soc(SECOND_SOC);
  write_bytes((uint32_t)_i);
  uint32_t found = start();
  ck_assert_uint_eq(found, _i == STORE_PAGE_BYTES ? SECOND_SOC : FIRST_SOC);
  ck_assert_uint_eq(bms.dtc[DTC_NVM_RECORD_LOST].condition, 0);
  save_soc(333); /* and it goes on from there */
  ck_assert_uint_eq(start(), 333);
}
END_TEST

/// Bit _i of the newest page flips: the older page serves, never a wrong SOC.
START_TEST(one_flipped_bit_is_seen) {
  save_soc(FIRST_SOC);
  save_soc(SECOND_SOC);
  boot.nvm[out.nvm_offset + (uint32_t)_i / 8] ^= (uint8_t)(1u << _i % 8);
  ck_assert_uint_eq(start(), FIRST_SOC);
}
END_TEST

START_TEST(both_pages_gone_is_told) {
  save_soc(FIRST_SOC);
  save_soc(SECOND_SOC);
  boot.nvm[10] ^= 1;
  boot.nvm[STORE_PAGE_BYTES + 10] ^= 1;
  ck_assert_uint_eq(start(), STORE_NO_SOC);
  ck_assert_uint_eq(bms.dtc[DTC_NVM_RECORD_LOST].condition, 1);
}
END_TEST

START_TEST(latched_dtcs_come_back) {
  save_dtc(DTC_CONTACTOR_WELDED);
  save_soc(FIRST_SOC);
  save_dtc(DTC_CELL_OVERVOLTAGE);
  ck_assert_uint_eq(start(), FIRST_SOC);
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    uint32_t is_ours = dtc == DTC_CONTACTOR_WELDED || dtc == DTC_CELL_OVERVOLTAGE;
    ck_assert_uint_eq(bms.dtc[dtc].is_latched, is_ours);
    ck_assert_uint_eq(bms.dtc[dtc].is_active, is_ours);
    ck_assert_uint_eq(bms.dtc[dtc].occurrence_count, is_ours);
  }
}
END_TEST

START_TEST(a_row_that_does_not_latch_is_not_latched_by_memory) {
  ck_assert_uint_eq(dtc_row[DTC_OPEN_WIRE].is_latched, 0);
  save_dtc(DTC_OPEN_WIRE);
  start();
  ck_assert_uint_eq(bms.dtc[DTC_OPEN_WIRE].is_latched, 0);
  ck_assert_uint_eq(bms.dtc[DTC_OPEN_WIRE].occurrence_count, 1);
}
END_TEST

START_TEST(a_refused_write_is_tried_again_on_the_same_page) {
  save_soc(FIRST_SOC);
  ask_soc(SECOND_SOC);
  uint32_t offset = out.nvm_offset;
  acknowledge(0);
  ck_assert_int_eq(task(), 1);
  ck_assert_uint_eq(out.nvm_offset, offset);
  write_bytes(STORE_PAGE_BYTES);
  acknowledge(1);
  ck_assert_uint_eq(start(), SECOND_SOC);
}
END_TEST

START_TEST(silence_is_a_refusal) {
  ask_soc(FIRST_SOC);
  uint32_t tasks = 0;
  while (!task() && tasks < 200) tasks++;
  ck_assert_uint_ge(tasks, 99); /* waits a second */
  ck_assert_uint_le(tasks, 102);
}
END_TEST

START_TEST(soc_is_written_once_a_minute_and_dtcs_first) {
  uint32_t tasks = 0;
  bms.soc.is_initialised = 1;
  while (!task() && tasks < 10000) tasks++;
  ck_assert_uint_eq(tasks, 5999);
  acknowledge(1);
  bms.store.soc_is_dirty = 1;
  bms.store.dtc_is_dirty = 1;
  ck_assert_int_eq(task(), 1);
  ck_assert_uint_ge(out.nvm_offset, STORE_DTC_A * STORE_PAGE_BYTES);
}
END_TEST

START_TEST(no_soc_is_written_before_there_is_one) {
  bms.store.soc_is_dirty = 1;
  ck_assert_int_eq(task(), 0);
}
END_TEST

START_TEST(record_numbers_wrap) {
  bms.store.soc_number = UINT32_MAX - 1;
  save_soc(FIRST_SOC); /* number UINT32_MAX */
  save_soc(SECOND_SOC); /* number 0 is newer */
  ck_assert_uint_eq(start(), SECOND_SOC);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("core_store");
  TCase *tests = tcase_create("pages");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, an_empty_memory_is_no_fault);
  tcase_add_test(tests, the_newest_record_is_loaded);
  tcase_add_loop_test(tests, a_cut_at_any_byte_loses_nothing_acknowledged, 0, STORE_PAGE_BYTES + 1);
  tcase_add_loop_test(tests, one_flipped_bit_is_seen, 0, 8 * STORE_PAGE_BYTES);
  tcase_add_test(tests, both_pages_gone_is_told);
  tcase_add_test(tests, latched_dtcs_come_back);
  tcase_add_test(tests, a_row_that_does_not_latch_is_not_latched_by_memory);
  tcase_add_test(tests, a_refused_write_is_tried_again_on_the_same_page);
  tcase_add_test(tests, silence_is_a_refusal);
  tcase_add_test(tests, soc_is_written_once_a_minute_and_dtcs_first);
  tcase_add_test(tests, no_soc_is_written_before_there_is_one);
  tcase_add_test(tests, record_numbers_wrap);
  suite_add_tcase(suite, tests);
  return suite;
}
