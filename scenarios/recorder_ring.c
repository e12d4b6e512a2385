/// Newest samples as bytes of the state: see recorder_ring.h.
#include "recorder_ring.h"

#include <stdlib.h>
#include <string.h>

#include "signals_read.h"

enum { GAP_MAX = 64, WORD = sizeof(double), PIECE = 32 /* bytes that are copied at once */ };

static int compare_offsets(const void *a, const void *b) {
  const recorder_column_t *left = *(recorder_column_t *const *)a,
                          *right = *(recorder_column_t *const *)b;
  return (left->offset > right->offset) - (left->offset < right->offset);
}

static uint32_t field_bytes(const recorder_column_t *column) {
  return signals_field_bytes(column->signal->read);
}

/* A range for each cluster of fields, in order of their offsets. The kept columns move along. */
static void ranges_find(recorder_ring_t *ring, recorder_column_t **sorted, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    signals_bytes_t *last = &ring->range[ring->range_count - (ring->range_count > 0)];
    uint32_t begin = sorted[i]->offset, end = begin + field_bytes(sorted[i]);
    uint32_t last_end = last->offset + last->byte_count;
    int is_full = ring->range_count == RECORDER_RING_RANGE_MAX;
    if (ring->range_count > 0 && (is_full || begin <= last_end + GAP_MAX)) {
      if (end > last_end) last->byte_count = end - last->offset;
    } else {
      uint32_t aligned = begin - begin % WORD; /* so that fields stay aligned in the slot */
      ring->range[ring->range_count++] = (signals_bytes_t){aligned, end - aligned};
    }
  }
}

/* In whole pieces, which may take along what stands behind or, at the end of hil_t, before it. */
static int pieces_list(recorder_ring_t *ring, recorder_column_t **sorted, uint32_t count) {
  uint32_t piece_max = 0;
  for (uint32_t r = 0; r < ring->range_count; r++)
    piece_max += ring->range[r].byte_count / PIECE + 1;
  ring->piece = malloc((piece_max + 1) * sizeof *ring->piece);
  if (!ring->piece) return -1;
  for (uint32_t r = 0, i = 0; r < ring->range_count; r++) {
    const uint32_t whole = (ring->range[r].byte_count + PIECE - 1) / PIECE * PIECE;
    const uint32_t end = ring->range[r].offset + ring->range[r].byte_count;
    uint32_t begin = ring->range[r].offset;
    if (begin + whole > sizeof(hil_t)) begin = (uint32_t)sizeof(hil_t) - whole;
    for (; i < count && sorted[i]->offset < end; i++) sorted[i]->offset += ring->slot_bytes - begin;
    for (uint32_t k = 0; k < whole; k += PIECE) ring->piece[ring->piece_count++] = begin + k;
    ring->slot_bytes += whole;
  }
  return 0;
}

static int layout_make(recorder_ring_t *ring) {
  recorder_column_t **sorted = malloc((ring->column_count + 1) * sizeof(recorder_column_t *));
  uint32_t plain_count = 0;
  int status = -1;
  if (!sorted) return -1;
  for (uint32_t i = 0; i < ring->column_count; i++) {
    ring->kept[i] = ring->column[i];
    if (field_bytes(&ring->kept[i]) > 0)
      sorted[plain_count++] = &ring->kept[i];
    else
      ring->call[ring->call_count++] = i;
  }
  qsort(sorted, plain_count, sizeof(recorder_column_t *), compare_offsets);
  ranges_find(ring, sorted, plain_count);
  status = pieces_list(ring, sorted, plain_count);
  ring->call_at = ring->slot_bytes;
  for (uint32_t i = 0; i < ring->call_count; i++) {
    recorder_column_t *column = &ring->kept[ring->call[i]];
    column->is_moved = 1;
    column->offset = ring->slot_bytes;
    ring->slot_bytes += WORD;
  }
  free(sorted);
  return status;
}

int recorder_ring_open(recorder_ring_t *ring, recorder_column_t *column, uint32_t count,
                       uint32_t size) {
  ring->column = column;
  ring->column_count = count;
  ring->size = size;
  ring->kept = malloc((count + 1) * sizeof *ring->kept);
  ring->call = malloc((count + 1) * sizeof *ring->call);
  if (!ring->kept || !ring->call || layout_make(ring)) return -1;
  if (recorder_sample_open(&ring->sample, ring->kept, count)) return -1;
  ring->slot = malloc((size_t)size * ring->slot_bytes + 1);
  ring->time_us = malloc((size_t)size * sizeof *ring->time_us + 1);
  return ring->slot && ring->time_us ? 0 : -1;
}

void recorder_ring_push(recorder_ring_t *ring, const hil_t *hil) {
  uint8_t *slot = ring->slot + (size_t)ring->next * ring->slot_bytes;
  const uint32_t *piece = ring->piece, *piece_end = piece + ring->piece_count;
  for (uint8_t *to = slot; piece < piece_end; piece++, to += PIECE)
    memcpy(to, (const uint8_t *)hil + *piece, PIECE);
  double *call = (double *)(void *)(slot + ring->call_at);
  for (uint32_t i = 0; i < ring->call_count; i++)
    call[i] = signals_read(ring->column[ring->call[i]].signal, hil);
  ring->time_us[ring->next] = (int64_t)hil->now_us;
  ring->next = ring->next + 1 < ring->size ? ring->next + 1 : 0;
  if (ring->fill < ring->size) ring->fill++;
}

void recorder_ring_read(const recorder_ring_t *ring, uint32_t slot, float *row) {
  recorder_sample_read(&ring->sample, ring->slot + (size_t)slot * ring->slot_bytes, row);
}

void recorder_ring_close(recorder_ring_t *ring) {
  recorder_sample_close(&ring->sample);
  free(ring->kept);
  free(ring->piece);
  free(ring->call);
  free(ring->slot);
  free(ring->time_us);
}
