/// Chunks of a file's datasets: see recorder_chunk.h.
#include "recorder_chunk.h"

#include <stdlib.h>
#include <string.h>

#include "../sim/simd.h"
#include "zpack.h"

enum { VALUE_BYTES = 4, SQUARE = 16 };

struct recorder_packer {
  zpack_t *zpack;
  uint8_t *plain, *packed;
  size_t plain_max;
};

recorder_packer_t *recorder_packer_open(void) {
  recorder_packer_t *packer = calloc(1, sizeof *packer);
  if (!packer) return NULL;
  packer->zpack = zpack_open();
  if (packer->zpack) return packer;
  free(packer);
  return NULL;
}

void recorder_packer_close(recorder_packer_t *packer) {
  if (!packer) return;
  zpack_close(packer->zpack);
  free(packer->plain);
  free(packer->packed);
  free(packer);
}

static int make_room(recorder_packer_t *packer, size_t bytes) {
  if (bytes <= packer->plain_max) return 0;
  free(packer->plain);
  free(packer->packed);
  packer->plain = malloc(bytes);
  packer->packed = malloc(zpack_bound(bytes));
  packer->plain_max = packer->plain && packer->packed ? bytes : 0;
  return packer->plain_max > 0 ? 0 : -1;
}

static int write_plain(recorder_packer_t *packer, hid_t dataset, const hsize_t *place,
                       size_t bytes) {
  const size_t packed = zpack_bytes(packer->zpack, packer->plain, bytes, packer->packed);
  return H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, place, packed, packer->packed) < 0 ? -1 : 0;
}

/* A square of samples of one signal into as many bytes of each quarter. */
static inline void split(const float *rows, uint32_t stride, uint8_t *out, size_t plane) {
  uint32_t bits[SQUARE];
  uint8_t quarter[SQUARE];
  for (uint32_t r = 0; r < SQUARE; r++) memcpy(&bits[r], &rows[(size_t)r * stride], sizeof bits[0]);
  SIMD_WHOLE
  for (uint32_t k = 0; k < VALUE_BYTES; k++) {
    for (uint32_t r = 0; r < SQUARE; r++) quarter[r] = (uint8_t)(bits[r] >> 8 * k);
    memcpy(out + k * plane, quarter, sizeof quarter);
  }
}

/* Value (c, r) of the chunk is number c x row_max + r; its byte k, least first, stands in the k-th
 * quarter. In squares, so that rows and columns stay in the cache. */
SIMD_CLONES static void shuffle_rows(uint8_t *out, recorder_chunk_t chunk, const float *rows,
                                     uint32_t stride, uint32_t columns, uint32_t row_count) {
  const size_t plane = (size_t)chunk.column_max * chunk.row_max;
  const uint32_t whole = row_count - row_count % SQUARE;
  for (uint32_t r = 0; r < whole; r += SQUARE) {
    for (uint32_t c = 0; c < columns; c++)
      split(rows + (size_t)r * stride + c, stride, out + (size_t)c * chunk.row_max + r, plane);
  }
  for (uint32_t r = whole; r < row_count; r++) {
    for (uint32_t c = 0; c < columns; c++) {
      uint8_t *at = out + (size_t)c * chunk.row_max + r;
      uint32_t bits;
      memcpy(&bits, &rows[(size_t)r * stride + c], sizeof bits);
      for (uint32_t k = 0; k < VALUE_BYTES; k++) at[k * plane] = (uint8_t)(bits >> 8 * k);
    }
  }
}

int recorder_chunk_write(recorder_packer_t *packer, recorder_chunk_t chunk, hid_t dataset,
                         const float *rows, uint32_t column_count, uint64_t row_first,
                         uint32_t row_count) {
  const size_t bytes = VALUE_BYTES * (size_t)chunk.column_max * chunk.row_max;
  if (make_room(packer, bytes)) return -1;
  for (uint32_t first = 0; first < column_count; first += chunk.column_max) {
    const uint32_t left = column_count - first;
    const uint32_t columns = left < chunk.column_max ? left : chunk.column_max;
    const hsize_t place[2] = {first, row_first};
    if (columns < chunk.column_max || row_count < chunk.row_max) memset(packer->plain, 0, bytes);
    shuffle_rows(packer->plain, chunk, rows + first, column_count, columns, row_count);
    if (write_plain(packer, dataset, place, bytes)) return -1;
  }
  return 0;
}

int recorder_chunk_write_piece(recorder_packer_t *packer, hid_t dataset, recorder_piece_t piece) {
  const size_t bytes = (size_t)piece.bytes * piece.count_max;
  const size_t used = (size_t)piece.bytes * piece.count;
  if (make_room(packer, bytes)) return -1;
  if (piece.is_shuffled) {
    memset(packer->plain, 0, bytes);
    for (uint32_t k = 0; k < piece.bytes; k++) {
      const uint8_t *from = (const uint8_t *)piece.data + k;
      uint8_t *to = packer->plain + (size_t)k * piece.count_max;
      for (uint32_t i = 0; i < piece.count; i++) to[i] = from[(size_t)i * piece.bytes];
    }
  } else {
    memcpy(packer->plain, piece.data, used);
    memset(packer->plain + used, 0, bytes - used);
  }
  const hsize_t place[1] = {piece.first};
  return write_plain(packer, dataset, place, bytes);
}
