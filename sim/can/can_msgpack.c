/// Writes and reads the one msgpack map that python-can exchanges.
#include "can_msgpack.h"

#include <string.h>

#include "bus.h"

enum {
  NIL = 0xC0,
  IS_FALSE = 0xC2,
  IS_TRUE = 0xC3,
  BIN8 = 0xC4,
  BIN16 = 0xC5,
  BIN32 = 0xC6,
  FLOAT32 = 0xCA,
  FLOAT64 = 0xCB,
  UINT8 = 0xCC,
  UINT64 = 0xCF,
  INT8 = 0xD0,
  INT64 = 0xD3,
  STR8 = 0xD9,
  STR32 = 0xDB,
  MAP_FIX = 0x80,
  MAP16 = 0xDE,
  STR_FIX = 0xA0
};

typedef enum {
  KEY_TIMESTAMP,
  KEY_ID,
  KEY_EXTENDED,
  KEY_REMOTE,
  KEY_ERROR,
  KEY_CHANNEL,
  KEY_DLC,
  KEY_DATA,
  KEY_FD,
  KEY_BRS,
  KEY_ESI,
  KEY_COUNT
} msgpack_key_t;

static const char *const key_texts[KEY_COUNT] = {
    "timestamp",
    "arbitration_id",
    "is_extended_id",
    "is_remote_frame",
    "is_error_frame",
    "channel",
    "dlc",
    "data",
    "is_fd",
    "bitrate_switch",
    "error_state_indicator",
};

/* --- writing ------------------------------------------------------------------------------- */

static uint8_t *put_big_endian(uint8_t *to, uint64_t value, uint32_t bytes) {
  for (uint32_t i = bytes; i-- > 0;) *to++ = (uint8_t)(value >> (8 * i));
  return to;
}

static uint8_t *put_unsigned(uint8_t *to, uint32_t value) {
  if (value <= 0x7F) return put_big_endian(to, value, 1);
  uint32_t size_code = value <= 0xFF ? 0 : value <= 0xFFFF ? 1 : 2;
  *to++ = (uint8_t)(UINT8 + size_code);
  return put_big_endian(to, value, 1u << size_code);
}

static uint8_t *put_key(uint8_t *to, msgpack_key_t key) {
  size_t count = strlen(key_texts[key]);
  *to++ = (uint8_t)(STR_FIX + count);
  memcpy(to, key_texts[key], count);
  return to + count;
}

static uint8_t *put_flag(uint8_t *to, msgpack_key_t key, uint32_t is_true) {
  to = put_key(to, key);
  *to++ = is_true ? IS_TRUE : IS_FALSE;
  return to;
}

size_t can_msgpack_write(uint8_t bytes[CAN_MSGPACK_BYTES], uint64_t time_us,
                         const can_frame_t *frame) {
  uint8_t *to = bytes;
  double stamp_s = (double)time_us / 1e6;
  uint64_t stamp_bits;
  uint32_t flags = frame->flags;
  uint8_t len = (flags & CAN_FRAME_REMOTE) != 0 ? 0 : frame->len;
  memcpy(&stamp_bits, &stamp_s, sizeof stamp_bits);
  *to++ = MAP_FIX + KEY_COUNT;
  to = put_key(to, KEY_TIMESTAMP);
  *to++ = FLOAT64;
  to = put_big_endian(to, stamp_bits, 8);
  to = put_unsigned(put_key(to, KEY_ID), frame->id);
  to = put_flag(to, KEY_EXTENDED, flags & CAN_FRAME_EXTENDED);
  to = put_flag(to, KEY_REMOTE, flags & CAN_FRAME_REMOTE);
  to = put_flag(to, KEY_ERROR, flags & CAN_FRAME_ERROR);
  to = put_key(to, KEY_CHANNEL);
  *to++ = NIL;
  to = put_unsigned(put_key(to, KEY_DLC), frame->len);
  to = put_key(to, KEY_DATA);
  *to++ = BIN8;
  *to++ = len;
  memcpy(to, frame->data, len);
  to = put_flag(to + len, KEY_FD, flags & CAN_FRAME_FD);
  to = put_flag(to, KEY_BRS, flags & CAN_FRAME_BRS);
  to = put_flag(to, KEY_ESI, 0);
  return (size_t)(to - bytes);
}

/* --- reading ------------------------------------------------------------------------------- */

typedef struct {
  const uint8_t *at, *end;
} input_t;

/// What a map says, with python-can's defaults.
typedef struct {
  uint64_t id, dlc;
  uint8_t flag[KEY_COUNT];
  uint8_t has_dlc;
  const uint8_t *data;
  size_t data_bytes;
} map_t;

static int take_big_endian(input_t *input, uint32_t bytes, uint64_t *value) {
  if ((size_t)(input->end - input->at) < bytes) return -1;
  *value = 0;
  while (bytes-- > 0) *value = *value << 8 | *input->at++;
  return 0;
}

static int take_tag(input_t *input, uint32_t *tag) {
  if (input->at == input->end) return -1;
  *tag = *input->at++;
  return 0;
}

/// A run of bytes whose length stands in `width` bytes before it.
static int take_run(input_t *input, uint32_t width, const uint8_t **run, size_t *count) {
  uint64_t length;
  if (take_big_endian(input, width, &length) != 0) return -1;
  if (length > (uint64_t)(input->end - input->at)) return -1;
  *run = input->at;
  *count = (size_t)length;
  input->at += length;
  return 0;
}

