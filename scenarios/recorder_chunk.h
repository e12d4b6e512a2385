/// Chunks of a file's datasets, compressed here and handed to HDF5 as they go into the file.
///
/// Model    the bytes of a chunk are ordered by their place in the number (HDF5's shuffle) and
///          deflated in zlib's format, as HDF5's own pipeline does but without its copies and
///          faster: any HDF5 reads them
/// Memory   a packer owns its buffers and the compressor; one serves all datasets of a file
/// Errors   0, or -1: out of memory, or HDF5 says no
#ifndef SCENARIOS_RECORDER_CHUNK_H
#define SCENARIOS_RECORDER_CHUNK_H

#include <hdf5.h>
#include <stddef.h>
#include <stdint.h>

typedef struct recorder_packer recorder_packer_t;

/// NULL iff there is no memory.
recorder_packer_t *recorder_packer_open(void);
void recorder_packer_close(recorder_packer_t *packer);

/// Chunks of a table: column_max signals by row_max samples.
typedef struct {
  uint32_t column_max, row_max;
} recorder_chunk_t;

/// Write a row of chunks: row_count (<= row_max) samples of column_count signals, a sample every
/// column_count floats, at sample row_first (a multiple of row_max) of the dataset, which has room.
int recorder_chunk_write(recorder_packer_t *packer, recorder_chunk_t chunk, hid_t dataset,
                         const float *rows, uint32_t column_count, uint64_t row_first,
                         uint32_t row_count);

/// Elements of a list that make one chunk.
typedef struct {
  const void *data;
  uint64_t first; ///< a multiple of count_max
  uint32_t count, count_max; ///< the rest of the chunk is 0
  uint32_t bytes; ///< of an element
  int is_shuffled;
} recorder_piece_t;

/// Write a chunk of a dataset of rank 1, which has room.
int recorder_chunk_write_piece(recorder_packer_t *packer, hid_t dataset, recorder_piece_t piece);

#endif
