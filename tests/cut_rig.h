/// Plant and ECU of the bus cut in one process: a bus of two queues, a wall clock of the test's.
///
/// Model    each ms of wall time the plant makes a tick, then the ECU runs what it may. on_bus sees
///          each frame on its way and may change or swallow it
#ifndef TESTS_CUT_RIG_H
#define TESTS_CUT_RIG_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/cut_belief.h"
#include "../sim/cut_ecu.h"
#include "../sim/cut_plant.h"
#include "../sim/hil.h"
#include "cell_fixture.h"

enum { CUT_RIG_LINES = 64, CUT_RIG_FIRST_ECU = 0x1000, CUT_RIG_FIRST_PLANT = 0x2000 };

typedef struct cut_rig {
  hil_t *hil;
  hil_guest_t guest;
  cut_plant_t *plant;
  cut_ecu_t *ecu;
  cell_params_t cell;
  uint64_t wall_us;
  uint8_t plant_stands, ecu_stands, is_cut; ///< stopped processes; a bus that carries nothing
  /// 1: the frame is lost. to_ecu tells the way.
  int (*on_bus)(struct cut_rig *rig, can_frame_t *frame, int to_ecu);
  uint32_t line_count;
  char line[CUT_RIG_LINES][200]; ///< "plant: ..." and "ecu: ..."
  uint64_t frame_count;
  cut_queue_t to_ecu, to_plant; ///< what a stopped process has not read yet
} cut_rig_t;

static inline void cut_rig_line(cut_rig_t *rig, const char *who, const char *text) {
  ck_assert_uint_lt(rig->line_count, CUT_RIG_LINES);
  snprintf(rig->line[rig->line_count++], sizeof rig->line[0], "%s: %s", who, text);
}

static inline void cut_rig_plant_says(void *user, const char *text) {
  cut_rig_line(user, "plant", text);
}

static inline void cut_rig_ecu_says(void *user, const char *text) {
  cut_rig_line(user, "ecu", text);
}

/// Lines so far that hold a text.
static inline uint32_t cut_rig_said(const cut_rig_t *rig, const char *text) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < rig->line_count; i++) count += strstr(rig->line[i], text) != NULL;
  return count;
}

/// A bus that is full of what nobody reads loses the oldest.
static inline void cut_rig_carry(cut_rig_t *rig) {
  can_frame_t frame;
  while (cut_plant_next_frame(rig->plant, &frame)) {
    rig->frame_count++;
    if (!rig->is_cut && (rig->on_bus == NULL || !rig->on_bus(rig, &frame, 1)))
      cut_queue_put(&rig->to_ecu, &frame);
  }
  while (cut_ecu_next_frame(rig->ecu, &frame)) {
    rig->frame_count++;
    if (!rig->is_cut && (rig->on_bus == NULL || !rig->on_bus(rig, &frame, 0)))
      cut_queue_put(&rig->to_plant, &frame);
  }
  while (!rig->ecu_stands && cut_queue_get(&rig->to_ecu, &frame))
    cut_ecu_take(rig->ecu, rig->wall_us, &frame);
  while (!rig->plant_stands && cut_queue_get(&rig->to_plant, &frame))
    cut_plant_take(rig->plant, rig->wall_us, &frame);
}

static inline void cut_rig_run_ecu(cut_rig_t *rig) {
  if (!rig->ecu_stands) (void)cut_ecu_run(rig->ecu, rig->wall_us);
}

