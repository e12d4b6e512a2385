/// The page docs/fault-reactions.md: measured reactions and traceability, written and compared.
#ifndef SCENARIOS_REACT_PAGE_H
#define SCENARIOS_REACT_PAGE_H

#include "react_sweep.h"
#include "trace.h"

/// 0, or -1 iff the file cannot be written.
int react_page_write(const char *path, const react_summary_t *summary, const trace_t *trace);

/// 0 iff the file is the page, else the first line that differs; -1 iff it cannot be read.
int react_page_check(const char *path, const react_summary_t *summary, const trace_t *trace);

#endif
