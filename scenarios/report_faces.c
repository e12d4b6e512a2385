/// Faces of the connectors: which pins were broken, and what the BMS said about them.
#include <math.h>
#include <string.h>

#include "connector.h"
#include "report_run.h"

enum { SAID_BYTES = 200 };

typedef struct {
  char broken[SAID_BYTES]; /* "open, break, from 5.000 s" */
  char said[SAID_BYTES]; /* "OPEN_WIRE at 5.312 s" */
  uint8_t is_found; /* as open, or named by a DTC */
} pin_t;

typedef struct {
  pin_t pin[PINOUT_PIN_COUNT];
} faces_t;

static void append(char text[SAID_BYTES], const char *more) {
  size_t used = strlen(text);
  if (strstr(text, more)) return;
  snprintf(text + used, SAID_BYTES - used, "%s%s", used > 0 ? "; " : "", more);
}

/* The pins that a fault's target stands for: a wire's own, or those of the low-voltage connector
   whose signal has its name. */
static void target_mark(faces_t *faces, const char *target, const char *what) {
  const char *last = strrchr(target, '.');
  if (!last) return;
  int32_t pin = strncmp(target, "wire.", 5) == 0 ? pinout_pin_find(last + 1) : -1;
  if (pin >= 0) append(faces->pin[pin].broken, what);
  int is_low_voltage = strncmp(target, "pin.", 4) == 0 || strncmp(target, "sense.", 6) == 0 ||
                       strncmp(target, "phys.contactor.", 15) == 0;
  is_low_voltage = is_low_voltage && last[1] >= 'a'; /* not the 3 of module_ntc.3 */
  for (uint32_t i = 0; is_low_voltage && i < PINOUT_PIN_COUNT; i++) {
    const char *found =
        pinout_pin[i].connector == 'E' ? strstr(pinout_pin[i].signal, last + 1) : NULL;
    if (found) append(faces->pin[i].broken, what);
  }
}

static void faults_mark(faces_t *faces, const report_run_t *run) {
  const cJSON *event, *target;
  char what[SAID_BYTES];
  cJSON_ArrayForEach(event, cJSON_GetObjectItem(run->story, "events")) {
    double at_s = report_story_number(event, "at_s"), to_s = report_story_number(event, "to_s");
    if (isnan(at_s) || !report_story_text(event, "fault")[0]) continue;
    int used = snprintf(what, sizeof what, "%s (%s) from %.3f s", report_story_text(event, "fault"),
                        report_story_text(event, "id"), at_s);
    if (!isnan(to_s) && used > 0 && (size_t)used < sizeof what) {
      snprintf(what + used, sizeof what - (size_t)used, " to %.3f s", to_s);
    }
    cJSON_ArrayForEach(target, cJSON_GetObjectItem(event, "targets")) {
      if (cJSON_IsString(target)) target_mark(faces, target->valuestring, what);
    }
    target_mark(faces, report_story_text(event, "other"), what);
  }
}

static void dtcs_mark(faces_t *faces, const report_run_t *run) {
  const cJSON *mark;
  char what[SAID_BYTES];
  cJSON_ArrayForEach(mark, cJSON_GetObjectItem(run->story, "marks")) {
    const char *place = report_mark_text(mark, 3);
    if (strcmp(report_mark_text(mark, 1), "DTC") != 0 || strncmp(place, "at ", 3) != 0) continue;
    int32_t pin = pinout_pin_find(place + 3);
    if (pin < 0) continue;
    snprintf(what, sizeof what, "%s at %.3f s", report_mark_text(mark, 2), report_mark_s(mark));
    append(faces->pin[pin].said, what);
    faces->pin[pin].is_found = 1;
  }
}

/* What the BMS held of each sense wire. */
static void wires_mark(faces_t *faces, const report_run_t *run) {
  static const char *const words[] = {"ok", "suspect", "open"};
  char name[REPORT_NAME_BYTES], what[SAID_BYTES];
  for (uint32_t w = 0; run->recording && w < PINOUT_WIRE_COUNT; w++) {
    recorder_series_t series = {0};
    int32_t pin = pinout_pin_find(pinout_wire_name(w));
    snprintf(name, sizeof name, "bms.wire.%s.state", pinout_wire_name(w));
    report_states(run, name, &series);
    for (uint32_t i = 0; i < series.count && pin >= 0; i++) {
      uint32_t state = (uint32_t)series.value[i];
      if (state < 1 || state > 2) continue;
      snprintf(what, sizeof what, "%s at %.3f s", words[state], series.time_s[i]);
      append(faces->pin[pin].said, what);
      if (state == 2) faces->pin[pin].is_found = 1;
    }
    recorder_series_free(&series);
  }
}

