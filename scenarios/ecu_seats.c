/// All ECUs of a run in lockstep; see ecu_seats.h.
#include "ecu_seats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ecu_compare.h"
#include "ecu_log.h"

enum { NAME_SHOWN = 40 };

typedef struct {
  ecu_remote_t remote; ///< of an inproc place: unused
  bms_out_t out;
  ecu_figures_t figures;
} guest_t;

struct ecu_seats {
  hil_seat_t port;
  ecu_list_t list;
  guest_t guest[ECU_PLACE_MAX];
  ecu_log_t log;
  uint32_t step; ///< since the start of the run
  uint32_t phase; ///< since the last boot
  char error[ECU_SEATS_ERROR_BYTES];
  uint8_t counts;
};

static int is_remote(const ecu_seats_t *seats, uint32_t i) {
  return seats->list.place[i].kind != ECU_INPROC;
}

static int fail(ecu_seats_t *seats, uint32_t i, const char *why) {
  const char *name = seats->list.place[i].name;
  size_t length = strlen(name); /* of a long path the end tells more */
  if (length > NAME_SHOWN) name += length - NAME_SHOWN;
  snprintf(seats->error, sizeof seats->error, "%.40s: %.170s", name, why);
  return -1;
}

static int boot(void *user, const bms_boot_t *boot_data) {
  ecu_seats_t *seats = user;
  seats->phase = 0;
  if (seats->log.file != NULL) ecu_log_boot(&seats->log, boot_data);
  for (uint32_t i = 0; i < seats->list.count; i++) {
    if (!is_remote(seats, i)) continue;
    if (ecu_remote_boot(&seats->guest[i].remote, boot_data) != 0)
      return fail(seats, i, seats->guest[i].remote.error);
  }
  return 0;
}

static void cost_add(ecu_cost_t *cost, uint32_t instructions) {
  if (cost->count == 0 || instructions < cost->min) cost->min = instructions;
  if (instructions > cost->max) cost->max = instructions;
  cost->sum += instructions;
  cost->count++;
}

static void note_cost(ecu_seats_t *seats, guest_t *guest, uint32_t cost_raw, const bms_in_t *in) {
  const bms_out_t *out = &guest->out;
  ecu_figures_t *figures = &guest->figures;
  const uint32_t instructions = cost_raw * 5 / 8; /* 64 ns each, counted in 40 ns */
  if (instructions > figures->all.max) {
    figures->worst = (ecu_worst_t){.step = seats->step,
                                   .time_ms = in->time_ms,
                                   .digital = in->digital,
                                   .can_rx_count = in->can_rx_count,
                                   .xfer_done_count = in->xfer_done_count,
                                   .rx_bytes = (uint16_t)lockstep_rx_bytes(in),
                                   .can_tx_count = out->can_tx_count,
                                   .xfer_count = out->xfer_count,
                                   .event_count = out->event_count,
                                   .nvm_bytes = out->nvm_bytes};
  }
  cost_add(&figures->all, instructions);
  cost_add(&figures->phase[seats->phase % ECU_PHASE_COUNT], instructions);
}

static int compare(ecu_seats_t *seats, uint32_t i, const bms_in_t *in, const bms_out_t *here) {
  char what[100], text[ECU_SEATS_ERROR_BYTES];
  if (!ecu_compare(&seats->guest[i].out, here, what, sizeof what)) return 0;
  snprintf(text, sizeof text, "differs from the core in this process in step %u (time_ms %u): %s",
           seats->step, in->time_ms, what);
  return fail(seats, i, text);
}

static int step(void *user, const bms_in_t *in, bms_out_t *out) {
  ecu_seats_t *seats = user;
  if (seats->log.file != NULL) ecu_log_step(&seats->log, in, out);
  for (uint32_t i = 0; i < seats->list.count; i++) {
    if (is_remote(seats, i) && ecu_remote_ask(&seats->guest[i].remote, in) != 0)
      return fail(seats, i, seats->guest[i].remote.error);
  }
  for (uint32_t i = 0; i < seats->list.count; i++) {
    guest_t *guest = &seats->guest[i];
    lockstep_cost_t cost;
    if (!is_remote(seats, i)) continue;
    if (ecu_remote_answer(&guest->remote, &cost, &guest->out) != 0)
      return fail(seats, i, guest->remote.error);
    if (compare(seats, i, in, out) != 0) return -1;
    if (seats->counts && seats->list.place[i].kind == ECU_QEMU)
      note_cost(seats, guest, cost.cost_raw, in);
  }
  if (is_remote(seats, 0)) memcpy(out, &seats->guest[0].out, sizeof *out);
  seats->step++;
  seats->phase++;
  return 0;
}

static void start_all(ecu_seats_t *seats, const ecu_seats_config_t *config) {
  for (uint32_t i = 0; i < seats->list.count; i++) {
    seats->guest[i].figures.place = &config->list->place[i];
    if (!is_remote(seats, i) || seats->error[0] != '\0') continue;
    ecu_remote_t *remote = &seats->guest[i].remote;
    if (ecu_remote_open(remote, &seats->list.place[i], config->hang_ms, config->counts) != 0)
      (void)fail(seats, i, remote->error);
  }
}

ecu_seats_t *ecu_seats_open(const ecu_seats_config_t *config) {
  ecu_seats_t *seats = calloc(1, sizeof *seats);
  if (seats == NULL) return NULL;
  seats->port = (hil_seat_t){.boot = boot, .step = step, .user = seats};
  seats->list = *config->list;
  seats->counts = config->counts;
  for (uint32_t i = 0; i < ECU_PLACE_MAX; i++) {
    ecu_remote_t *remote = &seats->guest[i].remote;
    remote->to_fd = remote->from_fd = remote->error_fd = -1;
  }
  if (config->log_path != NULL && ecu_log_create(&seats->log, config->log_path) != 0)
    snprintf(seats->error, sizeof seats->error, "%.180s: cannot be created", config->log_path);
  start_all(seats, config);
  return seats;
}

const char *ecu_seats_error(const ecu_seats_t *seats) {
  return seats->error[0] != '\0' ? seats->error : NULL;
}

const hil_seat_t *ecu_seats_port(const ecu_seats_t *seats) { return &seats->port; }

int ecu_seats_close(ecu_seats_t *seats, ecu_figures_t figures[ECU_PLACE_MAX]) {
  for (uint32_t i = 0; i < seats->list.count; i++) {
    guest_t *guest = &seats->guest[i];
    ecu_remote_close(&guest->remote);
    guest->figures.report = guest->remote.report;
    if (figures != NULL) figures[i] = guest->figures;
  }
  int status = ecu_log_close(&seats->log);
  free(seats);
  return status;
}
