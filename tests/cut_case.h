/// What each test of the bus cut begins with: a rig, and a vehicle that drives.
#ifndef TESTS_CUT_CASE_H
#define TESTS_CUT_CASE_H

#include "cut_rig.h"

Suite *test_suite(void);

static cut_rig_t *rig;

static inline void teardown(void) {
  if (rig != NULL) cut_rig_close(rig);
  rig = NULL;
}

static inline cut_message_t blank(cut_kind_t kind) {
  cut_message_t message;
  memset(&message, 0, sizeof message);
  message.kind = kind;
  message.head.from = 0xA1B2;
  message.head.to = 0xC3D4;
  message.head.counter = 0xE5;
  return message;
}

static inline int coils_are_on(void) {
  double sum_V = 0.0;
  for (uint32_t coil = 0; coil < PINS_COIL_COUNT; coil++) sum_V += rig->hil->pins_out.coil_V[coil];
  return sum_V > 0.0;
}

static inline void drive(int is_fd, int is_stepped) {
  rig = cut_rig_open(is_fd, is_stepped);
  rig->hil->stimulus.request = VCM_STANDBY;
  cut_rig_run(rig, 1200);
  ck_assert_int_eq(rig->hil->bms.state, BMS_STATE_STANDBY);
  rig->hil->stimulus.request = VCM_DRIVE;
  cut_rig_run(rig, 2000);
  ck_assert_int_eq(rig->ecu->bms.state, BMS_STATE_DRIVE);
  ck_assert_int_eq(rig->hil->bms.state, BMS_STATE_DRIVE);
  ck_assert(coils_are_on() && rig->hil->hv.aux_is_closed[PINS_COIL_MAIN_POS]);
  ck_assert_uint_eq(rig->hil->bms.dtc_active_count, 0);
  ck_assert_uint_eq(rig->ecu->stats.lost_count, 0);
}

static inline TCase *make_case(Suite *suite, const char *name) {
  TCase *tcase = tcase_create(name);
  tcase_add_checked_fixture(tcase, NULL, teardown);
  tcase_set_timeout(tcase, 60);
  suite_add_tcase(suite, tcase);
  return tcase;
}

#endif
