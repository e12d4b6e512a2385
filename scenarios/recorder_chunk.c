/// Chunks of a table's dataset: see recorder_chunk.h.
#include "recorder_chunk.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { VALUE_BYTES = 4, SQUARE = 16, LEVEL = 1, WINDOW_BITS = 15, MEMORY_LEVEL = 6 };

struct recorder_packer {
  z_stream stream;
  uint8_t *shuffled, *packed;
  size_t packed_max;
};

static void packer_free(recorder_packer_t *packer) {
  if (!packer) return;
  free(packer->shuffled);
  free(packer->packed);
  free(packer);
}

static int packer_open(recorder_chunk_t *chunk) {
  if (chunk->packer) return 0;
  const size_t bytes = (size_t)chunk->column_max * chunk->row_max * VALUE_BYTES;
  recorder_packer_t *packer = calloc(1, sizeof *packer);
  if (!packer) return -1;
  packer->packed_max = compressBound((uLong)bytes);
  packer->shuffled = malloc(bytes);
  packer->packed = malloc(packer->packed_max);
  if (!packer->shuffled || !packer->packed ||
      deflateInit2(&packer->stream, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    packer_free(packer);
    return -1;
  }
  chunk->packer = packer;
  return 0;
}

/* Value (c, r) of the chunk is number c x row_max + r; its byte k, least first, stands in the k-th
 * quarter. In squares, so that rows and columns stay in the cache. */
static void shuffle(const recorder_chunk_t *chunk, const float *rows, uint32_t stride,
                    uint32_t columns, uint32_t row_count) {
  const size_t plane = (size_t)chunk->column_max * chunk->row_max;
  uint8_t *out = chunk->packer->shuffled;
  if (columns < chunk->column_max || row_count < chunk->row_max)
    memset(out, 0, VALUE_BYTES * plane);
  for (uint32_t r0 = 0; r0 < row_count; r0 += SQUARE) {
    const uint32_t r1 = r0 + SQUARE < row_count ? r0 + SQUARE : row_count;
    for (uint32_t c = 0; c < columns; c++) {
      uint8_t *at = out + (size_t)c * chunk->row_max;
      for (uint32_t r = r0; r < r1; r++) {
        uint32_t bits;
        memcpy(&bits, &rows[(size_t)r * stride + c], sizeof bits);
        at[r] = (uint8_t)bits;
        at[plane + r] = (uint8_t)(bits >> 8);
        at[2 * plane + r] = (uint8_t)(bits >> 16);
        at[3 * plane + r] = (uint8_t)(bits >> 24);
      }
    }
  }
}

/* Bytes in packed; 0: it failed. */
static size_t pack(const recorder_chunk_t *chunk) {
  recorder_packer_t *packer = chunk->packer;
  z_stream *stream = &packer->stream;
  if (deflateReset(stream) != Z_OK) return 0;
  stream->next_in = packer->shuffled;
  stream->avail_in = (uInt)(VALUE_BYTES * (size_t)chunk->column_max * chunk->row_max);
  stream->next_out = packer->packed;
  stream->avail_out = (uInt)packer->packed_max;
  return deflate(stream, Z_FINISH) == Z_STREAM_END ? (size_t)stream->total_out : 0;
}

int recorder_chunk_write(recorder_chunk_t *chunk, hid_t dataset, const float *rows,
                         uint32_t column_count, uint64_t row_first, uint32_t row_count) {
  if (packer_open(chunk)) return -1;
  for (uint32_t first = 0; first < column_count; first += chunk->column_max) {
    const uint32_t left = column_count - first;
    const hsize_t place[2] = {first, row_first};
    shuffle(chunk, rows + first, column_count, left < chunk->column_max ? left : chunk->column_max,
            row_count);
    const size_t bytes = pack(chunk);
    if (bytes == 0 ||
        H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, place, bytes, chunk->packer->packed) < 0) {
      return -1;
    }
  }
  return 0;
}

void recorder_chunk_close(recorder_chunk_t *chunk) {
  if (chunk->packer) (void)deflateEnd(&chunk->packer->stream);
  packer_free(chunk->packer);
  chunk->packer = NULL;
}
