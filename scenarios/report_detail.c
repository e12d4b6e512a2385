/// All that the page says about one run.
#include <math.h>
#include <string.h>

#include "report_about.h"
#include "report_run.h"

static void text_cell(FILE *html, const char *text) {
  fputs("<td>", html);
  report_escape(html, text);
  fputs("</td>", html);
}

static void time_cell(FILE *html, double time_s) {
  if (time_s >= 0) {
    fprintf(html, "<td class=\"n\">%.3f</td>", time_s);
  } else {
    fputs("<td></td>", html);
  }
}

void report_chip(FILE *html, verdict_t verdict) {
  fprintf(html, "<b class=\"v %s\">%s</b>", verdict_text(verdict), verdict_text(verdict));
}

/* How much of its limit a check has used, as a bar behind the words. */
void report_margin_cell(FILE *html, const check_result_t *check, const char *id) {
  char margin[REPORT_TEXT_BYTES];
  double used = 1 - report_margin(check);
  int has_bar = check->has_margin && strcmp(check->unit, "ms") == 0 && used >= 0;
  report_margin_text(check, margin);
  fputs("<td>", html);
  if (id[0]) {
    report_escape(html, id);
    fputc(' ', html);
  }
  report_escape(html, margin);
  if (has_bar) {
    fprintf(html, "<span class=\"used %s\"><span style=\"width:%.0f%%\"></span></span>",
            verdict_text((verdict_t)check->verdict), used > 1 ? 100.0 : 100 * used);
  }
  fputs("</td>", html);
}

static void check_row(const report_run_t *run, uint32_t index, FILE *html) {
  const check_result_t *check = &run->result->check[index];
  fprintf(html, "<tr%s><td>", check->verdict == VERDICT_PASS ? "" : " class=\"bad\"");
  report_chip(html, (verdict_t)check->verdict);
  fprintf(html, "</td><td>%s</td>", report_check_kind_text(check->kind));
  text_cell(html, check->id);
  text_cell(html, report_story_text(report_run_check(run, index), "rule"));
  report_margin_cell(html, check, "");
  time_cell(html, check->at_s);
  text_cell(html, check->text);
  fputs("</tr>\n", html);
}

/* is_measured 1: what was measured; 0: what was expected. */
static void checks_table(const report_run_t *run, int is_measured, FILE *html) {
  const run_result_t *result = run->result;
  uint32_t count = 0;
  for (uint32_t i = 0; i < result->check_count && i < RESULT_CHECK_MAX; i++) {
    count += (result->check[i].kind == CHECK_MEASURE) == is_measured;
  }
  if (count == 0) return;
  fprintf(html,
          "<h4>%s</h4><div class=\"scroll\"><table class=\"checks\"><tr><th>verdict</th>"
          "<th>kind</th><th>check</th><th>asks</th><th>value of limit</th><th "
          "class=\"n\">at s</th><th>seen</th></tr>\n",
          is_measured ? "Measured" : "Checks");
  for (int is_passed = 0; is_passed < 2; is_passed++) {
    for (uint32_t i = 0; i < result->check_count && i < RESULT_CHECK_MAX; i++) {
      const check_result_t *check = &result->check[i];
      if ((check->kind == CHECK_MEASURE) != is_measured) continue;
      if ((check->verdict == VERDICT_PASS) == is_passed) check_row(run, i, html);
    }
  }
  fputs("</table></div>\n", html);
}

static double dtc_time(const report_run_t *run, const char *kind, const char *name) {
  const cJSON *mark;
  cJSON_ArrayForEach(mark, cJSON_GetObjectItem(run->story, "marks")) {
    if (strcmp(report_mark_text(mark, 1), kind) != 0) continue;
    if (strcmp(report_mark_text(mark, 2), name) == 0) return report_mark_s(mark);
  }
  return -1;
}

static void frame_cell(const cJSON *frame, FILE *html) {
  fputs("<td>", html);
  if (frame) {
    report_escape(html, report_story_text(frame, "state"));
    fprintf(html, ", %.1f A, %.1f V, groups %.0f to %.0f mV",
            report_story_number(frame, "current_A"), report_story_number(frame, "pack_V"),
            report_story_number(frame, "group_min_mV"), report_story_number(frame, "group_max_mV"));
    if (report_story_text(frame, "group_max")[0]) {
      fprintf(html, " (%s, %s)", report_story_text(frame, "group_min"),
              report_story_text(frame, "group_max"));
    }
    fprintf(html, ", %.1f to %.1f degC", report_story_number(frame, "temperature_min_degC"),
            report_story_number(frame, "temperature_max_degC"));
    double soc_pct = report_story_number(frame, "soc_pct");
    if (!isnan(soc_pct)) fprintf(html, ", SOC %.1f %%", soc_pct);
  }
  fputs("</td>", html);
}

