/// report.html: one self-contained page with the verdicts, margins and plots of all runs.
#include "report_text.h"

#include <string.h>

#include "version.h"

enum { FAILED_RUNS_SHOWN = 5 };

static const char style[] =
    ":root{--bg:#fff;--fg:#1a1c20;--soft:#667;--line:#dde;--card:#f6f7fa;--pass:#16803c;--fail:#"
    "c62828;"
    "--warn:#b26a00;--a:#1f6feb;--b:#d1691b}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#14161a;--fg:#e6e8ec;--soft:#9aa;--line:#333842;"
    "--card:#1c1f25;--pass:#4cc172;--fail:#ff6b6b;--warn:#e8a33d;--a:#6cb0ff;--b:#f0a45d}}\n"
    "body{background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif;max-width:1200px;"
    "margin:0 auto;padding:16px}\n"
    "h1{font-size:24px}h2{font-size:18px;margin:32px 0 4px}a{color:var(--a)}\n"
    "table{border-collapse:collapse;width:100%;margin:8px 0}td,th{text-align:left;padding:3px 10px "
    "3px 0;"
    "border-bottom:1px solid var(--line);vertical-align:top}th{color:var(--soft);font-weight:600}\n"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    ".pass{color:var(--pass)}.fail,.error{color:var(--fail)}.inconclusive,.skipped{color:var(--"
    "warn)}\n"
    ".v{font-weight:700}.soft{color:var(--soft)}code{background:var(--card);padding:1px 5px;"
    "border-radius:4px;overflow-wrap:anywhere}\n"
    ".scroll{overflow-x:auto}.matrix{line-height:0;margin:8px 0}.matrix "
    "i{display:inline-block;width:12px;"
    "height:12px;margin:1px;border-radius:2px;background:currentColor}\n"
    ".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:8px}"
    "figure{margin:0;background:var(--card);border-radius:6px;padding:6px}"
    "figcaption{font-size:12px;color:var(--soft)}\n"
    "svg{width:100%}svg line{stroke:var(--line)}svg text{fill:var(--soft);font-size:11px}"
    "polyline{fill:none;stroke-width:1.5}.s0{stroke:var(--a)}.s1{stroke:var(--b)}\n";

static void verdict_cell(FILE *html, verdict_t verdict) {
  fprintf(html, "<td class=\"v %s\">%s</td>", verdict_text(verdict), verdict_text(verdict));
}

static void text_cell(FILE *html, const char *text) {
  fputs("<td>", html);
  report_escape(html, text);
  fputs("</td>", html);
}

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

static void margin_cell(FILE *html, const check_result_t *check, const run_result_t *run) {
  char margin[REPORT_TEXT_BYTES];
  fputs("<td>", html);
  if (check) {
    report_margin_text(check, margin);
    report_escape(html, check->id);
    fputc(' ', html);
    report_escape(html, margin);
    if (run) {
      fputs(" <span class=\"soft\">", html);
      report_escape(html, run->run_name);
      fputs("</span>", html);
    }
  }
  fputs("</td>", html);
}

static void overview_row(const report_t *report, const report_group_t *group, FILE *html) {
  const run_result_t *first = &report->result[group->begin], *worst_run = NULL;
  const check_result_t *worst = group_worst(report, group, &worst_run);
  uint32_t run_count = group->end - group->begin, checks = 0, passed = 0, dtcs = 0;
  double sim_s = 0;
  for (uint32_t i = group->begin; i < group->end; i++) {
    checks += report->result[i].check_count;
    passed += report_passed_count(&report->result[i]);
    dtcs += report->result[i].dtc_set_count;
    sim_s += report->result[i].sim_s;
  }
  fputs("<tr>", html);
  verdict_cell(html, group->verdict);
  fprintf(html, "<td><a href=\"#g%u\">", group->begin);
  report_escape(html, first->scenario_id);
  fputs("</a></td>", html);
  text_cell(html, first->title);
  fprintf(html, "<td class=\"n\">%u/%u</td><td class=\"n\">%u/%u</td>", group->count[VERDICT_PASS],
          run_count, passed, checks);
  margin_cell(html, worst, run_count > 1 ? worst_run : NULL);
  fprintf(html, "<td class=\"n\">%u</td><td class=\"n\">%.1f</td></tr>\n", dtcs, sim_s);
}

