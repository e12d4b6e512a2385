/// The tables of scenario files as a JSON Schema (draft 2020-12): editors complete and check by it.
///
/// Model    one definition for each object of the tables; numbers may also be "${name}" or drawn.
///          What only the program knows (signals, targets, ids) is text to the schema.
#ifndef SCENARIOS_JSON_SCHEMA_H
#define SCENARIOS_JSON_SCHEMA_H

#include <stdio.h>

/// Write the schema of scenario files. 0, or -1 iff there is no memory.
int json_schema_write(FILE *file);

#endif
