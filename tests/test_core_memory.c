/// A scripted life of the memory: power cut at every byte of every write, every bit flipped.
///
/// Model    a host keeps the image and, page by page, what was completely written; its judge reads
///          the pages by the documented layout with its own code and asks the core, started anew
///          from the image, for every record: the last complete content, nothing else
#include <check.h>
#include <string.h>

#include "../ecu_model/core/bms.h"
#include "../ecu_model/core/diag.h"
#include "../ecu_model/core/history.h"
#include "../ecu_model/core/store.h"

Suite *test_suite(void);

enum {
  PAGE = 64,
  COUNTERS = 0, /* records by their place in the image */
  LEARNT = 1,
  FIRST_DTC = 2,
  RECORDS = FIRST_DTC + DTC_COUNT,
  PAYLOAD = 4,
  PAYLOAD_BYTES = 56
};

typedef struct {
  bms_t bms;
  bms_in_t in;
  bms_out_t out;
  bms_boot_t boot; ///< its image is the memory
  uint8_t payload[RECORDS][PAYLOAD_BYTES]; ///< newest complete one
  uint8_t is_written[RECORDS];
  uint32_t writes;
} world_t;

static uint32_t le(const uint8_t *bytes, uint32_t count) {
  uint32_t value = 0;
  while (count-- > 0) value = value << 8 | bytes[count];
  return value;
}

/* --- the judge ------------------------------------------------------------------------------- */

/* One assertion a start, not a thousand: what differs is told by its line. */
#define SAME(a, b)                                                                                 \
  do {                                                                                             \
    if ((int64_t)(a) != (int64_t)(b)) return __LINE__;                                             \
  } while (0)

static int differs_frame(const bms_frame_t *frame, const uint8_t *bytes) {
  SAME(frame->operating_s, le(bytes, 4));
  SAME(frame->current_dA, (int16_t)le(bytes + 4, 2));
  SAME(frame->pack_dV, le(bytes + 6, 2));
  SAME(frame->link_dV, le(bytes + 8, 2));
  SAME(frame->group_max_mV, le(bytes + 10, 2));
  SAME(frame->group_min_mV, le(bytes + 12, 2));
  SAME(frame->temperature_max_ddegC, (int16_t)le(bytes + 14, 2));
  SAME(frame->temperature_min_ddegC, (int16_t)le(bytes + 16, 2));
  SAME(frame->soc_permille, le(bytes + 18, 2));
  SAME(frame->group_max_index, bytes[20]);
  SAME(frame->group_min_index, bytes[21]);
  SAME(frame->temperature_max_index, bytes[22]);
  SAME(frame->temperature_min_index, bytes[23]);
  SAME(frame->state, bytes[24]);
  SAME(frame->location, bytes[25]);
  return 0;
}

static int differs_dtc(const bms_t *bms, uint32_t dtc, const uint8_t *payload) {
  uint32_t is_stored = payload[0] & 1u, was_active = payload[0] >> 1 & 1u,
           is_latched = payload[0] >> 2 & 1u;
  const bms_memory_t *memory = &bms->memory[dtc];
  SAME(memory->is_stored, is_stored);
  SAME(bms->dtc[dtc].is_latched, is_latched);
  SAME(bms->dtc[dtc].is_active, is_latched);
  SAME(bms->dtc[dtc].occurrence_count, payload[1]);
  if (was_active)
    SAME(history_failed_this_cycle(bms, dtc), 1);
  else
    SAME(memory->failed_cycle, le(payload + 2, 2));
  int line = differs_frame(&memory->first, payload + 4);
  return line != 0 ? line : differs_frame(&memory->last, payload + 30);
}

static int differs_counters(const bms_t *bms, const uint8_t *payload) {
  const bms_life_t *life = &bms->life;
  uint32_t behind = life->cycle_count - le(payload + 8, 4);
  SAME(bms->stored_soc_permille, le(payload, 2));
  SAME(bms->contactor.energy_uJ, (int64_t)le(payload + 2, 2) * 1000000);
  SAME(life->operating_s, le(payload + 4, 4));
  SAME(behind > 1, 0); /* a DTC may know of a later cycle */
  SAME(life->closing_count, le(payload + 12, 4));
  SAME(life->loaded_opening_count, le(payload + 16, 4));
  SAME(life->discharge_As, le(payload + 20, 4));
  SAME(life->charge_As, le(payload + 24, 4));
  SAME(life->discharge_kJ, le(payload + 28, 4));
  SAME(life->charge_kJ, le(payload + 32, 4));
  SAME(life->reset_count, le(payload + 36, 4) + 1); /* this start */
  SAME(life->watchdog_reset_count, le(payload + 40, 2));
  SAME(life->brown_out_count, le(payload + 42, 2));
  return 0;
}