static int take_text(input_t *input, const uint8_t **text, size_t *count) {
  uint32_t tag;
  if (take_tag(input, &tag) != 0) return -1;
  if (tag >= STR8 && tag <= STR32) return take_run(input, 1u << (tag - STR8), text, count);
  if (tag < STR_FIX || tag > STR_FIX + 31) return -1;
  *count = tag - STR_FIX;
  if ((size_t)(input->end - input->at) < *count) return -1;
  *text = input->at;
  input->at += *count;
  return 0;
}

static int take_unsigned(input_t *input, uint64_t *value) {
  uint32_t tag;
  if (take_tag(input, &tag) != 0) return -1;
  *value = tag;
  if (tag <= 0x7F) return 0;
  if (tag >= UINT8 && tag <= UINT64) return take_big_endian(input, 1u << (tag - UINT8), value);
  return -1;
}

static int take_flag(input_t *input, uint8_t *flag) {
  uint32_t tag;
  if (take_tag(input, &tag) != 0 || (tag != IS_TRUE && tag != IS_FALSE)) return -1;
  *flag = tag == IS_TRUE;
  return 0;
}

static int take_data(input_t *input, const uint8_t **data, size_t *count) {
  uint32_t tag;
  if (take_tag(input, &tag) != 0) return -1;
  *count = 0;
  if (tag == NIL) return 0;
  if (tag < BIN8 || tag > BIN32) return -1;
  return take_run(input, 1u << (tag - BIN8), data, count);
}

/// Any number, nil or text: what stands behind timestamp and channel.
static int skip_scalar(input_t *input) {
  const uint8_t *text;
  size_t count;
  uint64_t value;
  uint32_t tag;
  if (input->at == input->end) return -1;
  tag = *input->at;
  if ((tag >= STR_FIX && tag <= STR_FIX + 31) || (tag >= STR8 && tag <= STR32))
    return take_text(input, &text, &count);
  input->at++;
  if (tag <= 0x7F || tag >= 0xE0 || tag == NIL) return 0;
  if (tag == FLOAT32 || tag == FLOAT64)
    return take_big_endian(input, tag == FLOAT32 ? 4 : 8, &value);
  if (tag >= UINT8 && tag <= UINT64) return take_big_endian(input, 1u << (tag - UINT8), &value);
  if (tag >= INT8 && tag <= INT64) return take_big_endian(input, 1u << (tag - INT8), &value);
  return -1;
}

static int take_entry(input_t *input, map_t *map) {
  const uint8_t *text;
  size_t count;
  uint32_t key = 0;
  if (take_text(input, &text, &count) != 0) return -1;
  while (key < KEY_COUNT &&
         (strlen(key_texts[key]) != count || memcmp(key_texts[key], text, count) != 0))
    key++;
  switch (key) {
  case KEY_TIMESTAMP:
  case KEY_CHANNEL:
    return skip_scalar(input);
  case KEY_ID:
    return take_unsigned(input, &map->id);
  case KEY_DLC:
    map->has_dlc = 1;
    return take_unsigned(input, &map->dlc);
  case KEY_DATA:
    return take_data(input, &map->data, &map->data_bytes);
  case KEY_COUNT:
    return -1;
  default:
    return take_flag(input, &map->flag[key]);
  }
}

static int frame_of(const map_t *map, can_frame_t *frame) {
  can_frame_t made;
  memset(&made, 0, sizeof made);
  uint64_t len = map->has_dlc ? map->dlc : map->data_bytes;
  int is_remote = map->flag[KEY_REMOTE];
  if (map->id > 0x1FFFFFFFu || len > sizeof made.data) return -1;
  if (map->data_bytes != (is_remote ? 0 : len)) return -1;
  made.id = (uint32_t)map->id;
  made.len = (uint8_t)len;
  if (map->data_bytes > 0) memcpy(made.data, map->data, map->data_bytes);
  made.flags =
      (uint8_t)((map->flag[KEY_EXTENDED] ? CAN_FRAME_EXTENDED : 0) |
                (is_remote ? CAN_FRAME_REMOTE : 0) | (map->flag[KEY_FD] ? CAN_FRAME_FD : 0) |
                (map->flag[KEY_BRS] ? CAN_FRAME_BRS : 0));
  if (!bus_frame_is_legal(&made)) return -1;
  if (map->flag[KEY_ERROR]) made.flags |= CAN_FRAME_ERROR;
  *frame = made;
  return 0;
}

int can_msgpack_read(const uint8_t *bytes, size_t count, can_frame_t *frame) {
  input_t input = {bytes, bytes + count};
  map_t map = {.flag = {[KEY_EXTENDED] = 1}};
  uint64_t entry_count;
  uint32_t tag;
  if (take_tag(&input, &tag) != 0) return -1;
  entry_count = tag & 0x0Fu;
  if (tag == MAP16) {
    if (take_big_endian(&input, 2, &entry_count) != 0) return -1;
  } else if ((tag & 0xF0u) != MAP_FIX) {
    return -1;
  }
  for (uint64_t i = 0; i < entry_count; i++) {
    if (take_entry(&input, &map) != 0) return -1;
  }
  return input.at == input.end ? frame_of(&map, frame) : -1;
}