static void dtc_table(const report_run_t *run, FILE *html) {
  const cJSON *dtc, *dtcs = cJSON_GetObjectItem(run->story, "dtcs");
  if (cJSON_GetArraySize(dtcs) == 0) return;
  fputs("<h4>DTCs in the ECU's memory at the end</h4><div class=\"scroll\"><table><tr><th>DTC</th>"
        "<th>code</th><th>place</th><th class=\"n\">set at s</th><th class=\"n\">cleared "
        "at s</th><th>is</th><th>freeze frame of the first time</th></tr>\n",
        html);
  cJSON_ArrayForEach(dtc, dtcs) {
    const char *name = report_story_text(dtc, "name");
    int is_active = cJSON_IsTrue(cJSON_GetObjectItem(dtc, "is_active"));
    int is_latched = cJSON_IsTrue(cJSON_GetObjectItem(dtc, "is_latched"));
    fputs("<tr><td title=\"", html);
    report_escape(html, report_story_text(dtc, "help"));
    fprintf(html, "\">%s<br><span class=\"soft\">", name);
    report_escape(html, report_story_text(dtc, "help"));
    fputs("</span></td>", html);
    text_cell(html, report_story_text(dtc, "code"));
    text_cell(html, report_story_text(dtc, "location"));
    time_cell(html, dtc_time(run, "DTC", name));
    time_cell(html, dtc_time(run, "DTC cleared", name));
    text_cell(html, is_active && is_latched ? "active, latched"
                    : is_active             ? "active"
                    : is_latched            ? "latched"
                                            : "stored");
    frame_cell(cJSON_GetObjectItem(dtc, "frame"), html);
    fputs("</tr>\n", html);
  }
  fputs("</table></div>\n", html);
}

static void timeline(const report_run_t *run, FILE *html) {
  const cJSON *mark, *marks = cJSON_GetObjectItem(run->story, "marks");
  double dropped = report_story_number(run->story, "marks_dropped");
  if (cJSON_GetArraySize(marks) == 0) return;
  fprintf(html, "<details><summary>What happened when: %d lines</summary><table>\n",
          cJSON_GetArraySize(marks));
  cJSON_ArrayForEach(mark, marks) {
    fprintf(html, "<tr><td class=\"n\">%.3f s</td>", report_mark_s(mark));
    text_cell(html, report_mark_text(mark, 1));
    text_cell(html, report_mark_text(mark, 2));
    text_cell(html, report_mark_text(mark, 3));
    fputs("</tr>\n", html);
  }
  fputs("</table>", html);
  if (dropped > 0) fprintf(html, "<p class=\"soft\">and %.0f more in signals.h5</p>", dropped);
  fputs("</details>\n", html);
}

static void figures(const report_run_t *run, FILE *html) {
  const run_result_t *result = run->result;
  fprintf(html, "<p class=\"soft\">%.1f s simulated, SOC %.1f to %.1f %%, %.1f Wh", result->sim_s,
          result->soc_start_pct, result->soc_end_pct, result->pack_Wh);
  if (result->distance_m > 0) {
    fprintf(html, ", %.2f km, %.1f Wh/km, ledger error %.2g %%", result->distance_m / 1000,
            1000 * result->pack_Wh / result->distance_m, result->ledger_error_pct);
  }
  fprintf(html, ", %u DTCs set, seed %llu, trace <code>%016llx</code>", result->dtc_set_count,
          (unsigned long long)result->seed, (unsigned long long)result->trace_hash);
  if (run->recording) {
    static const char *const names[] = {"signals.csv", "signals.h5", "bus.log", "story.json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
      fputs(i == 0 ? "<br>beside this page: " : " ", html);
      fputs("<a href=\"", html);
      report_href(html, result->run_name);
      fprintf(html, "/%s\">%s</a>", names[i], names[i]);
    }
  }
  fputs("</p>\n", html);
}

static void said(FILE *html, const char *class, const char *text) {
  if (!text[0]) return;
  fprintf(html, "<p class=\"%s\">", class);
  report_escape(html, text);
  fputs("</p>\n", html);
}

static void replay(const report_run_t *run, FILE *html) {
  char text[800];
  report_replay_text(run->report, run->result, text, sizeof text);
  fputs("<p class=\"again\">again: <code>", html);
  report_escape(html, text);
  fputs("</code><button type=\"button\" hidden>copy</button></p>\n", html);
}

void report_detail(const report_run_t *run, int plots_are_wanted, FILE *html) {
  char text[REPORT_SENTENCE_BYTES];
  report_about_t about;
  report_sentence(run, text);
  said(html, run->result->verdict == VERDICT_INCONCLUSIVE ? "say open" : "say", text);
  report_cause(run, text);
  said(html, "cause", text);
  report_about(run->report, (uint32_t)(run->result - run->report->result), &about);
  if (about.why[0]) said(html, "why", about.why);
  replay(run, html);
  if (plots_are_wanted) report_plots(run, html);
  checks_table(run, 0, html);
  checks_table(run, 1, html);
  dtc_table(run, html);
  if (plots_are_wanted) {
    report_faces(run, html);
    report_frames(run, html);
  }
  timeline(run, html);
  figures(run, html);
}
