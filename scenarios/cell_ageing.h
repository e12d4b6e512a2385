/// The object "ageing" of a cell file: its schema, and its reader.
///
/// Threads  tables are constant
#ifndef SCENARIOS_CELL_AGEING_H
#define SCENARIOS_CELL_AGEING_H

#include "../sim/ageing_params.h"
#include "schema.h"

/// For the row {"ageing", SCHEMA_OBJECT, ...} of the cell file's keys.
extern const schema_t cell_ageing_schema;

/// Take over an object that has passed cell_ageing_schema: it is then within ageing_params_check.
void cell_ageing_read(const cJSON *object, ageing_params_t *params);

#endif
