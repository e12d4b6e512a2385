/// junit.xml: one test suite for each scenario, one test case for each run.
#include "report_text.h"

#include <string.h>

static void case_properties(const report_t *report, FILE *file, const run_result_t *result) {
  char replay[800];
  report_replay_text(report, result, replay, sizeof replay);
  fprintf(file, "      <properties>\n        <property name=\"replay\" value=\"");
  report_escape(file, replay);
  fprintf(file, "\"/>\n        <property name=\"trace_hash\" value=\"%016llx\"/>\n",
          (unsigned long long)result->trace_hash);
  for (uint32_t i = 0; i < result->sweep_count && i < RESULT_SWEEP_MAX; i++) {
    fputs("        <property name=\"", file);
    report_escape(file, result->sweep[i].path);
    fputs("\" value=\"", file);
    report_escape(file, result->sweep[i].value);
    fputs("\"/>\n", file);
  }
  fputs("      </properties>\n", file);
}

static void check_line(FILE *file, const check_result_t *check) {
  char margin[REPORT_TEXT_BYTES];
  report_margin_text(check, margin);
  fprintf(file, "%s %s ", verdict_text((verdict_t)check->verdict),
          report_check_kind_text(check->kind));
  report_escape(file, check->id);
  if (margin[0]) fputs(": ", file);
  report_escape(file, margin);
  if (check->text[0]) fputs(": ", file);
  report_escape(file, check->text);
  fputc('\n', file);
}

/* The element that makes a case fail, with a line for each check that did not pass. */
static void case_verdict(FILE *file, const run_result_t *result) {
  if (result->verdict == VERDICT_PASS) return;
  const char *tag = result->verdict == VERDICT_ERROR     ? "error"
                    : result->verdict == VERDICT_SKIPPED ? "skipped"
                                                         : "failure";
  fprintf(file, "      <%s message=\"", tag);
  if (result->error[0]) {
    report_escape(file, result->error);
  } else {
    fprintf(file, "%s: %u of %u checks passed", verdict_text((verdict_t)result->verdict),
            report_passed_count(result), result->check_count);
  }
  fputs("\">", file);
  for (uint32_t i = 0; i < result->check_count && i < RESULT_CHECK_MAX; i++) {
    if (result->check[i].verdict != VERDICT_PASS) check_line(file, &result->check[i]);
  }
  fprintf(file, "</%s>\n", tag);
}

static void suite_write(const report_t *report, FILE *file, const report_group_t *group) {
  const run_result_t *first = &report->result[group->begin];
  double sim_s = 0;
  for (uint32_t i = group->begin; i < group->end; i++) sim_s += report->result[i].sim_s;
  fputs("  <testsuite name=\"", file);
  report_escape(file, first->scenario_id);
  fprintf(file, "\" tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\" time=\"%.3f\">\n",
          group->end - group->begin,
          group->count[VERDICT_FAIL] + group->count[VERDICT_INCONCLUSIVE],
          group->count[VERDICT_ERROR], group->count[VERDICT_SKIPPED], sim_s);
  for (uint32_t i = group->begin; i < group->end; i++) {
    const run_result_t *result = &report->result[i];
    fputs("    <testcase classname=\"", file);
    report_escape(file, result->scenario_id);
    fputs("\" name=\"", file);
    report_escape(file, result->run_name);
    fputs("\" file=\"", file);
    report_escape(file, result->file);
    fprintf(file, "\" time=\"%.3f\">\n", result->sim_s);
    case_properties(report, file, result);
    case_verdict(file, result);
    fputs("    </testcase>\n", file);
  }
  fputs("  </testsuite>\n", file);
}

report_status_t report_junit(const report_t *report) {
  FILE *file = report_file_open(report, "junit.xml");
  if (!file) return REPORT_ERR_FILE;
  uint32_t count[5] = {0};
  double sim_s = 0;
  for (uint32_t i = 0; i < report->result_count; i++) {
    count[report->result[i].verdict < 5 ? report->result[i].verdict : VERDICT_ERROR]++;
    sim_s += report->result[i].sim_s;
  }
  fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- time is simulated time -->\n", file);
  fputs("<testsuites name=\"", file);
  report_escape(file, report->suite_title);
  fprintf(file, "\" tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\" time=\"%.3f\">\n",
          report->result_count, count[VERDICT_FAIL] + count[VERDICT_INCONCLUSIVE],
          count[VERDICT_ERROR], count[VERDICT_SKIPPED], sim_s);
  for (uint32_t i = 0; i < report->result_count;) {
    report_group_t group = report_group(report, i);
    suite_write(report, file, &group);
    i = group.end;
  }
  fputs("</testsuites>\n", file);
  return report_file_close(report, file, "junit.xml");
}
