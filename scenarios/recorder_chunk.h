/// Chunks of a table's dataset, compressed here and handed to HDF5 as they go into the file.
///
/// Model    a chunk is column_max signals by row_max samples; its bytes are ordered by their place
///          in the number (HDF5's shuffle) and deflated, as its own pipeline does but without its
///          copies: any HDF5 reads them
/// Memory   owns its buffers and the compressor, taken at the first write
/// Errors   0, or -1: out of memory, or HDF5 says no
#ifndef SCENARIOS_RECORDER_CHUNK_H
#define SCENARIOS_RECORDER_CHUNK_H

#include <hdf5.h>
#include <stddef.h>
#include <stdint.h>

typedef struct recorder_packer recorder_packer_t;

typedef struct {
  uint32_t column_max, row_max; ///< of a chunk
  recorder_packer_t *packer; ///< NULL before the first write
} recorder_chunk_t;

/// Write a row of chunks: row_count (<= row_max) samples of column_count signals, a sample every
/// column_count floats, at sample row_first (a multiple of row_max) of the dataset, which has room.
int recorder_chunk_write(recorder_chunk_t *chunk, hid_t dataset, const float *rows,
                         uint32_t column_count, uint64_t row_first, uint32_t row_count);
void recorder_chunk_close(recorder_chunk_t *chunk);

#endif
