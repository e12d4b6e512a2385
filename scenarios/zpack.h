/// Compresses bytes into zlib's format, in little time: what HDF5, Python and zlib inflate.
///
/// Model    blocks of 16 KiB, each with Huffman codes of its own. Repetitions are looked for one
///          byte back (what stands still) and where the same four bytes stood last, at most 32 KiB
///          back; where none come for long, fewer places are tried. The bytes depend on the input
///          alone
/// Memory   a zpack_t owns its tables; nothing is allocated per call
/// Errors   NULL iff there is no memory
#ifndef SCENARIOS_ZPACK_H
#define SCENARIOS_ZPACK_H

#include <stddef.h>
#include <stdint.h>

typedef struct zpack zpack_t;

zpack_t *zpack_open(void);
void zpack_close(zpack_t *zpack); ///< NULL is allowed

/// Room that so many bytes (< 2^31) never exceed.
size_t zpack_bound(size_t byte_count);

/// Returns how many bytes of out it took.
size_t zpack_bytes(zpack_t *zpack, const uint8_t *in, size_t byte_count, uint8_t *out);

#endif
