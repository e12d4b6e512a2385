/// The tester's side of the connection: see diag_link.h.
#include "diag_link.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli.h"

enum {
  REQUEST_ID = 0x7E4,
  ALL_ID = 0x7DF,
  REPLY_ID = 0x7EC,
  FRAME_BYTES = 8,
  NEGATIVE = 0x7F,
  NRC_PENDING = 0x78,
  PENDING_ms = 5000,
  US_PER_ms = 1000,
  LOOK_ms = 2
};

static uint64_t clock_us(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

int diag_link_open(diag_link_t *tester, const char *url, uint32_t timeout_ms) {
  bus_url_t parts;
  bus_error_t error = {""};
  const isotp_config_t config = {.rx_id = REPLY_ID,
                                 .tx_id = REQUEST_ID,
                                 .functional_id = ISOTP_NO_ID,
                                 .tx_dl = FRAME_BYTES,
                                 .is_padded = 1,
                                 .wait_max = 8};
  if (bus_url_parse(url, &parts, &error) != BUS_OK) return cli_usage("diag", "%s", error.text);
  if (bus_open(&tester->bus, &parts, clock_us(), &error) != BUS_OK) {
    (void)cli_usage("diag", "%s", error.text);
    return CLI_MISSING;
  }
  tester->timeout_ms = timeout_ms;
  if (isotp_init(&tester->link, &config) != ISOTP_OK)
    return cli_usage("diag", "the connection is not legal");
  return CLI_OK;
}

void diag_link_close(diag_link_t *tester) {
  if (tester->bus.backend != NULL) bus_close(&tester->bus);
}

/* --- one request ----------------------------------------------------------------------------- */

static int begin(diag_link_t *tester, const uint8_t *request, uint32_t count, int is_functional) {
  uint32_t now_us = (uint32_t)clock_us();
  if (!is_functional) return isotp_send(&tester->link, request, count, now_us) == ISOTP_OK ? 0 : -1;
  can_frame_t frame = {.id = ALL_ID, .len = FRAME_BYTES};
  if (count >= FRAME_BYTES) return -1; /* to all there are single frames only */
  frame.data[0] = (uint8_t)count;
  memcpy(frame.data + 1, request, count);
  return bus_send(&tester->bus, clock_us(), &frame) >= BUS_OK ? 0 : -1;
}

static void send_due(diag_link_t *tester) {
  can_frame_t frame;
  isotp_step(&tester->link, (uint32_t)clock_us());
  while (bus_pending(&tester->bus) == 0 &&
         isotp_poll_tx(&tester->link, &frame, (uint32_t)clock_us())) {
    (void)bus_send(&tester->bus, clock_us(), &frame);
    can_log_frame(&tester->log, clock_us(), bus_name(&tester->bus), &frame);
  }
}

static void take(diag_link_t *tester, diag_reply_t *reply) {
  bus_rx_t rx;
  while (bus_recv(&tester->bus, clock_us(), &rx) == BUS_OK) {
    can_log_frame(&tester->log, rx.stamp_us != 0 ? rx.stamp_us : rx.time_us, bus_name(&tester->bus),
                  &rx.frame);
    if (!isotp_receive(&tester->link, &rx.frame, (uint32_t)clock_us())) continue;
    enum { KIND = 0xF0, FLOW_CONTROL = 0x30 };
    if ((rx.frame.data[0] & KIND) == FLOW_CONTROL) continue;
    if (reply->frame_count < DIAG_FRAME_MAX) reply->frame[reply->frame_count++] = rx.frame;
  }
}

/// 1 iff a reply to this request is complete; others are old or none.
static int is_reply(diag_link_t *tester, uint8_t service, diag_reply_t *reply) {
  int is_functional;
  uint32_t count;
  const uint8_t *bytes = isotp_received(&tester->link, &count, &is_functional);
  if (bytes == NULL) return 0;
  memcpy(reply->bytes, bytes, count);
  reply->count = count;
  isotp_release(&tester->link);
  int is_negative = count >= 3 && reply->bytes[0] == NEGATIVE && reply->bytes[1] == service;
  if (is_negative || reply->bytes[0] == (service | 0x40u)) return 1;
  reply->frame_count = 0;
  return 0;
}

int diag_link_ask(diag_link_t *tester, const uint8_t *request, uint32_t count, int is_functional,
                  diag_reply_t *reply) {
  memset(reply, 0, sizeof *reply);
  isotp_reset(&tester->link);
  uint64_t until_us = clock_us() + (uint64_t)tester->timeout_ms * US_PER_ms;
  if (begin(tester, request, count, is_functional) != 0) {
    (void)cli_usage("diag", "a request of %u bytes cannot be sent%s, allowed 1..%d",
                    (unsigned)count, is_functional ? " to all" : "",
                    is_functional ? FRAME_BYTES - 1 : DIAG_BYTES_MAX);
    return -1;
  }
  while (clock_us() < until_us) {
    send_due(tester);
    take(tester, reply);
    if (is_reply(tester, request[0], reply)) {
      if (diag_link_nrc(reply) != NRC_PENDING) return 0;
      reply->frame_count = 0;
      until_us = clock_us() + (uint64_t)PENDING_ms * US_PER_ms;
      continue;
    }
    if (isotp_is_receiving(&tester->link) || isotp_is_sending(&tester->link))
      until_us = clock_us() + (uint64_t)tester->timeout_ms * US_PER_ms;
    (void)bus_wait(&tester->bus, LOOK_ms);
  }
  (void)cli_usage("diag", "%s: no reply within %u ms", bus_name(&tester->bus),
                  (unsigned)tester->timeout_ms);
  return -1;
}

/* --- negative replies ------------------------------------------------------------------------ */

uint8_t diag_link_nrc(const diag_reply_t *reply) {
  return reply->count >= 3 && reply->bytes[0] == NEGATIVE ? reply->bytes[2] : 0;
}

const char *diag_link_nrc_text(uint8_t nrc) {
  static const struct {
    uint8_t nrc;
    const char *text;
  } row[] = {
      {0x10, "general reject"},
      {0x11, "service not supported"},
      {0x12, "sub-function or local identifier not supported"},
      {0x13, "wrong length"},
      {0x14, "the reply would be too long"},
      {0x21, "busy"},
      {0x22, "conditions not correct"},
      {0x24, "wrong sequence"},
      {0x31, "request out of range"},
      {0x33, "access denied"},
      {0x78, "reply pending"},
      {0x7E, "sub-function not supported in this session"},
      {0x7F, "service not supported in this session"},
  };
  for (uint32_t i = 0; i < sizeof row / sizeof row[0]; i++) {
    if (row[i].nrc == nrc) return row[i].text;
  }
  return "?";
}
