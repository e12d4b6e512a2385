/// report.html: one self-contained page with the verdicts, margins and plots of all runs.
#include <ctype.h>
#include <string.h>

#include "report_about.h"
#include "report_run.h"
#include "report_style.h"
#include "report_svg.h"
#include "version.h"

/* The page stays below 20 MB: what comes later has to do without pictures, then without details. */
enum {
  INDEX_MAX = 40,
  OPEN_MAX = 1,
  FAILED_PLOTS_BYTES = 12 << 20,
  FAILED_BYTES = 14 << 20,
  PASSED_PLOTS_BYTES = 14 << 20,
  PASSED_BYTES = 15 << 20
};

static uint32_t index_of(const report_t *report, const run_result_t *result) {
  return (uint32_t)(result - report->result);
}

static int has_passed(const run_result_t *result) { return result->verdict == VERDICT_PASS; }

void report_href(FILE *html, const char *name) {
  for (const unsigned char *at = (const unsigned char *)name; *at; at++) {
    fprintf(html, isalnum(*at) || strchr("-_.~", *at) ? "%c" : "%%%02X", *at);
  }
}

/* What was skipped is in the list only: nothing is known of it. */
static int is_bad(const run_result_t *result) {
  return result->verdict != VERDICT_PASS && result->verdict != VERDICT_SKIPPED;
}

/* ---- what did not pass ---- */

static void failed_index(const report_t *report, uint32_t failed_count, FILE *html) {
  uint32_t said = 0;
  char text[REPORT_SENTENCE_BYTES];
  fputs("<ol class=\"index\">\n", html);
  for (uint32_t i = 0; i < report->result_count && said < INDEX_MAX; i++) {
    const run_result_t *result = &report->result[i];
    if (!is_bad(result)) continue;
    report_run_t run;
    report_run_open(&run, report, result);
    report_sentence(&run, text);
    report_run_close(&run);
    fputs("<li>", html);
    report_chip(html, (verdict_t)result->verdict);
    fprintf(html, " <a href=\"#r%u\">", i);
    report_escape(html, result->run_name);
    fputs("</a> <span class=\"t\">", html);
    report_escape(html, text);
    fputs("</span></li>\n", html);
    said++;
  }
  fputs("</ol>\n", html);
  if (failed_count > said) {
    fprintf(html, "<p class=\"soft\">and %u more, in the list of all scenarios</p>\n",
            failed_count - said);
  }
}

static void failed_run(const report_t *report, const run_result_t *result, int is_open,
                       FILE *html) {
  report_run_t run;
  const char *verdict = verdict_text((verdict_t)result->verdict);
  fprintf(html, "<details class=\"run %s\" id=\"r%u\"%s><summary>", verdict,
          index_of(report, result), is_open ? " open" : "");
  report_chip(html, (verdict_t)result->verdict);
  fputs(" <h3>", html);
  report_escape(html, result->run_name);
  fputs("</h3> ", html);
  report_escape(html, result->title);
  fputs("</summary>\n", html);
  report_run_open(&run, report, result);
  report_detail(&run, ftell(html) < FAILED_PLOTS_BYTES, html);
  report_run_close(&run);
  fputs("</details>\n", html);
}

/* Returns the first run that found no room; its row in the list stands for it. */
static uint32_t failed_section(const report_t *report, FILE *html) {
  uint32_t failed_count = 0, shown = 0, i = 0;
  for (uint32_t r = 0; r < report->result_count; r++) {
    failed_count += (uint32_t)is_bad(&report->result[r]);
  }
  if (failed_count == 0) return report->result_count;
  fprintf(html, "<section id=\"failed\"><h2>What did not pass: %u of %u runs</h2>\n", failed_count,
          report->result_count);
  if (failed_count > 1) failed_index(report, failed_count, html);
  for (i = 0; i < report->result_count && ftell(html) < FAILED_BYTES; i++) {
    if (!is_bad(&report->result[i])) continue;
    failed_run(report, &report->result[i], shown++ < OPEN_MAX, html);
  }
  fputs("</section>\n", html);
  return i;
}

