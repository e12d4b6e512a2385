/// What the reports share: files, escaping, margins, and the grouping of a sweep's runs.
#ifndef SCENARIOS_REPORT_TEXT_H
#define SCENARIOS_REPORT_TEXT_H

#include "report.h"

enum { REPORT_TEXT_BYTES = 320 };

/// Runs [begin, end) of one scenario; several iff it is a sweep.
typedef struct {
  uint32_t begin, end;
  uint32_t count[5]; ///< by verdict_t
  verdict_t verdict; ///< the worst of all
} report_group_t;

/// dir/name for writing, under another name until it is whole; NULL with the reason in
/// report_error().
FILE *report_file_open(const report_t *report, const char *name);

/// REPORT_ERR_FILE iff not everything reached the file.
report_status_t report_file_close(const report_t *report, FILE *file, const char *name);

/// Text as content or attribute of HTML and XML; what XML forbids or is not UTF-8 becomes U+FFFD.
void report_escape(FILE *file, const char *text);

/// The group that starts at begin.
report_group_t report_group(const report_t *report, uint32_t begin);

/// How much room is left, as a share of the limit; negative iff it failed. 1e9 iff it has no
/// margin.
double report_margin(const check_result_t *check);

/// The check with the least margin, -1 iff none has one.
int32_t report_worst_check(const run_result_t *result);

/// "62.0 of 100 ms"; "" iff the check has no margin.
void report_margin_text(const check_result_t *check, char text[REPORT_TEXT_BYTES]);

uint32_t report_passed_count(const run_result_t *result);

/// The command that runs this point again.
void report_replay_text(const report_t *report, const run_result_t *result, char *text,
                        uint32_t text_bytes);

const char *report_check_kind_text(uint8_t kind);

#endif