static inline void cut_rig_guest(void *user, const hil_guest_io_t *io) {
  cut_rig_t *rig = user;
  for (uint32_t i = 0; i < io->in->can_rx_count; i++)
    cut_plant_send(rig->plant, &io->in->can_rx[i]);
  rig->plant->tx_waiting = io->in->can_tx_waiting;
  cut_plant_begin(rig->plant, io->now_us, io->pins_in);
  for (uint32_t round = 0; round < 1 || (cut_plant_is_waiting(rig->plant) && round < 1000);
       round++) {
    cut_rig_carry(rig);
    cut_rig_run_ecu(rig);
    cut_rig_carry(rig);
    if (cut_plant_is_waiting(rig->plant)) rig->wall_us += 1000;
    cut_plant_watch(rig->plant, rig->wall_us);
  }
  while (io->out->can_tx_count < BMS_CAN_TX_MAX &&
         cut_plant_next_app(rig->plant, &io->out->can_tx[io->out->can_tx_count])) {
    cut_belief_take(io->belief, io->out, &io->out->can_tx[io->out->can_tx_count]);
    io->out->can_tx_count++;
  }
  cut_plant_end(rig->plant, io->pins_out, io->pins_in->supply_V);
}

/// One ms of wall time.
static inline void cut_rig_ms(cut_rig_t *rig) {
  can_mem_rx_t rx;
  rig->wall_us += 1000;
  if (!rig->plant_stands && !rig->plant->is_paused) {
    ck_assert_int_eq(hil_step(rig->hil), HIL_OK);
    while (hil_next_frame(rig->hil, &rx)) continue;
    return;
  }
  if (!rig->plant_stands) cut_plant_watch(rig->plant, rig->wall_us);
  cut_rig_carry(rig);
  cut_rig_run_ecu(rig);
}

static inline void cut_rig_run(cut_rig_t *rig, uint32_t ms) {
  for (uint32_t i = 0; i < ms; i++) cut_rig_ms(rig);
}

static inline void cut_rig_new_plant(cut_rig_t *rig, uint16_t session, int is_fd, int is_stepped) {
  pack_config_t config = fixture_config(0.6, 25.0);
  hil_config_t setup = {.pack = &config,
                        .cell = &rig->cell,
                        .hv = hv_params_soul_ev(),
                        .seed = 4,
                        .dt_us = 1000,
                        .can_is_fd = (uint8_t)is_fd,
                        .guest = &rig->guest};
  const cut_plant_config_t cut = {.session = session,
                                  .timeout_ms = 100,
                                  .rate_permille = 1000,
                                  .is_stepped = (uint8_t)is_stepped,
                                  .is_fd = (uint8_t)is_fd,
                                  .words = {cut_rig_plant_says, rig}};
  ck_assert_int_eq(hil_init(rig->hil, &setup), HIL_OK);
  cut_plant_init(rig->plant, &cut, rig->wall_us);
}

static inline void cut_rig_new_ecu(cut_rig_t *rig, uint16_t session, const uint8_t *nvm) {
  const cut_ecu_config_t config = {
      .seed = 1, .session = session, .nvm = nvm, .words = {cut_rig_ecu_says, rig}};
  cut_ecu_init(rig->ecu, &config, rig->wall_us);
}

static inline cut_rig_t *cut_rig_open(int is_fd, int is_stepped) {
  cut_rig_t *rig = calloc(1, sizeof *rig);
  ck_assert_ptr_nonnull(rig);
  rig->hil = calloc(1, sizeof *rig->hil);
  rig->plant = calloc(1, sizeof *rig->plant);
  rig->ecu = calloc(1, sizeof *rig->ecu);
  ck_assert(rig->hil != NULL && rig->plant != NULL && rig->ecu != NULL);
  rig->guest = (hil_guest_t){.step = cut_rig_guest, .user = rig};
  rig->cell = fixture_cell();
  rig->wall_us = 5000000;
  cut_rig_new_plant(rig, CUT_RIG_FIRST_PLANT, is_fd, is_stepped);
  cut_rig_new_ecu(rig, CUT_RIG_FIRST_ECU, NULL);
  return rig;
}

static inline void cut_rig_close(cut_rig_t *rig) {
  free(rig->hil);
  free(rig->plant);
  free(rig->ecu);
  free(rig);
}

#endif