/* ---- the list of all scenarios ---- */

/* Least margin of all runs of a group, with the run that has it. */
static const check_result_t *group_worst(const report_t *report, const report_group_t *group,
                                         const run_result_t **run) {
  const check_result_t *worst = NULL;
  for (uint32_t i = group->begin; i < group->end; i++) {
    int32_t index = report_worst_check(&report->result[i]);
    if (index < 0) continue;
    const check_result_t *check = &report->result[i].check[index];
    if (worst && report_margin(check) >= report_margin(worst)) continue;
    worst = check;
    *run = &report->result[i];
  }
  return worst;
}

/* One square a run; a new line with each value of the first axis where there are two. */
static void matrix(const report_t *report, const report_group_t *group, FILE *html) {
  fputs("<div class=\"matrix\">", html);
  for (uint32_t i = group->begin; i < group->end; i++) {
    const run_result_t *result = &report->result[i];
    int is_new_line = i > group->begin && result->sweep_count > 1 &&
                      strcmp(result->sweep[0].value, report->result[i - 1].sweep[0].value) != 0;
    if (is_new_line) fputs("<br>", html);
    fprintf(html, "<i class=\"%s\" title=\"", verdict_text((verdict_t)result->verdict));
    report_escape(html, result->run_name);
    fputs("\"></i>", html);
  }
  fputs("</div>\n", html);
}

/* Over all runs of a sweep: how often each check passed, its least margin and where. */
static void sweep_checks(const report_t *report, const report_group_t *group, FILE *html) {
  const run_result_t *first = &report->result[group->begin];
  if (first->check_count == 0) return;
  fputs("<table><tr><th>check</th><th>kind</th><th class=\"n\">passed</th><th>least "
        "margin</th><th>in</th></tr>\n",
        html);
  for (uint32_t c = 0; c < first->check_count && c < RESULT_CHECK_MAX; c++) {
    const check_result_t *worst = NULL;
    const run_result_t *worst_run = NULL;
    uint32_t passed = 0;
    for (uint32_t i = group->begin; i < group->end; i++) {
      const check_result_t *check = &report->result[i].check[c];
      if (c >= report->result[i].check_count || strcmp(check->id, first->check[c].id) != 0)
        continue;
      passed += check->verdict == VERDICT_PASS;
      if (!check->has_margin || (worst && report_margin(check) >= report_margin(worst))) continue;
      worst = check;
      worst_run = &report->result[i];
    }
    fputs("<tr><td>", html);
    report_escape(html, first->check[c].id);
    fprintf(html, "</td><td>%s</td><td class=\"n\">%u/%u</td>",
            report_check_kind_text(first->check[c].kind), passed, group->end - group->begin);
    report_margin_cell(html, worst ? worst : &(check_result_t){0}, "");
    fputs("<td class=\"soft\">", html);
    if (worst_run) report_escape(html, worst_run->run_name);
    fputs("</td></tr>\n", html);
  }
  fputs("</table>\n", html);
}

