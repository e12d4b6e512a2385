/// Limits by name in scenarios: "limit:CELL_OVERVOLTAGE" is the voltage at which that DTC is due.
///
/// Model    a name is a DTC's, or a row of limits.csv with its level: "limit:GROUP_MAX.msl"
/// Units    the value comes in the unit that is asked for: V or mV, A or mA, degC, K or ddegC
/// Threads  pure functions over the generated table
#ifndef SCENARIOS_LIMIT_NAME_H
#define SCENARIOS_LIMIT_NAME_H

#include <stddef.h>

/// 1 iff text begins with "limit:".
int limit_name_is_one(const char *text);

/// The limit that text names, in unit. -1 iff there is none, several limits have the name, or its
/// unit is of another kind; allowed then says what is.
int limit_name_value(const char *text, const char *unit, double *value, char *allowed,
                     size_t allowed_bytes);

#endif
