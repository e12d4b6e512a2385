/// The reference of the scenario language as Markdown, written from the tables that check it.
#ifndef SCENARIOS_REFERENCE_H
#define SCENARIOS_REFERENCE_H

#include <stdio.h>

/// All keys of scenario and suite files, all kinds of faults, all drive cycles; the same bytes
/// each time.
void reference_write(FILE *file);

#endif
