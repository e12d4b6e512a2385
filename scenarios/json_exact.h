/// JSON text from which every number comes back bit for bit; the library's own printer rounds.
///
/// Memory   texts are freed with cJSON_free
#ifndef SCENARIOS_JSON_EXACT_H
#define SCENARIOS_JSON_EXACT_H

#include <cjson/cJSON.h>

enum { JSON_EXACT_NUMBER_BYTES = 32 };

/// The shortest of 15, 16 or 17 digits that gives value back; value is finite.
void json_exact_number(double value, char text[JSON_EXACT_NUMBER_BYTES]);

/// The tree on one line, or spread over lines. NULL iff there is no memory.
char *json_exact_print(const cJSON *root, int is_spread);

#endif
