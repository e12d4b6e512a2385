/// ISO-TP under a clock that the input drives: an end that hears anything, and two ends that talk
/// over a line that loses and doubles frames. A message that arrives is one that was sent.
#include "fuzz.h"

#include "../../ecu_model/core/isotp.h"
#include "../../sim/can/bus.h"

enum {
  MESSAGES_MAX = 200,
  LOSS_RUN_MAX = 7, ///< a sequence number of 4 bits cannot tell 16 lost frames from none
  STEPS_MAX = 4000
};

typedef struct {
  const uint8_t *at, *end;
} tape_t;

static uint32_t next(tape_t *tape) { return tape->at < tape->end ? *tape->at++ : 0; }

/// From nothing to more than any time-out, most of them short.
static uint32_t pause_us(tape_t *tape) {
  uint32_t step = next(tape);
  return (step & 15u) << (step >> 4 << 1 & 31u) >> 1;
}

static isotp_config_t config_of(tape_t *tape) {
  static const uint8_t dl[] = {8, 12, 16, 20, 24, 32, 48, 64};
  uint32_t kind = next(tape), more = next(tape);
  isotp_config_t config = {.rx_id = 0x7E4, .tx_id = 0x7EC, .functional_id = 0x7DF};
  if (kind & 1u) config.functional_id = ISOTP_NO_ID;
  config.id_is_extended = kind >> 1 & 1u;
  config.is_fd = kind >> 2 & 1u;
  config.is_padded = kind >> 3 & 1u;
  config.has_address = kind >> 4 & 1u;
  config.confirms = kind >> 5 & 1u;
  config.follows_peer = kind >> 6 & 1u;
  config.is_brs = kind >> 7 & 1u;
  config.tx_dl = dl[config.is_fd ? more & 7u : 0];
  config.padding_raw = 0x55;
  config.total_us = (more & 8u) ? 5000000 : 0;
  config.guard_us = (more & 16u) ? 1000 : 0;
  config.wait_max = (uint8_t)(more >> 5);
  config.block_size = (uint8_t)next(tape);
  config.st_min_raw = (uint8_t)next(tape);
  return config;
}

static void check_state(const isotp_t *link) {
  FUZZ_HOLDS(link->rx.at <= link->rx.byte_count && link->rx.byte_count <= ISOTP_BYTES_MAX);
  FUZZ_HOLDS(link->tx.at <= link->tx.byte_count && link->tx.byte_count <= ISOTP_BYTES_MAX);
  FUZZ_HOLDS(link->rx.functional_count <= ISOTP_FUNCTIONAL_BYTES_MAX);
  FUZZ_HOLDS(link->is_active || (!isotp_is_sending(link) && !isotp_is_receiving(link)));
}

/* --- an end that hears anything ------------------------------------------------------------- */

static void hear(isotp_t *link, tape_t *tape, uint32_t now_us) {
  can_frame_t frame = {.len = 8};
  uint32_t kind = next(tape);
  frame.id = kind & 1u ? 0x7DF : kind & 2u ? next(tape) : 0x7E4;
  if (kind & 4u) frame.len = (uint8_t)next(tape);
  if (kind & 8u) frame.flags = (uint8_t)next(tape);
  if (kind & 16u) frame.flags |= CAN_FRAME_FD;
  if (link->config.id_is_extended) frame.flags ^= CAN_FRAME_EXTENDED;
  for (uint32_t i = 0; i < 64 && (i < 8 || kind & 32u); i++) frame.data[i] = (uint8_t)next(tape);
  if (link->config.has_address && kind & 64u) frame.data[0] = 0;
  (void)isotp_receive(link, &frame, now_us);
}

/// What it sends is legal, and after any input it comes to rest by itself.
static void alone(tape_t *tape) {
  static const uint8_t data[ISOTP_BYTES_MAX];
  isotp_t link;
  isotp_config_t config = config_of(tape);
  uint32_t now_us = next(tape) << 24, byte_count;
  int is_functional;
  can_frame_t frame;
  config.rx_bytes_max = (uint16_t)(next(tape) << (next(tape) & 1u));
  FUZZ_HOLDS(isotp_init(&link, &config) == ISOTP_OK);
  while (tape->at < tape->end) {
    uint32_t act = next(tape);
    now_us += (act & 8u) ? pause_us(tape) : 0;
    if ((act & 7u) < 3) hear(&link, tape, now_us);
    if ((act & 7u) == 3) isotp_step(&link, now_us);
    if ((act & 7u) == 4 && isotp_poll_tx(&link, &frame, now_us))
      FUZZ_HOLDS(bus_frame_is_legal(&frame) && frame.len > config.has_address);
    if ((act & 7u) == 5 && isotp_received(&link, &byte_count, &is_functional) != NULL)
      FUZZ_HOLDS(byte_count > 0 && byte_count <= ISOTP_BYTES_MAX);
    if ((act & 7u) == 5 && act & 16u) isotp_release(&link);
    if ((act & 7u) == 6) (void)isotp_send(&link, data, next(tape) + (act >> 4), now_us);
    if ((act & 7u) == 7) isotp_confirm(&link, now_us);
    check_state(&link);
  }
  isotp_step(&link, now_us + 127000 + 1000 + ISOTP_TIMEOUT_us);
  isotp_step(&link, now_us + 127000 + 1000 + 2 * ISOTP_TIMEOUT_us);
  FUZZ_HOLDS(!link.is_active);
}

