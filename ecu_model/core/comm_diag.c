/// Joins the tester's connection to the core: its frames, its time, its answers.
#include "comm_diag.h"

#include <stddef.h>

#include "server.h"

enum {
  MS_us = 1000,
  SEND_PHASE_ms = 2, /* the cycle counts on before: in the ms 1 and 6, which are light */
  OFF = 2 /* bms_in_t.can_bus_state */
};

_Static_assert((int)SERVER_REPLY_MAX <= (int)ISOTP_BYTES_MAX, "a reply is one message");

void comm_diag_init(bms_t *bms) {
  const isotp_config_t config = {
      .rx_id = COMM_DIAG_REQUEST_ID,
      .tx_id = COMM_DIAG_REPLY_ID,
      .functional_id = COMM_DIAG_ALL_ID,
      .guard_us = MS_us, /* a frame and the raster of the step */
      .total_us = 10000 * MS_us,
      .confirms = 1,
      .is_padded = 1,
      .is_fd = bms->config.can_is_fd != 0,
      .is_brs = 1,
      .follows_peer = 1,
      .tx_dl = bms->config.can_is_fd ? 64 : 8,
      .block_size = 8,
      .st_min_raw = 2,
      .wait_max = 8,
  };
  (void)isotp_init(&bms->diag_link, &config);
}

static uint32_t now_us(const bms_t *bms) { return bms->time_ms * MS_us; }

static int is_asleep(const bms_t *bms) { return bms->state == BMS_STATE_SLEEP; }

void comm_diag_begin(bms_t *bms, const bms_in_t *in) {
  isotp_t *link = &bms->diag_link;
  bms->tx_is_waiting = in->can_tx_waiting != 0;
  if (!link->is_active) return;
  if (in->can_tx_waiting == 0 && in->can_bus_state != OFF) isotp_confirm(link, now_us(bms));
}

void comm_diag_receive(bms_t *bms, const can_frame_t *frame) {
  if (!is_asleep(bms)) (void)isotp_receive(&bms->diag_link, frame, now_us(bms));
}

/// The server's reply, if it has one; a request waits while the reply before is being sent.
static void answer(bms_t *bms, bms_out_t *out) {
  isotp_t *link = &bms->diag_link;
  uint32_t byte_count;
  int is_functional;
  const uint8_t *request = isotp_received(link, &byte_count, &is_functional);
  uint8_t *reply = isotp_tx_buffer(link);
  if (request == NULL || reply == NULL) return;
  uint32_t reply_bytes = server_reply(bms, out, request, byte_count, is_functional, reply);
  if (reply_bytes > 0) (void)isotp_send(link, reply, reply_bytes, now_us(bms));
  isotp_release(link);
}

void comm_diag_step(bms_t *bms, bms_out_t *out) {
  server_step(bms, out);
  if (is_asleep(bms)) {
    isotp_reset(&bms->diag_link);
    return;
  }
  isotp_step(&bms->diag_link, now_us(bms));
  answer(bms, out);
}

void comm_diag_send(bms_t *bms, bms_out_t *out) {
  can_frame_t frame;
  if (!bms->diag_link.is_active || bms->cycle_ms % COMM_DIAG_EVERY_ms != SEND_PHASE_ms) return;
  if (bms->busoff.is_off || bms->tx_is_waiting || out->can_tx_count > 0) return;
  if (isotp_poll_tx(&bms->diag_link, &frame, now_us(bms))) {
    out->can_tx[out->can_tx_count++] = frame;
  }
}
