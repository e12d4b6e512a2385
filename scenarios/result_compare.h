/// Whether two results of a run say the same: verdicts, checks, figures and hashes, wall time
/// excepted.
#ifndef SCENARIOS_RESULT_COMPARE_H
#define SCENARIOS_RESULT_COMPARE_H

#include "result.h"

/// 0 iff they are equal. Otherwise 1 with the first difference in words: "trace_hash: X then, Y
/// now".
int result_compare(const run_result_t *then, const run_result_t *now, char *text,
                   uint32_t text_bytes);

#endif
