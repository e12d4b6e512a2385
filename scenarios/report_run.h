/// One run as the page shows it: its result, its story, its recording, and the check to explain.
///
/// Memory   report_run_close frees what report_run_open has read; result stays another's
#ifndef SCENARIOS_REPORT_RUN_H
#define SCENARIOS_REPORT_RUN_H

#include <cjson/cJSON.h>

#include "recorder_series.h"
#include "report_text.h"

enum {
  REPORT_GROUP_MAX = 2, ///< groups of their own in the plots
  REPORT_NAME_BYTES = 64,
  REPORT_SENTENCE_BYTES = 800
};

typedef struct {
  uint32_t count, column_count;
  char *header; ///< comma-separated names
  float *value; ///< line by line
} report_csv_t;

typedef struct {
  const report_t *report;
  const run_result_t *result;
  cJSON *story; ///< NULL: the run was not recorded
  recorder_series_file_t *recording; ///< NULL likewise
  report_csv_t csv;
  char dir[700];
  int32_t key; ///< the check to explain: the first that failed, else the nearest; -1: none
  double key_from_s, key_to_s, key_at_s; ///< trigger, deadline, decision; NaN where there is none
  double end_s;
  uint32_t group_count;
  char group[REPORT_GROUP_MAX][16]; ///< that the faults, checks and DTCs speak of
} report_run_t;

void report_run_open(report_run_t *run, const report_t *report, const run_result_t *result);
void report_run_close(report_run_t *run);

/// What the story says of a check; NULL iff nothing.
const cJSON *report_run_check(const report_run_t *run, uint32_t index);

/// Text or number of a story's object; "" and NaN where it has none.
const char *report_story_text(const cJSON *object, const char *key);
double report_story_number(const cJSON *object, const char *key);

/// A line of the time line: word 1 is its kind, 2 its name, 3 what more there is to say.
const char *report_mark_text(const cJSON *mark, int word);
double report_mark_s(const cJSON *mark);

/// What a fault of the story does: "open on wire.A12"; "" iff the event is no fault.
void report_fault_words(const cJSON *event, char *text, uint32_t text_bytes);

/// "opens: not within 110.0 ms: ...; allowed: ... = 0 within 110 ms after ov": why the run is not
/// passed; "" iff it is.
void report_sentence(const report_run_t *run, char text[REPORT_SENTENCE_BYTES]);

/// What was going on: faults that acted, what the BMS did between trigger and deadline, what a
/// trigger waited for. "" iff there is nothing to say.
void report_cause(const report_run_t *run, char text[REPORT_SENTENCE_BYTES]);

/// Samples of a signal from all that was recorded; empty iff there is nothing.
void report_series(const report_run_t *run, const char *name, double from_s, double to_s,
                   recorder_series_t *series);

/// States from the changes: contactors, coils.
void report_states(const report_run_t *run, const char *name, recorder_series_t *series);

/// Plots over the whole run, and with a finer scale around the check to explain.
void report_plots(const report_run_t *run, FILE *html);

/// Bars over time: states, contactors, DTCs, faults, checks.
typedef struct {
  double start_s, end_s;
  int is_whole;
} report_span_t;
void report_lanes(const report_run_t *run, const report_span_t *span, FILE *html);

/// The connectors that faults and DTCs name.
void report_faces(const report_run_t *run, FILE *html);

/// Frames around the check to explain, decoded.
void report_frames(const report_run_t *run, FILE *html);

void report_chip(FILE *html, verdict_t verdict);

/// A cell with "id 62.0 of 100 ms" and, for times, how much of the limit was used.
void report_margin_cell(FILE *html, const check_result_t *check, const char *id);

/// A name as part of a link.
void report_href(FILE *html, const char *name);

/// All about one run. plots_are_wanted 0: without pictures and frames.
void report_detail(const report_run_t *run, int plots_are_wanted, FILE *html);

#endif
