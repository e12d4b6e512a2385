/// Messages of the lockstep link: seal, check, pack, unpack.
#include "lockstep.h"

#include <stddef.h>
#include <string.h>

_Static_assert(sizeof(lockstep_head_t) == LOCKSTEP_HEAD_BYTES, "no padding in the head");
_Static_assert(sizeof(lockstep_cost_t) + sizeof(bms_out_t) <= LOCKSTEP_BODY_MAX, "an OUT fits");
_Static_assert(sizeof(bms_in_t) <= LOCKSTEP_BODY_MAX, "an IN fits");

/* CRC-32, reflected 0x04C11DB7, four bits at a time. */
static uint32_t crc_go_on(uint32_t crc, const uint8_t *data, uint32_t bytes) {
  static const uint32_t table[16] = {0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu,
                                     0x76dc4190u, 0x6b6b51f4u, 0x4db26158u, 0x5005713cu,
                                     0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu,
                                     0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu};
  for (uint32_t i = 0; i < bytes; i++) {
    crc ^= data[i];
    crc = crc >> 4 ^ table[crc & 15u];
    crc = crc >> 4 ^ table[crc & 15u];
  }
  return crc;
}

static uint32_t message_crc(const lockstep_message_t *message) {
  const uint8_t *head = (const uint8_t *)&message->head;
  uint32_t crc = crc_go_on(0xffffffffu, head, offsetof(lockstep_head_t, crc));
  return ~crc_go_on(crc, message->body.bytes, message->head.body_bytes);
}

uint32_t lockstep_seal(lockstep_message_t *message, lockstep_kind_t kind, uint32_t sequence,
                       uint32_t body_bytes) {
  message->head.magic = LOCKSTEP_MAGIC;
  message->head.version = LOCKSTEP_VERSION;
  message->head.kind = (uint16_t)kind;
  message->head.sequence = sequence;
  message->head.body_bytes = body_bytes;
  message->head.crc = message_crc(message);
  return LOCKSTEP_HEAD_BYTES + body_bytes;
}

lockstep_status_t lockstep_head_check(const lockstep_head_t *head) {
  if (head->magic != LOCKSTEP_MAGIC) return LOCKSTEP_ERR_MAGIC;
  if (head->version != LOCKSTEP_VERSION) return LOCKSTEP_ERR_VERSION;
  return head->body_bytes <= LOCKSTEP_BODY_MAX ? LOCKSTEP_OK : LOCKSTEP_ERR_LENGTH;
}

lockstep_status_t lockstep_check(const lockstep_message_t *message) {
  lockstep_status_t status = lockstep_head_check(&message->head);
  if (status != LOCKSTEP_OK) return status;
  return message->head.crc == message_crc(message) ? LOCKSTEP_OK : LOCKSTEP_ERR_CRC;
}

static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

uint32_t lockstep_rx_bytes(const bms_in_t *in) {
  uint32_t bytes = 0, count = smaller(in->xfer_done_count, BMS_XFER_MAX);
  for (uint32_t i = 0; i < count; i++) bytes += in->xfer_rx_bytes[i];
  return smaller(bytes, BMS_AFE_BYTES_MAX);
}

uint32_t lockstep_tx_bytes(const bms_out_t *out) {
  uint32_t bytes = 0, count = smaller(out->xfer_count, BMS_XFER_MAX);
  for (uint32_t i = 0; i < count; i++) bytes += out->xfer[i].tx_bytes;
  return smaller(bytes, BMS_AFE_BYTES_MAX);
}

static uint8_t *put(uint8_t *to, const void *from, uint32_t bytes) {
  memcpy(to, from, bytes);
  return to + bytes;
}

static const uint8_t *take(const uint8_t *from, void *to, uint32_t bytes) {
  memcpy(to, from, bytes);
  return from + bytes;
}

static uint32_t frames_bytes(uint32_t count, uint32_t count_max) {
  return smaller(count, count_max) * (uint32_t)sizeof(can_frame_t);
}

enum { IN_FIXED = offsetof(bms_in_t, afe_rx), OUT_FIXED = offsetof(bms_out_t, afe_tx) };

uint32_t lockstep_pack_in(uint8_t *body, const bms_in_t *in) {
  uint8_t *at = put(body, in, IN_FIXED);
  at = put(at, in->afe_rx, lockstep_rx_bytes(in));
  at = put(at, in->can_rx, frames_bytes(in->can_rx_count, BMS_CAN_RX_MAX));
  return (uint32_t)(at - body);
}

lockstep_status_t lockstep_unpack_in(const uint8_t *body, uint32_t body_bytes, bms_in_t *in) {
  if (body_bytes < IN_FIXED) return LOCKSTEP_ERR_LENGTH;
  const uint8_t *at = take(body, in, IN_FIXED);
  uint32_t afe_bytes = lockstep_rx_bytes(in);
  uint32_t can_bytes = frames_bytes(in->can_rx_count, BMS_CAN_RX_MAX);
  if (body_bytes != IN_FIXED + afe_bytes + can_bytes) return LOCKSTEP_ERR_LENGTH;
  at = take(at, in->afe_rx, afe_bytes);
  (void)take(at, in->can_rx, can_bytes);
  return LOCKSTEP_OK;
}

uint32_t lockstep_pack_out(uint8_t *body, const lockstep_cost_t *cost, const bms_out_t *out) {
  uint8_t *at = put(body, cost, sizeof *cost);
  at = put(at, out, OUT_FIXED);
  at = put(at, out->afe_tx, lockstep_tx_bytes(out));
  at = put(at, out->can_tx, frames_bytes(out->can_tx_count, BMS_CAN_TX_MAX));
  return (uint32_t)(at - body);
}

lockstep_status_t lockstep_unpack_out(const uint8_t *body, uint32_t body_bytes,
                                      lockstep_cost_t *cost, bms_out_t *out) {
  const uint32_t fixed = (uint32_t)sizeof *cost + OUT_FIXED;
  if (body_bytes < fixed) return LOCKSTEP_ERR_LENGTH;
  const uint8_t *at = take(body, cost, sizeof *cost);
  at = take(at, out, OUT_FIXED);
  uint32_t afe_bytes = lockstep_tx_bytes(out);
  uint32_t can_bytes = frames_bytes(out->can_tx_count, BMS_CAN_TX_MAX);
  if (body_bytes != fixed + afe_bytes + can_bytes) return LOCKSTEP_ERR_LENGTH;
  at = take(at, out->afe_tx, afe_bytes);
  (void)take(at, out->can_tx, can_bytes);
  return LOCKSTEP_OK;
}
