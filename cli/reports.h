/// Writes all reports of a result: results.json, junit.xml, report.html, timing.json.
#ifndef CLI_REPORTS_H
#define CLI_REPORTS_H

#include "../scenarios/report.h"

/// Each is tried, the most important first. CLI_OK, or CLI_USAGE after one line on stderr for the
/// first that could not be written.
int reports_write(const char *verb, const report_t *report);

#endif