static int differs(const world_t *world, const bms_t *bms) {
  static const uint8_t nothing[PAYLOAD_BYTES];
  SAME(bms->dtc[DTC_NVM_RECORD_LOST].condition, 0);
  if (!world->is_written[COUNTERS]) SAME(bms->stored_soc_permille, STORE_NO_SOC);
  int line = world->is_written[COUNTERS] ? differs_counters(bms, world->payload[COUNTERS]) : 0;
  const uint8_t *learnt = world->is_written[LEARNT] ? world->payload[LEARNT] : nothing;
  SAME(bms->meas.zero_low_uA, (int32_t)le(learnt, 4));
  SAME(bms->meas.zero_high_uA, (int32_t)le(learnt + 4, 4));
  SAME(bms->meas.zero_is_known, learnt[8]);
  for (uint32_t dtc = 0; dtc < DTC_COUNT && line == 0; dtc++) {
    uint32_t record = FIRST_DTC + dtc;
    line = differs_dtc(bms, dtc, world->is_written[record] ? world->payload[record] : nothing);
  }
  return line;
}

/// Started from the image, the core believes exactly what was completely written.
static void judge(const world_t *world, const bms_boot_t *boot, bms_t *bms) {
  bms_init(bms, bms_config_soul_ev(), boot);
  int line = differs(world, bms);
  ck_assert_msg(line == 0, "write %u, line %d", world->writes, line);
}

/* --- the host -------------------------------------------------------------------------------- */

typedef void (*visit_t)(const world_t *world);

/// The page is complete: from now on it counts, acknowledged or not.
static void complete(world_t *world) {
  uint32_t record = world->out.nvm_offset / PAGE / 2;
  if (record >= RECORDS || world->out.nvm_offset % PAGE != 0) ck_abort_msg("no page is there");
  memcpy(world->boot.nvm + world->out.nvm_offset, world->out.nvm_data, PAGE);
  memcpy(world->payload[record], world->out.nvm_data + PAYLOAD, PAYLOAD_BYTES);
  world->is_written[record] = 1;
}

/// A task of the store; visit sees the world with the request on its way.
static int task(world_t *world, visit_t visit) {
  world->out.nvm_bytes = 0;
  store_step(&world->bms, &world->in, &world->out);
  if (world->out.nvm_bytes == 0) return 0;
  world->writes++;
  if (visit != NULL) visit(world);
  complete(world);
  world->in.nvm_ack = world->bms.store.sequence;
  world->in.nvm_ok = 1;
  return 1;
}

static void settle(world_t *world, visit_t visit) {
  uint32_t tasks = 0;
  while (task(world, visit)) tasks++;
  ck_assert_uint_lt(tasks, 300);
}

static void begin(world_t *world) {
  memset(world, 0, sizeof *world);
  memset(world->boot.nvm, 0xFF, sizeof world->boot.nvm);
  world->boot.nvm_bytes = BMS_NVM_BYTES;
  bms_init(&world->bms, bms_config_soul_ev(), &world->boot);
}

/* --- a life ---------------------------------------------------------------------------------- */

static void walk(world_t *world, uint32_t dtc, int is_bad, uint32_t ms, visit_t visit) {
  bms_t *bms = &world->bms;
  for (uint32_t t = 0; t < ms; t += 10) {
    world->out.event_count = 0;
    diag_report(bms, dtc, is_bad, (uint8_t)(dtc + 3));
    diag_walk(bms, 10, &world->out);
    (void)task(world, visit);
  }
}

static void occur(world_t *world, uint32_t dtc, visit_t visit) {
  bms_t *bms = &world->bms;
  bms->life.operating_s += 77;
  bms->meas.current_mA += 12300;
  bms->meas.pack_mV = 350000 + (int32_t)bms->life.operating_s;
  bms->meas.group_max_mV = (uint16_t)(3800 + bms->life.operating_s % 400);
  bms->meas.group_min_index = (uint8_t)(bms->life.operating_s % 96);
  bms->meas.temperature_min_ddegC = (int16_t) - (int32_t)(bms->life.operating_s % 300);
  walk(world, dtc, 1, dtc_row[dtc].up_ms + 20u, visit);
  walk(world, dtc, 0, dtc_row[dtc].down_ms + 20u, visit);
}