static void pin_cell(const pinout_pin_t *pin, const pin_t *state, FILE *html) {
  const char *class = state->broken[0] && state->is_found ? "hit"
                      : state->broken[0]                  ? "cut"
                      : state->is_found                   ? "named"
                      : state->said[0]                    ? "doubt"
                                                          : "";
  fprintf(html, "<td class=\"%s\" title=\"%s %s", class, pin->name,
          pin->tap[0] ? pin->tap : pin->signal);
  if (state->broken[0]) {
    fputs("; broken: ", html);
    report_escape(html, state->broken);
  }
  if (state->said[0]) {
    fputs("; the BMS: ", html);
    report_escape(html, state->said);
  }
  fprintf(html, "\">%u", pin->pin);
  if (pin->wire != PINOUT_NONE) {
    const pinout_wire_t *wire = &pinout_wire[pin->wire];
    fprintf(html, "<small>%uT%u</small>", wire->module, wire->tap);
  } else if (pin->connector != 'E') {
    fputs("<small>-</small>", html);
  }
  fputs("</td>", html);
}

static int is_touched(const connector_t *face, const faces_t *faces) {
  for (uint32_t i = 0; i < PINOUT_PIN_COUNT; i++) {
    const pin_t *pin = &faces->pin[i];
    if (pinout_pin[i].connector == face->name && (pin->broken[0] || pin->said[0])) return 1;
  }
  return 0;
}

static void face_write(const connector_t *face, const faces_t *faces, FILE *html) {
  uint32_t number = 1;
  fprintf(html, "<h5>Connector %c <span class=\"soft\">%s</span></h5><div class=\"scroll\">",
          face->name, face->title);
  for (uint32_t row = 0; row < face->row_count; row++) {
    fputs("<table class=\"face\"><tr>", html);
    for (; number <= face->row_end[row]; number++) {
      const pinout_pin_t *pin = connector_pin(face->name, number);
      if (pin) pin_cell(pin, &faces->pin[pin - pinout_pin], html);
    }
    fputs("</tr></table>", html);
  }
  fputs("</div>\n", html);
}

static void legend_write(const faces_t *faces, FILE *html) {
  fputs("<p class=\"pins\"><span class=\"hit\">broken and found</span> <span class=\"cut\">broken, "
        "not named</span> <span class=\"named\">named, not broken</span> <span "
        "class=\"doubt\">suspected for a while</span></p><ul class=\"pins\">\n",
        html);
  for (uint32_t i = 0; i < PINOUT_PIN_COUNT; i++) {
    const pin_t *pin = &faces->pin[i];
    if (!pin->broken[0] && !pin->said[0]) continue;
    fprintf(html, "<li><b>%s</b> %s: ", pinout_pin[i].name,
            pinout_pin[i].tap[0] ? pinout_pin[i].tap : pinout_pin[i].signal);
    report_escape(html, pin->broken[0] ? pin->broken : "not broken");
    fputs(". The BMS: ", html);
    report_escape(html, pin->said[0] ? pin->said : "nothing");
    fputs("</li>\n", html);
  }
  fputs("</ul>\n", html);
}

void report_faces(const report_run_t *run, FILE *html) {
  faces_t faces = {0};
  int is_any = 0;
  if (!run->story) return;
  faults_mark(&faces, run);
  wires_mark(&faces, run);
  dtcs_mark(&faces, run);
  for (uint32_t f = 0; f < CONNECTOR_COUNT; f++) is_any |= is_touched(&connector_face[f], &faces);
  if (!is_any) return;
  fputs("<h4>Connectors</h4>\n", html);
  for (uint32_t f = 0; f < CONNECTOR_COUNT; f++) {
    if (is_touched(&connector_face[f], &faces)) face_write(&connector_face[f], &faces, html);
  }
  legend_write(&faces, html);
}