static void lower_escape(FILE *html, const char *text) {
  char lower[200];
  uint32_t i = 0;
  for (; text[i] && i + 1 < sizeof lower; i++) {
    lower[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
  }
  lower[i] = 0;
  report_escape(html, lower);
}

static const check_result_t *first_bad(const run_result_t *result) {
  for (uint32_t c = 0; c < result->check_count && c < RESULT_CHECK_MAX; c++) {
    if (result->check[c].verdict != VERDICT_PASS) return &result->check[c];
  }
  return NULL;
}

static void sweep_row(const report_t *report, const run_result_t *result, int has_detail,
                      FILE *html) {
  int32_t worst = report_worst_check(result);
  uint32_t index = index_of(report, result);
  const check_result_t *bad = first_bad(result);
  fprintf(html, "<tr class=\"p\" data-v=\"%s\" data-q=\"",
          verdict_text((verdict_t)result->verdict));
  lower_escape(html, result->run_name);
  fputc('"', html);
  if (!has_detail) fprintf(html, " id=\"r%u\"", index);
  fputs("><td>", html);
  report_chip(html, (verdict_t)result->verdict);
  fputs("</td><td>", html);
  if (has_detail) fprintf(html, "<a href=\"#r%u\">", index);
  report_escape(html, result->run_name);
  fputs(has_detail ? "</a></td>" : "</td>", html);
  if (bad || worst >= 0) {
    report_margin_cell(html, bad ? bad : &result->check[worst],
                       bad ? bad->id : result->check[worst].id);
  } else {
    fputs("<td></td>", html);
  }
  fputs("<td>", html);
  report_escape(html, result->error[0] ? result->error : bad ? bad->text : result->dtc_first);
  fprintf(html, "</td><td><code>%016llx</code></td></tr>\n",
          (unsigned long long)result->trace_hash);
}

/* Passed: in full where there is room. */
static void passed_run(const report_t *report, const run_result_t *result, FILE *html) {
  report_run_t run;
  report_run_open(&run, report, result);
  report_detail(&run, ftell(html) < PASSED_PLOTS_BYTES, html);
  report_run_close(&run);
}

static void sweep(const report_t *report, const report_group_t *group, uint32_t failed_end,
                  FILE *html) {
  const run_result_t *shown = &report->result[group->begin];
  (void)group_worst(report, group, &shown);
  int is_shown = has_passed(shown) && ftell(html) < PASSED_BYTES;
  matrix(report, group, html);
  sweep_checks(report, group, html);
  fprintf(html,
          "<details open><summary>All %u runs</summary><div class=\"scroll\"><table><tr><th>verdict"
          "</th><th>run</th><th>failed check or least margin</th><th>seen, or first DTC</th>"
          "<th>trace</th></tr>\n",
          group->end - group->begin);
  for (int is_passed = 0; is_passed < 2; is_passed++) {
    for (uint32_t i = group->begin; i < group->end; i++) {
      const run_result_t *result = &report->result[i];
      int is_above = is_bad(result) && i < failed_end;
      if (has_passed(result) != is_passed) continue;
      sweep_row(report, result, is_above || (is_shown && result == shown), html);
    }
  }
  fputs("</table></div></details>\n", html);
  if (!is_shown) return;
  fprintf(html, "<div class=\"run\" id=\"r%u\"><h3>", index_of(report, shown));
  report_escape(html, shown->run_name);
  fputs("</h3> <span class=\"soft\">has the least margin of this sweep</span>\n", html);
  passed_run(report, shown, html);
  fputs("</div>\n", html);
}

static void words_of(const report_t *report, const report_group_t *group,
                     const report_about_t *about, FILE *html) {
  const run_result_t *first = &report->result[group->begin];
  lower_escape(html, first->scenario_id);
  fputc(' ', html);
  lower_escape(html, first->title);
  for (uint32_t i = 0; i < about->word_count; i++) {
    fputc(' ', html);
    lower_escape(html, about->word[i]);
  }
}

static void tags(const report_about_t *about, FILE *html) {
  for (uint32_t i = 0; i < about->word_count; i++) {
    fputs(" <a class=\"tag\" href=\"#q=", html);
    report_href(html, about->word[i]);
    fputs("\">", html);
    report_escape(html, about->word[i]);
    fputs("</a>", html);
  }
}

typedef struct {
  uint32_t check_count, passed_count, dtc_count;
  double sim_s, margin;
} sums_t;

static sums_t sums_of(const report_t *report, uint32_t begin, uint32_t end) {
  sums_t sums = {.margin = 1e9};
  for (uint32_t i = begin; i < end; i++) {
    int32_t worst = report_worst_check(&report->result[i]);
    double margin = worst >= 0 ? report_margin(&report->result[i].check[worst]) : 1e9;
    sums.check_count += report->result[i].check_count;
    sums.passed_count += report_passed_count(&report->result[i]);
    sums.dtc_count += report->result[i].dtc_set_count;
    sums.sim_s += report->result[i].sim_s;
    if (margin < sums.margin) sums.margin = margin;
  }
  return sums;
}

/* What went wrong in a group's first bad run, else its least margin. */
static void group_least(const report_t *report, const report_group_t *group, FILE *html) {
  const run_result_t *run = NULL;
  const check_result_t *check = NULL;
  char margin[REPORT_TEXT_BYTES];
  for (uint32_t i = group->begin; i < group->end && !check; i++) {
    check = first_bad(&report->result[i]);
  }
  if (!check) check = group_worst(report, group, &run);
  if (!check) return;
  report_margin_text(check, margin);
  report_escape(html, check->id);
  if (check->verdict != VERDICT_PASS) fprintf(html, ": %s", verdict_text(check->verdict));
  fputc(' ', html);
  report_escape(html, margin);
}

static void group_summary(const report_t *report, const report_group_t *group,
                          const report_about_t *about, FILE *html) {
  const run_result_t *first = &report->result[group->begin];
  uint32_t run_count = group->end - group->begin;
  sums_t sums = sums_of(report, group->begin, group->end);
  fputs("<summary><span class=\"row\"><span>", html);
  report_chip(html, group->verdict);
  fputs("</span><b>", html);
  report_escape(html, first->scenario_id);
  fputs("</b><span>", html);
  report_escape(html, first->title);
  tags(about, html);
  fprintf(html, "</span><span class=\"n\">%u/%u</span><span class=\"n\">%u/%u</span>",
          group->count[VERDICT_PASS], run_count, sums.passed_count, sums.check_count);
  fputs("<span class=\"least\">", html);
  group_least(report, group, html);
  fprintf(html,
          "</span><span class=\"n\">%u</span><span class=\"n\">%.1f</span></span></summary>\n",
          sums.dtc_count, sums.sim_s);
}

static void group_write(const report_t *report, const report_group_t *group, uint32_t failed_end,
                        FILE *html) {
  const run_result_t *first = &report->result[group->begin];
  sums_t sums = sums_of(report, group->begin, group->end);
  static const int order[] = {4, 1, 2, 0, 3}; /* failures come first */
  report_about_t about;
  report_about(report, group->begin, &about);
  fprintf(html, "<details class=\"g\" id=\"g%u\" data-v=\"%s\" data-o=\"%d\" data-i=\"%s\"",
          group->begin, verdict_text(group->verdict), order[group->verdict], first->scenario_id);
  fprintf(html, " data-n=\"%u\" data-c=\"%u\" data-m=\"%.4f\" data-d=\"%u\" data-s=\"%.1f\"",
          group->end - group->begin, sums.check_count, sums.margin, sums.dtc_count, sums.sim_s);
  fputs(" data-q=\"", html);
  words_of(report, group, &about, html);
  fputs("\">", html);
  group_summary(report, group, &about, html);
  fputs("<p class=\"soft\">", html);
  report_escape(html, first->file);
  fputs("</p>\n", html);
  if (group->end - group->begin > 1) {
    sweep(report, group, failed_end, html);
  } else if (has_passed(first) && ftell(html) < PASSED_BYTES) {
    fprintf(html, "<div id=\"r%u\">\n", group->begin);
    passed_run(report, first, html);
    fputs("</div>\n", html);
  } else if (is_bad(first) && group->begin < failed_end) {
    fprintf(html, "<p><a href=\"#r%u\">what did not pass, above</a></p>\n", group->begin);
  } else {
    fputs("<table>", html);
    sweep_row(report, first, 0, html);
    fputs("</table>\n", html);
  }
  fputs("</details>\n", html);
}

static void list(const report_t *report, uint32_t failed_end, FILE *html) {
  static const char *const heads[][2] = {{"o", "verdict"}, {"i", "scenario"}, {"", "title"},
                                         {"n", "runs"},    {"c", "checks"},   {"m", "least margin"},
                                         {"d", "DTCs"},    {"s", "sim. s"}};
  fputs(
      "<section id=\"all\"><h2>All scenarios</h2>\n<div class=\"bar\" id=\"bar\" hidden><label>id, "
      "words, tag or requirement <input id=\"q\" type=\"search\"></label>",
      html);
  fputs("<button type=\"button\" data-v=\"\">all</button>", html);
  for (uint32_t v = 0; v < 5; v++) {
    fprintf(html, "<button type=\"button\" data-v=\"%s\">%s</button>", verdict_text((verdict_t)v),
            verdict_text((verdict_t)v));
  }
  fputs(" <span class=\"soft\" id=\"shown\"></span></div>\n<div class=\"row head\">", html);
  for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
    int is_number = i == 3 || i == 4 || i > 5;
    fprintf(html, "<span%s", is_number ? " class=\"n\"" : "");
    if (heads[i][0][0]) fprintf(html, " data-k=\"%s\"", heads[i][0]);
    fprintf(html, ">%s</span>", heads[i][1]);
  }
  fputs("</div>\n<div id=\"list\">\n", html);
  for (int is_passed = 0; is_passed < 2; is_passed++) {
    for (uint32_t i = 0; i < report->result_count;) {
      report_group_t group = report_group(report, i);
      if ((group.verdict == VERDICT_PASS) == is_passed) {
        group_write(report, &group, failed_end, html);
      }
      i = group.end;
    }
  }
  fputs("</div><p class=\"none\" id=\"none\" hidden>nothing matches</p></section>\n", html);
}

