/// Bars over time: BMS state, contactors, faults, DTCs, and the checks with their deadlines.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report_run.h"
#include "report_svg.h"

enum { ROW = 17, BAR = 12, LABEL_CHARS = 27, FAULT_MAX = 8, DTC_MAX = 10, CHECK_MAX = 14 };

static const double CHAR_PX = 6.2;

typedef struct {
  const report_run_t *run;
  svg_t svg;
  uint32_t row;
  FILE *body;
} lanes_t;

static void label(lanes_t *lanes, const char *class, const char *text) {
  char cut[LABEL_CHARS + 1];
  snprintf(cut, sizeof cut, "%s", text);
  fprintf(lanes->body, "<text class=\"%s\" x=\"%d\" y=\"%u\" text-anchor=\"end\">", class,
          SVG_LEFT - 5, SVG_TOP + lanes->row * ROW + 10);
  report_escape(lanes->body, cut);
  fputs("</text>", lanes->body);
}

static int bar(lanes_t *lanes, const char *class, double from_s, double to_s, const char *text) {
  if (to_s < lanes->svg.start_s || from_s > lanes->svg.end_s) return 0;
  double x = report_svg_x(&lanes->svg, from_s), width = report_svg_x(&lanes->svg, to_s) - x;
  uint32_t y = SVG_TOP + lanes->row * ROW;
  fprintf(lanes->body, "<rect class=\"%s\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%d\"/>",
          class, x, y, width < 1.5 ? 1.5 : width, BAR);
  if (text[0] && (double)strlen(text) * CHAR_PX < width - 4) {
    fprintf(lanes->body, "<text class=\"in\" x=\"%.1f\" y=\"%u\">", x + 3, y + 10);
    report_escape(lanes->body, text);
    fputs("</text>", lanes->body);
  }
  return 1;
}

static void tick(lanes_t *lanes, const char *class, double at_s) {
  if (!(at_s >= lanes->svg.start_s && at_s <= lanes->svg.end_s)) return;
  fprintf(lanes->body, "<rect class=\"%s\" x=\"%.1f\" y=\"%u\" width=\"2.5\" height=\"%d\"/>",
          class, report_svg_x(&lanes->svg, at_s) - 1, SVG_TOP + lanes->row * ROW - 2, BAR + 4);
}

static void state_lane(lanes_t *lanes) {
  const cJSON *mark;
  const char *state = "RESET";
  double since_s = 0;
  label(lanes, "", "BMS state");
  cJSON_ArrayForEach(mark, cJSON_GetObjectItem(lanes->run->story, "marks")) {
    if (strcmp(report_mark_text(mark, 1), "state") != 0) continue;
    int is_fault = strcmp(state, "FAULT") == 0;
    bar(lanes, is_fault ? "state bad" : "state", since_s, report_mark_s(mark), state);
    state = report_mark_text(mark, 2);
    since_s = report_mark_s(mark);
  }
  bar(lanes, strcmp(state, "FAULT") == 0 ? "state bad" : "state", since_s, lanes->run->end_s,
      state);
  lanes->row++;
}

static void contactor_lanes(lanes_t *lanes) {
  static const char *const names[][2] = {
      {"contactor.main_pos.closed", "main + closed"},
      {"contactor.main_neg.closed", "main - closed"},
      {"contactor.precharge.closed", "precharge closed"},
  };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    recorder_series_t series = {0};
    report_states(lanes->run, names[i][0], &series);
    if (series.count > 0) {
      label(lanes, "", names[i][1]);
      for (uint32_t s = 0; s < series.count; s++) {
        double to_s = s + 1 < series.count ? series.time_s[s + 1] : lanes->run->end_s;
        if (series.value[s] > 0.5f) bar(lanes, "closed", series.time_s[s], to_s, "");
      }
      lanes->row++;
    }
    recorder_series_free(&series);
  }
}

