/// The CAN frames around the check to explain, decoded by the DBC.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/can_table.h"
#include "../sim/can/candump.h"
#include "report_run.h"

enum {
  FRAME_MAX = 40,
  SIGNAL_MAX = 9,
  PAGED_SIGNALS = 40,
  LOG_BYTES_MAX = 64 << 20,
  LINE_BYTES = 256
};

static const double BEFORE_s = 0.1, AFTER_s = 0.15;

typedef struct {
  candump_entry_t entry[FRAME_MAX];
  uint32_t count, left_out;
} excerpt_t;

/* Messages of many pages would hide the others; what they tell is in the curves. */
static int is_shown(const can_frame_t *frame) {
  int32_t msg = can_msg_find_id(frame->id, (frame->flags & CAN_FRAME_EXTENDED) != 0);
  return msg < 0 || can_msg[msg].signal_count < PAGED_SIGNALS;
}

/* A moment in a log of lines "(0000000012.345678) ...": only lines of its span are parsed. */
static void excerpt_read(excerpt_t *excerpt, const char *path, double from_s, double to_s) {
  char line[LINE_BYTES];
  FILE *file = fopen(path, "r");
  if (!file) return;
  while (fgets(line, sizeof line, file)) {
    double time_s = line[0] == '(' ? strtod(line + 1, NULL) : 0;
    candump_reader_t reader = {.at = line, .end = line + strlen(line)};
    if (time_s < from_s) continue;
    if (time_s > to_s) break;
    candump_entry_t entry;
    if (candump_next(&reader, &entry) != CANDUMP_OK) continue;
    if (excerpt->count == FRAME_MAX || !is_shown(&entry.frame)) {
      excerpt->left_out++;
    } else {
      excerpt->entry[excerpt->count++] = entry;
    }
  }
  fclose(file);
}

static const can_frame_t *frame_before(const excerpt_t *excerpt, uint32_t index) {
  for (uint32_t i = index; i-- > 0;) {
    if (excerpt->entry[i].frame.id == excerpt->entry[index].frame.id) {
      return &excerpt->entry[i].frame;
    }
  }
  return NULL;
}

static void signal_write(const can_signal_t *signal, const uint8_t *data, int is_new, FILE *html) {
  const char *word = can_value_text(signal, can_signal_raw(signal, data));
  fputs(is_new ? " <b>" : " ", html);
  report_escape(html, signal->name);
  if (word) {
    fputc('=', html);
    report_escape(html, word);
  } else {
    fprintf(html, "=%.6g", can_signal_decode(signal, data));
  }
  if (is_new) fputs("</b>", html);
}

static void frame_decode(const excerpt_t *excerpt, uint32_t index, FILE *html) {
  const can_frame_t *frame = &excerpt->entry[index].frame, *before = frame_before(excerpt, index);
  int32_t msg = can_msg_find_id(frame->id, (frame->flags & CAN_FRAME_EXTENDED) != 0);
  fprintf(html, "<td><code>%03X</code></td><td>%s</td><td>", (unsigned)frame->id,
          msg >= 0 ? can_msg[msg].name : "");
  int is_decoded = msg >= 0 && frame->len >= can_msg[msg].len;
  for (uint32_t i = 0; !is_decoded && i < frame->len && i < 8; i++) {
    fprintf(html, "%02X ", frame->data[i]);
  }
  for (uint32_t s = 0, said = 0; is_decoded && s < can_msg[msg].signal_count; s++) {
    const can_signal_t *signal = &can_signal[can_msg[msg].first_signal + s];
    int is_e2e = can_msg[msg].e2e_data_id != 0 &&
                 (strstr(signal->name, "crc") || strstr(signal->name, "counter"));
    if (is_e2e || !can_signal_is_present(&can_msg[msg], signal, frame->data)) continue;
    if (said++ == SIGNAL_MAX) {
      fputs(" ...", html);
      break;
    }
    int is_new = before && !signal->is_mux && signal->page < 0 &&
                 can_signal_raw(signal, before->data) != can_signal_raw(signal, frame->data);
    signal_write(signal, frame->data, is_new, html);
  }
  fputs("</td>", html);
}

void report_frames(const report_run_t *run, FILE *html) {
  char path[760];
  double at_s = isnan(run->key_at_s) ? run->key_from_s : run->key_at_s;
  if (isnan(at_s)) return;
  excerpt_t *excerpt = calloc(1, sizeof *excerpt);
  if (!excerpt) return;
  snprintf(path, sizeof path, "%s/bus.log", run->dir);
  excerpt_read(excerpt, path, at_s - BEFORE_s, at_s + AFTER_s);
  if (excerpt->count > 0) {
    fprintf(html,
            "<details><summary>CAN around %.3f s: %u frames</summary><div class=\"scroll\"><table "
            "class=\"can\"><tr><th class=\"n\">s</th><th>id</th><th>message</th><th>signals, bold "
            "where new</th></tr>\n",
            at_s, excerpt->count);
    for (uint32_t i = 0; i < excerpt->count; i++) {
      fprintf(html, "<tr><td class=\"n\">%.4f</td>", (double)excerpt->entry[i].time_us / 1e6);
      frame_decode(excerpt, i, html);
      fputs("</tr>\n", html);
    }
    fputs("</table></div>", html);
    if (excerpt->left_out > 0) {
      fprintf(html, "<p class=\"soft\">and %u more in bus.log</p>", excerpt->left_out);
    }
    fputs("</details>\n", html);
  }
  free(excerpt);
}