static void overview(const report_t *report, FILE *html) {
  fputs("<div class=\"scroll\"><table><tr><th>verdict</th><th>scenario</th><th>title</th><th "
        "class=\"n\">runs"
        "</th><th class=\"n\">checks</th><th>least margin</th><th class=\"n\">DTCs</th><th "
        "class=\"n\">"
        "simulated s</th></tr>\n",
        html);
  for (uint32_t i = 0; i < report->result_count;) {
    report_group_t group = report_group(report, i);
    overview_row(report, &group, html);
    i = group.end;
  }
  fputs("</table></div>\n", html);
}

static void checks_table(const run_result_t *result, FILE *html) {
  fputs("<table><tr><th>verdict</th><th>kind</th><th>check</th><th>value of limit</th><th "
        "class=\"n\">at s</th>"
        "<th>seen</th></tr>\n",
        html);
  for (uint32_t i = 0; i < result->check_count && i < RESULT_CHECK_MAX; i++) {
    const check_result_t *check = &result->check[i];
    char margin[REPORT_TEXT_BYTES];
    report_margin_text(check, margin);
    fputs("<tr>", html);
    verdict_cell(html, (verdict_t)check->verdict);
    fprintf(html, "<td>%s</td>", report_check_kind_text(check->kind));
    text_cell(html, check->id);
    text_cell(html, margin);
    if (check->at_s >= 0) {
      fprintf(html, "<td class=\"n\">%.3f</td>", check->at_s);
    } else {
      fputs("<td></td>", html);
    }
    text_cell(html, check->text);
    fputs("</tr>\n", html);
  }
  fputs("</table>\n", html);
}

static void figures(const run_result_t *result, FILE *html) {
  fprintf(html, "<p class=\"soft\">%.1f s simulated, SOC %.1f to %.1f %%, %.1f Wh", result->sim_s,
          result->soc_start_pct, result->soc_end_pct, result->pack_Wh);
  if (result->distance_m > 0) {
    fprintf(html, ", %.2f km, %.1f Wh/km, ledger error %.2g %%", result->distance_m / 1000,
            1000 * result->pack_Wh / result->distance_m, result->ledger_error_pct);
  }
  fprintf(html, ", %u DTCs", result->dtc_set_count);
  if (result->dtc_first[0]) fputs(", first ", html);
  report_escape(html, result->dtc_first);
  fprintf(html, ", trace <code>%016llx</code></p>\n", (unsigned long long)result->trace_hash);
}

/* All about one run: checks, figures, replay, plots. */
static void run_detail(const report_t *report, const run_result_t *result, FILE *html) {
  char replay[800];
  report_replay_text(report, result, replay, sizeof replay);
  if (result->error[0]) {
    fputs("<p class=\"error\">", html);
    report_escape(html, result->error);
    fputs("</p>\n", html);
  }
  fprintf(html, "<details%s><summary>%u of %u checks passed</summary><div class=\"scroll\">\n",
          result->verdict == VERDICT_PASS ? "" : " open", report_passed_count(result),
          result->check_count);
  checks_table(result, html);
  fputs("</div></details>\n", html);
  figures(result, html);
  fputs("<p><code>", html);
  report_escape(html, replay);
  fputs("</code></p>\n", html);
  report_plots(report, result, html);
}

/* One square a run; a new line with each value of the first axis where there are two. */
static void matrix(const report_t *report, const report_group_t *group, FILE *html) {
  fputs("<div class=\"matrix\">", html);
  for (uint32_t i = group->begin; i < group->end; i++) {
    const run_result_t *result = &report->result[i];
    int is_new_line = i > group->begin && result->sweep_count > 1 &&
                      strcmp(result->sweep[0].value, report->result[i - 1].sweep[0].value) != 0;
    fprintf(html, "%s<i class=\"%s\" title=\"", is_new_line ? "<br>" : "",
            verdict_text((verdict_t)result->verdict));
    report_escape(html, result->run_name);
    fputs("\"></i>", html);
  }
  fputs("</div>\n", html);
}