static void save_counters(world_t *world, uint32_t soc_permille, visit_t visit) {
  bms_life_t *life = &world->bms.life;
  world->bms.soc.is_initialised = 1;
  world->bms.soc.soc_permille = (uint16_t)soc_permille;
  world->bms.contactor.energy_uJ = (int64_t)soc_permille * 1000000;
  life->closing_count += 3;
  life->loaded_opening_count++;
  life->discharge_As += 1001;
  life->charge_As += 901;
  life->discharge_kJ += 401;
  life->charge_kJ += 301;
  world->bms.store.soc_is_dirty = 1;
  settle(world, visit);
}

static void save_zero(world_t *world, int32_t low_uA, int32_t high_uA, visit_t visit) {
  world->bms.life.stored_zero_low_uA = low_uA;
  world->bms.life.stored_zero_high_uA = high_uA;
  store_mark(&world->bms, STORE_LEARNT);
  settle(world, visit);
}

static void restart(world_t *world, visit_t visit) {
  settle(world, visit);
  bms_init(&world->bms, bms_config_soul_ev(), &world->boot);
  memset(&world->in, 0, sizeof world->in);
  world->bms.soc.is_initialised = 1;
  world->bms.soc.soc_permille = world->bms.stored_soc_permille;
  settle(world, visit);
}

/// Set, heal, set again, clear, count, learn, restart, age, erase.
static void live(world_t *world, visit_t visit) {
  begin(world);
  occur(world, DTC_CELL_VOLTAGE_HIGH, visit);
  save_counters(world, 612, visit);
  occur(world, DTC_CELL_OVERVOLTAGE, visit);
  occur(world, DTC_CELL_VOLTAGE_HIGH, visit);
  save_counters(world, 598, visit);
  save_zero(world, -120000, 1750000, visit);
  diag_clear(&world->bms, &world->out);
  settle(world, visit);
  occur(world, DTC_CELL_OVERVOLTAGE, visit);
  occur(world, DTC_OPEN_WIRE, visit);
  walk(world, DTC_FAN, 1, 6000, visit); /* it is there when the power goes */
  save_counters(world, 580, visit);
  restart(world, visit);
  occur(world, DTC_CONTACTOR_WELDED, visit);
  history_end_cycle(&world->bms);
  occur(world, DTC_CELL_BELOW_OPERATING, visit); /* knows of a cycle that no counter has yet */
  save_counters(world, 433, visit);
  save_zero(world, -90000, -2000000, visit);
  diag_clear(&world->bms, &world->out);
  settle(world, visit);
  restart(world, visit);
  for (uint32_t i = 0; i < 41; i++) {
    history_end_cycle(&world->bms);
    save_counters(world, 420 - i, i < 2 || i > 38 ? visit : NULL);
  }
  occur(world, DTC_CELL_OVERVOLTAGE, visit);
  diag_erase(&world->bms, DTC_NONE, &world->out);
  settle(world, visit);
}

/* --- cuts ------------------------------------------------------------------------------------ */

static world_t life, trial;
static uint32_t cut_count, again_count;

static int has_arrived(const world_t *world, const bms_boot_t *boot) {
  return memcmp(boot->nvm + world->out.nvm_offset, world->out.nvm_data, PAGE) == 0;
}

/// The repair after a cut is cut as well.
static void cut_again(const world_t *world) {
  for (uint32_t bytes = 1; bytes <= PAGE; bytes += 21) {
    bms_boot_t boot = world->boot;
    static world_t expected;
    static bms_t bms;
    memcpy(boot.nvm + world->out.nvm_offset, world->out.nvm_data, bytes);
    expected = *world;
    if (has_arrived(world, &boot)) complete(&expected);
    judge(&expected, &boot, &bms);
    again_count++;
  }
}

