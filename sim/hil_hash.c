/// Hash over the whole simulated state, part by part and without the addresses of const tables.
#include "hil_hash.h"

#include <stddef.h>

#include "hash.h"

static uint64_t hash_pack(uint64_t hash, const pack_t *pack) {
  const size_t begin = offsetof(pack_t, joints);
  return hash_bytes(hash, (const uint8_t *)pack + begin, sizeof *pack - begin);
}

static uint64_t hash_bus(uint64_t hash, const can_mem_t *bus) {
  hash = hash_bytes(hash, &bus->now_ns, sizeof bus->now_ns);
  hash = hash_bytes(hash, &bus->busy_ns, sizeof bus->busy_ns);
  if (bus->is_disturbed) hash = hash_bytes(hash, bus->node, sizeof bus->node);
  for (uint32_t node = 0; node < CAN_MEM_SENDER_MAX; node++) {
    hash = hash_bytes(hash, &bus->tx[node].sent_count, sizeof bus->tx[node].sent_count);
    hash = hash_bytes(hash, &bus->tx[node].lost_count, sizeof bus->tx[node].lost_count);
  }
  return hash;
}

uint64_t hil_hash_state(const hil_t *hil, uint64_t hash) {
  hash = hash_bytes(hash, &hil->now_us, sizeof hil->now_us);
  hash = hash_pack(hash, &hil->pack);
  hash = hash_bytes(hash, &hil->hv, offsetof(hv_t, kept));
  hash = hash_bytes(hash, &hil->charger, sizeof hil->charger);
  hash = hash_bytes(hash, &hil->isolation, sizeof hil->isolation);
  hash = hash_bytes(hash, &hil->harness, offsetof(harness_t, derived));
  hash = hash_bytes(hash, &hil->afe_heat, sizeof hil->afe_heat);
  hash = hash_bytes(hash, &hil->sensors, sizeof hil->sensors);
  hash = hash_bytes(hash, &hil->vehicle.ledger, sizeof hil->vehicle.ledger);
  hash = hash_bytes(hash, &hil->board, sizeof hil->board);
  hash = hash_bytes(hash, &hil->bms, sizeof hil->bms);
  hash = hash_bytes(hash, &hil->time, sizeof hil->time);
  hash = hash_bytes(hash, &hil->ecu, sizeof hil->ecu);
  return hash_bus(hash, &hil->bus);
}
