/// Field by field through the layout of the lockstep link; see ecu_compare.h.
#include "ecu_compare.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../ecu_model/firmware/lockstep_layout.h"
#include "../sim/hash.h"

static uint64_t value_at(const bms_out_t *out, uint32_t offset, uint32_t bytes) {
  uint64_t value = 0;
  memcpy(&value, (const uint8_t *)out + offset, bytes); /* little-endian, as both sides are */
  return value;
}

/* "can_tx[].data[]" with its indices put in. */
static void name_write(const lockstep_field_t *field, uint32_t row, uint32_t index, char *text,
                       size_t text_bytes) {
  size_t used = 0;
  int is_row = field->row_stride > 0;
  text[0] = '\0';
  for (const char *at = field->name; *at && used + 1 < text_bytes; at++) {
    text[used++] = *at;
    text[used] = '\0';
    if (*at != '[') continue;
    used += (size_t)snprintf(text + used, text_bytes - used, "%u", is_row ? row : index);
    is_row = 0;
  }
}

static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

static int field_differs(const lockstep_field_t *field, const bms_out_t *a, const bms_out_t *b,
                         char *text, size_t text_bytes) {
  char name[64];
  uint32_t rows = field->row_count, count = field->count;
  if (field->used == LOCKSTEP_USED_FRAMES) rows = smaller(rows, b->can_tx_count);
  if (field->used == LOCKSTEP_USED_BYTES) count = lockstep_tx_bytes(b);
  for (uint32_t row = 0; row < rows; row++) {
    for (uint32_t i = 0; i < count; i++) {
      uint32_t offset = field->offset + row * field->row_stride + i * field->bytes;
      uint64_t left = value_at(a, offset, field->bytes), right = value_at(b, offset, field->bytes);
      if (left == right) continue;
      name_write(field, row, i, name, sizeof name);
      snprintf(text, text_bytes, "%s is %llu, not %llu", name, (unsigned long long)left,
               (unsigned long long)right);
      return 1;
    }
  }
  return 0;
}

/* All bytes that are used, as in nearly every step. */
static int is_equal(const bms_out_t *a, const bms_out_t *b) {
  const uint32_t frames = smaller(b->can_tx_count, BMS_CAN_TX_MAX);
  return memcmp(a, b, offsetof(bms_out_t, afe_tx)) == 0 &&
         memcmp(a->afe_tx, b->afe_tx, lockstep_tx_bytes(b)) == 0 &&
         memcmp(a->can_tx, b->can_tx, frames * sizeof b->can_tx[0]) == 0;
}

int ecu_compare(const bms_out_t *a, const bms_out_t *b, char *text, size_t text_bytes) {
  if (is_equal(a, b)) return 0;
  for (uint32_t i = 0; i < LOCKSTEP_FIELD_COUNT; i++) {
    const lockstep_field_t *field = &lockstep_layout[i];
    if (field->owner != LOCKSTEP_STRUCT_OUT || field->count == 0) continue;
    if (field_differs(field, a, b, text, text_bytes)) return 1;
  }
  return 0;
}

uint64_t ecu_compare_hash(const bms_out_t *out) {
  uint8_t body[sizeof(lockstep_cost_t) + sizeof *out];
  const lockstep_cost_t none = {0};
  uint32_t bytes = lockstep_pack_out(body, &none, out);
  return hash_bytes(hash_start(), body, bytes);
}
