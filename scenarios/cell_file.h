/// Reads a cell parameter file (data/cells/*.json) into cell_params_t, strictly.
///
/// Model    JSON with units in its keys; every figure carries "mark" (seen, inferred, assumed,
///          calibrated) and "source"; unknown, missing and duplicate keys are refused
/// Memory   nothing is kept
/// Errors   "FILE:LINE:COLUMN: $.path: found X, allowed Y" in error; params is then untouched
#ifndef SCENARIOS_CELL_FILE_H
#define SCENARIOS_CELL_FILE_H

#include <stddef.h>

#include "../sim/cell_params.h"
#include "schema.h"

typedef enum {
  CELL_FILE_OK = 0,
  CELL_FILE_ERR_FILE = -1,
  CELL_FILE_ERR_CONTENT = -2
} cell_file_status_t;

/// The table that cell files are checked with.
const schema_t *cell_file_schema(void);

/// 1 iff path is a JSON file with the key packsim_cell, right or wrong in the rest.
int cell_file_is_one(const char *path);

/// Where a cell is: a name is data/cells/NAME.json, looked for as scenario_find_file does; a text
/// that ends in .json is a path, relative to the folder of the file beside (NULL: the working
/// directory). 0, or -1 iff it is neither or not readable.
int cell_file_find(const char *cell, const char *beside, char *path, size_t path_bytes);

/// CELL_FILE_ERR_FILE iff path cannot be read or is longer than 4 MiB; CELL_FILE_ERR_CONTENT iff
/// what it holds is not allowed.
cell_file_status_t cell_file_load(const char *path, cell_params_t *params, char *error,
                                  size_t error_bytes);

/// The same for a text of len bytes that came from path.
cell_file_status_t cell_file_parse(const char *path, const char *text, size_t len,
                                   cell_params_t *params, char *error, size_t error_bytes);

#endif
