/// Fast 64-bit hash of byte ranges, chained: the identity of outputs and traces.
///
/// Model    four multiply-xor lanes over 32-byte blocks, folded at the end of each range; not
///          cryptographic
/// Threads  pure functions
#ifndef SIM_HASH_H
#define SIM_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_BLOCK_BYTES = 32 };

/// Hash of nothing: where a chain begins.
uint64_t hash_start(void);

/// Chain a range of bytes onto hash. The length counts: two ranges differ from one.
uint64_t hash_bytes(uint64_t hash, const void *data, size_t byte_count);

#endif
