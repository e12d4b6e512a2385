/// Fast 64-bit hash of byte ranges, chained.
#include "hash.h"

uint64_t hash_bytes(uint64_t hash, const void *data, size_t byte_count) {
  return hash_known(hash, data, byte_count);
}