/* Over all runs of a sweep: how often each check passed, its least margin and where. */
static void sweep_checks(const report_t *report, const report_group_t *group, FILE *html) {
  const run_result_t *first = &report->result[group->begin];
  fputs("<table><tr><th>check</th><th>kind</th><th class=\"n\">passed</th><th>least "
        "margin</th></tr>\n",
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
    fputs("<tr>", html);
    text_cell(html, first->check[c].id);
    fprintf(html, "<td>%s</td><td class=\"n\">%u/%u</td>",
            report_check_kind_text(first->check[c].kind), passed, group->end - group->begin);
    margin_cell(html, worst, worst_run);
    fputs("</tr>\n", html);
  }
  fputs("</table>\n", html);
}

static void sweep_points(const report_t *report, const report_group_t *group, FILE *html) {
  fputs("<details><summary>all runs</summary><div "
        "class=\"scroll\"><table><tr><th>verdict</th><th>run</th>"
        "<th>least margin</th><th>first DTC</th><th>trace</th></tr>\n",
        html);
  for (uint32_t i = group->begin; i < group->end; i++) {
    const run_result_t *result = &report->result[i];
    int32_t worst = report_worst_check(result);
    fputs("<tr>", html);
    verdict_cell(html, (verdict_t)result->verdict);
    text_cell(html, result->run_name);
    margin_cell(html, worst >= 0 ? &result->check[worst] : NULL, NULL);
    text_cell(html, result->dtc_first);
    fprintf(html, "<td><code>%016llx</code></td></tr>\n", (unsigned long long)result->trace_hash);
  }
  fputs("</table></div></details>\n", html);
}

static void sweep_section(const report_t *report, const report_group_t *group, FILE *html) {
  uint32_t shown = 0;
  matrix(report, group, html);
  sweep_checks(report, group, html);
  for (uint32_t i = group->begin; i < group->end && shown < FAILED_RUNS_SHOWN; i++) {
    const run_result_t *result = &report->result[i];
    if (result->verdict == VERDICT_PASS) continue;
    shown++;
    fputs("<h3>", html);
    report_escape(html, result->run_name);
    fprintf(html, " <span class=\"v %s\">%s</span></h3>\n",
            verdict_text((verdict_t)result->verdict), verdict_text((verdict_t)result->verdict));
    run_detail(report, result, html);
  }
  sweep_points(report, group, html);
}

static void section(const report_t *report, const report_group_t *group, FILE *html) {
  const run_result_t *first = &report->result[group->begin];
  fprintf(html, "<section id=\"g%u\"><h2><span class=\"v %s\">%s</span> ", group->begin,
          verdict_text(group->verdict), verdict_text(group->verdict));
  report_escape(html, first->scenario_id);
  fputs(" ", html);
  report_escape(html, first->title);
  fputs("</h2>\n<p class=\"soft\">", html);
  report_escape(html, first->file);
  fputs("</p>\n", html);
  if (group->end - group->begin > 1) {
    sweep_section(report, group, html);
  } else {
    run_detail(report, first, html);
  }
  fputs("</section>\n", html);
}

static void head(const report_t *report, FILE *html) {
  uint32_t count[5] = {0};
  fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><title>",
        html);
  report_escape(html, report->suite_title);
  fprintf(html, "</title><style>\n%s</style></head><body>\n<h1>", style);
  report_escape(html, report->suite_title);
  for (uint32_t i = 0; i < report->result_count; i++) {
    count[report->result[i].verdict < 5 ? report->result[i].verdict : VERDICT_ERROR]++;
  }
  fprintf(html, "</h1>\n<p>%u runs", report->result_count);
  for (uint32_t i = 0; i < 5; i++) {
    if (count[i] == 0) continue;
    fprintf(html, ", <span class=\"v %s\">%u %s</span>", verdict_text((verdict_t)i), count[i],
            verdict_text((verdict_t)i));
  }
  fputs(" <span class=\"soft\">packsim " PACKSIM_VERSION "</span></p>\n", html);
}

report_status_t report_html(const report_t *report) {
  FILE *html = report_file_open(report, "report.html");
  if (!html) return REPORT_ERR_FILE;
  head(report, html);
  overview(report, html);
  for (uint32_t i = 0; i < report->result_count;) {
    report_group_t group = report_group(report, i);
    section(report, &group, html);
    i = group.end;
  }
  fputs("</body></html>\n", html);
  return report_file_close(report, html, "report.html");
}
