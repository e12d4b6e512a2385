/// The table of verdicts on the terminal.
#include "report_text.h"

#include <string.h>

enum { FAILURE_LINES_MAX = 24 };

static const char *color_of(verdict_t verdict, int is_color) {
  if (!is_color) return "";
  switch (verdict) {
  case VERDICT_PASS:
    return "\033[32m";
  case VERDICT_SKIPPED:
    return "\033[33m";
  case VERDICT_INCONCLUSIVE:
    return "\033[33m";
  default:
    return "\033[31m";
  }
}

/* "opens 62 of 100 ms", with the point that has it where there are several. */
static void worst_text(const report_t *report, const report_group_t *group,
                       char text[REPORT_TEXT_BYTES]) {
  const run_result_t *worst_run = NULL;
  const check_result_t *worst = NULL;
  text[0] = 0;
  for (uint32_t i = group->begin; i < group->end; i++) {
    int32_t index = report_worst_check(&report->result[i]);
    if (index < 0) continue;
    const check_result_t *check = &report->result[i].check[index];
    if (worst && report_margin(check) >= report_margin(worst)) continue;
    worst = check;
    worst_run = &report->result[i];
  }
  if (!worst) return;
  char margin[REPORT_TEXT_BYTES];
  report_margin_text(worst, margin);
  const char *point = worst_run->run_name;
  size_t id_length = strlen(worst_run->scenario_id);
  if (strncmp(point, worst_run->scenario_id, id_length) == 0 && point[id_length] == '.')
    point += id_length + 1;
  int is_sweep = group->end - group->begin > 1;
  snprintf(text, REPORT_TEXT_BYTES, "%s %.100s%s%s%s", worst->id, margin, is_sweep ? " (" : "",
           is_sweep ? point : "", is_sweep ? ")" : "");
}

static void group_line(const report_t *report, const report_group_t *group, FILE *file,
                       int is_color) {
  const run_result_t *first = &report->result[group->begin];
  uint32_t run_count = group->end - group->begin, check_count = 0, passed_count = 0;
  double sim_s = 0, wall_s = 0;
  for (uint32_t i = group->begin; i < group->end; i++) {
    check_count += report->result[i].check_count;
    passed_count += report_passed_count(&report->result[i]);
    sim_s += report->result[i].sim_s;
    wall_s += report->result[i].wall_s;
  }
  char runs[24], checks[32], worst[REPORT_TEXT_BYTES];
  snprintf(runs, sizeof runs, "%u/%u", group->count[VERDICT_PASS], run_count);
  snprintf(checks, sizeof checks, "%u/%u", passed_count, check_count);
  worst_text(report, group, worst);
  fprintf(file, "%s%-12s%s  %-16s  %7s  %9s  %8.1f  %7.0f  %-44s  %s\n",
          color_of(group->verdict, is_color), verdict_text(group->verdict),
          is_color ? "\033[0m" : "", first->scenario_id, runs, checks, sim_s,
          wall_s > 0 ? sim_s / wall_s : 0, worst, first->title);
}

static void failed_checks(const run_result_t *result, FILE *file, uint32_t *line_count) {
  for (uint32_t c = 0; c < result->check_count && c < RESULT_CHECK_MAX; c++) {
    const check_result_t *check = &result->check[c];
    if (check->verdict == VERDICT_PASS || *line_count >= FAILURE_LINES_MAX) continue;
    char margin[REPORT_TEXT_BYTES];
    report_margin_text(check, margin);
    fprintf(file, "  %s %s: %s%s%s%s%s\n", report_check_kind_text(check->kind), check->id,
            verdict_text((verdict_t)check->verdict), margin[0] ? ", " : "", margin,
            check->text[0] ? ", " : "", check->text);
    ++*line_count;
  }
}

/* What went wrong, run by run, with the command that shows it again; the report has the rest. */
static void failures(const report_t *report, FILE *file) {
  uint32_t line_count = 0, hidden_count = 0;
  for (uint32_t i = 0; i < report->result_count; i++) {
    const run_result_t *result = &report->result[i];
    if (result->verdict == VERDICT_PASS) continue;
    if (line_count >= FAILURE_LINES_MAX) {
      hidden_count++;
      continue;
    }
    char replay[800];
    report_replay_text(report, result, replay, sizeof replay);
    fprintf(file, "%s%s: %s%s%s\n", line_count == 0 ? "\n" : "", result->run_name,
            verdict_text((verdict_t)result->verdict), result->error[0] ? ": " : "", result->error);
    line_count += 2;
    failed_checks(result, file, &line_count);
    if (result->verdict != VERDICT_SKIPPED) fprintf(file, "  again: %s\n", replay);
  }
  if (hidden_count > 0) fprintf(file, "and %u more, see the report\n", hidden_count);
}

void report_table(const report_t *report, FILE *file, int is_color) {
  uint32_t count[5] = {0};
  double sim_s = 0;
  fprintf(file, "%-12s  %-16s  %7s  %9s  %8s  %7s  %-44s  %s\n", "verdict", "scenario", "runs",
          "checks", "sim s", "x real", "least margin", "title");
  for (uint32_t i = 0; i < report->result_count;) {
    report_group_t group = report_group(report, i);
    group_line(report, &group, file, is_color);
    i = group.end;
  }
  for (uint32_t i = 0; i < report->result_count; i++) {
    count[report->result[i].verdict < 5 ? report->result[i].verdict : VERDICT_ERROR]++;
    sim_s += report->result[i].sim_s;
  }
  failures(report, file);
  fprintf(file, "\n%u runs: %u passed, %u failed, %u inconclusive, %u error%s, %u skipped\n",
          report->result_count, count[VERDICT_PASS], count[VERDICT_FAIL],
          count[VERDICT_INCONCLUSIVE], count[VERDICT_ERROR], count[VERDICT_ERROR] == 1 ? "" : "s",
          count[VERDICT_SKIPPED]);
  if (report->wall_s > 0) {
    fprintf(file, "%.0f s simulated in %.1f s with %u workers: %.0f x real time\n", sim_s,
            report->wall_s, report->worker_count, sim_s / report->wall_s);
  }
}
