/// Frames of the bus cut: a message comes back from what is made of it; plant and ECU take whatever
/// comes, and no coil is driven by a stranger.
#include "fuzz.h"

#include "../../ecu_model/core/e2e5.h"
#include "../../sim/cut_ecu.h"
#include "../../sim/cut_plant.h"

enum { HEAD = 3, STEP_us = 5000, FIX_CRC = 0x80, PLANT = 0x2000, ECU = 0x1000 };

static cut_plant_t plant;
static cut_ecu_t ecu;
static cut_rx_t rx;

static void come_back(const cut_message_t *message) {
  static cut_rx_t second;
  can_frame_t frame[CUT_FRAME_MAX];
  cut_message_t again;
  cut_rx_status_t status = CUT_RX_MORE;
  const uint32_t count = cut_pack(message, 0, frame);
  memset(&second, 0, sizeof second);
  for (uint32_t i = 0; i < count; i++) status = cut_take(&second, &frame[i], &again);
  FUZZ_HOLDS(status == CUT_RX_MESSAGE && again.kind == message->kind);
  FUZZ_HOLDS(memcmp(&again.head, &message->head, sizeof again.head) == 0);
}

static size_t bytes_of(uint32_t id) {
  static const uint8_t bytes[16] = {59, 62, 62, 62, 62, 0, 0, 0, 10, 17, 37};
  return bytes[id & 15];
}

static void take(can_frame_t *frame, uint64_t wall_us) {
  cut_message_t message;
  pins_out_t pins;
  pins_in_t in;
  if (cut_take(&rx, frame, &message) == CUT_RX_MESSAGE) come_back(&message);
  cut_plant_take(&plant, wall_us, frame);
  cut_plant_watch(&plant, wall_us);
  memset(&in, 0, sizeof in);
  cut_plant_begin(&plant, wall_us, &in);
  cut_plant_end(&plant, &pins, 13.0);
  for (uint32_t coil = 0; coil < PINS_COIL_COUNT; coil++)
    FUZZ_HOLDS(plant.ecu != 0 || pins.coil_V[coil] < 1.0);
  FUZZ_HOLDS(pins.afe_slot_end[0] <= PINS_SLOT_COUNT && pins.fan_duty <= 1.0);
  cut_ecu_take(&ecu, wall_us, frame);
  const uint64_t ticks = ecu.stats.tick_count;
  (void)cut_ecu_run(&ecu, wall_us);
  FUZZ_HOLDS(ecu.stats.tick_count - ticks <= 2000); /* nobody makes it run for ever */
  can_frame_t sent;
  while (cut_ecu_next_frame(&ecu, &sent) || cut_plant_next_frame(&plant, &sent)) continue;
}

/// Records of id, flags (bit 7: put the CRC right), length and as many bytes.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const cut_plant_config_t plant_config = {
      .session = PLANT, .timeout_ms = 100, .rate_permille = 1000, .is_fd = 1};
  const cut_ecu_config_t ecu_config = {.seed = 1, .session = ECU};
  uint64_t wall_us = 1000000;
  cut_plant_init(&plant, &plant_config, wall_us);
  cut_ecu_init(&ecu, &ecu_config, wall_us);
  memset(&rx, 0, sizeof rx);
  for (size_t at = 0; at + HEAD <= size && at < 64 * 68;) {
    can_frame_t frame;
    memset(&frame, 0, sizeof frame);
    const uint8_t flags = data[at + 1];
    frame.id = CUT_ID_FIRST + (data[at] & 15u);
    frame.flags = flags & 0x1F;
    frame.len = data[at + 2] % 65;
    at += HEAD;
    if (frame.len > size - at) return 0;
    memcpy(frame.data, data + at, frame.len);
    at += frame.len;
    const size_t bytes = bytes_of(frame.id);
    if ((flags & FIX_CRC) && bytes > 0 && frame.len >= bytes) {
      const uint16_t crc =
          e2e5_crc((uint16_t)(0x5053 + frame.id - CUT_ID_FIRST), frame.data, (uint32_t)bytes);
      frame.data[0] = (uint8_t)crc;
      frame.data[1] = (uint8_t)(crc >> 8);
    }
    wall_us += STEP_us;
    take(&frame, wall_us);
  }
  return 0;
}