/* ---- the page ---- */

static void lines(FILE *html, const char *const *line) {
  for (; *line; line++) fputs(*line, html);
}

static void seeds(const report_t *report, FILE *html) {
  uint64_t seed = report->result_count > 0 ? report->result[0].seed : 0;
  int is_one = 1;
  for (uint32_t i = 0; i < report->result_count; i++) is_one &= report->result[i].seed == seed;
  if (is_one) {
    fprintf(html, "seed %llu", (unsigned long long)seed);
  } else {
    fputs("each scenario its own seed", html);
  }
}

static void head(const report_t *report, FILE *html) {
  uint32_t count[5] = {0}, group_count = 0;
  sums_t sums = sums_of(report, 0, report->result_count);
  fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><title>",
        html);
  report_escape(html, report->suite_title);
  fputs("</title><style>\n", html);
  lines(html, report_style);
  fputs("</style></head><body>\n<h1>", html);
  report_escape(html, report->suite_title);
  for (uint32_t i = 0; i < report->result_count; i++) {
    count[report->result[i].verdict < 5 ? report->result[i].verdict : VERDICT_ERROR]++;
  }
  for (uint32_t i = 0; i < report->result_count; i = report_group(report, i).end) group_count++;
  fputs("</h1>\n<p class=\"totals\">", html);
  static const verdict_t order[] = {VERDICT_FAIL, VERDICT_ERROR, VERDICT_INCONCLUSIVE, VERDICT_PASS,
                                    VERDICT_SKIPPED};
  for (uint32_t i = 0; i < 5; i++) {
    const char *verdict = verdict_text(order[i]);
    if (count[order[i]] == 0) continue;
    fprintf(html, "<b class=\"v %s\">%u %s</b>", verdict, count[order[i]], verdict);
  }
  fprintf(html,
          "</p>\n<p class=\"meta\">%u runs of %u scenarios, %u of %u checks passed, %.0f s "
          "simulated; packsim %s, ",
          report->result_count, group_count, sums.passed_count, sums.check_count, sums.sim_s,
          PACKSIM_VERSION);
  seeds(report, html);
  if (report->command) {
    fputs("; <code>", html);
    report_escape(html, report->command);
    fputs("</code>", html);
  }
  fputs(" <a href=\"#all\">all scenarios</a></p>\n", html);
}

report_status_t report_html(const report_t *report) {
  FILE *html = report_file_open(report, "report.html");
  if (!html) return REPORT_ERR_FILE;
  head(report, html);
  uint32_t failed_end = failed_section(report, html);
  list(report, failed_end, html);
  fprintf(html, "<script>\nvar SVG=[%d,%d,%d,%d,%d];\n", SVG_LEFT, SVG_RIGHT, SVG_WIDTH, SVG_TOP,
          SVG_BOTTOM);
  lines(html, report_script);
  fputs("</script></body></html>\n", html);
  return report_file_close(report, html, "report.html");
}