static void fault_lanes(lanes_t *lanes) {
  const cJSON *event;
  uint32_t count = 0;
  char words[REPORT_SENTENCE_BYTES];
  cJSON_ArrayForEach(event, cJSON_GetObjectItem(lanes->run->story, "events")) {
    double at_s = report_story_number(event, "at_s"), to_s = report_story_number(event, "to_s");
    int is_fault = report_story_text(event, "fault")[0] != 0;
    if (isnan(at_s) || count == FAULT_MAX) continue;
    report_fault_words(event, words, sizeof words);
    if (isnan(to_s)) to_s = lanes->run->end_s;
    if (is_fault && !bar(lanes, "fault", at_s, to_s, words)) continue;
    if (!is_fault && !(at_s >= lanes->svg.start_s && at_s <= lanes->svg.end_s)) continue;
    if (!is_fault) tick(lanes, "happens", at_s);
    label(lanes, is_fault ? "fault" : "", report_story_text(event, "id"));
    lanes->row++;
    count++;
  }
}

/* From its setting to its clearing, as the marks tell. */
static void dtc_lanes(lanes_t *lanes) {
  const cJSON *mark, *marks = cJSON_GetObjectItem(lanes->run->story, "marks");
  uint32_t count = 0;
  cJSON_ArrayForEach(mark, marks) {
    if (strcmp(report_mark_text(mark, 1), "DTC") != 0 || count == DTC_MAX) continue;
    double to_s = lanes->run->end_s;
    for (const cJSON *later = mark->next; later; later = later->next) {
      if (strcmp(report_mark_text(later, 1), "DTC cleared") != 0) continue;
      if (strcmp(report_mark_text(later, 2), report_mark_text(mark, 2)) != 0) continue;
      to_s = report_mark_s(later);
      break;
    }
    const char *place = report_mark_text(mark, 3);
    if (!bar(lanes, "dtc", report_mark_s(mark), to_s, place)) continue;
    label(lanes, "dtc", report_mark_text(mark, 2));
    lanes->row++;
    count++;
  }
}

static void check_lane(lanes_t *lanes, uint32_t index) {
  const report_run_t *run = lanes->run;
  const check_result_t *check = &run->result->check[index];
  const cJSON *story = report_run_check(run, index);
  double from_s = report_story_number(story, "from_s"),
         to_s = report_story_number(story, "deadline_s"),
         true_s = report_story_number(story, "true_s");
  int is_bad = check->verdict != VERDICT_PASS;
  if (isnan(from_s) || check->kind == CHECK_MEASURE) return;
  if (isnan(to_s)) to_s = is_bad && check->at_s >= 0 ? check->at_s : run->end_s;
  if (!bar(lanes, is_bad ? "check bad" : "check", from_s, to_s, "")) return;
  label(lanes, is_bad ? "bad" : "", check->id);
  if (is_bad) {
    tick(lanes, "missed", check->at_s);
  } else {
    tick(lanes, "met", true_s);
  }
  lanes->row++;
}

static void check_lanes(lanes_t *lanes) {
  const run_result_t *result = lanes->run->result;
  uint32_t before = lanes->row;
  for (int is_passed = 0; is_passed < 2; is_passed++) {
    for (uint32_t i = 0; i < result->check_count && i < RESULT_CHECK_MAX; i++) {
      if ((result->check[i].verdict == VERDICT_PASS) != is_passed) continue;
      if (lanes->row - before < CHECK_MAX) check_lane(lanes, i);
    }
  }
}

void report_lanes(const report_run_t *run, const report_span_t *span, FILE *html) {
  char *body = NULL;
  size_t bytes = 0;
  FILE *memory = open_memstream(&body, &bytes);
  if (!memory) return;
  lanes_t lanes = {.run = run, .svg = {span->start_s, span->end_s, 0, 1, 0}, .body = memory};
  if (run->story) {
    state_lane(&lanes);
    contactor_lanes(&lanes);
    fault_lanes(&lanes);
    dtc_lanes(&lanes);
    check_lanes(&lanes);
  }
  fclose(memory);
  if (lanes.row > 0) {
    double bottom = SVG_TOP + lanes.row * ROW;
    lanes.svg.height = bottom;
    fprintf(html, "<svg class=\"lanes\" viewBox=\"0 0 %d %.0f\" role=\"img\">", SVG_WIDTH,
            bottom + 16);
    report_svg_backdrop(&lanes.svg, run, html);
    report_svg_times(&lanes.svg, SVG_TOP, bottom, html);
    fputs(body, html);
    fputs("</svg>\n", html);
  }
  free(body);
}