/* --- two ends that talk --------------------------------------------------------------------- */

typedef struct {
  isotp_t link;
  uint16_t length[MESSAGES_MAX]; ///< of the messages that it has begun to send
  uint32_t count;
  uint32_t heard; ///< the peer's messages before this one do not come any more
  uint32_t loss_run; ///< frames of its lost in a row
} end_t;

static uint8_t byte_of(uint32_t side, uint32_t message, uint32_t at) {
  uint32_t mixed = (side + 1u) * 2654435761u ^ (message + 1u) * 2246822519u ^ at * 3266489917u;
  mixed ^= mixed >> 15;
  return (uint8_t)(mixed * 2654435761u >> 24);
}

static void say(end_t *end, uint32_t side, uint32_t byte_count, uint32_t now_us) {
  uint8_t *data = isotp_tx_buffer(&end->link);
  if (data == NULL || end->count == MESSAGES_MAX) return;
  for (uint32_t i = 0; i < byte_count; i++) data[i] = byte_of(side, end->count, i);
  FUZZ_HOLDS(isotp_send(&end->link, data, byte_count, now_us) == ISOTP_OK);
  end->length[end->count++] = (uint16_t)byte_count;
}

static int is_message(const end_t *from, uint32_t side, uint32_t message, const uint8_t *data,
                      uint32_t byte_count) {
  if (from->length[message] != byte_count) return 0;
  for (uint32_t i = 0; i < byte_count; i++) {
    if (data[i] != byte_of(side, message, i)) return 0;
  }
  return 1;
}

/// What came is one of the other side's messages, none before the last.
static void listen(end_t *end, const end_t *from, uint32_t side) {
  uint32_t byte_count, message = end->heard;
  int is_functional;
  const uint8_t *data = isotp_received(&end->link, &byte_count, &is_functional);
  if (data == NULL) return;
  while (message < from->count && !is_message(from, side, message, data, byte_count)) message++;
  FUZZ_HOLDS(message < from->count);
  end->heard = message;
  isotp_release(&end->link);
}

/// One frame, if one is due, over the line: it passes, passes twice, or is lost.
static void carry(end_t *end, end_t *to, uint32_t fate, uint32_t now_us) {
  can_frame_t frame;
  isotp_step(&end->link, now_us);
  if (!isotp_poll_tx(&end->link, &frame, now_us)) return;
  FUZZ_HOLDS(bus_frame_is_legal(&frame));
  isotp_confirm(&end->link, now_us);
  if (fate == 0 && end->loss_run < LOSS_RUN_MAX) {
    end->loss_run++;
    return;
  }
  end->loss_run = 0;
  FUZZ_HOLDS(isotp_receive(&to->link, &frame, now_us) == 1);
  if (fate == 1) FUZZ_HOLDS(isotp_receive(&to->link, &frame, now_us) == 1);
}

static void talk(tape_t *tape, end_t end[2]) {
  isotp_config_t config = config_of(tape);
  uint32_t now_us = next(tape) << 24;
  memset(end, 0, 2 * sizeof end[0]);
  config.functional_id = ISOTP_NO_ID;
  FUZZ_HOLDS(isotp_init(&end[0].link, &config) == ISOTP_OK);
  config.rx_id = 0x7EC;
  config.tx_id = 0x7E4;
  config.block_size = (uint8_t)next(tape);
  config.st_min_raw = (uint8_t)next(tape);
  FUZZ_HOLDS(isotp_init(&end[1].link, &config) == ISOTP_OK);
  for (uint32_t i = 0; i < STEPS_MAX && tape->at < tape->end; i++) {
    uint32_t act = next(tape), side = act & 1u;
    if (act & 2u) now_us += pause_us(tape);
    if (act >> 2 == 63) say(&end[side], side, 1u + next(tape), now_us);
    carry(&end[side], &end[!side], act >> 2, now_us);
    if ((act & 0x30u) != 0x10u) listen(&end[!side], &end[side], side);
    check_state(&end[0].link);
    check_state(&end[1].link);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static end_t end[2];
  tape_t tape = {.at = data, .end = data + size};
  if (next(&tape) & 1u)
    talk(&tape, end);
  else
    alone(&tape);
  return 0;
}