static void cut_everywhere(const world_t *world) {
  for (uint32_t bytes = 0; bytes <= PAGE; bytes++) {
    trial = *world;
    memcpy(trial.boot.nvm + world->out.nvm_offset, world->out.nvm_data, bytes);
    if (has_arrived(world, &trial.boot)) complete(&trial);
    judge(&trial, &trial.boot, &trial.bms);
    cut_count++;
    if (bytes % 16 != 5) continue;
    memset(&trial.in, 0, sizeof trial.in);
    trial.bms.soc.is_initialised = 1; /* as after the start */
    trial.bms.soc.soc_permille = trial.bms.stored_soc_permille;
    settle(&trial, cut_again);
    judge(&trial, &trial.boot, &trial.bms);
    ck_assert_int_eq(store_is_idle(&trial.bms), 1); /* all pairs are alike again */
  }
}

START_TEST(a_cut_at_any_byte_of_any_write_loses_nothing) {
  cut_count = again_count = 0;
  live(&life, cut_everywhere);
  ck_assert_uint_ge(life.writes, 140);
  ck_assert_uint_ge(cut_count, 65 * (PAGE + 1));
  ck_assert_uint_ge(again_count, 80);
}
END_TEST

/// The life did what it should: nothing but what was set again after the erasing is left.
START_TEST(the_life_leaves_what_it_should) {
  live(&life, NULL);
  judge(&life, &life.boot, &trial.bms);
  ck_assert_uint_eq(trial.bms.memory[DTC_CELL_OVERVOLTAGE].is_stored, 0);
  ck_assert_uint_eq(trial.bms.memory[DTC_CONTACTOR_WELDED].is_stored, 0);
  ck_assert_uint_eq(trial.bms.memory[DTC_CELL_VOLTAGE_HIGH].is_stored, 0);
  ck_assert_uint_eq(trial.bms.stored_soc_permille, 380);
  ck_assert_int_eq(trial.bms.meas.zero_high_uA, -2000000);
}
END_TEST

/* --- flipped bits ---------------------------------------------------------------------------- */

static uint32_t flip_first, flip_write, flip_count;

/// Before a write begins all pairs are alike: whichever bit flips, the twin page has the content.
static void flip_every_bit(const world_t *world) {
  if (world->writes != flip_write) return;
  static bms_boot_t boot;
  boot = world->boot;
  for (uint32_t bit = flip_first; bit < BMS_NVM_BYTES * 8; bit += 8) {
    boot.nvm[bit / 8] ^= (uint8_t)(1u << bit % 8);
    judge(world, &boot, &trial.bms);
    boot.nvm[bit / 8] ^= (uint8_t)(1u << bit % 8);
    flip_count++;
  }
}

START_TEST(any_flipped_bit_is_made_good) {
  enum { FIRST_COPY = 45 }; /* of an update: after six DTCs, counters and learnt values */
  flip_first = (uint32_t)_i;
  flip_write = FIRST_COPY;
  flip_count = 0;
  live(&life, flip_every_bit);
  ck_assert_uint_eq(flip_count, BMS_NVM_BYTES);
}
END_TEST

/// Both pages of a pair damaged: told, nothing taken, the others untouched.
START_TEST(a_lost_pair_is_told) {
  live(&life, NULL);
  for (uint32_t record = 0; record < RECORDS; record++) {
    trial = life;
    if (!life.is_written[record]) continue;
    trial.boot.nvm[record * 2 * PAGE + 17] ^= 0x10;
    trial.boot.nvm[record * 2 * PAGE + PAGE + 63] ^= 0x01;
    bms_init(&trial.bms, bms_config_soul_ev(), &trial.boot);
    ck_assert_uint_eq(trial.bms.dtc[DTC_NVM_RECORD_LOST].condition, 1);
    ck_assert_uint_eq(trial.bms.stored_soc_permille > 1000, record == COUNTERS);
    ck_assert_uint_eq(trial.bms.meas.zero_is_known, record != LEARNT);
    for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
      int is_its = record == FIRST_DTC + dtc && dtc_row[dtc].is_latched;
      ck_assert_uint_eq(trial.bms.dtc[dtc].is_latched, is_its || life.bms.dtc[dtc].is_latched);
    }
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_memory");
  TCase *tests = tcase_create("memory");
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, a_cut_at_any_byte_of_any_write_loses_nothing);
  tcase_add_test(tests, the_life_leaves_what_it_should);
  tcase_add_loop_test(tests, any_flipped_bit_is_made_good, 0, 8);
  tcase_add_test(tests, a_lost_pair_is_told);
  suite_add_tcase(suite, tests);
  return suite;
}
